"""The wheel in the browser: Node's Pyodide, with numpy alone, answers every registered example."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest

from invval_xl.functions.kernel.call import spill
from invval_xl.functions.registry import functions
from tests.functions.formula_reader import parse
from tests.hosts.officejs.outside import needs_pyodide, node
from tests.tools import REPO

HEAVY = ("pandas", "sklearn", "scipy", "joblib", "pyarrow", "openpyxl", "xlsxwriter", "xlwings",
         "rich", "filelock", "platformdirs")  # fmt: skip

CODE = """
import json, sys
from invval_xl.functions.kernel.call import MISSING, spill
calls = json.loads({calls!r})
answers = [spill(name, *[MISSING if a == "MISSING" else a for a in args]) for name, args in calls]
loaded = sorted({{m.partition(".")[0] for m in sys.modules}})
json.dumps({{"platform": sys.platform, "loaded": loaded, "answers": answers}})
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPO,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_is_for_any_machine_and_carries_the_hosts_parts(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        needs = [
            line.removeprefix("Requires-Dist: ")
            for line in archive.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist: ") and "extra ==" not in line
        ]
    for part in ("manifest.xml", "taskpane.html", "functions_runtime.js"):
        assert f"invval_xl/hosts/officejs/parts/{part}" in names
    in_browser = [need for need in needs if "sys_platform != 'emscripten'" not in need]
    assert [need.split("<")[0].split(">")[0] for need in in_browser] == ["numpy"]


@needs_pyodide
def test_every_example_answers_in_pyodide_as_here(wheel, tmp_path):
    calls = [parse(e.formula) for function in functions().values() for e in function.examples]
    sent = [
        [name, ["MISSING" if repr(a) == "MISSING" else a for a in args]] for name, args in calls
    ]
    code = tmp_path / "code.py"
    code.write_text(CODE.format(calls=json.dumps(sent)), encoding="utf-8")
    told = node("pyodide.mjs", str(wheel), str(code))
    assert told["platform"] == "emscripten"
    assert "numpy" in told["loaded"]
    assert [name for name in HEAVY if name in told["loaded"]] == []
    assert len(told["answers"]) == len(calls)
    for (name, args), answer in zip(calls, told["answers"], strict=True):
        expected = json.loads(json.dumps(spill(name, *args)))
        for row, right in zip(answer, expected, strict=True):
            assert row == pytest.approx(right, rel=1e-12) if _numbers(right) else row == right, name


def _numbers(row):
    return all(isinstance(cell, float) for cell in row)
