"""The tables of C-11, each figure a formula over the cohort table and its cached value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.backtest import AGE_BANDS, LOSSES, METHODS
from invval_xl.monitoring.discuss import method_words
from invval_xl.monitoring.recalibrate import Recalibration
from invval_xl.terms import RiskTier
from invval_xl.workpapers.c11_base import Base, cohort_label
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.monitoring.lookback import Lookback

    Floats = NDArray[np.float64]

__all__ = [
    "lay_adjustments",
    "lay_bias",
    "lay_cohorts",
    "lay_comparisons",
    "lay_intervals",
    "lay_losses",
    "lay_ratios",
    "lay_rollout",
    "lay_verdicts",
]

_COLUMNS = 14
_COVERAGE = 0.80
_SHOWN = (*METHODS, "served")


def _cohorts(lookback: Lookback) -> list[str]:
    return [cohort_label(c.close) for c in lookback.cohorts]


def _over(top: Floats, bottom: Floats) -> Floats:
    out = np.full(len(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _ratio(top: str, bottom: str) -> str:
    return f'=IF(N({bottom})>0,{top}/{bottom},"")'


def _summed(
    base: Base, name: str, keys: list[str], header: str = "", style: str = "money"
) -> Column:
    values = np.nan_to_num(base.sums(name, ["cohort"], [(k,) for k in keys]))
    formula = "=" + base.sum_formula(name, style, cohort="[cohort]")
    return Column(name, header or name.replace("_", " ").title(), values, style, formula,
                  total="sum", width=15)  # fmt: skip


def lay_cohorts(sheet: Sheet, lookback: Lookback, base: Base) -> Place:
    """Every method's reserve, and what was realised, by cohort."""
    names = _cohorts(lookback)
    amounts = []
    for name in _SHOWN:
        values = base.sums(name, ["cohort"], [(k,) for k in names])
        known = base.known_formula(name, cohort="[cohort]")
        total = base.sum_formula(name, cohort="[cohort]")
        amounts.append(
            Column(name, method_words(name), values, "money", f'=IF({known}=0,"",{total})',
                   total="sum", width=15)
        )  # fmt: skip
    return sheet.table(
        [
            Column("cohort", "Cohort", texts(names), width=24),
            Column("model_id", "Model", texts(c.model_id or "none" for c in lookback.cohorts)),
            _summed(base, "items", names, "Lines", "count"),
            _summed(base, "cost", names, "Cost"),
            _summed(base, "realised", names, "Realised Loss"),
            *amounts,
            _summed(base, "low", names, "Rule, Low"),
            _summed(base, "high", names, "Rule, High"),
        ],
        total_label="Total",
    )


def lay_ratios(sheet: Sheet, lookback: Lookback, cohorts: Place) -> Place:
    """Reserve over realised by method: cohort by cohort, then all that have an amount."""
    sheet.section("Reserve over realised, by method", _COLUMNS)
    rows = lookback.rows
    reserve, lost, ratio, adequacy, closer = [], [], [], [], []
    for name in _SHOWN:
        known = rows[rows[name].notna()]
        amount = float(np.round(known[name].sum(), 2)) if len(known) else 0.0
        came = _with_amount(rows, name)
        reserve.append(amount)
        lost.append(came)
        ratio.append(amount / came if came > 0 else np.nan)
        adequacy.append(came / amount if amount > 0 else np.nan)
        closer.append(abs(round(amount - came, 2)))
    realised = cohorts.local("realised")
    ranges = {name: cohorts.local(name) for name in _SHOWN}
    return sheet.table(
        [
            Column("method", "Method", texts(method_words(n) for n in _SHOWN)),
            Column("reserve", "Reserve", np.array(reserve), "money", "=ROUND(SUM({of}),2)",
                   {"of": texts(ranges[n] for n in _SHOWN)}),
            Column("realised", "Realised Loss, Same Cohorts", np.array(lost), "money",
                   f'=ROUND(SUMIFS({realised},{{of}},">=0"),2)',
                   {"of": texts(ranges[n] for n in _SHOWN)}),
            Column("ratio", "Reserve Over Realised", np.array(ratio), "ratio",
                   _ratio("[reserve]", "[realised]")),
            Column("adequacy", "Adequacy (Realised Over Reserve)", np.array(adequacy), "ratio",
                   _ratio("[realised]", "[reserve]")),
            Column("gap", "Missed By", np.array(closer), "money",
                   "=ROUND(ABS([reserve]-[realised]),2)"),
        ]
    )  # fmt: skip


def _with_amount(rows: object, name: str) -> float:
    """Realised loss of the cohorts in which a method has an amount."""
    import pandas as pd

    assert isinstance(rows, pd.DataFrame)
    have = rows.groupby("cohort")[name].transform(lambda s: s.notna().any())
    return float(np.round(rows.loc[have, "realised"].sum(), 2))


def lay_losses(sheet: Sheet, lookback: Lookback, base: Base, cohorts: Place) -> Place:
    """How the loss came, and the signed error of what was served."""
    sheet.section("How the loss came, and the signed error", _COLUMNS)
    names = _cohorts(lookback)
    served = base.sums("served", ["cohort"], [(k,) for k in names])
    realised = base.sums("realised", ["cohort"], [(k,) for k in names])
    cost = base.sums("cost", ["cohort"], [(k,) for k in names])
    error = np.round(served - realised, 2)
    at = {n: texts(cohorts.cell(n, i) for i in range(len(names))) for n in ("served", "cost")}
    titles = ("Loss, Sold", "Loss, Disposed", "Loss, Scrapped", "Loss, Unsold (Re-estimate)")
    return sheet.table(
        [
            Column("cohort", "Cohort", texts(names)),
            _summed(base, "net_proceeds", names, "Net Proceeds"),
            *(_summed(base, n, names, t) for n, t in zip(LOSSES, titles, strict=True)),
            Column("total", "Realised Loss", realised, "money",
                   "=ROUND(" + "+".join(f"[{n}]" for n in LOSSES) + ",2)", total="sum", width=15),
            Column("served", "Served", served, "money", "={at}", {"at": at["served"]}, total="sum"),
            Column("error", "Error (Served Less Realised)", error, "money",
                   "=ROUND([served]-[total],2)", total="sum", width=15),
            Column("rate", "Error Over Cost", _over(error, cost), "rate_precise",
                   "=[error]/{cost}", {"cost": at["cost"]}),
            Column("adequacy", "Adequacy", _over(realised, served), "ratio",
                   _ratio("[total]", "[served]")),
        ],
        total_label="Total",
    )  # fmt: skip


def lay_intervals(sheet: Sheet, lookback: Lookback, base: Base) -> Place:
    """Coverage of the interval by cohort, and the factor that follows."""
    sheet.section("Coverage of the model's 80 % interval of the markdown rate, 60 days", _COLUMNS)
    sheet.text("Judged on lines marked down by 5 points or more within the horizon.", "quiet")
    names = _cohorts(lookback)
    by_close = {i.cohort: i for i in lookback.intervals}
    nothing = Recalibration("", 0, 0, 0, 1.0, 1.0, _COVERAGE)
    said = [by_close.get(c.close, nothing) for c in lookback.cohorts]
    judged = np.nan_to_num(base.sums("judged", ["cohort"], [(k,) for k in names]))
    covered = np.nan_to_num(base.sums("covered", ["cohort"], [(k,) for k in names]))
    used = np.nan_to_num(base.sums("covered_recalibrated", ["cohort"], [(k,) for k in names]))
    place = sheet.table(
        [
            Column("cohort", "Cohort", texts(names)),
            _summed(base, "judged", names, "Intervals Judged", "count"),
            _summed(base, "covered", names, "Covered", "count"),
            Column("coverage", "Coverage", _over(covered, judged), "rate",
                   _ratio("[covered]", "[judged]")),
            Column("factor", "Factor On Half-width", np.array([s.factor for s in said]), "ratio"),
            _summed(base, "covered_recalibrated", names, "Covered, Recalibrated", "count"),
            Column("coverage_recalibrated", "Coverage, Recalibrated", _over(used, judged), "rate",
                   _ratio("[covered_recalibrated]", "[judged]")),
            Column("promised", "Promised", np.full(len(names), _COVERAGE), "rate"),
            Column("next", "Factor For The Next", np.array([s.next_factor for s in said]), "ratio"),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.text(
        f"From here on the half-width of the interval is multiplied by"
        f" {lookback.interval_factor:.2f}: each cohort's coverage sets the factor of the next.",
        "quiet",
    )
    return place


def lay_bias(sheet: Sheet, lookback: Lookback, base: Base, title: str, name: str) -> Place:
    """Signed error, false alarms and missed losses by one grouping."""
    sheet.section(f"Bias, false alarms and missed losses by {title}", _COLUMNS)
    keys = _ordered(name, sorted(set(base.rows[name].astype(str))))
    del lookback

    def summed(of: str, header: str, style: str = "money") -> Column:
        values = np.nan_to_num(base.sums(of, [name], [(k,) for k in keys]))
        formula = "=" + base.sum_formula(of, style, **{name: "[key]"})
        return Column(of, header, values, style, formula, total="sum", width=14)

    served = np.nan_to_num(base.sums("served", [name], [(k,) for k in keys]))
    realised = np.nan_to_num(base.sums("realised", [name], [(k,) for k in keys]))
    cost = np.nan_to_num(base.sums("cost", [name], [(k,) for k in keys]))
    error = np.round(served - realised, 2)
    return sheet.table(
        [
            Column("key", title.capitalize(), texts(keys)),
            summed("items", "Lines", "count"),
            summed("cost", "Cost"),
            summed("served", "Served"),
            summed("realised", "Realised Loss"),
            Column("error", "Error", error, "money", "=ROUND([served]-[realised],2)", total="sum"),
            Column("rate", "Error Over Cost", _over(error, cost), "rate_precise",
                   _ratio("[error]", "[cost]")),
            Column("ratio", "Reserve Over Realised", _over(served, realised), "ratio",
                   _ratio("[served]", "[realised]")),
            summed("reserved_lines", "Reserved Lines", "count"),
            summed("lost_lines", "Lines With A Loss", "count"),
            summed("false_positives", "False Alarms", "count"),
            summed("false_positive_dollars", "False Alarms, Dollars"),
            summed("false_negatives", "Missed Losses", "count"),
            summed("false_negative_dollars", "Missed Losses, Dollars"),
        ],
        total_label="Total",
    )  # fmt: skip


def _ordered(name: str, keys: list[str]) -> list[str]:
    """Tiers and age bands in their own order, other words by the alphabet."""
    own = {"tier": [t.value for t in RiskTier], "age_band": [n for n, _ in AGE_BANDS]}.get(name, [])
    return [k for k in own if k in keys] + [k for k in keys if k not in own]


def lay_adjustments(sheet: Sheet, lookback: Lookback, base: Base) -> Place:
    """Period-end adjustment, cohort by category, and what the ageing table would have needed."""
    sheet.section("Period-end adjustment: served against the ageing table by receipt", _COLUMNS)
    del lookback
    by = ["cohort", "category"]
    keys = sorted({(str(c), str(k)) for c, k in base.rows[by].itertuples(index=False)})

    def summed(of: str, header: str) -> Column:
        values = np.nan_to_num(base.sums(of, by, keys))
        formula = "=" + base.sum_formula(of, cohort="[cohort]", category="[category]")
        return Column(of, header, values, "money", formula, total="sum", width=15)

    served = np.nan_to_num(base.sums("served", by, keys))
    table = np.nan_to_num(base.sums("age_receipt", by, keys))
    realised = np.nan_to_num(base.sums("realised", by, keys))
    own, other = np.abs(np.round(served - realised, 2)), np.abs(np.round(table - realised, 2))
    return sheet.table(
        [
            Column("cohort", "Cohort", texts(k[0] for k in keys)),
            Column("category", "Category", texts(k[1] for k in keys)),
            summed("served", "Served"),
            summed("age_receipt", "Ageing By Receipt"),
            summed("realised", "Realised Loss"),
            Column("own", "Adjustment, Served", own, "money",
                   "=ROUND(ABS([served]-[realised]),2)", total="sum", width=15),
            Column("other", "Adjustment, Ageing", other, "money",
                   "=ROUND(ABS([age_receipt]-[realised]),2)", total="sum", width=15),
            Column("avoided", "Adjustment Avoided", np.round(other - own, 2), "money",
                   "=ROUND([other]-[own],2)", total="sum", width=15),
        ],
        total_label="Total",
    )  # fmt: skip


def lay_verdicts(sheet: Sheet, lookback: Lookback) -> Place:
    """Who held: the dollars gate, whole and by category."""
    sheet.section("Who held: within the policy's share of realised and closer than every table",
                  _COLUMNS)  # fmt: skip
    found = lookback.verdicts
    return sheet.table(
        [
            Column("method", "Method", texts(method_words(v.method) for v in found)),
            Column("category", "Category", texts(v.category or "all" for v in found)),
            Column("cohorts", "Cohorts", np.array([float(v.cohorts) for v in found]), "count"),
            Column("reserve", "Reserve", np.array([v.reserve for v in found]), "money"),
            Column("realised", "Realised Loss", np.array([v.realised for v in found]), "money"),
            Column("ratio", "Reserve Over Realised", np.array([v.ratio for v in found]), "ratio",
                   _ratio("[reserve]", "[realised]")),
            Column("gap", "Missed By", np.array([v.gap for v in found]), "money",
                   "=ROUND(ABS([reserve]-[realised]),2)"),
            Column("best", "Closest Table", texts(method_words(v.best_table) for v in found)),
            Column("best_gap", "It Missed By", np.array([v.best_gap for v in found]), "money"),
            Column("holds", "Held", texts("yes" if v.holds else "no" for v in found), "center",
                   styles=texts("good" if v.holds else "stop" for v in found)),
            Column("because", "Because", texts(v.because for v in found), width=15),
        ]
    )  # fmt: skip


def lay_comparisons(sheet: Sheet, lookback: Lookback) -> None:
    """Challengers against the served basis: dollars missed, paired, with the interval."""
    sheet.section("Champion and challengers: dollars missed, cohort by category", _COLUMNS)
    found = lookback.comparisons
    if not found:
        sheet.text("No method has amounts to compare.", "quiet")
        return
    sheet.table(
        [
            Column("challenger", "Challenger", texts(method_words(c.challenger) for c in found)),
            Column("own", "Served Missed", np.array([c.champion_miss for c in found]), "money"),
            Column("other", "Challenger Missed", np.array([c.challenger_miss for c in found]),
                   "money"),
            Column("difference", "Difference", np.array([c.difference for c in found]), "money",
                   "=ROUND([other]-[own],2)"),
            Column("low", "95 % Low", np.array([c.low for c in found]), "money"),
            Column("high", "95 % High", np.array([c.high for c in found]), "money"),
            Column("better", "Closer", texts(
                "yes" if c.better else "not shown" for c in found), "center"),
        ]
    )  # fmt: skip
    sheet.text(
        f"Paired bootstrap of {found[0].items:,} items over {found[0].cells:,} cells. A challenger"
        " is promoted by a recorded approval only.",
        "quiet",
    )


def lay_rollout(sheet: Sheet, lookback: Lookback, base: Base) -> None:
    """Where every category stands, both amounts at the newest cohort, and what moved."""
    sheet.section("Roll-out by category, both amounts at the newest cohort", _COLUMNS)
    names = sorted(lookback.rollout.states)
    newest = _cohorts(lookback)[-1]
    by = ["cohort", "category"]

    def amount(of: str, header: str) -> Column:
        where = {"cohort": f'"{newest}"', "category": "[category]"}
        values = base.sums(of, by, [(newest, n) for n in names])
        known = base.known_formula(of, **where)
        formula = f'=IF({known}=0,"",{base.sum_formula(of, **where)})'
        return Column(of, header, values, "money", formula, width=15)

    basis = lookback.basis
    running = lookback.rollout.held_running
    sheet.table(
        [
            Column("category", "Category", texts(names)),
            Column("state", "State", texts(lookback.rollout.states[n] for n in names), "center"),
            Column("basis", "Valued By", texts(basis[n] for n in names), "center"),
            Column("held", "Reviews Held Running", np.array([float(running[n]) for n in names]),
                   "count"),
            amount("rule", "Rule (C-3)"),
            amount("model", "Model"),
        ]
    )  # fmt: skip
    for event in lookback.rollout.events:
        sheet.text(
            f"{event.as_of} {event.category}: {event.was} becomes {event.now}; {event.because}."
        )
    if not lookback.rollout.events:
        sheet.text("No category has entered or left.", "quiet")
