"""function_reference.xlsx and selftest.xlsx: complete, valid, the same bytes every time."""

from __future__ import annotations

import openpyxl
import pytest

from invval_xl.functions.errors import SPELLINGS, Mark
from invval_xl.functions.kernel.call import spill
from invval_xl.functions.registry import functions
from invval_xl.guidance.register import register
from invval_xl.hosts.reference_books import author_reference, author_selftest
from tests.functions.formula_reader import parse
from tests.tools import needs_validator, open_xml_errors

ERROR_TYPE = {1: 2000, 2: 2007, 3: 2015, 4: 2023, 5: 2029, 6: 2036, 7: 2042}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "function_reference.xlsx"
    author_reference(path)
    return path


@pytest.fixture(scope="module")
def selftest(tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "selftest.xlsx"
    author_selftest(path)
    return path


def test_the_reference_has_a_row_a_function_and_the_whole_register(reference):
    book = openpyxl.load_workbook(reference)
    named = [row[0].value for row in book["Functions"].iter_rows(min_row=5)]
    assert named == list(functions())
    assert [r[0].value for r in book["Findings"].iter_rows(min_row=5)] == list(register())
    arguments = list(book["Arguments"].iter_rows(min_row=5))
    assert len(arguments) == sum(len(f.arguments) for f in functions().values())
    examples = {row[1].value for row in book["Examples"].iter_rows(min_row=5)}
    assert examples == {e.formula for f in functions().values() for e in f.examples}


def test_examples_in_the_reference_are_text_and_never_live(reference):
    book = openpyxl.load_workbook(reference)
    for sheet in book:
        assert not [c.coordinate for row in sheet for c in row if c.data_type == "f"]


def answer(formula):
    """What Excel would show: the function asked, INDEX taken of what spills."""
    body = formula.removeprefix("=")
    place = None
    if body.startswith("INDEX("):
        body, row, column = body.removeprefix("INDEX(").removesuffix(")").rsplit(",", 2)
        place = int(row), int(column)
    name, arguments = parse(body)
    cells = spill(name, *arguments)
    value = cells[0][0] if place is None else cells[place[0] - 1][place[1] - 1]
    return Mark(value).spelling if isinstance(value, int) else value


def test_every_check_is_true_of_what_the_functions_really_answer(selftest):
    sheet = openpyxl.load_workbook(selftest)["Self-test"]
    rows = list(sheet.iter_rows(min_row=7))
    assert len(rows) >= sum(len(f.examples) for f in functions().values())
    for name, shown, live, expected, check, _ in rows:
        assert shown.value == live.value
        assert live.data_type == "f"
        answered = answer(live.value)
        if isinstance(expected.value, str):
            assert answered == expected.value, name.value
            if expected.value not in SPELLINGS:
                assert f"EXACT(C{live.row},D{live.row})" in check.value
                continue
            kind = int(check.value.partition("=")[2].split("=")[1].split(",")[0])
            assert ERROR_TYPE[kind] == SPELLINGS[expected.value]
        else:
            assert answered == pytest.approx(expected.value, rel=1e-12), name.value
            assert f"ABS(C{live.row}-D{live.row})<=" in check.value


def test_a_check_that_hangs_on_the_model_asks_first_whose_model_answers(selftest):
    sheet = openpyxl.load_workbook(selftest)["Self-test"]
    asked = 0
    for row in sheet.iter_rows(min_row=7):
        check, expected = row[4].value, row[3].value
        name = row[2].value.removeprefix("=").removeprefix("INDEX(").partition("(")[0]
        by_model = functions()[name].by_model and expected not in SPELLINGS
        assert ('IF(LEFT(INV_MODEL("id"),8)="shipped-",' in check) is by_model, row[0].value
        asked += by_model
    assert asked >= sum(f.by_model for f in functions().values())


def test_every_check_has_its_name_and_one_stands_over_all(selftest):
    book = openpyxl.load_workbook(selftest)
    sheet = book["Self-test"]
    names = {n: d.attr_text for n, d in book.defined_names.items()}
    assert sheet[names.pop("chk_all").rpartition("!")[2]].value.startswith("=AND(E7:E")
    for row in sheet.iter_rows(min_row=7):
        assert names.pop(row[0].value) == f"'Self-test'!$E${row[0].row}"
    assert names == {}


@needs_validator
def test_microsofts_validator_finds_nothing(reference, selftest):
    assert not open_xml_errors(reference)
    assert not open_xml_errors(selftest)


def test_the_same_registry_gives_the_same_bytes(reference, selftest, tmp_path):
    author_reference(tmp_path / "a.xlsx")
    author_selftest(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == reference.read_bytes()
    assert (tmp_path / "b.xlsx").read_bytes() == selftest.read_bytes()
