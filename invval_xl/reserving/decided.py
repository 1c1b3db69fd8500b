"""Decisions that stand: what a person decided earlier, on today's facts, within the framework.

Plain data in: a run reads them from the ledger. A decision carries from period to period as a
reserve a unit, and is reopened when the facts it was taken on moved beyond policy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_money
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.brought_forward import BroughtForward
    from invval_xl.reserving.proposal import Proposal

__all__ = ["DECIDED_TITLE", "Decided", "PriorDecision", "apply_decisions", "positions_of",
           "proposal_hashes"]  # fmt: skip

DECIDED_TITLE = "Decided adjustment of the write-down"
_HALF_CENT = 0.005
_COLUMNS = ("line", "sku", "location", "category", "act", "decided", "brought", "machine",
            "closing", "adjustment", "reviewer", "decided_on", "reason", "entry")  # fmt: skip


@dataclass(frozen=True)
class PriorDecision:
    """The latest decision on an item, in plain values. Money in currency."""

    sku: str
    location: str
    act: str
    decided: float
    recommended: float
    units: float
    cost: float
    reviewer: str
    decided_on: str
    reason: str
    period_end: str
    entry: str
    entry_hash: str
    note: str = ""
    decided_price: float | None = None
    times: int = 1
    changed: int = 0


@dataclass(frozen=True, eq=False)
class Decided:
    """Decisions in force on this period's lines.

    ``frame`` has a row a decision that stands: ``line`` (position in the lines), ``decided``
    (required reserve as decided, on today's units), ``brought`` (standing from before),
    ``machine`` and ``closing`` (closing reserve as proposed and as decided) and ``adjustment``
    between them. ``reopened`` says why for each line whose decision no longer stands.
    """

    frame: pd.DataFrame
    reopened: Mapping[int, str]
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> float:
        """Sum of the adjustments."""
        return float(np.round(self.frame["adjustment"].sum(), 2))


def proposal_hashes(
    proposal: Proposal, lines: pd.DataFrame, at: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Name what was proposed for the lines ``at`` those positions.

    The figures a person judged: the name changes when one of them does.
    """
    money = ("units", "cost", "required", "low", "high", "brought_forward")
    told = "|".join(("%s", "%s", "%s", *["%.4f"] * len(money)))
    head = f"{proposal.framework.value}|{proposal.as_of.isoformat()}|"
    columns = [lines[n].to_numpy()[at].tolist() for n in ("sku", "location", "binding", *money)]
    return np.array(
        [
            hashlib.sha256((head + told % row).encode()).hexdigest()[:16]
            for row in zip(*columns, strict=True)
        ],
        dtype=object,
    )


def positions_of(
    lines: pd.DataFrame, prior: Mapping[tuple[str, str], PriorDecision]
) -> dict[tuple[str, str], int]:
    """Where among ``lines`` those stand that were decided on before."""
    if not prior:
        return {}
    keys = zip(lines["sku"].tolist(), lines["location"].tolist(), strict=True)
    return {key: i for i, key in enumerate(keys) if key in prior}


def apply_decisions(
    proposal: Proposal,
    lines: pd.DataFrame,
    brought: BroughtForward,
    prior: Mapping[tuple[str, str], PriorDecision],
) -> Decided:
    """Lay earlier decisions on today's lines.

    Parameters
    ----------
    lines
        One row a line, as :meth:`Proposal.lines` gives them.
    brought
        What stands from before, and what may be reversed: a decided reserve below what stands
        releases no more than that (ASC 330-10-35-14; IAS 2.33).
    prior
        The latest decision by (sku, location).

    Returns
    -------
    Decided
        Findings: RW220 a line reopened, RW221 a decision held back by the framework.
    """
    import pandas as pd

    rate = proposal.policy.number("review_reopen_rate")
    place = positions_of(lines, prior)
    rows: list[tuple[object, ...]] = []
    reopened: dict[int, str] = {}
    found: list[Finding] = []
    for key, decision in sorted(prior.items()):
        i = place.get(key, -1)
        if i < 0 or decision.act == "escalate":
            continue
        line = lines.iloc[i]
        why = _moved(decision, line, rate)
        machine = float(line["closing"])
        if why:
            reopened[i] = why
            found.append(
                finding("RW220", dollars=round(float(line["required"]) - decision.decided, 2),
                        sku=key[0], location=key[1], entry=decision.entry, why=why)
            )  # fmt: skip
            continue
        stands = float(brought.standing[i])
        wanted = _on_today(decision, line, stands)
        surplus = max(0.0, stands - wanted)
        back = min(surplus, float(brought.reversible[i]))
        closing = float(round_money(stands + max(0.0, wanted - stands) - back))
        if surplus - back > _HALF_CENT and decision.act == "modify":
            paragraph = "ASC 330-10-35-14" if proposal.framework.value == "us-gaap" else "IAS 2.33"
            found.append(
                finding("RW221", dollars=round(surplus - back, 2), sku=key[0], location=key[1],
                        wanted=wanted, closing=closing, rule=paragraph)
            )  # fmt: skip
        rows.append((i, *key, line["category"], decision.act, wanted, stands, machine, closing,
                     round(closing - machine, 2), decision.reviewer, decision.decided_on,
                     decision.reason, decision.entry))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    for name in ("decided", "brought", "machine", "closing", "adjustment"):
        frame[name] = frame[name].astype(float)
    return Decided(frame.astype({"line": np.int64}), reopened, tuple(found))


def _on_today(decision: PriorDecision, line: pd.Series, stands: float) -> float:
    """The required reserve as decided, on today's units and never above today's cost."""
    required = float(line["required"])
    if decision.act == "accept" and not np.isnan(required):
        return required
    if decision.act == "reject":
        return stands
    units = float(line["units"])
    share = 1.0 if decision.units == units else units / decision.units
    return min(float(line["cost"]), float(round_money(np.round(decision.decided * share, 6))))


def _moved(decision: PriorDecision, line: pd.Series, rate: float) -> str:
    """Why the facts moved beyond policy; empty where they did not."""
    units, cost = float(line["units"]), float(line["cost"])
    required = float(line["required"])
    if np.isnan(required):
        return "its requirement cannot be determined any more"
    was_unit, now_unit = decision.recommended / decision.units, required / units
    base = max(was_unit, decision.decided / decision.units, 0.01)
    if abs(now_unit - was_unit) > rate * base + _HALF_CENT:
        return f"the requirement a unit moved from {was_unit:,.2f} to {now_unit:,.2f}"
    if abs(cost / units - decision.cost / decision.units) > rate * decision.cost / decision.units:
        return (
            f"the unit cost moved from {decision.cost / decision.units:,.2f} to {cost / units:,.2f}"
        )
    if units > decision.units * (1 + rate):
        return f"the units grew from {decision.units:,.0f} to {units:,.0f}"
    return ""
