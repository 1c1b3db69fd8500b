"""The balance set as arrays: sorted by key and period, with the row before and after known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import BALANCE_MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.tables.table import Table

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["UNIT_SLACK", "VALUATIONS", "Block", "Panel", "build_panel"]

VALUATIONS = ("units", "cost", "retail")
UNIT_SLACK = 1e-6
_HALF_CENT = 0.005
_FLOAT_NOISE = 1e-9


@dataclass(frozen=True, eq=False)
class Block:
    """One valuation of the balance set, by panel row.

    Parameters
    ----------
    valuation
        ``units``, ``cost`` or ``retail``.
    bop, eop
        As reported; NaN unknown.
    names, signs, measures
        The movement columns that are there: their names, +1 or -1, and a matrix with a row each
        (an unknown movement is counted as none in the sums and remembered in ``unknown``).
    signed
        Whether each movement carries its own sign.
    """

    valuation: str
    bop: Floats
    eop: Floats
    names: tuple[str, ...]
    signs: Floats
    signed: Bools
    measures: Floats
    unknown: Bools
    receipts_unknown: Bools

    @property
    def movement(self) -> Floats:
        """Additions less reductions."""
        return np.asarray(self.signs @ self.measures, dtype=np.float64)

    @property
    def computed(self) -> Floats:
        """EOP as the movements give it."""
        return self.bop + self.movement

    @property
    def slack(self) -> Floats:
        """What rounding can explain: in money half a cent for each figure that is not zero."""
        scale = np.nan_to_num(np.abs(self.bop)) + np.nan_to_num(np.abs(self.eop))
        scale = scale + np.abs(self.measures).sum(axis=0)
        if self.valuation == "units":
            return np.asarray(UNIT_SLACK + _FLOAT_NOISE * scale)
        parts = (self.measures != 0).sum(axis=0) + (self.bop != 0) + (self.eop != 0)
        return np.asarray(_HALF_CENT * np.maximum(parts, 1) + _FLOAT_NOISE * scale)

    @property
    def link_slack(self) -> float:
        """What rounding can explain between two reports of the same balance."""
        return UNIT_SLACK if self.valuation == "units" else 2 * _HALF_CENT + UNIT_SLACK

    def receipts(self) -> Floats:
        """Receipts; zeros where the block has none."""
        if "receipts" in self.names:
            return np.asarray(self.measures[self.names.index("receipts")], dtype=np.float64)
        return np.zeros(len(self.bop))


@dataclass(frozen=True, eq=False)
class Panel:
    """Rows of the balance set up to the current period, sorted by key and period.

    Parameters
    ----------
    table
        The checked sheet.
    position
        Panel row to position in ``table``.
    key
        Panel row to SKU-location number; ``sku_code`` and ``place_code`` its halves.
    period
        Panel row to number of the period in ``periods``.
    periods
        Distinct period ends, ascending, up to the current one.
    before, after
        Panel row of the same key's previous and next period that has a row; -1 where none.
    extra
        Positions in ``table`` of rows that repeat a key already seen, and ``extra_of`` the
        panel row each repeats.
    blocks
        The valuations that have both BOP and EOP.
    """

    table: Table
    position: Ints
    key: Ints
    sku_code: Ints
    place_code: Ints
    skus: NDArray[np.object_]
    places: NDArray[np.object_]
    period: Ints
    periods: NDArray[np.datetime64]
    current: int
    before: Ints
    after: Ints
    extra: Ints
    extra_of: Ints
    blocks: Mapping[str, Block]

    def __len__(self) -> int:
        return len(self.position)

    @property
    def is_current(self) -> Bools:
        """Rows of the current period."""
        return np.asarray(self.period == self.current)

    def sku(self, row: int) -> str:
        """SKU of a panel row."""
        return str(self.skus[self.sku_code[row]])

    def place(self, row: int) -> str:
        """Location of a panel row."""
        return str(self.places[self.place_code[row]])

    def date(self, row: int) -> str:
        """Period end of a panel row as ISO text."""
        return str(self.periods[self.period[row]])[:10]

    def cell(self, row: int, column: str) -> str:
        """A1 address of one value of a panel row."""
        return self.table.cell(int(self.position[row]), column)


def build_panel(table: Table, period_end: np.datetime64) -> Panel:
    """Sort the balance set and find each row's neighbours.

    Parameters
    ----------
    table
        The checked BalanceSet.
    period_end
        The current period end; later rows are left out.
    """
    import pandas as pd

    frame = table.frame
    ends = frame["period_end"].to_numpy().astype("datetime64[ns]")
    sku_code, skus = pd.factorize(frame["sku"].to_numpy(dtype=object), sort=True)
    place_code, places = pd.factorize(frame["location"].to_numpy(dtype=object), sort=True)
    periods = np.unique(ends[~np.isnat(ends) & (ends <= period_end)])
    usable = np.flatnonzero(~np.isnat(ends) & (ends <= period_end))
    period = np.searchsorted(periods, ends[usable])
    key = sku_code[usable].astype(np.int64) * max(len(places), 1) + place_code[usable]
    order = np.lexsort((usable, period, key))
    usable, period, key = usable[order], period[order], key[order]
    again = np.zeros(len(key), dtype=bool)
    again[1:] = (key[1:] == key[:-1]) & (period[1:] == period[:-1])
    kept = np.flatnonzero(~again)
    extra = np.flatnonzero(again)
    extra_of = np.cumsum(~again)[extra] - 1
    position, key_kept, period_kept = usable[kept], key[kept], period[kept]
    same = np.zeros(len(kept), dtype=bool)
    same[1:] = key_kept[1:] == key_kept[:-1]
    rows = np.arange(len(kept))
    before = np.where(same, rows - 1, -1)
    after = np.full(len(kept), -1)
    after[:-1] = np.where(same[1:], rows[1:], -1)
    matched = np.flatnonzero(periods == period_end)
    return Panel(
        table=table,
        position=position,
        key=key_kept,
        sku_code=sku_code[position].astype(np.int64),
        place_code=place_code[position].astype(np.int64),
        skus=np.asarray(skus, dtype=object),
        places=np.asarray(places, dtype=object),
        period=period_kept,
        periods=periods,
        current=int(matched[0]) if len(matched) else -1,
        before=before,
        after=after,
        extra=usable[extra],
        extra_of=extra_of,
        blocks={v: b for v in VALUATIONS if (b := _block(table, position, v)) is not None},
    )


def _block(table: Table, position: Ints, valuation: str) -> Block | None:
    """Cut one valuation out of the sheet; ``None`` where BOP or EOP is absent."""
    frame = table.frame
    if f"bop_{valuation}" not in frame or f"eop_{valuation}" not in frame:
        return None
    there = [
        m
        for m in BALANCE_MEASURES
        if getattr(m, valuation) is not None and f"{m.name}_{valuation}" in frame
    ]

    def column(name: str) -> Floats:
        values = frame[f"{name}_{valuation}"].to_numpy(dtype=np.float64)
        return np.asarray(values[position], dtype=np.float64)

    measures = np.vstack([column(m.name) for m in there]) if there else np.zeros((0, len(position)))
    missing = np.isnan(measures)
    receipts = [i for i, m in enumerate(there) if m.name == "receipts"]
    receipts_unknown = missing[receipts[0]] if receipts else np.zeros(len(position), dtype=bool)
    return Block(
        valuation=valuation,
        bop=column("bop"),
        eop=column("eop"),
        names=tuple(m.name for m in there),
        signs=np.array([float(getattr(m, valuation)) for m in there]),
        signed=np.array([m.signed for m in there], dtype=bool),
        measures=np.where(missing, 0.0, measures),
        unknown=np.asarray(missing.any(axis=0)),
        receipts_unknown=receipts_unknown,
    )
