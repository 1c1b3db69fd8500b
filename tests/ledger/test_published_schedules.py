"""Schedule II as filed (../shared/published): the roll-forward from postings gives its closing."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from invval_xl.findings import stops
from invval_xl.ledger.entries import Movement, Posting
from invval_xl.ledger.reserve import replay, roll_forward
from invval_xl.terms import Framework
from tests.tools import SHARED

_FILE = SHARED / "published" / "worked_examples.json"
EXAMPLES = (
    [e for e in json.loads(_FILE.read_text()) if e["kind"] == "reserve_rollforward"]
    if _FILE.is_file()
    else []
)


def posted(example: dict) -> list[Posting]:
    """The row's columns as postings; a negative deduction is a recovery to other accounts."""
    given = example["inputs"]
    said = {"sku": example["id"], "location": "all", "period_end": "2019-12-31"}
    deductions = given["deductions"]
    rows = [
        (Movement.OPENING, given["opening"]),
        (Movement.CHARGE, given["charged_to_expense"]),
        (Movement.CHARGE_OTHER, given["charged_to_other_accounts"] + max(0, -deductions)),
        (Movement.UTILIZATION, max(0, deductions)),
    ]
    return [
        Posting(movement=m, cents=round(v * 100), name=m.value, **said) for m, v in rows if v
    ]  # fmt: skip


@pytest.mark.skipif(not EXAMPLES, reason="../shared/published is not here")
@pytest.mark.parametrize("example", EXAMPLES, ids=[e["id"] for e in EXAMPLES])
def test_filed_schedule_from_postings(example: dict) -> None:
    postings = posted(example)
    checked = replay(postings, Framework.US_GAAP, "12-31")
    if example["inputs"]["charged_to_expense"] < 0:  # filed so; our own ledger takes none
        assert [f.code for f in stops(checked.findings)] == ["RW312"]
        as_filed = {p.name: p for p in postings}
        moved = replace(as_filed["charge"], movement=Movement.CHARGE_OTHER)
        postings = [moved if p.name == "charge" else p for p in postings]
        checked = replay(postings, Framework.US_GAAP, "12-31")
    assert checked.findings == ()
    rolled = roll_forward(postings, None, dt.date(2019, 12, 31))
    assert rolled["closing"].tolist() == [example["expected"]["closing"]]
    closing = sum(b.cents for b in checked.value.values()) / 100
    assert closing == example["expected"]["closing"]
