"""A decision replayed is a decision kept: the ledger under any batching and any retries."""

from __future__ import annotations

import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from invval_xl.ledger.entries import Act, Decision
from invval_xl.ledger.store import Ledger

AT = {"book": "book", "period_end": "2026-10-31", "who": "Ada", "at": "2026-11-02T09:00:00+00:00"}
CENTS = st.integers(0, 10**9)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
DECISION = st.builds(
    Decision,
    sku=st.sampled_from(["00123", "B7", "Zürich 8", "=1+1"]),
    location=st.sampled_from(["S1", "Web"]),
    act=st.sampled_from(Act),
    recommended_cents=CENTS,
    decided_cents=CENTS,
    units=st.integers(0, 10**6).map(float),
    cost_cents=CENTS,
    proposal_hash=st.sampled_from(["abc", "def"]),
    reason=TEXT,
    reviewer=TEXT,
    decided_on=st.dates().map(str),
    note=TEXT,
)


@settings(max_examples=settings().max_examples // 8)  # each opens a database on a disk
@given(st.lists(DECISION, min_size=1, max_size=10, unique_by=repr), st.data())
def test_a_decision_replayed_is_a_decision_kept(decisions, draw) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(f"sqlite:///{folder}/a.sqlite")
        sent = 0
        while sent < len(decisions):
            size = draw.draw(st.integers(1, len(decisions) - sent))
            # a retry after an answer that was lost sends again what is there
            again = draw.draw(st.integers(0, sent))
            done = ledger.append(decisions[again : sent + size], **AT)
            assert done.added == size
            sent += size
        assert [entry.fact() for entry in ledger.read(kind="decision")] == decisions
        assert ledger.append(decisions, **AT).added == 0
        other = Ledger(f"sqlite:///{folder}/b.sqlite")
        other.append([entry.fact() for entry in ledger.read()], **AT)
        assert other.anchor() == ledger.anchor()
        assert ledger.verify_chain([ledger.anchor()]) == ()
        for book in (ledger, other):
            book.close()
