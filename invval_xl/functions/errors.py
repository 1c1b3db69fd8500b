"""Excel's error values, and the sentence behind the last one.

A cell can hold only ``#NUM!``; the analyst deserves the reason. Every mark that leaves a function
leaves a :class:`Reason` here, and the ribbon's *Last error* reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "SCODE_TO_MARK",
    "SPELLINGS",
    "CellError",
    "LastError",
    "Mark",
    "Marked",
    "Reason",
    "last_error",
]


class Mark(IntEnum):
    """Excel's error values by their ``CVErr`` numbers."""

    NULL = 2000
    DIV0 = 2007
    VALUE = 2015
    REF = 2023
    NAME = 2029
    NUM = 2036
    NA = 2042
    GETTING_DATA = 2043
    SPILL = 2045
    CONNECT = 2046
    BLOCKED = 2047
    UNKNOWN = 2048
    FIELD = 2049
    CALC = 2050

    @property
    def spelling(self) -> str:
        """The error as Excel shows it."""
        return _SPELLING[self.value]


_SPELLING: dict[int, str] = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
}

# How the same errors arrive: as COM status codes, or as text from hosts that spell them out.
SCODE_TO_MARK: dict[int, int] = {number - 2146828288: number for number in _SPELLING}
SPELLINGS: dict[str, int] = {text: number for number, text in _SPELLING.items()}


class CellError(Exception):
    """A kernel refuses its arguments with one error value."""

    def __init__(self, mark: Mark, sentence: str) -> None:
        self.mark = mark
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True, eq=False)
class Marked:
    """A kernel's answer that carries its own error values.

    Parameters
    ----------
    numbers
        ``float64[n]``.
    marks
        ``int16[n]``; 0 where the number stands.
    sentence
        The reason behind the marks.
    """

    numbers: NDArray[np.float64]
    marks: NDArray[np.int16]
    sentence: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a function answered with an error value.

    Parameters
    ----------
    function
        The function's name as typed.
    mark
        The error value of the first element that failed, in reading order.
    sentence
        The reason in words.
    row, column
        1-based place of that element inside the result; 0 where the result is one cell.
    count
        How many elements of the result are errors.
    """

    function: str
    mark: int
    sentence: str
    row: int = 0
    column: int = 0
    count: int = 1

    @property
    def spelling(self) -> str:
        """The error as Excel shows it."""
        return _SPELLING[self.mark]

    def text(self) -> str:
        """The whole message, as *Last error* shows it."""
        place = f" (row {self.row}, column {self.column} of the result)" if self.row else ""
        more = f" {self.count} cells of this result are errors." if self.count > 1 else ""
        return f"{self.function} answered {self.spelling}{place}: {self.sentence}{more}"


class LastError:
    """The most recent :class:`Reason` of this Python process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reason: Reason | None = None

    def remember(self, reason: Reason) -> None:
        """Keep ``reason`` until the next one."""
        with self._lock:
            self._reason = reason

    def forget(self) -> None:
        """Start afresh."""
        with self._lock:
            self._reason = None

    @property
    def reason(self) -> Reason | None:
        """The last reason, or ``None`` where no function has failed yet."""
        with self._lock:
            return self._reason

    def text(self) -> str:
        """What *Last error* shows."""
        reason = self.reason
        return reason.text() if reason else "No INV_ function has answered with an error yet."


last_error = LastError()
