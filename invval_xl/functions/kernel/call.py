"""Call a registered function as a cell does: raw values in, numbers, texts and marks out.

Rules (design.md section 4): scalars broadcast; ranges must have one shape, otherwise ``#VALUE!``;
one bad element spoils only its own result; errors are error values, never text. Whole numbers in
the answer (``int``) are marks; results are ``float`` or ``str``.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.functions.errors import CellError, Mark, Reason, last_error
from invval_xl.functions.kernel.blocks import read_blocks
from invval_xl.functions.kernel.combine import blame, combined, groups
from invval_xl.functions.kernel.intake import Column, Shape, column, flatten, trim_whole_columns
from invval_xl.functions.kernel.outlet import Cells, laid_out, marked
from invval_xl.functions.kernel.run import Batch
from invval_xl.functions.registry import (
    Argument,
    ArgumentKind,
    WorksheetFunction,
    functions,
    load_kernel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["MISSING", "Callable_", "Cells", "caller", "one", "spill"]

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
                return ((answer,),)
        try:
            return self._spill(raw)
        except Exception as fault:  # noqa: BLE001 - a cell shows an error value, not a traceback
            return self._refuse(Mark.VALUE, f"it failed inside: {type(fault).__name__}: {fault}")

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
        marks = combined(columns, count)
        batch = Batch(self.kernel, columns, blocks, count)
        answers: Any = np.full(count, math.nan)
        if marks is None or not marks.all():
            answers, raised = batch.answer(groups(columns, count, marks))
            if raised is not None:
                marks = raised if marks is None else np.where(marks != 0, marks, raised)
        cells, marks = marked(answers, marks, self.function.undefined)
        if marks is not None:
            self._remember(marks, columns, shape, batch.why)
        return laid_out(cells, shape)

    def _remember(
        self,
        marks: NDArray[np.int16],
        columns: Sequence[Column],
        shape: Shape | None,
        why: dict[int, str],
    ) -> None:
        """Keep the reason of the first element that failed, in reading order."""
        places = np.flatnonzero(marks)
        first = int(places[0])
        sentence = why.get(first, "")
        if not sentence:
            blamed = blame(columns, first)
            if blamed is not None:
                sentence = blamed.sentence(first)
            elif marks[first] == self.function.undefined:
                sentence = f"{self.function.undefined_because}."
            else:
                sentence = "the result is beyond the largest number Excel holds."
        row, col = (first // shape[1] + 1, first % shape[1] + 1) if shape else (0, 0)
        last_error.remember(
            Reason(self.function.name, int(marks[first]), sentence, row, col, len(places))
        )

    def _refuse(self, mark: Mark, sentence: str) -> Cells:
        last_error.remember(Reason(self.function.name, int(mark), sentence))
        return ((int(mark),),)


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
