"""Print the model benchmarks of issue 5 as ratios of CPU time, all in one run.

    python tests/bench/model_ratios.py [--rows 100000] [--train-rows 25000]

Figures are ratios against the same fitted scikit-learn estimators on the same rows, and the
largest difference between what is served and what they say.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "models"))

from conftest import small_events  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from invval_xl.models.cell import snapshot  # noqa: E402
from invval_xl.models.cell_money import CellPolicy  # noqa: E402
from invval_xl.models.explain import contributions  # noqa: E402
from invval_xl.models.features import (  # noqa: E402
    CELL_FEATURES,
    FEATURES,
    Features,
    build_features,
    fit_encoding,
)
from invval_xl.models.forest_pair import Caps  # noqa: E402
from invval_xl.models.interval import Calibration  # noqa: E402
from invval_xl.models.kernels import (  # noqa: E402
    cell_markdown,
    cell_reserve,
    cell_risk,
    cell_tier,
    cell_why,
)
from invval_xl.models.markdown import (  # noqa: E402
    HORIZON_COLUMN,
    _stack_horizons,
    fit_carried,
    fit_markdown,
)
from invval_xl.models.memory import forget_answers  # noqa: E402
from invval_xl.models.panel import build_panel, snapshot_days  # noqa: E402
from invval_xl.models.score import score  # noqa: E402
from invval_xl.models.sellability import fit_sellability  # noqa: E402
from invval_xl.models.targets import HORIZONS, TargetPolicy  # noqa: E402
from invval_xl.models.trained import Answering, TrainedModel  # noqa: E402
from invval_xl.models.withhold import PATTERNS, withheld  # noqa: E402


def cpu(work, repeat=1):
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--train-rows", type=int, default=Caps().max_rows)
    asked = parser.parse_args()
    rows = asked.rows
    events = small_events()
    model = fitted(events, Caps(max_rows=asked.train_rows))
    full, cell = model.full, model.cell
    known = build_features(events, events.last_day + 1, model.encoding)
    draw = np.random.default_rng(1)
    pick = draw.integers(0, len(known), rows)
    matrix = known.matrix[pick] * draw.uniform(0.7, 1.4, (rows, 1)).astype(np.float32)
    features = Features(matrix, known.names, known.facts.take(pick))
    pair, rates = full.sellability.pair, full.markdown.pair
    names = tuple(c for c in rates.columns if c != HORIZON_COLUMN)
    x = features.select(pair.columns)
    z = _stack_horizons(features.select(names), HORIZONS)

    def bare():
        for estimator in pair.estimators:
            estimator.predict_proba(x)
        for estimator in rates.estimators:
            estimator.predict_proba(z)

    with threadpool_limits(limits=1):
        batch, reference = cpu(lambda: score(model, features)), cpu(bare)
        print(f"score {rows:,} rows over bare predict_proba: {batch / reference:.2f} (goal 1.3)")
        explain = cpu(lambda: contributions(full, features.take(np.arange(min(rows, 5_000)))))
        share = min(rows, 5_000) / rows
        print(f"explain over score, a row: {explain / share / batch:.2f}")
        worst = 0.0
        for one_pair, inputs in ((pair, x), (rates, z)):
            flat = one_pair.predict_flat(inputs)
            theirs = 0.5 * sum(e.predict_proba(inputs) for e in one_pair.estimators)
            worst = max(worst, float(np.abs(flat - theirs).max()))
        print(f"largest difference flat and scikit-learn on {rows:,} rows: {worst:.1e} (1e-6)")
        flat_model = replace(model, full=_flat(full), cell=_flat(cell))
        one = features.take(np.arange(rows))
        mine, theirs = score(flat_model, one), score(model, one)
        gap = max(
            float(np.abs(getattr(mine, n) - getattr(theirs, n)).max())
            for n in ("p_obsolete", "p_markdown", "markdown_quantiles", "markdown_high")
        )
        print(f"largest difference of served scores and quantiles: {gap:.1e}")
        thousand = snapshot(34.0, np.arange(1000.0) + 1, 147.0, 18.0, 89.0, 52.0, 48.0, "C1")
        both = (cell_tier(m, thousand, CellPolicy()) for m in (flat_model, model))
        print(f"tiers that differ: {int((next(both) != next(both)).sum())}")
        single_cells(flat_model, cell)
        column = cpu(lambda: fresh(lambda: cell_risk(flat_model, "obsolete", 60, thousand)))
        warm = each(lambda given: cell_risk(flat_model, "obsolete", 60, given), 40)
        print(f"1,000 single cells over one 1,000-row call: {1000 * warm / column:.0f}")


def fitted(events, caps: Caps) -> TrainedModel:
    """Both parts fitted on the whole panel and answering everywhere; no folds, nothing judged."""
    encoding = fit_encoding(events)
    panel = build_panel(
        events, snapshot_days(events), encoding=encoding, policy=TargetPolicy()
    ).known_before(events.last_day + 1)
    masked = withheld(panel, encoding, seed=caps.seed)
    served, wide = ("model",) * 3, Calibration()

    def part(rows, columns, size) -> Answering:
        return Answering(
            sellability=fit_sellability(rows, columns, size),
            markdown=fit_markdown(rows, columns, size),
            carried=fit_carried(rows),
            calibration=(wide,) * 3,
            answered_by=served,
            markdown_answered_by=served,
            patterns=((wide,) * len(PATTERNS),) * 3,
        )

    columns = panel.features.matrix.T.astype(float)
    medians = [np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan for c in columns]
    typical = np.array(medians)
    full, cell = part(panel, FEATURES, caps), part(masked, CELL_FEATURES, caps.halved())
    return TrainedModel("bench", full, cell, encoding, TargetPolicy(), typical, None)


def typed(i: int):
    """A row nobody has asked about yet: what is remembered of the last one does not help."""
    return snapshot(34.0, 1250.0 + i, 147.0, 18.0, 89.0, 52.0, 48.0, "C1")


def fresh(work):
    forget_answers()
    return work()


def each(answer, count: int) -> float:
    """CPU seconds of a call, every one on a row of its own."""
    rows = [typed(i) for i in range(count + 1)]
    forget_answers()
    answer(rows[0])
    return cpu(lambda: [answer(given) for given in rows[1:]]) / count


def single_cells(flat_model, cell) -> None:
    """Each function's single cell over one-row predict_proba of the estimators it asks."""
    row = np.zeros((1, len(cell.sellability.pair.columns)), np.float32)
    three = np.zeros((len(HORIZONS), len(cell.markdown.pair.columns)), np.float32)
    asked = [(e, row) for e in cell.sellability.pair.estimators]
    asked += [(e, three) for e in cell.markdown.pair.estimators]

    def bare() -> float:
        return cpu(lambda: [e.predict_proba(r) for _ in range(5) for e, r in asked]) / 5

    policy = CellPolicy()
    functions = {
        "INV_RISK": lambda given: cell_risk(flat_model, "obsolete", 60, given),
        "INV_RISK_TIER": lambda given: cell_tier(flat_model, given, policy),
        "INV_MARKDOWN": lambda given: cell_markdown(flat_model, given),
        "INV_MARKDOWN low": lambda given: cell_markdown(flat_model, given, "low"),
        "INV_RESERVE": lambda given: cell_reserve(flat_model, given, policy),
        "INV_WHY": lambda given: cell_why(flat_model, given, policy),
    }
    whole = [functions[n] for n in ("INV_RISK_TIER", "INV_MARKDOWN", "INV_RESERVE", "INV_RISK")]
    functions["these four of a row"] = lambda given: [answer(given) for answer in whole]
    # turn by turn, so that a busy machine slows both: the best turn of each is compared
    turns = [(bare(), [each(answer, 20) for answer in functions.values()]) for _ in range(7)]
    theirs = min(bare_one for bare_one, _ in turns)
    print(f"one-row predict_proba of the same estimators: {theirs * 1e3:.1f} ms CPU; over it:")
    for name, *warm in zip(functions, *(mine for _, mine in turns), strict=True):
        print(f"   {name:20s} {min(warm) * 1e3:6.2f} ms, {min(warm) / theirs:.3f} (goal 0.1)")


def _flat(part):
    pair = replace(part.sellability.pair, estimators=None)
    rates = replace(part.markdown, pair=replace(part.markdown.pair, estimators=None))
    return replace(part, sellability=replace(part.sellability, pair=pair), markdown=rates)


if __name__ == "__main__":
    main()
