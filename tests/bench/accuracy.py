"""Print modelling.md section 4 for the shared sets and for the generator with a fresh seed.

    python tests/bench/accuracy.py [uci] [adw] [generator] [--seed N] [--rows N]

Every figure is out of fold: expanding window, embargo of the horizon. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "models"))

import datasets  # noqa: E402

from invval_xl.models.events import Events, day_of  # noqa: E402
from invval_xl.models.features import build_features  # noqa: E402
from invval_xl.models.forest_pair import Caps  # noqa: E402
from invval_xl.models.loss import expected_reserve, observed_liquidation_rate  # noqa: E402
from invval_xl.models.score import score  # noqa: E402
from invval_xl.models.train import Parameters, train  # noqa: E402

if TYPE_CHECKING:
    from invval_xl.models.trained import TrainedModel

# modelling.md section 4: accuracy, AUC, Brier skill of the best hand rule and the best model
TO_BEAT = {
    ("uci", 30): ((0.859, 0.811, 0.32), (0.865, 0.915, 0.48)),
    ("uci", 60): ((0.872, 0.795, 0.30), (0.873, 0.913, 0.45)),
    ("uci", 90): ((0.874, 0.795, 0.25), (0.874, 0.906, 0.39)),
    ("adw", 30): ((0.883, 0.881, 0.52), (0.883, 0.940, 0.65)),
    ("adw", 60): ((0.960, 0.964, 0.81), (0.946, 0.985, 0.66)),
    ("adw", 90): ((0.968, 0.954, 0.84), (0.969, 0.998, 0.85)),
}


def report(name: str, model: TrainedModel) -> None:
    said = model.training
    assert said is not None
    print(
        f"\n## {name}: {said.rows:,} rows, {said.items:,} items, {day_of(said.first_day)} to "
        f"{day_of(said.last_day)}, dead tail {said.dead_tail_days} days, "
        f"{len(said.rekeyed)} re-keyed; model {model.model_id}"
    )
    for part, outcomes, rates in (
        ("full", said.sellability, said.markdown),
        ("cell", said.cell_sellability, said.cell_markdown),
    ):
        for r in outcomes:
            print(f"\n{name} {part} {r.horizon} days: {r.because}")
            asked = TO_BEAT.get((name, r.horizon))
            if asked and part == "full":
                print(f"   to beat (acc, AUC, Brier skill): hand rule {asked[0]}, model {asked[1]}")
            for who, m in r.pooled.items():
                live = r.live[who]
                three = r.three_class_accuracy.get(who)
                print(
                    f"   {who:42s} n {m.rows:6d} base {m.base_rate:.3f} acc {m.accuracy:.3f} "
                    f"AUC {m.auc:.3f} AP {m.average_precision:.3f} skill {m.brier_skill:6.3f} "
                    f"cal {m.calibration_error:.3f} | live acc {live.accuracy:.3f} "
                    f"AUC {live.auc:.3f} skill {live.brier_skill:6.3f}"
                    + (f" | 3-class {three:.3f}" if three is not None else "")
                )
            print(
                f"   worst fold {day_of(r.worst_day)}: acc {r.worst.accuracy:.3f} AUC "
                f"{r.worst.auc:.3f} skill {r.worst.brier_skill:.3f}"
            )
            for g in r.gates:
                state = "pass" if g.passed else "FAIL"
                print(f"      {state} {g.name}: {g.measured:.3f} (asked {g.asked})")
        for m in rates:
            print(f"\n{name} {part} markdown {m.horizon} days: {m.because}")
            print("   RMSE " + ", ".join(f"{k} {v:.4f}" for k, v in m.rmse.items()))
            print(
                f"   80 % interval covers {m.coverage:.3f} where marked down, {m.coverage_all:.3f} "
                f"of all; mean width {m.width:.3f}"
            )
            for g in m.gates:
                state = "pass" if g.passed else "FAIL"
                print(f"      {state} {g.name}: {g.measured:.3f} (asked {g.asked})")


def dollars(model: TrainedModel, events: Events, retailer: object) -> None:
    """Reserve at the as-of date over the loss the generator's future really brought."""
    import pandas as pd

    frames, truth = retailer.frames, retailer.truth
    features = build_features(events, events.last_day + 1, model.encoding)
    scores = score(model, features)
    # the price a liquidator really paid stands on Disposals, not in the stated assumption
    sold_off = frames["Disposals"]
    regular = pd.Series(features.facts.columns["reference_price"]).groupby(events.sku).max()
    observed, behind = observed_liquidation_rate(
        sold_off["units"].to_numpy(float),
        sold_off["net_proceeds"].to_numpy(float),
        regular.reindex(sold_off["sku"].to_numpy()).to_numpy(float),
    )
    stated = frames["Assumptions"].set_index("name")["value"]
    assumed = float(stated.get("liquidation_rate", 0.5))
    selling = np.full(events.n_items, float(stated.get("cost_to_sell_rate", 0.08)))

    def predicted(net_rate: float) -> np.ndarray:
        return expected_reserve(
            features,
            scores,
            liquidation_rate=net_rate / (1.0 - selling[0]),
            cost_to_sell_rate=selling,
            demand_horizon_days=365.0,
        )

    reserve = predicted(observed)
    column = features.facts.columns
    cost = column["unit_cost"] * np.maximum(column["units_on_hand"], 0)
    age, since = column["age_days"], column["days_since_last_sale"]

    def table(days: np.ndarray) -> np.ndarray:
        rate = np.select([days > 720, days > 540, days > 365, days > 180], [1, 0.75, 0.5, 0.25], 0)
        return cost * rate

    realised = truth["realised"].set_index(["sku", "location"])
    keys = pd.MultiIndex.from_arrays([events.sku, events.location])
    loss = realised["realised_loss"].reindex(keys).to_numpy(float)
    counted = np.isfinite(loss) & np.isfinite(reserve)
    total = loss[counted].sum()
    print(f"\n   realised loss {total:,.0f} of cost {cost[counted].sum():,.0f}; reserve over it:")
    category = np.asarray(events.category)[counted]
    for who, amount in (
        (f"model, liquidation {observed:.0%} as {behind} disposals brought", reserve),
        (f"model, liquidation {assumed:.0%} as stated", predicted(assumed * (1 - selling[0]))),
        ("ageing by receipt", table(age)),
        ("ageing by last sale", table(np.where(np.isnan(since), 1e4, since))),
        ("flat rate of 10 %", 0.1 * cost),
    ):
        off = amount[counted] - loss[counted]
        by = [off[category == c].sum() / total for c in sorted(set(category))]
        print(
            f"   {who:50s} {amount[counted].sum() / total:6.2f}   by category, of the total loss: "
            f"{np.abs(by).sum():.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["uci", "adw", "generator"])
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--rows", type=int, default=Caps().max_rows)
    parser.add_argument("--items", type=int, default=400)
    given = parser.parse_args()
    parameters = Parameters(caps=Caps(max_rows=given.rows))

    def progress(done: int, total: int, stage: str) -> None:
        if stage != "snapshots":
            print(f"   … {stage} {done}/{total}", file=sys.stderr, flush=True)

    for name in given.sets:
        retailer = None
        if name == "generator":
            from invval_xl.models.from_tables import events_from_frames
            from invval_xl.sources.demo.generate import generate

            retailer = generate(items=given.items, locations=5, seed=given.seed)
            events = events_from_frames(retailer.frames)
            print(f"\ngenerator seed {given.seed}: it is easier than real data")
        else:
            events = getattr(datasets, name)()
            if events is None:
                print(f"\n{name}: SKIPPED, ../shared/data is not here")
                continue
        model = train(events, parameters=parameters, progress=progress)
        report(name, model)
        if retailer is not None:
            dollars(model, events, retailer)


if __name__ == "__main__":
    main()
