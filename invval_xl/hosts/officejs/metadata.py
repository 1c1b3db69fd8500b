"""``functions.json``: what Excel shows and checks of each function, from the registry.

The members are those custom-functions-metadata derives from the comments of ``functions.js``;
a test holds the two equal. One is added by hand: errors are let in, since an error cell passes
through as itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from invval_xl.functions.registry import functions

if TYPE_CHECKING:
    from invval_xl.functions.registry import Argument, WorksheetFunction

__all__ = ["described", "functions_json", "help_url", "parameter_help"]


def help_url(function: WorksheetFunction, origin: str) -> str:
    """The page of our own server that explains ``function``."""
    return f"{origin}/help.html#{function.name}"


def parameter_help(argument: Argument) -> str:
    """One line about an argument."""
    return " ".join(argument.help.split())


def described(function: WorksheetFunction, origin: str) -> dict[str, Any]:
    """The metadata of one function.

    Every argument takes a cell or a range and every result may spill, so both are matrices of
    whatever the cells hold.
    """
    parameters = []
    for argument in function.arguments:
        parameter: dict[str, Any] = {
            "name": argument.name,
            "description": parameter_help(argument),
            "type": "any",
            "dimensionality": "matrix",
        }
        if argument.optional:
            parameter["optional"] = True
        parameters.append(parameter)
    return {
        "id": function.name,
        "name": function.name,
        "description": " ".join(function.description.split()),
        "helpUrl": help_url(function, origin),
        "parameters": parameters,
        "result": {"dimensionality": "matrix"},
    }


def functions_json(origin: str) -> str:
    """The metadata of every registered function, as JSON.

    Parameters
    ----------
    origin
        Where our server is, ``https://localhost:8790``.
    """
    told = {
        "allowCustomDataForDataTypeAny": True,
        "allowErrorForDataTypeAny": True,
        "functions": [described(function, origin) for function in functions().values()],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
