"""Every other role, and a sheet with warehouses side by side under merged heads."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

from invval_xl.hosts.file.read import read_book
from invval_xl.tables.check import check_book
from tests.sources.extracts import HEAD, codes, one, rules, run_import, write


def warehouses(folder: Path) -> None:
    """Title, two-row merged heads, two warehouses side by side, a totals row."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Stock by warehouse, March"])
    sheet.append([])
    sheet.append(["Item", "North", None, "South", None])
    sheet.append([None, "Qty", "Value", "Qty", "Value"])
    sheet.append(["A1", 10, 100, 5, 50])
    sheet.append(["B2", 4, 80, None, None])
    sheet.append(["Total", 14, 180, 5, 50])
    for area in ("A3:A4", "B3:C3", "D3:E3"):
        sheet.merge_cells(area)
    book.save(folder / "stock.xlsx")


STOCK = """
[[extract]]
name = "stock"
role = "inventory"
file = "stock.xlsx"
across = "location"
columns = { sku = "Item", units = "Qty", cost = "Value" }
"""


def test_warehouses_side_by_side_become_locations(tmp_path: Path) -> None:
    warehouses(tmp_path)
    write(
        tmp_path, "gl.csv", [{"Store": "North", "Balance": 180}, {"Store": "South", "Balance": 49}]
    )  # noqa: E501, RUF100
    ledger = '\n[[extract]]\nname = "gl"\nrole = "ledger"\nfile = "gl.csv"\ncolumns = { location = "Store", balance = "Balance" }\n'  # noqa: E501
    code, answer = run_import(tmp_path, HEAD + STOCK + ledger)
    assert code == 0
    by = {r["location"]: r for r in answer["tie_out"]}
    assert (by["North"]["balance_units"], by["North"]["balance_cost"]) == (14, 180)
    assert (by["South"]["balance_units"], by["South"]["balance_cost"]) == (5, 50)
    assert by["South"]["balance_to_ledger"] == 1
    assert by["all locations"]["ledger_cost"] == 229
    assert rules(answer)[("stock", "*", "totals row")] == 2
    assert one(answer, "IM216")["count"] == 1  # B2 in the south: a blank is no zero


def test_sales_returns_receipts_prices_quality_and_indices(tmp_path: Path) -> None:
    write(
        tmp_path,
        "po.csv",
        [
            {
                "Date": "2026-01-10",
                "SKU": "A1",
                "Received": 10,
                "Ordered": 15,
                "Cost": 100,
                "PO": "P1",
                "Due": "2026-04-10",
            }
        ],
    )  # noqa: E501, RUF100
    write(tmp_path, "sales.csv", [{"Date": "2026-02-01", "SKU": "A1", "Qty": 4, "Net Sales": 80}])
    write(tmp_path, "back.csv", [{"Date": "2026-02-03", "SKU": "A1", "Qty": 1, "Refund": 20}])
    write(
        tmp_path,
        "market.csv",
        [{"SKU": "A1", "Date": "2026-03-01", "Price": 19.5, "Source": "web"}],
    )  # noqa: E501, RUF100
    write(tmp_path, "quality.csv", [{"SKU": "A1", "Date": "2026-03-02", "Damaged Units": 1}])
    write(tmp_path, "copper.csv", [{"Date": "2026-03-01", "Name": "copper", "Value": 9000}])
    extracts = [
        ("po", "procurement", 'date = "Date", sku = "SKU", units = "Received", units_ordered = "Ordered", cost = "Cost", document = "PO", due_date = "Due"', "moves_stock = true"),  # noqa: E501
        ("sales", "sales", 'date = "Date", sku = "SKU", units = "Qty", net_sales = "Net Sales"', "moves_stock = true"),  # noqa: E501
        ("back", "returns", 'date = "Date", sku = "SKU", units = "Qty", refund = "Refund"', "moves_stock = true"),  # noqa: E501
        ("market", "market_prices", 'sku = "SKU", date = "Date", price = "Price", source = "Source"', ""),  # noqa: E501
        ("quality", "quality", 'sku = "SKU", date = "Date", damaged_units = "Damaged Units"', ""),
        ("copper", "commodity_index", 'date = "Date", series = "Name", value = "Value"', ""),
    ]  # fmt: skip
    config = (
        HEAD
        + 'location = "S1"\n'
        + "".join(
            f'\n[[extract]]\nname = "{n}"\nrole = "{r}"\nfile = "{n}.csv"\ncolumns = {{ {c} }}\nfresh_within_days = 90\n{m}\n'  # noqa: E501
            for n, r, c, m in extracts
        )
    )
    code, answer = run_import(tmp_path, config)
    assert code == 0, answer
    assert answer["tie_out"][-1]["moved_units"] == 10 - 4 + 1
    assert answer["tie_out"][-1]["moved_cost"] == 70
    book = check_book(read_book(tmp_path / "book.xlsx").value).value
    history = book.get("SalesHistory")
    assert history is not None
    assert history.frame["units"].sum() == 3
    assert history.frame["net_sales"].sum() == 60
    open_orders = book.get("PurchaseCommitments")
    assert open_orders is not None
    assert {s for s in ("MarketPrices", "Quality") if book.get(s) is not None} == {
        "MarketPrices",
        "Quality",
    }  # noqa: E501, RUF100
    indices = pd.read_parquet(tmp_path / "book-history" / "indices.parquet")
    assert indices[["kind", "series", "value"]].to_numpy().tolist() == [
        ["commodity", "copper", 9000.0]
    ]  # noqa: E501, RUF100


def test_a_balance_set_brought_whole_is_tied_to_itself(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", [
        {"SKU": "A1", "Period End": "2026-03-31", "BOP Units": 5, "Receipts Units": 5, "Sales Units": 4, "EOP Units": 6,  # noqa: E501
         "BOP Cost": 50, "Receipts Cost": 50, "Sales Cost": 40, "EOP Cost": 60},
        {"SKU": "B2", "Period End": "2026-03-31", "BOP Units": 5, "Receipts Units": 0, "Sales Units": 4, "EOP Units": 2,  # noqa: E501
         "BOP Cost": 50, "Receipts Cost": 0, "Sales Cost": 40, "EOP Cost": 20},
    ])  # fmt: skip  # noqa: E501, RUF100
    names = [f"{m}_{b}" for b in ("units", "cost") for m in ("bop", "receipts", "sales", "eop")]
    mapped = ", ".join(
        f'{n} = "{n.split("_")[0].upper() if n[:3] in ("bop", "eop") else n.split("_")[0].title()} {n.split("_")[1].title()}"'  # noqa: E501
        for n in names
    )  # noqa: E501, RUF100
    config = (
        HEAD
        + 'location = "S1"\ngl_inventory = 80\n'
        + f'\n[[extract]]\nname = "b"\nrole = "balance"\nfile = "b.csv"\ncolumns = {{ sku = "SKU", period_end = "Period End", {mapped} }}\n'  # noqa: E501
    )  # noqa: E501, RUF100
    code, answer = run_import(tmp_path, config)
    assert code == 0, answer
    assert one(answer, "IM401")["count"] == 1
    assert "B2 at S1: -1" in one(answer, "IM401")["message"]
    assert answer["tie_out"][-1]["balance_to_ledger"] == 0
    assert "IM402" not in codes(answer)
