"""C-6 and C-7 stay lists that a person can read: up to a stated number, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from invval_xl.reserving.queue import ACCEPTED, DECIDED, MUST
from invval_xl.runs.refresh_reserve import Refreshed, refresh_reserve
from invval_xl.workpapers.c7_review import Review, _listed
from tests.tables.builders import BALANCE_HEADER, PERIOD, Rows, a_book

KEYS = [(f"K{i}", "S1") for i in range(6)]


def listed(most: int, prior: Any = (), carried: Any = ()) -> list[bool]:
    status = [MUST, MUST, DECIDED, ACCEPTED, ACCEPTED, ACCEPTED]
    frame = pd.DataFrame(KEYS, columns=["sku", "location"]).assign(status=status)
    queue = SimpleNamespace(frame=frame, prior=dict.fromkeys(prior))
    review = Review(cast("Any", queue), cast("Any", dict.fromkeys(carried)))
    return [bool(v) for v in _listed(review, most)]


def test_only_lines_accepted_by_rule_are_left_out_the_smallest_first() -> None:
    assert listed(3) == [True] * 6
    assert listed(1) == [True, True, True, True, False, False]
    assert listed(0) == [True, True, True, False, False, False]


def test_a_line_typed_on_or_decided_before_keeps_its_row() -> None:
    assert listed(0, prior=[KEYS[5]]) == [True, True, True, False, False, True]
    assert listed(0, carried=[KEYS[4]]) == [True, True, True, False, True, False]


def many(*policy: list[object]) -> Refreshed:
    """Twelve items that cost 10.00 and sell for less, each a larger loss than the one before."""
    items: Rows = [["SKU", "Category", "Ticket Price"]]
    items += [[f"K{i:02d}", "Hats", 9.0 - i / 2] for i in range(12)]
    balance: Rows = [BALANCE_HEADER]
    balance += [
        [f"K{i:02d}", "S1", PERIOD, 20, 0, 4, 16, 200.0, 0.0, 40.0, 160.0] for i in range(12)
    ]
    control: Rows = [
        ["Setting", "Value"], ["Entity", "Acme"], ["Period End", PERIOD],
        ["Framework", "us-gaap"], ["Currency", "USD"], ["Cost Method", "fifo"],
        ["GL Inventory", 1920.0], ["GL Reserve", 0.0],
    ]  # fmt: skip
    head: list[object] = ["Name", "Scope", "Value", "Source", "Effective From", "Approved By"]
    sheets: dict[str, Rows] = {"Control": control, "ItemMaster": items, "BalanceSet": balance}
    if policy:
        sheets["Assumptions"] = [head, *policy]
    return refresh_reserve(a_book(sheets))


def explained(made: Refreshed) -> tuple[list[str], str]:
    """The SKUs that C-6 explains, in order, and its conclusion."""
    plan = next(p for p in made.plans if p.name == "C-6 Rationale")
    block = max(plan.blocks, key=lambda b: len(b.columns))
    said = " ".join(str(c.value) for c in plan.cells if "explained." in str(c.value))
    return [str(v) for v in block.columns[0].values], said  # noqa: PD011 - a PlanColumn


def test_c6_explains_the_largest_and_totals_the_rest() -> None:
    every, whole = explained(many())
    assert len(every) == 12
    assert "further" not in whole
    row: list[object] = ["rationale_lines", "all", 5, "memo", dt.date(2026, 1, 1), "CFO"]
    made = many(row)
    some, said = explained(made)
    assert some == every[:5]
    closing = made.case.lines.set_index("sku")["closing"]
    found = re.search(
        r"7 further item\(s\), none of them larger, close at ([\d,.]+) together", said
    )
    assert found
    assert float(found[1].replace(",", "")) == round(float(closing[every[5:]].sum()), 2)
    assert made.summary.closing_reserve == many().summary.closing_reserve
