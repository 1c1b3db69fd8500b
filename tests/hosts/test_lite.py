"""The functions as xlwings Lite is given them, with the documented decorators recorded."""

from __future__ import annotations

import importlib
import inspect
import sys
import types

import pytest

from invval_xl.functions.registry import functions
from tests.hosts.officejs.outside import as_excel_hands_over
from tests.hosts.officejs.test_cells import EXAMPLES, wanted


@pytest.fixture
def lite(monkeypatch):
    """The module as Lite imports it: xlwings there has ``func`` and ``arg`` (and much more)."""
    standin = types.ModuleType("xlwings")

    def func(function):
        function.is_func = True
        return function

    def arg(name, **options):
        def note(function):
            assert name in inspect.signature(function).parameters
            function.__dict__.setdefault("options", {})[name] = options
            return function

        return note

    standin.func, standin.arg = func, arg
    monkeypatch.setitem(sys.modules, "xlwings", standin)
    monkeypatch.delitem(sys.modules, "invval_xl.hosts.lite", raising=False)
    yield importlib.import_module("invval_xl.hosts.lite")
    sys.modules.pop("invval_xl.hosts.lite", None)


def test_a_star_import_brings_every_function(lite):
    brought: dict[str, object] = {}
    exec("from invval_xl.hosts.lite import *", brought)
    assert set(functions()) <= set(brought)
    for name, function in functions().items():
        made = brought[name]
        assert made.is_func
        parameters = inspect.signature(made).parameters.values()
        assert [p.default is None for p in parameters] == [a.optional for a in function.arguments]
        assert all(o["ndim"] == 2 and o["err_to_str"] for o in made.options.values())
        assert len(made.options) == len(function.arguments)


def test_every_example_answers_and_an_error_is_its_spelling(lite):
    for name, example in EXAMPLES:
        got = getattr(lite, name)(*as_excel_hands_over(example.formula)[1])
        for row, right in zip(got, wanted(example), strict=True):
            for cell, value in zip(row, right, strict=True):
                if isinstance(value, str):
                    assert cell == value
                else:
                    assert cell == pytest.approx(value, rel=1e-9, abs=5e-5)
