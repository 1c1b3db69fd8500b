"""Formulas as the file stores them: newer functions with a prefix, a column's formula once.

Functions newer than 2007 carry the prefix ``_xlfn.``. A formula that a column repeats down its rows
is stored once and shared by the cells below it (ECMA-376-1 18.3.1.40), as Excel itself does.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAX_FORMULA", "can_be_shared", "error_literals", "filled", "following", "stored",
    "template_parts",
]  # fmt: skip

MAX_FORMULA = 8192

error_literals = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"},
)

# [MS-XLSX] 2.2.2 future functions, those a paper may use (no LAMBDA, no spilling ones).
_FUTURE = """
    ACOT ACOTH AGGREGATE ARABIC BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE BINOM.INV
    BITAND BITLSHIFT BITOR BITRSHIFT BITXOR CEILING.MATH CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT
    CHISQ.INV CHISQ.INV.RT CHISQ.TEST COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COT COTH
    COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT
    F.TEST FLOOR.MATH FLOOR.PRECISE FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV
    GAMMALN.PRECISE GAUSS HYPGEOM.DIST IFNA IFS ISFORMULA ISOWEEKNUM LOGNORM.DIST LOGNORM.INV
    MAXIFS MINIFS MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST
    NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC
    PERMUTATIONA PHI POISSON.DIST QUARTILE.EXC QUARTILE.INC RANK.AVG RANK.EQ RRI SEC SECH SHEET
    SHEETS SKEW.P STDEV.P STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TEXTJOIN
    UNICHAR UNICODE VAR.P VAR.S WEIBULL.DIST XOR Z.TEST
"""

_TOKEN = re.compile(
    r'"(?:[^"]|"")*"'  # text literals and
    r"|'(?:[^']|'')*'"  # quoted sheet names are left alone
    r"|(?<![A-Za-z0-9_.])(?P<name>"
    + "|".join(re.escape(name) for name in sorted(_FUTURE.split(), key=len, reverse=True))
    + r")(?=\()"
)


def stored(formula: str) -> str:
    """Spell ``formula`` as the file holds it, without its ``=``.

    Examples
    --------
    >>> stored('=IF(A1="IFS(","x",MAXIFS(B:B,C:C,A1))')
    'IF(A1="IFS(","x",_xlfn.MAXIFS(B:B,C:C,A1))'
    """
    body = formula.removeprefix("=")
    if not body or len(body) > MAX_FORMULA:
        raise ValueError(f"a formula must have 1 to {MAX_FORMULA} characters: {formula[:60]!r}")
    return _TOKEN.sub(lambda m: f"_xlfn.{m['name']}" if m["name"] else m[0], body)


_SLOT = re.compile(r"\{([A-Za-z_]\w*)\}")


def template_parts(template: str) -> tuple[str, ...]:
    """Split a formula template: literals at even places, slot names at odd ones.

    Examples
    --------
    >>> template_parts("=SUM(B{row}:B{last})")
    ('=SUM(B', 'row', ':B', 'last', ')')
    """
    return tuple(_SLOT.split(template))


def filled(template: str, row: int, index: int, arguments: Mapping[str, Any]) -> str:
    """The template's formula at sheet ``row``, the ``index``-th of its column.

    Examples
    --------
    >>> filled("=SUM(B{row}:B{last})", 7, 0, {"last": [12]})
    '=SUM(B7:B12)'
    """
    parts = list(template_parts(template))
    for place in range(1, len(parts), 2):
        parts[place] = str(row if parts[place] == "row" else arguments[parts[place]][index])
    return "".join(parts)


_TEXT = re.compile(r'"(?:[^"]|"")*"')
_BEFORE_ROW = re.compile(r"(?:^|[^A-Za-z0-9_.$])\$?[A-Z]{1,3}$")  # a column, absolute or not
_AFTER_ROW = re.compile(r"[A-Za-z0-9_.(]")
_FIXED_ROW = re.compile(r"(?<![A-Za-z0-9_.$])\$?[A-Z]{1,3}[0-9]+(?![A-Za-z0-9_.(])")
_WHOLE_ROWS = re.compile(r"(?<![A-Za-z0-9_.$])[0-9]+:\$?[0-9]+")


def can_be_shared(template: str) -> bool:
    """Whether the cells of a column may share this formula template.

    Every relative reference must move with the row, so that the formula reads alike from each
    cell. Excel shares no formula that names another sheet or a table's column, and cannot open
    one that was: those are stored cell by cell.

    Examples
    --------
    >>> can_be_shared('=IF(B{row}>$C$4,INDEX($D$5:$D$9,$A{row}),"no!")')
    True
    >>> can_be_shared("=B{row}*C4"), can_be_shared("=B{row}*'C-1 Lead'!$B$4")
    (False, False)
    >>> can_be_shared("=SUM(B{row}:B{last})"), can_be_shared("{=SUM(B{row}:C{row})}")
    (False, False)
    """
    pieces = template_parts(_TEXT.sub('""', template))
    literals, slots = pieces[::2], pieces[1::2]
    inside_text = template_parts(template)[1::2] != slots
    if set(slots) != {"row"} or inside_text or template.startswith("{="):
        return False
    if any(mark in piece for piece in literals for mark in "![]"):
        return False
    if any(_FIXED_ROW.search(piece) or _WHOLE_ROWS.search(piece) for piece in literals):
        return False
    around = itertools.pairwise(literals)
    return all(_BEFORE_ROW.search(a) and not _AFTER_ROW.match(b) for a, b in around)


_REFERENCE = re.compile(
    r'"(?:[^"]|"")*"'  # text literals,
    r"|'(?:[^']|'')*'"  # quoted sheet names
    r"|\[[^\]]*\]"  # and what stands in brackets are left alone
    r"|(?<![A-Za-z0-9_.$])(?P<column>\$?[A-Z]{1,3})(?P<row>[0-9]+)(?![A-Za-z0-9_.(!])"
)


def following(formula: str, row: int) -> Callable[[int], str]:
    """What a formula shared at sheet ``row`` reads in the rows of the same column.

    Examples
    --------
    >>> below = following('=IF(B7>$C$4,LOG10($A7),"B7")', 7)
    >>> below(9)
    '=IF(B9>$C$4,LOG10($A9),"B7")'
    """
    if _WHOLE_ROWS.search(_TEXT.sub('""', formula)):
        from openpyxl.formula.translate import Translator

        whole = Translator(formula, origin=f"A{row}")
        return lambda at: str(whole.translate_formula(f"A{at}"))
    literals, rows, end = [], [], 0
    for found in _REFERENCE.finditer(formula):
        if found["row"]:
            literals.append(formula[end : found.start("row")])
            rows.append(int(found["row"]) - row)
            end = found.end("row")
    tail = formula[end:]

    def at(other: int) -> str:
        moved = (f"{a}{other + b}" for a, b in zip(literals, rows, strict=True))
        return "".join(moved) + tail

    return at
