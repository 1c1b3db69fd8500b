"""Published examples of lower of cost or market: market held between ceiling and floor."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.lcm import ceiling, floor, lcm, market, market_between
from invval_xl.accounting.nrv import net_realizable_value


def test_lcm_another71_floor208(agrees):
    """forum.another71.com, FAR study group April-May 2014, p. 129: market only."""
    agrees(market_between(150, 240, 208), 208, "208")


def test_lcm_middle_value_75(agrees):
    """questionai: replacement 75 lies between 69 and 82.50 (the answer is cut off)."""
    agrees(ceiling(82.5), 82.5)
    agrees(floor(82.5, 13.5), 69)
    agrees(market(75, 82.5, 13.5), 75)
    agrees(lcm(76.5, 75, 82.5, 13.5), 75)
    agrees(76.5 - lcm(76.5, 75, 82.5, 13.5), 1.5)


def test_lcm_accountingcoach_rc_between(agrees):
    """accountingcoach.com, lower of cost or market crossword: replacement cost is market."""
    agrees(ceiling(9), 9)
    agrees(floor(9, 2), 7, "7")
    agrees(market(8, 9, 2), 8, "8")
    agrees(lcm(10, 8, 9, 2), 8, "8")
    agrees(10 - lcm(10, 8, 9, 2), 2)


def test_lcm_coursehero_p3_floor(agrees):
    """coursehero.com/file/237294, exercise 9-1, product 3: the floor binds."""
    agrees(ceiling(60), 60, "60")
    agrees(floor(60, 12), 48, "48")
    agrees(market(40, 60, 12), 48, "48")
    agrees(lcm(50, 40, 60, 12), 48, "48")
    agrees(50 - lcm(50, 40, 60, 12), 2)


def test_lcm_eight_item_table(agrees, print_is_off):
    """qammunity.org/7896864: eight items, two of the printed lines wrong."""
    units = np.array([1500, 1200, 1100, 1300, 1000, 1200, 3300, 1300])
    cost = np.array([3.87, 3.27, 5.45, 4.36, 2.72, 3.63, 2.18, 5.69])
    replacement = np.array([3.63, 2.78, 4.48, 3.75, 2.42, 3.27, 1.94, 6.29])
    price = np.array([5.45, 4.24, 6.05, 3.87, 3.93, 4.60, 3.03, 7.26])
    dispose = np.array([0.42, 0.61, 0.48, 0.30, 0.97, 0.48, 0.91, 0.61])
    profit = np.array([1.38, 0.67, 0.47, 0.25, 1.18, 0.84, 0.93, 1.56])
    nrv = net_realizable_value(price, cost_to_sell=dispose)
    markets = market(replacement, nrv, profit)
    for ours, exact in zip(markets, [3.65, 2.96, 5.10, 3.57, 2.42, 3.28, 1.94, 6.29], strict=True):
        agrees(ours, exact)
    lines = units * lcm(cost, replacement, nrv, profit)
    print_is_off(lines[0], 5475, "5,445", "3.63 is below the floor, 5.45 - 0.42 - 1.38 = 3.65")
    agrees(lines[1], 3552, "3,552")
    agrees(lines[2], 5610, "5,610")
    agrees(lines[3], 4641, "4,641")
    agrees(lines[4], 2420, "2,420")
    print_is_off(lines[5], 3936, "3,939", "1,200 x 3.28 is 3,936")
    agrees(lines[6], 6402, "6,402")
    agrees(lines[7], 7397, "7,397")  # market above cost: stays at cost
    print_is_off(lines.sum(), 39433, "39,406", "the two lines above")
