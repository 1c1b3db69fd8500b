"""Where models lie: beside the workbook, sealed with a key that lies in the user's own folder."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.atomic import worded
from invval_xl.hosts.file.kept_store import kept_beside
from invval_xl.hosts.file.ledger import ledger_of, memory_of
from invval_xl.hosts.file.lock import holding
from invval_xl.hosts.file.read import read_book
from invval_xl.ledger.entries import ModelVersion
from invval_xl.models.card import build_card
from invval_xl.models.registry import NOT_APPROVED, save_model
from invval_xl.models.serving import Served, served_model
from invval_xl.runs.memory import book_id
from invval_xl.runs.train_model import Trained, train_model

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from invval_xl.ledger.store import Ledger
    from invval_xl.models.registry import Entry
    from invval_xl.tables.table import Control

__all__ = [
    "model_folder",
    "model_of",
    "put_in_service",
    "remember_version",
    "seal_key",
    "train_file",
]

_KEY_BYTES = 32


def model_folder(book: Path) -> Path:
    """The folder of a workbook's models: ``NAME.invval-models`` beside it."""
    return book.with_name(f"{book.stem}.invval-models")


def _key_path() -> Path:
    return Path(platformdirs.user_data_dir("invval", appauthor=False)) / "model.key"


def seal_key() -> bytes:
    """The key models are sealed with; made once, readable by its user alone.

    It is linked into place whole: of two runs that make one the first stands, and a killed run
    leaves none rather than an empty one.

    Raises
    ------
    RefusedError
        MD108 where the file holds no key (damaged): nothing can be vouched for by it.
    """
    path = _key_path()
    if not path.is_file():
        with worded(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
            try:
                handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as stream:
                    stream.write(secrets.token_bytes(_KEY_BYTES))
                    stream.flush()
                    os.fsync(stream.fileno())
                _put(made, path)
            finally:
                made.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise RefusedError([finding("MD108", path=path, bytes=len(key))])
    return key


def _put(made: Path, path: Path) -> None:
    """Link ``made`` into place unless one stands there; renamed where nothing can be linked."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    except OSError:
        os.replace(made, path)  # noqa: PTH105 - the call whose atomicity is meant


def model_of(book: Path) -> Served | None:
    """The model trained for ``book``, or ``None`` where nobody trained one.

    Raises
    ------
    RefusedError
        Where a file is not what its sealed manifest vouches for (MD101 to MD105).
    """
    folder = model_folder(book)
    if not (folder / "manifest.json").is_file():
        return None
    served = served_model(folder, seal_key())
    return served if served.trained else None


def train_file(
    book: Path,
    progress: Callable[[str, float], None],
    now: dt.datetime,
    ledger_url: str = "",
    *,
    user: str = "",
    cluster: str = "",
) -> tuple[Trained, Path]:
    """Train on a workbook and put the model into service beside it; the workbook is only read.

    ``cluster`` is the address of a Dask scheduler the folds are fitted on; empty: here.

    Raises
    ------
    RefusedError
        A STOP in the workbook, or too little history.
    MisuseError
        No such file.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    read = read_book(book)
    memory = memory_of(ledger_of(book, ledger_url))
    trained = train_model(read.value, progress, read.findings, memory, cluster, kept_beside(book))
    return put_in_service(trained, book, now, ledger_url, user=user)


def remember_version(
    ledger: Ledger,
    entry: Entry,
    control: Control,
    who: str,
    now: dt.datetime,
    *,
    reason: str = "",
    evidence: str = "",
) -> None:
    """The model version, into the ledger; none is created for it."""
    if not ledger.exists:
        return
    version = ModelVersion(
        model_id=entry.model_id,
        data_sha256=entry.data_sha256,
        answers=", ".join(entry.answered_by),
        approved_by=entry.approver if entry.approved else "",
        reason=reason,
        evidence=evidence,
    )
    ledger.append(
        [version],
        book=book_id(control),
        period_end=control.period_end.isoformat(),
        who=who or control.preparer,
        at=now.isoformat(),
    )


def put_in_service(
    trained: Trained, book: Path, now: dt.datetime, ledger_url: str = "", *, user: str = ""
) -> tuple[Trained, Path]:
    """Seal a trained model beside ``book``; the trained run under its sealed name, and where.

    The workbook's ledger, where there is one, remembers the version.
    """
    folder = model_folder(book)
    key = seal_key()
    with worded(folder):
        folder.mkdir(exist_ok=True)
    with holding(folder / "manifest.json"), worded(folder):
        for stray in folder.glob(".writing-*"):  # of a killed run: we hold the lock
            stray.unlink(missing_ok=True)
        entry = save_model(
            trained.model,
            folder,
            key=key,
            data_sha256=trained.data_sha256,
            approver=NOT_APPROVED,
            trained_at=now.isoformat(timespec="seconds"),
        )
    remember_version(ledger_of(book, ledger_url), entry, trained.control, user, now)
    sealed = replace(trained.model, model_id=entry.model_id)
    return replace(trained, model=sealed, card=build_card(sealed)), folder
