"""``invval new``: an empty workbook that asks for what a reserve needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.tables.contracts import CONTRACTS
from invval_xl.workpapers.input_sheets import control_plan, guide_plan, input_plan

if TYPE_CHECKING:
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["starter_plans"]

_INTRODUCTION = (
    "Fill Control, ItemMaster and BalanceSet; every further sheet switches on what it feeds.",
    "An empty further sheet may be deleted or left as it is.",
    "Paste below the headers: the tables grow. Headers in lighter blue are required.",
    "SKU, Location and other keys are text, so leading zeros survive.",
    "A blank is unknown, never zero. Columns you do not have may be deleted or left blank.",
    "Then: invval refresh BOOK. It adds its papers to the workbook and leaves your sheets alone.",
)


def starter_plans() -> tuple[SheetPlan, ...]:
    """Describe the starter workbook: Guide, Control and every input sheet, empty.

    Returns
    -------
    tuple[SheetPlan, ...]
        In the order of the workbook.

    Examples
    --------
    >>> [plan.name for plan in starter_plans()][:4]
    ['Guide', 'Control', 'ItemMaster', 'Locations']
    """
    return (
        guide_plan("Start here", _INTRODUCTION),
        control_plan(),
        *(input_plan(contract) for contract in CONTRACTS.values()),
    )
