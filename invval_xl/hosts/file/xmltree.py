"""A light XML tree that knows where each element stands in the bytes it was read from.

Grafting changes four parts of a user's workbook by splicing at element boundaries, so that every
byte between stays as it was. Parsing is expat's; nothing here guesses at XML with patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Edit",
    "Node",
    "XmlError",
    "appended",
    "canonical",
    "parse",
    "serialise",
    "splice",
    "with_attribute",
]


class XmlError(ValueError):
    """The part is not XML this package edits (ill-formed, a DTD, not UTF-8)."""


@dataclass(eq=False)
class Node:
    """One element; ``start``, ``inner``, ``close`` and ``end`` are byte offsets in the source.

    ``start:inner`` is the start tag, ``close:end`` the end tag; an empty-element tag has
    ``inner == close == end``. ``prefix`` is the one the source used (``"x:"`` or ``""``).
    """

    uri: str
    local: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""
    prefix: str = ""
    start: int = 0
    inner: int = 0
    close: int = 0
    end: int = 0
    namespaces: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty_tag(self) -> bool:
        """Whether the source spells the element ``<a/>``."""
        return self.close == self.end

    def child(self, local: str) -> Node | None:
        """The first child of that local name in this element's own namespace."""
        return next((c for c in self.children if c.local == local and c.uri == self.uri), None)

    def all(self, local: str) -> list[Node]:
        """Every child of that local name in this element's own namespace."""
        return [c for c in self.children if c.local == local and c.uri == self.uri]

    def walk(self) -> Iterator[Node]:
        """The element and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def prefix_of(self, uri: str) -> str | None:
        """The prefix (no colon) bound to ``uri`` at this element, ``None`` where there is none."""
        return next((p for p, bound in self.namespaces.items() if bound == uri and p), None)


@dataclass(frozen=True)
class Edit:
    """Replace bytes ``start:end`` by ``new`` (an insertion where the two are equal)."""

    start: int
    end: int
    new: bytes


_SPACE = " "


class _Builder:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.scopes: list[dict[str, str]] = [{}]
        self.pending: dict[str, str] = {}
        self.parser = expat.ParserCreate(namespace_separator=_SPACE)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.opened
        self.parser.EndElementHandler = self.closed
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartNamespaceDeclHandler = self.bound
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        raise XmlError("a document type declaration stands in it")

    def bound(self, prefix: str | None, uri: str | None) -> None:
        self.pending[prefix or ""] = uri or ""

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        uri, _, local = name.rpartition(_SPACE)
        start = self.parser.CurrentByteIndex
        stop = _tag_end(self.source, start)
        spelled = self.source[start + 1 : stop].split(None, 1)[0].rstrip(b"/>")
        prefix, colon, _ = spelled.decode("utf-8").rpartition(":")
        scope = {**self.scopes[-1], **self.pending} if self.pending else self.scopes[-1]
        self.pending = {}
        self.scopes.append(scope)
        node = Node(
            uri=uri,
            local=local,
            attributes=attributes,
            prefix=prefix + colon,
            start=start,
            inner=stop,
            namespaces=scope,
        )
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)

    def closed(self, _: str) -> None:
        node = self.stack.pop()
        self.scopes.pop()
        if self.source[node.inner - 2 : node.inner] == b"/>":
            node.close = node.end = node.inner
        else:
            node.close = self.parser.CurrentByteIndex
            node.end = self.source.index(b">", node.close) + 1

    def characters(self, data: str) -> None:
        if self.stack:
            self.stack[-1].text += data


def _tag_end(source: bytes, start: int) -> int:
    """Offset after the ``>`` of the tag at ``start``; a ``>`` may stand inside a quoted value."""
    place = start
    while True:
        close = source.index(b">", place)
        quotes = (source.find(b'"', place, close), source.find(b"'", place, close))
        opening = min((q for q in quotes if q >= 0), default=-1)
        if opening < 0:
            return close + 1
        place = source.index(source[opening : opening + 1], opening + 1) + 1


def parse(source: bytes) -> Node:
    """Read ``source`` into a tree with byte places.

    Raises
    ------
    XmlError
        Where it is ill-formed, carries a DTD, or is not UTF-8.
    """
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise XmlError("it is not in UTF-8")
    builder = _Builder(source)
    try:
        builder.parser.Parse(source, True)
    except (expat.ExpatError, UnicodeDecodeError) as error:
        raise XmlError(str(error)) from error
    declared = source[: source.find(b">") + 1].lower() if source[:5] == b"<?xml" else b""
    if b"encoding" in declared and b"utf-8" not in declared and b"us-ascii" not in declared:
        raise XmlError("it is not in UTF-8")
    assert builder.root is not None
    return builder.root


def canonical(node: Node) -> tuple[object, ...]:
    """What the element says, apart from prefixes, attribute order and layout: for comparing."""
    return (
        node.local,
        tuple(sorted(node.attributes.items())),
        node.text.strip(),
        tuple(canonical(child) for child in node.children),
    )


def serialise(node: Node, prefix: str = "") -> bytes:
    """Write ``node`` and its descendants, all under ``prefix`` (``"x:"`` or ``""``).

    Fit for elements of one namespace whose attributes carry none: the style sheet's.
    """
    return _written(node, prefix).encode("utf-8")


def _written(node: Node, prefix: str) -> str:
    name = prefix + node.local
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in node.attributes.items())
    inside = escape(node.text) + "".join(_written(child, prefix) for child in node.children)
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def appended(source: bytes, node: Node, inside: bytes, tag: bytes | None = None) -> Edit:
    """The edit that puts ``inside`` at the end of ``node``, which may be an empty tag.

    Parameters
    ----------
    tag
        A start tag to stand in the place of the one there is.
    """
    if not node.empty_tag:
        if tag is None:
            return Edit(node.close, node.close, inside)
        return Edit(node.start, node.close, tag + source[node.inner : node.close] + inside)
    opening = (source[node.start : node.inner] if tag is None else tag)[: -len(b"/>")].rstrip()
    name = f"{node.prefix}{node.local}".encode()
    return Edit(node.start, node.end, opening + b">" + inside + b"</" + name + b">")


def splice(source: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply ``edits`` (none overlapping); those at one place stand in the order given."""
    out: list[bytes] = []
    place = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < place:
            raise ValueError("edits overlap")
        out += (source[place : edit.start], edit.new)
        place = edit.end
    out.append(source[place:])
    return b"".join(out)


def with_attribute(tag: bytes, node: Node, name: str, value: str) -> bytes:
    """The start tag ``tag`` of ``node`` with attribute ``name`` set; all else as it was."""
    place = len(f"<{node.prefix}{node.local}".encode())
    while True:
        while tag[place : place + 1].isspace():
            place += 1
        if tag[place : place + 1] in (b">", b"/"):
            head = tag[:place].rstrip()
            return head + f' {name}="{value}"'.encode() + tag[place:]
        equals = tag.index(b"=", place)
        key = tag[place:equals].strip()
        opening = equals + 1
        while tag[opening : opening + 1].isspace():
            opening += 1
        closing = tag.index(tag[opening : opening + 1], opening + 1)
        if key == name.encode():
            return tag[: opening + 1] + value.encode() + tag[closing:]
        place = closing + 1
