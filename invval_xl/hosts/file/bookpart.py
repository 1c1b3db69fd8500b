"""Edits to ``workbook.xml``: sheets appended, defined names merged, full calculation on load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from invval_xl.hosts.file.donor import OURS
from invval_xl.hosts.file.package import DOC_RELS
from invval_xl.hosts.file.xmltree import Edit, Node, appended, splice, with_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Name", "NewSheet", "edited_workbook", "names_of"]

_AFTER_NAMES = frozenset(
    {
        "calcPr",
        "oleSize",
        "customWorkbookViews",
        "pivotCaches",
        "smartTagPr",
        "smartTagTypes",
        "webPublishing",
        "fileRecoveryPr",
        "webPublishObjects",
        "extLst",
    }
)
_AFTER_CALC = _AFTER_NAMES - {"calcPr"}
_OF_A_SHEET = (OURS, "_xlnm._filterdatabase", "_xlnm.print_titles", "_xlnm.print_area")


@dataclass(frozen=True)
class NewSheet:
    """A sheet that joins the end of the list."""

    name: str
    sheet_id: int
    relationship: str


@dataclass(frozen=True)
class Name:
    """A defined name; ``sheet`` is the index of the sheet it is local to, ``None`` for none."""

    name: str
    sheet: int | None
    refers_to: str
    hidden: bool = False

    @property
    def key(self) -> tuple[str, int | None]:
        """What makes it unique in a workbook: names know no case."""
        return self.name.lower(), self.sheet


def names_of(nodes: Iterable[Node]) -> list[Name]:
    """Read ``<definedName>`` elements."""
    return [
        Name(
            node.attributes["name"],
            int(node.attributes["localSheetId"]) if "localSheetId" in node.attributes else None,
            node.text,
            node.attributes.get("hidden", "0") in ("1", "true"),
        )
        for node in nodes
    ]


def edited_workbook(
    source: bytes,
    root: Node,
    new_sheets: Sequence[NewSheet],
    names: Sequence[Name],
    replaced: frozenset[int],
) -> bytes:
    """``workbook.xml`` with our sheets and names in it; every other byte as it was.

    Parameters
    ----------
    new_sheets
        Appended in this order.
    names
        Ours: put in the place of those alike, else appended.
    replaced
        Indices of the sheets whose content is replaced: the print areas, titles and filter names
        local to them go where ours has none.
    """
    edits = [
        *_sheet_edits(source, root, new_sheets),
        *_name_edits(source, root, {name.key: name for name in names}, replaced),
        _calculation_edit(source, root),
    ]
    return splice(source, edits)


def _sheet_edits(source: bytes, root: Node, new_sheets: Sequence[NewSheet]) -> list[Edit]:
    container = root.child("sheets")
    assert container is not None
    if not new_sheets:
        return []
    bound = container.prefix_of(DOC_RELS)
    declared = "" if bound else f' xmlns:r="{DOC_RELS}"'
    lines = [
        f"<{container.prefix}sheet name={quoteattr(sheet.name)} "
        f'sheetId="{sheet.sheet_id}"{declared} {bound or "r"}:id={quoteattr(sheet.relationship)}/>'
        for sheet in new_sheets
    ]
    return [appended(source, container, "".join(lines).encode("utf-8"))]


def _name_edits(
    source: bytes,
    root: Node,
    names: Mapping[tuple[str, int | None], Name],
    replaced: frozenset[int],
) -> list[Edit]:
    prefix = root.prefix
    container = root.child("definedNames")
    waiting = dict(names)
    edits: list[Edit] = []
    nodes = container.all("definedName") if container is not None else []
    for node, old in zip(nodes, names_of(nodes), strict=True):
        ours = waiting.pop(old.key, None)
        if ours is not None:
            edits.append(Edit(node.start, node.end, _name_xml(ours, prefix)))
        elif old.sheet in replaced and old.name.lower().startswith(_OF_A_SHEET):
            edits.append(Edit(node.start, node.end, b""))
    added = b"".join(_name_xml(name, prefix) for name in waiting.values())
    if not added:
        return edits
    if container is not None:
        return [*edits, appended(source, container, added)]
    tag = f"{prefix}definedNames".encode()
    whole = b"<" + tag + b">" + added + b"</" + tag + b">"
    place = _before(root, _AFTER_NAMES)
    return [Edit(place, place, whole)]


def _name_xml(name: Name, prefix: str) -> bytes:
    local = "" if name.sheet is None else f' localSheetId="{name.sheet}"'
    hidden = ' hidden="1"' if name.hidden else ""
    return (
        f"<{prefix}definedName name={quoteattr(name.name)}{local}{hidden}>"
        f"{escape(name.refers_to)}</{prefix}definedName>"
    ).encode()


def _calculation_edit(source: bytes, root: Node) -> Edit:
    node = root.child("calcPr")
    if node is not None:
        tag = with_attribute(source[node.start : node.inner], node, "fullCalcOnLoad", "1")
        return Edit(node.start, node.inner, tag)
    place = _before(root, _AFTER_CALC)
    return Edit(place, place, f'<{root.prefix}calcPr fullCalcOnLoad="1"/>'.encode())


def _before(root: Node, later: frozenset[str]) -> int:
    return next((child.start for child in root.children if child.local in later), root.close)
