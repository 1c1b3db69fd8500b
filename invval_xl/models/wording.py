"""A driver in words, with the item's own figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from invval_xl.models.features import Features

__all__ = ["words"]

Fact = Callable[[str], float]
Known = Callable[..., bool]


def _count(number: float, of: str) -> str:
    """A whole number of things: ``1 unit``, ``12 units``."""
    return f"{_figure(number)} {of}{'' if round(number) == 1 else 's'}"


def _figure(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"


def words(group: str, features: Features, row: int) -> str:
    """Say what the item's own facts are in ``group``."""
    facts = features.facts

    def fact(name: str) -> float:
        column = facts.columns.get(name)
        return float(column[row]) if column is not None else float("nan")

    def known(*names: str) -> bool:
        return all(np.isfinite(fact(name)) for name in names)

    said = _SAYINGS[group](fact, known) if group in _SAYINGS else ""
    if group == "category":
        label = facts.category[row]
        return f"category {label}" if label is not None else "category not given"
    if group == "place and supplier":
        place, supplier = facts.location[row], facts.supplier[row]
        parts = [f"location {place}"] if place is not None else []
        parts += [f"supplier {supplier}"] if supplier is not None else []
        return ", ".join(parts) or "location and supplier not given"
    return said or f"{group} not known"


def _age(fact: Fact, known: Known) -> str:
    # by receipts: cost layers, where the workbook has them, may say another age
    return f"{_count(fact('age_days'), 'day')} since its receipts" if known("age_days") else ""


def _recent(fact: Fact, known: Known) -> str:
    parts = []
    if known("days_since_last_sale") and fact("days_since_last_sale") > 30:  # noqa: PLR2004
        parts.append(f"last sold {_count(fact('days_since_last_sale'), 'day')} ago")
    if known("units_sold_30d", "units_sold_90d"):
        u30, u90 = fact("units_sold_30d"), fact("units_sold_90d")
        parts.append(f"{_count(u30, 'unit')} sold in 30 days, {_figure(u90)} in 90")
        prior = (u90 - u30) / 2
        if prior > 0:
            change = u30 / prior - 1
            way = "up" if change > 0 else "down"
            parts.append(f"{way} {_figure(abs(change) * 100)} % on the 60 days before")
    return ", ".join(parts)


def _cover(fact: Fact, known: Known) -> str:
    if not known("units_on_hand"):
        return ""
    text = f"{_count(fact('units_on_hand'), 'unit')} on hand"
    if known("units_sold_90d"):
        u90 = fact("units_sold_90d")
        if u90 > 0:
            weeks = fact("units_on_hand") / u90 * 90 / 7
            text += f", {_count(weeks, 'week')} of supply"
        else:
            text += ", none sold in 90 days"
    return text


def _price(fact: Fact, known: Known) -> str:
    if known("average_price_30d", "price_ratio_30d"):
        cut = 1 - fact("price_ratio_30d")
        price, side = _figure(fact("average_price_30d"), 2), "below" if cut > 0 else "above"
        return f"selling at {price}, {_figure(abs(cut) * 100)} % {side} its regular price"
    if known("units_sold_30d") and fact("units_sold_30d") <= 0:
        return "no price paid in the last 30 days"
    if known("average_price_90d"):
        return f"average price {_figure(fact('average_price_90d'), 2)} over 90 days"
    return ""


def _margin(fact: Fact, known: Known) -> str:
    if known("unit_cost", "average_price_90d") and fact("average_price_90d") > 0:
        share = fact("unit_cost") / fact("average_price_90d")
        cost = _figure(fact("unit_cost"), 2)
        return f"unit cost {cost} is {_figure(share * 100)} % of its average price"
    return f"unit cost {_figure(fact('unit_cost'), 2)}" if known("unit_cost") else ""


def _market(fact: Fact, known: Known) -> str:
    if not known("market_price"):
        return ""
    text = f"market price {_figure(fact('market_price'), 2)}"
    if known("average_price_90d") and fact("average_price_90d") > 0:
        off = fact("market_price") / fact("average_price_90d") - 1
        side = "above" if off > 0 else "below"
        text += f", {_figure(abs(off) * 100, 1)} % {side} its own average"
    return text


def _returns(fact: Fact, known: Known) -> str:
    if known("units_returned_90d"):
        return f"{_count(fact('units_returned_90d'), 'unit')} returned in 90 days"
    return ""


_SAYINGS = {
    "age": _age,
    "recent sales": _recent,
    "cover": _cover,
    "price": _price,
    "margin": _margin,
    "market price": _market,
    "returns": _returns,
}
