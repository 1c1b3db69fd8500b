"""A person lets the model beside a workbook value inventory, on the evidence of its lookback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.atomic import worded
from invval_xl.hosts.file.ledger import ledger_of, memory_of
from invval_xl.hosts.file.lock import holding
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.hosts.file.model_store import model_folder, remember_version, seal_key
from invval_xl.hosts.file.read import read_book
from invval_xl.ledger.entries import canonical
from invval_xl.models.registry import approve_model
from invval_xl.monitoring.champion import promotion
from invval_xl.tables.check import check_book

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from invval_xl.models.registry import Entry

__all__ = ["approve_file"]


def approve_file(
    book: Path, who: str, now: dt.datetime, ledger_url: str = "", *, reason: str = ""
) -> Entry:
    """Approve the model in service beside ``book`` to value inventory; its preparer may not.

    Where a lookback is stored, its paired comparison of the model with what was served is the
    evidence: it is recorded with the approval, and against it only a stated ``reason`` approves.

    Raises
    ------
    RefusedError
        Where the files are not what the seal vouches for, the model is approved already (MD106),
        or ``who`` prepared the workbook (MD107).
    MisuseError
        No such file, nobody trained a model on it, or no reason against the evidence.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    folder = model_folder(book)
    if not (folder / "manifest.json").is_file():
        raise MisuseError(f"no model was trained on {book.name} yet; run invval train {book.name}")
    control = check_book(read_book(book).value).value.control
    if not who.strip() or control.preparer.casefold() == who.strip().casefold():
        raise RefusedError([finding("MD107", sheet=control.sheet, who=who.strip() or "nobody")])
    evidence = _evidence(book, control.preparer, who.strip(), now, reason.strip())
    ledger = ledger_of(book, ledger_url)
    memory_of(ledger)  # nothing is added to a chain that is broken
    with holding(folder / "manifest.json"), worded(folder):
        entry = approve_model(folder, seal_key(), who, now.isoformat(timespec="seconds"))
    remember_version(
        ledger, entry, control, who.strip(), now, reason=reason.strip(), evidence=evidence
    )
    return entry


def _evidence(book: Path, preparer: str, who: str, now: dt.datetime, reason: str) -> str:
    """The promotion on the stored lookback's comparison, as canonical JSON; empty without one."""
    lookback = lookback_of(book)
    compared = [c for c in lookback.comparisons if c.challenger == "model"] if lookback else []
    if not compared:
        return ""
    record = promotion(
        compared[0],
        decided_on=now.date().isoformat(),
        prepared_by=preparer,
        approved_by=who,
        reason=reason,
    )
    return canonical(record.payload())
