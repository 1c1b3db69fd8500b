"""Cohorts by past close: what was predicted against what came, and whether that is good enough.

Every amount is currency of the entity, a row a line (SKU x location) held at a past close.

===============  =================================================================================
``rule``         required by C-3's tests at that close
``model``        expected loss by the model trained on what happened before it; the rule's amount
                 where the model knows too little of a line
``age_receipt``  the policy's ageing table on days since receipt
``age_last_sale``  the same table on days since last sale
``refitted_table``  expected loss by the ageing table refitted on the model's own training rows
``flat_rate``    the policy's flat percentage of cost
``served``       what the product would have posted: ``model`` in the categories the roll-out
                 serves by model, else ``rule``
``low, high``    the rule's range under the stated alternatives
``realised``     cost less what the units brought, unit by unit where it fell short: sold, disposed
                 of, scrapped, and the re-estimate of what is still unsold
``error``        reserve less realised: positive where too much was reserved
===============  =================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "AGE_BANDS",
    "LOSSES",
    "METHODS",
    "PRODUCT",
    "TABLES",
    "Cohort",
    "LookbackPolicy",
    "Verdict",
    "age_band",
    "cells",
    "cohort_closes",
    "judge",
    "largest_misses",
    "rows_of",
    "served_amount",
    "verdicts",
]

PRODUCT: tuple[str, ...] = ("rule", "model")
TABLES: tuple[str, ...] = ("age_receipt", "age_last_sale", "refitted_table", "flat_rate")
METHODS: tuple[str, ...] = (*PRODUCT, *TABLES)
LOSSES: tuple[str, ...] = ("loss_sold", "loss_disposed", "loss_scrapped", "loss_left")
AGE_BANDS: tuple[tuple[str, float], ...] = (
    ("0-90 days", 90.0),
    ("91-180 days", 180.0),
    ("181-365 days", 365.0),
    ("366-730 days", 730.0),
    ("731 days and older", np.inf),
)
_UNKNOWN_AGE = "age unknown"
_LEAST_COHORTS = 4
_MARKED_FROM = 0.05  # as the model's own gate judges its interval
_HAIR = 1e-9  # a cut of five points is one, whatever the last bits of a quotient say


@dataclass(frozen=True)
class LookbackPolicy:
    """What a lookback is held to; the values of policy/default.toml.

    Parameters
    ----------
    within
        A reserve holds where it is within this share of what was realised.
    floor_rate
        Of a category's cost: a gap below it is too small to fail a category.
    loss_rate
        Share of cost from which a line counts as reserved, and as lost.
    """

    within: float = 0.25
    floor_rate: float = 0.01
    loss_rate: float = 0.05


@dataclass(frozen=True, eq=False)
class Cohort:
    """One past close: the lines as valued then, and what became of them up to the latest close."""

    close: dt.date
    rows: pd.DataFrame
    model_id: str = ""
    because: str = ""
    stops: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether one method's reserve held, for all categories or one.

    Parameters
    ----------
    method, category
        ``category`` is empty for the whole inventory.
    reserve, realised
        Summed over the cohorts, currency.
    ratio
        Reserve over realised.
    gap
        ``abs(reserve - realised)``.
    best_table, best_gap
        The table that came closest.
    cohorts
        How many were summed.
    holds, because
        The answer and its reason.
    """

    method: str
    category: str
    reserve: float
    realised: float
    ratio: float
    gap: float
    best_table: str
    best_gap: float
    cohorts: int
    holds: bool
    because: str


def cohort_closes(
    ends: Sequence[dt.date], as_of: dt.date, *, count: int, follow_up_days: int, history_days: int
) -> tuple[dt.date, ...]:
    """The past closes to look back at: the newest ``count`` a quarter apart, oldest first.

    Parameters
    ----------
    ends
        Period ends of the balance set.
    follow_up_days
        Least days from a close to ``as_of``: younger ones have nothing to show yet.
    history_days
        Least days of history before a close.

    Examples
    --------
    >>> import datetime as dt
    >>> ends = [dt.date(2025, m, 28) for m in range(1, 13)] + [dt.date(2026, 1, 28)]
    >>> asked = dict(count=2, follow_up_days=90, history_days=60)
    >>> [d.month for d in cohort_closes(ends, dt.date(2026, 1, 28), **asked)]
    [7, 10]
    """
    ordered = sorted(set(ends))
    if not ordered:
        return ()
    usable = [
        d
        for d in ordered
        if (as_of - d).days >= follow_up_days and (d - ordered[0]).days >= history_days
    ]
    chosen: list[dt.date] = []
    for day in reversed(usable):
        if not chosen or (chosen[-1] - day).days >= 80:  # noqa: PLR2004 - a quarter, short months
            chosen.append(day)
        if len(chosen) == count:
            break
    return tuple(reversed(chosen))


def age_band(age_days: Floats) -> NDArray[np.object_]:
    """The band of each age, :data:`AGE_BANDS`."""
    edges = np.array([top for _, top in AGE_BANDS])
    names = np.array([name for name, _ in AGE_BANDS] + [_UNKNOWN_AGE], dtype=object)
    place = np.searchsorted(edges, np.round(np.nan_to_num(age_days)), side="left")
    return np.asarray(names[np.where(np.isnan(age_days), len(AGE_BANDS), place)], dtype=object)


def rows_of(cohorts: Sequence[Cohort]) -> pd.DataFrame:
    """Every cohort's lines stacked, with ``cohort`` (its close, ISO) and ``realised``.

    Where a cohort has a model, lines it knows too little of carry the rule's amount; where it has
    none, ``model`` and ``refitted_table`` stay unknown (NaN).
    """
    import pandas as pd

    parts = []
    for cohort in cohorts:
        rows = cohort.rows.copy()
        rows.insert(0, "cohort", cohort.close.isoformat())
        if cohort.model_id:
            for name in ("model", "refitted_table"):
                rows[name] = rows[name].fillna(rows["rule"])
        parts.append(rows)
    out = pd.concat(parts, ignore_index=True)
    out["age_band"] = age_band(out["age_days"].to_numpy(dtype=np.float64))
    out["supplier"] = out["supplier"].replace("", "(no supplier)")
    for name in LOSSES:
        out[name] = out[name].round(2)
    out["realised"] = out[list(LOSSES)].sum(axis=1).round(2)
    out["rate_judged"] = out["rate_realised"].where(out["rate_realised"] >= _MARKED_FROM - _HAIR)
    return out


def served_amount(rows: pd.DataFrame, by_model: frozenset[str] | set[str]) -> Floats:
    """What the product posts: the model's amount in the categories of ``by_model``, or the rule's.

    Where no model stood at a close, its lines carry the rule's amount too.
    """
    model = rows["model"].to_numpy(dtype=np.float64)
    here = rows["category"].isin(by_model).to_numpy() & np.isfinite(model)
    return np.asarray(np.where(here, model, rows["rule"].to_numpy(dtype=np.float64)), np.float64)


def judge(rows: pd.DataFrame, policy: LookbackPolicy) -> None:
    """Add whether the interval held and whether a line was a false alarm or a miss, in place.

    ``judged`` lines have an interval and were marked down by five points or more within its
    horizon (``rate_judged``): over all lines an interval that touches zero covers nearly
    everything and judges nothing. ``covered`` of them fell inside, ``covered_recalibrated``
    inside the interval as the cohorts before had it widened.

    A ``false_positive`` was reserved by ``loss_rate`` of cost or more and lost less; a
    ``false_negative`` the reverse; their dollars are what was reserved beyond the loss, and lost
    beyond the reserve.
    """
    rate = rows["rate_judged"].to_numpy(dtype=np.float64)
    low = rows["rate_low"].to_numpy(dtype=np.float64)
    high = rows["rate_high"].to_numpy(dtype=np.float64)
    judged = np.isfinite(rate) & np.isfinite(low) & np.isfinite(high)
    rows["judged"] = judged.astype(np.float64)
    inside = judged & (rate >= low - _HAIR) & (rate <= high + _HAIR)
    rows["covered"] = inside.astype(np.float64)
    used_low = rows["rate_low_used"].to_numpy(dtype=np.float64)
    used_high = rows["rate_high_used"].to_numpy(dtype=np.float64)
    inside = judged & (rate >= used_low - _HAIR) & (rate <= used_high + _HAIR)
    rows["covered_recalibrated"] = inside.astype(np.float64)
    cost = rows["cost"].to_numpy(dtype=np.float64)
    served = rows["served"].to_numpy(dtype=np.float64)
    realised = rows["realised"].to_numpy(dtype=np.float64)
    least = policy.loss_rate * cost - _HAIR
    warned, lost = served >= least, realised >= least
    alarm, miss = warned & ~lost, ~warned & lost
    rows["false_positives"] = alarm.astype(np.float64)
    rows["false_positive_dollars"] = np.round(
        np.where(alarm, np.maximum(served - realised, 0.0), 0.0), 2
    )
    rows["false_negatives"] = miss.astype(np.float64)
    rows["false_negative_dollars"] = np.round(
        np.where(miss, np.maximum(realised - served, 0.0), 0.0), 2
    )
    rows["reserved_lines"] = warned.astype(np.float64)
    rows["lost_lines"] = lost.astype(np.float64)


SUMMED: tuple[str, ...] = (
    "units",
    "cost",
    *METHODS,
    "served",
    "low",
    "high",
    "net_proceeds",
    *LOSSES,
    "judged",
    "covered",
    "covered_recalibrated",
    "false_positives",
    "false_positive_dollars",
    "false_negatives",
    "false_negative_dollars",
    "reserved_lines",
    "lost_lines",
)


def cells(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Sums by ``cohort`` and the columns of ``by``: ``items``, :data:`SUMMED` and ``realised``.

    A model amount no cohort of the group knows stays unknown.
    """
    keys = ["cohort", *by]
    grouped = rows.groupby(keys, sort=True, observed=True)
    out = grouped[list(SUMMED)].sum(min_count=1).round(2)
    out.insert(0, "items", grouped.size().astype(float))
    out["realised"] = out[list(LOSSES)].sum(axis=1).round(2)
    return out.reset_index()


def verdicts(rows: pd.DataFrame, policy: LookbackPolicy) -> tuple[Verdict, ...]:
    """Whether rule and model held: all categories first, then one by one.

    The gate of modelling.md section 2: within ``policy.within`` of what was realised, over four
    cohorts or more, and closer than every table. A category's gap below ``floor_rate`` of its cost
    fails nobody.
    """
    out: list[Verdict] = []
    for method in PRODUCT:
        known = rows[rows["model"].notna()] if method == "model" else rows
        if not len(known):
            continue
        out.append(_verdict(known, method, "", policy))
        out += [
            _verdict(part, method, str(name), policy)
            for name, part in known.groupby("category", sort=True)
        ]
    return tuple(out)


def _verdict(rows: pd.DataFrame, method: str, category: str, policy: LookbackPolicy) -> Verdict:
    realised = float(round(rows["realised"].sum(), 2))
    reserve = float(round(rows[method].sum(), 2))
    gap = round(abs(reserve - realised), 2)
    gaps = {
        name: round(abs(float(rows[name].sum()) - realised), 2)
        for name in TABLES
        if rows[name].notna().any()
    }
    best = min(gaps, key=lambda name: gaps[name])
    count = int(rows["cohort"].nunique())
    ratio = reserve / realised if realised > 0 else float("nan")
    floor = policy.floor_rate * float(rows["cost"].sum()) if category else 0.0
    near = gap <= policy.within * realised or gap <= floor
    closer = gap < gaps[best] or gap <= floor
    reasons = []
    if count < _LEAST_COHORTS:
        reasons.append(f"{count} cohort(s), {_LEAST_COHORTS} are needed")
    if not near:
        reasons.append(f"reserve is {_times(ratio)} of what was realised")
    if not closer:
        reasons.append(f"{best.replace('_', ' ')} came closer")
    held = f"within {policy.within:.0%} and closer than every table"
    if gap <= floor:
        held = f"missed by less than {policy.floor_rate:.0%} of cost"
    because = "; ".join(reasons) or held
    return Verdict(
        method, category, reserve, realised, ratio, gap, best, gaps[best], count,
        not reasons, because,
    )  # fmt: skip


def _times(ratio: float) -> str:
    return "many times" if not np.isfinite(ratio) else f"{ratio:.2f} times"


def largest_misses(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """The lines on which the served amount missed most, with the facts to discuss them by."""
    error = (rows["served"] - rows["realised"]).round(2)
    size = error.abs()
    order = np.lexsort((rows["location"], rows["sku"], rows["cohort"], -size.to_numpy()))[:count]
    out = rows.iloc[order].copy()
    out["error"] = error.iloc[order]
    return out.reset_index(drop=True)
