"""A second hand's working of C-11's drift table: facts, outcomes and predictions month by month.

The stability index is the sum over bins of ``(a - b) ln(a / b)``, its bins the deciles of training
and one for the unknown. What the served model predicts is read off its sealed tables; nothing of
the product's computation is called.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

import numpy as np
import pandas as pd

from tests.runs.second_hand_facts import NAN, Diary, Key, facts, outcome, single

LEAST_INDEX, FALSE_CALLS = 0.10, 0.05  # the policy's


class Tables:
    """What a sealed model whose gates failed answers by: its ageing table and the carried rate."""

    def __init__(self, model) -> None:
        part = model.full
        assert part.answered_by[0] == "table"  # scikit-learn would answer else
        assert part.markdown_answered_by[0] in {"last", "trailing", "mean", "zero"}
        self.rule, self.mean = part.carried.rule, part.carried.mean
        codes = [model.encoding.category[int(c)] for c in part.carried.category_codes]
        self.by_category = dict(zip(codes, part.carried.category_means.tolist(), strict=True))
        self.share, self.states = part.sellability.table.share, part.sellability.book.states

    def chances(self, seen: dict[str, float], ever_sold: bool) -> np.ndarray:
        """Probability of each path over the three horizons."""
        silent = seen["days_since_last_sale"] if ever_sold else 1e6
        recency = bisect_left((14, 30, 60, 90, 180, 365), silent)
        age = seen["age_days"]
        aged = 7 if math.isnan(age) else bisect_left((90, 180, 270, 365, 545, 730), age)
        return self.share[recency, aged]

    def obsolete(self, seen: dict[str, float], ever_sold: bool, horizon: int = 0) -> float:
        """Chance of an obsolete window: what is neither full price nor marked down."""
        p = self.chances(seen, ever_sold)
        full = sum(x for x, s in zip(p, self.states, strict=True) if s[horizon] == 0)
        cut = round(sum(x for x, s in zip(p, self.states, strict=True) if s[horizon] == 1), 6)
        return round(1 - min(round(full, 6), round(1 - cut, 6)) - cut, 6)

    def carried(
        self, ratio: dict[str, float], category: str, horizon: int = 0, places: int = 6
    ) -> float:
        """The markdown rate carried forward."""
        if self.rule == "zero":
            return 0.0
        mean = self.by_category.get(category, [float(m) for m in self.mean])[horizon]
        told = {"last": 1 - ratio["last"], "trailing": 1 - ratio["trailing"]}.get(self.rule, NAN)
        return round(min(max(mean if math.isnan(told) else told, 0.0), 1.0), places)


@dataclass(frozen=True)
class Held:
    """One signal in the newest period."""

    name: str
    kind: str
    index: float
    level: float
    above: bool
    called: bool


def shares(months: list[list[float]], edges: list[float]) -> list[list[float]]:
    """Share of each bin by month, half a row in every bin, the unknown last."""
    out = []
    for values in months:
        count = [0.5] * (len(edges) + 2)
        for v in (round(v, 9) for v in values):  # the dust of a sum is no other bin
            count[-1 if math.isnan(v) else bisect_left(edges, v)] += 1
        out.append([c / sum(count) for c in count])
    return out


def index(a: list[float], b: list[float]) -> float:
    """Population stability index."""
    a, b = ([max(x, 1e-4) / sum(max(y, 1e-4) for y in s) for x in s] for s in (a, b))
    return sum((x - y) * math.log(x / y) for x, y in zip(a, b, strict=True))


def mixed(part: list[list[float]], size: list[int]) -> list[float]:
    """Shares of several months together."""
    whole = sum(size)
    columns = zip(*part, strict=True)
    return [sum(s * n for s, n in zip(c, size, strict=True)) / whole for c in columns]


def chi_squared(degrees: int, z: float) -> float:
    """Wilson and Hilferty's quantile, which the definition names."""
    part = 2 / (9 * degrees)
    return degrees * (1 - part + z * math.sqrt(part)) ** 3


def student(degrees: int, z: float) -> float:
    """Cornish and Fisher's, to the second order."""
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def chance_of(signals_held: int, rate: float) -> float:
    """Chance of one excess: two running, the second ten times as likely, keep the year's rate."""
    return min(0.05, math.sqrt(rate / (12 * signals_held) / 10))


def level(learned: list[list[float]], size: list[int], rows: int, chance: float) -> float:
    """The largest of least index, chi-squared bound, and what training's months differ by."""
    z, k = NormalDist().inv_cdf(1 - chance), len(learned)
    noise = (1 / max(rows, 1) + 1 / sum(size)) * chi_squared(len(learned[0]) - 1, z)
    if k < 6:
        return max(noise, 0.25)
    logs = []
    for i in range(k):
        others = mixed(learned[:i] + learned[i + 1 :], size[:i] + size[i + 1 :])
        logs.append(math.log(max(index(learned[i], others), 1e-6)))
    spread = stdev(logs) * math.sqrt(1 + 1 / k)
    return max(noise, LEAST_INDEX, math.exp(fmean(logs) + student(k - 1, z) * spread))


class Drift:
    """Signals of every month end at which the windows of 90 days are whole.

    The newest three are held against those before: the model learned up to the latest close, and
    after that there is nothing yet.
    """

    def __init__(self, book: Diary, model=None) -> None:
        self.book = book
        self.answers = Tables(model) if model is not None else None
        self.days = [e + 1 for e in book.ends if e + 1 - book.begun >= 120]
        self.training = len(self.days) - 3
        self.newest = (pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=self.days[-1] - 1)).date()
        self.kinds: dict[str, str] = {}
        self.values: dict[str, list[list[float]]] = {}
        for number, t in enumerate(self.days):
            for key in book.keys:
                if book.count(key, t)[0] > 0:
                    self._look(number, key, t)

    def _add(self, number: int, name: str, kind: str, value: float) -> None:
        self.kinds[name] = kind
        self.values.setdefault(name, [[] for _ in self.days])[number].append(value)

    def _look(self, number: int, key: Key, t: int) -> None:
        """Put an item's facts, outcome and predictions of a day under their signals."""
        seen = facts(self.book, key, t)
        for name, value in seen.items():
            self._add(number, name, "input", single(value))
        lost, cut = outcome(self.book, key, t, seen["units_on_hand"])
        if lost is not None:
            self._add(number, "obsolete within 30 days", "outcome", float(lost))
        if not math.isnan(cut):
            self._add(number, "markdown rate within 30 days", "outcome", cut)
        if self.answers is None:
            return
        chance = self.answers.obsolete(seen, bool(self.book.sold(key, 0, t)))
        ratio = {
            "last": single(seen["last_price_over_reference"]),
            "trailing": single(self.book.paid(key, t - 90, t)),
        }
        rate = self.answers.carried(ratio, self.book.category[key[0]])
        self._add(number, "predicted obsolete", "prediction", chance)
        self._add(number, "predicted markdown rate", "prediction", rate)
        if lost is not None:
            self._add(number, "outcome less prediction", "outcome", lost - chance)

    def _usable(self) -> dict[str, tuple[list[list[float]], list[float]]]:
        """Months of training that know a signal, and the deciles of a signal that varies."""
        out = {}
        for name, months in self.values.items():
            learned = [m for m in months[: self.training] if m]
            known = [round(v, 9) for m in learned for v in m if not math.isnan(v)]
            if known and min(known) < max(known):
                edges = np.quantile(known, [i / 10 for i in range(1, 10)]).tolist()
                out[name] = learned, sorted(set(edges))
        return out

    def held(self, rate: float = FALSE_CALLS) -> list[Held]:
        """Every signal in the newest month, worst first, at so many false calls a year."""
        usable, out = self._usable(), []
        chance = chance_of(len(usable), rate)
        for name, (learned, edges) in usable.items():
            now, size = self.values[name][self.training :], [len(m) for m in learned]
            part = shares(learned, edges)
            pooled, above = mixed(part, size), []
            for values, share in zip(now, shares(now, edges), strict=True):
                said, limit = index(share, pooled), level(part, size, len(values), chance)
                above.append(bool(values) and said > limit)
            out.append(Held(name, self.kinds[name], said, limit, above[-1], all(above[-2:])))
        return sorted(out, key=lambda s: (-s.index / s.level, s.name))
