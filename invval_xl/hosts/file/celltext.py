"""One cell as sheet XML, and the refusal of what a file cannot hold.

Text is always an inline string, so nothing a user's system supplied can become a formula.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.guidance.register import finding
from invval_xl.hosts.file.formulas import error_literals, stored
from invval_xl.tables.grid import column_letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.findings import Finding

__all__ = [
    "ILLEGAL",
    "MAX_TEXT",
    "Refusals",
    "address",
    "cell_xml",
    "number_text",
    "string_xml",
    "text_xml",
    "truth",
]

MAX_TEXT = 32_767
_MOST_FINDINGS = 200

# What XML 1.0 cannot hold, and the control characters Excel refuses in a cell.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x0041_ in a stored string as "A": the underscore is spelled out.
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass
class Refusals:
    """Cells of one sheet that a file cannot hold, gathered so that all are told at once."""

    sheet: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, row: int, column: int, **facts: Any) -> None:
        """Note one cell (1-based); the list stops at a few hundred."""
        if len(self.findings) < _MOST_FINDINGS:
            place = address(row, column)
            self.findings.append(finding(code, sheet=self.sheet, cell=place, **facts))

    def check_text(self, text: str, row: int, column: int) -> bool:
        """Whether the file can hold ``text``; otherwise the cell is noted."""
        units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
        if units > MAX_TEXT:
            self.add("WB901", row, column, length=units, limit=MAX_TEXT)
            return False
        bad = ILLEGAL.search(text)
        if bad:
            self.add("WB902", row, column, character=f"U+{ord(bad[0]):04X}")
            return False
        return True

    def check_number(self, number: float, row: int, column: int) -> bool:
        """Whether ``number`` is finite or NaN; otherwise the cell is noted."""
        if math.isinf(number):
            self.add("WB903", row, column)
            return False
        return True


def address(row: int, column: int) -> str:
    """A1 address of a 1-based place."""
    return f"{column_letter(column)}{row}"


def number_text(number: float) -> str:
    """Shortest text that reads back as the same float64; a negative zero is a zero.

    Examples
    --------
    >>> number_text(0.1 + 0.2), number_text(5.0), number_text(-0.0)
    ('0.30000000000000004', '5', '0')
    """
    text = repr(float(number) + 0.0)
    return text.removesuffix(".0")


def text_xml(text: str) -> str:
    """Escape ``text`` for element content, by XML's rules and by Excel's own ``_xHHHH_``."""
    out = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "_x" in out:
        out = _ESCAPE_LIKE.sub("_x005F_", out)
    return out.replace("\r", "_x000D_")


def string_xml(text: str) -> str:
    """``text`` as the inside of an inline string; outer blanks and line ends are kept."""
    keep = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<is><t{keep}>{text_xml(text)}</t></is>"


def truth(value: object) -> bool:
    """Whether ``value`` is a boolean, Python's or numpy's."""
    return isinstance(value, bool | np.bool_)


def cell_xml(
    row: int,
    column: int,
    style: int,
    value: object,
    formula: str,
    refusals: Refusals,
) -> str:
    """One ``<c>`` element at a 1-based place.

    Parameters
    ----------
    value
        Number, text, boolean or ``None``; with ``formula`` it is the cached value, and a missing
        one (``None``, NaN) is cached as ``""``.
    formula
        ``=...`` as typed, ``{=...}`` for an array formula of one cell, empty for none.
    refusals
        Takes the cells that cannot be written; those come out blank (the run is then refused).
    """
    place = address(row, column)
    opening = f'<c r="{place}" s="{style}"' if style else f'<c r="{place}"'
    kind, inside = _content(value, row, column, refusals, string_xml)
    if not formula:
        if not inside:
            return f"{opening}/>"
        kind = ' t="inlineStr"' if kind == "s" else ' t="b"' if kind == "b" else ""
        return f"{opening}{kind}>{inside}</c>"
    kind, inside = _content(value, row, column, refusals, text_xml)
    if kind == "s" and value in error_literals:
        kind = "e"
    elif not inside or kind == "s":
        kind = "str"
    mark = f' t="{kind}"' if kind else ""
    if kind in ("str", "e"):
        inside = f"<v>{inside}</v>"
    if formula.startswith("{=") and formula.endswith("}"):
        tag, body = f'<f t="array" ref="{place}">', formula[1:-1]
    else:
        tag, body = "<f>", formula
    return f"{opening}{mark}>{tag}{text_xml(stored(body))}</f>{inside}</c>"


def _content(
    value: object, row: int, column: int, refusals: Refusals, spelled: Callable[[str], str]
) -> tuple[str, str]:
    """Kind (``s``, ``b`` or empty for a number) and inner XML; empty where there is no value."""
    if value is None:
        return "", ""
    if isinstance(value, str):
        return "s", spelled(value) if refusals.check_text(value, row, column) else ""
    if truth(value):
        return "b", f"<v>{int(bool(value))}</v>"
    if isinstance(value, Real):
        number = float(value)
        if math.isnan(number) or not refusals.check_number(number, row, column):
            return "", ""
        return "", f"<v>{number_text(number)}</v>"
    raise TypeError(f"{refusals.sheet}!{address(row, column)} holds a {type(value).__name__}")
