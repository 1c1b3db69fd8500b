"""The retail ratios of accounting.md B5."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import (
    CATEGORY,
    RATE,
    VALUATIONS,
    money,
    number_of,
)
from invval_xl.functions.errors import Mark
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]


def _ratio(
    name: str,
    description: str,
    arguments: tuple[Argument, ...],
    returns: str,
    kernel: str,
    examples: tuple[Example, ...],
    nothing: str,
) -> WorksheetFunction:
    """A quotient: ``nothing`` says what is zero where it answers ``#DIV/0!``."""
    return WorksheetFunction(
        name,
        CATEGORY,
        description,
        arguments,
        returns,
        f"invval_xl.{kernel}",
        examples,
        undefined=Mark.DIV0,
        undefined_because=nothing,
        citations=("Retail ratios",),
        errors={"#DIV/0!": nothing},
    )


def _counted_in(name: str, what: str) -> Argument:
    return Argument(
        name,
        f'Valuation of the {what}: "units", "cost" or "retail". Turn needs both alike.',
        kind=ArgumentKind.CHOICE,
        optional=True,
        default="cost",
        choices=VALUATIONS,
    )


FUNCTIONS: tuple[WorksheetFunction, ...] = (
    _ratio(
        "INV_SELL_THROUGH",
        "Sell-through: units sold as a part of a named base.",
        (
            Argument("units_sold", "Units sold, net of customer returns.", unit="units"),
            number_of("base_units", "Units of the base: received by default."),
            Argument(
                "base",
                'What the base is: "received" (default), "bop" (beginning on hand) or "left" '
                "(units left; the base is then sold plus left).",
                kind=ArgumentKind.CHOICE,
                optional=True,
                default="received",
                choices={"received": "received", "bop": "bop", "left": "left"},
            ),
        ),
        RATE,
        "functions.kernel.ratios:sell_through",
        (
            Example("=INV_SELL_THROUGH(90,120)", 0.75),
            Example('=INV_SELL_THROUGH(120,30,"left")', 0.8),
            Example("=INV_SELL_THROUGH(0,0)", "#DIV/0!"),
        ),
        "there was nothing to sell",
    ),
    _ratio(
        "INV_TURN",
        "Turn: sales over average inventory, both in the same valuation.",
        (
            number_of("sales", "Sales of the period in the valuation of the inventory (cost of "
                      "goods sold at cost).", unit="units or currency"),
            number_of("average_inventory", "Average inventory in the same valuation.",
                      unit="units or currency"),
            _counted_in("sales_in", "sales"),
            _counted_in("inventory_in", "inventory"),
        ),
        "times a period",
        "functions.kernel.ratios:turn",
        (
            Example("=INV_TURN(722000,60000)", 722000 / 60000),
            Example('=INV_TURN(100,20,"retail","cost")', "#NUM!", "two valuations"),
        ),
        "there was no inventory",
    ),
    _ratio(
        "INV_DAYS_OF_SUPPLY",
        "Days of supply: units on hand over units sold a day.",
        (
            number_of("units", "Units on hand."),
            number_of("daily_rate", "Units sold a day (0.6 for 18 in 30 days).",
                      unit="units a day"),
        ),
        "days",
        "functions.kernel.ratios:days_of_supply",
        (
            Example("=INV_DAYS_OF_SUPPLY(1250,0.6)", 1250 / 0.6),
            Example("=INV_DAYS_OF_SUPPLY(1250,0)", "#DIV/0!"),
        ),
        "nothing sells, so the supply has no end",
    ),
    _ratio(
        "INV_WEEKS_OF_SUPPLY",
        "Weeks of supply: units on hand over units sold a week.",
        (
            number_of("units", "Units on hand."),
            number_of("weekly_units", "Average units sold a week.", unit="units a week"),
        ),
        "weeks",
        "functions.kernel.ratios:weeks_of_supply",
        (Example("=INV_WEEKS_OF_SUPPLY(1250,4.2)", 1250 / 4.2),),
        "nothing sells, so the supply has no end",
    ),
    _ratio(
        "INV_GMROI",
        "Gross margin return on inventory: gross margin over average inventory at cost.",
        (
            money("gross_margin", "Gross margin of the period; may be negative."),
            money("average_inventory_cost", "Average inventory at cost.", minimum=0.0),
        ),
        "currency of margin per currency of inventory",
        "accounting.ratios:gmroi",
        (Example("=INV_GMROI(375,100)", 3.75),),
        "there was no inventory",
    ),
    _ratio(
        "INV_IMU",
        "Initial markup as a part of retail: retail less cost, over retail.",
        (
            money("retail", "Original retail, per unit or in total.", minimum=0.0),
            money("cost", "Cost of the same.", minimum=0.0),
        ),
        RATE,
        "accounting.ratios:imu_rate",
        (Example("=INV_IMU(80,28)", 0.65), Example("=INV_IMU(0,28)", "#DIV/0!")),
        "retail is zero",
    ),
    _ratio(
        "INV_MMU",
        "Maintained markup: what is left of the initial markup after reductions.",
        (
            Argument("imu_rate", "Initial markup, part of retail, at most 1 (INV_IMU).", unit=RATE,
                     maximum=1.0),
            Argument("reductions_rate", "Markdowns, discounts and shrink as a part of net sales.",
                     unit="rate of net sales", minimum=0.0),
        ),
        RATE,
        "accounting.ratios:mmu_rate",
        (Example("=INV_MMU(0.5,0.2)", 0.4),),
        "the result is unknown",
    ),
)  # fmt: skip
