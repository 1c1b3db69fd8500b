"""Our sheets into a copy of the user's workbook, every part not ours byte for byte as it was.

What changes: the list of content types, ``workbook.xml`` (sheets, names, full calculation on
load), its relationships, the style sheet (formats appended), and our own sheets with what hangs
on them. The calculation chain goes only where it names cells of a sheet that is replaced.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.author import packing_level
from invval_xl.hosts.file.bookpart import Name, NewSheet, edited_workbook, names_of
from invval_xl.hosts.file.donor import Donor, DonorSheet, make_donor
from invval_xl.hosts.file.grafting_rules import (
    check_names,
    check_sheets,
    check_tables,
    check_what_is_lost,
)
from invval_xl.hosts.file.package import (
    CONTENT_TYPES,
    DOC_RELS,
    Relationship,
    reachable,
    relationships,
    relationships_xml,
    rels_name,
)
from invval_xl.hosts.file.partlists import (
    declares_relationships,
    edited_links,
    edited_types,
    stands_in_chain,
)
from invval_xl.hosts.file.stream import RowStream
from invval_xl.hosts.file.stylesheet import EMPTY_STYLES, StyleSheet, TooManyStylesError
from invval_xl.hosts.file.target import Target, cannot_be_edited
from invval_xl.hosts.file.xmltree import (
    Edit,
    Node,
    XmlError,
    parse,
    splice,
    with_attribute,
)
from invval_xl.hosts.file.zipcopy import ZipError, ZipWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["Grafted", "graft_into"]

_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_NUMBERED = re.compile(r"\d+(?=\.\w+$)")


@dataclass(frozen=True)
class Grafted:
    """What a graft did.

    Parameters
    ----------
    added, replaced
        Names of our sheets that are new, and of those that took their earlier place.
    left
        Sheets of ours from an earlier refresh that these plans do not hold: left as they are.
    findings
        What the user should know of it (no STOP: those refuse the graft).
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    left: tuple[str, ...]
    findings: tuple[Finding, ...]


def graft_into(
    book: BinaryIO, stream: BinaryIO, plans: Sequence[SheetPlan], created: datetime
) -> Grafted:
    """Write ``book`` with the sheets of ``plans`` grafted in onto ``stream``.

    Raises
    ------
    RefusedError
        Where the workbook is none this package writes to, or a cell holds what no file can.
    """
    target = Target(book)
    donor = make_donor(plans, created)
    try:
        graft = _Graft(target, donor, plans, created)
    except (KeyError, ValueError, IndexError) as error:  # what stands in the user's parts
        raise cannot_be_edited(error) from error
    try:
        return graft.write(stream)
    except (XmlError, ZipError) as error:
        raise cannot_be_edited(error) from error


class _Graft:
    def __init__(
        self, target: Target, donor: Donor, plans: Sequence[SheetPlan], created: datetime
    ) -> None:
        self.target = target
        self.created = created
        self.places = check_sheets(target, plans)
        self.donor = donor
        self.replaced = {place.part: place for place in self.places.values()}
        self.dropped = self._dropped()
        self.notes = check_what_is_lost(target, self.replaced, self.dropped)
        self.next_table = check_tables(target, plans, self.dropped)
        self.taken = set(map(str.lower, target.reader.members)) - set(map(str.lower, self.dropped))
        self.new: dict[str, bytes] = {}
        self.changed: dict[str, bytes] = {}
        self.streams: dict[str, tuple[DonorSheet, bool]] = {}
        self.types: dict[str, str] = {}
        self.book_links: list[Relationship] = []
        self._prepare()

    def _dropped(self) -> set[str]:
        """What hung on the sheets replaced and on nothing else, relationship parts included."""
        target = self.target
        links = target.relationships
        bodies = set(self.replaced)
        kept = reachable([""], links, barred=frozenset(bodies))
        hanging = {
            target.spelled(link.target)
            for body in bodies
            for link in links(body)
            if not link.external and target.has(link.target)
        }
        low = {name.lower() for name in kept}
        lost = {
            target.spelled(part)
            for part in reachable(hanging, links)
            if target.has(part) and part.lower() not in low
        }
        rels = {rels_name(part) for part in lost | bodies}
        return lost | {target.spelled(name) for name in rels if target.has(name)}

    def _prepare(self) -> None:
        target = self.target
        source, root = target.workbook.source, target.workbook.root
        self._prepare_styles()
        sheet_ids = [sheet.sheet_id for sheet in target.sheets]
        next_id = max(sheet_ids, default=0) + 1
        index_of: dict[int, int] = {}
        new_sheets: list[NewSheet] = []
        active = _active_tab(root)
        for number, sheet in enumerate(self.donor.sheets):
            place = self.places.get(sheet.plan.name)
            if place is None:
                part = self._fresh(self._beside("worksheets/sheet1.xml"))
                kind = f"{DOC_RELS}/worksheet"
                link = self._link_workbook(kind, part)
                new_sheets.append(NewSheet(sheet.plan.name, next_id, link.id))
                self.types[part] = _SHEET_TYPE
                next_id += 1
                index_of[number] = len(target.sheets) + len(new_sheets) - 1
                selected = False
            else:
                part = place.part
                index_of[number] = place.index
                selected = place.index == active
            self.streams[part] = (sheet, selected)
            self._take_dependents(sheet.part, part)
        names = [
            replace(name, sheet=None if name.sheet is None else index_of[name.sheet])
            for name in self._donor_names()
        ]
        indices = frozenset(place.index for place in self.places.values())
        check_names(target, names)
        self.changed[target.workbook.name] = edited_workbook(
            source, root, new_sheets, names, indices
        )
        self._prepare_chain()
        self._prepare_lists()

    def _donor_names(self) -> list[Name]:
        container = parse(self.donor.parts["xl/workbook.xml"]).child("definedNames")
        return names_of(container.all("definedName") if container is not None else [])

    def _prepare_styles(self) -> None:
        target = self.target
        link = target.link("styles")
        if link is None:
            part = self._fresh(self._beside("styles.xml"))
            source = EMPTY_STYLES
            self._link_workbook(f"{DOC_RELS}/styles", part)
            self.types[part] = _STYLES_TYPE
        else:
            found = target.part(link.target)
            part, source = found.name, found.source
        styles = StyleSheet(source)
        donor = parse(self.donor.parts["xl/styles.xml"]).child("dxfs")
        try:
            self.ids = {style: styles.add(style) for style in self.donor.styles}
        except TooManyStylesError as error:
            raise RefusedError([finding("WB920")]) from error
        self.differentials = {
            index: styles.add_differential(dxf)
            for index, dxf in enumerate(donor.children if donor is not None else [])
        }
        (self.changed if link is not None else self.new)[part] = styles.to_bytes()

    def _beside(self, path: str) -> str:
        """``path`` in the folder of the workbook part."""
        return posixpath.join(posixpath.dirname(self.target.workbook.name), path)

    def _fresh(self, like: str) -> str:
        """A part name after the pattern of ``like`` that nothing has yet."""
        name, number = like, 1
        stem, dot, extension = _NUMBERED.sub("", like).rpartition(".")
        while name.lower() in self.taken:
            name = f"{stem}{number}{dot}{extension}"
            number += 1
        self.taken.add(name.lower())
        return name

    def _link_workbook(self, kind: str, part: str) -> Relationship:
        used = {link.id.lower() for link in (*self.target.links, *self.book_links)}
        number = 1
        while f"rid{number}" in used:
            number += 1
        link = Relationship(f"rId{number}", kind, part)
        self.book_links.append(link)
        return link

    def _take_dependents(self, donor_part: str, part: str) -> None:
        """Move what hangs on ``donor_part`` in under fresh names, and write the relationships."""
        parts = self.donor.parts
        source = parts.get(rels_name(donor_part))
        if source is None:
            return
        moved = []
        for link in relationships(donor_part, source):
            if link.external:
                moved.append(link)
                continue
            local = posixpath.relpath(link.target, "xl")
            name = self._fresh(self._beside(local))
            self.new[name] = self._renumbered(parts[link.target], link.kind)
            self.types[name] = _declared(parts[CONTENT_TYPES], link.target)
            self._take_dependents(link.target, name)
            moved.append(replace(link, target=name))
        rels = rels_name(part)
        if self.target.has(rels):
            rels = self.target.spelled(rels)
            self.dropped.discard(rels)
            self.changed[rels] = relationships_xml(part, moved)
        else:
            self.new[rels] = relationships_xml(part, moved)

    def _renumbered(self, source: bytes, kind: str) -> bytes:
        """A table part under the next free table id; any other as it is."""
        if kind != "table":
            return source
        root = parse(source)
        tag = with_attribute(source[root.start : root.inner], root, "id", str(self.next_table))
        self.next_table += 1
        return splice(source, [Edit(root.start, root.inner, tag)])

    def _prepare_chain(self) -> None:
        link = self.target.link("calcChain")
        if link is None or not self.target.has(link.target):
            return
        chain = self.target.part(link.target)
        if stands_in_chain(chain.root, {place.sheet_id for place in self.places.values()}):
            self.dropped.add(chain.name)

    def _prepare_lists(self) -> None:
        workbook, types = self.target.workbook.name, self.target.types
        low = {name.lower() for name in self.dropped}
        gone = {
            link.id
            for link in self.target.links
            if not link.external and link.target.lower() in low
        }
        links = self.target.part(rels_name(workbook))
        if gone or self.book_links:
            self.changed[links.name] = edited_links(
                links.source, links.root, workbook, gone, self.book_links
            )
        if not declares_relationships(types.root):
            rels = (name for name in self.new if name.endswith(".rels"))
            self.types |= dict.fromkeys(rels, _RELS_TYPE)
        edited = edited_types(types.source, types.root, self.dropped, self.types)
        if edited != types.source:
            self.changed[types.name] = edited

    def write(self, stream: BinaryIO) -> Grafted:
        """Write the workbook; members keep their order, new ones stand at the end."""
        writer = ZipWriter(stream, self.created)
        refused: list[Finding] = []
        waiting = dict(self.streams)
        for member in self.target.reader.members.values():
            if member.name in self.dropped:
                continue
            if member.name in self.streams:
                refused += self._write_sheet(writer, member.name, waiting)
            elif member.name in self.changed:
                writer.write(member.name, [self.changed[member.name]])
            else:
                writer.copy(self.target.reader, member)
        for name in list(waiting):
            refused += self._write_sheet(writer, name, waiting)
        for name, data in self.new.items():
            writer.write(name, [data])
        if refused:
            raise RefusedError(refused)
        writer.finish()
        replaced = tuple(name for name in self.places)
        planned = {sheet.plan.name for sheet in self.donor.sheets}
        return Grafted(
            added=tuple(s.plan.name for s in self.donor.sheets if s.plan.name not in self.places),
            replaced=replaced,
            left=tuple(
                sheet.name
                for sheet in self.target.sheets
                if sheet.ours and sheet.part not in self.replaced and sheet.name not in planned
            ),
            findings=tuple(self.notes),
        )

    def _write_sheet(
        self, writer: ZipWriter, name: str, waiting: dict[str, tuple[DonorSheet, bool]]
    ) -> list[Finding]:
        sheet, selected = waiting.pop(name)
        rows = RowStream(sheet.plan, self.ids)
        pieces = sheet.pieces(rows, selected=selected, differentials=self.differentials)
        writer.write(name, pieces, packing_level(sheet.plan))
        return rows.refusals.findings


def _active_tab(root: Node) -> int:
    views = root.child("bookViews")
    view = views.child("workbookView") if views is not None else None
    return int(view.attributes.get("activeTab", "0")) if view is not None else 0


def _declared(types: bytes, part: str) -> str:
    low = f"/{part.lower()}"
    for node in parse(types).all("Override"):
        if node.attributes["PartName"].lower() == low:
            return node.attributes["ContentType"]
    raise ValueError(f"XlsxWriter declares no type for {part}")
