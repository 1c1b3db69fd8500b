"""Tags of a stretch of sheet XML as arrays: found, named, put through the grammar, taken apart.

Eight bytes from each ``<`` on are taken as one number, so that a tag is told by a table look-up
and its attributes by masks, for all cells of the stretch at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from invval_xl.hosts.file.strings import resolved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

__all__ = [
    "CellHeads",
    "Refused",
    "RowHeads",
    "Stretch",
    "Tag",
    "cell_heads",
    "row_heads",
    "tags_of",
]

_BYTE = np.uint64(255)
_LT, _GT, _SLASH, _SPACE, _QUOTE = b'<>/ "'
_SPARSE = 200  # bytes a tag from which on one search a tag is cheaper than one for all
_ROW_DIGITS, _STYLE_DIGITS, _INDEX_DIGITS = 7, 6, 9


class Refused(Exception):  # noqa: N818 - a turn of control between two readers, not an error
    """The stretch is not in the form that is recognised."""


def _word(text: bytes) -> np.uint64:
    """Bytes as the little-endian number that a load of them gives."""
    return np.uint64(int.from_bytes(text, "little"))


def _byte(words: Words, at: int) -> Words:
    return (words >> np.uint64(8 * at)) & _BYTE


class Stretch:
    """Bytes of complete rows, padded so that eight bytes can be taken from any place.

    Parameters
    ----------
    data
        The bytes and their padding.
    length
        Bytes without the padding.
    """

    def __init__(self, data: bytes, length: int) -> None:
        self.data = data
        self.length = length
        self.bytes = np.frombuffer(data, np.uint8)
        self.words: Words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        low = self.bytes[:length] < _SPACE
        if low.any():
            controls = set(np.unique(self.bytes[:length][low]).tolist())
            if controls - set(b"\t\n\r"):
                raise Refused
        self._ascii: str | None = None

    def floats(self, start: Ints, end: Ints) -> NDArray[np.float64]:
        """Numbers between ``start`` and ``end``; all finite."""
        import pyarrow as pa
        import pyarrow.compute as pc

        count = 2 * len(start) - 1
        offsets = np.empty(count + 1, np.int32)
        offsets[0::2] = start
        offsets[1::2] = end
        # Every second string is what lies between two values: marked null, never looked at.
        valid = np.full((count + 7) // 8, 0b01010101, np.uint8)
        buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(self.data)]
        try:
            cast = pc.cast(pa.Array.from_buffers(pa.string(), count, buffers), pa.float64())
        except pa.ArrowInvalid:
            raise Refused from None
        numbers = np.frombuffer(cast.buffers()[1], np.float64, count)[::2]
        if not np.isfinite(numbers).all():
            raise Refused
        return numbers

    def indices(self, start: Ints, end: Ints) -> Ints:
        """Whole numbers between ``start`` and ``end``."""
        number, digits = self.digits(start, _INDEX_DIGITS)
        if (start + digits != end).any():
            raise Refused
        return number

    def booleans(self, start: Ints, end: Ints) -> NDArray[np.float64]:
        """Zeros and ones between ``start`` and ``end``."""
        digit = self.bytes[start].astype(np.int64) - ord("0")
        if (end - start != 1).any() or ((digit != 0) & (digit != 1)).any():
            raise Refused
        return digit.astype(np.float64)

    def texts(self, start: Ints, end: Ints) -> NDArray[np.object_]:
        """Character data between ``start`` and ``end``, XML's own escapes resolved."""
        if self._ascii is None:
            self._ascii = self.data.decode("ascii") if self.data.isascii() else ""
        spans = zip(start.tolist(), end.tolist(), strict=True)
        if self._ascii:
            whole = self._ascii
            words = [whole[a:b] for a, b in spans]
        else:
            data = self.data
            try:
                words = [data[a:b].decode() for a, b in spans]
            except UnicodeDecodeError:
                raise Refused from None
        if b"\r" in self.data or b"&" in self.data:
            try:
                words = [resolved(w) for w in words]
            except ValueError:
                raise Refused from None
        found = np.empty(len(words), object)
        found[:] = words
        return found

    def digits(self, at: Ints, most: int) -> tuple[Ints, Ints]:
        """Number that stands in digits from ``at`` on, and how many digits, at most ``most``."""
        number = np.zeros(len(at), np.int64)
        count = np.zeros(len(at), np.int64)
        running = np.ones(len(at), bool)
        for step in range(most):
            digit = self.bytes[at + step].astype(np.int64) - ord("0")
            running &= (digit >= 0) & (digit <= 9)  # noqa: PLR2004 - decimal digits
            if not running.any():
                break
            number = np.where(running, number * 10 + digit, number)
            count += running
        if (count == 0).any():
            raise Refused
        return number, count


class Tag:
    """The tags of a stretch: where each begins, and what it is."""

    (
        UNKNOWN, C_OPEN, C_SELF, C_CLOSE, V_OPEN, V_SELF, V_CLOSE, ROW_OPEN, ROW_SELF, ROW_CLOSE,
        F_OPEN, F_SELF, F_CLOSE, IS_OPEN, IS_CLOSE, T_OPEN, T_SELF, T_CLOSE,
    ) = range(18)  # fmt: skip

    SPELLED: ClassVar[dict[bytes, int]] = {
        b"<c ": C_OPEN, b"</c>": C_CLOSE,
        b"<v>": V_OPEN, b"<v/>": V_SELF, b"</v>": V_CLOSE,
        b"<row ": ROW_OPEN, b"</row>": ROW_CLOSE,
        b"<f>": F_OPEN, b"<f ": F_OPEN, b"<f/>": F_SELF, b"</f>": F_CLOSE,
        b"<is>": IS_OPEN, b"</is>": IS_CLOSE,
        b"<t>": T_OPEN, b"<t ": T_OPEN, b"<t/>": T_SELF, b"</t>": T_CLOSE,
    }  # fmt: skip

    def __init__(self, at: Ints, code: NDArray[np.uint8]) -> None:
        self.at = at
        self.code = code
        self._cell: Ints | None = None

    def where(self, *codes: int) -> Ints:
        """Positions in the list of tags of those of the given codes."""
        mask = self.code == codes[0]
        for code in codes[1:]:
            mask |= self.code == code
        return np.flatnonzero(mask)

    def owner(self, *codes: int) -> Ints:
        """For each tag of the given codes, the number of the cell it stands in."""
        if self._cell is None:
            opens = (self.code == self.C_OPEN) | (self.code == self.C_SELF)
            self._cell = np.cumsum(opens) - 1
        return self._cell[self.where(*codes)]

    def spans(self, code: int, skip: int) -> tuple[Ints, Ints, Ints]:
        """Owner, start and end of the character data after each tag of ``code``.

        ``skip`` is the tag's length; 0 asks the stretch (``starts`` set by :func:`tags_of`).
        """
        tag = self.where(code)
        if not len(tag):
            return tag, tag, tag
        start = self.at[tag] + skip if skip else self.text_start
        return self.owner(code), start, self.at[tag + 1]

    text_start: Ints = np.empty(0, np.int64)

    def check_order(self) -> None:
        """Put every tag and its follower through the grammar of sheet data."""
        if not len(self.code):
            raise Refused
        first, last = int(self.code[0]), int(self.code[-1])
        if first not in {self.ROW_OPEN, self.ROW_SELF}:
            raise Refused
        if last not in {self.ROW_CLOSE, self.ROW_SELF}:
            raise Refused
        pair = self.code[:-1].astype(np.uint16) * np.uint16(32) + self.code[1:]
        if not _FOLLOWS.take(pair).all():
            raise Refused


def _follows() -> NDArray[np.bool_]:
    """Which tag may follow which, as a table of 32 x 32."""
    after_cell = (Tag.C_OPEN, Tag.C_SELF, Tag.ROW_CLOSE)
    after_row = (Tag.ROW_OPEN, Tag.ROW_SELF)
    value = (Tag.V_OPEN, Tag.V_SELF, Tag.C_CLOSE)
    allowed = {
        Tag.ROW_OPEN: after_cell,
        Tag.ROW_SELF: after_row,
        Tag.ROW_CLOSE: after_row,
        Tag.C_OPEN: (*value, Tag.F_OPEN, Tag.F_SELF, Tag.IS_OPEN),
        Tag.C_SELF: after_cell,
        Tag.C_CLOSE: after_cell,
        Tag.F_OPEN: (Tag.F_CLOSE,),
        Tag.F_SELF: value,
        Tag.F_CLOSE: value,
        Tag.V_OPEN: (Tag.V_CLOSE,),
        Tag.V_SELF: (Tag.C_CLOSE,),
        Tag.V_CLOSE: (Tag.C_CLOSE,),
        Tag.IS_OPEN: (Tag.T_OPEN, Tag.T_SELF),
        Tag.T_OPEN: (Tag.T_CLOSE,),
        Tag.T_SELF: (Tag.IS_CLOSE,),
        Tag.T_CLOSE: (Tag.IS_CLOSE,),
        Tag.IS_CLOSE: (Tag.C_CLOSE,),
    }
    table = np.zeros(32 * 32, bool)
    for tag, followers in allowed.items():
        table[[tag * 32 + f for f in followers]] = True
    return table


def _spellings() -> tuple[NDArray[np.uint8], list[tuple[int, bytes]]]:
    """By the two bytes after ``<``, the tag; and the tags whose spelling goes on after them."""
    table = np.zeros(1 << 16, np.uint8)
    longer = []
    for spelled, code in Tag.SPELLED.items():
        table[int.from_bytes(spelled[1:3], "little")] = code
        if len(spelled) > len("<c "):
            longer.append((code, spelled))
    return table, longer


_FOLLOWS = _follows()
_CODE, _LONGER = _spellings()
_PRESERVE = b'<t xml:space="preserve">'


def tags_of(s: Stretch) -> Tag:
    """Find and name the tags of a stretch.

    Raises
    ------
    Refused
        An unknown tag, a comment, a processing instruction.
    """
    at = np.flatnonzero(s.bytes[: s.length] == _LT)
    words = s.words[at]
    code = _CODE.take((words >> np.uint64(8)).astype(np.uint16))
    if not code.all():
        raise Refused
    tags = Tag(at, code)
    fourth = (words >> np.uint64(24)).astype(np.uint8)
    for tag, spelled in _LONGER:
        if len(spelled) == len("</c>"):
            if (fourth[code == tag] != spelled[3]).any():
                raise Refused
            continue
        rest = words[code == tag] & _word(b"\xff" * len(spelled))
        if (rest != _word(spelled)).any():
            raise Refused
    _self_closing(s, tags)
    _text_starts(s, tags)
    return tags


def _tag_ends(s: Stretch, tags: Tag, which: Ints) -> Ints:
    """Place of the first ``>`` after each of the tags ``which``."""
    starts = tags.at[which]
    if len(starts) * _SPARSE < s.length:
        find = s.data.find
        ends = np.array([find(b">", a, s.length) for a in starts.tolist()], np.int64)
        if (ends < 0).any():
            raise Refused
        return ends
    closing = np.flatnonzero(s.bytes[: s.length] == _GT)
    found = np.searchsorted(closing, starts)
    if int(found[-1]) >= len(closing):
        raise Refused
    return closing[found]


def _self_closing(s: Stretch, tags: Tag) -> None:
    """Tell ``<f .../>`` from ``<f ...>``, in place."""
    which = tags.where(Tag.F_OPEN)
    if not len(which):
        return
    attributed = which[s.bytes[tags.at[which] + 2] == _SPACE]
    if not len(attributed):
        return
    end = _tag_ends(s, tags, attributed)
    tags.code[attributed[s.bytes[end - 1] == _SLASH]] = Tag.F_SELF


def _text_starts(s: Stretch, tags: Tag) -> None:
    """Where the text of each ``<t>`` begins; only ``xml:space`` is known of its attributes."""
    which = tags.where(Tag.T_OPEN)
    if not len(which):
        return
    at = tags.at[which]
    bare = s.bytes[at + 2] == _GT
    kept = np.ones(len(at), bool)
    for offset in (0, 8, 16):
        kept &= s.words[at + offset] == _word(_PRESERVE[offset : offset + 8])
    if not (bare | kept).all():
        raise Refused
    tags.text_start = at + np.where(bare, len("<t>"), len(_PRESERVE))


@dataclass(frozen=True, eq=False)
class RowHeads:
    """Rows of the stretch: number, its digits as a word and a mask, tag span, place among tags."""

    number: Ints
    digits: Ints
    spelled: Words
    mask: Words
    start: Ints
    end: Ints
    tag: Ints


def row_heads(s: Stretch, tags: Tag) -> RowHeads:
    """Take the ``<row r="..." ...>`` tags apart and tell the self-closing ones, in place."""
    which = tags.where(Tag.ROW_OPEN)
    if not len(which):
        raise Refused
    start = tags.at[which]
    if (s.words[start] != _word(b'<row r="')).any():
        raise Refused
    number, digits = s.digits(start + 8, _ROW_DIGITS)
    if (s.bytes[start + 8 + digits] != _QUOTE).any():
        raise Refused
    end = _tag_ends(s, tags, which)
    _nothing_before_next_tag(s, tags, which, end)
    tags.code[which[s.bytes[end - 1] == _SLASH]] = Tag.ROW_SELF
    mask = (np.uint64(1) << (8 * digits).astype(np.uint64)) - np.uint64(1)
    return RowHeads(number, digits, s.words[start + 8] & mask, mask, start, end, which)


def _nothing_before_next_tag(s: Stretch, tags: Tag, which: Ints, end: Ints) -> None:
    """After a row's ``>`` comes the next tag: else that ``>`` stood inside an attribute."""
    following = np.append(tags.at, s.length)[which + 1]
    loose = np.flatnonzero(following != end + 1)
    for a, b in zip((end[loose] + 1).tolist(), following[loose].tolist(), strict=True):
        if s.data[a:b].strip():
            raise Refused


@dataclass(frozen=True, eq=False)
class CellHeads:
    """Address, type and style of each cell."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    type: NDArray[np.uint8]
    style: NDArray[np.int32]


_TYPES = ((b'n"', 0), (b's"', 1), (b'str"', 2), (b'b"', 3), (b'e"', 4), (b"inlineSt", 5))


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
    if ((s.words[start] & _word(b"\xff" * 6)) != _word(b'<c r="')).any():
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
    if (_byte(words, 0) != _QUOTE).any():
        raise Refused
    closes = _byte(words, 1) == _GT
    closes_self = (_byte(words, 1) == _SLASH) & (_byte(words, 2) == _GT)
    if not (closes | closes_self).all():
        raise Refused
    tags.code[which[closes_self]] = Tag.C_SELF
    return CellHeads(row.astype(np.int32), column.astype(np.int32), type_, style)


def _columns(words: Words) -> tuple[Ints, Ints]:
    """Column number and count of letters, up to three, that begin each word."""
    letter = [_byte(words, i).astype(np.int64) - 64 for i in range(3)]
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
    lead = words & _word(b"\xff" * 5)
    has_style = np.flatnonzero(lead == _word(b'" s="'))
    has_type = np.flatnonzero(lead == _word(b'" t="'))
    if not len(has_style) and not len(has_type):
        return at
    if before is not None:
        for has in (has_style, has_type):
            if (_byte(s.words[before[has]], 2) == _byte(s.words[at[has]], 2)).any():
                raise Refused
    at = at.copy()
    if len(has_style):
        begin = at[has_style] + 5
        number, digits = s.digits(begin, _STYLE_DIGITS)
        style[has_style] = number
        at[has_style] = begin + digits
    if len(has_type):
        begin = at[has_type] + 5
        words = s.words[begin]
        named = np.zeros(len(begin), bool)
        length = np.zeros(len(begin), np.int64)
        for spelled, code in _TYPES:
            match = (words & _word(b"\xff" * len(spelled))) == _word(spelled)
            if not match.any():
                continue
            type_[has_type[match]] = code
            length[match] = len(spelled) - spelled.endswith(b'"')
            named |= match
        inline = length == 8  # noqa: PLR2004 - "inlineSt", its last letter stands in the next word
        if inline.any():
            named[inline] &= s.bytes[begin[inline] + 8] == ord("r")
            length[inline] += 1
        if not named.all():
            raise Refused
        at[has_type] = begin + length
    return at
