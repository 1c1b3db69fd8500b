"""Every invariant of the reliability page has its row, and every row its Hypothesis test."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tools import REPO, SHARED

TEXT = (REPO / "tests" / "properties" / "README.md").read_text(encoding="utf-8")
ROWS = [
    (cells[0].strip(), re.findall(r"`([^`]+)`", cells[1]))
    for line in TEXT.splitlines()
    if line.startswith("| ") and len(cells := line.strip("| ").split(" | ")) == 2
][1:]
PAGE = SHARED / "reliability.md"
NOT_DRAWN = {
    "tests/properties/test_refresh.py::"
    "test_a_refresh_does_not_hang_on_process_time_zone_locale_or_hash_seed"
}


def decorated(node: str) -> list[str] | None:
    """Names of the decorators of the test a node id names; ``None`` where there is no such test."""
    path, _, name = node.partition("::")
    if not (REPO / path).is_file():
        return None
    for found in ast.parse((REPO / path).read_text(encoding="utf-8")).body:
        if isinstance(found, ast.FunctionDef) and found.name == name:
            calls = [d.func if isinstance(d, ast.Call) else d for d in found.decorator_list]
            return [ast.unparse(call) for call in calls]
    return None


def test_every_row_names_a_hypothesis_test_that_is_there() -> None:
    assert len(ROWS) >= 29
    for invariant, nodes in ROWS:
        assert nodes, invariant
        for node in nodes:
            found = decorated(node)
            assert found is not None, node
            assert "given" in found or node in NOT_DRAWN, node
        assert set(nodes) - NOT_DRAWN, invariant


@pytest.mark.skipif(not PAGE.is_file(), reason="the shared pages are not beside the repository")
def test_no_invariant_of_the_page_is_without_a_row() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Invariants worth a property test each")[1]
    listed = section.split("\n## ")[0].strip().rstrip(".").split(" · ")
    assert [name for name, _ in ROWS] == listed
