"""Writing 100,000 rows x 20: our stream and graft against XlsxWriter, in one run.

Prints CPU ratios and peak memory; asserts nothing. Each way runs in a process of its own, so that
a peak belongs to it alone; the smallest of the repeats counts.

Usage: ``python tests/bench/write_ratios.py [ROWS] [REPEATS]``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from tests.peak import peak_memory  # noqa: E402

COLUMNS = 20
CREATED = datetime(2026, 1, 31, tzinfo=UTC)
WAYS = ("nothing", "xlsxwriter", "author", "author with formulas", "graft", "graft again")


def columns(rows: int) -> list[tuple[Any, str]]:
    """Three columns of text, seventeen of money."""
    random = np.random.default_rng(1)
    texts = [
        np.array([f"SKU{i:07d}" for i in range(rows)], dtype=object),
        np.array([f"Store {i % 40}" for i in range(rows)], dtype=object),
        np.array([("green", "yellow", "orange", "red")[i % 4] for i in range(rows)], dtype=object),
    ]
    money = [np.round(random.uniform(0, 5000, rows), 2) for _ in range(COLUMNS - len(texts))]
    return [(values, "text") for values in texts] + [(values, "money") for values in money]


def plan(rows: int, *, formulas: bool = False) -> Any:
    from invval_xl.workpapers.sheet_plan import PlanBlock, PlanColumn, SheetPlan, Style

    styles = {"text": Style(), "money": Style(number_format="#,##0.00")}
    parts = [
        PlanColumn(values, style, "=ROUND(D{row}*E{row},2)" if formulas and at > 9 else "")
        for at, (values, style) in enumerate(columns(rows))
    ]
    return SheetPlan("Bulk", blocks=(PlanBlock(2, 1, tuple(parts)),), styles=styles)


def by_xlsxwriter(rows: int, out: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Bulk")
        looks = {"text": None, "money": book.add_format({"num_format": "#,##0.00"})}
        for at, (values, style) in enumerate(columns(rows)):
            write = sheet.write_number if style == "money" else sheet.write_string
            look = looks[style]
            for row, value in enumerate(values.tolist(), start=1):
                write(row, at, value, look)


def run(way: str, rows: int, folder: Path) -> None:
    """Do one way; print its CPU seconds, the peak of memory, and the size of the file."""
    import pyarrow.compute
    import xlsxwriter

    from invval_xl.hosts.file.write import author, graft

    assert pyarrow.compute
    out = folder / f"{way}.xlsx"
    user = folder / "user.xlsx"
    if not user.exists():
        with xlsxwriter.Workbook(user) as book:
            book.add_worksheet("Mine").write(0, 0, "x")
    if way == "graft again" and not out.exists():
        graft(user, [plan(10)], out, created=CREATED)
    content = None if way == "xlsxwriter" else plan(rows, formulas=way == "author with formulas")
    before = time.process_time()
    if way == "xlsxwriter":
        by_xlsxwriter(rows, out)
    elif way.startswith("author"):
        author([content], out, created=CREATED)
    elif way == "graft":
        graft(user, [content], out, created=CREATED)
    elif way == "graft again":
        graft(out, [content], out, created=CREATED)
    spent = time.process_time() - before
    peak = peak_memory() / 2**20
    size = out.stat().st_size / 1e6 if out.exists() else 0.0
    print(spent, peak, size)


def main() -> None:
    """Measure every way and print the ratios to XlsxWriter."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            runs = []
            for _ in range(1 if way in ("nothing", "xlsxwriter") else repeats):
                done = subprocess.run(
                    [sys.executable, __file__, "--one", way, str(rows), folder],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                runs.append([float(word) for word in done.stdout.split()])
            results[way] = min(runs)
    base, floor = results["xlsxwriter"][0], results["nothing"][1]
    print(f"{rows:,} rows x {COLUMNS}; XlsxWriter = 1.00; memory above imports and the data")
    for way in WAYS[1:]:
        spent, peak, size = results[way]
        print(f"{way:<22} CPU {spent / base:6.3f}   +{peak - floor:5.0f} MB   {size:5.1f} MB file")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
