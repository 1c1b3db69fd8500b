"""The lookback as one value: rows, verdicts, interval, drift, challengers, roll-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.interval import recalibrated
from invval_xl.monitoring.backtest import (
    METHODS,
    Cohort,
    LookbackPolicy,
    Verdict,
    judge,
    rows_of,
    served_amount,
    verdicts,
)
from invval_xl.monitoring.champion import Comparison, compare
from invval_xl.monitoring.recalibrate import Recalibration, recalibrate
from invval_xl.monitoring.rollout import (
    CategoryReview,
    Review,
    Rollout,
    RolloutPolicy,
    roll_out,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.monitoring.drift import DriftReport

    Floats = NDArray[np.float64]

__all__ = ["CohortNote", "Lookback", "look_back"]


@dataclass(frozen=True)
class CohortNote:
    """What is to be known of one cohort beyond its figures."""

    close: str
    model_id: str
    because: str
    stops: int


@dataclass(frozen=True, eq=False)
class Lookback:
    """What looking back from ``as_of`` showed.

    Parameters
    ----------
    as_of
        The latest close: outcomes run up to it.
    inputs_hash
        Of the workbook it was computed from.
    rows
        A row a cohort and line, as :mod:`invval_xl.monitoring.backtest` documents them.
    cohorts
        One note a cohort, oldest first.
    verdicts
        Rule and model, all categories and each.
    intervals
        Coverage by cohort and the factor that follows.
    comparisons
        Challengers against the served basis.
    rollout
        Where every category stands after this review.
    drift
        Newest periods against training; ``None`` where no model's training can be held against.
    policy
        What the verdicts were held to.
    """

    as_of: dt.date
    inputs_hash: str
    rows: pd.DataFrame
    cohorts: tuple[CohortNote, ...]
    verdicts: tuple[Verdict, ...]
    intervals: tuple[Recalibration, ...]
    comparisons: tuple[Comparison, ...]
    rollout: Rollout
    drift: DriftReport | None
    policy: LookbackPolicy

    def verdict(self, method: str, category: str = "") -> Verdict | None:
        """The verdict of a method over all categories, or one; ``None`` where it has none."""
        for verdict in self.verdicts:
            if (verdict.method, verdict.category) == (method, category):
                return verdict
        return None

    @property
    def product(self) -> Verdict:
        """The verdict of the product's prediction: the model's, or the rule's where none stood."""
        found = self.verdict("model") or self.verdict("rule")
        assert found is not None
        return found

    @property
    def flag(self) -> bool:
        """The red flag for the lead sheet: the product's figure did not hold."""
        return not self.product.holds

    @property
    def states(self) -> dict[str, str]:
        """State of each category: shadow, served or withdrawn."""
        return dict(self.rollout.states)

    @property
    def basis(self) -> dict[str, str]:
        """What values each category: ``"model"`` or ``"rule"``.

        Under the red flag no category is valued by model: the lead sheet carries the flag and the
        rule stands.
        """
        served = frozenset() if self.flag else self.rollout.by_model
        return {name: "model" if name in served else "rule" for name in self.rollout.states}

    @property
    def interval_factor(self) -> float:
        """Factor on the half-width of the model's interval that the cohorts ask for."""
        return self.intervals[-1].next_factor if self.intervals else 1.0


def look_back(
    cohorts: Sequence[Cohort],
    *,
    as_of: dt.date,
    inputs_hash: str,
    reviews: Sequence[Review] = (),
    policy: LookbackPolicy | None = None,
    rollout: RolloutPolicy | None = None,
    drift: DriftReport | None = None,
) -> Lookback:
    """Judge the cohorts and move the roll-out by one review.

    Parameters
    ----------
    reviews
        Earlier reviews on record; one of the same date is replaced by this one.
    """
    policy = policy or LookbackPolicy()
    steps = rollout or RolloutPolicy()
    rows = rows_of(cohorts)
    found = verdicts(rows, policy)
    earlier = [r for r in reviews if r.as_of < as_of.isoformat()]
    moved = roll_out([*earlier, _review(rows, found, as_of)], steps)
    intervals = recalibrate(
        [
            (str(close), _array(part, "rate_judged"), _array(part, "rate_low"),
             _array(part, "rate_high"))
            for close, part in rows.groupby("cohort", sort=True)
        ]
    )  # fmt: skip
    _widen(rows, intervals)
    lookback = Lookback(
        as_of,
        inputs_hash,
        rows,
        tuple(CohortNote(c.close.isoformat(), c.model_id, c.because, c.stops) for c in cohorts),
        found,
        intervals,
        (),
        moved,
        drift,
        policy,
    )
    rows["served"] = served_amount(rows, {n for n, b in lookback.basis.items() if b == "model"})
    judge(rows, policy)
    compared = (compare(rows, "served", name) for name in METHODS)
    kept = tuple(c for c in compared if c is not None)
    return Lookback(
        **{
            **{name: getattr(lookback, name) for name in lookback.__dataclass_fields__},
            "comparisons": kept,
        }
    )


def _array(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)


def _widen(rows: pd.DataFrame, intervals: Sequence[Recalibration]) -> None:
    """Add the interval as recalibrated by the cohorts before, ``rate_low_used, rate_high_used``."""
    low = rows["rate_low"].to_numpy(dtype=np.float64).copy()
    high = rows["rate_high"].to_numpy(dtype=np.float64).copy()
    rate = rows["rate"].to_numpy(dtype=np.float64)
    for said in intervals:
        here = (rows["cohort"] == said.cohort).to_numpy()
        low[here], high[here] = recalibrated(
            low[here], high[here], said.factor, around=rate[here], floor=0.0, ceiling=1.0
        )
    rows["rate_low_used"], rows["rate_high_used"] = low, high


def _review(rows: pd.DataFrame, found: Sequence[Verdict], as_of: dt.date) -> Review:
    """The lookback as the roll-out's state machine reads it."""
    newest = rows[rows["cohort"] == rows["cohort"].max()]
    whole = next((v for v in found if v.method == "model" and not v.category), None)
    by_name = {v.category: v for v in found if v.method == "model" and v.category}
    categories = {}
    for key, part in newest.groupby("category", sort=True):
        name = str(key)
        cost = float(round(part["cost"].sum(), 2))
        said = by_name.get(name)
        predicted = float(np.nansum(part["model"].fillna(part["rule"]).to_numpy(dtype=np.float64)))
        categories[name] = CategoryReview(
            cost,
            round(predicted / cost, 6) if cost else 0.0,
            bool(said and said.holds),
            said.because if said else "no model stood at its cohorts",
        )
    return Review(
        as_of.isoformat(),
        bool(whole and whole.holds),
        whole.because if whole else "no model stood at the cohorts",
        categories,
    )
