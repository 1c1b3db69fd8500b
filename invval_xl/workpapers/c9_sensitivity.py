"""C-9 Sensitivity: what the reserve would be under other assumptions, item by item and in total.

Each study re-works an item as accounting.md section F does: both tests, the selling cost, the
liquidation price against the demand rate, the base and the evidence of the markdown, and what
holding would cost. Every figure is a formula on the item's own cells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.expected_loss import wilson
from invval_xl.accounting.money import round_half_away, round_money
from invval_xl.terms import Tranche
from invval_xl.workpapers.c3_formulas import demand_units
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Sheet, texts
from invval_xl.workpapers.sums import criterion, money_by, money_total

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.reserving.prediction import Prediction
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper

__all__ = ["lay_sensitivity", "study_lines"]

NAME = "C-9 Sensitivity"
SAMPLES = (20.0, 50.0, 200.0)


def study_lines(case: Case) -> pd.DataFrame:
    """Items named in Control, then the largest requirements, as many as policy asks for."""
    lines = case.lines
    named = lines[lines["sku"].isin(case.control.study_skus)]
    named = named.sort_values("cost", ascending=False).drop_duplicates("sku")
    count = int(case.proposal.policy.number("study_items"))
    largest = lines[lines["required"] > 0].nlargest(count, "required")
    rest = largest[~largest.index.isin(named.index)]
    import pandas as pd

    return pd.concat([named, rest])


def lay_sensitivity(case: Case, c3: LcnrvPaper) -> Sheet:
    """Lay C-9: the portfolio's range, then the studies."""
    sheet = open_paper(
        case,
        NAME,
        "Show what the reserve hangs on, so that no figure stands alone.",
        ["C-3 LCNRV, whose yellow cells drive this paper too."],
        [
            "Portfolio: each row of C-3 at the ends of the stated alternatives.",
            "Studies: the items named in Control and the largest requirements, each re-worked"
            " from its own row.",
        ],
        columns=9,
    )
    frame = case.proposal.frame
    sheet.section("Portfolio", 9)

    def total(name: str) -> float:
        return money_total(frame[name])

    facts = [
        ("Required, low: least selling cost, best liquidation", "low"),
        ("Required, as posted", "required"),
        ("Required, high: greatest selling cost, worst liquidation", "high"),
        ("Price test alone, all units at the ordinary price", "price_test"),
        ("Expected shortfall reading", "expected_shortfall"),
        ("Ageing table (evidence)", "age_table_reserve"),
        ("Coverage table (evidence)", "coverage_table_reserve"),
    ]
    places = sheet.facts(
        [(label, total(name), "money", f"={c3.place.total(name)}") for label, name in facts]
    )
    for (_, name), address in zip(facts, places.values(), strict=True):
        cell = address.split("!", 1)[1]
        same = f"ROUND({cell}-{total(name)!r},2)=0"
        sheet.tick(int(cell.rsplit("$", 1)[1]), 3, "IC", same)
    sheet.widths[1] = 52
    sheet.space()
    if case.prediction is not None:
        _model_beside(sheet, case, case.prediction, c3)
    studied = study_lines(case)
    for position in studied.index:
        _Study(case, c3, sheet, int(position)).lay()
    close_paper(
        sheet,
        [
            f"{len(studied)} item(s) studied; the posted requirement of {total('required'):,.2f}"
            f" lies between {total('low'):,.2f} and {total('high'):,.2f}."
        ],
        ["IC"],
        ["C-3 LCNRV", "C-6 Rationale"],
        columns=9,
    )
    return sheet


def _model_beside(sheet: Sheet, case: Case, prediction: Prediction, c3: LcnrvPaper) -> None:
    """Model, rule and tables side by side: what each alone would reserve."""
    frame = case.proposal.frame
    names = sorted(set(frame["category"]))
    r = c3.place.range
    of = case.lines["category"]
    sheet.section("Model versus tables: what each alone would reserve", 9)

    def from_rows(name: str, header: str) -> Column:
        return Column(
            name, header, money_by(frame[name], frame["category"], names), "money",
            f"=ROUND(SUMIFS({r(name)},{r('category')},{criterion('[category]')}),2)",
            total="sum", width=15,
        )  # fmt: skip

    model = money_by(prediction.frame["model_reserve"], of, names)
    rule = money_by(frame["required"], frame["category"], names)
    sheet.table(
        [
            Column("category", "Category", texts(names)),
            from_rows("cost", "Cost"),
            from_rows("required", "Required By Rule"),
            Column("model", "Predicted Loss, Model", model, "money", total="sum", width=15),
            from_rows("age_table_reserve", "Ageing Table"),
            from_rows("coverage_table_reserve", "Coverage Table"),
            Column("gap", "Model Less Rule", np.round(model - rule, 2), "money",
                   "=ROUND([model]-[required],2)", total="sum", width=15),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.text(
        f"Predicted loss: model {prediction.model.model_id}, answered by"
        f" {prediction.answered_by}; line by line on C-10.",
        "quiet",
    )
    sheet.space()


class _Study:
    """One item on C-9. Formulas name the item's cells, which are links into C-3."""

    def __init__(self, case: Case, c3: LcnrvPaper, sheet: Sheet, position: int) -> None:
        self.case, self.c3, self.sheet, self.position = case, c3, sheet, position
        self.line = case.lines.iloc[position]
        self.frame = case.proposal.frame.iloc[c3.first[position] : c3.last[position] + 1]

    def lay(self) -> None:
        """Title, facts, then the five tables."""
        sheet, line = self.sheet, self.line
        name = f" {line['description']}" if line["description"] else ""
        sheet.section(f"SKU {line['sku']} at {line['location']}{name}", 9)
        ordinary = self.frame[
            self.frame["tranche"].isin([Tranche.DEMAND.value, Tranche.EXCESS.value])
        ]
        if not len(ordinary) or math.isnan(float(ordinary.iloc[0]["price"])):
            sheet.text("No ordinary selling price is known: nothing can be re-worked.", "warn")
            sheet.space()
            return
        self.at = self._facts(ordinary.iloc[0], int(ordinary.index[0]))
        sheet.space()
        self._rates()
        self._horizons()
        self._selling_cost()
        self._liquidation()
        self._markdown()
        self._holding()
        sheet.space()

    def _cell(self, name: str, index: int) -> str:
        return "=" + self.c3.place.cell(name, index)

    def _facts(self, row: pd.Series[Any], index: int) -> dict[str, str]:
        def linked(label: str, name: str, style: str) -> tuple[str, Any, str, str]:
            return (label, row[name], style, self._cell(name, index))

        def stated(label: str, value: float, style: str) -> tuple[str, Any, str, str]:
            return (label, value, style, "")

        excess = self.frame[
            self.frame["channel_rate"].notna() & self.frame["contract_price"].isna()
        ]
        if len(excess):
            at_excess = int(excess.index[-1])
            self.liquidation = float(excess.iloc[-1]["channel_rate"])
            outlet = [
                (
                    "Liquidation rate",
                    self.liquidation,
                    "rate",
                    self._cell("channel_rate", at_excess),
                )
            ]
        else:
            self.liquidation = self.case.proposal.policy.number("liquidation_rate")
            outlet = [("Liquidation rate (policy)", self.liquidation, "input_rate", "")]
        places = self.sheet.facts(
            [
                *outlet,
                linked("Units on hand", "units_on_hand", "units"),
                linked("Unit cost", "unit_cost", "unit_price"),
                linked("Price", "price", "unit_price"),
                stated("Market price", row["market_price"], "unit_price"),
                stated(
                    "Average selling price, demand window", row["average_price_90d"], "unit_price"
                ),
                stated("Units sold, 30 days", row["units_30d"], "units"),
                stated("Units sold, 90 days", row["units_90d"], "units"),
                linked("Demand horizon, days", "demand_horizon_days", "days"),
                linked("Cost to sell rate", "cost_to_sell_rate", "rate"),
                linked("Cost to complete", "cost_to_complete", "unit_price"),
                linked("Cost to sell, per unit", "cost_to_sell", "unit_price"),
                stated("Chance of a markdown", row["markdown_probability"], "rate"),
                stated("Size of the markdown", row["markdown_rate"], "rate"),
                ("Required reserve", self.line["required"], "money", "=" + self._span("required")),
                ("Price test", self.line["price_test"], "money", "=" + self._span("price_test")),
                (
                    "Quantity test",
                    self.line["quantity_test"],
                    "money",
                    "=" + self._span("quantity_test"),
                ),
                (
                    "Expected shortfall",
                    self.line["expected_shortfall"],
                    "money",
                    "=" + self._span("expected_shortfall"),
                ),
            ]
        )
        self.values = row
        return {
            label.removesuffix(" (policy)"): address.split("!", 1)[1]
            for label, address in places.items()
        }

    def _span(self, name: str) -> str:
        return self.c3.span(name, self.position)

    def _rates(self) -> None:
        """Demand by window, days of supply, excess over the horizon."""
        at, v = self.at, self.values
        units30, units90 = v["units_30d"], v["units_90d"]
        if math.isnan(units30) or math.isnan(units90):
            return
        a30, a90 = at["Units sold, 30 days"], at["Units sold, 90 days"]
        rates = np.array([units90 / 90, units30 / 30, (units90 - units30) / 60])
        on_hand, horizon = v["units_on_hand"], v["demand_horizon_days"]
        with np.errstate(divide="ignore"):
            supply = on_hand / rates
        shown = np.where(np.isfinite(supply), supply.astype(object), "no sales")
        excess = np.maximum(0.0, on_hand - round_half_away(rates * horizon, 0))
        horizon = f"[rate]*{at['Demand horizon, days']}"
        self.sheet.table(
            [
                Column(
                    "window",
                    "Demand Window",
                    np.array(["last 90 days", "last 30 days", "prior 60 days"], dtype=object),
                ),
                Column(
                    "rate",
                    "Units A Day",
                    rates,
                    "per_day",
                    "={f}",
                    {"f": np.array([f"{a90}/90", f"{a30}/30", f"({a90}-{a30})/60"], dtype=object)},
                ),
                Column(
                    "supply",
                    "Days Of Supply",
                    shown,
                    "days",
                    f'=IF([rate]>0,{at["Units on hand"]}/[rate],"no sales")',
                ),
                Column(
                    "excess",
                    "Excess Units",
                    excess,
                    "units",
                    f"=MAX(0,{at['Units on hand']}-{demand_units(horizon)})",
                ),
            ]
        )
        self.sheet.space()

    def _horizons(self) -> None:
        """Excess and its reserve by how far ahead demand may claim units."""
        at, v = self.at, self.values
        if math.isnan(v["units_90d"]):
            return
        days = np.array(self.case.proposal.policy.numbers("sensitivity_horizon_days"))
        demand = round_half_away(v["units_90d"] / 90 * days, 0)
        excess = np.maximum(0.0, v["units_on_hand"] - demand)
        price = round_half_away(v["price"] * self.liquidation, 4)
        fixed = v["cost_to_complete"] + v["cost_to_sell"]
        nrv = round_half_away(price * (1 - v["cost_to_sell_rate"]) - fixed, 4)
        loss = max(0.0, float(v["unit_cost"] - max(float(nrv), 0.0)))
        taken = f"{at['Units sold, 90 days']}/90*[days]"
        outlet = self._nrv(
            f"ROUND({at['Price']}*{at['Liquidation rate']},4)", at["Cost to sell rate"]
        )
        self.sheet.table(
            [
                Column("days", "Demand Horizon, Days", days, "input_number"),
                Column("excess", "Excess Units", excess, "units",
                       f"=MAX(0,{at['Units on hand']}-{demand_units(taken)})"),
                Column("nrv", "NRV Of Excess", np.full(len(days), float(nrv)), "unit_price",
                       "=" + outlet),
                Column("reserve", "Quantity Reserve", round_money(excess * loss), "money",
                       f"=ROUND([excess]*MAX(0,{at['Unit cost']}-MAX([nrv],0)),2)"),
            ]
        )  # fmt: skip
        self.sheet.space()

    def _nrv(self, price: str, rate: str) -> str:
        at = self.at
        return (
            f"ROUND({price}*(1-{rate})-{at['Cost to complete']}-{at['Cost to sell, per unit']},4)"
        )

    def _selling_cost(self) -> None:
        """Expected and marked-down NRV, break-even price, write-down if marked down for certain."""
        at, v = self.at, self.values
        rates = np.array(self.case.proposal.policy.numbers("sensitivity_cost_to_sell_rates"))
        fixed = v["cost_to_complete"] + v["cost_to_sell"]
        expected = round_half_away(v["expected_price"] * (1 - rates) - fixed, 4)
        price, chance, depth = at["Price"], at["Chance of a markdown"], at["Size of the markdown"]
        known = not math.isnan(v["markdown_probability"])
        cut = round_half_away(v["price"] * (1 - v["markdown_rate"]), 4) if known else math.nan
        marked = round_half_away(cut * (1 - rates) - fixed, 4)
        units, cost = v["units_on_hand"], v["unit_cost"]
        expected_price = f"ROUND({price}*(1-{chance}*{depth}),4)" if known else f"ROUND({price},4)"
        columns = [
            Column("rate", "Cost To Sell Rate", rates, "input_rate"),
            Column(
                "nrv",
                "Expected NRV",
                expected,
                "unit_price",
                "=" + self._nrv(expected_price, "[rate]"),
            ),
            Column(
                "even",
                "Break-even Gross Price",
                round_half_away((cost + fixed) / (1 - rates), 4),
                "unit_price",
                f"=ROUND(({at['Unit cost']}+{at['Cost to complete']}"
                f"+{at['Cost to sell, per unit']})/(1-[rate]),4)",
            ),
            Column(
                "test",
                "Price Test, All Units",
                round_money(units * np.maximum(0, cost - np.maximum(expected, 0))),
                "money",
                f"=ROUND({at['Units on hand']}*MAX(0,{at['Unit cost']}-MAX([nrv],0)),2)",
            ),
        ]
        if known:
            columns += [
                Column(
                    "marked",
                    "NRV If Marked Down",
                    marked,
                    "unit_price",
                    "=" + self._nrv(f"ROUND({price}*(1-{depth}),4)", "[rate]"),
                ),
                Column(
                    "certain",
                    "Write-down If Marked Down For Certain",
                    round_money(units * np.maximum(0, cost - np.maximum(marked, 0))),
                    "money",
                    f"=ROUND({at['Units on hand']}*MAX(0,{at['Unit cost']}-MAX([marked],0)),2)",
                ),
            ]
        self.sheet.table(columns, header_height=44)
        self.sheet.space()

    def _liquidation(self) -> None:
        """Quantity test by liquidation price and by the demand rate of 90 and of 30 days."""
        at, v = self.at, self.values
        if math.isnan(v["units_30d"]) or math.isnan(v["units_90d"]):
            return
        shares = np.array(self.case.proposal.policy.numbers("sensitivity_liquidation_rates"))
        fixed = v["cost_to_complete"] + v["cost_to_sell"]
        price = round_half_away(v["price"] * shares, 4)
        nrv = round_half_away(price * (1 - v["cost_to_sell_rate"]) - fixed, 4)
        loss = np.maximum(0, v["unit_cost"] - np.maximum(nrv, 0))
        columns = [
            Column("share", "Liquidation Rate", shares, "input_rate"),
            Column(
                "price",
                "Liquidation Price",
                price,
                "unit_price",
                f"=ROUND({at['Price']}*[share],4)",
            ),
            Column(
                "nrv", "NRV", nrv, "unit_price", "=" + self._nrv("[price]", at["Cost to sell rate"])
            ),
        ]
        cost = v["units_on_hand"] * v["unit_cost"]
        for days, label in ((90, "Units sold, 90 days"), (30, "Units sold, 30 days")):
            demand = round_half_away(v[f"units_{days}d"] / days * v["demand_horizon_days"], 0)
            excess = max(0.0, float(v["units_on_hand"] - demand))
            reserve = round_money(excess * loss)
            taken = f"{at[label]}/{days}*{at['Demand horizon, days']}"
            columns += [
                Column(
                    f"excess{days}",
                    f"Excess At {days}-day Rate",
                    np.full(len(shares), excess),
                    "units",
                    f"=MAX(0,{at['Units on hand']}-{demand_units(taken)})",
                ),
                Column(
                    f"reserve{days}",
                    f"Reserve At {days}-day Rate",
                    reserve,
                    "money",
                    f"=ROUND([excess{days}]*MAX(0,{at['Unit cost']}-MAX([nrv],0)),2)",
                ),
                Column(
                    f"rate{days}",
                    "To Cost",
                    reserve / cost,
                    "rate",
                    f"=[reserve{days}]/({at['Units on hand']}*{at['Unit cost']})",
                ),
            ]
        self.sheet.table(columns)
        self.sheet.space()

    def _markdown(self) -> None:
        """Base of the markdown, and how far the chance may be off for a sample of n."""
        at, v = self.at, self.values
        if math.isnan(v["markdown_probability"]):
            self.sheet.text("No markdown expectation is stated for this item.", "quiet")
            return
        p, d = v["markdown_probability"], v["markdown_rate"]
        chance, depth = at["Chance of a markdown"], at["Size of the markdown"]
        bases = [
            ("market price", v["market_price"], at["Market price"]),
            (
                "average selling price",
                v["average_price_90d"],
                at["Average selling price, demand window"],
            ),
        ]
        bases = [b for b in bases if not math.isnan(b[1])]
        base = np.array([b[1] for b in bases])
        self.sheet.table(
            [
                Column("base", "Markdown Taken On", np.array([b[0] for b in bases], dtype=object)),
                Column(
                    "from",
                    "Price",
                    base,
                    "unit_price",
                    "={f}",
                    {"f": np.array([b[2] for b in bases], dtype=object)},
                ),
                Column(
                    "cut",
                    "Marked-down Price",
                    round_half_away(base * (1 - d), 4),
                    "unit_price",
                    f"=ROUND([from]*(1-{depth}),4)",
                ),
                Column(
                    "expected",
                    "Expected Price",
                    round_half_away(base * (1 - p * d), 4),
                    "unit_price",
                    f"=ROUND([from]*(1-{chance}*{depth}),4)",
                ),
                Column(
                    "even",
                    "Above Break-even",
                    np.where(
                        round_half_away(base * (1 - d), 4) >= self._even(), "yes", "no"
                    ).astype(object),
                    "center",
                    f'=IF([cut]>={self._even_formula()},"yes","no")',
                ),
            ]
        )
        self.sheet.space()
        stated = v["markdown_sample_size"]
        sizes = np.array([stated] if not math.isnan(stated) else SAMPLES)
        low, high = wilson(np.full(len(sizes), p), sizes)
        z = 1.959963984540054
        centre = f"({chance}+{z}^2/(2*[n]))/(1+{z}^2/[n])"
        half = f"{z}/(1+{z}^2/[n])*SQRT({chance}*(1-{chance})/[n]+{z}^2/(4*[n]^2))"
        price = v["price"]
        self.sheet.table(
            [
                Column(
                    "n",
                    "Items Behind The Chance" if math.isnan(stated) else "Items Observed",
                    sizes,
                    "input_number",
                ),
                Column("low", "Chance, Low (95 %)", low, "rate", f"={centre}-{half}"),
                Column("high", "Chance, High (95 %)", high, "rate", f"={centre}+{half}"),
                Column(
                    "worst",
                    "Expected Price, Low",
                    round_half_away(price * (1 - high * d), 4),
                    "unit_price",
                    f"=ROUND({at['Price']}*(1-[high]*{depth}),4)",
                ),
                Column(
                    "best",
                    "Expected Price, High",
                    round_half_away(price * (1 - low * d), 4),
                    "unit_price",
                    f"=ROUND({at['Price']}*(1-[low]*{depth}),4)",
                ),
            ]
        )
        self.sheet.space()

    def _even(self) -> float:
        v = self.values
        fixed = v["unit_cost"] + v["cost_to_complete"] + v["cost_to_sell"]
        return float(round_half_away(fixed / (1 - v["cost_to_sell_rate"]), 4))

    def _even_formula(self) -> str:
        at = self.at
        return (
            f"ROUND(({at['Unit cost']}+{at['Cost to complete']}+"
            f"{at['Cost to sell, per unit']})/(1-{at['Cost to sell rate']}),4)"
        )

    def _holding(self) -> None:
        """Economics, not NRV: could a markdown clear the stock, and what does waiting cost."""
        at, v = self.at, self.values
        if (
            math.isnan(v["units_90d"])
            or v["units_90d"] <= 0
            or math.isnan(v["markdown_probability"])
        ):
            return
        e = np.array(self.case.proposal.policy.numbers("sensitivity_elasticities"))
        depth, d = at["Size of the markdown"], v["markdown_rate"]
        rate = v["units_90d"] / 90
        uplift = (1 - d) ** e
        clear = v["units_on_hand"] / (rate * uplift)
        self.sheet.table(
            [
                Column("e", "Price Elasticity", e, "input_number"),
                Column("uplift", "Demand After The Markdown", uplift, "ratio", f"=(1-{depth})^[e]"),
                Column(
                    "days",
                    "Days To Clear",
                    clear,
                    "days",
                    f"={at['Units on hand']}/({at['Units sold, 90 days']}/90*[uplift])",
                ),
            ]
        )
        self.sheet.space()
        carry = self.case.proposal.policy.number("carrying_cost_rate")
        wait = v["units_on_hand"] / rate / 2 / 365
        sell = v["cost_to_sell_rate"]
        places = self.sheet.facts(
            [
                ("Carrying cost rate, a year (C-9 only)", carry, "input_rate"),
                (
                    "Mean wait, years",
                    wait,
                    "ratio",
                    f"={at['Units on hand']}/({at['Units sold, 90 days']}/90)/2/365",
                ),
            ]
        )
        rate_at, wait_at = (a.split("!", 1)[1] for a in places.values())
        cost = carry * v["unit_cost"] * wait
        marked = round_half_away(v["price"] * (1 - d), 4)
        self.sheet.facts(
            [
                (
                    "Holding nets, per unit (economics, not NRV)",
                    float(round_half_away(v["price"] * (1 - sell) - cost, 4)),
                    "unit_price",
                    f"=ROUND({at['Price']}*(1-{at['Cost to sell rate']})"
                    f"-{rate_at}*{at['Unit cost']}*{wait_at},4)",
                ),
                (
                    "Marking down now nets, per unit",
                    float(round_half_away(marked * (1 - sell), 4)),
                    "unit_price",
                    f"=ROUND(ROUND({at['Price']}*(1-{depth}),4)*(1-{at['Cost to sell rate']}),4)",
                ),
            ]
        )
