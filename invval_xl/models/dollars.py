"""The reserve of each fold's model against what its units brought: the dollars gate of training.

Each test day of the folds is a lookback: the model that was fitted on what was known then says
what it would have reserved, and the rest of the extract says what the units on hand then really
lost (:func:`~invval_xl.models.lookback.realised_loss`). The ageing tables, the refitted table and
a flat rate are judged alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.gates import Gate, GatePolicy, judge_dollars
from invval_xl.models.lookback import DISPOSED, SOLD, Outflow, left_loss, realised_loss
from invval_xl.models.loss import expected_reserve, observed_liquidation_rate
from invval_xl.models.score import score_with
from invval_xl.models.trained import Answering, Lookback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invval_xl.models.events import Events, Floats
    from invval_xl.models.facts import Facts
    from invval_xl.models.features import Features
    from invval_xl.models.lookback import RealisedLoss
    from invval_xl.models.markdown import Carried, Markdown
    from invval_xl.models.outlast import Outlast
    from invval_xl.models.sellability import Sellability

__all__ = [
    "FLAT_RATE",
    "Cohort",
    "DollarPolicy",
    "ageing_reserves",
    "judge_lookbacks",
    "net_liquidation_rate",
    "realised_of",
]

FLAT_RATE = 0.10
_LEAST_WINDOW = 60  # days a cohort must have been followed
_WHOLE_SHARE = 0.9  # of the demand horizon: a cohort followed for longer is decided
_STOCK_DAYS = 45  # a monthly count is current until the next one is overdue
_AGE_RATES = ((720.0, 1.00), (540.0, 0.75), (365.0, 0.50), (180.0, 0.25))


@dataclass(frozen=True)
class DollarPolicy:
    """Policy values a lookback reserves by; names are those of ``policy/default.toml``."""

    liquidation_rate: float = 0.50
    cost_to_sell_rate: float = 0.08
    demand_horizon_days: float = 365.0


@dataclass(frozen=True, eq=False)
class Cohort:
    """What one fold fitted, and the items of its test day."""

    day: int
    features: Features
    sellability: Sellability
    markdown: Markdown | None
    carried: Mapping[str, Carried]
    outlast: Outlast | None


def ageing_reserves(facts: Facts) -> dict[str, Floats]:
    """What the usual tables reserve: a quarter, half, three quarters, all, and a flat rate."""
    column = facts.columns
    cost = column["unit_cost"] * np.maximum(column["units_on_hand"], 0.0)

    def table(days: Floats) -> Floats:
        aged = [days > least for least, _ in _AGE_RATES]
        rates = np.select(aged, [rate for _, rate in _AGE_RATES], 0.0)
        return np.asarray(cost * rates, np.float64)

    since = column["days_since_last_sale"]
    return {
        "ageing by receipt": table(column["age_days"]),
        "ageing by last sale": table(np.where(np.isnan(since), 1e4, since)),
        f"flat {FLAT_RATE:.0%}": FLAT_RATE * cost,
    }


def net_liquidation_rate(
    events: Events, before: int, policy: DollarPolicy, regular_price: Floats
) -> tuple[float, int]:
    """Liquidation rate of the regular price before the cost to sell, and disposals behind it.

    What disposals dated before ``before`` brought; the policy's rate where there were none.
    """
    gone = events.disposals
    seen = gone.day < before
    rate, behind = observed_liquidation_rate(
        gone.values["units"][seen],
        gone.values["proceeds"][seen],
        regular_price[gone.item[seen]],
    )
    if not behind:
        return policy.liquidation_rate, 0
    return rate / (1.0 - policy.cost_to_sell_rate), behind


def realised_of(
    events: Events, facts: Facts, *, stop: int, policy: DollarPolicy, regular_price: Floats
) -> tuple[RealisedLoss, Floats]:
    """Loss of the units of ``facts`` from their date to ``stop``, and on what is left then."""
    n, start = events.n_items, facts.as_of
    place = np.full(n, -1, np.int64)
    place[facts.item] = np.arange(len(facts))
    sales, gone, other = events.sales, events.disposals, events.removed
    keep = 1.0 - policy.cost_to_sell_rate
    outflow = Outflow(
        place[np.concatenate([sales.item, gone.item, other.item])],
        np.concatenate([sales.day, gone.day, other.day]),
        np.concatenate([s.values["units"] for s in (sales, gone, other)]),
        np.concatenate(
            [sales.values["value"] * keep, gone.values["proceeds"], np.zeros(len(other))]
        ),
        np.concatenate(
            [
                np.full(len(sales), SOLD),
                np.full(len(gone), DISPOSED),
                other.values["kind"].astype(np.int64),
            ]
        ),
    )
    column, item = facts.columns, facts.item
    seen = realised_loss(
        column["units_on_hand"],
        column["unit_cost"],
        outflow,
        start=start,
        stop=stop,
        on_hand_then=events.stock.latest("units", n, stop, within=_STOCK_DAYS)[item],
    )
    units = sales.total("units", n, stop - 90, stop)[item]
    value = sales.total("value", n, stop - 90, stop)[item]
    rate, _ = net_liquidation_rate(events, stop, policy, regular_price)
    price = np.divide(value, units, out=np.full(len(units), np.nan), where=units > 0)
    left = left_loss(
        seen.left_units,
        column["unit_cost"],
        daily_rate=units / 90.0,
        days_to_go=policy.demand_horizon_days - (stop - start),
        ordinary_nrv=price * keep,
        liquidated_nrv=rate * column["reference_price"] * keep,
    )
    return seen, left


def judge_lookbacks(
    events: Events,
    cohorts: Sequence[Cohort],
    answering: Answering,
    *,
    gates: GatePolicy,
    policy: DollarPolicy,
) -> tuple[tuple[Lookback, ...], tuple[Gate, ...]]:
    """Reserves against realised losses, cohort by cohort, and the gate over all of them.

    Where enough cohorts were followed over the demand horizon they alone are judged: what is left
    of a younger one is measured at its present rate of sale, which knows no later collapse, and a
    true reserve looks too high against it.

    Parameters
    ----------
    answering
        Who answers after the gates: a fold reserves by the same kind of answer, its own.

    Returns
    -------
    tuple
        Nothing of either where the extract holds no stock at cost with a price.
    """
    stop = events.last_day + 1
    regular = _last_regular(events, stop)

    def looked_at(least: float, most: float) -> list[Lookback]:
        return [
            seen
            for cohort in cohorts
            if least <= stop - cohort.day < most
            if (seen := _look_back(events, cohort, answering, stop, policy, regular)) is not None
        ]

    whole = _WHOLE_SHARE * policy.demand_horizon_days
    looked = looked_at(whole, np.inf)
    if len(looked) < gates.lookbacks:
        looked += looked_at(_LEAST_WINDOW, whole)
    if not looked:
        return (), ()
    reserve = {who: [seen.reserve[who] for seen in looked] for who in looked[0].reserve}
    return tuple(looked), judge_dollars(reserve, [s.total for s in looked], policy=gates)


def _last_regular(events: Events, stop: int) -> Floats:
    """Regular price of each item at the end, or the last one it had (a disposed item is silent)."""
    from invval_xl.models.facts import reference_price

    price = reference_price(events, stop)
    last = events.lines.latest("listed", events.n_items, stop)
    return np.where(np.isfinite(price), price, last)


def _look_back(
    events: Events,
    cohort: Cohort,
    answering: Answering,
    stop: int,
    policy: DollarPolicy,
    regular: Floats,
) -> Lookback | None:
    facts = replace(cohort.features.facts, as_of=cohort.day)
    features = replace(cohort.features, facts=facts)
    rule = answering.carried.rule
    rates = answering.markdown_answered_by if cohort.markdown is not None else (rule,) * 3
    part = replace(
        answering,
        sellability=cohort.sellability,
        markdown=cohort.markdown,
        carried=cohort.carried[rule],
        markdown_answered_by=rates,
        outlast=cohort.outlast,
    )
    by_table = replace(part.by_table(), markdown_answered_by=(rule,) * 3, markdown=None)
    liquidation, _ = net_liquidation_rate(events, cohort.day, policy, regular)
    selling = np.full(len(facts), policy.cost_to_sell_rate)
    reserves = {
        who: expected_reserve(
            features,
            score_with(one, features, ""),
            liquidation_rate=liquidation,
            cost_to_sell_rate=selling,
            demand_horizon_days=policy.demand_horizon_days,
        )
        for who, one in (("model", part), ("ageing table refitted", by_table))
    }
    reserves |= ageing_reserves(facts)
    seen, left = realised_of(events, facts, stop=stop, policy=policy, regular_price=regular)
    known = np.isfinite(seen.realised + left) & np.isfinite(reserves["model"])
    if not known.any():
        return None
    cost = facts.columns["unit_cost"] * np.maximum(facts.columns["units_on_hand"], 0.0)
    return Lookback(
        day=cohort.day,
        window_days=stop - cohort.day,
        items=int(known.sum()),
        cost=round(float(cost[known].sum()), 2),
        realised=round(float(seen.realised[known].sum()), 2),
        left=round(float(left[known].sum()), 2),
        reserve={who: round(float(r[known].sum()), 2) for who, r in reserves.items()},
    )
