"""Who was right, on C-11: every figure of the decided lines again from events."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.ledger import ledger_of
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from tests.review_books import (
    CREATED,
    REVIEWER,
    accept,
    close,
    lines_of,
    modify,
    stand_at,
    type_in,
)
from tests.runs.c11_register import EXACT, Register, is_number, read_cells
from tests.runs.second_hand import Hand, Line

MONTHS = 4  # between what was decided and the close that looks back


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """A book reviewed line by line and signed off, then stood at a close four months later."""
    folder = tmp_path_factory.mktemp("decided")
    told = generate(items=40, locations=1, seed=8, future_weeks=0, keep_events=False)
    book = folder / "book.xlsx"
    author(retailer_plans(told), book, created=CREATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        ends = stand_at(book, -1 - MONTHS)
        assert main(["refresh", str(book)]) == 0
        lines = lines_of(book)
        typed = {r["SKU"]: accept() for r in lines}
        amounts = {(r["SKU"], r["Location"]): [r["Recommended Reserve"]] * 2 for r in lines}
        for r in sorted(lines, key=lambda r: -r["Cost"])[::2]:
            more = round(r["Recommended Reserve"] + 0.05 * r["Cost"], 2)
            typed[r["SKU"]] = modify(more)
            amounts[r["SKU"], r["Location"]][1] = more
        type_in(book, typed)
        assert main(["record", str(book)]) == 0
        close(book)
        closing = sum(e.fact().cents for e in ledger_of(book).read(kind="posting")) / 100
        stand_at(book, -1, gl_reserve=closing)
        assert main(["refresh", str(book)]) == 0
    return told.frames, pd.Timestamp(ends[-1 - MONTHS]), amounts, book


def followed(hand: Hand, key: tuple[str, str], then: pd.Timestamp) -> Line:
    """A line of the close decided on, and what became of it."""
    units, cost = next((u, c) for s, p, u, c in hand.held(then) if (s, p) == key)
    now = {(s, p): u for s, p, u, _ in hand.held(hand.end)}
    line = Line("", *key, hand.category[key[0]], hand.supplier[key[0]], units, cost)
    line.said = {"price": math.nan}
    hand.follow(line, then, now.get(key, 0.0))
    return line


def account(register: Register, frames, then: pd.Timestamp, amounts: dict) -> list[dict]:
    """Expect every figure of the decided lines and of each reviewer's record."""
    hand, out = Hand(frames), []
    table = register.table("Decided At", "SKU", "Who Was Nearer")
    assert {(r["SKU"], r["Location"]) for r in table.rows} == set(amounts)
    for row in table.rows:
        key = row["SKU"], row["Location"]
        line, (ours, theirs) = followed(hand, key, then), amounts[key]
        realised = round(line.lost + line.left, 2)
        gaps = round(abs(ours - realised), 2), round(abs(theirs - realised), 2)
        word = "both" if gaps[0] == gaps[1] else "reviewer" if gaps[1] < gaps[0] else "proposal"
        word = word if line.gone > 0 else "not known yet"
        for header, value in {
            "Units Then": line.units, "Units Gone": line.gone, "Recommended": ours,
            "Decided": theirs, "Net Proceeds": round(line.net, 2), "Loss On Units Gone": line.lost,
            "Loss On Units Left (Re-estimate)": line.left, "Realised Loss": realised,
        }.items():  # fmt: skip
            row.expect(header, value, by="decided lines")
        register.expect_text((row.row, table.columns["Who Was Nearer"]), word)
        out.append({"nearer": word, "gaps": gaps, "line": line})
    table.expect_foot(
        ["Recommended", "Decided", "Net Proceeds", "Loss On Units Gone",
         "Loss On Units Left (Re-estimate)", "Realised Loss"], "decided lines",
    )  # fmt: skip
    count: dict[str, int] = defaultdict(int)
    for r in out:
        count[r["nearer"]] += 1
    known = [r["gaps"] for r in out if r["nearer"] != "not known yet"]
    record = register.table("Reviewer", "Reviewer Nearer", "Proposals Missed By")
    (row,) = record.rows
    assert row["Reviewer"] == REVIEWER
    counted = {"Reviewer Nearer": "reviewer", "Proposal Nearer": "proposal", "Both Alike": "both",
               "Not Known Yet": "not known yet"}  # fmt: skip
    for header, word in counted.items():
        row.expect(header, count[word], EXACT, by="the reviewer's record")
    row.expect("Decisions Missed By", sum(g[1] for g in known), by="the reviewer's record")
    row.expect("Proposals Missed By", sum(g[0] for g in known), by="the reviewer's record")
    record.expect_foot([*counted, "Decisions Missed By", "Proposals Missed By"],
                       "the reviewer's record")  # fmt: skip
    ticks = register.row_of("Ticks that do not hold")
    register.expect((ticks, 2), 0, EXACT, "the ticks")
    return out


def test_every_figure_of_the_decided_lines_is_recomputed(decided) -> None:
    frames, then, amounts, book = decided
    register = Register(read_cells(Path(book), "C-11 Lookback"))
    found = account(register, frames, then, amounts)
    assert register.differences() == []
    assert {r["nearer"] for r in found} >= {"reviewer", "proposal", "both"}
    for name in ("gone", "lost", "left", "net"):
        assert sum(getattr(r["line"], name) > 0 for r in found) >= 3, name
    for at, value in register.cells.items():
        if is_number(value):
            false = register.differences({**register.cells, at: value + 0.01})
            assert [d.startswith(f"{at}: ") for d in false] == [True]
