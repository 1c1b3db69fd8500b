"""A week in the shops: price, receive, take back, sell, lose, clear, move, dispose, order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.books import Cohort, Disposal, Simulation
from invval_xl.sources.demo.catalogue import location_names
from invval_xl.sources.demo.demand import Demand
from invval_xl.sources.demo.pricing import Pricing
from invval_xl.sources.demo.stock import Stock

__all__ = ["STUDY_ON_HAND", "STUDY_SALES", "Shop"]

Ints = NDArray[np.int64]

_RING = 32  # weeks an order can be under way
# the study item's sales by week: 74 before the last 90 days, then 71, then 18 in the last 30
STUDY_SALES = (10, 9, 9, 10, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8, 4, 4, 3, 4, 3)
STUDY_ON_HAND = 1250


class Shop:
    """The state of all SKU-locations while the weeks pass."""

    def __init__(self, sim: Simulation, rng: np.random.Generator) -> None:
        self.sim, self.rng = sim, rng
        cat, pairs, weeks = sim.catalogue, sim.pairs, sim.weeks
        n = len(pairs)
        self.stock = Stock(n, sim.ledger)
        self.demand = Demand(rng, cat, pairs.item, pairs.location, pairs.locations, weeks,
                             sim.episodes)  # fmt: skip
        west = np.array([name[2] == "West" for name in location_names(pairs.locations)])
        self.pricing = Pricing(rng, cat, pairs.item, west[pairs.location], weeks)
        self.pipe = np.zeros((_RING, n), dtype=np.int64)
        self.on_order = np.zeros(n, dtype=np.int64)
        self.last_receipt = np.full(n, -999, dtype=np.int64)
        self.last_sale = np.full(n, -999, dtype=np.int64)
        self.first_receipt = np.full(n, -1, dtype=np.int64)
        self.rate = self.demand.mean_rate.copy()  # the buyer's estimate, deseasonalized
        self.recent_sales = np.zeros(n)
        self.bad_batch = np.zeros(n, dtype=bool)
        self.every = np.arange(n)
        # the study item follows its script up to the as-of date: nothing random befalls it
        self.free = np.ones(n, dtype=bool)
        self.free[pairs.study] = False
        self._watched: list[tuple[int, Ints, NDArray[np.float64]]] = []

    @property
    def ticket(self) -> Ints:
        """Current ticket of each pair, in cents."""
        ticket: Ints = self.pricing.ticket[self.sim.pairs.item]
        return ticket

    def week(self, t: int) -> None:
        """Live through week ``t``, in the order it is booked."""
        sim, stock = self.sim, self.stock
        month = int(sim.weeks.month[t])
        sim.ledger.open_week(month, stock.on_hand, stock.cost, stock.on_hand * self.ticket)
        if t > sim.weeks.as_of_week:
            self.free[sim.pairs.study] = True
        self.pricing.reprice(t, stock.on_hand, self.rate, self.last_receipt, self.free, sim.ledger)
        self._receive(t)
        returned = self._take_back()
        self._sell(t, returned)
        self._lose(t)
        self._clear_damaged(t)
        self._transfer(t)
        self._dispose(t)
        self._correct_invoices()
        self._order(t)
        self._watch_aged(t)
        sim.ledger.close_week(t, month, stock.on_hand, stock.cost, stock.on_hand * self.ticket)

    def _receive(self, t: int) -> None:
        cat, pairs = self.sim.catalogue, self.sim.pairs
        arrived = self.pipe[t % _RING].copy()
        self.pipe[t % _RING] = 0
        self.on_order -= arrived
        arrived += self._initial_buy(t)
        rows = np.flatnonzero(arrived)
        units, item, free = arrived[rows], pairs.item[rows], self.free[rows]
        drift = np.where(free, 1.0 + self.rng.normal(0.0, h.COST_DRIFT_SIGMA, len(rows)), 1.0)
        cost = units * np.rint(cat.cost_cents[item] * drift).astype(np.int64)
        week = np.full(len(rows), t)
        self.stock.into("receipts", rows, week, units, cost, units * self.ticket[rows])
        freight = np.rint(cost * cat.freight_rate[item] * free).astype(np.int64)
        allowance = np.rint(cost * cat.allowance_rate[item] * free).astype(np.int64)
        self.stock.land(rows, week, freight, allowance)
        self.last_receipt[rows] = t
        self.first_receipt[rows] = np.where(
            self.first_receipt[rows] < 0, t, self.first_receipt[rows]
        )
        bad = np.isin(cat.supplier[item], cat.bad_suppliers)
        self.bad_batch[rows] = bad & (self.rng.random(len(rows)) < h.BAD_BATCH_RATE)

    def _initial_buy(self, t: int) -> Ints:
        """Launch quantities: the whole life in two drops for one-time buys, else ten weeks."""
        cat, item = self.sim.catalogue, self.sim.pairs.item
        began = np.maximum(cat.launch_week[item], 0)
        once = cat.one_time_buy[item]
        life_left = np.maximum(cat.end_week[item] - began, 0)
        plan = self.demand.mean_rate * cat.plan_error[item]
        whole = np.where(
            once, plan * life_left * h.ONE_TIME_SHARE_OF_LIFE, plan * h.LAUNCH_COVER_WEEKS
        )
        share = np.where(
            once, np.where(t == began, h.FIRST_DROP_SHARE, 1.0 - h.FIRST_DROP_SHARE), 1.0
        )
        # an item superseded before the second drop is not bought again
        gone = (cat.superseded_week[item] >= 0) & (cat.superseded_week[item] + 3 <= t)
        due = (
            ((t == began) | (once & (t == began + h.SECOND_DROP_WEEK)))
            & (life_left > h.LAUNCH_LEAST_LIFE_WEEKS)
            & ~gone
        )
        pack = cat.pack[item]
        units = np.where(due, np.ceil(whole * share / pack) * pack, 0.0).astype(np.int64)
        study = self.sim.pairs.study
        first = self.sim.weeks.as_of_week - len(STUDY_SALES)
        units[study] = STUDY_ON_HAND + sum(STUDY_SALES) if t == first else 0
        return units

    def _take_back(self) -> Ints:
        """Book customer returns at the cost and date they left with; some are damaged."""
        cat, item, stock = self.sim.catalogue, self.sim.pairs.item, self.stock
        chance = cat.return_rate[item] * np.where(self.bad_batch, h.BAD_RETURN_FACTOR, 1.0)
        mean = np.where(self.free, self.recent_sales * chance, 0.0)
        units = np.minimum(self.rng.poisson(mean), np.floor(self.recent_sales).astype(np.int64))
        self.recent_sales *= 0.6
        rows = np.flatnonzero(units)
        found = units[rows]
        stock.into(
            "customer_returns", rows, stock.layers.last_week[rows], found,
            found * stock.layers.last_unit_cost[rows], found * self.ticket[rows],
        )  # fmt: skip
        spoiled = np.where(self.bad_batch[rows], h.BAD_SPOILED_RATE, h.SPOILED_RATE)
        stock.damaged[rows] += self.rng.binomial(found, spoiled)
        return units

    def _sell(self, t: int, returned: Ints) -> None:
        sim, price, stock = self.sim, self.pricing, self.stock
        wanted = self.demand.draw(t, price.lift)
        if t <= sim.weeks.as_of_week:
            script = t - (sim.weeks.as_of_week - len(STUDY_SALES)) - 1
            wanted[sim.pairs.study] = STUDY_SALES[script] if script >= 0 else 0
        sellable = stock.sellable
        units = np.minimum(wanted, sellable)
        paid = price.paid
        to_staff = self.rng.binomial(units, h.STAFF_SHARE) * self.free
        staff_discount = np.rint(to_staff * paid * h.STAFF_DISCOUNT_RATE).astype(np.int64)
        net = units * paid - staff_discount
        cogs = stock.out("sales", self.every, units, net)
        off_ticket = units * (self.ticket - paid)
        sim.ledger.post("promotional_markdowns", "retail", self.every, off_ticket)
        sim.ledger.post("employee_discounts", "retail", self.every, staff_discount)
        learns = (sellable > 0) & (self.first_receipt >= 0) & self.free
        seen = units / np.maximum(self.demand.season(t), 0.2)
        self.rate = np.where(
            learns, (1.0 - h.ESTIMATE_WEIGHT) * self.rate + h.ESTIMATE_WEIGHT * seen, self.rate
        )
        self.recent_sales += 0.4 * units
        self.last_sale[units > 0] = t
        sim.tape.record(
            t, units=units, net=net, cogs=cogs, gross=units * price.regular[sim.pairs.item],
            returned=returned, on_hand=stock.on_hand, promoted=price.promoted,
        )  # fmt: skip

    def _lose(self, t: int) -> None:
        """Shrink, and cycle counts every thirteenth week that find a unit or two either way."""
        rng, stock = self.rng, self.stock
        lost = rng.binomial(stock.sellable * self.free, h.SHRINK_RATE)
        stock.out("shrink", self.every, lost, lost * self.ticket)
        counted = np.flatnonzero(
            (self.every % h.COUNT_WEEKS == t % h.COUNT_WEEKS)
            & (stock.on_hand > stock.damaged + h.COUNT_LEAST_UNITS)
            & self.free
        )
        counted = counted[rng.random(len(counted)) < h.COUNT_DIFFERENCE_RATE]
        signed = rng.integers(1, 3, len(counted)) * rng.choice([-1, 1], len(counted))
        stock.count(counted, signed, self.ticket)

    def _clear_damaged(self, t: int) -> None:
        """Every fourth week most damaged units go back to the vendor or are marked out."""
        stock = self.stock
        rows = np.flatnonzero(
            (stock.damaged > 0) & (self.every % h.REVIEW_WEEKS == t % h.REVIEW_WEEKS) & self.free
        )
        units = np.minimum(
            self.rng.binomial(stock.damaged[rows], h.DAMAGED_CLEARED_RATE), stock.on_hand[rows]
        )
        stock.damaged[rows] -= units
        retail = units * self.ticket[rows]
        back = self.sim.catalogue.supplier[self.sim.pairs.item[rows]] % 3 == 0
        stock.out("vendor_returns", rows[back], units[back], retail[back])
        stock.out("markouts", rows[~back], units[~back], retail[~back])
        stock.damaged = np.minimum(stock.damaged, stock.on_hand)

    def _transfer(self, t: int) -> None:
        """Every fourth week an item's longest location helps its shortest one, the same day."""
        locations, study = self.sim.pairs.locations, self.sim.pairs.study
        if locations == 1:
            return
        stock = self.stock
        by_item = (study // locations, locations)
        rate = np.maximum(self.rate[:study].reshape(by_item), 0.05)
        cover = stock.sellable[:study].reshape(by_item) / rate
        items = np.flatnonzero(
            (np.arange(len(cover)) % h.REVIEW_WEEKS == t % h.REVIEW_WEEKS)
            & (cover.max(axis=1) > h.TRANSFER_FROM_COVER)
            & (cover.min(axis=1) < h.TRANSFER_TO_COVER)
            & (self.first_receipt[:study].reshape(by_item).min(axis=1) >= 0)
            & (self.rng.random(len(cover)) < h.TRANSFER_RATE)
        )
        source = items * locations + cover[items].argmax(axis=1)
        target = items * locations + cover[items].argmin(axis=1)
        week, oldest = stock.layers.oldest(source)
        spare = stock.sellable[source] - h.TRANSFER_KEEP_WEEKS * self.rate[source]
        units = np.minimum(
            np.minimum(spare, h.TRANSFER_GIVE_WEEKS * self.rate[target]), oldest
        ).astype(np.int64)
        some = units > 0
        source, target, week, units = source[some], target[some], week[some], units[some]
        retail = units * self.ticket[source]
        cost = stock.out("transfers_out", source, units, retail)
        stock.into("transfers_in", target, week, units, cost, retail)

    def _dispose(self, t: int) -> None:
        """Quarterly, dead stock goes to a liquidator at about half of the market price."""
        month = self.sim.weeks.month
        opens = t == 0 or month[t] != month[t - 1]
        if not opens or month[t] % 12 + 1 not in h.DISPOSAL_MONTHS:
            return
        stock = self.stock
        cover = stock.on_hand / np.maximum(self.rate, 0.02)
        silent = t - np.maximum(self.last_sale, self.first_receipt)
        age = t - stock.layers.oldest(self.every)[0]
        dead = ((silent >= h.DISPOSAL_SILENT_WEEKS) & (age > h.DISPOSAL_AGE_WEEKS)) | (
            (cover > h.DISPOSAL_COVER_WEEKS) & (age > h.DISPOSAL_COVERED_AGE_WEEKS)
        )
        dead &= (stock.on_hand > 0) & self.free
        rows = np.flatnonzero(dead & (self.rng.random(len(dead)) < h.DISPOSAL_RATE))
        units = stock.on_hand[rows].copy()
        price = self.pricing.market(t)[rows] * self.rng.uniform(*h.DISPOSAL_PRICES, len(rows))
        gross = np.rint(units * price).astype(np.int64)
        selling = np.rint(gross * h.COST_TO_SELL_RATE).astype(np.int64)
        stock.out("markouts", rows, units, units * self.ticket[rows])
        stock.damaged[rows] = 0
        self.sim.disposals.append(Disposal(t, rows, units, gross, selling))

    def _correct_invoices(self) -> None:
        """Now and then an invoice is corrected: the newest layer's cost moves a little."""
        struck = (
            (self.stock.on_hand > 0)
            & self.free
            & (self.rng.random(len(self.free)) < h.INVOICE_CORRECTION_RATE)
        )
        rows = np.flatnonzero(struck)
        self.stock.revalue(rows, self.rng.normal(0.0, h.INVOICE_CORRECTION_SIGMA, len(rows)))

    def _order(self, t: int) -> None:
        """Replenish what is not a one-time buy, not ending and not being cleared."""
        cat, item = self.sim.catalogue, self.sim.pairs.item
        lead = cat.lead_weeks[item]
        stop = cat.end_week[item] + cat.buyer_lag[item] - lead
        superseded = cat.superseded_week[item]
        stop = np.where(superseded >= 0, np.minimum(stop, superseded + h.NOTICE_WEEKS), stop)
        review = (
            (self.every % h.REVIEW_WEEKS == t % h.REVIEW_WEEKS)
            & ~cat.one_time_buy[item]
            & (self.first_receipt >= 0)
        )
        review &= (t < stop) & (t > cat.launch_week[item] + 2) & self.pricing.at_full_price
        ahead = self.demand.season(t + h.SEASON_AHEAD_WEEKS)
        bias = 0.6 + 0.4 * cat.plan_error[item]
        target = self.rate * ahead * bias * (lead + h.REORDER_COVER_WEEKS)
        short = target - self.stock.sellable - self.on_order
        pack = cat.pack[item]
        units = np.where(review & (short > 0), np.ceil(short / pack) * pack, 0.0).astype(np.int64)
        rows = np.flatnonzero(units)
        arrival = self.sim.episodes.delay(t + lead[rows], cat.supplier[item[rows]])
        self.pipe[arrival % _RING, rows] += units[rows]
        self.on_order[rows] += units[rows]

    def _watch_aged(self, t: int) -> None:
        """Follow stock past 120 days in the year before the as-of date: was it cut, how deep."""
        as_of = self.sim.weeks.as_of_week
        if as_of - 52 - h.WATCHED_WEEKS < t <= as_of - h.WATCHED_WEEKS:
            age = t - self.stock.layers.oldest(self.every)[0]
            rows = np.flatnonzero((self.stock.on_hand > 0) & (age == h.AGED_WEEKS) & self.free)
            rows = rows[self.pricing.depth[rows] == 0.0]
            self._watched.append((t, rows, self.pricing.depth[rows]))
        while self._watched and self._watched[0][0] == t - h.WATCHED_WEEKS:
            began, rows, before = self._watched.pop(0)
            cut = np.maximum(self.pricing.depth[rows] - before, 0.0)
            self.sim.cohorts.append(Cohort(began, rows, cut))
