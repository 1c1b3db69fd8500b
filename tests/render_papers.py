"""Render every paper of a workbook to PNG: ``python tests/render_papers.py [FOLDER] [BOOK]``.

FOLDER (or ``INVVAL_RENDERED``) receives ``papers.pdf`` and a PNG a page, ``NN-paper-page.png``; CI
keeps it as an artefact. Needs LibreOffice and poppler.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.runs.refresh_reserve import refresh_reserve
from tests.tools import REPO, converted

DPI = 70
_PAPER = re.compile(r"^(C-\d+)\s|^(Dashboard Data)\s|^(Inventory reserve at)", re.MULTILINE)

__all__ = ["page_texts", "render"]


def page_texts(pdf: Path) -> list[str]:
    """The text of each page, laid out as printed."""
    program = shutil.which("pdftotext")
    assert program is not None, "pdftotext (poppler) is not installed"
    told = subprocess.run(
        [program, "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    return told.split("\f")[:-1]


def render(book: Path, folder: Path, dpi: int = DPI) -> list[Path]:
    """Refresh ``book``, print its papers alone, and make a picture of each page."""
    read = read_book(book)
    plans = refresh_reserve(read.value, read_findings=read.findings).plans
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        papers = Path(name) / "papers.xlsx"
        author(plans, papers, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
        (pdf,) = converted([papers], "pdf", folder)
    program = shutil.which("pdftoppm")
    assert program is not None, "pdftoppm (poppler) is not installed"
    for old in folder.glob("*.png"):
        old.unlink()
    subprocess.run([program, "-r", str(dpi), "-png", str(pdf), str(folder / "page")], check=True)
    pages = sorted(folder.glob("page-*.png"))
    named, paper, page = [], "", 0
    for number, (path, text) in enumerate(zip(pages, page_texts(pdf), strict=True), start=1):
        found = _PAPER.search(re.sub(r"^[ ]+", "", text, flags=re.MULTILINE)[:2000])
        title = next((g for g in found.groups() if g), "") if found else ""
        title = "Dashboard" if title.startswith("Inventory") else title
        page = page + 1 if title in ("", paper) else 1
        paper = title or paper
        target = folder / f"{number:02d}-{paper.replace(' ', '-')}-{page}.png"
        named.append(path.rename(target))
    return named


if __name__ == "__main__":
    given = [Path(a) for a in sys.argv[1:]]
    into = given[0] if given else Path(os.environ.get("INVVAL_RENDERED", "rendered"))
    source = given[1] if len(given) > 1 else REPO / "workbooks" / "worked_example.xlsx"
    for picture in render(source, into):
        print(picture)
