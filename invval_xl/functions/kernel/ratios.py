"""Ratios whose cells differ from the accounting functions."""

from __future__ import annotations

from typing import Any

from invval_xl.accounting import cover, ratios

__all__ = ["turn", "weeks_of_supply"]


def turn(
    sales: Any, average_inventory: Any, sales_in: str = "cost", inventory_in: str = "cost"
) -> Any:
    """Turn, refused where sales and inventory are counted in two valuations."""
    return ratios.turn(sales, average_inventory, sales_in=sales_in, inventory_in=inventory_in)


def weeks_of_supply(units: Any, weekly_units: Any) -> Any:
    """Weeks of supply."""
    return cover.weeks_of_supply(units, weekly_units)
