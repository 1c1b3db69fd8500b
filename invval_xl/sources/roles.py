"""What an extract can be: its role, the facts a role has, and the words systems head them with.

Header words come from the sheet contracts (:mod:`invval_xl.tables.contracts`), so an extract and a
workbook speak one language; only what a worksheet does not hold is declared here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from invval_xl.tables.contracts import CONTRACTS, Column, ColumnKind
from invval_xl.tables.headers import spelling

__all__ = ["ROLES", "Role", "names_of"]

_K, _T, _D = ColumnKind.KEY, ColumnKind.TEXT, ColumnKind.DATE
_U, _M, _P, _N, _F = (
    ColumnKind.UNITS, ColumnKind.MONEY, ColumnKind.PRICE, ColumnKind.NUMBER, ColumnKind.FLAG
)  # fmt: skip


@dataclass(frozen=True)
class Role:
    """One kind of extract.

    Parameters
    ----------
    name
        What the config calls it.
    columns
        Facts it can have; ``required`` ones must be mapped or given as a constant.
    stake
        Facts tried in turn for the dollars of a line: a total first, then units x price.
    words
        Words in a file or sheet name that hint at the role.
    """

    name: str
    columns: tuple[Column, ...]
    stake: tuple[str, ...]
    words: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Find a fact; ``KeyError`` where the role has none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every fact's name."""
        return tuple(column.name for column in self.columns)


def _of(
    contract: str, name: str, *, required: bool | None = None, more: tuple[str, ...] = ()
) -> Column:
    """A contract's column under the same name, with further synonyms."""
    column = CONTRACTS[contract].column(name)
    must = column.required if required is None else required
    return replace(column, required=must, synonyms=(*column.synonyms, *more))


def _optional(column: Column) -> Column:
    return replace(column, required=False)


_SKU = _of(
    "ItemMaster",
    "sku",
    more=("Product ID", "ProductKey", "Item ID", "product_id", "UPC", "EAN", "GTIN"),
)
_LOCATION = _of("Locations", "location", required=False, more=("store_id", "Whse", "Branch", "Bin"))
_DATE = _of(
    "SalesHistory",
    "date",
    more=(
        "Posting Date",
        "Movement Date",
        "Transaction Date",
        "transaction_timestamp",
        "Doc Date",
        "As Of",
        "Snapshot Date",
        "Receipt Date",
        "Tanggal",
    ),
)
_UNITS = _of(
    "SalesHistory",
    "units",
    more=(
        "Units In",
        "UnitsIn",
        "Units Out",
        "Units Received",
        "Received Qty",
        "OrderQuantity",
        "Kuantitas",
        "On Hand Qty",
    ),
)
_ON_HAND = replace(
    _UNITS,
    required=True,
    signed=True,
    synonyms=(
        "On Hand",
        "Quantity",
        "Qty",
        "Quantity in Stock",
        "Available Stock",
        "Current Stock",
        "Stock On Hand",
        "UnitsBalance",
        "QOH",
        "Stock",
    ),
)
_UNIT_COST = Column(
    "unit_cost",
    "Unit Cost",
    _P,
    synonyms=("Cost per Unit", "Unit Price", "Std Cost", "Standard Cost", "Average Cost"),
)
_COST = Column(
    "cost",
    "Cost",
    _M,
    signed=True,
    synonyms=("Total Cost", "Extended Cost", "Total Value", "Cost Value", "Inventory Value"),
)
_PRICE = Column(
    "price",
    "Price",
    _P,
    synonyms=("Unit Price", "UnitPrice", "Selling Price", "Sale Price per Unit"),
)
_DOCUMENT = Column(
    "document",
    "Document",
    _K,
    synonyms=(
        "Invoice",
        "InvoiceNo",
        "Invoice Number",
        "Document No",
        "SalesOrderNumber",
        "basket_id",
        "PO",
        "PO Number",
        "Reference",
        "Order No",
    ),
)
_UOM = Column("uom", "UOM", _T, synonyms=("Unit Of Measure", "Unit"))
_CURRENCY = Column("currency", "Currency", _T, synonyms=("Ccy", "Currency Code"))
_TYPE = Column("type", "Type", _T, synonyms=("Movement Type", "Transaction Type", "Trans Type"))
_FROM = Column(
    "from_node", "From Node", _K, synonyms=("From", "From Location", "Source Location", "Ship From")
)
_TO = Column("to_node", "To Node", _K, synonyms=("To", "To Location", "Destination", "Ship To"))
_VALUE = Column(
    "value", "Value", _N, required=True, synonyms=("Index", "Index Value", "Close", "Factor")
)
_SERIES = Column(
    "series", "Series", _T, required=True, synonyms=("Name", "Commodity", "Ticker", "Season")
)
_CATEGORY = _of("ItemMaster", "category", required=False)

ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "items",
            tuple(_SKU if c.name == "sku" else _optional(c) for c in CONTRACTS["ItemMaster"].columns),  # noqa: E501
            (),
            ("item", "product", "master", "vendor"),
        ),
        Role("locations", CONTRACTS["Locations"].columns, (), ("location", "warehouses", "stores")),
        Role(
            "inventory",
            (_optional(_DATE), _SKU, _LOCATION, _ON_HAND, _UNIT_COST, _COST, _PRICE, _UOM, _CURRENCY),  # noqa: E501
            ("cost", "unit_cost", "price"),
            ("inventory", "stock", "onhand", "snapshot", "balance"),
        ),
        Role(
            "movements",
            (_DATE, _SKU, _TYPE, _FROM, _TO, _LOCATION, _UNITS, _UNIT_COST, _COST, _PRICE, _DOCUMENT, _UOM, _CURRENCY),  # noqa: E501
            ("cost", "unit_cost", "price"),
            ("movement", "transaction", "ledger", "inflow", "outflow"),
        ),
        Role(
            "sales",
            (
                _DATE, _SKU, _LOCATION, _of("SalesHistory", "channel"), _UNITS, _PRICE,
                _of("SalesHistory", "gross_retail", more=("ExtendedAmount",)),
                _of("SalesHistory", "discount", more=("DiscountAmount", "retail_disc")),
                _of("SalesHistory", "net_sales", required=False, more=("sales_value", "Total")),
                _of("SalesHistory", "cogs", more=("TotalProductCost", "COGS Amount")),
                _of("SalesHistory", "price_type"), _DOCUMENT, _UOM, _CURRENCY,
            ),
            ("net_sales", "price"),
            ("sales", "invoice", "pos", "order"),
        ),
        Role(
            "returns",
            (_DATE, _SKU, _LOCATION, _UNITS, _PRICE, Column("refund", "Refund", _M, signed=True, synonyms=("Refund Amount",)), _DOCUMENT, _UOM, _CURRENCY),  # noqa: E501
            ("refund", "price"),
            ("return", "refund", "rma"),
        ),
        Role(
            "procurement",
            (
                _DATE, _SKU, _LOCATION, _UNITS,
                Column("units_ordered", "Units Ordered", _U, synonyms=("Ordered Qty", "Order Quantity", "Qty Ordered")),  # noqa: E501
                _UNIT_COST, _COST, _DOCUMENT, _of("PurchaseCommitments", "due_date", more=("ETA",)),
                _of("PurchaseCommitments", "cancellable"), _UOM, _CURRENCY,
            ),
            ("cost", "unit_cost"),
            ("procurement", "purchase", "receipt", "po", "receiving"),
        ),
        Role("quality", CONTRACTS["Quality"].columns, (), ("quality", "damage", "defect")),
        Role("market_prices", CONTRACTS["MarketPrices"].columns, (), ("market", "price")),
        Role("commodity_index", (_DATE, _SERIES, _VALUE, _CATEGORY), (), ("commodity",)),
        Role("seasonality_index", (_DATE, _SERIES, _VALUE, _CATEGORY), (), ("season",)),
        Role(
            "balance",
            tuple(c if c.name in {"sku", "period_end"} else _optional(c) for c in CONTRACTS["BalanceSet"].columns),  # noqa: E501
            ("eop_cost", "bop_cost"),
            ("balance",),
        ),
        Role(
            "ledger",
            (_optional(_DATE), Column("account", "Account", _K, synonyms=("GL Account",)), _LOCATION,  # noqa: E501
             Column("balance", "Balance", _M, required=True, signed=True, synonyms=("GL Balance", "Amount", "Ending Balance"))),  # noqa: E501
            ("balance",),
            ("gl", "trial", "ledger"),
        ),
    )
}  # fmt: skip


@cache
def names_of(role: str) -> dict[str, tuple[str, ...]]:
    """Spelling of a header to the facts it can mean in a role, the facts' own names first."""
    own: dict[str, tuple[str, ...]] = {
        spelling(w): (c.name,) for c in ROLES[role].columns for w in (c.name, c.header)
    }
    for column in ROLES[role].columns:
        for word in column.synonyms:
            key = spelling(word)
            if key not in own or column.name not in own[key]:
                already = own.get(key, ())
                if already and any(spelling(n) == key for n in already):
                    continue
                own[key] = (*already, column.name)
    return own
