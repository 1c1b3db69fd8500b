"""Published examples of purchase commitments."""

from __future__ import annotations

import pytest

from invval_xl.accounting.commitments import commitment_loss, settle_commitment


@pytest.mark.parametrize(
    ("contract", "market", "exact", "as_printed"),
    [
        pytest.param(5000000, 3000000, 2000000, "2,000,000", id="pc_universalcpa"),
        pytest.param(1024100, 978600, 45500, "45,500", id="pc_concord"),
        pytest.param(10000, 7500, 2500, "2,500", id="pc_20x8_2500"),
    ],
)
def test_loss_at_the_period_end(agrees, contract, market, exact, as_printed):
    """universalcpareview.com; cpep.org 932617 (Concord Company); qammunity.org/20596429."""
    agrees(commitment_loss(contract, market), exact, as_printed)


@pytest.mark.parametrize(
    ("contract", "at_end", "at_purchase", "loss", "further"),
    [
        pytest.param(81000, 70000, 61000, 11000, 9000, id="pc_two_stage"),
        pytest.param(151000, 140400, 120500, 10600, 19900, id="pc_target_second_commitment"),
    ],
)
def test_two_stages(agrees, contract, at_end, at_purchase, loss, further):
    """partnerperformance.uonbi.ac.ke 14245250; answer.ya.guru 7370094 (Target Corporation)."""
    stages = settle_commitment(contract, at_end, at_purchase)
    agrees(stages.loss_period_end, loss, str(loss))
    agrees(stages.further_loss, further, str(further))
    agrees(stages.inventory_recorded, at_purchase, str(at_purchase))
    # Dr inventory + Dr liability + Dr loss = Cr cash.
    agrees(stages.inventory_recorded + stages.liability_released + stages.further_loss, contract)
