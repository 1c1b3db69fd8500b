"""The content hash: moved by every figure, formula and word; not by who signs, nor by looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.workpapers.content import content_hash
from invval_xl.workpapers.sheet_plan import PlanBlock, PlanCell, PlanColumn, SheetPlan

NUMBERS = np.array([1.5, np.nan, -3.25])
WORDS = np.array(["red", None, 4.0], dtype=object)
PAPER = SheetPlan(
    "C-3",
    cells=(
        PlanCell(1, 1, "Entity"),
        PlanCell(2, 1, 10.0, "money", "=SUM(A5:A7)"),
        PlanCell(3, 1, "D. Whitfield", "sign_off"),
        PlanCell(4, 1, True),
    ),
    blocks=(
        PlanBlock(
            5, 1,
            (
                PlanColumn(NUMBERS, "money", "=B{row}*{rate}", {"rate": np.array([1, 2, 3])}),
                PlanColumn(WORDS),
                PlanColumn(np.array([None, "x", "y"], dtype=object), "text",
                           styles=np.array(["sign_off", "text", "text"], dtype=object)),
            ),
        ),
    ),
)  # fmt: skip


def with_cell(index: int, cell: PlanCell) -> SheetPlan:
    return replace(PAPER, cells=(*PAPER.cells[:index], cell, *PAPER.cells[index + 1 :]))


def with_column(index: int, **changes) -> SheetPlan:
    block = PAPER.blocks[0]
    columns = list(block.columns)
    columns[index] = replace(columns[index], **changes)
    return replace(PAPER, blocks=(replace(block, columns=tuple(columns)),))


@pytest.mark.parametrize(
    "changed",
    [
        replace(PAPER, name="C-4"),
        with_cell(0, PlanCell(1, 1, "Entity.")),
        with_cell(0, PlanCell(1, 2, "Entity")),
        with_cell(1, PlanCell(2, 1, 10.0, "money", "=SUM(A5:A6)")),
        with_cell(1, PlanCell(2, 1, 10.0, "money")),
        with_cell(1, PlanCell(2, 1, 10.01, "money", "=SUM(A5:A7)")),
        with_cell(3, PlanCell(4, 1, 1.0)),
        with_column(0, values=np.array([1.5, 0.0, -3.25])),
        with_column(0, values=np.array([1.5, np.nan, -3.26])),
        with_column(0, formula="=C{row}*{rate}"),
        with_column(0, arguments={"rate": np.array([1, 2, 4])}),
        with_column(1, values=np.array(["red", None, "4"], dtype=object)),
        with_column(2, values=np.array([None, "x", "z"], dtype=object)),
    ],
)
def test_what_a_paper_says_moves_the_hash(changed):
    assert content_hash([changed]) != content_hash([PAPER])


@pytest.mark.parametrize(
    "changed",
    [
        with_cell(2, PlanCell(3, 1, "E. Brandt", "sign_off")),
        with_cell(2, PlanCell(3, 1, None, "sign_off")),
        with_column(2, values=np.array(["signed", "x", "y"], dtype=object)),
        with_cell(4, PlanCell(9, 1, "LibreOffice 25.2", "circumstance")),
        with_column(0, style="units"),
        replace(PAPER, widths={1: 40}, protect=True, tab_color="FF0000"),
        replace(PAPER, cells=PAPER.cells[::-1]),
    ],
)
def test_who_signs_and_how_it_looks_do_not(changed):
    assert content_hash([changed]) == content_hash([PAPER])


def test_sheets_that_are_not_ours_are_left_out():
    inputs = SheetPlan("BalanceSet", (PlanCell(1, 1, "SKU"),), owned=False)
    assert content_hash([inputs, PAPER]) == content_hash([PAPER])


def paper(value: float) -> SheetPlan:
    return SheetPlan("C-1", (PlanCell(1, 1, value),))


@given(st.integers(-(10**11), 10**11))
def test_a_cent_counts_up_to_a_billion(cents):
    assert content_hash([paper(cents / 100)]) != content_hash([paper((cents + 1) / 100)])


def test_the_last_bits_do_not():
    assert 0.1 + 0.2 != 0.3
    assert content_hash([paper(0.1 + 0.2)]) == content_hash([paper(0.3)])
    assert content_hash([paper(1 - 2**-53)]) == content_hash([paper(1.0)])
