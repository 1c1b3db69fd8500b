"""Layers walk through locations on their receipt period: against an event by event second run."""

import numpy as np
import pytest

from invval_xl.accounting.ageing import age_layers_fifo
from invval_xl.accounting.transfer_ageing import layers_through_transfers
from invval_xl.findings import AccountingError


def movements(lines: int, periods: int) -> dict[str, np.ndarray]:
    zero = np.zeros((lines, periods))
    return {
        "opening_units": np.zeros(lines),
        "receipts": zero.copy(),
        "transfers_in": zero.copy(),
        "transfers_out": zero.copy(),
        "eop_units": zero.copy(),
    }


def test_store_stock_is_as_old_as_its_receipt_at_the_warehouse() -> None:
    made = movements(2, 3)
    made["receipts"][0] = [10, 0, 10]
    made["transfers_out"][0, 1] = made["transfers_in"][1, 1] = 4
    made["eop_units"][:] = [[10, 6, 16], [0, 4, 3]]
    found = layers_through_transfers([0, 0], **made)
    assert found.remaining_units.tolist() == [[6, 0, 10], [3, 0, 0]]
    assert found.older_units.tolist() == [0, 0]
    # ageing the store on its own receipts would explain nothing
    assert age_layers_fifo(made["receipts"][1:], [3]).unexplained_units.tolist() == [3]


def test_goods_on_the_road_keep_their_date_and_are_nowhere_lost() -> None:
    made = movements(2, 4)
    made["receipts"][0] = [10, 5, 0, 0]
    made["transfers_out"][0, 1] = 12  # ten of the first receipt, two of the second
    made["transfers_in"][1, 3] = 11
    made["eop_units"][:] = [[10, 3, 3, 3], [0, 0, 0, 11]]
    found = layers_through_transfers([0, 0], **made)
    assert found.remaining_units.tolist() == [[0, 3, 0, 0], [10, 1, 0, 0]]
    assert found.in_transit_units.tolist() == [[0, 0, 1, 0, 0]]


def test_two_stores_share_each_layer_in_proportion() -> None:
    made = movements(3, 2)
    made["receipts"][0] = [6, 6]
    made["transfers_out"][0, 1] = 9
    made["transfers_in"][:, 1] = [0, 6, 3]
    made["eop_units"][:] = [[6, 3], [0, 6], [0, 3]]
    found = layers_through_transfers([0, 0, 0], **made)
    assert found.remaining_units.tolist() == [[0, 3], [4, 2], [2, 1]]


def test_items_do_not_lend_each_other_layers() -> None:
    made = movements(4, 1)
    made["receipts"][:, 0] = [5, 0, 7, 0]
    made["transfers_out"][:, 0] = [5, 0, 7, 0]
    made["transfers_in"][:, 0] = [0, 5, 0, 0]
    made["eop_units"][:, 0] = [0, 5, 0, 0]
    found = layers_through_transfers([0, 0, 1, 1], **made)
    assert found.remaining_units[:, 0].tolist() == [0, 5, 0, 0]
    assert found.in_transit_units.tolist() == [[0, 0], [0, 7]]


def test_what_nothing_explains_is_older_never_young() -> None:
    made = movements(2, 2)
    made["opening_units"] = np.array([4.0, 0.0])
    made["receipts"][0] = [2, 0]
    made["transfers_in"][1, 0] = 3  # sent by nobody
    made["eop_units"][:] = [[5, 7], [3, 3]]  # one sold, then two counted up
    found = layers_through_transfers([0, 0], **made)
    assert found.remaining_units.tolist() == [[2, 0], [0, 0]]
    assert found.older_units.tolist() == [5, 3]


def test_more_sent_than_held_goes_on_as_older() -> None:
    made = movements(2, 1)
    made["receipts"][0] = 2
    made["transfers_out"][0] = made["transfers_in"][1] = 5
    made["eop_units"][1] = 5
    found = layers_through_transfers([0, 0], **made)
    assert found.remaining_units.tolist() == [[0], [2]]
    assert found.older_units.tolist() == [0, 3]
    assert not found.in_transit_units.any()
    made["transfers_in"][1] = made["eop_units"][1] = 0  # still on the road: all five are
    on_road = layers_through_transfers([0, 0], **made)
    assert on_road.in_transit_units.tolist() == [[3, 2]]


def by_units(made: dict[str, np.ndarray], lines: int, periods: int) -> np.ndarray:
    """The second run: queues of single units, one item, one receiver a period."""
    shelf: list[list[int]] = [[] for _ in range(lines)]
    for t in range(periods):
        for line in range(lines):
            shelf[line] += [t] * int(made["receipts"][line, t])
        road: list[int] = []
        for line in range(lines):
            sent = int(made["transfers_out"][line, t])
            road += shelf[line][:sent]
            shelf[line] = shelf[line][sent:]
        for line in range(lines):
            if made["transfers_in"][line, t]:
                shelf[line] = sorted(shelf[line] + road)
        for line in range(lines):
            shelf[line] = shelf[line][len(shelf[line]) - int(made["eop_units"][line, t]) :]
    return np.array([[units.count(t) for t in range(periods)] for units in shelf])


@pytest.mark.parametrize("seed", range(25))
def test_columns_equal_queues_of_single_units(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines, periods = 4, 8
    made = movements(lines, periods)
    held = np.zeros(lines, dtype=int)
    for t in range(periods):
        made["receipts"][:, t] = draw.integers(0, 12, lines) * (draw.random(lines) < 0.5)
        held += made["receipts"][:, t].astype(int)
        target = int(draw.integers(0, lines))
        sent = draw.integers(0, held + 1) * (np.arange(lines) != target)
        made["transfers_out"][:, t] = sent
        made["transfers_in"][target, t] = sent.sum()
        held -= sent
        held[target] += sent.sum()
        held -= draw.integers(0, held + 1)
        made["eop_units"][:, t] = held
    found = layers_through_transfers(np.zeros(lines, dtype=int), **made)
    np.testing.assert_array_equal(found.remaining_units, by_units(made, lines, periods))
    assert not found.older_units.any()
    assert not found.in_transit_units.any()


@pytest.mark.parametrize("seed", range(5))
def test_layers_and_older_units_are_the_ending_units_whatever_is_reported(seed: int) -> None:
    draw = np.random.default_rng(seed)
    made = {name: draw.integers(0, 9, (30, 6)).astype(float) for name in movements(1, 1)}
    made["opening_units"] = made["opening_units"][:, 0]
    found = layers_through_transfers(draw.integers(0, 7, 30), **made)
    total = found.remaining_units.sum(axis=1) + found.older_units
    np.testing.assert_allclose(total, made["eop_units"][:, -1], atol=1e-9)
    assert found.remaining_units.min() >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"receipts": [[-1.0]]},
        {"transfers_in": [[-1.0]]},
        {"transfers_out": [[np.nan]]},
        {"eop_units": [[-1.0]]},
        {"opening_units": [-1.0]},
        {"opening_units": [np.nan]},
        {"opening_units": [1.0, 1.0]},
        {"receipts": [[1.0, 1.0]]},
        {"receipts": [1.0]},
        {"item": [-1]},
        {"item": [0, 0]},
    ],
)
def test_impossible_movements_are_refused(change: dict) -> None:
    with pytest.raises(AccountingError) as refused:
        layers_through_transfers(**{"item": [0], **movements(1, 1), **change})
    assert refused.value.code == "FW111"


def test_nothing_at_all_is_nothing() -> None:
    found = layers_through_transfers([], **movements(0, 3))
    assert found.remaining_units.shape == (0, 3)
