"""All of a sheet but its cells, by XlsxWriter: panes, print set-up, validations, charts, tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from invval_xl.hosts.file.charts import insert_chart
from invval_xl.hosts.file.formulas import stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.workpapers.sheet_plan import Conditional, PlanTable, SheetPlan, Style, Validation

__all__ = ["dress"]

_MOST_LINKS = 65_530
_MOST_HEADER = 255
_COLUMN_WIDTH = 8.43
_RANGE = re.compile(
    r"^(?:(?:'[^']+'|[A-Za-z_][\w.]*)!)?\$?[A-Z]{1,3}\$?\d+(:\$?[A-Z]{1,3}\$?\d+)?$"
)
_PROTECTED: dict[str, Any] = {
    "objects": False,
    "scenarios": False,
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
    "sort": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}


def dress(book: Any, sheet: Any, plan: SheetPlan, plans: Sequence[SheetPlan]) -> None:
    """Give XlsxWriter's ``sheet`` everything of ``plan`` except what its cells hold."""
    _sizes(sheet, plan)
    _view(sheet, plan)
    if plan.filter_ref:
        sheet.autofilter(plan.filter_ref)
    for merge in plan.merges:
        sheet.merge_range(merge, "")
    if plan.protect:
        sheet.protect("", _PROTECTED)
    _print_setup(sheet, plan)
    _links(sheet, plan)
    for validation in plan.validations:
        _settled(sheet.data_validation(validation.ref, _validation(validation)), validation)
    for conditional in plan.conditionals:
        options = _conditional(book, plan, conditional)
        _settled(sheet.conditional_format(conditional.ref, options), conditional)
    for table in plan.tables:
        _settled(sheet.add_table(table.ref, _table(table)), table)
    for chart in plan.charts:
        insert_chart(book, sheet, chart, plans)


def _sizes(sheet: Any, plan: SheetPlan) -> None:
    for column in sorted(plan.widths.keys() | plan.outline.keys()):
        options = {}
        if column in plan.outline:
            options = {"level": 1, "hidden": plan.outline[column]}
        width = plan.widths.get(column, _COLUMN_WIDTH)
        sheet.set_column(column - 1, column - 1, width, None, options)
    if plan.row_height:
        sheet.set_default_row(plan.row_height)


def _view(sheet: Any, plan: SheetPlan) -> None:
    if any(plan.freeze):
        sheet.freeze_panes(*plan.freeze)
    if not plan.gridlines:
        sheet.hide_gridlines(2)
    if plan.tab_color:
        sheet.set_tab_color(f"#{plan.tab_color}")


def _settled(answer: object, what: object) -> None:
    """XlsxWriter answers a wrong option with a number below zero."""
    if isinstance(answer, int) and answer < 0:
        raise ValueError(f"XlsxWriter does not take {what}")


def _print_setup(sheet: Any, plan: SheetPlan) -> None:
    if plan.landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    if plan.scale:
        sheet.set_print_scale(plan.scale)
    elif plan.fit_width or plan.fit_height:
        sheet.fit_to_pages(plan.fit_width, plan.fit_height)
    if plan.breaks:
        sheet.set_h_pagebreaks(list(plan.breaks))
    _repeat(sheet, plan)
    if plan.print_area:
        sheet.print_area(plan.print_area)
    for text in (plan.header, plan.footer):
        if len(text) > _MOST_HEADER:
            raise ValueError(f"a header or footer of {plan.name!r} is over {_MOST_HEADER} long")
    if plan.header:
        sheet.set_header(plan.header)
    if plan.footer:
        sheet.set_footer(plan.footer)
    sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)


def _repeat(sheet: Any, plan: SheetPlan) -> None:
    if any(plan.repeat_rows):
        first, last = plan.repeat_rows
        sheet.repeat_rows(first - 1, last - 1)
    if any(plan.repeat_columns):
        first, last = plan.repeat_columns
        sheet.repeat_columns(first - 1, last - 1)


def _links(sheet: Any, plan: SheetPlan) -> None:
    linked = [cell for cell in plan.cells if cell.link]
    if len(linked) > _MOST_LINKS:
        raise ValueError(f"{plan.name!r} has more links than the {_MOST_LINKS:,} Excel takes")
    for cell in linked:
        target = f"internal:{cell.link.removeprefix('#')}"
        _settled(sheet.write_url(cell.row - 1, cell.column - 1, target), cell)


def _validation(validation: Validation) -> dict[str, Any]:
    options: dict[str, Any] = {"validate": validation.kind}
    if validation.message:
        options["error_message"] = validation.message[:255]
    if validation.kind == "list":
        source = validation.source
        if source.startswith("=") or _RANGE.match(source):
            options["source"] = source if source.startswith("=") else f"={source}"
        else:
            options["source"] = [item.strip() for item in source.split(",")]
        return options
    low, high = validation.minimum, validation.maximum
    if low is not None and high is not None:
        return options | {"criteria": "between", "minimum": low, "maximum": high}
    if low is not None:
        return options | {"criteria": ">=", "value": low}
    if high is not None:
        return options | {"criteria": "<=", "value": high}
    raise ValueError(f"validation of {validation.ref} gives neither minimum nor maximum")


def _conditional(book: Any, plan: SheetPlan, conditional: Conditional) -> dict[str, Any]:
    if conditional.kind == "data_bar":
        options: dict[str, Any] = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True}
        if conditional.color:
            options["bar_color"] = f"#{conditional.color}"
        return options
    if conditional.kind != "formula":
        raise ValueError(f"conditional format of kind {conditional.kind!r}")
    look = plan.styles[conditional.style]
    criteria = f"={stored(conditional.formula)}"
    return {"type": "formula", "criteria": criteria, "format": book.add_format(_changed(look))}


def _changed(style: Style) -> dict[str, Any]:
    """What ``style`` changes, as a differential format can say it."""
    options: dict[str, Any] = {}
    if style.number_format != "General":
        options["num_format"] = style.number_format
    for name, on in (("bold", style.bold), ("italic", style.italic)):
        if on:
            options[name] = True
    if style.underline:
        options["underline"] = 1
    if style.color:
        options["font_color"] = f"#{style.color}"
    if style.fill:
        options["bg_color"] = f"#{style.fill}"
    for name, line in (("top", style.top), ("bottom", style.bottom)):
        if line:
            options[name] = {"thin": 1, "medium": 2, "double": 6}[line]
    return options


def _table(table: PlanTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "style": table.style or None,
        "columns": [{"header": header} for header in table.columns],
    }
