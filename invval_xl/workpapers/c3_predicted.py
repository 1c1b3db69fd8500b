"""The model's columns of C-3: what it gave as inputs, what follows from them as native formulas.

The price distribution stands in eleven cells a row, its weights at the head of the paper; means
over it are SUMPRODUCTs. ``(x+ABS(x))/2`` is ``MAX(x,0)`` cell by cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.loss import level_weights
from invval_xl.reserving.predicted_rows import PRICES
from invval_xl.terms import Reading, Tranche
from invval_xl.workpapers.paper import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.workpapers.paper import Sheet

__all__ = [
    "OBSOLETE_CUT",
    "READING",
    "lay_weights",
    "predicted_columns",
    "predicted_end",
]

READING = "Reading of predictions"
OBSOLETE_CUT = "Red from obsolescence chance"
_SPREAD = f"[{PRICES[0]}]:[{PRICES[-1]}]"


def lay_weights(sheet: Sheet) -> str:
    """Lay the weights of the eleven prices; return their range, local to the sheet."""
    weights = level_weights()
    place = sheet.table(
        [
            Column(f"w_{k}", f"Weight Of Price {k + 1}", np.array([w]), "rate")
            for k, w in enumerate(weights)
        ],
        left=2,
    )
    row = place.first_row
    return f"${place.letters['w_0']}${row}:${place.letters[f'w_{len(weights) - 1}']}${row}"


def _net(price: str, rate: str) -> str:
    return f"({price}*(1-{rate})-[cost_to_complete]-[cost_to_sell])"


def _above_zero(x: str) -> str:
    return f"({x}+ABS({x}))/2"


def predicted_end(price: str, sell: str, liquidation: str) -> str:
    """The model's requirement at one end: its interval's price, a selling rate, a channel rate."""
    gone = f"MAX(0,[unit_cost]-MAX(0,ROUND({_net(f'ROUND([price]*{liquidation},4)', sell)},4)))"
    sold = f"MAX(0,[unit_cost]-MAX(0,ROUND({_net(f'[{price}]', sell)},4)))"
    unit = f"ROUND((1-[unsold_probability])*{sold}+[unsold_probability]*{gone},4)"
    return f"MIN([cost],ROUND([units]*{unit},2))"


def predicted_columns(
    frame: pd.DataFrame,
    rule: str,
    weights: str,
    facts: Mapping[str, str],
    pick_liquidation: str,
    *,
    lcm: bool,
) -> list[Column]:
    """The model's block, to the right of the paper.

    Parameters
    ----------
    frame
        :attr:`Proposal.frame` of a refresh with a model.
    rule
        Formula of the rule's requirement.
    weights
        Range of the weights.
    facts
        Where the policy cells of C-3 stand.
    pick_liquidation
        The liquidation rate that ordinary demand falls back to, by its A number.
    lcm
        Whether the test is lower of cost or market.
    """

    def of(name: str) -> NDArray[np.float64]:
        return frame[name].to_numpy()

    demand = (frame["tranche"] == Tranche.DEMAND.value).to_numpy()
    net = _net(_SPREAD, "[cost_to_sell_rate]")
    loss = f"([unit_cost]-{_above_zero(net)})"
    gone = _net(f"ROUND([price]*{pick_liquidation},4)", "[cost_to_sell_rate]")
    mixed = "(1-[unsold_probability])*{}+[unsold_probability]*{}"
    of_mean = "MAX(0,[unit_cost]-[predicted_nrv])"
    if lcm:
        floor = "[predicted_nrv]-ROUND([normal_profit_rate]*[price],4)"
        of_mean = (
            "MAX(0,[unit_cost]-MAX(0,IF(AND(ISNUMBER([replacement_cost]),"
            f"ISNUMBER([normal_profit_rate])),MIN(MAX([replacement_cost],{floor}),"
            "[predicted_nrv]),[predicted_nrv])))"
        )
    of_losses = f"ROUND({mixed.format('[sold_shortfall]', 'MAX(0,[unit_cost]-[unsold_nrv])')},4)"
    reading = (
        of_mean
        if lcm
        else f'IF({facts[READING]}="{Reading.EXPECTED_SHORTFALL}",{of_losses},{of_mean})'
    )

    def where_known(formula: str) -> str:
        return f'=IF(ISNUMBER([unsold_probability]),{formula},"")'

    prices = [
        Column(name, f"Predicted Price {k + 1}", of(name), "unit_price", width=11)
        for k, name in enumerate(PRICES)
    ]
    return [
        Column("basis", "Basis", of("basis"), "input_text", width=9),
        Column(
            "rule_required", "Required By Rule", of("rule_required"), "money", rule, total="sum",
            width=13,
        ),
        Column(
            "model_required", "Required By Model", of("model_required"), "money",
            f'=IF([tranche]="{Tranche.DEMAND}",IF(ISNUMBER([predicted_shortfall]),'
            'MIN([cost],ROUND([units]*[predicted_shortfall],2)),""),[rule_required])',
            total="sum", width=13,
        ),
        Column("p_obsolete_90", "Obsolete, 90 Days", of("p_obsolete_90"), "rate", width=10),
        Column("p_marked_down", "Marked Down, 60 Days", of("p_marked_down"), "rate", width=10),
        Column("p_no_sale_90", "No Sale, 90 Days", of("p_no_sale_90"), "rate", width=10),
        Column("outlast_share", "Outlasts Demand Later", of("outlast_share"), "rate", width=10),
        Column(
            "unsold_probability", "Left Over, Probability", of("unsold_probability"), "rate",
            width=11,
        ),
        Column("unsold_ref", "A No.", np.where(demand, of("liquidation_rate_ref"), np.nan),
               "count", width=5),
        *prices,
        Column("price_low", "Predicted Price, Low", of("price_low"), "unit_price", width=11),
        Column("price_high", "Predicted Price, High", of("price_high"), "unit_price", width=11),
        Column(
            "sold_nrv", "NRV Where Sold", of("sold_nrv"), "unit_price",
            where_known(f"ROUND(SUMPRODUCT({weights},{_above_zero(net)}),4)"),
        ),
        Column(
            "sold_shortfall", "Mean Shortfall Where Sold", of("sold_shortfall"), "unit_price",
            where_known(f"ROUND(SUMPRODUCT({weights},{_above_zero(loss)}),4)"),
        ),
        Column(
            "unsold_nrv", "NRV Where Left Over", of("unsold_nrv"), "unit_price",
            where_known(f"MAX(0,ROUND({gone},4))"),
        ),
        Column(
            "predicted_nrv", "Predicted NRV", of("predicted_nrv"), "unit_price",
            where_known(f"ROUND({mixed.format('[sold_nrv]', '[unsold_nrv]')},4)"),
        ),
        Column(
            "predicted_shortfall", "Predicted Unit Shortfall", of("predicted_shortfall"),
            "unit_price", where_known(reading),
        ),
    ]  # fmt: skip
