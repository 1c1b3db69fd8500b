"""Read an example's formula the way Excel does: array constants, blanks, texts."""

from __future__ import annotations

from typing import Any

from invval_xl.functions.kernel.call import MISSING


def scalar(text: str) -> Any:
    text = text.strip()
    if text.startswith('"'):
        return text[1:-1].replace('""', '"')
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    return float(text)


def split(text: str, mark: str) -> list[str]:
    parts, depth, quoted, current = [], 0, False, ""
    for ch in text:
        if ch == '"':
            quoted = not quoted
        if not quoted:
            depth += (ch == "{") - (ch == "}")
        if ch == mark and depth == 0 and not quoted:
            parts.append(current)
            current = ""
        else:
            current += ch
    return [*parts, current]


def argument(text: str) -> Any:
    text = text.strip()
    if not text:
        return MISSING
    if text.startswith("{"):
        rows = [split(row, ",") for row in split(text[1:-1], ";")]
        return tuple(tuple(scalar(cell) for cell in row) for row in rows)
    return scalar(text)


def parse(formula: str) -> tuple[str, list[Any]]:
    name, _, rest = formula.removeprefix("=").partition("(")
    return name, [argument(part) for part in split(rest.removesuffix(")"), ",")]
