"""Decision to outcome to evidence: only what came out teaches, and no one reviewer too much."""

from __future__ import annotations

import datetime as dt

import pytest

from invval_xl.ledger.entries import Act, Decision, DisposalOutcome
from invval_xl.ledger.store import Ledger
from invval_xl.models.events import day_number
from invval_xl.runs.evidence import evidence_from, judged, ledger_evidence

CLOSE = "2026-06-30"


def decision(sku: str, decided: int, reviewer: str, act: Act = Act.MODIFY) -> Decision:
    return Decision(sku=sku, location="S01", act=act, recommended_cents=200_00,
                    decided_cents=decided, units=10.0, cost_cents=1000_00, proposal_hash="h",
                    reason="other", reviewer=reviewer, decided_on="2026-07-03")  # fmt: skip


def sold(sku: str, units: float, net: int, on: str = "2026-08-10") -> DisposalOutcome:
    return DisposalOutcome(sku=sku, location="S01", disposed_on=on, units=units,
                           net_proceeds_cents=net)  # fmt: skip


def test_a_decision_with_an_outcome_is_evidence(tmp_path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}")
    said = {"book": "b", "period_end": CLOSE, "who": "x", "at": "t"}
    ledger.append(
        [
            decision("A", 600_00, "Bea"),  # units brought 40 of 100: the loss was 600
            decision("B", 900_00, "Bea"),  # brought 80: the loss was 200, the proposal was right
            decision("C", 200_00, "Cy", Act.ACCEPT),
            decision("D", 500_00, "Cy"),  # nothing is known of it yet
            decision("E", 0, "Cy", Act.ESCALATE),
            sold("A", 5, 200_00), sold("A", 1, 40_00), sold("B", 2, 160_00),
            sold("C", 10, 800_00), sold("D", 3, 1_00, on="2026-06-01"), sold("E", 1, 1),
        ],
        **said,
    )  # fmt: skip
    entries = ledger.read()
    told = {j.sku: j for j in judged(entries)}
    assert set(told) == {"A", "B", "C"}
    frame = evidence_from(tuple(told.values())).set_index("sku")
    assert frame["weight"].to_dict() == {"A": 1.0, "B": 1.0, "C": 0.5}
    assert set(frame["day"]) == {dt.date(2026, 6, 30)}
    given = ledger_evidence(entries)
    assert given is not None
    assert given.reviewers == 2
    assert set(given.added) == {(s, "S01", day_number(dt.date(2026, 6, 30))) for s in "ABC"}


def test_no_one_reviewer_moves_the_model_beyond_the_bound(tmp_path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}")
    many = [decision(f"M{i}", 700_00, "Mallory") for i in range(40)]
    others = [decision(f"{who}{i}", 700_00, who) for who in ("Ann", "Bob", "Eve") for i in range(4)]
    disposals = [sold(d.sku, 1, 30_00) for d in (*many, *others)]
    ledger.append([*many, *others, *disposals], book="b", period_end=CLOSE, who="x", at="t")
    given = ledger_evidence(ledger.read())
    assert given is not None
    theirs = sum(w for (sku, _, _), w in given.added.items() if sku.startswith("M"))
    assert theirs / sum(given.added.values()) == pytest.approx(0.35, abs=1e-9)
    assert [(c.reviewer, c.decisions) for c in given.capped] == [("Mallory", 40)]
    assert given.capped[0].before == pytest.approx(40 / 52)


def test_without_outcomes_there_is_no_evidence(tmp_path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}")
    ledger.append([decision("A", 1, "Bea")], book="b", period_end=CLOSE, who="x", at="t")
    assert ledger_evidence(ledger.read()) is None
