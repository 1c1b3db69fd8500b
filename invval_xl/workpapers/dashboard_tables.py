"""The tables behind the Dashboard's charts, each figure over the rows the drop-downs choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import column_letter
from invval_xl.terms import RiskTier
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sums import money_by, money_total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.c4_rollforward import RollforwardPaper
    from invval_xl.workpapers.case import Case
    from invval_xl.workpapers.dashboard_data import DashboardData

__all__ = ["TESTS", "TOP", "Live", "lay_ageing", "lay_bridge", "lay_categories", "lay_tests",
           "lay_tiers", "lay_top"]  # fmt: skip

TOP = 10
CATEGORIES = 12
TESTS = ("price", "quantity", "contract", "damage")
AGE_BANDS = ((0, 90), (91, 180), (181, 365), (366, 730), (731, 99999))


@dataclass(frozen=True, eq=False)
class Live:
    """What the tables draw on, and how a sum over the chosen rows is spelled."""

    case: Case
    c3: LcnrvPaper
    c4: RollforwardPaper
    data: DashboardData

    def total(self, name: str, *where: str) -> str:
        """Sum of a column of C-3 over the chosen rows that meet ``where`` (range, criterion)."""
        conditions = "".join(f",{part}" for part in where)
        return f"SUMIFS({self.c3.place.range(name)},{self.data.rows.range('chosen')},1{conditions})"

    def money(self, name: str, *where: str) -> str:
        """The same in whole cents."""
        return f"ROUND({self.total(name, *where)},2)"

    def rolled(self, name: str) -> str:
        """Sum of a column of C-4's items over the chosen ones."""
        items = self.c4.items
        return f"ROUND(SUMIFS({items.range(name)},{self.data.items.range('chosen')},1),2)"


def lay_tiers(sheet: Sheet, live: Live, left: int) -> Place:
    """Items, cost and reserve by risk tier."""
    frame = live.case.proposal.frame
    names = [t.value for t in RiskTier]
    tier = live.c3.place.range("tier")
    items = live.case.lines.groupby("tier").size().reindex(names).fillna(0).to_numpy(dtype=float)
    return sheet.table(
        [
            Column(
                "tier",
                "Risk Tier",
                texts(names),
                "center",
                styles=texts(f"tier_{n}" for n in names),
            ),
            Column("items", "Items", items, "count", "=" + live.total("item_row", tier, "[tier]")),
            Column("cost", "Cost", money_by(frame["cost"], frame["tier"], names), "money0",
                   "=" + live.money("cost", tier, "[tier]")),
            Column("closing", "Closing Reserve", money_by(frame["closing"], frame["tier"], names),
                   "money0", "=" + live.money("closing", tier, "[tier]")),
        ],
        left=left,
    )  # fmt: skip


def lay_tests(sheet: Sheet, live: Live, left: int) -> Place:
    """The requirement by the test that binds: the drivers."""
    frame = live.case.proposal.frame
    binding = live.c3.place.range("binding")
    required = money_by(frame["required"], frame["binding"], TESTS)
    charge = money_by(frame["write_down"], frame["binding"], TESTS)
    return sheet.table(
        [
            Column("test", "Binding Test", texts(TESTS), "center"),
            Column("required", "Required Reserve", required, "money0",
                   "=" + live.money("required", binding, "[test]")),
            Column("charge", "Write-down", charge, "money0",
                   "=" + live.money("write_down", binding, "[test]")),
        ],
        left=left,
    )  # fmt: skip


def lay_ageing(sheet: Sheet, live: Live, left: int) -> Place:
    """Cost and reserve by age in bands; what has no age stands apart, so that the whole foots."""
    frame = live.case.proposal.frame
    ages = frame["age_days"].to_numpy(dtype=float)
    age = live.c3.place.range("age_days")
    labels = [f"{a}-{b} days" for a, b in AGE_BANDS[:-1]]
    labels += [f"{AGE_BANDS[-1][0]} days and older", "not known"]
    first = sheet.row + 1

    def sums(name: str) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        values = np.nan_to_num(frame[name].to_numpy(dtype=float))
        known = [money_total(values[(ages >= a - 0.5) & (ages < b + 0.5)]) for a, b in AGE_BANDS]
        rest = round(money_total(values) - sum(known), 2)
        formulas = [
            live.money(name, age, f'">={a - 0.5}"', age, f'"<{b + 0.5}"') for a, b in AGE_BANDS
        ]
        letter = column_letter(left + (1 if name == "cost" else 2))
        above = f"${letter}${first}:${letter}${first + len(AGE_BANDS) - 1}"
        formulas.append(f"ROUND({live.total(name)}-SUM({above}),2)")
        return np.array([*known, rest]), texts(formulas)

    cost, cost_formulas = sums("cost")
    closing, closing_formulas = sums("closing")
    return sheet.table(
        [
            Column("band", "Age", texts(labels)),
            Column("cost", "Cost", cost, "money0", "={f}", {"f": cost_formulas}),
            Column("closing", "Closing Reserve", closing, "money0", "={f}",
                   {"f": closing_formulas}),
        ],
        left=left,
    )  # fmt: skip


def lay_bridge(sheet: Sheet, live: Live, left: int) -> Place:
    """From last period's reserve to this one's, with what a stacked chart needs to show it."""
    rows = live.case.rollforward
    opening, used = money_total(rows["opening"]), money_total(rows["utilization"])
    charge = round(money_total(rows["charge"]) + money_total(rows["other"]), 2)
    back = money_total(rows["reversal"])
    closing = round(opening + charge - used - back, 2)
    amounts = np.array([opening, charge, -used, -back, closing])
    top = sheet.row + 1
    at = [f"${column_letter(left + 1)}${top + i}" for i in range(5)]
    stands = [opening, opening + charge, opening + charge - used, closing]
    base = np.round([0.0, opening, stands[2], closing, 0.0], 2)
    formulas = [
        live.rolled("opening"),
        f"ROUND({live.rolled('charge')}+{live.rolled('other')},2)",
        f"-{live.rolled('utilization')}",
        f"-{live.rolled('reversal')}",
        f"ROUND(SUM({at[0]}:{at[3]}),2)",
    ]
    lifts = ["0", at[0], f"ROUND(SUM({at[0]}:{at[2]}),2)", f"ROUND(SUM({at[0]}:{at[3]}),2)", "0"]
    ends = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    return sheet.table(
        [
            Column("step", "Step", texts(
                ["Opening", "Charge", "Utilization", "Reversal", "Closing"])),
            Column("amount", "Amount", amounts, "money0", "={f}", {"f": texts(formulas)}),
            Column("base", "Chart: Lift", base, "money0", "={f}", {"f": texts(lifts)}),
            Column("balance", "Chart: Balance", ends * amounts, "money0", "={f}",
                   {"f": texts([at[0], "0", "0", "0", at[4]])}),
            Column("up", "Chart: Up", np.maximum(amounts, 0.0) * (1 - ends), "money0", "={f}",
                   {"f": texts(["0", *(f"MAX({a},0)" for a in at[1:4]), "0"])}),
            Column("down", "Chart: Down", np.maximum(-amounts, 0.0) * (1 - ends), "money0", "={f}",
                   {"f": texts(["0", *(f"MAX(-{a},0)" for a in at[1:4]), "0"])}),
        ],
        left=left,
    )  # fmt: skip


def lay_categories(sheet: Sheet, live: Live, left: int) -> tuple[Place, Place]:
    """The reserve of every category, and the largest of them in order for the chart."""
    frame, data = live.case.proposal.frame, live.data
    names = [str(v) for v in data.values["category"]]
    closing = money_by(frame["closing"], frame["category"], names)
    codes = data.rows.range("category")
    every = sheet.table(
        [
            Column("number", "No.", np.arange(1.0, len(names) + 1), "count"),
            Column("category", "Category", texts(names)),
            Column("closing", "Closing Reserve", closing, "money",
                   "=" + live.money("closing", codes, "[number]")),
        ],
        left=left,
    )  # fmt: skip
    below = sheet.row
    sheet.row = every.header_row
    count = min(len(names), CATEGORIES)
    order = np.argsort(-closing, kind="stable")[:count]
    value, place = _ranked(
        sheet.row + 1, left + 4, every.local("closing"), every.local("number"), count
    )
    shown = closing[order] > 0
    labels = np.where(shown, np.array(names, dtype=object)[order], "")
    top_values = np.where(shown, closing[order], 0.0)
    rest = round(money_total(closing) - money_total(top_values), 2)
    top = sheet.row + 1
    letter = column_letter(left + 4)
    above = f"SUM(${letter}${top}:${letter}${top + count - 1})" if count else "0"
    sums = f"ROUND(SUM({every.local('closing')})-{above},2)"
    ranked = sheet.table(
        [
            Column("rank", "Rank", np.arange(1.0, count + 2), "count"),
            Column("closing", "Closing Reserve", np.array([*top_values, rest]), "money", "={f}",
                   {"f": texts([*value, sums])}),
            Column("place", "No.", np.array([*np.where(shown, order + 1.0, np.nan), np.nan]),
                   "count", "={f}", {"f": texts([*place, '""'])}),
            Column("category", "Category", texts([*labels, "all others"]), "text", "={f}",
                   {"f": texts([*(
                       f'IF([place]="","",INDEX({every.local("category")},[place]))'.replace(
                           "[place]", f"${column_letter(left + 5)}${top + i}")
                       for i in range(count)), '"all others"'])}),
        ],
        left=left + 3,
    )  # fmt: skip
    sheet.row = max(below, sheet.row)
    return every, ranked


def _ranked(
    top: int, left: int, values: str, numbers: str, count: int
) -> tuple[list[str], list[str]]:
    """Formulas of the n-th largest value (from ``top``, in column ``left``) and of its place.

    Equal values come in their own order: each looks for its place after the one before.
    """
    value, place = [], []
    for i in range(count):
        row = top + i
        v = f"${column_letter(left)}${row}"
        value.append(f"IFERROR(LARGE({values},{i + 1}),0)")
        after = "0"
        if i:
            before = f"${column_letter(left)}${row - 1}"
            after = f"IF({before}={v},${column_letter(left + 1)}${row - 1},0)"
        place.append(f'IF({v}>0,MINIFS({numbers},{values},{v},{numbers},">"&{after}),"")')
    return value, place


def lay_top(sheet: Sheet, live: Live, left: int) -> tuple[Place, NDArray[np.int64]]:
    """The largest requirements among the chosen items, ranked: value and first row on C-3."""
    case, c3, data = live.case, live.c3, live.data
    required = np.nan_to_num(case.lines["required"].to_numpy(dtype=float))
    order = np.argsort(-required, kind="stable")[:TOP]
    order = order[required[order] > 0]
    missing = TOP - len(order)
    value, place = _ranked(
        sheet.row + 1, left + 1, data.rows.range("key"), data.rows.range("row"), TOP
    )
    at = column_letter(left + 1), column_letter(left + 2)

    def reach(name: str, header: str, end: str, sign: str) -> Column:
        """Length of an error bar: from the requirement to one end of its range."""
        values = case.lines[end].to_numpy(dtype=float)[order] - required[order]
        known = np.maximum(0.0, np.round(values if sign == "" else -values, 2))
        sums = (
            f"SUMIFS({c3.place.range(end)},{data.rows.range('line')},${at[1]}{sheet.row + 1 + i})"
            f"-${at[0]}{sheet.row + 1 + i}"
            for i in range(TOP)
        )
        formulas = (
            f'IF(${at[1]}{sheet.row + 1 + i}="",0,MAX(0,ROUND({sign}({s}),2)))'
            for i, s in enumerate(sums)
        )
        return Column(name, header, np.array([*known, *[0.0] * missing]), "money", "={f}",
                      {"f": texts(formulas)})  # fmt: skip

    ranked = sheet.table(
        [
            Column("rank", "Rank", np.arange(1.0, TOP + 1), "count"),
            Column("required", "Required", np.array([*required[order], *[0.0] * missing]), "money",
                   "={f}", {"f": texts(value)}),
            Column("place", "Row Of C-3", np.array(
                [*(c3.first[order] + 1.0), *[np.nan] * missing]), "count", "={f}",
                {"f": texts(place)}),
            reach("plus", "Up To High", "high", ""),
            reach("minus", "Down To Low", "low", "-"),
        ],
        left=left,
    )  # fmt: skip
    return ranked, order
