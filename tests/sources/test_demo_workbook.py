"""The workbooks themselves: rebuilt byte for byte, read back whole, clean where they are clean."""

from __future__ import annotations

import tomllib
import zipfile

import pandas as pd
import pytest

from invval_xl.findings import Severity
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.runs.demo import demo_plans, retailer_plans
from invval_xl.sources.demo import BREAK_KINDS, inject
from invval_xl.tables.check import check_book
from tests.tools import REPO, needs_validator, open_xml_errors
from workbooks.build import BOOKS, CREATED, build, libraries

WORKBOOKS = REPO / "workbooks"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rebuilt")
    build(folder)
    return folder


def test_building_twice_gives_the_same_bytes(rebuilt, tmp_path):
    build(tmp_path)
    for name in BOOKS:
        assert (tmp_path / name).read_bytes() == (rebuilt / name).read_bytes()


@pytest.mark.parametrize("name", list(BOOKS))
def test_committed_workbook_holds_the_sheets_the_script_builds(rebuilt, name):
    with zipfile.ZipFile(WORKBOOKS / name) as ours, zipfile.ZipFile(rebuilt / name) as again:
        assert ours.namelist() == again.namelist()
        for part in ours.namelist():
            if part.startswith("xl/worksheets/sheet"):
                assert ours.read(part) == again.read(part), part


@pytest.mark.parametrize("name", list(BOOKS))
def test_committed_workbook_is_the_rebuilt_one_byte_for_byte(rebuilt, name):
    built_with = tomllib.loads((WORKBOOKS / "built_with.toml").read_text(encoding="utf-8"))
    if built_with != libraries():
        pytest.skip(f"the committed files were written with {built_with}, here is {libraries()}")
    assert (WORKBOOKS / name).read_bytes() == (rebuilt / name).read_bytes()


def test_worked_example_is_under_five_megabytes():
    assert (WORKBOOKS / "worked_example.xlsx").stat().st_size < 5_000_000


def test_worked_example_reads_back_as_the_generator_made_it(retailer):
    checked = check_book(read_book(WORKBOOKS / "worked_example.xlsx").value)
    assert checked.findings == ()
    for name, frame in retailer.frames.items():
        if name == "Control":
            continue
        found = checked.value.by_name[name].frame
        pd.testing.assert_frame_equal(  # to the fifteen digits a workbook keeps
            found[list(frame.columns)], frame, check_dtype=False, rtol=1e-14, atol=0.0
        ) if name != "Assumptions" else _assert_same_assumptions(found, frame)


def _assert_same_assumptions(found, frame):
    others = [c for c in frame.columns if c != "value"]
    pd.testing.assert_frame_equal(found[others], frame[others], check_dtype=False)
    assert found["value"].astype(float).tolist() == frame["value"].astype(float).tolist()


def test_worked_example_passes_every_foot_test_that_applies():
    tables = check_book(read_book(WORKBOOKS / "worked_example.xlsx").value).value
    findings = prove_conservation(tables).findings
    assert [f.code for f in findings if f.severity is not Severity.NOTE] == []
    assert {f.code for f in findings} <= {"BS180"}  # no parent location reports rows of its own


def test_every_break_is_found_in_its_row_and_named_by_kind(retailer, tmp_path):
    broken, truth = inject(retailer, BREAK_KINDS, seed=12)
    book = tmp_path / "broken.xlsx"
    author(retailer_plans(broken), book, created=CREATED)
    checked = check_book(read_book(book).value)
    findings = [*checked.findings, *prove_conservation(checked.value).findings]
    stopping = [f for f in findings if f.severity is Severity.STOP]
    table = checked.value.balance_set
    rows = {
        key: {int(r) for r in table.rows[at]}
        for key, at in table.frame.groupby(["sku", "location", "period_end"]).indices.items()
    }
    kinds: dict[str, set[str]] = {}
    unmet = []
    for row in truth.itertuples():
        sheet_rows = rows[row.sku, row.location, row.period_end]
        here = [f for f in stopping if _sheet_row(f) in sheet_rows and f.code.startswith("BS1")]
        kinds.setdefault(row.kind, set()).update(f.code for f in here)
        if not here:
            unmet.append(row)
    assert unmet == []
    assert all(len(codes) == 1 for codes in kinds.values()), kinds
    assert len({min(codes) for codes in kinds.values()}) == len(BREAK_KINDS)


def _sheet_row(found) -> int:
    digits = found.cell.split(":")[0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return int(digits) if digits else 0


def test_breaks_asked_of_the_command_reach_the_workbook():
    clean, broken = demo_plans(items=15, locations=2), demo_plans(
        items=15, locations=2, breaks=("duplicate load",)
    )  # fmt: skip
    at = [p.name for p in clean].index("BalanceSet")
    assert broken[at].blocks[0].rows == clean[at].blocks[0].rows + 3


@needs_validator
@pytest.mark.parametrize("name", list(BOOKS))
def test_open_xml_validator_finds_no_error(name):
    assert not open_xml_errors(WORKBOOKS / name)
