"""A batch of calls, as JSON brings it, answered by the same path every host takes.

In: ``{"calls": [["INV_NRV", [[[70.0]], null, [[20.0]]]], ...]}``: a name and its arguments, each
rows of cells, or null where left out. Out: ``{"answers": [{"rows": [[50.0]]}, ...]}``; an error
cell is ``{"error": "#NUM!"}`` and ``why`` beside the rows says what is behind the first of them.
"""

from __future__ import annotations

import json
from typing import Any

from invval_xl.functions.errors import Mark, last_error
from invval_xl.functions.kernel.call import MISSING, spill
from invval_xl.functions.registry import functions

__all__ = ["MalformedError", "answered", "read_json"]

_LEAVES = (float, str, bool, type(None))


class MalformedError(Exception):
    """A request that none of our scripts sends; its text goes back to whoever sent it."""


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; numbers come as ``float``.

    Raises
    ------
    MalformedError
        Where it is not JSON, not an object, or holds NaN or infinity (JSON has neither).
    """

    def refused(word: str) -> float:
        raise MalformedError(f"{word} is no JSON.")

    try:
        told = json.loads(body, parse_int=float, parse_constant=refused)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The request is not JSON.") from error
    if not isinstance(told, dict):
        raise MalformedError("The request is not a JSON object.")
    return told


def answered(told: dict[str, Any]) -> dict[str, Any]:
    """Every call of a batch, one after the other; one bad call spoils only its own answer.

    Raises
    ------
    MalformedError
        Where ``told`` is not a batch.
    """
    calls = told.get("calls")
    if not isinstance(calls, list):
        raise MalformedError("The request has no list of calls.")
    return {"answers": [_one(*_checked(call)) for call in calls]}


def _checked(call: Any) -> tuple[str, list[Any]]:
    match call:
        case [str(name), [*arguments]] if name in functions():
            if len(arguments) > len(functions()[name].arguments):
                raise MalformedError(f"{name} does not take {len(arguments)} arguments.")
            return name, [_cells(argument) for argument in arguments]
    raise MalformedError("A call is a function's name and a list of arguments.")


def _cells(argument: Any) -> Any:
    """Rows of cells of one width, a lone cell, or :data:`MISSING`."""
    if argument is None:
        return MISSING
    if not isinstance(argument, list) or not argument:
        raise MalformedError("An argument is rows of cells.")
    width = len(argument[0]) if isinstance(argument[0], list) else 0
    for row in argument:
        if not isinstance(row, list) or not row or len(row) != width:
            raise MalformedError("An argument is rows of cells, all of one width.")
        if not all(type(cell) in _LEAVES for cell in row):
            raise MalformedError("A cell is a number, a text, a logical or null.")
    return argument[0][0] if width == 1 and len(argument) == 1 else argument


def _one(name: str, arguments: list[Any]) -> dict[str, Any]:
    cells = spill(name, *arguments)
    marked = False
    rows: list[list[Any]] = []
    for row in cells:
        shown: list[Any] = []
        for cell in row:
            if isinstance(cell, int):
                marked = True
                shown.append({"error": Mark(cell).spelling})
            else:
                shown.append(cell)
        rows.append(shown)
    if not marked:
        return {"rows": rows}
    reason = last_error.reason
    return {"rows": rows, "why": reason.text() if reason else ""}
