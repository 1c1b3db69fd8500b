"""Ask a kernel; where a rule refuses part of a batch, find out which part."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import AccountingError
from invval_xl.functions.errors import CellError, Mark, Marked
from invval_xl.functions.registry import ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from invval_xl.functions.kernel.intake import Column

__all__ = ["Batch"]

Answer = tuple[Any, "NDArray[np.int16] | None"]


@dataclass
class Batch:
    """One call of a worksheet function.

    Parameters
    ----------
    kernel
        What is asked, with keyword arguments.
    columns, blocks
        Its element-by-element arguments and those it takes whole.
    count
        Number of elements.
    why
        Sentences by element, filled while running.
    """

    kernel: Callable[..., Any]
    columns: Sequence[Column]
    blocks: dict[str, Any]
    count: int
    why: dict[int, str] = field(default_factory=dict)

    def answer(
        self, groups: Sequence[tuple[dict[str, str | None], NDArray[np.int64] | None]]
    ) -> Answer:
        """Run the kernel once a combination of words; values and the marks it raised."""
        if len(groups) == 1 and groups[0][1] is None:
            return self._run(groups[0][0], None, np.arange(self.count))
        answers: list[Any] = [math.nan] * self.count
        raised = np.zeros(self.count, np.int16)
        for words, where in groups:
            assert where is not None
            part, bad = self._run(words, where, where)
            for position, value in zip(where.tolist(), list(part), strict=True):
                answers[position] = value
            if bad is not None:
                raised[where] = bad
        return answers, raised

    def _run(
        self,
        words: dict[str, str | None],
        where: NDArray[np.int64] | None,
        positions: NDArray[np.int64],
    ) -> Answer:
        """Ask for ``positions``; halve what a rule refuses until only the refused part fails."""
        given = self._given(words, where)
        count = len(positions)
        try:
            return self._asked(given, count, positions)
        except CellError as refusal:
            mark, sentence = refusal.mark, f"{refusal.sentence}."
        except AccountingError as refusal:
            mark, sentence = Mark.NUM, f"{refusal}."
        except Exception as fault:  # noqa: BLE001 - a cell shows an error value, not a traceback
            mark, sentence = Mark.VALUE, f"it failed inside: {type(fault).__name__}: {fault}"
        if count == 1 or self._refused_for_none(given):
            self.why.update(dict.fromkeys(positions.tolist(), sentence))
            return [math.nan] * count, np.full(count, int(mark), np.int16)
        half = count // 2
        index = np.arange(count) if where is None else where
        left, left_bad = self._run(words, index[:half], positions[:half])
        right, right_bad = self._run(words, index[half:], positions[half:])
        bad = np.zeros(count, np.int16)
        if left_bad is not None:
            bad[:half] = left_bad
        if right_bad is not None:
            bad[half:] = right_bad
        return [*list(left), *list(right)], bad

    def _given(
        self, words: dict[str, str | None], where: NDArray[np.int64] | None
    ) -> dict[str, Any]:
        """Keyword arguments for the elements ``where``, all of them for ``None``."""
        given: dict[str, Any] = dict(self.blocks)
        for col in self.columns:
            name = col.argument.parameter or col.argument.name
            if col.argument.kind is ArgumentKind.CHOICE:
                given[name] = words[name]
            elif col.numbers is None:
                given[name] = _texts(col, where)
            elif col.shape is None:
                given[name] = float(col.numbers[0])
            else:
                given[name] = col.numbers if where is None else col.numbers[where]
        return given

    def _asked(self, given: dict[str, Any], count: int, positions: NDArray[np.int64]) -> Answer:
        with np.errstate(all="ignore"):
            answer = self.kernel(**given)
        if not isinstance(answer, Marked):
            return _as_list(answer, count), None
        marks = np.broadcast_to(answer.marks, (count,)).astype(np.int16)
        for index in np.flatnonzero(marks)[:1].tolist():
            self.why[int(positions[index])] = answer.sentence
        return _as_list(answer.numbers, count), marks

    def _refused_for_none(self, given: dict[str, Any]) -> bool:
        """Whether no element at all is refused too: then it has nothing to do with elements."""
        spread = {c.argument.parameter or c.argument.name for c in self.columns}
        empty = {
            name: value[:0] if isinstance(value, np.ndarray) and name in spread else value
            for name, value in given.items()
        }
        try:
            with np.errstate(all="ignore"):
                self.kernel(**empty)
        except Exception:  # noqa: BLE001 - asked only whether it fails
            return True
        return False


def _texts(col: Column, where: NDArray[np.int64] | None) -> Any:
    texts = col.words or []
    if col.shape is None:
        return texts[0]
    return texts if where is None else [texts[i] for i in where.tolist()]


def _as_list(answer: Any, count: int) -> Any:
    """A kernel's answer as ``float64[count]``, or a list where it holds text."""
    if isinstance(answer, str):
        return [answer] * count
    if isinstance(answer, (list, tuple)) and any(isinstance(x, str) for x in answer):
        return list(answer)
    array = np.asarray(answer)
    if array.dtype.kind in "OUS":
        texts = [str(x) if isinstance(x, str) else x for x in array.ravel().tolist()]
        return texts * count if len(texts) == 1 else texts
    numbers = array.astype(np.float64, copy=False).ravel()
    return np.full(count, numbers[0]) if numbers.size == 1 and count != 1 else numbers
