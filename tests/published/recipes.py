"""How each kind of published example is run through the project's functions.

A recipe takes an example's inputs as they stand in ``worked_examples.json`` and returns every
figure by the name it has there. Nothing is computed here that a function of the project computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from invval_xl.accounting import (
    ageing,
    balance_set,
    commitments,
    cost_flow,
    cover,
    dollar_value_lifo,
    expected_loss,
    layers,
    lcm,
    nrv,
    perpetual,
    plans,
    pricing,
    ratios,
    reserve_tables,
    retail_method,
    reversal,
    rollforward,
    tranches,
    unit_of_account,
)

Figures = dict[str, Any]
Inputs = Mapping[str, Any]
METHODS = ("fifo", "lifo", "average")


def nrv_unit(given: Inputs) -> Figures:
    price = nrv.net_realizable_value(
        given["selling_price"],
        cost_to_complete=given.get("cost_to_complete", 0.0),
        cost_to_sell=given.get("cost_to_sell", 0.0),
        cost_to_sell_rate=given.get("cost_to_sell_rate", 0.0),
        transport=given.get("transport", 0.0),
    )
    return {
        "nrv": price,
        "carrying_unit": nrv.lcnrv(given["unit_cost"], price),
        "writedown_unit": nrv.unit_write_down(given["unit_cost"], price),
    }


def lcnrv_item(given: Inputs) -> Figures:
    if "unit_nrv" in given:
        price = given["unit_nrv"]
    else:
        price = nrv.net_realizable_value(
            given["selling_price"],
            cost_to_complete=given.get("cost_to_complete", 0.0),
            cost_to_sell=given.get("cost_to_sell", 0.0),
        )
    units = given.get("qty", 1)
    return {
        "nrv": price,
        "value": units * nrv.lcnrv(given["unit_cost"], price),
        "writedown": nrv.write_down(units, given["unit_cost"], price),
    }


def lcnrv_group(given: Inputs) -> Figures:
    items = given["items"]
    columns = [
        np.array([row[name] for row in items], float) for name in ("qty", "unit_cost", "unit_nrv")
    ]
    by_item = unit_of_account.value_by_item(*columns)
    total = unit_of_account.value_by_total(*columns)
    figures = {
        "total_cost": by_item.cost.sum(),
        "total_nrv": by_item.nrv.sum(),
        "value_by_item": by_item.value.sum(),
        "writedown_by_item": by_item.cost.sum() - by_item.value.sum(),
        "value_by_total": np.sum(total.value),
        "writedown_by_total": np.sum(total.cost) - np.sum(total.value),
    }
    if "category" in items[0]:
        names = sorted({row["category"] for row in items})
        group = np.array([names.index(row["category"]) for row in items])
        grouped = unit_of_account.value_by_group(*columns, group)
        figures["value_by_category"] = np.sum(grouped.value)
        figures["writedown_by_category"] = np.sum(grouped.cost) - np.sum(grouped.value)
    return figures


def inventory_adjustment(given: Inputs) -> Figures:
    figures: Figures = {}
    if "coats" in given:
        coats, skirts = given["coats"], given["skirts"]
        coat_price = pricing.price_after_markdown(coats["full_price"], 1 - coats["price_pct"])
        coat_nrv = nrv.net_realizable_value(
            coat_price, cost_to_sell_rate=coats["selling_cost_pct_of_price"]
        )
        skirt_nrv = nrv.net_realizable_value(
            skirts["full_price"] - skirts["price_reduction"],
            cost_to_sell=skirts["total_selling_cost"] / skirts["qty"],
        )
        figures["coats_nrv"] = coats["qty"] * coat_nrv
        figures["coats_writedown"] = nrv.write_down(coats["qty"], coats["unit_cost"], coat_nrv)
        figures["skirts_nrv"] = skirts["qty"] * skirt_nrv
        figures["skirts_writedown"] = nrv.write_down(skirts["qty"], skirts["unit_cost"], skirt_nrv)
        lost = figures["coats_writedown"] + figures["skirts_writedown"]
        figures["inventory"] = given["closing_at_cost"] - lost
    elif "old" in given:
        old = given["old"]
        price = pricing.price_from_markup_on_cost(old["cost_m"], old["normal_markup_on_cost"])
        figures["old_nrv_m"] = nrv.net_realizable_value(price, cost_to_sell=old["cost_to_sell_m"])
        figures["writedown_m"] = nrv.write_down(1, old["cost_m"], figures["old_nrv_m"])
        figures["inventory_m"] = given["closing_at_cost_m"] - figures["writedown_m"]
    elif "lines" in given:
        first, second = given["lines"]
        per_unit = nrv.net_realizable_value(
            first["selling_price"], cost_to_sell=first["total_selling_cost"] / first["qty"]
        )
        figures["line1_cost"] = first["qty"] * first["unit_cost"]
        figures["line1_nrv"] = first["qty"] * per_unit
        figures["writedown"] = nrv.write_down(
            [first["qty"], second["qty"]],
            [first["unit_cost"], second["unit_cost"]],
            [per_unit, second["unit_net_price"]],
        ).sum()
        figures["inventory"] = given["closing_at_cost"] - figures["writedown"]
    else:
        damaged, slow = given["damaged"], given["slow_moving"]
        cost = pricing.cost_from_markup_on_cost(damaged["selling_value"], damaged["markup_on_cost"])
        price = nrv.net_realizable_value(damaged["nrv_price"], cost_to_sell=damaged["cost_to_sell"])
        figures["damaged_cost"] = cost
        figures["damaged_writedown"] = nrv.write_down(1, cost, price)
        figures["slow_writedown"] = nrv.write_down(1, slow["cost"], slow["nrv"])
        removed = given["consignment"] + given["misclassified"]
        lost = figures["damaged_writedown"] + figures["slow_writedown"]
        figures["inventory"] = given["closing_at_cost"] - removed - lost
    return figures


def firm_contract(given: Inputs) -> Figures:
    split = tranches.split_units(
        given["qty_on_hand"], given["contract_qty"], 0, given["qty_on_hand"], 365
    )
    rest = given["qty_on_hand"] - split.firm
    cost = given["unit_cost"]
    figures = {
        "contract_value": split.firm * nrv.lcnrv(cost, given["contract_unit_nrv"]),
        "excess_value": rest * nrv.lcnrv(cost, given["general_unit_nrv"]),
    }
    figures["value"] = figures["contract_value"] + figures["excess_value"]
    figures["writedown"] = nrv.write_down(
        split.firm, cost, given["contract_unit_nrv"]
    ) + nrv.write_down(rest, cost, given["general_unit_nrv"])
    return figures


def reversal_(given: Inputs) -> Figures:
    figures: Figures = {}
    year = "t" if "price_t1" in given else "y"
    cost = given["cost"]
    first, second = (
        nrv.net_realizable_value(
            given[f"price_{year}{n}"], cost_to_sell=given.get("cost_to_sell", 0.0)
        )
        if f"price_{year}{n}" in given
        else float(given[f"nrv_{year}{n}"])
        for n in (1, 2)
    )
    carrying = nrv.lcnrv(cost, first)
    written_down = nrv.write_down(1, cost, first)
    framework = given["framework"].lower().replace(" ", "-")
    back = reversal.permitted_reversal(framework, written_down, cost, carrying, second)
    figures.update({f"nrv_{year}1": first, f"nrv_{year}2": second})
    figures.update({f"carrying_{year}1": carrying, f"writedown_{year}1": written_down})
    figures.update({f"reversal_{year}2": back, f"carrying_{year}2": carrying + back})
    return figures


def lcm_(given: Inputs) -> Figures:
    replacement, top = given["replacement_cost"], given["nrv"]
    if "floor" in given:
        figures = {"market": lcm.market_between(replacement, top, given["floor"])}
        if "cost" in given:
            figures["value"] = lcm.lcm_between(given["cost"], replacement, top, given["floor"])
        return figures
    profit, cost = given["normal_profit"], given["cost"]
    value = lcm.lcm(cost, replacement, top, profit)
    return {
        "ceiling": lcm.ceiling(top),
        "floor": lcm.floor(top, profit),
        "market": lcm.market(replacement, top, profit),
        "value": value,
        "writedown": cost - value,
    }


def lcm_group(given: Inputs) -> Figures:
    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in given["items"]], float)

    top = nrv.net_realizable_value(
        column("selling_price"), cost_to_sell=column("cost_to_complete_and_dispose")
    )
    replacement, profit = column("replacement_cost"), column("normal_profit")
    lines = column("qty") * lcm.lcm(column("unit_cost"), replacement, top, profit)
    return {
        "markets": lcm.market(replacement, top, profit),
        "line_values": lines,
        "total": lines.sum(),
    }


def purchase_commitment(given: Inputs) -> Figures:
    contract = given["contract_amount"]
    if "market_amount" in given:
        return {"loss": commitments.commitment_loss(contract, given["market_amount"])}
    at_end = given.get("market_at_year_end", given.get("market_at_period_end"))
    stages = commitments.settle_commitment(contract, at_end, given["market_at_purchase"])
    return {
        "loss_year_end": stages.loss_period_end,
        "loss_period_end": stages.loss_period_end,
        "further_loss_at_purchase": stages.further_loss,
        "inventory_recorded": stages.inventory_recorded,
    }


def movements(transactions: list[list[Any]]) -> tuple[list[float], list[float]]:
    """Signed units and unit costs of ``["buy", units, cost]``, ``["sell", units]`` and returns."""
    units, unit_costs = [], []
    for word, count, *cost in transactions:
        inward = word in {"buy", "begin", "beginning", "purchase", "sales_return"}
        units.append(float(count) if inward else -float(count))
        unit_costs.append(float(cost[0]) if cost else float("nan"))
    return units, unit_costs


def cost_flow_(given: Inputs) -> Figures:
    figures: Figures = {}
    if "lots" in given and "units_sold" in given:
        units, costs = zip(*given["lots"], strict=True)
        price, sold = given["sell_price"], given["units_sold"]
        for method in METHODS:
            period = cost_flow.periodic(method, units, costs, units_sold=sold)
            figures[f"gm_{method}"] = period.gross_margin(price * sold)
        left = np.array(units, float)
        left[given["specific_lot"] - 1] -= sold
        specific = cost_flow.specific_identification(units, costs, left)
        figures["gm_specific"] = specific.gross_margin(price * sold)
        return figures
    if "lots" in given:
        units, costs = zip(*given["lots"], strict=True)
        for method in METHODS:
            period = cost_flow.periodic(method, units, costs, units_on_hand=given["ending_units"])
            figures[f"ending_{method}"], figures[f"cogs_{method}"] = period.ending_cost, period.cogs
        return figures
    moved, unit_costs = movements(given["transactions"])
    if given["system"] == "periodic":
        bought = [(u, c) for u, c in zip(moved, unit_costs, strict=True) if u > 0]
        sold = -sum(u for u in moved if u < 0)
        units, costs = zip(*bought, strict=True)
        period = cost_flow.periodic(given["method"], units, costs, units_sold=sold)
        return {
            "cogs": period.cogs,
            "ending_inventory": period.ending_cost,
            "ending_units": period.ending_units,
            "gross_margin": period.gross_margin(given["sales_revenue"]),
        }
    for method in METHODS:
        book = perpetual.perpetual(method, moved, unit_costs)
        figures[method] = book.totals.cogs[0]
        figures[f"ending_{method}"] = book.totals.ending_cost[0]
        figures["ending_units"] = book.totals.ending_units[0]
    averages = perpetual.perpetual("average", moved, unit_costs).balance_unit_cost
    second, third = [*np.flatnonzero(np.array(moved) > 0).tolist(), 0, 0, 0][1:3]
    figures.update(avg_after_may8=averages[second], avg_after_may15=averages[third])
    figures.update(avg_jul11=averages[second], avg_jul21=averages[third])
    if "method" in given:
        book = perpetual.perpetual(given["method"], moved, unit_costs)
        figures["ending_inventory"] = book.totals.ending_cost[0]
        issues = np.array(moved) < 0
        if "sale_prices" in given:
            sales = -np.array(moved)[issues] * np.array(given["sale_prices"])
            figures["profits"] = ratios.gross_margin(sales, book.issue_cost[issues])
    return figures


def balance_set_(given: Inputs) -> Figures:
    if "dc_bop" in given:
        moved = given["transfer_dc_to_store"]
        dc = balance_set.ending(given["dc_bop"], 0, moved)
        store = balance_set.ending(given["store_bop"], moved, 0)
        return {"dc_eop": dc, "store_eop": store, "system": dc + store}
    if "bop_units" in given:
        sold = -balance_set.balance_break(
            given["bop_units"], given["purchases_units"], 0, given["eop_units"]
        )
        cost = given["unit_cost"]
        return {
            "units_sold": sold,
            "cogs": cost_flow.cogs("fifo", [sold + given["eop_units"]], [cost], given["eop_units"]),
            "eop_cost": cost_flow.ending(
                "fifo", [sold + given["eop_units"]], [cost], given["eop_units"]
            ),
        }
    short = ratios.shortage(given["book"], given["physical"])
    return {
        "shrink": short,
        "shrink_pct_of_sales": 100 * ratios.shortage_rate(short, given["sales"]),
    }


RETAIL_NAMES = {
    "bi_c": "beginning_cost",
    "bi_r": "beginning_retail",
    "p_c": "purchases_cost",
    "p_r": "purchases_retail",
    "sales": "sales_retail",
    "freight": "freight_in_cost",
    "mu": "markups_retail",
    "mu_cancel": "markup_cancellations_retail",
    "md": "markdowns_retail",
    "md_cancel": "markdown_cancellations_retail",
}


def retail_method_(given: Inputs) -> Figures:
    named = {RETAIL_NAMES.get(key, key): value for key, value in given.items() if key != "variant"}
    goods = retail_method.retail_inventory(**named)
    figures: Figures = {
        "ending_retail": goods.ending_retail,
        "goods_available_cost": goods.available_cost,
        "goods_available_retail_before_markdowns": goods.available_retail,
    }
    for variant in retail_method.RetailVariant:
        name = variant.value.replace(" ", "_")
        figures[f"ratio_{name}"] = goods.ratio(variant)
        figures[f"ending_{name}"] = goods.ending_cost(variant)
    return figures


def dv_lifo_retail(given: Inputs) -> Figures:
    years = given["years"]
    ratio = [
        year["ratio"]
        if "ratio" in year
        else retail_method.cost_to_retail_ratio(year["ratio_numerator"], year["ratio_denominator"])
        for year in years
    ]
    ending = dollar_value_lifo.dollar_value_lifo_retail(
        given["base_cost"],
        given["base_retail"],
        [year["ending_retail"] for year in years],
        [year["index"] for year in years],
        ratio,
    ).ending_cost
    return {"ending_lifo": ending, "first_year": ending[0]}


def open_to_buy(given: Inputs) -> Figures:
    names = ("planned_sales", "planned_markdowns", "planned_eom", "bom", "on_order")
    return {"otb_retail": plans.open_to_buy(*(given[name] for name in names)).open_to_buy_retail}


def stock_plan(given: Inputs) -> Figures:
    if "weeks_in_season" in given:
        weeks = plans.planned_weeks_of_supply(given["weeks_in_season"], given["planned_turnover"])
        stock = plans.bom_weeks_of_supply(given["average_weekly_sales"], weeks)
        return {"weeks_of_supply": weeks, "stock": stock}
    average = plans.average_stock(given["season_sales"], given["turnover"])
    monthly = plans.average_monthly_sales(given["season_sales"], given["months"])
    figures = {
        "average_stock": average,
        "average_monthly_sales": monthly,
        "basic_stock": plans.basic_stock(average, monthly),
    }
    for key, sales in given.items():
        if key.startswith("month_sales"):
            figures["bom" + key.removeprefix("month_sales")] = plans.bom_basic_stock(
                sales, average, monthly
            )
    return figures


def retail_math(given: Inputs) -> Figures:  # noqa: PLR0911 - one return a question asked
    have = set(given)
    if "gm_pct" not in have and {"retail", "cost", "turn"} <= have:
        margin = ratios.gross_margin_rate(given["retail"], given["cost"])
        return {"gm_pct": 100 * margin, "gmroi": ratios.gmroi_from_turn(margin, given["turn"])}
    if {"annual_sales", "turn"} <= have:
        return {
            "avg_inventory": ratios.average_inventory_for_turn(given["annual_sales"], given["turn"])
        }
    if "cogs" in have:
        average = ratios.average_inventory(given["beginning"], given["ending"])
        days = ratios.days_in_inventory(given["cogs"], average, days=given.get("days", 365))
        return {"turnover": ratios.turn(given["cogs"], average), "days_in_inventory": days}
    if {"cost", "margin_pct"} <= have:
        return {"retail": pricing.price_from_margin(given["cost"], given["margin_pct"] / 100)}
    if {"retail", "margin_pct"} <= have:
        return {"cost": pricing.cost_from_margin(given["retail"], given["margin_pct"] / 100)}
    if "markdown_pct" in have:
        before = pricing.margin_rate_before_markdown(
            given["markdown_pct"] / 100, given["margin_pct_after_on_selling_price"] / 100
        )
        return {"original_margin_pct": 100 * before}
    if "net_sales" in have:
        return {"aur": balance_set.average_unit_retail(given["net_sales"], given["units"])}
    if "units_left" in have:
        through = cover.sell_through(given["units_sold"], given["units_left"], base="left")
        return {
            "sell_through_pct": 100 * through,
            "original_order": balance_set.ending(given["units_left"], given["units_sold"], 0),
        }
    through = cover.sell_through(given["units_sold"], given["units_received"])
    return {"sell_through_pct": 100 * through}


def age_reserve(given: Inputs) -> Figures:
    buckets = given.get("buckets", given.get("tiers"))
    units = [row.get("units", given.get("units_per_bucket")) for row in buckets]
    costs = [row.get("unit_cost", given.get("unit_cost")) for row in buckets]
    cost = np.array(units, float) * np.array(costs, float)
    # Bucket n is aged n days against a table with one row a bucket.
    table = [[number, row["pct"]] for number, row in enumerate(buckets)]
    reserve = reserve_tables.age_reserve(cost, np.arange(len(buckets)), table).reserve_cost
    whole = {"total": reserve.sum(), "reserve": reserve.sum(), "inventory": cost.sum()}
    share = 100 * reserve.sum() / cost.sum()
    return {"writedowns": reserve, "tier_reserves": reserve, "reserve_pct": share, **whole}


def range_of_coverage(given: Inputs) -> Figures:
    own = [row for row in given["table"] if row["material_type"] == given["material_type"]]
    table = [[row["months"], row["pct"] / 100] for row in own]
    months = cover.weeks_of_supply(given["average_stock"], given["average_consumption_per_month"])
    reserve = reserve_tables.coverage_reserve(
        given["average_stock"], given["price"], given["average_consumption_per_month"], table
    )
    return {
        "range_of_coverage_months": months,
        "devaluation_pct": 100 * reserve.reserve_rate,
        "devalued_price": pricing.price_after_markdown(given["price"], reserve.reserve_rate),
    }


def fifo_ageing(given: Inputs) -> Figures:
    if "inventory_value" in given:
        auc = balance_set.average_unit_cost(given["inventory_value"], given["on_hand"])
        # Half of warehouse 11's pieces are of April: 455.36 is five of them.
        april = given["wh11_qty"] / 2
        return {
            "average_unit_cost": auc,
            "wh11_value": given["wh11_qty"] * auc,
            "wh12_value": given["wh12_qty"] * auc,
            "wh11_apr": april * auc,
        }
    if "wh1" in given:
        counts = [given["wh1"][0][1], given["wh2"][0][1]]
        book = layers.layers([0, 1], ["2026-01-01"] * 2, counts, 1)
        slots = layers.issue("fifo", book, [0], [given["wh1"][1][1]]).left.units
        return {"total": slots.sum(), "slots": slots}
    inward = [row for row in given["movements"] if row[1] > 0]
    outward = -sum(row[1] for row in given["movements"] if row[1] < 0)
    days, units = zip(*inward, strict=True)
    left = layers.issue("fifo", layers.layers([0] * len(days), days, units, 1), [0], [outward]).left
    figures: Figures = {
        "total": left.units.sum(),
        "first_slot_qty": left.units[0],
        "remaining": [[float(u), str(d)] for u, d in zip(left.units, left.received, strict=True)],
    }
    if "to_date" in given:
        age = left.age_days(given["to_date"])
        figures["bucket_0_30_qty"] = left.units[age <= given["ranges"][0]].sum()
        figures["average_age_days"] = ageing.weighted_average_age(left.units, age.astype(float))
    return figures


def reserve_rollforward(given: Inputs) -> Figures:
    closing, _ = rollforward.schedule_ii(
        given["opening"],
        given["charged_to_expense"],
        given["charged_to_other_accounts"],
        given["deductions"],
    )
    return {"closing": closing}


def seed_case(given: Inputs) -> Figures:
    units, cost = given["units"], given["unit_cost"]
    sell = given["assumed_selling_cost_pct"] / 100
    cut, chance = given["similar_markdown_pct"] / 100, given["similar_markdown_probability"]
    short, long = tranches.demand_rate([given["sales_30d"], given["sales_90d"]], [30, 90])
    prior = tranches.demand_rate(given["sales_90d"] - given["sales_30d"], 60)
    outcomes = [1 - chance, chance]

    def mean_price(price: float) -> np.ndarray:
        marked = pricing.price_after_markdown(price, cut)
        return expected_loss.expected_nrv([price, marked], outcomes)

    expected = mean_price(given["market_price"])
    expected_nrv = nrv.net_realizable_value(expected, cost_to_sell_rate=sell)
    marked_nrv = nrv.net_realizable_value(
        pricing.price_after_markdown(given["market_price"], cut), cost_to_sell_rate=sell
    )
    return {
        "book_value": cost_flow.ending("fifo", [units], [cost], units),
        "rate_30d_per_day": short,
        "rate_90d_per_day": long,
        "rate_prior_60d_per_day": prior,
        "rate_change_30d_vs_prior_60d_pct": 100 * ratios.rate_of_change(short, prior),
        "days_of_supply_30d": tranches.days_of_supply(units, short),
        "days_of_supply_90d": tranches.days_of_supply(units, long),
        "sell_through_90d_pct": 100 * cover.sell_through(given["sales_90d"], units, base="left"),
        "expected_price_from_market": expected,
        "expected_price_from_asp": mean_price(given["asp_90d"]),
        "expected_nrv_unit_market_8pct": expected_nrv,
        "marked_down_nrv_unit_market_8pct": marked_nrv,
        "breakeven_gross_price_8pct": pricing.breakeven_price(cost, cost_to_sell_rate=sell),
        "writedown_expected_basis": nrv.write_down(units, cost, expected_nrv),
        "writedown_if_markdown_certain": nrv.write_down(units, cost, marked_nrv),
        "excess_over_365d_at_90d_rate": tranches.excess_units(units, long, 365),
    }


RECIPES: dict[str, Callable[[Inputs], Figures]] = {
    "age_reserve": age_reserve,
    "balance_set": balance_set_,
    "cost_flow": cost_flow_,
    "dv_lifo_retail": dv_lifo_retail,
    "fifo_ageing": fifo_ageing,
    "firm_contract": firm_contract,
    "inventory_adjustment": inventory_adjustment,
    "lcm": lcm_,
    "lcm_group": lcm_group,
    "lcnrv_group": lcnrv_group,
    "lcnrv_item": lcnrv_item,
    "nrv_unit": nrv_unit,
    "open_to_buy": open_to_buy,
    "purchase_commitment": purchase_commitment,
    "range_of_coverage": range_of_coverage,
    "reserve_rollforward": reserve_rollforward,
    "retail_math": retail_math,
    "retail_method": retail_method_,
    "reversal": reversal_,
    "seed_case": seed_case,
    "stock_plan": stock_plan,
}
