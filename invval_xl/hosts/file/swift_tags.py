"""Tags of a stretch of sheet XML as arrays: found, named, and put through the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from invval_xl.hosts.file.stretch import Refused, Stretch, check_attributes, word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Tag", "tags_of"]

_LT, _GT, _SLASH, _SPACE = b"<>/ "


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


def _spellings() -> tuple[NDArray[np.uint8], NDArray[np.uint8], list[tuple[int, bytes]]]:
    """By the two bytes after ``<``, the tag; by tag, its fourth byte; the longer spellings."""
    table = np.zeros(1 << 16, np.uint8)
    fourth = np.zeros(32, np.uint8)
    longer = []
    for spelled, code in Tag.SPELLED.items():
        table[int.from_bytes(spelled[1:3], "little")] = code
        if len(spelled) > len("<c "):
            fourth[code] = spelled[3]
        if len(spelled) > len("</c>"):
            longer.append((code, spelled))
    return table, fourth, longer


_FOLLOWS = _follows()
_CODE, _FOURTH, _LONGER = _spellings()
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
    expected = _FOURTH.take(code)
    if ((expected != fourth) & (expected != 0)).any():
        raise Refused
    for tag, spelled in _LONGER:
        rest = words[np.flatnonzero(code == tag)] & word(b"\xff" * len(spelled))
        if (rest != word(spelled)).any():
            raise Refused
    _self_closing(s, tags)
    _text_starts(s, tags)
    return tags


def _tag_ends(s: Stretch, tags: Tag, which: Ints) -> Ints:
    """Place of the first ``>`` after each of the tags ``which``."""
    starts = tags.at[which]
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
    spans = zip((tags.at[attributed] + 2).tolist(), end.tolist(), strict=True)
    for attributes in {s.data[a:b] for a, b in spans}:
        check_attributes(attributes)
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
        kept &= s.words[at + offset] == word(_PRESERVE[offset : offset + 8])
    if not (bare | kept).all():
        raise Refused
    tags.text_start = at + np.where(bare, len("<t>"), len(_PRESERVE))
