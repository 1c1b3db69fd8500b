"""Train, judge fold by fold, and decide who answers: ``invval train`` reads like this module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.models.audit import dead_tail_days, rekeyed_pairs
from invval_xl.models.dollars import DollarPolicy, judge_lookbacks
from invval_xl.models.evidence import row_weights
from invval_xl.models.fan_out import one_thread
from invval_xl.models.features import CELL_FEATURES, FEATURES, fit_encoding
from invval_xl.models.folds import LEAST_ROWS, FoldAnswers, earlier_cohorts, run_folds
from invval_xl.models.forest_pair import Caps
from invval_xl.models.gates import GatePolicy, judge_markdown, judge_sellability
from invval_xl.models.interval import Calibration, calibrate, known_levels
from invval_xl.models.markdown import fit_carried, fit_markdown
from invval_xl.models.metrics import calibration as calibration_bins
from invval_xl.models.outlast import fit_outlast
from invval_xl.models.packing import identify
from invval_xl.models.panel import Panel, build_panel, snapshot_days
from invval_xl.models.paths import choose_paths
from invval_xl.models.sellability import fit_sellability
from invval_xl.models.splits import fold_days, lookback_days
from invval_xl.models.stretch import fit_stretch
from invval_xl.models.targets import HORIZONS, UNKNOWN, TargetPolicy
from invval_xl.models.trained import Answering, TrainedModel, Training
from invval_xl.models.withhold import PATTERNS, withheld

if TYPE_CHECKING:
    from invval_xl.models.events import Events
    from invval_xl.models.evidence import EvidenceWeights
    from invval_xl.models.gates import MarkdownReport, SellabilityReport

__all__ = ["Parameters", "train"]

Progress = Callable[[int, int, str], None]
_TWO_YEARS = 720  # 104 weeks, give or take one
_AT_LAST = 1 << 40  # a day on which every label of every fold is known


@dataclass(frozen=True)
class Parameters:
    """What training may be told.

    Parameters
    ----------
    target, gates, caps
        Definitions, thresholds, sizes.
    dollars
        Policy values the lookbacks reserve by.
    rows_per_day
        At most so many items a snapshot (a seeded draw).
    cell
        Whether typed cells get a model of their own. A model that only looks back needs none: its
        ``cell`` part is then the full one, not reported, and it is not to be sealed.
    """

    target: TargetPolicy = field(default_factory=TargetPolicy)
    gates: GatePolicy = field(default_factory=GatePolicy)
    caps: Caps = field(default_factory=Caps)
    dollars: DollarPolicy = field(default_factory=DollarPolicy)
    rows_per_day: int = 8_000
    cell: bool = True


def _quiet(_done: int, _total: int, _stage: str) -> None:
    """No progress."""


def train(
    events: Events,
    *,
    as_of: int | None = None,
    parameters: Parameters | None = None,
    progress: Progress = _quiet,
    weights: EvidenceWeights | None = None,
) -> TrainedModel:
    """Train and judge a model on what happened before ``as_of``.

    Parameters
    ----------
    events
        The extract.
    as_of
        Day number training stands at; by default the day after the extract's last live day.
    parameters
        Definitions, gates and sizes.
    progress
        Called with ``(done, total, stage)``.
    weights
        What decisions whose outcome is known add to their rows' weight, capped by reviewer
        (:func:`~invval_xl.models.evidence.weigh_decisions`); the card says how much.

    Returns
    -------
    TrainedModel
        With who answers at each horizon, and the whole report. No gate refuses here: a model
        that fails its gates leaves the answer to the refitted ageing table.

    Raises
    ------
    RefusedError
        MD209 where the extract holds too little to fit anything.
    """
    parameters = parameters or Parameters()
    if as_of is not None and as_of <= events.last_day:
        events = events.before(as_of)
    with one_thread():
        return _train(events, parameters, progress, weights)


def _train(
    events: Events,
    parameters: Parameters,
    progress: Progress,
    weights: EvidenceWeights | None,
) -> TrainedModel:
    encoding = fit_encoding(events)
    days = snapshot_days(events)
    if not days:
        raise _too_little(events, 0)
    panel = build_panel(
        events,
        days,
        encoding=encoding,
        policy=parameters.target,
        progress=progress,
        max_rows_per_day=parameters.rows_per_day,
        seed=parameters.caps.seed,
    )
    evidence = None
    if weights is not None and weights.added:
        weight, evidence = row_weights(events, panel, weights)
        panel = replace(panel, weight=weight)
    history = events.last_day - events.first_day + 1
    whole = (panel.labels.state != UNKNOWN).all(axis=1)
    if whole.sum() < LEAST_ROWS or len(choose_paths(panel.labels.state)) < 2:  # noqa: PLR2004
        raise _too_little(events, int(whole.sum()))
    tests = fold_days(days, events.last_day, long_history=history >= _TWO_YEARS)
    full = run_folds(events, panel, tests, FEATURES, parameters, None, encoding, progress)
    known = panel.known_before(events.last_day + 1)
    full_part, full_out, full_md = _judge(known, FEATURES, full, history, parameters, None)
    progress(1, 2, "final fit")
    cell_part = full_part
    cell_out: tuple[SellabilityReport, ...] = ()
    cell_md: tuple[MarkdownReport, ...] = ()
    if parameters.cell:
        masked = withheld(panel, encoding, seed=parameters.caps.seed)
        # a cell's few facts need no more than half the trees, and are answered faster by them
        light = replace(parameters, caps=parameters.caps.halved())
        cell = run_folds(events, panel, tests, CELL_FEATURES, light, masked, encoding, progress)
        known_masked = withheld(known, encoding, seed=parameters.caps.seed)
        cell_part, cell_out, cell_md = _judge(
            known, CELL_FEATURES, cell, history, light, known_masked
        )
    progress(2, 2, "final fit")
    outlast = fit_outlast(events, known, before=events.last_day + 1, caps=parameters.caps)
    full_part = replace(full_part, outlast=outlast)
    cohorts = full.cohorts
    if parameters.cell:  # one that itself looks back is judged by its folds alone
        earlier = lookback_days(days, events.last_day)
        cohorts = [
            *earlier_cohorts(events, panel, earlier, FEATURES, parameters, progress),
            *cohorts,
        ]
    lookbacks, dollars = judge_lookbacks(
        events, cohorts, full_part, gates=parameters.gates, policy=parameters.dollars
    )
    typical = np.array(
        [
            float(np.median(column[np.isfinite(column)])) if np.isfinite(column).any() else np.nan
            for column in known.features.matrix.T.astype(np.float64)
        ]
    )
    from invval_xl.models.explain import importance

    training = Training(
        first_day=events.first_day,
        last_day=events.last_day,
        as_of=events.last_day + 1,
        rows=len(known),
        items=len(np.unique(known.features.facts.item)),
        snapshots=len(days),
        outcome_share=_shares(known),
        sellability=full_out,
        markdown=full_md,
        cell_sellability=cell_out,
        cell_markdown=cell_md,
        fold_days=tuple(tests),
        dead_tail_days=dead_tail_days(events),
        rekeyed=tuple(rekeyed_pairs(events)),
        importance=importance(full_part, known.features, seed=parameters.caps.seed)
        if parameters.cell
        else (),
        calibration_plot=tuple(
            tuple(
                calibration_bins(
                    np.concatenate([f.obsolete for f in full.outcomes[j]]),
                    np.concatenate([f.p["model"] for f in full.outcomes[j]]),
                )
                if full.outcomes[j]
                else ()
            )
            for j in range(len(HORIZONS))
        ),
        dollars=dollars,
        lookbacks=lookbacks,
        evidence=evidence,
        seed=parameters.caps.seed,
        atypical=events.atypical,
    )
    model = TrainedModel("", full_part, cell_part, encoding, parameters.target, typical, training)
    return identify(model)


def _too_little(events: Events, rows: int) -> RefusedError:
    days = max(0, events.last_day - events.first_day + 1)
    asked = f"150 days and {LEAST_ROWS} labelled item-dates of two outcomes"
    return RefusedError([finding("MD209", days=days, rows=rows, asked=asked)])


def _shares(panel: Panel) -> tuple[tuple[float, ...], ...]:
    """Share of each state at each horizon."""
    out = []
    for j in range(len(HORIZONS)):
        state = panel.labels.state[:, j]
        known = state[state != UNKNOWN]
        out.append(tuple(float((known == s).mean()) if len(known) else 0.0 for s in range(4)))
    return tuple(out)


def _judge(
    known: Panel,
    columns: tuple[str, ...],
    folds: FoldAnswers,
    history: int,
    parameters: Parameters,
    masked: Panel | None,
) -> tuple[Answering, tuple[SellabilityReport, ...], tuple[MarkdownReport, ...]]:
    """Reports of all horizons, and the part fitted on every row that answers accordingly."""
    outcomes = tuple(
        judge_sellability(
            folds.outcomes[j], horizon=h, history_days=history, policy=parameters.gates
        )
        for j, h in enumerate(HORIZONS)
    )
    markdowns = tuple(
        judge_markdown(
            folds.rates[j],
            horizon=h,
            marked_from=parameters.gates.marked_from,
            policy=parameters.gates,
        )
        for j, h in enumerate(HORIZONS)
    )
    rows = known if masked is None else masked
    naive = [m.answered_by for m in markdowns if m.answered_by != "model"]
    rule = naive[0] if naive else "last"
    sellability = fit_sellability(rows, columns, parameters.caps)
    markdown = fit_markdown(rows, columns, parameters.caps)
    answered = tuple(m.answered_by if markdown is not None else rule for m in markdowns)
    calibrations = tuple(
        _calibration(folds, j, "model" if answered[j] == "model" else rule)
        for j in range(len(HORIZONS))
    )
    served = tuple("model" if a == "model" else rule for a in answered)
    patterns = () if masked is None else _patterns(folds, answered, calibrations)
    part = Answering(
        sellability=sellability,
        markdown=markdown,
        carried=fit_carried(rows, rule),
        calibration=calibrations,  # type: ignore[arg-type]
        answered_by=tuple(r.answered_by for r in outcomes),  # type: ignore[arg-type]
        markdown_answered_by=served,  # type: ignore[arg-type]
        patterns=patterns,
        stretch=_stretches(folds, served, patterns),
    )
    return part, outcomes, markdowns


def _patterns(
    folds: FoldAnswers, answered: tuple[str, ...], otherwise: tuple[Calibration, ...]
) -> tuple[tuple[Calibration, ...], ...]:
    """A calibration for each set of known facts where the model answers; else the horizon's own."""
    out = []
    for j in range(len(HORIZONS)):
        own = (calibrate(known_levels(dated, j, _AT_LAST)) for dated in folds.pattern_levels)
        out.append(tuple(own) if answered[j] == "model" else (otherwise[j],) * len(PATTERNS))
    return tuple(out)


def _stretches(
    folds: FoldAnswers, answered: tuple[str, ...], patterns: tuple[tuple[Calibration, ...], ...]
) -> tuple[float, float, float]:
    """The cell's stretch at each horizon, for whoever answers there; 1 for the full part."""
    if not patterns:
        return (1.0, 1.0, 1.0)
    a, b, c = (
        fit_stretch(folds.cells[who][j], patterns[j]) if who in folds.cells else 1.0
        for j, who in enumerate(answered)
    )
    return a, b, c


def _calibration(folds: FoldAnswers, j: int, who: str) -> Calibration:
    return calibrate(known_levels(folds.levels[who], j, _AT_LAST))
