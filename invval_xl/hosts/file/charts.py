"""Native charts of a plan, with the figures they show cached beside the references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.workpapers.sheet_plan import Chart, Series, SheetPlan

__all__ = ["chart_options", "insert_chart", "range_values"]

_REF = re.compile(
    r"^=?(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+))!"
    r"\$?(?P<c1>[A-Z]{1,3})\$?(?P<r1>\d+)(?::\$?(?P<c2>[A-Z]{1,3})\$?(?P<r2>\d+))?$"
)
_FONT = {"name": "Calibri", "size": 9, "color": "#404040"}
_LINE = {"color": "#D9D9D9", "width": 0.75}


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def range_values(plans: Sequence[SheetPlan], reference: str) -> list[Any] | None:
    """What the cells of ``reference`` hold in ``plans``; ``None`` where it is none of theirs."""
    found = _REF.match(reference)
    if not found:
        return None
    name = (found["quoted"] or found["plain"]).replace("''", "'")
    plan = next((p for p in plans if p.name == name), None)
    if plan is None:
        return None
    first, left = int(found["r1"]), _column_number(found["c1"])
    last = int(found["r2"] or first)
    right = _column_number(found["c2"] or found["c1"])
    inside = {
        (cell.row, cell.column): cell.value
        for cell in plan.cells
        if first <= cell.row <= last and left <= cell.column <= right
    }
    for block in plan.blocks:
        for offset, column in enumerate(block.columns):
            at = block.left + offset
            if left <= at <= right:
                for row in range(max(first, block.top), min(last, block.top + block.rows - 1) + 1):
                    inside[row, at] = column.values[row - block.top]
    return [
        _shown(inside.get((row, column)))
        for row in range(first, last + 1)
        for column in range(left, right + 1)
    ]


def _shown(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 (NaN)
        return ""
    return value


def chart_options(plans: Sequence[SheetPlan], chart: Chart) -> list[dict[str, Any]]:
    """XlsxWriter's options for each series of ``chart``."""
    options = []
    for series in chart.series:
        option: dict[str, Any] = {"name": series.name, "values": series.values}
        option["values_data"] = range_values(plans, series.values) or []
        if series.categories:
            option["categories"] = series.categories
            option["categories_data"] = range_values(plans, series.categories) or []
        if series.name.startswith("="):
            option["name_data"] = range_values(plans, series.name) or []
        option |= _paint(chart, series)
        if series.points:
            option["points"] = [{"fill": {"color": f"#{color}"}} for color in series.points]
        if chart.gap is not None:
            option["gap"] = chart.gap
        if series.plus:
            option["y_error_bars"] = {
                "type": "custom",
                "plus_values": series.plus,
                "minus_values": series.minus,
                "plus_data": range_values(plans, series.plus) or [],
                "minus_data": range_values(plans, series.minus) or [],
                "line": {"color": f"#{series.color or '404040'}", "width": 1.5},
            }
        options.append(option)
    return options


def _paint(chart: Chart, series: Series) -> dict[str, Any]:
    """Colours of a series; a hidden one has none."""
    if series.hidden:
        none = {"none": True}
        if chart.kind == "interval":
            return {"line": none, "marker": {"type": "none"}}
        return {"fill": none, "border": none}
    paint = {"color": f"#{series.color or '404040'}"}
    if chart.kind == "interval":
        marker = {"type": "diamond", "size": 7, "fill": paint, "border": paint}
        return {"line": {"none": True}, "marker": marker}
    option: dict[str, Any] = {}
    if series.color:
        option = {"line": paint} if chart.kind in ("line", "scatter") else {"fill": paint}
    if chart.kind == "scatter":
        option["marker"] = {"type": "circle", "size": 5}
    return option


def insert_chart(book: Any, sheet: Any, chart: Chart, plans: Sequence[SheetPlan]) -> None:
    """Stroke ``chart`` onto an XlsxWriter worksheet."""
    kind: dict[str, str] = {"type": "line" if chart.kind == "interval" else chart.kind}
    if chart.stacked:
        kind["subtype"] = "stacked"
    drawn = book.add_chart(kind)
    for option in chart_options(plans, chart):
        drawn.add_series(option)
    title = f" {chart.title}" if chart.title.startswith("=") else chart.title
    if title:
        drawn.set_title({"name": title, "name_font": _FONT | {"size": 11, "bold": True}})
    else:
        drawn.set_title({"none": True})
    place = chart.legend or "none"
    unseen = [i for i, series in enumerate(chart.series) if series.hidden]
    legend = {"position": place, "font": _FONT} | ({"delete_series": unseen} if unseen else {})
    drawn.set_legend({"none": True} if place == "none" else legend)
    if chart.kind not in ("pie", "doughnut"):
        axis: dict[str, Any] = {"num_font": _FONT, "line": _LINE}
        scale = axis | {"major_gridlines": {"visible": True, "line": _LINE}}
        if chart.number_format:
            scale["num_format"] = chart.number_format
        if chart.reverse:  # the scale keeps its place at the foot
            axis["reverse"], scale["label_position"] = True, "high"
        lying = chart.kind == "bar"  # XlsxWriter names axes by where they lie
        drawn.set_x_axis(scale if lying else axis)
        drawn.set_y_axis(axis if lying else scale)
    drawn.set_size({"width": chart.width, "height": chart.height})
    drawn.set_chartarea({"border": {"none": True}})
    sheet.insert_chart(chart.row - 1, chart.column - 1, drawn, {"object_position": 3})
