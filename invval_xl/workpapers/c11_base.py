"""The cohort table of C-11: the sums every other figure of the paper is taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.backtest import LOSSES, METHODS, cells
from invval_xl.monitoring.discuss import method_words
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.monitoring.lookback import Lookback

    Floats = NDArray[np.float64]

__all__ = ["ALL_SUPPLIERS", "Base", "base_rows", "cohort_label", "lay_base"]

_MOST_ROWS = 4_000
ALL_SUPPLIERS = "(all suppliers)"

# name, header, style; what each counts is documented in monitoring/backtest.py
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("cohort", "Cohort", "text"),
    ("category", "Category", "text"),
    ("supplier", "Supplier", "text"),
    ("tier", "Risk Tier", "center"),
    ("age_band", "Age Band", "text"),
    ("items", "Lines", "count"),
    ("units", "Units", "units"),
    ("cost", "Cost", "money"),
    *((name, method_words(name), "money") for name in (*METHODS, "served")),
    ("low", "Rule, Low", "money"),
    ("high", "Rule, High", "money"),
    ("net_proceeds", "Net Proceeds", "money"),
    ("loss_sold", "Loss, Sold", "money"),
    ("loss_disposed", "Loss, Disposed", "money"),
    ("loss_scrapped", "Loss, Scrapped", "money"),
    ("loss_left", "Loss, Unsold (Re-estimate)", "money"),
    ("realised", "Realised Loss", "money"),
    ("judged", "Intervals Judged", "count"),
    ("covered", "Covered", "count"),
    ("covered_recalibrated", "Covered, Recalibrated", "count"),
    ("reserved_lines", "Reserved Lines", "count"),
    ("lost_lines", "Lines With A Loss", "count"),
    ("false_positives", "False Alarms", "count"),
    ("false_positive_dollars", "False Alarms, Dollars", "money"),
    ("false_negatives", "Missed Losses", "count"),
    ("false_negative_dollars", "Missed Losses, Dollars", "money"),
)


def cohort_label(close: str) -> str:
    """A close as the paper keys it: words, so that no criterion reads it as a date."""
    return f"Close {close}"


def base_rows(lookback: Lookback) -> pd.DataFrame:
    """Sums by cohort, category, supplier, tier and age band."""
    by = ["category", "supplier", "tier", "age_band"]
    rows = lookback.rows
    out = cells(rows, by)
    if len(out) > _MOST_ROWS:
        out = cells(rows.assign(supplier=ALL_SUPPLIERS), by)
    out["cohort"] = [cohort_label(c) for c in out["cohort"]]
    return out


@dataclass(frozen=True, eq=False)
class Base:
    """The cohort table and where it stands."""

    rows: pd.DataFrame
    place: Place

    @classmethod
    def at(cls, sheet: str, rows: pd.DataFrame, row: int) -> Base:
        """Laid with its section heading in ``row``."""
        letters = {name: column_letter(i) for i, (name, _, _) in enumerate(_COLUMNS, start=1)}
        first = row + 2
        return cls(rows, Place(sheet, row + 1, first, first + len(rows) - 1, letters))

    @classmethod
    def nowhere(cls, sheet: str, rows: pd.DataFrame) -> Base:
        """For a pass that only measures."""
        return cls.at(sheet, rows, 1)

    def sum_formula(self, name: str, style: str = "money", **where: str) -> str:
        """A sum over the rows whose columns equal the bracketed names of ``where``."""
        conditions = ",".join(f"{self.place.local(k)},{v}" for k, v in where.items())
        total = f"SUMIFS({self.place.local(name)},{conditions})"
        return f"ROUND({total},2)" if style == "money" else total

    def known_formula(self, name: str, **where: str) -> str:
        """How many rows of the group have an amount at all."""
        conditions = ",".join(f"{self.place.local(k)},{v}" for k, v in where.items())
        values = self.place.local(name)
        return f'COUNTIFS({conditions},{values},">=0")+COUNTIFS({conditions},{values},"<0")'

    def sums(self, name: str, by: list[str], keys: Sequence[tuple[str, ...]]) -> Floats:
        """The same sums in Python, in the order of ``keys``; NaN where no row has an amount."""
        grouped = self.rows.groupby(by, sort=True)[name].sum(min_count=1).round(2)
        wanted = [k[0] for k in keys] if len(by) == 1 else list(keys)
        return np.asarray(grouped.reindex(wanted), dtype=np.float64)


def lay_base(sheet: Sheet, rows: pd.DataFrame) -> Place:
    """Lay the cohort table; ``realised`` is the formula that adds its parts."""
    sheet.section("The cohort table", len(_COLUMNS))
    columns = []
    for name, header, style in _COLUMNS:
        text = style in {"text", "center"}
        values = texts(rows[name]) if text else rows[name].to_numpy(dtype=np.float64)
        added = "=ROUND(" + "+".join(f"[{n}]" for n in LOSSES) + ",2)"
        formula = added if name == "realised" else ""
        total = "" if text else "sum"
        columns.append(Column(name, header, values, style, formula, width=14, total=total))
    return sheet.table(columns, total_label="Total", filters=True, header_height=44)
