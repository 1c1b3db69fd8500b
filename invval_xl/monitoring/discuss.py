"""What a monthly review talks about: the key figures, the largest misses, what they share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.backtest import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from invval_xl.monitoring.lookback import Lookback

__all__ = ["Idea", "Kpi", "days_to_sign_off", "feature_ideas", "kpis", "method_words"]

_IDEAS = {
    "category": "facts of the category: its season, its range change, its planned end",
    "supplier": "facts of the supplier: its returns, its lead time, its right of return",
    "location": "facts of the location: its region's markdown cadence, its closing",
    "age_band": "a finer age: days since the last receipt, layers older than the plan",
    "tier": "the tier's cut-offs, and the facts just below them",
}
_LIFT = 1.5
_LEAST_LINES = 3


@dataclass(frozen=True)
class Kpi:
    """One figure of the review: what it counts, its value (NaN: unknown) and how it is shown."""

    name: str
    value: float
    style: str
    says: str


@dataclass(frozen=True)
class Idea:
    """A group the misses crowd in: its part of the missed dollars over its part of cost."""

    dimension: str
    value: str
    lines: int
    missed: float
    missed_share: float
    cost_share: float
    idea: str


def _rate(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def kpis(lookback: Lookback, days_to_sign_off: Sequence[float] = ()) -> tuple[Kpi, ...]:
    """The key figures of a lookback.

    Parameters
    ----------
    days_to_sign_off
        Days from refresh to sign-off of each signed period, where a ledger knows them.
    """
    rows = lookback.rows
    realised = float(rows["realised"].sum())
    served = float(rows["served"].sum())
    groups = rows.groupby(["cohort", "category"], sort=True)

    def adjustment(name: str) -> float:
        known = rows[rows[name].notna()]
        sums = known.groupby(["cohort", "category"], sort=True)[[name, "realised"]].sum()
        return round(float((sums[name] - sums["realised"]).abs().sum()), 2)

    avoided = adjustment("age_receipt") - adjustment("served")
    warned, lost = float(rows["reserved_lines"].sum()), float(rows["lost_lines"].sum())
    judged = float(rows["judged"].sum())
    days = float(np.mean(days_to_sign_off)) if len(days_to_sign_off) else float("nan")
    return (
        Kpi("Reserve over realised", _rate(served, realised), "ratio",
            f"served amount over realised loss, {len(groups)} cohort-categories"),
        Kpi("Adequacy", _rate(realised, served), "ratio", "realised loss over served amount"),
        Kpi("False alarms", _rate(float(rows["false_positives"].sum()), warned), "rate",
            "reserved lines that lost less than the policy's least loss"),
        Kpi("Missed losses", _rate(float(rows["false_negatives"].sum()), lost), "rate",
            "lines that lost and were not reserved"),
        Kpi("Period-end adjustment", adjustment("served"), "money",
            "dollars by which reserve and realised loss differ, cohort by category"),
        Kpi("Adjustment avoided", round(avoided, 2), "money",
            "what the ageing table by receipt would have had to adjust beyond that"),
        Kpi("Interval coverage", _rate(float(rows["covered"].sum()), judged), "rate",
            "markdowns of 5 points or more inside the model's 80 % interval"),
        Kpi("Coverage recalibrated", _rate(float(rows["covered_recalibrated"].sum()), judged),
            "rate", "inside the interval as widened by the cohorts before"),
        Kpi("Refresh to sign-off", days, "days",
            "days, mean of the signed periods" if len(days_to_sign_off)
            else "no ledger has a sign-off yet"),
    )  # fmt: skip


def days_to_sign_off(
    runs: Sequence[tuple[str, str]], finalised: Sequence[tuple[str, str]]
) -> tuple[float, ...]:
    """Days from the first recorded run of each period to the first time it was finalised.

    Parameters
    ----------
    runs, finalised
        ``(period end, when)`` as a ledger logs them, ISO.

    Examples
    --------
    >>> runs = [("2026-10-31", "2026-11-02T09:00:00"), ("2026-10-31", "2026-11-03T09:00:00")]
    >>> days_to_sign_off(runs, [("2026-10-31", "2026-11-05T21:00:00")])
    (3.5,)
    """
    begun: dict[str, dt.datetime] = {}
    for period, when in runs:
        at = dt.datetime.fromisoformat(when)
        begun[period] = min(begun.get(period, at), at)
    ended: dict[str, dt.datetime] = {}
    for period, when in finalised:
        at = dt.datetime.fromisoformat(when)
        ended[period] = min(ended.get(period, at), at)
    both = sorted(set(begun) & set(ended))
    return tuple((ended[p] - begun[p]).total_seconds() / 86_400 for p in both)


def feature_ideas(rows: pd.DataFrame, most: int = 8) -> tuple[Idea, ...]:
    """Groups whose part of the missed dollars is well above their part of cost, largest first."""
    missed = (rows["served"] - rows["realised"]).abs()
    total, cost = float(missed.sum()), float(rows["cost"].sum())
    if total <= 0 or cost <= 0:
        return ()
    out = []
    for name, idea in _IDEAS.items():
        for value, at in rows.groupby(name, sort=True).groups.items():
            part = float(missed.loc[at].sum()) / total
            share = float(rows.loc[at, "cost"].sum()) / cost
            if len(at) >= _LEAST_LINES and part >= _LIFT * share and part >= 0.05:  # noqa: PLR2004
                dollars = round(float(missed.loc[at].sum()), 2)
                out.append(Idea(name, str(value), len(at), dollars, part, share, idea))
    out.sort(key=lambda i: (-(i.missed_share - i.cost_share), i.dimension, i.value))
    return tuple(out[:most])


def method_words(name: str) -> str:
    """A method as it stands on a paper."""
    words = {
        "rule": "Rule (C-3)",
        "model": "Model",
        "age_receipt": "Ageing by receipt",
        "age_last_sale": "Ageing by last sale",
        "refitted_table": "Refitted table",
        "flat_rate": "Flat rate",
        "served": "Served",
    }
    assert set(TABLES) < set(words)
    return words[name]
