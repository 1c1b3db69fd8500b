"""The three charts of C-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.sheet_plan import Chart, Series
from invval_xl.workpapers.styles import PALETTE

if TYPE_CHECKING:
    from invval_xl.workpapers.paper import Place

__all__ = ["charts_of"]

_ABOVE = 18  # rows the charts take, above the table of cohorts


def charts_of(cohorts: Place, errors: Place, intervals: Place) -> list[Chart]:
    """Reserve against realised, signed error, coverage; each by cohort."""
    row = cohorts.header_row - _ABOVE + 1
    names = f"={cohorts.range('cohort')}"
    return [
        Chart(
            "column",
            "Reserve against realised loss, by cohort",
            (
                Series("Served", names, f"={cohorts.range('served')}", PALETTE["accent"]),
                Series("Realised", names, f"={cohorts.range('realised')}", PALETTE["stop"]),
            ),
            row=row,
            column=1,
            width=470,
            height=300,
            number_format="#,##0",
        ),
        Chart(
            "column",
            "Signed error (served less realised), by cohort",
            (Series("Error", f"={errors.range('cohort')}", f"={errors.range('error')}",
                    PALETTE["header"]),),
            row=row,
            column=5,
            width=430,
            height=300,
            legend="none",
            number_format="#,##0",
        ),
        Chart(
            "line",
            "Coverage of the 80 % interval, by cohort",
            (
                Series("As modelled", f"={intervals.range('cohort')}",
                       f"={intervals.range('coverage')}", PALETTE["rule"]),
                Series("Recalibrated", f"={intervals.range('cohort')}",
                       f"={intervals.range('coverage_recalibrated')}", PALETTE["accent"]),
                Series("Promised", f"={intervals.range('cohort')}",
                       f"={intervals.range('promised')}", PALETTE["good"]),
            ),
            row=row,
            column=9,
            width=430,
            height=300,
            number_format="0%",
        ),
    ]  # fmt: skip
