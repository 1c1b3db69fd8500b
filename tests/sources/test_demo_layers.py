"""The vectorised FIFO layers against a list of layers consumed one unit at a time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.sources.demo.layers import NO_WEEK, Layers, round_share


class ByHand:
    """One SKU-location: layers as [week, units, cost], oldest first."""

    def __init__(self) -> None:
        self.layers: list[list[int]] = []

    def put(self, week: int, units: int, cost: int) -> None:
        for layer in self.layers:
            if layer[0] == week:
                layer[1] += units
                layer[2] += cost
                break
        else:
            self.layers.append([week, units, cost])
            self.layers.sort()

    def take(self, wanted: int) -> int:
        spent = 0
        while wanted and self.layers:
            layer = self.layers[0]
            taken = min(wanted, layer[1])
            share = Fraction(layer[2] * taken, layer[1])
            cost = int(share + Fraction(1, 2)) if taken < layer[1] else layer[2]
            layer[1] -= taken
            layer[2] -= cost
            spent += cost
            wanted -= taken
            if not layer[1]:
                self.layers.pop(0)
        return spent


_put = st.tuples(st.just("put"), st.integers(0, 40), st.integers(1, 500), st.integers(100, 100_000))
_take = st.tuples(st.just("take"), st.integers(0, 700), st.just(0), st.just(0))


@given(st.lists(st.lists(_put | _take, max_size=25), min_size=1, max_size=4))
def test_layers_agree_with_a_ledger_kept_by_hand(histories):
    layers = Layers(len(histories), slots=2)
    hands = [ByHand() for _ in histories]
    for step in range(max(len(h) for h in histories)):
        for row, history in enumerate(histories):
            if step >= len(history):
                continue
            kind, a, units, cost = history[step]
            at = np.array([row])
            if kind == "put":
                layers.put(at, np.array([a]), np.array([units]), np.array([cost]))
                hands[row].put(a, units, cost)
            else:
                wanted = min(a, int(layers.units[row].sum()))
                assert int(layers.take(at, np.array([wanted]))[0]) == hands[row].take(wanted)
    for row, hand in enumerate(hands):
        some = layers.units[row] > 0
        found = np.stack([layers.week, layers.units, layers.cost], axis=-1)[row][some]
        assert sorted(found.tolist()) == hand.layers
        assert (layers.week[row][~some] == NO_WEEK).all()
        assert layers.cost[row][~some].sum() == 0


@given(st.integers(0, 10**9), st.integers(0, 10**4), st.integers(0, 10**4))
def test_parts_of_a_layer_are_whole_cents_and_add_up(cents, first, rest):
    whole = first + rest
    part = int(round_share(np.array([cents]), np.array([first]), np.array([whole]))[0])
    assert 0 <= part <= cents
    if whole:
        assert abs(part - Fraction(cents * first, whole)) <= Fraction(1, 2)
