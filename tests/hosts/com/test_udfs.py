"""What xlwings knows of our functions, and its habits that ours must not inherit."""

from __future__ import annotations

import math

import pytest

from invval_xl.functions.kernel.call import MISSING
from invval_xl.functions.registry import functions
from invval_xl.hosts.com.vba import identifier

MODULE = "invval_xl.hosts.com.udfs"
NOT_GIVEN = -2147352572
NA = -2146826246


@pytest.fixture
def udfs(server):
    import invval_xl.hosts.com.udfs as module

    return module


@pytest.mark.parametrize("name", functions())
def test_xlwings_knows_the_function_by_its_worksheet_name_and_arguments(udfs, name):
    known = getattr(udfs, name).__xlfunc__
    declared = functions()[name].arguments
    assert known["name"] == name
    assert known["sub"] is False
    assert known["category"] == functions()[name].category
    assert [a["name"] for a in known["args"]] == [identifier(a.name) for a in declared]
    assert [a["doc"] for a in known["args"]] == [a.help for a in declared]
    assert [a.get("optional") for a in known["args"]] == [
        MISSING if a.optional else None for a in declared
    ]
    assert {a["options"]["convert"] for a in known["args"]} == {"raw"}
    assert known["ret"]["options"] == {"convert": "raw"}


def test_an_omitted_argument_arrives_as_disp_e_paramnotfound_and_takes_its_default(server):
    assert server.CallUDF(MODULE, "INV_NRV", (70.0, 20.0, NOT_GIVEN, NOT_GIVEN)) == 50.0


def test_an_error_cell_is_not_turned_into_a_blank(server):
    assert server.CallUDF(MODULE, "INV_NRV", (-2146826281, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN)) == 2007


def test_a_one_column_range_stays_a_column_and_a_row_a_row(server):
    tall = server.CallUDF(MODULE, "INV_EOP", (((1.0,), (2.0,)), 1.0, 0.0))
    wide = server.CallUDF(MODULE, "INV_EOP", (((1.0, 2.0),), 1.0, 0.0))
    assert (tall, wide) == ([(2.0,), (3.0,)], (2.0, 3.0))


def test_nothing_leaves_as_an_empty_text(server):
    answers = server.CallUDF(
        MODULE, "INV_AUC", (((1.0,), (None,), (4.0,)), ((0.0,), (1.0,), (2.0,)))
    )
    assert answers == [(2007,), (2042,), (2.0,)]
    assert not [a for (a,) in answers if a == "" or (isinstance(a, float) and math.isnan(a))]


def test_marks_are_whole_numbers_and_results_are_not(server):
    answers = server.CallUDF(MODULE, "INV_EOP", (((2007.0,), (NA,)), 0.0, 0.0))
    assert [(type(a), a) for (a,) in answers] == [(float, 2007.0), (int, 2042)]
