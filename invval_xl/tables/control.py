"""The Control sheet: ``Setting | Value`` in any order, typed, every trouble said."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.tables.contracts import CONTROL_SETTINGS, ColumnKind, Setting
from invval_xl.tables.dates import date_text
from invval_xl.tables.grid import CellError, CellUncalculated, Grid, column_letter
from invval_xl.tables.headers import spelling
from invval_xl.tables.number_text import number_text
from invval_xl.tables.table import Control
from invval_xl.tables.words import choice_of, tidy
from invval_xl.terms import CostFlow, Framework

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invval_xl.tables.gather import Gather

__all__ = ["read_control"]

_ERRORS = {"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!",
           "#CALC!", "#FIELD!", "#BLOCKED!", "#GETTING_DATA"}  # fmt: skip
_SERIALS = (18_264, 73_415)
_ISO_CODE = re.compile(r"^[A-Za-z]{3}$")
_MONTH_DAY = re.compile(r"^(\d{1,2})[-/](\d{1,2})$")
_UNKNOWN_DATE = dt.date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class _Entry:
    value: object
    cell: str
    label: str


def _spellings() -> tuple[dict[str, Setting], dict[str, Setting]]:
    own = {spelling(s.label): s for s in CONTROL_SETTINGS}
    own.update({spelling(s.name): s for s in CONTROL_SETTINGS})
    other = {spelling(word): s for s in CONTROL_SETTINGS for word in s.synonyms}
    return own, {k: s for k, s in other.items() if k not in own}


def _entries(grid: Grid, gather: Gather) -> dict[str, _Entry]:
    """Each setting's value: the cell under the heading Value, or the first to the right."""
    own, other = _spellings()
    under = _value_column(grid)
    found: dict[str, _Entry] = {}
    unknown: list[str] = []
    for r, row in enumerate(grid.top, start=1):
        at = next((i for i, v in enumerate(row) if isinstance(v, str) and v.strip()), None)
        if at is None:
            continue
        label = tidy(str(row[at]))
        key = spelling(label)
        setting = own.get(key) or other.get(key)
        places = range(at + 1, len(row)) if under is None else (under,)
        values = [(i, row[i]) for i in places if i < len(row) and not _blank(row[i])]
        if setting is None:
            if values and key not in {"setting", "name", "item"}:
                unknown.append(f"{label} ({column_letter(at + 1)}{r})")
            continue
        place, value = values[0] if values else (at + 1 if under is None else under, None)
        entry = _Entry(value, f"{column_letter(place + 1)}{r}", label)
        if key not in own:
            gather.one("TB505", sheet=grid.sheet, cell=f"{column_letter(at + 1)}{r}",
                       text=label, label=setting.label)  # fmt: skip
        earlier = found.get(setting.name)
        given = earlier is not None and not _blank(value) and not _blank(earlier.value)
        if given and earlier is not None and earlier.value != value:
            gather.one("TB503", sheet=grid.sheet, cell=entry.cell, label=setting.label,
                       first=earlier.cell, second=entry.cell)  # fmt: skip
            continue
        if earlier is None or _blank(earlier.value):
            found[setting.name] = entry
    if unknown:
        gather.one("TB504", sheet=grid.sheet, count=len(unknown), settings=", ".join(unknown[:20]))
    return found


def _value_column(grid: Grid) -> int | None:
    """Where the column headed Value stands (a Help column may stand beside it), if there is one."""
    for row in grid.top:
        headings = [spelling(v) if isinstance(v, str) else "" for v in row]
        if "setting" in headings and "value" in headings:
            return headings.index("value")
    return None


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not tidy(value))


def _money(value: object) -> float | None:
    if isinstance(value, (bool, dt.date)):
        return None
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        reading = number_text(value)
        return None if reading is None or reading.percent else reading.value()
    return None


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if _SERIALS[0] <= value <= _SERIALS[1]:
            return dt.date(1899, 12, 30) + dt.timedelta(days=int(value))
        value = f"{value:.0f}"
    if isinstance(value, str):
        reading = date_text(tidy(value))
        return reading.value() if reading else None
    return None


def _words(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(str(value)) if not isinstance(value, dt.date) else value.isoformat()[:10]


def _typed(setting: Setting, value: object) -> object:
    """Give the value in the setting's type; ``None`` where it cannot be."""
    if isinstance(value, (CellError, CellUncalculated)):
        return None
    if isinstance(value, str) and tidy(value) in _ERRORS:
        return None
    if setting.kind is ColumnKind.CHOICE:
        return choice_of(str(value), setting.choices)
    read = _READERS.get(setting.name) or _READERS.get(setting.kind.value) or _some_words
    return read(value)


def _some_words(value: object) -> str | None:
    return _words(value) or None


def _currency(value: object) -> str | None:
    code = _words(value)
    return code.upper() if _ISO_CODE.match(code) else None


def _month_and_day(value: object) -> str | None:
    """Read the end of a fiscal year as ``MM-DD``; a spreadsheet turns 12-31 into a date."""
    text = _words(value)
    found = _MONTH_DAY.match(text)
    day = date_text(f"2024-{found[1]}-{found[2]}") if found else None
    day = day or date_text(f"{text} 2024") or date_text(f"{text}, 2024")
    read = day.value() if day and not day.month_only else _day(value)
    return read.strftime("%m-%d") if read else None


#: How a setting is read, by its name or else its kind.
_READERS: Mapping[str, Callable[[object], object]] = {
    "currency": _currency,
    "fiscal_year_end": _month_and_day,
    ColumnKind.MONEY.value: _money,
    ColumnKind.DATE.value: _day,
}


def _expected(setting: Setting) -> str:
    if setting.choices:
        return "one of " + ", ".join(setting.choices)
    if setting.name == "currency":
        return "the currency's code of three letters"
    if setting.name == "fiscal_year_end":
        return "month and day, as 12-31"
    return {
        ColumnKind.MONEY: "one amount that can be read only one way",
        ColumnKind.DATE: "a date that can be read only one way",
    }.get(setting.kind, "a text")


def read_control(grid: Grid, gather: Gather) -> tuple[Control, Mapping[str, object]]:
    """Read the Control sheet.

    Parameters
    ----------
    grid
        The sheet, everything in ``top``.
    gather
        Where findings go.

    Returns
    -------
    Control
        Typed settings. Where a required one is missing or unreadable a STOP finding stands and
        a placeholder keeps the later checks going.
    Mapping
        The settings that were really read, by name.
    """
    entries = _entries(grid, gather)
    typed: dict[str, object] = {}
    for setting in CONTROL_SETTINGS:
        entry = entries.get(setting.name)
        if entry is None or _blank(entry.value):
            if setting.required:
                gather.one("TB501", sheet=grid.sheet, cell=entry.cell if entry else "",
                           label=setting.label, expected=_expected(setting))  # fmt: skip
            continue
        value = _typed(setting, entry.value)
        if value is None:
            gather.one("TB502", sheet=grid.sheet, cell=entry.cell,
                       label=setting.label, text=str(entry.value)[:60],
                       expected=_expected(setting))  # fmt: skip
            continue
        typed[setting.name] = value
    return _control(typed, grid.sheet, {n: e.cell for n, e in entries.items()}), typed


def _control(typed: Mapping[str, object], sheet: str, cells: Mapping[str, str]) -> Control:
    def words(name: str) -> str:
        return str(typed.get(name, ""))

    def money(name: str, default: float) -> float:
        value = typed.get(name)
        return value if isinstance(value, float) else default

    period_end = typed.get("period_end")
    materiality = typed.get("materiality")
    studied = words("study_skus").replace(";", ",").split(",")
    return Control(
        entity=words("entity"),
        period_end=period_end if isinstance(period_end, dt.date) else _UNKNOWN_DATE,
        framework=Framework(words("framework") or Framework.US_GAAP),
        currency=words("currency").upper(),
        cost_method=CostFlow(words("cost_method") or CostFlow.AVERAGE),
        gl_inventory=money("gl_inventory", math.nan),
        gl_reserve=money("gl_reserve", 0.0),
        measurement=words("measurement"),
        materiality=materiality if isinstance(materiality, float) else None,
        fiscal_year_end=words("fiscal_year_end") or "12-31",
        preparer=words("preparer"),
        reviewer=words("reviewer"),
        study_skus=tuple(sku.strip() for sku in studied if sku.strip()),
        sheet=sheet,
        cells=dict(cells),
    )
