"""A second hand's working of each category's demand against last year's course.

Yuen's test of two trimmed means is SciPy's own; what it is given is counted here from the frames.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import NormalDist, median

from scipy import stats

from tests.runs.second_hand_drift import FALSE_CALLS, chance_of, student
from tests.runs.second_hand_facts import Diary

LEAST_ITEMS, LEAST_UNITS = 12, 3.0
NEEDED = 364 + 84 + 3 * 28  # days of sales


@dataclass(frozen=True)
class Course:
    """A category in one month."""

    category: str
    items: int
    before: int
    ratio: float
    deviation: float
    level: float
    least: float
    above: bool
    called: bool


def changes(book: Diary, t: int) -> dict[str, list[float]]:
    """Log changes of demand by category: four weeks to ``t`` over the mean of a quarter before."""
    places = defaultdict(list)
    for key in book.keys:
        places[key[0]].append(key)
    out: dict[str, list[float]] = defaultdict(list)
    for sku, keys in places.items():

        def sold(start: int, stop: int, keys: list = keys) -> float:
            return sum(book.units(k, t + start, t + stop) for k in keys)

        def stock(day: int, keys: list = keys) -> float:
            counts = [book.count(k, day)[0] for k in keys]
            return sum(c for c in counts if not math.isnan(c))

        base = [sold(-112, -84), sold(-140, -112), sold(-168, -140)]
        if min(base) > 0 and sum(base) / 3 >= LEAST_UNITS and stock(t) > 0 and stock(t - 28) > 0:
            change = math.log((sold(-28, 0) + 0.5) / (sum(base) / 3 + 0.5))
            out[book.category[sku]].append(change)
    return out


def by_category(book: Diary, rate: float = FALSE_CALLS / 3) -> dict[int, list[Course]]:
    """Every category of the newest three months, worst first, by the month's as-of day.

    A third of the policy's false calls is theirs, the rest the stability index's.
    """
    months = []
    for t in (e + 1 for e in book.ends):
        enough = t - NEEDED >= book.begun - 3
        months.append((t, tested(changes(book, t), changes(book, t - 364)) if enough else {}))
    most = max(len(tests) for _, tests in months[-3:])
    if not most:
        return {}
    z = NormalDist().inv_cdf(1 - chance_of(2 * most, rate))  # falls and rises
    out, before = {}, {}
    for at in range(len(months) - 3, len(months)):
        t, tests = months[at]
        month = {}
        for name, (test, a, b) in tests.items():
            scale = spread([m for _, m in months[: at + 1]], name)
            if scale is None:
                continue
            level, deviation = student(test.df, z), test.statistic / scale
            gap = stats.trim_mean(a, 0.2) - stats.trim_mean(b, 0.2)
            above = abs(deviation) > level
            last = before.get(name)
            again = last is not None and last.above and last.deviation * deviation > 0
            least = 1 - math.exp(-(level + 1) * gap / deviation)
            month[name] = Course(name, len(a), len(b), math.exp(gap), deviation, level, least,
                                 above, above and again)  # fmt: skip
        before = month
        out[t] = sorted(month.values(), key=lambda c: (-abs(c.deviation) / c.level, c.category))
    return out


def tested(now: dict[str, list[float]], then: dict[str, list[float]]) -> dict[str, tuple]:
    """Yuen's test of each category with items enough in both years."""
    return {
        name: (stats.ttest_ind(a, then[name], equal_var=False, trim=0.2), a, then[name])
        for name, a in sorted(now.items())
        if min(len(a), len(then.get(name, ()))) >= LEAST_ITEMS
    }


def spread(months: list[dict[str, tuple]], category: str) -> float | None:
    """The Birge ratio by the median of a year's statistics, the category's own newest two apart.

    Less one standard error: a spread that chance alone explains widens nothing.
    """
    seen = [
        abs(test.statistic)
        for back, month in enumerate(months[:-15:-1])
        for name, (test, _, _) in month.items()
        if name != category or back > 1
    ]
    if len(seen) < 10:
        return None
    return max(1.0, median(seen) / 0.6745 / (1 + 1.17 / math.sqrt(len(seen))))
