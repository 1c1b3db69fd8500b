"""Net realizable value, the two lower-of tests, write-down and reversal."""

from __future__ import annotations

import math

from invval_xl.functions.catalogue.words import (
    CATEGORY,
    COST_METHODS,
    RATE,
    YES_NO,
    framework,
    money,
    number_of,
    unit_money,
)
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

_UNIT_COST = unit_money("unit_cost", "Unit cost: the current cost basis.")
_NRV = unit_money(
    "nrv", "Net realizable value per unit (INV_NRV); may be negative.", minimum=-math.inf
)
_LCM = (
    unit_money("replacement_cost", "Current replacement cost per unit."),
    unit_money("nrv", "Net realizable value per unit: the ceiling.", minimum=-math.inf),
    unit_money("normal_profit", "Normal profit per unit; NRV less it is the floor."),
)
_COST_METHOD = Argument(
    "cost_method",
    'Cost method: "fifo", "lifo", "average", "specific", "standard" or "retail"; with the '
    "framework, LCM is refused where it is not the test.",
    kind=ArgumentKind.CHOICE,
    optional=True,
    choices=COST_METHODS,
)
_PAIR = {"#NUM!": "LCM is not the test for this framework and cost method (ASC 330-10-35-1B)"}

FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_NRV",
        CATEGORY,
        "Net realizable value per unit: selling price in the ordinary course less costs to "
        "complete and to sell. Negative where the costs exceed the price.",
        (
            unit_money("selling_price", "Expected selling price per unit, net of sales tax."),
            unit_money(
                "cost_to_complete",
                "Cost to complete, per unit. Default 0.",
                optional=True,
                default=0.0,
            ),
            unit_money(
                "cost_to_sell", "Cost to sell, per unit. Default 0.", optional=True, default=0.0
            ),
            Argument(
                "cost_to_sell_rate",
                "Cost to sell as a part of the price, 0 to 1 (0.08 is 8 %). Default 0.",
                unit=RATE,
                optional=True,
                default=0.0,
                minimum=0.0,
                maximum=1.0,
            ),
        ),
        "currency per unit",
        "invval_xl.accounting.nrv:net_realizable_value",
        (
            Example("=INV_NRV(70,20)", 50.0),
            Example("=INV_NRV(45.36,,,0.08)", 41.7312, "8 % of the price to sell it"),
            Example("=INV_NRV({48;36},0,0,0.08)", ((44.16,), (33.12,))),
        ),
        citations=("IAS 2.6", "ASC 330-10-20 Net Realizable Value"),
    ),
    WorksheetFunction(
        "INV_LCNRV",
        CATEGORY,
        "Carrying unit value at the lower of cost and net realizable value, never below zero.",
        (_UNIT_COST, _NRV),
        "currency per unit",
        "invval_xl.accounting.nrv:lcnrv",
        (
            Example("=INV_LCNRV(110,50)", 50.0),
            Example("=INV_LCNRV(34,{41.73,33.12,-2})", ((34.0, 33.12, 0.0),)),
        ),
        citations=("ASC 330-10-35-1B", "IAS 2.9", "FRS 102 13.4"),
    ),
    WorksheetFunction(
        "INV_LCM",
        CATEGORY,
        "Carrying unit value at the lower of cost or market (LIFO and the retail method under "
        "US GAAP).",
        (_UNIT_COST, *_LCM, framework(), _COST_METHOD),
        "currency per unit",
        "invval_xl.functions.kernel.adapters:lower_of_cost_or_market",
        (
            Example("=INV_LCM(50,40,60,12)", 48.0, "the floor binds"),
            Example('=INV_LCM(50,40,60,12,"us-gaap","lifo")', 48.0),
            Example('=INV_LCM(50,40,60,12,"us-gaap","fifo")', "#NUM!", "FIFO takes LCNRV"),
        ),
        citations=("ASC 330-10-35-1C", "ASC 330-10-20 Market"),
        errors=_PAIR,
    ),
    WorksheetFunction(
        "INV_MARKET",
        CATEGORY,
        "Market: replacement cost within its ceiling (NRV) and its floor (NRV less normal profit).",
        (*_LCM, framework(), _COST_METHOD),
        "currency per unit",
        "invval_xl.functions.kernel.adapters:market",
        (
            Example("=INV_MARKET(75,82.5,13.5)", 75.0),
            Example("=INV_MARKET(150,240,32)", 208.0, "the floor binds"),
        ),
        citations=("ASC 330-10-20 Market",),
        errors=_PAIR,
    ),
    WorksheetFunction(
        "INV_WRITEDOWN",
        CATEGORY,
        "Write-down of a line: units times the excess of unit cost over net realizable value, "
        "compared per unit and then extended.",
        (number_of("units", "Units of the line or tranche."), _UNIT_COST, _NRV),
        "currency, 0 to units times unit cost",
        "invval_xl.accounting.nrv:write_down",
        (
            Example("=INV_WRITEDOWN(889,34,22.08)", 10596.88),
            Example("=INV_WRITEDOWN(100,34,41.73)", 0.0, "never negative"),
        ),
        citations=("ASC 330-10-35-1B", "IAS 2.29", "FRS 102 13.4"),
    ),
    WorksheetFunction(
        "INV_REVERSAL",
        CATEGORY,
        "Permitted reversal of an earlier write-down: IFRS and FRS 102 up to the write-down and to "
        "the lower of cost and NRV; US GAAP only within the same fiscal year.",
        (
            framework(optional=False),
            money("written_down", "Written down earlier and still standing.", minimum=0.0),
            money("cost", "Original cost, in the same measure (line or unit).", minimum=0.0),
            money("carrying", "Carrying value before the reversal.", minimum=0.0),
            money("nrv", "Net realizable value now; may be negative."),
            Argument(
                "same_year",
                "TRUE where the write-down was booked in an earlier interim period of this fiscal "
                "year and the goods are still held. Default FALSE.",
                kind=ArgumentKind.CHOICE,
                optional=True,
                default="no",
                choices=YES_NO,
            ),
        ),
        "currency, zero or more",
        "invval_xl.functions.kernel.adapters:permitted_reversal",
        (
            Example('=INV_REVERSAL("ifrs",3000,100000,97000,105000)', 3000.0),
            Example('=INV_REVERSAL("us-gaap",3000,100000,97000,105000)', 0.0, "ASC 330-10-35-14"),
            Example('=INV_REVERSAL("us-gaap",3000,100000,97000,105000,TRUE)', 3000.0),
        ),
        citations=("IAS 2.33", "ASC 330-10-35-14", "ASC 270-10-45-6", "FRS 102 27.4"),
        errors={"#NUM!": "the carrying value lies above original cost"},
    ),
)
