"""What an analyst typed into C-7: read back from the paper, so that nothing typed is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.grid import Grid, Kind, column_letter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HEADERS", "NAME", "REASONS", "TypedLine", "read_review", "review_from_rows"]

NAME = "C-7 Review"

REASONS: tuple[str, ...] = (
    "agreed as proposed",
    "price evidence",
    "liquidator quote",
    "promotion planned",
    "vendor return agreed",
    "contract or firm order",
    "demand evidence",
    "seasonal return",
    "count or condition",
    "model error",
    "other",
)

HEADERS: Mapping[str, str] = {
    "act": "Decision",
    "reserve": "Decided Reserve",
    "price": "Decided Price",
    "reason": "Reason Code",
    "note": "Note",
    "reviewer": "Reviewer",
    "decided_on": "Date",
    "typed_against": "Typed Against",
    "proposal_hash": "Proposal Hash",
    "prior": "Prior Entry",
    "sku": "SKU",
    "location": "Location",
}
_TYPED = ("act", "reserve", "price", "reason", "note", "reviewer", "decided_on")
_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class TypedLine:
    """One line of C-7 as it stood: what was typed, on which proposal, and where.

    Cells are kept as they were typed (text, number or ``None``); :mod:`invval_xl.runs.record` says
    what is wrong with them. ``proposal_hash`` is that of the proposal it was typed against.
    """

    sku: str
    location: str
    act: object = None
    reserve: object = None
    price: object = None
    reason: object = None
    note: object = None
    reviewer: object = None
    decided_on: object = None
    proposal_hash: str = ""
    prior: str = ""
    row: int = 0
    letters: Mapping[str, str] | None = None

    @property
    def filled(self) -> bool:
        """Whether anything was typed."""
        return any(getattr(self, name) not in (None, "") for name in _TYPED)

    @property
    def day(self) -> dt.date | None:
        """The date typed, where it is one."""
        return as_day(self.decided_on)

    def cell(self, name: str) -> str:
        """A1 address of one of its cells."""
        return f"{(self.letters or {}).get(name, 'A')}{self.row}" if self.row else ""


def as_day(value: object) -> dt.date | None:
    """A cell's date: a date, a serial number, or ISO text.

    Examples
    --------
    >>> as_day(46328.0), as_day("2026-11-02"), as_day("soon")
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 2), None)
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, float) and 36526 <= value <= 73415:  # noqa: PLR2004 - 2000 to 2100
        return _EPOCH + dt.timedelta(days=int(value))
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    return None


def read_review(grid: Grid) -> tuple[TypedLine, ...]:
    """Every line of the paper's table; none where the sheet holds no such table."""
    top = [[_plain(v) for v in row] for row in grid.top]
    columns = []
    for cells in grid.body:
        kind, number, text = cells.kind, cells.number, cells.text
        column: list[object] = [None] * len(cells)
        for i in np.flatnonzero(kind != Kind.BLANK):
            word = text[i] if text is not None else None
            column[int(i)] = word if word is not None else float(number[i])
        columns.append(column)
    body = [list(row) for row in zip(*columns, strict=True)] if columns else []
    return review_from_rows([*top, *body])


def review_from_rows(rows: list[list[object]]) -> tuple[TypedLine, ...]:
    """The same from plain rows of cell values, the first being sheet row 1."""
    wanted = {header: name for name, header in HEADERS.items()}
    for at, row in enumerate(rows):
        held = {v for v in row if isinstance(v, str)}
        if {"SKU", "Location", "Decision", "Proposal Hash"} <= held:
            places = {wanted[v]: i for i, v in enumerate(row) if isinstance(v, str) and v in wanted}
            return tuple(_lines(rows, at + 1, places))
    return ()


def _lines(rows: list[list[object]], start: int, places: dict[str, int]) -> list[TypedLine]:
    letters = {name: column_letter(i + 1) for name, i in places.items()}
    out: list[TypedLine] = []
    for number, row in enumerate(rows[start:], start=start + 1):
        said: dict[str, Any] = {
            n: _plain(row[i]) if i < len(row) else None for n, i in places.items()
        }
        sku, location = said.pop("sku", None), said.pop("location", None)
        if not isinstance(sku, str) or not sku:
            break
        against = said.pop("typed_against", None)
        current = str(said.pop("proposal_hash") or "")
        prior = str(said.pop("prior", None) or "")
        line = TypedLine(sku, str(location or ""), **said, row=number, letters=letters, prior=prior)
        out.append(replace(line, proposal_hash=str(against or current)))
    return out


def _plain(value: object) -> object:
    if isinstance(value, str):
        tidy = value.strip()
        return tidy or None
    if isinstance(value, bool) or value is None:
        return value
    return float(value) if isinstance(value, (int, np.number)) else value
