"""Which rows of a sheet are data: totals, repeated headers, blanks and merges told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import Column, ColumnKind, Contract
from invval_xl.tables.grid import Cells, Grid, Kind
from invval_xl.tables.headers import HeaderPlace, spelling
from invval_xl.tables.numbers import NUMERIC
from invval_xl.tables.words import take, tidy, without_blanks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    from invval_xl.tables.gather import Gather

__all__ = ["OpenSheet", "Totals", "choose_rows", "declared_totals", "open_cells", "row_stake"]

Totals = tuple[int, int, int, int]
"""Where an Excel table has its totals rows: first and last row, first and last column, from 1."""

_TOTAL = re.compile(
    r"^(?:(?:grand|sub|sheet|report|overall|company|inventory)[ -]*)?totals?:?$"
    r"|^totals? (?:for|of|all)\b.*$|^.* (?:sub-?|grand )?totals?:?$"
    r"|^(?:sum|summe|gesamt|gesamtsumme|total general|total général|totale|totaal|sum total)[:.]?$",
    re.IGNORECASE,
)
_CENT = 0.01
_FEW = 200
_ADDITIVE = (ColumnKind.UNITS, ColumnKind.MONEY)


@dataclass(frozen=True, eq=False)
class OpenSheet:
    """A sheet whose header was found: its cells by contract column, whole height."""

    contract: Contract
    grid: Grid
    place: HeaderPlace
    cells: Mapping[str, Cells]

    @property
    def letters(self) -> dict[str, str]:
        """Contract column to sheet column letter."""
        return self.place.letters

    def column(self, name: str) -> Column:
        """Find the contract's column."""
        return self.contract.column(name)

    def only(self, rows: NDArray[np.int64]) -> OpenSheet:
        """Give the same sheet with those body rows only."""
        if len(rows) == self.grid.rows:
            return self
        return replace(self, cells={name: take(c, rows) for name, c in self.cells.items()})


def identity(contract: Contract) -> tuple[str, ...]:
    """List the columns without which a row is nobody's: required keys, or else the first column."""
    keys = tuple(c.name for c in contract.columns if c.required and c.kind is ColumnKind.KEY)
    return keys or (contract.columns[0].name,)


def declared_totals(
    contract: Contract, place: HeaderPlace, totals: Iterable[Totals]
) -> frozenset[int]:
    """Totals rows of the Excel table the keys stand in; one beside it sums rows of its own."""
    keys = [place.columns[name] + 1 for name in identity(contract) if name in place.columns]
    return frozenset(
        row
        for first, last, left, right in totals
        if any(left <= key <= right for key in keys)
        for row in range(first, last + 1)
    )


def open_cells(contract: Contract, grid: Grid, place: HeaderPlace) -> OpenSheet:
    """Cut a grid into the contract's columns; text of mere spaces counts as blank."""
    blank = Cells(np.zeros(grid.rows, dtype=np.uint8), np.full(grid.rows, np.nan))
    cells = {
        name: without_blanks(grid.body[index]) if index < len(grid.body) else blank
        for name, index in place.columns.items()
    }
    return OpenSheet(contract, grid, place, cells)


def row_stake(sheet: OpenSheet) -> NDArray[np.float64] | None:
    """Dollars of each body row as far as plain numbers tell; ``None`` where a sheet has no money.

    The balance set answers with EOP at cost, or BOP at cost where EOP cannot be read.
    """

    def number(name: str) -> NDArray[np.float64] | None:
        cells = sheet.cells.get(name)
        if cells is None:
            return None
        return np.where(cells.kind == Kind.NUMBER, cells.number, np.nan)

    for first, second in (("units_remaining", "unit_cost"), ("units", "unit_price")):
        units, price = number(first), number(second)
        if units is not None and price is not None:
            return units * price
    stake: NDArray[np.float64] | None = None
    for name in ("eop_cost", "bop_cost", "net_sales", "net_proceeds", "gross_proceeds",
                 "opening_reserve"):  # fmt: skip
        values = number(name)
        if values is not None:
            stake = values if stake is None else np.where(np.isnan(stake), values, stake)
    return stake


def _filled(cells: Cells) -> NDArray[np.bool_]:
    return np.asarray(cells.kind != Kind.BLANK)


def _content(sheet: OpenSheet) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows with an identity, and rows with anything at all that is not a zero or an error."""
    rows = sheet.grid.rows
    named = np.zeros(rows, dtype=bool)
    anything = np.zeros(rows, dtype=bool)
    for name in identity(sheet.contract):
        if name in sheet.cells:
            named |= _filled(sheet.cells[name])
    for name, cells in sheet.cells.items():
        if sheet.column(name).kind in NUMERIC:
            anything |= (cells.kind == Kind.NUMBER) & (cells.number != 0)
            anything |= cells.kind == Kind.TEXT
        elif sheet.column(name).kind is not ColumnKind.DATE:
            anything |= (cells.kind == Kind.TEXT) | (cells.kind == Kind.NUMBER)
    return named, anything | named


def choose_rows(
    sheet: OpenSheet, gather: Gather, *, known_skus: Collection[str] = ()
) -> NDArray[np.int64]:
    """Positions of the body rows that are data; what is left out is reported with its dollars.

    Parameters
    ----------
    sheet
        The open sheet.
    gather
        Where findings go.
    known_skus
        SKUs of the item master, as the cells spell them: a row of a known SKU is never taken
        for a total.
    """
    named, used = _content(sheet)
    stake = row_stake(sheet)
    tabled = _tabled(sheet) & used
    labelled = (_labelled(sheet, known_skus) & used) | tabled
    header = _repeated_header(sheet) & used
    first = sheet.cells.get(identity(sheet.contract)[0])
    nameless = used & ~(_filled(first) if first is not None else named)
    strangers = np.zeros(len(used), dtype=bool)
    if known_skus and first is not None:
        strangers = used & ~_known(first, known_skus)
    candidates = (nameless | labelled | strangers) & ~header
    sums = _equal_to_sums(sheet, used & ~candidates & ~header, candidates)
    notes = _footnotes(sheet, used & strangers) & ~labelled
    totals = (labelled | (sums & (nameless | strangers))) & ~notes
    orphans = used & ~named & ~totals & ~header

    def at(mask: NDArray[np.bool_], code: str, **more: object) -> None:
        positions = np.flatnonzero(mask)
        gather.many(
            code,
            sheet=sheet.grid.sheet,
            positions=positions,
            cell=lambda p: f"{_first_letter(sheet)}{sheet.grid.body_row + p}",
            facts=lambda p: {"how": _how(p, tabled, labelled, sums), **more},
            dollars=None if stake is None else stake[positions],
        )

    at(totals, "TB118")
    at(orphans, "TB119", header=sheet.column(identity(sheet.contract)[0]).header)
    at(header, "TB123")
    at(notes, "TB125")
    keep = np.flatnonzero(used & ~totals & ~orphans & ~header & ~notes)
    _say_blanks(sheet, used, gather)
    _say_hidden(sheet, keep, stake, gather)
    return keep


def _tabled(sheet: OpenSheet) -> NDArray[np.bool_]:
    """Rows that an Excel table says are its totals row, whatever stands in them."""
    mask = np.zeros(sheet.grid.rows, dtype=bool)
    at = [row - sheet.grid.body_row for row in sheet.grid.totals_rows]
    mask[[p for p in at if 0 <= p < len(mask)]] = True
    return mask


def _how(
    position: int,
    tabled: NDArray[np.bool_],
    labelled: NDArray[np.bool_],
    sums: NDArray[np.bool_],
) -> str:
    if tabled[position]:
        return "is the totals row of an Excel table"
    if labelled[position]:
        return "is labelled a total" + (
            " and equals the rows it sums"
            if sums[position]
            else "; its figures are not the sum of the rows above"
        )
    return "equals the sum of the rows it stands under"


def _first_letter(sheet: OpenSheet) -> str:
    letters = sheet.letters
    for name in identity(sheet.contract):
        if name in letters:
            return letters[name]
    return "A"


def _labelled(sheet: OpenSheet, known_skus: Collection[str]) -> NDArray[np.bool_]:
    """Rows whose key says total, or that have no SKU and whose words say so."""
    mask = np.zeros(sheet.grid.rows, dtype=bool)
    keys = identity(sheet.contract)
    first = sheet.cells.get(keys[0])
    blank = ~_filled(first) if first is not None else np.ones(sheet.grid.rows, dtype=bool)
    for name, cells in sheet.cells.items():
        kind = sheet.column(name).kind
        if kind not in {ColumnKind.KEY, ColumnKind.TEXT, ColumnKind.DATE, ColumnKind.CHOICE}:
            continue
        words = cells.words
        if words is None:
            continue
        flags = [
            len(text) <= 80 and bool(_TOTAL.match(tidy(text))) and text not in known_skus  # noqa: PLR2004 - a label, not a paragraph
            for text in words.unique
        ]
        said = words.spread(flags, len(mask))
        mask |= said if name == keys[0] else said & blank
    return mask


def _repeated_header(sheet: OpenSheet) -> NDArray[np.bool_]:
    """Rows that repeat the header, as page breaks of a printed report do."""
    mask = np.zeros(sheet.grid.rows, dtype=bool)
    name = identity(sheet.contract)[0]
    words = sheet.cells[name].words if name in sheet.cells else None
    if words is None:
        return mask
    top = sheet.grid.top
    index = sheet.place.columns[name]
    spelled = {
        spelling(top[row - 1][index])
        for row in sheet.place.header_rows
        if row - 1 < len(top) and index < len(top[row - 1])
    } - {""}
    flags = [spelling(text) in spelled if len(text) < 40 else False for text in words.unique]  # noqa: PLR2004 - no header is that long
    return words.spread(flags, len(mask))


def _footnotes(sheet: OpenSheet, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows that hold words in the first key column and nothing else at all."""
    name = identity(sheet.contract)[0]
    alone = rows & np.asarray(sheet.cells[name].kind == Kind.TEXT) if name in sheet.cells else rows
    for other, cells in sheet.cells.items():
        if other != name and alone.any():
            alone &= cells.kind == Kind.BLANK
    return alone


def _known(cells: Cells, known_skus: Collection[str]) -> NDArray[np.bool_]:
    """Rows whose SKU cell is in the item master (by text, or by the number's digits)."""
    mask = np.asarray(cells.kind != Kind.TEXT)
    words = cells.words
    if words is not None:
        mask = mask | words.spread([tidy(t) in known_skus for t in words.unique], len(cells))
    return mask


def _equal_to_sums(
    sheet: OpenSheet, normal: NDArray[np.bool_], candidates: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Candidates whose figures all equal the sum of the rows above, or since the last one."""
    result = np.zeros(len(normal), dtype=bool)
    at = np.flatnonzero(candidates)
    if not 0 < len(at) <= _FEW or np.count_nonzero(normal) < 2:  # noqa: PLR2004 - a sum needs two
        return result
    agree = np.ones((3, len(at)), dtype=bool)
    nonzero = np.zeros(len(at), dtype=np.int64)
    columns = 0
    above = np.concatenate(([0], np.cumsum(normal)))[at]
    since = above - np.concatenate(([0], above[:-1]))
    for name, cells in sheet.cells.items():
        if sheet.column(name).kind not in _ADDITIVE:
            continue
        columns += 1
        value = np.where(cells.kind == Kind.NUMBER, cells.number, 0.0)
        running = np.concatenate(([0.0], np.cumsum(np.where(normal, value, 0.0))))
        up_to = running[at]
        segment = up_to - np.concatenate(([0.0], up_to[:-1]))
        own = value[at]
        given = cells.kind[at] == Kind.NUMBER
        slack = _CENT + 1e-9 * np.abs(own)
        for i, total in enumerate((up_to, segment, np.full(len(at), running[-1]))):
            agree[i] &= ~given | (np.abs(own - total) <= slack)
        nonzero += given & (own != 0)
    enough = nonzero >= min(2, max(columns, 1))
    spans = np.vstack((above >= 2, since >= 2, np.full(len(at), True)))  # noqa: PLR2004 - as above
    result[at] = enough & (agree & spans).any(axis=0)
    return result


def _say_blanks(sheet: OpenSheet, used: NDArray[np.bool_], gather: Gather) -> None:
    at = np.flatnonzero(used)
    if not len(at):
        return
    inside = np.flatnonzero(~used[at[0] : at[-1]])
    if len(inside):
        gather.one(
            "TB120",
            sheet=sheet.grid.sheet,
            cell=f"{_first_letter(sheet)}{sheet.grid.body_row + int(at[0] + inside[0])}",
            count=len(inside),
            blank_rows=len(inside),
        )


def _say_hidden(
    sheet: OpenSheet, keep: NDArray[np.int64], stake: NDArray[np.float64] | None, gather: Gather
) -> None:
    grid = sheet.grid
    if grid.hidden_rows:
        hidden = np.isin(keep + grid.body_row, np.fromiter(grid.hidden_rows, dtype=np.int64))
        if hidden.any():
            at = keep[hidden]
            gather.one(
                "TB113" if grid.filtered else "TB112",
                sheet=grid.sheet,
                cell=f"{_first_letter(sheet)}{grid.body_row + int(at[0])}",
                dollars=None if stake is None else float(np.nansum(stake[at])),
                count=len(at),
                hidden=len(at),
                rows=len(keep),
            )
    columns = [
        f"{letter} ({sheet.column(name).header})"
        for name, letter in sheet.letters.items()
        if sheet.place.columns[name] + 1 in grid.hidden_columns
    ]
    if columns:
        gather.one("TB114", sheet=grid.sheet, count=len(columns), columns=", ".join(columns))
    if grid.state != "visible":
        gather.one("TB115", sheet=grid.sheet, rows=len(keep))
