"""What the menu's entries run, in the worker: facts of the open document in, an answer out.

Every run answers a dictionary: ``text`` (shown), and where there is something for the office to
do ``papers`` with ``names`` (sheets of a file to bring into the open document) or ``open`` (a file
to show read-only). A run that writes never writes to the user's file: the office holds it.
"""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import InvvalError, MisuseError, RefusedError, Severity
from invval_xl.functions.errors import last_error as kept
from invval_xl.hosts import message_box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Progress = Callable[[str, float], None]
    Facts = Mapping[str, Any]

__all__ = [
    "RUNS",
    "export",
    "function_reference",
    "last_error",
    "record",
    "refresh",
    "run",
    "train",
    "verify",
]

_BOX = 1500


def run(name: str, facts: Facts, progress: Progress) -> list[Any]:
    """Carry out the entry ``name``: ``["done", answer]`` or ``["refused", sentence]``."""
    try:
        return ["done", RUNS[name](facts, progress)]
    except RefusedError as refusal:
        return ["refused", message_box.stopped(refusal.findings, _BOX)]
    except InvvalError as error:
        return ["refused", f"Nothing was written: {error}"]
    except Exception as fault:  # noqa: BLE001 - a message box, never a traceback
        text = f"{type(fault).__name__}: {fault}"
        return ["refused", f"The document is as it was; the run failed: {text}"]


def refresh(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Refresh*: value the document's file, write its papers into a file of their own.

    ``facts``: ``book`` (the document as .xlsx), ``saved`` (the user's own file, empty where there
    is none: its model serves) and ``out`` (where the refreshed file goes).

    Raises
    ------
    RefusedError
        Where a STOP finding stands.
    """
    from invval_xl.hosts.file.beside import answer_cells, with_model
    from invval_xl.hosts.file.kept_store import put_valued
    from invval_xl.hosts.file.refresh import refresh_file
    from invval_xl.ledger.store import beside
    from invval_xl.runs.refresh_reserve import RefreshRequest

    request, ledger = RefreshRequest(), ""
    if facts["saved"]:  # what lies beside the user's file belongs to the document
        saved = Path(facts["saved"])
        answer_cells(saved)
        request, ledger = with_model(request, saved), beside(saved)
    book, out = Path(facts["book"]), Path(facts["out"])
    refreshed = refresh_file(book, out, request, progress, ledger)
    if facts["saved"] and refreshed.case.beside is not None:
        put_valued(Path(facts["saved"]), refreshed.case.beside)
    summary = refreshed.summary
    warnings = [f for f in refreshed.findings if f.severity is Severity.WARN]
    return {
        "text": (
            f"{summary.entity}, {summary.as_of}: reserve {summary.closing_reserve:,.2f} "
            f"{summary.currency} on {summary.items:,} items at cost {summary.cost:,.2f}.\n"
            f"{len(refreshed.plans)} papers written; {len(warnings)} warning(s) on C-12. "
            "Save the document to keep them."
        ),
        "papers": facts["out"],
        "names": [plan.name for plan in refreshed.plans],
    }


def train(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Train*: fit and judge a model on the document, seal it beside the user's saved file.

    Raises
    ------
    RefusedError
        A STOP in the document, or too little history; nothing was sealed.
    MisuseError
        Where the document has never been saved.
    """
    from invval_xl.hosts.file.beside import answer_cells
    from invval_xl.hosts.file.kept_store import kept_beside
    from invval_xl.hosts.file.ledger import ledger_of, memory_of
    from invval_xl.hosts.file.model_store import put_in_service
    from invval_xl.hosts.file.read import read_book
    from invval_xl.runs.train_model import train_model

    if not facts.get("saved"):
        raise MisuseError("save the document first: its model is kept beside it")
    read, saved = read_book(Path(facts["book"])), Path(facts["saved"])
    memory, kept = memory_of(ledger_of(saved)), kept_beside(saved)
    trained = train_model(read.value, progress, read.findings, memory, beside=kept)
    now = dt.datetime.now().astimezone()
    sealed, folder = put_in_service(trained, saved, now, user=getpass.getuser())
    answer_cells(saved)
    text = f"{sealed.card.summary}\nIt is sealed in {folder.name}; Refresh shows it on C-10."
    return {"text": text}


def _saved(facts: Facts, what: str) -> Path:
    """The document's own file, where it says what the document says."""
    if not facts["saved"] or facts["unsaved"]:
        raise MisuseError(f"save the document first: {what} what is saved")
    if not facts["saved"].lower().endswith((".xlsx", ".xlsm")):
        raise MisuseError(f"save the document as .xlsx first: {what} an Excel file")
    return Path(facts["saved"])


def record(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Record decisions*: what is typed on C-7 of the saved document, into its ledger.

    Raises
    ------
    RefusedError
        Where a line is refused: nothing was recorded.
    MisuseError
        Where the document is not saved as it stands, or has no C-7.
    """
    from invval_xl.hosts.file.record import record_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    book = _saved(facts, "the ledger takes")
    now = dt.datetime.now().astimezone()
    recorded, ledger = record_file(
        book, "", RefreshRequest(), progress, user=getpass.getuser(), now=now
    )
    there = f"; {recorded.already} were there already" if recorded.already else ""
    text = f"Recorded {len(recorded.decisions)} decision(s) in {ledger.name}{there}."
    return {"text": f"{text} Refresh carries them into the papers."}


def export(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Export binder*: of the saved document, into a new folder beside it.

    Raises
    ------
    RefusedError
        Where a STOP finding stands, or the papers are not what the inputs give.
    MisuseError
        Where the document is not saved as it stands.
    """
    from invval_xl.hosts.file.export import export_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    book = _saved(facts, "the binder is of")
    now = dt.datetime.now().astimezone()
    folder = book.with_name(f"{book.stem} binder {now:%Y-%m-%d %H%M%S}")
    done = export_file(book, folder, RefreshRequest(), progress)
    return {"text": message_box.exported(done, "menu", _BOX)}


def verify(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Verify*: re-perform the saved document.

    Raises
    ------
    MisuseError
        Where the document is not saved as it stands.
    """
    from invval_xl.hosts.file.verify import verify_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    verified = verify_file(_saved(facts, "this verifies"), RefreshRequest(), progress)
    return {"text": message_box.verified(verified, _BOX)}


def function_reference(facts: Facts, _progress: Progress) -> dict[str, Any]:
    """*Function reference*: the workbook to open, from the installation's own folder.

    Raises
    ------
    MisuseError
        Where it is not there.
    """
    book = Path(facts["settings"]) / "function_reference.xlsx"
    if not book.is_file():
        raise MisuseError(f"{book} is not there; run: invval addin install --host libreoffice")
    return {"text": "", "open": str(book)}


def last_error(_facts: Facts, _progress: Progress) -> dict[str, Any]:
    """*Last error*: the sentence behind the last error value."""
    return {"text": kept.text()}


RUNS: dict[str, Callable[[Facts, Progress], dict[str, Any]]] = {
    "refresh": refresh,
    "train": train,
    "record": record,
    "export": export,
    "verify": verify,
    "function_reference": function_reference,
    "last_error": last_error,
}
"""The run of every entry of :data:`~invval_xl.hosts.libreoffice.menu.MENU`."""
