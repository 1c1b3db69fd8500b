"""What does not agree: each row with its own movements, each BOP with the EOP before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.panel import Block, Panel

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Differences", "differences", "priced", "receipt_cost", "unit_costs"]


def unit_costs(panel: Panel) -> Floats:
    """Average unit cost of each row: of EOP, else of BOP; NaN where neither has units."""
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or cost is None:
        return np.full(len(panel), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        eop = np.where(units.eop != 0, cost.eop / units.eop, np.nan)
        bop = np.where(units.bop != 0, cost.bop / units.bop, np.nan)
        fallback = np.where((bop > 0) & np.isfinite(bop), bop, receipt_cost(units, cost))
    return np.where((eop > 0) & np.isfinite(eop), eop, fallback)


def receipt_cost(units: Block, cost: Block) -> Floats:
    """Average unit cost of each row's receipts; NaN where there are none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(units.receipts() != 0, cost.receipts() / units.receipts(), np.nan)


@dataclass(frozen=True, eq=False)
class Differences:
    """Residual of each row and difference of each link of one valuation, with what is broken."""

    residual: Floats
    broken: Bools
    link: Floats
    cut: Bools
    tested: Bools
    linked: Bools


def differences(panel: Panel, block: Block, counted: Bools) -> Differences:
    """Compare one valuation with its movements and with the rows before.

    Parameters
    ----------
    panel, block
        The balance set and the valuation.
    counted
        Rows that count; the others are not tested.
    """
    residual = block.eop - block.computed
    unknown = block.unknown & ~block.receipts_unknown
    tested = counted & ~np.isnan(residual) & ~unknown
    # A movement that cannot be read is its own finding; only unknown receipts are traced on.
    broken = tested & (np.abs(residual) > block.slack)
    prior = np.where(panel.before >= 0, block.eop[panel.before], np.nan)
    link = block.bop - prior
    linked = counted & (panel.before >= 0) & ~np.isnan(link)
    scale = 1e-9 * np.maximum(np.abs(np.nan_to_num(block.bop)), np.abs(np.nan_to_num(prior)))
    cut = linked & (np.abs(link) > block.link_slack + scale)
    return Differences(
        np.nan_to_num(residual), broken, np.where(cut, link, 0.0), cut, tested, linked
    )


def priced(valuation: str, amount: Floats, rows: NDArray[np.int64], cost_of: Floats) -> Floats:
    """Give differences in dollars: units at unit cost, money as it is."""
    return amount * cost_of[rows] if valuation == "units" else amount
