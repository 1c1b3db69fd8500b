"""Decisions as data: what an export carries of a ledger, and of what stood typed on C-7.

A binder is judged where the ledger is not. What its papers rest on (decisions, postings and
sign-offs of this book, each with the hash it has in the chain; lines typed and not yet recorded)
goes with it as one file of plain text; entries of other books stay at home.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Entry
from invval_xl.runs.memory import Memory, book_id
from invval_xl.workpapers.review_input import TypedLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.tables.table import Control

__all__ = ["DECISIONS", "Carried", "carried", "packed", "unpacked"]

DECISIONS = "evidence/decisions.json"
"""Where an export holds them."""


@dataclass(frozen=True)
class Carried:
    """What a run remembered, as far as it bears on one book."""

    memory: Memory | None = None
    typed: tuple[TypedLine, ...] = ()

    @property
    def name(self) -> str:
        """Twelve digits of the file's hash; empty where there is nothing to carry."""
        if self.memory is None and not self.typed:
            return ""
        return hashlib.sha256(packed(self)).hexdigest()[:12]

    @property
    def hashes(self) -> dict[str, str]:
        """Each entry's hash in the chain by its number: what a ledger at hand is held against."""
        return {str(e.seq): e.hash for e in (self.memory.entries if self.memory else ())}

    def faults(self) -> tuple[Finding, ...]:
        """RW301 for each entry that is not what its hash in the chain says."""
        return tuple(
            finding("RW301", entry=e.label, before="its own hash")
            for e in (self.memory.entries if self.memory else ())
            if e.digest() != e.hash
        )


def carried(memory: Memory | None, typed: Sequence[TypedLine], control: Control) -> Carried:
    """What of them bears on this book: its own entries, and the lines with something typed."""
    kept = None
    if memory is not None:
        mine = tuple(e for e in memory.entries if e.book == book_id(control))
        kept = Memory(mine, memory.ledger, memory.anchor)
    return Carried(kept, tuple(line for line in typed if line.filled))


def packed(said: Carried) -> bytes:
    """The file: JSON, the same bytes for the same content."""
    memory = said.memory
    body = {
        "ledger": memory and {"name": memory.ledger, "anchor": memory.anchor},
        "entries": [asdict(e) for e in (memory.entries if memory else ())],
        "typed": [{**asdict(t), "letters": dict(t.letters or {})} for t in said.typed],
    }
    return (json.dumps(body, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def unpacked(data: bytes) -> Carried:
    """What :func:`packed` wrote.

    Raises
    ------
    ValueError
        Where it is no such file.
    """
    try:
        body: dict[str, Any] = json.loads(data)
        entries = tuple(Entry(**e) for e in body["entries"])
        typed = tuple(TypedLine(**t) for t in body["typed"])
        ledger = body["ledger"]
        memory = Memory(entries, str(ledger["name"]), str(ledger["anchor"])) if ledger else None
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"{DECISIONS} is not readable: {error!r}") from error
    return Carried(memory, typed)
