"""Formulas are stored as Excel reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator

from invval_xl.hosts.file.formulas import MAX_FORMULA, can_be_shared, filled, following, stored


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("=SUM(A1:A2)", "SUM(A1:A2)"),
        ("=MAXIFS(A:A,B:B,1)", "_xlfn.MAXIFS(A:A,B:B,1)"),
        ("=IFS(A1,1)+IFNA(B1,2)", "_xlfn.IFS(A1,1)+_xlfn.IFNA(B1,2)"),
        ("=SUMIFS(A:A,B:B,1)+COUNTIFS(B:B,2)", "SUMIFS(A:A,B:B,1)+COUNTIFS(B:B,2)"),
        ("=RANK.EQ(1,A:A)", "_xlfn.RANK.EQ(1,A:A)"),
        ("=_xlfn.RANK.EQ(1,A:A)", "_xlfn.RANK.EQ(1,A:A)"),
        ("=PERCENTILE.INC(A:A,0.9)", "_xlfn.PERCENTILE.INC(A:A,0.9)"),
        ('=IF(A1="IFS(","say ""SWITCH(""",SWITCH(A1,1,2))',
         'IF(A1="IFS(","say ""SWITCH(""",_xlfn.SWITCH(A1,1,2))'),
        ("='IFS(x'!A1+'it''s IFS('!B1", "'IFS(x'!A1+'it''s IFS('!B1"),
        ("=MYIFS(1)+IFS_2", "MYIFS(1)+IFS_2"),
        ("=STDEV.S(A:A)/STDEV(A:A)", "_xlfn.STDEV.S(A:A)/STDEV(A:A)"),
    ],
)  # fmt: skip
def test_functions_newer_than_2007_carry_their_prefix_and_nothing_else_does(
    typed: str, held: str
) -> None:
    assert stored(typed) == held


def test_xlsxwriter_prefixes_the_same_functions() -> None:
    """An independent list: XlsxWriter's own expansion of future functions."""
    from io import BytesIO

    import xlsxwriter

    from invval_xl.hosts.file.formulas import _FUTURE

    with xlsxwriter.Workbook(BytesIO(), {"use_future_functions": True}) as book:
        sheet = book.add_worksheet()
        for name in _FUTURE.split():
            expanded = sheet._prepare_formula(f"={name}(A1)", True)
            assert expanded == f"_xlfn.{name}(A1)"


def test_a_template_is_filled_row_by_row() -> None:
    formula = "=SUM(B{first}:B{row})&{1,2}"
    assert filled(formula, 9, 1, {"first": [3, 4]}) == "=SUM(B4:B9)&{1,2}"
    with pytest.raises(KeyError, match="first"):
        filled(formula, 9, 1, {})


@pytest.mark.parametrize("formula", ["=", "", "=" + "1" * (MAX_FORMULA + 1)])
def test_an_empty_or_endless_formula_is_a_fault(formula: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        stored(formula)


PIECES = st.sampled_from(
    ["A{row}", "$B{row}", "ZZ{row}:$C{row}", "$D$4", "$E$5:$F$90", "G7", "$H8", "I$9", "J${row}",
     "'Other'!$B$4", "'O''s'!B{row}", "LOG10(K{row})", '"L12 {no} M!13"', "1.5", "2E5", "B:B",
     "5:5", "$5:$5", "Sales[Units]", "N{other}", "_x{row}", "Q{row}1", "P1_{row}", "RATE(S{row},1)"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=6), st.integers(1, 900), st.integers(1, 900))
@settings(max_examples=400, deadline=None)
def test_a_formula_that_is_shared_reads_alike_from_every_row(
    pieces: list[str], first: int, then: int
) -> None:
    template = "=" + "+".join(pieces)
    if can_be_shared(template):
        at_first, at_then = (filled(template, row, 0, {}) for row in (first, then))
        carried = Translator(at_first, origin=f"M{first}").translate_formula(f"M{then}")
        assert at_then == carried
        assert following(at_first, first)(then) == carried


@pytest.mark.parametrize(
    "template", ["=A{row}+I$9", '=IF($B{row}>$D$4,LOG10(C{row}),"G7!")', "=SUM($E$5:$F$90)-K{row}"]
)
def test_the_formulas_of_a_column_are_shared(template: str) -> None:
    assert can_be_shared(template)


@pytest.mark.parametrize(
    "template",
    ["=1+$A$4", "=A{row}+G7", "=J${row}", "='C-1'!B{row}", "=Sales[Units]*A{row}",
     "=SUM(A{row}:A{other})", "{=SUM(A{row}:B{row})}", "=SUM(5:5)+A{row}", "=A{row}*{row}"],
)  # fmt: skip
def test_a_formula_excel_would_not_share_is_stored_in_every_cell(template: str) -> None:
    assert not can_be_shared(template)


@pytest.mark.parametrize(
    "formula",
    ["=A7+$B7*C$7-$D$7", "=Other!B7+'An A7'!B8", '=IF(A7="A7",LOG10(B9),Q1_7)', "=SUM(5:7)+A7",
     "=SUM(A1:B$9)+Sales[A7]", "=ABC7+ABCD7"],
)  # fmt: skip
def test_a_shared_formula_is_read_as_openpyxl_reads_it(formula: str) -> None:
    for row in (7, 9, 1204):
        carried = Translator(formula, origin="M7").translate_formula(f"M{row}")
        assert following(formula, 7)(row) == carried
