"""Drift on C-11: the newest period's signals, and each category's demand against last year's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.category_demand import LEAST_ITEMS, history_needed
from invval_xl.workpapers.paper import Column, Sheet, texts

if TYPE_CHECKING:
    from invval_xl.monitoring.category_demand import DemandSignal
    from invval_xl.monitoring.drift import DriftReport, Signal

__all__ = ["lay_demand", "lay_drift"]

_COLUMNS = 14
_SHOWN = 15


def _word(signal: Signal | DemandSignal) -> str:
    return "called" if signal.called else ("above" if signal.above else "")


def lay_drift(sheet: Sheet, report: DriftReport) -> None:
    """The newest period's signals, worst first."""
    newest = report.periods[-1]
    shown = [s for s in report.signals if s.period == newest][:_SHOWN]
    sheet.section(f"Drift at {newest} against {report.training_periods} training periods", _COLUMNS)
    sheet.table(
        [
            Column("name", "Signal", texts(s.name.replace("_", " ") for s in shown)),
            Column("kind", "Kind", texts(s.kind for s in shown)),
            Column("index", "Stability Index", np.array([s.index for s in shown]), "ratio_precise"),
            Column("level", "Level", np.array([s.level for s in shown]), "ratio_precise"),
            Column("called", "Called", texts(_word(s) for s in shown), "center"),
        ]
    )


def lay_demand(sheet: Sheet, report: DriftReport) -> None:
    """Each category's demand against last year's course, and the fall its size would show."""
    newest = report.periods[-1]
    shown = [s for s in report.demand if s.period == newest]
    sheet.section(f"Demand of the four weeks to {newest} against last year's course", _COLUMNS)
    if not shown:
        sheet.text(
            f"Not looked at: it needs sales of {history_needed()} days, and {LEAST_ITEMS} items of"
            " a category that sold steadily now and a year before.",
            "quiet",
        )
        return
    sheet.table(
        [
            Column("category", "Category", texts(s.category for s in shown)),
            Column("items", "Items", np.array([float(s.items) for s in shown]), "count"),
            Column("before", "Items A Year Before",
                   np.array([float(s.items_before) for s in shown]), "count"),
            Column("ratio", "Demand Over Course", np.array([s.ratio for s in shown]), "ratio"),
            Column("deviation", "Deviation", np.array([s.deviation for s in shown]), "ratio"),
            Column("level", "Level", np.array([s.level for s in shown]), "ratio"),
            Column("least", "Least Fall Seen", np.array([s.least_fall for s in shown]), "rate"),
            Column("called", "Called", texts(_word(s) for s in shown), "center"),
        ]
    )  # fmt: skip
    sheet.text(
        "A fall of the size in Least Fall Seen is called within two periods in about two cases"
        f" of three, a smaller one less often. Categories with fewer than {LEAST_ITEMS} items sold"
        " steadily are not here.",
        "quiet",
    )
