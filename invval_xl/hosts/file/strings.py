"""The workbook's shared strings, held once as an object array.

Plain strings are cut out of the part many at a time; rich text, phonetic guides and any dialect
go through the parser.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.archive import Package, refuse
from invval_xl.hosts.file.markup import local, new_parser, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["MOST_TEXT", "read_strings", "resolved", "unescaped"]

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));|&")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATES = range(0xD800, 0xE000)
_LAST_CHARACTER = 0x10FFFF
MOST_TEXT = 1_000_000  # Excel itself keeps 32,767 characters in a cell
_STRETCH = 1 << 18
_BARE, _KEPT, _END = "<si><t>", '<si><t xml:space="preserve">', "</t></si>"
_TAGS_EACH = 4
_UTF8 = re.compile(
    rb"""<\?xml[^>]*?encoding=["'](?i:utf-8|us-ascii|ascii)["']|<\?xml[^>e]*\?>|<[^?]"""
)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


def unescaped(text: str) -> str:
    r"""Resolve Open XML's own escapes (``_x000D_``); XML's are resolved by then.

    Examples
    --------
    >>> unescaped("a_x000D_b"), unescaped("_x005F_x000D_"), unescaped("SKU_x1")
    ('a\rb', '_x000D_', 'SKU_x1')
    """
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def resolved(text: str) -> str:
    r"""Resolve XML's line ends and its character and entity references.

    Raises
    ------
    ValueError
        A reference that XML does not allow.

    Examples
    --------
    >>> resolved("a &amp; b &#65;&#x42;\r\n")
    'a & b AB\n'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_reference, text) if "&" in text else text


def _reference(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    if not (decimal or hexadecimal):
        raise ValueError(f"reference at {match.start()}")
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code > _LAST_CHARACTER or code in _SURROGATES or _CONTROL.match(chr(code)):
        raise ValueError(f"character {code}")
    return chr(code)


class _Strings:
    """The strings found so far, and the handlers of the parser.

    Handlers join the runs of each string and leave its phonetic guide out.
    """

    def __init__(self, package: Package, part: str) -> None:
        self.found: list[str] = []
        self._package = package
        self._part = part
        self._words: list[str] = []
        self._length = 0
        self._inside = False
        self._phonetic = 0

    def plain(self, stretch: bytes) -> bool:
        """Take a stretch of whole plain strings; ``False`` where it is anything else."""
        try:
            text = stretch.decode()
        except UnicodeDecodeError:
            return False
        pieces = text.split(_END)
        if pieces.pop() or text.count("<") != _TAGS_EACH * len(pieces) or _CONTROL.search(text):
            return False
        words = [
            p[len(_BARE) :] if p.startswith(_BARE)
            else p[len(_KEPT) :] if p.startswith(_KEPT) else None
            for p in pieces
        ]  # fmt: skip
        if None in words:
            return False
        plain = [w for w in words if w is not None]
        if "&" in text or "\r" in text:
            try:
                plain = [resolved(w) for w in plain]
            except ValueError:
                return False
        if "_x" in text:
            plain = [unescaped(w) for w in plain]
        self.found += plain
        self._check_count()
        return True

    def parse(self, pieces: Iterator[bytes]) -> None:
        """Take strings element by element."""
        parser = new_parser()
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._text
        parse(parser, pieces, name=self._package.name, part=self._part)

    def _check_count(self) -> None:
        limit = self._package.limits.strings
        if len(self.found) > limit:
            raise refuse("WB218", name=self._package.name, limit=limit)

    def _started(self, tag: str, _: dict[str, str]) -> None:
        name = local(tag)
        if name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic += 1
        elif name == "si":
            self._words.clear()
            self._length = 0

    def _text(self, words: str) -> None:
        if self._inside:
            self._length += len(words)
            if self._length > MOST_TEXT:
                sheet = self._part
                raise refuse("WB217", sheet_name=sheet, limit=MOST_TEXT)
            self._words.append(words)

    def _ended(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "si":
            self.found.append(unescaped("".join(self._words)))
            self._check_count()


def read_strings(package: Package, part: str) -> NDArray[np.object_]:
    """Read the shared strings; no part, no strings.

    Raises
    ------
    RefusedError
        Too large or too many (WB203, WB217, WB218) or not well-formed (WB113).
    """
    strings = _Strings(package, part)
    if part:
        _read(strings, package.stream(part, at_most=package.limits.strings_bytes))
    held = np.empty(len(strings.found), object)
    held[:] = strings.found
    return held


def _read(strings: _Strings, pieces: Iterator[bytes]) -> None:
    """Cut the part at the ends of strings and take it stretch by stretch."""
    held = next(pieces, b"")
    first = held.find(b"<si>")
    head = held[: max(first, 0)]
    if first < 0 or b"<!" in head or not _UTF8.match(head.removeprefix(b"\xef\xbb\xbf")):
        strings.parse(chain([held], pieces))
        return
    held = held[first:]
    while True:
        piece = next(pieces, None)
        if piece is not None:
            held += piece
            if len(held) < _STRETCH:
                continue
        cut = held.rfind(b"</si>") + len(b"</si>")
        if cut >= len(b"</si>"):
            stretch = held[:cut]
            if not strings.plain(stretch):
                if b"<!" in stretch or b"<?" in stretch:  # a comment may hide a string's end
                    strings.parse(chain([head, held], pieces))
                    return
                strings.parse(iter([b"<sst>", stretch, b"</sst>"]))
            held = held[cut:]
        if piece is None:
            break
        if len(held) > MOST_TEXT * 8:
            strings.parse(chain([head, held], pieces))
            return
    strings.parse(iter([head, held]))  # the ends of the part, well-formed or not
