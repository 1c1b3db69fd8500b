"""A child's memory is its own, however large the process that started it."""

from __future__ import annotations

import subprocess
import sys

from tests.tools import REPO

_CHILD = """
from tests.peak import peak_memory
before = peak_memory()
held = bytes(range(256)) * 400_000  # 102 MB, every page written
print(before // 2**20, peak_memory() // 2**20)
"""


def test_the_parents_memory_is_not_the_childs() -> None:
    held = bytes(range(256)) * 1_200_000  # 307 MB, every page written
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True, cwd=REPO
    )
    before, after = map(int, done.stdout.split())
    assert len(held) == 307_200_000
    assert before < 100
    assert 90 < after - before < 150
