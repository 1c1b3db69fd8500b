"""A copied input sheet reads back as the sheet it was taken from, cell for cell, kind for kind."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.findings import Finding, Severity
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.tables.grid import BookFacts, Cells, Grid, Kind, RawBook
from invval_xl.workpapers.evidence import changed_cells, sheet_csv
from invval_xl.workpapers.input_copies import copy_plan
from invval_xl.workpapers.laid import laid_rows
from invval_xl.workpapers.sources_sheet import lay_sources, read_sources

K, B, N, T, D = Kind.UNCALCULATED, Kind.BLANK, Kind.NUMBER, Kind.TEXT, Kind.DATE
CREATED = dt.datetime(2026, 10, 31)  # noqa: DTZ001 - a file's own time has no zone


def column(*cells: tuple[Kind, object], number_format: object = "") -> Cells:
    numeric = (Kind.NUMBER, Kind.DATE, Kind.BOOLEAN)
    texts = [v if k in (Kind.TEXT, Kind.ERROR) else None for k, v in cells]
    return Cells(
        np.array([k for k, _ in cells], dtype=np.uint8),
        np.array([float(v) if k in numeric else np.nan for k, v in cells]),
        np.array(texts, dtype=object) if any(t is not None for t in texts) else None,
        number_format,
    )


AWKWARD = Grid(
    "Quality",
    (("a note", None, None, None), ("SKU", "Location", "Date", "Units")),
    (
        column((N, 123), (T, "00123"), (T, "=1+1"), (T, "'q"), (B, None),
               number_format="00000"),
        column((T, "S01"), (T, "  two  spaces "), (Kind.ERROR, "#N/A"), (K, None), (T, "@x")),
        column((D, 46326), (D, 46326.5), (D, 2), (D, 61), (T, "2026-10-31")),
        column((N, 0.1), (N, -5), (Kind.BOOLEAN, 1), (N, 1e-9), (N, 12345678.9)),
    ),
    3,
    hidden_rows=frozenset({4, 5}),
    hidden_columns=frozenset({2}),
    filtered=True,
    merged=("A4:A5",),
    state="hidden",
    sha256="ab" * 32,
    totals_rows=frozenset({7}),
    formulas=3,
)  # fmt: skip
FOUND = Finding("WB405", Severity.NOTE, "hidden", "unhide it", "Quality", "A1", 12.5, "AS 1105", 2)


def test_every_kind_of_cell_survives_the_copy(tmp_path) -> None:
    raw = RawBook(BookFacts("book.xlsx", "cd" * 32, 9, external_links=("a.xlsx",)), {
        "Quality": AWKWARD
    })  # fmt: skip
    sources = lay_sources(raw, [FOUND], {"as of": "2026-10-31"}, ())
    out = tmp_path / "binder.xlsx"
    author([sources, copy_plan(AWKWARD)], out, created=CREATED)
    said = read_sources(laid_rows(sources))
    again = said.original(read_book(out).value)
    grid = again.grids["Quality"]
    assert sheet_csv(grid) == sheet_csv(AWKWARD)
    for ours, theirs in zip(AWKWARD.body, grid.body, strict=True):
        np.testing.assert_array_equal(ours.kind, theirs.kind)
        np.testing.assert_array_equal(ours.number, theirs.number)
        assert ours.number_format == theirs.number_format
    for name in ("hidden_rows", "hidden_columns", "filtered", "merged", "state", "sha256",
                 "totals_rows", "formulas", "body_row"):  # fmt: skip
        assert getattr(grid, name) == getattr(AWKWARD, name), name
    assert (said.findings, said.asked) == ((FOUND,), {"as of": "2026-10-31"})
    assert again.facts == raw.facts


def test_a_sources_sheet_made_unreadable_is_said() -> None:
    with pytest.raises(ValueError, match="not readable"):
        read_sources([])


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=6))
def test_no_text_of_the_evidence_is_a_formula_and_every_change_is_seen(texts) -> None:
    grid = Grid("S", (("H",),), (column(*((T, t) for t in texts)),), 2)
    written = sheet_csv(grid)
    for row in csv.reader(io.StringIO(written, newline="")):
        assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert list(changed_cells(written, grid)) == []
    other = column(*((T, t) for t in [*texts[:-1], texts[-1] + "x"]))
    changed = list(changed_cells(written, replace(grid, body=(other,))))
    assert [c.cell for c in changed] == [f"A{len(texts) + 1}"]
