"""A binder whose papers rest on a ledger, a model or a lookback verifies where none of them is."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.ledger import ledger_of, ledger_walk
from invval_xl.hosts.file.lookback_store import put_lookback
from invval_xl.hosts.file.model_store import model_folder, seal_key
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.verify import read_binder
from invval_xl.hosts.file.write import author
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import events_from_tables
from invval_xl.models.registry import save_model
from invval_xl.models.train import Parameters, train
from invval_xl.monitoring.lookback import look_back
from invval_xl.runs.carried_decisions import DECISIONS, packed, unpacked
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.refresh_reserve import RefreshRequest
from invval_xl.runs.verify_binder import Result, derive
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from tests.monitoring.conftest import cohort
from tests.papers import read_papers
from tests.reserving.test_model_basis import OPEN
from tests.review_books import CREATED, REVIEWER, accept, lines_of, modify, small_book, type_in

TINY = Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700)


def verified(capsys, path: Path, *more: str) -> tuple[int, dict[str, str], list[dict]]:
    """Exit code, result by step, findings."""
    capsys.readouterr()
    code = main(["verify", str(path), "--json", *more])
    told = json.loads(capsys.readouterr().out)
    return code, {s["step"]: s["result"] for s in told["steps"]}, told["findings"]


def moved_away(export: Path, elsewhere: Path, patch: pytest.MonkeyPatch) -> Path:
    """The export on another machine: no workbook, no ledger, no model folder, no seal key."""
    patch.setenv("XDG_DATA_HOME", str(elsewhere / "home"))
    patch.setenv("INVVAL_SOFFICE", "none")
    return Path(shutil.copytree(export, elsewhere / "binder"))


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A book with one decision recorded and one only typed, refreshed, and its export."""
    folder = tmp_path_factory.mktemp("decided")
    book = small_book(folder / "book.xlsx")
    assert main(["refresh", str(book)]) == 0
    lines = [r for r in lines_of(book) if r["Recommended Reserve"]]
    first, second = lines[0], lines[1]
    figure = round(first["Recommended Reserve"] * 1.2 + 5, 2)
    type_in(book, {first["SKU"]: modify(figure)})
    assert main(["record", str(book)]) == 0
    assert main(["refresh", str(book)]) == 0
    type_in(book, {second["SKU"]: accept()})
    assert main(["refresh", str(book)]) == 0
    out = folder / "binder"
    assert main(["export", str(book), "--out", str(out), "--no-pdf"]) == 0
    return book, out, first["SKU"]


def test_recorded_and_typed_decisions_verify_without_the_ledger(
    decided, tmp_path, monkeypatch, capsys
) -> None:
    _, export, sku = decided
    away = moved_away(export, tmp_path, monkeypatch)
    code, steps, found = verified(capsys, away)
    assert (code, found) == (0, [])
    assert steps == dict.fromkeys(
        ["Hashes", "Inputs", "Papers", "Foots", "Ties", "Recalculation", "Sign-off binding"], "held"
    )
    standing = read_papers(away / "binder.xlsx")["C-7 Review"].table("Ledger Entry", "SKU")
    assert [row["SKU"] for row in standing] == [sku]
    said = unpacked((away / DECISIONS).read_bytes())
    assert said.memory is not None
    assert {e.kind for e in said.memory.entries} >= {"decision"}
    assert [line.reviewer for line in said.typed] == [REVIEWER]
    assert packed(said) == (away / DECISIONS).read_bytes()


def test_a_decision_changed_in_the_binder_is_named(decided, tmp_path, monkeypatch, capsys) -> None:
    away = moved_away(decided[1], tmp_path, monkeypatch)
    line = next(r for r in lines_of(away / "binder.xlsx") if r["Decision"])
    type_in(away / "binder.xlsx", {line["SKU"]: {"Decision": "reject"}})
    code, _, found = verified(capsys, away, "--no-recalculation")
    assert code == 1
    named = [f for f in found if f["code"] == "WB813" and f["sheet"] == "C-7 Review"]
    assert [("'reject'" in f["message"], f["cell"][-2:]) for f in named] == [
        (True, str(line["row"]))
    ]


def test_without_the_decisions_no_cell_is_called_agreed(
    decided, tmp_path, monkeypatch, capsys
) -> None:
    away = moved_away(decided[1], tmp_path, monkeypatch)
    (away / DECISIONS).unlink()
    code, steps, found = verified(capsys, away, "--no-recalculation")
    assert (code, steps["Hashes"], steps["Papers"]) == (1, "failed", "not done")
    assert {"WB820", "WB821"} <= {f["code"] for f in found}


def test_a_forged_decision_does_not_stand(decided) -> None:
    """Not against its own hash, and with a new hash not against the ledger, where that is."""
    book, export, _ = decided
    read, _ = read_binder(export, RefreshRequest())
    said = unpacked((export / DECISIONS).read_bytes())
    at, entry = next((i, e) for i, e in enumerate(said.memory.entries) if e.kind == "decision")
    body = json.loads(entry.payload)
    payload = json.dumps(body | {"decided_cents": 1}, sort_keys=True, separators=(",", ":"))
    forged = replace(entry, payload=payload)

    def carrying(one):
        entries = tuple(one if i == at else e for i, e in enumerate(said.memory.entries))
        return replace(said, memory=replace(said.memory, entries=entries))

    step, refreshed = derive(replace(read, decisions=lambda _name: carrying(forged)))
    assert (step.result, refreshed) == (Result.FAILED, None)
    assert [f.code for f in step.findings] == ["RW301"]
    walk = ledger_walk(book)
    sound, words = walk(read.manifest)
    assert sound == ()
    assert f"the {len(said.memory.entries)} the binder carries" in words
    rehashed = carrying(replace(forged, hash=forged.digest()))
    manifest = {**read.manifest, "decisions": {"entries": rehashed.hashes}}
    assert [f.code for f in walk(manifest)[0]] == ["RW304"]


def test_only_this_book_s_entries_leave_the_house(decided) -> None:
    book, export, _ = decided
    entries = unpacked((export / DECISIONS).read_bytes()).memory.entries
    assert len({e.book for e in entries}) == 1
    assert {e.hash for e in entries} <= {e.hash for e in ledger_of(book).read()}


def test_a_refreshed_workbook_with_its_ledger_beside_it(decided, capsys) -> None:
    book, _, _ = decided
    code, steps, found = verified(capsys, book, "--no-recalculation")
    assert code == 0
    assert {f["code"] for f in found} == {"WB818", "WB822"}
    assert {name: result for name, result in steps.items() if result == "held"}.keys() == {
        "Papers", "Foots", "Ties", "Sign-off binding", "Ledger",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (("UPDATE invval_entries SET who = 'Mallory' WHERE seq = 1",), "entry 1 "),
        (("DELETE FROM invval_entries WHERE seq = 1",), "entry 1 is missing"),
        (
            (
                "UPDATE invval_entries SET seq = 99 WHERE seq = 1",
                "UPDATE invval_entries SET seq = 1 WHERE seq = 2",
                "UPDATE invval_entries SET seq = 2 WHERE seq = 99",
            ),
            "as entry 2:",
        ),
    ],
)
def test_verify_names_the_entry_of_a_ledger_somebody_meddled_with(
    decided, tmp_path, capsys, statements: tuple[str, ...], told: str
) -> None:
    book = Path(shutil.copytree(decided[0].parent, tmp_path / "copy")) / decided[0].name
    with closing(sqlite3.connect(book.with_name("invval-ledger.sqlite"))) as raw:
        for verb in ("update", "delete"):
            raw.execute(f"DROP TRIGGER IF EXISTS invval_no_{verb}")
        for statement in statements:
            assert raw.execute(statement).rowcount == 1
        raw.commit()
    capsys.readouterr()
    assert main(["verify", str(book), "--json", "--no-recalculation"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert any(told in f["message"] for f in found if f["code"].startswith("RW30")), found


def modelled_book(folder: Path) -> Path:
    """A book valued by a small approved model, with a lookback that holds, refreshed."""
    book = folder / "book.xlsx"
    retailer = generate(items=30, seed=3, locations=2, future_weeks=0, keep_events=False)
    stated = retailer.frames["Assumptions"]
    policy = stated.iloc[[0]].assign(name="valuation_basis", value="model")
    both = pd.concat([stated, policy], ignore_index=True)
    retailer = replace(retailer, frames={**retailer.frames, "Assumptions": both})
    author(retailer_plans(retailer), book, created=CREATED)
    tables = check_book(read_book(book).value).value
    model = train(events_from_tables(tables), parameters=Parameters(caps=TINY, gates=OPEN))
    save_model(model, model_folder(book), key=seal_key(), data_sha256="0" * 64, approver=REVIEWER,
               trained_at="2026-11-02T00:00:00")  # fmt: skip
    closes = [dt.date(2025, m, 28) for m in (1, 4, 7, 10)]
    put_lookback(book, look_back([cohort(c, model=1.1) for c in closes],
                                 as_of=dt.date(2026, 4, 30), inputs_hash="x"))  # fmt: skip
    assert main(["refresh", str(book)]) == 0
    return book


def test_a_model_and_a_lookback_go_with_the_binder(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    book = modelled_book(tmp_path)
    out = tmp_path / "binder"
    assert main(["export", str(book), "--out", str(out), "--no-pdf"]) == 0
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["model"]["approver"] == REVIEWER
    assert {"C-10 Model", "C-11 Lookback"} <= set(
        openpyxl.load_workbook(out / "binder.xlsx").sheetnames
    )
    away = moved_away(out, tmp_path / "away", monkeypatch)
    code, steps, found = verified(capsys, away)
    assert (code, found) == (0, [])
    assert set(steps.values()) == {"held"}
    assert not (tmp_path / "away" / "home").exists()  # no key was asked for, or made
    read, _ = read_binder(away, RefreshRequest())
    case = derive(read)[1].case
    assert case.prediction.answered_by == "model"
    assert (case.proposal.frame["basis"] == "model").any()
    for name, what in (
        (manifest["model"]["file"], "model"),
        ("lookback/lookback.json", "lookback"),
    ):
        damaged = Path(shutil.copytree(out, tmp_path / what))
        place = damaged / name
        place.write_bytes(place.read_bytes()[:-9] + b"123456789")
        code, steps, found = verified(capsys, damaged, "--no-recalculation")
        assert (code, steps["Hashes"], steps["Papers"]) == (1, "failed", "not done"), what
        assert any(f["code"] == "WB820" and what in f["message"] for f in found)
