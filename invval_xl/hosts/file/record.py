"""Record decisions and sign-offs of a workbook on disk; the workbook itself is only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError
from invval_xl.hosts.file.beside import with_all_beside
from invval_xl.hosts.file.ledger import ledger_of
from invval_xl.hosts.file.lock import holding
from invval_xl.hosts.file.read import read_book
from invval_xl.runs.record_decisions import Recorded, record_decisions
from invval_xl.runs.refresh_reserve import Refreshed, RefreshRequest, refresh_reserve
from invval_xl.runs.sign_off import SignedOff, sign_off

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from invval_xl.ledger.entries import Step
    from invval_xl.ledger.store import Ledger
    from invval_xl.workpapers.review_input import TypedLine

__all__ = ["Signing", "record_file", "sign_file"]


@dataclass(frozen=True)
class Signing:
    """Who signs which step, by whose account, and why."""

    step: Step
    who: str
    user: str
    note: str = ""


def record_file(
    book: Path,
    ledger_url: str,
    request: RefreshRequest,
    progress: Callable[[str, float], None],
    *,
    user: str,
    now: dt.datetime,
) -> tuple[Recorded, Ledger]:
    """Take what is typed on the workbook's C-7 into its ledger.

    Raises
    ------
    RefusedError
        Where a line is refused: nothing was recorded.
    MisuseError
        Where ``book`` is not there or has no C-7.
    """
    ledger, refreshed, typed = _now(book, ledger_url, request, progress)
    if not typed:
        raise MisuseError(f"{book.name} has no C-7 Review yet; refresh it first")
    return record_decisions(refreshed, typed, ledger, who=user, now=now), ledger


def sign_file(
    book: Path,
    ledger_url: str,
    request: RefreshRequest,
    signing: Signing,
    progress: Callable[[str, float], None],
    *,
    now: dt.datetime,
) -> tuple[SignedOff, Ledger]:
    """Take one step of the period's sign-off on the workbook as it is now.

    Raises
    ------
    RefusedError
        Where the step may not be taken; nothing was recorded.
    MisuseError
        Where ``book`` is not there.
    """
    ledger, refreshed, _ = _now(book, ledger_url, request, progress)
    s = signing
    done = sign_off(refreshed, ledger, s.step, who=s.who, user=s.user, now=now, note=s.note)
    return done, ledger


def _now(
    book: Path, url: str, request: RefreshRequest, progress: Callable[[str, float], None]
) -> tuple[Ledger, Refreshed, tuple[TypedLine, ...]]:
    """The workbook refreshed in memory under its lock, its ledger, and its C-7."""
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    ledger = ledger_of(book, url)
    with holding(book):
        raw = read_book(book)
    asked = with_all_beside(request, book, raw.value, url)
    typed = asked.typed
    return ledger, refresh_reserve(raw.value, asked, progress, raw.findings), typed
