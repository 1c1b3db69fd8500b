"""Print how often a category's demand is called where nothing changed, and which falls are seen.

    python tests/bench/category_calls.py [--years 200] [--items 700] [--draws 40] [--seed 1000]

Retailers of the product's own generator, six categories at one store, reviewed at every month end
as ``invval monitor`` does. First so many stable years, the last twelve month ends of three years
each. Then one category's demand falls to a factor at the generator's own shift date: how many of
``--draws`` falls are called within the two month ends that saw a whole month of it, by size of
retailer and of fall, beside the least fall that C-11 says is seen at that size. ``--draws 0``
leaves the falls out.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from invval_xl.models.events import Events, day_number, day_of
from invval_xl.models.from_tables import events_from_frames
from invval_xl.monitoring.category_demand import DemandSignal, find_demand_shifts
from invval_xl.monitoring.drift import DriftPolicy
from invval_xl.runs.drift_signals import DEMAND_SHARE
from invval_xl.sources.demo import generate

RATE = DriftPolicy().false_call_rate * DEMAND_SHARE  # the stability index has the rest
FACTORS = (0.8, 0.7, 0.6, 0.5, 0.4)
SIZES = (120, 250, 500, 700, 1_000, 2_000)
READ = ("BalanceSet", "SalesHistory", "ItemMaster")


def month_ends(frames: dict) -> list[int]:
    """As-of days: the day after each close."""
    return sorted({day_number(d) + 1 for d in frames["BalanceSet"]["period_end"].dt.date})


def reviewed(events: Events, days: list[int], newest: int) -> tuple[DemandSignal, ...]:
    """What the reviews of the newest as-of days say, each of nothing later than itself."""
    closes = [(d, day_of(d - 1).isoformat()) for d in days]
    return find_demand_shifts(events, closes, newest=newest, false_call_rate=RATE)


def stable_year(seed: int, items: int) -> tuple[int, int]:
    """Calls of a year in which nothing changed, and the categories tested in it."""
    told = generate(items=items, locations=1, seed=seed, periods=36, sales_weeks=156,
                    future_weeks=0, keep_events=False, shift=(1.0, 1.0))  # fmt: skip
    events = events_from_frames({n: told.frames[n] for n in READ})
    year = reviewed(events, month_ends(told.frames), 12)
    return sum(s.called for s in year), len(year)


def fallen(seed: int, items: int, factor: float) -> tuple[bool, float]:
    """Whether a category's fall was called within two whole months, and the least fall told."""
    told = generate(items=items, locations=1, seed=seed, future_weeks=0, keep_events=False,
                    shift=(factor, 1.0))  # fmt: skip
    shift = told.truth["episodes"].set_index("episode").loc["regime shift"]
    category, begun = shift["scope"].removeprefix("category:"), shift["first_date"].date()
    events = events_from_frames({n: told.frames[n] for n in READ})
    days = month_ends(told.frames)
    whole = [d for d in days if (day_of(d - 1) - begun).days >= 28][:2]
    said = reviewed(events, [d for d in days if d <= whole[-1]], 4)
    mine = [s for s in said if s.category == category]
    called = any(s.called and s.ratio < 1 and s.period > begun.isoformat() for s in mine)
    return called, mine[0].least_fall if mine else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--items", type=int, default=700)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1_000)
    given = parser.parse_args()
    begun = time.perf_counter()
    years = [stable_year(given.seed + k, given.items) for k in range(given.years)]
    seconds = time.perf_counter() - begun
    false = sum(calls > 0 for calls, _ in years)
    print(
        f"stable years with a category called: {false} of {given.years}"
        f" ({false / max(given.years, 1):.1%}); {given.items} items,"
        f" {sum(n for _, n in years):,} category-months, {seconds:.0f} s"
    )
    if not given.draws:
        return
    print("falls called within two whole months, by items and by what is left of demand:")
    print("items  " + "".join(f"{f:>7.0%}" for f in FACTORS) + "   least fall told, median")
    for items in SIZES:
        told: list[float] = []
        shares = []
        for factor in FACTORS:
            drawn = [fallen(given.seed + k, items, factor) for k in range(given.draws)]
            shares.append(sum(called for called, _ in drawn) / given.draws)
            told += [least for _, least in drawn]
        print(f"{items:>5}  " + "".join(f"{s:>7.0%}" for s in shares) + f"   {median(told):.0%}",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
