"""``generate``: the product's own retailer, from a seed."""

from __future__ import annotations

import datetime as dt

import numpy as np

from invval_xl.findings import MisuseError
from invval_xl.sources.demo import evidence, frames
from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.books import build_pairs
from invval_xl.sources.demo.catalogue import build_catalogue
from invval_xl.sources.demo.retailer import DemoRetailer
from invval_xl.sources.demo.simulate import simulate
from invval_xl.sources.demo.truth import truth_frames
from invval_xl.sources.demo.weeks import Weeks

__all__ = ["AS_OF", "DEFAULT_SEED", "generate"]

AS_OF = dt.date(2026, 10, 31)
DEFAULT_SEED = 2076
MIN_WEEKS, MIN_ITEMS = 130, 10
_EVENTS_UP_TO = 2_000_000  # weeks x SKU-locations whose postings are kept one by one


def generate(
    items: int = 120,
    locations: int = 4,
    weeks: int = 156,
    seed: int = DEFAULT_SEED,
    *,
    as_of: dt.date = AS_OF,
    future_weeks: int = 53,
    periods: int = 24,
    sales_weeks: int = 104,
    most_rows: int | None = None,
    keep_events: bool | None = None,
    shift: tuple[float, float] = (h.SHIFT_FACTOR, h.SHIFT_ELSEWHERE),
) -> DemoRetailer:
    """Generate a fictional retailer whose books foot by construction.

    Parameters
    ----------
    items
        Items in the master, SKU 47382 of accounting.md F among them; at least 10.
    locations
        Stores, at least 1.
    weeks
        Weeks simulated up to the as-of date; at least 130.
    seed
        Everything random follows from it.
    as_of
        Month end the books are closed at.
    future_weeks
        Weeks simulated after it for the truth frames; 0 for none.
    periods
        Months of balance set kept, newest ending at ``as_of``.
    sales_weeks
        Weeks of sales lines kept before ``as_of``.
    most_rows
        Most rows a frame may hold (a worksheet's limit); the newest are kept and a note says so.
    keep_events
        Keep each weekly posting; by default where the retailer is small enough.
    shift
        The late regime shift: what it leaves of one category's demand, and of the others'; 1 and 1
        for a year in which nothing changes.

    Returns
    -------
    DemoRetailer
        Frames by contract name, truth frames, events, notes.

    Raises
    ------
    MisuseError
        For sizes below the least, or an as-of date that is not a month end.

    Examples
    --------
    >>> small = generate(items=10, locations=2, seed=7, future_weeks=0)
    >>> study = small.frames["BalanceSet"].query("sku == '47382'").iloc[-1]
    >>> float(study.eop_units), float(study.eop_cost)
    (1250.0, 42500.0)
    """
    if items < MIN_ITEMS or locations < 1 or weeks < MIN_WEEKS or future_weeks < 0:
        raise MisuseError(
            f"A demo needs at least {MIN_ITEMS} items, 1 location and {MIN_WEEKS} weeks; "
            f"asked were {items}, {locations} and {weeks}."
        )
    if (as_of + dt.timedelta(days=1)).day != 1:
        raise MisuseError(f"{as_of} is not a month end.")
    span = Weeks(as_of, weeks, future_weeks)
    for_catalogue, for_weeks, for_evidence = np.random.SeedSequence(seed).spawn(3)
    catalogue = build_catalogue(np.random.default_rng(for_catalogue), items, span)
    pairs = build_pairs(items, locations)
    notes: list[str] = []
    if most_rows is not None:
        fit = max(most_rows // len(pairs), 1)
        if fit < periods:
            notes.append(
                f"BalanceSet holds the newest {fit} of {periods} periods: "
                f"{len(pairs):,} SKU-locations fill a worksheet."
            )
            periods = fit
        sales_weeks = min(sales_weeks, max(fit * 4, 26))
    if keep_events is None:
        keep_events = span.total * len(pairs) <= _EVENTS_UP_TO
    sim = simulate(
        np.random.default_rng(for_weeks),
        catalogue,
        pairs,
        span,
        periods=periods,
        tape_weeks=sales_weeks,
        keep_events=keep_events,
        shift=shift,
    )
    rng = np.random.default_rng(for_evidence)
    opening = evidence.opening_reserve(sim)
    sales = frames.sales_history(sim, most=most_rows)
    if most_rows is not None and (oldest := sales["date"].min()) > np.datetime64(
        span.ends[max(span.as_of_week - 103, 0)], "ns"
    ):
        notes.append(f"SalesHistory holds the newest weeks that fit, from {oldest:%Y-%m-%d} on.")
    return DemoRetailer(
        as_of=as_of,
        seed=seed,
        frames={
            "Control": evidence.control(sim, opening),
            "ItemMaster": frames.item_master(sim),
            "Locations": frames.locations_frame(sim),
            "BalanceSet": frames.balance_set(sim),
            "SalesHistory": sales,
            "CostLayers": frames.cost_layers(sim),
            "MarketPrices": evidence.market_prices(sim, rng),
            "FirmOrders": evidence.firm_orders(sim, rng),
            "PurchaseCommitments": evidence.purchase_commitments(sim),
            "Quality": evidence.quality(sim),
            "Disposals": evidence.disposals(sim),
            "Assumptions": evidence.assumptions(sim),
            "OpeningReserve": opening,
        },
        truth=truth_frames(sim),
        events=frames.event_lines(sim),
        notes=tuple(notes),
    )
