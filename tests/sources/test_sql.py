"""A real PostgreSQL as source: chunked, under a gigabyte, read only, its password never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.sources.extracts import HEAD, codes, run_import, shop
from tests.sources.postgres import CONFIG, PASSWORD, fill, needs_postgresql, server
from tests.tools import REPO

LINES = 200_000
_CHILD = """
import sys
from invval_xl.__main__ import main
from tests.peak import peak_memory
code = main(["import", sys.argv[1], "--json", "--force"])
print("peak", peak_memory() // 2**20, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with server() as url:
        fill(url, LINES)
        yield f"{url}/postgres"


def imported(folder: Path, config: str, url: str) -> tuple[int, dict, int, str]:
    """Import in a process of its own: exit code, answer, peak memory in MB, all it printed."""
    path = folder / "import.toml"
    path.write_text(config, encoding="utf-8")
    env = {**os.environ, "INVVAL_TEST_DATABASE": url, "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
        timeout=900,
    )
    peak = int(done.stderr.rsplit("peak ", 1)[1].split()[0])
    return done.returncode, json.loads(done.stdout), peak, done.stdout + done.stderr


@needs_postgresql
@pytest.mark.slow
def test_movements_of_a_database_are_all_there_in_bounded_memory(
    database: str, tmp_path: Path
) -> None:
    code, answer, peak, told = imported(tmp_path, CONFIG, database)
    assert code == 0, answer
    assert answer["extracts"][0]["read"] == LINES
    assert peak < 1000
    assert PASSWORD not in told
    lines = pd.read_parquet(
        tmp_path / "book-history" / "movements.parquet", columns=["units", "from_node"]
    )
    received = lines["from_node"] == "(vendor)"
    assert len(lines) == LINES
    assert lines.loc[received, "units"].astype(float).sum() == LINES / 4 * 9
    assert answer["tie_out"][-1]["moved_units"] == 0  # a receipt of nine for three sales of three
    shown, rest, everything = answer["totals"]
    assert shown["rows"] + rest["rows"] == everything["rows"]


@needs_postgresql
def test_nothing_can_be_written_through_an_import(database: str, tmp_path: Path) -> None:
    write = CONFIG.replace("select * from moves", "select *, nextval('tickets') from moves")
    code, answer, _, told = imported(tmp_path, write, database)
    assert code == 1
    assert "read-only" in next(f for f in answer["findings"] if f["code"] == "IM109")["message"]
    assert PASSWORD not in told
    wrong = database.replace(PASSWORD, "wr0ng")
    code, answer, _, told = imported(tmp_path, CONFIG, wrong)
    assert code == 1
    assert "wr0ng" not in told


def test_sqlite_is_read_too_and_a_password_in_the_config_is_said(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    shop(tmp_path)
    with closing(sqlite3.connect(tmp_path / "s.db")) as base:
        pd.read_csv(tmp_path / "stock.csv").to_sql("stock", base, index=False)
        base.commit()
    config = (
        HEAD
        + f"""
[[extract]]
name = "stock"
role = "inventory"
url = "sqlite:///{tmp_path / "s.db"}"
query = "select * from stock"
columns = {{ sku = "SKU", location = "Store", units = "On Hand" }}
constants = {{ unit_cost = 5 }}
"""
    )
    code, answer = run_import(tmp_path, config)
    assert code == 0
    assert answer["tie_out"][-1]["balance_cost"] == 655
    assert "IM412" in codes(answer)
    bad = config.replace("sqlite:///", "postgresql+psycopg://u:pw@127.0.0.1:1/")
    code, answer = run_import(tmp_path, bad)
    assert code == 1
    assert {"IM109", "IM112"} <= codes(answer)
