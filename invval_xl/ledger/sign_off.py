"""Sign-off: prepare, review, finalise, reopen; bound to the content, suspended when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Entry, SignOff, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from invval_xl.findings import Finding

__all__ = ["SignOffStatus", "Signature", "refusals", "same_person", "signatures", "status"]


@dataclass(frozen=True)
class Signature:
    """One step as recorded."""

    step: Step
    who: str
    at: str
    content_hash: str
    run_id: str
    entry: str
    hash: str


@dataclass(frozen=True)
class SignOffStatus:
    """Where a period stands: the steps in force, and whether the content changed under them."""

    prepared: Signature | None = None
    reviewed: Signature | None = None
    finalised: Signature | None = None
    suspended: bool = False

    @property
    def word(self) -> str:
        """In one word or two, as papers and terminal say it."""
        step = next(
            (
                word
                for word, signed in (
                    ("finalised", self.finalised),
                    ("reviewed", self.reviewed),
                    ("prepared", self.prepared),
                )
                if signed
            ),
            "not signed",
        )
        return f"{step}, suspended" if self.suspended else step


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case and spaces.

    Examples
    --------
    >>> same_person("Dana  Whitfield", "dana whitfield")
    True
    """
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def signatures(entries: Iterable[Entry], period_end: str) -> tuple[Signature, ...]:
    """The sign-off entries of one period, in order."""
    out = []
    for entry in entries:
        fact = entry.fact() if entry.kind == SignOff.kind else None
        if isinstance(fact, SignOff) and entry.period_end == period_end:
            out.append(Signature(fact.step, fact.signed_by, entry.at, fact.content_hash,
                                 fact.run_id, entry.label, entry.hash))  # fmt: skip
    return tuple(out)


def status(signed: Sequence[Signature], content_hash: str) -> SignOffStatus:
    """What is in force on this content."""
    prepared = reviewed = finalised = None
    for s in signed:
        if s.step is Step.REOPEN:
            prepared = reviewed = finalised = None
        elif s.step is Step.PREPARE:
            prepared, reviewed, finalised = s, None, None
        elif s.step is Step.REVIEW:
            reviewed = s
        else:
            finalised = s
    bound = [s for s in (prepared, reviewed, finalised) if s is not None]
    changed = any(s.content_hash != content_hash for s in bound)
    return SignOffStatus(prepared, reviewed, finalised, changed)


def refusals(
    step: Step,
    who: str,
    content_hash: str,
    signed: Sequence[Signature],
    *,
    open_lines: int = 0,
    open_cost: float = 0.0,
    later_finalised: str = "",
    note: str = "",
) -> tuple[Finding, ...]:
    """Why a step may not be taken now; empty where it may.

    Returns
    -------
    tuple of Finding
        RW401 out of order, RW402 preparer and approver the same, RW403 lines still open, RW404
        the content changed since the step before, RW405 finalised already, RW406 a later period
        is finalised, RW407 reopened without a reason.
    """
    now = status(signed, content_hash)
    found: list[Finding] = []
    if step is Step.REOPEN:
        return _no_reopening(now, later_finalised, note)
    if now.finalised is not None:
        return (finding("RW405", who=now.finalised.who, at=now.finalised.at[:10]),)
    before = {Step.PREPARE: None, Step.REVIEW: now.prepared, Step.FINALISE: now.reviewed}[step]
    if step is not Step.PREPARE:
        if before is None:
            needed = "prepare" if step is Step.REVIEW else "review"
            found.append(finding("RW401", step=step.value, needed=needed))
        elif now.suspended:
            found.append(finding("RW404", who=before.who, at=before.at[:10]))
        if now.prepared is not None and same_person(now.prepared.who, who):
            found.append(finding("RW402", who=who))
    if step is Step.FINALISE and open_lines:
        found.append(finding("RW403", dollars=open_cost, count=open_lines))
    return tuple(found)


def _no_reopening(now: SignOffStatus, later_finalised: str, note: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if now.finalised is None:
        found.append(finding("RW401", step=Step.REOPEN.value, needed="a finalised period"))
    if later_finalised:
        found.append(finding("RW406", period=later_finalised))
    if not note.strip():
        found.append(finding("RW407"))
    return tuple(found)
