"""The card in dollars and of people's evidence, and what a reader must know as findings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding
from invval_xl.models.card_table import CardTable, gate_table
from invval_xl.models.events import day_of
from invval_xl.models.outlast import COVER_EDGES
from invval_xl.models.shipped import SHIPPED_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.models.gates import Gate
    from invval_xl.models.outlast import Outlast
    from invval_xl.models.trained import TrainedModel, Training

__all__ = ["dollar_tables", "evidence_tables", "model_findings", "outlast_tables"]


def dollar_tables(said: Training) -> tuple[CardTable, ...]:
    """The reserve in dollars: every lookback, then the gates over all of them."""
    if not said.lookbacks:
        line = "Not judged: no lookback holds units at cost with a price."
        return (CardTable("Reserve against realised loss", ("What", "Value"), ((line, ""),)),)
    methods = tuple(said.lookbacks[0].reserve)
    rows: list[tuple[object, ...]] = [
        (
            day_of(seen.day).isoformat(),
            seen.window_days,
            seen.items,
            round(seen.cost),
            round(seen.realised),
            round(seen.left),
            *(round(seen.reserve[who]) for who in methods),
        )
        for seen in said.lookbacks
    ]
    total = sum(seen.total for seen in said.lookbacks)
    over = [sum(seen.reserve[who] for seen in said.lookbacks) for who in methods]
    ratio = [value / total if total > 0 else float("nan") for value in over]
    rows.append(("Reserve over loss, all", "", "", "", "", "", *ratio))
    headers = ("Lookback", "Days Followed", "Items", "Cost", "Loss Realised", "Loss On Units Left")
    failed = [g for g in said.dollars if not g.passed]
    because = "every gate passed" if not failed else _failed(failed)
    return (
        CardTable(
            "Reserve against realised loss, what was on hand followed to the end of the extract",
            (*headers, *(f"Reserve: {who}" for who in methods)),
            tuple(rows),
            "Units on hand leave first in first out, at what they brought; units left are "
            "measured at the end by plain rules. Each reserve is by a model of what was known "
            "on the day.",
        ),
        gate_table("Gates of the reserve in dollars", said.dollars, because),
    )


def outlast_tables(said: Outlast | None) -> tuple[CardTable, ...]:
    """Demand that dies after the 90 days the outcomes speak of: what was counted, who answers."""
    if said is None:
        return ()
    edges = (0.0, *COVER_EDGES)[: len(said.share)]
    ends = (*(f"to {end:.0f}" for end in edges[1:]), "and more")
    rows: list[tuple[object, ...]] = [
        (f"Cover {start:.0f} {end} days", count, share)
        for start, end, count, share in zip(edges, ends, said.rows, said.share, strict=True)
    ]
    note = (
        f"Of items whose demand did not collapse within 90 days, the share at cost of the units "
        f"counted on that {said.followed_days} days did not sell. "
    )
    if math.isnan(said.error_learned):
        note += (
            "The counts answer: too few later dates were followed to hold anything against them."
        )
    else:
        learned = said.pair is not None
        note += (
            f"{'A classifier that reads every feature answers' if learned else 'The counts answer'}"
            f": on the latest dates the squared error of the share was {said.error_learned:.4f} by "
            f"the classifier and {said.error_counted:.4f} by the counts, each of earlier dates."
        )
    headers = ("Days Of Supply", "Item-dates", "Share Left")
    return (CardTable("Demand that dies later than 90 days", headers, tuple(rows), note),)


def evidence_tables(said: Training) -> tuple[CardTable, ...]:
    """What people's decisions weighed, and whose weight was taken down."""
    given = said.evidence
    if given is None:
        return ()
    rows: list[tuple[object, ...]] = [
        ("Decisions with outcomes", given.decisions),
        ("Found in a snapshot", given.found),
        ("Reviewers", given.reviewers),
        ("Share of all training weight", given.added_share),
    ]
    rows += [
        (f"{c.reviewer}: share of the evidence after the cap (before: {c.before:.0%})", c.after)
        for c in given.capped
    ]
    note = "" if given.capped else "No reviewer's share was above the bound."
    return (CardTable("Evidence of reviewers' decisions", ("What", "Value"), tuple(rows), note),)


def _failed(gates: Sequence[Gate]) -> str:
    return "; ".join(f"{g.name} {g.measured:.3f} (asked {g.asked})" for g in gates)


def model_findings(model: TrainedModel, *, history_asked: int = 720) -> tuple[Finding, ...]:
    """What a reader of the papers must know of the model, as findings."""
    said = model.training
    if said is None:
        return (finding("MD206", answers=f"The {SHIPPED_NAME}"),)
    found: list[Finding] = [
        finding("MD201", horizon=r.horizon, because=r.because)
        for r in said.sellability
        if r.answered_by != "model"
    ]
    found += [
        finding("MD202", horizon=m.horizon, because=m.because)
        for m in said.markdown
        if m.answered_by != "model"
    ]
    failed = [g for g in said.dollars if not g.passed]
    if failed:
        reserve = sum(seen.reserve["model"] for seen in said.lookbacks)
        loss = sum(seen.total for seen in said.lookbacks)
        found.append(
            finding(
                "MD210",
                lookbacks=len(said.lookbacks),
                reserve=reserve,
                loss=loss,
                because=_failed(failed),
                dollars=abs(reserve - loss),
            )
        )
    elif not said.dollars:
        found.append(finding("MD211"))
    history = said.last_day - said.first_day + 1
    if history < history_asked:
        found.append(finding("MD203", history=history))
    if said.dead_tail_days > 0:
        last = day_of(said.last_day).isoformat()
        found.append(finding("MD204", tail=said.dead_tail_days, last_day=last))
    if said.rekeyed:
        text, old, new = said.rekeyed[0]
        found.append(finding("MD205", pairs=len(said.rekeyed), example=f"{text}: {old} and {new}"))
    if said.atypical:
        which = ", ".join(f"{day_of(a)} to {day_of(b)}" for a, b in said.atypical)
        found.append(finding("MD208", periods=len(said.atypical), which=which))
    return tuple(sorted(found, key=lambda f: f.order))
