"""C-7 in the open workbook: what is typed there, its ledger, recording, and the next line."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import MisuseError
from invval_xl.hosts.com.quiet import quiet
from invval_xl.hosts.com.read_excel import read_excel, sheet_rows
from invval_xl.reserving.queue import MUST
from invval_xl.workpapers.review_input import NAME, review_from_rows

if TYPE_CHECKING:
    import datetime as dt

    from invval_xl.runs.memory import Memory
    from invval_xl.runs.refresh_reserve import RefreshRequest
    from invval_xl.workpapers.review_input import TypedLine

__all__ = ["next_line", "record_book", "remembered", "typed_lines"]


def typed_lines(book: Any) -> tuple[TypedLine, ...]:
    """What stands on the C-7 of ``book`` (an ``xw.Book``), saved or not."""
    sheet = _paper(book)
    return () if sheet is None else review_from_rows(sheet_rows(sheet))


def remembered(book: Any) -> Memory | None:
    """What the ledger beside the saved workbook remembers; ``None`` where none lies there."""
    from invval_xl.hosts.file.ledger import ledger_of, memory_of

    path = Path(book.fullname)
    return memory_of(ledger_of(path)) if path.is_file() else None


def record_book(book: Any, request: RefreshRequest, now: dt.datetime) -> str:
    """Take what is typed on C-7 into the ledger beside the saved workbook; the message to show.

    Raises
    ------
    RefusedError
        Where a line is refused; nothing was recorded.
    MisuseError
        Where the workbook has never been saved, or has no C-7.
    """
    from invval_xl.hosts.file.ledger import ledger_of
    from invval_xl.runs.record_decisions import record_decisions
    from invval_xl.runs.refresh_reserve import refresh_reserve

    path = Path(book.fullname)
    if not path.is_file():
        raise MisuseError("save the workbook first: its ledger is kept beside it")
    if not request.typed:
        raise MisuseError("there is no C-7 Review yet; press Refresh first")
    with quiet(book.app) as report:
        report("read the sheets", 0.0)
        read = read_excel(book)
        refreshed = refresh_reserve(read.value, request, report, read.findings)
        ledger = ledger_of(path)
        done = record_decisions(refreshed, request.typed, ledger, who=getpass.getuser(), now=now)
    text = f"{len(done.decisions)} decision(s) recorded in {ledger.name}"
    if done.already:
        text += f", {done.already} were there already"
    return f"{text}.\nRefresh carries them into the papers."


def next_line(book: Any) -> str:
    """Select the decision cell of the next line that must be decided; a message where none is.

    Raises
    ------
    MisuseError
        Where the workbook has no C-7.
    """
    sheet = _paper(book)
    lines = () if sheet is None else review_from_rows(sheet_rows(sheet))
    if sheet is None or not lines:
        raise MisuseError("there is no C-7 Review yet; press Refresh first")
    states = _column(sheet_rows(sheet), "Status")
    waiting = [t for t in lines if states.get(t.row) == MUST and t.act is None]
    if not waiting:
        return "No line waits for a decision: record what is typed, then refresh."
    here = _row_selected(book, sheet)
    line = next((t for t in waiting if t.row > here), waiting[0])
    sheet.impl.activate()  # the ribbon's own workbook is in front; the sheet alone comes forward
    sheet.range(line.cell("act")).select()
    return ""


def _paper(book: Any) -> Any:
    return next((s for s in book.sheets if s.name == NAME), None)


def _column(rows: list[list[object]], header: str) -> dict[int, object]:
    """Values under a header by sheet row."""
    for at, row in enumerate(rows):
        if header in row and "Proposal Hash" in row:
            place = row.index(header)
            return {n: r[place] for n, r in enumerate(rows[at + 1 :], start=at + 2)}
    return {}


def _row_selected(book: Any, sheet: Any) -> int:
    """The row the cursor stands in, where it stands on C-7; else 0."""
    selected = book.app.selection
    if selected is None or selected.sheet.name != sheet.name:
        return 0
    return int(selected.row)
