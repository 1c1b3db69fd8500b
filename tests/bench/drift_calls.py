"""Print how often drift is called in stable years, and how soon after a planted shift.

    python tests/bench/drift_calls.py [--years 200] [--items 250] [--seed 7] [--retailers 10]

A simulated retailer: two years of training, then one year. Demand has a season, a common AR(1)
shock, AR(1) shocks of the items; prices, ages, covers, the prediction and the outcome follow.
The shift takes demand to 60 % from month seven on. ``--rate`` is the policy's false-call rate,
or the part of it the index is left where categories' demand is looked at too. ``--retailers`` asks
the same of so many retailers of the product's own generator, reviewed month by month as ``invval
monitor`` does: half their demand gone at the generator's own shift date, the generator's own shift
(one category at 60 %, the others at 95 %), and the same retailers with nothing changed.
category_calls.py counts the calls of categories by themselves.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from invval_xl.monitoring.drift import DriftPolicy, DriftReport, find_drift
from invval_xl.runs.drift_signals import drift_of
from invval_xl.sources.demo import generate

TRAINING, YEAR, SHIFT_AT = 24, 12, 6
KINDS = {"p_obsolete": "prediction", "obsolete": "outcome", "residual": "outcome"}


def year(rng: np.random.Generator, items: int, *, shift: float = 1.0) -> dict[str, np.ndarray]:
    """Signals of 36 months, ``[month, item]`` each."""
    months = TRAINING + YEAR
    season = 0.15 * np.sin(2 * np.pi * np.arange(months) / 12)
    common = np.zeros(months)
    own = np.zeros((months, items))
    own[0] = rng.normal(0, 0.4, items)
    for m in range(1, months):
        common[m] = 0.5 * common[m - 1] + rng.normal(0, 0.04)
        own[m] = 0.8 * own[m - 1] + rng.normal(0, 0.24, items)
    level = rng.gamma(2.0, 6.0, items)
    factor = np.where(np.arange(months) >= TRAINING + SHIFT_AT, shift, 1.0)
    mean = level * np.exp(season + common)[:, None] * np.exp(own) * factor[:, None]
    units = rng.poisson(mean).astype(float)
    lagged = np.concatenate([units[:1], units[:1], units])
    quarter = lagged[2:] + lagged[1:-1] + lagged[:-2]
    stock = np.maximum(level * rng.gamma(4.0, 1.0, (months, items)), 1.0)
    cover = 90 * stock / np.maximum(quarter, 0.3)
    age = rng.gamma(2.0, 60.0, items) + 30 * (rng.random((months, items)) * 4)
    price = np.clip(
        1 - 0.3 * (rng.random((months, items)) < 0.15) * rng.random((months, items)), 0, 1
    )
    p = 1 / (1 + np.exp(-(np.log(cover / 250) * 1.5 + (age - 150) / 200)))
    outcome = (rng.random((months, items)) < np.clip(p / factor[:, None], 0, 1)).astype(float)
    return {
        "units_sold_30d": units,
        "units_sold_90d": quarter,
        "days_of_supply_90d": cover,
        "velocity_30_over_90": 3 * units / np.maximum(quarter, 1),
        "age_days": age,
        "last_price_over_reference": price,
        "p_obsolete": p,
        "obsolete": outcome,
        "residual": outcome - p,
    }


def report(signals: dict[str, np.ndarray], rate: float = 0.05) -> DriftReport:
    """Every month of the year against the two before it."""
    return find_drift(
        {name: list(v[:TRAINING]) for name, v in signals.items()},
        {name: list(v[TRAINING:]) for name, v in signals.items()},
        kinds=KINDS,
        periods=[f"{m + 1:02d}" for m in range(YEAR)],
        policy=DriftPolicy(false_call_rate=rate),
    )


def first_call(found: DriftReport) -> int | None:
    """Month of the year (from 1) in which anything was called first."""
    called = [int(s.period) for s in found.signals if s.called]
    return min(called) if called else None


def rates(years: int, items: int, seed: int, rate: float = 0.05) -> tuple[float, float, list[int]]:
    """False-call rate of stable years; share of shifts called within two periods; the delays."""
    rng = np.random.default_rng(seed)
    stable = [first_call(report(year(rng, items), rate)) for _ in range(years)]
    shifted = [first_call(report(year(rng, items, shift=0.6), rate)) for _ in range(years)]
    delays = [m - SHIFT_AT for m in shifted if m is not None and m > SHIFT_AT]
    return (
        sum(m is not None for m in stable) / years,
        sum(d <= 2 for d in delays) / years,
        delays,
    )


def reviews(
    seed: int, items: int, shift: tuple[float, float]
) -> tuple[dt.date, dict[dt.date, tuple[str, ...]]]:
    """A generated retailer's shift date, and what the review of each month end since called."""
    retailer = generate(items=items, locations=1, seed=seed, future_weeks=0, keep_events=False,
                        shift=shift)  # fmt: skip
    episodes = retailer.truth["episodes"].set_index("episode")
    shifted = episodes.loc["regime shift", "first_date"].date()
    frames = retailer.frames
    ends = sorted(set(frames["BalanceSet"]["period_end"].dt.date))
    said = {}
    for end in (e for e in ends if e >= shifted):
        found = drift_of(as_of(frames, end), None, DriftPolicy())
        categories = tuple(f"demand of {s.category}" for s in found.demand_calls)
        said[end] = (*(s.name for s in found.calls), *categories)
    return shifted, said


def as_of(frames: dict[str, pd.DataFrame], end: dt.date) -> Any:
    """The sheets drift is read from, as they stood at a close."""
    day = {"BalanceSet": "period_end", "SalesHistory": "date"}
    cut = {
        name: frame[frame[day[name]] <= pd.Timestamp(end)] if name in day else frame
        for name, frame in frames.items()
        if name in (*day, "ItemMaster")
    }
    tables = {name: SimpleNamespace(frame=frame) for name, frame in cut.items()}
    return SimpleNamespace(by_name=tables, balance_set=tables["BalanceSet"])


def called_within(shifted: dt.date, said: dict[dt.date, tuple[str, ...]], whole: int) -> bool:
    """Whether a review called by the ``whole``-th month end that saw a whole month of the shift."""
    seen = [end for end in sorted(said) if (end - shifted).days >= 28][:whole]
    return any(said[end] for end in said if end <= seen[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--items", type=int, default=250)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--retailers", type=int, default=0)
    given = parser.parse_args()
    for seed in range(given.seed, given.seed + given.retailers):
        stable = reviews(seed, 700, (1.0, 1.0))[1]
        false = [f"{end} {said}" for end, said in stable.items() if said]
        print(f"retailer {seed}: nothing changed: {'; '.join(false) or 'no call'}")
        for name, factors in (("half of all", (0.5, 0.5)), ("one category", (0.6, 0.95))):
            shifted, said = reviews(seed, 700, factors)
            first = next((f"{end} {said[end]}" for end in said if said[end]), "never")
            soon = called_within(shifted, said, 2)
            print(f"  {name}, shift of {shifted}: first called {first}; within two: {soon}")
    if given.retailers:
        return
    false, soon, delays = rates(given.years, given.items, given.seed, given.rate)
    print(f"stable years with a call: {false:.1%} of {given.years}")
    print(f"shifts called within two periods: {soon:.1%} of {given.years}")
    print(f"periods until called: {np.bincount(delays).tolist()} at 0, 1, 2, ...")


if __name__ == "__main__":
    main()
