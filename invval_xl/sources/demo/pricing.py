"""Prices: regular, ticket, local clearance, promotions; permanent changes are booked at retail.

A location clears on its own (a POS markdown off the ticket); the chain's ticket follows when
every location that holds the item clears it. So one ticket values an item everywhere, transfers
net to zero at retail, and EOP retail is units times that ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.catalogue import CATEGORIES, Catalogue

if TYPE_CHECKING:
    from invval_xl.sources.demo.ledger import Ledger
    from invval_xl.sources.demo.weeks import Weeks

__all__ = ["Pricing"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Pricing:
    """Price state of all items and pairs."""

    def __init__(
        self,
        rng: np.random.Generator,
        catalogue: Catalogue,
        item: Ints,
        early_region: NDArray[np.bool_],
        weeks: Weeks,
    ) -> None:
        self._rng, self._item, self._weeks = rng, item, weeks
        self._catalogue = catalogue
        self.regular = catalogue.regular_cents.copy()
        self.ticket = catalogue.regular_cents.copy()
        self.depth = np.zeros(len(item))
        self._ticket_depth = np.zeros(len(catalogue))
        self._last_cut = np.full(len(item), -999, dtype=np.int64)
        self._cadence = np.where(early_region, h.EARLY_CADENCE_WEEKS, h.CADENCE_WEEKS)
        self._elasticity = np.array([c.elasticity for c in CATEGORIES])[catalogue.category[item]]
        self._starts = np.flatnonzero(np.diff(item, prepend=-1))
        self._promo = np.zeros(len(catalogue))
        self._cancel_cut = np.full(len(catalogue), -1, dtype=np.int64)
        self._cancel_markup = np.full(len(catalogue), -1, dtype=np.int64)
        self._before_markup = self.regular.copy()

    @property
    def at_full_price(self) -> NDArray[np.bool_]:
        """Pairs whose item's ticket and own price are not cut."""
        uncut: NDArray[np.bool_] = (self.depth == 0.0) & (self._ticket_depth[self._item] == 0.0)
        return uncut

    @property
    def promoted(self) -> NDArray[np.bool_]:
        """Pairs on promotion this week."""
        promoted: NDArray[np.bool_] = self._promo[self._item] > 0.0
        return promoted

    @property
    def paid(self) -> Ints:
        """Price paid at each pair this week, in cents."""
        regular = self.regular[self._item]
        own = np.rint(regular * (1.0 - self.depth)).astype(np.int64)
        own = np.minimum(own, self.ticket[self._item])
        return np.rint(own * (1.0 - self._promo[self._item])).astype(np.int64)

    @property
    def lift(self) -> Floats:
        """What this week's price does to demand."""
        factor: Floats = (self.paid / self.regular[self._item]) ** -self._elasticity
        return factor

    def market(self, t: int) -> Floats:
        """Market price in cents: about the ticket, lower once an item has been replaced."""
        cat = self._catalogue
        gone = (cat.superseded_week >= 0) & (t >= cat.superseded_week)
        faded = np.clip((t - cat.end_week) / h.MARKET_FADE_WEEKS, 0.0, 1.0)
        level = (
            cat.market_factor
            * np.where(gone, h.MARKET_AFTER_SUPERSESSION, 1.0)
            * (1.0 - h.MARKET_FADE * faded)
        )
        cents: Floats = (self.ticket * level)[self._item]
        return cents

    def reprice(
        self,
        t: int,
        on_hand: Ints,
        rate: Floats,
        last_receipt: Ints,
        free: NDArray[np.bool_],
        ledger: Ledger,
    ) -> None:
        """Take this week's cuts, increases and cancellations, and book the permanent ones."""
        self._draw_promotions()
        self._clear_locally(t, on_hand, rate, last_receipt, free)
        self._follow_with_ticket(t, on_hand, ledger)
        self._annual_increase(t, on_hand, free, ledger)

    def _draw_promotions(self) -> None:
        """Promotions in 4 % of item-weeks, 15 to 20 % off, on uncut items."""
        n = len(self.ticket)
        draw = self._rng.random(n) < h.PROMOTION_RATE
        size = self._rng.choice(h.PROMOTIONS, n)
        draw &= self._ticket_depth == 0.0
        draw[-1] = False  # the study item's average price is given
        self._promo = np.where(draw, size, 0.0)

    def _clear_locally(
        self, t: int, on_hand: Ints, rate: Floats, last_receipt: Ints, free: NDArray[np.bool_]
    ) -> None:
        since = t - last_receipt
        cover = on_hand / np.maximum(rate, 0.02)
        # the chain's buyers know an item's planned end; they do not know of a supersession
        ending = t >= (self._catalogue.end_week - h.ENDING_WEEKS)[self._item]
        first = (
            (on_hand > 0)
            & free
            & (self.depth == 0.0)
            & (last_receipt >= 0)
            & (
                (since >= self._cadence) & (cover > h.CUT_COVER_WEEKS)
                | ending & (cover > h.ENDING_COVER_WEEKS)
            )
        )
        further = (
            (on_hand > 0)
            & free
            & (self.depth > 0.0)
            & (self.depth < h.DEEPEST_CUT)
            & (t - self._last_cut >= h.CUT_INTERVAL_WEEKS)
            & (cover > h.FURTHER_COVER_WEEKS)
        )
        # stock gone: the next receipt starts at the regular price again
        chain = np.add.reduceat(on_hand, self._starts)
        restart = chain[self._item] == 0
        self.depth = np.where(
            first, h.CUT, np.where(further, self.depth + h.FURTHER_CUT, self.depth)
        )
        self.depth = np.minimum(self.depth, h.DEEPEST_CUT)
        self._last_cut = np.where(first | further, t, self._last_cut)
        self.depth[restart] = 0.0
        self._ticket_depth[chain == 0] = 0.0
        self.ticket = np.where(chain == 0, self.regular, self.ticket)

    def _follow_with_ticket(self, t: int, on_hand: Ints, ledger: Ledger) -> None:
        """Cut the ticket to the shallowest local depth; now and then a cut is cancelled."""
        held = np.where(on_hand > 0, self.depth, 1.0)
        shallowest = np.minimum.reduceat(held, self._starts)
        shallowest = np.where(shallowest == 1.0, 0.0, shallowest)
        due = self._cancel_cut == t
        cut = (shallowest > self._ticket_depth + 1e-9) & ~due & (self._cancel_cut < t)
        self._ticket_depth = np.where(cut, shallowest, self._ticket_depth)
        restored = due & (self._ticket_depth > 0.0)
        self._ticket_depth = np.where(restored, 0.0, self._ticket_depth)
        mistaken = cut & (self._rng.random(len(cut)) < h.MISTAKEN_CUT_RATE)
        self._cancel_cut = np.where(mistaken, t + h.MISTAKEN_CUT_WEEKS, self._cancel_cut)
        new = np.rint(self.regular * (1.0 - self._ticket_depth)).astype(np.int64)
        self.depth = np.where(restored[self._item], 0.0, self.depth)
        self.depth = np.maximum(self.depth, self._ticket_depth[self._item])
        self._last_cut = np.where(restored[self._item], t, self._last_cut)
        self._book("markdowns", cut, new, on_hand, ledger)
        self._book("markdown_cancellations", restored, new, on_hand, ledger)

    def _annual_increase(
        self, t: int, on_hand: Ints, free: NDArray[np.bool_], ledger: Ledger
    ) -> None:
        """Once a year 4 % on half of the uncut items; one in ten is taken back after six weeks."""
        n = len(self.ticket)
        place = self._weeks.year_week
        at_full = self._ticket_depth == 0.0
        at_full &= np.add.reduceat(self.depth, self._starts) == 0.0
        at_full &= np.logical_and.reduceat(free, self._starts)
        if t > 0 and place[t - 1] < h.INCREASE_WEEK <= place[t]:
            up = at_full & (self._rng.random(n) < h.INCREASE_SHARE)
            self._before_markup = self.regular.copy()
            raised = np.rint(self.regular * h.INCREASE_RATE).astype(np.int64)
            self.regular = np.where(up, raised, self.regular)
            self._book("markups", up, self.regular, on_hand, ledger)
            back = up & (self._rng.random(n) < h.INCREASE_CANCELLED_RATE)
            self._cancel_markup = np.where(
                back, t + h.INCREASE_CANCELLED_WEEKS, self._cancel_markup
            )
        undo = (self._cancel_markup == t) & at_full
        if undo.any():
            self.regular = np.where(undo, self._before_markup, self.regular)
            self._book("markup_cancellations", undo, self.regular, on_hand, ledger)

    def _book(
        self,
        measure: str,
        which: NDArray[np.bool_],
        new: Ints,
        on_hand: Ints,
        ledger: Ledger,
    ) -> None:
        """Move the ticket of ``which`` items to ``new`` and post the change on units on hand."""
        change = np.where(which, new - self.ticket, 0)
        self.ticket = np.where(which, new, self.ticket)
        ledger.post(
            measure, "retail", np.arange(len(on_hand)), np.abs(change)[self._item] * on_hand
        )
