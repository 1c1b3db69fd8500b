"""The columns of C-3 and the native formula behind each, next to the figures it must equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.terms import Basis, Reading, RiskTier, Tranche
from invval_xl.workpapers.c3_predicted import OBSOLETE_CUT, predicted_columns, predicted_end
from invval_xl.workpapers.paper import Column, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Heads", "demand_units", "formulas"]


@dataclass(frozen=True)
class Heads:
    """Where the policy cells of C-3 stand: the numbered values, the cut-offs, the tables.

    ``weights`` is the range of the predicted prices' weights, empty where no model was trained.
    """

    assumptions: Place
    facts: Mapping[str, str]
    ages: Place
    covers: Place
    addresses: Mapping[str, str]
    weights: str = ""

    def pick(self, reference: str) -> str:
        """The value of the assumption a row names by number."""
        return f"INDEX({self.assumptions.local('value')},{reference})"


def demand_units(product: str) -> str:
    """Whole units of a rate times days. The inner ROUND settles halves that binary misses.

    0.7 x 365 is 255.49999999999997: Excel rounds its 15 digits to 256, LibreOffice rounds the
    binary to 255; after the inner rounding both say 256, as our own figures do.
    """
    return f"ROUND(ROUND({product},8),0)"


def _nrv(price: str, rate: str) -> str:
    return f"ROUND({price}*(1-{rate})-[cost_to_complete]-[cost_to_sell],4)"


def _carried(price: str, rate: str, *, lcm: bool) -> str:
    """NRV, or market within ceiling and floor where replacement cost and profit are known."""
    ceiling = _nrv(price, rate)
    if not lcm:
        return ceiling
    floor = f"{ceiling}-ROUND([normal_profit_rate]*{price},4)"
    return (
        "IF(AND(ISNUMBER([replacement_cost]),ISNUMBER([normal_profit_rate])),"
        f"MIN(MAX([replacement_cost],{floor}),{ceiling}),{ceiling})"
    )


def _extended(carried: str) -> str:
    shortfall = f"MAX(0,[unit_cost]-MAX({carried},0))"
    return f"MIN([cost],ROUND([units]*{shortfall},2))"


def _units() -> str:
    rest = "MAX(0,[units_on_hand]-[firm_units]-[damaged_units])"
    wanted = demand_units("[daily_rate]*[demand_horizon_days]")
    demand = f"IF(ISNUMBER([daily_rate]),MIN({rest},{wanted}),{rest})"
    firm = "MIN([units_on_hand],[firm_units])"
    damaged = f"MIN([units_on_hand]-{firm},[damaged_units])"
    return (
        f'=IF([tranche]="{Tranche.FIRM}",{firm},IF([tranche]="{Tranche.DAMAGED}",{damaged},'
        f'IF([tranche]="{Tranche.DEMAND}",{demand},{rest}-{demand})))'
    )


def _tier(heads: Heads) -> str:
    at = heads.facts
    supply = (
        'IF(ISNUMBER([days_of_supply]),[days_of_supply],IF([days_of_supply]="no sales",1E+9,0))'
    )
    chance = "IF(ISNUMBER([markdown_probability]),[markdown_probability],0)"
    red = f"{supply}>={at['Red from days of supply']}"
    if heads.weights:
        chance = f"MAX({chance},IF(ISNUMBER([p_marked_down]),[p_marked_down],0))"
        gone = "IF(ISNUMBER([p_obsolete_90]),[p_obsolete_90],0)"
        red = f"OR({red},{gone}>={at[OBSOLETE_CUT]})"
    headroom = "IF(AND(ISNUMBER([ordinary_nrv]),[unit_cost]>0),[ordinary_nrv]/[unit_cost]-1,1E+9)"
    return (
        f'=IF({red},"{RiskTier.RED}",'
        f"IF(OR({supply}>={at['Orange from days of supply']},"
        f'{chance}>={at["Orange from markdown chance"]},{headroom}<0),"{RiskTier.ORANGE}",'
        f"IF(OR({supply}>={at['Yellow from days of supply']},"
        f"{chance}>={at['Yellow from markdown chance']},"
        f'{headroom}<{at["Yellow below headroom"]}),"{RiskTier.YELLOW}","{RiskTier.GREEN}")))'
    )


def _alternative(heads: Heads, sell: str, liquidation: str, *, lcm: bool) -> str:
    at = heads.facts
    price = (
        "IF(AND(ISNUMBER([channel_rate]),NOT(ISNUMBER([contract_price]))),"
        f"ROUND([price]*{at[liquidation]},4),[price_used])"
    )
    rule = f'IF(ISNUMBER([price_used]),{_extended(_carried(price, at[sell], lcm=lcm))},"")'
    if not heads.weights:
        return f"={rule}"
    end, further = ("price_high", "MIN") if sell.startswith("Low") else ("price_low", "MAX")
    by_model = f"{further}([model_required],{predicted_end(end, at[sell], at[liquidation])})"
    modelled = f'AND([basis]="{Basis.MODEL}",ISNUMBER([unsold_probability]))'
    return f"=IF({modelled},{by_model},{rule})"


def _cover(covers: Place) -> str:
    rates, starts = covers.local("rate"), covers.local("from")
    top = f"INDEX({rates},{covers.last_row - covers.first_row + 1})"
    band = f"INDEX({rates},MATCH([days_of_supply]/(365/12),{starts},1))"
    return (
        '=IF([days_of_supply]="unknown","",'
        f'ROUND([cost]*IF([days_of_supply]="no sales",{top},{band}),2))'
    )


def _supply(frame: pd.DataFrame) -> NDArray[np.object_]:
    days = frame["days_of_supply"].to_numpy()
    shown = days.astype(object)
    shown[np.isinf(days)] = "no sales"
    shown[np.isnan(days)] = "unknown"
    return shown


def formulas(frame: pd.DataFrame, heads: Heads, *, lcm: bool) -> list[Column]:
    """Every column of C-3 in its order, values beside formulas.

    Parameters
    ----------
    frame
        :attr:`Proposal.frame`.
    heads
        Where the policy cells stand.
    lcm
        Whether the test is lower of cost or market.
    """
    pick = heads.pick

    def of(name: str) -> NDArray[np.float64]:
        return frame[name].to_numpy()

    def chosen(name: str) -> str:
        return f'=IF(ISNUMBER([{name}_ref]),{pick(f"[{name}_ref]")},"")'

    excess = (frame["tranche"] == Tranche.EXCESS.value).to_numpy()
    channel_ref = np.where(excess, of("liquidation_rate_ref"), of("salvage_rate_ref"))
    marked = _carried("ROUND([price]*(1-[markdown_rate]),4)", "[cost_to_sell_rate]", lcm=lcm)
    full = _carried("[price]", "[cost_to_sell_rate]", lcm=lcm)
    two_point = (
        "IF(ISNUMBER([markdown_probability]),"
        f"[markdown_probability]*MAX(0,[unit_cost]-MAX({marked},0))"
        f"+(1-[markdown_probability])*MAX(0,[unit_cost]-MAX({full},0)),"
        f"MAX(0,[unit_cost]-MAX({full},0)))"
    )
    carried = _carried("[price_used]", "[cost_to_sell_rate]", lcm=lcm)
    ordinary = _carried("[expected_price]", "[cost_to_sell_rate]", lcm=lcm)
    own = (
        []
        if np.isnan(of("own_sell_rate")).all()
        else [Column("own_sell_rate", "Item's Own Cost To Sell Rate", of("own_sell_rate"), "rate")]
    )
    sell_rate = f"=IF(ISNUMBER([cost_to_sell_rate_ref]),{pick('[cost_to_sell_rate_ref]')}," + (
        "[own_sell_rate])" if own else '"")'
    )
    market = (
        [
            Column("replacement_cost", "Replacement Cost", of("replacement_cost"), "unit_price"),
            Column("normal_profit_rate", "Normal Profit Rate", of("normal_profit_rate"), "rate"),
            Column(
                "market",
                "Market",
                of("market"),
                "unit_price",
                f'=IF(ISNUMBER([price_used]),{carried},"")',
            ),
        ]
        if lcm
        else []
    )
    value = "[market]" if lcm else "[nrv]"
    posted = (
        f'=IF({heads.facts["Reading posted"]}="{Reading.EXPECTED_SHORTFALL}",[expected_shortfall],'
        'IF(ISNUMBER([unit_shortfall]),MIN([cost],ROUND([units]*[unit_shortfall],2)),""))'
    )
    modelled = bool(heads.weights)
    predicted = (
        predicted_columns(frame, posted, heads.weights, heads.facts, pick("[unsold_ref]"), lcm=lcm)
        if modelled
        else []
    )
    required = (
        f'=IF([basis]="{Basis.MODEL}",[model_required],[rule_required])' if modelled else posted
    )
    by_price = '"price"'
    if modelled:
        gone = "[unsold_probability]*MAX(0,[unit_cost]-[unsold_nrv])"
        kept = "(1-[unsold_probability])*[sold_shortfall]"
        by_price = (
            f'IF(AND([basis]="{Basis.MODEL}",ISNUMBER([unsold_probability])),'
            f'IF({gone}>{kept},"quantity","price"),"price")'
        )
    return [
        Column("sku", "SKU", of("sku"), width=18),
        Column("location", "Location", of("location"), width=22),
        Column("category", "Category", of("category"), width=16),
        Column("tranche", "Tranche", of("tranche"), width=16),
        Column("age_days", "Age Days", of("age_days"), "days", width=9),
        Column("units_on_hand", "Units On Hand", of("units_on_hand"), "units", width=10),
        Column("firm_units", "Firm Units", of("firm_units"), "units", width=9),
        Column("damaged_units", "Damaged Units", of("damaged_units"), "units", width=9),
        Column("daily_rate", "Daily Rate, Units", of("daily_rate"), "per_day", width=10),
        Column("demand_horizon_days_ref", "A No.", of("demand_horizon_days_ref"), "count", width=5),
        Column(
            "demand_horizon_days",
            "Demand Horizon Days",
            of("demand_horizon_days"),
            "days",
            chosen("demand_horizon_days"),
            width=9,
        ),
        Column(
            "days_of_supply",
            "Days Of Supply",
            _supply(frame),
            "days",
            "=IF(ISNUMBER([daily_rate]),IF([daily_rate]>0,[units_on_hand]/[daily_rate],"
            '"no sales"),"unknown")',
            width=9,
        ),
        Column("units", "Units", of("units"), "units", _units(), total="sum", width=10),
        Column("item_cost", "Item Cost", of("item_cost"), "money", width=14),
        Column(
            "unit_cost", "Unit Cost", of("unit_cost"), "unit_price", "=[item_cost]/[units_on_hand]"
        ),
        Column("cost", "Cost", of("cost"), "money", total="sum", width=14),
        Column("evidence", "Price Evidence", of("evidence"), width=14),
        Column("reference", "Evidence Reference", of("reference"), width=30),
        Column("price", "Price", of("price"), "unit_price"),
        Column(
            "markdown_probability_ref", "A No.", of("markdown_probability_ref"), "count", width=5
        ),
        Column(
            "markdown_probability",
            "Markdown Probability",
            of("markdown_probability"),
            "rate",
            chosen("markdown_probability"),
            width=10,
        ),
        Column("markdown_rate_ref", "A No.", of("markdown_rate_ref"), "count", width=5),
        Column(
            "markdown_rate",
            "Markdown Rate",
            of("markdown_rate"),
            "rate",
            chosen("markdown_rate"),
            width=10,
        ),
        Column(
            "expected_price",
            "Expected Price",
            of("expected_price"),
            "unit_price",
            "=IF(ISNUMBER([price]),IF(ISNUMBER([markdown_probability]),"
            'ROUND([price]*(1-[markdown_probability]*[markdown_rate]),4),ROUND([price],4)),"")',
        ),
        Column("contract_price", "Contract Or Salvage Price", of("contract_price"), "unit_price"),
        Column("channel_ref", "A No.", channel_ref, "count", width=5),
        Column(
            "channel_rate",
            "Channel Rate",
            of("channel_rate"),
            "rate",
            f'=IF(ISNUMBER([channel_ref]),{pick("[channel_ref]")},"")',
            width=9,
        ),
        Column(
            "price_used",
            "Price Used",
            of("price_used"),
            "unit_price",
            "=IF(ISNUMBER([contract_price]),[contract_price],IF(ISNUMBER([channel_rate]),"
            'IF(ISNUMBER([price]),ROUND([price]*[channel_rate],4),""),[expected_price]))',
        ),
        Column("cost_to_complete", "Cost To Complete", of("cost_to_complete"), "unit_price"),
        Column("cost_to_sell", "Cost To Sell", of("cost_to_sell"), "unit_price"),
        *own,
        Column("cost_to_sell_rate_ref", "A No.", of("cost_to_sell_rate_ref"), "count", width=5),
        Column(
            "cost_to_sell_rate",
            "Cost To Sell Rate",
            of("cost_to_sell_rate"),
            "rate",
            sell_rate,
            width=9,
        ),
        Column(
            "ordinary_nrv",
            "Ordinary NRV",
            of("ordinary_nrv"),
            "unit_price",
            f'=IF(ISNUMBER([expected_price]),{_nrv("[expected_price]", "[cost_to_sell_rate]")},"")',
        ),
        Column(
            "nrv",
            "NRV",
            of("nrv"),
            "unit_price",
            f'=IF(ISNUMBER([price_used]),{_nrv("[price_used]", "[cost_to_sell_rate]")},"")',
        ),
        *market,
        Column(
            "carried_value",
            "Units At Market" if lcm else "Units At NRV",
            of("carried_value"),
            "money",
            f'=IF(ISNUMBER({value}),ROUND([units]*MAX({value},0),2),"")',
            total="sum",
            width=14,
        ),
        Column(
            "unit_shortfall",
            "Unit Shortfall",
            of("unit_shortfall"),
            "unit_price",
            f'=IF(ISNUMBER({value}),MAX(0,[unit_cost]-MAX({value},0)),"")',
        ),
        Column(
            "price_test",
            "Price Test",
            of("price_test"),
            "money",
            f'=IF(ISNUMBER([expected_price]),{_extended(ordinary)},"")',
            total="sum",
            width=13,
        ),
        Column(
            "quantity_test",
            "Quantity Test",
            of("quantity_test"),
            "money",
            f'=IF([tranche]="{Tranche.DEMAND}",0,IF(ISNUMBER([unit_shortfall]),'
            'MIN([cost],ROUND([units]*[unit_shortfall],2)),""))',
            total="sum",
            width=13,
        ),
        Column(
            "expected_shortfall",
            "Expected Shortfall",
            of("expected_shortfall"),
            "money",
            f'=IF([tranche]="{Tranche.DEMAND}",IF(ISNUMBER([price]),'
            f'MIN([cost],ROUND([units]*({two_point}),2)),""),IF(ISNUMBER([unit_shortfall]),'
            'MIN([cost],ROUND([units]*[unit_shortfall],2)),""))',
            total="sum",
            width=13,
        ),
        Column(
            "required", "Required Reserve", of("required"), "money", required, total="sum", width=13
        ),
        Column(
            "binding",
            "Binding Test",
            of("binding"),
            "center",
            '=IF(NOT(ISNUMBER([required])),"not determined",IF([required]=0,"none",'
            f'IF([tranche]="{Tranche.FIRM}","contract",IF([tranche]="{Tranche.DAMAGED}",'
            f'"damage",IF([tranche]="{Tranche.EXCESS}",IF([price_test]>=[required],"price",'
            f'"quantity"),{by_price})))))',
            width=12,
        ),
        Column(
            "low",
            "Required, Low",
            of("low"),
            "money",
            _alternative(heads, "Low: cost to sell rate", "Low: liquidation rate", lcm=lcm),
            total="sum",
            width=13,
        ),
        Column(
            "high",
            "Required, High",
            of("high"),
            "money",
            _alternative(heads, "High: cost to sell rate", "High: liquidation rate", lcm=lcm),
            total="sum",
            width=13,
        ),
        Column(
            "brought_forward",
            "Reserve Brought Forward",
            of("brought_forward"),
            "money",
            total="sum",
            width=13,
        ),
        Column(
            "write_down",
            "Write-down",
            of("write_down"),
            "money",
            '=IF(ISNUMBER([required]),MAX(0,ROUND([required]-[brought_forward],2)),"")',
            total="sum",
            width=13,
        ),
        Column("reversible", "Reversible At Most", of("reversible"), "money", width=13),
        Column(
            "reversal",
            "Reversal",
            of("reversal"),
            "money",
            "=IF(ISNUMBER([required]),MIN([reversible],MAX(0,ROUND([brought_forward]-[required]"
            ",2))),0)",
            total="sum",
            width=13,
        ),
        Column(
            "closing",
            "Closing Reserve",
            of("closing"),
            "money",
            "=ROUND(SUM([brought_forward],[write_down])-[reversal],2)",
            total="sum",
            width=13,
        ),
        Column(
            "age_table_reserve",
            "Ageing Table (Evidence)",
            of("age_table_reserve"),
            "money",
            f"=IF(ISNUMBER([age_days]),ROUND([cost]*INDEX({heads.ages.local('rate')},"
            f'MATCH([age_days],{heads.ages.local("from")},1)),2),"")',
            total="sum",
            width=13,
        ),
        Column(
            "coverage_table_reserve",
            "Coverage Table (Evidence)",
            of("coverage_table_reserve"),
            "money",
            _cover(heads.covers),
            total="sum",
            width=13,
        ),
        Column(
            "tier",
            "Risk Tier",
            of("tier"),
            "center",
            _tier(heads),
            width=9,
            styles=np.array([f"tier_{t}" for t in of("tier")], dtype=object),
        ),
        Column(
            "item_row", "Item", np.where(_first(frame), 1.0, 0.0), "count", total="sum", width=6
        ),
        *predicted,
    ]


def _first(frame: pd.DataFrame) -> NDArray[np.bool_]:
    line = frame["line"].to_numpy()
    return np.concatenate([[True], line[1:] != line[:-1]]) if len(line) else line.astype(bool)
