"""Arguments consumed whole: lists of layers, tables of rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.functions.errors import CellError, Mark
from invval_xl.functions.kernel.intake import Column, column, flatten, plain
from invval_xl.functions.registry import Argument, ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["read_blocks"]


def read_blocks(given: Sequence[tuple[Argument, Any]]) -> dict[str, Any]:
    """Read every ``VECTOR`` and ``TABLE``; an omitted optional one is left to the kernel.

    Vectors of one length run side by side: trailing rows that are blank in all of them are cut.
    """
    blocks: dict[str, Any] = {}
    vectors: list[tuple[Argument, list[Any]]] = []
    for argument, value in given:
        if value is None:
            if not argument.optional:
                raise CellError(Mark.NA, f"{argument.name} is blank.")
            continue
        if argument.kind is ArgumentKind.TABLE:
            blocks[argument.parameter or argument.name] = _table(argument, value)
        else:
            vectors.append((argument, flatten(value)[0]))
    used = _used([cells for _, cells in vectors])
    for (argument, cells), length in zip(vectors, used, strict=True):
        blocks[argument.parameter or argument.name] = _usable(argument, cells[:length])
    return blocks


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _used(vectors: Sequence[list[Any]]) -> list[int]:
    """Length of each vector without trailing blanks, the same for vectors of one length."""
    longest: dict[int, int] = {}
    for cells in vectors:
        last = len(cells)
        while last and _is_blank(cells[last - 1]):
            last -= 1
        longest[len(cells)] = max(longest.get(len(cells), 0), last)
    return [longest[len(cells)] for cells in vectors]


def _usable(argument: Argument, cells: list[Any]) -> NDArray[np.float64]:
    """The numbers of a whole-taken argument; any trouble in it is the call's trouble."""
    if not cells:
        if argument.optional:
            return np.empty(0)
        raise CellError(Mark.NA, f"{argument.name} is blank; unknown is not zero.")
    found: Column = column(None, argument, cells, (len(cells), 1))
    if found.trouble is not None and found.marks is not None and found.trouble.any():
        order = np.where(found.trouble == 0, 9, found.trouble)
        worst = int(np.argmin(order))
        place = f" (cell {worst + 1} of {len(cells)})" if len(cells) > 1 else ""
        sentence = found.sentence(worst).removesuffix(".")
        raise CellError(Mark(int(found.marks[worst])), f"{sentence}{place}.")
    assert found.numbers is not None
    return found.numbers


def _pass_errors(argument: Argument, cells: list[Any]) -> None:
    """An error cell is the answer whatever else is wrong."""
    for cell in cells:
        value = plain(cell)
        if isinstance(value, Mark):
            raise CellError(value, f"{argument.name} is itself {value.spelling}.")


def _table(argument: Argument, value: Any) -> NDArray[np.float64]:
    """Rows of a table: a first row of words is its header, trailing blank rows are cut."""
    cells, shape = flatten(value)
    rows, width = shape or (1, 1)
    if width != argument.columns:
        _pass_errors(argument, cells)
    if width != argument.columns:
        raise CellError(
            Mark.VALUE,
            f"{argument.name} has {width} column(s); it needs {argument.columns}.",
        )
    grid = [cells[start : start + width] for start in range(0, rows * width, width)]
    while grid and all(map(_is_blank, grid[-1])):
        grid.pop()
    if grid and all(isinstance(cell, str) and not cell.startswith("#") for cell in grid[0]):
        grid = grid[1:]
    numbers = _usable(argument, [cell for row in grid for cell in row])
    return numbers.reshape(-1, width)
