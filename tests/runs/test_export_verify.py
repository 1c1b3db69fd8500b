"""The auditor's binder: complete, needing nothing of ours, and no cell of it changes unseen."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.findings import RefusedError
from invval_xl.hosts.file.export import export_file
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.office import converted
from invval_xl.hosts.file.preflight import open_book
from invval_xl.hosts.file.refresh import refresh_file
from invval_xl.hosts.file.verify import _recalculated, read_binder, verify_file
from invval_xl.runs.compare_cells import What, compare_sheet
from invval_xl.runs.export_binder import sealed
from invval_xl.runs.refresh_reserve import RefreshRequest
from invval_xl.runs.verify_binder import (
    Result,
    check_hashes,
    check_inputs,
    compare,
    derive,
    foot,
    judge,
    recalculated,
)
from invval_xl.tables.grid import Cells, Kind, RawBook
from invval_xl.workpapers.content import is_input, is_sign_off
from invval_xl.workpapers.evidence import sheet_csv
from invval_xl.workpapers.laid import LaidCell, laid_rows
from invval_xl.workpapers.sources_sheet import SOURCES
from tests.adventureworks_book import AS_OF, DATA, build
from tests.binders import Edit, draw_edits, edited, patched, sheet_cells
from tests.tools import REPO, needs_libreoffice, needs_validator, open_xml_errors

EDITS = 200


def quiet(_step: str, _share: float) -> None:
    """Nobody watches."""


def copy_of(export: Path, folder: Path) -> Path:
    """A copy of an export, every file."""
    for path in export.rglob("*"):
        if path.is_file():
            place = folder / path.relative_to(export)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def export(refreshed_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example's binder, by the command; the PDF has a test of its own."""
    out = tmp_path_factory.mktemp("export") / "binder"
    assert main(["export", str(refreshed_book), "--out", str(out), "--no-pdf"]) == 0
    return out


@pytest.fixture(scope="module")
def read(export: Path):
    return read_binder(export, RefreshRequest())[0]


@pytest.fixture(scope="module")
def refreshed(read):
    return derive(read)[1]


@pytest.fixture(scope="module")
def cells(export: Path):
    return sheet_cells(export / "binder.xlsx")


@needs_libreoffice
def test_a_fresh_binder_holds_in_every_step(export: Path, capsys) -> None:
    assert main(["verify", str(export), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {s["step"]: s["result"] for s in told["steps"]} == dict.fromkeys(
        ["Hashes", "Inputs", "Papers", "Foots", "Ties", "Recalculation", "Sign-off binding"], "held"
    )
    assert told["findings"] == []
    formulas = next(s["detail"] for s in told["steps"] if s["step"] == "Recalculation")
    assert int(formulas.split()[0].replace(",", "")) > 10_000


def test_ironcalc_is_the_second_engine(export: Path, read, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("INVVAL_SOFFICE", "none")
    step = recalculated(read, lambda: _recalculated(export / "binder.xlsx", tmp_path, read))
    assert step.result is Result.HELD
    assert "IronCalc" in step.detail


def test_every_one_of_200_random_edits_is_caught_by_name(read, refreshed, cells) -> None:
    """By the comparison alone: papers against what their inputs give, inputs against evidence.

    Both go row by row, so that all agree is shown once for the whole binder and then each edit is
    looked for in the row that has it.
    """
    plans = {plan.name: plan for plan in refreshed.plans}
    inputs = {entry["sheet"] for entry in read.manifest["source"]["sheets"]}
    assert set(cells) == {*plans, *inputs, SOURCES}
    assert compare(read, refreshed) == []
    assert check_inputs(read).findings == ()
    missed, kinds = [], set()
    for edit in draw_edits(cells, EDITS, seed=20261031):
        kinds.add(edit.kind)
        rows = edited([(r, held) for r, held in cells[edit.sheet] if r == edit.row], edit)
        if edit.sheet in plans:
            plan = one_row(plans[edit.sheet], edit.row)
            found = {d.cell for d in compare_sheet(plan, rows())}
        else:
            only = with_edit(read, cells, edit, rows)
            found = {f.cell for f in check_inputs(only).findings if f.code == "WB812"}
        if found != {edit.cell}:
            missed.append((edit, found))
    assert missed == []
    assert kinds == {"value", "formula", "text", "cached"}


def one_row(plan, row):
    """The plan of one row of a paper."""
    blocks = [b for b in plan.blocks if b.top <= row < b.top + b.rows]
    return replace(
        plan,
        cells=tuple(c for c in plan.cells if c.row == row),
        blocks=tuple(
            replace(b, top=row, columns=tuple(_at(c, row - b.top) for c in b.columns))
            for b in blocks
        ),
    )


def _at(column, i):
    return replace(
        column,
        values=column.values[i : i + 1],
        arguments={name: values[i : i + 1] for name, values in column.arguments.items()},
        styles=None if column.styles is None else column.styles[i : i + 1],
    )


def with_edit(read, cells, edit, rows):
    """The binder with one cell of an input sheet changed, as the two readers would see it.

    Of the body only the row that has it is kept, in the sheet and in its evidence.
    """
    sheets = [e for e in read.manifest["source"]["sheets"] if e["sheet"] == edit.sheet]
    short = {**read.manifest, "source": {**read.manifest["source"], "sheets": sheets}}
    seen = replace(
        read,
        rows_of=lambda name: rows() if name == edit.sheet else iter(cells[name]),
        manifest={**short, "manifest_sha256": sealed(short)},
    )
    if edit.sheet == SOURCES:
        whole = edited(cells[SOURCES], edit)
        return replace(seen, rows_of=lambda _name: whole())
    grid = read.raw.grids[edit.sheet]
    inside = edit.row >= grid.body_row
    at = edit.row - grid.body_row
    body = tuple(_cut(c, slice(at, at + 1) if inside else slice(0, 0)) for c in grid.body)
    grid = replace(grid, body=body, body_row=edit.row if inside else grid.body_row)
    if inside:
        grid = replace(grid, top=(*grid.top, *((),) * (edit.row - 1 - len(grid.top))))
    before = sheet_csv(grid)
    value = edit.now.value
    if edit.now.formula:
        changed = replace(grid, formulas=1)
    elif not inside:
        top = [list(row) for row in grid.top]
        top[edit.row - 1][edit.column - 1] = value
        changed = replace(grid, top=tuple(map(tuple, top)))
    else:
        column = grid.body[edit.column - 1]
        dated = column.kind[0] == Kind.DATE
        kind = (
            Kind.BOOLEAN if isinstance(value, bool)
            else Kind.TEXT if isinstance(value, str)
            else Kind.DATE if dated else Kind.NUMBER
        )  # fmt: skip
        number = np.nan if isinstance(value, str) else float(value)
        text = np.array([value if isinstance(value, str) else None], dtype=object)
        new = Cells(np.array([kind], np.uint8), np.array([number]), text, column.number_format)
        body = list(grid.body)
        body[edit.column - 1] = new
        changed = replace(grid, body=tuple(body))
    raw = RawBook(read.raw.facts, {**read.raw.grids, edit.sheet: changed})
    return replace(seen, raw=raw, evidence=lambda _path: before)


def _cut(column, part):
    codes = column.number_format
    return Cells(
        column.kind[part],
        column.number[part],
        None if column.text is None else column.text[part],
        codes if isinstance(codes, str) else codes[part],
    )


def sheet_part(book: Path, sheet: str) -> str:
    names = openpyxl.load_workbook(book, read_only=True).sheetnames
    return f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"


@pytest.mark.parametrize(
    ("sheet", "cell", "now", "code"),
    [
        ("C-3 LCNRV", "N62", LaidCell(1762.72), "WB811"),
        ("Assumptions", "C3", LaidCell(0.4), "WB812"),
    ],
)
def test_the_command_names_a_changed_cell_and_what_follows(
    export, tmp_path, cells, capsys, sheet, cell, now, code
) -> None:
    column, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()
    at = openpyxl.utils.column_index_from_string(column)
    was = dict(cells[sheet])[int(row)][at]
    edit = Edit(sheet, int(row), at, "value", was, now)
    damaged = copy_of(export, tmp_path / "binder")
    book = damaged / "binder.xlsx"
    patched(export / "binder.xlsx", book, edit, sheet_part(book, sheet))
    assert main(["verify", str(damaged), "--no-recalculation", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    named = {(f["sheet"], f["cell"]): f for f in told["findings"] if f["code"] == code}
    assert (sheet, cell) in named
    assert f"{now.value:.15g}" in named[sheet, cell]["message"]
    assert f"{was.value:.15g}" in named[sheet, cell]["message"]
    results = {s["step"]: s["result"] for s in told["steps"]}
    assert results["Hashes"] == results["Papers"] == results["Sign-off binding"] == "failed"
    if code == "WB812":  # the papers still rest on the old figure: every one that follows is named
        assert results["Inputs"] == "failed"
        assert sum(f["code"] == "WB811" for f in told["findings"]) > 20


def test_a_changed_yellow_cell_is_a_changed_input_with_its_dollars(read, refreshed, cells) -> None:
    plan = next(p for p in refreshed.plans if p.name == "C-3 LCNRV")
    row, column = next(
        (row, column)
        for row, held in laid_rows(plan)
        for column, cell in held.items()
        if is_input(cell.style) and cell.value == 0.5
    )
    edit = Edit(plan.name, row, column, "value", LaidCell(0.5), LaidCell(0.4))
    differing = list(compare_sheet(plan, edited(cells[plan.name], edit)()))
    assert [(d.cell, d.what) for d in differing] == [(edit.cell, What.INPUT)]
    step = judge(read, refreshed, differing, follows=True)
    assert step.result is Result.CHANGED
    assert [f.code for f in step.findings] == ["WB813"]
    assert "0.4" in step.findings[0].message
    assert step.findings[0].dollars == 0.0


def test_a_signature_after_export_is_said_and_breaks_nothing(read, refreshed, cells) -> None:
    plan = next(p for p in refreshed.plans if p.name == "C-1 Lead")
    row, column = next(
        (row, column)
        for row, held in laid_rows(plan, blanks=True)
        for column, cell in held.items()
        if is_sign_off(cell.style) and cell.value is None
    )
    rows = [(r, dict(held)) for r, held in cells[plan.name]]
    next(held for r, held in rows if r == row)[column] = LaidCell("E. Brandt")
    differing = list(compare_sheet(plan, rows))
    assert [d.what for d in differing] == [What.SIGN_OFF]
    step = judge(read, refreshed, differing, follows=False)
    assert step.result is Result.HELD
    assert [f.code for f in step.findings] == ["WB814"]


def test_a_broken_foot_and_a_broken_tie_are_found(read, cells) -> None:
    header = next(held for _, held in cells["C-1 Lead"] if "Write-down" in words(held))
    column = next(c for c, cell in header.items() if cell.value == "Write-down")
    row, held = next((r, h) for r, h in cells["C-1 Lead"] if h.get(1) and h[1].value == "Total")
    was = held[column]
    now = replace(was, value=was.value + 0.01)
    edit = Edit("C-1 Lead", row, column, "cached", was, now)
    rows = edited(cells["C-1 Lead"], edit)
    seen = replace(read, rows_of=lambda n: rows() if n == "C-1 Lead" else iter(cells[n]))
    feet, ties = foot(seen)
    assert [(f.code, f.sheet, f.cell) for f in feet.findings] == [("WB815", "C-1 Lead", edit.cell)]
    assert {f.code for f in ties.findings} == {"WB816"}
    assert ties.result is Result.FAILED


def words(held):
    return {cell.value for cell in held.values() if isinstance(cell.value, str)}


def test_nothing_in_the_binder_needs_us(export: Path) -> None:
    with zipfile.ZipFile(export / "binder.xlsx") as package:
        names = package.namelist()
        foreign = re.compile(r"vba|macro|externalLink|\.bin$", re.IGNORECASE)
        assert not [n for n in names if foreign.search(n)]
        for name in names:
            data = package.read(name)
            assert b"INV_" not in data or not re.search(rb"<f>[^<]*INV_", data), name
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in data, name
            if name.startswith("xl/worksheets/sheet"):
                assert b"<sheetProtection" in data, name


def test_unlocked_cells_are_exactly_the_inputs_and_sign_offs(export, refreshed) -> None:
    expected = {
        (plan.name, row, column)
        for plan in refreshed.plans
        for row, held in laid_rows(plan, blanks=True)
        for column, cell in held.items()
        if is_input(cell.style) or is_sign_off(cell.style)
    }
    assert len(expected) > 50
    assert unlocked(export / "binder.xlsx") == expected


def unlocked(book: Path) -> set[tuple[str, int, int]]:
    """Cells whose style is not locked, from the XML: openpyxl takes half a minute for it."""
    out = set()
    with zipfile.ZipFile(book) as package:
        styles = package.read("xl/styles.xml").decode()
        xfs = re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0]
        each = re.findall(r"<xf [^>]*?/>|<xf .*?</xf>", xfs, re.DOTALL)
        free = {str(i) for i, xf in enumerate(each) if 'locked="0"' in xf}
        names = openpyxl.load_workbook(book, read_only=True).sheetnames
        for i, name in enumerate(names, start=1):
            sheet = package.read(f"xl/worksheets/sheet{i}.xml").decode()
            assert "<sheetProtection" in sheet
            for letters, row, style in re.findall(r'<c r="([A-Z]+)(\d+)" s="(\d+)"', sheet):
                if style in free:
                    column = openpyxl.utils.column_index_from_string(letters)
                    out.add((name, int(row), column))
    return out


@needs_validator
def test_microsofts_validator_finds_nothing(export: Path) -> None:
    assert open_xml_errors(export / "binder.xlsx") == {}


def test_the_manifest_names_what_it_rests_on(export: Path, refreshed_book: Path) -> None:
    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    import hashlib

    assert manifest["source"]["sha256"] == hashlib.sha256(refreshed_book.read_bytes()).hexdigest()
    files = {p.relative_to(export).as_posix() for p in export.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == files - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((export / name).read_bytes()).hexdigest() == digest
    stated = {p["parameter"]: p for p in manifest["policy"] if p["origin"] != "default.toml"}
    assert stated["liquidation_rate"]["source"].startswith("Two liquidator quotes")
    assert manifest["packages"]["numpy"]
    assert manifest["model"] is None
    assert (manifest["framework"], manifest["as_of"]) == ("us-gaap", "2026-10-31")


def test_evidence_is_the_rows_the_papers_rest_on(export: Path) -> None:
    def read_csv(name: str) -> list[list[str]]:
        with (export / "evidence" / name).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))

    _, header, *rows = read_csv("C-2 BalanceSet.csv")
    at = header.index("Period End")
    assert len(rows) == 373
    assert {row[at] for row in rows} == {"2026-10-31"}
    _, header, *sold = read_csv("C-3 SalesHistory.csv")
    days = [row[header.index("Date")] for row in sold]
    assert min(days) > "2026-08-01"
    assert max(days) <= "2026-10-31"
    everything = read_csv("inputs/BalanceSet.csv")
    assert len(everything) == 6775 + 1


def test_a_stray_edit_of_the_manifest_is_found(export, tmp_path) -> None:
    damaged = copy_of(export, tmp_path / "binder")
    place = damaged / "manifest.json"
    text = place.read_text(encoding="utf-8")
    for old, new in (("160272.29", "160272.30"), ("Two liquidator", "Six liquidator")):
        assert old in text
        place.write_text(text.replace(old, new, 1), encoding="utf-8")
        step = check_hashes(read_binder(damaged, RefreshRequest())[0])
        assert (step.result, [f.code for f in step.findings]) == (Result.FAILED, ["WB810"])
    place.write_text("{", encoding="utf-8")
    step = check_hashes(read_binder(damaged, RefreshRequest())[0])
    assert [f.code for f in step.findings] == ["WB810"]


def test_a_changed_evidence_file_is_named(export, tmp_path) -> None:
    damaged = copy_of(export, tmp_path / "binder")
    (damaged / "evidence" / "C-4 Disposals.csv").write_text("Row,A\r\n", encoding="utf-8")
    (damaged / "notes.txt").write_text("mine", encoding="utf-8")
    step = check_hashes(read_binder(damaged, RefreshRequest())[0])
    assert {f.message.split(" has ")[0].split(" was ")[0] for f in step.findings} == {
        "evidence/C-4 Disposals.csv", "notes.txt",
    }  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A small book without papers."""
    folder = tmp_path_factory.mktemp("small")
    command = ["demo", str(folder), "--items", "12", "--locations", "1"]
    assert main(command) == 0
    return folder / "worked_example.xlsx"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_the_same_book_gives_the_same_bytes_and_nothing_is_overwritten_unasked(
    small, tmp_path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    done = export_file(small, one, RefreshRequest(), quiet, pdf=False)
    assert "WB802" in {f.code for f in done.findings}
    export_file(small, two, RefreshRequest(), quiet, pdf=False)
    assert tree(one) == tree(two)
    with pytest.raises(RefusedError) as refused:
        export_file(small, one, RefreshRequest(), quiet, pdf=False)
    assert [f.code for f in refused.value.findings] == ["WB805"]
    export_file(small, one, RefreshRequest(), quiet, pdf=False, force=True)
    (two / "mine.txt").write_text("a stranger's", encoding="utf-8")
    before = tree(two)
    with pytest.raises(RefusedError) as refused:
        export_file(small, two, RefreshRequest(), quiet, pdf=False, force=True)
    assert [f.code for f in refused.value.findings] == ["WB804"]
    assert tree(two) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_papers_that_are_stale_are_refused(refreshed_book, tmp_path, cells) -> None:
    row, held = next((r, h) for r, h in cells["C-1 Lead"] if h.get(1) and h[1].value == "Total")
    edit = Edit("C-1 Lead", row, 4, "cached", held[4], replace(held[4], value=1.0))
    stale = tmp_path / "stale.xlsx"
    patched(refreshed_book, stale, edit, paper_part(refreshed_book, "C-1 Lead"))
    assert main(["export", str(stale), "--out", str(tmp_path / "binder"), "--no-pdf"]) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["stale.xlsx"]


def paper_part(book: Path, sheet: str) -> str:
    """The part of a sheet in a grafted workbook."""
    opened = open_book(book, Limits()).value
    return next(s.part for s in opened.layout.sheets if s.name == sheet)


def test_a_book_with_a_stop_finding_exits_1_and_writes_nothing(tmp_path) -> None:
    assert main(["demo", str(tmp_path), "--items", "60", "--breaks"]) == 0
    book = tmp_path / "broken_example.xlsx"
    before = book.read_bytes()
    assert main(["export", str(book), "--out", str(tmp_path / "binder")]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["broken_example.xlsx"]
    assert book.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_killed_while_it_writes_it_leaves_no_half_folder(small, tmp_path) -> None:
    """Killed as soon as its temp folder holds the workbook, before the rename."""
    out = tmp_path / "binder"
    command = [sys.executable, "-c", SLOW_EXPORT, str(small), str(out)]
    running = subprocess.Popen(command, cwd=REPO)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".binder.invval-export-*/binder.xlsx")):
        assert time.monotonic() < deadline, "it never came to write"
        assert running.poll() is None, "it ended by itself"
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not out.exists()
    done = export_file(small, out, RefreshRequest(), quiet, pdf=False)
    assert done.folder == out
    assert check_hashes(read_binder(out, RefreshRequest())[0]).result is Result.HELD


SLOW_EXPORT = """
import sys, time
from pathlib import Path
from invval_xl.hosts.file import export
from invval_xl.runs.refresh_reserve import RefreshRequest
export._write_manifest = lambda *_: time.sleep(60)
book, out = map(Path, sys.argv[1:])
export.export_file(book, out, RefreshRequest(), lambda *_: None, pdf=False)
"""


@needs_libreoffice
def test_the_pdf_is_the_papers_and_the_same_twice(small, tmp_path) -> None:
    one = export_file(small, tmp_path / "one", RefreshRequest(), quiet)
    assert "binder.pdf" in one.files
    two = export_file(small, tmp_path / "two", RefreshRequest(), quiet)
    pdf = (tmp_path / "one" / "binder.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf == (tmp_path / "two" / "binder.pdf").read_bytes()
    assert not [f for f in two.findings if f.code in ("WB806", "WB807")]


def test_without_libreoffice_there_is_a_note_and_no_pdf(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("INVVAL_SOFFICE", "none")
    done = export_file(small, tmp_path / "binder", RefreshRequest(), quiet)
    assert "WB806" in {f.code for f in done.findings}
    assert "binder.pdf" not in done.files


@needs_libreoffice
def test_adventureworks_holds_in_every_step(tmp_path, capsys) -> None:
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data/adventureworks_dw")
    book, out = tmp_path / "book.xlsx", tmp_path / "binder"
    build(book, AS_OF, by="business")
    assert main(["export", str(book), "--out", str(out), "--no-pdf"]) == 0
    capsys.readouterr()
    assert main(["verify", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {s["result"] for s in told["steps"]} == {"held"}


def test_a_refreshed_workbook_is_verified_for_the_parts_that_apply(refreshed_book) -> None:
    verified = verify_file(refreshed_book, RefreshRequest(), quiet, recalculate=False)
    assert verified.held
    assert {s.name: s.result.value for s in verified.steps} == {
        "Hashes": "not done", "Inputs": "not done", "Papers": "held", "Foots": "held",
        "Ties": "held", "Recalculation": "not done", "Sign-off binding": "held",
    }  # fmt: skip


@needs_libreoffice
def test_a_refreshed_workbook_saved_by_calc_is_the_same_workbook(small, tmp_path) -> None:
    """Calc keeps fifteen digits, spells formulas its own way, and names itself as the program."""
    book = tmp_path / "refreshed.xlsx"
    before = refresh_file(small, book, RefreshRequest(), quiet)
    saved = converted(book, "xlsx", tmp_path / "by calc", seconds=120)
    assert saved.read_bytes() != book.read_bytes()
    verified = verify_file(saved, RefreshRequest(), quiet, recalculate=False)
    assert verified.held, [f.message for f in verified.findings]
    after = refresh_file(saved, tmp_path / "again.xlsx", RefreshRequest(), quiet)
    assert after.summary.run_id == before.summary.run_id
    assert after.case.inputs_hash == before.case.inputs_hash


def test_a_workbook_open_elsewhere_is_told_and_its_papers_are_the_same(small, tmp_path) -> None:
    book, out = tmp_path / small.name, tmp_path / "out.xlsx"
    shutil.copy(small, book)
    refresh_file(book, out, RefreshRequest(), quiet)
    alone = out.read_bytes()
    book.with_name(f".~lock.{book.name}#").write_text(",Ana,host,today;")
    refreshed = refresh_file(book, out, RefreshRequest(), quiet)
    assert refreshed.findings[0].code == "WB302"
    assert out.read_bytes() == alone
