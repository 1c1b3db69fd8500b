"""Run by test_lock: read our number from the book, add one, write it back, many times.

Usage: ``python counting_refreshes.py BOOK TIMES``.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

from invval_xl.hosts.file.write import fingerprint, graft, holding
from tests.hosts.file.writing_plans import CREATED, marked


def number_in(book: Path) -> float:
    """A1 of our tab, the third sheet."""
    with zipfile.ZipFile(book) as package:
        root = ET.fromstring(package.read("xl/worksheets/sheet3.xml"))
    value = next(cell for cell in root.iter() if cell.get("r") == "A1" and cell.tag.endswith("c"))
    return float(value[0].text or "")


def main() -> None:
    book, times = Path(sys.argv[1]), int(sys.argv[2])
    for _ in range(times):
        with holding(book):
            seen = fingerprint(book)
            number = number_in(book)
            graft(book, marked(number + 1), book, created=CREATED, seen=seen)


if __name__ == "__main__":
    main()
