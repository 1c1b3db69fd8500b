"""The add-in's server starts without what only xlwings would load, and hands the names back."""

from __future__ import annotations

import subprocess
import sys

START = "import invval_xl.hosts.com.lean_server, xlwings, sys, json;"


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_xlwings_comes_in_without_pandas_and_scikit_learn():
    heavy = run(
        START
        + "import invval_xl.hosts.com.udfs as u; u.INV_NRV(70.0, 20.0);"
        + "print([m for m in ('pandas','sklearn','pyarrow','openpyxl','joblib','polars')"
        + " if m in sys.modules])"
    )
    assert heavy == "[]"


def test_pandas_can_be_imported_afterwards():
    assert run(START + "import pandas; print(pandas.DataFrame({'a': [1]}).shape)") == "(1, 1)"


def test_the_add_ins_command_starts_with_it(excel):
    text = excel.sources["InvvalServer"]
    assert '"import invval_xl.hosts.com.lean_server;import xlwings.utils;"' in text
    assert '"import xlwings.utils;"' in text
    assert '"import xlwings.utils;xlwings.utils.prepare_sys_path(' in excel.sources["xlwings"]
