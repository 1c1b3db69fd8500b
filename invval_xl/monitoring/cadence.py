"""What a reader of the papers must know of a lookback, and of the age of model and data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    import datetime as dt

    from invval_xl.findings import Finding
    from invval_xl.monitoring.lookback import Lookback

__all__ = ["age_findings", "lookback_findings"]

NAME = "C-11 Lookback"


def age_findings(
    *,
    as_of: dt.date,
    trained_to: dt.date | None,
    retrain_after_days: float,
    last_sale: dt.date | None,
    fresh_days: float,
) -> tuple[Finding, ...]:
    """Whether the model is due for retraining and whether the sales reach the close.

    Parameters
    ----------
    trained_to
        Last day the served model learned from; ``None`` without a model.
    last_sale
        Last day of SalesHistory up to the close; ``None`` without the sheet.
    """
    found: list[Finding] = []
    if trained_to is not None and (as_of - trained_to).days > retrain_after_days:
        found.append(
            finding("MD310", trained_to=trained_to, days=(as_of - trained_to).days,
                    asked=retrain_after_days)
        )  # fmt: skip
    if last_sale is not None and (as_of - last_sale).days > fresh_days:
        found.append(
            finding("MD311", sheet="SalesHistory", last=last_sale, as_of=as_of,
                    days=(as_of - last_sale).days, asked=fresh_days)
        )  # fmt: skip
    return tuple(found)


def lookback_findings(lookback: Lookback, inputs_hash: str) -> tuple[Finding, ...]:
    """The red flag, what fails, drift, the interval, categories that left, a stale lookback."""
    found: list[Finding] = []
    product = lookback.product
    if lookback.flag:
        found.append(
            finding("MD301", sheet=NAME, dollars=product.gap, method=product.method,
                    because=product.because, reserve=product.reserve, realised=product.realised)
        )  # fmt: skip
    rule = lookback.verdict("rule")
    if rule is not None and not rule.holds and product.method != "rule":
        found.append(
            finding("MD302", sheet=NAME, dollars=rule.gap, because=rule.because,
                    reserve=rule.reserve, realised=rule.realised)
        )  # fmt: skip
    without = [c for c in lookback.cohorts if not c.model_id]
    if without and len(without) < len(lookback.cohorts):
        found.append(
            finding("MD303", sheet=NAME, count=len(without), close=without[0].close,
                    because=without[0].because)
        )  # fmt: skip
    calls = lookback.drift.calls if lookback.drift else ()
    if calls:
        worst = calls[0]
        found.append(
            finding("MD304", sheet=NAME, count=len(calls), name=worst.name, kind=worst.kind,
                    index=worst.index, level=worst.level, period=worst.period)
        )  # fmt: skip
    found += [
        finding("MD312", sheet=NAME, category=s.category, change=s.ratio - 1.0, period=s.period,
                items=s.items)
        for s in (lookback.drift.demand_calls if lookback.drift else ())
    ]  # fmt: skip
    if lookback.intervals and lookback.interval_factor != 1.0:
        last = lookback.intervals[-1]
        found.append(
            finding("MD305", sheet=NAME, coverage=last.plain_covered / max(last.rows, 1),
                    cohort=last.cohort, factor=last.next_factor)
        )  # fmt: skip
    today = lookback.as_of.isoformat()
    found += [
        finding("MD306", sheet=NAME, category=e.category, was=e.was, now=e.now, because=e.because)
        for e in lookback.rollout.events
        if e.as_of == today
    ]
    if inputs_hash != lookback.inputs_hash:
        found.append(finding("MD307", sheet=NAME, as_of=lookback.as_of))
    return tuple(found)
