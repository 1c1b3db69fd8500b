"""The simulation as frames under the sheet contracts: master, balance set, sales, layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.catalogue import CATEGORIES, SUPPLIERS, location_names
from invval_xl.sources.demo.ledger import LINES
from invval_xl.tables.contracts import CONTRACTS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.sources.demo.books import Simulation

__all__ = [
    "balance_set",
    "cost_layers",
    "days",
    "disposed",
    "event_lines",
    "item_master",
    "keys",
    "locations_frame",
    "sales_history",
]

_CENTS = 100.0
ENTITY = "Harrow & Finch Outfitters, Inc."


def days(dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Dates as pandas keeps them."""
    return dates.astype("datetime64[ns]")


def keys(sim: Simulation, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """SKU and location codes of SKU-locations ``rows``."""
    codes = np.array([n[0] for n in location_names(sim.pairs.locations)], dtype=object)
    return sim.catalogue.sku[sim.pairs.item[rows]], codes[sim.pairs.location[rows]]


def disposed(sim: Simulation, first: int, last: int) -> tuple[NDArray[np.int64], ...]:
    """Week, row, units, gross and selling cents of every disposal from ``first`` to ``last``."""
    some = [d for d in sim.disposals if first <= d.week <= last]
    none = np.zeros(0, dtype=np.int64)
    return (
        np.repeat([d.week for d in some], [len(d.rows) for d in some]).astype(np.int64),
        *(
            np.concatenate([none, *(getattr(d, name) for d in some)])
            for name in ("rows", "units", "gross", "selling")
        ),
    )


def item_master(sim: Simulation) -> pd.DataFrame:
    """ItemMaster: every item ever listed, with what a merchant would know at the as-of date."""
    import pandas as pd

    cat, as_of = sim.catalogue, sim.weeks.as_of_week
    ends = sim.weeks.ends
    n = len(cat)
    gone = (cat.superseded_week >= 0) & (cat.superseded_week + h.NOTICE_WEEKS <= as_of)
    ended = (cat.end_week <= as_of) & ~gone
    status = np.where(gone, "superseded", np.where(ended, "discontinued", "active")).astype(object)
    stopped = np.where(gone, cat.superseded_week + h.NOTICE_WEEKS, cat.end_week)
    start, nat = ends[0] - 7 * 500, np.datetime64("NaT")
    discontinued = np.where(gone | ended, start + 7 * (stopped + 500), nat)
    category = np.array([c.name for c in CATEGORIES], dtype=object)[cat.category]
    supplier = np.array(SUPPLIERS, dtype=object)[cat.supplier]
    season = np.where(
        ~cat.one_time_buy,
        "Year-round",
        np.where((cat.launch_week // 26) % 2 == 0, "Spring/Summer", "Autumn/Winter"),
    ).astype(object)
    # facts a company has for some items only; a blank stays a blank
    known = np.arange(n) % 5
    margin = 1.0 - cat.cost_cents / cat.regular_cents
    right = cat.supplier % 3 == 0
    frame = pd.DataFrame(
        {
            "sku": cat.sku,
            "description": cat.description,
            "category": category,
            "subcategory": np.array([d.split(",")[0] for d in cat.description], dtype=object),
            "supplier": supplier,
            "season": season,
            "brand": cat.brand,
            "uom": np.full(n, "EA", dtype=object),
            "pack": cat.pack.astype(float),
            "lifecycle_status": status,
            "launch_date": days(start + 7 * (cat.launch_week + 500)),
            "discontinue_date": days(discontinued),
            "ticket_price": sim.as_of["ticket"] / _CENTS,
            "msrp": sim.as_of["regular"] / _CENTS,
            "normal_profit_rate": np.where(known == 1, np.round(margin * 0.6, 2), np.nan),
            "replacement_cost": np.where(
                known <= 1, np.round(cat.cost_cents * 1.01) / _CENTS, np.nan
            ),
            "lead_time_days": 7.0 * cat.lead_weeks,
            "vendor_return_right": right.astype(float),
            "vendor_return_rate": np.where(right, 0.60, np.nan),
        }
    )
    study = n - 1  # accounting.md F names what is not given; it stays not given
    for column in (
        "normal_profit_rate",
        "replacement_cost",
        "lead_time_days",
        "vendor_return_right",
        "vendor_return_rate",
        "msrp",
    ):
        frame.loc[study, column] = np.nan
    return frame.sort_values("sku", ignore_index=True)


def locations_frame(sim: Simulation) -> pd.DataFrame:
    """Locations: all stores; transfers arrive the same day, so none is in transit."""
    import pandas as pd

    names = location_names(sim.pairs.locations)
    return pd.DataFrame(
        {
            "location": np.array([n[0] for n in names], dtype=object),
            "name": np.array([n[1] for n in names], dtype=object),
            "type": np.full(len(names), "store", dtype=object),
            "entity": np.full(len(names), ENTITY, dtype=object),
            "region": np.array([n[2] for n in names], dtype=object),
        }
    )


def balance_set(sim: Simulation) -> pd.DataFrame:
    """BalanceSet: a row a SKU-location and month from its first receipt on, zeros included.

    An item that is gone for good leaves the listing two months after its last movement.
    """
    import pandas as pd

    ledger, weeks = sim.ledger, sim.weeks
    first = sim.as_of["first_receipt"]
    month_of_week = weeks.month
    began = np.where(first >= 0, month_of_week[np.maximum(first, 0)], np.iinfo(np.int64).max)
    lively = ledger.bop["units"] != 0
    for (_, block), lines in ledger.lines.items():
        if block == "units":
            lively |= lines != 0
    count = len(ledger.months)
    last = np.where(lively.any(axis=0), count - 1 - np.argmax(lively[::-1], axis=0), -3)
    listed = np.arange(count)[:, None] <= last + 2
    slot, row = np.nonzero(listed & (began[None, :] <= ledger.months[:, None]))
    order = np.lexsort((slot, row))
    slot, row = slot[order], row[order]
    sku, location = keys(sim, row)
    ends = np.array([weeks.period_end(int(m)) for m in ledger.months], dtype="datetime64[D]")
    data: dict[str, NDArray[Any]] = {
        "sku": sku,
        "location": location,
        "period_end": days(ends[slot]),
    }
    for block in ("units", "cost", "retail"):
        scale = 1.0 if block == "units" else _CENTS
        data[f"bop_{block}"] = ledger.bop[block][slot, row] / scale
        for measure, of in LINES:
            if of == block:
                data[f"{measure}_{block}"] = ledger.lines[measure, block][slot, row] / scale
        data[f"eop_{block}"] = ledger.eop[block][slot, row] / scale
    wanted = [c.name for c in CONTRACTS["BalanceSet"].columns]
    return pd.DataFrame({name: data[name] for name in wanted}, copy=False)


def sales_history(sim: Simulation, *, most: int | None = None) -> pd.DataFrame:
    """SalesHistory: weekly lines up to the as-of date where units sold or came back.

    ``gross_retail`` is at the regular price, ``discount`` everything off it; ``units`` are gross
    of returns, as in the balance set. ``most`` keeps the newest whole weeks that fit.
    """
    import pandas as pd

    tape = sim.tape
    kept = sim.weeks.as_of_week - tape.first + 1
    lively = (tape.units[:kept] > 0) | (tape.returned[:kept] > 0)
    start = 0
    if most is not None:
        newest_first = np.cumsum(lively.sum(axis=1)[::-1])
        start = max(kept - int(np.searchsorted(newest_first, most, side="right")), 0)
    week, row = np.nonzero(lively[start:])
    week += start
    sku, location = keys(sim, row)
    gross, net = tape.gross[week, row], tape.net[week, row]
    off = np.divide(gross - net, gross, out=np.zeros(len(gross)), where=gross > 0)
    kind = np.where(
        tape.promoted[week, row], "promo", np.where(off >= h.LEAST_CUT, "clearance", "regular")
    )
    return pd.DataFrame(
        {
            "date": days(sim.weeks.ends[week + tape.first]),
            "sku": sku,
            "location": location,
            "units": tape.units[week, row].astype(float),
            "gross_retail": gross / _CENTS,
            "discount": (gross - net) / _CENTS,
            "net_sales": net / _CENTS,
            "cogs": tape.cogs[week, row] / _CENTS,
            "price_type": kind.astype(object),
            "returned_units": tape.returned[week, row].astype(float),
        },
        copy=False,
    )


def cost_layers(sim: Simulation) -> pd.DataFrame:
    """CostLayers: what remains of each receipt, at its original date wherever it lies now."""
    import pandas as pd

    units, cost, week = (sim.as_of[k] for k in ("layer_units", "layer_cost", "layer_week"))
    row, slot = np.nonzero(units)
    order = np.lexsort((week[row, slot], row))
    row, slot = row[order], slot[order]
    sku, location = keys(sim, row)
    received = sim.weeks.ends[week[row, slot]]
    stamp = np.datetime_as_string(received, unit="D")
    return pd.DataFrame(
        {
            "sku": sku,
            "location": location,
            "layer_id": np.array([f"R{s.replace('-', '')}" for s in stamp], dtype=object),
            "receipt_date": days(received),
            "units_remaining": units[row, slot].astype(float),
            "unit_cost": cost[row, slot] / units[row, slot] / _CENTS,
        }
    )


def event_lines(sim: Simulation) -> pd.DataFrame:
    """Every weekly posting, long, in units or currency."""
    import pandas as pd

    columns = ("week_end", "sku", "location", "measure", "block", "value")
    if not sim.ledger.events:
        return pd.DataFrame({c: [] for c in columns})
    sizes = [len(rows) for _, _, rows, _ in sim.ledger.events]
    row = np.concatenate([rows for _, _, rows, _ in sim.ledger.events])
    value = np.concatenate([v for _, _, _, v in sim.ledger.events]).astype(float)
    week = np.repeat([w for w, _, _, _ in sim.ledger.events], sizes)
    measure = np.repeat(np.array([m for _, (m, _), _, _ in sim.ledger.events], dtype=object), sizes)
    block = np.repeat(np.array([b for _, (_, b), _, _ in sim.ledger.events], dtype=object), sizes)
    sku, location = keys(sim, row)
    value[block != "units"] /= _CENTS
    return pd.DataFrame(
        {
            "week_end": days(sim.weeks.ends[week]),
            "sku": sku,
            "location": location,
            "measure": measure,
            "block": block,
            "value": value,
        }
    )
