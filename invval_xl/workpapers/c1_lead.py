"""C-1 Lead: the reserve by category and by test, tied to the general ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.terms import RiskTier
from invval_xl.workpapers.beside_block import lay_beside, lay_with_shown
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.decided_column import decided_by_category
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sums import criterion, money_by, money_total

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.c4_rollforward import RollforwardPaper

__all__ = ["LeadPaper", "lay_lead"]

NAME = "C-1 Lead"
TESTS = ("price", "quantity", "contract", "damage")
_COLUMNS = 11


@dataclass(frozen=True)
class LeadPaper:
    """The laid paper, its tables by category, test and tier, and of what is kept beside."""

    sheet: Sheet
    place: Place
    tests: Place
    tiers: Place
    beside: Place | None = None


def _sum_by(
    frame: pd.DataFrame, value: str, categories: list[str], **where: str
) -> NDArray[np.float64]:
    rows = frame[[value, "category", *where]]
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    return money_by(rows[value], rows["category"], categories)


def lay_lead(
    case: Case, c3: LcnrvPaper, c4: RollforwardPaper, decided: Place | None = None
) -> LeadPaper:
    """Lay C-1 over C-3 and C-4, and over the decisions of C-7 where any stands."""
    frame = case.proposal.frame
    rolled_lines = case.rollforward
    categories = sorted(set(frame["category"]) | set(rolled_lines["category"]))
    sheet = open_paper(
        case,
        NAME,
        "Summarize the reserve by category and by test and tie it to the ledger.",
        ["C-3 LCNRV (every tranche), C-4 Rollforward (opening and utilization), Control (ledger)."],
        [
            "Sum the write-downs of C-3 by category and by the test that binds each tranche.",
            "Agree inventory at cost to the ledger, the opening reserve to the ledger, and the"
            " write-down to C-4 and C-5.",
        ],
        inputs=("BalanceSet",),
        columns=_COLUMNS,
    )
    if case.lookback is not None and case.lookback.flag:
        sheet.text(f"RED FLAG, C-11: {case.lookback.product.because}. No category is valued by"
                   " model.", "stop")  # fmt: skip
    sheet.section("Results", _COLUMNS)
    r = c3.place.range
    category_range = r("category")

    chosen = criterion("[category]")

    def summed(name: str, **where: str) -> str:
        conditions = "".join(f',{r(k)},"{v}"' for k, v in where.items())
        return f"=ROUND(SUMIFS({r(name)},{category_range},{chosen}{conditions}),2)"

    tests = [
        Column(
            f"by_{test}",
            f"Write-down, {test.capitalize()} Test",
            _sum_by(frame, "write_down", categories, binding=test),
            "money",
            summed("write_down", binding=test),
            total="sum",
            width=15,
        )
        for test in TESTS
    ]
    c4_rows = c4.place
    opening = _sum_by(rolled_lines, "opening", categories)
    utilization = _sum_by(rolled_lines, "utilization", categories)
    reversal = _sum_by(frame, "reversal", categories)
    cost = _sum_by(frame, "cost", categories)
    charge = _sum_by(frame, "write_down", categories)
    people = _sum_by(rolled_lines, "decided", categories)
    acquired = _sum_by(rolled_lines, "other", categories)
    closing = np.round(opening + charge + acquired + people - utilization - reversal, 2)

    def rolled(name: str) -> str:
        return f"=SUMIFS({c4_rows.range(name)},{c4_rows.range('category')},{chosen})"

    more = (*_other_column(acquired, rolled("other")), *decided_by_category(decided, people))
    also = "".join(f"+[{c.name}]" for c in more)
    undetermined = np.where(frame["determined"], 0.0, frame["cost"])
    place = sheet.table(
        [
            Column("category", "Category", np.array(categories, dtype=object), width=46),
            Column(
                "items",
                "Items",
                _counts(case, categories),
                "count",
                f"=SUMIFS({r('item_row')},{category_range},{chosen})",
                total="sum",
                width=16,
            ),
            Column(
                "units",
                "Units",
                frame.groupby("category")["units"].sum().reindex(categories).fillna(0.0).to_numpy(),
                "units",
                f"=SUMIFS({r('units')},{category_range},{chosen})",
                total="sum",
                width=12,
            ),
            Column("cost", "Cost", cost, "money", summed("cost"), total="sum", width=17),
            Column(
                "opening",
                "Opening Reserve",
                opening,
                "money",
                rolled("opening"),
                total="sum",
                width=15,
            ),
            Column(
                "charge", "Write-down", charge, "money", summed("write_down"), total="sum", width=16
            ),
            Column(
                "utilization",
                "Utilization",
                utilization,
                "money",
                rolled("utilization"),
                total="sum",
                width=14,
            ),
            Column(
                "reversal", "Reversal", reversal, "money", summed("reversal"), total="sum", width=14
            ),
            *more,
            Column(
                "closing",
                "Closing Reserve",
                closing,
                "money",
                f"=ROUND([opening]+[charge]-[utilization]-[reversal]{also},2)",
                total="sum",
                width=16,
            ),
            Column(
                "carrying",
                "Carrying Amount",
                np.round(cost - closing, 2),
                "money",
                "=ROUND([cost]-[closing],2)",
                total="sum",
                width=17,
            ),
            Column(
                "rate",
                "Reserve To Cost",
                np.divide(closing, cost, out=np.zeros_like(cost), where=cost > 0),
                "rate",
                "=IF([cost]>0,[closing]/[cost],0)",
                width=10,
            ),
        ],
        total_label="Total",
    )
    plus = ("opening", "charge", *(c.name for c in more))
    _cross_foot(sheet, place, 12 + len(more), plus, ("utilization", "reversal"), "closing")
    if decided is not None:
        sheet.text(
            "Decided adjustments are C-7's: what people decided above or below the proposal. The"
            " tables by test and by tier below show the proposal of C-3.",
            "quiet",
        )
    sheet.space()
    sheet.section("Write-down by binding test, its range, and the tables beside it", _COLUMNS)
    tests_place = sheet.table(
        [
            Column("category", "Category", np.array(categories, dtype=object)),
            *tests,
            Column(
                "total",
                "Write-down",
                charge,
                "money",
                "=ROUND(" + "+".join(f"[by_{t}]" for t in TESTS) + ",2)",
                total="sum",
            ),
            Column(
                "required",
                "Required Reserve",
                _sum_by(frame, "required", categories),
                "money",
                summed("required"),
                total="sum",
            ),
            Column(
                "low",
                "Required, Low",
                _sum_by(frame, "low", categories),
                "money",
                summed("low"),
                total="sum",
            ),
            Column(
                "high",
                "Required, High",
                _sum_by(frame, "high", categories),
                "money",
                summed("high"),
                total="sum",
            ),
            Column(
                "age_table_reserve",
                "Ageing Table (Evidence)",
                _sum_by(frame, "age_table_reserve", categories),
                "money",
                summed("age_table_reserve"),
                total="sum",
            ),
            Column(
                "coverage_table_reserve",
                "Coverage Table (Evidence)",
                _sum_by(frame, "coverage_table_reserve", categories),
                "money",
                summed("coverage_table_reserve"),
                total="sum",
            ),
            Column(
                "undetermined",
                "Cost Not Determined",
                money_by(undetermined, frame["category"], categories),
                "money",
                summed("cost", binding="not determined"),
                total="sum",
            ),
        ],
        total_label="Total",
    )
    _cross_foot(sheet, tests_place, 13, tuple(f"by_{t}" for t in TESTS), (), "total")
    sheet.space()
    tiers = _tiers(case, sheet, c3)
    sheet.space()
    _unit_of_account(case, sheet, c3, categories)
    sheet.space()
    beside = None
    if case.beside is not None:
        beside = lay_beside(sheet, case.beside, _COLUMNS)
        shown = {"cost": cost, "charge": charge, "closing": closing}
        both = {n: (money_total(v), case.beside.total(n)) for n, v in shown.items()}
        lay_with_shown(sheet, place, beside, both)
        sheet.space()
    _tie_out(case, sheet, place, c3, c4)
    close_paper(
        sheet,
        [
            f"Write-down of the period {charge.sum():,.2f}; the reserve closes at "
            f"{closing.sum():,.2f} on inventory of {cost.sum():,.2f} ({case.basis}).",
            f"Under the alternatives of C-9 the requirement lies between "
            f"{np.nansum(frame['low']):,.2f} and {np.nansum(frame['high']):,.2f}.",
            f"Prices and demand: {case.method}.",
            *_with_beside(case, money_total(closing)),
        ],
        ["F", "CF", "GL", "IC"],
        ["C-2 Balance Set", "C-3 LCNRV", "C-4 Rollforward", "C-5 Journal"],
        columns=_COLUMNS,
    )
    return LeadPaper(sheet, place, tests_place, tiers, beside)


def _other_column(acquired: NDArray[np.float64], formula: str) -> tuple[Column, ...]:
    """What came by other accounts than expense; rare, so a column only where something did."""
    if not acquired.any():
        return ()
    header = "Charge To Other Accounts"
    return (Column("other", header, acquired, "money", formula, total="sum", width=14),)


def _with_beside(case: Case, closing: float) -> list[str]:
    """What the reserve comes to with the items kept beside the workbook."""
    kept = case.beside
    if kept is None:
        return []
    return [
        f"With the {int(kept.by_category['items'].sum()):,} items kept beside the workbook the"
        f" reserve closes at {closing + kept.total('closing'):,.2f}, their own being"
        f" {kept.total('closing'):,.2f} on cost of {kept.total('cost'):,.2f}."
    ]


def _cross_foot(
    sheet: Sheet,
    place: Place,
    column: int,
    plus: tuple[str, ...],
    minus: tuple[str, ...],
    total: str,
) -> None:
    """CF right of the total row: the totals of the parts make the total of the whole."""

    def at(name: str) -> str:
        return place.total(name).split("!", 1)[1]

    parts = "+".join(at(n) for n in plus) + "".join(f"-{at(n)}" for n in minus)
    sheet.tick(place.total_row, column, "CF", f"ROUND({parts}-{at(total)},2)=0")


def _unit_of_account(case: Case, sheet: Sheet, c3: LcnrvPaper, categories: list[str]) -> None:
    """What grouping would hide: the requirement item by item, by category and in total."""
    sheet.section("Unit of account: item by item is posted; grouping is shown, not used", _COLUMNS)
    frame = case.proposal.frame
    determined = frame.loc[frame["determined"], ["category", "cost", "carried_value", "required"]]
    r = c3.place.range
    cost = money_by(determined["cost"], determined["category"], categories)
    value = money_by(determined["carried_value"], determined["category"], categories)
    item = money_by(determined["required"], determined["category"], categories)
    known = f'{r("category")},{criterion("[category]")},{r("binding")},"<>not determined"'
    place = sheet.table(
        [
            Column("category", "Category", texts(categories)),
            Column(
                "cost", "Cost", cost, "money", f"=ROUND(SUMIFS({r('cost')},{known}),2)", total="sum"
            ),
            Column(
                "value",
                "Units At NRV Or Market",
                value,
                "money",
                f"=ROUND(SUMIFS({r('carried_value')},{known}),2)",
                total="sum",
            ),
            Column(
                "item",
                "Required Item By Item",
                item,
                "money",
                f"=ROUND(SUMIFS({r('required')},{known}),2)",
                total="sum",
            ),
            Column(
                "group",
                "Required By Category",
                np.maximum(0.0, np.round(cost - value, 2)),
                "money",
                "=MAX(0,ROUND([cost]-[value],2))",
                total="sum",
            ),
        ],
        total_label="Total",
    )
    cost_at, value_at = (place.total(n).split("!", 1)[1] for n in ("cost", "value"))
    sheet.facts(
        [
            (
                "Required by total inventory",
                max(0.0, money_total(cost) - money_total(value)),
                "money",
                f"=MAX(0,ROUND({cost_at}-{value_at},2))",
            ),
        ]
    )
    sheet.text(
        "Item by item is the common practice and IAS 2.29's rule; a grouping needs a stored reason,"
        " balanced quantities or similar items, and stays unchanged (ASC 330-10-35-8 to 35-11).",
        "quiet",
    )


def _counts(case: Case, categories: list[str]) -> NDArray[np.float64]:
    counts = case.lines["category"].value_counts()
    return np.array([float(counts.get(category, 0)) for category in categories])


def _tiers(case: Case, sheet: Sheet, c3: LcnrvPaper) -> Place:
    """Items, cost and reserve by risk tier."""
    sheet.section("Risk tiers", _COLUMNS)
    frame, r = case.proposal.frame, c3.place.range
    names = [t.value for t in RiskTier]

    def money(name: str) -> NDArray[np.float64]:
        return money_by(frame[name], frame["tier"], names)

    return sheet.table(
        [
            Column(
                "tier",
                "Risk Tier",
                np.array(names, dtype=object),
                "center",
                styles=np.array([f"tier_{t}" for t in names], dtype=object),
            ),
            Column(
                "items",
                "Items",
                case.lines.groupby("tier").size().reindex(names).fillna(0).to_numpy(dtype=float),
                "count",
                f"=SUMIFS({r('item_row')},{r('tier')},[tier])",
                total="sum",
            ),
            Column(
                "units",
                "Units",
                frame.groupby("tier")["units"].sum().reindex(names).fillna(0.0).to_numpy(),
                "units",
                f"=SUMIFS({r('units')},{r('tier')},[tier])",
                total="sum",
            ),
            Column(
                "cost",
                "Cost",
                money("cost"),
                "money",
                f"=ROUND(SUMIFS({r('cost')},{r('tier')},[tier]),2)",
                total="sum",
            ),
            Column(
                "charge",
                "Write-down",
                money("write_down"),
                "money",
                f"=ROUND(SUMIFS({r('write_down')},{r('tier')},[tier]),2)",
                total="sum",
            ),
            Column(
                "closing",
                "Closing Reserve",
                money("closing"),
                "money",
                f"=ROUND(SUMIFS({r('closing')},{r('tier')},[tier]),2)",
                total="sum",
            ),
        ],
        total_label="Total",
    )


def _tie_out(case: Case, sheet: Sheet, place: Place, c3: LcnrvPaper, c4: RollforwardPaper) -> None:
    """Inventory and reserve against the ledger, the write-down against C-3 and C-4."""
    sheet.section("Tie-out", _COLUMNS)
    control, frame = case.control, case.proposal.frame
    held = money_total(frame["cost"])
    other = round(case.conservation.eop_cost - held, 2)
    charge = money_total(frame["write_down"])
    kept = case.tables.beside
    beside = kept.cost if kept else 0.0

    def at(name: str) -> str:
        return place.total(name).split("!", 1)[1]

    rows: list[tuple[str, float, str, str]] = [
        ("Inventory at cost, this paper", held, "money", f"={at('cost')}"),
        ("Cost of rows not valued here (consigned in)", other, "money", ""),
        ("Inventory at cost per general ledger", control.gl_inventory, "money", ""),
    ]
    if kept:
        rows.insert(2, ("Inventory at cost kept beside the workbook", beside, "money", ""))
    places = sheet.facts(rows)
    *parts, ledger = [a.split("!", 1)[1] for a in places.values()]
    ties = sheet.facts(
        [
            (
                "Difference to the ledger",
                round(held + other + beside - control.gl_inventory, 2),
                "money",
                f"=ROUND({'+'.join(parts)}-{ledger},2)",
            ),
            ("Write-down, this paper", charge, "money", f"={at('charge')}"),
            ("Write-down per C-3", charge, "money", f"={c3.place.total('write_down')}"),
            ("Closing less opening per C-4", _change(case), "money", f"={c4.change}"),
            (
                "Closing reserve, this paper, less C-4",
                0.0,
                "money",
                f"=ROUND({at('closing')}-{c4.place.total('closing')},2)",
            ),
        ]
    )
    own = [a.split("!", 1)[1] for a in ties.values()]
    rows_at = [int(a.rsplit("$", 1)[1]) for a in own]
    if not np.isnan(control.gl_inventory):
        difference = round(held + other + beside - control.gl_inventory, 2)
        sheet.tick(rows_at[0], 3, "GL", f"{own[0]}=0", holds=difference == 0)
    sheet.tick(rows_at[2], 3, "IC", f"ROUND({own[1]}-{own[2]},2)=0")
    sheet.tick(rows_at[4], 3, "IC", f"{own[4]}=0")


def _change(case: Case) -> float:
    rows = case.rollforward
    return round(float(rows["closing"].sum() - rows["opening"].sum()), 2)
