"""The faults: each is planted around a forked run and says how the run must end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.hosts.file import lock
from invval_xl.ledger import store

__all__ = ["FAULTS", "Ended", "Fault", "forked", "quiet", "unlocked"]

NOBODY = 65_534
_PATIENCE = 120.0


def quiet(_step: str, _share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Ended:
    """How a forked run ended: ``done``, ``refused``, ``killed``, or ``fault`` (a traceback)."""

    how: str
    said: str = ""
    seconds: float = 0.0


def unlocked(home: Path) -> None:
    """Give up the locks this process holds below ``home``: its children take their own."""
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            held = str(handle.readlink())
            if held.startswith(str(home)) and held.endswith(".invval-lock"):
                fcntl.flock(int(handle.name), fcntl.LOCK_UN)


def forked(rest: Callable[[], str] | None, armed: Callable[[], None], kill_after: float | None
           ) -> tuple[Ended | None, Callable[[str, str], None]]:  # fmt: skip
    """Fork. The child gets ``(None, tell)`` and goes on; the parent how it ended.

    Parameters
    ----------
    rest
        What the child is to run; ``None``: the child returns and tells by itself.
    armed
        Plants the fault inside the child.
    kill_after
        Seconds until SIGKILL; ``None``: the child is waited for.
    """
    read, write = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(read)

        def tell(how: str, said: str) -> None:
            os.write(write, json.dumps([how, said[-3_000:]]).encode())
            os._exit(0)

        armed()
        if rest is not None:
            told(rest, tell)
        return None, tell
    os.close(write)
    if kill_after is not None:
        time.sleep(kill_after)
    else:
        ready, _, _ = select.select([read], [], [], _PATIENCE)
        if not ready:
            kill_after = _PATIENCE
    took = time.perf_counter() - began
    if kill_after is not None:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if answer:
        how, said = json.loads(answer)
        return Ended(how, said, took), _nobody
    return Ended("hung" if kill_after == _PATIENCE else "killed", "", took), _nobody


def _nobody(_how: str, _said: str) -> None:
    """The parent has nobody to tell."""


def told(run: Callable[[], str], tell: Callable[[str, str], None]) -> None:
    """Run, and tell how it ended as a host would have it."""
    try:
        tell("done", run())
    except RefusedError as error:
        tell("refused", " ".join(f.code for f in error.findings if f.severity.name == "STOP"))
    except MisuseError as error:
        tell("refused", f"misuse: {error}")
    except Exception:  # noqa: BLE001 - whatever it was is what is reported
        tell("fault", traceback.format_exc())


@dataclass(frozen=True)
class Fault:
    """One fault.

    Parameters
    ----------
    name
        As the table prints it.
    around
        ``(home, chance)``: what surrounds the child from outside.
    armed
        ``chance``: what is planted inside the child.
    kills
        The child is killed at a random moment.
    refuses
        The run must refuse; ``None``: it may end either way, ``False``: it must be done.
    early
        Planted before the run begins, not in its midst.
    disk
        The home lies on a small disk of its own.
    calm
        What surrounds the next run.
    """

    name: str
    around: Callable[[Path, random.Random], AbstractContextManager[None]] = lambda _home, _chance: (
        nullcontext()
    )
    armed: Callable[[random.Random], None] = lambda _chance: None
    kills: bool = False
    refuses: bool | None = None
    early: bool = False
    disk: bool = False
    calm: Callable[[], AbstractContextManager[None]] = nullcontext


def _slow(chance: random.Random) -> None:
    """Every sync and rename waits: the moments between them grow wide."""

    def late(made: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            time.sleep(chance.uniform(0.0, 0.03))
            return made(*given, **named)

        return call

    for name in ("fsync", "replace", "rename"):
        setattr(os, name, late(getattr(os, name)))


def _set_back(chance: random.Random) -> None:
    """The clock goes back by up to a year, at some moment of the run."""
    real, left, back = time.time, [chance.randrange(6)], chance.uniform(60.0, 3e7)

    def now() -> float:
        left[0] -= 1
        return real() - (back if left[0] < 0 else 0.0)

    time.time = now


def _nobody_writes(_chance: random.Random) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@contextmanager
def _full(home: Path, chance: random.Random) -> Iterator[None]:
    """All but a few pages of the disk are taken."""
    ballast = home.parent / "ballast"
    free = shutil.disk_usage(home).free
    left = int(min(free, 3_000_000) * chance.random() ** 3)  # mostly very little
    with ballast.open("wb") as stream, contextlib.suppress(OSError):
        os.posix_fallocate(stream.fileno(), 0, max(free - left, 1) // 4096 * 4096)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _read_only_disk(home: Path, _chance: random.Random) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(home.parent)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(home.parent)], check=True)


@contextmanager
def _read_only_files(home: Path, _chance: random.Random) -> Iterator[None]:
    files = [p for p in home.rglob("*") if p.is_file() and p.suffix in (".xlsx", ".sqlite")]
    for path in files:
        path.chmod(0o444)
    try:
        yield
    finally:
        for path in files:
            if path.exists():
                path.chmod(0o644)


def _impatient(_chance: random.Random) -> None:
    """Waiting for a lock is cut from a minute to a moment."""
    lock.holding.__wrapped__.__kwdefaults__["patience"] = 0.05
    store._PATIENCE_MS = 50


@contextmanager
def _held(home: Path, _chance: random.Random) -> Iterator[None]:
    """Another process has our lock on the book, and the ledger's write lock."""
    with open(lock.lock_path(home / "book.xlsx"), "w") as handle:  # noqa: PTH123
        fcntl.flock(handle, fcntl.LOCK_EX)
        ledger = home / store.LEDGER_NAME
        writer = sqlite3.connect(ledger, isolation_level=None) if ledger.exists() else None
        if writer is not None:
            writer.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if writer is not None:
                writer.execute("ROLLBACK")
                writer.close()


@contextmanager
def _open_in_excel(home: Path, _chance: random.Random) -> Iterator[None]:
    owner = home / "~$book.xlsx"
    owner.touch()
    try:
        yield
    finally:
        owner.unlink()


FAULTS: dict[str, Fault] = {
    f.name: f
    for f in (
        Fault("kill -9", kills=True),
        Fault("kill -9, slow disk", armed=_slow, kills=True),
        Fault("slow disk", armed=_slow, refuses=False),
        Fault("disk full", around=_full, disk=True),
        Fault("read-only disk", around=_read_only_disk, disk=True, early=True, refuses=True),
        Fault("read-only folder", armed=_nobody_writes),
        Fault("read-only file", around=_read_only_files, early=True),
        Fault("lock held", around=_held, armed=_impatient, early=True),
        Fault("open in Excel", around=_open_in_excel, early=True),
        Fault("clock set back", armed=_set_back, refuses=False),
    )
}
