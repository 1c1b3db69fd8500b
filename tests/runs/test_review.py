"""Review, record, sign-off: through the commands, read back as a stranger would."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.ledger.entries import Decision, Movement, Posting
from invval_xl.ledger.store import Ledger
from tests.papers import read_papers
from tests.recalculation import differences, formulas, ironcalc_values
from tests.review_books import (
    DAY,
    PREPARER,
    REVIEWER,
    accept,
    header,
    lines_of,
    modify,
    small_book,
    stand_at,
    type_in,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = small_book(tmp_path_factory.mktemp("review") / "book.xlsx")
    assert main(["refresh", str(book)]) == 0
    return book


@pytest.fixture
def book(fresh: Path, tmp_path: Path) -> Path:
    out = tmp_path / "book.xlsx"
    shutil.copy(fresh, out)
    return out


def ledger_of(book: Path) -> Ledger:
    return Ledger(f"sqlite:///{book.with_name('invval-ledger.sqlite')}")


def codes(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main([*command, "--json"])
    return code, json.loads(capsys.readouterr().out)


def must(book: Path) -> dict[str, Any]:
    line = next(r for r in lines_of(book) if r["Status"] == "must decide")
    assert line["Why Reviewed"]
    return line


def test_what_must_be_decided_stands_first_with_its_reason_and_whom_to_ask(book: Path) -> None:
    lines = lines_of(book)
    order = ["must decide", "worth a look", "decided", "accepted by rule"]
    ranks = [order.index(r["Status"]) for r in lines]
    assert ranks == sorted(ranks)
    first = lines[0]
    assert first["Status"] == "must decide"
    assert first["Escalate To"] in {"controller", "supply chain", "merchandising", "sales"}
    assert first["Because"]
    accepted = [r for r in lines if r["Status"] == "accepted by rule"]
    assert accepted
    assert all(r["Why Reviewed"] in ("", None) for r in accepted)
    sheet = openpyxl.load_workbook(book)["C-7 Review"]
    lists = [v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert any("modify" in text for text in lists)
    _, names = header(sheet)
    hidden = sheet.column_dimensions[
        openpyxl.utils.get_column_letter(names["Proposal Hash"])
    ].hidden
    assert hidden


def test_everything_wrong_is_said_at_once_and_nothing_is_recorded(book: Path, capsys) -> None:
    lines = [r for r in lines_of(book) if isinstance(r["Cost"], (int, float))]
    a, b, c, d = (r["SKU"] for r in lines[:4])
    type_in(book, {
        a: modify(10_000_000.0),
        b: {"Decision": "modify", "Reviewer": PREPARER.upper(), "Date": DAY},
        c: {**accept(), "Typed Against": "0123456789abcdef"},
        d: accept(Date=DAY.replace(year=2099)),
    })  # fmt: skip
    code, answer = codes(capsys, "record", str(book))
    assert code == 1
    found = {f["code"] for f in answer["findings"]}
    assert {"RW202", "RW203", "RW205", "RW206", "RW208"} <= found
    out_of_range = next(f for f in answer["findings"] if f["code"] == "RW206")
    assert out_of_range["sheet"] == "C-7 Review"
    assert out_of_range["cell"]
    assert not ledger_of(book).exists


def test_a_decision_stands_in_the_papers_and_every_formula_agrees(book: Path, capsys) -> None:
    before = read_papers(book)["C-1 Lead"]
    line = must(book)
    recommended = line["Recommended Reserve"]
    decided = round(recommended * 1.2 + 5, 2)
    type_in(book, {line["SKU"]: modify(decided)})
    code, answer = codes(capsys, "record", str(book))
    assert (code, answer["recorded"]) == (0, 1)
    code, answer = codes(capsys, "record", str(book))
    assert (code, answer["recorded"], answer["already"]) == (0, 0, 1)  # a retry doubles nothing
    assert main(["refresh", str(book)]) == 0
    papers = read_papers(book)
    standing = papers["C-7 Review"].table("Ledger Entry", "Decided Reserve")
    assert [(r["SKU"], r["Decided Reserve"]) for r in standing] == [(line["SKU"], decided)]
    after = next(r for r in lines_of(book) if r["SKU"] == line["SKU"])
    assert after["Status"] == "decided"
    assert after["Decision"] is None
    assert REVIEWER in after["Prior Decision"]
    adjustment = round(decided - recommended, 2)
    lead, rolled = papers["C-1 Lead"], papers["C-4 Rollforward"]

    def closing(paper: Any) -> float:
        return sum(r["Closing Reserve"] for r in paper.table("Category", "Closing Reserve"))

    assert round(closing(lead) - closing(before), 2) == adjustment
    assert round(closing(rolled), 2) == round(closing(lead), 2)
    assert rolled.fact("Difference") == 0
    journal = papers["C-5 Journal"].table("Entry", "Account", "Debit")
    ours = [r for r in journal if r["Description"].startswith("Decided")]
    assert sum(r["Debit"] for r in ours) == pytest.approx(abs(adjustment))
    wanted = formulas(book)
    assert differences(book, ironcalc_values(book, wanted)) == []


def test_below_the_proposal_too_and_by_a_price(book: Path) -> None:
    line = must(book)
    type_in(book, {line["SKU"]: modify(None, **{"Decided Price": 10_000.0})})
    assert main(["record", str(book)]) == 0
    (entry,) = ledger_of(book).read(kind="decision")
    fact = entry.fact()
    assert isinstance(fact, Decision)
    assert (fact.decided_cents, fact.decided_price) == (0, 10_000.0)
    assert main(["refresh", str(book)]) == 0
    journal = read_papers(book)["C-5 Journal"].table("Entry", "Account", "Debit")
    assert round(sum(r["Debit (Credit)"] for r in journal), 2) == 0
    ours = next(r for r in journal if r["Description"].startswith("Decided"))
    assert ours["Account"].startswith("Allowance")
    assert differences(book, ironcalc_values(book, formulas(book))) == []


def test_a_refresh_keeps_what_is_typed_and_not_recorded(book: Path, capsys) -> None:
    line = must(book)
    type_in(book, {line["SKU"]: modify(123.45, Note="quote of 4 November")})
    code, answer = codes(capsys, "refresh", str(book))
    assert code == 0
    assert "RW210" in {f["code"] for f in answer["findings"]}
    kept = next(r for r in lines_of(book) if r["SKU"] == line["SKU"])
    assert (kept["Decision"], kept["Decided Reserve"], kept["Note"], kept["Date"]) == (
        "modify", 123.45, "quote of 4 November", DAY)  # fmt: skip
    opened = openpyxl.load_workbook(book)  # a new fact: the proposal is another
    sheet = opened["Assumptions"]
    names = [c.value for c in next(sheet.iter_rows())]
    row = {"Name": "liquidation_rate", "Scope": "all", "Value": 0.2, "Source": "quote"}
    sheet.append([row.get(n) for n in names])
    opened.save(book)
    _, answer = codes(capsys, "refresh", str(book))
    kept = next(r for r in lines_of(book) if r["SKU"] == line["SKU"])
    assert kept["Decided Reserve"] == 123.45
    if kept["Proposal Hash"] != line["Proposal Hash"]:
        assert kept["Typed Against"] == line["Proposal Hash"]
        assert "RW211" in {f["code"] for f in answer["findings"]}
        code, answer = codes(capsys, "record", str(book))
        assert (code, {f["code"] for f in answer["findings"]}) == (1, {"RW203"})
        type_in(book, {line["SKU"]: {"Typed Against": None}})  # looked at again
    assert codes(capsys, "record", str(book))[0] == 0


def test_of_two_who_decide_one_line_the_second_is_told(book: Path, tmp_path, capsys) -> None:
    other = tmp_path / "copy" / "book.xlsx"
    other.parent.mkdir()
    shutil.copy(book, other)
    url = f"sqlite:///{book.with_name('invval-ledger.sqlite')}"
    line = must(book)
    type_in(book, {line["SKU"]: modify(100.0)})
    type_in(other, {line["SKU"]: modify(200.0)})
    assert main(["record", str(book)]) == 0
    code, answer = codes(capsys, "record", str(other), "--ledger", url)
    assert code == 1
    assert {f["code"] for f in answer["findings"]} == {"RW204"}
    assert len(ledger_of(book).read(kind="decision")) == 1
    assert codes(capsys, "refresh", str(other), "--ledger", url)[0] == 0  # it shows the first
    assert codes(capsys, "record", str(other), "--ledger", url)[0] == 0  # who still differs, may
    assert len(ledger_of(book).read(kind="decision")) == 2


def sign(book: Path, step: str, who: str, *more: str) -> int:
    return main(["sign-off", str(book), "--as", step, "--who", who, *more])


def test_two_periods_by_sign_off(book: Path, capsys) -> None:
    """September is decided, signed, finalised; October opens from what was posted."""
    ends = stand_at(book, -2)
    code, answer = codes(capsys, "refresh", str(book))
    assert code == 0, answer["findings"]
    assert sign(book, "finalise", REVIEWER) == 1
    assert sign(book, "prepare", PREPARER) == 0
    assert sign(book, "review", PREPARER) == 1
    assert sign(book, "review", REVIEWER) == 0
    capsys.readouterr()
    assert sign(book, "finalise", REVIEWER) == 1
    assert "RW403" in capsys.readouterr().out, "a line of high value is still open"
    open_lines = [r["SKU"] for r in lines_of(book) if r["Status"] == "must decide"]
    type_in(book, {sku: accept() for sku in open_lines})
    assert main(["record", str(book)]) == 0
    code, answer = codes(capsys, "refresh", str(book))
    assert "RW410" in {f["code"] for f in answer["findings"]}, "the content changed: suspended"
    closing = answer["summary"]["closing_reserve"]
    assert sign(book, "finalise", REVIEWER) == 1
    for step, who in (("prepare", PREPARER), ("review", REVIEWER), ("finalise", REVIEWER)):
        assert sign(book, step, who) == 0, step
    assert main(["refresh", str(book)]) == 0
    stamped = openpyxl.load_workbook(book)["C-1 Lead"]
    assert [stamped.cell(5, c).value for c in (2, 6)] == [PREPARER, REVIEWER]
    ledger = ledger_of(book)
    posted = [f for e in ledger.read(kind="posting") if isinstance(f := e.fact(), Posting)]
    assert sum(p.cents for p in posted) == round(closing * 100)
    index = openpyxl.load_workbook(book, data_only=True)["C-0 Index"]
    anchors = [
        str(c.value) for row in index.iter_rows() for c in row if "entries, head" in str(c.value)
    ]
    assert anchors == [ledger.anchor().text]

    september = ends[-2]
    stand_at(book, -1, gl_reserve=closing)
    code, answer = codes(capsys, "refresh", str(book))  # October
    assert code == 0, answer["findings"]
    assert "RV204" not in {f["code"] for f in answer["findings"]}, "it ties to the GL"
    rolled = read_papers(book)["C-4 Rollforward"]
    rows = rolled.table("Category", "Opening Reserve", "Closing Reserve")
    assert round(sum(r["Opening Reserve"] for r in rows), 2) == closing
    for r in rows:
        assert round(r["Closing Reserve"], 2) == round(
            r["Opening Reserve"] + r["Charge To Expense"] + r["Charge To Other Accounts"]
            - r["Utilization"] - r["Reversal"] + r.get("Decided Adjustments", 0), 2)  # fmt: skip
    stand_at(book, ends.index(september) - len(ends))
    assert sign(book, "reopen", REVIEWER) == 1  # needs a reason
    assert sign(book, "reopen", REVIEWER, "--note", "late count") == 0
    stand_at(book, -1)
    assert main(["refresh", str(book)]) == 0
    rows = read_papers(book)["C-4 Rollforward"].table("Category", "Opening Reserve")
    assert sum(r["Opening Reserve"] for r in rows) == 0, "what was reopened is not brought forward"
    assert ledger.verify_chain() == ()
    assert {p.movement for p in posted} <= {Movement.CHARGE, Movement.OPENING}


def test_no_ledger_is_made_by_a_refresh_and_a_broken_one_refuses(book: Path, capsys) -> None:
    assert not book.with_name("invval-ledger.sqlite").exists()
    line = must(book)
    type_in(book, {line["SKU"]: modify(50.0)})
    assert main(["record", str(book)]) == 0
    ledger = ledger_of(book)
    with ledger._engine.connect().execution_options(invval_writes=True) as c, c.begin():
        c.exec_driver_sql("DROP TRIGGER invval_no_update")
        c.exec_driver_sql("UPDATE invval_entries SET who = 'Mallory' WHERE seq = 1")
    was = book.read_bytes()
    code, answer = codes(capsys, "refresh", str(book))
    assert (code, {f["code"] for f in answer["findings"]}) == (1, {"RW301"})
    assert "entry 1 " in answer["findings"][0]["message"]
    assert book.read_bytes() == was
