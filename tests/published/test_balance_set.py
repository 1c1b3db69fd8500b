"""Published examples of the balance set: transfers, units through a period, shrink."""

from __future__ import annotations

from invval_xl.accounting.balance_set import balance_break, ending
from invval_xl.accounting.cost_flow import cogs
from invval_xl.accounting.cost_flow import ending as ending_cost
from invval_xl.accounting.ratios import shortage, shortage_rate


def test_bs_transfer_conserves_system(agrees):
    """retailitix.com, inventory balance set part III: one's transfer out is another's in."""
    warehouse, store = ending(1000, 0, 50), ending(100, 50, 0)
    agrees(warehouse, 950)
    agrees(store, 150)
    agrees(warehouse + store, 1100, "1,100")


def test_cf_harry_oil_filters(agrees):
    """OpenStax vol. 1, m67889: units sold are what the balance set lacks."""
    sold = -balance_break(50, 20, 0, 18)
    agrees(sold, 52, "52")
    agrees(cogs("fifo", [50 + 20], [7], 18), 364, "364")
    agrees(ending_cost("fifo", [50 + 20], [7], 18), 126, "126")


def test_bs_shrink_pct_sales(agrees):
    """yourbusiness.azcentral.com, figure shrinkage: on sales, not on book stock."""
    short = shortage(1000, 900)
    agrees(short, 100, "100")
    agrees(100 * shortage_rate(short, 10000), 1, "1")
