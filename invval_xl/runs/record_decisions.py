"""Record: the decisions typed on C-7 into the ledger, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_half_away, round_money, to_cents
from invval_xl.accounting.nrv import net_realizable_value, unit_write_down
from invval_xl.findings import Checked, Finding, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Act, Decision, Run
from invval_xl.ledger.sign_off import same_person
from invval_xl.runs.memory import book_id, is_recorded, prior_decisions
from invval_xl.workpapers.review_input import NAME, REASONS, TypedLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd

    from invval_xl.ledger.entries import Entry
    from invval_xl.ledger.store import Appended, Ledger
    from invval_xl.reserving.decided import PriorDecision
    from invval_xl.runs.refresh_reserve import Refreshed

__all__ = ["Recorded", "decisions_of", "record_decisions", "run_fact"]

_PLACES = 4
_NOTED = frozenset({Act.REJECT, Act.ESCALATE})


@dataclass(frozen=True)
class Recorded:
    """What was taken in: decisions new in the ledger, those that were there, and the anchor."""

    decisions: tuple[Decision, ...]
    appended: Appended
    already: int
    findings: tuple[Finding, ...] = ()


def record_decisions(
    refreshed: Refreshed, typed: Sequence[TypedLine], ledger: Ledger, *, who: str, now: dt.datetime
) -> Recorded:
    """Check every typed line at once against the proposal as it is now, then write all of them.

    Parameters
    ----------
    refreshed
        The workbook refreshed in memory, with the ledger's decisions in it.
    typed
        C-7 as it stands in the workbook.
    who, now
        The user and the moment, as the host read them.

    Raises
    ------
    RefusedError
        With every finding on every line (RW201 to RW209); nothing was written.
    """
    checked = decisions_of(refreshed, typed, today=now.date())
    if stops(checked.findings):
        raise RefusedError(checked.findings)
    case = refreshed.case
    book, period = book_id(case.control), case.as_of.isoformat()
    decisions = checked.value
    seen = {(d.sku, d.location): d.prior for d in decisions}

    def guard(entries: tuple[Entry, ...]) -> list[Finding]:
        """Under the write lock: nobody decided one of these lines meanwhile."""
        latest = prior_decisions([e for e in entries if e.kind == Decision.kind])
        keys = {(d.sku, d.location): d.key(book, period) for d in decisions}
        there = {e.key for e in entries}
        return [
            finding("RW204", sheet=NAME, sku=key[0], location=key[1], who=latest[key].reviewer,
                    entry=latest[key].entry)
            for key, prior in seen.items()
            if key in latest and latest[key].entry_hash != prior and keys[key] not in there
        ]  # fmt: skip

    facts = (*decisions, run_fact(refreshed)) if decisions else ()
    appended = ledger.append(
        facts, book=book, period_end=period, who=who, at=now.isoformat(), guard=guard
    )
    review = case.review
    prior = review.queue.prior if review is not None else {}
    already = sum(t.filled and is_recorded(t, prior.get((t.sku, t.location))) for t in typed)
    return Recorded(decisions, appended, already, checked.findings)


def run_fact(refreshed: Refreshed) -> Run:
    """The run whose figures were judged: hashes of inputs and policy, model and version."""
    import hashlib

    case = refreshed.case
    stated = repr(case.proposal.policy.stated)
    return Run(
        run_id=case.run_id,
        inputs_hash=case.inputs_hash,
        policy_hash=hashlib.sha256(stated.encode()).hexdigest(),
        model_id=case.prediction.model.model_id if case.prediction is not None else "",
        product=case.product,
        framework=case.control.framework.value,
        closing_cents=int(to_cents(refreshed.summary.closing_reserve)),
    )


def decisions_of(
    refreshed: Refreshed, typed: Sequence[TypedLine], *, today: dt.date
) -> Checked[tuple[Decision, ...]]:
    """The decisions typed and not yet recorded, each checked; all findings at once."""
    case = refreshed.case
    assert case.review is not None, "a refresh lays C-7"
    queue = case.review.queue
    frame = queue.frame
    place = {k: i for i, k in enumerate(zip(frame["sku"], frame["location"], strict=True))}
    found: list[Finding] = []
    out: list[Decision] = []
    preparer = case.control.preparer.strip()
    if not preparer and any(t.filled for t in typed):
        found.append(finding("RW207", sheet=case.control.sheet))
    for line in typed:
        key = (line.sku, line.location)
        prior = queue.prior.get(key)
        if not line.filled or is_recorded(line, prior):
            continue
        if key not in place:
            found.append(_said("RW201", line, "act"))
            continue
        row = frame.iloc[place[key]]
        wrong = [*_incomplete(line), *_doubtful(line, preparer, today), *_stale(line, row, prior)]
        value = _decided(line, case.lines.iloc[int(row["line"])], wrong)
        found.extend(wrong)
        if wrong or value is None:
            continue
        act = Act(str(line.act))
        stands = float(case.brought_forward.standing[int(row["line"])])
        cents = int(to_cents(stands if act is Act.REJECT else value))
        day = line.day
        assert day is not None
        out.append(
            Decision(
                sku=line.sku,
                location=line.location,
                act=act,
                recommended_cents=int(to_cents(np.nan_to_num(float(row["recommended"])))),
                decided_cents=cents,
                decided_price=line.price if isinstance(line.price, float) else None,
                units=float(row["units"]),
                cost_cents=int(to_cents(float(row["cost"]))),
                proposal_hash=str(row["proposal_hash"]),
                reason=str(line.reason),
                note=str(line.note or ""),
                reviewer=str(line.reviewer),
                decided_on=day.isoformat(),
                escalated_to=str(row["escalate_to"]) if act is Act.ESCALATE else "",
                prior=prior.entry_hash if prior is not None else "",
            )
        )
    return Checked(tuple(out), tuple(sorted(found, key=lambda f: f.order)))


def _said(code: str, line: TypedLine, name: str, **facts: object) -> Finding:
    return finding(code, sheet=NAME, cell=line.cell(name), sku=line.sku, location=line.location,
                   **facts)  # type: ignore[arg-type]  # fmt: skip


def _incomplete(line: TypedLine) -> list[Finding]:
    """What a decision lacks: every part is needed before it counts."""
    acts = [a.value for a in Act]
    missing = []
    if line.act not in acts:
        missing.append(("act", f"a decision ({', '.join(acts)})"))
    if line.reason not in REASONS:
        missing.append(("reason", "a reason code of the list"))
    if not isinstance(line.reviewer, str) or not line.reviewer.strip():
        missing.append(("reviewer", "the reviewer's name"))
    if line.day is None:
        missing.append(("decided_on", "a date"))
    if line.act == Act.MODIFY and line.reserve is None and line.price is None:
        missing.append(("reserve", "a decided reserve or price"))
    if (line.reason == "other" or line.act in {a.value for a in _NOTED}) and not line.note:
        missing.append(("note", "a note that says why"))
    return [_said("RW202", line, name, missing=words) for name, words in missing]


def _doubtful(line: TypedLine, preparer: str, today: dt.date) -> list[Finding]:
    out = []
    if preparer and isinstance(line.reviewer, str) and same_person(line.reviewer, preparer):
        out.append(_said("RW205", line, "reviewer", who=line.reviewer))
    if line.day is not None and line.day > today:
        out.append(_said("RW208", line, "decided_on", day=line.day.isoformat()))
    both = line.reserve is not None and line.price is not None
    if both or (line.act in {"accept", "reject"} and (line.reserve, line.price) != (None, None)):
        why = "both a reserve and a price" if both else f"an amount beside {line.act}"
        out.append(_said("RW209", line, "reserve", why=why))
    return out


def _stale(line: TypedLine, row: pd.Series, prior: PriorDecision | None) -> list[Finding]:
    """The proposal the line was judged on is the one there is now, and nobody decided since."""
    if prior is not None and prior.entry_hash != line.prior:
        return [_said("RW204", line, "act", who=prior.reviewer, entry=prior.entry)]
    if line.proposal_hash == row["proposal_hash"]:
        return []
    amount = float(row["recommended"])
    return [_said("RW203", line, "typed_against", dollars=amount, recommended=amount)]


def _decided(line: TypedLine, of: pd.Series, wrong: list[Finding]) -> float | None:
    """The required reserve as decided, in currency; out of range is added to ``wrong``."""
    cost = float(of["cost"])
    if line.act != Act.MODIFY:
        return float(np.nan_to_num(float(of["required"])))
    if line.reserve is not None:
        if not isinstance(line.reserve, float) or not 0 <= line.reserve <= cost:
            wrong.append(_said("RW206", line, "reserve", value=line.reserve, cost=cost))
            return None
        return float(round_money(line.reserve))
    if line.price is None:
        return None
    if not isinstance(line.price, float) or line.price < 0:
        wrong.append(_said("RW206", line, "price", value=line.price, cost=cost))
        return None
    nrv = net_realizable_value(
        line.price, of["cost_to_complete"], of["cost_to_sell"], of["cost_to_sell_rate"]
    )
    short = unit_write_down(float(of["unit_cost"]), round_half_away(nrv, _PLACES))
    return min(cost, float(round_money(float(of["units"]) * short)))
