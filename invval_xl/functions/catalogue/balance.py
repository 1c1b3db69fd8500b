"""The balance set: ending, break, averages, valuation jumps."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import CATEGORY, VALUATIONS, money, number_of
from invval_xl.functions.errors import Mark
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

_ONE = "in one valuation (units, cost or retail)"
_NO_UNITS = "an average over zero units is not known"


def _part(name: str, what: str) -> Argument:
    return Argument(name, f"{what}, {_ONE}.", unit="units or currency")


def _valuation(name: str, what: str, parameter: str = "") -> Argument:
    return Argument(
        name,
        f'{what}: "units", "cost", "retail", "full price" or "wholesale".',
        kind=ArgumentKind.CHOICE,
        choices=VALUATIONS,
        parameter=parameter,
    )


FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_EOP",
        CATEGORY,
        "Ending inventory: beginning, plus additions, less reductions, in one valuation.",
        (
            _part("bop", "Beginning of period"),
            _part("additions", "Receipts, transfers in, returns and other additions, positive"),
            _part("reductions", "Sales, transfers out, shrink and other reductions, positive"),
        ),
        "ending inventory in the same valuation",
        "invval_xl.accounting.balance_set:ending",
        (
            Example("=INV_EOP(1000,0,50)", 950.0, "the distribution centre after a transfer"),
            Example("=INV_EOP({50;100},{20;0},{52;10})", ((18.0,), (90.0,))),
        ),
        citations=("balance set identity",),
    ),
    WorksheetFunction(
        "INV_BREAK",
        CATEGORY,
        "Reported less computed ending inventory: 0 where the balance set foots.",
        (
            _part("bop", "Beginning of period"),
            _part("additions", "Additions, positive"),
            _part("reductions", "Reductions, positive"),
            _part("eop", "Ending inventory as reported"),
        ),
        "the break; positive where more is reported than the movements explain",
        "invval_xl.functions.kernel.adapters:balance_break",
        (
            Example("=INV_BREAK(50,20,52,18)", 0.0),
            Example("=INV_BREAK(50,20,52,20)", 2.0, "two units too many"),
        ),
        citations=("balance set identity",),
    ),
    WorksheetFunction(
        "INV_AUC",
        CATEGORY,
        "Average unit cost: cost over units of the same measure and period.",
        (
            money("cost", "Total cost of the measure."),
            Argument("units", "Units of the same measure.", unit="units"),
        ),
        "currency per unit",
        "invval_xl.accounting.balance_set:average_unit_cost",
        (Example("=INV_AUC(42500,1250)", 34.0), Example("=INV_AUC(42500,0)", "#DIV/0!")),
        undefined=Mark.DIV0,
        undefined_because=_NO_UNITS,
        citations=("average unit cost",),
        errors={"#DIV/0!": "units are zero"},
    ),
    WorksheetFunction(
        "INV_AUR",
        CATEGORY,
        "Average unit retail: retail on hand over units on hand, or net sales over units sold.",
        (
            money("retail", "Total at retail: stock on hand, or net sales (two averages)."),
            Argument("units", "Units of the same measure.", unit="units"),
        ),
        "currency per unit",
        "invval_xl.accounting.balance_set:average_unit_retail",
        (Example("=INV_AUR(65000,1250)", 52.0), Example("=INV_AUR(4564.63,101)", 4564.63 / 101)),
        undefined=Mark.DIV0,
        undefined_because=_NO_UNITS,
        citations=("average unit retail",),
        errors={"#DIV/0!": "units are zero"},
    ),
    WorksheetFunction(
        "INV_JUMP",
        CATEGORY,
        "Converts a value between valuations by the totals of one balance; units to cost to "
        "retail equals units to retail.",
        (
            Argument("value", "What to convert, in the valuation named next.", unit="either"),
            _valuation("from", "Valuation the value is in", "from_"),
            _valuation("to", "Valuation wanted"),
            number_of("units", "Units of the balance."),
            money("cost", "Cost of the same balance.", minimum=0.0),
            money("retail", "Retail of the same balance.", minimum=0.0, optional=True),
            money("full_price", "The balance at full price.", minimum=0.0, optional=True),
            money("wholesale", "The balance at wholesale.", minimum=0.0, optional=True),
        ),
        "the value in the valuation wanted",
        "invval_xl.functions.kernel.adapters:jump",
        (
            Example('=INV_JUMP(889,"units","cost",1250,42500)', 30226.0),
            Example('=INV_JUMP(42500,"cost","retail",1250,42500,65000)', 65000.0),
            Example('=INV_JUMP(10,"units","cost",0,0)', "#DIV/0!"),
        ),
        undefined=Mark.DIV0,
        undefined_because="the balance is zero in the valuation jumped from",
        citations=("valuation jump",),
        errors={
            "#DIV/0!": "the balance is zero in the valuation jumped from",
            "#N/A": "the total of a valuation asked for is not given",
        },
    ),
)
