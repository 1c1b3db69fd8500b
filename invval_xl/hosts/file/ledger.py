"""The ledger of a workbook on disk: beside it, or at a URL; and what stands typed on its C-7."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.read import read_sheet
from invval_xl.hosts.file.shares import facts_of
from invval_xl.ledger.store import Ledger, beside
from invval_xl.runs.memory import Memory
from invval_xl.workpapers.review_input import NAME, read_review

if TYPE_CHECKING:
    from invval_xl.tables.grid import RawBook
    from invval_xl.workpapers.review_input import TypedLine

__all__ = ["ledger_of", "memory_of", "typed_of"]


def ledger_of(book: Path, url: str = "") -> Ledger:
    """The ledger at ``url``, or the one beside ``book``; none is created by asking.

    Raises
    ------
    RefusedError
        RW305 where it would be SQLite on a network share.
    """
    asked = url or beside(book)
    path = asked.partition("sqlite:///")[2]
    return Ledger(asked, facts_of(Path(path)) if path else None)


def memory_of(ledger: Ledger) -> Memory | None:
    """What a ledger remembers; ``None`` where there is none yet.

    Raises
    ------
    RefusedError
        RW301 to RW303 where an entry was edited, deleted or reordered: nothing is built on it.
    """
    if not ledger.exists:
        return None
    broken = ledger.verify_chain()
    if broken:
        raise RefusedError(broken)
    return Memory(ledger.read(), ledger.name, ledger.anchor().text)


def typed_of(book: Path, raw: RawBook) -> tuple[TypedLine, ...]:
    """What stands on the workbook's C-7; nothing where it has none."""
    if NAME not in raw.grids:
        return ()
    return read_review(read_sheet(book, NAME).value)
