"""Date columns: datetime64[ns] with NaT for unknown; 03/04/2026 is not guessed at."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import Cells, Kind
from invval_xl.tables.words import guard, report_unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.tables.gather import Site
    from invval_xl.tables.grid import Worded

__all__ = ["DateText", "date_text", "read_dates", "settle_period_ends"]

_EPOCH = np.datetime64("1899-12-30", "D")
_FIRST, _LAST = 18_264, 73_415  # 1950-01-01 and 2100-12-31 as serials: outside, no business date
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z| ?[AP]M)?)?"
_ISO = re.compile(rf"^(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}$", re.IGNORECASE)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})[-/.](\d{1,2})$")
_NUMERIC = re.compile(rf"^(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_CLOCK}$", re.IGNORECASE)
_DAY_NAME = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th)?[ \-./]*([a-z]{3,9})\.?[ \-.,/]*(\d{4})$", re.IGNORECASE
)
_NAME_DAY = re.compile(
    r"^([a-z]{3,9})\.?[ \-]*(\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(\d{4})$", re.IGNORECASE
)
_NAME_MONTH = re.compile(r"^([a-z]{3,9})\.?[ \-,/]*(\d{4})$", re.IGNORECASE)
_MONTHS = {name[:3].casefold(): number for number, name in enumerate(calendar.month_name) if name}
_NEAR_DAYS = 6


@dataclass(frozen=True, slots=True)
class DateText:
    """What a text can mean: as day first, as month first; ``month_only`` where it names no day."""

    day_first: dt.date | None
    month_first: dt.date | None
    month_only: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether the two readings differ."""
        both = self.day_first is not None and self.month_first is not None
        return both and self.day_first != self.month_first

    @property
    def evidence(self) -> str:
        """The order this text proves: ``"d"``, ``"m"`` or nothing."""
        if (self.day_first is None) == (self.month_first is None):
            return ""
        return "d" if self.month_first is None else "m"

    def value(self, order: str = "") -> dt.date | None:
        """Give the date, with ``order`` as the column's habit where it is needed."""
        if self.ambiguous:
            return {"d": self.day_first, "m": self.month_first}.get(order)
        return self.day_first or self.month_first


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> dt.date | None:
    if not 1 <= month <= 12:  # noqa: PLR2004 - months
        return None
    return _date(year, month, calendar.monthrange(year, month)[1])


def _named(name: str) -> int:
    """Month number of an English month name or its abbreviation; 0 where it is none."""
    number = _MONTHS.get(name[:3].casefold(), 0)
    full = calendar.month_name[number].casefold() if number else ""
    return number if full.startswith(name.casefold()) or name.casefold() == "sept" else 0


def date_text(text: str) -> DateText | None:
    """Read a text as a date in every way it can be meant; ``None`` where it is none.

    Examples
    --------
    >>> date_text("2026-10-31").value(), date_text("31.10.2026").value()
    (datetime.date(2026, 10, 31), datetime.date(2026, 10, 31))
    >>> date_text("03/04/2026").ambiguous, date_text("03/13/2026").value()
    (True, datetime.date(2026, 3, 13))
    """
    core = unicodedata.normalize("NFKC", text).strip()
    one: dt.date | None = None
    if found := _ISO.match(core):
        one = _date(int(found[1]), int(found[3]), int(found[4]))
    elif found := _COMPACT.match(core):
        one = _date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _NUMERIC.match(core):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day_first = _date(year, second, first)
        # Points between the parts are written only where the day comes first.
        month_first = None if found[2] == "." else _date(year, first, second)
        return DateText(day_first, month_first) if day_first or month_first else None
    elif (found := _DAY_NAME.match(core)) and _named(found[2]):
        one = _date(int(found[3]), _named(found[2]), int(found[1]))
    elif (found := _NAME_DAY.match(core)) and _named(found[1]):
        one = _date(int(found[3]), _named(found[1]), int(found[2]))
    else:
        return _month_text(core)
    return DateText(one, one) if one else None


def _month_text(core: str) -> DateText | None:
    if found := _MONTH.match(core):
        end = _month_end(int(found[1]), int(found[2]))
    elif (found := _NAME_MONTH.match(core)) and _named(found[1]):
        end = _month_end(int(found[2]), _named(found[1]))
    else:
        return None
    return DateText(end, end, month_only=True) if end else None


def read_dates(cells: Cells, site: Site, *, period: bool = False) -> NDArray[np.datetime64]:
    """Read a date column.

    Parameters
    ----------
    cells, site
        The column, where it stands and what is at stake.
    period
        A period column: a text that names only a month means its last day.

    Returns
    -------
    numpy.ndarray
        datetime64[ns], NaT where unknown or refused.
    """
    report_unreadable(cells, site)
    days = np.where(cells.kind == Kind.DATE, np.floor(cells.number), np.nan)
    _read_serials(cells, site, days)
    words = cells.words
    guard(words, site)
    if words is not None:
        _read_texts(words, days, site, period)
    outside = (days < _FIRST) | (days > _LAST)
    other = outside | (cells.kind == Kind.BOOLEAN) | ((cells.kind == Kind.DATE) & np.isnan(days))
    if other.any():
        shown = days.copy()

        def facts(at: int) -> dict[str, object]:
            known = not np.isnan(shown[at])
            text = str(_EPOCH + int(shown[at])) if known else "TRUE or FALSE"
            return {"text": text, "expected": "a date between 1950 and 2100"}

        site.report("TB401" if site.required else "TB402", other, facts)
        days[other] = np.nan
    if site.required:
        site.report("TB204", cells.kind == Kind.BLANK)
    known = ~np.isnan(days)
    dates = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[ns]")
    dates[known] = (_EPOCH + days[known].astype(np.int64)).astype("datetime64[ns]")
    return dates


def _read_serials(cells: Cells, site: Site, days: NDArray[np.float64]) -> None:
    """Numbers in a date column: serials, or dates written as 20261031."""
    plain = cells.kind == Kind.NUMBER
    if not plain.any():
        return
    numbers = cells.number
    serial = plain & (numbers >= _FIRST) & (numbers <= _LAST)
    days[serial] = np.floor(numbers[serial])
    for at in np.flatnonzero(plain & ~serial):
        meant = date_text(f"{numbers[at]:.0f}") if numbers[at] == np.floor(numbers[at]) else None
        value = meant.value() if meant else None
        if value is not None:
            days[at] = (np.datetime64(value) - _EPOCH).astype(int)
    unread = plain & np.isnan(days)
    if unread.any():
        site.report(
            "TB401" if site.required else "TB402",
            unread,
            lambda at: {"text": f"{numbers[at]:g}", "expected": "a date"},
        )
    accepted = plain & ~unread
    if accepted.any():
        first = int(np.flatnonzero(accepted)[0])
        site.summary(
            "TB405",
            accepted,
            text=f"{numbers[first]:g}",
            date=str(_EPOCH + int(days[first])),
        )


def _read_texts(words: Worded, days: NDArray[np.float64], site: Site, period: bool) -> None:
    read = [date_text(text) for text in words.unique]
    read = [None if r is not None and r.month_only and not period else r for r in read]
    orders = {r.evidence for r in read if r is not None} - {""}
    order = next(iter(orders)) if len(orders) == 1 else ""
    meant = [None if r is None else r.value(order) for r in read]
    rows = len(days)

    def text_at(at: int) -> str:
        return words.unique[int(words.codes[int(np.searchsorted(words.positions, at))])]

    site.report(
        "TB401" if site.required else "TB402",
        words.spread([r is None for r in read], rows),
        lambda at: {"text": text_at(at)[:60], "expected": "a date"},
    )

    def two_ways(at: int) -> dict[str, object]:
        reading = date_text(text_at(at))
        assert reading is not None
        return {"text": text_at(at), "first": reading.day_first, "second": reading.month_first}

    doubtful = [r is not None and m is None for r, m in zip(read, meant, strict=True)]
    site.report("TB403", words.spread(doubtful, rows), two_ways)
    serials = np.array(
        [np.nan if m is None else float((np.datetime64(m) - _EPOCH).astype(int)) for m in meant]
    )
    days[words.positions] = serials[words.codes]
    accepted = words.spread([m is not None for m in meant], rows)
    if accepted.any():
        first = int(np.flatnonzero(accepted)[0])
        site.summary(
            "TB404", accepted, text=text_at(first)[:60], date=str(_EPOCH + int(days[first]))
        )


def settle_period_ends(dates: NDArray[np.datetime64], site: Site) -> NDArray[np.datetime64]:
    """Bring period ends to the last day of the month, or keep them as given and say so.

    Where every period is dated the first of a month the sheet names months by their first day:
    they are moved to the last. Any other calendar (4-5-4 weeks, mid-month closes) is kept.

    Parameters
    ----------
    dates
        Period ends as read.
    site
        The column.
    """
    known = ~np.isnat(dates)
    if not known.any():
        return dates
    distinct = np.unique(dates[known]).astype("datetime64[D]")
    months = distinct.astype("datetime64[M]")
    ends = (months + 1).astype("datetime64[D]") - 1
    if (distinct == months.astype("datetime64[D]")).all():
        moved = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
        site.summary("TB406", known, text=str(distinct[-1]), date=str(ends[-1]))
        return moved.astype("datetime64[ns]")
    if (distinct != ends).any():
        off = distinct[distinct != ends]
        where = np.isin(dates.astype("datetime64[D]"), off)
        site.summary("TB407", where, text=str(off[-1]), periods=len(off))
    gaps = np.diff(distinct).astype(int)
    for i in np.flatnonzero(gaps < _NEAR_DAYS):
        where = dates.astype("datetime64[D]") == distinct[i + 1]
        site.summary("TB408", where, text=str(distinct[i]), date=str(distinct[i + 1]))
    return dates
