"""Findings: what is wrong, where, what to do, and the dollars at stake; and the error tree.

A :class:`Finding` is addressed data, never a printed string. Texts live in the register
(``guidance/findings/*.toml``) and are filled in by :func:`invval_xl.guidance.register.finding`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AccountingError",
    "Checked",
    "Finding",
    "InvvalError",
    "MisuseError",
    "RefusedError",
    "Severity",
    "stops",
]

T = TypeVar("T")


class Severity(StrEnum):
    """How a finding weighs: STOP refuses the run, WARN is read before posting, NOTE is said."""

    STOP = "STOP"
    WARN = "WARN"
    NOTE = "NOTE"

    @property
    def rank(self) -> int:
        """0 for STOP, 1 for WARN, 2 for NOTE: the order findings are listed in."""
        return ("STOP", "WARN", "NOTE").index(self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """One addressed observation.

    Parameters
    ----------
    code
        Stable code of the register, e.g. ``"BS101"``.
    severity
        What it does to the run.
    message
        What is wrong, in one sentence with the figures.
    remedy
        What to do about it.
    sheet, cell
        Where; ``cell`` is an A1 address or range, empty where the whole sheet is meant.
    dollars
        Money at stake in the entity's currency; ``None`` where there is none or it is unknown.
    paragraph
        The paragraph or table that asks for it, empty where none does.
    count
        How many alike this one stands for (a code is listed at most a few hundred times).
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    sheet: str = ""
    cell: str = ""
    dollars: float | None = None
    paragraph: str = ""
    count: int = 1

    @property
    def address(self) -> str:
        """``Sheet!A1`` as a person writes it; the sheet alone, or empty."""
        if not self.sheet:
            return ""
        quoted = f"'{self.sheet}'" if not self.sheet.replace("_", "").isalnum() else self.sheet
        return f"{quoted}!{self.cell}" if self.cell else self.sheet

    @property
    def order(self) -> tuple[int, float, str, str, str]:
        """Sort key: severity, then most dollars first, then code and place."""
        at_stake = -abs(self.dollars) if self.dollars is not None else 0.0
        return (self.severity.rank, at_stake, self.code, self.sheet, self.cell)


def stops(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of ``findings`` that refuse the run."""
    return tuple(f for f in findings if f.severity is Severity.STOP)


@dataclass(frozen=True)
class Checked(Generic[T]):
    """A value together with everything found while checking it; ``value`` is always usable.

    Where a STOP finding stands, the value is what could be read all the same, so that later
    checks can add their findings before the run is refused: all findings at once.
    """

    value: T
    findings: tuple[Finding, ...] = field(default=())

    @property
    def stopped(self) -> bool:
        """Whether a STOP finding refuses the run."""
        return bool(stops(self.findings))


class InvvalError(Exception):
    """Root of every error this package raises on purpose."""


class MisuseError(InvvalError):
    """The call itself is off (a path that is not there, an unknown option): exit code 2."""


class RefusedError(InvvalError):
    """STOP findings refused the run: exit code 1. Nothing was written."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda f: f.order))
        stopping = stops(self.findings)
        first = stopping[0] if stopping else None
        super().__init__(
            f"{len(stopping)} finding(s) stop the run; first: {first.code} {first.message}"
            if first
            else "refused"
        )


class AccountingError(InvvalError, ValueError):
    """A rule refuses the input: carries the register's code and the paragraph that says so.

    Examples
    --------
    >>> raise AccountingError("FW101", "LIFO is not permitted under IFRS", "IAS 2.25")
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: LIFO is not permitted under IFRS (IAS 2.25)
    """

    def __init__(self, code: str, message: str, paragraph: str = "") -> None:
        self.code = code
        self.message = message
        self.paragraph = paragraph
        super().__init__(f"{message} ({paragraph})" if paragraph else message)
