"""How a paper looks, by xlwings' own calls; what only Excel has is asked of its object model.

Figures are written elsewhere. A courtesy this Excel or engine does not know is left out and named:
a paper without a frozen header is still the paper.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.sheet_plan import (
    Chart,
    Conditional,
    SheetPlan,
    Style,
    Validation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["areas", "dress", "styled"]

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a worksheet's dates have no zone
_ADDRESS = 240  # Range() takes 255 characters
_SIDES = {"top": "edge_top", "bottom": "edge_bottom"}
_LINES = {
    "thin": ("continuous", "thin"),
    "medium": ("continuous", "medium"),
    "double": ("double", "thick"),
}
_CHART_TYPES = {
    ("column", False): "column_clustered",
    ("column", True): "column_stacked",
    ("bar", False): "bar_clustered",
    ("bar", True): "bar_stacked",
    ("line", False): "line",
    ("line", True): "line_stacked",
    ("pie", False): "pie",
    ("doughnut", False): "doughnut",
    ("scatter", False): "xy_scatter",
    ("interval", False): "line_markers",
}


def dress(sheet: Any, plan: SheetPlan) -> list[str]:
    """Give ``sheet`` (an ``xw.Sheet``) the look of ``plan``; what could not be done, by name."""
    missed: list[str] = []

    def attempt(what: str, do: Callable[[], object]) -> None:
        try:
            do()
        except Exception:  # noqa: BLE001 - named in the message of the run
            missed.append(what)

    attempt("cell formats", lambda: _formats(sheet, plan))
    attempt("column widths", lambda: _sizes(sheet, plan))
    attempt("merged titles", lambda: _merges(sheet, plan))
    attempt("gridlines", lambda: setattr(sheet, "show_gridlines", plan.gridlines))
    if any(plan.freeze):
        attempt("frozen panes", lambda: _freeze(sheet, plan))
    attempt("links", lambda: _links(sheet, plan))
    for validation in plan.validations:
        attempt("drop-downs", lambda rule=validation: _validate(sheet, rule))  # type: ignore[misc]
    for conditional in plan.conditionals:
        attempt("conditional formats", lambda rule=conditional: _highlight(sheet, plan, rule))  # type: ignore[misc]
    for chart in plan.charts:
        attempt("charts", lambda drawn=chart: _chart(sheet, drawn))  # type: ignore[misc]
    if plan.print_area:
        attempt("print area", lambda: setattr(sheet.page_setup, "print_area", plan.print_area))
    if plan.filter_ref:
        attempt("filters", lambda: _filter(sheet, plan.filter_ref))
    attempt("page set-up", lambda: _page(sheet, plan))
    attempt("page breaks", lambda: _break(sheet, plan))
    attempt("folded columns", lambda: _fold(sheet, plan))
    if plan.protect:
        attempt("protection", lambda: _protect(sheet))
    return missed


def styled(plan: SheetPlan) -> dict[str, dict[int, list[tuple[int, int]]]]:
    """Rows of each column by style name: ``{style: {column: [(first row, last row)]}}``."""
    at: dict[tuple[int, int], str] = {}
    runs: dict[str, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for cell in plan.cells:
        at[cell.column, cell.row] = cell.style
    for block in plan.blocks:
        for offset, laid in enumerate(block.columns):
            place = block.left + offset
            if laid.styles is None:
                if block.rows:
                    last = block.top + block.rows - 1
                    runs[laid.style][place].append((block.top, last))
                continue
            for i, style in enumerate(laid.styles.tolist()):
                at.setdefault((place, block.top + i), style or laid.style)
    for (column, row), style in sorted(at.items()):
        spans = runs[style][column]
        if spans and spans[-1][1] == row - 1:
            spans[-1] = (spans[-1][0], row)
        else:
            spans.append((row, row))
    return {style: dict(columns) for style, columns in runs.items()}


def areas(columns: dict[int, list[tuple[int, int]]]) -> Iterator[str]:
    """A1 addresses of many areas, joined as long as ``Range()`` takes them.

    Examples
    --------
    >>> list(areas({1: [(1, 3), (5, 5)], 28: [(2, 2)]}))
    ['A1:A3,A5,AB2']
    """
    joined = ""
    for column, spans in sorted(columns.items()):
        letter = column_letter(column)
        for first, last in spans:
            one = f"{letter}{first}" if first == last else f"{letter}{first}:{letter}{last}"
            if joined and len(joined) + len(one) > _ADDRESS:
                yield joined
                joined = ""
            joined = f"{joined},{one}" if joined else one
    if joined:
        yield joined


def _formats(sheet: Any, plan: SheetPlan) -> None:
    # Blocks' runs first, single cells after: a cell laid over a block wins, as its value does.
    for name, columns in styled(plan).items():
        style = plan.styles.get(name, Style())
        for address in areas(columns):
            _apply(sheet.range(address), style)


def _apply(cells: Any, style: Style) -> None:
    cells.number_format = style.number_format
    font = cells.font
    font.bold, font.italic, font.size = style.bold, style.italic, style.size
    if style.color:
        font.color = f"#{style.color}"
    if style.fill:
        cells.color = f"#{style.fill}"
    for side in ("top", "bottom"):
        if line := getattr(style, side):
            kind, weight = _LINES[line]
            cells.borders.set(_SIDES[side], line_style=kind, weight=weight)
    if style.align:
        cells.horizontal_alignment = style.align
    cells.vertical_alignment = {"vcenter": "center"}.get(style.valign, style.valign or "top")
    cells.wrap_text = style.wrap
    if style.indent:
        cells.adjust_indent(style.indent)
    if style.underline:
        cells.font.api.Underline = 2
    if not style.locked:
        cells.api.Locked = False


def _filter(sheet: Any, ref: str) -> None:
    sheet.range(ref).api.AutoFilter()


def _protect(sheet: Any) -> None:
    sheet.api.Protect()


def _sizes(sheet: Any, plan: SheetPlan) -> None:
    if plan.row_height:
        sheet.api.Cells.RowHeight = plan.row_height
    for column, width in plan.widths.items():
        sheet.range((1, column)).column_width = width
    for row, height in plan.heights.items():
        sheet.range((row, 1)).row_height = height


def _merges(sheet: Any, plan: SheetPlan) -> None:
    for ref in plan.merges:
        sheet.range(ref).merge()


def _freeze(sheet: Any, plan: SheetPlan) -> None:
    rows, columns = plan.freeze
    if rows and columns:
        frozen = f"A1:{column_letter(columns)}{rows}"
    elif rows:
        frozen = f"1:{rows}"
    else:
        frozen = f"A:{column_letter(columns)}"
    sheet.freeze_panes.freeze_at(frozen)


def _links(sheet: Any, plan: SheetPlan) -> None:
    for cell in plan.cells:
        if cell.link:
            target = cell.link.removeprefix("#")
            sheet.range((cell.row, cell.column)).api.Hyperlinks.Add(
                sheet.range((cell.row, cell.column)).api, "", target
            )


def _validate(sheet: Any, rule: Validation) -> None:
    validation = sheet.range(rule.ref).data_validation
    if rule.kind == "list":
        validation.set_list(_choices(sheet, rule.source))
        return
    define = {"decimal": validation.set_decimal, "date": validation.set_date}[rule.kind]
    low, high = _operand(rule.kind, rule.minimum), _operand(rule.kind, rule.maximum)
    if low is not None and high is not None:
        define("between", low, high)
    elif low is not None:
        define("greater_than_or_equal", low)
    elif high is not None:
        define("less_than_or_equal", high)


def _operand(kind: str, bound: float | None) -> Any:
    """A bound as xlwings takes it: a date rule wants dates."""
    if bound is None or kind != "date":
        return bound
    return (_EPOCH + dt.timedelta(days=bound)).date()


def _choices(sheet: Any, source: str) -> Any:
    """The accepted values: a range of the workbook, or words."""
    if not re.search(r"[!$:]", source):
        return [item.strip() for item in source.split(",")]
    place, _, address = source.removeprefix("=").rpartition("!")
    name = place.strip("'").replace("''", "'")
    return (sheet.book.sheets[name] if name else sheet).range(address)


def _highlight(sheet: Any, plan: SheetPlan, rule: Conditional) -> None:
    formats = sheet.range(rule.ref).conditional_formats
    if rule.kind == "data_bar":
        formats.add_data_bar(f"#{rule.color or '638EC6'}", gradient=False)
        return
    look = plan.styles[rule.style]
    formats.add_custom(
        rule.formula if rule.formula.startswith("=") else f"={rule.formula}",
        fill_color=f"#{look.fill}" if look.fill else None,
        font_color=f"#{look.color}" if look.color else None,
        font_bold=look.bold or None,
        font_italic=look.italic or None,
    )


def _chart(sheet: Any, chart: Chart) -> None:
    corner = sheet.range((chart.row, chart.column))
    drawn = sheet.charts.add(corner.left, corner.top, chart.width * 0.75, chart.height * 0.75)
    drawn.chart_type = _CHART_TYPES[chart.kind, chart.stacked]
    body = drawn.api[1]
    while body.SeriesCollection().Count:
        body.SeriesCollection(1).Delete()
    for given in chart.series:
        series = body.SeriesCollection().NewSeries()
        series.Name, series.XValues, series.Values = given.name, given.categories, given.values
        if given.hidden:
            series.Format.Fill.Visible = False
        if chart.kind == "interval":
            series.Format.Line.Visible = False
        if given.plus:
            # xlY, xlErrorBarIncludeBoth, xlErrorBarTypeCustom
            series.ErrorBar(1, 1, -4114, given.plus, given.minus)
        if given.color and chart.kind == "interval":
            series.MarkerForegroundColor = series.MarkerBackgroundColor = _rgb(given.color)
        elif given.color:
            look = series.Format.Line if chart.kind in ("line", "scatter") else series.Format.Fill
            look.ForeColor.RGB = _rgb(given.color)
    if chart.gap is not None:
        body.ChartGroups(1).GapWidth = chart.gap
    if chart.reverse:
        body.Axes(1).ReversePlotOrder = True
        body.Axes(2).TickLabelPosition = -4127  # xlHigh: the scale keeps its place at the foot
    drawn.title = chart.title or None


def _page(sheet: Any, plan: SheetPlan) -> None:
    """Print set-up and tab colour, which only Excel's object model knows."""
    setup = sheet.api.PageSetup
    setup.Orientation = 2 if plan.landscape else 1
    if plan.scale:
        setup.Zoom = plan.scale
    else:
        setup.Zoom = False
        setup.FitToPagesWide = plan.fit_width or False
        setup.FitToPagesTall = plan.fit_height or False
    if any(plan.repeat_rows):
        setup.PrintTitleRows = f"${plan.repeat_rows[0]}:${plan.repeat_rows[1]}"
    if any(plan.repeat_columns):
        first, last = (column_letter(c) for c in plan.repeat_columns)
        setup.PrintTitleColumns = f"${first}:${last}"
    for text, name in ((plan.header, "Header"), (plan.footer, "Footer")):
        for position, part in _three(text):
            setattr(setup, f"{position}{name}", part)
    if plan.tab_color:
        sheet.api.Tab.Color = _rgb(plan.tab_color)


def _break(sheet: Any, plan: SheetPlan) -> None:
    if plan.breaks:
        sheet.api.ResetAllPageBreaks()
    for row in plan.breaks:
        sheet.api.HPageBreaks.Add(sheet.range((row + 1, 1)).api)


def _fold(sheet: Any, plan: SheetPlan) -> None:
    for column, folded in sorted(plan.outline.items()):
        letter = column_letter(column)
        whole = sheet.range(f"{letter}:{letter}").api.EntireColumn
        whole.OutlineLevel = 2
        whole.Hidden = folded


def _rgb(color: str) -> int:
    """``RRGGBB`` as Excel counts colours: blue weighs most."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (0, 2, 4))
    return red + 256 * green + 65536 * blue


def _three(text: str) -> Iterable[tuple[str, str]]:
    """Left, centre and right part of a header as a file spells it (``&Lleft&Ccentre``).

    Examples
    --------
    >>> dict(_three("&LC-1&RPage &P"))
    {'Left': 'C-1', 'Right': 'Page &P'}
    """
    names = {"L": "Left", "C": "Center", "R": "Right"}
    pieces = re.split(r"&([LCR])", text)
    if pieces[0]:
        yield "Center", pieces[0]
    for mark, part in zip(pieces[1::2], pieces[2::2], strict=True):
        yield names[mark], part
