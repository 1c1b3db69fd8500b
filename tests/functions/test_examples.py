"""Every example of the help is what the function answers."""

from __future__ import annotations

import pytest

from invval_xl.functions.errors import Mark
from invval_xl.functions.kernel.call import spill
from invval_xl.functions.registry import functions

EXAMPLES = [(e.formula, e.result) for f in functions().values() for e in f.examples]


def shown(cells):
    return tuple(
        tuple(Mark(cell).spelling if isinstance(cell, int) else cell for cell in row)
        for row in cells
    )


@pytest.mark.parametrize(("formula", "result"), EXAMPLES, ids=[f for f, _ in EXAMPLES])
def test_the_example_in_the_help_is_what_the_cell_shows(typed, formula, result):
    name, arguments = typed(formula)
    expected = result if isinstance(result, tuple) else ((result,),)
    answered = shown(spill(name, *arguments))
    assert len(answered) == len(expected)
    for given, wanted in zip(answered, expected, strict=True):
        assert len(given) == len(wanted)
        for cell, want in zip(given, wanted, strict=True):
            assert cell == (want if isinstance(want, str) else pytest.approx(want, rel=1e-12))
