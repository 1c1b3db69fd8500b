"""Verify a binder on disk: read it, find a second engine, hand both to the run."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.cell_rows import CellReader
from invval_xl.hosts.file.export import part_hashes, read_export
from invval_xl.hosts.file.kept_store import kept_beside, kept_in
from invval_xl.hosts.file.ledger import ledger_walk, with_memory
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.lock import owner_files
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.hosts.file.model_store import model_of
from invval_xl.hosts.file.office import OfficeError, converted, find_office
from invval_xl.hosts.file.preflight import open_book
from invval_xl.hosts.file.read import read_opened
from invval_xl.runs.carried_decisions import DECISIONS, Carried
from invval_xl.runs.carried_decisions import unpacked as unpacked_decisions
from invval_xl.runs.export_binder import KEPT_FOLDER, MANIFEST, OPEN_KEY, lookback_id
from invval_xl.runs.verify_binder import BinderRead, Verified, verify_binder
from invval_xl.workpapers.laid import CellRow, LaidCell
from invval_xl.workpapers.sources_sheet import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invval_xl.models.trained import TrainedModel
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.reserving.kept_beside import KeptBeside
    from invval_xl.runs.refresh_reserve import RefreshRequest

__all__ = ["read_binder", "verify_file"]

_SECONDS = 600.0


def verify_file(
    path: Path,
    request: RefreshRequest,
    progress: Callable[[str, float], None],
    *,
    recalculate: bool = True,
    ledger_url: str = "",
) -> Verified:
    """Re-perform the binder at ``path``: an export, its workbook, or a refreshed workbook.

    Parameters
    ----------
    request
        As-of date and framework, where the papers of a refreshed workbook were asked for others
        than Control states.
    recalculate
        Ask LibreOffice, else IronCalc, to recalculate every formula.
    ledger_url
        Of a ledger elsewhere than beside the workbook; its chain is walked.

    Raises
    ------
    RefusedError
        Where the workbook cannot or must not be read.
    MisuseError
        Where there is none.
    """
    progress("read", 0.0)
    read, book = read_binder(path, request, ledger_url)
    read = replace(read, ledger=ledger_walk(book, ledger_url))
    with tempfile.TemporaryDirectory(prefix="invval-verify-", ignore_cleanup_errors=True) as held:

        def engine() -> tuple[str, Callable[[str], Iterable[CellRow]]] | str:
            if not recalculate:
                return "--no-recalculation was asked for"
            return _recalculated(book, Path(held), read)

        return verify_binder(read, engine, progress)


def read_binder(
    path: Path, request: RefreshRequest, ledger_url: str = ""
) -> tuple[BinderRead, Path]:
    """What a verification needs of the binder at ``path``, and the workbook's own place."""
    book, manifest, folder = read_export(path)
    opened = open_book(book, Limits())
    raw = read_opened(opened.value)
    reader = CellReader(opened.value)
    if SOURCES not in reader.sheets:  # an export carries what its ledger said at the time
        request = with_memory(request, book, raw.value, ledger_url)
    files: dict[str, str] = {}
    if folder is not None:
        opened_by = {owner.name for owner in owner_files(book)}  # an auditor looks at it meanwhile
        files = {
            found.relative_to(folder).as_posix(): hashlib.sha256(found.read_bytes()).hexdigest()
            for found in sorted(folder.rglob("*"))
            if found.is_file() and found.name != MANIFEST and found.name not in opened_by
        }

    def evidence(name: str) -> str | None:
        place = folder / name if folder is not None else None
        if place is None or name not in files:
            return None
        return place.read_bytes().decode("utf-8-sig", "replace")

    def model(model_id: str) -> TrainedModel | None:
        if SOURCES not in reader.sheets:
            served = model_of(book)
            return served.model if served else None
        return _model(folder, manifest, model_id)

    def lookback(name: str) -> Lookback | None:
        if SOURCES not in reader.sheets:
            return lookback_of(book)
        return _lookback(folder, name)

    read = BinderRead(
        name=book.name,
        raw=raw.value,
        read_findings=(*opened.findings, *raw.findings),
        sheets=reader.sheets,
        rows_of=reader.rows,
        manifest=manifest,
        files=files,
        parts=part_hashes(book) if manifest is not None else {},
        evidence=evidence,
        model=model,
        lookback=lookback,
        decisions=partial(_decisions, folder),
        beside=partial(_kept, folder) if SOURCES in reader.sheets else lambda _: kept_beside(book),
        asked=request,
    )
    return read, book


def _model(
    folder: Path | None, manifest: Mapping[str, Any] | None, model_id: str
) -> TrainedModel | None:
    """The exported model, its bytes hashed before they are read; arrays only, nothing can run."""
    entry = (manifest or {}).get("model")
    if folder is None or not isinstance(entry, dict) or entry.get("id") != model_id:
        return None
    place = folder / f"model/{model_id}.npz"
    if not model_id.isalnum() or not place.is_file():
        return None
    data = place.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.get("sha256"):
        return None
    from invval_xl.models.packing import unpack

    try:
        return replace(unpack(data), approver=str(entry.get("approver", "")))
    except (ValueError, KeyError, TypeError, OSError):
        return None


def _lookback(folder: Path | None, name: str) -> Lookback | None:
    """The exported lookback, where its files are those that ``Sources`` names."""
    from invval_xl.monitoring.store import NAME, unpacked

    place = folder / "lookback" if folder is not None else None
    if place is None or not (place / NAME).is_file():
        return None
    files = {f"lookback/{path.name}": path.read_bytes() for path in place.iterdir()}
    if lookback_id(files) != name:
        return None
    try:
        return unpacked(
            files[f"lookback/{NAME}"], OPEN_KEY, lambda n: files.get(f"lookback/{n}", b"")
        )
    except RefusedError:
        return None


def _kept(folder: Path | None, said: str) -> KeptBeside | None:
    """What was exported of what is kept beside, where it is what ``Sources`` names."""
    kept = kept_in(folder / KEPT_FOLDER) if folder is not None else None
    return kept if kept is not None and kept.sha256[:12] == said else None


def _decisions(folder: Path | None, name: str) -> Carried | None:
    """The exported decisions, where they are the ones that ``Sources`` names."""
    place = folder / DECISIONS if folder is not None else None
    if place is None or not place.is_file():
        return None
    data = place.read_bytes()
    if hashlib.sha256(data).hexdigest()[:12] != name:
        return None
    try:
        return unpacked_decisions(data)
    except ValueError:
        return None


def _recalculated(
    book: Path, folder: Path, read: BinderRead
) -> tuple[str, Callable[[str], Iterable[CellRow]]] | str:
    """Every formula's value by LibreOffice, else by IronCalc, else why not."""
    if find_office() is not None:
        try:
            made = converted(book, "xlsx", folder, seconds=_SECONDS)
            reader = CellReader(open_book(made, Limits()).value)
        except OfficeError as error:
            return f"LibreOffice: {error}"
        return "LibreOffice", reader.rows
    try:
        import ironcalc
    except ImportError:
        return "neither LibreOffice nor IronCalc is installed"
    model = ironcalc.load_from_xlsx(str(book), "en", "UTC", "en")
    model.evaluate()
    places = {s["name"]: i for i, s in enumerate(model.get_worksheets_properties())}
    return "IronCalc", partial(_ironcalc_rows, model, places, read)


def _ironcalc_rows(
    model: Any, places: Mapping[str, int], read: BinderRead, sheet: str
) -> Iterable[CellRow]:
    for row, cells in read.rows_of(sheet):
        found = {
            column: LaidCell(_plain(model.get_cell_value(places[sheet], row, column)))
            for column, cell in cells.items()
            if cell.formula
        }
        if found:
            yield row, found


def _plain(value: object) -> float | str | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    return float(value)  # type: ignore[arg-type]
