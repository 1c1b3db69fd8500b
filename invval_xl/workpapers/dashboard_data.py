"""Dashboard Data: the lists behind the Dashboard's drop-downs, and which lines they choose.

One row a row of C-3, beside its figures: the numbers of its category, location and supplier, and
whether the drop-downs choose it. Choices compare numbers, never text against a criterion, so that a
category named ``*`` is that category and no other. Every figure of the Dashboard sums C-3 over the
chosen rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.terms import RiskTier
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper

__all__ = ["CHOICES", "NO_SUPPLIER", "DashboardData", "choice_cell", "lay_dashboard_data"]

NAME = "Dashboard Data"
NO_SUPPLIER = "(no supplier)"
CHOICES = ("category", "location", "supplier", "tier")
_CHOICE_ROW = 6
_COLUMNS = 12
_LISTS_LEFT = {"category": 1, "location": 4, "supplier": 7, "tier": 10}


def choice_cell(name: str) -> str:
    """Where the Dashboard's drop-down of ``name`` stands, from any paper."""
    return f"Dashboard!${'ACEG'[CHOICES.index(name)]}${_CHOICE_ROW}"


@dataclass(frozen=True, eq=False)
class DashboardData:
    """The laid sheet: its lists, the word for no choice, the chosen numbers, the row tables."""

    sheet: Sheet
    lists: dict[str, Place]
    values: dict[str, NDArray[np.object_]]
    every: dict[str, str]
    chosen: dict[str, str]
    rows: Place
    items: Place
    codes: dict[str, NDArray[np.float64]]


def _every(values: Sequence[str]) -> str:
    """The word that chooses all: ``All``, in brackets where a value is called that itself."""
    word = "All"
    while word in values:
        word = f"({word})"
    return word


def lay_dashboard_data(case: Case, c3: LcnrvPaper) -> DashboardData:
    """Lay the lists and the row tables; the Dashboard is laid over them."""
    sheet = open_paper(
        case,
        NAME,
        "Say which rows of C-3 and C-4 the drop-downs of the Dashboard choose.",
        ["C-3 LCNRV and C-4 Rollforward row by row; the supplier of ItemMaster, where stated."],
        [
            "Each list numbers its values; the number chosen is found by exact comparison.",
            "A row is chosen where each of its numbers is the one chosen, or all are.",
        ],
        inputs=("ItemMaster",),
        columns=_COLUMNS,
    )
    supplier_of = _suppliers(case)
    frame, rolled = case.proposal.frame, case.rollforward
    keys = {
        "category": frame["category"].to_numpy(dtype=object),
        "location": frame["location"].to_numpy(dtype=object),
        "supplier": texts(supplier_of.get(sku, NO_SUPPLIER) for sku in frame["sku"].tolist()),
    }
    gone = {
        "category": rolled["category"].to_numpy(dtype=object),
        "location": rolled["location"].to_numpy(dtype=object),
        "supplier": texts(supplier_of.get(sku, NO_SUPPLIER) for sku in rolled["sku"].tolist()),
    }
    values = {
        name: np.array(sorted({*map(str, keys[name]), *map(str, gone[name])}), dtype=object)
        for name in keys
    }
    values["tier"] = texts(t.value for t in RiskTier)
    every = {name: _every(list(values[name])) for name in CHOICES}
    sheet.section("Lists", _COLUMNS)
    lists = _lists(sheet, values, every)
    chosen = _chosen(sheet, lists, every)
    sheet.space()
    sheet.section("Rows of C-3", _COLUMNS)
    codes = {name: _numbers(values[name], keys[name]) for name in keys}
    rows, items = _rows(sheet, case, c3, codes, keys["supplier"], chosen, gone, values)
    close_paper(
        sheet,
        [f"{len(frame):,} row(s) of C-3 and {len(rolled):,} item(s) of C-4 can be chosen."],
        [],
        ["Dashboard", "C-3 LCNRV", "C-4 Rollforward"],
        columns=_COLUMNS,
    )
    return DashboardData(sheet, lists, values, every, chosen, rows, items, codes)


def _suppliers(case: Case) -> dict[str, str]:
    """Supplier by SKU, of the items that state one."""
    master = case.tables.item_master.frame
    if "supplier" not in master:
        return {}
    stated = master.dropna(subset=["supplier"]).drop_duplicates("sku")
    pairs = zip(stated["sku"].tolist(), stated["supplier"].tolist(), strict=True)
    return {str(sku): str(supplier) for sku, supplier in pairs if supplier}


def _numbers(values: NDArray[np.object_], of: NDArray[np.object_]) -> NDArray[np.float64]:
    number = {value: float(i) for i, value in enumerate(values, start=1)}
    return np.array([number[str(v)] for v in of.tolist()], dtype=float)


def _lists(
    sheet: Sheet, values: dict[str, NDArray[np.object_]], every: dict[str, str]
) -> dict[str, Place]:
    """Each list with its word for all first, its numbers from 0, and whether it is the one."""
    top, bottom = sheet.row, sheet.row
    out = {}
    for name in CHOICES:
        sheet.row = top
        listed = np.array([every[name], *values[name]], dtype=object)
        out[name] = sheet.table(
            [
                Column("value", name.capitalize(), listed, width=22),
                Column("number", "No.", np.arange(float(len(listed))), "count", width=8),
                Column(
                    "hit",
                    "Chosen",
                    np.where(np.arange(len(listed)) == 0, 1.0, 0.0),
                    "count",
                    f"=IF(EXACT([value],{choice_cell(name)}),1,0)",
                    width=9,
                ),
            ],
            left=_LISTS_LEFT[name],
        )
        bottom = max(bottom, sheet.row)
    sheet.row = bottom
    return out


def _chosen(sheet: Sheet, lists: dict[str, Place], every: dict[str, str]) -> dict[str, str]:
    """The number chosen in each list; -1 where the cell holds no value of the list."""
    sheet.space()
    facts = sheet.facts(
        [
            (
                f"Chosen {name} (0 for {every[name]}, -1 for none of the list)",
                0.0,
                "count",
                f"=IF(SUM({place.local('hit')})=0,-1,"
                f"SUMIFS({place.local('number')},{place.local('hit')},1))",
            )
            for name, place in lists.items()
        ],
        column=1,
    )
    return {
        name: address.split("!", 1)[1] for name, address in zip(lists, facts.values(), strict=True)
    }


def _rows(
    sheet: Sheet,
    case: Case,
    c3: LcnrvPaper,
    codes: dict[str, NDArray[np.float64]],
    suppliers: NDArray[np.object_],
    chosen: dict[str, str],
    gone: dict[str, NDArray[np.object_]],
    values: dict[str, NDArray[np.object_]],
) -> tuple[Place, Place]:
    """A row a row of C-3, and beside it a row an item of C-4."""
    frame = case.proposal.frame
    count = len(frame)
    position = np.arange(count)
    owner = np.searchsorted(c3.first, position, side="right") - 1
    leads = c3.first[owner] == position
    required = c3.spans("required", np.arange(len(c3.first)))
    by_line = np.nan_to_num(case.lines["required"].to_numpy(dtype=float))
    tier = c3.place.cell("tier", 0).removesuffix(str(c3.place.first_row))
    top = sheet.row

    def one(name: str, code: str) -> str:
        return f"OR({chosen[name]}=0,{chosen[name]}={code})"

    any_tier = f"OR({chosen['tier']}=0,{{tier}}={choice_cell('tier')})"
    rows = sheet.table(
        [
            Column("row", "Row Of C-3", position + 1.0, "count"),
            Column("line", "First Row Of Its Item", c3.first[owner] + 1.0, "count"),
            Column("category", "Category No.", codes["category"], "count"),
            Column("location", "Location No.", codes["location"], "count"),
            Column("supplier_no", "Supplier No.", codes["supplier"], "count"),
            Column("supplier", "Supplier", suppliers),
            Column(
                "chosen",
                "Chosen",
                np.ones(count),
                "count",
                "=IF(AND("
                + ",".join(
                    one(name, f"[{column}]")
                    for name, column in (
                        ("category", "category"),
                        ("location", "location"),
                        ("supplier", "supplier_no"),
                    )
                )
                + f",{any_tier}),1,0)",
                {"tier": texts(f"{tier}{c3.place.first_row + i}" for i in range(count))},
            ),
            Column(
                "key",
                "Required, If Chosen",
                np.where(leads, by_line[owner], 0.0),
                "money",
                "=IF([chosen]=1,ROUND({source},2),0)",
                {"source": np.where(leads, required[owner], "0")},
            ),
        ],
    )
    below = sheet.row
    rolled = case.rollforward
    chosen_letter = rows.letters["chosen"]
    line = rolled["line"].to_numpy()
    held = line >= 0
    first_rows = (rows.first_row + c3.first[line[held]]).tolist()
    sources = np.full(len(rolled), "", dtype=object)
    sources[held] = texts(f"${chosen_letter}${row}" for row in first_rows)
    for i in np.flatnonzero(~held):
        tests = ",".join(
            one(name, str(int(_numbers(values[name], gone[name][i : i + 1])[0])))
            for name in ("category", "location", "supplier")
        )
        sources[i] = f"IF(AND({tests},{chosen['tier']}=0),1,0)"
    sheet.row = top
    items = sheet.table(
        [
            Column("item", "Item Of C-4", np.arange(len(rolled)) + 1.0, "count"),
            Column(
                "chosen",
                "Chosen",
                np.ones(len(rolled)),
                "count",
                "={source}",
                {"source": sources},
            ),
        ],
        left=10,
    )
    sheet.row = max(below, sheet.row)
    return rows, items
