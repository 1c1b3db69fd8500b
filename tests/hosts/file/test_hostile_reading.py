"""Every hostile file gets its one right answer, in bounded memory, and no signal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from invval_xl.findings import RefusedError, Severity
from invval_xl.hosts.file.preflight import preflight
from invval_xl.hosts.file.read import read_book
from tests.hosts.file.hostile import Case, cases

CASES = cases()
REPO = Path(__file__).resolve().parents[3]

CHILD = """
import json, sys, time
from pathlib import Path
from invval_xl.findings import RefusedError
from invval_xl.hosts.file.read import read_book
from tests.peak import peak_memory
answers = {}
for line in sys.stdin:
    path = Path(line.strip())
    try:
        read_book(path)
        answers[path.name] = "read"
    except RefusedError as error:
        answers[path.name] = error.findings[0].code
print(json.dumps({"answers": answers, "peak": peak_memory() // 2**20}))
"""


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_hostile_file_gets_its_one_right_answer(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    data = case.build()
    path.write_bytes(data)
    if case.answer == "refuse":
        with pytest.raises(RefusedError) as refused:
            read_book(path)
        stop = refused.value.findings[0]
        assert (stop.code, stop.severity) == (case.code, Severity.STOP)
        assert stop.message
        assert stop.remedy
        assert "{" not in stop.message + stop.remedy
        assert len(stop.message) < 600
    else:
        read = read_book(path)
        codes = [f.code for f in read.findings]
        assert codes == ([case.code] if case.code else [])
        assert not read.stopped
        assert case.check is None or case.check(read.value)
    assert path.read_bytes() == data


def test_refusals_stay_within_memory_and_end_without_a_signal(tmp_path: Path) -> None:
    refused = {}
    for number, case in enumerate(CASES):
        if case.answer == "refuse":
            path = tmp_path / f"{number}.xlsx"
            path.write_bytes(case.build())
            refused[path.name] = case.code
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input="\n".join(str(tmp_path / name) for name in refused),
        capture_output=True, text=True, cwd=REPO, env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=10 * len(refused), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["answers"] == refused
    assert told["peak"] < 600


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.code in {"WB102", "WB104", "WB106", "WB108", "WB204", "WB207"}],
    ids=lambda case: case.name,
)  # fmt: skip
def test_preflight_alone_refuses_before_a_sheet_is_unpacked(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(case.build())
    with pytest.raises(RefusedError) as refused:
        preflight(path)
    assert refused.value.findings[0].code == case.code
