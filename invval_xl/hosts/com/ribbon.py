"""What the ribbon's buttons run: xlwings' ``Book.caller()`` in, a message and its weight out.

Called through the add-in's server (``CallUDF``), so Python and its imports stay warm between
clicks. Every function answers ``[[text, weight]]`` with weight ``info`` or ``warn`` and never
raises at the user for what a finding can say.
"""

from __future__ import annotations

import datetime as dt
import functools
import getpass
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlwings as xw

from invval_xl import __version__
from invval_xl.findings import InvvalError, MisuseError, RefusedError, Severity
from invval_xl.functions.errors import last_error as kept
from invval_xl.hosts import message_box
from invval_xl.hosts.com.quiet import quiet
from invval_xl.hosts.com.read_excel import read_excel
from invval_xl.hosts.com.rebind import give_back, rebind
from invval_xl.hosts.com.write_excel import write_plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.runs.refresh_reserve import RefreshRequest

__all__ = [
    "about",
    "awake",
    "export_binder",
    "export_book",
    "function_reference",
    "last_error",
    "next_item",
    "record_decisions",
    "refresh",
    "refresh_book",
    "train",
    "train_book",
    "verify",
    "verify_book",
]

_BOX = 850  # of the findings in a message box, which cuts at 1,023 characters
_MOST = 1000
Answer = list[list[str]]


def _run(function: Callable[[], Answer]) -> Any:
    """Spell a run for xlwings: no arguments, answer as it is, every fault in words."""

    @functools.wraps(function)
    def run() -> Answer:
        try:
            return function()
        except RefusedError as refusal:
            return [[message_box.stopped(refusal.findings, _BOX), "warn"]]
        except InvvalError as error:
            return [[f"Nothing was written: {error}", "warn"]]
        except Exception as fault:  # noqa: BLE001 - a message box, never a traceback
            return [[f"The workbook is as it was; the run failed: {_worded(fault)}", "warn"]]

    return xw.ret(convert="raw")(xw.func(run))


def _worded(fault: Exception) -> str:
    """What a fault says; of a COM error the description Excel gave."""
    details = fault.args[2] if len(fault.args) > 2 else None  # noqa: PLR2004 - com_error's place
    if isinstance(details, tuple) and len(details) > 2 and details[2]:  # noqa: PLR2004 - as above
        return str(details[2])
    return f"{type(fault).__name__}: {fault}"


def refresh_book(book: Any) -> str:
    """Refresh ``book`` (an ``xw.Book``): read, value, write the papers; the message to show.

    Raises
    ------
    RefusedError
        Where a STOP finding stands; the workbook is then as it was.
    """
    from invval_xl.hosts.file.kept_store import put_valued
    from invval_xl.runs.refresh_reserve import refresh_reserve

    app = book.app
    if app.calculation != "automatic":
        app.calculate()
    with quiet(app) as report:
        report("read the sheets", 0.0)
        bound = rebind(book)
        try:
            if bound:
                app.calculate()
            read = read_excel(book)
            request = _request(book)
            refreshed = refresh_reserve(read.value, request, report, read.findings)
            report("write the papers", 0.9)
            written = write_plans(book, refreshed.plans)
            if refreshed.case.beside is not None:
                put_valued(Path(book.fullname), refreshed.case.beside)
        except BaseException:
            give_back(bound)
            raise
    summary = refreshed.summary
    warnings = [f for f in refreshed.findings if f.severity is Severity.WARN]
    text = (
        f"{summary.entity}, {summary.as_of}: reserve {summary.closing_reserve:,.2f} "
        f"{summary.currency} on {summary.items:,} items at cost {summary.cost:,.2f}.\n"
        f"{written.sheets} papers written; {len(warnings)} warning(s) on C-12."
    )
    if bound:
        text += f"\n{len(bound)} INV_ formula(s) from elsewhere were bound to this add-in."
    if written.undressed:
        text += f"\nThis Excel did not take: {', '.join(written.undressed)}."
    return text


def _request(book: Any) -> RefreshRequest:
    """What lies beside the saved workbook, and what is typed on C-7 on the screen."""
    from invval_xl.hosts.com.review import remembered, typed_lines
    from invval_xl.hosts.file.beside import answer_cells, with_model
    from invval_xl.runs.refresh_reserve import RefreshRequest

    path = Path(book.fullname)
    answer_cells(path)
    return with_model(RefreshRequest(memory=remembered(book), typed=typed_lines(book)), path)


@_run
def refresh() -> Answer:
    """The *Refresh* button."""
    return [[refresh_book(xw.Book.caller()), "info"]]


def train_book(book: Any) -> str:
    """Train on ``book`` and seal the model beside its saved file; the message to show.

    Raises
    ------
    RefusedError
        Where a STOP finding stands, or the history is too short; nothing was sealed.
    MisuseError
        Where the workbook has never been saved.
    """
    from invval_xl.hosts.com.review import remembered
    from invval_xl.hosts.file.beside import answer_cells
    from invval_xl.hosts.file.kept_store import kept_beside
    from invval_xl.hosts.file.model_store import put_in_service
    from invval_xl.runs.train_model import train_model

    path = Path(book.fullname)
    if not path.is_file():
        raise MisuseError("save the workbook first: its model is kept beside it")
    with quiet(book.app) as report:
        report("read the sheets", 0.0)
        read = read_excel(book)
        kept = kept_beside(path)
        trained = train_model(read.value, report, read.findings, remembered(book), beside=kept)
        now = dt.datetime.now().astimezone()
        sealed, folder = put_in_service(trained, path, now, user=getpass.getuser())
    answer_cells(path)
    return f"{sealed.card.summary}\nIt is sealed in {folder.name}; Refresh shows it on C-10."


@_run
def train() -> Answer:
    """The *Train* button."""
    return [[train_book(xw.Book.caller()), "info"]]


def _saved(book: Any, what: str) -> Path:
    """Where ``book`` is saved, as it stands on the screen."""
    path = Path(book.fullname)
    if not path.is_file() or getattr(book.api, "Saved", True) is False:
        raise MisuseError(f"save the workbook first: {what} what is saved")
    return path


def export_book(book: Any, now: dt.datetime) -> str:
    """Export the binder of the saved ``book`` into a new folder beside it; the message to show.

    Raises
    ------
    RefusedError
        Where a STOP finding stands, or the papers are not what the inputs give.
    MisuseError
        Where the workbook is not saved as it stands.
    """
    from invval_xl.hosts.file.export import export_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    path = _saved(book, "the binder is of")
    folder = path.with_name(f"{path.stem} binder {now:%Y-%m-%d %H%M%S}")
    with quiet(book.app) as report:
        done = export_file(
            path,
            folder,
            RefreshRequest(),
            report,
            printer=functools.partial(_print, book.app),
        )
    return message_box.exported(done, "button", _BOX)


def _print(app: Any, papers: Path, pdf: Path) -> str:
    """Print the papers by this Excel."""
    from invval_xl.hosts.file.office import OfficeError

    try:
        opened = app.books.open(str(papers), read_only=True, update_links=False)
        try:
            opened.to_pdf(str(pdf))
        finally:
            opened.close()
    except Exception as fault:
        raise OfficeError(f"Excel: {_worded(fault)}") from fault
    return "by Excel, which stamps the time: another export has other bytes"


@_run
def export_binder() -> Answer:
    """The *Export binder* button."""
    return [[export_book(xw.Book.caller(), dt.datetime.now().astimezone()), "info"]]


def verify_book(book: Any) -> list[str]:
    """Re-perform the saved ``book``; the message to show and its weight.

    Raises
    ------
    MisuseError
        Where the workbook is not saved as it stands.
    """
    from invval_xl.hosts.file.verify import verify_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    path = _saved(book, "this verifies")
    with quiet(book.app) as report:
        verified = verify_file(path, RefreshRequest(), report)
    text = message_box.verified(verified, _BOX)
    return [text[:_MOST], "info" if verified.held else "warn"]


@_run
def verify() -> Answer:
    """The *Verify* button."""
    return [verify_book(xw.Book.caller())]


@_run
def record_decisions() -> Answer:
    """The *Record decisions* button."""
    from invval_xl.hosts.com.review import record_book

    book = xw.Book.caller()
    return [[record_book(book, _request(book), dt.datetime.now().astimezone()), "info"]]


@_run
def next_item() -> Answer:
    """The *Next item* button."""
    from invval_xl.hosts.com.review import next_line

    return [[next_line(xw.Book.caller()), "info"]]


@_run
def function_reference() -> Answer:
    """The *Function reference* button: open the workbook, read-only."""
    from invval_xl.hosts.com.paths import reference_book

    path = reference_book()
    if not path.is_file():
        return [[f"{path} is not there; run: invval addin install", "warn"]]
    app = xw.apps.active
    if app is None:
        return [[f"Open {path} by hand: no Excel answers.", "warn"]]
    app.books.open(str(path), read_only=True)
    return [["", "info"]]


@_run
def last_error() -> Answer:
    """The *Last error* button."""
    return [[kept.text(), "info"]]


@_run
def awake() -> Answer:
    """Whether the process still answers; asked before a run."""
    return [["", "info"]]


@_run
def about() -> Answer:
    """The *About* button."""
    lines = (
        f"Inventory valuation, invval-xl {__version__}",
        f"Python {platform.python_version()} ({platform.architecture()[0]})",
        f"{Path(sys.executable)}",
        f"xlwings {xw.__version__}",
    )
    return [["\n".join(lines), "info"]]
