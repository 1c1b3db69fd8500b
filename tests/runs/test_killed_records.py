"""A kill at any moment of record or refresh: what was reported is there, once."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.tools import REPO


def test_killed_at_random_nothing_reported_is_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runs.killed_records", "15"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert figures["lost"] == []
    assert figures["doubled"] == 0
    assert figures["chain"] == []
    assert figures["broken"] == []
    assert figures["reported"] <= figures["held"]
    assert figures["held"] > 0
