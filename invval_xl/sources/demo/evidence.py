"""The smaller sheets: prices, orders, quality, disposals, assumptions, opening reserve, Control."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.catalogue import CATEGORIES, STUDY_SKU
from invval_xl.sources.demo.frames import ENTITY, days, disposed, keys

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.sources.demo.books import Simulation

__all__ = [
    "assumptions",
    "control",
    "disposals",
    "firm_orders",
    "market_prices",
    "opening_reserve",
    "purchase_commitments",
    "quality",
]

_CENTS = 100.0
CURRENCY = "USD"
PREPARER = "Dana Whitfield"
REVIEWER = "Marcus Oyelaran"
_CONTROLLER = "Priya Raman, Controller"
_MERCHANT = "Tom Kessler, VP Merchandising"


def market_prices(sim: Simulation, rng: np.random.Generator) -> pd.DataFrame:
    """MarketPrices: for seven items in ten, two quotes before the as-of date; 48.00 for 47382."""
    import pandas as pd

    cat, ends, as_of = sim.catalogue, sim.weeks.ends, sim.weeks.as_of_week
    n = len(cat)
    first_pair = np.flatnonzero(np.diff(sim.pairs.item, prepend=-1))
    level = sim.as_of["market"][first_pair]
    on_hand = np.add.reduceat(sim.as_of["on_hand"], first_pair)
    quoted = (rng.random(n) < h.QUOTED_RATE) & (on_hand > 0)
    quoted[n - 1] = True
    item = np.repeat(np.flatnonzero(quoted), 2)
    older = np.tile([True, False], int(quoted.sum()))
    back = np.where(older, rng.integers(9, 13, len(item)), rng.integers(0, 4, len(item)))
    noise = np.where(older, rng.normal(1.02, 0.015, len(item)), rng.normal(1.0, 0.01, len(item)))
    price = np.rint(level[item] * noise) / _CENTS
    study = item == n - 1
    price[study] = [50.0, 48.0]
    back[study] = [12, 1]
    source = np.where(
        item % 3 == 0,
        "Competitor shelf check",
        np.where(item % 3 == 1, "Marketplace listing", "Distributor price list"),
    )
    frame = pd.DataFrame(
        {
            "sku": cat.sku[item],
            "date": days(ends[as_of - back]),
            "source": source.astype(object),
            "price": price,
            "currency": np.full(len(item), CURRENCY, dtype=object),
            "tax_included": np.zeros(len(item)),
            "evidence_ref": np.array([f"MP-{i + 1:05d}" for i in range(len(item))], dtype=object),
        }
    )
    return frame.sort_values(["sku", "date"], ignore_index=True)


def firm_orders(sim: Simulation, rng: np.random.Generator) -> pd.DataFrame:
    """FirmOrders: corporate customers hold a few items at contract price, within the stock."""
    import pandas as pd

    lively = sim.weeks.as_of_week - sim.as_of["last_sale"] < h.ORDER_LIVELY_WEEKS
    held = np.flatnonzero((sim.as_of["on_hand"] >= h.ORDER_LEAST_UNITS) & lively)
    held = held[held != sim.pairs.study]
    rows = np.sort(rng.permutation(held)[: max(3, len(held) // 25)])
    units = np.floor(sim.as_of["on_hand"][rows] * rng.uniform(0.1, 0.4, len(rows)))
    ticket = sim.as_of["ticket"][sim.pairs.item[rows]]
    sku, location = keys(sim, rows)
    due = sim.weeks.ends[sim.weeks.as_of_week] + rng.integers(10, 80, len(rows))
    customers = np.array(
        ["Lakeside Hotels", "Cedar Health System", "Summit University"], dtype=object
    )
    return pd.DataFrame(
        {
            "order_id": np.array([f"SO-{70210 + 7 * i}" for i in range(len(rows))], dtype=object),
            "sku": sku,
            "location": location,
            "units": units,
            "unit_price": np.rint(ticket * rng.uniform(0.85, 0.95, len(rows))) / _CENTS,
            "currency": np.full(len(rows), CURRENCY, dtype=object),
            "due_date": days(due),
            "cancellable": np.zeros(len(rows)),
            "customer": customers[np.arange(len(rows)) % 3],
        }
    )


def purchase_commitments(sim: Simulation) -> pd.DataFrame:
    """PurchaseCommitments: what was under way from suppliers at the as-of date."""
    import pandas as pd

    cat, item = sim.catalogue, sim.pairs.item
    ring = sim.as_of["pipe"]
    slot, row = np.nonzero(ring)
    ahead = (slot - sim.weeks.as_of_week - 1) % len(ring) + 1
    # one line an item and week: a purchase order serves all locations
    lines, inverse = np.unique(np.column_stack([item[row], ahead]), axis=0, return_inverse=True)
    units = np.bincount(inverse.ravel(), ring[slot, row], minlength=len(lines))
    which = lines[:, 0]
    due = sim.weeks.ends[sim.weeks.as_of_week] + 7 * lines[:, 1]
    return pd.DataFrame(
        {
            "commitment_id": np.array(
                [f"PO-{41003 + 3 * i}" for i in range(len(which))], dtype=object
            ),
            "sku": cat.sku[which],
            "units": units,
            "unit_price": cat.cost_cents[which] / _CENTS,
            "currency": np.full(len(which), CURRENCY, dtype=object),
            "due_date": days(due),
            "cancellable": (cat.supplier[which] % 4 == 1).astype(float),
            "protected": np.zeros(len(which)),
        }
    )


def quality(sim: Simulation) -> pd.DataFrame:
    """Quality: damaged units still on the books, with a salvage price where one was quoted."""
    import pandas as pd

    rows = np.flatnonzero(sim.as_of["damaged"])
    sku, location = keys(sim, rows)
    bad = np.isin(sim.catalogue.supplier[sim.pairs.item[rows]], sim.catalogue.bad_suppliers)
    ticket = sim.as_of["ticket"][sim.pairs.item[rows]]
    return pd.DataFrame(
        {
            "date": np.full(len(rows), days(sim.weeks.ends[sim.weeks.as_of_week])),
            "sku": sku,
            "location": location,
            "damaged_units": sim.as_of["damaged"][rows].astype(float),
            "salvage_price": np.where(bad, np.nan, np.rint(ticket * 0.12) / _CENTS),
            "reason": np.where(bad, "Supplier defect", "Customer damage").astype(object),
        }
    )


def disposals(sim: Simulation) -> pd.DataFrame:
    """Disposals up to the as-of date, from the same events the truth is made of."""
    import pandas as pd

    week, row, units, gross, selling = disposed(sim, 0, sim.weeks.as_of_week)
    sku, location = keys(sim, row)
    return pd.DataFrame(
        {
            "date": days(sim.weeks.ends[week]),
            "sku": sku,
            "location": location,
            "units": units.astype(float),
            "disposal_channel": np.full(len(row), "liquidation", dtype=object),
            "gross_proceeds": gross / _CENTS,
            "selling_cost": selling / _CENTS,
            "net_proceeds": (gross - selling) / _CENTS,
        }
    )


def assumptions(sim: Simulation) -> pd.DataFrame:
    """Assumptions: the company's own, each with source, owner, date and approver.

    Markdown experience is measured on the retailer's own stock: of the uncut SKU-locations whose
    oldest units passed 120 days in the year before, how many were cut by 10 points within the
    next 13 weeks, and by how much. Categories with fewer than ten such rows state nothing.
    Nor does the study item's category: its own figures came without a sample size, and the
    category's must not stand in for what is not known.
    """
    import pandas as pd

    as_of = sim.weeks.as_of
    effective = dt.date(as_of.year, 1, 1)
    lines: list[tuple[str, str, str, str, str, str]] = [
        (
            "cost_to_sell_rate",
            "all",
            "0.08",
            "fraction of selling price",
            "Store payroll, card fees and freight-out on net sales, trailing twelve months",
            _CONTROLLER,
        ),
        (
            "liquidation_rate",
            "all",
            "0.50",
            "fraction of ordinary selling price",
            "Two liquidator quotes, Q3; see Disposals for what was received",
            _MERCHANT,
        ),
        (
            "salvage_rate",
            "all",
            "0.10",
            "fraction of ordinary selling price",
            "Salvage dealer's standing offer",
            _MERCHANT,
        ),
        (
            "demand_horizon_days",
            "all",
            "365",
            "days",
            "Inventory policy 4.2: excess is stock beyond a year's demand",
            _CONTROLLER,
        ),
        ("markdown_after_days", "all", "120", "days", "Pricing calendar", _MERCHANT),
        (
            "markdown_probability",
            f"sku:{STUDY_SKU}",
            "0.22",
            "probability",
            "Merchandising review of similar items; sample size not on file",
            _MERCHANT,
        ),
        (
            "markdown_rate",
            f"sku:{STUDY_SKU}",
            "0.25",
            "fraction of price",
            "Merchandising review of similar items",
            _MERCHANT,
        ),
    ]
    for name, probability, rate, n in _markdown_experience(sim):
        source = "Own stock past 120 days in the trailing year: markdowns in the next 13 weeks"
        scope = f"category:{name}"
        lines += [
            ("markdown_probability", scope, f"{probability:.2f}", "probability", source, _MERCHANT),
            ("markdown_rate", scope, f"{rate:.2f}", "fraction of price", source, _MERCHANT),
            ("markdown_sample_size", scope, str(n), "items", source, _MERCHANT),
        ]
    return pd.DataFrame(
        {
            "name": _text([x[0] for x in lines]),
            "scope": _text([x[1] for x in lines]),
            "value": _text([x[2] for x in lines]),
            "unit": _text([x[3] for x in lines]),
            "source": _text([x[4] for x in lines]),
            "effective_from": np.full(len(lines), np.datetime64(effective, "ns")),
            "owner": _text([x[5] for x in lines]),
            "approved_by": np.full(len(lines), "Elena Brandt, CFO", dtype=object),
        }
    )


def _markdown_experience(sim: Simulation) -> list[tuple[str, float, float, int]]:
    """Category, share cut, mean cut, rows: measured, or left out where too few."""
    if not sim.cohorts:
        return []
    cut = np.concatenate([c.cut for c in sim.cohorts])
    rows = np.concatenate([c.rows for c in sim.cohorts])
    category = sim.catalogue.category[sim.pairs.item[rows]]
    found = []
    for k, c in enumerate(CATEGORIES):
        here = cut[category == k]
        hit = here[here >= h.LEAST_CUT]
        enough = len(here) >= h.LEAST_SAMPLE and len(hit) > 0
        if enough and k != sim.catalogue.category[-1]:
            found.append((c.name, len(hit) / len(here), float(hit.mean()), len(here)))
    return found


def opening_reserve(sim: Simulation) -> pd.DataFrame:
    """OpeningReserve on dead stock that did not move in the period: nothing to utilize.

    Half of what liquidation at half the ticket would lose, so that nothing asks for a release.
    """
    import pandas as pd

    state, ends = sim.as_of, sim.weeks.ends
    moved = np.zeros(len(sim.pairs), dtype=bool)
    for (_, block), lines in sim.ledger.lines.items():
        if block != "retail":
            moved |= lines[-1] != 0
    units = state["on_hand"]
    ticket = state["ticket"][sim.pairs.item]
    shortfall = state["cost"] - h.RESERVED_LIQUIDATION * ticket * units
    dead = ~moved & (units > 0) & (state["damaged"] == 0)
    dead &= sim.weeks.as_of_week - state["last_sale"] >= h.RESERVED_SILENT_WEEKS
    # in place when it was written down: nothing received since
    held = np.where(state["layer_units"] > 0, state["layer_week"], 0).max(axis=1)
    written = np.array(dt.date(sim.weeks.as_of.year - 1, 12, 31), dtype="datetime64[D]")
    dead &= (ends[held] <= written) & (shortfall > h.RESERVED_LEAST_LOSS * state["cost"])
    rows = np.flatnonzero(dead & (np.arange(len(dead)) != sim.pairs.study))
    sku, location = keys(sim, rows)
    reserve = np.rint(shortfall[rows] * 0.5) / _CENTS
    return pd.DataFrame(
        {
            "sku": sku,
            "location": location,
            "tranche": np.full(len(rows), "excess", dtype=object),
            "opening_reserve": reserve,
            "opening_units": units[rows].astype(float),
            "original_write_down": reserve,
            "written_down_on": np.full(len(rows), days(written)),
        }
    )


def control(sim: Simulation, opening: pd.DataFrame) -> pd.DataFrame:
    """Control: setting and value; the GL balances are the sums the sheets tie to."""
    import pandas as pd

    inventory = int(sim.as_of["cost"].sum()) / _CENTS
    values: dict[str, Any] = {
        "entity": ENTITY,
        "period_end": sim.weeks.as_of,
        "framework": "us-gaap",
        "currency": CURRENCY,
        "cost_method": "fifo",
        "measurement": None,
        "gl_inventory": inventory,
        "gl_reserve": round(float(opening["opening_reserve"].sum()), 2),
        "materiality": float(round(inventory * 0.005, -3)) or 1000.0,
        "fiscal_year_end": "12-31",
        "preparer": PREPARER,
        "reviewer": REVIEWER,
        "study_skus": STUDY_SKU,
    }
    return pd.DataFrame(
        {
            "setting": _text(list(values)),
            "value": np.array([*values.values()], dtype=object),
        }
    )


def _text(words: list[str]) -> NDArray[np.object_]:
    return np.array(words, dtype=object)
