"""``invval.intellisense.xml``: in-cell tips for users of Excel-DNA IntelliSense."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from invval_xl.functions.registry import functions

__all__ = ["intellisense_xml"]

_SPACE = "http://schemas.excel-dna.net/intellisense/1.0"


def intellisense_xml() -> str:
    """Every registered function with its arguments, from the registry."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<IntelliSense xmlns="{_SPACE}">']
    lines.append("  <FunctionInfo>")
    for function in functions().values():
        lines.append(
            f"    <Function Name={quoteattr(function.name)} "
            f"Description={quoteattr(function.description)}>"
        )
        for argument in function.arguments:
            name = f"[{argument.name}]" if argument.optional else argument.name
            lines.append(
                f"      <Argument Name={quoteattr(name)} Description={quoteattr(argument.help)} />"
            )
        lines.append("    </Function>")
    return "\n".join([*lines, "  </FunctionInfo>", "</IntelliSense>"]) + "\n"
