"""From checked sheets to ``Events``: the same for training, refresh and the benches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.events import Events, Stream, day_number, make_events
from invval_xl.models.lookback import RETURNED, SCRAPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints
    from invval_xl.tables.table import Tables

__all__ = ["as_of_day", "events_from_frames", "events_from_tables"]


def as_of_day(tables: Tables) -> int:
    """The as-of day of a close: the day after its period end, so that the close itself counts."""
    return day_number(tables.control.period_end) + 1


def events_from_tables(tables: Tables) -> Events:
    """Events of a checked workbook; a sheet that is absent leaves its facts unknown.

    Items are the SKU x location pairs of the balance set, in order of first appearance in the
    sorted keys.
    """
    return events_from_frames({name: table.frame for name, table in tables.by_name.items()})


def events_from_frames(frames: Mapping[str, pd.DataFrame]) -> Events:
    """The same from frames by contract name, snake_case columns (the demo retailer's output)."""
    balance = frames["BalanceSet"]
    keys = _Keys(_text(balance, "sku"), _text(balance, "location"))
    history = frames.get("SalesHistory")
    period = _days(balance["period_end"])
    item = keys.items
    eop_units = _number(balance, "eop_units")
    stock = {"units": eop_units, "cost": _number(balance, "eop_cost")}
    received = np.nan_to_num(_number(balance, "receipts_units")) + np.nan_to_num(
        _number(balance, "transfers_in_units")
    )
    returned = np.nan_to_num(_number(balance, "customer_returns_units"))
    if history is not None and len(history):
        sales = _sales_of_history(history, keys)
        returns = _returns_of_history(history, keys, returned, item, period)
    else:
        sales = _sales_of_balance(balance, item, period)
        returns = _stream(item, period, returned, returned > 0)
    receipts = _stream(item, period, received, received > 0)
    receipts = _layers(frames.get("CostLayers"), keys, receipts)
    master = _Master(frames["ItemMaster"], keys.sku)
    counted = np.isfinite(eop_units)
    disposals = _disposals(frames.get("Disposals"), keys)
    return make_events(
        sku=keys.sku,
        location=keys.location,
        sales=sales,
        returns=returns,
        receipts=receipts,
        stock=Stream(item[counted], period[counted], {k: v[counted] for k, v in stock.items()}),
        market=_market(frames.get("MarketPrices"), keys),
        defects=_defects(frames.get("Quality"), keys),
        disposals=disposals,
        removed=_removed(balance, item, period, disposals),
        category=master.words("category"),
        supplier=master.words("supplier"),
        launch_day=master.days("launch_date"),
        list_price=master.numbers("msrp"),
        shelf_life_days=master.numbers("shelf_life_days"),
        description=master.words("description"),
    )


class _Keys:
    """Items and where each row of a sheet belongs."""

    def __init__(self, sku: NDArray[np.object_], location: NDArray[np.object_]) -> None:
        import pandas as pd

        joined = pd.MultiIndex.from_arrays([sku, location])
        codes, found = joined.factorize(sort=True)
        distinct: pd.MultiIndex = found  # type: ignore[assignment]
        self.items: Ints = codes.astype(np.int64)
        self.index = distinct
        self.sku = np.asarray(distinct.get_level_values(0), dtype=object)
        self.location = np.asarray(distinct.get_level_values(1), dtype=object)

    def find(self, sku: NDArray[np.object_], location: NDArray[np.object_]) -> Ints:
        """Item of each row; -1 where the balance set has no such item."""
        import pandas as pd

        return self.index.get_indexer(pd.MultiIndex.from_arrays([sku, location])).astype(np.int64)

    def spread(self, sku: NDArray[np.object_]) -> tuple[Ints, Ints]:
        """Rows given for a SKU at all its locations: ``(row, item)`` pairs."""
        import pandas as pd

        rows = pd.DataFrame({"sku": sku, "row": np.arange(len(sku))})
        items = pd.DataFrame({"sku": self.sku, "item": np.arange(len(self.sku))})
        both = rows.merge(items, on="sku")
        return both["row"].to_numpy(np.int64), both["item"].to_numpy(np.int64)


class _Master:
    """ItemMaster columns by item."""

    def __init__(self, frame: pd.DataFrame, sku: NDArray[np.object_]) -> None:
        self._frame = frame.drop_duplicates("sku").set_index("sku").reindex(sku)

    def words(self, name: str) -> NDArray[np.object_]:
        if name not in self._frame:
            return np.full(len(self._frame), None, dtype=object)
        values = self._frame[name].to_numpy(dtype=object)
        return np.asarray(
            [None if v is None or v != v else str(v) for v in values],  # noqa: PLR0124 - NaN
            dtype=object,
        )

    def numbers(self, name: str) -> Floats:
        if name not in self._frame:
            return np.full(len(self._frame), np.nan)
        return self._frame[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def days(self, name: str) -> Floats:
        if name not in self._frame:
            return np.full(len(self._frame), np.nan)
        return _days_or_nan(self._frame[name])


def _text(frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[name].fillna("").astype(str).to_numpy(dtype=object)


def _number(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _days(dates: Any) -> Ints:
    return np.asarray(dates.to_numpy().astype("datetime64[D]").astype(np.int64), np.int64)


def _days_or_nan(dates: Any) -> Floats:
    import pandas as pd

    stamped = pd.to_datetime(dates)
    out = stamped.to_numpy().astype("datetime64[D]").astype(np.float64)
    return np.where(stamped.isna().to_numpy(), np.nan, out)


def _stream(item: Ints, day: Ints, units: Floats, mask: NDArray[np.bool_]) -> Stream:
    return Stream(item[mask], day[mask], {"units": units[mask]})


def _sales_of_history(history: pd.DataFrame, keys: _Keys) -> Stream:
    """Gross units and net value of the lines that were sold; zero-price lines are adjustments."""
    item = _history_items(history, keys)
    units, value = _number(history, "units"), _number(history, "net_sales")
    listed = _number(history, "gross_retail")
    sold = (item >= 0) & (units > 0) & (value > 0)
    return Stream(
        item[sold],
        _days(history["date"])[sold],
        {"units": units[sold], "value": value[sold], "list_value": listed[sold]},
    )


def _history_items(history: pd.DataFrame, keys: _Keys) -> Ints:
    """Item of each line; a line without a location belongs where the SKU has one place only."""
    sku = _text(history, "sku")
    item = keys.find(sku, _text(history, "location"))
    lost = np.flatnonzero(item < 0)
    if len(lost):
        row, found = keys.spread(sku[lost])
        count = np.bincount(row, minlength=len(lost))
        single = count[row] == 1
        item[lost[row[single]]] = found[single]
    return item


def _returns_of_history(
    history: pd.DataFrame, keys: _Keys, returned: Floats, item: Ints, period: Ints
) -> Stream:
    """Returns by their own date: returned units and negative lines, else the balance set's."""
    whose = _history_items(history, keys)
    units = np.nan_to_num(_number(history, "returned_units"))
    units = units + np.maximum(-np.nan_to_num(_number(history, "units")), 0.0)
    if not (units > 0).any():
        return _stream(item, period, returned, returned > 0)
    return _stream(whose, _days(history["date"]), units, (units > 0) & (whose >= 0))


def _sales_of_balance(balance: pd.DataFrame, item: Ints, period: Ints) -> Stream:
    """Monthly sales of the balance set, dated by the period's end, where there is no history."""
    units, value = _number(balance, "sales_units"), _number(balance, "sales_retail")
    sold = units > 0
    return Stream(
        item[sold],
        period[sold],
        {
            "units": units[sold],
            "value": value[sold],
            "list_value": np.full(int(sold.sum()), np.nan),
        },
    )


def _layers(layers: pd.DataFrame | None, keys: _Keys, receipts: Stream) -> Stream:
    """Receipts, with the original receipt dates of layers older than the balance set."""
    if layers is None or not len(layers):
        return receipts
    item = keys.find(_text(layers, "sku"), _text(layers, "location"))
    when = _days_or_nan(layers["receipt_date"])
    units = _number(layers, "units_remaining")
    held = receipts.values["units"]  # noqa: PD011 - a stream, not a frame
    begun = float(receipts.day.min()) if len(receipts) else np.inf
    older = (item >= 0) & (when < begun - 31) & (units > 0)
    return Stream(
        np.concatenate([receipts.item, item[older]]),
        np.concatenate([receipts.day, when[older].astype(np.int64)]),
        {"units": np.concatenate([held, units[older]])},
    )


def _market(prices: pd.DataFrame | None, keys: _Keys) -> Stream | None:
    if prices is None or not len(prices):
        return None
    price, when = _number(prices, "price"), _days_or_nan(prices["date"])
    good = np.flatnonzero((price > 0) & np.isfinite(when))
    row, item = keys.spread(_text(prices, "sku")[good])
    return Stream(item, when[good][row].astype(np.int64), {"price": price[good][row]})


def _defects(quality: pd.DataFrame | None, keys: _Keys) -> Stream | None:
    if quality is None or not len(quality) or "date" not in quality:
        return None
    item = keys.find(_text(quality, "sku"), _text(quality, "location"))
    when, units = _days_or_nan(quality["date"]), _number(quality, "damaged_units")
    good = (item >= 0) & np.isfinite(when) & (units > 0)
    return Stream(item[good], when[good].astype(np.int64), {"units": units[good]})


def _disposals(disposed: pd.DataFrame | None, keys: _Keys) -> Stream | None:
    """Units disposed of and what they brought net; unknown proceeds stay unknown."""
    if disposed is None or not len(disposed) or "net_proceeds" not in disposed:
        return None
    item = _history_items(disposed, keys)
    when, units = _days_or_nan(disposed["date"]), _number(disposed, "units")
    good = (item >= 0) & np.isfinite(when) & (units > 0)
    proceeds = _number(disposed, "net_proceeds")
    values = {"units": units[good], "proceeds": proceeds[good]}
    return Stream(item[good], when[good].astype(np.int64), values)


def _removed(
    balance: pd.DataFrame, item: Ints, period: Ints, disposals: Stream | None
) -> Stream | None:
    """Markouts beyond the disposals booked among them, and returns to the vendor."""
    marked = np.nan_to_num(_number(balance, "markouts_units"))
    returned = np.nan_to_num(_number(balance, "vendor_returns_units"))
    if disposals is not None:
        ends = np.unique(period)
        at = np.minimum(np.searchsorted(ends, disposals.day, side="left"), len(ends) - 1)
        booked: dict[tuple[int, int], float] = {}
        for who, end, units in zip(
            disposals.item.tolist(),
            ends[at].tolist(),
            disposals.values["units"].tolist(),  # noqa: PD011 - a stream, not a frame
            strict=True,
        ):
            booked[who, end] = booked.get((who, end), 0.0) + units
        taken = [booked.get(k, 0.0) for k in zip(item.tolist(), period.tolist(), strict=True)]
        marked = np.maximum(marked - np.array(taken), 0.0)
    units = np.concatenate([marked, returned])
    kind = np.repeat([float(SCRAPPED), float(RETURNED)], len(balance))
    some = units > 0
    if not some.any():
        return None
    return Stream(
        np.tile(item, 2)[some], np.tile(period, 2)[some], {"units": units[some], "kind": kind[some]}
    )
