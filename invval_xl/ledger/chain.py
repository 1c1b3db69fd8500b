"""The hash chain: each entry carries the hash of the one before; a walk names what was touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from invval_xl.findings import Finding
    from invval_xl.ledger.entries import Entry

__all__ = ["GENESIS", "Anchor", "walk_chain"]

GENESIS = "0" * 64
_NAMED = 50  # faults named one by one


@dataclass(frozen=True)
class Anchor:
    """Head and count: what exported papers print, and what a rewritten chain is held against."""

    count: int
    head: str

    @property
    def text(self) -> str:
        """As printed on a paper: ``14 entries, head 3f0a…``; :meth:`parse` reads it back."""
        return f"{self.count} entries, head {self.head}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read :attr:`text` back.

        Examples
        --------
        >>> Anchor.parse(Anchor(0, GENESIS).text) == Anchor(0, GENESIS)
        True
        """
        count, _, head = text.partition(" entries, head ")
        return cls(int(count), head.strip())


def walk_chain(entries: Iterable[Entry], anchors: Sequence[Anchor] = ()) -> tuple[Finding, ...]:
    """Walk the chain from its first entry and name each one edited, deleted or reordered.

    Parameters
    ----------
    entries
        In the order of their numbers.
    anchors
        Printed on papers earlier. Only against one of them is a cut tail, or a chain recomputed
        from an edit on, to be seen.

    Returns
    -------
    tuple of Finding
        RW301 edited, RW302 missing, RW303 reordered, RW304 against an anchor; empty where sound.
    """
    rows = list(entries)
    number_after = {row.hash: row.seq for row in rows}
    found: list[Finding] = []
    previous, expected, named = GENESIS, 1, False
    for row in rows:
        if row.seq > expected:
            gone = f"entry {expected}" + (f" to {row.seq - 1}" if row.seq - 1 > expected else "")
            found.append(finding("RW302", entry=gone, count=row.seq - expected, next=row.label))
        if row.digest() != row.hash:
            found.append(_touched(row, number_after))
        elif row.prev_hash != previous and row.seq == expected and not named:
            # Sound in itself, but not the follower of what stands before it: that one was changed
            # and its hash recomputed.
            found.append(finding("RW301", entry=f"entry {row.seq - 1}", before=row.label))
        named = row.digest() != row.hash
        previous, expected = row.hash, row.seq + 1
    by_number = {row.seq: row for row in rows}
    for anchor in anchors:
        if not anchor.count:
            continue
        at = by_number.get(anchor.count)
        if at is None or at.hash != anchor.head:
            found.append(
                finding(
                    "RW304",
                    count=anchor.count,
                    head=anchor.head[:16],
                    entry=f"entry {len(rows) + 1}" if at is None else at.label,
                    what="is not there any more" if at is None else "is not the one printed",
                )
            )
    return tuple(found[:_NAMED])


def _touched(row: Entry, number_after: dict[str, int]) -> Finding:
    """An entry whose hash does not fit: at its right number it may fit, and was then moved."""
    follows = number_after.get(row.prev_hash)
    original = 1 if row.prev_hash == GENESIS else (follows + 1 if follows else 0)
    for number in {original, *number_after.values()} - {0, row.seq}:
        if row.digest(seq=number) == row.hash:
            return finding("RW303", entry=row.label, original=number)
    return finding("RW301", entry=row.label, before="its own hash")
