"""A save that fails, is killed or finds no room leaves the old file, whole."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.file import atomic
from invval_xl.hosts.file.atomic import backup_path, replacing, sweep
from invval_xl.hosts.file.write import author, check_place, graft
from tests.hosts.file.awkward_books import BOOKS
from tests.hosts.file.writing_plans import CREATED, binder, marked
from tests.tools import REPO

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
posix = pytest.mark.skipif(os.name != "posix", reason="needs fork, signals and file modes")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](path)
    return path


def refusal(book: Path, rows: int = 3) -> str:
    """The one code by which a refresh in place is refused."""
    before = book.read_bytes()
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(1, rows), book, created=CREATED)
    (found,) = refused.value.findings
    assert found.remedy
    assert book.read_bytes() == before
    assert not list(book.parent.glob(".*.tmp"))
    return found.code


@posix
def test_of_fifty_saves_killed_at_random_none_leaves_a_broken_book(book: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(REPO / "tests/hosts/file/killed_saves.py"), str(book), "50", "11"],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        env=ENVIRONMENT,
    )
    told = json.loads(done.stdout)
    assert told["corrupt"] == []
    assert told["sound"]
    assert told["seen"] == [0, 1]  # kills fell between saves and inside them
    assert told["strays"] > 0  # and left temp files, which the last save swept
    assert told["left"] == [".book.xlsx.invval-lock", "book.invval-backup.xlsx", "book.xlsx"]


@posix
def test_a_full_disk_leaves_the_old_file_and_is_told(book: Path) -> None:
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from invval_xl.findings import RefusedError\n"
        "from invval_xl.hosts.file.write import author, graft\n"
        "from tests.hosts.file.writing_plans import CREATED, marked\n"
        "book = Path(sys.argv[1])\n"
        "plans = marked(1, 3000)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "for act in (lambda: graft(book, plans, book, created=CREATED),\n"
        "            lambda: author(plans, book, created=CREATED)):\n"
        "    try:\n"
        "        act()\n"
        "    except RefusedError as error:\n"
        "        print(error.findings[0].code)\n"
    )
    before = book.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", code, str(book)],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert done.stdout.split() == ["WB933", "WB933"]
    assert book.read_bytes() == before
    assert not list(book.parent.glob(".*.tmp"))


def test_no_room_at_the_last_moment_leaves_the_old_file(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delayed allocation tells of a full disk only at fsync."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    assert refusal(book) == "WB933"


def test_a_rename_refused_as_windows_does_for_an_open_file_leaves_the_old_file(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(atomic.os, "replace", denied)
    assert refusal(book) == "WB931"


def test_a_rename_refused_for_a_moment_is_tried_again(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, denied = os.replace, [1, 2]

    def busy(source: Path, target: Path) -> None:
        if denied:
            denied.pop()
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(source, target)

    monkeypatch.setattr(atomic.os, "replace", busy)
    assert graft(book, marked(1), book, created=CREATED).added == ("C-0 Index",)


@posix
def test_a_read_only_file_is_refused_even_for_root(book: Path) -> None:
    book.chmod(0o444)
    assert refusal(book) == "WB931"
    with pytest.raises(RefusedError):
        check_place(book)


@pytest.mark.parametrize("owner", ["~$book.xlsx", ".~lock.book.xlsx#"])
def test_a_book_open_in_excel_or_libreoffice_is_refused(book: Path, owner: str) -> None:
    (book.parent / owner).write_bytes(b"\x03Eve")
    assert refusal(book) == "WB930"
    with pytest.raises(RefusedError) as refused:
        author(binder(9), book, created=CREATED)
    assert owner in refused.value.findings[0].message


def test_an_open_book_may_still_be_read_for_a_copy(book: Path, tmp_path: Path) -> None:
    (book.parent / "~$book.xlsx").write_bytes(b"\x03Eve")
    graft(book, marked(1), tmp_path / "copy.xlsx", created=CREATED)
    assert not backup_path(book).exists()


def test_a_save_by_somebody_meanwhile_is_not_overwritten(book: Path) -> None:
    def saved_again() -> None:
        book.write_bytes(b"theirs")

    class Slow(tuple):  # type: ignore[type-arg]
        __slots__ = ()

        def __iter__(self):  # type: ignore[no-untyped-def]
            saved_again()
            return super().__iter__()

    with pytest.raises(RefusedError) as refused:
        graft(book, Slow(marked(1)), book, created=CREATED)
    assert refused.value.findings[0].code == "WB934"
    assert book.read_bytes() == b"theirs"


def test_a_save_that_replaces_the_file_meanwhile_as_excel_does_is_not_overwritten(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = book.with_name("theirs.xlsx")
    theirs.write_bytes(b"theirs")
    real, done = os.fsync, []

    def saved_while_we_write(handle: int) -> None:
        if not done:
            done.append(theirs.rename(book))
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", saved_while_we_write)
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(1), book, created=CREATED)
    assert refused.value.findings[0].code == "WB934"
    assert book.read_bytes() == b"theirs"


def test_a_book_that_changed_since_it_was_read_is_refused(book: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(1), book, created=CREATED, seen=(1, 2))
    assert refused.value.findings[0].code == "WB934"


def test_one_backup_is_kept_the_file_as_it_was_before(book: Path) -> None:
    first = book.read_bytes()
    graft(book, marked(1), book, created=CREATED)
    assert backup_path(book).name == "book.invval-backup.xlsx"
    assert backup_path(book).read_bytes() == first
    second = book.read_bytes()
    graft(book, marked(2), book, created=CREATED)
    assert backup_path(book).read_bytes() == second
    assert len(list(book.parent.glob("*backup*"))) == 1


@posix
def test_mode_and_link_are_kept(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.xlsx"
    link.symlink_to(book)
    book.chmod(0o640)
    graft(link, marked(1), link, created=CREATED)
    assert link.is_symlink()
    assert stat.S_IMODE(book.stat().st_mode) == 0o640
    assert [p.name for p in folder.iterdir()] == ["link.xlsx"]
    with zipfile.ZipFile(book) as package:
        assert package.testzip() is None


def test_strays_are_swept_and_only_ours(book: Path) -> None:
    folder = book.parent
    stray = folder / ".book.xlsx.invval-0123456789abcdef.tmp"
    fresh = folder / ".out.xlsx.invval-0123456789abcdef.tmp"
    other = folder / ".book.xlsx.tmp"
    for path in (stray, fresh, other):
        path.write_bytes(b"x")
    graft(book, marked(1), book, created=CREATED)
    assert not stray.exists()
    assert other.exists()
    author(marked(1), folder / "out.xlsx", created=CREATED)
    assert fresh.exists()  # another run may be writing it just now
    old = time.time() - 4000
    os.utime(fresh, (old, old))
    author(marked(1), folder / "out.xlsx", created=CREATED)
    assert not fresh.exists()
    assert sweep(book) == 0


def test_an_error_inside_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")

    def fails() -> None:
        with replacing(path) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").mkdir()
    with pytest.raises(RefusedError) as refused:
        author(binder(9), tmp_path / "book.xlsx", created=CREATED)
    assert refused.value.findings[0].code == "WB931"
