"""Text cells, each different text looked at once: guards, flags and choices."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.gather import FORBIDDEN
from invval_xl.tables.grid import Cells, Kind
from invval_xl.tables.headers import spelling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from invval_xl.tables.contracts import Column
    from invval_xl.tables.gather import Site
    from invval_xl.tables.grid import Worded

__all__ = [
    "choice_of",
    "guard",
    "read_choices",
    "read_flags",
    "read_text",
    "report_unreadable",
    "take",
    "tidy",
    "without_blanks",
]

#: Characters that are there and cannot be seen.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LONGEST = 32_767
_TRUE = {"yes", "y", "true", "t", "1", "x", "ja", "wahr", "oui", "vrai", "si", "sì", "sí"}
_FALSE = {"no", "n", "false", "f", "0", "nein", "falsch", "non", "faux"}
_CHOICE_SYNONYMS = {
    "gaap": "us-gaap", "usa": "us-gaap", "asc": "us-gaap", "ias": "ifrs", "ias2": "ifrs",
    "ukgaap": "frs-102", "weightedaverage": "average", "wac": "average", "avco": "average",
    "movingaverage": "average", "weightedaveragecost": "average", "averagecost": "average",
    "specificidentification": "specific", "standardcost": "standard",
    "retailinventorymethod": "retail", "retailmethod": "retail", "rim": "retail",
    "firstinfirstout": "fifo", "lastinfirstout": "lifo",
    "distributioncenter": "dc", "distributioncentre": "dc", "warehouse": "dc", "shop": "store",
    "transit": "in_transit", "consigned": "consignment", "web": "channel", "online": "channel",
    "lowerofcostandnetrealizablevalue": "lcnrv", "lowerofcostandnrv": "lcnrv",
    "lowerofcostormarket": "lcm",
}  # fmt: skip


def take(cells: Cells, rows: NDArray[np.int64]) -> Cells:
    """Those rows of a column."""
    formats = cells.number_format
    return Cells(
        cells.kind[rows],
        cells.number[rows],
        None if cells.text is None else cells.text[rows],
        formats if isinstance(formats, str) else formats[rows],
    )


def without_blanks(cells: Cells) -> Cells:
    """Give a column whose text of nothing but space or invisible characters counts as blank."""
    words = cells.words
    if words is None:
        return cells
    empty = words.spread([not tidy(text) for text in words.unique], len(cells))
    if not empty.any():
        return cells
    kind = cells.kind.copy()
    kind[empty] = Kind.BLANK
    return replace(cells, kind=kind)


def tidy(text: str) -> str:
    r"""Give the NFKC form, without invisible characters, edges stripped.

    Examples
    --------
    >>> tidy("\u00a0AB\u200b1 ")
    'AB1'
    """
    if text.isascii():
        return text.strip()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def guard(words: Worded | None, site: Site) -> None:
    """Refuse text a worksheet may not carry: control characters, text beyond 32,767 characters."""
    if words is None:
        return
    whole = "".join(words.unique)
    rows = len(site.rows)
    if FORBIDDEN.search(whole):
        flags = [bool(FORBIDDEN.search(text)) for text in words.unique]
        site.report("TB306", words.spread(flags, rows))
    if len(whole) > _LONGEST:
        flags = [len(text) > _LONGEST for text in words.unique]
        site.report("TB307", words.spread(flags, rows))


def report_unreadable(cells: Cells, site: Site) -> None:
    """Error cells and formulas never calculated: refused, or said and taken as unknown."""
    error = cells.kind == Kind.ERROR
    if error.any():
        text = cells.text

        def facts(at: int) -> dict[str, object]:
            return {"error": (text[at] if text is not None else None) or "an error"}

        site.report("TB201" if site.required else "TB202", error, facts)
    site.report("TB203", cells.kind == Kind.UNCALCULATED)


def read_text(cells: Cells, site: Site) -> NDArray[np.object_]:
    """Read free text: numbers as they print, blanks as ``None``."""
    report_unreadable(cells, site)
    values = np.full(len(cells), None, dtype=object)
    words = cells.words
    guard(words, site)
    if words is not None:
        tidied = np.array([tidy(text) or None for text in words.unique], dtype=object)
        values[words.positions] = tidied[words.codes]
    for at in np.flatnonzero(np.isin(cells.kind, (Kind.NUMBER, Kind.DATE, Kind.BOOLEAN))):
        values[at] = _as_printed(int(cells.kind[at]), float(cells.number[at]))
    _require(cells, site)
    return values


def _as_printed(kind: int, number: float) -> str:
    if kind == Kind.BOOLEAN:
        return "TRUE" if number else "FALSE"
    if kind == Kind.DATE and np.isfinite(number):
        return str(np.datetime64("1899-12-30") + np.timedelta64(int(number), "D"))
    return f"{number:.15g}"


def _require(cells: Cells, site: Site) -> None:
    if site.required:
        site.report("TB204", cells.kind == Kind.BLANK)


def _read_words(
    cells: Cells, site: Site, meaning: Callable[[str], object], expected: str
) -> NDArray[np.object_]:
    """Read each different text by ``meaning``; what means nothing is reported."""
    values = np.full(len(cells), None, dtype=object)
    words = cells.words
    guard(words, site)
    if words is None:
        return values
    meant = [meaning(text) for text in words.unique]
    values[words.positions] = np.array([*meant, None], dtype=object)[words.codes]
    bad = words.spread([m is None for m in meant], len(cells))
    _refuse(site, bad, cells, expected)
    return values


def _refuse(site: Site, bad: NDArray[np.bool_], cells: Cells, expected: str) -> None:
    def facts(at: int) -> dict[str, object]:
        text = cells.text[at] if cells.text is not None else None
        shown = text if text is not None else _as_printed(int(cells.kind[at]), cells.number[at])
        return {"text": str(shown)[:60], "expected": expected}

    site.report("TB207" if site.required else "TB208", bad, facts)


def read_flags(cells: Cells, site: Site) -> NDArray[np.float64]:
    """Read yes/no cells as 1, 0 and NaN."""
    report_unreadable(cells, site)

    def meaning(text: str) -> object:
        word = spelling(text)
        return 1.0 if word in _TRUE else 0.0 if word in _FALSE else None

    values = _read_words(cells, site, meaning, "yes or no").astype(np.float64)
    plain = np.isin(cells.kind, (Kind.NUMBER, Kind.BOOLEAN))
    values[plain] = cells.number[plain]
    odd = plain & ~np.isin(values, (0.0, 1.0))
    if odd.any():
        _refuse(site, odd, cells, "yes or no")
        values[odd] = np.nan
    _refuse(site, cells.kind == Kind.DATE, cells, "yes or no")
    _require(cells, site)
    return values


@cache
def _choices(choices: tuple[str, ...]) -> dict[str, str]:
    known = {spelling(choice): choice for choice in choices}
    known.update(
        {word: choice for word, choice in _CHOICE_SYNONYMS.items() if choice in choices}
        if choices
        else {}
    )
    return known


def choice_of(text: str, choices: tuple[str, ...]) -> str | None:
    """Find the choice a text means, or ``None``.

    Examples
    --------
    >>> choice_of("US GAAP", ("us-gaap", "ifrs")), choice_of("Weighted Average", ("average",))
    ('us-gaap', 'average')
    """
    return _choices(choices).get(spelling(text))


def read_choices(cells: Cells, site: Site, column: Column) -> NDArray[np.object_]:
    """Read cells that must hold one of the column's words."""
    report_unreadable(cells, site)
    expected = ", ".join(column.choices)
    values = _read_words(cells, site, lambda t: choice_of(t, column.choices), expected)
    other = np.isin(cells.kind, (Kind.NUMBER, Kind.BOOLEAN, Kind.DATE))
    _refuse(site, other, cells, expected)
    _require(cells, site)
    return values
