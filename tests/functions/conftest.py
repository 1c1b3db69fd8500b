"""Formulas of the examples, read into raw arguments."""

from __future__ import annotations

import pytest

from tests.functions.formula_reader import parse


@pytest.fixture
def typed():
    """Parse a formula into the function's name and raw arguments."""
    return parse
