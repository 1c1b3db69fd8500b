"""From the built .xlam: our VBA, xlwings' real CallUDF, our functions; nothing mocked below it."""

from __future__ import annotations

import pytest
from pyopenvba.interpreter._values import VBAErrorValue

from invval_xl.functions.errors import SPELLINGS
from invval_xl.functions.kernel.call import MISSING
from invval_xl.functions.registry import functions
from tests.functions.formula_reader import parse
from tests.hosts.com.vba_host import from_com

NA = VBAErrorValue(2042)
VALUE = VBAErrorValue(2015)
NUM = VBAErrorValue(2036)
DIV0 = VBAErrorValue(2007)
EXAMPLES = [(e.formula, e.result) for f in functions().values() for e in f.examples]


def given(argument):
    """A typed argument as Excel hands it to VBA."""
    from pyopenvba.interpreter._values import MISSING as OMITTED

    return OMITTED if argument is MISSING else from_com(argument)


def cells(answer):
    if not isinstance(answer, list):
        return ((answer,),)
    return tuple(tuple(row) for row in answer) if isinstance(answer[0], list) else (tuple(answer),)


@pytest.mark.parametrize(("formula", "result"), EXAMPLES, ids=[f for f, _ in EXAMPLES])
def test_every_registered_function_answers_its_examples_through_vba(excel, formula, result):
    name, arguments = parse(formula)
    answered = cells(excel.call(name, *map(given, arguments)))
    expected = result if isinstance(result, tuple) else ((result,),)
    for row, wanted in zip(answered, expected, strict=True):
        for cell, want in zip(row, wanted, strict=True):
            if isinstance(want, str) and want in SPELLINGS:
                assert cell == VBAErrorValue(SPELLINGS[want])
            else:
                assert cell == (want if isinstance(want, str) else pytest.approx(want))


@pytest.mark.parametrize("name", functions())
def test_every_registered_function_reads_its_cells_from_a_sheet(excel, name):
    example = next(
        e
        for e in functions()[name].examples
        if not isinstance(e.result, tuple)
        and e.result not in SPELLINGS
        and ("," in e.formula or len(functions()[name].arguments) == 1)
    )
    arguments = []
    for number, argument in enumerate(parse(example.formula)[1]):
        left = chr(65 + 3 * number)
        if argument is MISSING:
            arguments.append(given(argument))
        elif isinstance(argument, tuple):
            for i, row in enumerate(argument, start=1):
                for j, cell in enumerate(row):
                    excel.put(f"{chr(ord(left) + j)}{i}", cell)
            right = chr(ord(left) + len(argument[0]) - 1)
            arguments.append(excel.range(f"{left}1:{right}{len(argument)}"))
        else:
            excel.put(f"{left}1", argument)
            arguments.append(excel.range(f"{left}1"))
    answer = excel.call(name, *arguments)
    assert answer == (
        example.result if isinstance(example.result, str) else pytest.approx(example.result)
    )


@pytest.mark.parametrize("name", functions())
def test_a_text_where_a_number_belongs_is_a_real_error_value_in_the_cell(excel, name):
    example = functions()[name].examples[0]
    arguments = parse(example.formula)[1]
    numbers = [i for i, a in enumerate(functions()[name].arguments) if a.kind != "choice"]
    arguments[numbers[0] if numbers else 0] = "text"  # a word that is none of the accepted ones
    answer = excel.call(name, *map(given, arguments))
    assert answer == VALUE


def test_one_bad_row_in_a_range_spoils_only_its_own_result(excel):
    for row, price in enumerate((48, "x", None, -1, 36), start=1):
        if price is not None:
            excel.put(f"A{row}", price)
    excel.put("B1", 0.08)
    answer = excel.call(
        "INV_NRV", excel.range("A1:A5"), given(MISSING), given(MISSING), excel.range("B1")
    )
    assert [row[0] for row in answer] == [
        pytest.approx(44.16),
        VALUE,
        NA,
        NUM,
        pytest.approx(33.12),
    ]


def test_an_error_cell_in_a_sheet_passes_through_as_itself(excel):
    excel.put("A1", 48)
    excel.excel.add_module(
        'Sub Plant()\nRange("A2").Value = CVErr(xlErrDiv0)\nEnd Sub\n', name="Plant"
    )
    excel.excel.run("Plant")
    answer = excel.call("INV_NRV", excel.range("A1:A2"))
    assert [row[0] for row in answer] == [48.0, DIV0]


def test_unequal_shapes_are_value_and_the_reason_is_kept_for_last_error(excel):
    # The interpreter cuts a range at the used range, which Excel does not: so fill to the end.
    for row in (1, 2, 3):
        excel.put(f"A{row}", 1)
        excel.put(f"B{row}", 1)
    assert excel.call("INV_EOP", excel.range("A1:A3"), excel.range("B1:B2"), 0.0) == VALUE
    excel.call("InvvalShowLastError")
    kind, text, title, _ = excel.excel.dialogs[-1]
    assert (kind, title) == ("MsgBox", "invval")
    assert "one shape" in text


def test_a_row_answers_as_a_row(excel):
    excel.put("A1", 10)
    excel.put("B1", 20)
    assert excel.call("INV_EOP", excel.range("A1:B1"), 5.0, 0.0) == [15.0, 25.0]


def test_a_date_is_read_as_its_serial_number(excel):
    excel.excel.add_module(
        'Sub PlantDate()\nRange("A1").Value = DateSerial(2025, 1, 31)\nEnd Sub\n', name="PlantDate"
    )
    excel.excel.run("PlantDate")
    assert excel.call("INV_EOP", excel.range("A1"), 1.0, 0.0) == 45689.0


def test_whole_columns_end_where_the_sheet_does(excel):
    for row in (1, 2, 4):
        excel.put(f"A{row}", 10 * row)
    answer = excel.call("INV_EOP", excel.range("A:A"), 1.0, 0.0)
    assert [row[0] for row in answer] == [11.0, 21.0, NA, 41.0]


def test_several_areas_are_refused_in_words(excel):
    excel.put("A1", 1)
    excel.put("C1", 1)
    assert excel.call("INV_EOP", excel.range("A1,C1"), 0.0, 0.0) == VALUE
    excel.call("InvvalShowLastError")
    assert "several areas" in excel.excel.dialogs[-1][1]


def test_a_python_that_was_closed_is_asked_for_once_more(excel):
    assert excel.call("INV_NRV", 70.0, 20.0) == 50.0
    before = excel.server.calls
    excel.server.dead = 1
    assert excel.call("INV_NRV", 70.0, 20.0) == 50.0
    assert excel.server.calls == before + 2


def test_a_python_that_does_not_come_back_is_an_error_value_with_its_reason(excel):
    assert excel.call("INV_NRV", 70.0) == 70.0
    excel.server.dead = 2
    assert excel.call("INV_NRV", 70.0) == VALUE
    excel.call("InvvalShowLastError")
    assert "remote server machine" in excel.excel.dialogs[-1][1]


def test_a_python_that_never_came_is_not_asked_twice(excel):
    excel.server.absent = True
    assert excel.call("INV_NRV", 70.0) == VALUE
    assert excel.server.calls == 0
    excel.call("InvvalShowLastError")
    assert "Could not activate" in excel.excel.dialogs[-1][1]


def test_help_is_registered_for_every_function_when_the_add_in_opens(excel):
    told = excel.excel.application.__dict__.setdefault("_told", [])
    told.clear()
    excel.call("InvvalRegisterHelp")
    by_name = {macro.rpartition("!")[2]: rest for macro, *rest in told}
    assert list(by_name) == list(functions())
    for name, (description, category, helps) in by_name.items():
        f = functions()[name]
        assert description == f.description
        assert category == f.category
        assert len(helps) == len(f.arguments)
        assert all(0 < len(text) <= 255 for text in helps)


def test_the_opening_event_registers_help_and_swallows_what_fails(xlam, excel):
    assert "InvvalRegisterHelp" in excel.sources["ThisWorkbook"]
    assert "On Error Resume Next" in excel.sources["ThisWorkbook"]
    assert 'Attribute VB_Base = "0{00020819' in excel.sources["ThisWorkbook"]
