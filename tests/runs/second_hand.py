"""A second hand's working of C-11: plain Python over the retailer's own frames, nothing of ours.

What was predicted (the rule's amount and range, the model's amount and interval, the tier) is taken
as the lookback stored it; everything that says what came of it is worked out here from sales,
disposals, the balance set and the master: outcomes, ageing tables, groups, verdicts, coverage.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

SELL, STATED_LIQUIDATION, HORIZON = 0.08, 0.50, 365.0
WINDOW, LEAST_DAYS, FRESH = 90, 28, 90
TABLE = ((720, 1.0), (540, 0.75), (365, 0.50), (180, 0.25))  # whole days beyond
BANDS = ((90, "0-90 days"), (180, "91-180 days"), (365, "181-365 days"), (730, "366-730 days"))
WITHIN, FLOOR, LOST = 0.25, 0.01, 0.05
METHODS = ("rule", "model", "age_receipt", "age_last_sale", "refitted_table", "flat_rate")
TABLES = METHODS[2:]
PREDICTED = ("rule", "model", "refitted_table", "low", "high", "rate", "rate_low", "rate_high",
             "tier", "price")  # fmt: skip


def cents(cost: float, rate: float) -> float:
    """A share of a cost in whole cents, half away from zero."""
    exact = Decimal(str(cost)) * Decimal(str(rate))
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass
class Line:
    """One line of a cohort, and what became of it."""

    cohort: str
    sku: str
    location: str
    category: str
    supplier: str
    units: float
    cost: float
    age: float = 0.0
    silent: float = 0.0
    net: float = 0.0
    sold: float = 0.0
    disposed: float = 0.0
    scrapped: float = 0.0
    left: float = 0.0
    gone: float = 0.0  # units
    lost: float = 0.0  # by all that are gone
    rate: float = math.nan
    said: dict = field(default_factory=dict)

    @property
    def realised(self) -> float:
        return round(self.sold + self.disposed + self.scrapped + self.left, 2)

    @property
    def band(self) -> str:
        for most, name in BANDS:
            if round(self.age) <= most:
                return name
        return "731 days and older"


class Hand:
    """The frames, read once into dictionaries by SKU and location."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.balance = frames["BalanceSet"]
        self.end = self.balance["period_end"].max()
        self.ends = sorted(self.balance["period_end"].unique())
        master = frames["ItemMaster"].set_index("sku")
        self.category, self.supplier = master["category"], master["supplier"]
        self.launch = pd.to_datetime(master["launch_date"]).to_dict()
        self.ticket, self.msrp = master["ticket_price"], master["msrp"]
        sales = frames["SalesHistory"]
        sales = sales[(sales["units"] > 0) & (sales["net_sales"] > 0)]
        self.sales = {k: g.to_dict("records") for k, g in sales.groupby(["sku", "location"])}
        self.begun = sales["date"].min()
        gone = frames["Disposals"]
        self.gone = {k: g.to_dict("records") for k, g in gone.groupby(["sku", "location"])}
        worth = (gone["units"] * gone["sku"].map(self.ticket)).sum()
        # what disposals brought of the ticket, where five or more say so; else what is stated
        self.observed = gone["net_proceeds"].sum() / worth if len(gone) >= 5 else math.nan
        self.months = {
            k: g.to_dict("records") for k, g in self.balance.groupby(["sku", "location"])
        }
        self.market = frames["MarketPrices"].sort_values("date", kind="stable")

    def held(self, close: pd.Timestamp) -> list[tuple[str, str, float, float]]:
        rows = self.balance[(self.balance["period_end"] == close) & (self.balance["eop_units"] > 0)]
        return list(
            rows[["sku", "location", "eop_units", "eop_cost"]].itertuples(index=False, name=None)
        )

    def price_now(self, line: Line, close: pd.Timestamp) -> float:
        """The evidence at the latest close: a fresh market price, recent sales, market.

        Without any the ticket, unless less was paid last, or less stood behind it at the close.
        """
        key = (line.sku, line.location)
        seen = self.market[(self.market["sku"] == key[0]) & (self.market["date"] <= self.end)]
        market = (float(seen["price"].iloc[-1]), seen["date"].iloc[-1]) if len(seen) else None
        if market and (self.end - market[1]).days <= FRESH:
            return market[0]
        sold = self.sales.get(key, ())
        recent = [s for s in sold if 0 <= (self.end - s["date"]).days < WINDOW]
        if recent:
            return sum(s["net_sales"] for s in recent) / sum(s["units"] for s in recent)
        if market:
            return market[0]
        since = sorted((s["date"], s["net_sales"] / s["units"]) for s in sold if s["date"] > close)
        return min(float(self.ticket[key[0]]), since[-1][1] if since else line.said["price"])

    def daily_rate(self, key: tuple[str, str]) -> float:
        sold = sum(
            s["units"] for s in self.sales.get(key, ()) if 0 <= (self.end - s["date"]).days < WINDOW
        )
        first = min(
            i for i, end in enumerate(self.ends)
            for m in self.months[key]
            if m["period_end"] == end and (m["bop_units"] > 0 or m["eop_units"] > 0)
        )  # fmt: skip
        days = math.inf if first == 0 else (self.end - self.ends[first - 1]).days
        exposure = min(days, WINDOW)
        return sold / exposure if exposure >= LEAST_DAYS else 0.0

    def age(self, key: tuple[str, str], close: pd.Timestamp, units: float) -> float:
        """Days since the oldest receipt the units can come from, receipts walked back in time."""
        came = [
            (m["period_end"], m["receipts_units"] + m["transfers_in_units"])
            for m in self.months[key]
            if m["period_end"] <= close and m["receipts_units"] + m["transfers_in_units"] > 0
        ]
        day = close + pd.Timedelta(days=1)
        covered = 0.0
        for when, pieces in sorted(came, reverse=True):
            covered += pieces
            if covered >= units - 1e-9:
                return float((day - when).days)
        return float((day - self.first(key, close)).days)

    def first(self, key: tuple[str, str], close: pd.Timestamp) -> pd.Timestamp:
        """The first thing known of an item: a receipt, a sale, a count, its launch."""
        days = [s["date"] for s in self.sales.get(key, ()) if s["date"] <= close]
        days += [m["period_end"] for m in self.months[key] if m["period_end"] <= close]
        launch = self.launch.get(key[0], pd.NaT)
        if pd.notna(launch) and launch <= close:
            days.append(launch)
        return min(days)

    def base_price(self, key: tuple[str, str], close: pd.Timestamp) -> float:
        """Regular price of the 120 days before: what a markdown is taken on."""
        seen = [s for s in self.sales.get(key, ()) if 0 <= (close - s["date"]).days < 120]
        if seen:
            return sum(s["gross_retail"] for s in seen) / sum(s["units"] for s in seen)
        return float(self.msrp[key[0]])

    def outflows(
        self, key: tuple[str, str], close: pd.Timestamp, unit_cost: float
    ) -> list[tuple[pd.Timestamp, int, float, float]]:
        """Everything that left after the close: day, kind, units, net of each unit."""
        later = [e for e in self.ends if e > close]
        gone = [d for d in self.gone.get(key, ()) if d["date"] > close]
        booked: dict[pd.Timestamp, float] = defaultdict(float)
        for d in gone:
            booked[next(e for e in later if e >= d["date"])] += d["units"]
        events = [
            (s["date"], 0, s["units"], s["net_sales"] / s["units"] * (1 - SELL))
            for s in self.sales.get(key, ())
            if s["date"] > close
        ]
        events += [(d["date"], 1, d["units"], d["net_proceeds"] / d["units"]) for d in gone]
        for m in self.months[key]:
            if m["period_end"] > close:
                marked = max(m["markouts_units"] - booked[m["period_end"]], 0.0)
                events.append((m["period_end"], 2, marked, 0.0))
                events.append((m["period_end"], 3, m["vendor_returns_units"], unit_cost))
        return sorted(events, key=lambda e: (e[0], e[1]))

    def follow(self, line: Line, close: pd.Timestamp, on_hand: float) -> None:
        """Lay every outflow after the close on the line's units, in the order of its day."""
        key = (line.sku, line.location)
        unit_cost = line.cost / line.units
        rest, lost = line.units, [0.0, 0.0, 0.0, 0.0]
        for _day, kind, units, net in self.outflows(key, close, unit_cost):
            taken = min(rest, units)
            rest -= taken
            line.net += taken * net
            lost[kind] += taken * max(unit_cost - net, 0.0)
        line.sold, line.disposed, line.scrapped = (round(v, 2) for v in lost[:3])
        line.gone, line.lost = line.units - rest, round(sum(lost[:3]), 2)
        left = min(rest, on_hand)
        if left > 0:
            keep = self.price_now(line, close) * (1 - SELL)
            stated = keep * STATED_LIQUIDATION
            salvage = stated if math.isnan(self.observed) else self.observed * self.ticket[line.sku]
            to_go = max(HORIZON - (self.end - close).days, 0.0)
            beyond = max(left - self.daily_rate(key) * to_go, 0.0)
            line.left = round(
                beyond * max(unit_cost - salvage, 0.0)
                + (left - beyond) * max(unit_cost - keep, 0.0), 2,
            )  # fmt: skip
        if (self.end - close).days >= 60:
            within = [s for s in self.sales.get(key, ()) if 0 < (s["date"] - close).days <= 60]
            base = self.base_price(key, close)
            if within and base > 0:
                paid = sum(s["net_sales"] for s in within) / sum(s["units"] for s in within)
                line.rate = min(max(1 - paid / base, 0.0), 1.0)

    def cohort(self, close: pd.Timestamp, said: pd.DataFrame) -> list[Line]:
        """The lines of a close with their outcome; ``said`` is what was predicted of them."""
        now = {(s, p): u for s, p, u, _ in self.held(self.end)}
        predicted = said.set_index(["sku", "location"])[list(PREDICTED)].to_dict("index")
        out = []
        for sku, location, units, cost in self.held(close):
            key = (sku, location)
            if key not in predicted or cost <= 0:
                continue
            line = Line(f"{close:%Y-%m-%d}", sku, location, self.category[sku],
                        self.supplier[sku] or "(no supplier)", units, cost)  # fmt: skip
            line.said = predicted[key]
            line.age = self.age(key, close, units)
            sold = [s["date"] for s in self.sales.get(key, ()) if s["date"] <= close]
            last = max(sold) if sold else self.first(key, close)
            line.silent = float((close + pd.Timedelta(days=1) - last).days)
            self.follow(line, close, now.get(key, 0.0))
            line.said |= {
                "age_receipt": cents(cost, table(line.age)),
                "age_last_sale": cents(cost, table(line.silent)),
                "flat_rate": cents(cost, 0.10),
            }
            line.said["served"] = line.said["rule"]  # no share of inventory is valued by model
            out.append(line)
        assert len(out) == len(predicted)
        return out


def table(days: float) -> float:
    return next((rate for least, rate in TABLE if days > least), 0.0)


def total(lines: list[Line], name: str) -> float:
    """Sum of a method's amounts or of an attribute; NaN where no line has one."""
    values = [line.said[name] if name in line.said else getattr(line, name) for line in lines]
    known = [v for v in values if v == v]  # noqa: PLR0124 - NaN
    return round(sum(known), 2) if known else math.nan


def verdict(lines: list[Line], method: str, category: str) -> dict:
    """The dollars gate by hand."""
    known = [x for x in lines if x.said["model"] == x.said["model"]] if method == "model" else lines
    known = [x for x in known if category in ("all", x.category)]
    reserve, came = total(known, method), total(known, "realised")
    gap = round(abs(reserve - came), 2)
    gaps = {
        n: round(abs(total(known, n) - came), 2)
        for n in TABLES
        if total(known, n) == total(known, n)
    }
    best = min(gaps, key=gaps.get)
    small = category != "all" and gap <= FLOOR * total(known, "cost")
    near, closer = small or gap <= WITHIN * came, small or gap < gaps[best]
    assert len({x.cohort for x in known}) >= 4  # fewer say nothing, and the paper says that
    holds = near and closer
    times = f"{reserve / came:.2f}" if came > 0 else "many"
    reasons = [f"reserve is {times} times of what was realised"] * (not near)
    reasons += [f"{best.replace('_', ' ')} came closer"] * (not closer)
    held = "missed by less than 1% of cost" if small else "within 25% and closer than every table"
    return {"reserve": reserve, "realised": came, "gap": gap, "best": best, "holds": holds,
            "best_gap": gaps[best], "because": "; ".join(reasons) or held}  # fmt: skip


def judged(lines: list[Line]) -> list[Line]:
    return [
        x for x in lines
        if round(x.rate, 9) >= 0.05 and np.isfinite([x.said["rate_low"], x.said["rate_high"]]).all()
    ]  # fmt: skip


def inside(line: Line) -> bool:
    return line.said["rate_low"] - 1e-9 <= line.rate <= line.said["rate_high"] + 1e-9


def reaches(amount: float, cost: float) -> bool:
    """Whether an amount is the least part of cost that counts, or more: in decimal, exactly."""
    return Decimal(str(round(amount, 2))) >= Decimal(str(LOST)) * Decimal(str(round(cost, 2)))


def alarms(lines: list[Line]) -> dict[str, float]:
    """Counts and dollars of lines reserved that lost little, and the reverse."""
    warned = [x for x in lines if reaches(x.said["served"], x.cost)]
    lost = [x for x in lines if reaches(x.realised, x.cost)]
    false = [x for x in warned if not reaches(x.realised, x.cost)]
    missed = [x for x in lost if not reaches(x.said["served"], x.cost)]
    return {
        "Reserved Lines": len(warned), "Lines With A Loss": len(lost),
        "False Alarms": len(false), "Missed Losses": len(missed),
        "False Alarms, Dollars": dollars(x.said["served"] - x.realised for x in false),
        "Missed Losses, Dollars": dollars(x.realised - x.said["served"] for x in missed),
    }  # fmt: skip


def dollars(gaps: Iterable[float]) -> float:
    """Gaps above nothing, each in whole cents."""
    return round(sum(round(max(gap, 0.0), 2) for gap in gaps), 2)


def adjustment(lines: list[Line], method: str) -> float:
    """Dollars by which a method and what came differ, cohort by category."""
    cells: dict[tuple[str, str], float] = defaultdict(float)
    for x in lines:
        cells[x.cohort, x.category] += x.said[method] - x.realised
    return sum(abs(round(v, 2)) for v in cells.values())
