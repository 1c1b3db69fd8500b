"""Other people's extracts, by the configs kept beside: every drop, repair and break counted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.sources.extracts import CONFIGS, codes, one, rules, run_import
from tests.tools import SHARED

WORKBOOKS = SHARED / "data" / "workbooks"
UCI = SHARED / "data" / "uci_online_retail"
ADVENTUREWORKS = SHARED / "data" / "adventureworks_dw"
pytestmark = pytest.mark.skipif(
    not WORKBOOKS.is_dir(), reason=f"needs the shared data in {SHARED / 'data'}"
)


def consolidated(name: str, data: Path, folder: Path) -> dict[str, Any]:
    for file in data.iterdir():
        (folder / file.name).symlink_to(file)
    code, answer = run_import(folder, (CONFIGS / f"{name}.toml").read_text(encoding="utf-8"))
    assert code == 0, answer
    return answer


def counts(answer: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {e["extract"]: (e["read"], e["kept"]) for e in answer["extracts"]}


def test_a_title_block_and_a_total_that_is_not_cost(tmp_path: Path) -> None:
    answer = consolidated("trangkieu", WORKBOOKS, tmp_path)
    assert counts(answer) == {
        "products": (20, 20),
        "prices": (14, 14),
        "stock": (14, 14),
        "orders": (5, 5),
    }
    # the owner's Total Value is quantity x sale price: every line says so
    assert one(answer, "IM221")["count"] == 13
    book = pd.read_excel(
        WORKBOOKS / "Trangkieu-pisua__Inventory_Management.xlsx",
        sheet_name="Inventory",
        header=6,
        usecols="C:H",
    )
    at_cost = float((book.iloc[:14, 2].astype(float) * book.iloc[:14, 3].astype(float)).sum())
    total = answer["tie_out"][-1]
    assert total["balance_cost"] == pytest.approx(2771.52, abs=0.08)  # the total is kept, as said
    assert one(answer, "IM221")["dollars"] == pytest.approx(2771.52 - at_cost, abs=0.08)
    assert "IM412" in codes(answer)
    assert not (codes(answer) & {"IM401"})


def test_inflow_and_outflow_lists_that_do_not_lead_to_the_stock(tmp_path: Path) -> None:
    answer = consolidated("dineshraja", WORKBOOKS, tmp_path)
    assert counts(answer) == {
        "products": (10, 10),
        "stock": (10, 10),
        "inflow": (80, 80),
        "outflow": (112, 112),
    }
    assert one(answer, "IM401")["count"] == 10
    assert one(answer, "IM401")["dollars"] == 71_065
    assert answer["tie_out"][-1]["units_difference"] == -377
    assert answer["tie_out"][-1]["balance_to_ledger"] == 0
    assert one(answer, "IM218")["count"] == 27
    assert sum(n for key, n in rules(answer).items() if key[1] == "sku") == 212


def test_a_fifo_card_of_merged_heads_side_by_side_ties_to_its_own_balance(tmp_path: Path) -> None:
    answer = consolidated("azmal", WORKBOOKS, tmp_path)
    total = answer["tie_out"][-1]
    assert (total["moved_units"], total["moved_cost"], total["ledger_cost"]) == (
        100,
        1_200_000,
        1_200_000,
    )
    assert rules(answer)[("card", "*", "totals row")] == 2
    assert rules(answer)[("card", "date", "fill-down")] == 1
    assert one(answer, "IM219")["count"] == 2  # one return to the vendor, one from the customer
    lines = pd.read_parquet(tmp_path / "azmal-history" / "movements.parquet")
    nodes = set(zip(lines["from_node"], lines["to_node"], strict=True))
    assert nodes == {
        ("(vendor)", "GUDANG"),
        ("GUDANG", "(vendor)"),
        ("GUDANG", "(customer)"),
        ("(customer)", "GUDANG"),
    }


def test_months_for_headers_over_blank_cells_count_nothing(tmp_path: Path) -> None:
    answer = consolidated("raquel", WORKBOOKS, tmp_path)
    assert counts(answer) == {"products": (6, 6), "stock": (132, 0)}
    assert one(answer, "IM216")["count"] == 132
    assert {"IM407", "IM408"} <= codes(answer)


@pytest.mark.slow
def test_half_a_million_invoice_lines(tmp_path: Path) -> None:
    answer = consolidated("uci", UCI, tmp_path)
    raw = pd.read_parquet(UCI / "transactions.parquet")
    read, kept = counts(answer)["invoices"]
    dropped = {r: n for (_, column, r), n in rules(answer).items() if column == "*"}
    assert read == len(raw) == 541_909
    assert sorted(dropped.values()) == [2_497, 2_950]
    assert kept == read - sum(dropped.values())
    same = raw[raw["StockCode"].str.upper() != raw["StockCode"]]
    changed = rules(answer)[("invoices", "sku", "sku:case")]
    assert 0 < len(same) - changed < 60  # gift vouchers in small letters were dropped before
    assert one(answer, "IM202")["count"] == 112
    assert one(answer, "IM303")["count"] == 5_260
    history = pd.read_parquet(
        tmp_path / "uci-history" / "sales.parquet", columns=["units", "net_sales"]
    )
    assert len(history) == kept
    assert float(history["units"].sum()) == answer["extracts"][0]["units"]


@pytest.mark.slow
def test_movements_counts_and_sales_of_a_re_keyed_catalogue(tmp_path: Path) -> None:
    answer = consolidated("adventureworks", ADVENTUREWORKS, tmp_path)
    daily = pd.read_parquet(ADVENTUREWORKS / "FactProductInventory.parquet")
    close = daily[daily["MovementDate"] == "2014-01-31"]
    total = answer["tie_out"][-1]
    assert total["balance_units"] == total["moved_units"] == close["UnitsBalance"].sum()
    by_item = (close["UnitsBalance"] * close["UnitCost"]).sum()
    assert total["balance_cost"] == pytest.approx(by_item, abs=5)  # a cent an item that has cents
    since = daily[daily["MovementDate"] >= "2013-12-01"]
    for name in ("received", "issued"):
        read, kept = counts(answer)[name]
        assert read == len(daily)
        assert kept == len(since)
    assert answer["valuation"] == "standard"
    assert "IM401" not in codes(answer)
    assert one(answer, "IM405")["sheet"] == "resellers"


def test_a_double_loaded_extract_of_real_lines_is_found(tmp_path: Path) -> None:
    source = WORKBOOKS / "Dineshraja-DA__Inventory_Management.xlsx"
    shutil.copy(source, tmp_path / source.name)
    shutil.copy(source, tmp_path / "Dineshraja-DA__Inventory_Management (1).xlsx")
    config = (CONFIGS / "dineshraja.toml").read_text(encoding="utf-8")
    config = config.replace(
        'role = "movements"\nfile = "Dineshraja-DA__Inventory_Management.xlsx"',
        'role = "movements"\nfile = "Dineshraja-DA__Inventory_Management*.xlsx"',
    )
    code, answer = run_import(tmp_path, config)
    assert code == 0
    assert counts(answer)["inflow"][0] == 160
    assert one(answer, "IM301")["count"] >= 80
    assert one(answer, "IM301")["dollars"] >= 844_000
    assert answer["tie_out"][-1]["units_difference"] == -377  # as it was with one load
