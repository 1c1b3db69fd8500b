"""C-4 Rollforward: opening + charge - utilization - reversal = closing, by item and category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.money import round_money
from invval_xl.accounting.tax import allowed_write_down
from invval_xl.terms import Framework, Tranche
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.decided_column import decided_by_category, decided_by_item
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sums import criterion, money_by, money_total

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from invval_xl.tables.table import Table
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper

__all__ = ["RollforwardPaper", "lay_rollforward"]

NAME = "C-4 Rollforward"


@dataclass(frozen=True)
class RollforwardPaper:
    """The laid paper and where its category table, its item table and its tie-out stand."""

    sheet: Sheet
    place: Place
    items: Place
    change: str


def lay_rollforward(case: Case, c3: LcnrvPaper, decided: Place | None = None) -> RollforwardPaper:
    """Lay C-4: the category table over the item table, tied to the ledger and to C-3."""
    items = case.rollforward
    control = case.control
    opening_table = case.tables.get("OpeningReserve")
    disposals = case.tables.get("Disposals")
    sheet = open_paper(
        case,
        NAME,
        "Roll the reserve forward from last period's closing balance to this one's.",
        [
            "Opening: "
            + ("OpeningReserve." if opening_table else "no OpeningReserve; it opens at nil."),
            "Utilization: "
            + ("Disposals." if disposals else "no Disposals; units that left, pro rata."),
            "Charge and reversal: C-3 LCNRV, summed by item.",
        ],
        [
            "Closing = opening + charge to expense + charge to other accounts - utilization - "
            "reversal (S-X 12-09, Schedule II form).",
            "Utilization follows the units disposed of and never exceeds the item's reserve.",
            "No release in a later year (ASC 330-10-35-14)."
            if control.framework.value == "us-gaap"
            else "A reversal never exceeds its write-down (IAS 2.33).",
        ],
        inputs=tuple(
            name for name, t in (("OpeningReserve", opening_table), ("Disposals", disposals)) if t
        ),
    )
    categories = sorted(set(case.lines["category"]) | set(items["category"]))
    by_category = (
        items.groupby("category")[
            ["opening", "charge", "other", "utilization", "reversal", "decided", "closing"]
        ]
        .sum()
        .reindex(categories)
        .fillna(0.0)
        .round(2)
    )
    also = "+[decided]" if decided is not None else ""
    header_row = sheet.row + 1
    # Between them stand the total and its ticks, and the tie-out block.
    first_item = header_row + 1 + len(categories) + 2 + 14
    sheet.section("Results by category")
    rows = _items_place(first_item, len(items))
    of_category, chosen = rows.local("category"), criterion("[category]")
    place = sheet.table(
        [
            Column("category", "Category", np.array(categories, dtype=object), width=18),
            *[
                Column(
                    name,
                    header,
                    by_category[name].to_numpy(),
                    "money",
                    f"=ROUND(SUMIFS({rows.local(name)},{of_category},{chosen}),2)",
                    total="sum",
                    width=16,
                )
                for name, header in (
                    ("opening", "Opening Reserve"),
                    ("charge", "Charge To Expense"),
                    ("other", "Charge To Other Accounts"),
                    ("utilization", "Utilization"),
                    ("reversal", "Reversal"),
                )
            ],
            *decided_by_category(decided, by_category["decided"].to_numpy()),
            Column(
                "closing",
                "Closing Reserve",
                by_category["closing"].to_numpy(),
                "money",
                f"=ROUND([opening]+[charge]+[other]-[utilization]-[reversal]{also},2)",
                total="sum",
                width=16,
            ),
        ],
        total_label="Total",
    )
    total = by_category.sum().round(2)
    charge = money_total(case.proposal.frame["write_down"])
    sheet.space()
    sheet.section("Tie-out")
    change = round(total["closing"] - total["opening"], 2)
    used = round(total["utilization"] + total["reversal"], 2)

    def at(name: str) -> str:
        return place.total(name).split("!", 1)[1]

    beside, own = case.tables.beside, control.gl_reserve
    kept: list[tuple[str, float, str]] = []
    if beside is not None:
        own = round(own - beside.opening, 2)  # of the ledger's balance, what is of items shown
        kept = [("Opening reserve of items kept beside (C-1)", beside.opening, "money")]
    less = f"-{decided.total('adjustment')}" if decided is not None else ""
    facts = sheet.facts(
        [
            ("Closing less opening", change, "money", f"=ROUND({at('closing')}-{at('opening')},2)"),
            (
                "Utilization and reversal",
                used,
                "money",
                f"=ROUND({at('utilization')}+{at('reversal')},2)",
            ),
            (
                "Closing less opening, before utilization and reversal",
                round(change + used, 2),
                "money",
                f"=ROUND({at('closing')}-{at('opening')}+{at('utilization')}+{at('reversal')},2)",
            ),
            ("Write-down per C-3", charge, "money", f"={c3.place.total('write_down')}"),
            (
                "Difference",
                round(change + used - total["other"] - total["decided"] - charge, 2),
                "money",
                f"=ROUND({at('closing')}-{at('opening')}+{at('utilization')}+{at('reversal')}-{at('other')}"
                f"-{c3.place.total('write_down')}{less},2)",
            ),
            *kept,
            ("Opening reserve per general ledger", control.gl_reserve, "money"),
            (
                "Opening per OpeningReserve less general ledger",
                round(total["opening"] - own, 2),
                "money",
                f"=ROUND({at('opening')}-{own!r},2)",
            ),
        ]
    )
    _ticks(sheet, place, facts, opening_table, total["opening"], own)
    sheet.widths[1] = 52
    sheet.row = first_item - 2
    sheet.section("Results by item")
    assert sheet.row == first_item - 1, "the item table stands where its references point"
    charges = _row_formula(items, c3, "write_down")
    reversals = _row_formula(items, c3, "reversal")
    items_place = sheet.table(
        [
            Column("category", "Category", items["category"].to_numpy(dtype=object)),
            Column("opening", "Opening Reserve", items["opening"].to_numpy(), "money"),
            Column(
                "charge",
                "Charge To Expense",
                items["charge"].to_numpy(),
                "money",
                "={source}",
                {"source": charges},
            ),
            Column("other", "Charge To Other Accounts", items["other"].to_numpy(), "money"),
            Column("utilization", "Utilization", items["utilization"].to_numpy(), "money"),
            Column(
                "reversal",
                "Reversal",
                items["reversal"].to_numpy(),
                "money",
                "={source}",
                {"source": reversals},
            ),
            *decided_by_item(case, decided, items["decided"].to_numpy()),
            Column(
                "closing",
                "Closing Reserve",
                items["closing"].to_numpy(),
                "money",
                f"=ROUND([opening]+[charge]+[other]-[utilization]-[reversal]{also},2)",
            ),
            Column("sku", "SKU", items["sku"].to_numpy(dtype=object), width=18),
            Column("location", "Location", items["location"].to_numpy(dtype=object), width=22),
        ]
    )
    sheet.repeat_rows = (items_place.header_row, items_place.header_row)
    if control.framework is Framework.US_GAAP:
        sheet.space()
        _tax(sheet, case, categories, by_category["closing"].to_numpy())
    close_paper(
        sheet,
        [
            f"The reserve closes at {total['closing']:,.2f}; opening {total['opening']:,.2f}, "
            f"charge {total['charge']:,.2f}, utilization {total['utilization']:,.2f}, reversal "
            f"{total['reversal']:,.2f}."
        ],
        ["F", "CF", "GL", "PY", "IC"],
        ["C-1 Lead", "C-3 LCNRV", "C-5 Journal"],
    )
    return RollforwardPaper(sheet, place, items_place, facts["Closing less opening"])


def _ticks(
    sheet: Sheet,
    place: Place,
    facts: Mapping[str, str],
    opening_table: Table | None,
    opening: float,
    ledger: float,
) -> None:
    """Cross-footed, agreed to C-3, to the ledger and to last period's closing."""
    at = {name: place.total(name).split("!", 1)[1] for name in place.letters if name != "category"}
    parts = "{opening}+{charge}+{other}-{utilization}-{reversal}-{closing}".format(**at)
    if "decided" in at:
        parts += f"+{at['decided']}"
    sheet.tick(place.total_row, len(place.letters) + 1, "CF", f"ROUND({parts},2)=0")

    def beside(label: str, mark: str, *, holds: bool = True) -> None:
        cell = facts[label].split("!", 1)[1]
        sheet.tick(int(cell.rsplit("$", 1)[1]), 3, mark, f"{cell}=0", holds=holds)

    beside("Difference", "IC")
    if not np.isnan(ledger):
        label = "Opening per OpeningReserve less general ledger"
        beside(label, "GL", holds=round(opening - ledger, 2) == 0)
    if opening_table is not None and "opening_reserve" in opening_table.control_totals:
        stated = round(float(opening_table.control_totals["opening_reserve"]), 2)
        sheet.put(sheet.row, 1, "Opening per OpeningReserve", "label")
        sheet.put(sheet.row, 2, stated, "money")
        sheet.tick(
            sheet.row,
            3,
            "PY",
            f"ROUND({at['opening']}-$B${sheet.row},2)=0",
            holds=round(opening - stated, 2) == 0,
        )
        sheet.row += 1


def _tax(
    sheet: Sheet, case: Case, categories: list[str], book: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    """US tax view, information only: what the regulations allow of the closing reserve."""
    frame = case.proposal.frame
    allowed = round_money(
        allowed_write_down(
            frame["units"],
            frame["unit_cost"],
            cost_method=case.control.cost_method,
            bid_price=frame["replacement_cost"],
            subnormal=(frame["tranche"] == Tranche.DAMAGED.value).to_numpy(),
            offered_price=frame["contract_price"],
        )
    )
    tax = money_by(allowed, frame["category"], categories)
    sheet.section("US tax difference (information, not booked)")
    sheet.table(
        [
            Column("category", "Category", texts(categories)),
            Column("book", "Closing Reserve", book, "money", total="sum"),
            Column("tax", "Write-down Tax Allows", tax, "money", total="sum"),
            Column("difference", "Temporary Difference", np.round(book - tax, 2), "money",
                   "=ROUND([book]-[tax],2)", total="sum"),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.text(
        "Allowed: cost above the bid price of each article, where one is stated (Treas. Reg."
        " 1.471-4); subnormal goods only when offered within 30 days of the date, which no sheet"
        " states (1.471-2(c)).", "quiet",
    )  # fmt: skip
    sheet.text(
        "Excess stock held at its old price is not deductible (Thor Power Tool, 439 U.S. 522).",
        "quiet",
    )


def _items_place(first_item: int, count: int) -> Place:
    names = ("category", "opening", "charge", "other", "utilization", "reversal", "closing")
    letters = {name: "ABCDEFG"[i] for i, name in enumerate(names)}
    return Place(NAME, first_item - 1, first_item, first_item + max(count, 1) - 1, letters)


def _row_formula(
    items: pd.DataFrame, c3: LcnrvPaper, name: str
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    line = items["line"].to_numpy()
    held = line >= 0
    out = np.full(len(items), "0", dtype=object)
    out[held] = c3.spans(name, line[held])
    return out
