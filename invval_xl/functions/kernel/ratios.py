"""Ratios whose cells differ from the accounting functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from invval_xl.accounting import cover, ratios

__all__ = ["days_of_supply", "sell_through", "turn", "weeks_of_supply"]


def sell_through(units_sold: Any, base_units: Any, base: str = "received") -> Any:
    """Sell-through over the named base."""
    return cover.sell_through(units_sold, base_units, base=base)


def days_of_supply(units: Any, daily_rate: Any) -> Any:
    """Days of supply; without end where nothing sells, which no number says."""
    days = np.asarray(cover.days_of_supply(units, daily_rate), dtype=np.float64)
    return np.where(np.isinf(days), np.nan, days)


def turn(
    sales: Any, average_inventory: Any, sales_in: str = "cost", inventory_in: str = "cost"
) -> Any:
    """Turn, refused where sales and inventory are counted in two valuations."""
    return ratios.turn(sales, average_inventory, sales_in=sales_in, inventory_in=inventory_in)


def weeks_of_supply(units: Any, weekly_units: Any) -> Any:
    """Weeks of supply."""
    return cover.weeks_of_supply(units, weekly_units)
