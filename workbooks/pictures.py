"""Render the README's pictures of the worked example: ``python workbooks/pictures.py``.

Needs LibreOffice and poppler; writes dashboard.png and lead.png beside this script.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
from pathlib import Path

from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.runs.refresh_reserve import refresh_reserve

HERE = Path(__file__).resolve().parent
PICTURES = {"Dashboard": "dashboard.png", "C-1 Lead": "lead.png"}
DPI = 85


def main() -> None:
    """Author each pictured paper with the ones its formulas rest on; print its first page."""
    read = read_book(HERE / "worked_example.xlsx")
    plans = refresh_reserve(read.value, read_findings=read.findings).plans
    pages = {plan.name: plan for plan in plans}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for paper, picture in PICTURES.items():
            others = [p for p in pages.values() if p.name != paper]
            book = folder / f"{picture}.xlsx"
            author([pages[paper], *others], book, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
            run = [
                shutil.which("soffice") or "soffice",
                "--headless",
                "--convert-to",
                "pdf",
                "--outdir",
                str(folder),
                str(book),
            ]
            subprocess.run(run, check=True, capture_output=True)  # noqa: S603
            page = [
                shutil.which("pdftoppm") or "pdftoppm",
                "-r",
                str(DPI),
                "-f",
                "1",
                "-l",
                "1",
                "-singlefile",
                "-png",
                str(book.with_suffix(".pdf")),
                str((HERE / picture).with_suffix("")),
            ]
            subprocess.run(page, check=True, capture_output=True)  # noqa: S603
            print(HERE / picture)


if __name__ == "__main__":
    main()
