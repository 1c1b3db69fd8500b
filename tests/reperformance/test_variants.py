"""Every branch of the papers' formulas, recalculated: frameworks, methods, readings, tranches."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from invval_xl.hosts.file.write import author
from invval_xl.runs.refresh_reserve import Refreshed, refresh_reserve
from tests import recalculation
from tests.tables.builders import BALANCE_HEADER, PERIOD, Rows, a_book

LAST_YEAR = dt.date(2025, 12, 31)
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
ITEMS: Rows = [
    ["SKU", "Category", "Ticket Price", "Replacement Cost", "Normal Profit Rate",
     "Cost To Sell Rate", "Cost To Complete", "Cost To Sell"],
    ["A1", "Shoes", 20.0, 7.0, 0.2, 0.05, 0.5, 0.25],
    ["A2", "Shoes", 9.0, 12.0, 0.1, None, None, None],
    ["B1", "Hats", 30.0, None, None, None, None, None],
    ["B2", "Hats", None, 5.0, 0.1, None, None, None],
]  # fmt: skip
BALANCE: Rows = [
    BALANCE_HEADER,
    ["A1", "S1", PERIOD, 100, 5, 3, 102, 1000.0, 50.0, 30.0, 1020.0],
    ["A2", "S1", PERIOD, 70, 0, 0, 70, 700.0, 0.0, 0.0, 700.0],
    ["B1", "S1", PERIOD, 900, 0, 9, 891, 9000.0, 0.0, 90.0, 8910.0],
    ["B2", "S1", PERIOD, 10, 0, 1, 9, 100.0, 0.0, 10.0, 90.0],
]
HISTORY: Rows = [
    ["Date", "SKU", "Location", "Units", "Net Sales"],
    [dt.date(2026, 10, 10), "A1", "S1", 3, 55.0],
    [dt.date(2026, 9, 10), "B1", "S1", 9, 250.0],
]
ASSUMPTIONS: Rows = [
    ["Name", "Scope", "Value", "Source", "Approved By"],
    ["markdown_probability", "category:Hats", 0.3, "history", "CFO"],
    ["markdown_rate", "category:Hats", 0.75, "history", "CFO"],
    ["markdown_after_days", "", 0, "policy", "CFO"],
    ["liquidation_rate", "sku:B1", 0.25, "quote", "CFO"],
]
OPENING: Rows = [
    ["SKU", "Location", "Opening Reserve", "Opening Units", "Original Write-down",
     "Written Down On"],
    ["A1", "S1", 400.0, 110, 300.0, LAST_YEAR],
    ["GONE", "S1", 12.34, 4, 12.34, LAST_YEAR],
]  # fmt: skip
FIRM: Rows = [["SKU", "Units", "Unit Price"], ["A2", 20, 30.0], ["B1", 30, 4.0]]
QUALITY: Rows = [["SKU", "Location", "Damaged Units", "Salvage Price"], ["A1", "S1", 7, None],
                 ["B1", "S1", 5, 1.5]]  # fmt: skip
COMMITMENTS: Rows = [
    ["PO", "SKU", "Units", "Unit Price", "Cancellable", "Protected"],
    ["P1", "A2", 50, 9.5, "no", "no"],
    ["P2", "A1", 50, 90.0, "no", "yes"],
    ["P3", "B2", 10, 3.0, "no", "no"],
    ["P4", "A2", 10, 99.0, "yes", "no"],
]

VARIANTS = {
    "us-gaap fifo": ("us-gaap", "fifo", ASSUMPTIONS),
    "us-gaap lifo at lcm": ("us-gaap", "lifo", ASSUMPTIONS),
    "us-gaap retail at lcm": ("us-gaap", "retail", ASSUMPTIONS),
    "ifrs average": ("ifrs", "average", ASSUMPTIONS),
    "frs-102 standard": ("frs-102", "standard", ASSUMPTIONS),
    "expected shortfall posted": (
        "us-gaap", "average",
        [*ASSUMPTIONS, ["posted_reading", "", "expected shortfall", "policy", "CFO"]],
    ),
}  # fmt: skip


def refreshed(name: str) -> Refreshed:
    framework, method, assumptions = VARIANTS[name]
    control = [
        ["Setting", "Value"], ["Entity", "Acme & Sons"], ["Period End", PERIOD],
        ["Framework", framework], ["Currency", "USD"], ["Cost Method", method],
        ["GL Inventory", 10720.0], ["GL Reserve", 412.34], ["Study SKUs", "B1, B2"],
    ]  # fmt: skip
    items = [*ITEMS, ["GONE", "Shoes", 5.0, None, None, None, None, None]]
    return refresh_reserve(a_book({
        "Control": control, "ItemMaster": items, "BalanceSet": BALANCE, "SalesHistory": HISTORY,
        "Assumptions": assumptions, "OpeningReserve": OPENING, "FirmOrders": FIRM,
        "Quality": QUALITY, "PurchaseCommitments": COMMITMENTS,
    }))  # fmt: skip


@pytest.mark.parametrize("name", list(VARIANTS))
def test_every_formula_of_every_variant_recalculates(name: str, tmp_path: Path) -> None:
    out = refreshed(name)
    tranches = set(out.case.proposal.frame["tranche"])
    assert tranches == {"firm orders", "damaged", "ordinary demand", "excess"}
    book = tmp_path / "papers.xlsx"
    author(out.plans, book, created=CREATED)
    wanted = recalculation.formulas(book)
    found = recalculation.differences(book, recalculation.ironcalc_values(book, wanted))
    assert found == []


def test_market_lies_between_floor_and_ceiling_on_the_paper() -> None:
    frame = refreshed("us-gaap lifo at lcm").case.proposal.frame
    known = frame[frame["normal_profit_rate"].notna() & frame["nrv"].notna()]
    assert len(known)
    floor = known["nrv"] - known["normal_profit_rate"] * known["price_used"]
    assert (known["market"] <= known["nrv"] + 1e-9).all()
    assert (known["market"] >= floor - 1e-4).all()


def test_ifrs_reverses_up_to_the_original_write_down_and_us_gaap_does_not() -> None:
    ifrs = refreshed("ifrs average").case.lines.set_index("sku").loc["A1"]
    us = refreshed("us-gaap fifo").case.lines.set_index("sku").loc["A1"]
    assert 0 < ifrs["reversal"] <= 300
    assert us["reversal"] == 0
    assert us["closing"] > ifrs["closing"]


def test_commitments_are_judged_beside_the_reserve() -> None:
    case = refreshed("us-gaap fifo").case
    assert case.commitments is not None
    lost = case.commitments.frame.set_index("commitment_id")["loss"]
    # 50 units at 9.50 against a ticket of 9.00 less 8 % to sell: 8.28 a unit.
    assert lost["P1"] == pytest.approx(50 * (9.50 - 8.28))
    assert lost["P2"] == 0
    assert lost["P3"] != lost["P3"]
    assert "P4" not in lost
    assert {"RV501", "RV502"} <= {f.code for f in case.findings}
