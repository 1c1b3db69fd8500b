"""A typed accounting function loads neither pandas nor scikit-learn, nor anything as heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from invval_xl.functions.registry import functions
from tests.functions.formula_reader import parse

HEAVY = ("pandas", "sklearn", "scipy", "joblib", "pyarrow", "openpyxl", "xlsxwriter", "fastexcel",
         "xlwings", "polars", "rich")  # fmt: skip


@pytest.mark.parametrize("name", functions())
def test_the_first_cell_of_the_day_loads_numpy_and_our_own_code_only(name):
    calls = [parse(e.formula)[1] for e in functions()[name].examples]
    plain = [[None if repr(a) == "MISSING" else a for a in call] for call in calls]
    code = (
        "import sys, json\n"
        "from invval_xl.functions.kernel.call import spill\n"
        f"for call in json.loads({json.dumps(json.dumps(plain))}):\n"
        f"    spill({name!r}, *call)\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = json.loads(done.stdout)
    assert [module for module in HEAVY if module in loaded] == []
    assert "numpy" in loaded
