"""Published examples of reserves: tables, ageing, Schedule II, and the seed's SKU #47382."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.ageing import weighted_average_age
from invval_xl.accounting.balance_set import average_unit_cost
from invval_xl.accounting.cost_flow import ending
from invval_xl.accounting.cover import sell_through, weeks_of_supply
from invval_xl.accounting.expected_loss import expected_nrv
from invval_xl.accounting.layers import issue, layers, transfer
from invval_xl.accounting.nrv import net_realizable_value, write_down
from invval_xl.accounting.pricing import breakeven_price, price_after_markdown
from invval_xl.accounting.ratios import rate_of_change
from invval_xl.accounting.reserve_tables import age_reserve, coverage_reserve
from invval_xl.accounting.rollforward import schedule_ii
from invval_xl.accounting.tranches import days_of_supply, demand_rate, excess_units


def test_reserve_eclipse_layered_writedown(agrees):
    """Epicor Eclipse help, layered inventory valuation: 90 pieces at 1.00 in each quarter."""
    table = [[0, 0.2], [91, 0.4], [182, 0.6], [273, 0.8]]
    reserve = age_reserve([90, 90, 90, 90], [45, 130, 220, 310], table).reserve_cost
    for ours, exact in zip(reserve, [18, 36, 54, 72], strict=True):
        agrees(ours, exact, f"{exact}.00")
    agrees(reserve.sum(), 180)


def test_reserve_tiers_calcbee(agrees):
    """calcbee.com obsolescence calculator: 0, 25, 50 and 100 % by half years."""
    cost = np.array([1000, 500, 200, 100]) * 20.0
    table = [[0, 0.0], [183, 0.25], [365, 0.5], [548, 1.0]]
    reserve = age_reserve(cost, [90, 270, 450, 700], table).reserve_cost
    for ours, exact in zip(reserve, [0, 2500, 2000, 2000], strict=True):
        agrees(ours, exact, f"{exact}")
    agrees(reserve.sum(), 6500, "6,500")
    agrees(cost.sum(), 36000, "36,000")
    agrees(100 * reserve.sum() / cost.sum(), 18.0555555556, "18.06")


def test_sap_range_of_coverage_roh_4(agrees):
    """SAP R/3 4.70 help, lowest value by range of coverage: raw material, 4 months, 7 %."""
    raw = [[2, 0.03], [3, 0.05], [4, 0.07], [5, 0.10], [8, 0.15], [12, 0.25]]
    agrees(weeks_of_supply(400, 100), 4)  # months here: stock over a month's consumption
    rate = coverage_reserve(400, 10, 100, raw).reserve_rate
    agrees(100 * rate, 7, "7")
    agrees(price_after_markdown(10, rate), 9.3)


def test_d365_ageing_after_closing(agrees, print_is_off):
    """Microsoft D365 docs, inventory-aging-report: 1,275.00 over 14 pieces in two warehouses."""
    unit_cost = average_unit_cost(1275, 14)
    agrees(unit_cost, 91.0714285714, "91.07")
    print_is_off(10 * unit_cost, 910.7142857143, "910.70", "10 x 91.07: rounded before extending")
    agrees(4 * unit_cost, 364.2857142857, "364.29")
    agrees(5 * unit_cost, 455.3571428571, "455.36")  # the five pieces of April


def test_erpnext_reco_two_warehouses(agrees):
    """erpnext stock_ageing tests, sequential reconciliation in two warehouses."""
    book = layers([0, 1], ["2021-12-01", "2021-12-01"], [1000, 400], 1)
    slots = issue("fifo", book, [0], [10]).left.units
    agrees(slots[0], 990, "990")
    agrees(slots[1], 400, "400")
    agrees(slots.sum(), 1390, "1390")


def test_erpnext_fifo_slots_normal(agrees):
    """erpnext stock_ageing tests, normal inward-outward queue: +30, +20, -10."""
    book = layers([0, 0], ["2021-12-01", "2021-12-02"], [30, 20], 1)
    slots = issue("fifo", book, [0], [10]).left
    age = slots.age_days("2021-12-10")
    agrees(slots.units[0], 20, "20")
    agrees(slots.units[age <= 30].sum(), 40, "40")
    agrees(weighted_average_age(slots.units, age.astype(float)), 8.5)


def test_erpnext_fifo_slots_case2(agrees):
    """erpnext stock_ageing_fifo_logic.md, case 2: +50, +20, -60; the rest is of the second day."""
    book = layers([0, 0], ["2021-12-01", "2021-12-02"], [50, 20], 1)
    slots = issue("fifo", book, [0], [60]).left
    agrees(slots.units.sum(), 10, "10")
    assert [str(day) for day in slots.received] == ["2021-12-02"]


def test_transfer_does_not_make_stock_younger():
    """What the D365 report warns of (age restarts at the receiving warehouse) does not happen."""
    book = layers([0], ["2020-03-31"], [10], 91.07)
    assert transfer(book, [0], [1], [10]).layers.age_days("2020-05-31").tolist() == [61]


@pytest.mark.parametrize(
    ("opening", "expense", "deducted", "closing"),
    [
        pytest.param(16198, 5583, 181, 21600, id="rf_740694_2011"),
        pytest.param(2452, 2251, 2099, 2604, id="rf_douglas_2015"),
        pytest.param(240000, 165000, -155000, 560000, id="rf_continental_2018_doubtful_sign"),
        pytest.param(18342, 3542, 3706, 18178, id="rf_742112_2019"),
        pytest.param(1599, 1752, 899, 2452, id="rf_douglas_2014"),
        pytest.param(19003, 3673, 4334, 18342, id="rf_742112_2018"),
        pytest.param(26537, 5897, 3500, 28934, id="rf_1163739_2017"),
        pytest.param(15909, 1434, 1145, 16198, id="rf_740694_2010"),
        pytest.param(312000, 282000, 76000, 518000, id="rf_continental_2017"),
        pytest.param(1574, -353, 1221, 0, id="rf_881524_2010_negative_charge"),
    ],
)
def test_schedule_ii_of_a_registrant_closes(agrees, opening, expense, deducted, closing):
    """SEC EDGAR: 0001193125-13-068952 R24; Douglas Dynamics 10-K 2015; 0001558370-19-002552 R25;
    0000742112-20-000015 R38; 0001558370-20-001335 R31; 0001047469-12-001783 R24.
    """
    agrees(schedule_ii(opening, expense, 0, deducted)[0], closing, str(closing))


def test_schedule_ii_flags_the_negative_charge_only():
    """CIK 881524, 2010: a charge of -353 is read as it stands, and flagged (SAB Topic 5.BB)."""
    _, flagged = schedule_ii([1574, 1599], [-353, 1752], 0, [1221, 899])
    assert np.asarray(flagged).tolist() == [True, False]


def test_seed_sku_47382_deterministic(agrees):
    """Seed, "Try This AI Prompt": 1,250 units at 34; 8 % selling cost is our one assumption."""
    rates = demand_rate([18, 89], [30, 90])
    prior = demand_rate(89 - 18, 60)
    agrees(ending("fifo", [1250], [34], 1250), 42500)
    agrees(rates[0], 0.6)
    agrees(rates[1], 0.9888888889)
    agrees(prior, 1.1833333333)
    agrees(100 * rate_of_change(rates[0], prior), -49.2957746479)
    agrees(days_of_supply(1250, rates[0]), 2083.3333333333)
    agrees(days_of_supply(1250, rates[1]), 1264.0449438202)
    agrees(100 * sell_through(89, 1250, base="left"), 6.6467513069)
    market = expected_nrv([48, price_after_markdown(48, 0.25)], [0.78, 0.22])
    agrees(market, 45.36)
    agrees(expected_nrv([52, price_after_markdown(52, 0.25)], [0.78, 0.22]), 49.14)
    nrv = net_realizable_value(market, cost_to_sell_rate=0.08)
    marked_down = net_realizable_value(36, cost_to_sell_rate=0.08)
    agrees(nrv, 41.7312)
    agrees(marked_down, 33.12)
    agrees(breakeven_price(34, cost_to_sell_rate=0.08), 36.9565217391)
    agrees(write_down(1250, 34, nrv), 0)
    agrees(write_down(1250, 34, marked_down), 1100)
    agrees(excess_units(1250, rates[1], 365), 889.0555555556)
