"""Published examples of cost flow: FIFO, LIFO, average, specific; periodic and perpetual."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.cost_flow import periodic, specific_identification
from invval_xl.accounting.perpetual import perpetual

OUT = float("nan")  # an issue has no unit cost of its own


def sold(method, units, unit_costs):
    return perpetual(method, units, unit_costs).totals.cogs[0]


def left(method, units, unit_costs):
    return perpetual(method, units, unit_costs).totals.ending_cost[0]


def test_cf_one_unit_gross_margin(agrees):
    """OpenStax, Principles of Accounting vol. 1, m67889: one unit sold at 36 from three lots."""
    units, costs = [150, 225, 210], [21, 27, 33]
    specific = specific_identification(units, costs, [150, 224, 210])
    agrees(specific.gross_margin(36), 9, "9")
    agrees(periodic("fifo", units, costs, units_sold=1).gross_margin(36), 15, "15")
    agrees(periodic("lifo", units, costs, units_sold=1).gross_margin(36), 3, "3")
    average = periodic("average", units, costs, units_sold=1)
    agrees(average.gross_margin(36), 8.3846153846, "8.38")


@pytest.mark.parametrize(
    ("method", "cogs", "ending"),
    [
        ("fifo", 4620, 750),
        ("lifo", 4870, 500),
        ("average", 4759.7727272727, 610.2272727273),
    ],
)
def test_cf_akira(agrees, method, cogs, ending):
    """OpenStax vol. 1, m67890 exercise (no answer printed): 440 bought, 50 counted."""
    period = periodic(method, [150, 160, 130], [10, 12, 15], units_on_hand=50)
    agrees(period.cogs, cogs)
    agrees(period.ending_cost, ending)


@pytest.mark.parametrize(
    ("method", "cogs", "ending"),
    [
        ("fifo", 90470, 4730),
        ("lifo", 91350, 3850),
        ("average", 90890.5349794239, 4309.4650205761),
    ],
)
def test_cf_bleistine(agrees, method, cogs, ending):
    """OpenStax vol. 1, m67890 exercise (no answer printed): 2,430 bought, 110 counted."""
    period = periodic(method, [880, 750, 800], [35, 40, 43], units_on_hand=110)
    agrees(period.cogs, cogs)
    agrees(period.ending_cost, ending)


def test_cf_spy_lifo_periodic(agrees):
    """OpenStax vol. 1, m67890, The Spy Who Loves You, LIFO periodic: sold 120 at 36, 180 at 39."""
    period = periodic("lifo", [150, 225, 210], [21, 27, 33], units_sold=120 + 180)
    agrees(period.cogs, 9360, "9,360")
    agrees(period.ending_cost, 6795, "6,795")
    agrees(period.ending_units, 285)
    agrees(period.gross_margin(11340), 1980, "1,980")


def test_cf_spy_avg_periodic(print_is_off):
    """OpenStax vol. 1, m67890, the same by weighted average."""
    period = periodic("average", [150, 225, 210], [21, 27, 33], units_sold=120 + 180)
    rounded = "the book extends 27.62 for 27.6154"
    print_is_off(period.cogs, 8284.6153846154, "8,283", rounded)
    print_is_off(period.ending_cost, 7870.3846153846, "7,872", rounded)
    print_is_off(period.gross_margin(11340), 3055.3846153846, "3,057", rounded)


@pytest.mark.parametrize(
    ("method", "cogs"), [("fifo", 37500), ("lifo", 38700), ("average", 38142.8571428571)]
)
def test_cf_a65_perpetual(agrees, method, cogs):
    """OpenStax vol. 1, m67891 exercise A (no answer printed)."""
    agrees(sold(method, [800, 600, -400, -350], [50, 52, OUT, OUT]), cogs)


@pytest.mark.parametrize(("method", "cogs"), [("fifo", 4950), ("lifo", 5625), ("average", 5250)])
def test_cf_b65_perpetual(agrees, method, cogs):
    """OpenStax vol. 1, m67891 exercise B (no answer printed)."""
    agrees(sold(method, [100, 80, -50, -25], [66, 75, OUT, OUT]), cogs)


def test_cf_farman_perpetual(agrees):
    """tutorsglobe.com question 5497536, Farman Appliance Mart: the moving averages are printed."""
    units = [203, -116, 232, -145, 174, -87, -116]
    costs = [141, OUT, 161, OUT, 176, OUT, OUT]
    moving = perpetual("average", units, costs).balance_unit_cost
    agrees(moving[2], 155.5454545455, "155.545")
    agrees(moving[4], 165.7727272727, "165.773")
    agrees(left("fifo", units, costs), 25520)
    agrees(left("average", units, costs), 24037.0454545455)
    agrees(left("lifo", units, costs), 21605)
    agrees(perpetual("fifo", units, costs).totals.ending_units[0], 145)


def test_cf_sweet_acacia_perpetual(agrees):
    """tutorsglobe.com question 52814588, Sweet Acacia Industries."""
    units, costs = [8, -6, 3, -3, 5, -3], [71, OUT, 76, OUT, 82, OUT]
    moving = perpetual("average", units, costs).balance_unit_cost
    agrees(moving[2], 74, "74")
    agrees(moving[4], 79.7142857143, "79.71")
    agrees(left("fifo", units, costs), 328)
    agrees(left("average", units, costs), 318.8571428571)
    agrees(left("lifo", units, costs), 306)


def test_cf_perl_fifo(agrees):
    """github perlancar/perl-Business-Inventory-Valuation, t/01-basic.t: profit of each sale."""
    book = perpetual("fifo", [100, 150, -50, 200, -350], [1500, 1600, OUT, 1800, OUT])
    agrees(50 * 1700 - book.issue_cost[2], 10000, "10,000")
    agrees(350 * 1900 - book.issue_cost[4], 80000, "80,000")
    agrees(book.totals.ending_units[0], 50, "50")
    agrees(book.totals.ending_cost[0], 90000)


def test_cf_erpnext_fifo_bins(agrees):
    """github frappe/erpnext, stock/tests/test_valuation.py, test_remove_multiple_bins."""
    book = perpetual("fifo", [1, 2, 1, 5, -4], [10, 20, 20, 20, OUT])
    agrees(book.totals.ending_units[0], 5, "5")
    agrees(book.totals.ending_cost[0], 100)
    assert np.all(book.balance_cost >= 0)
