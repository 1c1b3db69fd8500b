"""The workbook's own table of contents: its sheets, their parts, and the settings that matter."""

from __future__ import annotations

from dataclasses import dataclass

from invval_xl.hosts.file.archive import Package, refuse, resolve
from invval_xl.hosts.file.markup import walk

__all__ = ["Layout", "Relation", "SheetEntry", "read_layout", "relations"]

_STRICT = "http://purl.oclc.org/ooxml/"
_VISIBLE = "visible"
_WORKSHEET = "worksheet"


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship of a part: its id, the last word of its type, and where it leads."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One sheet as the workbook lists it; ``kind`` is worksheet, chartsheet, xlMacrosheet, ..."""

    name: str
    part: str
    state: str
    kind: str


@dataclass(frozen=True)
class Layout:
    """What ``workbook.xml`` and its relationships say."""

    part: str
    sheets: tuple[SheetEntry, ...]
    date_1904: bool = False
    recalculate: bool = False
    manual_uncalculated: bool = False
    styles: str = ""
    strings: str = ""


def relations(package: Package, source: str) -> tuple[Relation, ...]:
    """Relationships of the part ``source`` (``""`` for the package itself), targets resolved."""
    folder, _, base = source.rpartition("/")
    part = package.find(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
    if part is None:
        return ()
    found: list[Relation] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        if tag != "Relationship":
            return
        external = attributes.get("TargetMode", "").lower() == "external"
        target = attributes.get("Target", "")
        kind = attributes.get("Type", "").rstrip("/").rpartition("/")[2]
        resolved = target if external else resolve(source, target)
        found.append(Relation(attributes.get("Id", ""), kind, resolved, external))

    walk(package, part, started)
    return tuple(found)


def _flag(text: str | None) -> bool:
    """An xsd:boolean attribute."""
    return (text or "").strip().lower() in {"1", "true", "on"}


def read_layout(package: Package, part: str) -> Layout:
    """Read the workbook part.

    Parameters
    ----------
    package
        The opened package.
    part
        Name of the workbook part, as the package's relationships give it.

    Raises
    ------
    RefusedError
        Strict Open XML, a part that is missing or not well-formed, two sheets of one name.
    """
    by_id = {r.id: r for r in relations(package, part)}
    sheets: list[SheetEntry] = []
    properties: dict[str, dict[str, str]] = {}
    strict = False

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal strict
        if tag == "workbook":
            strict = attributes.get("conformance") == "strict" or any(
                value.startswith(_STRICT) for key, value in attributes.items()
                if key.startswith("xmlns")
            )  # fmt: skip
        elif tag == "sheet" and "name" in attributes:
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            relation = by_id.get(key)
            sheets.append(
                SheetEntry(
                    name=attributes["name"],
                    part=relation.target if relation else f"(relationship {key!r})",
                    state=attributes.get("state", _VISIBLE),
                    kind=relation.kind if relation else _WORKSHEET,
                )
            )
        elif tag in {"workbookPr", "calcPr"}:
            properties[tag] = attributes

    walk(package, part, started)
    if strict:
        raise refuse("WB108", name=package.name)
    seen: set[str] = set()
    for sheet in sheets:
        if sheet.name.casefold() in seen:
            raise refuse("WB216", name=package.name, sheet_name=sheet.name)
        seen.add(sheet.name.casefold())
    kinds = {r.kind: r.target for r in reversed(list(by_id.values())) if not r.external}
    calculation = properties.get("calcPr", {})
    return Layout(
        part=part,
        sheets=tuple(sheets),
        date_1904=_flag(properties.get("workbookPr", {}).get("date1904")),
        recalculate=_flag(calculation.get("fullCalcOnLoad")),
        manual_uncalculated=calculation.get("calcMode") == "manual"
        and calculation.get("calcOnSave", "1") in {"0", "false"},
        styles=package.find(kinds.get("styles", "")) or "",
        strings=package.find(kinds.get("sharedStrings", "")) or "",
    )
