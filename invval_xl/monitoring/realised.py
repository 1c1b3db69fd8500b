"""What became of the units held at a past close: sold, disposed of, scrapped, or still there.

Units leave first in, first out: those held at the close go before later receipts. Every outflow
after the close is laid on them in the order of its day until they are used up, by the one walk
there is (:func:`invval_xl.models.lookback.realised_loss`).

==================  ==============================================================================
``units_sold``      gross of later refunds: a unit brought back is stock of a later close
``units_disposed``  sold to a liquidator (Disposals), at the net proceeds stated there
``units_scrapped``  marked out without proceeds: markouts beyond the disposals of the period
``units_returned``  sent back to the vendor, at cost: no loss
``units_moved``     gone without a sale, a disposal or a markout (transfers, shrink, corrections):
                    no loss is counted, shrinkage is not a fall in NRV
``units_left``      still there; their loss is re-estimated at the latest close
==================  ==============================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.lookback import (
    DISPOSED,
    RETURNED,
    SCRAPPED,
    SOLD,
    Outflow,
    realised_loss,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["OUTCOMES", "outflows", "realise", "realised_rate"]

OUTCOMES = ("sold", "disposed", "scrapped", "returned")


def outflows(frames: Mapping[str, pd.DataFrame], after: dt.date, until: dt.date) -> pd.DataFrame:
    """Everything that left after ``after`` up to ``until``: a row an outflow.

    Parameters
    ----------
    frames
        Sheets by contract name, snake_case columns. Sales come from SalesHistory where it has
        them by location, else from the balance set, dated by the period's end.
    after, until
        The close looked back at, and the latest close.

    Returns
    -------
    pandas.DataFrame
        ``sku, location, day, kind, units, unit_value``, currency per unit: the price of a sale
        before selling cost, the net proceeds of a disposal, NaN for a return to the vendor, which
        brings its cost.
    """
    import pandas as pd

    balance = _within(frames["BalanceSet"], "period_end", after, until)
    parts = [_sales(frames, balance, after, until)]
    gone = _within(frames.get("Disposals"), "date", after, until)
    disposed = _disposals(gone, balance)
    if disposed is not None:
        parts.append(disposed)
    parts.append(_scrapped(balance, disposed))
    parts.append(_plain(balance, "vendor_returns_units", RETURNED, np.nan))
    out = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    return out[out["units"] > 0].reset_index(drop=True)


def _within(
    frame: pd.DataFrame | None, name: str, after: dt.date, until: dt.date
) -> pd.DataFrame | None:
    if frame is None or name not in frame:
        return None
    day = frame[name].to_numpy().astype("datetime64[D]")
    return frame[(day > np.datetime64(after)) & (day <= np.datetime64(until))]


def _rows(
    sku: pd.Series, location: pd.Series, day: pd.Series, kind: int, units: Floats, net: Floats
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "sku": sku.astype(str).to_numpy(dtype=object),
            "location": location.astype(str).to_numpy(dtype=object),
            "day": day.to_numpy().astype("datetime64[D]").astype(np.int64),
            "kind": np.full(len(sku), kind),
            "units": units,
            "unit_value": net,
        }
    )


def _per_unit(value: Floats, units: Floats) -> Floats:
    out = np.full(len(units), np.nan)
    np.divide(value, units, out=out, where=units > 0)
    return out


def _number(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.zeros(len(frame))
    return np.asarray(np.nan_to_num(frame[name].to_numpy(dtype=np.float64)), np.float64)


def _sales(
    frames: Mapping[str, pd.DataFrame],
    balance: pd.DataFrame | None,
    after: dt.date,
    until: dt.date,
) -> pd.DataFrame:
    history = _within(frames.get("SalesHistory"), "date", after, until)
    if history is not None and len(history) and "location" in history:
        sold = history[(history["units"] > 0) & (history["net_sales"] > 0)]
        units = _number(sold, "units")
        net = _per_unit(_number(sold, "net_sales"), units)
        return _rows(sold["sku"], sold["location"], sold["date"], SOLD, units, net)
    assert balance is not None
    units = _number(balance, "sales_units")
    value = _number(balance, "sales_retail") if "sales_retail" in balance else units * np.nan
    net = _per_unit(value, units)
    return _rows(balance["sku"], balance["location"], balance["period_end"], SOLD, units, net)


def _disposals(gone: pd.DataFrame | None, balance: pd.DataFrame | None) -> pd.DataFrame | None:
    """Disposals by SKU and location; one without a location belongs where the SKU has one place."""
    if gone is None or not len(gone) or balance is None:
        return None
    units = _number(gone, "units")
    worth = _number(gone, "net_proceeds")
    stated = gone["location"].fillna("").astype(str) if "location" in gone else ""
    gone = gone.assign(location=stated)
    silent = gone["location"] == ""
    if silent.any():
        places = balance.groupby("sku")["location"].unique()
        single = places[places.str.len() == 1].str[0]
        gone.loc[silent, "location"] = gone.loc[silent, "sku"].map(single).fillna("")
    net = _per_unit(worth, units)
    return _rows(gone["sku"], gone["location"], gone["date"], DISPOSED, units, net)


def _plain(balance: pd.DataFrame | None, name: str, kind: int, net: float) -> pd.DataFrame:
    assert balance is not None
    units = _number(balance, name)
    return _rows(
        balance["sku"], balance["location"], balance["period_end"], kind, units,
        np.full(len(balance), net),
    )  # fmt: skip


def _scrapped(balance: pd.DataFrame | None, disposed: pd.DataFrame | None) -> pd.DataFrame:
    """Markouts beyond the disposals booked among them: they bring nothing."""
    out = _plain(balance, "markouts_units", SCRAPPED, 0.0)
    if disposed is None:
        return out
    sold_off = disposed.assign(month=_period_of(disposed["day"].to_numpy(), out["day"].to_numpy()))
    booked = sold_off.groupby(["sku", "location", "month"])["units"].sum()
    keys = out[["sku", "location", "day"]].rename(columns={"day": "month"})
    taken = keys.join(booked, on=["sku", "location", "month"])["units"].fillna(0.0).to_numpy()
    out["units"] = np.maximum(out["units"].to_numpy() - taken, 0.0)
    return out


def _period_of(day: Ints, ends: Ints) -> Ints:
    """The period end each day falls under."""
    known = np.unique(ends)
    if not len(known):
        return day
    place = np.minimum(np.searchsorted(known, day, side="left"), len(known) - 1)
    return np.asarray(known[place], np.int64)


def realise(cohort: pd.DataFrame, left_on_hand: Floats, flows: pd.DataFrame) -> pd.DataFrame:
    """Lay the outflows on the units of a cohort.

    Parameters
    ----------
    cohort
        ``sku, location, units, cost`` (total, currency), a row an item held at the close, and the
        ``cost_to_sell_rate`` that comes off the price of its sales.
    left_on_hand
        ``float64[n]`` units on hand at the latest close: no more of the cohort can be left.
    flows
        Of :func:`outflows`.

    Returns
    -------
    pandas.DataFrame
        In the rows of ``cohort``: the units of the module's table, ``net_proceeds`` (vendor
        returns at cost among them) and ``loss_sold, loss_disposed, loss_scrapped``, each unit's
        cost less what it brought wherever that fell short, currency.
    """
    import pandas as pd

    held = cohort["units"].to_numpy(dtype=np.float64)
    unit_cost = _per_unit(cohort["cost"].to_numpy(dtype=np.float64), held)
    keys = pd.MultiIndex.from_arrays([cohort["sku"], cohort["location"]])
    at = keys.get_indexer(pd.MultiIndex.from_arrays([flows["sku"], flows["location"]]))
    units, kind, day = (flows[name].to_numpy() for name in ("units", "kind", "day"))
    selling = cohort["cost_to_sell_rate"].to_numpy(dtype=np.float64)[at]
    value = np.nan_to_num(flows["unit_value"].to_numpy(dtype=np.float64))
    net = np.where(kind == SOLD, value * (1.0 - selling), value)
    came = realised_loss(
        held,
        unit_cost,
        Outflow(at.astype(np.int64), day, units, units * net, kind),
        start=int(day.min(initial=0)),
        stop=int(day.max(initial=0)) + 1,
        on_hand_then=np.nan_to_num(left_on_hand),
    )
    out: dict[str, Floats] = {
        f"units_{name}": came.units[code] for code, name in enumerate(OUTCOMES)
    }
    out["units_left"], out["units_moved"] = came.left_units, came.moved_units
    out["net_proceeds"] = came.net_proceeds
    for code, name in enumerate(OUTCOMES[:3]):
        out[f"loss_{name}"] = came.losses[code]
    return pd.DataFrame(out, index=cohort.index)


def realised_rate(
    cohort: pd.DataFrame, flows: pd.DataFrame, close: dt.date, until: dt.date, horizon_days: int
) -> Floats:
    """Markdown rate really taken on the base price within the horizon, what the interval is of.

    Returns
    -------
    numpy.ndarray
        ``float64[n]`` in 0 to 1; NaN where nothing was sold, the base price is unknown, or the
        window is not over at ``until``.
    """
    import pandas as pd

    n = len(cohort)
    end = int(np.datetime64(close, "D").astype(np.int64)) + horizon_days
    if end > int(np.datetime64(until, "D").astype(np.int64)):
        return np.full(n, np.nan)
    sold = flows[(flows["kind"] == SOLD) & (flows["day"] <= end)]
    keys = pd.MultiIndex.from_arrays([cohort["sku"], cohort["location"]])
    at = keys.get_indexer(pd.MultiIndex.from_arrays([sold["sku"], sold["location"]]))
    units, value = sold["units"].to_numpy(), sold["unit_value"].to_numpy()
    good = (at >= 0) & np.isfinite(value)
    pieces = np.bincount(at[good], weights=units[good], minlength=n).astype(np.float64)
    worth = np.bincount(at[good], weights=(units * value)[good], minlength=n).astype(np.float64)
    base = cohort["base_price"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = 1.0 - worth / pieces / base
    return np.asarray(np.where(pieces > 0, np.clip(rate, 0.0, 1.0), np.nan), np.float64)
