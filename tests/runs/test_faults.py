"""Faults in runs: the sample of the soak (`python tests/soak/faults.py`) that CI takes.

Fifty kills of record and of refresh; the other faults a few times each, in the runs that are
cheap to bring to the step where they write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.postgres import needs_postgres
from tests.tools import REPO

RECORD = ("kill -9:50", "kill -9, slow disk:5", "slow disk:2", "disk full:4", "read-only folder:2",
          "clock set back:2", "read-only file:1", "lock held:1", "open in Excel:1")  # fmt: skip
REFRESH = ("kill -9:50", "disk full:3")
IMPORT = ("kill -9:3", "disk full:2", "read-only folder:1")


def soak(folder: Path, run: str, *faults: str) -> dict[str, dict[str, Any]]:
    """Run the command; its table by fault."""
    log = folder / "table.json"
    done = subprocess.run(
        [sys.executable, str(REPO / "tests/soak/faults.py"), "--runs", run, "--log", str(log),
         "--faults", *faults],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    rows: list[dict[str, Any]] = json.loads(log.read_text())
    wanted = {name: int(times) for name, _, times in (f.partition(":") for f in faults)}
    assert {r["fault"]: r["times"] for r in rows} == wanted
    assert all(r["times"] == r["whole"] for r in rows), rows
    return {r["fault"]: r for r in rows}


def test_record_through_every_fault(tmp_path: Path) -> None:
    away = () if needs_postgres.args[0] else ("database away:8",)
    rows = soak(tmp_path, "record", *RECORD, *away)
    kills = rows["kill -9"]  # they fell on both sides of the moment that counts
    assert 0 < kills["new"] < 50
    assert kills["ended"]["killed"] > 0
    assert rows["lock held"]["ended"] == {"refused WB932": 1}
    assert rows["read-only folder"]["ended"] == {"refused RW307": 2}
    if away:
        assert rows["database away"]["ended"]["refused RW307"] > 0


def test_refresh_killed_and_on_a_full_disk(tmp_path: Path) -> None:
    kills = soak(tmp_path, "refresh", *REFRESH)["kill -9"]
    assert 0 < kills["new"] < 50
    assert kills["ended"]["killed"] > 0


def test_import_killed_on_a_full_disk_and_where_it_may_not_write(tmp_path: Path) -> None:
    rows = soak(tmp_path, "import", *IMPORT)
    assert rows["read-only folder"]["ended"] == {"refused WB931": 1}
