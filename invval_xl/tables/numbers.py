"""Numeric columns: float64 with NaN for unknown, every doubtful cell reported, none guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import Column, ColumnKind
from invval_xl.tables.digits import fifteen_digits
from invval_xl.tables.grid import Cells, Kind
from invval_xl.tables.number_text import NumberText, number_text
from invval_xl.tables.words import guard, report_unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.tables.gather import Site
    from invval_xl.tables.grid import Worded

__all__ = ["NUMERIC", "read_numbers"]

NUMERIC = frozenset(
    {ColumnKind.UNITS, ColumnKind.MONEY, ColumnKind.PRICE, ColumnKind.RATE, ColumnKind.DAYS,
     ColumnKind.NUMBER}
)  # fmt: skip
_MOST = 1e15  # beyond 15 digits a workbook does not hold a number exactly


def read_numbers(
    cells: Cells,
    site: Site,
    column: Column,
    *,
    blank_is_zero: bool = False,
    any_sign: bool = False,
    currency: str = "",
) -> NDArray[np.float64]:
    """Read a numeric column.

    Parameters
    ----------
    cells
        The column as the host read it.
    site
        Where it stands and what is at stake in each row.
    column
        The contract's column: kind, sign, required.
    blank_is_zero
        For the movements of the balance set: a blank in a column that is there means no
        movement. Anywhere else a blank is unknown.
    any_sign
        Do not report negative numbers here (the foot tests name sign flips with their dollars).
    currency
        The entity's currency; a text amount that names another one is refused.

    Returns
    -------
    numpy.ndarray
        float64 of at most fifteen digits, NaN where unknown or refused.
    """
    kind = cells.kind
    values = np.where(kind == Kind.NUMBER, cells.number, np.nan)
    held = np.bincount(kind, minlength=len(Kind))
    if held[Kind.ERROR] or held[Kind.UNCALCULATED]:
        report_unreadable(cells, site)
    if held[Kind.TEXT]:
        words = cells.words
        guard(words, site)
        if words is not None:
            _read_texts(words, values, site, column, currency)
    if held[Kind.BOOLEAN] or held[Kind.DATE]:
        _refuse_kinds(cells, site)
    infinite = (kind == Kind.NUMBER) & ~np.isfinite(cells.number)
    huge = np.abs(values) > _MOST
    for code, bad in (("TB209", infinite), ("TB216", huge & ~infinite)):
        if bad.any():
            site.report(code, bad, lambda at: {"number": f"{cells.number[at]:g}"})
            values[bad] = np.nan
    if held[Kind.BLANK]:
        if blank_is_zero:
            values[kind == Kind.BLANK] = 0.0
        elif site.required:
            site.report("TB204", kind == Kind.BLANK)
    _range(values, site, column, any_sign)
    return fifteen_digits(values)


def _range(values: NDArray[np.float64], site: Site, column: Column, any_sign: bool) -> None:
    """Refuse what cannot be: a negative price, a rate of 8 where 0.08 is meant."""
    if column.kind is ColumnKind.RATE:
        bad = (values < 0) | (values > 1)
        code = "TB211"
    elif column.signed or any_sign:
        return
    else:
        bad = values < 0
        code = "TB210"
    if bad.any():
        shown = values.copy()
        site.report(code, bad, lambda at: {"number": f"{shown[at]:,.15g}"})
        values[bad] = np.nan


def _refuse_kinds(cells: Cells, site: Site) -> None:
    def facts(at: int) -> dict[str, object]:
        if cells.kind[at] == Kind.BOOLEAN:
            text = "TRUE" if cells.number[at] else "FALSE"
        else:
            text = f"a date ({np.datetime64('1899-12-30') + int(cells.number[at])})"
        return {"text": text, "expected": "a number"}

    bad = (cells.kind == Kind.BOOLEAN) | (cells.kind == Kind.DATE)
    site.report("TB207" if site.required else "TB208", bad, facts)


def _read_texts(
    words: Worded, values: NDArray[np.float64], site: Site, column: Column, currency: str
) -> None:
    """Read the column's texts as numbers where each can mean only one thing."""
    read = [number_text(text) for text in words.unique]
    for i, reading in enumerate(read):
        if reading is not None and reading.percent and column.kind is not ColumnKind.RATE:
            read[i] = None
    marks = {reading.evidence for reading in read if reading is not None} - {""}
    mark = next(iter(marks)) if len(marks) == 1 else ""
    meant = [None if r is None else r.value(mark) for r in read]
    foreign = [_foreign(r, currency) for r in read]
    unread = [r is None for r in read]
    doubtful = [r is not None and m is None for r, m in zip(read, meant, strict=True)]
    rows = len(values)

    def text_at(at: int) -> str:
        i = int(np.searchsorted(words.positions, at))
        return words.unique[int(words.codes[i])]

    site.report(
        "TB207" if site.required else "TB208",
        words.spread(unread, rows),
        lambda at: {"text": text_at(at)[:60], "expected": "a number"},
    )
    site.report("TB206", words.spread(doubtful, rows), lambda at: _two_ways(text_at(at)))
    site.report(
        "TB217",
        words.spread(foreign, rows),
        lambda at: {"text": text_at(at)[:60], "currency": currency},
    )
    accepted = [m is not None and not f for m, f in zip(meant, foreign, strict=True)]
    numbers = np.array(
        [m if m is not None and ok else np.nan for m, ok in zip(meant, accepted, strict=True)]
    )
    values[words.positions] = numbers[words.codes]
    where = words.spread(accepted, rows)
    if where.any():
        first = int(np.flatnonzero(where)[0])
        money = column.kind is ColumnKind.MONEY
        site.summary(
            "TB205",
            where,
            at_stake=float(np.nansum(np.abs(values[where]))) if money else None,
            text=text_at(first)[:60],
            number=f"{values[first]:,.15g}",
        )


def _foreign(reading: NumberText | None, currency: str) -> bool:
    return bool(reading and reading.currency and currency and reading.currency != currency.upper())


def _two_ways(text: str) -> dict[str, object]:
    reading = number_text(text)
    assert reading is not None
    return {
        "text": text[:60],
        "first": f"{reading.point:,.15g}",
        "second": f"{reading.comma:,.15g}",
    }
