"""Seeded sales, movements and counts in Parquet, written a chunk at a time: as many as asked for."""  # noqa: E501

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from invval_xl.sources.stores import schema

START = np.datetime64("2023-11-01")
DAYS = 1096
_CHUNK = 500_000


def _exact(values: np.ndarray, scale: float = 1.0) -> pa.Array:
    return pa.array(np.round(values / scale, 4)).cast(pa.decimal128(18, 4))


def _words(codes: np.ndarray, words: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), words
    ).dictionary_decode()


def write_history(folder: Path, lines: int, *, items: int, locations: int, seed: int = 7) -> Path:
    """``sales`` of ``lines`` lines in order of date, a tenth as many receipts, month-end counts."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    skus = pa.array([f"{i:06d}" for i in range(items)])
    places = pa.array([f"S{i:03d}" for i in range(locations)])
    for store, count in (("sales", lines), ("movements", lines // 10)):
        kind = schema(store)
        with pq.ParquetWriter(
            folder / f"{store}.parquet", kind, compression="zstd", store_decimal_as_integer=True
        ) as out:
            for begin in range(0, count, _CHUNK):
                n = min(_CHUNK, count - begin)
                low, high = (
                    int(begin / count * DAYS),
                    max(int((begin + n) / count * DAYS), int(begin / count * DAYS) + 1),
                )
                day = START + np.sort(rng.integers(low, high, n)).astype("timedelta64[D]")
                item = np.minimum(
                    (rng.pareto(1.2, n) * items * 0.02).astype(np.int64) % items, items - 1
                )
                units = rng.integers(1, 6, n).astype(float)
                place = _words(rng.integers(0, locations, n), places)
                price = np.round(5 + item % 97 * 1.37 + rng.random(n), 2)
                facts = {
                    "date": pa.array(day.astype("datetime64[D]")),
                    "sku": _words(item, skus),
                    "flags": pa.array([""] * n),
                }
                if store == "sales":
                    units = np.where(rng.random(n) < 0.03, -units, units)
                    facts |= {
                        "location": place,
                        "units": _exact(units),
                        "net_sales": _exact(units * price),
                    }
                else:
                    facts |= {
                        "from_node": pa.array(["(vendor)"] * n),
                        "to_node": place,
                        "units": _exact(units * 10),
                        "cost": _exact(units * price * 4),
                    }
                arrays = [facts.get(f.name, pa.nulls(n, f.type)) for f in kind]
                out.write_table(pa.Table.from_arrays(arrays, schema=kind))
    kind = schema("stock")
    ends = np.arange("2023-12", "2026-12", dtype="datetime64[M]").astype("datetime64[D]") - 1
    known = min(items * locations, 2000)
    key = rng.choice(items * locations, known, replace=False)
    with pq.ParquetWriter(folder / "stock.parquet", kind, store_decimal_as_integer=True) as out:
        for end in ends:
            facts = {
                "date": pa.array(np.full(known, end)), "sku": _words(key // locations, skus),
                "location": _words(key % locations, places), "units": _exact(rng.integers(0, 500, known).astype(float)),  # noqa: E501
                "cost": _exact(np.round(rng.gamma(2, 500, known), 2)), "flags": pa.array([""] * known),  # noqa: E501
                "source": pa.array(["count"] * known), "source_row": pa.array(np.arange(known)),
            }  # fmt: skip
            out.write_table(
                pa.Table.from_arrays(
                    [facts.get(f.name, pa.nulls(known, f.type)) for f in kind], schema=kind
                )
            )
    return folder
