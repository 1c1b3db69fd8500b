"""The ``Sources`` sheet of a binder: where the copies come from, and what a value cannot carry.

Written when a binder is exported, read again when it is verified: with these facts the copies of
the input sheets give the same grids as the workbook they were taken from.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invval_xl.findings import Finding, Severity
from invval_xl.tables.grid import BookFacts, Grid, Kind, RawBook, column_letter
from invval_xl.workpapers.input_copies import Unvalued, restored, unvalued
from invval_xl.workpapers.paper import Column, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from invval_xl.workpapers.laid import CellRow
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["SOURCES", "Sources", "lay_sources", "read_sources"]

SOURCES = "Sources"

_FACTS = ("Of Sheet", "Fact", "As Read")
_CELLS = ("In Sheet", "Cell", "Holds", "Spelled")
_FINDINGS = ("Code", "Severity", "Sheet", "Cell", "Message", "Remedy", "Dollars", "Paragraph",
             "Count")  # fmt: skip
_PIECE = 30_000  # characters; a cell holds 32,767
_ADDRESS = re.compile(r"([A-Z]+)([0-9]+)")
_KINDS = {Kind.ERROR: "an error", Kind.UNCALCULATED: "a formula never calculated"}


@dataclass(frozen=True, eq=False)
class Sources:
    """What a binder's copies were taken from.

    ``asked`` is what the run was asked for beyond the workbook (as-of date, framework, model),
    by name, empty where Control decided.
    """

    facts: BookFacts
    sheets: Mapping[str, Mapping[str, str]]
    cells: Mapping[str, Sequence[Unvalued]]
    findings: tuple[Finding, ...]
    asked: Mapping[str, str]

    def original(self, copies: RawBook) -> RawBook:
        """The workbook as it was read, from the binder's copies and these facts."""
        grids: dict[str, Grid] = {}
        for name, facts in self.sheets.items():
            grid = copies.grids.get(name) or Grid(name, (), (), 1)
            grids[name] = replace(
                restored(grid, self.cells.get(name, ())),
                hidden_rows=frozenset(_numbers(facts["hidden rows"])),
                hidden_columns=frozenset(_numbers(facts["hidden columns"])),
                filtered=facts["filtered"] == "yes",
                merged=tuple(json.loads(facts["merged"])),
                state=facts["state"],
                sha256=facts["sha256 as stored"],
                totals_rows=frozenset(_numbers(facts["totals rows"])),
                formulas=int(facts["formulas"]),
            )
        return RawBook(self.facts, grids)


def lay_sources(
    raw: RawBook, findings: Sequence[Finding], asked: Mapping[str, str], papers: Iterable[str]
) -> SheetPlan:
    """Lay the sheet.

    Parameters
    ----------
    raw
        The workbook as the host read it.
    findings
        What the host found while reading it.
    asked
        As-of date, framework and model of the run where the caller brought them.
    papers
        Names of the papers, which are not among the sources.
    """
    own = set(papers)
    sheet = Sheet(SOURCES, tab_color="61707F")
    sheet.put(1, 1, "Sources  Where the copied input sheets come from", "title")
    sheet.heights[1] = 24
    sheet.put(2, 1, "Information produced by the entity: copied cell by cell, values only, each"
              " at its own address. invval verify reads this sheet.", "quiet")  # fmt: skip
    sheet.put(1, 8, "Index", "link", link="'C-0 Index'!A1")
    sheet.row = 4
    sheet.section("What was read")
    rows = [("", *fact) for fact in _book_facts(raw.facts)]
    rows += [("", f"asked: {name}", value) for name, value in sorted(asked.items())]
    for grid in raw.grids.values():
        if grid.sheet not in own:
            rows += [(grid.sheet, *fact) for fact in _sheet_facts(grid)]
    pieces = [
        (of, fact, value[at : at + _PIECE])
        for of, fact, value in rows
        for at in range(0, max(len(value), 1), _PIECE)
    ]
    widths = (26, 24, 60)
    sheet.table([
        Column(f"f{i}", header, texts(r[i] for r in pieces), width=widths[i])
        for i, header in enumerate(_FACTS)
    ])  # fmt: skip
    sheet.space()
    sheet.section("Cells that hold no value")
    special = [
        (g.sheet, f"{column_letter(u.column)}{u.row}", _KINDS[u.kind], u.text)
        for g in raw.grids.values()
        if g.sheet not in own
        for u in unvalued(g)
    ]
    if special:
        sheet.table([
            Column(f"c{i}", header, texts(r[i] for r in special))
            for i, header in enumerate(_CELLS)
        ])  # fmt: skip
    else:
        sheet.text("None.", "good")
    sheet.space()
    sheet.section("Found while reading")
    if findings:
        listed = [_listed(f) for f in findings]
        sheet.table([
            Column(f"w{i}", header, texts(r[i] for r in listed))
            for i, header in enumerate(_FINDINGS)
        ])  # fmt: skip
    else:
        sheet.text("Nothing.", "good")
    sheet.widths.update({1: 26, 2: 24, 3: 60, 4: 16})
    return sheet.plan(footer="&R&P of &N", protect=True)


def _book_facts(facts: BookFacts) -> list[tuple[str, str]]:
    return [
        ("name", facts.name),
        ("sha256", facts.sha256),
        ("size, bytes", str(facts.size)),
        ("modified", facts.modified),
        ("1904 dates", _yes(facts.date_1904)),
        ("made by", facts.application),
        ("macros", _yes(facts.has_macros)),
        ("external links", json.dumps(list(facts.external_links))),
        ("connections", json.dumps(list(facts.connections))),
    ]


def _sheet_facts(grid: Grid) -> list[tuple[str, str]]:
    return [
        ("state", grid.state),
        ("hidden rows", _ranges(grid.hidden_rows)),
        ("hidden columns", _ranges(grid.hidden_columns)),
        ("filtered", _yes(grid.filtered)),
        ("merged", json.dumps(list(grid.merged))),
        ("totals rows", _ranges(grid.totals_rows)),
        ("formulas", str(grid.formulas)),
        ("sha256 as stored", grid.sha256),
    ]


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as ranges.

    Examples
    --------
    >>> _ranges({3, 1, 2, 7}), sorted(_numbers("1-3,7"))
    ('1-3,7', [1, 2, 3, 7])
    """
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _numbers(text: str) -> Iterable[int]:
    for span in filter(None, text.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _listed(f: Finding) -> tuple[str, ...]:
    return (
        f.code, f.severity.value, f.sheet, f.cell, f.message, f.remedy,
        "" if f.dollars is None else repr(f.dollars), f.paragraph, str(f.count),
    )  # fmt: skip


def read_sources(rows: Iterable[CellRow]) -> Sources:
    """What :func:`lay_sources` wrote, from the cells of the sheet.

    Raises
    ------
    ValueError
        Where the sheet is not one of ours, or was made unreadable.
    """
    tables: dict[tuple[str, ...], list[list[str]]] = {}
    current: list[list[str]] | None = None
    width = 0
    last = 0
    for number, cells in rows:
        words = [str(cells[c].value) if c in cells else "" for c in range(1, 10)]
        header = next((h for h in (_FACTS, _CELLS, _FINDINGS) if tuple(words[: len(h)]) == h), None)
        if header is not None:
            current, width = tables.setdefault(header, []), len(header)
        elif current is not None and number == last + 1:
            current.append(words[:width])
        else:
            current = None
        last = number
    try:
        return _sources(tables)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ValueError(f"the sheet {SOURCES} is not readable: {error!r}") from error


def _sources(tables: Mapping[tuple[str, ...], list[list[str]]]) -> Sources:
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for sheet, fact, value in tables[_FACTS]:
        said[sheet][fact] = said[sheet].get(fact, "") + value
    book = said.pop("")
    facts = BookFacts(
        name=book["name"],
        sha256=book["sha256"],
        size=int(book["size, bytes"]),
        modified=book["modified"],
        date_1904=book["1904 dates"] == "yes",
        application=book["made by"],
        has_macros=book["macros"] == "yes",
        external_links=tuple(json.loads(book["external links"])),
        connections=tuple(json.loads(book["connections"])),
    )
    kinds = {words: kind for kind, words in _KINDS.items()}
    cells: dict[str, list[Unvalued]] = defaultdict(list)
    for sheet, place, holds, text in tables.get(_CELLS, []):
        found = _ADDRESS.fullmatch(place)
        if found is None:
            raise ValueError(place)
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        cells[sheet].append(Unvalued(int(found[2]), column, kinds[holds], text))
    findings = tuple(
        Finding(
            code, Severity(severity), message, remedy, sheet, cell,
            float(dollars) if dollars else None, paragraph, int(count),
        )
        for code, severity, sheet, cell, message, remedy, dollars, paragraph, count in tables.get(
            _FINDINGS, []
        )
    )  # fmt: skip
    asked = {k.removeprefix("asked: "): v for k, v in book.items() if k.startswith("asked: ")}
    return Sources(facts, dict(said), dict(cells), findings, asked)
