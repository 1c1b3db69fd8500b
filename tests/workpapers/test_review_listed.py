"""C-7 stays a list that a person can read: accepted lines up to a stated number, nothing lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from invval_xl.reserving.queue import ACCEPTED, DECIDED, MUST
from invval_xl.workpapers.c7_review import Review, _listed

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
