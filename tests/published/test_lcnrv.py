"""Published examples of NRV and of the lower of cost and NRV: item, group, adjustment, contract."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.nrv import lcnrv, net_realizable_value, unit_write_down, write_down
from invval_xl.accounting.pricing import (
    cost_from_markup_on_cost,
    price_after_markdown,
    price_from_markup_on_cost,
)
from invval_xl.accounting.reversal import permitted_reversal
from invval_xl.accounting.tranches import split_units
from invval_xl.accounting.unit_of_account import value_by_group, value_by_item, value_by_total


def test_nrv_geyer_rel5(agrees):
    """Lumen Financial Accounting: obsolete speakers, 20 of modification is a cost to complete."""
    nrv = net_realizable_value(70, cost_to_complete=20)
    agrees(nrv, 50, "50")
    agrees(lcnrv(110, nrv), 50)
    agrees(unit_write_down(110, nrv), 60)


def test_nrv_ilikeaccounting(agrees):
    """ilikeaccounting.com exercise (answer not shown)."""
    nrv = net_realizable_value(100, cost_to_sell=8)
    agrees(nrv, 92)
    agrees(lcnrv(150, nrv), 92)
    agrees(write_down(1, 150, nrv), 58)


def test_nrv_hotelsabruzzo_60(agrees):
    """hotelsabruzzo.com: specific reserve of an item at cost 100 and NRV 40."""
    agrees(write_down(1, 100, 40), 60, "60")


def grouped(units, unit_cost, nrv):
    """Cost, NRV, value item by item and in total, and the two write-downs."""
    item, total = value_by_item(units, unit_cost, nrv), value_by_total(units, unit_cost, nrv)
    cost, by_item, by_total = item.cost.sum(), item.value.sum(), np.sum(total.value)
    return cost, item.nrv.sum(), by_item, cost - by_item, by_total, cost - by_total


def test_lcnrv_moonstruck_ias2(agrees):
    """Wiley IFRS Practical Implementation Guide p. 32: sofas, tables, beds, closets, chairs."""
    cost, nrv, by_item, down, by_total, down_total = grouped(
        [100, 200, 300, 400, 500], [1000, 500, 1500, 750, 250], [1020, 450, 1600, 770, 200]
    )
    agrees(cost, 1075000, "1,075,000")
    agrees(nrv, 1080000)
    agrees(by_item, 1040000, "1,040,000")
    agrees(down, 35000)
    agrees(by_total, 1075000)  # the whole hides the loss; IAS 2.29 does not permit it
    agrees(down_total, 0)


def test_lcnrv_almaden_hardware(agrees):
    """tutorsglobe.com 52093289, Almaden Hardware (no answer; "200" for screwdrivers read as 2)."""
    units, unit_cost = [100, 200, 300, 500, 100], [5, 10, 2, 6, 4]
    nrv = [5.5, 9, 2.6, 5, 4.5]
    cost, total_nrv, by_item, down, by_total, down_total = grouped(units, unit_cost, nrv)
    agrees(cost, 6500)
    agrees(total_nrv, 6080)
    agrees(by_item, 5800)
    agrees(down, 700)
    agrees(by_total, 6080)
    agrees(down_total, 420)
    tools, paint = 0, 1
    category = value_by_group(units, unit_cost, nrv, [tools, tools, tools, paint, paint])
    agrees(np.sum(category.value), 6050)
    agrees(np.sum(category.cost) - np.sum(category.value), 450)


def test_lcnrv_furniture_805(agrees):
    """smartsolve.ai: five pieces of furniture; the cribs stand at cost = NRV."""
    cost, nrv, by_item, down, by_total, down_total = grouped(
        [55, 65, 80, 85, 95], [20, 59, 47, 37, 39], [17, 55, 49, 37, 35]
    )
    agrees(cost, 15545)
    agrees(nrv, 14900)
    agrees(by_item, 14740)
    agrees(down, 805, "805")
    agrees(by_total, 14900)
    agrees(down_total, 645)


def test_lcm_openstax_exercise_b(agrees):
    """OpenStax vol. 1, m67889 exercise (no answer printed)."""
    agrees(value_by_item([20, 30, 45], [100, 75, 50], [95, 70, 55]).value.sum(), 6250)


def test_lcnrv_tutorial_q3(agrees):
    """coursehero.com/file/136105765, Q3: selling cost a part of the price, or a lot total."""
    coats = net_realizable_value(price_after_markdown(150, 0.5), cost_to_sell_rate=0.05)
    skirts = net_realizable_value(28 - 5, cost_to_sell=800 / 800)
    agrees(400 * coats, 28500, "28,500")
    agrees(write_down(400, 80, coats), 3500, "3,500")
    agrees(800 * skirts, 17600, "17,600")
    agrees(write_down(800, 20, skirts), 0)
    agrees(284700 - write_down([400, 800], [80, 20], [coats, skirts]).sum(), 281200, "281,200")


def test_lcnrv_tutorial_q4(agrees):
    """coursehero.com/file/136105765, Q4, RM millions: old stock marked up 20 % on cost."""
    nrv = net_realizable_value(price_from_markup_on_cost(2, 0.2), cost_to_sell=0.5)
    agrees(nrv, 1.9, "1.9")
    agrees(write_down(1, 2, nrv), 0.1, "0.1")
    agrees(5 - write_down(1, 2, nrv), 4.9)


def test_lcnrv_opentuition_386400(agrees):
    """OpenTuition ACCA forum: 800 is the selling cost of the lot; nothing is written up."""
    first = net_realizable_value(15, cost_to_sell=800 / 1000)
    down = write_down([1000, 5], [18, 100], [first, 1000]).sum()
    agrees(1000 * 18, 18000)
    agrees(1000 * first, 14200)
    agrees(down, 3800, "3,800")
    agrees(386400 - down, 382600, "382,600")


def test_lcnrv_tutorial_q2(agrees):
    """coursehero.com/file/136105765, Q2: consigned-in goods come out, they are not written down."""
    cost = cost_from_markup_on_cost(46000, 0.25)
    damaged = write_down(1, cost, net_realizable_value(40000, cost_to_sell=4500))
    slow = write_down(1, 5000, 500)
    consigned, misclassified = 13900, 1240
    agrees(cost, 36800, "36,800")
    agrees(damaged, 1300, "1,300")
    agrees(slow, 4500)
    agrees(260100 - consigned - misclassified - damaged - slow, 239160, "239,160")


def test_ias2_31_firm_contract_split(agrees):
    """coursehero.com/file/136105765, Q1(b): 1,000 of 20,000 units under contract at 1,500."""
    split = split_units(20000, 1000, 0, daily_rate=0, horizon_days=365)
    contract = split.firm * lcnrv(800, 1500)
    excess = split.excess * lcnrv(800, 700)
    agrees(contract, 800000, "800,000")  # capped at cost
    agrees(excess, 13300000, "13,300,000")
    agrees(contract + excess, 14100000, "14,100,000")
    agrees(write_down(20000, 800, 800) + write_down(split.excess, 800, 700), 1900000)


def test_ias2_33_reversal_theanalystspace(agrees):
    """forum.theanalystspace.com 105103 (IFRS): written down 30,000, all of it comes back."""
    before = net_realizable_value(740000, cost_to_sell=50000)
    after = net_realizable_value(810000, cost_to_sell=50000)
    agrees(before, 690000, "690,000")
    agrees(write_down(1, 720000, before), 30000, "30,000")
    agrees(after, 760000, "760,000")
    back = permitted_reversal("ifrs", 30000, 720000, 690000, after)
    agrees(back, 30000)
    agrees(690000 + back, 720000, "720,000")


def test_ias2_33_reversal_cap_cfa(agrees):
    """event.pzacademy.com/qa/193764 (IFRS): NRV rises by 8,000, only 3,000 may come back."""
    agrees(lcnrv(100000, 97000), 97000, "97,000")
    agrees(write_down(1, 100000, 97000), 3000, "3,000")
    back = permitted_reversal("ifrs", 3000, 100000, 97000, 105000)
    agrees(back, 3000, "3,000")
    agrees(97000 + back, 100000)
