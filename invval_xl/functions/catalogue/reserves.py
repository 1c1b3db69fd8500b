"""Excess and the traditional table reserves: evidence beside the NRV amount."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import CATEGORY, money, number_of, unit_money
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

_TABLE_ERROR = {"#NUM!": "the table's thresholds do not rise, or a rate is outside 0 to 1"}
_AGES = "{0,0;183,0.25;365,0.5;548,1}"
_MONTHS = "{2,0.03;3,0.05;4,0.07;5,0.1;8,0.15;12,0.25}"


def _table(threshold: str) -> Argument:
    return Argument(
        "table",
        f"Two columns, rising: from how many {threshold}, which rate (0 to 1). Read whole; a first "
        "row of words is a header.",
        kind=ArgumentKind.TABLE,
        columns=2,
        unit=f"{threshold}, rate",
    )


FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_EXCESS",
        CATEGORY,
        "Units beyond firm orders and the demand of a horizon, never below zero.",
        (
            number_of("units", "Units on hand."),
            number_of("daily_rate", "Expected units a day.", unit="units a day"),
            number_of("horizon_days", "Days of demand that may claim stock.", unit="days"),
            number_of("firm_units", "Of the units on hand, held for firm orders. Default 0.",
                      optional=True, default=0.0),
        ),
        "units",
        "invval_xl.accounting.tranches:excess_units",
        (
            Example("=INV_EXCESS(1250,1,365)", 885.0),
            Example("=INV_EXCESS(100,1,365)", 0.0, "demand exceeds the stock"),
        ),
        citations=("excess over demand",),
    ),
    WorksheetFunction(
        "INV_AGE_RESERVE",
        CATEGORY,
        "Reserve by age bracket: the rate of the last bracket reached, times cost. Evidence beside "
        "NRV, not a measurement by itself.",
        (
            money("cost", "Cost of the layer.", minimum=0.0),
            number_of("age_days", "Days since original receipt.", unit="days"),
            _table("days"),
        ),
        "currency",
        "invval_xl.functions.kernel.tables:age_reserve",
        (
            Example(f"=INV_AGE_RESERVE(10000,200,{_AGES})", 2500.0),
            Example(f"=INV_AGE_RESERVE({{20000;2000}},{{90;600}},{_AGES})", ((0.0,), (2000.0,))),
        ),
        citations=("age buckets",),
        errors=_TABLE_ERROR,
    ),
    WorksheetFunction(
        "INV_COVERAGE_RESERVE",
        CATEGORY,
        "Reserve by range of coverage: stock over monthly demand finds the rate, times cost. "
        "Evidence beside NRV.",
        (
            number_of("units", "Units on hand."),
            unit_money("unit_cost", "Unit cost."),
            number_of("monthly_demand", "Units a month; 0 is coverage without end.",
                      unit="units a month"),
            _table("months"),
        ),
        "currency",
        "invval_xl.functions.kernel.tables:coverage_reserve",
        (
            Example(f"=INV_COVERAGE_RESERVE(400,10,100,{_MONTHS})", 280.0),
            Example(f"=INV_COVERAGE_RESERVE(400,10,0,{_MONTHS})", 1000.0, "no demand at all"),
        ),
        citations=("range of coverage",),
        errors=_TABLE_ERROR,
    ),
)  # fmt: skip
