"""The ledger of a workbook on disk: beside it, or at a URL; and what stands typed on its C-7."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.read import read_sheet
from invval_xl.hosts.file.shares import facts_of
from invval_xl.ledger.chain import Anchor
from invval_xl.ledger.store import Ledger, beside
from invval_xl.runs.memory import Memory
from invval_xl.workpapers.review_input import NAME, read_review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invval_xl.findings import Finding
    from invval_xl.runs.refresh_reserve import RefreshRequest
    from invval_xl.tables.grid import RawBook
    from invval_xl.workpapers.review_input import TypedLine

__all__ = ["ledger_facts", "ledger_of", "ledger_walk", "memory_of", "typed_of", "with_memory"]


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


def with_memory(
    request: RefreshRequest, book: Path, raw: RawBook, ledger_url: str = ""
) -> RefreshRequest:
    """The request with what the workbook's ledger remembers and what stands typed on its C-7.

    Every run that lays the papers of a workbook asks so: refresh, record, export and verify.
    """
    memory = memory_of(ledger_of(book, ledger_url))
    return replace(request, memory=memory, typed=typed_of(book, raw))


def ledger_facts(book: Path, ledger_url: str = "") -> Mapping[str, object] | None:
    """Name, count and head of the workbook's ledger, for an export's manifest to print."""
    ledger = ledger_of(book, ledger_url)
    if not ledger.exists:
        return None
    anchor = ledger.anchor()
    return {"name": ledger.name, "count": anchor.count, "head": anchor.head}


def ledger_walk(
    book: Path, ledger_url: str = ""
) -> Callable[[Mapping[str, Any]], tuple[tuple[Finding, ...], str]] | None:
    """What walks the ledger's chain against the anchor of a manifest; ``None`` where none lies."""
    ledger = ledger_of(book, ledger_url)
    if not ledger.exists:
        return None

    def walk(manifest: Mapping[str, Any]) -> tuple[tuple[Finding, ...], str]:
        printed = manifest.get("ledger") or {}
        anchors = [Anchor(int(printed["count"]), str(printed["head"]))] if printed else []
        carried = (manifest.get("decisions") or {}).get("entries") or {}
        each = [Anchor(int(seq), str(digest)) for seq, digest in carried.items()]
        found = ledger.verify_chain([*anchors, *each])
        held = f"{ledger.anchor().count:,} entries of {ledger.name} walked"
        against = f", held against the {anchors[0].count:,} printed" if anchors else ""
        against += f" and the {len(each):,} the binder carries" if each else ""
        return found, held + against + ("" if found else "; the chain is whole")

    return walk
