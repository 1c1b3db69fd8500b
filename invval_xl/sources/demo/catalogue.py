"""What the fictional retailer sells, where, from whom, and how each item is meant to live."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo import habits as h

if TYPE_CHECKING:
    from invval_xl.sources.demo.weeks import Weeks

__all__ = [
    "CATEGORIES",
    "LOCATIONS",
    "STUDY_SKU",
    "Catalogue",
    "Category",
    "build_catalogue",
    "location_names",
]

STUDY_SKU = "47382"  # the item worked in full in accounting.md F

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Category:
    """A merchandise category: price level, margin, season and life."""

    name: str
    nouns: tuple[str, ...]
    price: float
    markup_rate: float
    peak_week: float
    swing: float
    fourth_quarter: float
    elasticity: float
    long_lived_rate: float


CATEGORIES: tuple[Category, ...] = (
    Category(
        "Footwear",
        ("Trail Shoe", "Ankle Boot", "Canvas Sneaker", "Loafer", "Sandal"),
        78.0,
        0.50,
        20.0,
        0.25,
        1.10,
        2.0,
        0.50,
    ),
    Category(
        "Outerwear",
        ("Rain Shell", "Down Parka", "Fleece Jacket", "Wool Coat"),
        128.0,
        0.54,
        46.0,
        0.75,
        1.15,
        2.2,
        0.30,
    ),
    Category(
        "Basics",
        ("Crew Tee", "Oxford Shirt", "Chino", "Merino Sock", "Henley"),
        24.0,
        0.56,
        24.0,
        0.10,
        1.10,
        1.6,
        0.80,
    ),
    Category(
        "Accessories",
        ("Leather Belt", "Knit Scarf", "Day Pack", "Sun Hat", "Wallet"),
        32.0,
        0.58,
        48.0,
        0.30,
        1.35,
        1.8,
        0.55,
    ),
    Category(
        "Home",
        ("Wool Throw", "Table Lamp", "Linen Duvet", "Stoneware Set", "Mirror"),
        52.0,
        0.46,
        44.0,
        0.00,
        1.15,
        1.9,
        0.60,
    ),
    Category(
        "Electronics",
        ("Bluetooth Speaker", "Wrist Tracker", "Desk Radio", "Headlamp"),
        92.0,
        0.36,
        48.0,
        0.15,
        1.45,
        2.4,
        0.35,
    ),
)

# name, region, share of demand; further locations are numbered
LOCATIONS: tuple[tuple[str, str, str, float], ...] = (
    ("S01", "Portland Flagship", "West", 1.30),
    ("S02", "Boulder", "West", 0.90),
    ("S03", "Minneapolis", "Central", 1.00),
    ("S04", "Providence", "East", 0.80),
)
_REGIONS = ("West", "Central", "East")
SUPPLIERS: tuple[str, ...] = (
    "Alder Mills",
    "Brightwater Trading",
    "Corvid Goods",
    "Dunmore Textiles",
    "Eastgate Supply",
    "Foxglove Works",
    "Granite Peak",
    "Hollin & Sons",
    "Isthmus Imports",
    "Juniper Craft",
    "Kestrel Electric",
    "Lowland Leather",
)
_COLOURS = ("Slate", "Moss", "Navy", "Sand", "Rust", "Black", "Ivory", "Teal", "Plum", "Ochre")
_BRANDS = ("Harrow", "Finch", "Northline", "Coldbrook")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items as arrays of one length; weeks count from the first simulated week."""

    sku: NDArray[np.object_]
    description: NDArray[np.object_]
    brand: NDArray[np.object_]
    category: Ints
    supplier: Ints
    base_rate: Floats
    launch_week: Ints
    end_week: Ints
    superseded_week: Ints
    successor: Ints
    one_time_buy: NDArray[np.bool_]
    plan_error: Floats
    buyer_lag: Ints
    regular_cents: Ints
    cost_cents: Ints
    market_factor: Floats
    lead_weeks: Ints
    pack: Ints
    bad_suppliers: tuple[int, int]
    freight_rate: Floats
    allowance_rate: Floats
    return_rate: Floats

    def __len__(self) -> int:
        return len(self.sku)


def location_names(locations: int) -> tuple[tuple[str, str, str, float], ...]:
    """Code, name, region and demand share of each location."""
    further = tuple(
        (f"S{i + 1:02d}", f"Store {i + 1}", _REGIONS[i % 3], 1.0 - 0.05 * (i % 7))
        for i in range(len(LOCATIONS), locations)
    )
    return (LOCATIONS + further)[:locations]


def _sku_codes(rng: np.random.Generator, items: int) -> NDArray[np.object_]:
    """Distinct codes as text, some with leading zeros; the study item's code is kept free."""
    digits = max(5, len(str(items * 4)))
    codes = [f"{c:0{digits}d}" for c in rng.permutation(10**digits - 1)[: items + 1] + 1]
    return np.array([c for c in codes if c != STUDY_SKU][:items], dtype=object)


def _heavy_tail(rng: np.random.Generator, items: int, sigma: float) -> Floats:
    """Lognormal by stratified quantiles: the top fifth's share does not hang on luck."""
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((i + 0.5) / items) for i in range(items)])
    return rng.permutation(np.exp(sigma * scores))


def build_catalogue(rng: np.random.Generator, items: int, weeks: Weeks) -> Catalogue:
    """Draw ``items`` items; the last one is the study item of accounting.md F.

    Parameters
    ----------
    rng
        The catalogue's own random stream.
    items
        Number of items, the study item included.
    weeks
        The simulated weeks.

    Returns
    -------
    Catalogue
        Arrays of length ``items``.
    """
    n = items
    as_of = weeks.as_of_week
    category = rng.permutation(np.arange(n) % len(CATEGORIES))
    by_category = [CATEGORIES[c] for c in category]
    long_lived = rng.random(n) < np.array([c.long_lived_rate for c in by_category])
    life = np.where(long_lived, rng.integers(120, 420, n), rng.integers(26, 66, n))
    # the master still lists items whose life ended: launches reach back a year further
    launch = as_of - rng.integers(6, np.where(long_lived, life, life + 80))
    end = launch + life
    base = h.BASE_UNITS * _heavy_tail(rng, n, h.BASE_SIGMA)
    superseded = np.full(n, -1, dtype=np.int64)
    order = rng.permutation(n)
    chosen = order[base[order] < h.SUPERSEDED_MOST_UNITS][: round(h.SUPERSEDED_RATE * n)]
    superseded[chosen] = launch[chosen] + np.rint(
        rng.uniform(0.25, 0.95, len(chosen)) * np.minimum(life[chosen], as_of + 40 - launch[chosen])
    ).astype(np.int64)
    price = np.array([c.price for c in by_category]) * np.exp(rng.normal(0.0, 0.35, n))
    regular = np.maximum(np.rint(price), 5).astype(np.int64) * 100 - 1
    markup = np.clip(
        np.array([c.markup_rate for c in by_category]) + rng.normal(0, 0.05, n), 0.2, 0.7
    )
    cost = np.rint(regular * (1.0 - markup)).astype(np.int64)
    supplier = rng.integers(0, len(SUPPLIERS), n)
    bad = rng.permutation(len(SUPPLIERS))[:2]
    nouns = [
        c.nouns[k % len(c.nouns)] for c, k in zip(by_category, rng.integers(0, 60, n), strict=True)
    ]
    colours = [_COLOURS[k] for k in rng.integers(0, len(_COLOURS), n)]
    description = np.array([f"{w}, {c}" for w, c in zip(nouns, colours, strict=True)], dtype=object)
    sku = _sku_codes(rng, n)
    brand = np.array([_BRANDS[k] for k in rng.integers(0, len(_BRANDS), n)], dtype=object)
    one_time = ~long_lived & (rng.random(n) < h.ONE_TIME_BUY_RATE)
    one_time &= base < h.ONE_TIME_MOST_UNITS
    plan = np.exp(rng.normal(h.PLAN_ERROR_MEAN, h.PLAN_ERROR_SIGMA, n))
    lag = rng.integers(*h.BUYER_LAG_WEEKS, n)
    market = np.clip(rng.normal(h.MARKET_LEVEL, h.MARKET_SIGMA, n), 0.85, 1.08)
    lead = rng.integers(2, 8, len(SUPPLIERS))[supplier]
    pack = np.where(base > h.LARGE_PACK_FROM, 12, np.where(base > h.SMALL_PACK_FROM, 6, 1)).astype(
        np.int64
    )
    freight = rng.uniform(0.015, 0.04, len(SUPPLIERS))[supplier]
    allowance = np.where(
        rng.random(len(SUPPLIERS)) < h.ALLOWANCE_SUPPLIER_RATE, h.ALLOWANCE_RATE, 0.0
    )[supplier]
    returns = rng.uniform(0.02, 0.06, n)

    s = n - 1  # the study item: one receipt 147 days (21 weeks) before the as-of date
    home = next(k for k, c in enumerate(CATEGORIES) if c.name == "Home")
    sku[s], description[s], brand[s] = STUDY_SKU, "Stoneware Set, Slate", "Coldbrook"
    category[s], supplier[s] = home, next(k for k in range(len(SUPPLIERS)) if k not in bad)
    launch[s], end[s], superseded[s] = as_of - 21, as_of + 200, -1
    regular[s], cost[s], market[s] = 5200, 3400, 48.0 / 52.0
    base[s], one_time[s], plan[s], pack[s] = 4.2, True, 1.0, 1
    return Catalogue(
        sku=sku,
        description=description,
        brand=brand,
        category=category,
        supplier=supplier,
        base_rate=base,
        launch_week=launch,
        end_week=end,
        superseded_week=superseded,
        successor=_successors(category, launch, superseded),
        one_time_buy=one_time,
        plan_error=plan,
        buyer_lag=lag,
        regular_cents=regular,
        cost_cents=cost,
        market_factor=market,
        lead_weeks=lead.astype(np.int64),
        pack=pack,
        bad_suppliers=(int(bad[0]), int(bad[1])),
        freight_rate=freight,
        allowance_rate=allowance,
        return_rate=returns,
    )


def _successors(category: Ints, launch: Ints, superseded: Ints) -> Ints:
    """For each superseded item, the item of its category launched nearest after it; -1 for none."""
    found = np.full(len(category), -1, dtype=np.int64)
    for i in np.flatnonzero(superseded >= 0):
        rivals = np.flatnonzero((category == category[i]) & (launch > launch[i]))
        if len(rivals):
            found[i] = rivals[np.argmin(np.abs(launch[rivals] - superseded[i]))]
    return found
