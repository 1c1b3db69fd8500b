"""Key columns: always text. Leading zeros survive, invisible characters do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import Cells, Kind
from invval_xl.tables.words import guard, report_unreadable, tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.tables.gather import Site

__all__ = ["read_keys"]

_ZEROS = re.compile(r"^0{2,}$")
_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?E\+\d{1,3}$")
_EXACT = 1e15  # beyond 15 digits a number cell has lost its last digits
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")


def read_keys(cells: Cells, site: Site) -> NDArray[np.object_]:
    """Read a key column as text.

    Parameters
    ----------
    cells, site
        The column, where it stands and what is at stake.

    Returns
    -------
    numpy.ndarray
        ``str`` in every place; ``""`` where blank or refused.

    Notes
    -----
    A number with a format of zeros (``00000``) is the text it shows. Any other number is its
    integer; where texts in the same column begin with a zero, a zero may have been lost from
    the numbers, and that is said.
    """
    report_unreadable(cells, site)
    keys = np.full(len(cells), "", dtype=object)
    texts = _read_texts(cells, site, keys)
    _read_numbers(cells, site, keys, led_by_zero=any(t[:1] == "0" and len(t) > 1 for t in texts))
    wrong = (cells.kind == Kind.DATE) | (cells.kind == Kind.BOOLEAN)

    def facts(at: int) -> dict[str, object]:
        if cells.kind[at] == Kind.BOOLEAN:
            return {"text": "TRUE" if cells.number[at] else "FALSE", "why": "is a logical value"}
        day = np.datetime64("1899-12-30") + int(cells.number[at])
        return {"text": str(day), "why": "was turned into a date"}

    site.report("TB305", wrong, facts)
    if site.required:
        site.report("TB204", cells.kind == Kind.BLANK)
    return keys


def _read_texts(cells: Cells, site: Site, keys: NDArray[np.object_]) -> list[str]:
    words = cells.words
    if words is None:
        return []
    guard(words, site)
    whole = "\n".join(words.unique)
    plain = whole.isascii() and " " not in whole and not _UNSEEN.search(whole.replace("\n", ""))
    if plain:
        tidied = words.unique
    else:
        tidied = [_UNSEEN.sub("", tidy(text)) for text in words.unique]
        changed = [a != b for a, b in zip(words.unique, tidied, strict=True)]
        if any(changed):
            first = changed.index(True)
            site.summary(
                "TB302",
                words.spread(changed, len(cells)),
                text=ascii(words.unique[first])[1:-1][:60],
                key=tidied[first],
            )
    keys[words.positions] = np.array(tidied, dtype=object)[words.codes]
    damaged = [bool(_SCIENTIFIC.match(text)) for text in tidied]
    if any(damaged):
        site.report("TB308", words.spread(damaged, len(cells)), lambda at: {"text": keys[at]})
    return tidied


def _read_numbers(
    cells: Cells, site: Site, keys: NDArray[np.object_], *, led_by_zero: bool
) -> None:
    plain = cells.kind == Kind.NUMBER
    if not plain.any():
        return
    numbers = cells.number
    broken = plain & ~((numbers == np.floor(numbers)) & (np.abs(numbers) < _EXACT))

    def facts(at: int) -> dict[str, object]:
        big = abs(numbers[at]) >= _EXACT
        why = "has more than 15 digits as a number" if big else "is not a whole number"
        return {"text": f"{numbers[at]:.15g}", "why": why}

    site.report("TB305", broken, facts)
    good = np.flatnonzero(plain & ~broken)
    whole = numbers[good].astype(np.int64)
    keys[good] = np.array([str(n) for n in whole.tolist()] or [""], dtype=object)[: len(good)]
    formats = _formats(cells, len(keys))
    padded = np.zeros(len(keys), dtype=bool)
    if formats is not None:
        for zeros in {f for f in formats[good] if isinstance(f, str) and _ZEROS.match(f)}:
            at = good[formats[good] == zeros]
            keys[at] = [key.zfill(len(zeros)) for key in keys[at]]
            padded[at] = True
        if padded.any():
            first = int(np.flatnonzero(padded)[0])
            site.summary("TB304", padded, number=f"{numbers[first]:.0f}", key=keys[first])
    bare = plain & ~broken & ~padded
    if led_by_zero and bare.any():
        first = int(np.flatnonzero(bare)[0])
        site.summary("TB303", bare, key=keys[first], at_stake=_sum(site, bare))


def _formats(cells: Cells, rows: int) -> NDArray[np.object_] | None:
    formats = cells.number_format
    if isinstance(formats, str):
        return np.full(rows, formats, dtype=object) if _ZEROS.match(formats) else None
    return formats


def _sum(site: Site, where: NDArray[np.bool_]) -> float | None:
    if site.dollars is None:
        return None
    known = site.dollars[where]
    return float(np.nansum(np.abs(known))) if np.isfinite(known).any() else None
