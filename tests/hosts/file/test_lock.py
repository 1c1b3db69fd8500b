"""One writer at a time: no refresh is lost between two processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.lock import holding, lock_path
from invval_xl.hosts.file.write import graft
from tests.hosts.file.awkward_books import BOOKS
from tests.hosts.file.counting_refreshes import number_in
from tests.hosts.file.writing_plans import CREATED, marked
from tests.tools import REPO

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](path)
    graft(path, marked(0), path, created=CREATED)
    return path


def test_two_processes_at_fifteen_refreshes_each_lose_none(book: Path) -> None:
    script = str(REPO / "tests/hosts/file/counting_refreshes.py")
    environment = os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen([sys.executable, script, str(book), "15"], env=environment)
        for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert number_in(book) == 30


def test_whoever_waits_too_long_is_told(book: Path) -> None:
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with holding(book):
            held.set()
            done.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(20)
    try:
        with pytest.raises(RefusedError) as refused, holding(book, patience=0.1):
            pass
    finally:
        done.set()
        thread.join()
    assert refused.value.findings[0].code == "WB932"
    with holding(book, patience=0.1), holding(book, patience=5):  # and again by the same thread
        pass


def test_a_graft_in_place_waits_for_whoever_holds_the_book(book: Path) -> None:
    held, events = threading.Event(), []

    def other() -> None:
        with holding(book):
            held.set()
            time.sleep(0.4)
            events.append("released")

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(20)
    graft(book, marked(1), book, created=CREATED)
    events.append("grafted")
    thread.join()
    assert events == ["released", "grafted"]


def test_the_lock_of_a_link_is_the_lock_of_the_file(book: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(book)
    assert lock_path(link) == lock_path(book)


def test_a_folder_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_bytes(b"")
    with pytest.raises(RefusedError) as refused, holding(blocker / "book.xlsx", patience=0.1):
        pass
    assert refused.value.findings[0].code == "WB931"
