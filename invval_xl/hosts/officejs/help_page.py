"""``help.html``: the reference of every function, printed from the registry."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from invval_xl.functions.document import COMMON_ERRORS, READING_RULES
from invval_xl.functions.registry import functions

if TYPE_CHECKING:
    from invval_xl.functions.registry import Example, WorksheetFunction

__all__ = ["help_html"]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>INV_ functions</title><link rel="stylesheet" href="/taskpane.css"></head>
<body><header><h1>INV_ functions</h1></header><main>
<section><h2>How they read their cells</h2><ul>{rules}</ul></section>
<section><h2>What each error means</h2><ul>{errors}</ul></section>
{functions}</main></body></html>
"""


def _shown(example: Example) -> str:
    result = example.result
    if isinstance(result, tuple):
        return "{" + ";".join(",".join(map(str, row)) for row in result) + "}"
    return result if isinstance(result, str) else f"{result:.10g}"


def _section(function: WorksheetFunction) -> str:
    arguments = "".join(
        f"<li><strong>{escape(a.name)}</strong>{' (optional)' if a.optional else ''}: "
        f"{escape(a.help)}</li>"
        for a in function.arguments
    )
    examples = "".join(
        f"<li><code>{escape(e.formula)}</code> answers <code>{escape(_shown(e))}</code>"
        f"{': ' + escape(e.note) if e.note else ''}</li>"
        for e in function.examples
    )
    return (
        f'<section id="{function.name}"><h2>{escape(function.syntax)}</h2>'
        f"<p>{escape(function.description)}</p><p>Answers: {escape(function.returns)}.</p>"
        f"<ul>{arguments}{examples}</ul></section>\n"
    )


def help_html() -> str:
    """The page; a function's place on it is its name."""
    return _PAGE.format(
        rules="".join(f"<li>{escape(rule)}</li>" for rule in READING_RULES),
        errors="".join(
            f"<li><strong>{escape(error)}</strong> {escape(means)} {escape(what)}</li>"
            for error, means, what in COMMON_ERRORS
        ),
        functions="".join(_section(function) for function in functions().values()),
    )
