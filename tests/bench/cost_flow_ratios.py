"""Cost flow over 1,000,000 layers, and each ratio on 1,000,000 items, against bare numpy.

Run: ``python tests/bench/cost_flow_ratios.py [rows]``. The bare expression is the same arithmetic
with no checks: for FIFO one cumulative sum over everything, which knows nothing of items. The plain
Python loop a layer is shown too. Medians of alternating runs in CPU seconds.
"""

from __future__ import annotations

import sys
import time
from functools import partial

import numpy as np

from invval_xl.accounting import (
    commitments,
    cost_flow,
    cover,
    layers,
    perpetual,
    plans,
    pricing,
    ratios,
    retail_method,
    tax,
)

ROUNDS = 9


def seconds(call) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def medians(rule, bare, rounds) -> tuple[float, float]:
    rule(), bare()
    pairs = [(seconds(rule), seconds(bare)) for _ in range(rounds)]
    ours, plain = (float(np.median(times)) for times in zip(*pairs, strict=True))
    return ours, plain


def loop_fifo(key, units, unit_costs, on_hand) -> list[float]:
    """FIFO ending as a loop would: a step a layer, newest first."""
    ending, left, current = [0.0] * len(on_hand), 0.0, None
    for item, count, cost in zip(reversed(key), reversed(units), reversed(unit_costs), strict=True):
        if item != current:
            current, left = item, on_hand[item]
        taken = min(left, count)
        ending[item] += taken * cost
        left -= taken
    return ending


def flows(n: int) -> None:
    draw = np.random.default_rng(7)
    print(f"\n{'cost flow, ' + format(n, ',') + ' layers':<46}{'seconds':>9}{'ratio':>9}")
    for name, items in (("one item", 1), ("10,000 items", 10_000), ("250,000 items", 250_000)):
        key = np.sort(draw.integers(0, items, n))
        key = np.unique(key, return_inverse=True)[1]
        units = np.floor(draw.random(n) * 90) + 1
        unit_costs = np.round(draw.random(n) * 90 + 1, 2)
        held = np.bincount(key, units)
        on_hand = np.floor(held * draw.random(held.size))

        def bare(units=units, unit_costs=unit_costs, on_hand=on_hand):
            reached = np.cumsum(units[::-1])[::-1]
            left = np.clip(on_hand.sum() - (reached - units), 0.0, units)
            return left @ unit_costs

        for method in ("fifo", "lifo", "average"):
            ours, plain = medians(
                partial(
                    cost_flow.ending_by_item, method, key, units, unit_costs, on_hand
                ),
                bare, 5,
            )  # fmt: skip
            print(f"{'ending ' + method + ', ' + name:<46}{ours:>9.3f}{ours / plain:>9.1f}")
        lists = key.tolist(), units.tolist(), unit_costs.tolist(), on_hand.tolist()
        slow = seconds(partial(loop_fifo, *lists))
        print(f"{'  a Python loop a layer, ' + name:<46}{slow:>9.3f}{slow / plain:>9.1f}")

        # A ledger: each receipt is followed by an issue of part of it.
        moved = np.empty(n)
        moved[0::2] = units[: moved[0::2].size]
        moved[1::2] = -np.floor(moved[0::2][: moved[1::2].size] * draw.random(moved[1::2].size))
        costs = np.where(moved > 0, unit_costs, np.nan)
        pair = np.repeat(np.arange((n + 1) // 2) * items // ((n + 1) // 2), 2)[:n]
        for method in ("fifo", "average", "lifo"):
            took = seconds(partial(perpetual.perpetual, method, moved, costs, item=pair))
            print(f"{'perpetual ' + method + ', ' + name:<46}{took:>9.3f}{took / plain:>9.1f}")
        took = seconds(partial(perpetual.lifo_left, moved, costs, item=pair))
        print(f"{'perpetual lifo, layers left, ' + name:<46}{took:>9.3f}{took / plain:>9.1f}")

    holders = 10_000
    days = np.datetime64("2024-01-01") + draw.integers(0, 700, n)
    book = layers.layers(draw.integers(0, holders, n), days, np.floor(draw.random(n) * 9), 2.5)
    held, _ = book.totals(holders)
    source = np.arange(holders // 2)
    took = seconds(
        lambda: layers.transfer(book, source, source + holders // 2, np.floor(held[source] / 3))
    )
    print(f"{'transfer of 5,000 holders, dates kept':<46}{took:>9.3f}")


def elementwise(n: int) -> None:
    draw = np.random.default_rng(3)
    a, b, c = (np.round(draw.random(n) * 100 + 1, 2) for _ in range(3))
    rate, other = draw.random(n) * 0.4, draw.random(n) * 0.4
    few = np.round(draw.random((n // 10, 12)) * 50 + 1)
    stock = np.round(draw.random(n // 10) * 300)
    cases = {
        "gross_margin": (lambda: ratios.gross_margin(a, b), lambda: a - b),
        "gross_margin_rate": (lambda: ratios.gross_margin_rate(a, b), lambda: (a - b) / a),
        "imu_rate": (lambda: ratios.imu_rate(a, b), lambda: (a - b) / a),
        "imu_rate_required": (
            lambda: ratios.imu_rate_required(rate, other, rate),
            lambda: (rate + other - 0.0 + 0.0 + rate) / (1.0 + rate),
        ),
        "mmu_rate": (lambda: ratios.mmu_rate(rate, other), lambda: rate - other * (1 - rate)),
        "average_inventory": (lambda: ratios.average_inventory(a, b), lambda: (a + b) / 2),
        "turn": (lambda: ratios.turn(a, b), lambda: a / b),
        "days_in_inventory": (lambda: ratios.days_in_inventory(a, b), lambda: 365.0 * b / a),
        "gmroi": (lambda: ratios.gmroi(a, b), lambda: a / b),
        "gmroi_from_turn": (
            lambda: ratios.gmroi_from_turn(rate, a),
            lambda: rate * a / (1 - rate),
        ),
        "shortage_rate": (lambda: ratios.shortage_rate(a, b), lambda: a / b),
        "price_from_margin": (lambda: pricing.price_from_margin(a, rate), lambda: a / (1 - rate)),
        "price_after_markdown": (
            lambda: pricing.price_after_markdown(a, rate),
            lambda: a * (1 - rate),
        ),
        "margin_rate_before_markdown": (
            lambda: pricing.margin_rate_before_markdown(rate, other),
            lambda: 1 - (1 - rate) * (1 - other),
        ),
        "breakeven_price": (
            lambda: pricing.breakeven_price(a, cost_to_sell_rate=rate),
            lambda: (a + 0.0 + 0.0) / (1 - rate),
        ),
        "sell_through": (lambda: cover.sell_through(a, b), lambda: a / b),
        "weeks_of_supply": (lambda: cover.weeks_of_supply(a, b), lambda: a / b),
        "bom_percentage_variation": (
            lambda: plans.bom_percentage_variation(a, b, c),
            lambda: b * (1 + a / c) / 2,
        ),
        "commitment_loss_by_unit": (
            lambda: commitments.commitment_loss_by_unit(a, b, c),
            lambda: np.maximum((a - 0.0) * np.maximum(b - np.maximum(c, 0), 0) - 0.0, 0),
        ),
        "allowed_write_down": (
            lambda: tax.allowed_write_down(a, b, bid_price=c),
            lambda: a * np.maximum(b - np.maximum(np.where(np.isnan(c), b, c), 0), 0),
        ),
        "retail_ending average": (
            lambda: retail_method.retail_ending("average", a, a + b, a, a + c, a),
            lambda: np.maximum(a + b + a + c - a, 0) * ((a + a) / (a + b + a + c)),
        ),
        "forward_cover, 12 periods, n / 10": (
            lambda: cover.forward_cover(stock, few),
            lambda: np.minimum(
                np.maximum(stock[:, None] - (np.cumsum(few, axis=1) - few), 0) / few, 1
            ).sum(axis=1),
        ),
    }
    print(f"\n{'elementwise, ' + format(n, ',') + ' items':<46}{'seconds':>9}{'ratio':>9}")
    for name, (rule, bare) in cases.items():
        ours, plain = medians(rule, bare, ROUNDS)
        print(f"{name:<46}{ours:>9.4f}{ours / plain:>9.2f}")


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    flows(rows)
    elementwise(rows)
