"""Anything may stand in a cell: it is read, said or refused, and never a traceback."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.findings import RefusedError
from invval_xl.hosts.memory import UNCALCULATED, ErrorCell, book_from_sheets, grid_from_rows
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.tables.check import check_book
from invval_xl.tables.contracts import CONTRACTS, ColumnKind
from invval_xl.tables.gather import FORBIDDEN
from tests.tables.builders import BALANCE, CONTROL, ITEMS, PERIOD, PROOF

NASTY = st.one_of(
    st.sampled_from([
        None, "", " ", "\u00a0", "NaN", "inf", "1E+309", "#N/A", "1,234", "1.234,5", "(1)", "-",
        "=1+1", "Total", "SKU", "03/04/2026", "31/12/26", "\x00", "\ud800", "a\nb", "x" * 40_000,
        "٣", "½", "²", "Ⅷ", "12%", "€5", True, False, math.inf, -math.inf, math.nan, 0, -0.0, -1,
        1e308, 5e-324, 2**53 + 1, 1e15, 99_999, 20261031, 46326.5, ErrorCell("#REF!"), UNCALCULATED,
        dt.date(1900, 1, 1), dt.date(9999, 12, 31), dt.datetime(2026, 10, 31, 23, 59, 59),  # noqa: DTZ001 - a cell has no zone
    ]),
    st.text(max_size=12),
    st.floats(),
    st.integers(-(10**18), 10**18),
    st.dates(),
)  # fmt: skip


def plausible(column):
    """A value a column would take."""
    if column.name in {"sku", "location"}:
        return {"sku": "B7", "location": "S1"}[column.name]
    return {
        ColumnKind.DATE: PERIOD, ColumnKind.RATE: 0.1, ColumnKind.FLAG: "no",
        ColumnKind.KEY: "K1", ColumnKind.TEXT: "words",
    }.get(column.kind, column.choices[0] if column.choices else 1.0)  # fmt: skip


def taken(sheets):
    """The checked book, or what it was refused for; any other error is a traceback."""
    try:
        return check_book(book_from_sheets(sheets)), ()
    except RefusedError as error:
        return None, error.findings


def full_book():
    """Every sheet with every column and two rows."""
    sheets = {"Control": [list(r) for r in CONTROL]}
    for contract in CONTRACTS.values():
        row = [plausible(c) for c in contract.columns]
        header = [c.header for c in contract.columns]
        sheets[contract.name] = [header, row, [("C8" if v in {"B7", "K1"} else v) for v in row]]
    return sheets


@PROOF
@given(
    st.lists(
        st.tuples(st.integers(0, 13), st.integers(0, 8), st.integers(0, 45), NASTY),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_nasty_cells_anywhere_are_read_said_or_refused(strikes):
    sheets = full_book()
    names = list(sheets)
    for which, row, column, value in strikes:
        rows = sheets[names[which % len(names)]]
        while len(rows) <= row % (len(rows) + 1):
            rows.append([None] * len(rows[0]))
        line = rows[row % len(rows)]
        line[column % len(line)] = value
    checked, refused = taken(sheets)
    if checked is None:
        assert refused
        return
    for f in checked.findings:
        assert f.message.encode("utf-8")
        assert not FORBIDDEN.search(f.message)
        assert f.dollars is None or math.isfinite(f.dollars)
    for table in checked.value.by_name.values():
        for name, values in table.frame.items():
            if values.dtype == np.float64:
                assert not np.isinf(values).any(), name
            if name in {"sku", "location"}:
                assert all(isinstance(v, str) for v in values)
    conservation = prove_conservation(checked.value)
    assert len(conservation.value.tests) == 9
    assert all(f.dollars is None or math.isfinite(f.dollars) for f in conservation.findings)


@PROOF
@given(st.lists(st.lists(NASTY, max_size=8), max_size=10), st.sampled_from(sorted(CONTRACTS)))
def test_any_sheet_at_all_under_a_known_name_is_taken_or_refused(rows, name):
    sheets = {"Control": CONTROL, "ItemMaster": ITEMS, "BalanceSet": BALANCE, name: rows}
    checked, refused = taken(sheets)
    assert checked is not None or refused


@PROOF
@given(
    st.lists(
        st.from_regex(r"\A\$?[A-Z]{1,3}\$?[0-9]{1,7}:\$?[A-Z]{1,3}\$?[0-9]{1,7}\Z"), max_size=5
    )
)
def test_any_merged_range_is_filled_refused_or_beside_the_point(merged):
    grid = grid_from_rows("BalanceSet", BALANCE, merged=merged)
    sheets = {"Control": CONTROL, "ItemMaster": ITEMS, "BalanceSet": grid}
    check_book(book_from_sheets(sheets))
