"""Call a registered function as a cell does: raw values in, numbers, texts and marks out.

Rules (design.md section 4): scalars broadcast; ranges must have one shape, otherwise ``#VALUE!``;
one bad element spoils only its own result; errors are error values, never text. Whole numbers in
the answer (``int``) are marks; results are ``float`` or ``str``.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from invval_xl.findings import AccountingError
from invval_xl.functions.errors import CellError, Mark, Marked, Reason, last_error
from invval_xl.functions.kernel.blocks import read_blocks
from invval_xl.functions.kernel.intake import Column, Shape, column, flatten, trim_whole_columns
from invval_xl.functions.registry import (
    Argument,
    ArgumentKind,
    WorksheetFunction,
    functions,
    load_kernel,
)

__all__ = ["MISSING", "Callable_", "Cells", "caller", "one", "spill"]

Cells: TypeAlias = Sequence[Sequence[float | str | int]]
"""An answer: rows of floats and texts; an ``int`` is an error mark."""

_HUGE = 1.7976931348623157e308
_FAST = object()


class _Missing:
    """An omitted argument."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


class Callable_:  # noqa: N801 - "callable" is taken and the noun is wanted
    """One worksheet function, ready to be called with raw cells."""

    def __init__(self, function: WorksheetFunction) -> None:
        self.function = function
        self.elementwise = tuple(a for a in function.arguments if a.elementwise)
        self._kernel: Callable[..., Any] | None = None
        self._spread = {a.parameter or a.name for a in self.elementwise}
        self._plan = tuple((a.parameter or a.name, *_scalar_test(a)) for a in function.arguments)
        self._fast = len(self.elementwise) == len(function.arguments)
        self._needed = function.required
        self._defaults = tuple(
            math.nan if a.kind is ArgumentKind.NUMBER and a.default is None else a.default
            for a in function.arguments
        )

    @property
    def kernel(self) -> Callable[..., Any]:
        """The kernel, imported at the first call."""
        if self._kernel is None:
            self._kernel = load_kernel(self.function.kernel)
        return self._kernel

    def __call__(self, *raw: Any) -> Cells:
        """Answer for ``raw`` cells, one value an argument; :data:`MISSING` for an omitted one."""
        if self._fast:
            answer = self._scalar(raw)
            if answer is not _FAST:
                return ((answer,),)  # type: ignore[return-value]
        return self._spill(raw)

    def _scalar(self, raw: tuple[Any, ...]) -> Any:
        """The answer for plain usable single cells, otherwise ``_FAST`` to take the long way."""
        given: dict[str, Any] = {}
        for index, (name, low, high, words) in enumerate(self._plan):
            value = raw[index] if index < len(raw) else MISSING
            if type(value) is float:
                if words is not None or not low <= value <= high:
                    return _FAST
            elif value is MISSING and index >= self._needed:
                value = self._defaults[index]
            elif words is not None and type(value) is str and value in words:
                value = words[value]
            else:
                return _FAST
            given[name] = value
        try:
            with np.errstate(all="ignore"):
                answer = self.kernel(**given)
        except Exception:  # noqa: BLE001 - the long way names the reason
            return _FAST
        if isinstance(answer, str):
            return answer
        try:
            number = float(answer) + 0.0
        except (TypeError, ValueError):
            return _FAST
        return number if number - number == 0.0 else _FAST

    def _spill(self, raw: tuple[Any, ...]) -> Cells:
        given = [*raw, *([MISSING] * (len(self.function.arguments) - len(raw)))]
        given = trim_whole_columns(given)
        try:
            columns, blocks = self._read(given)
            shape = self._agree(columns)
        except CellError as trouble:
            return self._refuse(trouble.mark, trouble.sentence)
        return self._compute(columns, blocks, shape)

    def _read(self, given: Sequence[Any]) -> tuple[list[Column], dict[str, Any]]:
        columns: list[Column] = []
        whole: list[tuple[Argument, Any]] = []
        for argument, value in zip(self.function.arguments, given, strict=True):
            if not argument.elementwise:
                whole.append((argument, None if value is MISSING else value))
                continue
            if value is MISSING:
                if not argument.optional:
                    raise CellError(Mark.VALUE, f"{argument.name} is missing.")
                value = None  # noqa: PLW2901 - an omitted optional reads as a blank one
            cells, shape = flatten(value)
            columns.append(column(value, argument, cells, shape))
        return columns, read_blocks(whole)

    def _agree(self, columns: Sequence[Column]) -> Shape | None:
        shape: Shape | None = None
        first = ""
        for col in columns:
            if col.shape is None:
                continue
            if shape is None:
                shape, first = col.shape, col.argument.name
            elif shape != col.shape:
                raise CellError(
                    Mark.VALUE,
                    f"{first} is {shape[0]} x {shape[1]} cells and {col.argument.name} "
                    f"{col.shape[0]} x {col.shape[1]}; ranges must have one shape.",
                )
        return shape

    def _compute(
        self, columns: Sequence[Column], blocks: dict[str, Any], shape: Shape | None
    ) -> Cells:
        count = shape[0] * shape[1] if shape else 1
        marks = _combined(columns, count)
        answers: list[Any] | NDArray[np.float64]
        why: dict[int, str] = {}
        if marks is not None and (marks != 0).all():
            answers = np.full(count, math.nan)
        else:
            answers, raised = self._answer(columns, blocks, count, marks, why)
            if raised is not None:
                marks = raised if marks is None else np.where(marks != 0, marks, raised)
        return self._outlet(answers, marks, columns, shape, why)

    def _answer(
        self,
        columns: Sequence[Column],
        blocks: dict[str, Any],
        count: int,
        marks: NDArray[np.int16] | None,
        why: dict[int, str],
    ) -> tuple[Any, NDArray[np.int16] | None]:
        """Run the kernel, once a combination of words."""
        raised: NDArray[np.int16] | None = None
        groups = _groups(columns, count, marks)
        if len(groups) == 1 and groups[0][1] is None:
            positions = np.arange(count)
            answers, bad = self._run(columns, blocks, groups[0][0], None, positions, why)
            return answers, bad
        answers = [math.nan] * count
        raised = np.zeros(count, np.int16)
        for words, where in groups:
            assert where is not None
            part, bad = self._run(columns, blocks, words, where, where, why)
            for position, value in zip(where.tolist(), list(part), strict=True):
                answers[position] = value
            if bad is not None:
                raised[where] = bad
        return answers, raised

    def _run(
        self,
        columns: Sequence[Column],
        blocks: dict[str, Any],
        words: dict[str, str | None],
        where: NDArray[np.int64] | None,
        positions: NDArray[np.int64],
        why: dict[int, str],
    ) -> tuple[Any, NDArray[np.int16] | None]:
        """One kernel call; where a rule refuses part of it, halve until only that part fails."""
        given: dict[str, Any] = dict(blocks)
        for col in columns:
            name = col.argument.parameter or col.argument.name
            if col.argument.kind is ArgumentKind.CHOICE:
                given[name] = words[name]
            elif col.numbers is None:
                texts = col.words or []
                given[name] = (
                    texts[0]
                    if col.shape is None
                    else [texts[i] for i in (range(len(texts)) if where is None else where)]
                )
            elif col.shape is None:
                given[name] = float(col.numbers[0])
            else:
                given[name] = col.numbers if where is None else col.numbers[where]
        count = len(positions)
        try:
            with np.errstate(all="ignore"):
                answer = self.kernel(**given)
            if not isinstance(answer, Marked):
                return _as_list(answer, count), None
            marks = np.broadcast_to(answer.marks, (count,)).astype(np.int16)
            for index in np.flatnonzero(marks)[:1].tolist():
                why[int(positions[index])] = answer.sentence
            return _as_list(answer.numbers, count), marks
        except AccountingError as refusal:
            mark, sentence = Mark.NUM, f"{refusal}."
        except CellError as refusal:
            mark, sentence = refusal.mark, f"{refusal.sentence}."
        except Exception as fault:  # noqa: BLE001 - a cell shows an error value, not a traceback
            mark, sentence = Mark.VALUE, f"it failed inside: {type(fault).__name__}: {fault}"
        if count == 1 or self._whole(given):
            why.update(dict.fromkeys(positions.tolist(), sentence))
            return [math.nan] * count, np.full(count, int(mark), np.int16)
        half = count // 2
        index = np.arange(count) if where is None else where
        left, left_bad = self._run(columns, blocks, words, index[:half], positions[:half], why)
        right, right_bad = self._run(columns, blocks, words, index[half:], positions[half:], why)
        bad = np.zeros(count, np.int16)
        if left_bad is not None:
            bad[:half] = left_bad
        if right_bad is not None:
            bad[half:] = right_bad
        return [*list(left), *list(right)], bad

    def _whole(self, given: dict[str, Any]) -> bool:
        """Whether the refusal has nothing to do with single elements: it stands for none at all."""
        empty = {
            name: value[:0] if isinstance(value, np.ndarray) and name in self._spread else value
            for name, value in given.items()
        }
        try:
            with np.errstate(all="ignore"):
                self.kernel(**empty)
        except Exception:  # noqa: BLE001 - asked only whether it fails
            return True
        return False

    def _outlet(
        self,
        answers: Any,
        marks: NDArray[np.int16] | None,
        columns: Sequence[Column],
        shape: Shape | None,
        why: dict[int, str],
    ) -> Cells:
        count = len(answers)
        if isinstance(answers, np.ndarray):
            if not np.isfinite(answers).all():
                marks = np.zeros(count, np.int16) if marks is None else marks.copy()
                free = marks == 0
                marks[free & np.isnan(answers)] = self.function.undefined
                marks[free & np.isinf(answers)] = Mark.NUM
            cells: list[Any] = (answers + 0.0).tolist()
        else:
            cells = list(answers)
            found = np.zeros(count, np.int16) if marks is None else marks.copy()
            for index, value in enumerate(cells):
                if isinstance(value, str):
                    continue
                number = cells[index] = float(value) + 0.0
                if found[index] == 0 and number != number:  # noqa: PLR0124 - NaN
                    found[index] = self.function.undefined
                elif found[index] == 0 and abs(number) > _HUGE:
                    found[index] = Mark.NUM
            marks = found
        if marks is not None:
            places = np.flatnonzero(marks)
            for index in places.tolist():
                cells[index] = int(marks[index])
            if len(places):
                self._remember(int(places[0]), len(places), marks, columns, shape, why)
        if shape is None:
            return ((cells[0],),)
        return _rows(cells, shape)

    def _remember(
        self,
        first: int,
        count: int,
        marks: NDArray[np.int16],
        columns: Sequence[Column],
        shape: Shape | None,
        why: dict[int, str],
    ) -> None:
        sentence = why.get(first, "")
        if not sentence:
            blamed = _blame(columns, first)
            if blamed is not None:
                sentence = blamed.sentence(first)
            elif marks[first] == self.function.undefined:
                sentence = f"{self.function.undefined_because}."
            else:
                sentence = "the result is beyond the largest number Excel holds."
        row, col = (first // shape[1] + 1, first % shape[1] + 1) if shape else (0, 0)
        last_error.remember(
            Reason(self.function.name, int(marks[first]), sentence, row, col, count)
        )

    def _refuse(self, mark: Mark, sentence: str) -> Cells:
        last_error.remember(Reason(self.function.name, int(mark), sentence))
        return ((int(mark),),)


def _rows(cells: list[Any], shape: Shape) -> Cells:
    """Cells as rows. The collector rests meanwhile: it would walk the young tuples over and over."""
    rows, width = shape
    if rows == 1:
        return (tuple(cells),)
    running = gc.isenabled()
    gc.disable()
    try:
        if width == 1:
            return list(zip(cells, strict=False))
        return list(zip(*[iter(cells)] * width, strict=True))
    finally:
        if running:
            gc.enable()


def _scalar_test(argument: Argument) -> tuple[float, float, dict[str, str] | None]:
    """Bounds and words of the quick test of a single cell."""
    if argument.kind is ArgumentKind.CHOICE:
        return 0.0, 0.0, {**argument.choices, **{w: w for w in argument.words}}
    if argument.kind is ArgumentKind.TEXT:
        return 1.0, 0.0, None
    low = max(argument.minimum, -_HUGE)
    if argument.above is not None:
        low = math.nextafter(argument.above, math.inf)
    return low, min(argument.maximum, _HUGE), None


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


def _combined(columns: Sequence[Column], count: int) -> NDArray[np.int16] | None:
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


def _blame(columns: Sequence[Column], position: int) -> Column | None:
    """The argument that decided the mark of one element."""
    best: tuple[int, Column] | None = None
    for col in columns:
        if col.trouble is None:
            continue
        trouble = int(col.trouble[position if len(col.raw) > 1 else 0])
        if trouble and (best is None or trouble < best[0]):
            best = (trouble, col)
    return best[1] if best else None


def _groups(
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


@cache
def caller(name: str) -> Callable_:
    """The ready-to-call function of that name."""
    return Callable_(functions()[name])


def spill(name: str, *raw: Any) -> Cells:
    """Call function ``name`` as a cell does."""
    return caller(name)(*raw)


def one(name: str, *raw: Any) -> float | str | Mark:
    """Call function ``name`` for single cells; an error comes back as its :class:`Mark`."""
    value = spill(name, *raw)[0][0]
    return Mark(value) if isinstance(value, int) else value
