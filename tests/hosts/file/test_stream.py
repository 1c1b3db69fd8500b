"""The fast way and the slow way of writing rows say the same, and lose nothing."""

from __future__ import annotations

import math
import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator

from invval_xl.hosts.file.celltext import ILLEGAL, Refusals, cell_xml, number_text
from invval_xl.hosts.file.stream import CHUNK_ROWS, RowStream, dimension
from invval_xl.workpapers.sheet_plan import PlanBlock, PlanCell, PlanColumn, SheetPlan, Style

STYLES = {"text": Style(), "money": Style(number_format="0.00"), "bad": Style(bold=True)}
IDS = {style: number for number, style in enumerate(STYLES.values(), start=1)}

FORMULAS = (
    '=IF(A{row}>0,"a<b",MAXIFS(B:B,C:C,{last}))',
    '=IF(AND($A{row}>0,B{row}<>"A1"),MAXIFS(B:B,C:C,$D$4),SUM(A{row}:C{row}))',
    "=A{row}*'An other'!$B$4",
    "=A{row}*C4",
)

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda t: not ILLEGAL.search(t))
tricky = st.sampled_from(
    ["=1+1", "+x", "@y", " a ", "a\nb", "a\rb", "_x0041_", "_x0041_x0042_", "<&>\"'", "", "#N/A"]
)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> PlanColumn:
    kind = draw(st.sampled_from(["number", "text", "mixed"]))
    of = lambda element: draw(st.lists(element, min_size=rows, max_size=rows))  # noqa: E731
    values: Any
    if kind == "number":
        values = np.array(of(st.one_of(finite, st.just(math.nan))), dtype=float)
    elif kind == "text":
        values = np.array([*of(st.one_of(texts, tricky, st.none())), None], dtype=object)[:-1]
    else:
        any_kind = st.one_of(finite, texts, st.none(), st.booleans(), st.integers(-9, 9))
        values = np.array([*of(any_kind), None], dtype=object)[:-1]
    formula = draw(st.sampled_from(["", *FORMULAS]))
    arguments = {"last": np.arange(rows) * 3} if "{last}" in formula else {}
    named = np.array([*of(st.sampled_from(list(STYLES))), None], dtype=object)[:-1]
    styles = named if draw(st.booleans()) else None
    return PlanColumn(values, "money", formula, arguments, styles)


@st.composite
def plans(draw: st.DrawFn) -> SheetPlan:
    rows = draw(st.integers(1, 12))
    count = draw(st.integers(1, 4))
    block = PlanBlock(3, 2, tuple(draw(columns(rows)) for _ in range(count)))
    beside = draw(st.lists(st.integers(1, 20), unique=True, max_size=4))
    cells = tuple(PlanCell(row, 9, float(row), "bad") for row in beside)
    heights = {4: 21.5} if draw(st.booleans()) else {}
    return SheetPlan("S", cells=cells, blocks=(block,), styles=STYLES, heights=heights)


def told(plan: SheetPlan, fast_rows: int) -> list[tuple[Any, ...]]:
    """Every cell as a reader of the XML sees it, a shared formula as openpyxl carries it down."""
    stream = RowStream(plan, IDS, fast_rows=fast_rows)
    source = b"<s>" + b"".join(stream) + b"</s>"
    assert not stream.refusals.findings
    found = []
    masters: dict[str | None, Translator] = {}
    for row in ET.fromstring(source):
        found.append(("row", row.get("r"), row.get("ht")))
        for cell in row:
            value = cell.findtext("v")
            if cell.get("t") is None and value is not None:
                value = float(value)  # type: ignore[assignment]
            shown = cell.findtext("is/t")
            form, place = cell.find("f"), cell.get("r", "")
            formula = None if form is None else form.text
            if form is not None and form.get("t") == "shared":
                if formula:
                    masters[form.get("si")] = Translator(f"={formula}", origin=place)
                formula = masters[form.get("si")].translate_formula(place)[1:]
            found.append((place, cell.get("s"), cell.get("t"), formula, value, shown))
    return found


@given(plans())
@settings(max_examples=200, deadline=None)
def test_the_vectorised_way_writes_the_cells_the_plain_way_writes(plan: SheetPlan) -> None:
    assert told(plan, fast_rows=1) == told(plan, fast_rows=10**9)


def test_a_shared_formula_never_leans_on_rows_that_were_written_otherwise() -> None:
    """Kinds change down the column: some stretches go cell by cell, some do not."""
    rows = 3 * CHUNK_ROWS + 5
    values = np.arange(rows).astype(object)
    values[10], values[2 * CHUNK_ROWS + 7] = True, "words"
    column = PlanColumn(values, "money", "=A{row}*$C$1")
    plan = SheetPlan("S", blocks=(PlanBlock(2, 2, (column,)),), styles=STYLES)
    assert told(plan, fast_rows=1) == told(plan, fast_rows=10**9)


@given(plans())
@settings(max_examples=100, deadline=None)
def test_cells_stand_in_row_and_column_order_inside_the_dimension(plan: SheetPlan) -> None:
    from openpyxl.utils import coordinate_to_tuple, range_boundaries

    found = told(plan, fast_rows=1)
    places = [coordinate_to_tuple(cell[0]) for cell in found if cell[0] != "row"]
    assert places == sorted(set(places))
    left, top, right, bottom = range_boundaries(dimension(plan))
    assert min(row for row, _ in places) == top
    assert max(row for row, _ in places) == bottom
    assert min(column for _, column in places) == left
    assert max(column for _, column in places) == right


@given(finite)
@settings(max_examples=500)
def test_a_number_reads_back_as_the_same_float64(number: float) -> None:
    assert float(number_text(number)) == number
    assert number_text(-0.0) == "0"


def test_the_vectorised_way_keeps_every_bit_of_a_number() -> None:
    bits = np.random.default_rng(3).integers(0, 2**63, 4000, dtype=np.uint64)
    values = bits.view(np.float64)
    values = values[np.isfinite(values)]
    plan = SheetPlan("S", blocks=(PlanBlock(1, 1, (PlanColumn(values),)),))
    source = b"<s>" + b"".join(RowStream(plan, {})) + b"</s>"
    read = [float(cell.text or "") for cell in ET.fromstring(source).iter("v")]
    assert np.array_equal(np.array(read), values)


@given(st.one_of(texts, tricky, st.from_regex(r"(_?x00[0-9a-f]{2}_?|_|a){1,6}", fullmatch=True)))
@settings(max_examples=300)
def test_text_reads_back_by_excels_own_rule_for_escapes(text: str) -> None:
    """Excel takes ``_xHHHH_`` in a stored string for the character of that code."""
    cell = ET.fromstring(cell_xml(1, 1, 0, text, "", Refusals("S")))
    held = cell.findtext("is/t") or ""
    read = re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), held)
    assert read == text


@pytest.mark.parametrize("fast_rows", [1, 10**9])
def test_text_never_becomes_a_formula(fast_rows: int) -> None:
    values = np.array(["=1+1", "=HYPERLINK(1)", "+1", "-1", "@x", "\t=1"], dtype=object)
    plan = SheetPlan("S", blocks=(PlanBlock(1, 1, (PlanColumn(values),)),))
    found = [cell for cell in told(plan, fast_rows) if cell[0] != "row"]
    assert [cell[2] for cell in found] == ["inlineStr"] * 6
    assert [cell[3] for cell in found] == [None] * 6
    assert [cell[5] for cell in found] == list(values)


@pytest.mark.parametrize("fast_rows", [1, 10**9])
def test_every_cell_a_file_cannot_hold_is_named(fast_rows: int) -> None:
    texts = np.array(["ok", "bell\x07", "x" * 32_768, "half \ud800", "\ufffe"], dtype=object)
    clean = np.array(["ok", "bell\x07", "x" * 32_768, "💶" * 16_384, "y" * 32_767], dtype=object)
    numbers = np.array([1.0, np.inf, -np.inf, np.nan, 2.0])
    block = PlanBlock(1, 1, (PlanColumn(texts), PlanColumn(clean), PlanColumn(numbers)))
    stream = RowStream(SheetPlan("S", blocks=(block,)), {}, fast_rows=fast_rows)
    source = b"".join(stream)
    found = {(f.code, f.cell) for f in stream.refusals.findings}
    assert found == {
        ("WB902", "A2"),
        ("WB901", "A3"),
        ("WB902", "A4"),
        ("WB902", "A5"),
        ("WB902", "B2"),
        ("WB901", "B3"),
        ("WB901", "B4"),
        ("WB903", "C2"),
        ("WB903", "C3"),
    }
    assert b"inf" not in source
    assert b"nan" not in source


@pytest.mark.parametrize(
    ("value", "kind", "inside"),
    [
        (1.5, None, "1.5"),
        (True, "b", "1"),
        (np.bool_(False), "b", "0"),
        (np.int64(7), None, "7"),
        ("text", "str", "text"),
        ("#DIV/0!", "e", "#DIV/0!"),
        (None, "str", ""),
        (math.nan, "str", ""),
    ],
)
def test_a_formula_keeps_its_value_beside_it(value: object, kind: object, inside: str) -> None:
    cell = ET.fromstring(cell_xml(1, 1, 0, value, "=A2", Refusals("S")))
    assert cell.get("t") == kind
    assert cell.findtext("f") == "A2"
    assert cell.findtext("v") == inside


def test_an_array_formula_is_stored_as_one() -> None:
    cell = ET.fromstring(cell_xml(2, 3, 0, 4.0, "{=SUM(A1:A2*1)}", Refusals("S")))
    formula = cell.find("f")
    assert formula is not None
    assert formula.attrib == {"t": "array", "ref": "C2"}
    assert formula.text == "SUM(A1:A2*1)"


@pytest.mark.parametrize(
    "plan",
    [
        SheetPlan("S", cells=(PlanCell(1, 1, 1.0), PlanCell(1, 1, 2.0))),
        SheetPlan(
            "S",
            cells=(PlanCell(1, 1, 1.0),),
            blocks=(PlanBlock(1, 1, (PlanColumn(np.ones(2)),)),),
        ),
        SheetPlan(
            "S",
            blocks=(
                PlanBlock(1, 1, (PlanColumn(np.ones(2)), PlanColumn(np.ones(2)))),
                PlanBlock(2, 2, (PlanColumn(np.ones(2)),)),
            ),
        ),
        SheetPlan("S", blocks=(PlanBlock(1, 1, (PlanColumn(np.ones(2)), PlanColumn(np.ones(3)))),)),
        SheetPlan("S", cells=(PlanCell(0, 1, 1.0),)),
        SheetPlan("S", blocks=(PlanBlock(1_048_576, 1, (PlanColumn(np.ones(2)),)),)),
    ],
)
def test_a_plan_that_puts_two_things_in_one_place_or_outside_is_a_fault(plan: SheetPlan) -> None:
    with pytest.raises(ValueError, match=r"S"):
        list(RowStream(plan, {}))


def test_an_undeclared_style_is_a_fault() -> None:
    with pytest.raises(KeyError, match="nosuch"):
        list(RowStream(SheetPlan("S", cells=(PlanCell(1, 1, 1.0, "nosuch"),)), {}))
