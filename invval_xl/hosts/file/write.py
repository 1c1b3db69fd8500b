"""The door for writing workbooks: :func:`author` a new one, :func:`graft` into the user's.

A refresh that reads a book and writes it back holds it all the while::

    with holding(book):
        seen = fingerprint(book)
        raw = read_book(book)
        ...
        graft(book, plans, book, created=now, seen=seen)
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.atomic import backup_path, refuse_read_only, replacing
from invval_xl.hosts.file.author import author_into
from invval_xl.hosts.file.graft import Grafted, graft_into
from invval_xl.hosts.file.lock import holding, refuse_if_open, resolved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = [
    "Fingerprint",
    "Grafted",
    "author",
    "backup_path",
    "check_place",
    "fingerprint",
    "graft",
    "holding",
]

Fingerprint = tuple[int, int]
"""Size and time of change."""


def fingerprint(book: Path) -> Fingerprint:
    """Size and time of change of ``book``: tells whether somebody saved it meanwhile."""
    status = resolved(book).stat()
    return status.st_size, status.st_mtime_ns


def check_place(out: Path) -> None:
    """Refuse early, before any work, a place that cannot be written to.

    Raises
    ------
    RefusedError
        WB930 where the file is open in Excel or LibreOffice, WB931 where it is read-only.
    MisuseError
        Where the folder is not there.
    """
    if not resolved(out).parent.is_dir():
        raise MisuseError(f"the folder {out.parent} is not there")
    refuse_if_open(out)
    refuse_read_only(out)


def author(plans: Sequence[SheetPlan], out: Path, *, created: datetime) -> None:
    """Write a new workbook of ``plans`` to ``out``, whole or not at all.

    The same plans and ``created`` give the same bytes.

    Parameters
    ----------
    plans
        The sheets, in order.
    out
        Replaced where it is there.
    created
        The only time in the file.

    Raises
    ------
    RefusedError
        Cells that hold what no file can (WB901 to WB903); a place that cannot be written to
        (WB930 to WB933). ``out`` is then as it was.
    MisuseError
        Where the folder is not there.
    """
    check_place(out)
    with replacing(out) as stream:
        author_into(stream, plans, created)


def graft(
    book: Path,
    plans: Sequence[SheetPlan],
    out: Path,
    *,
    created: datetime,
    seen: Fingerprint | None = None,
) -> Grafted:
    """Write ``book`` with our sheets in it to ``out``; every part not ours byte-identical.

    Parameters
    ----------
    book
        The user's workbook (.xlsx, .xlsm).
    plans
        Our sheets: an earlier one of ours by the same name is replaced in its place, others are
        appended.
    out
        May be ``book`` itself: then one backup is kept beside it.
    created
        Stamped on the zip members that are written.
    seen
        :func:`fingerprint` of ``book`` when it was read; refused (WB934) where it has changed.

    Returns
    -------
    Grafted
        Which sheets are new, replaced or left, and what the user should know.

    Raises
    ------
    RefusedError
        Workbooks that are not written to, and why (WB9..). Nothing was changed.
    MisuseError
        Where ``book`` or the folder of ``out`` is not there.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    in_place = resolved(out) == resolved(book)
    with holding(book) if in_place else nullcontext():
        check_place(out)
        was = fingerprint(book) if seen is None else seen

        def unchanged() -> None:
            if fingerprint(book) != was:
                raise RefusedError([finding("WB934", name=book.name)])

        unchanged()
        with (
            replacing(out, held=in_place, last_look=unchanged) as stream,
            book.open("rb") as source,
        ):
            try:
                return graft_into(source, stream, plans, created)
            except RefusedError:
                unchanged()  # a file rewritten under our eyes looks damaged
                raise
