from __future__ import annotations

from pathlib import Path

import pytest

from invval_xl.__main__ import main
from tests.tools import REPO

WORKED_EXAMPLE = REPO / "workbooks" / "worked_example.xlsx"


@pytest.fixture(scope="session")
def refreshed_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, refreshed by the command into a file of its own."""
    out = tmp_path_factory.mktemp("refreshed") / "refreshed.xlsx"
    assert main(["refresh", str(WORKED_EXAMPLE), "--out", str(out)]) == 0
    return out
