"""Learning: decisions whose outcome is known become evidence that weighs in the next training.

An outcome teaches, an opinion does not: a decision without a disposal weighs nothing. A reviewer's
share is bounded (poisoning; reliability.md), and what was taken off is kept for the card.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.ledger.entries import Act, Decision, DisposalOutcome
from invval_xl.models.events import day_number
from invval_xl.models.evidence import weigh_decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from invval_xl.ledger.entries import Entry
    from invval_xl.models.evidence import EvidenceWeights

__all__ = ["Judged", "evidence_from", "judged", "ledger_evidence"]

_COLUMNS = ("sku", "location", "day", "weight", "reviewer")
_OVERRIDDEN = 1.0  # added to the row: a person knew something, right or wrong, and it came out
_CONFIRMED = 0.5


@dataclass(frozen=True)
class Judged:
    """A decision whose outcome is known by now; money in currency.

    Who was right is C-11's to say, by the walk that measures every past close
    (:mod:`invval_xl.monitoring.decided`); a training only needs to know that something came.
    """

    sku: str
    location: str
    period_end: str
    reviewer: str
    recommended: float
    decided: float


def judged(entries: Iterable[Entry]) -> tuple[Judged, ...]:
    """Every decision of the ledger that a later disposal tells the outcome of."""
    told = [(e.period_end, f) for e in entries if isinstance(f := e.fact(), Decision)]
    outcomes = [f for e in entries if isinstance(f := e.fact(), DisposalOutcome) and f.units > 0]
    return tuple(
        Judged(d.sku, d.location, period, d.reviewer, d.recommended_cents / 100,
               d.decided_cents / 100)
        for period, d in told
        if d.act is not Act.ESCALATE
        and any(
            o.sku == d.sku and o.location in ("", d.location) and o.disposed_on > period
            for o in outcomes
        )
    )  # fmt: skip


def evidence_from(decisions: Sequence[Judged]) -> pd.DataFrame:
    """Weights by item and day, before any cap.

    Parameters
    ----------
    decisions
        As :func:`judged` gives them: each with its outcome.

    Returns
    -------
    DataFrame
        ``sku, location, day`` (the period end, ``date``), ``weight`` (added to the row's own, which
        is 1) and ``reviewer``; an item decided twice at one close keeps its latest decision.
    """
    import pandas as pd

    rows = {}
    for d in decisions:
        weight = _CONFIRMED if d.decided == d.recommended else _OVERRIDDEN
        day = dt.date.fromisoformat(d.period_end)
        rows[d.sku, d.location, day] = (d.sku, d.location, day, weight, d.reviewer)
    frame = pd.DataFrame(list(rows.values()), columns=list(_COLUMNS))
    return frame.astype({"weight": float})


def ledger_evidence(entries: Sequence[Entry]) -> EvidenceWeights | None:
    """What the ledger gives the next training, capped by reviewer; ``None``: no outcome yet."""
    frame = evidence_from(judged(entries))
    if not len(frame):
        return None
    return weigh_decisions(
        list(frame["sku"]),
        list(frame["location"]),
        [day_number(day) for day in frame["day"]],
        list(frame["reviewer"]),
        frame["weight"].to_numpy(),
    )
