"""A trained model: what answers, what it was judged by, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - revive() reads the hints
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from invval_xl.models.evidence import Evidence  # noqa: TC001 - revive() reads the hints
from invval_xl.models.gates import (  # noqa: TC001 - revive() reads the hints
    Gate,
    MarkdownReport,
    SellabilityReport,
)

if TYPE_CHECKING:
    from invval_xl.models.features import Encoding
    from invval_xl.models.interval import Calibration
    from invval_xl.models.markdown import Carried, Markdown
    from invval_xl.models.outlast import Outlast
    from invval_xl.models.sellability import Sellability
    from invval_xl.models.targets import TargetPolicy

__all__ = ["Answering", "Lookback", "TrainedModel", "Training"]

Three = tuple[str, str, str]
Factors = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Answering:
    """What answers for one kind of snapshot (all features, or a cell's few facts).

    Parameters
    ----------
    sellability, markdown, carried
        Fitted; ``markdown`` is ``None`` where it could not be fitted.
    calibration
        Of the interval, a horizon each, for whoever answers there.
    answered_by
        ``"model"`` or ``"table"`` a horizon.
    markdown_answered_by
        ``"model"`` or the carried rule a horizon.
    patterns
        Of a cell's part: a calibration for each set of known facts
        (:data:`~invval_xl.models.withhold.PATTERNS`), horizon by horizon.
    outlast
        Of the full part: what outlasts the demand horizon although it sells today; ``None``
        where too little history was followed.
    stretch
        Of a cell's part: by how much the narrowest interval is made wider, a horizon each
        (:mod:`invval_xl.models.stretch`).
    """

    sellability: Sellability
    markdown: Markdown | None
    carried: Carried
    calibration: tuple[Calibration, Calibration, Calibration]
    answered_by: Three
    markdown_answered_by: Three
    patterns: tuple[tuple[Calibration, ...], ...] = ()
    outlast: Outlast | None = None
    stretch: Factors = (1.0, 1.0, 1.0)

    @property
    def uses_markdown_model(self) -> bool:
        """Whether the markdown model answers at any horizon."""
        return self.markdown is not None and "model" in self.markdown_answered_by

    def by_table(self) -> Answering:
        """The strong opponent: the refitted tables answer every outcome, here and later."""
        counted = None if self.outlast is None else self.outlast.by_counts()
        return replace(self, answered_by=("table",) * 3, outlast=counted)


@dataclass(frozen=True, eq=False)
class Lookback:
    """A test day's reserves against what its units on hand lost afterwards, currency.

    Parameters
    ----------
    day, window_days
        The day, and how long its units were followed.
    items, cost
        How many items with cost and price, and what they stood at.
    realised, left
        Loss on units that are gone, and on those still there by the evidence of the end.
    reserve
        By method; ``"model"`` is what would have been served.
    """

    day: int
    window_days: int
    items: int
    cost: float
    realised: float
    left: float
    reserve: Mapping[str, float]

    @property
    def total(self) -> float:
        """What the reserves are judged by."""
        return self.realised + self.left


@dataclass(frozen=True, eq=False)
class Training:
    """How a model was trained and judged: what the card is made of.

    Parameters
    ----------
    first_day, last_day
        Day numbers of the data window; ``as_of`` the day training stood at.
    rows, items, snapshots
        Sizes of the training panel.
    outcome_share
        Share of each state at each horizon among the training rows, ``[3][4]``.
    sellability, markdown
        Reports a horizon; the same for the cell's snapshot model.
    dead_tail_days
        Days of the extract after its last live day, left out.
    rekeyed
        Items that look re-keyed: ``(description, old, new)``.
    importance
        Mean absolute contribution of each feature to P(obsolete in 60 days), largest first.
    dollars, lookbacks
        Gates of the reserve against realised losses, and the cohorts behind them; none where the
        extract holds no stock at cost.
    evidence
        Decisions with outcomes that weighed in training; ``None``: none were given.
    """

    first_day: int
    last_day: int
    as_of: int
    rows: int
    items: int
    snapshots: int
    outcome_share: tuple[tuple[float, ...], ...]
    sellability: tuple[SellabilityReport, ...]
    markdown: tuple[MarkdownReport, ...]
    cell_sellability: tuple[SellabilityReport, ...]
    cell_markdown: tuple[MarkdownReport, ...]
    fold_days: tuple[int, ...]
    dead_tail_days: int
    rekeyed: tuple[tuple[str, str, str], ...]
    importance: tuple[tuple[str, float], ...]
    calibration_plot: tuple[tuple[tuple[float, float, int], ...], ...]
    dollars: tuple[Gate, ...] = ()
    lookbacks: tuple[Lookback, ...] = ()
    evidence: Evidence | None = None
    seed: int = 0
    atypical: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """Everything that answers, with its training report.

    Parameters
    ----------
    model_id
        Content hash of the exported arrays, shortened; the same data and seed give the same id.
    full
        For rows with every feature (refresh).
    cell
        For a typed snapshot of a few facts.
    typical
        Training median of each feature, for explanations.
    training
        The report; ``None`` for the shipped default, which nobody trained on the entity's data.
    approver
        Who approved it to value inventory; empty until somebody did.
    """

    model_id: str
    full: Answering
    cell: Answering
    encoding: Encoding
    target_policy: TargetPolicy
    typical: Any
    training: Training | None
    packages: tuple[tuple[str, str], ...] = ()
    approver: str = ""
