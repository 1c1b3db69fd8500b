"""The main job on the worked example, through the command, read back as a stranger would."""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from tests.papers import Paper, read_papers
from tests.runs.conftest import WORKED_EXAMPLE


@pytest.fixture(scope="module")
def papers(refreshed_book: Path) -> dict[str, Paper]:
    return read_papers(refreshed_book)


def cents(value: object) -> int:
    assert isinstance(value, (int, float)), value
    return round(value * 100)


def total(rows: list[dict[str, object]], name: str) -> int:
    return sum(cents(r[name]) for r in rows if isinstance(r[name], (int, float)))


def test_write_downs_agree_on_every_paper_to_the_cent(papers: dict[str, Paper]) -> None:
    lines = papers["C-3 LCNRV"].table("SKU", "Tranche", "Write-down")
    lead = papers["C-1 Lead"].table("Category", "Opening Reserve", "Write-down")
    journal = papers["C-5 Journal"].table("Entry", "Account", "Debit")
    change = papers["C-4 Rollforward"].fact("Closing less opening")
    charge = total(lines, "Write-down")
    assert charge > 0
    assert total(lead, "Write-down") == charge
    assert total([r for r in journal if r["Entry"] == 1], "Debit") == charge
    assert cents(change) == charge


def test_journal_balances_and_rollforward_foots(papers: dict[str, Paper]) -> None:
    journal = papers["C-5 Journal"].table("Entry", "Account", "Debit")
    assert total(journal, "Debit") == total(journal, "Credit")
    for row in papers["C-4 Rollforward"].table("Category", "Opening Reserve", "Closing Reserve"):
        assert cents(row["Closing Reserve"]) == (
            cents(row["Opening Reserve"])
            + cents(row["Charge To Expense"])
            + cents(row["Charge To Other Accounts"])
            - cents(row["Utilization"])
            - cents(row["Reversal"])
        )


def test_lead_ties_to_the_general_ledger(papers: dict[str, Paper]) -> None:
    lead = papers["C-1 Lead"]
    stated = papers["Control"].fact("GL Inventory")
    assert cents(lead.fact("Inventory at cost per general ledger")) == cents(stated)
    assert cents(lead.fact("Difference to the ledger")) == 0
    assert cents(papers["C-4 Rollforward"].fact("Opening reserve per general ledger")) == cents(
        papers["Control"].fact("GL Reserve")
    )


def test_units_and_cost_are_conserved_over_tranches(papers: dict[str, Paper]) -> None:
    lines = papers["C-3 LCNRV"].table("SKU", "Tranche", "Write-down")
    held: dict[tuple[object, object], float] = {}
    for row in lines:
        key = (row["SKU"], row["Location"])
        held[key] = held.get(key, 0.0) + row["Units"]
        assert 0 <= cents(row["Required Reserve"]) <= cents(row["Cost"])
        assert row["Required, Low"] <= row["Required, High"]
    for row in lines:
        assert held[row["SKU"], row["Location"]] == row["Units On Hand"]
    assert total(lines, "Cost") == cents(papers["Control"].fact("GL Inventory"))


def test_every_tier_is_counted_and_no_item_twice(papers: dict[str, Paper]) -> None:
    lines = papers["C-3 LCNRV"].table("SKU", "Tranche", "Risk Tier")
    items = {(r["SKU"], r["Location"]): r["Risk Tier"] for r in lines}
    tiers = papers["C-1 Lead"].table("Risk Tier", "Items", "Closing Reserve")
    assert {r["Risk Tier"] for r in tiers} == {"green", "yellow", "orange", "red"}
    for row in tiers:
        assert row["Items"] == sum(t == row["Risk Tier"] for t in items.values())


def test_papers_say_that_no_model_answered(papers: dict[str, Paper]) -> None:
    for name in ("C-1 Lead", "C-3 LCNRV", "C-6 Rationale"):
        assert any("rule-based, no model" in str(v) for row in papers[name].rows for v in row)


class TestSku47382:
    """accounting.md, section F: the same assumptions give the same figures to the cent."""

    @pytest.fixture
    def study(self, papers: dict[str, Paper]) -> Paper:
        return papers["C-9 Sensitivity"].section("SKU 47382")

    @pytest.fixture
    def rows(self, papers: dict[str, Paper]) -> dict[str, dict[str, object]]:
        lines = papers["C-3 LCNRV"].table("SKU", "Tranche", "Write-down")
        return {
            str(r["Tranche"]): r
            for r in lines
            if r["SKU"] == "47382" and r["Units On Hand"] == 1250
        }

    def test_price_test(self, rows: dict[str, dict[str, object]]) -> None:
        demand = rows["ordinary demand"]
        assert demand["Item Cost"] == 42_500
        assert demand["Unit Cost"] == 34
        assert demand["Age Days"] == 147
        assert demand["Expected Price"] == pytest.approx(45.36, abs=1e-9)
        assert demand["Ordinary NRV"] == pytest.approx(41.7312, abs=1e-9)
        assert demand["Price Test"] == 0
        assert rows["excess"]["Price Test"] == 0

    def test_quantity_test(self, rows: dict[str, dict[str, object]]) -> None:
        excess = rows["excess"]
        assert (rows["ordinary demand"]["Units"], excess["Units"]) == (361, 889)
        assert excess["Price Used"] == 24
        assert excess["NRV"] == pytest.approx(22.08)
        assert excess["Required Reserve"] == 10_596.88
        assert excess["Binding Test"] == "quantity"
        assert excess["Risk Tier"] == "red"

    def test_both_readings_are_shown(self, rows: dict[str, dict[str, object]]) -> None:
        # E[max(0, c - NRV)] on the demand tranche: 0.22 x 0.88 a unit, 361 of the 1,250 units.
        assert rows["ordinary demand"]["Expected Shortfall"] == pytest.approx(
            round(0.22 * 0.88 * 361, 2)
        )
        assert rows["ordinary demand"]["Required Reserve"] == 0

    @pytest.mark.parametrize(
        ("share", "at_90_days", "at_30_days"),
        [(0.70, 2_745, 3_184), (0.50, 10_597, 12_290), (0.25, 20_411, 23_672)],
    )
    def test_liquidation_table(
        self, study: Paper, share: float, at_90_days: int, at_30_days: int
    ) -> None:
        rows = study.table("Liquidation Rate", "NRV")
        row = next(r for r in rows if math.isclose(r["Liquidation Rate"], share))
        assert (row["Excess At 90-day Rate"], row["Excess At 30-day Rate"]) == (889, 1031)
        assert round(row["Reserve At 90-day Rate"]) == at_90_days
        assert round(row["Reserve At 30-day Rate"]) == at_30_days

    @pytest.mark.parametrize(
        ("rate", "expected", "marked", "break_even"),
        [
            (0.05, 43.09, 34.20, 35.79),
            (0.08, 41.73, 33.12, 36.96),
            (0.10, 40.82, 32.40, 37.78),
            (0.12, 39.92, 31.68, 38.64),
            (0.15, 38.56, 30.60, 40.00),
        ],
    )
    def test_selling_cost_table(
        self, study: Paper, rate: float, expected: float, marked: float, break_even: float
    ) -> None:
        rows = study.table("Cost To Sell Rate", "Expected NRV")
        row = next(r for r in rows if math.isclose(r["Cost To Sell Rate"], rate))
        assert round(row["Expected NRV"], 2) == expected
        assert round(row["NRV If Marked Down"], 2) == marked
        assert round(row["Break-even Gross Price"], 2) == break_even

    def test_marked_down_for_certain(self, study: Paper) -> None:
        rows = study.table("Cost To Sell Rate", "Write-down If Marked Down For Certain")
        row = next(r for r in rows if math.isclose(r["Cost To Sell Rate"], 0.08))
        assert row["Write-down If Marked Down For Certain"] == 1_100

    def test_demand_windows(self, study: Paper) -> None:
        rows = study.table("Demand Window", "Days Of Supply")
        assert [round(r["Units A Day"], 4) for r in rows] == [0.9889, 0.6, 1.1833]
        assert [round(r["Days Of Supply"]) for r in rows][:2] == [1264, 2083]

    def test_markdown_base_decides_a_loss(self, study: Paper) -> None:
        rows = study.table("Markdown Taken On", "Marked-down Price")
        found = {r["Markdown Taken On"]: r for r in rows}
        assert found["market price"]["Marked-down Price"] == 36
        assert found["market price"]["Above Break-even"] == "no"
        assert found["average selling price"]["Marked-down Price"] == 39
        assert found["average selling price"]["Above Break-even"] == "yes"
        assert found["average selling price"]["Expected Price"] == pytest.approx(49.14)

    def test_a_markdown_cannot_clear_it(self, study: Paper) -> None:
        rows = study.table("Price Elasticity", "Days To Clear")
        assert [round(r["Days To Clear"]) for r in rows] == [711, 533]

    def test_missing_inputs_are_named_and_no_figure_stands_alone(
        self, papers: dict[str, Paper]
    ) -> None:
        row = next(
            r
            for r in papers["C-6 Rationale"].table("SKU", "Missing Inputs")
            if r["SKU"] == "47382" and r["Cost"] == 42_500
        )
        for words in ("replacement cost", "normal profit", "liquidation price"):
            assert words in row["Missing Inputs"]
        for words in ("Price test", "Quantity test", "10,596.88", "889 units", "45.36", "41.73"):
            assert words in row["What And Why"]
        assert row["Required, Low"] < row["Required Reserve"] < row["Required, High"]


def test_refresh_changes_nothing_that_is_not_ours(refreshed_book: Path) -> None:
    ours = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    with zipfile.ZipFile(WORKED_EXAMPLE) as before, zipfile.ZipFile(refreshed_book) as after:
        for name in set(before.namelist()) - ours:
            assert before.read(name) == after.read(name), name


def parts(book: Path) -> dict[str, str]:
    with zipfile.ZipFile(book) as package:
        return {n: hashlib.sha256(package.read(n)).hexdigest() for n in package.namelist()}


def test_three_refreshes_in_place_change_nothing_and_keep_one_backup(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(WORKED_EXAMPLE.read_bytes())
    seen, sizes = [], []
    for _ in range(3):
        assert main(["refresh", str(book)]) == 0
        seen.append((parts(book), book.read_bytes()))
        sizes.append(book.stat().st_size)
    assert sizes[0] == sizes[1] == sizes[2]
    assert seen[0][0] == seen[1][0]  # the first appends the parts, the second puts them in place
    assert seen[1][1] == seen[2][1]
    left = sorted(p.name for p in tmp_path.iterdir() if p.stat().st_size)  # the lock is empty
    assert left == ["book.invval-backup.xlsx", "book.xlsx"]


def test_json_answer_is_one_object(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = main(["refresh", str(WORKED_EXAMPLE), "--out", str(tmp_path / "o.xlsx"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == answer["exit"] == 0
    summary = answer["summary"]
    assert cents(sum(summary["reserve_by_category"].values())) == cents(summary["closing_reserve"])
    assert sum(summary["items_by_tier"].values()) == summary["items"]
