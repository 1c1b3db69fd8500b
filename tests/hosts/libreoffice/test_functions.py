"""INV_ functions typed into a real Calc: values, error values, arrays, texts of the wizard."""

from __future__ import annotations

from pathlib import Path

import pytest

from invval_xl.functions.errors import SPELLINGS
from invval_xl.functions.kernel.call import MISSING, spill
from invval_xl.functions.registry import functions
from tests.functions.formula_reader import parse

EXAMPLES = [(e.formula, e.result) for f in functions().values() for e in f.examples]


def spelled(argument):
    """A typed argument in Calc's own grammar: semicolons between, rows by bars."""
    if argument is MISSING:
        return ""
    if isinstance(argument, tuple):
        return "{" + "|".join(";".join(map(spelled, row)) for row in argument) + "}"
    if isinstance(argument, bool):
        return "TRUE()" if argument else "FALSE()"
    if isinstance(argument, str):
        return '"' + argument.replace('"', '""') + '"'
    return repr(argument)


def typed(formula):
    name, arguments = parse(formula)
    return f"{name}({';'.join(map(spelled, arguments))})"


def alike(shown, wanted):
    """Whether a cell shows what is wanted: a number, a text, or an error by its spelling."""
    if isinstance(shown, dict):
        return shown["shown"] == wanted
    if isinstance(wanted, str):
        return shown == wanted
    return shown == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.fixture(scope="module")
def shown(calc):
    """Every example of the registry, typed as an array formula of its own shape."""
    cells, places, row = {}, {}, 1
    for formula, result in EXAMPLES:
        rows = result if isinstance(result, tuple) else ((result,),)
        last = chr(64 + len(rows[0]))
        place = f"A{row}:{last}{row + len(rows) - 1}"
        single = len(rows) == len(rows[0]) == 1
        cells[f"A{row}" if single else place] = (
            f"={typed(formula)}" if single else f"{{={typed(formula)}}}"
        )
        places[formula] = place
        row += len(rows) + 1
    calc.put(cells)
    got = calc.get(list(places.values()))
    return {formula: got[place] for formula, place in places.items()}


@pytest.mark.parametrize(("formula", "result"), EXAMPLES, ids=[f for f, _ in EXAMPLES])
def test_every_example_answers_in_calc_as_the_registry_says(shown, formula, result):
    rows = result if isinstance(result, tuple) else ((result,),)
    for got, wanted in zip(shown[formula], rows, strict=True):
        for cell, want in zip(got, wanted, strict=True):
            assert alike(cell, want), (formula, cell, want)


def test_one_bad_row_of_a_range_spoils_only_its_own_result(calc):
    calc.put({"K1": 48, "K2": "x", "K4": -1, "K5": 36, "L1": 0.08})
    calc.put({"M1:M5": "{=INV_NRV(K1:K5;;;L1)}"})
    got = [row[0] for row in calc.get(["M1:M5"])["M1:M5"]]
    assert got[0] == pytest.approx(44.16)
    assert got[4] == pytest.approx(33.12)
    assert [c["shown"] for c in got[1:4]] == ["#VALUE!", "#N/A", "#NUM!"]


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#VALUE!", "#NUM!", "#REF!", "#NAME?"])
def test_an_error_value_leaves_a_cell_as_itself_and_passes_through(calc, error):
    planted = {
        "#DIV/0!": "=INV_AUC(1;0)",
        "#N/A": '=INV_NRV("")',
        "#VALUE!": '=INV_NRV("x")',
        "#NUM!": "=INV_NRV(1;0;0;2)",
        "#REF!": "=INDEX(A1:A2;9)+OFFSET(A1;-9;0)",
        "#NAME?": "=NOSUCHTHING(1)",
    }[error]
    calc.put({"N1": planted})
    first = calc.get(["N1"])["N1"][0][0]
    second = calc.cell("=INV_LCNRV(N1;5)")
    assert isinstance(first, dict)
    if error in ("#DIV/0!", "#N/A", "#VALUE!", "#NUM!"):
        assert first["shown"] == error
    assert second == first


def test_answers_work_inside_native_formulas(calc):
    for formula, wanted in (
        ("=INV_NRV(70;20)+1", 51.0),
        ("=ROUND(INV_NRV(70.126);2)", 70.13),
        ('=IF(INV_NRV(70)>100;"a";"b")', "b"),
        ("=IFERROR(INV_AUC(1;0);9)", 9.0),
        ("=INV_LCNRV(110;INV_NRV(70;20))", 50.0),
        ("=SUMPRODUCT(INV_AUC({10|20};{2|1}))", 25.0),
        ("=INDEX(INV_AUC({10|20};{2|1});2;1)", 20.0),
    ):
        assert calc.cell(formula) == pytest.approx(wanted) if wanted != "b" else "b"


def test_the_documented_limits_are_what_calc_does(calc):
    """README names these; should a later Calc do better, this test says so."""
    calc.put({"P1": None, "P2": "=1/0", "P3": 5})
    assert calc.cell("=INV_NRV(P1)") == 0.0  # an empty single cell arrives as zero
    assert calc.cell("=INV_NRV(P1:P1)")["shown"] == "#N/A"  # as a range it is known to be blank
    assert calc.cell("=INV_NRV(TRUE())") == 1.0  # a logical arrives as its number
    calc.put({"Q2:Q3": "{=INV_NRV(P2:P3)}", "R2:R3": '{=INV_NRV(IFERROR(P2:P3;""))}'})
    got = calc.get(["Q2:Q3", "R2:R3"])
    # Calc asks no add-in about a range that holds an error; IFERROR gives each row its own.
    assert [row[0]["shown"] for row in got["Q2:Q3"]] == ["Err:504", "Err:504"]
    assert got["R2:R3"][0][0]["shown"] == "#N/A"
    assert got["R2:R3"][1][0] == 5.0


def test_the_function_wizard_describes_every_function_and_argument(calc):
    told = calc.described()
    assert set(told) == set(functions())
    for name, function in functions().items():
        assert told[name]["description"] == function.description
        assert [a[0] for a in told[name]["arguments"]] == [a.name for a in function.arguments]
        assert [a[2] for a in told[name]["arguments"]] == [a.optional for a in function.arguments]
        for (_, text, _), argument in zip(told[name]["arguments"], function.arguments, strict=True):
            assert text.endswith(argument.help)


def test_no_scientific_library_is_in_the_office(calc):
    assert calc.cell("=INV_NRV(70;20)") == 50.0
    workers = set(calc.workers())
    assert len(workers) == 1
    family = calc.family()
    assert any("soffice.bin" in command for command in family.values())
    for pid in set(family) - workers:
        loaded = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
        assert "numpy" not in loaded
    assert "numpy" in Path(f"/proc/{workers.pop()}/maps").read_text(encoding="utf-8")


def test_a_large_range_is_one_call_and_right(calc):
    calc.fill("T1:U300", [[float(i), float(i % 7)] for i in range(300)])
    calc.put({"V1:V300": "{=INV_AUC(T1:T300;U1:U300)}"})
    got = calc.get(["V1:V300"])["V1:V300"]
    costs = tuple((float(i),) for i in range(300))
    units = tuple((float(i % 7),) for i in range(300))
    marks = {number: text for text, number in SPELLINGS.items()}
    for (cell,), (want,) in zip(got, spill("INV_AUC", costs, units), strict=True):
        assert alike(cell, marks[want] if type(want) is int else want)
