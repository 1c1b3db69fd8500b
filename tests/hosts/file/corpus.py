"""Puts the whole hostile corpus to the command and to the Refresh button, and counts the answers.

Each case goes through ``invval refresh --json`` and through the button's own Python in an xlwings
engine: once with the workbook saved (the button then reads its file), and, where Excel could show
the book, once as read from the screen. A file that no program opens stands on disk under a book
that is open, as it does where something else has written it meanwhile.

Usage: ``python -m tests.hosts.file.corpus [--only WORDS] [--part I/N]``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from invval_xl.__main__ import main as invval
from invval_xl.findings import Finding, Severity
from invval_xl.hosts.file.lock import lock_path
from tests.hosts.file.contents import CLEAN, Contents, contents
from tests.hosts.file.contents_book import Written, completed
from tests.hosts.file.hostile import Case, cases
from tests.hosts.file.packing import pack
from tests.hosts.file.refreshed_hostile import ANSWERS, COMPANY, Answered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["ROUTES", "Listed", "faults", "listed"]

_OF_THE_FILE = "WB"  # what only a file shows, Excel's own values do not
_GRAFTED = {"[Content_Types].xml", "workbook.xml", "workbook.xml.rels", "styles.xml"}
_OPENED = Written(CLEAN).pack()


@dataclass(frozen=True)
class Listed:
    """A case of either table with its answer to a refresh.

    Parameters
    ----------
    name, build, suffix, state
        The file and what stands around it.
    answer, codes, also, cost
        The right answer of the command.
    clicked
        That of the button, where Excel's being open makes it another one.
    shown
        Whether Excel could show the book, so that it can be read from the screen.
    """

    name: str
    build: Callable[[], bytes]
    answer: str
    codes: tuple[str, ...]
    also: tuple[str, ...] = ()
    cost: float | None = None
    clicked: str = ""
    shown: bool = False
    suffix: str = ".xlsx"
    state: str = ""


@dataclass(frozen=True)
class _Told:
    """What one route answered."""

    refused: bool
    findings: tuple[Finding, ...]
    cost: float | None = None


def listed() -> list[Listed]:
    """Every case, those of the package first."""
    return [*map(_of_package, cases()), *map(_of_contents, contents())]


def _of_package(case: Case) -> Listed:
    if case.answer == "refuse":
        return Listed(f"file: {case.name}", case.build, "refuse", (case.code,))
    codes = (case.code,) if case.code else ()
    told = ANSWERS.get(case.name, Answered(case.answer, *codes))
    return Listed(f"file: {case.name}", lambda: _whole(case, told), told.answer, told.codes,
                  told.also, clicked=told.clicked)  # fmt: skip


def _whole(case: Case, told: Answered) -> bytes:
    """The file of a case with a Control sheet and a balance set of its own items."""
    with zipfile.ZipFile(io.BytesIO(case.build())) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
        method = package.infolist()[0].compress_type
    return pack(completed(parts, COMPANY(told.sku)), method)


def _of_contents(case: Contents) -> Listed:
    return Listed(f"contents: {case.name}", case.book.pack, case.answer, case.codes, case.also,
                  case.cost if case.answer != "refuse" else None,
                  "accept" if case.clicked else "", not case.screen, case.suffix,
                  case.state)  # fmt: skip


# ---- the routes ------------------------------------------------------------------------------


@contextlib.contextmanager
def _laid(case: Listed, folder: Path, *, around: bool) -> Iterator[Path]:
    """The file in its state; whatever the answer, it is the same bytes afterwards."""
    data = case.build()
    path = folder / f"book{case.suffix}"
    path.write_bytes(data)
    if around and case.state == "locked":
        (folder / f"~$book{case.suffix}").write_bytes(b"\x03Ann" + b" " * 50)
    if case.state == "read-only":
        path.chmod(0o444)
    before = {p.name for p in folder.iterdir()}
    yield path
    assert path.read_bytes() == data, "the file was changed"
    left = {p.name for p in folder.iterdir()}
    more = left - before - {f"out{case.suffix}", lock_path(path).name}
    assert not more, f"left beside the file: {more}"
    assert before <= left, "something beside the file is gone"


def by_command(case: Listed, folder: Path) -> _Told:
    """``invval refresh``: in place where it must refuse, else into a second file."""
    with _laid(case, folder, around=True) as path:
        refuse = case.answer == "refuse"
        out = path if refuse else path.with_stem("out")
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            more = [] if refuse else ["--out", str(out)]
            exit_code = invval(["refresh", str(path), *more, "--json"])
        assert exit_code in (0, 1), said.getvalue()
        if not refuse and exit_code == 0:
            _sound(out, path)
    answer = json.loads(said.getvalue())
    found = []
    for said_of in answer["findings"]:
        del said_of["address"]
        said_of["severity"] = Severity(said_of["severity"])
        found.append(Finding(**said_of))
    return _Told(exit_code == 1, tuple(found), answer.get("summary", {}).get("cost"))


def _sound(out: Path, book: Path) -> None:
    """Whole, no part of the user's lost or changed but the four of a graft, no formula of his."""
    with zipfile.ZipFile(out) as written, zipfile.ZipFile(book) as given:
        assert written.testzip() is None, "what was written is damaged"
        for name in given.namelist():
            if name.rpartition("/")[2] not in _GRAFTED:
                assert written.read(name) == given.read(name), f"{name} was changed"
        made = [n for n in written.namelist() if n not in set(given.namelist())]
        for name in made:
            assert b"<f>cmd" not in written.read(name), "a text became a formula"


def by_button(case: Listed, folder: Path) -> _Told:
    """The button with the workbook saved: its file is read."""
    with _laid(case, folder, around=False) as path:
        return _clicked(path, saved=True, shown=case.shown)


def by_screen(case: Listed, folder: Path) -> _Told:
    """The button with unsaved changes: what Excel shows is read."""
    with _laid(case, folder, around=False) as path:
        return _clicked(path, saved=False, shown=True)


@cache
def _server() -> Any:
    from tests.hosts.com.standins import real_server

    return real_server()


def _opened(path: Path, *, shown: bool) -> Any:
    """The book as Excel shows it; where it can show none, a clean one under that file's name."""
    from tests.hosts.com.engine_openpyxl import open_book

    if shown:
        return open_book(path)
    stand_in = path.with_name("opened.xlsx")
    stand_in.write_bytes(_OPENED)
    book, app = open_book(stand_in)
    stand_in.unlink()
    book.impl.path = str(path)
    return book, app


def _clicked(path: Path, *, saved: bool, shown: bool) -> _Told:
    """Press *Refresh*: through xlwings' real ``CallUDF``, findings as the message box gets them."""
    server = _server()  # before what it imports
    from invval_xl.hosts import message_box
    from invval_xl.hosts.com import write_excel
    from invval_xl.runs import refresh_reserve as run

    refusals: list[tuple[Finding, ...]] = []
    done: list[run.Refreshed] = []
    real, value = message_box.stopped, run.refresh_reserve

    def stopped(findings: Any, characters: int) -> str:
        refusals.append(tuple(findings))
        return real(findings, characters)

    def valued(*args: Any) -> run.Refreshed:
        done.append(value(*args))
        return done[-1]

    book, app = _opened(path, shown=shown)
    book.impl.api.Saved = saved
    book.set_mock_caller()
    before = list(book.impl.wb.sheetnames)
    with (
        mock.patch.object(message_box, "stopped", stopped),
        mock.patch.object(run, "refresh_reserve", valued),
        mock.patch.object(write_excel, "dress", return_value=[]),  # tests/hosts/com/test_dress.py
    ):
        text, weight = server.CallUDF("invval_xl.hosts.com.ribbon", "refresh", ())
    assert app.settings["calculation"] == "automatic"
    if weight == "warn":
        assert text.startswith("Nothing was written"), text
        assert book.impl.wb.sheetnames == before, "refused, and wrote"
        return _Told(True, refusals[-1])
    assert "C-12 Findings" in book.impl.wb.sheetnames
    return _Told(False, done[-1].findings, done[-1].summary.cost)


ROUTES: Mapping[str, Callable[[Listed, Path], _Told]] = {
    "command": by_command, "xlwings": by_button, "xlwings, unsaved": by_screen,
}  # fmt: skip


# ---- the judgement ---------------------------------------------------------------------------


@cache
def _usual() -> frozenset[str]:
    """The warnings of the clean book."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Listed("clean", lambda: _OPENED, "accept", ())
        return frozenset(_codes(by_command(clean, Path(folder)), Severity.WARN))


def _codes(told: _Told, weight: Severity) -> set[str]:
    return {f.code for f in told.findings if f.severity is weight}


def faults(case: Listed, route: str, folder: Path) -> list[str]:
    """What of the answer on one route is not as listed; empty where all is."""
    answer = case.answer if route == "command" else case.clicked or case.answer
    codes = set(case.codes) if answer == case.answer else set()
    if route == "xlwings, unsaved":
        kept = {c for c in codes if not c.startswith(_OF_THE_FILE) or answer == "refuse"}
        codes = kept
    try:
        told = ROUTES[route](case, folder)
    except AssertionError as fault:
        return [str(fault)]
    found = {f.code for f in told.findings}
    wrong = [f"{code} is not said" for code in sorted(codes - found)]
    if told.refused != (answer == "refuse"):
        how = "refused" if told.refused else "read"
        wrong.append(f"{how}, not {answer}: {sorted(_codes(told, Severity.STOP))}")
    elif told.refused:
        more = _codes(told, Severity.STOP) - codes - set(case.also)
        wrong += [f"{code} stops it too" for code in sorted(more)]
        wrong += [f"{f.code} has no remedy" for f in told.findings if not f.remedy]
    else:
        if not case.name.startswith("file"):
            more = _codes(told, Severity.WARN) - codes - set(case.also) - _usual()
            wrong += [f"{code} warns too" for code in sorted(more)]
        if case.cost is not None and told.cost != case.cost:
            wrong.append(f"values {told.cost}, not {case.cost}")
    return wrong


def routes_of(case: Listed) -> list[str]:
    """The routes a case can take."""
    return [name for name in ROUTES if case.shown or name != "xlwings, unsaved"]


def main() -> int:
    """Every case on every route; a table, and what was not as listed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds these words")
    parser.add_argument("--part", default="1/1", help="one part of the cases, as 2/4")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    chosen = [case for case in listed() if options.only in case.name][part - 1 :: parts]
    asked, right, wrong = Counter[str](), Counter[str](), []
    began = time.process_time()
    for case in chosen:
        for route in routes_of(case):
            with tempfile.TemporaryDirectory() as folder:
                said = faults(case, route, Path(folder))
            asked[route] += 1
            right[route] += not said
            wrong += [f"{case.name} | {route} | {'; '.join(said)}"] if said else []
    by = Counter(f"{case.name.partition(':')[0]} {case.answer}" for case in chosen)
    print(f"{len(chosen)} cases: " + ", ".join(f"{n} {name}" for name, n in sorted(by.items())))
    for route in ROUTES:
        print(f"{route:18} {right[route]:4} of {asked[route]:4} answered as listed")
    print(*wrong, f"{time.process_time() - began:.0f} s of CPU", sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
