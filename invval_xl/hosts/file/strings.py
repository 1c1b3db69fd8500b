"""The workbook's shared strings, held once as an object array."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from invval_xl.hosts.file.archive import Package
from invval_xl.hosts.file.markup import local, new_parser, parse

__all__ = ["read_strings", "unescaped"]

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


def unescaped(text: str) -> str:
    """Resolve Open XML's own escapes (``_x000D_``); XML's are resolved by then.

    Examples
    --------
    >>> unescaped("a_x000D_b"), unescaped("_x005F_x000D_"), unescaped("SKU_x1")
    ('a\\rb', '_x000D_', 'SKU_x1')
    """
    return _ESCAPED.sub(_character, text) if "_x" in text else text


class _Strings:
    """Handlers that join the runs of each string and leave its phonetic guide out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._words: list[str] = []
        self._inside = False
        self._phonetic = 0

    def started(self, tag: str, _: dict[str, str]) -> None:
        name = local(tag)
        if name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic += 1
        elif name == "si":
            self._words.clear()

    def text(self, words: str) -> None:
        if self._inside:
            self._words.append(words)

    def ended(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "si":
            self.found.append(unescaped("".join(self._words)))


def read_strings(package: Package, part: str) -> NDArray[np.object_]:
    """Read the shared strings; no part, no strings.

    Raises
    ------
    RefusedError
        Too large (WB203) or not well-formed (WB113).
    """
    handlers = _Strings()
    if part:
        parser = new_parser()
        parser.StartElementHandler = handlers.started
        parser.EndElementHandler = handlers.ended
        parser.CharacterDataHandler = handlers.text
        pieces = package.stream(part, at_most=package.limits.strings_bytes)
        parse(parser, pieces, name=package.name, part=part)
    strings = np.empty(len(handlers.found), object)
    strings[:] = handlers.found
    return strings
