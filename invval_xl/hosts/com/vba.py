r"""VBA sources printed from the registry: wrappers, help, ribbon callbacks.

Plain ``\n`` here; the package writer turns every line end into CRLF, without which real Excel
refuses a module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invval_xl.functions.registry import WorksheetFunction
    from invval_xl.hosts.com.ribbon_runs import RibbonRun

__all__ = ["functions_module", "help_module", "identifier", "ribbon_module"]

# Words VBA keeps for itself that a worksheet argument may well be called.
_RESERVED = frozenset(
    [
        "as",
        "base",
        "boolean",
        "byref",
        "byte",
        "byval",
        "call",
        "case",
        "const",
        "currency",
        "date",
        "declare",
        "dim",
        "do",
        "double",
        "each",
        "else",
        "end",
        "enum",
        "erase",
        "error",
        "event",
        "exit",
        "explicit",
        "false",
        "for",
        "friend",
        "from",
        "function",
        "get",
        "global",
        "go",
        "if",
        "implements",
        "in",
        "input",
        "integer",
        "is",
        "let",
        "lib",
        "like",
        "line",
        "lock",
        "long",
        "loop",
        "lset",
        "me",
        "mod",
        "name",
        "new",
        "next",
        "not",
        "nothing",
        "null",
        "object",
        "on",
        "open",
        "option",
        "optional",
        "or",
        "output",
        "paramarray",
        "preserve",
        "print",
        "private",
        "property",
        "public",
        "put",
        "raise",
        "random",
        "redim",
        "resume",
        "return",
        "rset",
        "seek",
        "select",
        "set",
        "single",
        "static",
        "step",
        "stop",
        "string",
        "sub",
        "then",
        "time",
        "to",
        "true",
        "type",
        "until",
        "variant",
        "wend",
        "while",
        "width",
        "with",
        "write",
        "xor",
    ]
)
_HELP_LIMIT = 255
_LINE = 900  # VBA takes 1,023 characters a line


def identifier(name: str) -> str:
    """``name`` as VBA and Python both accept it for a parameter.

    Examples
    --------
    >>> identifier("to"), identifier("units")
    ('to_', 'units')
    """
    return f"{name}_" if name in _RESERVED else name


def _quoted(text: str) -> str:
    """A VBA string literal on one line, at most 255 characters long."""
    plain = " ".join(text.split()).replace("\u2019", "'")
    return '"' + plain[:_HELP_LIMIT].replace('"', '""') + '"'


def _wrapper(function: WorksheetFunction) -> str:
    names = [identifier(argument.name) for argument in function.arguments]
    parameters = [
        f"Optional {name} As Variant" if argument.optional else f"{name} As Variant"
        for name, argument in zip(names, function.arguments, strict=True)
    ]
    signature = f"Public Function {function.name}({', '.join(parameters)}) As Variant"
    if len(signature) > _LINE:
        raise ValueError(f"{function.name}: too many arguments for one line of VBA")
    return "\n".join(
        (
            signature,
            f"Attribute {function.name}.VB_Description = {_quoted(function.description)}",
            f'    {function.name} = InvvalCall("{function.name}", Array({", ".join(names)}))',
            "End Function",
        )
    )


def functions_module(functions: Iterable[WorksheetFunction]) -> str:
    """Module ``InvvalFunctions``: a wrapper a registered function."""
    body = "\n\n".join(_wrapper(function) for function in functions)
    return f'Attribute VB_Name = "InvvalFunctions"\nOption Explicit\n\n{body}\n'


def _describe(function: WorksheetFunction) -> str:
    lines = [f"    InvvalDescribe {_quoted(function.name)}, {_quoted(function.category)}, _"]
    lines.append(f"        {_quoted(function.description)}, _")
    helps = [_quoted(_argument_help(a.help, optional=a.optional)) for a in function.arguments]
    for index, text in enumerate(helps):
        opening = "        Array(" if index == 0 else "              "
        lines.append(f"{opening}{text}{')' if index == len(helps) - 1 else ', _'}")
    return "\n".join(lines)


def _argument_help(text: str, *, optional: bool) -> str:
    return f"Optional. {text}" if optional else text


def help_module(functions: Iterable[WorksheetFunction]) -> str:
    """Module ``InvvalHelp``: texts of the function wizard, set when the add-in opens."""
    described = "\n".join(_describe(function) for function in functions)
    return f"""Attribute VB_Name = "InvvalHelp"
Option Explicit

Public Sub InvvalRegisterHelp()
{described}
End Sub

Private Sub InvvalDescribe(ByVal functionName As String, ByVal category As String, _
    ByVal description As String, ByVal arguments As Variant)
    ' An older Excel may refuse a text; the function works without it.
    On Error Resume Next
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & functionName, _
        Description:=description, Category:=category, ArgumentDescriptions:=arguments
    On Error GoTo 0
End Sub
"""


def ribbon_module(runs: Iterable[RibbonRun]) -> str:
    """Module ``InvvalRibbon``: one callback a registered run."""
    callbacks = "\n\n".join(
        f"Public Sub {run.callback}(ByVal control As IRibbonControl)\n    {run.statement}\nEnd Sub"
        for run in runs
    )
    return f'Attribute VB_Name = "InvvalRibbon"\nOption Explicit\n\n{callbacks}\n'
