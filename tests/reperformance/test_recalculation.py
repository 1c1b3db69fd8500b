"""A second computation of every formula written, by LibreOffice and by IronCalc."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from tests import recalculation
from tests.adventureworks_book import DATA, build
from tests.tools import REPO, needs_libreoffice, needs_validator, open_xml_errors

ERRORS = ("#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#N/A", "#NUM!", "#NULL!")


def refreshed(book: Path, folder: Path) -> Path:
    out = folder / "refreshed.xlsx"
    assert main(["refresh", str(book), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def worked_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = REPO / "workbooks" / "worked_example.xlsx"
    return refreshed(book, tmp_path_factory.mktemp("worked_example"))


@pytest.fixture(scope="module")
def adventureworks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data/adventureworks_dw")
    folder = tmp_path_factory.mktemp("adventureworks")
    build(folder / "book.xlsx", dt.date(2014, 6, 30), by="surrogate")
    return refreshed(folder / "book.xlsx", folder)


@pytest.fixture(params=["worked_example", "adventureworks"])
def binder(request: pytest.FixtureRequest) -> Path:
    path = request.getfixturevalue(request.param)
    assert isinstance(path, Path)
    return path


def _tampered(book: Path, out: Path) -> Path:
    """The same binder with one cached figure changed, formulas as they were."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if b"10596.88" in data:
                data = data.replace(b"10596.88", b"10596.99")
            target.writestr(item, data)
    return out


@needs_libreoffice
def test_libreoffice_recalculates_every_formula_to_the_cent(binder: Path) -> None:
    recalculated = recalculation.libreoffice_values(binder)
    assert recalculation.differences(binder, recalculated) == []
    assert len(recalculation.formulas(binder)) > 10_000


@needs_libreoffice
def test_the_check_would_notice_a_wrong_cached_value(worked_example: Path, tmp_path: Path) -> None:
    wrong = _tampered(worked_example, tmp_path / "wrong.xlsx")
    found = recalculation.differences(wrong, recalculation.libreoffice_values(wrong))
    assert found
    assert {d.cached for d in found} == {10596.99}


def test_ironcalc_recalculates_every_formula_to_the_cent(binder: Path) -> None:
    wanted = recalculation.formulas(binder)
    assert recalculation.differences(binder, recalculation.ironcalc_values(binder, wanted)) == []


def test_no_error_value_anywhere(binder: Path) -> None:
    found = {k: v for k, v in recalculation.values(binder).items() if v in ERRORS}
    assert found == {}


@needs_validator
def test_microsofts_validator_finds_nothing(binder: Path) -> None:
    assert open_xml_errors(binder) == {}
