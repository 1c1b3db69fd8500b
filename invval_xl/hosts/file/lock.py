"""Who may write a workbook now: Excel's owner file is honoured, and we take a lock of our own.

The lock spans read, compute and write. Without it two processes lost 8 of 30 refreshes
(reliability.md); with it none.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["holding", "lock_path", "owner_files", "refuse_if_open", "resolved"]

_OWNERS = ("~${name}", ".~lock.{name}#")  # Excel's, LibreOffice's


def resolved(book: Path) -> Path:
    """The file itself, behind any symbolic links."""
    return book.resolve()


def lock_path(book: Path) -> Path:
    """Our lock file for ``book``; it stays behind empty, as removing it would open a race."""
    real = resolved(book)
    return real.with_name(f".{real.name}.invval-lock")


@contextmanager
def holding(book: Path, *, patience: float = 60.0) -> Iterator[None]:
    """Keep every other process of ours from ``book`` meanwhile; enter it before reading.

    May be entered again by the same thread (a graft does, inside a refresh that holds it).

    Parameters
    ----------
    patience
        Seconds to wait for another of our processes.

    Raises
    ------
    RefusedError
        WB932 where another process holds it longer than that; WB931 where the folder cannot be
        written to.
    """
    path = lock_path(book)
    lock = FileLock(path, is_singleton=True)
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise RefusedError([finding("WB932", name=book.name, seconds=patience)]) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise RefusedError([finding("WB931", name=book.name, reason=reason)]) from error
    try:
        yield
    finally:
        lock.release()


def owner_files(book: Path) -> tuple[Path, ...]:
    """What Excel and LibreOffice lay beside a workbook while they have it open."""
    real = resolved(book)
    return tuple(real.with_name(pattern.format(name=real.name)) for pattern in _OWNERS)


def refuse_if_open(book: Path) -> None:
    """Refuse (WB930) a workbook that Excel or LibreOffice has open, by its owner file."""
    for owner in owner_files(book):
        if owner.exists():
            raise RefusedError([finding("WB930", name=book.name, owner=owner.name)])
