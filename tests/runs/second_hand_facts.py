"""A second hand's reading of a retailer's frames: an item's facts before a day, what came after.

From the definitions, in plain Python; nothing of the product's computation is called.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

NAN = math.nan
Key = tuple[str, str]


def day_of(stamp: pd.Timestamp) -> int:
    return (stamp - pd.Timestamp(1970, 1, 1)).days


def over(top: float, bottom: float) -> float:
    """A ratio as the features take it: unknown where both are nothing, never above 10,000."""
    if bottom == 0:
        return NAN if top == 0 or math.isnan(top) else math.copysign(1e4, top)
    return min(max(top / bottom, -1e4), 1e4)


class Diary:
    """Sales, returns, counts and receipts of each item, by the number of the day."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        history = frames["SalesHistory"].assign(day=frames["SalesHistory"]["date"].map(day_of))
        balance = frames["BalanceSet"]
        balance = balance.assign(day=balance["period_end"].map(day_of))
        assert (history["gross_retail"].notna()).all()  # else prices need another reference
        self.keys = sorted(set(zip(balance["sku"], balance["location"], strict=True)))
        sold = history[(history["units"] > 0) & (history["net_sales"] > 0)]
        columns = ["day", "units", "net_sales", "gross_retail"]
        self.sales = self._rows(sold, columns)
        returned = history[history["returned_units"] > 0]
        assert len(returned)
        self.returns = self._rows(returned, ["day", "returned_units"])
        self.counts = self._rows(balance, ["day", "eop_units", "eop_cost"])
        got = balance.assign(got=balance["receipts_units"] + balance["transfers_in_units"])
        got = got[got["got"] > 0][["sku", "location", "day", "got"]]
        layers = frames["CostLayers"].assign(
            day=frames["CostLayers"]["receipt_date"].map(day_of).astype(int)
        )
        old = layers[(layers["day"] < got["day"].min() - 31) & (layers["units_remaining"] > 0)]
        old = old.rename(columns={"units_remaining": "got"})[["sku", "location", "day", "got"]]
        self.receipts = self._rows(pd.concat([got, old]), ["day", "got"])
        master = frames["ItemMaster"].set_index("sku")
        self.launch = {s: day_of(d) for s, d in master["launch_date"].items() if pd.notna(d)}
        self.category, self.listed = master["category"].to_dict(), master["msrp"].to_dict()
        self.begun, self.last = int(sold["day"].min()), int(sold["day"].max())
        self.ends = sorted(set(balance["day"]))

    @staticmethod
    def _rows(frame: pd.DataFrame, columns: list[str]) -> dict[Key, list[tuple]]:
        ordered = frame.sort_values("day", kind="stable")
        return {
            k: list(g[columns].itertuples(index=False, name=None))
            for k, g in ordered.groupby(["sku", "location"])
        }

    def sold(self, key: Key, start: int, stop: int) -> list[tuple]:
        """Sales from ``start`` on, before ``stop``."""
        return [s for s in self.sales.get(key, ()) if start <= s[0] < stop]

    def units(self, key: Key, start: int, stop: int) -> float:
        return sum(s[1] for s in self.sold(key, start, stop))

    def count(self, key: Key, t: int) -> tuple[float, float]:
        """Units and cost of the last count before ``t``, while it is not overdue."""
        held = [c for c in self.counts[key] if t - 45 <= c[0] < t]
        return (held[-1][1], held[-1][2]) if held else (NAN, NAN)

    def paid(self, key: Key, start: int, stop: int) -> float:
        """What was paid over the regular price of the same units; unknown where nothing sold."""
        seen = self.sold(key, start, stop)
        return sum(s[2] for s in seen) / sum(s[3] for s in seen) if seen else NAN

    def age(self, key: Key, t: int, units: float) -> float:
        """Days since the oldest receipt the units can come from, receipts walked back."""
        covered = 0.0
        came = [r for r in self.receipts.get(key, ()) if r[0] < t]
        for day, got in reversed(came):
            covered += got
            if covered >= units - 1e-9:
                return t - day
        known = [e[0] for rows in (came, self.sold(key, 0, t), self.counts[key]) for e in rows[:1]]
        if self.launch.get(key[0], t) < t:
            known.append(self.launch[key[0]])
        return t - min(known)

    def by_day(self, key: Key, start: int, stop: int) -> dict[int, list[float]]:
        """Units, net and regular value of each day with a sale."""
        out: dict[int, list[float]] = {}
        for day, *amounts in self.sold(key, start, stop):
            out[day] = [a + b for a, b in zip(out.get(day, (0, 0, 0)), amounts, strict=True)]
        return out


def facts(book: Diary, key: Key, t: int) -> dict[str, float]:
    """The inputs drift is looked for in, as they stood before day ``t``."""
    units, cost = book.count(key, t)
    known = {d: t - d >= book.begun - 3 for d in (30, 90)}
    u30 = book.units(key, t - 30, t) if known[30] else NAN
    u90 = book.units(key, t - 90, t) if known[90] else NAN
    ever = book.by_day(key, 0, t)
    last = max(ever, default=None)
    recent = book.by_day(key, t - 90, t)
    cheap = sum(u for u, net, regular in recent.values() if net / u < 0.9 * (regular / u))
    back = sum(r[1] for r in book.returns.get(key, ()) if t - 90 <= r[0] < t)
    return {
        "units_on_hand": units,
        "unit_cost": cost / units if units > 0 else NAN,
        "age_days": book.age(key, t, units) if units > 0 else NAN,
        "units_sold_30d": u30,
        "units_sold_90d": u90,
        "velocity_30_over_90": over(3 * u30, u90),
        "days_of_supply_90d": over(90 * units, u90),
        "sell_through_90d": over(u90, u90 + units),
        "days_since_last_sale": NAN if last is None else t - last,
        "price_30d_over_reference": book.paid(key, t - 30, t),
        "last_price_over_reference": NAN if last is None else ever[last][1] / ever[last][2],
        "discounted_share_90d": over(cheap, u90),
        "return_rate_90d": over(back, u90),
    }


def outcome(book: Diary, key: Key, t: int, on_hand: float) -> tuple[bool | None, float]:
    """Whether an item turned out obsolete within 30 days, and its markdown; unknown where so."""
    if t + 29 > book.last:
        return None, NAN
    units = book.units(key, t, t + 30)
    cut = min(max(1 - book.paid(key, t, t + 30), 0.0), 1.0) if units else NAN
    usual = book.units(key, t - 180, t) / min(180, max(t - book.begun, 1))
    sold_out = units > 0 and units >= 0.9 * on_hand
    slow = units > 0 and not sold_out
    slow = slow and (units / 30 <= 0.10 * usual or on_hand * 30 / units > 365)
    if (units <= 0 or slow) and empty_share(book, key, t) > 0.5:
        return None, cut
    return units <= 0 or slow, cut


def empty_share(book: Diary, key: Key, t: int) -> float:
    """Share of the 30 days, looked at every fifth, on which nothing was there to be sold."""
    empty = 0
    for day in range(t, t + 30, 5):
        counts = [c for c in book.counts[key] if c[0] <= day]
        got = [r[0] for r in book.receipts.get(key, ()) if r[0] <= day]
        refilled = bool(got) and got[-1] > counts[-1][0]
        empty += bool(counts) and counts[-1][1] <= 0 and not refilled
    return empty / 6


def single(value: float) -> float:
    """A feature as a tree reads it: a float of four bytes."""
    return float(np.float32(value))
