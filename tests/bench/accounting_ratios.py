"""Each elementwise accounting rule on 1,000,000 items against the bare numpy expression.

Run: ``python tests/bench/accounting_ratios.py [items]``. Prints the ratio of the rule's time to
the time of the same arithmetic written out in numpy with no checks; goal: 1.5 or less. Each time
is the best of many runs, ours and the bare one in turn, in CPU seconds: what a busy machine adds
falls away.
"""

import sys
import time

import numpy as np

from invval_xl.accounting import (
    ageing,
    balance_set,
    expected_loss,
    lcm,
    money,
    nrv,
    reserve_tables,
    reversal,
    rollforward,
    tranches,
    valuation,
)

ROUNDS = 25


def seconds(call) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def ratio(rule, bare) -> tuple[float, float]:
    rule(), bare()
    pairs = [(seconds(rule), seconds(bare)) for _ in range(ROUNDS)]
    ours, plain = (min(times) for times in zip(*pairs, strict=True))
    return ours / plain, ours


def age_bare(receipts, on_hand):
    left = on_hand.copy()
    remaining = np.empty_like(receipts)
    for period in range(receipts.shape[-1] - 1, -1, -1):
        remaining[..., period] = np.minimum(left, receipts[..., period])
        left = left - remaining[..., period]
    return remaining


def lookup_bare(measure, table):
    place = np.searchsorted(table[:, 0], measure, side="right")
    return np.append(0.0, table[:, 1])[place]


def cases(n: int) -> dict:
    draw = np.random.default_rng(1)
    units = np.floor(draw.random(n) * 500)
    cost = np.round(draw.random(n) * 100, 2)
    price = np.round(draw.random(n) * 150, 2)
    realizable = price * 0.92
    replacement, profit = np.round(cost * 0.95, 2), np.round(price * 0.1, 2)
    complete, sell, transport = (np.round(draw.random(n) * 2, 2) for _ in range(3))
    rate, daily, age = draw.random(n) * 0.2, draw.random(n) * 3, np.floor(draw.random(n) * 900)
    firm, damaged = np.floor(draw.random(n) * 9), np.floor(draw.random(n) * 3)
    chance = draw.random(n)
    book, used = units * cost, units * cost * 0.3
    thirds = book * 0.137
    dates = np.datetime64("2025-12-31") - age.astype("timedelta64[D]")
    as_of = np.datetime64("2025-12-31")
    receipts = np.floor(draw.random((n // 10, 24)) * 40)
    on_hand = np.floor(draw.random(n // 10) * 600)
    table = np.array([[90, 0.1], [180, 0.25], [365, 0.5], [730, 1.0]])

    def split_bare():
        taken = np.minimum(units, firm)
        left = units - taken
        broken = np.minimum(left, damaged)
        left = left - broken
        demand = np.minimum(left, np.floor(daily * 365 + 0.5))
        return taken, broken, demand, left - demand, firm - taken, ~np.isnan(daily)

    def two_point_bare():
        marked = np.maximum(cost - np.maximum(realizable * 0.75, 0), 0)
        full = np.maximum(cost - np.maximum(realizable, 0), 0)
        return chance * marked + (1 - chance) * full

    two = expected_loss.two_point(realizable, realizable * 0.75, chance)
    return {
        "round_money": (
            lambda: money.round_money(thirds),
            lambda: np.copysign(np.floor(np.abs(thirds) * 100 + 0.5) / 100, thirds),
        ),
        "to_cents": (
            lambda: money.to_cents(book),
            lambda: np.rint(
                np.copysign(np.floor(np.abs(book) * 100 + 0.5) / 100, book) * 100
            ).astype(np.int64),
        ),
        "ending": (
            lambda: balance_set.ending(units, firm, damaged),
            lambda: units + firm - damaged,
        ),
        "balance_break": (
            lambda: balance_set.balance_break(units, firm, damaged, units),
            lambda: units - (units + firm - damaged),
        ),
        "average_unit_cost": (
            lambda: balance_set.average_unit_cost(book, units),
            lambda: book / np.where(units == 0, np.nan, units),
        ),
        "jump": (
            lambda: valuation.jump(units, "units", "cost", units, book),
            lambda: units * book / np.where(units == 0, np.nan, units),
        ),
        "net_realizable_value, price and rate": (
            lambda: nrv.net_realizable_value(price, cost_to_sell_rate=rate),
            lambda: price * (1 - rate),
        ),
        "net_realizable_value, all costs": (
            lambda: nrv.net_realizable_value(price, complete, sell, rate, transport),
            lambda: price - complete - sell - rate * price - transport,
        ),
        "price_net_of_tax": (
            lambda: nrv.price_net_of_tax(price, 0.2),
            lambda: price / 1.2,
        ),
        "lcnrv": (
            lambda: nrv.lcnrv(cost, realizable),
            lambda: np.minimum(cost, np.maximum(realizable, 0)),
        ),
        "unit_write_down": (
            lambda: nrv.unit_write_down(cost, realizable),
            lambda: np.maximum(0, cost - np.maximum(realizable, 0)),
        ),
        "write_down": (
            lambda: nrv.write_down(units, cost, realizable),
            lambda: units * np.maximum(0, cost - np.maximum(realizable, 0)),
        ),
        "market": (
            lambda: lcm.market(replacement, realizable, profit),
            lambda: np.minimum(np.maximum(replacement, realizable - profit), realizable),
        ),
        "lcm": (
            lambda: lcm.lcm(cost, replacement, realizable, profit),
            lambda: np.minimum(
                cost,
                np.maximum(np.minimum(np.maximum(replacement, realizable - profit), realizable), 0),
            ),
        ),
        "demand_rate": (
            lambda: tranches.demand_rate(units, 90.0),
            lambda: np.maximum(units, 0) / 90.0,
        ),
        "days_of_supply": (
            lambda: tranches.days_of_supply(units, daily),
            lambda: units / daily,
        ),
        "excess_units": (
            lambda: tranches.excess_units(units, daily, 365.0, firm),
            lambda: np.maximum(units - firm - daily * 365.0, 0),
        ),
        "split_units": (
            lambda: tranches.split_units(units, firm, damaged, daily, 365.0),
            split_bare,
        ),
        "markdown_prices": (
            lambda: expected_loss.markdown_prices(price, rate, chance),
            lambda: (price * (1 - rate), (1 - chance) * price + chance * price * (1 - rate)),
        ),
        "expected_shortfall, two outcomes": (
            lambda: expected_loss.expected_shortfall(cost, *two),
            lambda: (np.maximum(cost[:, None] - np.maximum(two[0], 0), 0) * two[1]).sum(axis=-1),
        ),
        "shortfall_of_expected_nrv, two outcomes": (
            lambda: expected_loss.shortfall_of_expected_nrv(cost, *two),
            lambda: np.maximum(cost - np.maximum((two[0] * two[1]).sum(axis=-1), 0), 0),
        ),
        "age_days": (
            lambda: ageing.age_days(dates, as_of),
            lambda: (as_of - dates).astype(np.float64),
        ),
        "age_layers_fifo, a tenth of the items by 24": (
            lambda: ageing.age_layers_fifo(receipts, on_hand),
            lambda: age_bare(receipts, on_hand),
        ),
        "age_reserve": (
            lambda: reserve_tables.age_reserve(book, age, table),
            lambda: book * lookup_bare(age, table),
        ),
        "coverage_reserve": (
            lambda: reserve_tables.coverage_reserve(units, cost, daily * 30, table),
            lambda: units * cost * lookup_bare(units / (daily * 30), table),
        ),
        "close": (
            lambda: rollforward.close(book, used, 0.0, used, 0.0),
            lambda: book + used + 0.0 - used - 0.0,
        ),
        "utilization_on_disposal": (
            lambda: rollforward.utilization_on_disposal(book, units + 1, firm),
            lambda: book * np.minimum(firm / (units + 1), 1),
        ),
        "permitted_reversal": (
            lambda: reversal.permitted_reversal("ifrs", used, cost, cost * 0.7, realizable),
            lambda: np.minimum(
                used,
                np.maximum(np.minimum(cost, np.maximum(realizable, 0)) - cost * 0.7, 0),
            ),
        ),
    }


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{n:,} items; rule over bare numpy, CPU, best of {ROUNDS}; goal 1.5 or less\n")
    over = 0
    for name, (rule, bare) in cases(n).items():
        found, ours = ratio(rule, bare)
        over += found > 1.5
        print(f"{name:45} {found:5.2f}   {1000 * ours:7.1f} ms{'   over' if found > 1.5 else ''}")
    print(f"\n{over} over the goal")


if __name__ == "__main__":
    main()
