"""Input sheets as plans: what a contract asks for, laid out for a person to fill or read.

One header row, an Excel table, typed formats, a frozen header and validations, all derived from
:mod:`invval_xl.tables.contracts`, so the starter, the demo and the reader cannot disagree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.contracts import (
    BALANCE_MEASURES,
    CONTRACTS,
    CONTROL_SETTINGS,
    Column,
    ColumnKind,
    Contract,
    Setting,
)
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.sheet_plan import (
    PlanBlock,
    PlanCell,
    PlanColumn,
    PlanTable,
    SheetPlan,
    Style,
    Validation,
)
from invval_xl.workpapers.styles import PALETTE, STYLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["LAST_ROW", "control_plan", "excel_days", "guide_plan", "input_plan"]

LAST_ROW = 1_048_576
_HEADER_ROW = 1
_BLANK_ROWS = 100  # formatted rows an empty input sheet starts with; the table grows beyond them
_EPOCH = np.datetime64("1899-12-30", "ns")
_DAY = np.timedelta64(1, "D")
_EARLIEST, _LATEST = 32_874.0, 73_050.0  # 1990-01-01 to 2099-12-31 as Excel counts days
_GREATEST = 1e15  # what a cell holds to the unit

_plain = replace(STYLES["text"], valign="")
_right = replace(_plain, align="right")
_entry = replace(_plain, fill=PALETTE["input"], align="left", locked=False)
_INPUT_STYLES: dict[str, Style] = {
    "entry_text": replace(_entry, number_format="@"),
    "entry_date": replace(_entry, number_format="yyyy-mm-dd"),
    "entry_money": replace(_entry, number_format="#,##0.00"),
    "header": STYLES["header"],
    "key_header": replace(STYLES["header"], fill=PALETTE["accent"]),
    "title": STYLES["title"],
    "quiet": replace(STYLES["quiet"], valign="", indent=1),
    "label": replace(_plain, bold=True),
    ColumnKind.KEY.value: replace(_plain, number_format="@"),
    ColumnKind.TEXT.value: _plain,
    ColumnKind.CHOICE.value: _plain,
    ColumnKind.DATE.value: replace(_plain, number_format="yyyy-mm-dd"),
    ColumnKind.UNITS.value: replace(_right, number_format="#,##0.###"),
    ColumnKind.MONEY.value: replace(_right, number_format="#,##0.00"),
    ColumnKind.PRICE.value: replace(_right, number_format="#,##0.00##"),
    ColumnKind.RATE.value: replace(_right, number_format="0.0###%"),
    ColumnKind.DAYS.value: replace(_right, number_format="#,##0"),
    ColumnKind.NUMBER.value: replace(_right, number_format="#,##0.####"),
    ColumnKind.FLAG.value: replace(_right, number_format="0"),
}
_WIDTHS = {
    ColumnKind.KEY: 11.0, ColumnKind.TEXT: 16.0, ColumnKind.CHOICE: 12.0, ColumnKind.DATE: 12.0,
    ColumnKind.UNITS: 11.0, ColumnKind.MONEY: 14.0, ColumnKind.PRICE: 11.0, ColumnKind.RATE: 10.0,
    ColumnKind.DAYS: 9.0, ColumnKind.NUMBER: 10.0, ColumnKind.FLAG: 11.0,
}  # fmt: skip
_WIDE = {
    "description": 30.0, "source": 52.0, "owner": 26.0, "approved_by": 20.0, "name": 24.0,
    "scope": 22.0, "unit": 32.0, "supplier": 20.0, "customer": 22.0, "entity": 30.0,
}  # fmt: skip
_MUST = {
    ColumnKind.KEY: "text; leading zeros survive",
    ColumnKind.TEXT: "text",
    ColumnKind.DATE: "a date",
    ColumnKind.UNITS: "units",
    ColumnKind.MONEY: "a total in the entity's currency",
    ColumnKind.PRICE: "an amount per unit",
    ColumnKind.RATE: "a fraction, 0 to 1 (or 0 % to 100 %)",
    ColumnKind.DAYS: "days",
    ColumnKind.NUMBER: "a number",
    ColumnKind.FLAG: "1 for yes, 0 for no",
    ColumnKind.CHOICE: "one of the words listed",
}
_TEXTUAL = (ColumnKind.KEY, ColumnKind.TEXT, ColumnKind.CHOICE)


def excel_days(dates: NDArray[Any]) -> NDArray[np.float64]:
    """Dates as Excel's serial days (1900 system), NaT as NaN.

    Examples
    --------
    >>> excel_days(np.array(["2026-10-31", "NaT"], dtype="datetime64[D]"))
    array([46326.,    nan])
    """
    stamps = dates.astype("datetime64[ns]")
    serial: NDArray[np.float64] = (stamps - _EPOCH) / _DAY
    return serial


def input_plan(contract: Contract, frame: pd.DataFrame | None = None) -> SheetPlan:
    """Lay one input sheet.

    Parameters
    ----------
    contract
        The sheet's contract.
    frame
        Its rows under snake_case names; columns the frame lacks are left out unless required.
        ``None``: every column. Without rows: blank formatted ones, validated to the last row.

    Returns
    -------
    SheetPlan
        Not owned: a later refresh leaves it alone.
    """
    columns = [
        c for c in contract.columns if frame is None or c.required or c.name in frame.columns
    ]
    filled = frame is not None and len(frame) > 0
    rows = len(frame) if frame is not None and filled else _BLANK_ROWS
    headers = tuple(c.header for c in columns)
    cells = tuple(
        PlanCell(_HEADER_ROW, i, c.header, "key_header" if c.required else "header")
        for i, c in enumerate(columns, start=1)
    )
    laid = tuple(PlanColumn(_values(c, frame, rows), c.kind.value) for c in columns)
    last = _HEADER_ROW + rows
    reach = last if filled else LAST_ROW
    return SheetPlan(
        name=contract.name,
        cells=cells,
        blocks=(PlanBlock(_HEADER_ROW + 1, 1, laid),),
        styles=_INPUT_STYLES,
        widths={i: _width(c) for i, c in enumerate(columns, start=1)},
        heights={_HEADER_ROW: 32},
        freeze=(_HEADER_ROW, len([c for c in columns if c.name in contract.key])),
        repeat_rows=(_HEADER_ROW, _HEADER_ROW),
        fit_width=1,
        tab_color=PALETTE["accent"] if contract.required else PALETTE["rule"],
        gridlines=True,
        validations=tuple(
            v
            for i, c in enumerate(columns, start=1)
            if (
                v := _validation(
                    c, f"{column_letter(i)}{_HEADER_ROW + 1}:{column_letter(i)}{reach}"
                )
            )
        ),
        tables=(
            PlanTable(
                contract.name, f"A{_HEADER_ROW}:{column_letter(len(columns))}{last}", headers
            ),
        ),
        owned=False,
    )


def control_plan(values: Mapping[str, object] | None = None) -> SheetPlan:
    """Lay the Control sheet: ``Setting | Value | Help``.

    Parameters
    ----------
    values
        Value by setting name; dates as ``datetime.date``. ``None``: all blank.
    """
    cells = [
        PlanCell(_HEADER_ROW, i, text, "header")
        for i, text in enumerate(("Setting", "Value", "Help"), start=1)
    ]
    validations = []
    for row, setting in enumerate(CONTROL_SETTINGS, start=_HEADER_ROW + 1):
        value = (values or {}).get(setting.name)
        cells.append(PlanCell(row, 1, setting.label, "label"))
        cells.append(PlanCell(row, 2, _plain_value(setting, value), _setting_style(setting)))
        cells.append(PlanCell(row, 3, _setting_help(setting), "quiet"))
        if found := _setting_validation(setting, f"B{row}"):
            validations.append(found)
    last = _HEADER_ROW + len(CONTROL_SETTINGS)
    return SheetPlan(
        name="Control",
        cells=tuple(cells),
        styles=_INPUT_STYLES,
        widths={1: 20, 2: 34, 3: 88},
        heights={_HEADER_ROW: 20},
        freeze=(_HEADER_ROW, 0),
        tab_color=PALETTE["accent"],
        gridlines=True,
        validations=tuple(validations),
        tables=(PlanTable("Control", f"A{_HEADER_ROW}:C{last}", ("Setting", "Value", "Help")),),
        owned=False,
    )


def guide_plan(title: str, introduction: tuple[str, ...]) -> SheetPlan:
    """Lay the Guide: a few sentences, then every sheet and column with what it must be.

    Parameters
    ----------
    title
        Heading of the sheet.
    introduction
        Sentences, one a row.
    """
    cells = [PlanCell(1, 1, title, "title")]
    row = 2
    for sentence in introduction:
        cells.append(PlanCell(row, 1, sentence, "text"))
        row += 1
    row += 1
    for i, text in enumerate(("Sheet", "Column", "Required", "Must be", "Help"), start=1):
        cells.append(PlanCell(row, i, text, "header"))
    header_row = row
    lines = [
        (contract.name, c.header, _needed(contract, c), _must_be(c), _column_help(contract, c))
        for contract in CONTRACTS.values()
        for c in contract.columns
    ]
    block = PlanBlock(
        header_row + 1,
        1,
        tuple(
            PlanColumn(np.array([line[i] for line in lines], dtype=object), style)
            for i, style in enumerate(("label", "text", "text", "text", "quiet"))
        ),
    )
    return SheetPlan(
        name="Guide",
        cells=tuple(cells),
        blocks=(block,),
        styles=_INPUT_STYLES,
        widths={1: 20, 2: 30, 3: 20, 4: 44, 5: 96},
        heights={1: 24},
        freeze=(header_row, 0),
        filter_ref=f"A{header_row}:E{header_row + len(lines)}",
        gridlines=False,
        owned=False,
    )


def _values(column: Column, frame: pd.DataFrame | None, rows: int) -> NDArray[Any]:
    """Lay out a column's values: floats (dates as serials), or text and None."""
    textual = column.kind in _TEXTUAL
    if frame is None or frame.empty or column.name not in frame.columns:
        return np.full(rows, None, dtype=object) if textual else np.full(rows, np.nan)
    values = frame[column.name].to_numpy()
    if column.kind is ColumnKind.DATE:
        return excel_days(values)
    if not textual:
        return values.astype(np.float64)
    known = frame[column.name].notna().to_numpy()
    cleaned = np.where(known, values, np.array(None, dtype=object))
    if column.kind is ColumnKind.TEXT and column.name == "value":
        # an assumption's value: a number stays a number in the cell, words stay words
        return np.array([_number_if_it_is(v) for v in cleaned], dtype=object)
    return cleaned


def _number_if_it_is(value: object) -> object:
    try:
        return float(str(value))
    except ValueError:
        return value


def _width(column: Column) -> float:
    return _WIDE.get(column.name, max(_WIDTHS[column.kind], len(column.header) * 0.62 + 4))


def _validation(column: Column, ref: str) -> Validation | None:
    """Say what a cell of ``column`` may hold, as Excel can ask for it."""
    words = f"{column.header}: {_must_be(column)}."
    if column.kind is ColumnKind.CHOICE:
        return Validation(ref, "list", source=",".join(column.choices), message=words)
    if column.kind is ColumnKind.FLAG:
        return Validation(ref, "list", source="1,0", message=words)
    if column.kind is ColumnKind.DATE:
        return Validation(ref, "date", minimum=_EARLIEST, maximum=_LATEST, message=words)
    if column.kind is ColumnKind.RATE:
        return Validation(ref, "decimal", minimum=0.0, maximum=1.0, message=words)
    if column.kind in _TEXTUAL:
        return None
    least = -_GREATEST if column.signed else 0.0
    return Validation(ref, "decimal", minimum=least, maximum=_GREATEST, message=words)


def _must_be(column: Column) -> str:
    words = ", ".join(column.choices) if column.choices else _MUST[column.kind]
    numeric = column.kind in (ColumnKind.UNITS, ColumnKind.MONEY)
    if numeric:
        words += ", signed" if column.signed else ", 0 or more"
    return words


def _needed(contract: Contract, column: Column) -> str:
    if not column.required:
        return "optional"
    return "required" if contract.required else "required on this sheet"


def _column_help(contract: Contract, column: Column) -> str:
    """Give the contract's own words; for a balance set line, what it does to EOP."""
    if column.help:
        return column.help
    if contract.name != "BalanceSet":
        return ""
    measure, _, block = column.name.rpartition("_")
    if measure == "bop":
        return "Beginning of period: equal to the EOP before."
    if measure == "eop":
        return "End of period: BOP plus additions less reductions."
    found = next(m for m in BALANCE_MEASURES if m.name == measure)
    if found.signed:
        effect = "Added to EOP with its own sign."
    else:
        sign = {"units": found.units, "cost": found.cost, "retail": found.retail}[block]
        effect = "Adds to EOP." if sign == 1 else "Reduces EOP."
    return f"{effect} {found.help}".strip()


def _setting_style(setting: Setting) -> str:
    if setting.kind in (ColumnKind.DATE, ColumnKind.MONEY):
        return f"entry_{setting.kind.value}"
    return "entry_text"


def _setting_help(setting: Setting) -> str:
    words = "Required. " if setting.required else ""
    if setting.choices:
        words += f"One of {', '.join(setting.choices)}. "
    return (words + setting.help).strip()


def _setting_validation(setting: Setting, ref: str) -> Validation | None:
    message = f"{setting.label}: {_MUST[setting.kind]}."
    if setting.choices:
        return Validation(ref, "list", source=",".join(setting.choices), message=message)
    if setting.kind is ColumnKind.DATE:
        return Validation(ref, "date", minimum=_EARLIEST, maximum=_LATEST, message=message)
    if setting.kind is ColumnKind.MONEY:
        return Validation(ref, "decimal", minimum=-_GREATEST, maximum=_GREATEST, message=message)
    return None


def _plain_value(setting: Setting, value: object) -> float | str | None:
    if value is None:
        return None
    if setting.kind is ColumnKind.DATE:
        return float(excel_days(np.array([value], dtype="datetime64[D]"))[0])
    if setting.kind is ColumnKind.MONEY:
        return float(str(value))
    return str(value)
