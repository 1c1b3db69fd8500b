"""What the papers cost to open: LibreOffice on a binder against the workbook before its refresh.

Prints, for each number of SKU-locations, the size of both files and the CPU seconds LibreOffice
takes to open each, recalculate every formula and save it as .ods, with the ratios; asserts nothing.

Usage: ``python tests/bench/binder_ratios.py [N ...]`` (default 10000 100000).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))

from tests.bench.refresh_ratios import build  # noqa: E402
from tests.tools import converted  # noqa: E402


def children() -> float:
    """CPU seconds of the processes waited for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opened(book: Path, folder: Path) -> float:
    """CPU seconds of one start of LibreOffice that opens, recalculates and saves ``book``."""
    before = children()
    converted([book], "ods", folder, seconds=3600)
    return children() - before


def main(counts: list[int]) -> None:
    """One table."""
    print(f"{'lines':>8} {'before':>9} {'binder':>9} {'size':>6} {'before':>9} {'binder':>9} ratio")
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            before, after = folder / "before.xlsx", folder / "binder.xlsx"
            build(before, count)
            command = [sys.executable, "-m", "invval_xl", "refresh", str(before), "--out",
                       str(after)]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True, cwd=REPO)
            sizes = [p.stat().st_size / 1e6 for p in (before, after)]
            spent = [opened(p, folder / "out") for p in (before, after)]
            print(
                f"{count:>8,} {sizes[0]:>6.1f} MB {sizes[1]:>6.1f} MB {sizes[1] / sizes[0]:>6.2f}"
                f" {spent[0]:>7.1f} s {spent[1]:>7.1f} s {spent[1] / spent[0]:>5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [10_000, 100_000])
