"""History beyond the workbook: what was known of every item and location at any day.

The stores lie in Parquet beside the workbook. :func:`as_of` asks the embedded engine for the
features of all items at a day, from events before it and nothing else: whatever is loaded later
changes no answer about the past. Sums are of exact decimals, so that order, threads and machines
leave no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.sources.engine import Engine, literal, parquet

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pyarrow as pa

__all__ = ["COLUMNS", "WINDOWS", "History", "as_of", "as_of_file", "as_of_query", "partitioned"]

WINDOWS: tuple[int, ...] = (30, 60, 90, 365)
_PRICE_DAYS = 90

COLUMNS: tuple[str, ...] = (
    "sku", "location", *(f"units_sold_{d}d" for d in WINDOWS), "average_price_90d", "last_sale",
    "first_sale", "units_returned_365d", "imputed_units_365d", "units_received_90d",
    "units_received_365d", "last_receipt", "units_on_hand", "stock_cost", "counted_on",
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """Where the stores of one workbook lie.

    Parameters
    ----------
    folder
        The folder beside the workbook; a store that is absent leaves its features unknown.
    """

    folder: Path

    def store(self, name: str) -> Path | None:
        """Path of a store, or ``None``."""
        path = self.folder / f"{name}.parquet"
        return path if path.exists() else None


def as_of_query(history: History, day: dt.date, part: tuple[int, int] | None = None) -> str:
    """SQL for the features at ``day``: every event dated before it, none at or after.

    Parameters
    ----------
    part
        ``(number, of)``: only items whose hash falls into this partition; ``None``: all.
    """
    at = f"date {literal(day.isoformat())}"
    mine = f" and hash(sku) % {part[1]} = {part[0]}" if part else ""

    def window(name: str, what: str, days: int, condition: str = "") -> str:
        return f"sum({what}) filter (where date >= {at} - {days}{condition}) as {name}"

    sold = ", ".join(window(f"units_sold_{d}d", "units", d, " and units > 0") for d in WINDOWS)
    parts = {
        "sales": f"""select sku, location, {sold},
          {window("price_value", "net_sales", _PRICE_DAYS, " and units > 0")},
          max(date) filter (where units > 0) as last_sale, min(date) filter (where units > 0) as first_sale,
          {window("units_returned_365d", "-units", 365, " and units < 0")},
          {window("imputed_units_365d", "abs(units)", 365, " and flags <> ''")}
          from {{}} where date < {at}{mine} group by sku, location""",  # noqa: E501
        "movements": f"""select sku, to_node as location,
          {window("units_received_90d", "units", 90)}, {window("units_received_365d", "units", 365)},
          max(date) as last_receipt
          from {{}} where date < {at} and from_node not in ('(customer)', '(adjustment)')
          and to_node not like '(%'{mine} group by sku, to_node""",  # noqa: E501
        "stock": f"""select sku, location, sum(units) as units_on_hand, sum(cost) as stock_cost,
          max(date) as counted_on
          from (select sku, location, date, units, cost from {{}} where date < {at}{mine}
            qualify date = max(date) over (partition by sku, location)) group by sku, location""",
    }
    there = {name: history.store(name) for name in parts}
    queries = {n: parts[n].format(parquet(p)) for n, p in there.items() if p is not None}
    if not queries:
        queries = {"none": "select ''::varchar as sku, ''::varchar as location limit 0"}
    ctes = ",\n".join(f"{name} as ({query})" for name, query in queries.items())
    joined = " full join ".join(
        name if i == 0 else f"{name} using (sku, location)" for i, name in enumerate(queries)
    )
    return f"with {ctes}\nselect sku, location, {_answers(set(queries))} from {joined}"


def _answers(there: set[str]) -> str:
    """Every feature as a float or a date; null where its store is not there."""
    said = []
    for name in COLUMNS[2:]:
        if name == "average_price_90d":
            value = (
                "(price_value / nullif(units_sold_90d, 0))::double"
                if "sales" in there
                else "null::double"
            )
        else:
            home = (
                "sales"
                if "sold" in name or "sale" in name or "returned" in name or "imputed" in name
                else "movements"
                if "receiv" in name or "receipt" in name
                else "stock"
            )
            kind = (
                "date"
                if name.startswith("last_") or name in {"first_sale", "counted_on"}
                else "double"
            )
            held = name if home in there else "null"
            empty = home == "sales" and home in there and kind == "double"
            value = f"coalesce({held}, 0)::double" if empty else f"{held}::{kind}"
        said.append(f"{value} as {name}")
    return ", ".join(said)


def as_of(
    engine: Engine, history: History, day: dt.date, part: tuple[int, int] | None = None
) -> pa.Table:
    """Features of every item and location at ``day``, in order of the keys.

    Parameters
    ----------
    engine
        From :func:`invval_xl.sources.engine.opened`.
    day
        For a period end, the day after, so that the close itself counts.
    part
        As in :func:`as_of_query`.

    Returns
    -------
    pyarrow.Table
        :data:`COLUMNS`; null is unknown. Where there are sales lines at all, a window in which
        nothing was sold is zero. An item nobody saw before ``day`` is not there.
    """
    return engine.table(f"{as_of_query(history, day, part)} order by sku, location")


def as_of_file(engine: Engine, history: History, day: dt.date, out: Path) -> int:
    """Write the features at ``day`` to ``out`` without holding them; how many rows."""
    engine.run(
        f"copy ({as_of_query(history, day)} order by sku, location) to {literal(str(out))} (format parquet)"  # noqa: E501
    )  # noqa: E501, RUF100
    return int(engine.one(f"select count(*) from {parquet(out)}")[0])


def partitioned(parts: int) -> list[tuple[int, int]]:
    """Every partition of a history by item hash."""
    return [(number, parts) for number in range(parts)]
