"""The retail inventory method, every variant of it."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import CATEGORY, RATE
from invval_xl.functions.errors import Mark
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

# Folded spellings; the words are those of RetailVariant, and the sixth of its own.
_VARIANTS: dict[str, str] = {
    "conventional": "conventional",
    "lcm": "conventional",
    "averagelcm": "conventional",
    "average": "average",
    "averagecost": "average",
    "fifo": "fifo",
    "fifocost": "fifo",
    "fifolcm": "fifo lcm",
    "lifo": "lifo",
    "liforetail": "lifo",
    "dollarvaluelifo": "dollar-value lifo",
    "dollarvalueliforetail": "dollar-value lifo",
    "dvlifo": "dollar-value lifo",
}

_ROWS = (
    "beginning inventory, purchases, freight-in, purchase returns, discounts and allowances, "
    "net transfers in, abnormal loss"
)
_COST = "{35000;19120}"
_RETAIL = "{50000;31600;0;0;0;0;0;1200;800;32000}"
_DOLLAR_VALUE = '=INV_RIM("dollar-value lifo",{40000;36800},{80000;92000;0;0;0;0;0;0;0;79600},1.1)'

FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_RIM",
        CATEGORY,
        "Ending inventory at cost by the retail method, from one schedule in two columns, cost and "
        "retail, with the same rows in both.",
        (
            Argument(
                "variant",
                'Variant: "conventional" (LCM), "average", "fifo", "fifo lcm", "lifo" or '
                '"dollar-value lifo".',
                kind=ArgumentKind.CHOICE,
                choices=_VARIANTS,
            ),
            Argument(
                "cost",
                f"Cost column, rows in this order: {_ROWS}. Read whole; later rows may be left "
                "out, blank is none.",
                kind=ArgumentKind.VECTOR,
                unit="currency",
                blank_is_unknown=True,
            ),
            Argument(
                "retail",
                "Retail column: the same seven rows, then net markups, net markdowns, sales, sales "
                "returns, employee discounts, normal shrink. Read whole.",
                kind=ArgumentKind.VECTOR,
                unit="currency",
                blank_is_unknown=True,
            ),
            Argument(
                "price_index",
                "Price index of the year; dollar-value LIFO only.",
                unit="index",
                above=0.0,
                optional=True,
            ),
            Argument(
                "years",
                "Dollar-value LIFO over several years: a row a year before this one, the base year "
                "first: ending retail, price index, cost-to-retail ratio. Left out: the opening "
                "stock is the base layer at index 1.",
                kind=ArgumentKind.TABLE,
                columns=3,
                optional=True,
                minimum=0.0,
                unit=f"currency, index, {RATE}",
            ),
        ),
        "currency at cost",
        "invval_xl.functions.kernel.retail:ending",
        (
            Example(f'=INV_RIM("average",{_COST},{_RETAIL})', 33000.0),
            Example(
                '=INV_RIM("conventional",{148740;1359000},'
                "{285000;2148000;0;0;0;0;0;79900;27100;2209000})",
                166080.0,
            ),
            Example(_DOLLAR_VALUE, 40000.0 + (92400.0 / 1.1 - 80000.0) * 1.1 * 0.4),
        ),
        undefined=Mark.DIV0,
        undefined_because="the cost-to-retail ratio has nothing below the line",
        citations=("ASC 330-10-30-13", "IAS 2.22", "Treas. Reg. 1.471-8"),
        errors={
            "#DIV/0!": "the cost-to-retail ratio has nothing below the line",
            "#N/A": "a beginning, purchases or sales cell is blank, or the price index is missing",
            "#NUM!": "more was sold at retail than was available",
        },
    ),
)
