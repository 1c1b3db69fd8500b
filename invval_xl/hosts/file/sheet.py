"""One worksheet part: streamed once, hashed, its cells gathered, its surroundings noted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from invval_xl.hosts.file.careful import CarefulCells, Context
from invval_xl.hosts.file.markup import local, new_parser, parse
from invval_xl.hosts.file.swift import PADDING, SwiftCells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invval_xl.hosts.file.archive import Package
    from invval_xl.hosts.file.cells import ColumnStore
    from invval_xl.hosts.file.companion import Surroundings

__all__ = ["SheetScan", "scan_sheet"]

_SHEET_DATA = re.compile(rb"<(?P<prefix>[A-Za-z_][\w.-]*:)?sheetData(?:\s[^<>]*?)?(?P<empty>/)?>")
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["']""")
_LONGEST_HEAD = 1 << 20
_LONGEST_ROW = 1 << 25
_STRETCH = 1 << 18


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
    """Read one worksheet part into ``store`` and ``around``.

    Parameters
    ----------
    package, context
        The package, and what the sheet's cells refer to.
    store
        Takes the cells.
    around
        Takes what stands around them.

    Raises
    ------
    RefusedError
        Not well-formed, damaged, or beyond the limits.
    """
    pieces = _Hashed(package.stream(context.part))
    hidden = _Sheet(iter(pieces), package, context, store, around).read()
    return SheetScan(pieces.sha256, frozenset(hidden))


class _Sheet:
    """Cuts the stream into head, stretches of rows, and tail."""

    def __init__(
        self, pieces: Iterator[bytes], package: Package, context: Context, store: ColumnStore,
        around: Surroundings,
    ) -> None:  # fmt: skip
        self._pieces = pieces
        self._package = package
        self._context = context
        self._store = store
        self._around = around
        self._careful = CarefulCells(context, store.add, package.limits.careful_elements)
        self._swift = SwiftCells(context)

    def read(self) -> list[int]:
        """Read the sheet; returns its hidden rows."""
        held = b""
        opening = None
        for piece in self._pieces:
            held += piece
            opening = _SHEET_DATA.search(held)
            if opening or len(held) > _LONGEST_HEAD:
                break
        if opening is None or not _plain(held[: opening.start()]) or opening["empty"]:
            self._parse(chain([held], self._pieces))
        else:
            self._stretches(held[: opening.end()], held[opening.end() :], opening["prefix"] or b"")
        return [*self._swift.hidden, *self._careful.hidden]

    def _stretches(self, head: bytes, held: bytes, prefix: bytes) -> None:
        """Read the rows stretch by stretch, then head and tail together."""
        row_end, data_end = b"</%brow>" % prefix, b"</%bsheetData>" % prefix
        searched = 0
        while True:
            end = held.find(data_end, max(searched - len(data_end), 0))
            if end >= 0:
                break
            searched = len(held)
            if len(held) >= _STRETCH:
                cut = held.rfind(row_end) + len(row_end)
                if cut >= len(row_end):
                    if not self._stretch(held[:cut], prefix):
                        self._rest(head, held)
                        return
                    held = held[cut:]
                    searched = len(held)
                elif len(held) > _LONGEST_ROW:
                    self._rest(head, held)
                    return
            piece = next(self._pieces, None)
            if piece is None:  # the parser says where it breaks off
                self._rest(head, held)
                return
            held += piece
        if held[:end].strip() and not self._stretch(held[:end].rstrip(), prefix):
            self._rest(head, held)
            return
        self._parse(chain([head, held[end:]], self._pieces))

    def _stretch(self, rows: bytes, prefix: bytes) -> bool:
        """Read a stretch of complete rows; ``False`` where only the whole rest can be parsed."""
        plain = rows
        if prefix:
            plain = rows.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
        run = self._swift.read(plain + PADDING)
        if run is not None:
            self._store.add(run)
            self._careful.row = self._swift.row
            return True
        if b"<!" in rows or b"<?" in rows:  # a comment may hide what looks like a row's end
            return False
        root = prefix + b"sheetData"
        wrapped = [b"<", root, b">", rows, b"</", root, b">"]
        self._parse(iter(wrapped))
        self._swift.row = self._careful.row
        return True

    def _rest(self, head: bytes, held: bytes) -> None:
        """Read what is left of the sheet with care, the head first."""
        self._parse(chain([head, held], self._pieces))

    def _parse(self, pieces: Iterator[bytes]) -> None:
        """Parse element by element: rows to the cells, everything else to the surroundings."""
        cells, around = self._careful, self._around
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
        parse(parser, pieces, name=self._package.name, part=self._context.part)
        cells.flush()


def _plain(head: bytes) -> bool:
    """Whether the bytes before the rows are UTF-8 markup without comments and the like."""
    declared = _ENCODING.match(head.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
        return False
    return b"<!" not in head and head.count(b"<?") <= 1
