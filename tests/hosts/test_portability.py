"""Every function gives the same answer, error and spill in every host: memory, Excel, Calc.

Excel is the add-in's own VBA, read back from the built .xlam, before xlwings' real server; Calc is
a running LibreOffice with the extension. What is asked is made from the registry: each function's
own example, the same with a text, a blank and a wrong word in the place of each argument, and a
column of good and bad rows.
"""

from __future__ import annotations

from typing import Any

import pytest

from invval_xl.functions.errors import SPELLINGS
from invval_xl.functions.kernel.call import MISSING, spill
from invval_xl.functions.registry import ArgumentKind, functions
from tests.functions.formula_reader import parse
from tests.hosts.com.conftest import server, xlam  # noqa: F401 - fixtures
from tests.hosts.com.vba_host import Host, from_com
from tests.hosts.libreoffice.conftest import PYTHON, calc, office  # noqa: F401 - fixtures
from tests.hosts.libreoffice.test_functions import spelled

pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="needs LibreOffice with its Python (soffice, python3-uno)"
)
_BY_NUMBER = {number: text for text, number in SPELLINGS.items()}


def probes(name: str) -> list[list[Any]]:
    """Argument lists to ask ``name`` for."""
    function = functions()[name]
    example = next((e for e in function.examples if not isinstance(e.result, tuple)), None)
    good = parse((example or function.examples[0]).formula)[1]
    good = [] if good == [MISSING] and not function.required else good
    asked = [good]
    for place, (argument, given) in enumerate(zip(function.arguments, good, strict=False)):
        asked += [[*good[:place], bad, *good[place + 1 :]] for bad in ("no such word", "")]
        if argument.kind is ArgumentKind.NUMBER and type(given) is float:
            column = ((given,), ("x",), ("",), (given,), (-1e9,))
            asked.append([*good[:place], column, *good[place + 1 :]])
    return asked


PROBES = [(name, given) for name in functions() for given in probes(name)]


def plain(cells: Any) -> list[list[Any]]:
    """Rows of numbers, texts and error spellings."""
    return [[_BY_NUMBER[c] if type(c) is int else c for c in row] for row in cells]


def in_memory(name: str, given: list[Any]) -> list[list[Any]]:
    return plain(spill(name, *given))


def in_excel(host: Host, name: str, given: list[Any]) -> list[list[Any]]:
    from pyopenvba.interpreter._values import MISSING as OMITTED
    from pyopenvba.interpreter._values import VBAErrorValue

    answer = host.call(name, *(OMITTED if a is MISSING else from_com(a) for a in given))
    rows = answer if isinstance(answer, list) else [[answer]]
    rows = rows if isinstance(rows[0], list) else [rows]
    return [
        [_BY_NUMBER[c.number] if isinstance(c, VBAErrorValue) else c for c in row] for row in rows
    ]


def in_calc(running: Any) -> list[list[list[Any]]]:
    """All probes at once: each an array formula of the shape that memory answers."""
    cells, places, row = {}, [], 1
    for name, given in PROBES:
        height = len(in_memory(name, given))
        place = f"AK{row}:AK{row + height - 1}"
        formula = f"={name}({';'.join(map(spelled, given))})"
        cells[place if height > 1 else f"AK{row}"] = f"{{{formula}}}" if height > 1 else formula
        places.append(place)
        row += height + 1
    running.put(cells)
    got = running.get(places)
    return [
        [[c["shown"] if isinstance(c, dict) else c for c in r] for r in got[place]]
        for place in places
    ]


@pytest.fixture(scope="module")
def answers(xlam, server, calc):  # noqa: F811 - the fixtures imported above
    host = Host(str(xlam), server)
    shown = in_calc(calc)
    return {
        index: (in_memory(name, given), in_excel(host, name, given), shown[index])
        for index, (name, given) in enumerate(PROBES)
    }


def test_every_function_is_asked_for_values_and_errors(answers):
    told = {name: set() for name in functions()}
    for index, (name, _) in enumerate(PROBES):
        told[name] |= {c if c in SPELLINGS else "value" for row in answers[index][0] for c in row}
    for name, kinds in told.items():
        assert "value" in kinds, name
        assert kinds - {"value"} or not functions()[name].required, name
    assert sum(len(row) for a in answers.values() for row in a[0]) > 800


@pytest.mark.parametrize("name", functions())
def test_the_same_answer_error_and_spill_in_every_host(answers, name):
    for index, (asked, given) in enumerate(PROBES):
        if asked != name:
            continue
        memory, excel, shown = answers[index]
        for host, rows in (("Excel", excel), ("Calc", shown)):
            assert len(rows) == len(memory), (host, given)
            for got, want in zip(rows, memory, strict=True):
                for cell, wanted in zip(got, want, strict=True):
                    same = (
                        cell == wanted
                        if isinstance(wanted, str)
                        else cell == pytest.approx(wanted, rel=1e-12, abs=1e-12)
                    )
                    assert same, (host, given, cell, wanted)
