"""Export a binder to disk: a folder that is there whole or not at all.

Everything is written into a temp folder beside the one asked for and renamed into place when the
last byte is on disk. A folder that is there with anything else in it is refused; an earlier export
is replaced only when asked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from invval_xl.findings import Finding, MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.atomic import worded
from invval_xl.hosts.file.beside import with_all_beside
from invval_xl.hosts.file.cell_rows import CellReader
from invval_xl.hosts.file.ledger import ledger_facts
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.office import OfficeError, converted, find_office, undated
from invval_xl.hosts.file.preflight import open_book
from invval_xl.hosts.file.read import read_opened
from invval_xl.hosts.file.write import author
from invval_xl.runs.export_binder import (
    BINDER,
    MANIFEST,
    Exported,
    ExportRequest,
    export_binder,
    sealed,
)
from invval_xl.workpapers.case import PAPERS

if TYPE_CHECKING:
    from invval_xl.runs.refresh_reserve import RefreshRequest

__all__ = ["PDF", "ExportedFiles", "export_file", "packages", "part_hashes"]

PDF = "binder.pdf"

_DISTRIBUTIONS = (
    "invval-xl", "numpy", "pandas", "pyarrow", "scikit-learn", "openpyxl", "xlsxwriter",
)  # fmt: skip
_TEMP, _OLD = ".invval-export-", ".invval-replaced-"
_STRAY_SECONDS = 3600.0
_PDF_SECONDS = 300.0

Printer = Callable[[Path, Path], str]
"""Prints a workbook to a PDF file; answers by what it was printed, or raises an OfficeError."""


@dataclass(frozen=True, eq=False)
class ExportedFiles:
    """What was written, and where."""

    folder: Path
    files: tuple[str, ...]
    exported: Exported
    findings: tuple[Finding, ...]


def export_file(
    book: Path,
    folder: Path,
    request: RefreshRequest,
    progress: Callable[[str, float], None],
    *,
    refresh: bool = False,
    force: bool = False,
    pdf: bool = True,
    printer: Printer | None = None,
    ledger_url: str = "",
) -> ExportedFiles:
    """Export the binder of ``book`` into ``folder``; ``book`` is only read.

    Parameters
    ----------
    refresh
        Take the papers as they are made anew where the workbook's own differ.
    force
        Replace an earlier export in ``folder``.
    pdf
        Print the papers to PDF.
    printer
        Prints them; ``None``: LibreOffice, where it is.
    ledger_url
        Of a ledger elsewhere than beside ``book``.

    Raises
    ------
    RefusedError
        A STOP in the workbook, stale papers (WB801), a folder that is taken (WB804, WB805).
    MisuseError
        No such workbook, or no folder to put the export into.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    folder = folder.absolute()
    if not folder.parent.is_dir():
        raise MisuseError(f"the folder {folder.parent} is not there")
    _check_folder(folder, force=force)
    opened = open_book(book, Limits())
    read = read_opened(opened.value)
    reader = CellReader(opened.value)
    standing = {name: partial(reader.rows, name) for name in reader.sheets if name in PAPERS}
    asked = with_all_beside(request, book, read.value, ledger_url)
    exported = export_binder(
        read.value,
        ExportRequest(
            asked,
            packages(),
            ledger_facts(book, ledger_url),
            refresh,
        ),
        standing,
        lambda step, share: progress(step, 0.1 + 0.5 * share),
        (*opened.findings, *read.findings),
    )
    found = list(exported.findings)
    with _whole(folder, force=force) as temp:
        progress("write the binder", 0.6)
        created = dt.datetime.combine(exported.refreshed.case.as_of, dt.time())
        author(exported.plans, temp / BINDER, created=created)
        for path, data in exported.evidence.items():
            place = temp / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        progress("print to PDF", 0.7)
        printed = _print(exported, temp, created, printer) if pdf else "not asked for"
        if isinstance(printed, Finding):
            found.append(printed)
        _write_manifest(exported, temp, printed)
        progress("done", 1.0)
        files = tuple(sorted(p.relative_to(temp).as_posix() for p in _files(temp)))
    return ExportedFiles(folder, files, exported, tuple(found))


def packages() -> dict[str, str]:
    """Versions of what computes and writes, by distribution, and Python's own."""
    found = {"python": python_version()}
    for name in _DISTRIBUTIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def part_hashes(book: Path) -> dict[str, str]:
    """SHA-256 of every part of a workbook, inflated."""
    with zipfile.ZipFile(book) as package:
        return {
            name: hashlib.sha256(package.read(name)).hexdigest()
            for name in sorted(package.namelist())
        }


def _print(
    exported: Exported, temp: Path, created: dt.datetime, printer: Printer | None
) -> Finding | str:
    """Print the papers (not the copies of input sheets); a finding where it cannot be done."""
    if printer is None and find_office() is None:
        return finding("WB806")
    papers = temp / "binder-papers" / BINDER
    papers.parent.mkdir()
    try:
        author(exported.papers, papers, created=created)
        if printer is not None:
            return printer(papers, temp / PDF)
        made = converted(papers, "pdf", papers.parent, seconds=_PDF_SECONDS)
        (temp / PDF).write_bytes(undated(made.read_bytes(), f"{created:%Y%m%d%H%M%S}"))
    except OfficeError as error:
        return finding("WB807", reason=str(error))
    finally:
        shutil.rmtree(papers.parent, ignore_errors=True)
    return (
        "by LibreOffice; its dates are the period end and its random ids zeros, so the same"
        " LibreOffice with the same fonts gives the same bytes"
    )


def _write_manifest(exported: Exported, temp: Path, printed: Finding | str) -> None:
    manifest: dict[str, Any] = {
        **exported.manifest,
        "pdf": printed.message if isinstance(printed, Finding) else printed,
        "parts": part_hashes(temp / BINDER),
        "files": {
            path.relative_to(temp).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(_files(temp))
        },
    }
    manifest["manifest_sha256"] = sealed(manifest)
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=False)
    (temp / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds anything; an earlier export of ours may be replaced when asked."""
    if folder.exists() and not folder.is_dir():
        raise MisuseError(f"{folder} is a file")
    if not folder.is_dir():
        return
    inside = sorted(path.name for path in folder.iterdir())
    if not inside:
        return
    run = _earlier(folder)
    if run is None:
        raise RefusedError([finding("WB804", name=folder.name, first=", ".join(inside[:3]))])
    if not force:
        raise RefusedError([finding("WB805", name=folder.name, run=run)])


def _earlier(folder: Path) -> str | None:
    """The run of an earlier export that is all there is in ``folder``, else ``None``."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = {*manifest["files"], MANIFEST}
        run = str(manifest["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    strangers = {p.relative_to(folder).as_posix() for p in _files(folder)} - listed
    return None if strangers else run


@contextmanager
def _whole(folder: Path, *, force: bool) -> Iterator[Path]:
    """A temp folder that becomes ``folder`` when the block ends well, and vanishes otherwise."""
    parent = folder.parent
    _sweep(folder)
    mark = secrets.token_hex(8)
    temp = parent / f".{folder.name}{_TEMP}{mark}"
    old = parent / f".{folder.name}{_OLD}{mark}"
    with worded(folder):
        try:
            temp.mkdir()
            yield temp
            for path in _files(temp):
                _settle(path)
            _check_folder(folder, force=force)  # somebody may have been there meanwhile
            if folder.is_dir():
                folder.rename(old)
            try:
                temp.rename(folder)
            except OSError:
                if old.is_dir():
                    old.rename(folder)
                raise
        finally:
            shutil.rmtree(temp, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
        _settle(parent)


def _settle(path: Path) -> None:
    """Have what was written reach the disk; a folder where the system allows it."""
    with suppress(PermissionError, IsADirectoryError):
        handle = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove temp folders that killed exports left; put back one that was being replaced."""
    for stray in sorted(folder.parent.glob(f".{_literal(folder.name)}.invval-*")):
        with suppress(OSError):
            if stray.name.startswith(f".{folder.name}{_OLD}") and not folder.exists():
                stray.rename(folder)
            elif time.time() - stray.stat().st_mtime >= _STRAY_SECONDS:
                shutil.rmtree(stray, ignore_errors=True)


def _literal(name: str) -> str:
    """``name`` for a pattern: its own brackets and stars mean themselves."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def read_export(path: Path) -> tuple[Path, Mapping[str, Any] | None, Path | None]:
    """The workbook, the manifest (``None``: there is none) and the folder of an export.

    Parameters
    ----------
    path
        The folder, or a workbook: then a manifest beside it counts only if it names that file.

    Raises
    ------
    MisuseError
        Nothing there.
    """
    folder = path if path.is_dir() else path.parent
    book = path / BINDER if path.is_dir() else path
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    place = folder / MANIFEST
    if book.name != BINDER or not place.is_file():
        return book, None, None
    try:
        manifest = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return book, {"unreadable": str(error)}, folder
    return book, manifest if isinstance(manifest, dict) else {"unreadable": "no object"}, folder
