"""The Dashboard's charts: native, over cells that follow the drop-downs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.sheet_plan import Chart, Series
from invval_xl.workpapers.styles import PALETTE, TIER_COLORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invval_xl.workpapers.paper import Place, Sheet

__all__ = ["lay_charts"]

_WIDE, _HALF = 996, 490
_WHOLE = "#,##0"


def lay_charts(
    sheet: Sheet,
    places: Mapping[str, Place],
    row: int,
    rows: int,
    interval_row: int,
) -> None:
    """Tier mix, reserve by category, ageing, bridge, and the intervals of the largest items."""
    height = rows * 20
    tiers, ages, bridge = places["tiers"], places["ages"], places["bridge"]
    top, largest, ranked = places["top"], places["largest"], places["categories"]

    def drawn(kind: str, title: str, series: tuple[Series, ...], at: int, column: int,
              **more: object) -> Chart:  # fmt: skip
        options = {"width": _HALF, "height": height, "number_format": _WHOLE} | more
        return Chart(kind, title, series, row=at, column=column, **options)  # type: ignore[arg-type]

    def one(name: str, place: Place, words: str, values: str, color: str) -> Series:
        return Series(name, f"={place.range(words)}", f"={place.range(values)}", color)

    sheet.charts += [
        drawn("column", "Inventory at cost by risk tier", (
            Series("Cost", f"={tiers.range('tier')}", f"={tiers.range('cost')}",
                   points=tuple(TIER_COLORS.values())),
        ), row, 1, legend="none", gap=60),
        drawn("bar", "Closing reserve by category, largest first", (
            one("Closing reserve", ranked, "category", "closing", PALETTE["accent"]),
        ), row, 6, legend="none", gap=40, reverse=True),
        drawn("column", "Cost and reserve by age", (
            one("Cost", ages, "band", "cost", PALETTE["rule"]),
            one("Closing reserve", ages, "band", "closing", PALETTE["stop"]),
        ), row + rows, 1),
        drawn("column", "Reserve bridge from last period", (
            Series("Lift", f"={bridge.range('step')}", f"={bridge.range('base')}", hidden=True),
            one("Balance", bridge, "step", "balance", PALETTE["header"]),
            one("Up", bridge, "step", "up", PALETTE["stop"]),
            one("Down", bridge, "step", "down", TIER_COLORS["green"]),
        ), row + rows, 6, stacked=True, gap=40, legend="none"),
        drawn("interval", "Required reserve of the largest items: low, required, high", (
            Series("Required", f"={top.range('sku')}", f"={top.range('required')}",
                   PALETTE["accent"], plus=f"={largest.range('plus')}",
                   minus=f"={largest.range('minus')}"),
            # Programs scale an axis by values, not by error bars: the unseen ends make it reach.
            Series("High", f"={top.range('sku')}", f"={top.range('high')}", hidden=True),
        ), interval_row, 1, width=_WIDE, legend="none"),
    ]  # fmt: skip
