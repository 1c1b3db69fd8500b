"""Every registered worksheet function as an xlwings UDF; the module the add-in calls.

Arguments are taken raw: the wrapper hands over values already (``Range.Value2``), errors arrive
as COM status codes, and nothing is converted cell by cell (xlwings' own cleaning costs ten times
the arithmetic at 100,000 rows). xlwings reads name and signature at decoration, so both are set
before. On Linux and Mac ``xw.func`` leaves the functions as they are.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import xlwings as xw

from invval_xl.functions.kernel.call import MISSING, caller
from invval_xl.functions.registry import WorksheetFunction, functions
from invval_xl.hosts.com.vba import identifier

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["udf"]


def udf(function: WorksheetFunction) -> Callable[..., Any]:
    """Spell ``function`` for xlwings: positional parameters, raw in, raw out."""
    call = caller(function.name)

    def answer(*cells: Any) -> Any:
        return call(*cells)

    answer.__name__ = answer.__qualname__ = function.name
    answer.__doc__ = function.description
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                identifier(argument.name),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=MISSING if argument.optional else inspect.Parameter.empty,
            )
            for argument in function.arguments
        ]
    )
    answer.__annotations__ = {}
    spelled: Callable[..., Any] = answer
    for argument in function.arguments:
        spelled = xw.arg(identifier(argument.name), convert="raw", doc=argument.help)(spelled)
    spelled = xw.ret(convert="raw")(spelled)
    # Last: every other decorator of xlwings sets the category back to its own.
    named: Callable[..., Any] = xw.func(category=function.category)(spelled)
    return named


for _name, _function in functions().items():
    globals()[_name] = udf(_function)
del _name, _function
