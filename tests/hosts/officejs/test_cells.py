"""The served functions.js, run as Excel runs it, against the real server."""

from __future__ import annotations

import json
import socket

import pytest

from invval_xl.functions.errors import SPELLINGS
from invval_xl.functions.registry import functions
from tests.hosts.officejs.outside import as_excel_hands_over, needs_office_mock, node

# What Excel takes out of a custom function; any other error leaves as #VALUE! that names it.
LEAVE = {"#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"}

EXAMPLES = [
    (name, example) for name, function in functions().items() for example in function.examples
]


def wanted(example):
    """The rows an example answers."""
    result = example.result
    return [list(row) for row in result] if isinstance(result, tuple) else [[result]]


def same(got, expected):
    """Whether rows of cells are the expected ones, errors by their spelling."""
    plain = [[c["error"] if isinstance(c, dict) else c for c in row] for row in got]
    assert len(plain) == len(expected)
    for row, right in zip(plain, expected, strict=True):
        for cell, value in zip(row, right, strict=True):
            if isinstance(value, str) and value in SPELLINGS:
                assert cell == (value if value in LEAVE else "#VALUE!")
            elif isinstance(value, str):
                assert cell == value
            else:
                assert cell == pytest.approx(value, rel=1e-9, abs=5e-5)
    return True


@pytest.fixture(scope="module")
def told(served, tmp_path_factory):
    paper = tmp_path_factory.mktemp("calls") / "calls.json"
    calls = [as_excel_hands_over(example.formula) for _, example in EXAMPLES]
    paper.write_text(json.dumps(calls), encoding="utf-8")
    with socket.socket() as probe:  # bound and never listening: nobody answers there
        probe.bind(("127.0.0.1", 0))
        dead = f"https://localhost:{probe.getsockname()[1]}"
        return node(
            "cells.mjs",
            served.origin,
            served.token,
            str(paper),
            dead,
            certificate=served.folder / "localhost.crt",
        )


@needs_office_mock
def test_every_function_is_associated(told):
    assert told["associated"] == list(functions())


@needs_office_mock
@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[e.formula for _, e in EXAMPLES])
def test_every_example_answers_what_the_registry_says(told, number):
    _, example = EXAMPLES[number]
    assert same(told["answers"][number], wanted(example))


@needs_office_mock
def test_five_thousand_cells_need_at_most_twenty_requests(told):
    assert told["many"]["right"] == 5000
    assert told["many"]["requests"] <= 20
    print("5,000 cells:", told["many"]["requests"], "requests")


@needs_office_mock
def test_large_ranges_travel_alone_and_whole_columns_are_cut(told):
    assert told["ranges"] == {"requests": 2, "rows": [60000, 60000], "last": 59998}
    assert told["whole"][:2] == [[-1], [9]]
    assert len(told["whole"]) == 3


@needs_office_mock
def test_error_cells_and_data_types_are_read_as_what_they_are(told):
    cells = [row[0] for row in told["errors"]]
    assert [c["error"] if isinstance(c, dict) else c for c in cells] == [
        "#VALUE!", 70, "#DIV/0!", "#NUM!", "#N/A",
    ]  # fmt: skip
    assert "#REF!" in cells[0]["why"]  # Excel takes no #REF! out of a custom function


@needs_office_mock
def test_server_down_and_wrong_token_say_so_in_the_cell_and_recover(told):
    down = told["down"][0][0]
    assert down["error"] == "#N/A"
    assert "invval serve" in down["why"]
    assert told["said"] == down["why"]
    stranger = told["stranger"][0][0]
    assert stranger["error"] == "#N/A"
    assert "invval serve setup" in stranger["why"]
    assert told["again"] == [[70]]


@needs_office_mock
def test_the_pane_recalculates_and_inserts_through_excels_own_objects(told):
    assert told["workbook"] == ["Full", ["UEs=", ["C-1 Lead"]]]
