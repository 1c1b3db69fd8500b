"""The page of promises names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import invval_xl.guidance
from tests.tools import REPO

PAGE = Path(invval_xl.guidance.__file__).parent / "notes" / "promises" / "what-is-promised.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_test_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)", TEXT)
    assert len(named) > 30
    assert [name for name in named if not (REPO / name).is_file()] == []


def test_every_promise_has_a_test_and_the_page_says_what_is_not_promised() -> None:
    rows = [r for r in TEXT.split("## Not promised")[0].splitlines() if r.startswith("| ")][1:]
    assert all("`tests/" in row.split("|")[2] for row in rows)
    assert len(TEXT.split("## Not promised", 1)[1].strip().splitlines()) > 5


def test_the_readme_leads_there() -> None:
    assert PAGE.relative_to(REPO).as_posix() in (REPO / "README.md").read_text(encoding="utf-8")
