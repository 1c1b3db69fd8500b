"""Cost flows: ending inventory and cost of goods sold from layers."""

from __future__ import annotations

from invval_xl.functions.catalogue.words import CATEGORY, COST_FLOWS, framework, number_of
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

__all__ = ["FUNCTIONS"]

_ARGUMENTS = (
    Argument(
        "method",
        'Cost flow: "fifo", "lifo" or "average" (periodic).',
        kind=ArgumentKind.CHOICE,
        choices=COST_FLOWS,
    ),
    Argument(
        "layer_units",
        "Units of each layer, oldest first: opening stock, then purchases. Read whole.",
        kind=ArgumentKind.VECTOR,
        unit="units",
        minimum=0.0,
    ),
    Argument(
        "layer_unit_costs",
        "Unit cost of each layer, beside its units. Read whole.",
        kind=ArgumentKind.VECTOR,
        unit="currency per unit",
        minimum=0.0,
    ),
    number_of("units_on_hand", "Units counted on hand."),
    framework(),
)
_ERRORS = {
    "#NUM!": "more units on hand than the layers hold, or LIFO under IFRS or FRS 102 (IAS 2.25)",
    "#VALUE!": "layer units and layer unit costs are not of one length",
}
_LAYERS = "{150;160;130},{10;12;15},50"

FUNCTIONS: tuple[WorksheetFunction, ...] = (
    WorksheetFunction(
        "INV_ENDING",
        CATEGORY,
        "Ending inventory at cost of the units on hand, from cost layers by FIFO, LIFO or "
        "weighted average.",
        _ARGUMENTS,
        "currency",
        "invval_xl.functions.kernel.adapters:ending",
        (
            Example(f'=INV_ENDING("fifo",{_LAYERS})', 750.0),
            Example(f'=INV_ENDING("lifo",{_LAYERS})', 500.0),
            Example(f'=INV_ENDING("lifo",{_LAYERS},"ifrs")', "#NUM!", "IAS 2.25"),
            Example('=INV_ENDING({"fifo","lifo"},{150;160;130},{10;12;15},50)', ((750.0, 500.0),)),
        ),
        citations=("ASC 330-10-30-9", "IAS 2.25"),
        errors=_ERRORS,
    ),
    WorksheetFunction(
        "INV_COGS",
        CATEGORY,
        "Cost of goods sold: the cost of the layers' units that are no longer on hand.",
        _ARGUMENTS,
        "currency",
        "invval_xl.functions.kernel.adapters:cogs",
        (
            Example(f'=INV_COGS("fifo",{_LAYERS})', 4620.0),
            Example(f'=INV_COGS("lifo",{_LAYERS})', 4870.0),
        ),
        citations=("ASC 330-10-30-9", "IAS 2.34"),
        errors=_ERRORS,
    ),
)
