"""Every shared example is reproduced, by figure, and stands in a test here by name."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "published" / "worked_examples.json"

needs_examples = pytest.mark.skipif(not SHARED.is_file(), reason=f"no {SHARED}")


@needs_examples
def test_the_count_is_all_of_all():
    """The command that prints the count by kind ends well: no figure off by more than 1e-6."""
    done = subprocess.run(
        [sys.executable, str(HERE / "count.py"), str(SHARED)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    examples = len(json.loads(SHARED.read_text(encoding="utf-8")))
    assert f"{examples} of {examples} to 1e-06" in done.stdout


@needs_examples
def test_every_example_stands_in_a_test_by_name():
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("test_*.py")))
    examples = json.loads(SHARED.read_text(encoding="utf-8"))
    assert [row["id"] for row in examples if row["id"] not in text] == []


def test_the_counter_sees_a_figure_that_is_off(tmp_path):
    """A counter that cannot fail would count nothing."""
    example = {
        "id": "planted",
        "kind": "retail_math",
        "inputs": {"cost": 28, "margin_pct": 65},
        "expected": {"retail": 80.00001, "nowhere": 1},
    }
    counter = runpy.run_path(str(HERE / "count.py"))
    assert [line.split(" is ")[0] for line in counter["failures"](example)] == [
        "planted: retail",
        "planted: nowhere",
    ]
