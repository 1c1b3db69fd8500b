"""Identifiers made one: Unicode form, case, leading zeros, check digits, reviewed re-keying."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invval_xl.tables.words import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invval_xl.sources.config import SkuRules

__all__ = ["Identifiers", "check_digit_holds", "standardise"]

_GTIN_LENGTHS = (8, 12, 13, 14)


def check_digit_holds(code: str, kind: str) -> bool:
    """Whether the last digit of ``code`` is the one the others ask for.

    Parameters
    ----------
    kind
        ``gtin`` (GS1: weights 3 and 1 from the right; 8, 12, 13 or 14 digits) or ``mod10`` (Luhn).

    Examples
    --------
    >>> check_digit_holds("4006381333931", "gtin"), check_digit_holds("4006381333932", "gtin")
    (True, False)
    >>> check_digit_holds("79927398713", "mod10")
    True
    """
    if not (code.isascii() and code.isdigit()):
        return False
    digits = [int(c) for c in reversed(code)]
    if kind == "gtin":
        return (
            len(code) in _GTIN_LENGTHS
            and sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
        )
    doubled = [sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def standardise(text: str, rules: SkuRules) -> tuple[str, str]:
    """One identifier in the standard form, and the steps that changed it, joined by ``+``.

    Examples
    --------
    >>> from invval_xl.sources.config import SkuRules
    >>> standardise(" ab-0012 ", SkuRules(remove="-"))
    ('AB0012', 'trim+remove+case')
    >>> standardise("12", SkuRules(leading_zeros=5)), standardise("0012", SkuRules(leading_zeros="strip"))
    (('00012', 'zeros'), ('12', 'zeros'))
    """  # noqa: E501
    steps: list[str] = []

    def step(name: str, new: str, old: str) -> str:
        if new != old:
            steps.append(name)
        return new

    out = step("trim", text.strip(), text)
    out = step("nfkc", tidy(out), out)
    if rules.remove:
        out = step("remove", re.sub(f"[{re.escape(rules.remove)}]", "", out), out)
    if rules.case != "keep":
        out = step("case", out.upper() if rules.case == "upper" else out.lower(), out)
    if rules.leading_zeros == "strip":
        out = step("zeros", out.lstrip("0") or out[:1], out)
    elif isinstance(rules.leading_zeros, int) and out.isdigit():
        out = step("zeros", out.zfill(rules.leading_zeros), out)
    return out, "+".join(steps)


@dataclass
class Identifiers:
    """Standard form of every identifier seen, and what was noticed on the way.

    Parameters
    ----------
    rules
        From the config.
    mapping
        Reviewed ``from -> to`` pairs, both in the standard form.
    unreviewed
        Pairs nobody has approved: proposed, never applied.
    """

    rules: SkuRules
    mapping: Mapping[str, str] = field(default_factory=dict)
    unreviewed: Mapping[str, str] = field(default_factory=dict)
    spellings: dict[str, set[str]] = field(default_factory=dict)
    bad_digits: set[str] = field(default_factory=set)
    passed_over: set[str] = field(default_factory=set)
    _known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, texts: Sequence[str]) -> list[tuple[str, str]]:
        """Standard form and the rule (``sku:case+mapping``; empty: unchanged) of each text."""
        return [self._known.get(t) or self._learn(t) for t in texts]

    def _learn(self, text: str) -> tuple[str, str]:
        code, steps = standardise(text, self.rules)
        if self.rules.check_digit != "none" and not check_digit_holds(code, self.rules.check_digit):
            self.bad_digits.add(code)
        if code in self.unreviewed:
            self.passed_over.add(code)
        seen = {code}
        while code in self.mapping and self.mapping[code] not in seen:
            code = self.mapping[code]  # an item superseded twice is followed to its last name
            seen.add(code)
        if len(seen) > 1:
            steps = f"{steps}+mapping" if steps else "mapping"
        else:
            self.spellings.setdefault(code, set()).add(text)
        known = (code, f"sku:{steps}" if steps else "")
        self._known[text] = known
        return known

    @property
    def collided(self) -> dict[str, set[str]]:
        """Identifiers that differ as written and are one in the standard form."""
        return {code: texts for code, texts in self.spellings.items() if len(texts) > 1}
