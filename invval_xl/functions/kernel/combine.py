"""What several arguments say together: the mark of each element, who is to blame, which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.functions.registry import ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from invval_xl.functions.kernel.intake import Column

__all__ = ["blame", "combined", "groups"]


def combined(columns: Sequence[Column], count: int) -> NDArray[np.int16] | None:
    """The mark of each element: the gravest trouble first, the leftmost argument among equals."""
    marks: NDArray[np.int16] | None = None
    rank = np.full(0, 9, np.uint8)
    for col in columns:
        if col.trouble is None or col.marks is None:
            continue
        if marks is None:
            marks, rank = np.zeros(count, np.int16), np.full(count, 9, np.uint8)
        trouble = np.where(col.trouble == 0, np.uint8(9), col.trouble)
        worse = np.broadcast_to(trouble, (count,)) < rank
        marks = np.where(worse, np.broadcast_to(col.marks, (count,)), marks)
        rank = np.where(worse, np.broadcast_to(trouble, (count,)), rank)
    return marks


def blame(columns: Sequence[Column], position: int) -> Column | None:
    """The argument that decided the mark of one element."""
    best: tuple[int, Column] | None = None
    for col in columns:
        if col.trouble is None:
            continue
        trouble = int(col.trouble[position if len(col.raw) > 1 else 0])
        if trouble and (best is None or trouble < best[0]):
            best = (trouble, col)
    return best[1] if best else None


def groups(
    columns: Sequence[Column], count: int, marks: NDArray[np.int16] | None
) -> list[tuple[dict[str, str | None], NDArray[np.int64] | None]]:
    """Split by the distinct combinations of words; ``None`` as positions means all of them."""
    chosen = [col for col in columns if col.argument.kind is ArgumentKind.CHOICE]
    names = [col.argument.parameter or col.argument.name for col in chosen]
    if all(col.shape is None for col in chosen):
        single = {name: (col.words or [None])[0] for name, col in zip(names, chosen, strict=True)}
        return [(single, None)]
    parts: dict[tuple[str | None, ...], list[int]] = {}
    for position in range(count):
        if marks is not None and marks[position]:
            continue
        key = tuple((col.words or [])[position if col.shape else 0] for col in chosen)
        parts.setdefault(key, []).append(position)
    return [
        (dict(zip(names, key, strict=True)), np.array(places, np.int64))
        for key, places in parts.items()
    ]
