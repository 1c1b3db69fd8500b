"""``functions.js``: a JavaScript function a registered one, each handing its call to the batch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from invval_xl.functions.registry import functions
from invval_xl.hosts.officejs.metadata import described
from invval_xl.hosts.officejs.parts import part

if TYPE_CHECKING:
    from invval_xl.functions.registry import WorksheetFunction

__all__ = ["functions_js"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def _function(function: WorksheetFunction, origin: str) -> str:
    told = described(function, origin)
    names = [parameter["name"] for parameter in told["parameters"]]
    if any(_NAME.match(name) is None for name in (function.name, *names)):
        raise ValueError(f"{function.name} has a name that JavaScript does not take")
    lines = ["/**", f" * {told['description']}", f" * @customfunction {function.name}"]
    for parameter in told["parameters"]:
        name = parameter["name"]
        shown = f"[{name}]" if parameter.get("optional") else name
        lines.append(f" * @param {{any[][]}} {shown} {parameter['description']}")
    lines += [
        f" * @returns {{Promise<any[][]>}} {function.returns}",
        f" * @helpurl {told['helpUrl']}",
        " */",
    ]
    comment = "\n".join(lines)
    if comment.count("*/") != 1:
        raise ValueError(f"{function.name} has a text that ends a JavaScript comment")
    listed = ", ".join(names)
    return (
        f"{comment}\n"
        f"function {function.name}({listed}) {{\n"
        f'  return invvalCall("{function.name}", [{listed}]);\n'
        "}\n"
    )


def functions_js(origin: str) -> str:
    """The script Excel runs: the batching part, every function, and their association."""
    written = [_function(function, origin) for function in functions().values()]
    joined = "".join(f'CustomFunctions.associate("{name}", {name});\n' for name in functions())
    return "\n".join([part("functions_runtime.js"), *written, joined])
