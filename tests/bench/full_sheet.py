"""A workbook as long as a sheet may be: what preflight, read, check and refresh say of it.

Prints CPU seconds and peak memory of each step, and the finding it ends with; asserts nothing.

Usage: ``python tests/bench/full_sheet.py [N]`` (default 1048572 balance rows, a full sheet).
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))

from invval_xl.findings import RefusedError  # noqa: E402
from invval_xl.hosts.file.read import read_book  # noqa: E402
from invval_xl.runs.refresh_reserve import refresh_reserve  # noqa: E402
from tests.bench.refresh_ratios import build  # noqa: E402
from tests.peak import peak_memory  # noqa: E402


def main(lines: int) -> None:
    """One line a step."""
    started = [time.process_time()]

    def tell(step: str) -> None:
        now = time.process_time()
        peak = peak_memory() / 2**20
        print(f"{step:<24}{now - started[0]:9.1f} s {peak:9,.0f} MB", flush=True)
        started[0] = now

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        apart = multiprocessing.get_context("spawn").Process(target=build, args=(path, lines))
        apart.start()  # its memory is not ours
        apart.join()
        started[0] = time.process_time()
        print(f"{lines:,} rows, {path.stat().st_size / 1e6:.1f} MB")
        book = read_book(path).value
        tell("preflight and read")
        last = [""]

        def note(step: str, _share: float) -> None:
            if last[0]:
                tell(last[0])
            last[0] = step

        try:
            refresh_reserve(book, None, note)
            tell(last[0])
            print("accepted")
        except RefusedError as refused:
            tell(last[0])
            for found in refused.findings:
                if found.severity.name == "STOP":
                    print(f"refused by {found.code}: {found.message}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_048_572)
