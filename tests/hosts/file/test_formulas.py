"""Formulas are stored as Excel reads them."""

from __future__ import annotations

import pytest

from invval_xl.hosts.file.formulas import MAX_FORMULA, filled, stored


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
