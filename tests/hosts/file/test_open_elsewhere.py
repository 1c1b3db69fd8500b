"""A workbook that is open in another program: told to whoever runs, and in no paper."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from tests.review_books import small_book


def test_open_or_closed_gives_the_same_papers_export_and_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = small_book(tmp_path / "book.xlsx")
    papers = tmp_path / "papers.xlsx"
    assert main(["refresh", str(book), "--out", str(papers)]) == 0
    closed = papers.read_bytes()
    (tmp_path / "~$book.xlsx").touch()
    capsys.readouterr()
    assert main(["refresh", str(book), "--out", str(papers), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "WB302" in {f["code"] for f in told["findings"]}
    assert papers.read_bytes() == closed
    shutil.copy(papers, book)  # now as refreshed, and still open
    assert main(["export", str(book), "--out", str(tmp_path / "out"), "--no-pdf", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "WB302" in {f["code"] for f in told["findings"]}
    (tmp_path / "out" / "~$binder.xlsx").touch()
    assert main(["verify", str(tmp_path / "out" / "binder.xlsx"), "--no-recalculation"]) == 0
