"""From movements and counts to a balance set that foots: units, then cost.

EOP units are those counted where there is a count, so that a difference shows as a break; else
they are computed and said to be. Cost is as recorded, or the weighted average of the item over
all locations (transfers then carry one cost on both sides), or the standard of the period.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.money import round_money
from invval_xl.tables.contracts import BALANCE_MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["Built", "build_balance", "month_ends"]

_SIGN = {m.name: m.units for m in BALANCE_MEASURES if m.units is not None}
_MERGED = {  # flow: measure, sign
    "opening": ("opening", 1), "opening_out": ("opening", -1),
    "receipts": ("receipts", 1), "vendor_returns": ("vendor_returns", 1),
    "customer_returns": ("customer_returns", 1), "sales": ("sales", 1),
    "adjustments_in": ("adjustments", 1), "adjustments_out": ("adjustments", -1),
    "shrink": ("shrink", 1), "shrink_found": ("shrink", -1),
    "markouts": ("markouts", 1), "markouts_undone": ("markouts", -1),
    "transfers_in": ("transfers_in", 1), "transfers_out": ("transfers_out", 1),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Built:
    """A balance set and how it came to be.

    Parameters
    ----------
    frame
        BalanceSet columns (units and cost).
    tied
        A row an item and location at the last period: units by movements, units counted, cost.
    valuation
        ``as-recorded``, ``average`` or ``standard``.
    computed
        Rows of the last period whose EOP units nobody counted.
    uncosted_units
        Units that went out or came in with no cost to value them.
    """

    frame: pd.DataFrame
    tied: pd.DataFrame
    valuation: str
    computed: int
    uncosted_units: float


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Month ends from the month of ``first`` to ``last`` itself, which closes the last period.

    Examples
    --------
    >>> month_ends(dt.date(2026, 1, 15), dt.date(2026, 3, 28))
    [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28), datetime.date(2026, 3, 28)]
    """
    ends: list[dt.date] = []
    year, month = first.year, first.month
    while True:
        end = dt.date(year, month, calendar.monthrange(year, month)[1])
        if end >= last:
            return [*ends, last]
        ends.append(end)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004


def build_balance(
    flows: pd.DataFrame,
    counts: pd.DataFrame,
    periods: Sequence[dt.date],
    *,
    valuation: str,
) -> Built:
    """Roll every item and location from its opening to the last period.

    Parameters
    ----------
    flows
        From :func:`invval_xl.sources.movements.seen_from`; ``period_end`` one of ``periods``, or
        earlier for what belongs to the opening.
    counts
        ``sku, location, period_end, units, cost`` (NaN: not known): units counted at a period end
        or, before the first one, the opening.
    periods
        Period ends, ascending.
    valuation
        ``auto``, ``as-recorded``, ``average`` or ``standard``.
    """
    import pandas as pd

    ends = np.array(periods, dtype="datetime64[D]")
    grid = _Grid(flows, counts, ends)
    own = grid.complete_costs()
    chosen = ("as-recorded" if own else "average") if valuation == "auto" else valuation
    rows: list[pd.DataFrame] = []
    units, cost = grid.opening()
    average = grid.per_item(cost) / grid.positive(grid.per_item(units))
    computed, uncosted = 0, 0.0
    tied = pd.DataFrame()
    for p, end in enumerate(ends):
        moved, money, lacking = grid.flows_of(p)
        unit_cost = _unit_cost(grid, p, units, cost, moved, money, lacking, average, chosen)
        row: dict[str, Any] = {"sku": grid.skus, "location": grid.locations}
        row["period_end"] = np.full(len(grid.skus), end)
        row["bop_units"], row["bop_cost"] = units, cost
        change_units = np.zeros(len(units))
        change_cost = np.zeros(len(units))
        for name, sign in _SIGN.items():
            quantity = moved.get(name, np.zeros(len(units)))
            recorded = money.get(name, np.zeros(len(units)))
            gap = lacking.get(name, np.zeros(len(units)))
            if chosen == "as-recorded" or name == "receipts":
                valued = recorded + np.where(gap > 0, gap * np.nan_to_num(unit_cost), 0.0)
            else:
                valued = quantity * np.nan_to_num(unit_cost)
            without = (quantity != 0) & np.isnan(unit_cost) & (gap > 0)
            uncosted += float(np.abs(quantity[without]).sum())
            valued = round_money(valued)
            row[f"{name}_units"], row[f"{name}_cost"] = quantity, valued
            change_units += sign * quantity
            change_cost += sign * valued
        expected = units + change_units
        counted, counted_cost = grid.counted(p)
        eop = np.where(np.isnan(counted), expected, counted)
        by_cost = round_money(cost + change_cost)
        if chosen == "as-recorded":
            eop_cost, shift = by_cost, np.zeros(len(eop))
        else:
            eop_cost = round_money(expected * np.nan_to_num(unit_cost))
            shift = round_money(eop_cost - by_cost)
        # a count that differs is valued at the cost the rest of the item carries
        off = eop - expected
        eop_cost = round_money(
            eop_cost + np.where(np.abs(off) > 1e-9, off * np.nan_to_num(unit_cost), 0.0)  # noqa: PLR2004
        )
        row["revaluation_cost"] = shift
        row["eop_units"], row["eop_cost"] = eop, eop_cost
        rows.append(pd.DataFrame(row))
        if p == len(ends) - 1:
            computed = int(np.isnan(counted).sum())
            tied = pd.DataFrame(
                {
                    "sku": grid.skus, "location": grid.locations, "moved_units": expected,
                    "counted_units": counted, "difference": expected - counted,
                    "moved_cost": round_money(expected * np.nan_to_num(unit_cost)) if chosen != "as-recorded" else by_cost,  # noqa: E501
                    "balance_cost": eop_cost, "counted_cost": counted_cost, "unit_cost": unit_cost,
                }
            )  # fmt: skip
        units, cost, average = eop, eop_cost, unit_cost
    frame = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    return Built(_without_empty(frame), tied, chosen, computed, uncosted)


def _without_empty(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows in which nothing stands and nothing moved, and measures nobody used."""
    if not len(frame):
        return frame
    figures = [c for c in frame.columns if c.endswith(("_units", "_cost"))]
    alive = (frame[figures].fillna(0.0) != 0).any(axis=1)
    kept = frame[alive]
    must = {
        "bop_units",
        "receipts_units",
        "sales_units",
        "eop_units",
        "bop_cost",
        "receipts_cost",
        "sales_cost",
        "eop_cost",
    }
    used = [
        c for c in kept.columns if c not in figures or c in must or (kept[c].fillna(0.0) != 0).any()
    ]
    return kept[used].sort_values(["sku", "location", "period_end"], ignore_index=True)


def _unit_cost(
    grid: _Grid,
    p: int,
    units: Any,
    cost: Any,
    moved: dict[str, Any],
    money: dict[str, Any],
    lacking: dict[str, Any],
    before: Any,
    chosen: str,
) -> Any:
    """Cost of a unit in period ``p``: the period's standard, or the item's weighted average."""
    counted, counted_cost = grid.counted(p)
    if chosen == "standard":
        with np.errstate(divide="ignore", invalid="ignore"):
            stated = np.where(counted > 0, counted_cost / counted, np.nan)
        stated = np.where(np.isnan(stated), grid.stated_unit_cost(p), stated)
        return np.where(np.isnan(stated), before, stated)
    received = moved.get("receipts", np.zeros(len(units)))
    spent = money.get("receipts", np.zeros(len(units)))
    known = received - lacking.get("receipts", np.zeros(len(units)))
    pool_units = grid.per_item(np.maximum(units, 0.0) + known)
    pool_cost = grid.per_item(np.where(units > 0, cost, 0.0) + np.nan_to_num(spent))
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.where((pool_units > 0) & (pool_cost > 0), pool_cost / pool_units, np.nan)
    pooled = np.where(np.isnan(pooled), before, pooled)
    return np.where(np.isnan(pooled), grid.stated_unit_cost(p), pooled)


class _Grid:
    """Items and locations in rows; flows and counts of a period as columns over them."""

    def __init__(self, flows: pd.DataFrame, counts: pd.DataFrame, ends: Any) -> None:
        import pandas as pd

        flows = flows.rename(columns={"member": "location"})
        keys = pd.concat(
            [flows[["sku", "location"]], counts[["sku", "location"]]]
        ).drop_duplicates()
        keys = keys.sort_values(["sku", "location"], ignore_index=True)
        self.skus = keys["sku"].to_numpy(dtype=object)
        self.locations = keys["location"].to_numpy(dtype=object)
        self._index = pd.MultiIndex.from_frame(keys)
        self._item, _ = pd.factorize(keys["sku"])
        self._ends = ends
        self._flows = flows.assign(at=self._place(flows), p=self._period(flows))
        self._counts = counts.assign(at=self._place(counts), p=self._period(counts))
        self.n = len(keys)

    def _place(self, frame: pd.DataFrame) -> Any:
        import pandas as pd

        return self._index.get_indexer(pd.MultiIndex.from_frame(frame[["sku", "location"]]))

    def _period(self, frame: pd.DataFrame) -> Any:
        when = frame["period_end"].to_numpy().astype("datetime64[D]")
        place = np.searchsorted(self._ends, when)
        return np.where(np.isin(when, self._ends), place, -1)

    @staticmethod
    def positive(values: Any) -> Any:
        """Values above zero, the rest unknown."""
        return np.where(values > 0, values, np.nan)

    def per_item(self, values: Any) -> Any:
        """Sum over the locations of each item, at each of its rows."""
        total = np.bincount(
            self._item, weights=np.nan_to_num(values), minlength=self._item.max(initial=-1) + 1
        )
        return total[self._item]

    def complete_costs(self) -> bool:
        """Whether every unit that moved has its cost recorded."""
        return bool(len(self._flows)) and float(self._flows["uncosted"].sum()) == 0

    def opening(self) -> tuple[Any, Any]:
        """Units and cost before the first period: the latest count, and what moved since."""
        units, cost = np.zeros(self.n), np.zeros(self.n)
        early = self._counts[self._counts["p"] == -1]
        units[early["at"]] = early["units"].to_numpy(float)
        cost[early["at"]] = np.nan_to_num(early["cost"].to_numpy(float))
        said = self._flows[
            (self._flows["p"] == -1) | self._flows["flow"].isin(["opening", "opening_out"])
        ]
        for flow, at, moved, money in zip(
            said["flow"], said["at"], said["units"], said["cost"], strict=True
        ):
            measure, sign = _MERGED[flow]
            way = sign * _SIGN.get(measure, 1)
            units[at] += way * moved
            cost[at] += way * (0.0 if np.isnan(money) else money)
        return units, round_money(cost)

    def flows_of(self, p: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Units, recorded cost and uncosted units of each measure in period ``p``."""
        here = self._flows[
            (self._flows["p"] == p) & ~self._flows["flow"].isin(["opening", "opening_out"])
        ]
        moved: dict[str, Any] = {}
        money: dict[str, Any] = {}
        lacking: dict[str, Any] = {}
        for flow, rows in here.groupby("flow"):
            measure, sign = _MERGED[str(flow)]
            for held, name in ((moved, "units"), (money, "cost"), (lacking, "uncosted")):
                values = np.nan_to_num(rows[name].to_numpy(float))
                held.setdefault(measure, np.zeros(self.n))
                held[measure] += sign * np.bincount(rows["at"], weights=values, minlength=self.n)
        return moved, money, lacking

    def counted(self, p: int) -> tuple[Any, Any]:
        """Units and cost counted at the end of period ``p``; NaN where nobody counted."""
        units, cost = np.full(self.n, np.nan), np.full(self.n, np.nan)
        here = self._counts[self._counts["p"] == p]
        units[here["at"]] = here["units"].to_numpy(float)
        cost[here["at"]] = here["cost"].to_numpy(float)
        return units, cost

    def stated_unit_cost(self, p: int) -> Any:
        """Unit cost a count states (also where it counted nothing); NaN where none does."""
        out = np.full(self.n, np.nan)
        here = self._counts[(self._counts["p"] == p) | (self._counts["p"] == -1)]
        known = here[here["unit_cost"].notna()].sort_values("p")
        out[known["at"]] = known["unit_cost"].to_numpy(float)
        return out
