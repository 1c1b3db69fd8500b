"""The INV_ functions for xlwings Lite, where Python runs inside Excel (Pyodide).

``from invval_xl.hosts.lite import *`` in Lite's ``main.py`` brings all of them. It uses what
xlwings documents for everybody (``func``, ``arg``, ``ndim``, ``err_to_str``). Lite documents no way
for a function to hand out an error value, so an error leaves as its spelling, ``"#NUM!"``: text
that names the error, never a number in its place.
"""

from __future__ import annotations

import inspect
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from xlwings import arg, func

from invval_xl.functions.errors import Mark
from invval_xl.functions.kernel.call import MISSING, caller
from invval_xl.functions.registry import functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.functions.registry import WorksheetFunction

__all__: list[str] = []


def _cells(cells: Any) -> Any:
    """Rows of one lone cell as that cell, an omitted argument as it is."""
    if cells is None or cells is MISSING:
        return MISSING
    return cells[0][0] if len(cells) == 1 and len(cells[0]) == 1 else cells


def _spelled(function: WorksheetFunction) -> Callable[..., Any]:
    call = caller(function.name)

    def answer(*cells: Any) -> list[list[float | str]]:
        return [
            [Mark(cell).spelling if isinstance(cell, int) else cell for cell in row]
            for row in call(*map(_cells, cells))
        ]

    names = [f"{a.name}_" if iskeyword(a.name) else a.name for a in function.arguments]
    answer.__name__ = answer.__qualname__ = function.name
    answer.__doc__ = function.description
    answer.__annotations__ = {}
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=None if argument.optional else inspect.Parameter.empty,
            )
            for name, argument in zip(names, function.arguments, strict=True)
        ]
    )
    spelled: Callable[..., Any] = answer
    for name, argument in zip(names, function.arguments, strict=True):
        spelled = arg(name, ndim=2, err_to_str=True, doc=argument.help)(spelled)
    named: Callable[..., Any] = func(spelled)
    return named


for _name, _function in functions().items():
    globals()[_name] = _spelled(_function)
    __all__.append(_name)  # noqa: PYI056 - the names are the registry's
del _name, _function
