"""What happened after the as-of date: labels by horizon, weekly outcomes, realised losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.catalogue import CATEGORIES, SUPPLIERS
from invval_xl.sources.demo.frames import days, disposed, keys
from invval_xl.terms import Horizon, Outcome

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.sources.demo.books import Simulation

__all__ = ["outcomes", "truth_frames"]

_CENTS = 100.0
_MOSTLY, _STALE_RATE, _STALE_COVER_DAYS = 0.5, 0.10, 365.0


def truth_frames(sim: Simulation) -> dict[str, pd.DataFrame]:
    """All truth frames; without future weeks the first four are empty."""
    return {
        "outcomes": outcomes(sim, sim.weeks.as_of_week),
        "weekly": _weekly(sim),
        "realised": _realised(sim),
        "disposals": _disposals(sim),
        "supersessions": _supersessions(sim),
        "episodes": _episodes(sim),
        "suppliers": _suppliers(sim),
        "plans": _plans(sim),
    }


def outcomes(sim: Simulation, week: int) -> pd.DataFrame:
    """Label every SKU-location on hand at ``week`` by modelling.md section 1, each horizon.

    Obsolete: no units in the window, at most 10 % of the trailing 180-day rate, or cover above
    365 days. Markdown: price paid at least 10 points under the regular price. A row that was
    out of stock for most of the window is unknown and left blank.
    """
    import pandas as pd

    tape = sim.tape
    k = week - tape.first
    on_hand = tape.on_hand[k].astype(float)
    rows = np.flatnonzero(on_hand > 0)
    trailing = tape.units[max(k - 25, 0) : k + 1, rows].sum(axis=0) / 182.0
    parts = []
    for horizon in Horizon:
        n = round(horizon.days / 7)
        if k + n >= len(tape.units):
            continue
        window = slice(k + 1, k + 1 + n)
        units = tape.units[window, rows].sum(axis=0).astype(float)
        gross, net = tape.gross[window, rows].sum(axis=0), tape.net[window, rows].sum(axis=0)
        rate = units / (7.0 * n)
        cover = np.divide(on_hand[rows], rate, out=np.full(len(rows), np.inf), where=rate > 0)
        off = np.divide(gross - net, gross, out=np.full(len(rows), np.nan), where=gross > 0)
        empty = (tape.on_hand[k : k + n, rows] == 0).mean(axis=0) > _MOSTLY
        obsolete = (units == 0) | (rate <= _STALE_RATE * trailing) | (cover > _STALE_COVER_DAYS)
        label = np.where(
            obsolete,
            Outcome.OBSOLETE.value,
            np.where(off >= h.LEAST_CUT, Outcome.MARKDOWN.value, Outcome.FULL_PRICE.value),
        ).astype(object)
        label[empty] = None
        sku, location = keys(sim, rows)
        parts.append(
            pd.DataFrame(
                {
                    "sku": sku,
                    "location": location,
                    "as_of": np.full(len(rows), days(sim.weeks.ends[week])),
                    "horizon_days": np.full(len(rows), horizon.days),
                    "units_on_hand": on_hand[rows],
                    "units_sold": units,
                    "net_sales": net / _CENTS,
                    "markdown_rate": off,
                    "outcome": label,
                    "live": tape.units[max(k - 12, 0) : k + 1, rows].sum(axis=0) > 0,
                }
            )
        )
    columns = (
        "sku",
        "location",
        "as_of",
        "horizon_days",
        "units_on_hand",
        "units_sold",
        "net_sales",
        "markdown_rate",
        "outcome",
        "live",
    )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({c: [] for c in columns})


def _weekly(sim: Simulation) -> pd.DataFrame:
    """Weeks after the as-of date: units and price of every SKU-location that held or sold."""
    import pandas as pd

    tape = sim.tape
    start = sim.weeks.as_of_week + 1 - tape.first
    week, row = np.nonzero((tape.units[start:] > 0) | (tape.on_hand[start:] > 0))
    at = week + start
    sku, location = keys(sim, row)
    return pd.DataFrame(
        {
            "date": days(sim.weeks.ends[at + tape.first]),
            "sku": sku,
            "location": location,
            "units": tape.units[at, row].astype(float),
            "gross_retail": tape.gross[at, row] / _CENTS,
            "net_sales": tape.net[at, row] / _CENTS,
            "units_on_hand": tape.on_hand[at, row].astype(float),
        }
    )


def _realised(sim: Simulation) -> pd.DataFrame:
    """Follow the units on hand at the as-of date, first in first out, up to the last week.

    ``realised_loss`` is cost less proceeds net of 8 % selling cost wherever proceeds fell short,
    sale by sale; units still unsold are left in ``units_left`` at cost, valued at nothing here.
    """
    import pandas as pd

    tape, state = sim.tape, sim.as_of
    cohort = state["on_hand"].astype(float)
    rows = np.flatnonzero(cohort > 0)
    unit_cost = state["cost"][rows] / cohort[rows]
    left = cohort[rows].copy()
    sold, disposed, proceeds, loss = (np.zeros(len(rows)) for _ in range(4))
    gone = {d.week: d for d in sim.disposals}
    place = np.full(len(sim.pairs), -1)
    place[rows] = np.arange(len(rows))
    for week in range(sim.weeks.as_of_week + 1, sim.weeks.total):
        k = week - tape.first
        units = np.minimum(tape.units[k, rows], left)
        price = np.divide(
            tape.net[k, rows],
            tape.units[k, rows],
            out=np.zeros(len(rows)),
            where=tape.units[k, rows] > 0,
        )
        net = price * (1.0 - h.COST_TO_SELL_RATE)
        sold += units
        proceeds += units * net
        loss += units * np.maximum(unit_cost - net, 0.0)
        left -= units
        if week in gone:
            event = gone[week]
            at = place[event.rows]
            known = at >= 0
            at, pieces = at[known], event.units[known]
            units_out = np.minimum(pieces, left[at])
            each = (event.gross - event.selling)[known] / pieces
            disposed[at] += units_out
            proceeds[at] += units_out * each
            loss[at] += units_out * np.maximum(unit_cost[at] - each, 0.0)
            left[at] -= units_out
    sku, location = keys(sim, rows)
    return pd.DataFrame(
        {
            "sku": sku,
            "location": location,
            "units_on_hand": cohort[rows],
            "cost": state["cost"][rows] / _CENTS,
            "units_sold": sold,
            "units_disposed": disposed,
            "units_left": left,
            "net_proceeds": proceeds / _CENTS,
            "realised_loss": loss / _CENTS,
            "cost_left": left * unit_cost / _CENTS,
        }
    )


def _disposals(sim: Simulation) -> pd.DataFrame:
    import pandas as pd

    week, row, units, gross, selling = disposed(sim, sim.weeks.as_of_week + 1, sim.weeks.total)
    sku, location = keys(sim, row)
    return pd.DataFrame(
        {
            "date": days(sim.weeks.ends[week]),
            "sku": sku,
            "location": location,
            "units": units.astype(float),
            "gross_proceeds": gross / _CENTS,
            "net_proceeds": (gross - selling) / _CENTS,
        }
    )


def _supersessions(sim: Simulation) -> pd.DataFrame:
    import pandas as pd

    cat = sim.catalogue
    rows = np.flatnonzero((cat.superseded_week >= 0) & (cat.superseded_week < sim.weeks.total))
    heir = cat.successor[rows]
    return pd.DataFrame(
        {
            "sku": cat.sku[rows],
            "date": _week_days(sim, cat.superseded_week[rows]),
            "successor": np.array([cat.sku[k] if k >= 0 else None for k in heir], dtype=object),
        }
    )


def _episodes(sim: Simulation) -> pd.DataFrame:
    import pandas as pd

    e = sim.episodes
    first = np.array([e.shift_week, e.outage_first])
    last = np.array([sim.weeks.total - 1, e.outage_first + e.outage_weeks - 1])
    return pd.DataFrame(
        {
            "episode": np.array(["regime shift", "stock-out"], dtype=object),
            "scope": np.array(
                [
                    f"category:{CATEGORIES[e.shift_category].name}",
                    f"supplier:{SUPPLIERS[e.outage_supplier]}",
                ],
                dtype=object,
            ),
            "first_date": _week_days(sim, first),
            "last_date": _week_days(sim, last),
            "demand_factor": np.array([e.shift_factor, np.nan]),
        }
    )


def _plans(sim: Simulation) -> pd.DataFrame:
    """Give the merchant's hidden intent: planned end, one-time buy, planned over needed."""
    import pandas as pd

    cat = sim.catalogue
    return pd.DataFrame(
        {
            "sku": cat.sku,
            "planned_end": _week_days(sim, cat.end_week),
            "one_time_buy": cat.one_time_buy,
            "plan_error": cat.plan_error,
        }
    )


def _suppliers(sim: Simulation) -> pd.DataFrame:
    import pandas as pd

    bad = sim.catalogue.bad_suppliers
    return pd.DataFrame(
        {
            "supplier": np.array([SUPPLIERS[k] for k in bad], dtype=object),
            "return_factor": np.full(len(bad), h.BAD_RETURN_FACTOR),
        }
    )


def _week_days(sim: Simulation, week: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Give the posting days of weeks, also outside the simulated ones."""
    return days(sim.weeks.ends[0] + 7 * week)
