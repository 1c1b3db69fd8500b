"""The hostile corpus, answered as listed: a sample of cases and routes, or with a word all of them.

All takes five minutes of CPU: ``python -m tests.hosts.file.corpus`` prints the counts, and
``INVVAL_CORPUS=all`` has this file run every pair. A pair is a case and a route.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from invval_xl.findings import Severity
from invval_xl.guidance.register import register
from tests.hosts.file.contents import contents
from tests.hosts.file.corpus import Listed, faults, listed, routes_of
from tests.hosts.file.hostile import cases
from tests.hosts.file.refreshed_hostile import ANSWERS

CASES = listed()
PAIRS = [(case, route) for case in CASES for route in routes_of(case)]
EVERY = 1 if os.environ.get("INVVAL_CORPUS") == "all" else 13  # prime to the routes: all are met


def test_each_case_has_a_name_of_its_own_and_there_are_many_of_every_answer() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(contents()) > 100
    answers = [case.answer for case in contents()]
    assert min(answers.count(word) for word in ("refuse", "warn", "accept")) >= 20
    assert set(answers) == {"refuse", "warn", "accept"}
    assert set(ANSWERS) <= {case.name for case in cases() if case.answer != "refuse"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_is_what_its_findings_weigh(case: Listed) -> None:
    weights = {register()[code].severity for code in case.codes}
    if case.answer == "refuse":
        assert Severity.STOP in weights
    else:
        assert Severity.STOP not in weights
    if case.answer == "warn" and case.name.startswith("contents"):
        assert Severity.WARN in weights
    if case.answer == "accept":
        assert weights <= {Severity.NOTE}
    assert {register()[code].severity for code in case.also} <= {Severity.STOP, Severity.WARN}


@pytest.mark.parametrize(
    ("case", "route"), PAIRS[::EVERY], ids=[f"{c.name} | {r}" for c, r in PAIRS[::EVERY]]
)
def test_the_answer_is_as_listed(case: Listed, route: str, tmp_path: Path) -> None:
    assert faults(case, route, tmp_path) == []
