"""Evidence as CSV: the cells of the input sheets, and of those the rows that each paper draws on.

Text is quoted and numbers are bare, so a changed type shows; text that a spreadsheet would take
for a formula (``= + - @``, a tab, a line end) gets an apostrophe in front. The first column is the
sheet's own row number, so every line leads back to its cells.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import CellError, CellUncalculated, Grid, Kind, column_letter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from invval_xl.tables.grid import Cells
    from invval_xl.workpapers.case import Case

__all__ = ["EXTRACTS", "ChangedCell", "Extract", "changed_cells", "extracts", "sheet_csv"]

EXTRACTS: dict[str, tuple[str, ...]] = {
    "C-2": ("BalanceSet", "CostLayers", "Locations"),
    "C-3": ("ItemMaster", "SalesHistory", "MarketPrices", "FirmOrders", "Quality", "Assumptions"),
    "C-4": ("OpeningReserve", "Disposals"),
    "C-5": ("PurchaseCommitments",),
}
"""The sheets each paper's source names, by their contracts."""

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")  # the last so that guarding is reversible
_FIELD = re.compile(r'"(?:[^"]|"")*"|[^,]*')
_NEVER = "(formula never calculated)"
_END = "\r\n"


def sheet_csv(grid: Grid, rows: Collection[int] | None = None) -> str:
    """The cells of ``grid`` as CSV.

    Parameters
    ----------
    rows
        Sheet rows of the body to take, with the header row above them; ``None``: every row.

    Examples
    --------
    >>> data = sheet_csv(Grid("S", (("SKU", "Note"), (7, "=cmd|x")), (), 3))
    >>> print(data.replace(chr(13) + chr(10), " / ").strip(" /"))
    Row,A,B / 1,"SKU","Note" / 2,7,"'=cmd|x"
    """
    width = max([len(grid.body), *(len(row) for row in grid.top)], default=0)
    lines = [",".join(["Row", *(column_letter(i) for i in range(1, width + 1))])]
    top = enumerate(grid.top, start=1)
    for number, values in top if rows is None else list(top)[-1:]:
        fields = [_top_field(v) for v in values] + [""] * (width - len(values))
        lines.append(",".join([str(number), *fields]))
    at = _positions(grid, rows)
    columns = [_fields(column, at) for column in grid.body]
    columns += [[""] * len(at)] * (width - len(columns))
    for row, *fields in zip((at + grid.body_row).tolist(), *columns, strict=True):
        if rows is not None or any(fields):
            lines.append(",".join([str(row), *fields]))
    return _END.join(lines) + _END


def _positions(grid: Grid, rows: Collection[int] | None) -> NDArray[np.int64]:
    if rows is None:
        return np.arange(grid.rows)
    return np.array(sorted(rows), dtype=np.int64) - grid.body_row


def _quoted(text: str) -> str:
    guarded = f"'{text}" if text.startswith(_DANGEROUS) else text
    return '"' + guarded.replace('"', '""') + '"'


def _number(number: float) -> str:
    return repr(number + 0.0).removesuffix(".0")


def _moment(serial: float) -> str:
    moment = _EPOCH + dt.timedelta(milliseconds=round(serial * 86_400_000))
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat()


def _top_field(value: object) -> str:
    if isinstance(value, CellError | CellUncalculated):
        return str(value) if isinstance(value, CellError) else _NEVER
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return "" if value is None else _number(float(value))  # type: ignore[arg-type]


def _fields(column: Cells, at: NDArray[np.int64]) -> list[str]:
    kinds, numbers = column.kind[at].tolist(), column.number[at].tolist()
    texts = [None] * len(at) if column.text is None else column.text[at].tolist()
    return [_field(*cell) for cell in zip(kinds, numbers, texts, strict=True)]


def _field(kind: int, number: float, text: str | None) -> str:
    if kind == Kind.NUMBER:
        return _number(number)
    if kind == Kind.TEXT:
        return _quoted(text or "")
    if kind == Kind.DATE:
        return _moment(number)
    if kind == Kind.BOOLEAN:
        return "TRUE" if number else "FALSE"
    if kind == Kind.ERROR:
        return text or ""
    return _NEVER if kind == Kind.UNCALCULATED else ""


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell of an input sheet that is not what the evidence says: both as CSV spells them."""

    cell: str
    stands: str
    expected: str


def changed_cells(evidence: str, grid: Grid) -> Iterator[ChangedCell]:
    """The cells of ``grid`` that differ from its evidence (a text of :func:`sheet_csv`).

    Examples
    --------
    >>> was, now = Grid("S", (("SKU", 7),), (), 2), Grid("S", (("SKU", "7"),), (), 2)
    >>> list(changed_cells(sheet_csv(was), now))
    [ChangedCell(cell='B1', stands='"7"', expected='7')]
    """
    stands = sheet_csv(grid)
    if stands == evidence:
        return
    before, after = _by_row(evidence), _by_row(stands)
    for row in sorted(before.keys() | after.keys()):
        if before.get(row) == after.get(row):
            continue
        pairs = zip_longest(
            _split(before.get(row, "")), _split(after.get(row, "")), fillvalue=""
        )  # fmt: skip
        for column, (expected, found) in enumerate(pairs, start=1):
            if expected != found:
                yield ChangedCell(f"{column_letter(column)}{row}", found, expected)


def _by_row(text: str) -> dict[int, str]:
    """The lines by sheet row; quoted fields may run over lines."""
    rows: dict[int, str] = {}
    held = ""
    for line in text.split(_END)[1:]:
        held = f"{held}{_END}{line}" if held else line
        if held.count('"') % 2:
            continue
        number, _, rest = held.partition(",")
        if number.isdigit():
            rows[int(number)] = rest
        held = ""
    return rows


def _split(line: str) -> list[str]:
    """The fields of a line as they are spelled, quotes and all."""
    fields, at = [], 0
    while at <= len(line):
        found = _FIELD.match(line, at)
        assert found is not None
        fields.append(found[0])
        at = found.end() + 1
    return fields


@dataclass(frozen=True)
class Extract:
    """The rows of one sheet that one paper draws on."""

    paper: str
    contract: str
    sheet: str
    rows: tuple[int, ...]
    words: str


def extracts(case: Case) -> tuple[Extract, ...]:
    """Which rows of which sheet each paper rests on, those of the period where there is one."""
    found = []
    for paper, contracts in EXTRACTS.items():
        for contract in contracts:
            table = case.tables.get(contract)
            if table is None or not len(table):
                continue
            keep, words = _drawn_on(case, contract)
            rows = tuple(int(r) for r in table.rows[keep])
            found.append(Extract(paper, contract, table.sheet, rows, words))
    return tuple(found)


def _drawn_on(case: Case, contract: str) -> tuple[NDArray[np.bool_], str]:
    table = case.tables.by_name[contract]
    frame = table.frame
    as_of = np.datetime64(case.as_of)
    if contract == "BalanceSet":
        return (frame["period_end"] == as_of).to_numpy(), f"period end {case.as_of}"
    if contract == "SalesHistory":
        days = int(case.proposal.policy.number("demand_window_days"))
        end = min(as_of, frame["date"].max().to_datetime64().astype("datetime64[D]"))
        since = end - np.timedelta64(days, "D")
        inside = (frame["date"] > since) & (frame["date"] <= end)
        return inside.to_numpy(), f"the {days} days to {end}"
    if contract in ("ItemMaster", "CostLayers", "MarketPrices", "FirmOrders", "Quality"):
        held = frame["sku"].isin(set(case.lines["sku"])).to_numpy()
        return held, "of the items valued"
    return np.ones(len(table), dtype=bool), "every row"
