"""The Open Packaging side of a workbook: content types, relationships, who reaches whom."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from invval_xl.hosts.file.xmltree import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "CONTENT_TYPES",
    "DOC_RELS",
    "PACKAGE_RELS",
    "Relationship",
    "reachable",
    "relationships",
    "relationships_xml",
    "rels_name",
]

CONTENT_TYPES = "[Content_Types].xml"
PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOC_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Relationship:
    """One relationship; ``target`` is a part name without leading slash where it is internal."""

    id: str
    type: str
    target: str
    external: bool = False

    @property
    def kind(self) -> str:
        """The last word of the type, e.g. ``worksheet``."""
        return self.type.rsplit("/", 1)[-1]


def rels_name(part: str) -> str:
    """Name of the part that holds the relationships of ``part`` (``""``: of the package).

    Examples
    --------
    >>> rels_name("xl/workbook.xml"), rels_name("")
    ('xl/_rels/workbook.xml.rels', '_rels/.rels')
    """
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relationships(part: str, source: bytes) -> list[Relationship]:
    """Read the relationships part of ``part``."""
    found = []
    for node in parse(source).all("Relationship"):
        given = node.attributes
        external = given.get("TargetMode") == "External"
        target = given["Target"] if external else _resolved(part, given["Target"])
        found.append(Relationship(given["Id"], given["Type"], target, external))
    return found


def _resolved(part: str, target: str) -> str:
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def relationships_xml(part: str, links: Iterable[Relationship]) -> bytes:
    """Write a relationships part for ``part``; targets are spelled relative to it."""
    folder = posixpath.dirname(part)
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
    lines.append(f'<Relationships xmlns="{PACKAGE_RELS}">')
    for link in links:
        target = link.target if link.external else posixpath.relpath(link.target, folder or ".")
        mode = ' TargetMode="External"' if link.external else ""
        lines.append(
            f"<Relationship Id={quoteattr(link.id)} Type={quoteattr(link.type)} "
            f"Target={quoteattr(target)}{mode}/>"
        )
    lines.append("</Relationships>")
    return "".join(lines).encode("utf-8")


def reachable(
    roots: Iterable[str],
    links: Callable[[str], Iterable[Relationship]],
    *,
    barred: Mapping[str, object] | frozenset[str] = frozenset(),
) -> set[str]:
    """Every part that can be come to from ``roots``; nothing is followed out of ``barred``."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        part = waiting.pop()
        if part in found:
            continue
        found.add(part)
        if part not in barred:
            waiting += [link.target for link in links(part) if not link.external]
    return found
