"""Put on the papers who signed what and when, as the ledger says, and the ledger's anchor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding
from invval_xl.ledger.sign_off import SignOffStatus, status
from invval_xl.workpapers.c0_index import ANCHOR_LABEL, LEDGER_LABEL
from invval_xl.workpapers.content import is_sign_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.ledger.sign_off import Signature
    from invval_xl.workpapers.sheet_plan import PlanCell, SheetPlan

__all__ = ["Signed", "sign_plans", "standing_signatures"]

_ROW = 5
_SUSPENDED = "suspended: changed since"


@dataclass(frozen=True)
class Signed:
    """Where the period's sign-off stands on this content, and what is to be said of it."""

    status: SignOffStatus
    findings: tuple[Finding, ...] = ()


def standing_signatures(signed: Sequence[Signature], content: str) -> Signed:
    """The sign-off in force; RW410 where the content changed under it."""
    now = status(signed, content)
    last = now.finalised or now.reviewed or now.prepared
    if last is None or not now.suspended:
        return Signed(now)
    told = finding("RW410", step=last.step.value, who=last.who, at=last.at[:10], entry=last.entry)
    return Signed(now, (told,))


def sign_plans(
    plans: tuple[SheetPlan, ...], signed: Signed, ledger: str = "", anchor: str = ""
) -> tuple[SheetPlan, ...]:
    """The same papers with names and dates in their sign-off cells; the content stays as it is."""
    stamps = _stamps(signed.status)
    labelled = {LEDGER_LABEL: ledger, ANCHOR_LABEL: anchor} if anchor else {}
    if not stamps and not labelled:
        return plans
    return tuple(replace(p, cells=tuple(_cells(p, stamps, labelled))) for p in plans)


def _cells(plan: SheetPlan, stamps: dict[int, str], labelled: dict[str, str]) -> list[PlanCell]:
    said = {c.row: labelled[c.value] for c in plan.cells if c.column == 1 and c.value in labelled}
    out = []
    for cell in plan.cells:
        value = cell.value
        if is_sign_off(cell.style):
            if cell.row == _ROW and cell.column in stamps:
                value = stamps[cell.column]
            elif cell.row in said and cell.column == 2:  # noqa: PLR2004 - right of its label
                value = said[cell.row]
        out.append(cell if value is cell.value else replace(cell, value=value))
    return out


def _stamps(now: SignOffStatus) -> dict[int, str]:
    """By column of the header row: prepared by, date, reviewed by, date."""
    out: dict[int, str] = {}
    for signature, who, at in ((now.prepared, 2, 4), (now.reviewed, 6, 8)):
        if signature is not None:
            out[who] = signature.who
            out[at] = _SUSPENDED if now.suspended else signature.at[:10]
    return out
