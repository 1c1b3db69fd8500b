"""Train on a workbook, refresh with the model beside the rule, refuse what was tampered with."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file import approve as place
from invval_xl.hosts.file.model_store import model_folder
from invval_xl.hosts.file.write import author
from invval_xl.ledger.entries import ModelVersion
from invval_xl.ledger.store import Ledger, beside
from invval_xl.models.forest_pair import Caps
from invval_xl.models.serving import forget
from invval_xl.models.train import Parameters, train
from invval_xl.models.trained import TrainedModel
from invval_xl.monitoring.champion import Comparison
from invval_xl.runs import train_model as run
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from tests import recalculation
from tests.papers import read_papers
from tests.runs.conftest import WORKED_EXAMPLE

SMALL = Caps(rounds=20, forest_trees=15)
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone


@pytest.fixture(scope="module")
def trained_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A retailer's workbook and the model trained on it, the seal's key in a home of its own."""
    folder = tmp_path_factory.mktemp("trained")
    book = folder / "book.xlsx"
    author(retailer_plans(generate(items=60, seed=3, future_weeks=0, keep_events=False)), book,
           created=CREATED)  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setattr(run, "train", smaller)
        assert main(["train", str(book)]) == 0
    return book


def smaller(*given: Any, parameters: Parameters, **more: Any) -> TrainedModel:
    """Training with a quarter of the trees: sixty items need no more to be told apart."""
    return train(*given, parameters=replace(parameters, caps=SMALL), **more)


@pytest.fixture(autouse=True)
def _fresh_process() -> None:
    """A process loads a model once; each test looks at the files anew."""
    forget()


@pytest.fixture
def _home(trained_book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(trained_book.parent / "home"))


@pytest.mark.usefixtures("_home")
def test_refresh_shows_the_model_beside_the_rule_and_posts_the_rule(
    trained_book: Path, tmp_path: Path
) -> None:
    with_model, without = tmp_path / "with.xlsx", tmp_path / "without.xlsx"
    assert main(["refresh", str(trained_book), "--out", str(with_model)]) == 0
    alone = tmp_path / "alone.xlsx"
    alone.write_bytes(trained_book.read_bytes())
    assert main(["refresh", str(alone), "--out", str(without)]) == 0
    papers, plain = read_papers(with_model), read_papers(without)
    assert "C-10 Model" in papers
    assert "C-10 Model" not in plain
    rows = papers["C-10 Model"].table("Category", "Required By Model (C-3)")
    assert {r["Category"] for r in rows}
    for row in papers["C-10 Model"].table("SKU", "Obsolete, 60 Days"):
        chances = [row[f"{n}, 60 Days"] for n in ("Full Price", "Markdown", "Obsolete")]
        if all(isinstance(c, float) for c in chances):
            assert sum(chances) == pytest.approx(1.0, abs=1e-6)
    lead = "Write-down, this paper"
    assert papers["C-1 Lead"].fact(lead) == plain["C-1 Lead"].fact(lead)
    wanted = recalculation.formulas(with_model)
    found = recalculation.ironcalc_values(with_model, wanted)
    assert recalculation.differences(with_model, found) == []


def stating(book: Path, out: Path, *statements: tuple[str, str, str]) -> Path:
    """A copy of ``book`` and its model whose Assumptions say more: name, scope, value."""
    loaded = openpyxl.load_workbook(book)
    sheet = loaded["Assumptions"]
    headers = [cell.value for cell in sheet[1]]
    for name, scope, value in statements:
        said = {"Name": name, "Scope": scope, "Value": value, "Source": "a test's own",
                "Approved By": "A Controller"}  # fmt: skip
        sheet.append([said.get(str(header)) for header in headers])
    loaded.save(out)
    shutil.copytree(model_folder(book), model_folder(out))
    return out


def approve(book: Path, who: str = "A Controller") -> int:
    return main(["approve", str(book), "--who", who])


@pytest.mark.usefixtures("_home")
@pytest.mark.parametrize("reading", ["expected shortfall", "shortfall of expected NRV"])
def test_a_category_stated_to_be_by_model_is_and_no_other(
    trained_book: Path, tmp_path: Path, reading: str
) -> None:
    shadow = stating(trained_book, tmp_path / "shadow.xlsx", ("model_reading", "all", reading))
    plain = tmp_path / "plain.xlsx"
    assert main(["refresh", str(shadow), "--out", str(plain)]) == 0
    before = read_papers(plain)["C-3 LCNRV"].table("SKU", "Required By Model")
    apart: Counter[str] = Counter()  # where the two amounts stand furthest apart
    for row in before:
        apart[row["Category"]] += abs(row["Required By Model"] - row["Required By Rule"])
    category = apart.most_common(1)[0][0]
    book = stating(
        trained_book,
        tmp_path / "book.xlsx",
        ("valuation_basis", f"category:{category}", "model"),
        ("model_reading", "all", reading),
    )
    assert approve(book) == 0
    out = tmp_path / "out.xlsx"
    assert main(["refresh", str(book), "--out", str(out)]) == 0
    papers = read_papers(out)
    rows = papers["C-3 LCNRV"].table("SKU", "Required By Model")
    moved = 0
    for row, was in zip(rows, before, strict=True):
        by_model = row["Category"] == category
        assert row["Basis"] == ("model" if by_model else "rule")
        assert row["Required Reserve"] == row[f"Required By {'Model' if by_model else 'Rule'}"]
        assert row["Required By Rule"] == was["Required Reserve"]
        if by_model:
            if row["Tranche"] == "ordinary demand":  # the others' range is of the rule
                assert row["Required, Low"] <= row["Required Reserve"] <= row["Required, High"]
            moved += row["Required Reserve"] != was["Required Reserve"]
        else:
            assert row["Closing Reserve"] == was["Closing Reserve"]
    assert moved
    predicted = papers["C-6 Rationale"].table("SKU", "Prediction And Its Drivers")
    assert any("the model's is posted" in r["Prediction And Its Drivers"] for r in predicted)
    again = recalculation.ironcalc_values(out, recalculation.formulas(out))
    assert recalculation.differences(out, again) == []


@pytest.mark.usefixtures("_home")
def test_a_model_nobody_approved_values_nothing(
    trained_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = stating(trained_book, tmp_path / "book.xlsx", ("valuation_basis", "all", "model"))
    out = tmp_path / "out.xlsx"
    assert main(["refresh", str(book), "--out", str(out)]) == 0
    assert "RV410" in capsys.readouterr().out
    rows = read_papers(out)["C-3 LCNRV"].table("SKU", "Required By Model")
    assert {r["Basis"] for r in rows} == {"rule"}
    preparer = read_papers(book)["Control"].fact("Preparer")
    assert approve(book, f" {preparer.upper()} ") == 1
    assert "MD107" in capsys.readouterr().out
    ledger = Ledger(beside(book))
    earlier = ModelVersion(model_id="an earlier one", data_sha256="0" * 64)
    ledger.append([earlier], book="b", period_end="2026-10-31", who="D", at="2026-11-01T09:00:00")
    assert approve(book) == 0
    said = [e.fact() for e in ledger.read(kind="model_version")]
    assert [v.approved_by for v in said if isinstance(v, ModelVersion)] == ["", "A Controller"]
    assert ledger.verify_chain() == ()
    assert approve(book, "Somebody Else") == 1  # an approval is not written over
    assert "MD106" in capsys.readouterr().out


@pytest.mark.usefixtures("_home")
def test_against_its_lookback_a_model_is_approved_with_a_reason_only(
    trained_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    book = stating(trained_book, tmp_path / "book.xlsx", ("valuation_basis", "all", "model"))
    unproven = Comparison("served", "model", 100.0, 90.0, -10.0, -40.0, 15.0, 60, 8, better=False)
    monkeypatch.setattr(place, "lookback_of", lambda _: SimpleNamespace(comparisons=(unproven,)))
    ledger = Ledger(beside(book))
    earlier = ModelVersion(model_id="an earlier one", data_sha256="0" * 64)
    ledger.append([earlier], book="b", period_end="2026-10-31", who="D", at="2026-11-01T09:00:00")
    assert approve(book) == 2
    assert "is not shown to be closer than served" in capsys.readouterr().err
    assert len(ledger.read(kind="model_version")) == 1
    assert main(["approve", str(book), "--who", "A Controller", "--reason", "audited by hand"]) == 0
    fact = ledger.read(kind="model_version")[-1].fact()
    assert isinstance(fact, ModelVersion)
    assert (fact.approved_by, fact.reason) == ("A Controller", "audited by hand")
    told = json.loads(fact.evidence)
    assert told["override"]
    assert told["evidence"]["high"] == unproven.high


@pytest.mark.usefixtures("_home")
def test_a_model_asked_for_and_not_trained_is_told(
    trained_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = stating(trained_book, tmp_path / "book.xlsx", ("valuation_basis", "all", "model"))
    shutil.rmtree(model_folder(book))
    out = tmp_path / "out.xlsx"
    assert main(["refresh", str(book), "--out", str(out)]) == 0
    assert "RV410" in capsys.readouterr().out
    assert read_papers(out)["C-3 LCNRV"].table("SKU", "Required Reserve")


@pytest.mark.usefixtures("_home")
def test_a_flipped_byte_in_the_model_refuses_the_refresh(
    trained_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = model_folder(trained_book)
    export = next(folder.glob("*.npz"))
    whole = export.read_bytes()
    out = tmp_path / "out.xlsx"
    try:
        export.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        assert main(["refresh", str(trained_book), "--out", str(out)]) == 1
    finally:
        export.write_bytes(whole)
    assert "MD1" in capsys.readouterr().out
    assert not out.exists()


def test_another_users_seal_is_not_trusted(
    trained_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "somebody_else"))
    assert main(["refresh", str(trained_book), "--out", str(tmp_path / "out.xlsx")]) == 1


def test_too_little_history_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "young.xlsx"
    retailer = generate(items=24, seed=3, future_weeks=0, keep_events=False, periods=2,
                        sales_weeks=6)  # fmt: skip
    author(retailer_plans(retailer), book, created=CREATED)
    assert main(["train", str(book)]) == 1
    assert not model_folder(book).exists()


def test_the_worked_example_is_refreshed_without_a_model() -> None:
    assert not model_folder(WORKED_EXAMPLE).exists()
