"""Every example in a docstring runs and gives what it prints; public rules each have one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import invval_xl
from invval_xl import accounting

MODULES = sorted(m.name for m in pkgutil.walk_packages(invval_xl.__path__, "invval_xl."))
RULES = sorted(m.name for m in pkgutil.iter_modules(accounting.__path__, "invval_xl.accounting."))
PLUMBING = {"arguments", "arrays", "citing", "segments"}


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("__main__")])
def test_examples_of_a_module(name: str) -> None:
    module = importlib.import_module(name)
    with np.printoptions(legacy=False):
        result = doctest.testmod(module, extraglobs={"np": np})
    assert result.failed == 0


@pytest.mark.parametrize("name", [m for m in RULES if m.rsplit(".", 1)[1] not in PLUMBING])
def test_every_public_rule_has_arguments_errors_citation_and_an_example(name: str) -> None:
    module = importlib.import_module(name)
    for public in module.__all__:
        rule = getattr(module, public)
        if not inspect.isfunction(rule):
            continue
        doc = inspect.getdoc(rule) or ""
        for part in ("Parameters", ">>>"):
            assert part in doc, (public, part)
        raises = "AccountingError(" in inspect.getsource(rule)
        assert "Raises" in doc or "errors are those of" in doc or not raises, public
        assert rule.__citations__, public
