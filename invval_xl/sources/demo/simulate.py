"""The weekly simulation: demand, buying, pricing, returns, losses and disposal, all booked.

One pass over the weeks, each a few array operations over all SKU-locations. Units and cents
are whole numbers; cost leaves by FIFO layer; retail is units at the current ticket.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo.catalogue import CATEGORIES, Catalogue, location_names
from invval_xl.sources.demo.demand import Demand, Episodes
from invval_xl.sources.demo.layers import Layers
from invval_xl.sources.demo.ledger import Ledger
from invval_xl.sources.demo.pricing import Pricing
from invval_xl.sources.demo.weeks import Weeks

__all__ = ["Pairs", "Simulation", "Tape", "build_pairs", "simulate"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_RING = 32  # weeks an order can be under way
_DISPOSAL_MONTHS = (2, 5, 8, 11)
# the study item's sales up to the as-of date: 74 before the last 90 days, then 71, then 18
STUDY_SALES = (10, 9, 9, 10, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8, 4, 4, 3, 4, 3)
STUDY_ON_HAND = 1250


@dataclass(frozen=True, eq=False)
class Pairs:
    """The SKU-locations: which item and which location each row is."""

    item: Ints
    location: Ints
    study: int
    locations: int

    def __len__(self) -> int:
        return len(self.item)


@dataclass(eq=False)
class Tape:
    """Weekly facts kept beside the ledger: ``[weeks kept, pairs]`` from ``first`` on."""

    first: int
    units: NDArray[np.int32]
    net: Ints
    gross: Ints
    cogs: Ints
    returned: NDArray[np.int32]
    on_hand: NDArray[np.int32]
    promoted: NDArray[np.bool_]


@dataclass(eq=False)
class Simulation:
    """Everything the frames are made from."""

    weeks: Weeks
    catalogue: Catalogue
    pairs: Pairs
    episodes: Episodes
    ledger: Ledger
    tape: Tape
    disposals: list[tuple[int, Ints, Ints, Ints, Ints]]
    arrivals: list[tuple[int, Ints, Ints]]
    as_of: dict[str, Ints]
    aged: dict[str, NDArray[np.generic]]


def build_pairs(items: int, locations: int) -> Pairs:
    """Every item at every location, but the study item (the last) at the third one alone."""
    item = np.repeat(np.arange(items - 1), locations)
    location = np.tile(np.arange(locations), items - 1)
    study_location = min(2, locations - 1)
    return Pairs(
        item=np.append(item, items - 1),
        location=np.append(location, study_location),
        study=len(item),
        locations=locations,
    )


class _Shop:
    """The state of all SKU-locations while the weeks pass."""

    def __init__(self, sim: Simulation, rng: np.random.Generator) -> None:
        self.sim, self.rng = sim, rng
        cat, pairs, weeks = sim.catalogue, sim.pairs, sim.weeks
        n = len(pairs)
        self.on_hand = np.zeros(n, dtype=np.int64)
        self.cost = np.zeros(n, dtype=np.int64)
        self.damaged = np.zeros(n, dtype=np.int64)
        self.pipe = np.zeros((_RING, n), dtype=np.int64)
        self.on_order = np.zeros(n, dtype=np.int64)
        self.layers = Layers(n)
        self.demand = Demand(rng, cat, pairs.item, pairs.location, pairs.locations, weeks,
                             sim.episodes)
        regions = [name[2] for name in location_names(pairs.locations)]
        self.pricing = Pricing(rng, cat, pairs.item,
                               np.array([r == "West" for r in regions])[pairs.location], weeks)
        self.last_receipt = np.full(n, -999, dtype=np.int64)
        self.last_sale = np.full(n, -999, dtype=np.int64)
        self.first_receipt = np.full(n, -1, dtype=np.int64)
        self.rate = self.demand.mean_rate.copy()  # the buyer's estimate, deseasonalized
        self.recent_sales = np.zeros(n)
        self.batch_returns = np.zeros(n, dtype=bool)
        self.every = np.arange(n)
        self.free = np.ones(n, dtype=bool)
        self.free[pairs.study] = False

    # ---- the week, in the order it is booked ----

    def week(self, t: int) -> None:
        sim = self.sim
        month = int(sim.weeks.month[t])
        ledger = sim.ledger
        ledger.open_week(month, self.on_hand, self.cost, self.on_hand * self.ticket)
        if t > sim.weeks.as_of_week:
            self.free[sim.pairs.study] = True
        self.pricing.reprice(t, self.on_hand, self.rate, self.last_receipt, self.free, ledger)
        self.receive(t)
        returned = self.take_returns(t)
        self.sell(t, returned)
        self.lose(t)
        self.clear_damaged(t)
        self.transfer(t)
        self.dispose(t)
        self.revalue()
        self.order(t)
        ledger.close_week(t, month, self.on_hand, self.cost, self.on_hand * self.ticket)

    @property
    def ticket(self) -> Ints:
        return self.pricing.ticket[self.sim.pairs.item]

    def out(self, measure: str, rows: Ints, units: Ints, retail: Ints | None = None) -> Ints:
        """Book an outflow at FIFO cost and at ticket; returns its cost."""
        some = units > 0
        rows, units = rows[some], units[some]
        cost = self.layers.take(rows, units)
        self.on_hand[rows] -= units
        self.cost[rows] -= cost
        at_retail = units * self.ticket[rows] if retail is None else retail[some]
        self.sim.ledger.post_all(measure, rows, units, cost, at_retail)
        full = np.zeros(len(some), dtype=np.int64)
        full[some] = cost
        return full

    def into(self, measure: str, rows: Ints, week: Ints, units: Ints, cost: Ints,
             landed: Ints | None = None) -> None:
        """Book an inflow of one layer a row; ``landed`` adds freight less allowances."""
        whole = cost if landed is None else cost + landed
        self.layers.put(rows, week, units, whole)
        self.on_hand[rows] += units
        self.cost[rows] += whole
        self.sim.ledger.post_all(measure, rows, units, cost, units * self.ticket[rows])

    def receive(self, t: int) -> None:
        cat, pairs = self.sim.catalogue, self.sim.pairs
        units = self.pipe[t % _RING].copy()
        self.pipe[t % _RING] = 0
        self.on_order -= units
        units += self.initial_buy(t)
        rows = np.flatnonzero(units)
        units = units[rows]
        item = pairs.item[rows]
        drift = np.where(self.free[rows], 1.0 + self.rng.normal(0.0, 0.012, len(rows)), 1.0)
        cost = np.rint(units * np.rint(cat.cost_cents[item] * drift)).astype(np.int64)
        plain = self.free[rows]
        freight = np.rint(cost * cat.freight_rate[item] * plain).astype(np.int64)
        allowance = np.rint(cost * cat.allowance_rate[item] * plain).astype(np.int64)
        self.into("receipts", rows, np.full(len(rows), t), units, cost, freight - allowance)
        self.sim.ledger.post("freight", "cost", rows, freight)
        self.sim.ledger.post("vendor_allowances", "cost", rows, allowance)
        self.last_receipt[rows] = t
        fresh = rows[self.first_receipt[rows] < 0]
        self.first_receipt[fresh] = t
        bad = np.isin(cat.supplier[item], cat.bad_suppliers)
        self.batch_returns[rows] = bad & (self.rng.random(len(rows)) < 0.6)
        self.sim.arrivals.append((t, rows, units))

    def initial_buy(self, t: int) -> Ints:
        """Launch quantities: the whole life in two drops for one-time buys, else ten weeks."""
        cat, item = self.sim.catalogue, self.sim.pairs.item
        launch = cat.launch_week[item]
        once = cat.one_time_buy[item]
        began = np.maximum(launch, 0)
        life_left = np.maximum(cat.end_week[item] - began, 0)
        plan = self.demand.mean_rate * cat.plan_error[item]
        whole = np.where(once, plan * life_left * 0.80, plan * 10.0)
        share = np.where(once, np.where(t == began, 0.6, 0.4), 1.0)
        due = (t == began) | (once & (t == began + 8))
        # an item superseded before the second drop is not bought again
        gone = (cat.superseded_week[item] >= 0) & (cat.superseded_week[item] + 3 <= t)
        due &= (life_left > 4) & ~gone
        pack = cat.pack[item]
        units = np.where(due, np.ceil(whole * share / pack) * pack, 0.0).astype(np.int64)
        study = self.sim.pairs.study
        first = self.sim.weeks.as_of_week - len(STUDY_SALES)
        units[study] = STUDY_ON_HAND + sum(STUDY_SALES) if t == first else 0
        return units

    def take_returns(self, t: int) -> Ints:
        cat, item = self.sim.catalogue, self.sim.pairs.item
        chance = cat.return_rate[item] * np.where(self.batch_returns, 6.0, 1.0)
        mean = np.where(self.free, self.recent_sales * chance, 0.0)
        units = np.minimum(self.rng.poisson(mean), np.floor(self.recent_sales).astype(np.int64))
        self.recent_sales *= 0.6
        rows = np.flatnonzero(units)
        found = units[rows]
        self.into("customer_returns", rows, self.layers.last_week[rows], found,
                  found * self.layers.last_unit_cost[rows])
        spoiled = np.where(self.batch_returns[rows], 0.5, 0.15)
        self.damaged[rows] += self.rng.binomial(found, spoiled)
        return units

    def sell(self, t: int, returned: Ints) -> None:
        sim, price = self.sim, self.pricing
        wanted = self.demand.draw(t, price.lift(t))
        study = sim.pairs.study
        if t <= sim.weeks.as_of_week:
            script = t - (sim.weeks.as_of_week - len(STUDY_SALES)) - 1
            wanted[study] = STUDY_SALES[script] if script >= 0 else 0
        sellable = np.maximum(self.on_hand - self.damaged, 0)
        units = np.minimum(wanted, sellable)
        paid = price.paid(t)
        to_staff = self.rng.binomial(units, 0.015) * self.free
        staff_discount = np.rint(to_staff * paid * 0.20).astype(np.int64)
        net = units * paid - staff_discount
        cogs = self.out("sales", self.every, units, net)
        sim.ledger.post("promotional_markdowns", "retail", self.every,
                        units * (self.ticket - paid))
        sim.ledger.post("employee_discounts", "retail", self.every, staff_discount)
        stocked = (sellable > 0) & (self.first_receipt >= 0)
        seen = units / np.maximum(self.demand.season(t), 0.2)
        self.rate = np.where(stocked & self.free, 0.87 * self.rate + 0.13 * seen, self.rate)
        self.recent_sales += 0.4 * units
        self.last_sale[units > 0] = t
        tape = sim.tape
        if t >= tape.first:
            k = t - tape.first
            tape.units[k], tape.net[k], tape.cogs[k] = units, net, cogs
            tape.gross[k] = units * price.regular[sim.pairs.item]
            tape.returned[k] = returned
            tape.on_hand[k] = self.on_hand
            tape.promoted[k] = price.promoted

    def lose(self, t: int) -> None:
        """Shrink, and cycle counts every thirteenth week that find a unit or two either way."""
        rng = self.rng
        loose = np.maximum(self.on_hand - self.damaged, 0) * self.free
        self.out("shrink", self.every, rng.binomial(loose, 0.0003))
        counted = np.flatnonzero(
            (self.every % 13 == t % 13) & (self.on_hand > self.damaged + 4) & self.free
        )
        counted = counted[rng.random(len(counted)) < 0.12]
        signed = rng.integers(1, 3, len(counted)) * rng.choice([-1, 1], len(counted))
        short, over = counted[signed < 0], counted[signed > 0]
        lost = -signed[signed < 0]
        cost = self.layers.take(short, lost)
        self.on_hand[short] -= lost
        self.cost[short] -= cost
        ticket = self.ticket
        self.sim.ledger.post_all("adjustments", short, -lost, -cost, -lost * ticket[short])
        found = signed[signed > 0]
        oldest, _ = self.layers.oldest(over)
        unit = self.cost[over] // self.on_hand[over]
        self.into("adjustments", over, oldest, found, found * unit)

    def clear_damaged(self, t: int) -> None:
        """Every fourth week most damaged units go back to the vendor or are marked out."""
        rows = np.flatnonzero((self.damaged > 0) & (self.every % 4 == t % 4) & self.free)
        units = np.minimum(self.rng.binomial(self.damaged[rows], 0.7), self.on_hand[rows])
        self.damaged[rows] -= units
        back = self.sim.catalogue.supplier[self.sim.pairs.item[rows]] % 3 == 0
        self.out("vendor_returns", rows[back], units[back])
        self.out("markouts", rows[~back], units[~back])
        self.damaged = np.minimum(self.damaged, self.on_hand)

    def transfer(self, t: int) -> None:
        """Every fourth week an item's longest location helps its shortest one, the same day."""
        locations = self.sim.pairs.locations
        regular = self.sim.pairs.study
        if locations < 2 or regular == 0:
            return
        stock = (self.on_hand - self.damaged)[:regular].reshape(-1, locations)
        rate = np.maximum(self.rate[:regular].reshape(-1, locations), 0.05)
        cover = stock / rate
        items = np.flatnonzero(
            (np.arange(len(cover)) % 4 == t % 4)
            & (cover.max(axis=1) > 16) & (cover.min(axis=1) < 3)
            & (self.first_receipt[:regular].reshape(-1, locations).min(axis=1) >= 0)
            & (self.rng.random(len(cover)) < 0.5)
        )
        source = items * locations + cover[items].argmax(axis=1)
        target = items * locations + cover[items].argmin(axis=1)
        week, oldest = self.layers.oldest(source)
        spare = (self.on_hand - self.damaged)[source] - 10 * self.rate[source]
        units = np.minimum(np.minimum(spare, 8 * self.rate[target]), oldest).astype(np.int64)
        some = units > 0
        source, target, week, units = source[some], target[some], week[some], units[some]
        cost = self.out("transfers_out", source, units)
        self.into("transfers_in", target, week, units, cost)

    def dispose(self, t: int) -> None:
        """Quarterly, dead stock goes to a liquidator at about half of the market price."""
        ends = self.sim.weeks.ends[t]
        month = int(ends.astype("datetime64[M]").astype(int)) % 12 + 1
        first = t == 0 or self.sim.weeks.month[t] != self.sim.weeks.month[t - 1]
        if month not in _DISPOSAL_MONTHS or not first:
            return
        cover = self.on_hand / np.maximum(self.rate, 0.02)
        silent = t - np.maximum(self.last_sale, self.first_receipt)
        age = t - self.layers.oldest(self.every)[0]
        dead = (self.on_hand > 0) & self.free & (
            ((silent >= 13) & (age > 34)) | ((cover > 156) & (age > 52))
        )
        rows = np.flatnonzero(dead & (self.rng.random(len(dead)) < 0.45))
        units = self.on_hand[rows]
        price = self.pricing.market(t)[rows] * self.rng.uniform(0.40, 0.60, len(rows))
        gross = np.rint(units * price).astype(np.int64)
        selling = np.rint(gross * 0.08).astype(np.int64)
        cost = self.out("markouts", rows, units)
        self.damaged[rows] = 0
        self.sim.disposals.append((t, rows, units, gross, selling))
        del cost

    def revalue(self) -> None:
        """Now and then an invoice is corrected: the newest layer's cost moves a little."""
        rows = np.flatnonzero((self.on_hand > 0) & self.free & (self.rng.random(len(self.free)) < 0.004))
        cents = self.layers.revalue(rows, self.rng.normal(0.0, 0.02, len(rows)))
        self.cost[rows] += cents
        self.sim.ledger.post("revaluation", "cost", rows, cents)

    def order(self, t: int) -> None:
        """Replenish what is not one-time, not ending and not being cleared."""
        cat, pairs = self.sim.catalogue, self.sim.pairs
        item = pairs.item
        lead = cat.lead_weeks[item]
        stop = cat.end_week[item] + cat.buyer_lag[item] - lead
        superseded = cat.superseded_week[item]
        stop = np.where(superseded >= 0, np.minimum(stop, superseded + 6), stop)
        review = (
            (self.every % 4 == t % 4) & ~cat.one_time_buy[item] & (self.first_receipt >= 0)
            & (t < stop) & (t > cat.launch_week[item] + 2) & self.pricing.at_full_price
        )
        ahead = self.demand.season(min(t + 8, self.sim.weeks.total - 1))
        bias = 0.6 + 0.4 * cat.plan_error[item]
        target = self.rate * ahead * bias * (lead + 8)
        pack = cat.pack[item]
        short = target - (self.on_hand - self.damaged) - self.on_order
        units = np.where(review & (short > 0), np.ceil(short / pack) * pack, 0.0).astype(np.int64)
        rows = np.flatnonzero(units)
        arrival = self.sim.episodes.delay(t + lead[rows], cat.supplier[item[rows]])
        self.pipe[arrival % _RING, rows] += units[rows]
        self.on_order[rows] += units[rows]


def simulate(
    rng: np.random.Generator,
    catalogue: Catalogue,
    pairs: Pairs,
    weeks: Weeks,
    *,
    periods: int,
    tape_weeks: int,
    keep_events: bool,
) -> Simulation:
    """Run all weeks and return everything booked.

    Parameters
    ----------
    rng
        The simulation's own random stream.
    catalogue, pairs, weeks
        What is sold, where, when.
    periods
        Months of balance set to keep, the newest ending at the as-of date.
    tape_weeks
        Weeks of sales to keep before the as-of date.
    keep_events
        Whether every weekly posting is kept as well.

    Returns
    -------
    Simulation
        Ledger, tape, disposals, arrivals and the state at the as-of date.
    """
    last = int(weeks.month[weeks.as_of_week])
    months = np.arange(max(last - periods + 1, int(weeks.month[0])), last + 1)
    n = len(pairs)
    first = max(weeks.as_of_week - tape_weeks + 1, 0)
    kept = (weeks.total - first, n)
    tape = Tape(
        first=first, units=np.zeros(kept, np.int32), net=np.zeros(kept, np.int64),
        gross=np.zeros(kept, np.int64), cogs=np.zeros(kept, np.int64),
        returned=np.zeros(kept, np.int32), on_hand=np.zeros(kept, np.int32),
        promoted=np.zeros(kept, np.bool_),
    )
    sim = Simulation(
        weeks=weeks, catalogue=catalogue, pairs=pairs,
        episodes=Episodes.draw(rng, weeks, len(CATEGORIES), catalogue),
        ledger=Ledger(n, months, keep_events=keep_events), tape=tape,
        disposals=[], arrivals=[], as_of={}, aged={},
    )
    shop = _Shop(sim, rng)
    for t in range(weeks.total):
        shop.week(t)
        if t == weeks.as_of_week - 13:
            age = t - shop.layers.oldest(shop.every)[0]
            sim.aged = {
                "aged": (shop.on_hand > 0) & (age * 7 > 120),
                "depth": shop.pricing.depth.copy(),
            }
        if t == weeks.as_of_week:
            sim.aged["depth_after"] = shop.pricing.depth.copy()
            sim.as_of = _snapshot(shop)
    return sim


def _snapshot(shop: _Shop) -> dict[str, Ints]:
    """Copy the state at the as-of date that frames are made from."""
    layers = shop.layers
    return {
        "on_hand": shop.on_hand.copy(), "cost": shop.cost.copy(), "damaged": shop.damaged.copy(),
        "layer_week": layers.week.copy(), "layer_units": layers.units.copy(),
        "layer_cost": layers.cost.copy(), "ticket": shop.pricing.ticket.copy(),
        "regular": shop.pricing.regular.copy(), "pipe": shop.pipe.copy(),
        "last_sale": shop.last_sale.copy(), "first_receipt": shop.first_receipt.copy(),
        "last_receipt": shop.last_receipt.copy(),
        "market": np.rint(shop.pricing.market(shop.sim.weeks.as_of_week)).astype(np.int64),
    }
