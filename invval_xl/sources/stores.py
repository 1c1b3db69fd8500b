"""Stores of the history: what each holds, typed; a store is one Parquet file beside the workbook.

Units and money are ``DECIMAL(18,4)``: their sums are exact, whatever the order, the number of
threads or the number of machines. Prices, rates and indices are floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.sources.roles import ROLES
from invval_xl.tables.contracts import ColumnKind

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["PROVENANCE", "STORES", "schema", "store_of", "to_table"]

PROVENANCE = ("flags", "extract", "source", "sheet", "source_row")
#: Role to the store its lines go to.
STORES: dict[str, str] = {
    "inventory": "stock", "sales": "sales", "returns": "sales", "procurement": "procurement",
    "movements": "movements", "items": "items", "locations": "locations", "quality": "quality",
    "market_prices": "market_prices", "commodity_index": "indices",
    "seasonality_index": "indices", "balance": "balance", "ledger": "ledger",
}  # fmt: skip
_MOVEMENTS = (
    ("date", "date"), ("sku", "text"), ("from_node", "text"), ("to_node", "text"),
    ("units", "exact"), ("cost", "exact"), ("retail", "exact"), ("document", "text"),
)  # fmt: skip


def store_of(role: str) -> str:
    """The store a role's lines go to."""
    return STORES[role]


def _kinds(store: str) -> list[tuple[str, str]]:
    if store == "movements":
        return list(_MOVEMENTS)
    role = next(r for r, s in STORES.items() if s == store)
    out = []
    for column in ROLES[role].columns:
        kind = column.kind
        exact = kind in {ColumnKind.UNITS, ColumnKind.MONEY}
        number = kind in {
            ColumnKind.PRICE,
            ColumnKind.RATE,
            ColumnKind.DAYS,
            ColumnKind.NUMBER,
            ColumnKind.FLAG,
        }
        word = (
            "exact"
            if exact
            else "float"
            if number
            else "date"
            if kind is ColumnKind.DATE
            else "text"
        )
        out.append((column.name, word))
    if store == "indices":
        out.append(("kind", "text"))
    return out


def schema(store: str) -> pa.Schema:
    """Arrow schema of a store, its provenance last."""
    import pyarrow as pa

    types = {
        "exact": pa.decimal128(18, 4),
        "float": pa.float64(),
        "date": pa.date32(),
        "text": pa.string(),
    }
    facts = [(name, types[word]) for name, word in _kinds(store)]
    return pa.schema(
        [*facts, *((n, pa.int64() if n == "source_row" else pa.string()) for n in PROVENANCE)]
    )


def to_table(frame: pd.DataFrame, store: str) -> pa.Table:
    """Typed lines as a table of the store's schema; a fact the lines lack is null."""
    import pyarrow as pa

    wanted = schema(store)
    arrays = []
    for field in wanted:
        if field.name not in frame:
            arrays.append(pa.nulls(len(frame), field.type))
            continue
        values: Any = frame[field.name].to_numpy(
            dtype=object if pa.types.is_string(field.type) else None
        )
        if pa.types.is_decimal(field.type):
            numbers = np.asarray(values, np.float64)
            scaled = np.round(np.where(np.isnan(numbers), 0.0, numbers), 4)
            exact = pa.array(scaled).cast(field.type)
            arrays.append(_masked(exact, np.isnan(numbers)))
        elif pa.types.is_date(field.type):
            arrays.append(pa.array(values.astype("datetime64[D]")))
        elif pa.types.is_string(field.type):
            arrays.append(pa.array(values, pa.string(), from_pandas=True))
        else:
            arrays.append(pa.array(values, field.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=wanted)


def _masked(array: pa.Array, where: np.ndarray[Any, np.dtype[np.bool_]]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return (
        pc.if_else(pa.array(where), pa.nulls(len(array), array.type), array)
        if where.any()
        else array
    )
