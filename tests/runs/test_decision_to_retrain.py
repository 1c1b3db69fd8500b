"""Decision, next refresh, outcome, evidence, training: what was decided is remembered and used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.ledger import ledger_of
from invval_xl.ledger.entries import Act, Decision, DisposalOutcome
from invval_xl.models.events import day_number
from invval_xl.runs.evidence import judged, ledger_evidence
from tests.review_books import (
    PREPARER,
    REVIEWER,
    accept,
    lines_of,
    modify,
    small_book,
    stand_at,
    type_in,
)


def dispose(book: Path, sku: str, units: float, net: float, day: dt.datetime) -> None:
    """Write one line on the Disposals sheet."""
    opened = openpyxl.load_workbook(book)
    sheet = opened["Disposals"]
    names = [c.value for c in next(sheet.iter_rows())]
    said = {"Date": day, "SKU": sku, "Units": units, "Net Proceeds": net,
            "Disposal Channel": "liquidation"}  # fmt: skip
    row = next(r for r in range(2, 100) if sheet.cell(r, 1).value is None)
    for column, name in enumerate(names, start=1):
        if name in said:
            sheet.cell(row, column).value = said[name]
    opened.save(book)


def close(book: Path) -> None:
    for step, who in (("prepare", PREPARER), ("review", REVIEWER), ("finalise", REVIEWER)):
        assert main(["sign-off", str(book), "--as", step, "--who", who]) == 0


def test_decision_outcome_evidence(tmp_path: Path) -> None:
    book = small_book(tmp_path / "book.xlsx")
    ends = stand_at(book, -2)
    assert main(["refresh", str(book)]) == 0
    lines = [r for r in lines_of(book) if r["Status"] == "must decide"]
    first = lines[0]
    decided = round(first["Recommended Reserve"] * 1.1 + 10, 2)
    type_in(book, {r["SKU"]: accept() for r in lines[1:]} | {first["SKU"]: modify(decided)})
    assert main(["record", str(book)]) == 0
    close(book)

    closing = sum(
        e.fact().cents for e in ledger_of(book).read(kind="posting")
    ) / 100  # fmt: skip
    stand_at(book, -1, gl_reserve=closing)
    dispose(book, first["SKU"], 2.0, 0.02, ends[-1] - dt.timedelta(days=3))
    assert main(["refresh", str(book)]) == 0
    row = next(r for r in lines_of(book) if r["SKU"] == first["SKU"])
    assert REVIEWER in row["Prior Decision"]
    assert f"{decided:,.2f}" in row["Prior Decision"]
    assert row["Since Then"]
    still_open = [r["SKU"] for r in lines_of(book) if r["Status"] == "must decide"]
    if still_open:
        type_in(book, {sku: accept() for sku in still_open})
        assert main(["record", str(book)]) == 0
        assert main(["refresh", str(book)]) == 0
    close(book)

    entries = ledger_of(book).read()
    outcomes = [f for e in entries if isinstance(f := e.fact(), DisposalOutcome)]
    assert [(o.sku, o.units, o.net_proceeds_cents) for o in outcomes] == [(first["SKU"], 2.0, 2)]
    told = [j for j in judged(entries) if j.sku == first["SKU"]]
    assert told[0].decided == decided
    assert told[0].right == "reviewer", "it brought nothing: the higher reserve was nearer"
    given = ledger_evidence(entries)
    assert given is not None
    assert (first["SKU"], first["Location"]) in {(s, p) for s, p, _ in given.added}


def test_training_is_given_the_book_s_own_evidence(tmp_path: Path, monkeypatch) -> None:
    """That ``train`` uses weights and its card says so is tests/models/test_evidence.py."""
    from invval_xl.hosts.file.read import read_book
    from invval_xl.runs import train_model as run
    from invval_xl.runs.memory import Memory, book_id
    from invval_xl.tables.check import check_book

    book = small_book(tmp_path / "book.xlsx")
    read = read_book(book).value
    ours = book_id(check_book(read).value.control)
    ledger = ledger_of(book)
    for name in (ours, "another entity / ifrs"):
        ledger.append(
            [
                Decision(sku="47382", location="S01", act=Act.MODIFY, recommended_cents=0,
                         decided_cents=100, units=1.0, cost_cents=100, proposal_hash=name,
                         reason="price evidence", reviewer=REVIEWER, decided_on="2026-06-05"),
                DisposalOutcome(sku="47382", location="S01", disposed_on="2026-08-01", units=1.0,
                                net_proceeds_cents=0, place=name),
            ],
            book=name, period_end="2026-05-31", who="x", at="t",
        )  # fmt: skip
    given = []

    class Stopped(Exception):  # noqa: N818
        pass

    def train(*_: object, weights: object, **__: object) -> None:
        given.append(weights)
        raise Stopped

    monkeypatch.setattr(run, "train", train)
    with pytest.raises(Stopped):
        run.train_model(read, lambda _s, _p: None, memory=Memory(ledger.read(), ledger.name))
    (weights,) = given
    assert list(weights.added) == [("47382", "S01", day_number(dt.date(2026, 5, 31)))]
    assert weights.reviewers == 1
