"""The gates of modelling.md section 2: which answer is served at each horizon, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - revive() reads the hints
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.metrics import BinaryMetrics, binary_metrics, rmse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats

__all__ = [
    "FoldOutcomes",
    "FoldRates",
    "Gate",
    "GatePolicy",
    "MarkdownReport",
    "SellabilityReport",
    "judge_dollars",
    "judge_markdown",
    "judge_sellability",
]


@dataclass(frozen=True)
class GatePolicy:
    """Thresholds of the gates; the policy may tighten them, the card prints them."""

    accuracy: float = 0.75
    error_cut: float = 0.20
    points_of_best_rule: float = 0.01
    auc: float = 0.85
    precision_over_base: float = 2.5
    precision_ceiling: float = 0.90
    brier_skill: float = 0.25
    calibration: float = 0.05
    calibration_small: float = 0.10
    small_fold: int = 500
    train_obsolete: int = 100
    fold_obsolete: int = 30
    folds: int = 3
    history_days: int = 720
    markdown_rmse: float = 0.10
    markdown_cut: float = 0.10
    marked_from: float = 0.05
    marked_rmse: float = 0.12
    coverage_low: float = 0.75
    coverage_high: float = 0.90
    dollars_off: float = 0.25
    lookbacks: int = 4


@dataclass(frozen=True)
class Gate:
    """One gate: what was measured, what is asked, whether it holds."""

    name: str
    measured: float
    asked: str
    passed: bool


@dataclass(frozen=True, eq=False)
class FoldOutcomes:
    """One test fold at one horizon: outcomes and every contender's probability of obsolete."""

    day: int
    obsolete: NDArray[np.bool_]
    live: NDArray[np.bool_]
    p: Mapping[str, Floats]
    correct3: Mapping[str, float]
    train_obsolete: int


@dataclass(frozen=True, eq=False)
class FoldRates:
    """One test fold at one horizon: markdown rates and every contender's rate.

    ``low`` and ``high`` are the interval calibrated on earlier folds only, or ``None``.
    """

    day: int
    rate: Floats
    predicted: Mapping[str, Floats]
    low: Floats | None
    high: Floats | None


@dataclass(frozen=True, eq=False)
class SellabilityReport:
    """How every contender did at one horizon, the gates, and who answers.

    Parameters
    ----------
    pooled, live
        Metrics by contender over all folds; ``live`` on items sold within 90 days.
    worst
        Metrics of the model's fold with the lowest accuracy, and its day.
    three_class_accuracy
        Share of rows whose likeliest outcome came true, by contender.
    """

    horizon: int
    pooled: Mapping[str, BinaryMetrics]
    live: Mapping[str, BinaryMetrics]
    worst: BinaryMetrics
    worst_day: int
    three_class_accuracy: Mapping[str, float]
    folds: tuple[tuple[int, BinaryMetrics], ...]
    gates: tuple[Gate, ...]
    answered_by: str
    because: str


@dataclass(frozen=True, eq=False)
class MarkdownReport:
    """How every contender did on the markdown rate at one horizon, the gates, and who answers."""

    horizon: int
    rows: int
    rmse: Mapping[str, float]
    marked_rmse: Mapping[str, float]
    worst_rmse: float
    coverage: float
    coverage_all: float
    width: float
    gates: tuple[Gate, ...]
    answered_by: str
    because: str


def _because(gates: Sequence[Gate], served: str) -> str:
    failed = [f"{g.name} {g.measured:.3f} (asked {g.asked})" for g in gates if not g.passed]
    return f"{served} answers: " + ("every gate passed" if not failed else "; ".join(failed))


RULES_PREFIX = "rule: "
TABLE_PREFIX = "ageing table"


def judge_sellability(
    folds: Sequence[FoldOutcomes], *, horizon: int, history_days: int, policy: GatePolicy
) -> SellabilityReport:
    """Judge the model at one horizon against the majority, the hand rules and the refitted table.

    ``p`` of each fold must hold ``"model"``, ``"ageing table refitted by both"`` and hand rules
    under names that start with ``"rule: "``.
    """
    names = list(folds[0].p) if folds else ["model"]
    none = np.zeros(0, bool)
    truth = np.concatenate([f.obsolete for f in folds]) if folds else none
    alive = np.concatenate([f.live for f in folds]) if folds else none
    p = {k: np.concatenate([f.p[k] for f in folds]) if folds else np.zeros(0) for k in names}
    pooled = {k: binary_metrics(truth, v) for k, v in p.items()}
    live = {k: binary_metrics(truth[alive], v[alive]) for k, v in p.items()}
    each = tuple((f.day, binary_metrics(f.obsolete, f.p["model"])) for f in folds)
    model = pooled["model"]
    worst_day, worst = min(each, key=lambda e: e[1].accuracy, default=(0, model))
    rules = [m.accuracy for k, m in pooled.items() if k.startswith((RULES_PREFIX, TABLE_PREFIX))]
    table = max(
        (m.brier_skill for k, m in pooled.items() if k.startswith(TABLE_PREFIX)), default=0.0
    )
    smallest = min((len(f.obsolete) for f in folds), default=0)
    allowed = policy.calibration if smallest >= policy.small_fold else policy.calibration_small
    asked_precision = min(policy.precision_over_base * model.base_rate, policy.precision_ceiling)
    fewest = min((int(f.obsolete.sum()) for f in folds), default=0)
    trained = min((f.train_obsolete for f in folds), default=0)
    best_rule = max(rules, default=0.0)
    gates = (
        _at_least("folds", len(folds), policy.folds),
        _at_least("obsolete rows in training", trained, policy.train_obsolete),
        _at_least("obsolete rows in the smallest fold", fewest, policy.fold_obsolete),
        _at_least("accuracy", model.accuracy, policy.accuracy),
        _at_least("error cut against the majority", model.error_cut, policy.error_cut),
        _at_least(
            "accuracy against the best hand rule",
            model.accuracy,
            best_rule - policy.points_of_best_rule,
        ),
        _at_least("AUC", model.auc, policy.auc),
        _at_least("average precision", model.average_precision, asked_precision),
        _at_least("Brier skill", model.brier_skill, policy.brier_skill),
        _at_least("Brier skill against the refitted table", model.brier_skill, table),
        _at_most("calibration error", model.calibration_error, allowed),
    )
    served = "model" if all(g.passed for g in gates) else "table"
    because = _because(gates, "the model" if served == "model" else "the refitted ageing table")
    if history_days < policy.history_days:
        because += f"; only {history_days} days of history (two years are asked for)"
    weights = [len(f.obsolete) for f in folds]
    three = {
        k: float(np.average([f.correct3[k] for f in folds], weights=weights))
        for k in (folds[0].correct3 if folds else {})
    }
    return SellabilityReport(
        horizon, pooled, live, worst, worst_day, three, each, gates, served, because
    )


def _at_least(name: str, measured: float, asked: float) -> Gate:
    return Gate(name, float(measured), f">= {asked:.3g}", bool(measured >= asked))


def _at_most(name: str, measured: float, asked: float) -> Gate:
    return Gate(name, float(measured), f"<= {asked:.3g}", bool(measured <= asked))


def judge_markdown(
    folds: Sequence[FoldRates], *, horizon: int, marked_from: float, policy: GatePolicy
) -> MarkdownReport:
    """Judge the markdown model at one horizon against the naive rules.

    Coverage is judged on rows that were marked down (``marked_from`` or more): over all rows an
    interval that touches zero covers nearly everything and says nothing.
    """
    if not folds or "model" not in folds[0].predicted:
        gate = Gate("folds with sales and a model", float(len(folds)), ">= 1", passed=False)
        nan = float("nan")
        return MarkdownReport(
            horizon, 0, {}, {}, nan, nan, nan, nan, (gate,), "last", _because([gate], "carried")
        )
    rate = np.concatenate([f.rate for f in folds])
    predicted = {k: np.concatenate([f.predicted[k] for f in folds]) for k in folds[0].predicted}
    deep = rate >= policy.marked_from
    overall = {k: rmse(rate, v) for k, v in predicted.items()}
    marked = {k: rmse(rate[deep], v[deep]) for k, v in predicted.items()}
    naive = {k: v for k, v in overall.items() if k != "model"}
    best = min(naive, key=lambda k: (naive[k], k))
    tested = [f for f in folds if f.low is not None and f.high is not None]
    inside, widths, cut = [], [], []
    for f in tested:
        assert f.low is not None
        assert f.high is not None
        inside.append((f.rate >= f.low - 1e-9) & (f.rate <= f.high + 1e-9))
        widths.append(f.high - f.low)
        cut.append(f.rate >= marked_from)
    hit = np.concatenate(inside) if inside else np.zeros(0, bool)
    on = np.concatenate(cut) if cut else np.zeros(0, bool)
    coverage = float(hit[on].mean()) if on.any() else float("nan")
    width = float(np.concatenate(widths)[on].mean()) if on.any() else float("nan")
    gates = (
        _at_least("folds", len(folds), policy.folds),
        _at_most("RMSE", overall["model"], policy.markdown_rmse),
        _at_most(
            f"RMSE against the best naive rule ({best})",
            overall["model"],
            naive[best] * (1.0 - policy.markdown_cut),
        ),
        _at_most("RMSE on rows marked down", marked["model"], policy.marked_rmse),
        _at_least("80 % interval covers, low", coverage, policy.coverage_low),
        _at_most("80 % interval covers, high", coverage, policy.coverage_high),
    )
    served = "model" if all(g.passed for g in gates) else best
    return MarkdownReport(
        horizon,
        len(rate),
        overall,
        marked,
        max(rmse(f.rate, f.predicted["model"]) for f in folds),
        coverage,
        float(hit.mean()) if len(hit) else float("nan"),
        width,
        gates,
        served,
        _because(gates, "the model" if served == "model" else f'the "{best}" rate carried forward'),
    )


def judge_dollars(
    reserve: Mapping[str, Sequence[float]], realised: Sequence[float], *, policy: GatePolicy
) -> tuple[Gate, ...]:
    """Judge reserves against realised losses over lookbacks, ``reserve["model"]`` among them.

    Parameters
    ----------
    reserve
        By method, one total a lookback: the model, the ageing tables, a flat rate.
    realised
        Realised loss of each lookback.
    """
    loss = float(sum(realised))
    off = {k: abs(sum(v) / loss - 1.0) if loss > 0 else float("nan") for k, v in reserve.items()}
    others = {k: v for k, v in off.items() if k != "model"}
    best = min(others, key=lambda k: (others[k], k)) if others else ""
    return (
        _at_least("lookbacks", len(realised), policy.lookbacks),
        _at_most("reserve over realised loss, off by", off["model"], policy.dollars_off),
        Gate(
            f"portfolio bias against the best other ({best})",
            off["model"],
            f"<= {others[best]:.3g}" if best else "none",
            passed=bool(best) and off["model"] <= others[best],
        ),
    )
