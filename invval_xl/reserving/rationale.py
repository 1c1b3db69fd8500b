"""The reasons in sentences: what is reserved, why, by which rule, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

from invval_xl.reserving.actions import advise
from invval_xl.reserving.predicted_words import say_predictions
from invval_xl.reserving.rows import rows_of
from invval_xl.reserving.watch import break_even, watch
from invval_xl.terms import Basis, Tranche

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.reserving.rows import Row
    from invval_xl.tables.table import Tables

__all__ = ["Rationale", "explain"]

_CENT = 0.01
_ON_ORDER = "units on order"
_TAX = "whether the market price includes tax"
_RETURNS = "customer returns"


@dataclass(frozen=True)
class Rationale:
    """One line's reasons.

    ``why`` in sentences, ``change`` what would move it, ``missing`` the facts it lacks,
    ``predicted`` what the model says (empty without one), ``action`` and what chose it, ``watch``
    the metrics of the next 30 days.
    """

    line: int
    rule: str
    why: str
    change: str
    missing: str
    predicted: str
    action: str
    because: str
    watch: str


def explain(
    proposal: Proposal, tables: Tables, lines: pd.DataFrame, prediction: Prediction | None = None
) -> list[Rationale]:
    """Explain the lines given (rows of :meth:`Proposal.lines`), in their order.

    Every figure in a sentence is a figure of C-3 for that line; nothing is added.
    """
    advice = advise(proposal, lines)
    predicted = say_predictions(prediction, lines) if prediction else [""] * len(lines)
    tranches: dict[int, list[Row]] = {}
    for row in rows_of(proposal.frame[proposal.frame["line"].isin(lines["line"])]):
        tranches.setdefault(int(row["line"]), []).append(row)
    unstated = _unstated(tables)
    out = []
    for position, summary in enumerate(rows_of(lines)):
        parts = tranches[int(summary["line"])]
        out.append(
            Rationale(
                line=int(summary["line"]),
                rule=_rule(proposal, prediction, summary),
                why=" ".join(_why(summary, parts)),
                change=" ".join(_change(parts)),
                missing=", ".join(_missing_inputs(proposal, unstated, parts)),
                predicted=predicted[position],
                action=str(advice.action[position]),
                because=advice.because(position),
                watch=watch(parts),
            )
        )
    return out


def _n(value: float, places: int = 2) -> str:
    return f"{value:,.{places}f}"


def _units(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def _assumption(row: Row, name: str) -> str:
    """The number C-3 gives an assumption, e.g. ``(A3)``; the item's own value has none."""
    number = row.get(f"{name}_ref", nan)
    return "" if number is None or isnan(number) else f" (A{int(number)})"


def _rule(proposal: Proposal, prediction: Prediction | None, summary: Row) -> str:
    test = "LCM" if proposal.measurement == "lcm" else "LCNRV"
    by_model = summary.get("basis") == Basis.MODEL
    reading = proposal.model_reading if by_model else proposal.reading
    if prediction is None:
        basis = "rule-based, no model"
    else:
        basis = f"{'based on' if by_model else 'rule-based, beside'} model {prediction.name}"
    return f"{test}, {summary['binding']} test, {reading.value}; {basis}"


def _why(summary: Row, parts: list[Row]) -> list[str]:
    first = parts[0]
    age = "of unknown age" if isnan(first["age_days"]) else f"{first['age_days']:,.0f} days old"
    sentences = [
        f"{_units(first['units_on_hand'])} units at {_n(first['unit_cost'])}"
        f" ({_n(first['item_cost'])}), {age}."
    ]
    ordinary = next((p for p in parts if p["tranche"] in {Tranche.DEMAND, Tranche.EXCESS}), None)
    if ordinary is not None:
        sentences.append(_price_sentence(ordinary, summary))
    sentences.extend(_quantity_sentence(p) for p in parts if p["tranche"] == Tranche.EXCESS)
    sentences.extend(
        _channel_sentence(p) for p in parts if p["tranche"] in {Tranche.FIRM, Tranche.DAMAGED}
    )
    demand = next((p for p in parts if p["tranche"] == Tranche.DEMAND), None)
    if demand is not None and isnan(demand["daily_rate"]):
        sentences.append(
            "Demand is not known yet (less than four weeks on hand): no quantity test was made."
        )
    if not summary["determined"]:
        sentences.append(
            "No price is known, so no reserve could be determined: the line stands at cost."
        )
        return sentences
    sentences.append(
        f"Required {_n(summary['required'])} by the {summary['binding']} test, between"
        f" {_n(summary['low'])} and {_n(summary['high'])} under the alternatives on C-9."
    )
    if summary["brought_forward"]:
        sentences.append(
            f"{_n(summary['brought_forward'])} stands from before, so {_n(summary['write_down'])}"
            " is charged now."
        )
    kept = round(summary["closing"] - summary["required"], 2)
    if kept > 0:
        sentences.append(
            f"{_n(kept)} is no longer required and stays as the new cost basis (ASC 330-10-35-14)."
        )
    if summary["reversal"]:
        sentences.append(f"{_n(summary['reversal'])} is reversed.")
    gap = summary["expected_shortfall"] - summary.get("rule_required", summary["required"])
    if abs(gap) >= _CENT:
        sentences.append(
            f"Read as the expected shortfall, E[max(0, cost - NRV)], the line would require"
            f" {_n(summary['expected_shortfall'])} by rule."
        )
    return sentences


def _price_sentence(row: Row, summary: Row) -> str:
    if isnan(row["price"]):
        return "Price test: no evidence of a price."
    place = f", {row['reference']}" if row["reference"] else ""
    words = f"Price test: {row['evidence']} {_n(row['price'])}{place}"
    if not isnan(row["markdown_probability"]):
        words += (
            f"; a {row['markdown_probability']:.0%} chance"
            f"{_assumption(row, 'markdown_probability')}"
            f" of a {row['markdown_rate']:.0%} markdown{_assumption(row, 'markdown_rate')} gives"
            f" an expected price of {_n(row['expected_price'])}"
        )
    gap = row["ordinary_nrv"] - row["unit_cost"]
    verdict = (
        f"above cost by {_n(gap)}: no write-down on price."
        if gap >= 0
        else f"{_n(-gap)} below cost: {_n(summary['price_test'])} over all units."
    )
    return (
        f"{words}; less {row['cost_to_sell_rate']:.1%} to sell"
        f"{_assumption(row, 'cost_to_sell_rate')} NRV is {_n(row['ordinary_nrv'])}, {verdict}"
    )


def _quantity_sentence(row: Row) -> str:
    horizon = row["demand_horizon_days"]
    taken = row["units_on_hand"] - row["firm_units"] - row["damaged_units"] - row["units"]
    if row["daily_rate"] > 0:
        demand = (
            f"at {row['daily_rate']:.4f} units a day, demand over {horizon:,.0f} days"
            f"{_assumption(row, 'demand_horizon_days')} takes {_units(max(0.0, taken))} units"
        )
    else:
        demand = "nothing was sold in the window"
    share = row["units"] / row["units_on_hand"]
    words = f"Quantity test: {demand}; {_units(row['units'])} units ({share:.0%}) are excess"
    if isnan(row["nrv"]):
        return f"{words}, and what they would bring is not known."
    gap = row["unit_cost"] - row["nrv"]
    verdict = f"{_n(gap)} below cost: {_n(row['quantity_test'])}." if gap > 0 else "not below cost."
    return (
        f"{words} and bring {_n(row['price_used'])} each at {row['channel_rate']:.0%} of price"
        f"{_assumption(row, 'liquidation_rate')}, NRV {_n(row['nrv'])}, {verdict}"
    )


def _channel_sentence(row: Row) -> str:
    what = "under firm orders" if row["tranche"] == Tranche.FIRM else "damaged"
    price = "an unknown price" if isnan(row["price_used"]) else f"{_n(row['price_used'])}"
    loss = row["required"]
    verdict = (
        "not determined"
        if isnan(loss)
        else (f"{_n(loss)} short of cost" if loss > 0 else "not below cost")
    )
    return f"{_units(row['units'])} units are {what}, valued at {price}: {verdict}."


def _change(parts: list[Row]) -> list[str]:
    """What moves the figure, each with the money it moves."""
    out = []
    for row in parts:
        keep = 1 - row["cost_to_sell_rate"]
        if row["tranche"] == Tranche.EXCESS and row["required"] > 0:
            out.append(
                f"Each 1.00 on the liquidation price moves {_n(row['units'] * keep)}; each unit"
                f" more of demand saves {_n(row['unit_shortfall'])}."
            )
        elif row["tranche"] == Tranche.DEMAND and row["required"] > 0:
            out.append(f"Each 1.00 on the selling price moves {_n(row['units'] * keep)}.")
        elif row["tranche"] == Tranche.DEMAND and not isnan(row["ordinary_nrv"]):
            even = break_even(row)
            out.append(f"The price test would bite below a gross price of {_n(even)}.")
    return out


def _unstated(tables: Tables) -> frozenset[str]:
    """Facts that the workbook states of no line at all."""
    prices, history = tables.get("MarketPrices"), tables.get("SalesHistory")
    checks = (
        (tables.get("PurchaseCommitments") is None, _ON_ORDER),
        (prices is not None and "tax_included" not in prices.frame, _TAX),
        (history is None or "returned_units" not in history.frame, _RETURNS),
    )
    return frozenset(words for missing, words in checks if missing)


def _missing_inputs(proposal: Proposal, unstated: frozenset[str], parts: list[Row]) -> list[str]:
    """Facts that would sharpen the line and are not in the workbook, by name."""
    first = parts[0]
    excess = next((p for p in parts if p["tranche"] == Tranche.EXCESS), None)
    sell = first["cost_to_sell_rate_ref"]
    chance = first["markdown_probability"]
    old = first["oldest_days"] >= first["markdown_after_days"]
    checks = (
        (
            excess is not None and not _quoted(proposal, excess),
            "a quoted liquidation price for this item",
        ),
        (excess is not None and isnan(first["vendor_return_right"]), "vendor return right"),
        (
            not isnan(sell) and proposal.used[int(sell) - 1].is_default,
            "the entity's own cost to sell",
        ),
        (
            not isnan(chance) and isnan(first["markdown_sample_size"]),
            "number of items behind the markdown chance",
        ),
        (
            isnan(chance) and old and first["tranche"] != Tranche.FIRM,
            "markdown expectation",
        ),
        (isnan(first["replacement_cost"]), "replacement cost"),
        (isnan(first["normal_profit_rate"]), "normal profit"),
        *((words in unstated, words) for words in (_ON_ORDER, _TAX, _RETURNS)),
        (isnan(first["age_days"]), "receipt dates"),
    )
    return [words for missing, words in checks if missing]


def _quoted(proposal: Proposal, excess: Row) -> bool:
    """Whether the liquidation rate rests on a quote for the item itself, by its own source."""
    stated = proposal.used[int(excess["liquidation_rate_ref"]) - 1]
    return stated.scope == "sku" and "quote" in stated.source.lower()
