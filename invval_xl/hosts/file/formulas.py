"""Formulas as the file stores them: functions newer than 2007 carry the prefix ``_xlfn.``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_FORMULA", "error_literals", "filled", "stored", "template_parts"]

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
