"""As-of features: what a plain loop says, and the same for the past whatever came later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from invval_xl.sources.engine import opened
from invval_xl.sources.history import COLUMNS, History, as_of, as_of_file
from tests.sources.history_lines import write_history

DAYS = [dt.date(2024, 3, 1), dt.date(2025, 1, 1), dt.date(2026, 11, 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_history(tmp_path_factory.mktemp("history"), 30_000, items=40, locations=4)


def features(folder: Path, day: dt.date, spill: Path) -> pa.Table:
    with opened(spill) as engine:
        return as_of(engine, History(folder), day)


def by_hand(folder: Path, day: dt.date) -> pd.DataFrame:
    """The same by pandas masks."""
    sales, moves, stock = (
        pd.read_parquet(folder / f"{s}.parquet") for s in ("sales", "movements", "stock")
    )
    for frame in (sales, moves, stock):
        frame["date"] = pd.to_datetime(frame["date"])
        for name in ("units", "net_sales", "cost"):
            if name in frame:
                frame[name] = frame[name].astype(float)
    at = pd.Timestamp(day)
    sales, moves, stock = (f[f["date"] < at] for f in (sales, moves, stock))
    keys = ["sku", "location"]
    moves = moves.rename(columns={"to_node": "location"})
    out = (
        pd.concat([f[keys] for f in (sales, moves, stock)])
        .drop_duplicates()
        .set_index(keys)
        .sort_index()
    )

    def window(frame: pd.DataFrame, name: str, days: int) -> pd.Series:
        return frame[frame["date"] >= at - pd.Timedelta(days=days)].groupby(keys)[name].sum()

    sold = sales[sales["units"] > 0]
    for days in (30, 60, 90, 365):
        out[f"units_sold_{days}d"] = window(sold, "units", days)
    out["average_price_90d"] = window(sold, "net_sales", 90) / out["units_sold_90d"]
    back = sales[sales["units"] < 0].assign(units=lambda f: -f["units"])
    out["units_returned_365d"] = window(back, "units", 365)
    zero = [c for c in out if c.startswith("units_")]
    out[zero] = out[zero].fillna(0.0)
    out["last_sale"] = sold.groupby(keys)["date"].max()
    out["first_sale"] = sold.groupby(keys)["date"].min()
    for days in (90, 365):
        out[f"units_received_{days}d"] = window(moves, "units", days)
    out["last_receipt"] = moves.groupby(keys)["date"].max()
    last = stock.sort_values("date").groupby(keys).tail(1).set_index(keys)
    out["units_on_hand"], out["stock_cost"], out["counted_on"] = (
        last["units"],
        last["cost"],
        last["date"],
    )
    return out


@pytest.mark.parametrize("day", DAYS)
def test_features_are_those_of_a_plain_reading(folder: Path, day: dt.date, tmp_path: Path) -> None:
    ours = features(folder, day, tmp_path).to_pandas().set_index(["sku", "location"])
    theirs = by_hand(folder, day)
    assert ours.index.tolist() == theirs.index.tolist()
    assert len(ours) > 100
    for name in theirs:
        left, right = ours[name], theirs[name]
        if name.startswith(("last", "first", "counted")):
            left, right = pd.to_datetime(left), pd.to_datetime(right)
            assert (left.isna() == right.isna()).all(), name
            assert (
                left[left.notna()].astype("datetime64[s]")
                == right[right.notna()].astype("datetime64[s]")
            ).all()
        else:
            np.testing.assert_allclose(
                left.to_numpy(float), right.to_numpy(float), rtol=1e-12, err_msg=name
            )


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("what", ["cut", "shuffled", "tenfold"])
def test_a_past_month_gives_the_features_it_gave_then(
    folder: Path, day: dt.date, what: str, tmp_path: Path
) -> None:
    """Everything at or after the day removed, mixed up or made ten times as large: same values."""
    before = features(folder, day, tmp_path)
    rng = np.random.default_rng(3)
    for store in ("sales", "movements", "stock"):
        table = pq.read_table(folder / f"{store}.parquet")
        late = np.array(table["date"].to_numpy() >= np.datetime64(day))
        past, future = table.filter(pa.array(~late)), table.filter(pa.array(late))
        if what == "cut":
            made = past
        elif what == "shuffled":
            order = rng.permutation(len(past) + len(future))
            turned = future.set_column(
                future.schema.get_field_index("units"),
                future.schema.field("units"),
                future["units"].take(pa.array(rng.permutation(len(future)))),
            )
            made = pa.concat_tables([past, turned]).take(pa.array(order))
        else:
            made = pa.concat_tables([past, *[future] * 10])
        pq.write_table(made, tmp_path / f"{store}.parquet", store_decimal_as_integer=True)
    assert features(tmp_path, day, tmp_path).equals(before)
    assert len(before)


def test_partitions_and_threads_leave_no_trace(folder: Path, tmp_path: Path) -> None:
    day = DAYS[-1]
    whole = features(folder, day, tmp_path)
    for threads in (1, 3):
        with opened(tmp_path, threads=threads) as engine:
            parts = [as_of(engine, History(folder), day, (i, 3)) for i in range(3)]
            assert as_of(engine, History(folder), day).equals(whole)
            written = as_of_file(engine, History(folder), day, tmp_path / "features.parquet")
        joined = pa.concat_tables(parts).sort_by([("sku", "ascending"), ("location", "ascending")])
        assert joined.combine_chunks().equals(whole.combine_chunks())
        assert written == len(whole)


def test_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    made = features(tmp_path, DAYS[0], tmp_path)
    assert made.column_names == list(COLUMNS)
    assert len(made) == 0
