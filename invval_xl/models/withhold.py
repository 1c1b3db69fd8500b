"""Withhold facts: the cell's model trains on snapshots as incomplete as those that are typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.facts import CELL_FACTS, Facts
from invval_xl.models.features import derive
from invval_xl.models.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from invval_xl.models.features import Encoding
    from invval_xl.models.targets import Labels

__all__ = ["OPTIONAL_FACTS", "OPTIONAL_NUMBERS", "PATTERNS", "only", "stacked", "withheld"]

# What may be left out; unit cost and units on hand may not.
OPTIONAL_FACTS = (
    "age_days",
    "units_sold_30d",
    "units_sold_90d",
    "average_price_90d",
    "market_price",
    "category",
)

OPTIONAL_NUMBERS = tuple(name for name in OPTIONAL_FACTS if name != "category")

# Sets of known facts the interval is calibrated for. Whatever else is known, the narrowest
# interval among the sets that are wholly known is given: so a fact less never narrows it.
PATTERNS: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"units_sold_90d"}),
    frozenset({"age_days"}),
    frozenset({"units_sold_30d", "units_sold_90d"}),
    frozenset({"age_days", "units_sold_30d", "units_sold_90d"}),
    frozenset({"age_days", "units_sold_30d", "units_sold_90d", "average_price_90d"}),
    frozenset({"age_days", "units_sold_30d", "units_sold_90d", "average_price_90d", "category"}),
    frozenset(OPTIONAL_FACTS) - {"category"},
    frozenset(OPTIONAL_FACTS),
)


def only(facts: Facts, known: frozenset[str]) -> Facts:
    """``facts`` reduced to those of a cell, and of the optional ones to ``known``."""
    keep = [n for n in CELL_FACTS if n not in OPTIONAL_FACTS or n in known]
    nothing = np.full(len(facts), None, dtype=object)
    return Facts(
        {name: facts.columns[name] for name in keep if name in facts.columns},
        facts.category if "category" in known else nothing,
        nothing,
        nothing,
        facts.item,
        facts.as_of,
    )


def stacked(parts: Sequence[Facts]) -> Facts:
    """Facts of a cell under each other; a column that a part lacks is unknown there."""

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([p.columns.get(name, np.full(len(p), np.nan)) for p in parts])

    def words(name: str) -> NDArray[np.object_]:
        return np.concatenate([getattr(p, name) for p in parts])

    return Facts(
        {name: column(name) for name in CELL_FACTS},
        words("category"),
        words("supplier"),
        words("location"),
        np.concatenate([p.item for p in parts]),
        parts[0].as_of,
    )


def withheld(panel: Panel, encoding: Encoding, *, seed: int, share: float = 0.35) -> Panel:
    """The panel as a cell would see it: half the rows whole, the others with facts missing.

    Each optional fact of those others is withheld with chance ``share``, by a seeded draw.
    """
    facts = panel.features.facts
    n = len(facts)
    draw = np.random.default_rng([seed, 35])
    whole = draw.random(n) < 0.5  # noqa: PLR2004 - half
    columns = {}
    for name in CELL_FACTS:
        column = facts.columns[name].copy()
        gone = ~whole & (draw.random(n) < share)
        if name in OPTIONAL_FACTS:
            column[gone] = np.nan
        columns[name] = column
    category = facts.category.copy()
    category[~whole & (draw.random(n) < share)] = None
    nothing = np.full(n, None, dtype=object)
    cell = Facts(columns, category, nothing, nothing, facts.item, facts.as_of)
    return Panel(derive(cell, encoding), _from_own_price(panel), panel.day, panel.weight)


def _from_own_price(panel: Panel) -> Labels:
    """Labels with the rate taken on the item's own 90-day price, which is what a cell knows.

    The regular price is not typed; a cut already taken stands in the typed price and must not be
    taken twice.
    """
    labels = panel.labels
    own = panel.features.facts.columns["average_price_90d"]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.clip(1.0 - labels.window_price / own[:, None], 0.0, 1.0)
    return replace(labels, markdown_rate=rate)
