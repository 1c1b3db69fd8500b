"""Rebuild the workbooks of this folder, byte for byte: ``python workbooks/build.py [FOLDER]``.

``built_with.toml`` names the libraries the committed files were written with: another XlsxWriter
or zlib may pack the same sheets into other bytes.
"""

from __future__ import annotations

import datetime as dt
import platform
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

from invval_xl.hosts.file.write import author
from invval_xl.hosts.reference_books import reference_plans, selftest_plans
from invval_xl.runs.demo import demo_plans
from invval_xl.runs.new_book import starter_plans

CREATED = dt.datetime(2026, 11, 2, 8, 0)  # noqa: DTZ001 - a file's own time has no zone
HERE = Path(__file__).resolve().parent
BOOKS = {
    "worked_example.xlsx": demo_plans,
    "starter.xlsx": starter_plans,
    "function_reference.xlsx": reference_plans,
    "selftest.xlsx": selftest_plans,
}


def build(folder: Path) -> list[Path]:
    """Write every workbook into ``folder``; return their paths."""
    written = []
    for name, plans in BOOKS.items():
        book = folder / name
        book.unlink(missing_ok=True)
        author(plans(), book, created=CREATED)
        written.append(book)
    return written


def libraries() -> dict[str, str]:
    """Name the libraries the bytes of a workbook hang on, with versions."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": version("numpy"),
        "xlsxwriter": version("xlsxwriter"),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def main() -> None:
    """Build into the folder named, or this one, and print what was written."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for book in build(folder):
        print(f"{book} {book.stat().st_size:,} bytes")
    lines = [f'{name} = "{number}"\n' for name, number in libraries().items()]
    (folder / "built_with.toml").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
