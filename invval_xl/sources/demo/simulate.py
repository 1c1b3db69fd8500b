"""Run the weeks: one pass, each week a few array operations over all SKU-locations.

Units and cents are whole numbers; cost leaves by FIFO layer; retail is units at the ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.sources.demo.books import Pairs, Simulation, Tape
from invval_xl.sources.demo.catalogue import CATEGORIES, Catalogue
from invval_xl.sources.demo.demand import Episodes
from invval_xl.sources.demo.ledger import Ledger
from invval_xl.sources.demo.shop import Shop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.sources.demo.weeks import Weeks

__all__ = ["simulate"]


def simulate(
    rng: np.random.Generator,
    catalogue: Catalogue,
    pairs: Pairs,
    weeks: Weeks,
    *,
    periods: int,
    tape_weeks: int,
    keep_events: bool,
    shift: tuple[float, float],
) -> Simulation:
    """Run all weeks and return everything booked.

    Parameters
    ----------
    rng
        The simulation's own random stream.
    catalogue, pairs, weeks
        What is sold, where, when.
    periods
        Months of balance set to keep, the newest ending at the as-of date.
    tape_weeks
        Weeks of sales to keep before the as-of date.
    keep_events
        Whether every weekly posting is kept as well.

    Returns
    -------
    Simulation
        Ledger, tape, disposals, markdown cohorts and the state at the as-of date.
    """
    last = int(weeks.month[weeks.as_of_week])
    months = np.arange(max(last - periods + 1, int(weeks.month[0])), last + 1)
    sim = Simulation(
        weeks=weeks,
        catalogue=catalogue,
        pairs=pairs,
        episodes=Episodes.draw(rng, weeks, len(CATEGORIES), catalogue, shift),
        ledger=Ledger(len(pairs), months, keep_events=keep_events),
        tape=Tape.blank(max(weeks.history - tape_weeks, 0), weeks.total, len(pairs)),
    )
    shop = Shop(sim, rng)
    for t in range(weeks.total):
        shop.week(t)
        if t == weeks.as_of_week:
            sim.as_of = _snapshot(shop)
    return sim


def _snapshot(shop: Shop) -> dict[str, NDArray[np.int64]]:
    """Copy the state at the as-of date that frames are made from."""
    stock, layers, pricing = shop.stock, shop.stock.layers, shop.pricing
    market = pricing.market(shop.sim.weeks.as_of_week)
    return {
        "on_hand": stock.on_hand.copy(),
        "cost": stock.cost.copy(),
        "damaged": stock.damaged.copy(),
        "layer_week": layers.week.copy(),
        "layer_units": layers.units.copy(),
        "layer_cost": layers.cost.copy(),
        "ticket": pricing.ticket.copy(),
        "regular": pricing.regular.copy(),
        "market": np.rint(market).astype(np.int64),
        "pipe": shop.pipe.copy(),
        "last_sale": shop.last_sale.copy(),
        "first_receipt": shop.first_receipt.copy(),
    }
