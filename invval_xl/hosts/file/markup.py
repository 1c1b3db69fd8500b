"""One door to the XML parser: no document types, no entities, a budget of elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from xml.parsers import expat

from invval_xl.hosts.file.archive import refuse

if TYPE_CHECKING:
    from invval_xl.hosts.file.archive import Package

__all__ = ["Started", "declares_document_type", "local", "new_parser", "parse", "steps", "walk"]

Started = Callable[[str, dict[str, str]], None]

_SMALL_ELEMENTS = 2_000_000
_ROOT = re.compile(r"<[A-Za-z_]")
_LOOKS = (1 << 12, 1 << 16, 1 << 20)
_LONGEST_TAG = 8 << 20


def local(name: str) -> str:
    """Return a name without its namespace prefix.

    Examples
    --------
    >>> local("x:sheetData"), local("row")
    ('sheetData', 'row')
    """
    return name.rpartition(":")[2]


class _DoctypeError(Exception):
    """A document type was met: the parse ends there."""


class TooMuchMarkupError(Exception):
    """The budget of elements is used up, or a tag does not end."""


def new_parser() -> expat.XMLParserType:
    """Make a parser that buffers text and ends at a document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = False

    def doctype(*_: object) -> None:
        raise _DoctypeError

    parser.StartDoctypeDeclHandler = doctype
    return parser


def parse(parser: expat.XMLParserType, pieces: Iterable[bytes], *, name: str, part: str) -> None:
    """Feed ``pieces`` to ``parser``; what is not well-formed is refused by name.

    Raises
    ------
    RefusedError
        Not well-formed (WB113) or with a document type (WB207).
    """
    try:
        _feed(parser, pieces)
    except _DoctypeError:
        raise refuse("WB207", name=name, part=part) from None
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        raise refuse("WB113", name=name, part=part, why=str(error)) from None
    except TooMuchMarkupError as error:
        raise refuse("WB113", name=name, part=part, why=str(error)) from None


def steps(
    parser: expat.XMLParserType, pieces: Iterable[bytes], *, name: str, part: str
) -> Iterator[None]:
    """As :func:`parse`, giving way after each piece, so that a long part is read in pieces."""
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
    except _DoctypeError:
        raise refuse("WB207", name=name, part=part) from None
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        raise refuse("WB113", name=name, part=part, why=str(error)) from None
    yield


def _feed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> None:
    """Feed a parser so that a tag longer than a piece is not scanned anew with every piece."""
    held: list[bytes] = []
    size = fed = needed = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size < needed:
            continue
        parser.Parse(b"".join(held), False)
        fed += size
        held.clear()
        size = 0
        needed = fed - parser.CurrentByteIndex  # an unfinished tag: wait until it has doubled
        if needed > _LONGEST_TAG:
            raise TooMuchMarkupError(f"one of its tags is longer than {_LONGEST_TAG:,} bytes")
    parser.Parse(b"".join(held), True)


def walk(
    package: Package,
    part: str,
    started: Started,
    *,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse a small part whole, calling ``started(local name, attributes)`` for each element.

    Parameters
    ----------
    package, part
        What to read.
    started
        Called for each element as it opens.
    text
        Called for character data, where wanted.
    """
    count = 0
    parser = new_parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _SMALL_ELEMENTS:
            raise TooMuchMarkupError(f"it holds more than {_SMALL_ELEMENTS:,} elements")
        started(local(tag), attributes)

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    pieces = package.stream(part, at_most=package.limits.small_bytes)
    parse(parser, pieces, name=package.name, part=part)


def declares_document_type(package: Package, part: str) -> bool:
    """Whether a document type stands before the part's first element (nothing is expanded)."""
    for size in _LOOKS:
        head = package.beginning(part, size)
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            text = head.decode("utf-16", "replace")
        elif head[:2] == b"<\x00":
            text = head.decode("utf-16-le", "replace")
        elif head[:2] == b"\x00<":
            text = head.decode("utf-16-be", "replace")
        else:
            text = head.decode("latin-1")
        root = _ROOT.search(text)
        prolog = text[: root.start()] if root else text
        if "<!DOCTYPE" in prolog.upper():
            return True
        if root or len(head) < size:
            return False
    return False
