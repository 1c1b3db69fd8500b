"""Where a printed paper ends a page: never between a heading, its table's header and first rows.

Excel forgets manual breaks where it fits a sheet to pages, so a paper is printed at a scale that
fits its width, worked out here, and its breaks are set by hand. Both sizes of paper in use (A4 and
Letter) take what is planned: the narrower width and the lesser height count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ROW_HEIGHT", "Pages", "merged", "paged", "width_points"]

ROW_HEIGHT = 15.75
"""Points of a row of no stated height: set in the file, as programs differ in their own."""

MOST_BREAKS = 1_000
"""Excel takes 1,023 on a sheet."""

_INCH = 72.0
_WIDTH = {True: 11.0 - 1.0, False: 8.27 - 1.0}  # landscape: Letter is narrower; portrait: A4
_HEIGHT = {True: 8.27 - 1.5, False: 11.0 - 1.5}
_DEFAULT_WIDTH = 8.43
_SPARE = 0.93  # widths are counted in digits of the workbook's own font, and fonts differ


@dataclass(frozen=True)
class Pages:
    """Scale in percent and the rows that pages end after."""

    scale: int
    breaks: tuple[int, ...]


def width_points(
    widths: Mapping[int, float], last_column: int, folded: Iterable[int] = ()
) -> float:
    """Width of the columns that show, in points, as Excel draws them in its default font.

    Examples
    --------
    >>> width_points({1: 10.0}, 2)
    104.25
    """
    hidden = set(folded)
    pixels = sum(
        int(widths.get(column, _DEFAULT_WIDTH) * 7 + 5)
        for column in range(1, last_column + 1)
        if column not in hidden
    )
    return pixels * 0.75


def merged(groups: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Groups of rows to be kept on one page, those that share a row joined.

    Examples
    --------
    >>> merged([(5, 8), (1, 2), (8, 9)])
    [(1, 2), (5, 9)]
    """
    out: list[tuple[int, int]] = []
    for first, last in sorted(groups):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


def paged(
    last_row: int,
    heights: Mapping[int, float],
    groups: Sequence[tuple[int, int]],
    width: float,
    *,
    landscape: bool,
    repeat: tuple[int, int] = (0, 0),
    flowing: tuple[int, int] = (0, 0),
) -> Pages:
    """Scale and page ends for a paper.

    Parameters
    ----------
    last_row
        Last row printed.
    heights
        Points of the rows that state a height.
    groups
        Rows (first, last) that belong on one page; one longer than a page is split after all.
    width
        Points across.
    repeat
        Header rows printed on every page after their own.
    flowing
        Rows of a table too long for breaks by hand; pages end inside it where they end, under the
        repeated header, and its end is a page's end.
    """
    scale = int(max(10.0, min(100.0, 100 * _SPARE * _WIDTH[landscape] * _INCH / width)))
    room = _HEIGHT[landscape] * _INCH * 100 / scale
    starts = {}
    for first, last in merged(groups):
        tall = sum(heights.get(row, ROW_HEIGHT) for row in range(first, last + 1))
        if tall <= room:
            starts.update(dict.fromkeys(range(first + 1, last + 1), first))
    repeated = (
        sum(heights.get(r, ROW_HEIGHT) for r in range(repeat[0], repeat[1] + 1)) if repeat[0] else 0
    )
    breaks: list[int] = []
    top, used, row = 1, 0.0, 1
    while row <= last_row and len(breaks) < MOST_BREAKS:
        if flowing[0] and row == flowing[0]:
            row = flowing[1] + 1
            if row <= last_row:
                breaks.append(flowing[1])
            top, used = row, float(repeated)
            continue
        used += heights.get(row, ROW_HEIGHT)
        if used > room and row > top:
            begin = starts.get(row, row)
            begin = begin if begin > top else row
            breaks.append(begin - 1)
            top, row = begin, begin
            used = float(repeated) if repeat[1] and begin > repeat[1] else 0.0
            continue
        row += 1
    return Pages(scale, tuple(breaks))
