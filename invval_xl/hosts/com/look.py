"""Find where a property of a range changes, in few calls: each one to Excel takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["hidden_lines", "uniform_parts"]


def uniform_parts(cells: Any, ask: Callable[[Any], Any]) -> Iterator[tuple[Any, Any]]:
    """Split ``cells`` (an ``xw.Range``) until ``ask`` answers for each part; (part, answer) pairs.

    ``ask`` answers ``None`` where the range is mixed, as Excel does.
    """
    answer = ask(cells)
    rows, columns = cells.shape
    if answer is not None or rows * columns == 1:
        yield cells, answer
        return
    first, second = _halves(cells, rows, columns)
    yield from uniform_parts(first, ask)
    yield from uniform_parts(second, ask)


def _halves(cells: Any, rows: int, columns: int) -> tuple[Any, Any]:
    if rows >= columns:
        half = rows // 2
        return cells[:half, :], cells[half:, :]
    half = columns // 2
    return cells[:, :half], cells[:, half:]


def hidden_lines(used: Any) -> tuple[frozenset[int], frozenset[int]]:
    """1-based sheet rows and columns inside ``used`` that do not show.

    Asked through the visible areas: asking row by row would take a call a row.
    """
    areas = used.get_special_cells("visible")
    top, left = used.row, used.column
    height, width = used.shape
    rows, columns = set(range(top, top + height)), set(range(left, left + width))
    for area in areas:
        tall, wide = area.shape
        rows.difference_update(range(area.row, area.row + tall))
        columns.difference_update(range(area.column, area.column + wide))
    return frozenset(rows), frozenset(columns)
