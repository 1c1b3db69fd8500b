"""Build a workbook under our contracts from AdventureWorks DW, a balance set made by others.

Run: ``python tests/adventureworks_book.py OUT.xlsx [--as-of 2014-01-31] [--by surrogate]``

The source holds one record a ProductKey and month (26,058). A re-keyed item has up to three
ProductKeys: they are one item to a buyer, so by default rows are summed by business key
(21,672); ``--by surrogate`` keeps a row a ProductKey, as the source has it.

The source values a month's BOP and EOP both at that month's unit cost. Here BOP is the EOP of the
month before, and what the change of unit cost did to the units brought forward is the Revaluation
line: BOP units x (unit cost - unit cost before).
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from invval_xl.hosts.file.write import author
from invval_xl.tables.contracts import CONTRACTS
from invval_xl.workpapers.input_sheets import control_plan, input_plan

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "adventureworks_dw"
LOCATION = "AW"
AS_OF = dt.date(2014, 1, 31)  # the last month with sales (to the 28th); no item is below zero
CREATED = dt.datetime(2014, 1, 6, 8, 0)  # noqa: DTZ001 - a file's own time has no zone
SUMMED = [f"{m}_{b}" for b in ("units", "cost") for m in ("bop", "receipts", "sales", "eop")]


def records(data: Path = DATA) -> pd.DataFrame:
    """The source's monthly records with cost lines, a row a ProductKey and month."""
    monthly = pd.read_parquet(data / "balance_monthly.parquet")
    monthly = monthly.sort_values(["ProductKey", "period"], ignore_index=True)
    monthly["period_end"] = pd.PeriodIndex(monthly["period"], freq="M").to_timestamp(how="end")
    monthly["period_end"] = monthly["period_end"].dt.normalize().astype("datetime64[ns]")
    cost = monthly["unit_cost"]
    for measure in ("receipts", "sales"):
        monthly[f"{measure}_cost"] = (monthly[f"{measure}_units"] * cost).round(2)
    before = monthly.groupby("ProductKey")["eop_cost"].shift()
    monthly["bop_cost"] = before.fillna(monthly["bop_cost"]).round(2)
    monthly["eop_cost"] = monthly["eop_cost"].round(2)
    return monthly


def balance_set(by_record: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """BalanceSet in units and cost, with the revaluation line that closes the cost block."""
    keyed = by_record.assign(sku=_sku(by_record, by), location=LOCATION)
    book = keyed.groupby(["sku", "location", "period_end"], as_index=False)[SUMMED].sum()
    moved = book["bop_cost"] + book["receipts_cost"] - book["sales_cost"]
    book["revaluation_cost"] = (book["eop_cost"] - moved).round(2)
    names = [c.name for c in CONTRACTS["BalanceSet"].columns if c.name in book.columns]
    book[names[3:]] = book[names[3:]].astype(float).round(2)
    return book[names]


def item_master(by_record: pd.DataFrame, *, by: str, data: Path = DATA) -> pd.DataFrame:
    """ItemMaster from the latest record of each item; raw materials have no price and stay."""
    products = pd.read_parquet(data / "DimProduct.parquet")
    sub = pd.read_parquet(data / "DimProductSubcategory.parquet")
    top = pd.read_parquet(data / "DimProductCategory.parquet")
    named = products.merge(sub, on="ProductSubcategoryKey", how="left")
    named = named.merge(top, on="ProductCategoryKey", how="left")
    named = named[named["ProductKey"].isin(by_record["ProductKey"])]
    named = named.assign(sku=_sku(named.rename(columns={"ProductAlternateKey": "sku"}), by))
    latest = named.sort_values(["StartDate", "ProductKey"]).groupby("sku").tail(1)
    launched = named.groupby("sku")["StartDate"].min()
    latest = latest.sort_values("sku", ignore_index=True)
    made = np.where(latest["FinishedGoodsFlag"], "Other finished goods", "Raw materials")
    category = latest["EnglishProductCategoryName"].astype(object)
    listed = latest["ListPrice"].astype(float)
    return pd.DataFrame(
        {
            "sku": latest["sku"].astype(object),
            "description": latest["EnglishProductName"].astype(object),
            "category": category.where(category.notna(), made),
            "subcategory": _text(latest["EnglishProductSubcategoryName"]),
            "lifecycle_status": np.where(latest["EndDate"].isna(), "active", "discontinued"),
            "launch_date": latest["sku"].map(launched).astype("datetime64[ns]"),
            "discontinue_date": latest["EndDate"].astype("datetime64[ns]"),
            "ticket_price": listed.where(listed > 0),
        }
    )


def sales_history(by_record: pd.DataFrame, *, by: str, data: Path = DATA) -> pd.DataFrame:
    """SalesHistory: internet and reseller lines summed by day, item and channel."""
    sku = by_record.drop_duplicates("ProductKey").set_index("ProductKey")
    sku = pd.Series(_sku(sku.reset_index(), by).to_numpy(), index=sku.index)
    parts = []
    for channel in ("Internet", "Reseller"):
        lines = pd.read_parquet(data / f"Fact{channel}Sales.parquet")
        parts.append(
            pd.DataFrame(
                {
                    "date": lines["OrderDate"].astype("datetime64[ns]"),
                    "sku": lines["ProductKey"].map(sku),
                    "channel": channel.lower(),
                    "units": lines["OrderQuantity"].astype(float),
                    "gross_retail": lines["ExtendedAmount"],
                    "discount": lines["DiscountAmount"],
                    "net_sales": lines["SalesAmount"],
                    "cogs": lines["TotalProductCost"],
                }
            )
        )
    lines = pd.concat(parts).dropna(subset=["sku"]).assign(location=LOCATION)
    keys = ["date", "sku", "location", "channel"]
    summed = lines.groupby(keys, as_index=False).sum()
    money = ["gross_retail", "discount", "net_sales", "cogs"]
    summed[money] = summed[money].round(2)
    return summed


def frames(
    as_of: dt.date = AS_OF, *, by: str = "business", data: Path = DATA
) -> dict[str, pd.DataFrame]:
    """Every sheet up to ``as_of``, by contract name."""
    source = records(data)
    source = source[source["period_end"] <= pd.Timestamp(as_of)]
    sales = sales_history(source, by=by, data=data)
    return {
        "ItemMaster": item_master(source, by=by, data=data),
        "Locations": pd.DataFrame(
            {
                "location": [LOCATION],
                "name": ["AdventureWorks"],
                "type": ["dc"],
                "entity": ["AdventureWorks Cycles"],
            }
        ),
        "BalanceSet": balance_set(source, by=by),
        "SalesHistory": sales[sales["date"] <= pd.Timestamp(as_of)].reset_index(drop=True),
    }


def control(sheets: dict[str, pd.DataFrame], as_of: dt.date) -> dict[str, object]:
    """Control at ``as_of``: the ledger balance is the sum of that month's EOP cost."""
    book = sheets["BalanceSet"]
    closing = book.loc[book["period_end"] == pd.Timestamp(as_of), "eop_cost"].sum()
    return {
        "entity": "AdventureWorks Cycles",
        "period_end": as_of,
        "framework": "us-gaap",
        "currency": "USD",
        "cost_method": "standard",
        "gl_inventory": round(float(closing), 2),
        "gl_reserve": 0.0,
        "fiscal_year_end": "06-30",
        "preparer": "A. Preparer",
        "reviewer": "B. Reviewer",
    }


def build(out: Path, as_of: dt.date = AS_OF, *, by: str = "business") -> dict[str, pd.DataFrame]:
    """Write the workbook; return its sheets."""
    sheets = frames(as_of, by=by)
    plans = [control_plan(control(sheets, as_of))]
    plans += [input_plan(CONTRACTS[name], frame) for name, frame in sheets.items()]
    author(plans, out, created=CREATED)
    return sheets


def _sku(frame: pd.DataFrame, by: str) -> pd.Series:
    if by == "business":
        return frame["sku"].astype(object)
    return frame["sku"].astype(str) + "/" + frame["ProductKey"].astype(str)


def _text(column: pd.Series) -> pd.Series:
    words = column.astype(object)
    return words.where(column.notna(), None)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=AS_OF)
    parser.add_argument("--by", choices=("business", "surrogate"), default="business")
    asked = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is not there")
    sheets = build(asked.out, asked.as_of, by=asked.by)
    book, items = sheets["BalanceSet"], sheets["ItemMaster"]
    print(f"{asked.out}: {len(book):,} rows of balance set, {len(items)} items by {asked.by} key,")
    print(f"  {(items['category'] == 'Raw materials').sum()} of them raw materials without price;")
    print(
        f"  revaluation {book['revaluation_cost'].sum():,.2f} over {book['period_end'].nunique()}"
        f" months; {(book['eop_units'] < 0).sum()} month-ends below zero units in the source"
    )


if __name__ == "__main__":
    main()
