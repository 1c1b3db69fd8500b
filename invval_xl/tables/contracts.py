"""The sheet contracts as data: which sheets, which columns, which words, what is required.

One declaration serves the reader, the starter workbook, the demo generator, the README and the
function reference. Sources: accounting.md B2 (measures), G (columns); design.md section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "BALANCE_MEASURES",
    "CONTRACTS",
    "CONTROL",
    "CONTROL_SETTINGS",
    "Column",
    "ColumnKind",
    "Contract",
    "Measure",
    "Setting",
]


class ColumnKind(StrEnum):
    """What a column's cells must be."""

    KEY = "key"  # text always; leading zeros survive
    TEXT = "text"
    DATE = "date"
    UNITS = "units"
    MONEY = "money"  # a total in the entity's currency
    PRICE = "price"  # per unit
    RATE = "rate"  # 0 to 1
    DAYS = "days"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True)
class Column:
    """One column of a contract: its name in code, its header in the workbook, what it must be."""

    name: str
    header: str
    kind: ColumnKind
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    signed: bool = False
    help: str = ""


@dataclass(frozen=True)
class Contract:
    """One sheet: its name, its columns, its key, and what its presence switches on."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = False
    synonyms: tuple[str, ...] = ()
    feeds: str = ""

    def column(self, name: str) -> Column:
        """Find the column called ``name``; ``KeyError`` where the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Measure:
    """One line of the balance set (accounting.md B2): its sign in units, cost and retail.

    ``+1`` adds to EOP, ``-1`` reduces it, ``0`` leaves it; ``None``: no such column.
    ``signed`` measures carry their own sign in the cell (adjustments, revaluation).
    """

    name: str
    label: str
    units: int | None
    cost: int | None
    retail: int | None
    signed: bool = False
    synonyms: tuple[str, ...] = ()
    help: str = ""


BALANCE_MEASURES: tuple[Measure, ...] = (
    Measure("receipts", "Receipts", 1, 1, 1, synonyms=("RCPT", "Received", "Purchases")),
    Measure("transfers_in", "Transfers In", 1, 1, 1, synonyms=("XFER-IN", "XFI", "Transfer In")),
    Measure("customer_returns", "Customer Returns", 1, 1, 1, synonyms=("CUST RTN", "CRT")),
    Measure("adjustments", "Adjustments", 1, 1, 1, signed=True, synonyms=("ADJ", "Adjustment")),
    Measure("sales", "Sales", -1, -1, -1, synonyms=("SLS", "Gross Sales", "Issues")),
    Measure("transfers_out", "Transfers Out", -1, -1, -1, synonyms=("XFER-OUT", "XFO")),
    Measure("vendor_returns", "Vendor Returns", -1, -1, -1, synonyms=("VNDR RTN", "RTV")),
    Measure("shrink", "Shrink", -1, -1, -1, synonyms=("SHR", "Shrinkage")),
    Measure("markouts", "Markouts", -1, -1, -1, synonyms=("MOS", "Mark Out Of Stock", "Damages")),
    Measure("freight", "Freight", None, 1, None, synonyms=("FRT", "Freight In", "Duty")),
    Measure("vendor_allowances", "Vendor Allowances", None, -1, None, synonyms=("VA",)),
    Measure(
        "revaluation", "Revaluation", None, 1, None, signed=True, synonyms=("CV", "Cost Variance")
    ),
    Measure("write_downs", "Write-downs", None, -1, None, synonyms=("WD", "Writedowns")),
    Measure("markdowns", "Markdowns", None, None, -1, synonyms=("MD", "Permanent Markdowns")),
    Measure("promotional_markdowns", "Promotional Markdowns", None, None, -1, synonyms=("PMD",)),
    Measure("employee_discounts", "Employee Discounts", None, None, -1, synonyms=("EDS",)),
    Measure("markups", "Markups", None, None, 1, synonyms=("MU", "Additional Markups")),
    Measure("markdown_cancellations", "Markdown Cancellations", None, None, 1, synonyms=("MDC",)),
    Measure("markup_cancellations", "Markup Cancellations", None, None, -1, synonyms=("MUC",)),
)

_K, _T, _D = ColumnKind.KEY, ColumnKind.TEXT, ColumnKind.DATE
_U, _M, _P, _R = ColumnKind.UNITS, ColumnKind.MONEY, ColumnKind.PRICE, ColumnKind.RATE
_DAYS, _N, _F, _C = ColumnKind.DAYS, ColumnKind.NUMBER, ColumnKind.FLAG, ColumnKind.CHOICE

_SKU = Column(
    "sku",
    "SKU",
    _K,
    required=True,
    synonyms=(
        "Item",
        "Item No",
        "Item Number",
        "Item Code",
        "Product",
        "Product Code",
        "Material",
        "Stock Code",
        "StockCode",
        "Article",
        "Part Number",
    ),
    help="Item identifier, always text: leading zeros survive.",
)
_LOCATION = Column(
    "location",
    "Location",
    _K,
    required=True,
    synonyms=("Store", "Warehouse", "Site", "Location Code", "Plant", "Node"),
    help="Where the units are; in-transit is a location of its own.",
)
_LOCATION_OPTIONAL = Column(
    "location",
    "Location",
    _K,
    synonyms=_LOCATION.synonyms,
    help="Blank means all locations.",
)
_PERIOD_END = Column(
    "period_end",
    "Period End",
    _D,
    required=True,
    synonyms=("Period", "Month End", "Period Ending"),
    help="Last day of the period.",
)
_CURRENCY = Column(
    "currency", "Currency", _T, synonyms=("Ccy",), help="ISO code; blank: the entity's."
)


def _balance_columns() -> tuple[Column, ...]:
    """List the three blocks Units, Cost, Retail, each BOP, measures, EOP in their order."""
    columns: list[Column] = [_SKU, _LOCATION, _PERIOD_END]
    kinds = {"units": _U, "cost": _M, "retail": _M}
    needed = {"receipts", "sales"}
    for block, kind in kinds.items():
        must = block != "retail"
        title = block.capitalize()
        bop = ("Beginning", "BOH", "Opening", "Beginning Inventory") if block == "units" else ()
        eop = ("Ending", "EOH", "Closing", "On Hand") if block == "units" else ()
        columns.append(
            Column(
                f"bop_{block}",
                f"BOP {title}",
                kind,
                required=must,
                signed=True,
                synonyms=(*bop, f"Beginning {title}", f"Opening {title}", f"BOH {title}"),
            )
        )
        columns.extend(
            Column(
                f"{m.name}_{block}",
                f"{m.label} {title}",
                kind,
                required=must and m.name in needed,
                signed=m.signed,
                synonyms=tuple(f"{s} {title}" for s in m.synonyms)
                + (m.synonyms if m.units is None else ()),
            )
            for m in BALANCE_MEASURES
            if getattr(m, block) is not None
        )
        columns.append(
            Column(
                f"eop_{block}",
                f"EOP {title}",
                kind,
                required=must,
                signed=True,
                synonyms=(*eop, f"Ending {title}", f"Closing {title}", f"EOH {title}"),
            )
        )
    return tuple(columns)


CONTRACTS: dict[str, Contract] = {
    c.name: c
    for c in (
        Contract(
            "ItemMaster",
            (
                _SKU,
                Column(
                    "description",
                    "Description",
                    _T,
                    synonyms=("Name", "Item Name", "Product Name", "Item Description"),
                ),
                Column(
                    "category",
                    "Category",
                    _T,
                    required=True,
                    synonyms=("Department", "Dept", "Class", "Product Category"),
                ),
                Column("subcategory", "Subcategory", _T, synonyms=("Subclass",)),
                Column("supplier", "Supplier", _T, synonyms=("Vendor",)),
                Column("season", "Season", _T),
                Column("brand", "Brand", _T),
                Column("uom", "UOM", _T, synonyms=("Unit Of Measure",)),
                Column("pack", "Pack", _N, synonyms=("Pack Size",)),
                Column(
                    "lifecycle_status", "Lifecycle Status", _T, synonyms=("Lifecycle", "Status")
                ),
                Column("launch_date", "Launch Date", _D),
                Column("discontinue_date", "Discontinue Date", _D, synonyms=("Discontinued Date",)),
                Column(
                    "cost_method",
                    "Cost Method",
                    _C,
                    choices=("fifo", "lifo", "average", "specific", "standard", "retail"),
                ),
                Column("unit_of_account", "Unit Of Account", _T),
                Column(
                    "ticket_price",
                    "Ticket Price",
                    _P,
                    synonyms=("List Price", "Selling Price", "Current Price", "Price"),
                ),
                Column("msrp", "MSRP", _P, synonyms=("Full Price",)),
                Column("vat_rate", "VAT Rate", _R, synonyms=("Sales Tax Rate", "VAT")),
                Column(
                    "normal_profit_rate",
                    "Normal Profit Rate",
                    _R,
                    help="Normal profit as a fraction of selling price.",
                ),
                Column("cost_to_complete", "Cost To Complete", _P),
                Column("cost_to_sell_rate", "Cost To Sell Rate", _R),
                Column("cost_to_sell", "Cost To Sell", _P, synonyms=("Cost To Sell Unit",)),
                Column("replacement_cost", "Replacement Cost", _P),
                Column("lead_time_days", "Lead Time Days", _DAYS),
                Column("vendor_return_right", "Vendor Return Right", _F, synonyms=("RTV Right",)),
                Column("vendor_return_rate", "Vendor Return Rate", _R, synonyms=("RTV Rate",)),
                Column("shelf_life_days", "Shelf Life Days", _DAYS),
            ),
            key=("sku",),
            required=True,
            synonyms=("Item Master", "Items", "Products"),
            feeds="category, price and costs to sell of every item",
        ),
        Contract(
            "Locations",
            (
                _LOCATION,
                Column("name", "Name", _T, synonyms=("Location Name",)),
                Column(
                    "type",
                    "Type",
                    _C,
                    synonyms=("Location Type",),
                    choices=("store", "dc", "in_transit", "consignment", "channel"),
                ),
                Column("parent", "Parent", _K),
                Column("entity", "Entity", _T),
                Column("region", "Region", _T),
            ),
            key=("location",),
            feeds="location type and region; consignment is left out",
        ),
        Contract(
            "BalanceSet",
            _balance_columns(),
            key=("sku", "location", "period_end"),
            required=True,
            synonyms=("Balance Set", "Stock Ledger", "Inventory Balance"),
            feeds="everything",
        ),
        Contract(
            "SalesHistory",
            (
                Column(
                    "date",
                    "Date",
                    _D,
                    required=True,
                    synonyms=("Sales Date", "Week", "Week Ending", "Order Date", "Invoice Date"),
                ),
                _SKU,
                _LOCATION_OPTIONAL,
                Column("channel", "Channel", _T),
                Column(
                    "units",
                    "Units",
                    _U,
                    required=True,
                    signed=True,
                    synonyms=("Quantity", "Qty", "Units Sold"),
                ),
                Column("gross_retail", "Gross Retail", _M, signed=True),
                Column("discount", "Discount", _M, signed=True),
                Column(
                    "net_sales",
                    "Net Sales",
                    _M,
                    required=True,
                    signed=True,
                    synonyms=("Sales", "Revenue", "Sales Amount", "Amount"),
                ),
                Column("cogs", "COGS", _M, signed=True, synonyms=("Cost Of Sales",)),
                Column("price_type", "Price Type", _T),
                Column("returned_units", "Returned Units", _U, synonyms=("Returns",)),
            ),
            feeds="demand rate, recent average price, markdown history",
        ),
        Contract(
            "CostLayers",
            (
                _SKU,
                _LOCATION,
                Column("layer_id", "Layer ID", _K, synonyms=("Layer", "Lot", "Batch")),
                Column(
                    "receipt_date",
                    "Receipt Date",
                    _D,
                    required=True,
                    synonyms=("Original Receipt Date", "Received Date"),
                ),
                Column(
                    "units_remaining",
                    "Units Remaining",
                    _U,
                    required=True,
                    synonyms=("Remaining Units", "Units"),
                ),
                Column("unit_cost", "Unit Cost", _P, required=True),
                Column("current_basis", "Current Basis", _P),
            ),
            feeds="age on original receipt date, layers that foot to book",
        ),
        Contract(
            "MarketPrices",
            (
                _SKU,
                Column("date", "Date", _D, required=True, synonyms=("Price Date",)),
                Column("source", "Source", _T),
                Column("price", "Price", _P, required=True, synonyms=("Market Price",)),
                _CURRENCY,
                Column("tax_included", "Tax Included", _F),
                Column("evidence_ref", "Evidence Ref", _T, synonyms=("Evidence",)),
            ),
            feeds="the price test's best general evidence",
        ),
        Contract(
            "FirmOrders",
            (
                Column("order_id", "Order ID", _K, synonyms=("Order",)),
                _SKU,
                _LOCATION_OPTIONAL,
                Column("units", "Units", _U, required=True, synonyms=("Quantity", "Qty")),
                Column("unit_price", "Unit Price", _P, required=True, synonyms=("Price",)),
                _CURRENCY,
                Column("due_date", "Due Date", _D, synonyms=("Due",)),
                Column("cancellable", "Cancellable", _F),
                Column("customer", "Customer", _T),
            ),
            feeds="the firm-order tranche (IAS 2.31)",
        ),
        Contract(
            "PurchaseCommitments",
            (
                Column("commitment_id", "Commitment ID", _K, synonyms=("PO", "PO Number")),
                _SKU,
                Column("units", "Units", _U, required=True, synonyms=("Quantity", "Qty")),
                Column("unit_price", "Unit Price", _P, required=True, synonyms=("Price",)),
                _CURRENCY,
                Column("due_date", "Due Date", _D, synonyms=("Due",)),
                Column("cancellable", "Cancellable", _F),
                Column(
                    "protected",
                    "Protected",
                    _F,
                    synonyms=("Hedged",),
                    help="Covered by firm sales contracts (ASC 330-10-35-18).",
                ),
            ),
            feeds="losses on firm purchase commitments (ASC 330-10-35-17)",
        ),
        Contract(
            "Quality",
            (
                Column("date", "Date", _D),
                _SKU,
                _LOCATION_OPTIONAL,
                Column(
                    "damaged_units",
                    "Damaged Units",
                    _U,
                    required=True,
                    synonyms=("Defective Units", "Defects"),
                ),
                Column("salvage_price", "Salvage Price", _P),
                Column("reason", "Reason", _T),
            ),
            feeds="the damaged tranche",
        ),
        Contract(
            "Disposals",
            (
                Column("date", "Date", _D, required=True, synonyms=("Disposal Date",)),
                _SKU,
                _LOCATION_OPTIONAL,
                Column("units", "Units", _U, required=True, synonyms=("Quantity", "Qty")),
                Column("disposal_channel", "Disposal Channel", _T, synonyms=("Channel",)),
                Column("gross_proceeds", "Gross Proceeds", _M, synonyms=("Gross",)),
                Column("selling_cost", "Selling Cost", _M),
                Column("net_proceeds", "Net Proceeds", _M, synonyms=("Net",)),
                Column(
                    "reserve_utilized",
                    "Reserve Utilized",
                    _M,
                    synonyms=("Utilization", "Utilisation"),
                ),
            ),
            feeds="utilization of the reserve; what liquidation really brings",
        ),
        Contract(
            "Assumptions",
            (
                Column("name", "Name", _T, required=True, synonyms=("Assumption", "Parameter")),
                Column(
                    "scope",
                    "Scope",
                    _T,
                    help="Blank or all; category:Shoes; sku:47382; supplier:…; location:…",
                ),
                Column("value", "Value", _T, required=True),
                Column("unit", "Unit", _T),
                Column("source", "Source", _T, required=True),
                Column("effective_from", "Effective From", _D),
                Column("owner", "Owner", _T),
                Column("approved_by", "Approved By", _T),
            ),
            feeds="the company's own policy values, over the defaults",
        ),
        Contract(
            "OpeningReserve",
            (
                _SKU,
                _LOCATION,
                Column("tranche", "Tranche", _T),
                Column(
                    "opening_reserve",
                    "Opening Reserve",
                    _M,
                    required=True,
                    synonyms=("Reserve", "Opening Balance", "Allowance"),
                ),
                Column(
                    "opening_units",
                    "Opening Units",
                    _U,
                    help="Units the reserve stood on; utilization follows their disposal.",
                ),
                Column(
                    "original_write_down",
                    "Original Write-down",
                    _M,
                    help="Cap on a reversal (IAS 2.33); blank: the opening reserve.",
                ),
                Column(
                    "written_down_on",
                    "Written Down On",
                    _D,
                    help="When; a release in a later year is refused under US GAAP.",
                ),
                Column(
                    "released",
                    "Released",
                    _M,
                    help="A release somebody asks for; tested against the framework.",
                ),
                Column(
                    "charged_other",
                    "Charged To Other Accounts",
                    _M,
                    synonyms=("Acquired Reserve",),
                    help="Reserve that came in this period with a business acquired.",
                ),
            ),
            feeds="prior-period balances, utilization, reversal",
        ),
    )
}


@dataclass(frozen=True)
class Setting:
    """One line of the Control sheet (``Setting | Value``)."""

    name: str
    label: str
    kind: ColumnKind
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = field(default=())
    help: str = ""


CONTROL_SETTINGS: tuple[Setting, ...] = (
    Setting("entity", "Entity", _T, required=True, synonyms=("Company",)),
    Setting("period_end", "Period End", _D, required=True, synonyms=("As Of", "As-of Date")),
    Setting("framework", "Framework", _C, required=True, choices=("us-gaap", "ifrs", "frs-102")),
    Setting("currency", "Currency", _T, required=True),
    Setting(
        "cost_method",
        "Cost Method",
        _C,
        required=True,
        synonyms=("Cost Flow",),
        choices=("fifo", "lifo", "average", "specific", "standard", "retail"),
    ),
    Setting(
        "measurement",
        "Measurement",
        _C,
        choices=("lcnrv", "lcm"),
        help="Blank: what the framework and cost method ask for.",
    ),
    Setting(
        "gl_inventory",
        "GL Inventory",
        _M,
        required=True,
        synonyms=("GL Inventory Balance",),
        help="Inventory at cost per general ledger, before the reserve.",
    ),
    Setting(
        "gl_reserve",
        "GL Reserve",
        _M,
        synonyms=("GL Reserve Balance", "GL Allowance"),
        help="Reserve per general ledger before this period's entry, a positive number.",
    ),
    Setting("materiality", "Materiality", _M),
    Setting("fiscal_year_end", "Fiscal Year End", _T, help="Month and day, e.g. 12-31."),
    Setting("preparer", "Preparer", _T),
    Setting("reviewer", "Reviewer", _T, synonyms=("Approver",)),
    Setting("study_skus", "Study SKUs", _T, help="Items shown in full on C-9, comma-separated."),
)

CONTROL = Contract(
    "Control",
    (
        Column("setting", "Setting", _T, required=True, synonyms=("Name", "Item")),
        Column("value", "Value", _T, required=True),
    ),
    key=("setting",),
    required=True,
    synonyms=("Control Sheet", "Settings"),
    feeds="who, when, under which framework, and the ledger balances to tie to",
)
