"""The ribbon's buttons as data: a button exists exactly where its run does."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

__all__ = ["GROUPS", "RUNS", "RibbonRun", "groups_xml"]

GROUPS: tuple[str, ...] = ("Reserve", "Review", "Workpapers", "Help")


@dataclass(frozen=True)
class RibbonRun:
    """One button.

    Parameters
    ----------
    name
        Function of :mod:`invval_xl.hosts.com.ribbon` that runs; with ``macro`` set, only its id.
    label, group, image, tip
        What the ribbon shows; ``image`` is an ``imageMso`` name.
    large
        Whether the button is large.
    needs_book
        Whether it works on the active workbook.
    macro
        A VBA procedure that runs instead, where Python cannot (it is being restarted).
    """

    name: str
    label: str
    group: str
    image: str
    tip: str
    large: bool = False
    needs_book: bool = False
    macro: str = ""

    @property
    def callback(self) -> str:
        """The VBA procedure behind the button."""
        return "InvvalOn" + "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def statement(self) -> str:
        """What that procedure does."""
        return self.macro or f'InvvalRun "{self.name}", {self.needs_book}'


RUNS: tuple[RibbonRun, ...] = (
    RibbonRun(
        "refresh", "Refresh", "Reserve", "RefreshAll",
        "Check the workbook, compute the reserve and write the papers. Nothing is written while a "
        "finding stops the run.",
        large=True, needs_book=True,
    ),
    RibbonRun(
        "train", "Train", "Reserve", "Chart3DView",
        "Fit and judge a model on the workbook's own history and seal it beside the saved "
        "workbook. Refresh then shows its evidence beside the rule; it posts nothing until it is "
        "approved.",
        needs_book=True,
    ),
    RibbonRun(
        "record_decisions", "Record decisions", "Review", "ReviewAcceptChange",
        "Check what is typed on C-7 and take all of it into the ledger beside the saved workbook, "
        "or none. Refresh then carries the decisions into the papers.",
        large=True, needs_book=True,
    ),
    RibbonRun(
        "next_item", "Next item", "Review", "FindNext",
        "Go to the next line of C-7 that a person must still decide.",
        needs_book=True,
    ),
    RibbonRun(
        "export_binder", "Export binder", "Workpapers", "FileSaveAsPdfOrXps",
        "Write the auditor's binder of the saved workbook into a new folder beside it: papers, "
        "inputs, evidence, PDF and a manifest of hashes.",
        needs_book=True,
    ),
    RibbonRun(
        "verify", "Verify", "Workpapers", "DataValidation",
        "Re-perform the saved workbook or binder: derive the reserve again from its own inputs, "
        "compare every cell, foot, tie, recalculate. Each cell that differs is named.",
        needs_book=True,
    ),
    RibbonRun(
        "function_reference", "Function reference", "Help", "FunctionWizard",
        "Open the workbook that lists every INV_ function with an example, and every finding.",
    ),
    RibbonRun(
        "last_error", "Last error", "Help", "ErrorChecking",
        "The sentence behind the last error value of an INV_ function.",
        macro="InvvalShowLastError",
    ),
    RibbonRun(
        "restart_python", "Restart Python", "Help", "Repeat",
        "Stop the Python process behind the add-in; the next function starts it afresh.",
        macro="InvvalRestart",
    ),
    RibbonRun(
        "about", "About", "Help", "Info",
        "Versions of the add-in, of Python and of xlwings, and where they are.",
    ),
)  # fmt: skip


def _button(run: RibbonRun) -> str:
    size = "large" if run.large else "normal"
    return (
        f"          <button id={quoteattr('invval_' + run.name)} label={quoteattr(run.label)} "
        f"size={quoteattr(size)} imageMso={quoteattr(run.image)} "
        f"screentip={quoteattr(run.label)} supertip={quoteattr(run.tip)} "
        f"onAction={quoteattr(run.callback)}/>"
    )


def groups_xml(runs: tuple[RibbonRun, ...] = RUNS) -> str:
    """The ``group`` elements of the ribbon, empty groups left out."""
    groups = []
    for group in GROUPS:
        members = [run for run in runs if run.group == group]
        if members:
            buttons = "\n".join(map(_button, members))
            groups.append(
                f"        <group id={quoteattr('invval' + group)} label={quoteattr(group)}>\n"
                f"{buttons}\n        </group>"
            )
    return "\n".join(groups)
