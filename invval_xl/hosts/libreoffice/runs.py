"""What the menu's entries run, in the worker: facts of the open document in, an answer out.

Every run answers a dictionary: ``text`` (shown), and where there is something for the office to
do ``papers`` with ``names`` (sheets of a file to bring into the open document) or ``open`` (a file
to show read-only). A run that writes never writes to the user's file: the office holds it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import Finding, InvvalError, MisuseError, RefusedError, Severity
from invval_xl.functions.errors import last_error as kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Progress = Callable[[str, float], None]
    Facts = Mapping[str, Any]

__all__ = ["RUNS", "function_reference", "last_error", "refresh", "run", "train"]

_BOX = 1500


def run(name: str, facts: Facts, progress: Progress) -> list[Any]:
    """Carry out the entry ``name``: ``["done", answer]`` or ``["refused", sentence]``."""
    try:
        return ["done", RUNS[name](facts, progress)]
    except RefusedError as refusal:
        stopping = [f for f in refusal.findings if f.severity is Severity.STOP]
        head = f"Nothing was written: {len(stopping)} finding(s) stop the run.\n\n"
        return ["refused", head + _listed(stopping)]
    except InvvalError as error:
        return ["refused", f"Nothing was written: {error}"]
    except Exception as fault:  # noqa: BLE001 - a message box, never a traceback
        text = f"{type(fault).__name__}: {fault}"
        return ["refused", f"The document is as it was; the run failed: {text}"]


def _listed(findings: Sequence[Finding]) -> str:
    """As many findings as a message box shows, and how many more."""
    lines: list[str] = []
    for f in findings:
        line = f"{f.code}  {f.address}: {f.message} {f.remedy}".strip()
        if lines and sum(map(len, lines)) + len(line) > _BOX:
            break
        lines.append(line[:_BOX])
    more = len(findings) - len(lines)
    return "\n".join(lines + ([f"... and {more} more."] if more else []))


def refresh(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Refresh*: value the document's file, write its papers into a file of their own.

    ``facts``: ``book`` (the document as .xlsx), ``saved`` (the user's own file, empty where there
    is none: its model serves) and ``out`` (where the refreshed file goes).

    Raises
    ------
    RefusedError
        Where a STOP finding stands.
    """
    from invval_xl.hosts.file.refresh import refresh_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    request = RefreshRequest(model=_model_of(facts))
    refreshed = refresh_file(Path(facts["book"]), Path(facts["out"]), request, progress)
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


def _model_of(facts: Facts) -> Any:
    """The model trained on the saved document, which then answers the predictive cells too."""
    from invval_xl.functions.kernel.model_door import use_models
    from invval_xl.hosts.file.model_store import model_folder, model_of, seal_key

    if not facts.get("saved"):
        return None
    book = Path(facts["saved"])
    served = model_of(book)
    if served is None:
        return None
    use_models(model_folder(book), seal_key())
    return served.model


def train(facts: Facts, progress: Progress) -> dict[str, Any]:
    """*Train*: fit and judge a model on the document, seal it beside the user's saved file.

    Raises
    ------
    RefusedError
        A STOP in the document, or too little history; nothing was sealed.
    MisuseError
        Where the document has never been saved.
    """
    from invval_xl.hosts.file.model_store import put_in_service
    from invval_xl.hosts.file.read import read_book
    from invval_xl.runs.train_model import train_model

    if not facts.get("saved"):
        raise MisuseError("save the document first: its model is kept beside it")
    read = read_book(Path(facts["book"]))
    trained = train_model(read.value, progress, read.findings)
    sealed, folder = put_in_service(trained, Path(facts["saved"]), dt.datetime.now().astimezone())
    _model_of(facts)
    text = f"{sealed.card.summary}\nIt is sealed in {folder.name}; Refresh shows it on C-10."
    return {"text": text}


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
    "function_reference": function_reference,
    "last_error": last_error,
}
"""The run of every entry of :data:`~invval_xl.hosts.libreoffice.menu.MENU`."""
