"""Print the model benchmarks of issue 5 as ratios of CPU time, all in one run.

    python tests/bench/model_ratios.py [--rows 100000]

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
from invval_xl.models.features import Features, build_features  # noqa: E402
from invval_xl.models.kernels import cell_risk, cell_tier  # noqa: E402
from invval_xl.models.markdown import HORIZON_COLUMN, _stack_horizons  # noqa: E402
from invval_xl.models.score import score  # noqa: E402
from invval_xl.models.targets import HORIZONS  # noqa: E402
from invval_xl.models.train import train  # noqa: E402


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
    rows = parser.parse_args().rows
    events = small_events()
    model = train(events)
    served = ("model",) * 3
    full = replace(model.full, answered_by=served, markdown_answered_by=served)
    cell = replace(model.cell, answered_by=served, markdown_answered_by=served)
    model = replace(model, full=full, cell=cell)
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
        for fitted, inputs in ((pair, x), (rates, z)):
            flat = fitted.predict_flat(inputs)
            theirs = 0.5 * sum(e.predict_proba(inputs) for e in fitted.estimators)
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
        typed = snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0, "C1")
        thousand = snapshot(34.0, np.arange(1000.0) + 1, 147.0, 18.0, 89.0, 52.0, 48.0, "C1")
        both = (cell_tier(m, thousand, CellPolicy()) for m in (flat_model, model))
        print(f"tiers that differ: {int((next(both) != next(both)).sum())}")
        row = np.zeros((1, len(cell.sellability.pair.columns)), np.float32)
        cell_risk(flat_model, "obsolete", 60, typed)
        warm = cpu(lambda: [cell_risk(flat_model, "obsolete", 60, typed) for _ in range(20)]) / 20
        their_one = (
            cpu(
                lambda: [
                    e.predict_proba(r)
                    for _ in range(5)
                    for e, r in (
                        *((e, row) for e in cell.sellability.pair.estimators),
                        *(
                            (e, np.zeros((3, len(cell.markdown.pair.columns)), np.float32))
                            for e in cell.markdown.pair.estimators
                        ),
                    )
                ]
            )
            / 5
        )
        print(
            f"a warm cell {warm * 1e3:.1f} ms over one-row predict_proba of the same estimators "
            f"{their_one * 1e3:.1f} ms: {warm / their_one:.2f} (goal 0.1)"
        )
        column = cpu(lambda: cell_risk(flat_model, "obsolete", 60, thousand))
        print(f"1,000 single cells over one 1,000-row call: {1000 * warm / column:.0f}")


def _flat(part):
    pair = replace(part.sellability.pair, estimators=None)
    rates = replace(part.markdown, pair=replace(part.markdown.pair, estimators=None))
    return replace(part, sellability=replace(part.sellability, pair=pair), markdown=rates)


if __name__ == "__main__":
    main()
