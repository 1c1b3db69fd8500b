"""The shared public sets as ``Events``; ``None`` where the folder is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from invval_xl.models.events import Events, Stream, make_events

REPO = Path(__file__).resolve().parents[2]
DATA = REPO.parent / "shared" / "data"


def _days(dates):
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _objects(values):
    return np.asarray([v if isinstance(v, str) else None for v in values], dtype=object)


def uci(folder: Path = DATA / "uci_online_retail") -> Events | None:
    """Online Retail: no stock, no cost; cancel lines are returns under their own date."""
    import pandas as pd

    path = folder / "transactions.parquet"
    if not path.exists():
        return None
    frame = pd.read_parquet(path)
    frame["sku"] = frame["StockCode"].str.upper()
    frame = frame[frame["sku"].str.match(r"^\d{5}")]  # postage, fees, samples are not items
    frame = frame[frame["UnitPrice"] > 0]  # zero-price lines are adjustments
    sku, item = np.unique(frame["sku"].to_numpy().astype(str), return_inverse=True)
    frame = frame.assign(item=item, day=_days(frame["InvoiceDate"]))
    sold = frame[frame["Quantity"] > 0]
    back = frame[frame["Quantity"] < 0]
    lines = sold.groupby(["item", "day"], as_index=False).agg(
        price=("UnitPrice", "median"), units=("Quantity", "sum")
    )
    text = frame.dropna(subset="Description").groupby("item")["Description"].first()
    return make_events(
        sku=sku.astype(object),
        location=np.full(len(sku), "ALL", dtype=object),
        sales=Stream(
            sold["item"].to_numpy(),
            sold["day"].to_numpy(),
            {
                "units": sold["Quantity"].to_numpy(float),
                "value": (sold["Quantity"] * sold["UnitPrice"]).to_numpy(float),
                "list_value": np.full(len(sold), np.nan),
            },
        ),
        returns=Stream(
            back["item"].to_numpy(),
            back["day"].to_numpy(),
            {"units": -back["Quantity"].to_numpy(float)},
        ),
        lines=Stream(
            lines["item"].to_numpy(),
            lines["day"].to_numpy(),
            {
                "price": lines["price"].to_numpy(float),
                "units": lines["units"].to_numpy(float),
                "listed": np.full(len(lines), np.nan),
            },
        ),
        description=_objects(text.reindex(range(len(sku)))),
    )


def adw(
    folder: Path = DATA / "adventureworks_dw", *, key: str = "ProductAlternateKey"
) -> Events | None:
    """AdventureWorks DW finished goods by business key (``key="ProductKey"``: the trap)."""
    import pandas as pd

    if not (folder / "FactProductInventory.parquet").exists():
        return None
    product = pd.read_parquet(folder / "DimProduct.parquet")
    sub = pd.read_parquet(folder / "DimProductSubcategory.parquet")
    product = product[product["FinishedGoodsFlag"]].merge(
        sub, on="ProductSubcategoryKey", how="left"
    )
    product["sku"] = product[key].astype(str)
    skus = np.array(sorted(product["sku"].unique()))
    place = {s: i for i, s in enumerate(skus)}
    item_of = product.set_index("ProductKey")["sku"].map(place)
    sales = pd.concat(
        [
            pd.read_parquet(folder / "FactInternetSales.parquet"),
            pd.read_parquet(folder / "FactResellerSales.parquet"),
        ]
    )
    sales["item"] = sales["ProductKey"].map(item_of)
    sales = sales.dropna(subset="item")
    # the regular price of a line's own channel: list price on the web, dealer price to resellers
    listed = product.set_index("ProductKey")[["ListPrice", "DealerPrice"]]
    near = sales[["ProductKey"]].join(listed, on="ProductKey")
    web = (sales["UnitPrice"] / near["ListPrice"]) > 0.8
    regular = np.where(web, near["ListPrice"], near["DealerPrice"])
    stock = pd.read_parquet(folder / "FactProductInventory.parquet")
    stock["item"] = stock["ProductKey"].map(item_of)
    stock = stock.dropna(subset="item")
    stock["cost"] = stock["UnitsBalance"] * stock["UnitCost"]
    stock = stock.groupby(["item", "MovementDate"], as_index=False)[
        ["UnitsBalance", "cost", "UnitsIn"]
    ].sum()
    got = stock[stock["UnitsIn"] > 0]
    first = product.drop_duplicates("sku").set_index("sku").reindex(skus)
    quantity = sales["OrderQuantity"].to_numpy(float)
    return make_events(
        sku=skus.astype(object),
        location=np.full(len(skus), "ALL", dtype=object),
        sales=Stream(
            sales["item"].to_numpy(int),
            _days(sales["OrderDate"]),
            {
                "units": quantity,
                "value": sales["SalesAmount"].to_numpy(float),
                "list_value": quantity * regular,
            },
        ),
        receipts=Stream(
            got["item"].to_numpy(int),
            _days(got["MovementDate"]),
            {"units": got["UnitsIn"].to_numpy(float)},
        ),
        stock=Stream(
            stock["item"].to_numpy(int),
            _days(stock["MovementDate"]),
            {"units": stock["UnitsBalance"].to_numpy(float), "cost": stock["cost"].to_numpy(float)},
        ),
        category=_objects(first["EnglishProductSubcategoryName"]),
        description=_objects(first["EnglishProductName"]),
    )
