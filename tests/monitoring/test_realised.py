"""What became of a cohort, by hand and against a second walk unit by unit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invval_xl.models.lookback import DISPOSED, RETURNED, SCRAPPED, SOLD
from invval_xl.monitoring.realised import outflows, realise, realised_rate

CLOSE = dt.date(2025, 6, 30)


def cohort(units=10.0, cost=50.0, rate=0.0):
    return pd.DataFrame(
        {"sku": ["A"], "location": ["S"], "units": [units], "cost": [cost],
         "cost_to_sell_rate": [rate], "base_price": [8.0]}
    )  # fmt: skip


def flows(*rows):
    columns = ["day", "kind", "units", "unit_value"]
    return pd.DataFrame(rows, columns=columns).assign(sku="A", location="S")


def test_first_in_first_out_by_hand() -> None:
    """Ten units at 5: six sold at 4, two liquidated at 1, one marked out, one left of three."""
    came = realise(
        cohort(), np.array([3.0]),
        flows((1, SOLD, 6.0, 4.0), (2, DISPOSED, 2.0, 1.0), (3, SCRAPPED, 1.0, 0.0)),
    ).iloc[0]  # fmt: skip
    assert (came.units_sold, came.units_disposed, came.units_scrapped) == (6, 2, 1)
    assert (came.units_left, came.units_moved) == (1, 0)
    assert (came.loss_sold, came.loss_disposed, came.loss_scrapped) == (6.0, 8.0, 5.0)
    assert came.net_proceeds == 26.0


def test_later_receipts_are_other_units_and_vendor_returns_lose_nothing() -> None:
    came = realise(
        cohort(), np.array([500.0]), flows((1, RETURNED, 4.0, np.nan), (9, SOLD, 400.0, 1.0))
    ).iloc[0]
    assert (came.units_returned, came.units_sold, came.units_left) == (4, 6, 0)
    assert came.loss_sold == pytest.approx(24.0)


def test_what_is_gone_without_a_trace_is_moved_not_lost() -> None:
    came = realise(cohort(), np.array([2.0]), flows((1, SOLD, 3.0, 9.0))).iloc[0]
    assert (came.units_left, came.units_moved) == (2, 5)
    assert came.filter(like="loss_").sum() == 0


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 40), st.sampled_from([SOLD, DISPOSED, SCRAPPED]),
        st.integers(1, 9), st.integers(0, 12),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.integers(1, 30), st.integers(0, 30), st.sampled_from([0.0, 0.1]))
def test_a_walk_unit_by_unit_agrees(events, held, on_hand, rate) -> None:
    frame = flows(*[(d, k, float(u), float(v)) for d, k, u, v in events])
    came = realise(cohort(float(held), held * 5.0, rate), np.array([float(on_hand)]), frame).iloc[0]
    left, losses, proceeds = held, {SOLD: 0.0, DISPOSED: 0.0, SCRAPPED: 0.0}, 0.0
    for _day, kind, units, value in sorted(events, key=lambda e: (e[0], e[1])):
        net = value * (1 - rate) if kind == SOLD else value
        for _ in range(units):
            if left:
                left -= 1
                losses[kind] += max(5.0 - net, 0.0)
                proceeds += net
    assert came.loss_sold == pytest.approx(losses[SOLD])
    assert came.loss_disposed == pytest.approx(losses[DISPOSED])
    assert came.loss_scrapped == pytest.approx(losses[SCRAPPED])
    assert came.net_proceeds == pytest.approx(proceeds)
    assert came.units_left == min(left, on_hand)
    assert came.filter(like="units_").sum() == pytest.approx(held)


def test_disposals_booked_as_markouts_count_once() -> None:
    ends = pd.to_datetime(["2025-07-31", "2025-08-31"])
    balance = pd.DataFrame(
        {"sku": "A", "location": "S", "period_end": ends, "sales_units": [1.0, 0.0],
         "sales_retail": [9.0, 0.0], "markouts_units": [5.0, 2.0]}
    )  # fmt: skip
    disposals = pd.DataFrame(
        {"date": pd.to_datetime(["2025-07-12"]), "sku": "A", "location": "S", "units": [4.0],
         "net_proceeds": [8.0]}
    )  # fmt: skip
    out = outflows({"BalanceSet": balance, "Disposals": disposals}, CLOSE, dt.date(2025, 8, 31))
    by = out.groupby("kind")["units"].sum().to_dict()
    assert by == {SOLD: 1.0, DISPOSED: 4.0, SCRAPPED: 3.0}
    assert out.loc[out["kind"] == DISPOSED, "unit_value"].tolist() == [2.0]


@pytest.mark.parametrize("place", ["blank", "absent"])
def test_a_disposal_without_a_location_belongs_where_its_sku_has_one_place(place) -> None:
    balance = pd.DataFrame(
        {"sku": ["A", "B", "B"], "location": ["S", "S", "T"],
         "period_end": pd.to_datetime(["2025-07-31"] * 3), "sales_units": 0.0, "sales_retail": 0.0}
    )  # fmt: skip
    gone = pd.DataFrame(
        {"date": pd.to_datetime(["2025-07-12"] * 2), "sku": ["A", "B"], "location": [None, "T"],
         "units": [4.0, 1.0], "net_proceeds": [8.0, 1.0]}
    )  # fmt: skip
    gone = gone if place == "blank" else gone.drop(columns="location")
    out = outflows({"BalanceSet": balance, "Disposals": gone}, CLOSE, dt.date(2025, 8, 31))
    assert out["location"].tolist() == ["S", "T" if place == "blank" else ""]


def test_nothing_on_or_before_the_close_is_read() -> None:
    history = pd.DataFrame(
        {"date": pd.to_datetime(["2025-06-30", "2025-07-01", "2025-09-01"]), "sku": "A",
         "location": "S", "units": 1.0, "net_sales": 5.0}
    )  # fmt: skip
    end = pd.to_datetime(["2025-07-31"])
    balance = pd.DataFrame({"sku": ["A"], "location": ["S"], "period_end": end})
    out = outflows({"BalanceSet": balance, "SalesHistory": history}, CLOSE, dt.date(2025, 8, 31))
    assert len(out) == 1


def test_the_realised_rate_is_of_the_horizon_and_unknown_before_it_is_over() -> None:
    day = int(np.datetime64(CLOSE, "D").astype(int))
    frame = flows((day + 10, SOLD, 2.0, 6.0), (day + 61, SOLD, 8.0, 1.0))
    known = realised_rate(cohort(), frame, CLOSE, dt.date(2025, 8, 31), 60)
    assert known.tolist() == [0.25]
    assert np.isnan(realised_rate(cohort(), frame, CLOSE, dt.date(2025, 8, 1), 60)).all()
