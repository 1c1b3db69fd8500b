"""What is known of the workbook itself; what it would start or follow is listed, never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding
from invval_xl.hosts.file.layout import Layout, relations
from invval_xl.hosts.file.markup import walk
from invval_xl.tables.grid import BookFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.hosts.file.archive import Package

__all__ = ["gather_facts"]

_SHOWN = 120
_MACRO_SHEETS = {"xlMacrosheet", "xlIntlMacrosheet"}


def _texts(package: Package, part: str | None, wanted: set[str]) -> dict[str, str]:
    """Text of each wanted element of a small part of properties."""
    if part is None:
        return {}
    found: dict[str, str] = {}
    current = ""

    def started(tag: str, _: dict[str, str]) -> None:
        nonlocal current
        current = tag if tag in wanted else ""

    def text(words: str) -> None:
        if current:
            found[current] = (found.get(current, "") + words)[:_SHOWN].strip()

    walk(package, part, started, text=text)
    return found


def _links(package: Package) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files linked to, and DDE or OLE links, as ``service|topic``."""
    files: list[str] = []
    live: list[str] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        if tag == "ddeLink":
            service, topic = attributes.get("ddeService", ""), attributes.get("ddeTopic", "")
            live.append(f"{service}|{topic}"[:_SHOWN])
        elif tag == "oleLink":
            live.append(f"OLE {attributes.get('progId', '')}"[:_SHOWN])

    for part in sorted(package.parts):
        folder, _, base = part.rpartition("/")
        if folder.lower() == "xl/externallinks" and base.lower().endswith(".xml"):
            walk(package, part, started)
            files += [r.target[:_SHOWN] for r in relations(package, part) if r.external]
    return tuple(files), tuple(live)


def _connections(package: Package) -> tuple[str, ...]:
    """Names of the workbook's data connections."""
    names: list[str] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        if tag == "connection":
            names.append((attributes.get("name") or attributes.get("id", ""))[:_SHOWN])

    part = package.find("xl/connections.xml")
    if part:
        walk(package, part, started)
    return tuple(names)


def _listed(code: str, name: str, items: Sequence[str]) -> tuple[Finding, ...]:
    """Note ``items``, how many and the first, where there are any."""
    return (finding(code, name=name, number=len(items), first=items[0]),) if items else ()


def gather_facts(package: Package, layout: Layout, *, sha256: str) -> tuple[
    BookFacts, tuple[Finding, ...]
]:  # fmt: skip
    """Collect the facts of a workbook and the notes that go with them.

    Parameters
    ----------
    package, layout
        The opened package and its workbook part.
    sha256
        Hash of the file's bytes.

    Returns
    -------
    BookFacts, tuple of Finding
        Macros, links, connections, DDE, signatures and embedded objects are NOTE findings.
    """
    name = package.name
    core = _texts(package, package.find("docProps/core.xml"), {"modified"})
    app = _texts(package, package.find("docProps/app.xml"), {"Application", "AppVersion"})
    files, live = _links(package)
    connections = _connections(package)
    lower = [part.lower() for part in package.parts]
    macros = [
        what
        for what, there in (
            ("VBA project", any(p.endswith("vbaproject.bin") for p in lower)),
            ("Excel 4 macro sheet", any(s.kind in _MACRO_SHEETS for s in layout.sheets)),
        )
        if there
    ]
    embedded = sum(p.startswith(("xl/embeddings/", "xl/activex/activex")) for p in lower)
    notes: list[Finding] = []
    if macros:
        notes.append(finding("WB401", name=name, what=", ".join(macros)))
    notes += _listed("WB402", name, files)
    notes += _listed("WB403", name, connections)
    notes += _listed("WB404", name, live)
    if layout.date_1904:
        notes.append(finding("WB406", name=name))
    if any(p.startswith("_xmlsignatures/") for p in lower):
        notes.append(finding("WB407", name=name))
    if embedded:
        notes.append(finding("WB408", name=name, number=embedded))
    if layout.manual_uncalculated:
        notes.append(finding("WB305", name=name))
    facts = BookFacts(
        name=name,
        sha256=sha256,
        size=len(package.data),
        modified=core.get("modified", ""),
        date_1904=layout.date_1904,
        application=" ".join(filter(None, (app.get("Application"), app.get("AppVersion")))),
        has_macros=bool(macros),
        external_links=files,
        connections=connections,
    )
    return facts, tuple(notes)
