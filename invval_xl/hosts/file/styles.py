"""Number formats by style id: which numbers are dates, and which formats change how a key reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.markup import walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.hosts.file.archive import Package

__all__ = ["Styles", "is_date_format", "pads_digits", "read_styles"]

# ECMA-376 18.8.30: built-in ids; 27 to 36 and 50 to 58 are dates in the East Asian locales.
_DATE_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKET = re.compile(r"\[(?!(?:h+|m+|s+)\])[^\]]*\]", re.IGNORECASE)
_DATE_TOKEN = re.compile(r"[dmyhs]", re.IGNORECASE)
_ANY_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_PADDED = re.compile(r"0[0-]*0|0-0")


@cache
def is_date_format(code: str) -> bool:
    """Whether a number format shows a date or a time.

    Examples
    --------
    >>> is_date_format("yyyy-mm-dd"), is_date_format("[h]:mm"), is_date_format("#,##0.00")
    (True, True, False)
    >>> is_date_format('0 "days"'), is_date_format("[Red]0"), is_date_format("General")
    (False, False, False)
    """
    first = _BRACKET.sub("", _LITERAL.sub("", code)).partition(";")[0]
    return "general" not in first.lower() and bool(_DATE_TOKEN.search(first))


@cache
def pads_digits(code: str) -> bool:
    """Whether a format shows an integer otherwise than its digits: padded, split, or with text.

    Examples
    --------
    >>> pads_digits("00000"), pads_digits("000-00"), pads_digits('"A"0'), pads_digits("0.00")
    (True, True, True, False)
    >>> pads_digits("#,##0"), pads_digits("General"), pads_digits("0")
    (False, False, False)
    """
    if is_date_format(code):
        return False
    first = code.partition(";")[0]
    literal = any(a.strip() or b.strip(" -()") for a, b in _ANY_LITERAL.findall(first))
    bare = _BRACKET.sub("", _LITERAL.sub("", first))
    whole = bare.partition(".")[0]
    if "#" in whole and "," in whole:
        return False
    return bool(_PADDED.search(whole)) or (literal and "0" in whole and "." not in bare)


@dataclass(frozen=True, eq=False)
class Styles:
    """By style id (``s`` of a cell): is it a date, and the format where it changes a key.

    ``date[-1]`` and ``shown[-1]`` answer for ids the workbook does not define.
    """

    date: NDArray[np.bool_]
    shown: NDArray[np.object_]

    @property
    def any_shown(self) -> bool:
        """Whether any style has a format that changes how a key reads."""
        return any(self.shown)


def read_styles(package: Package, part: str) -> Styles:
    """Read the cell formats of ``styles.xml``; no part, no formats."""
    codes: dict[int, str] = {}
    ids: list[int] = []
    inside = False

    def number(text: str | None) -> int:
        return int(text) if text and text.isascii() and text.isdigit() else 0

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            codes.setdefault(number(attributes.get("numFmtId")), attributes.get("formatCode", ""))
        elif tag in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
        elif inside and tag == "xf":
            ids.append(number(attributes.get("numFmtId")))

    if part:
        walk(package, part, started)
    date = np.zeros(len(ids) + 1, bool)
    shown = np.full(len(ids) + 1, "", object)
    for style, fmt in enumerate(ids):
        code = codes.get(fmt)
        if code is None:
            date[style] = fmt in _DATE_IDS
            continue
        date[style] = is_date_format(code)
        shown[style] = code if pads_digits(code) else ""
    return Styles(date, shown)
