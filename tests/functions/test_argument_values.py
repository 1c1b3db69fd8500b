"""What every argument of every function makes of blanks, texts, errors, dates and the impossible.

Generated from the registry: the first plain example of each function is asked again with one
argument spoiled, as a single cell and inside a range.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pytest

from invval_xl.functions.errors import SPELLINGS, Mark, last_error
from invval_xl.functions.kernel.call import MISSING, one, spill
from invval_xl.functions.registry import ArgumentKind, functions
from tests.functions.formula_reader import parse

EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a worksheet has no zone
NA, DIV0, REF = -2146826246, -2146826281, -2146826265


def plain_call(f):
    """Arguments of an example that answers one number or one word."""
    for example in f.examples:
        name, arguments = parse(example.formula)
        plain = not isinstance(example.result, tuple) and example.result not in SPELLINGS
        if name == f.name and plain:
            missing = [MISSING] * (len(f.arguments) - len(arguments))
            return [*arguments, *missing]
    raise AssertionError(f"{f.name} has no plain example")


CASES = [(f.name, i) for f in functions().values() for i, _ in enumerate(f.arguments)]
NUMBERS = [(n, i) for n, i in CASES if functions()[n].arguments[i].kind is ArgumentKind.NUMBER]
ELEMENTWISE = [(n, i) for n, i in CASES if functions()[n].arguments[i].elementwise]
BLOCKS = [(n, i) for n, i in CASES if not functions()[n].arguments[i].elementwise]


def spoiled(name, index, value):
    arguments = plain_call(functions()[name])
    arguments[index] = value
    return arguments


@pytest.mark.parametrize(("name", "index"), CASES)
@pytest.mark.parametrize("error", [NA, DIV0, REF])
def test_an_error_cell_passes_through_as_itself(name, index, error):
    assert one(name, *spoiled(name, index, error)) == error + 2146828288


@pytest.mark.parametrize(("name", "index"), NUMBERS)
@pytest.mark.parametrize("value", ["n/a", "12", True, False, "TRUE"])
def test_text_and_logicals_are_no_numbers(name, index, value):
    assert one(name, *spoiled(name, index, value)) is Mark.VALUE
    assert functions()[name].arguments[index].name in last_error.text()


@pytest.mark.parametrize(("name", "index"), ELEMENTWISE)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_required_blank_is_unknown_and_an_optional_one_its_default(name, index, blank):
    argument = functions()[name].arguments[index]
    answered = one(name, *spoiled(name, index, blank))
    if argument.optional:
        omitted = spoiled(name, index, MISSING)
        assert answered == pytest.approx(one(name, *omitted), nan_ok=False)
    elif argument.blank_is_unknown and not isinstance(answered, Mark):
        # the blank is passed on as unknown: alone and in a range of one kind and another alike
        mixed = plain_call(functions()[name])
        mixed[index] = ((mixed[index],), (blank,))
        assert spill(name, *mixed)[1][0] == answered
    elif argument.blank_is_unknown:
        assert answered is functions()[name].undefined
        assert functions()[name].undefined_because in last_error.text()
    else:
        assert answered is Mark.NA
        assert "blank" in last_error.text()


@pytest.mark.parametrize(("name", "index"), NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused(name, index, value):
    assert one(name, *spoiled(name, index, value)) is Mark.NUM


@pytest.mark.parametrize(("name", "index"), NUMBERS)
def test_values_outside_the_domain_are_impossible(name, index):
    argument = functions()[name].arguments[index]
    outside = []
    if argument.minimum > -math.inf:
        outside.append(math.nextafter(argument.minimum, -math.inf))
        outside.append(argument.minimum - 1.0)
    if argument.maximum < math.inf:
        outside.append(argument.maximum + 1e-9)
    if argument.above is not None:
        outside.append(argument.above)
    for value in outside:
        assert one(name, *spoiled(name, index, value)) is Mark.NUM, value
        assert argument.domain in last_error.text()


@pytest.mark.parametrize(("name", "index"), NUMBERS)
def test_whole_numbers_decimals_and_dates_read_as_their_number(name, index):
    value = spoiled(name, index, MISSING)
    given = plain_call(functions()[name])[index]
    if given is MISSING or not float(given).is_integer():
        given = 0.0 if functions()[name].arguments[index].above is None else 1.0
    for form in (int(given), Decimal(int(given)), EPOCH + dt.timedelta(given)):
        as_float, as_form = list(value), list(value)
        as_float[index], as_form[index] = float(given), form
        assert spill(name, *as_form) == spill(name, *as_float)


@pytest.mark.parametrize(("name", "index"), ELEMENTWISE)
def test_in_a_range_one_bad_row_spoils_only_its_own_result(name, index):
    good = plain_call(functions()[name])
    given = good[index] if good[index] is not MISSING else None
    column = ((given,), (DIV0,), (given,))
    expected = spill(name, *good)[0][0]
    answered = spill(name, *spoiled(name, index, column))
    assert [row[0] for row in answered] == [
        pytest.approx(expected), int(Mark.DIV0), pytest.approx(expected)
    ]  # fmt: skip
    assert "row 2" in last_error.text()


@pytest.mark.parametrize(("name", "index"), ELEMENTWISE)
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (2, 2)])
def test_the_result_spills_in_the_shape_of_its_inputs(name, index, shape):
    good = plain_call(functions()[name])
    given = good[index] if good[index] is not MISSING else None
    block = tuple((given,) * shape[1] for _ in range(shape[0]))
    answered = spill(name, *spoiled(name, index, block))
    assert (len(answered), len(answered[0])) == shape
    assert {cell for row in answered for cell in row} == {spill(name, *good)[0][0]}


@pytest.mark.parametrize(("name", "index"), BLOCKS)
def test_trouble_inside_a_block_is_the_trouble_of_the_call(name, index):
    good = plain_call(functions()[name])
    if good[index] is MISSING:
        good[index] = ((1.0,) * max(1, functions()[name].arguments[index].columns),)
    rows = [list(row) for row in good[index]]
    for bad, mark in (("text", Mark.VALUE), (NA, Mark.NA), (True, Mark.VALUE)):
        rows[-1][-1] = bad
        assert one(name, *spoiled(name, index, tuple(map(tuple, rows)))) is mark


@pytest.mark.parametrize(
    ("name", "index"), [c for c in CASES if functions()[c[0]].arguments[c[1]].choices]
)
def test_words_are_read_without_regard_to_case_and_spaces_and_others_refused(name, index):
    argument = functions()[name].arguments[index]
    for word in argument.words:
        spelled = spoiled(name, index, f" {word.upper().replace('-', ' ')} ")
        assert spill(name, *spelled) == spill(name, *spoiled(name, index, word))
    assert one(name, *spoiled(name, index, "none of these")) is Mark.VALUE
    assert one(name, *spoiled(name, index, 7.0)) is Mark.VALUE
