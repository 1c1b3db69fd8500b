"""The menu *Inventory valuation* as data: an entry exists exactly where its run does."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MENU", "CalcRun"]


@dataclass(frozen=True)
class CalcRun:
    """One entry.

    Parameters
    ----------
    name
        Its run in :mod:`invval_xl.hosts.libreoffice.runs`, and its address
        ``vnd.invval.calc:NAME``.
    label, tip
        What the menu shows, and the README says.
    needs_book
        Whether it works on the open document.
    """

    name: str
    label: str
    tip: str
    needs_book: bool = False


MENU: tuple[CalcRun, ...] = (
    CalcRun(
        "refresh", "Refresh",
        "Check the document, compute the reserve and write the papers into it. Nothing is written "
        "while a finding stops the run.",
        needs_book=True,
    ),
    CalcRun(
        "train", "Train",
        "Fit and judge a model on the document's own history and seal it beside the saved file. It "
        "posts nothing: Refresh then shows its evidence on C-10.",
        needs_book=True,
    ),
    CalcRun(
        "record", "Record decisions",
        "Check what is typed on C-7 of the saved document, all lines at once, and take it into the "
        "ledger beside it.",
        needs_book=True,
    ),
    CalcRun(
        "export", "Export binder",
        "Write the auditor's binder of the saved document into a new folder beside it: papers, "
        "inputs, evidence, PDF and a manifest of hashes.",
        needs_book=True,
    ),
    CalcRun(
        "verify", "Verify",
        "Re-perform the saved document: derive the reserve again from its own inputs, compare "
        "every cell, foot, tie, recalculate. Each cell that differs is named.",
        needs_book=True,
    ),
    CalcRun(
        "function_reference", "Function reference",
        "Open the workbook that lists every INV_ function with an example, and every finding.",
    ),
    CalcRun(
        "last_error", "Last error",
        "The sentence behind the last error value of an INV_ function.",
    ),
)  # fmt: skip
