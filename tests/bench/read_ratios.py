"""read_book against a bare fastexcel read (and an inflate) of the same file.

Run: ``python tests/bench/read_ratios.py [rows ...]`` (10,000 and 100,000 by default). The
workbook is a balance set of 25 mixed columns: text keys, dates, units, costs, blanks, formulas.
Each reader runs in a process of its own; printed are the best CPU seconds of several runs and
the peak memory as ratios to fastexcel's, imports not counted. fastexcel returns values only;
read_book also tells errors, blanks and uncalculated formulas apart, keeps number formats and
hidden rows, checks every limit, and hashes file and sheet.
"""

import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import xlsxwriter

from invval_xl.tables.contracts import CONTRACTS

REPO = Path(__file__).resolve().parents[2]
ROUNDS = 5
READERS = {
    "inflate": "import zipfile",
    "fastexcel": "import fastexcel",
    "read_book": "import pyarrow.compute\nfrom invval_xl.hosts.file.read import read_book",
}
CALLS = {
    "inflate": "zipfile.ZipFile(path).read('xl/worksheets/sheet1.xml')",
    "fastexcel": "fastexcel.read_excel(path).load_sheet(0).to_arrow()",
    "read_book": "read_book(path)",
}
CHILD = """
import json, sys, time
from pathlib import Path
from tests.peak import peak_memory
{imports}
path = Path(sys.argv[1])
before = peak_memory()
spent = []
for _ in range({rounds}):
    start = time.process_time()
    held = {call}
    spent.append(time.process_time() - start)
    del held
peak = peak_memory()
print(json.dumps([min(spent), peak / 2**20, before / 2**20]))
"""


def balance_set(path: Path, rows: int) -> None:
    """A balance set as a system would export it, 25 columns."""
    headers = [c.header for c in CONTRACTS["BalanceSet"].columns][:25]
    draw = random.Random(1)
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        sheet = book.add_worksheet("BalanceSet")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, headers)
        for row in range(1, rows + 1):
            sheet.write_string(row, 0, f"{row:08d}")
            sheet.write_string(row, 1, f"S{row % 40:03d}")
            sheet.write_datetime(row, 2, dt.datetime(2025, 1, 31), day)  # noqa: DTZ001
            for column in range(3, 25):
                if column == 13:
                    sheet.write_formula(row, column, f"=D{row + 1}+E{row + 1}", None, 7)
                elif column % 5 == 0:
                    sheet.write_number(row, column, round(draw.random() * 1e5, 2), money)
                elif column % 7 == 0 and row % 3:
                    sheet.write_blank(row, column, None, money)
                else:
                    sheet.write_number(row, column, draw.randrange(500))


def measured(reader: str, path: Path) -> tuple[float, float]:
    """CPU seconds and MB above what the imports took."""
    code = CHILD.format(imports=READERS[reader], call=CALLS[reader], rounds=ROUNDS)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPO,
    )
    seconds, peak, before = json.loads(done.stdout)
    return seconds, peak - before


def main() -> None:
    """Print a line for each reader and size."""
    sizes = [int(arg.replace(",", "")) for arg in sys.argv[1:]] or [10_000, 100_000]
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            path = Path(folder) / f"{rows}.xlsx"
            # In a process of its own: a child's peak memory begins at its parent's.
            making = [sys.executable, __file__, "--make", str(path), str(rows)]
            subprocess.run(making, check=True)
            result = {reader: measured(reader, path) for reader in READERS}
            base_seconds, base_memory = result["fastexcel"]
            print(f"{rows:,} rows x 25, {path.stat().st_size / 1e6:.1f} MB")
            for reader, (seconds, memory) in result.items():
                print(
                    f"  {reader:10s} CPU {seconds:7.3f} s  {seconds / base_seconds:5.2f} x"
                    f"   memory {memory:6.0f} MB  {memory / base_memory:5.2f} x"
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        balance_set(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
