"""An answer out: NaN and infinity become marks, flat values become rows."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from invval_xl.functions.errors import Mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.functions.kernel.intake import Shape

__all__ = ["Cells", "laid_out", "marked"]

Cells: TypeAlias = Sequence[Sequence[float | str | int]]
"""An answer: rows of floats and texts; an ``int`` is an error mark."""

_HUGE = 1.7976931348623157e308


def marked(
    answers: Any, marks: NDArray[np.int16] | None, undefined: int
) -> tuple[list[Any], NDArray[np.int16] | None]:
    """Plain values of ``answers`` and the marks over them, ``None`` where there is none.

    NaN where nothing was wrong is ``undefined``; infinity is a number too large for Excel.
    """
    if isinstance(answers, np.ndarray):
        if not np.isfinite(answers).all():
            marks = np.zeros(len(answers), np.int16) if marks is None else marks.copy()
            free = marks == 0
            marks[free & np.isnan(answers)] = undefined
            marks[free & np.isinf(answers)] = Mark.NUM
        cells: list[Any] = (answers + 0.0).tolist()  # -0.0 never shows
    else:
        cells = list(answers)
        marks = np.zeros(len(cells), np.int16) if marks is None else marks.copy()
        _mark_mixed(cells, marks, undefined)
    if marks is None or not marks.any():
        return cells, None
    for index in np.flatnonzero(marks).tolist():
        cells[index] = int(marks[index])
    return cells, marks


def _mark_mixed(cells: list[Any], marks: NDArray[np.int16], undefined: int) -> None:
    """The same for an answer that holds text."""
    for index, value in enumerate(cells):
        if isinstance(value, str):
            continue
        number = cells[index] = float(value) + 0.0
        if marks[index] == 0 and np.isnan(number):
            marks[index] = undefined
        elif marks[index] == 0 and abs(number) > _HUGE:
            marks[index] = Mark.NUM


def laid_out(cells: list[Any], shape: Shape | None) -> Cells:
    """Flat cells as rows of ``shape``; one cell where it is ``None``."""
    if shape is None:
        return ((cells[0],),)
    rows, width = shape
    if rows == 1:
        return (tuple(cells),)
    # The collector rests meanwhile: it would walk the young tuples over and over.
    running = gc.isenabled()
    gc.disable()
    try:
        if width == 1:
            return list(zip(cells, strict=False))
        return list(zip(*[iter(cells)] * width, strict=True))
    finally:
        if running:
            gc.enable()
