"""Text that means a number: what it can mean where the point is the decimal mark, and the comma.

A text with one reading is taken; with two different ones it is decided by the other cells of its
column, and refused where they say nothing. ``1,234`` alone is not guessed at.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

__all__ = ["NumberText", "number_text"]

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013\ufe63\uff0d", "-"))
_SIGN_OF = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS"}
_CURRENCY = r"(?:US\$|C\$|A\$|R\$|[$€£¥₹₩₽₺₪]|[A-Z]{3}|kr\.?|Fr\.|zł|Kč|Ft)"
_LEADING = re.compile(rf"^({_CURRENCY})\s*(?=[-+(.,\d])")
_TRAILING = re.compile(rf"(?<=[\d.,)\-%])\s*({_CURRENCY})$")
_EXPONENT = re.compile(r"^\d+(?:[.,]\d+)?[eE][+-]?\d+$")
_SPACED = re.compile(r"^[1-9]\d{0,2}(?:[ ']\d{3})+(?:[.,]\d*)?$")
_WESTERN = re.compile(r"^[1-9]\d{0,2}(?:,\d{3})+$")
_INDIAN = re.compile(r"^[1-9]\d?(?:,\d{2})+,\d{3}$")  # lakh and crore
_DIGITS = re.compile(r"^\d+$")


@dataclass(frozen=True, slots=True)
class NumberText:
    """What a text can mean.

    Parameters
    ----------
    point, comma
        The number where the point, or the comma, is the decimal mark; ``None`` where the text
        is no number that way.
    percent
        Whether a percent sign stood behind it (the readings are already divided by 100).
    currency
        ISO code of a currency that stood with it, where the sign says so.
    """

    point: float | None
    comma: float | None
    percent: bool = False
    currency: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether the two readings differ."""
        return self.point is not None and self.comma is not None and self.point != self.comma

    @property
    def evidence(self) -> str:
        """The decimal mark this text proves: ``"."``, ``","`` or nothing."""
        if (self.point is None) == (self.comma is None):
            return ""
        return "." if self.comma is None else ","

    def value(self, mark: str = "") -> float | None:
        """Give the number, with ``mark`` as the column's decimal mark where it is needed."""
        if self.ambiguous:
            return self.point if mark == "." else self.comma if mark == "," else None
        return self.point if self.point is not None else self.comma


def number_text(text: str) -> NumberText | None:
    """Read a text as a number in every way it can be meant.

    Parameters
    ----------
    text
        A cell's text: signs, parentheses and trailing minus for negatives, currency, percent,
        grouping by comma, point, space or apostrophe.

    Returns
    -------
    NumberText or None
        ``None`` where it is no finite number at all (also ``NaN``, ``inf``, ``1E+309``).

    Examples
    --------
    >>> number_text("1.234,50").value(), number_text("(12.30)").value(), number_text("12-").value()
    (1234.5, -12.3, -12.0)
    >>> number_text("1,234").ambiguous, number_text("1,234").value(".")
    (True, 1234.0)
    """
    core = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_MINUS).strip()
    core, negative, percent, currency = _undress(core)
    core = core.replace("\u2019", "'")
    if not core.isascii() or not any(c.isdigit() for c in core):
        return None
    scale = (-1.0 if negative else 1.0) / (100.0 if percent else 1.0)
    point, comma = _reading(core, ".", ","), _reading(core, ",", ".")
    if point is None and comma is None:
        return None
    return NumberText(
        None if point is None else point * scale,
        None if comma is None else comma * scale,
        percent,
        currency,
    )


def _undress(core: str) -> tuple[str, bool, bool, str]:
    """Take off signs, parentheses, currency and percent, each at most once."""
    negative = percent = False
    currency = ""
    for _ in range(6):
        before = core
        if not negative and core.startswith("(") and core.endswith(")"):
            core, negative = core[1:-1].strip(), True
        if not negative and core[:1] == "-":
            core, negative = core[1:].strip(), True
        elif not negative and core[-1:] == "-":
            core, negative = core[:-1].strip(), True
        elif core[:1] == "+":
            core = core[1:].strip()
        if not percent and core[-1:] == "%":
            core, percent = core[:-1].strip(), True
        for pattern in (_LEADING, _TRAILING):
            found = pattern.search(core) if not currency else None
            if found:
                mark = found.group(1)
                currency = _SIGN_OF.get(mark, mark if mark.isalpha() and len(mark) == 3 else "$")  # noqa: PLR2004 - ISO codes have three letters
                core = pattern.sub("", core).strip()
        if core == before:
            break
    return core, negative, percent, "" if currency == "$" else currency


def _reading(core: str, decimal: str, group: str) -> float | None:
    """Read digits with ``decimal`` as the mark and ``group`` between thousands."""
    plain = core
    if _EXPONENT.match(core):
        mantissa = core.replace(decimal, ".")
        return _finite(mantissa) if group not in core else None
    if _SPACED.match(core):
        plain = re.sub(r"[ ']", "", core)
        return _finite(plain.replace(decimal, ".")) if group not in plain else None
    whole, mark, fraction = plain.partition(decimal)
    if mark and not (fraction == "" or _DIGITS.match(fraction)):
        return None
    if group in whole:
        grouped = whole.replace(group, ",")
        if not (_WESTERN.match(grouped) or _INDIAN.match(grouped)):
            return None
        whole = whole.replace(group, "")
    if (whole and not _DIGITS.match(whole)) or not (whole or fraction):
        return None
    return _finite(f"{whole or '0'}.{fraction or '0'}")


def _finite(plain: str) -> float | None:
    value = float(plain)
    return value if math.isfinite(value) else None
