"""Refresh a workbook on disk: read, value, graft; the old file stands until the new is whole."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError
from invval_xl.hosts.file.beside import with_all_beside
from invval_xl.hosts.file.kept_store import put_kept, put_valued
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import check_place, fingerprint, graft, holding
from invval_xl.runs.refresh_reserve import Refreshed, RefreshRequest, refresh_reserve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["refresh_file"]


def refresh_file(
    book: Path,
    out: Path | None,
    request: RefreshRequest,
    progress: Callable[[str, float], None],
    ledger_url: str = "",
) -> Refreshed:
    """Refresh ``book`` in place, or into ``out`` leaving ``book`` untouched.

    The file's own time is the period end, so the same input gives the same bytes. The ledger at
    ``ledger_url``, or the one beside ``book``, is read where there is one; what is typed on C-7 and
    not recorded is carried. What an import kept beside ``book`` is valued beside the file written;
    where the request brings it, that is left to the caller.

    Raises
    ------
    RefusedError
        Where the file or its content is refused; nothing was written.
    MisuseError
        Where ``book`` or the folder of ``out`` is not there.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    target = out or book
    check_place(target)
    with holding(book) if out is None else nullcontext():
        seen = fingerprint(book)
        read = read_book(book)

        def scaled(step: str, share: float) -> None:
            progress(step, 0.15 + 0.65 * share)

        asked = with_all_beside(request, book, read.value, ledger_url)
        refreshed = refresh_reserve(read.value, asked, scaled, read.findings)
        del read  # its cells have become tables
        progress("write", 0.8)
        created = dt.datetime.combine(refreshed.case.as_of, dt.time())
        grafted = graft(book, refreshed.plans, target, created=created, seen=seen)
        kept, valued = asked.beside, refreshed.case.beside
        if request.beside is None and kept is not None and valued is not None:
            if target != book:
                put_kept(target, kept)
            put_valued(target, valued)
        progress("done", 1.0)
    return replace(refreshed, findings=(*refreshed.findings, *grafted.findings))
