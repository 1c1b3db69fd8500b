"""Risk, markdown, reserve and action of a typed item, by the model in service."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import (
    CATEGORY,
    FRAMEWORKS,
    RATE,
    number_of,
    unit_money,
)
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

_KERNELS = "invval_xl.functions.kernel.prediction"
_UNKNOWN = " Blank: unknown."

# item... of design.md section 4: what an analyst has in a row.
_ITEM: tuple[Argument, ...] = (
    unit_money("unit_cost", "Cost per unit. Blank is #N/A."),
    number_of("units_on_hand", "Units on hand. Blank is #N/A."),
    number_of(
        "age_days",
        "Days since the oldest receipt still on hand." + _UNKNOWN,
        unit="days",
        blank_is_unknown=True,
    ),
    number_of(
        "units_sold_30d",
        "Units sold in the last 30 days, 0 where none." + _UNKNOWN,
        blank_is_unknown=True,
    ),
    number_of(
        "units_sold_90d",
        "Units sold in the last 90 days, 0 where none." + _UNKNOWN,
        blank_is_unknown=True,
    ),
    unit_money(
        "average_price_90d",
        "Average price paid per unit over the last 90 days." + _UNKNOWN,
        blank_is_unknown=True,
    ),
    unit_money(
        "market_price",
        "Price the market pays today; the later evidence, so it goes before the average."
        + _UNKNOWN,
        blank_is_unknown=True,
    ),
)
_ITEM_OPTIONS: tuple[Argument, ...] = (
    Argument(
        "category",
        "Category as the model's training data spell it. Left out, or new to the model: unknown.",
        kind=ArgumentKind.TEXT,
        unit="text",
        optional=True,
    ),
    number_of(
        "cost_to_sell_rate",
        "Costs necessary to make the sale as a rate of the price. Left out: the policy's default.",
        unit=RATE,
        maximum=1.0,
        optional=True,
    ),
)
_ITEM_ARGUMENTS = (*_ITEM, *_ITEM_OPTIONS)
_BOUNDS: dict[str, str] = {
    "expected": "expected",
    "mean": "expected",
    "low": "low",
    "lower": "low",
    "high": "high",
    "upper": "high",
}
_OUTCOMES: dict[str, str] = {
    "fullprice": "full_price",
    "markdown": "markdown",
    "markeddown": "markdown",
    "obsolete": "obsolete",
    "obsolescence": "obsolete",
}
_REFUSED = {"#N/A": "also where the trained model's files are not what its manifest vouches for"}
_ROW = "34,1250,147,18,89,52,48"
_ROWS = "{34;34},{1250;60},{147;20},{18;30},{89;90},{52;52},{48;52}"


_ANSWERS = "ageing table counted on two public retailers answers"
_TABLE = "shipped-011132"
_WHY = (
    "red, the quantity axis binds; quantity axis red: 1,264 days of supply, 889 of 1,250 units "
    "beyond 365 days of demand; price axis yellow: expected NRV 40.57 against cost 34.00, 30% "
    "chance of a markdown within 60 days; 10% chance of obsolescence within 90 days (ageing table "
    f"{_TABLE})."
)
_WHOLE = f"{_TABLE}; no model was trained on this entity's data; none judged; {_ANSWERS}"


def _asked(name: str, result: float | str, note: str = "", *, more: str = "") -> Example:
    """The design's own item, SKU 47382, typed from its seven facts."""
    return Example(f"={name}({_ROW}{more})", result, note)


FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_RISK_TIER",
        CATEGORY,
        "Risk tier of an item, green, yellow, orange or red: the worse of its quantity axis "
        "(cover, obsolescence) and its price axis (markdown, headroom).",
        _ITEM_ARGUMENTS,
        "a word",
        f"{_KERNELS}:risk_tier",
        (
            _asked("INV_RISK_TIER", "red", "1,264 days of supply"),
            Example(f"=INV_RISK_TIER({_ROWS})", (("red",), ("yellow",))),
            Example('=INV_RISK_TIER(34,1250,147,"","",52,48)', "#N/A",
                    "with the rate of sale unknown it may be anything up to red"),
        ),
        undefined_because="a fact is unknown that could make the tier worse: a price, or a rate of "
        "sale",
        citations=("risk tier", "days of supply"),
        errors={"#N/A": "also where an unknown price or rate of sale could make the tier worse"},
        by_model=True,
    ),
    WorksheetFunction(
        "INV_RISK",
        CATEGORY,
        "Probability that an item ends a horizon sold at full price, marked down, or obsolete; the "
        "three sum to 1.",
        (
            Argument(
                "outcome",
                'What becomes of it: "full_price", "markdown" or "obsolete".',
                kind=ArgumentKind.CHOICE,
                choices=_OUTCOMES,
            ),
            number_of("horizon_days", "Days ahead: 30, 60 or 90.", unit="days"),
            *_ITEM_ARGUMENTS,
        ),
        RATE,
        f"{_KERNELS}:risk",
        (
            Example(f'=INV_RISK("obsolete",90,{_ROW})', 0.0994),
            Example(f'=INV_RISK("markdown",60,{_ROW})', 0.2921),
            Example(f'=INV_RISK("full_price",{{30,60,90}},{_ROW})', ((0.5672, 0.5927, 0.5893),)),
            Example(f'=INV_RISK("obsolete",45,{_ROW})', "#NUM!", "no such horizon"),
        ),
        citations=("outcome of an item",),
        errors={"#NUM!": "a horizon other than 30, 60 or 90 days", **_REFUSED},
        by_model=True,
    ),
    WorksheetFunction(
        "INV_MARKDOWN",
        CATEGORY,
        "Predicted markdown rate over the next 60 days, taken on today's price; with a bound, an "
        "end of its 80 % interval, or the chance of any markdown.",
        (
            *_ITEM_ARGUMENTS,
            Argument(
                "bound",
                'Left out: the expected rate. "low", "high": the ends of the 80 % interval, wider '
                'the fewer facts are known. "p": the chance of any.',
                kind=ArgumentKind.CHOICE,
                optional=True,
                default="expected",
                choices={**_BOUNDS, "p": "p", "probability": "p", "chance": "p"},
            ),
        ),
        RATE,
        f"{_KERNELS}:markdown",
        (
            _asked("INV_MARKDOWN", 0.0615),
            _asked("INV_MARKDOWN", 0.463528, "high end of the interval", more=',,,"high"'),
            _asked("INV_MARKDOWN", 0.3835, "chance of any markdown", more=',,,"p"'),
        ),
        citations=("markdown interval",),
        errors=_REFUSED,
        by_model=True,
    ),
    WorksheetFunction(
        "INV_EXPECTED_PRICE",
        CATEGORY,
        "Price expected over the next 60 days: today's price less the predicted markdown.",
        (
            *_ITEM_ARGUMENTS,
            Argument(
                "bound",
                'Left out: the expected price. "low", "high": the prices at the ends of the 80 % '
                "interval of the markdown.",
                kind=ArgumentKind.CHOICE,
                optional=True,
                default="expected",
                choices=_BOUNDS,
            ),
        ),
        "currency per unit",
        f"{_KERNELS}:expected_price",
        (
            _asked("INV_EXPECTED_PRICE", 45.048),
            _asked("INV_EXPECTED_PRICE", 25.750656, "at the high markdown", more=',,,"low"'),
            Example('=INV_EXPECTED_PRICE(34,1250,147,18,89,"","")', "#N/A", "no price was given"),
        ),
        undefined_because="market_price and average_price_90d are both blank; no price is made up",
        citations=("markdown interval",),
        errors={"#N/A": "also where both prices are blank"},
        by_model=True,
    ),
    WorksheetFunction(
        "INV_RESERVE",
        CATEGORY,
        "Recommended reserve of an item at the lower of cost and NRV: ordinary demand at its "
        "expected price, units beyond the demand horizon at the liquidation rate.",
        (
            *_ITEM_ARGUMENTS,
            Argument(
                "framework",
                'Accounting framework: "us-gaap", "ifrs" or "frs-102". All three measure a FIFO or '
                "average item at NRV alike; LIFO and retail under US GAAP go by INV_LCM.",
                kind=ArgumentKind.CHOICE,
                optional=True,
                choices=FRAMEWORKS,
            ),
        ),
        "currency",
        f"{_KERNELS}:reserve",
        (
            _asked("INV_RESERVE", 10597.54, "889 units beyond a year of demand"),
            _asked("INV_RESERVE", 10597.54, more=',,,"ifrs"'),
            Example(f"=INV_RESERVE({_ROWS})", ((10597.54,), (0.0,))),
        ),
        undefined_because="a fact the reserve needs is unknown: a price, or a rate of sale",
        citations=("expected NRV", "excess over demand", "ASC 330-10-35-1B", "IAS 2.9",
                   "FRS 102 13.4"),
        errors={"#N/A": "also where the price or the rate of sale is unknown"},
        by_model=True,
    ),
    WorksheetFunction(
        "INV_ACTION",
        CATEGORY,
        "What to do with an item: hold, markdown or liquidate, whichever is worth most after "
        "carrying cost. A typed item knows of no right to return it to its vendor.",
        _ITEM_ARGUMENTS,
        "a word",
        f"{_KERNELS}:action",
        (
            _asked("INV_ACTION", "liquidate"),
            Example(f"=INV_ACTION({_ROWS})", (("liquidate",), ("hold",))),
        ),
        undefined_because="a fact the choice needs is unknown: a price, or a rate of sale",
        citations=("worth of an action", "excess over demand"),
        errors={"#N/A": "also where the price or the rate of sale is unknown"},
        by_model=True,
    ),
    WorksheetFunction(
        "INV_WHY",
        CATEGORY,
        "The reasons of an item's risk tier in one sentence: both axes, the one that binds, the "
        "figures, and which model or table answered.",
        _ITEM_ARGUMENTS,
        "a sentence",
        f"{_KERNELS}:why",
        (_asked("INV_WHY", _WHY),),
        citations=("risk tier", "outcome of an item"),
        errors=_REFUSED,
        by_model=True,
    ),
    WorksheetFunction(
        "INV_MODEL",
        CATEGORY,
        "Which model answers the predictive functions: its id, what it was trained on, the gates "
        "it passed. Where none was trained, that the shipped ageing table answers.",
        (
            Argument(
                "field",
                'Left out: everything. Or "id", "trained on", "gates" or "answers".',
                kind=ArgumentKind.CHOICE,
                optional=True,
                default="whole",
                choices={
                    "whole": "whole",
                    "id": "id",
                    "trainedon": "trained on",
                    "gates": "gates",
                    "answers": "answers",
                },
            ),
        ),
        "a text",
        f"{_KERNELS}:model",
        (
            Example('=INV_MODEL("answers")', _ANSWERS),
            Example('=INV_MODEL("trained on")', "no model was trained on this entity's data"),
            Example("=INV_MODEL()", _WHOLE),
        ),
        citations=("outcome of an item",),
        errors=_REFUSED,
        by_model=True,
    ),
)  # fmt: skip
