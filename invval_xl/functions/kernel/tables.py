"""Table reserves as currency in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting import reserve_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["age_reserve", "coverage_reserve"]


def age_reserve(cost: Any, age_days: Any, table: NDArray[np.float64]) -> Any:
    """Reserve by age bracket, currency."""
    return reserve_tables.age_reserve(cost, age_days, table).reserve_cost


def coverage_reserve(
    units: Any, unit_cost: Any, monthly_demand: Any, table: NDArray[np.float64]
) -> Any:
    """Reserve by range of coverage, currency; no units, no reserve, whatever the demand."""
    reserve = reserve_tables.coverage_reserve(units, unit_cost, monthly_demand, table).reserve_cost
    return np.where(np.asarray(units) == 0.0, 0.0 * np.asarray(unit_cost), reserve)
