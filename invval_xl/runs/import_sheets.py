"""The consolidated workbook's sheets: the contracts filled, and what the import itself came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.guidance.register import finding
from invval_xl.sources.engine import Engine, literal, parquet
from invval_xl.tables.contracts import CONTRACTS
from invval_xl.workpapers.input_sheets import control_plan, input_plan
from invval_xl.workpapers.sheet_plan import PlanCell, SheetPlan
from invval_xl.workpapers.styles import STYLES

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from invval_xl.runs.import_extracts import Imported

__all__ = ["REST", "book_plans", "catalogue_of", "import_plan", "keep_rest"]

REST = {  # files of a history that hold what the workbook does not show, by contract
    "BalanceSet": "balance_rest.parquet",
    "ItemMaster": "items_rest.parquet",
    "SalesHistory": "sales_rest.parquet",
}

_UNKNOWN = "(no category)"
_PROVENANCE = {"flags", "extract", "source", "sheet", "source_row"}
_SALES_DAYS = 760  # two seasons and a month: what demand and price evidence look back on


def book_plans(
    imported: Imported, engine: Engine, stores: dict[str, Path], folder: Path
) -> tuple[SheetPlan, ...]:
    """Describe the workbook: Control, the contracts that have lines, and the Import sheet."""
    frames: dict[str, pd.DataFrame] = {}
    balance = imported.split.shown if imported.split is not None else None
    if balance is not None:
        frames["BalanceSet"] = balance
    shown = set(balance["sku"]) if balance is not None else None
    items, unnamed = _items(engine, stores, balance)
    frames["ItemMaster"] = items
    if unnamed:
        imported_note = finding("IM504", count=unnamed, category=_UNKNOWN)
        imported.findings = (*imported.findings, imported_note)
    frames["Locations"] = _locations(engine, stores, balance)
    if "sales" in stores:
        frames["SalesHistory"] = _sales(imported, engine, stores, shown)
    for store, contract in (("market_prices", "MarketPrices"), ("quality", "Quality")):
        if store in stores:
            frames[contract] = _plain(engine, stores[store])
    if "procurement" in stores:
        frames["PurchaseCommitments"] = _open_orders(engine, stores["procurement"])
    # a list of locations that says nothing of them is no sheet: each stands on its rows already
    kept = {n: f for n, f in frames.items() if len(f) and (n != "Locations" or len(f.columns) > 1)}
    return (
        control_plan(_control(imported)),
        *(input_plan(c, _cast(kept[n])) for n, c in CONTRACTS.items() if n in kept),
        import_plan(imported, folder),
    )


def keep_rest(imported: Imported, engine: Engine, stores: dict[str, Path], folder: Path) -> None:
    """What the workbook does not show, in the columns of its sheets: a refresh values it too."""
    assert imported.split is not None
    rest = imported.split.rest
    frames = {"ItemMaster": _items(engine, stores, rest)[0]}
    if "sales" in stores:
        keys = set(rest["sku"])
        sales = _sales_by(engine, stores["sales"], imported.config.period_end, "date", keys)
        frames["SalesHistory"] = _known_sales(sales)
    for name, frame in frames.items():
        engine.run(
            f"copy (select * from kept) to {literal(str(folder / REST[name]))}"  # noqa: S608
            " (format parquet, compression zstd)",
            kept=_cast(frame),
        )


def _control(imported: Imported) -> dict[str, object]:
    config = imported.config
    ledger = config.gl_inventory
    if ledger is None and imported.tie_out is not None:
        total = float(imported.tie_out.frame["ledger_cost"].iloc[-1])
        ledger = None if np.isnan(total) else total
    values: dict[str, object] = {
        "entity": config.entity, "period_end": config.period_end, "framework": config.framework,
        "currency": config.currency, "cost_method": config.cost_method, "gl_inventory": ledger,
        "materiality": config.materiality, "preparer": config.preparer or None,
    }  # fmt: skip
    return {k: v for k, v in values.items() if v is not None}


def _plain(engine: Engine, path: Path) -> pd.DataFrame:
    frame = engine.frame(f"select * from {parquet(path)}")  # noqa: S608
    used = [c for c in frame.columns if c not in _PROVENANCE and frame[c].notna().any()]
    return frame[used]


def _items(
    engine: Engine, stores: dict[str, Path], balance: pd.DataFrame | None
) -> tuple[pd.DataFrame, int]:
    """Each item once (its first record wins, field by field), and those nobody described."""
    import pandas as pd

    frame = pd.DataFrame({"sku": pd.Series(dtype=object)})
    if "items" in stores:
        frame = _plain(engine, stores["items"]).groupby("sku", as_index=False, sort=True).first()
    if balance is not None:
        wanted = set(balance["sku"])
    elif "sales" in stores:
        wanted = set(engine.frame(f"select distinct sku from {parquet(stores['sales'])}")["sku"])  # noqa: S608
    else:
        wanted = set(frame["sku"])
    known = frame[frame["sku"].isin(wanted)]
    more = sorted(wanted - set(known["sku"]))
    if more:
        known = pd.concat([known, pd.DataFrame({"sku": more})], ignore_index=True)
    if "category" not in known:
        known = known.assign(category=pd.Series([None] * len(known), dtype=object))
    blank = known["category"].isna()
    known = known.assign(category=known["category"].astype(object).where(~blank, _UNKNOWN))
    return known.sort_values("sku", ignore_index=True), int(blank.sum())


def _locations(
    engine: Engine, stores: dict[str, Path], balance: pd.DataFrame | None
) -> pd.DataFrame:
    import pandas as pd

    frame = (
        _plain(engine, stores["locations"])
        if "locations" in stores
        else pd.DataFrame({"location": pd.Series(dtype=object)})
    )
    names = set(balance["location"]) if balance is not None else set()
    more = sorted(names - set(frame["location"]))
    return (
        pd.concat([frame, pd.DataFrame({"location": more})], ignore_index=True) if more else frame
    )


def _sales(
    imported: Imported, engine: Engine, stores: dict[str, Path], shown: set[str] | None
) -> pd.DataFrame:
    """Sales of the items shown, summed by day; by week where a sheet would not hold the days."""
    import pandas as pd

    most = imported.config.workbook.most_rows
    path = parquet(stores["sales"])
    last = imported.config.period_end
    frame = pd.DataFrame()
    for by, day in (  # noqa: B007
        ("day", "date"),
        ("week", "(date_trunc('week', date) + interval 6 day)::date"),
        ("month", "last_day(date)"),
    ):
        frame = _sales_by(engine, stores["sales"], last, day, shown, most)
        if len(frame) <= most:
            break
    lines = int(engine.one(f"select count(*) from {path}")[0])  # noqa: S608
    if len(frame) > most:
        frame = frame.iloc[:0]
    if lines != len(frame):
        note = finding("IM503", sheet="SalesHistory", count=lines, rows=len(frame), by=by)
        imported.findings = (*imported.findings, note)
    return _known_sales(frame)


def _known_sales(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame["net_sales"].notna()
    return frame.loc[known, [c for c in frame.columns if frame[c].notna().any()]]


def _sales_by(
    engine: Engine,
    store: Path,
    last: dt.date,
    day: str,
    skus: set[str] | None,
    most: int | None = None,
) -> pd.DataFrame:
    """Sales of some items up to ``last``, by ``day`` (SQL); at most one row over ``most``."""
    import pandas as pd

    path = parquet(store)
    keys = pd.DataFrame({"sku": pd.Series(sorted(skus or ()), dtype="str")})
    mine = "and sku in (select sku from wanted_items)" if skus is not None else ""
    has = engine.frame(f"select * from {path} limit 0").columns  # noqa: S608
    text = [c for c in ("location", "channel", "price_type") if c in has]
    money = [c for c in ("units", "gross_retail", "discount", "net_sales", "cogs") if c in has]
    return engine.frame(
        f"""select least({day}, date '{last}')::date as date, sku, {", ".join(text)},
        {", ".join(f"sum({c})::double as {c}" for c in money)} from {path}
        where date <= date '{last}' and date > date '{last}' - {_SALES_DAYS} {mine}
        group by all order by all {f"limit {most + 1}" if most is not None else ""}""",  # noqa: S608
        wanted_items=keys,
    )


def _open_orders(engine: Engine, path: Path) -> pd.DataFrame:
    """What is ordered and not received, by document and item."""
    price = """coalesce(max(unit_cost), (sum(cost) / nullif(sum(units), 0))::double,
        (sum(cost) / nullif(sum(units_ordered), 0))::double)"""
    return engine.frame(
        f"""select document as commitment_id, sku, (sum(units_ordered) - sum(units))::double as units,
        {price} as unit_price, max(due_date) as due_date, max(cancellable) as cancellable
        from {parquet(path)} where units_ordered is not null group by all
        having sum(units_ordered) > sum(units) and {price} is not null order by all"""  # noqa: E501, S608
    )


def _cast(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns as the sheet plans take them."""
    out = frame.copy()
    for name in out.columns:
        if name == "date" or name.endswith("_date") or name == "period_end":
            out[name] = out[name].astype("datetime64[ns]")
        elif out[name].dtype.kind not in "fiub":
            out[name] = out[name].astype(object).where(out[name].notna(), None)
    return out


def catalogue_of(folder: Path) -> dict[str, int]:
    """Rows of every Parquet file of a history."""
    import pyarrow.parquet as pq

    return {p.name: pq.read_metadata(p).num_rows for p in sorted(folder.glob("*.parquet"))}


def import_plan(imported: Imported, folder: Path) -> SheetPlan:
    """Describe the Import sheet: information produced by the entity, and what was done to it."""
    cells: list[PlanCell] = []
    row = _Rows(cells)
    config = imported.config
    row.title("Import: where the figures of this workbook come from")
    row.text(f"{config.entity}, period end {config.period_end}. History: {imported.history.name}.")
    row.table(
        "Extracts read (control totals of the lines kept)",
        ("Extract", "Role", "Source", "SHA-256", "Rows read", "Lines kept", "Units", config.currency, "First", "Last"),  # noqa: E501
        [
            (s.name, s.role, ", ".join(n for n, _ in s.sources)[:60], s.sources[0][1][:16] if s.sources else "",  # noqa: E501
             float(s.read), float(s.kept), s.units, round(s.dollars, 2), s.first, s.last)
            for s in imported.stages
        ],
    )  # fmt: skip
    row.table(
        "Changes by rule (changes.parquet leads each back to its line; * is a line left out)",
        ("Extract", "Column", "Rule", "Lines", config.currency),
        [(e, c, r, float(n), round(d, 2)) for e, c, r, n, d in imported.rules],
    )
    if imported.tie_out is not None:
        heads = (
            "Location",
            "Units by movements",
            "Units in balance set",
            "Cost by movements",
            "Cost in balance set",
            "Cost per ledger",
            "Units difference",
            "Movements less balance",
            "Balance less ledger",
        )
        names = (
            "location",
            "moved_units",
            "balance_units",
            "moved_cost",
            "balance_cost",
            "ledger_cost",
            "units_difference",
            "movements_to_balance",
            "balance_to_ledger",
        )
        frame = imported.tie_out.frame
        many = frame if len(frame) <= 60 else frame.tail(1)  # noqa: PLR2004 - a page; the rest is in tie_out.parquet
        row.table(
            f"Tie-out: movements to balance set to general ledger (valued {imported.valuation or 'as given'})",  # noqa: E501
            heads,
            list(many[list(names)].itertuples(index=False, name=None)),
        )
    if imported.split is not None:
        totals = imported.split.totals
        row.table(
            "Shown here and kept beside",
            ("Part", "Items", "Rows", "EOP Units", "EOP Cost"),
            list(totals.itertuples(index=False, name=None)),
        )
    row.table(
        "Stores of the history",
        ("File", "Rows"),
        [(n, float(c)) for n, c in catalogue_of(folder).items()],
    )
    return SheetPlan(
        name="Import",
        cells=tuple(cells),
        styles={
            n: STYLES[n] for n in ("title", "text", "value", "header", "units", "count", "money")
        },
        widths={1: 24, 2: 16, 3: 34, 4: 18, 5: 16, 6: 16, 7: 16, 8: 18, 9: 18, 10: 12},
        owned=False,
    )


def _style(head: str) -> str:
    """How the figures under a heading are shown: counted, in units or in money."""
    if head in {"Rows read", "Lines kept", "Lines", "Rows", "Items"}:
        return "count"
    return "units" if "nits" in head else "money"


class _Rows:
    """Lays titles and tables one below the other."""

    def __init__(self, cells: list[PlanCell]) -> None:
        self._cells, self._at = cells, 1

    def title(self, text: str) -> None:
        self._cells.append(PlanCell(self._at, 1, text, "title"))
        self._at += 1

    def text(self, text: str) -> None:
        self._cells.append(PlanCell(self._at, 1, text, "text"))
        self._at += 1

    def table(self, caption: str, heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        self._at += 1
        self._cells.append(PlanCell(self._at, 1, caption, "value"))
        self._at += 1
        for c, head in enumerate(heads, start=1):
            self._cells.append(PlanCell(self._at, c, head, "header"))
        self._at += 1
        for values in rows:
            for c, value in enumerate(values, start=1):
                number = isinstance(value, (int, float, np.integer, np.floating))
                shown = float(value) if number else str(value)
                known = None if number and not np.isfinite(float(value)) else shown
                self._cells.append(
                    PlanCell(self._at, c, known, _style(heads[c - 1]) if number else "text")
                )
            self._at += 1
