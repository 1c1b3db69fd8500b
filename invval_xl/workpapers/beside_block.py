"""The items kept beside the workbook on C-1: by category, and together with those shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.paper import Column, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invval_xl.reserving.kept_beside import ValuedBeside
    from invval_xl.workpapers.paper import Place, Sheet

__all__ = ["BESIDE_TITLES", "lay_beside", "lay_with_shown"]

BESIDE_TITLES: Mapping[str, str] = {
    "charge": "Write-down of items kept beside the workbook",
    "utilization": "Allowance used on items kept beside the workbook",
    "reversal": "Reversal on items kept beside the workbook",
}

_HEADERS = {
    "cost": "Cost",
    "opening": "Opening Reserve",
    "charge": "Write-down",
    "utilization": "Utilization",
    "reversal": "Reversal",
}


def lay_beside(sheet: Sheet, beside: ValuedBeside, columns: int) -> Place:
    """Lay the table by category; its rows are sums of Parquet, its feet are formulas."""
    sheet.section("Items kept beside the workbook, each valued by itself by rule", columns)
    frame = beside.by_category
    money = [
        Column(name, header, frame[name].to_numpy(float), "money", total="sum")
        for name, header in _HEADERS.items()
    ]
    closing = "=ROUND([opening]+[charge]-[utilization]-[reversal],2)"
    place = sheet.table(
        [
            Column("category", "Category", texts(frame["category"])),
            Column("items", "Items", frame["items"].to_numpy(float), "count", total="sum"),
            Column("units", "Units", frame["units"].to_numpy(float), "units", total="sum"),
            *money,
            Column("closing", "Closing Reserve", frame["closing"].to_numpy(float), "money", closing,
                   total="sum"),
            Column("required", "Required Reserve", frame["required"].to_numpy(float), "money",
                   total="sum"),
            Column("undetermined", "Cost Not Determined", frame["undetermined"].to_numpy(float),
                   "money", total="sum"),
        ],
        total_label="Total",
    )  # fmt: skip

    def at(name: str) -> str:
        return place.total(name).split("!", 1)[1]

    parts = f"{at('opening')}+{at('charge')}-{at('utilization')}-{at('reversal')}-{at('closing')}"
    sheet.tick(place.total_row, 12, "CF", f"ROUND({parts},2)=0")
    sheet.text(
        f"They lie in the history beside the workbook (SHA-256 {beside.sha256[:16]}) in the"
        " columns of the input sheets; each item's figures stand in reserve_rest.parquet. C-3, C-4"
        " and C-6 to C-9 are of the items shown; nobody decides on the others one by one.",
        "quiet",
    )
    return place


def lay_with_shown(
    sheet: Sheet, shown: Place, beside: Place, figures: Mapping[str, tuple[float, float]]
) -> None:
    """Shown and kept beside together: ``figures`` by column, each of the one and the other."""
    labels = {
        "cost": "Inventory at cost, shown and kept beside",
        "charge": "Write-down, shown and kept beside",
        "closing": "Closing reserve, shown and kept beside",
    }

    def both(name: str) -> str:
        one, other = (p.total(name).split("!", 1)[1] for p in (shown, beside))
        return f"=ROUND({one}+{other},2)"

    sheet.facts(
        [
            (label, round(sum(figures[name]), 2), "money", both(name))
            for name, label in labels.items()
        ]
    )
