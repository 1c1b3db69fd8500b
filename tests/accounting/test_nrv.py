"""NRV and the lower of cost and it, against worked examples and refusals."""

import numpy as np
import pytest

from invval_xl.accounting.nrv import (
    lcnrv,
    net_realizable_value,
    price_net_of_tax,
    unit_write_down,
    write_down,
)
from invval_xl.findings import AccountingError


def test_every_cost_lowers_nrv_once() -> None:
    assert float(net_realizable_value(100, 10, 5, 0.08, 2)) == 100 - 10 - 5 - 8 - 2
    assert float(net_realizable_value(100, transport=2)) == 98
    assert float(net_realizable_value(100)) == 100


def test_geyer_write_down_to_fifty() -> None:
    nrv = net_realizable_value(70, cost_to_complete=20)
    assert (float(nrv), float(lcnrv(110, nrv)), float(unit_write_down(110, nrv))) == (50, 50, 60)


def test_ilikeaccounting_write_down_of_58() -> None:
    nrv = net_realizable_value(100, cost_to_sell=8)
    assert (float(nrv), float(write_down(1, 150, nrv))) == (92, 58)


def test_firm_contract_and_general_price_give_14_100_000() -> None:
    # IAS 2.31: 1,000 of 20,000 under contract at 1,500; the rest at 700; cost 800
    units, nrv = np.array([1000.0, 19000.0]), np.array([1500.0, 700.0])
    assert float((units * lcnrv(800, nrv)).sum()) == 14_100_000
    assert float(write_down(units, 800, nrv).sum()) == 1_900_000


def test_write_down_is_extended_after_the_unit_comparison() -> None:
    # totals would net: 10 x 100 against 10 x 90 + 10 x 110
    assert float(write_down([10, 10], 100, [90, 110]).sum()) == 100


def test_write_down_is_not_rounded() -> None:
    assert float(write_down(3, 1, 2 / 3)) == pytest.approx(1.0, abs=1e-15)
    assert float(write_down(1, 1, 2 / 3)) == 1 - 2 / 3


def test_unknown_in_any_part_is_unknown() -> None:
    assert np.isnan(net_realizable_value([np.nan, 1.0], 1.0)).tolist() == [True, False]
    assert np.isnan(net_realizable_value(10, cost_to_sell=np.nan))
    assert np.isnan(net_realizable_value(10, cost_to_sell_rate=np.nan))
    assert np.isnan(lcnrv([np.nan, 5], [5, np.nan])).all()
    assert np.isnan(write_down([np.nan, 1, 1], [1, np.nan, 1], [1, 1, np.nan])).all()


def test_shapes_broadcast_and_arguments_stay_untouched() -> None:
    price = np.array([[10.0], [20.0]])
    nrv = net_realizable_value(price, cost_to_sell_rate=[0.0, 0.1, 0.2])
    assert nrv.tolist() == [[10, 9, 8], [20, 18, 16]]
    same = net_realizable_value(price)
    same[0, 0] = -1.0
    assert price[0, 0] == 10.0


def test_price_net_of_tax_takes_the_tax_out_of_the_gross_price() -> None:
    assert price_net_of_tax([120, 107], [0.2, 0.07]).tolist() == [100, 100]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: net_realizable_value(-1), "FW113"),
        (lambda: net_realizable_value([1, -1], 0.5), "FW113"),
        (lambda: net_realizable_value(10, cost_to_complete=-1), "FW113"),
        (lambda: net_realizable_value(10, cost_to_sell=[0, -1]), "FW113"),
        (lambda: net_realizable_value(10, transport=-0.01), "FW113"),
        (lambda: net_realizable_value(10, cost_to_sell_rate=8), "FW114"),
        (lambda: net_realizable_value(10, cost_to_sell_rate=-0.1), "FW114"),
        (lambda: lcnrv(-1, 5), "FW110"),
        (lambda: unit_write_down([1, -1], 5), "FW110"),
        (lambda: write_down(1, -1, 5), "FW110"),
        (lambda: write_down(-1, 1, 5), "FW111"),
        (lambda: price_net_of_tax(-1, 0.2), "FW113"),
        (lambda: price_net_of_tax(1, 19), "FW114"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code


def test_the_refusal_names_the_first_offending_value_of_a_large_array() -> None:
    costs = np.ones(100_000)
    costs[[70_001, 90_000]] = [-3.5, -9.0]
    with pytest.raises(AccountingError, match=r"unit cost is -3\.5"):
        lcnrv(costs, 1.0)
    with pytest.raises(AccountingError, match=r"unit cost is -3\.5"):
        lcnrv(np.repeat(costs, 2)[::2], 1.0)  # not contiguous


def test_costs_are_never_taken_out_of_the_callers_own_price() -> None:
    price = np.array([10.0, 20.0])
    assert net_realizable_value(price, 1.0, 2.0).tolist() == [7, 17]
    assert net_realizable_value(price, transport=[1.0, 2.0]).tolist() == [9, 18]
    assert price.tolist() == [10, 20]


@pytest.mark.parametrize("rate", [1.01, -0.01])
def test_a_rate_may_be_all_of_the_price_but_no_more(rate: float) -> None:
    assert float(net_realizable_value(10, cost_to_sell_rate=1)) == 0
    assert float(price_net_of_tax(10, 1)) == 5
    with pytest.raises(AccountingError):
        net_realizable_value(10, cost_to_sell_rate=[0.5, rate])
    with pytest.raises(AccountingError):
        price_net_of_tax(10, rate)


def test_the_value_named_is_the_first_beyond_the_bound_not_one_at_it() -> None:
    with pytest.raises(AccountingError, match="unit cost is -7;"):
        lcnrv([0.0, -7.0, -9.0], 1.0)
    with pytest.raises(AccountingError, match=r"cost to sell rate is 1\.5;"):
        net_realizable_value(10, cost_to_sell_rate=[1.0, 1.5, 9.0])
