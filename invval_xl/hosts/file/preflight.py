"""Preflight: what the file is and whether it is safe to read, before any sheet is unpacked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.findings import Checked, Finding, MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.archive import Package, open_package, refuse
from invval_xl.hosts.file.facts import gather_facts
from invval_xl.hosts.file.identify import refuse_foreign_file, refuse_foreign_package
from invval_xl.hosts.file.layout import Layout, read_layout, relations
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.markup import declares_document_type

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.tables.grid import BookFacts

__all__ = ["OpenedBook", "open_book", "open_bytes", "preflight"]

_MARKUP = (".xml", ".rels", ".vml")


@dataclass(frozen=True)
class OpenedBook:
    """A workbook that passed: its package, its table of contents, its facts."""

    package: Package
    layout: Layout
    facts: BookFacts


def _load(path: Path, limits: Limits) -> bytes:
    """Read the file once; sizes are asked before."""
    if not path.exists():
        raise MisuseError(f"{path} is not there.")
    if path.is_dir():
        raise MisuseError(f"{path} is a folder, not a workbook.")
    if not path.is_file():
        raise MisuseError(f"{path} is not a regular file.")
    try:
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
            size = max(len(data), path.stat().st_size)
    except OSError as error:
        raise refuse("WB101", name=path.name, why=error.strerror or str(error)) from None
    if size > limits.file_bytes:
        raise refuse("WB201", name=path.name, size=size, limit=limits.file_bytes)
    return data


def _lock_note(path: Path) -> tuple[Finding, ...]:
    """A warning where Excel's or LibreOffice's lock file stands beside the workbook."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        try:
            if not lock.is_file():
                continue
            raw = lock.read_bytes()[:128]
        except OSError:
            raw = b""
        if lock.name.startswith("~$"):
            length = raw[0] if raw else 0
            owner = raw[1 : 1 + length].decode("latin-1", "replace")
        else:
            owner = raw.decode("utf-8", "replace").strip(",").partition(",")[0]
        shown = "".join(c for c in owner if c.isprintable()).strip()
        return (finding("WB302", name=path.name, owner=shown or lock.name),)
    return ()


def open_bytes(name: str, data: bytes, limits: Limits) -> Checked[OpenedBook]:
    """Check the bytes of a workbook; everything but the sheets' cells.

    Parameters
    ----------
    name
        The file's name, for messages.
    data
        The whole file.
    limits
        Bounds.

    Raises
    ------
    RefusedError
        The file is not a workbook, is damaged, or is hostile; each by its WB code.
    """
    refuse_foreign_file(name, data)
    package = open_package(name, data, limits)
    refuse_foreign_package(package)
    doctypes = [
        finding("WB207", name=name, part=part)
        for part in package.parts
        if part.lower().endswith(_MARKUP) and declares_document_type(package, part)
    ]
    if doctypes:
        raise RefusedError(doctypes[:20])
    main = next((r.target for r in relations(package, "") if r.kind == "officeDocument"), "")
    part = package.find(main) or package.find("xl/workbook.xml")
    if part is None:
        raise refuse("WB114", name=name, part=main or "xl/workbook.xml")
    if part.lower().endswith(".bin"):
        raise refuse("WB107", name=name)
    layout = read_layout(package, part)
    facts, notes = gather_facts(package, layout, sha256=hashlib.sha256(data).hexdigest())
    return Checked(OpenedBook(package, layout, facts), notes)


def open_book(path: Path, limits: Limits) -> Checked[OpenedBook]:
    """Read the file once and check it; see :func:`open_bytes`."""
    data = _load(path, limits)
    opened = open_bytes(path.name, data, limits)
    return Checked(opened.value, (*_lock_note(path), *opened.findings))


def preflight(path: Path, limits: Limits | None = None) -> Checked[BookFacts]:
    """Say what a file is and whether it may be read; no sheet is unpacked.

    Parameters
    ----------
    path
        The workbook.
    limits
        Bounds; the defaults of :class:`~invval_xl.hosts.file.limits.Limits`.

    Returns
    -------
    Checked[BookFacts]
        Name, hash, size, application and so on; macros, links, connections as NOTE findings.

    Raises
    ------
    MisuseError
        No such file.
    RefusedError
        By name: encrypted, .xls, .xlsb, strict, truncated, a bomb, a document type, ...
    """
    opened = open_book(path, limits or Limits())
    return Checked(opened.value.facts, opened.findings)
