"""A year of a small retailer, month by month, from a seed; and its reserve recomputed from events.

Raw facts only (units, shortfalls, acquisitions). The recomputation at the end shares no code with
the product: whole cents in dictionaries, one item at a time.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from fractions import Fraction

from invval_xl.terms import Framework

MONTH_ENDS = tuple(
    (dt.date(2026, m + 1, 1) if m < 12 else dt.date(2027, 1, 1)) - dt.timedelta(days=1)
    for m in range(1, 13)
)
BEFORE = dt.date(2025, 12, 31)


@dataclass(frozen=True)
class Month:
    """What happened to one item in one month."""

    opening_units: int
    sold: int
    received: int
    shortfall_cents: int
    acquired_cents: int

    @property
    def units(self) -> int:
        return self.opening_units - self.sold + self.received


@dataclass(frozen=True)
class Story:
    """One item's year: what stood before, and twelve months."""

    sku: str
    opening_cents: int
    months: tuple[Month, ...]


def stories(seed: int, items: int = 12) -> tuple[Story, ...]:
    chance = random.Random(seed)
    out = []
    for number in range(items):
        units = chance.randrange(40, 400)
        first, shortfall = units, chance.randrange(0, 900)
        months = []
        for month in range(12):
            if number == 0:  # falls in spring, recovers in summer of the same year
                shortfall = (0, 500, 700, 700, 300, 0, 0, 200, 200, 200, 200, 200)[month]
            elif number == 1:  # written down last year, worth its cost again this year
                shortfall = 600 if month < 3 else 0
            else:
                shortfall = max(0, shortfall + chance.randrange(-250, 260))
            sold = min(units, chance.randrange(0, 40))
            acquired = chance.randrange(5_000, 9_000) if (number + month) % 11 == 5 else 0
            received = chance.randrange(20, 60) if acquired else 0
            months.append(Month(units, sold, received, shortfall, acquired))
            units += received - sold
        opening = (
            600 * first if number == 1 else (0 if number == 0 else chance.randrange(1, 9) * 10_000)
        )
        out.append(Story(f"{number:05d}", opening, tuple(months)))
    return tuple(out)


def half_up(value: Fraction) -> int:
    return int((value * 2 + 1) // 2)


def december(story: Story, framework: Framework) -> tuple[int, dict[str, int]]:
    """Closing cents of one item after its months, and its movements of the year, from events."""
    vintages: list[list[int]] = [[-1, story.opening_cents, 1]]  # month, cents left, own write-down
    moved = dict.fromkeys(("charge", "other", "utilization", "reversal"), 0)
    for month, m in enumerate(story.months):
        opening = sum(v[1] for v in vintages)
        if m.acquired_cents:
            vintages.append([month, m.acquired_cents, 0])
            moved["other"] += m.acquired_cents
        used = half_up(Fraction(opening * m.sold, m.opening_units)) if m.opening_units else 0
        if not m.opening_units:
            used = 0
        moved["utilization"] += used
        rest = used
        for v in vintages:
            part = min(rest, v[1])
            v[1] -= part
            rest -= part
        standing = sum(v[1] for v in vintages)
        required = m.units * m.shortfall_cents
        if required > standing:
            vintages.append([month, required - standing, 1])
            moved["charge"] += required - standing
            continue
        surplus = standing - required
        for v in reversed(vintages):
            mine = v[2] and v[0] < month if framework is Framework.US_GAAP else v[2]
            if framework is Framework.US_GAAP and v[0] < 0:
                mine = 0
            part = min(surplus, v[1]) if mine else 0
            v[1] -= part
            surplus -= part
            moved["reversal"] += part
    return sum(v[1] for v in vintages), moved
