"""Decision, next refresh, outcome, evidence, training: what was decided is remembered and used."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.ledger import ledger_of
from invval_xl.hosts.file.model_store import model_of
from invval_xl.hosts.file.read import read_book
from invval_xl.ledger.entries import Act, Decision, DisposalOutcome
from invval_xl.models.events import day_number
from invval_xl.models.features import build_features
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import as_of_day, events_from_tables
from invval_xl.models.score import score
from invval_xl.models.train import Parameters
from invval_xl.runs import train_model as run
from invval_xl.runs.evidence import ledger_evidence
from invval_xl.tables.check import check_book
from tests import recalculation
from tests.papers import read_papers
from tests.review_books import (
    REVIEWER,
    accept,
    close,
    lines_of,
    modify,
    small_book,
    stand_at,
    type_in,
)

TINY = Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700)


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


def test_decision_to_next_refresh_to_retrain(tmp_path: Path, monkeypatch) -> None:
    """The decided value stands, its outcome arrives, C-11 shows who was right, the model learns."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(run, "Parameters", partial(Parameters, caps=TINY))
    book = small_book(tmp_path / "book.xlsx", items=16, periods=20, sales_weeks=88)
    ends = stand_at(book, -2)
    assert main(["refresh", str(book)]) == 0
    first, decided = decide(book)
    close(book)

    # the next month: everything of the first line is disposed of for next to nothing
    closing = sum(e.fact().cents for e in ledger_of(book).read(kind="posting")) / 100
    stand_at(book, -1, gl_reserve=closing)
    units, cost = held(book, first["SKU"], ends[-2])
    dispose(book, first["SKU"], units, 0.02, ends[-2] + dt.timedelta(days=1))
    assert main(["refresh", str(book)]) == 0
    row = next(r for r in lines_of(book) if r["SKU"] == first["SKU"])
    assert REVIEWER in row["Prior Decision"]
    assert f"{decided:,.2f}" in row["Prior Decision"]
    assert row["Since Then"]
    mine = who_was_right(book)[first["SKU"]]
    assert (mine["Recommended"], mine["Decided"]) == (first["Recommended Reserve"], decided)
    assert mine["Units Gone"] == units
    assert mine["Realised Loss"] == pytest.approx(cost - 0.02, abs=0.01)
    assert mine["Who Was Nearer"] == "reviewer", "it brought nothing: the higher reserve was nearer"
    accept_the_rest(book)
    close(book)

    entries = ledger_of(book).read()
    outcomes = [f for e in entries if isinstance(f := e.fact(), DisposalOutcome)]
    mine = [o for o in outcomes if o.sku == first["SKU"]]
    assert [(o.units, o.net_proceeds_cents) for o in mine] == [(units, 2)]
    given = ledger_evidence(entries)
    assert given is not None
    assert list(given.added) == [
        (first["SKU"], first["Location"], day_number(ends[-2].date()))
    ]  # fmt: skip
    retrained(book)
    assert main(["refresh", str(book)]) == 0
    papers = read_papers(book)
    for said in ("Decisions with outcomes", "Found in a snapshot", "Reviewers"):
        assert papers["C-10 Model"].fact(said) == 1
    assert papers["C-11 Lookback"].table("SKU", "Who Was Nearer")


def decide(book: Path) -> tuple[dict[str, Any], float]:
    """Raise the line that must be decided and the dearest other, accept the rest, record."""
    lines = sorted(lines_of(book), key=lambda r: (r["Status"] != "must decide", -r["Cost"]))
    first, second = lines[:2]
    decided = round(first["Recommended Reserve"] * 1.1 + 10, 2)
    raised = round(second["Recommended Reserve"] + 0.5 * second["Cost"], 2)
    typed = {r["SKU"]: accept() for r in lines[2:] if r["Status"] == "must decide"}
    type_in(book, {**typed, first["SKU"]: modify(decided), second["SKU"]: modify(raised)})
    assert main(["record", str(book)]) == 0
    return first, decided


def accept_the_rest(book: Path) -> None:
    still_open = [r["SKU"] for r in lines_of(book) if r["Status"] == "must decide"]
    if still_open:
        type_in(book, {sku: accept() for sku in still_open})
        assert main(["record", str(book)]) == 0
        assert main(["refresh", str(book)]) == 0


def who_was_right(book: Path) -> dict[str, dict[str, Any]]:
    """C-11's decided lines by SKU; every verdict again from its own figures, by two engines."""
    paper = read_papers(book)["C-11 Lookback"]
    shown = {r["SKU"]: r for r in paper.table("SKU", "Who Was Nearer")}
    for r in shown.values():
        gap = {n: round(abs(r[n] - r["Realised Loss"]), 2) for n in ("Recommended", "Decided")}
        nearer = "reviewer" if gap["Decided"] < gap["Recommended"] else "proposal"
        wanted = "both" if gap["Decided"] == gap["Recommended"] else nearer
        assert r["Who Was Nearer"] == (wanted if r["Units Gone"] > 0 else "not known yet")
        assert r["Realised Loss"] == pytest.approx(
            r["Loss On Units Gone"] + r["Loss On Units Left (Re-estimate)"], abs=0.005
        )
    known = [r for r in shown.values() if r["Who Was Nearer"] != "not known yet"]
    assert {r["Who Was Nearer"] for r in known} >= {"reviewer", "proposal"}
    (record,) = paper.table("Reviewer", "Reviewer Nearer", "Proposals Missed By")
    for word in ("Reviewer", "Proposal"):
        assert record[f"{word} Nearer"] == sum(r["Who Was Nearer"] == word.lower() for r in known)
    for of, header in (("Decided", "Decisions Missed By"), ("Recommended", "Proposals Missed By")):
        missed = sum(abs(r[of] - r["Realised Loss"]) for r in known)
        assert record[header] == pytest.approx(missed, abs=0.01)
    wanted = recalculation.formulas(book)
    assert recalculation.differences(book, recalculation.ironcalc_values(book, wanted)) == []
    return shown


def retrained(book: Path) -> None:
    """Trained on the book as it is, without and with what people knew: another model is fitted."""
    read = read_book(book).value
    shares: list[float] = []
    without = run.train_model(read, lambda _stage, share: shares.append(share)).model
    assert shares == sorted(shares), "the bar never goes back"
    assert len(set(shares)) > 10
    assert shares[-1] >= 0.8
    assert main(["train", str(book)]) == 0
    served = model_of(book)
    assert served is not None
    learned = served.model
    assert without.training.evidence is None
    assert learned.training.evidence.found == 1
    assert learned.model_id != without.model_id
    tables = check_book(read).value
    features = build_features(events_from_tables(tables), as_of_day(tables), learned.encoding)
    a, b = score(without, features), score(learned, features)
    moved = [np.nanmax(np.abs(getattr(a, n) - getattr(b, n))) for n in ("p_obsolete", "p_markdown")]
    assert max(moved) > 1e-4, "the fitted model differs"


def held(book: Path, sku: str, end: dt.datetime) -> tuple[float, float]:
    """Units and cost of a line in the balance set."""
    rows = openpyxl.load_workbook(book)["BalanceSet"].iter_rows(values_only=True)
    names = list(next(rows))
    at = [names.index(n) for n in ("SKU", "Period End", "EOP Units", "EOP Cost")]
    found = [(r[at[2]], r[at[3]]) for r in rows if (r[at[0]], r[at[1]]) == (sku, end)]
    assert len(found) == 1
    return found[0]


def test_training_is_given_the_book_s_own_evidence(tmp_path: Path, monkeypatch) -> None:
    """That ``train`` uses weights and its card says so is tests/models/test_evidence.py."""
    from invval_xl.runs.memory import Memory, book_id

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
