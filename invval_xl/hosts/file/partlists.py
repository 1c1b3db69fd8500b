"""The lists a workbook keeps of its parts: relationships, content types, the calculation chain."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from invval_xl.hosts.file.xmltree import Edit, Node, appended, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from invval_xl.hosts.file.package import Relationship

__all__ = ["declares_relationships", "edited_links", "edited_types", "stands_in_chain"]


def edited_links(
    source: bytes,
    root: Node,
    owner: str,
    gone: Collection[str],
    new: Sequence[Relationship],
) -> bytes:
    """The relationships of part ``owner`` without the ids ``gone`` and with ``new`` at the end."""
    edits = [
        Edit(node.start, node.end, b"")
        for node in root.all("Relationship")
        if node.attributes["Id"] in gone
    ]
    folder = posixpath.dirname(owner) or "."
    added = "".join(
        f"<{root.prefix}Relationship Id={quoteattr(link.id)} Type={quoteattr(link.type)} "
        f"Target={quoteattr(posixpath.relpath(link.target, folder))}/>"
        for link in new
    )
    if added:
        edits.append(appended(source, root, added.encode("utf-8")))
    return splice(source, edits)


def declares_relationships(root: Node) -> bool:
    """Whether the content types cover ``.rels`` parts by their extension."""
    return any(
        node.attributes.get("Extension", "").lower() == "rels" for node in root.all("Default")
    )


def edited_types(
    source: bytes, root: Node, dropped: Collection[str], new: Mapping[str, str]
) -> bytes:
    """The content types without those of ``dropped`` parts and with those of ``new`` ones.

    A part of ours that goes and comes again under its name keeps its line.
    """
    low = {f"/{name.lower()}" for name in dropped}
    wanted = dict(new)
    edits: list[Edit] = []
    for node in root.all("Override"):
        name = node.attributes.get("PartName", "")
        if name.lower() not in low:
            continue
        if wanted.get(name[1:]) == node.attributes.get("ContentType"):
            del wanted[name[1:]]
        else:
            edits.append(Edit(node.start, node.end, b""))
    added = "".join(
        f"<{root.prefix}Override PartName={quoteattr('/' + name)} ContentType={quoteattr(kind)}/>"
        for name, kind in wanted.items()
    )
    if added:
        edits.append(appended(source, root, added.encode("utf-8")))
    return splice(source, edits)


def stands_in_chain(root: Node, sheet_ids: Collection[int]) -> bool:
    """Whether the calculation chain names a cell of one of the sheets.

    A cell without ``i`` is on the sheet of the cell before it, so the cells with one tell all.
    """
    return any(int(cell.attributes.get("i", "0")) in sheet_ids for cell in root.children)
