"""Heads of rows and cells taken apart: address, type, style, for all cells of a stretch at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.stretch import Refused, Stretch, byte, check_attributes, word
from invval_xl.hosts.file.swift_tags import Tag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

__all__ = ["CellHeads", "RowHeads", "cell_heads", "row_heads"]

_GT, _SLASH, _QUOTE = b'>/"'
_ROW_DIGITS, _STYLE_DIGITS = 7, 6
_LONGEST_REST = 128
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")


@dataclass(frozen=True, eq=False)
class RowHeads:
    """Rows of the stretch: number, its digits as a word and a mask, place among tags, hidden."""

    number: Ints
    digits: Ints
    spelled: Words
    mask: Words
    tag: Ints
    hidden: Ints


def row_heads(s: Stretch, tags: Tag) -> RowHeads:
    """Take the ``<row r="..." ...>`` tags apart and tell the self-closing ones, in place."""
    which = tags.where(Tag.ROW_OPEN)
    if not len(which):
        raise Refused
    start = tags.at[which]
    if (s.words[start] != word(b'<row r="')).any():
        raise Refused
    number, digits = s.digits(start + 8, _ROW_DIGITS)
    quote = start + 8 + digits
    if (s.bytes[quote] != _QUOTE).any():
        raise Refused
    end, hidden = _row_ends(s, quote)
    _nothing_before_next_tag(s, tags, which, end)
    tags.code[which[s.bytes[end - 1] == _SLASH]] = Tag.ROW_SELF
    mask = (np.uint64(1) << (8 * digits).astype(np.uint64)) - np.uint64(1)
    return RowHeads(number, digits, s.words[start + 8] & mask, mask, which, number[hidden])


def _row_ends(s: Stretch, quote: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Where each row's tag ends, and which rows are hidden, from the quote after its number on.

    Rows mostly go on alike after their number: the first one's rest is looked for in all.
    """
    first = s.data.find(b">", int(quote[0]), s.length)
    rest = s.data[int(quote[0]) : first + 1]
    check_attributes(b' r="1' + rest.removesuffix(b">"))
    alike = np.full(len(quote), 0 < len(rest) <= _LONGEST_REST)
    for at in range(0, len(rest) if alike[0] else 0, 8):
        spelled = rest[at : at + 8]
        mask = word(b"\xff" * len(spelled))
        alike &= (s.words[np.minimum(quote + at, s.length)] & mask) == word(spelled)
    end = quote + len(rest) - 1
    hidden = alike & bool(_HIDDEN.search(rest))
    for i in np.flatnonzero(~alike).tolist():
        begin = int(quote[i])
        end[i] = s.data.find(b">", begin, s.length)
        check_attributes(b' r="1' + s.data[begin : int(end[i])])
        hidden[i] = bool(_HIDDEN.search(s.data, begin, int(end[i])))
    if (end < quote).any():
        raise Refused
    return end, hidden


def _nothing_before_next_tag(s: Stretch, tags: Tag, which: Ints, end: Ints) -> None:
    """After a row's ``>`` comes the next tag: else that ``>`` stood inside an attribute."""
    following = np.append(tags.at, s.length)[which + 1]
    loose = np.flatnonzero(following != end + 1)
    for a, b in zip((end[loose] + 1).tolist(), following[loose].tolist(), strict=True):
        if s.data[a:b].strip():
            raise Refused


@dataclass(frozen=True, eq=False)
class CellHeads:
    """Address, type (a place in :data:`NUMBER` and its like) and style of each cell."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    type: NDArray[np.uint8]
    style: NDArray[np.int32]


NUMBER, SHARED, STR, BOOLEAN, ERROR, INLINE = range(6)
_TYPES = (
    (b'n"', NUMBER), (b's"', SHARED), (b'str"', STR), (b'b"', BOOLEAN), (b'e"', ERROR),
    (b"inlineSt", INLINE),
)  # fmt: skip


def cell_heads(s: Stretch, tags: Tag, rows: RowHeads) -> CellHeads:
    """Take the ``<c r="B2" s="1" t="s">`` tags apart and tell the self-closing ones, in place.

    Raises
    ------
    Refused
        Other attributes, another order than r first, a cell that is not in its row.
    """
    which = tags.where(Tag.C_OPEN)
    start = tags.at[which]
    count = len(start)
    style = np.zeros(count, np.int32)
    type_ = np.zeros(count, np.uint8)
    first = np.searchsorted(which, rows.tag)
    each = np.diff(np.append(first, count))
    row = np.repeat(rows.number, each)
    if int(first[0]) or len(row) != count:
        raise Refused
    if count == 0:
        return CellHeads(row.astype(np.int32), row.astype(np.int32), type_, style)
    if ((s.words[start] & word(b"\xff" * 6)) != word(b'<c r="')).any():
        raise Refused
    column, letters = _columns(s.words[start + 6])
    at = start + 6 + letters
    if ((s.words[at] & np.repeat(rows.mask, each)) != np.repeat(rows.spelled, each)).any():
        raise Refused
    at = at + np.repeat(rows.digits, each)
    # s and t, in either order, each once
    once = _attribute(s, at, style, type_)
    at = _attribute(s, once, style, type_, before=at)
    words = s.words[at]
    if (byte(words, 0) != _QUOTE).any():
        raise Refused
    closes = byte(words, 1) == _GT
    closes_self = (byte(words, 1) == _SLASH) & (byte(words, 2) == _GT)
    if not (closes | closes_self).all():
        raise Refused
    tags.code[which[closes_self]] = Tag.C_SELF
    return CellHeads(row.astype(np.int32), column.astype(np.int32), type_, style)


def _columns(words: Words) -> tuple[Ints, Ints]:
    """Column number and count of letters, up to three, that begin each word."""
    letter = [byte(words, i).astype(np.int64) - 64 for i in range(3)]
    is_letter = [(x >= 1) & (x <= 26) for x in letter]  # noqa: PLR2004 - A to Z
    two = is_letter[1]
    three = two & is_letter[2]
    if not is_letter[0].all():
        raise Refused
    one = letter[0]
    column = np.where(two, one * 26 + letter[1], one)
    column = np.where(three, column * 26 + letter[2], column)
    return column, 1 + two.astype(np.int64) + three


def _attribute(
    s: Stretch, at: Ints, style: NDArray[np.int32], type_: NDArray[np.uint8],
    *, before: Ints | None = None,
) -> Ints:  # fmt: skip
    """Read one further attribute of each cell that has one.

    ``at`` is the closing quote of the attribute before; returns the closing quote of this one.
    ``before`` is where the last one began: the same attribute twice is refused.
    """
    words = s.words[at]
    lead = words & word(b"\xff" * 5)
    has_style = np.flatnonzero(lead == word(b'" s="'))
    has_type = np.flatnonzero(lead == word(b'" t="'))
    if not len(has_style) and not len(has_type):
        return at
    if before is not None:
        for has in (has_style, has_type):
            if (byte(s.words[before[has]], 2) == byte(s.words[at[has]], 2)).any():
                raise Refused
    at = at.copy()
    if len(has_style):
        begin = at[has_style] + 5
        number, digits = s.digits(begin, _STYLE_DIGITS)
        style[has_style] = number
        at[has_style] = begin + digits
    if len(has_type):
        at[has_type] = _types(s, at[has_type] + 5, has_type, type_)
    return at


def _types(s: Stretch, begin: Ints, cells: Ints, type_: NDArray[np.uint8]) -> Ints:
    """Read the cell types that are spelled at ``begin``; returns the closing quotes' places."""
    words = s.words[begin]
    named = np.zeros(len(begin), bool)
    length = np.zeros(len(begin), np.int64)
    for spelled, code in _TYPES:
        match = (words & word(b"\xff" * len(spelled))) == word(spelled)
        if match.any():
            type_[cells[match]] = code
            length[match] = len(spelled) - 1
            named |= match
    inline = length == len("inlineS")
    if inline.any():  # its last letter stands in the next word
        named[inline] &= s.bytes[begin[inline] + 8] == ord("r")
        length[inline] += 2
    if not named.all():
        raise Refused
    return begin + length
