"""Invariants of a whole refresh: nothing that is not a figure of the book moves a figure.

Each example draws a small book that foots and values it several times over, so a few examples cost
what thousands of a sum cost; a soak (``INVVAL_EXAMPLES``) draws more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from invval_xl.accounting.money import total_money
from invval_xl.hosts.file.write import author
from invval_xl.hosts.memory import book_from_sheets
from invval_xl.runs.refresh_reserve import Refreshed, refresh_reserve
from invval_xl.workpapers.sheet_plan import SheetPlan
from tests import recalculation
from tests.hosts.file.writing_plans import CREATED
from tests.tables.builders import BALANCE_HEADER, CONTROL, PERIOD
from tests.tools import REPO

FEW = settings(
    max_examples=max(5, settings().max_examples // 40),
    phases=[Phase.generate],  # to make an example smaller costs more here than to read it
)
CENTS = st.integers(0, 10**6).map(lambda cents: cents / 100)
MONEY = ["cost", "write_down", "reversal", "required", "closing"]


@st.composite
def books(draw):
    """Sheets of up to six lines in which units and cost foot and tie to the ledger."""
    lines = draw(
        st.lists(
            st.tuples(st.sampled_from(["00123", "B7", "C-9"]), st.sampled_from(["S1", "S2"])),
            min_size=1, max_size=6, unique=True,
        )
    )  # fmt: skip
    skus = sorted({sku for sku, _ in lines})
    balance, held = [BALANCE_HEADER], []
    for sku, location in lines:
        bop, received = draw(st.integers(0, 500)), draw(st.integers(0, 500))
        sold = draw(st.integers(0, bop + received))
        unit = draw(st.integers(1, 10**4)) / 100
        units, cost = [bop, received, sold], [round(n * unit, 2) for n in (bop, received, sold)]
        left = round(cost[0] + cost[1] - cost[2], 2)
        balance.append([sku, location, PERIOD, *units, bop + received - sold, *cost, left])
        held.append(left)
    prices = [["SKU", "Date", "Price"]]
    prices += [[sku, PERIOD, draw(st.integers(1, 10**4)) / 100] for sku in skus]
    return {
        "Control": [[k, total_money(held) if k == "GL Inventory" else v] for k, v in CONTROL],
        "ItemMaster": [["SKU", "Category", "Ticket Price"]]
        + [[sku, draw(st.sampled_from(["Shoes", "Hats"])), 20.0] for sku in skus],
        "BalanceSet": balance,
        "MarketPrices": prices,
    }


def disordered(sheets, random):
    """The same book: rows and columns in another order, a sheet of the user's own among them."""
    out = {}
    for name, (header, *rows) in sheets.items():
        places = list(range(len(header)))
        if name != "Control":
            random.shuffle(places)
        random.shuffle(rows)
        out[name] = [[row[at] for at in places] for row in (header, *rows)]
    out["My notes"] = [["Total", 1e9], ["=1+1", "#N/A"]]
    names = list(out)
    random.shuffle(names)
    return {name: out[name] for name in names}


def figures(refreshed: Refreshed) -> pd.DataFrame:
    keys = ["sku", "location"]
    lines = refreshed.case.lines.sort_values(keys, ignore_index=True)
    return lines[[*keys, *MONEY, "tier"]]


def shown(plan: SheetPlan, header: str) -> float:
    """Sum of the first column under that header on a tab; 0 where the tab lists nothing."""
    for block in sorted(plan.blocks, key=lambda b: b.top):
        for cell in plan.cells:
            at = cell.column - block.left
            if (cell.row, cell.value) == (block.top - 1, header) and 0 <= at < len(block.columns):
                listed = np.array(block.columns[at].values, dtype=float)
                return total_money(np.nan_to_num(listed))
    return 0.0


@FEW
@given(books(), st.randoms(use_true_random=False))
def test_a_refresh_hangs_on_nothing_but_the_figures_and_foots(sheets, random) -> None:
    once = refresh_reserve(book_from_sheets(sheets))
    again = refresh_reserve(book_from_sheets(sheets))
    assert again.content == once.content, "refreshed twice, other cells"
    other = refresh_reserve(book_from_sheets(disordered(sheets, random)))
    pd.testing.assert_frame_equal(figures(other), figures(once))
    assert other.summary.reserve_by_category == once.summary.reserve_by_category
    case, lines = once.case, once.case.lines
    # what the tabs sum to is what the lead says, and what is posted
    assert total_money(lines["cost"]) == once.summary.cost == sheets["Control"][6][1]
    assert total_money(lines["write_down"].fillna(0)) == once.summary.write_down
    assert sum(once.summary.reserve_by_category.values()) == once.summary.closing_reserve
    tabs = {plan.name: plan for plan in once.plans}
    for header in ("Cost", "Write-down", "Closing Reserve"):
        assert shown(tabs["C-1 Lead"], header) == shown(tabs["C-3 LCNRV"], header), header
    assert shown(tabs["C-4 Rollforward"], "Closing Reserve") == once.summary.closing_reserve
    moved = case.rollforward
    closing = moved["opening"] + moved["charge"] + moved["other"] - moved["utilization"]
    np.testing.assert_allclose(closing - moved["reversal"], moved["closing"], atol=0.005)
    for entry in case.journal:
        assert sum(line.signed_cents for line in entry.lines) == 0
    # a tranche less or more changes no unit and no cent; nothing on hand is nothing reserved
    frame = case.proposal.frame
    split = frame.groupby("line")["cost"].sum().to_numpy()
    np.testing.assert_allclose(split, case.proposal.lines()["cost"], atol=0.005)
    reserve = frame["required"].to_numpy()
    assert np.all(np.isnan(reserve) | ((reserve >= 0) & (reserve <= frame["cost"] + 0.005)))
    assert not np.nan_to_num(reserve[frame["units"] == 0]).any()


@settings(FEW, max_examples=max(2, FEW.max_examples // 2))
@given(books(), st.sampled_from(["us-gaap fifo", "us-gaap lifo", "ifrs average"]))
def test_a_papers_native_formulas_give_our_figures(sheets, terms) -> None:
    framework, method = terms.split()
    asked = {"Framework": framework, "Cost Method": method}
    sheets["Control"] = [[k, asked.get(k, v)] for k, v in sheets["Control"]]
    refreshed = refresh_reserve(book_from_sheets(sheets))
    with tempfile.TemporaryDirectory() as folder:
        papers = Path(folder) / "papers.xlsx"
        author(refreshed.plans, papers, created=CREATED)
        wanted = recalculation.formulas(papers)
        assert len(wanted) > 100
        given_by = recalculation.ironcalc_values(papers, wanted)
        assert recalculation.differences(papers, given_by) == []


CHILD = """
import json, locale, sys, time
for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
    try:
        locale.setlocale(locale.LC_ALL, name); break
    except locale.Error:
        pass
time.tzset()
from invval_xl.runs.refresh_reserve import refresh_reserve
from tests.tables.builders import a_book
print(json.dumps(refresh_reserve(a_book({})).content))
"""


def test_a_refresh_does_not_hang_on_process_time_zone_locale_or_hash_seed() -> None:
    from tests.tables.builders import a_book

    here = refresh_reserve(a_book({})).content
    done = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, text=True, check=True, cwd=REPO,
        env={**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "77",
             "LC_ALL": "C.UTF-8", "PYTHONPATH": str(REPO)},
    )  # fmt: skip
    assert json.loads(done.stdout) == here
