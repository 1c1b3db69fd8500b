"""The user's workbook as a graft sees it: opened, judged, its sheets and links known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.donor import MARK
from invval_xl.hosts.file.package import (
    CONTENT_TYPES,
    DOC_RELS,
    Relationship,
    relationships,
    rels_name,
)
from invval_xl.hosts.file.stylesheet import MAIN
from invval_xl.hosts.file.xmltree import Node, XmlError, parse
from invval_xl.hosts.file.zipcopy import ZipError, ZipReader

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part", "Sheet", "Target", "cannot_be_edited"]

_OLE = b"\xd0\xcf\x11\xe0"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_MOST = 256 << 20
_WORKBOOKS = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "application/vnd.ms-excel.template.macroEnabled.main+xml",
        "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    }
)


def cannot_be_edited(error: Exception) -> RefusedError:
    """The refusal (WB911) of a workbook whose parts are not as they should be."""
    if isinstance(error, XmlError | ZipError):
        reason = str(error)
    elif isinstance(error, KeyError):
        reason = f"an entry it needs is missing: {error.args[0]}"
    else:
        reason = f"a value in it is not what it should be: {error}"
    return RefusedError([finding("WB911", reason=reason)])


@dataclass(frozen=True)
class Part:
    """A part that is edited: its bytes and the tree over them."""

    name: str
    source: bytes
    root: Node


@dataclass(frozen=True)
class Sheet:
    """One entry of the workbook's sheet list."""

    index: int
    name: str
    sheet_id: int
    part: str
    kind: str
    ours: bool


class Target:
    """An open workbook that may be grafted into.

    Parameters
    ----------
    stream
        The file, open for reading.

    Raises
    ------
    RefusedError
        Where it is none this package writes to, by name: encrypted or old (WB910), no workbook or
        damaged (WB911), strict (WB912), signed (WB913), shared with tracked changes (WB914).
    """

    def __init__(self, stream: BinaryIO) -> None:
        if stream.read(4) == _OLE:
            raise RefusedError([finding("WB910")])
        try:
            self.reader = ZipReader(stream)
            self._relationships: dict[str, list[Relationship]] = {}
            self._spelled = {name.lower(): name for name in self.reader.members}
            if any(member.encrypted for member in self.reader.members.values()):
                raise RefusedError([finding("WB910")])
            self.types = self.part(CONTENT_TYPES)
            self.workbook = self.part(self._workbook_name())
            self._judge()
            self.links = self.relationships(self.workbook.name)
            self.sheets = tuple(self._sheets())
        except (KeyError, ValueError) as error:
            raise cannot_be_edited(error) from error

    def has(self, name: str) -> bool:
        """Whether a part of that name is there; part names know no case."""
        return name.lower() in self._spelled

    def spelled(self, name: str) -> str:
        """A part's name as the zip spells it."""
        if not self.has(name):
            raise ZipError(f"the part {name} is missing")
        return self._spelled[name.lower()]

    def part(self, name: str) -> Part:
        """Read and parse one part."""
        name = self.spelled(name)
        source = self.reader.read(name, _MOST)
        try:
            return Part(name, source, parse(source))
        except XmlError as error:
            raise XmlError(f"the part {name} cannot be edited: {error}") from error

    def relationships(self, part: str) -> list[Relationship]:
        """The relationships of ``part``; none where it has no such part."""
        if part not in self._relationships:
            name = rels_name(part)
            held = self.has(name)
            source = self.reader.read(self.spelled(name), _MOST) if held else b""
            self._relationships[part] = relationships(part, source) if held else []
        return self._relationships[part]

    def link(self, kind: str) -> Relationship | None:
        """The workbook's first internal relationship of ``kind``."""
        return next((r for r in self.links if r.kind == kind and not r.external), None)

    @cached_property
    def names(self) -> list[Node]:
        """The defined names of the workbook."""
        container = self.workbook.root.child("definedNames")
        return container.all("definedName") if container is not None else []

    def _workbook_name(self) -> str:
        for link in self.relationships(""):
            if link.type.endswith("/digital-signature/origin"):
                raise RefusedError([finding("WB913")])
            if link.kind == "officeDocument":
                name = self.spelled(link.target)
                if any(n.startswith("_xmlsignatures/") for n in self._spelled):
                    raise RefusedError([finding("WB913")])
                return name
        raise ZipError("no workbook is in it")

    def _judge(self) -> None:
        root = self.workbook.root
        if root.uri == _STRICT or root.attributes.get("conformance") == "strict":
            raise RefusedError([finding("WB912")])
        if root.uri != MAIN or root.local != "workbook":
            raise ZipError("its main part is no workbook")
        if self.content_type(self.workbook.name) not in _WORKBOOKS:
            raise ZipError("its main part is no workbook Excel writes as .xlsx or .xlsm")
        if any(r.kind == "revisionHeaders" for r in self.relationships(self.workbook.name)):
            raise RefusedError([finding("WB914")])

    def content_type(self, part: str) -> str:
        """The declared content type of ``part``, empty where there is none."""
        low = "/" + part.lower()
        for node in self.types.root.all("Override"):
            if node.attributes.get("PartName", "").lower() == low:
                return node.attributes.get("ContentType", "")
        extension = low.rsplit(".", 1)[-1]
        for node in self.types.root.all("Default"):
            if node.attributes.get("Extension", "").lower() == extension:
                return node.attributes.get("ContentType", "")
        return ""

    def _sheets(self) -> Iterator[Sheet]:
        container = self.workbook.root.child("sheets")
        if container is None:
            raise ZipError("its workbook lists no sheets")
        by_id = {link.id: link for link in self.links}
        marked = {
            int(node.attributes["localSheetId"])
            for node in self.names
            if node.attributes.get("name", "").lower() == MARK.lower()
            and "localSheetId" in node.attributes
        }
        for index, node in enumerate(container.all("sheet")):
            link = by_id[node.attributes[f"{DOC_RELS} id"]]
            yield Sheet(
                index=index,
                name=node.attributes["name"],
                sheet_id=int(node.attributes["sheetId"]),
                part=self.spelled(link.target),
                kind=link.kind,
                ours=index in marked,
            )
