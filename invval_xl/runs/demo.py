"""``invval demo``: the worked example, or a larger one, as plans for a host to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.sources.demo import DEFAULT_SEED, generate, inject
from invval_xl.tables.contracts import CONTRACTS
from invval_xl.workpapers.input_sheets import LAST_ROW, control_plan, guide_plan, input_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.sources.demo import DemoRetailer
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["demo_plans", "retailer_plans"]


def demo_plans(
    items: int = 120,
    locations: int = 4,
    seed: int = DEFAULT_SEED,
    breaks: Sequence[str] = (),
    *,
    most_rows: int = LAST_ROW - 2,
) -> tuple[SheetPlan, ...]:
    """Describe the demo workbook's sheets.

    Parameters
    ----------
    items, locations
        Size; a balance set longer than a worksheet keeps its newest periods and says so.
    seed
        What the retailer is drawn from.
    breaks
        Kinds of break to inject (``invval_xl.sources.demo.BREAK_KINDS``), none by default.
    most_rows
        Most rows a sheet may hold: what a worksheet can, less for a smaller file.

    Returns
    -------
    tuple[SheetPlan, ...]
        Control first, then the input sheets, the Guide last.

    Raises
    ------
    MisuseError
        For a size below the least or an unknown kind of break.
    """
    retailer = generate(
        items=items,
        locations=locations,
        seed=seed,
        future_weeks=0,
        most_rows=most_rows,
        keep_events=False,
    )
    if breaks:
        retailer, _ = inject(retailer, breaks, seed)
    return retailer_plans(retailer)


def retailer_plans(retailer: DemoRetailer) -> tuple[SheetPlan, ...]:
    """Describe the sheets of a retailer already generated, in a workbook's order."""
    control = retailer.frames["Control"]
    values = dict(zip(control["setting"], control["value"], strict=True))
    return (
        control_plan(values),
        *(
            input_plan(contract, retailer.frames[name])
            for name, contract in CONTRACTS.items()
            if name in retailer.frames
        ),
        guide_plan("Guide to this workbook", _introduction(retailer)),
    )


def _introduction(retailer: DemoRetailer) -> tuple[str, ...]:
    return (
        "A fictional retailer made by invval's own generator. It is easier than real data.",
        f"Books are closed at {retailer.as_of:%Y-%m-%d}; made from seed {retailer.seed}.",
        "Movements are posted weekly and summed to the calendar month of their posting day.",
        "SalesHistory: Units are gross of returns, Gross Retail is at the regular price,",
        "Discount is everything off it, Net Sales the price paid before refunds.",
        "BalanceSet: cost leaves by FIFO layer, EOP Retail is EOP Units at the current ticket;",
        "the reserve is an allowance, so Write-downs are zero.",
        *retailer.notes,
    )
