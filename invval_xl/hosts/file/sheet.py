"""One worksheet part: streamed once, hashed, its cells gathered, its surroundings noted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from invval_xl.hosts.file.careful import CarefulCells, Context
from invval_xl.hosts.file.markup import local, new_parser, parse

if TYPE_CHECKING:
    from invval_xl.hosts.file.archive import Package
    from invval_xl.hosts.file.cells import ColumnStore
    from invval_xl.hosts.file.companion import Surroundings

__all__ = ["SheetScan", "scan_sheet"]


@dataclass(frozen=True)
class SheetScan:
    """What a scan leaves beside the store and the surroundings."""

    sha256: str
    hidden_rows: frozenset[int]


class _Hashed:
    """Passes pieces on and hashes them on the way."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._hash.update(piece)
            yield piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def scan_sheet(
    package: Package, context: Context, store: ColumnStore, around: Surroundings
) -> SheetScan:
    """Read one worksheet part into ``store`` and ``around``."""
    pieces = _Hashed(package.stream(context.part))
    hidden = _careful_sheet(iter(pieces), package, context, store, around)
    return SheetScan(pieces.sha256, frozenset(hidden))


def _careful_sheet(
    pieces: Iterator[bytes], package: Package, context: Context, store: ColumnStore,
    around: Surroundings,
) -> list[int]:  # fmt: skip
    """Read a whole sheet element by element."""
    cells = CarefulCells(context, store.add, package.limits.careful_elements)
    inside = False
    parser = new_parser()

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if inside:
            cells.started(tag, attributes)
        elif local(tag) == "sheetData":
            inside = True
        else:
            around.started(tag, attributes)

    def ended(tag: str) -> None:
        nonlocal inside
        if not inside:
            return
        if local(tag) == "sheetData":
            inside = False
        else:
            cells.ended(tag)

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = cells.text
    parse(parser, chain(pieces), name=package.name, part=context.part)
    cells.flush()
    return cells.hidden
