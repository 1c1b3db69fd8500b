"""The domain above the storage: what an entry of the ledger may say, each a frozen dataclass.

Money is whole cents, days are ISO dates: a payload's canonical JSON has one spelling only, so the
hash of an entry is the hash of what it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

__all__ = [
    "KINDS",
    "Act",
    "Decision",
    "DisposalOutcome",
    "Entry",
    "Fact",
    "ModelVersion",
    "Movement",
    "Posting",
    "Run",
    "SignOff",
    "Step",
    "canonical",
]


class Act(StrEnum):
    """What a reviewer may do with a proposal."""

    ACCEPT = "accept"
    MODIFY = "modify"
    REJECT = "reject"
    ESCALATE = "escalate"


class Movement(StrEnum):
    """How a reserve moves; there is no movement called release."""

    OPENING = "opening"
    CHARGE = "charge"
    CHARGE_OTHER = "charge_other"
    UTILIZATION = "utilization"
    INTERIM_RECOVERY = "interim_recovery"
    REVERSAL = "reversal"


class Step(StrEnum):
    """The steps of a sign-off, in their order, and the way back."""

    PREPARE = "prepare"
    REVIEW = "review"
    FINALISE = "finalise"
    REOPEN = "reopen"


def canonical(value: object) -> str:
    """The one JSON spelling of a value: sorted keys, no spaces, no NaN.

    Examples
    --------
    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What every kind of entry has: a kind, a payload, and a key that makes a retry the same."""

    kind: ClassVar[str] = ""

    def payload(self) -> str:
        """Canonical JSON of the fields."""
        return canonical(asdict(self))

    def key(self, book: str, period_end: str) -> str:
        """Idempotency key: the same fact of the same period has it, however often it is sent."""
        said = canonical([self.kind, book, period_end, self.payload()])
        return f"{self.kind}:{hashlib.sha256(said.encode()).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class Decision(Fact):
    """What a person decided about one item's proposal.

    Parameters
    ----------
    proposal_hash
        Of the machine's figures that were judged; a later refresh with others makes it stale.
    recommended_cents, decided_cents
        Required reserve as proposed and as decided. For a rejection, what stood before.
    decided_price
        Selling price per unit it was decided by, where it was a price.
    units, cost_cents
        The facts it was decided on; a move beyond policy reopens it.
    prior
        Hash of the entry of the decision it follows, empty for the first on the item.
    """

    kind: ClassVar[str] = "decision"
    sku: str
    location: str
    act: Act
    recommended_cents: int
    decided_cents: int
    units: float
    cost_cents: int
    proposal_hash: str
    reason: str
    reviewer: str
    decided_on: str
    note: str = ""
    tranche: str = ""
    decided_price: float | None = None
    escalated_to: str = ""
    prior: str = ""


@dataclass(frozen=True, kw_only=True)
class Posting(Fact):
    """One movement of one item's reserve.

    Parameters
    ----------
    cents
        Positive in its own column; only ``charge_other`` (acquisition, translation) is signed.
    units
        Units the reserve stands on after the movement.
    origin
        For a recovery or a reversal: name of the write-down it is matched to.
    name
        What later reversals call this write-down; unique within the item.
    written_on
        For an opening balance: when it was first written down (ISO), empty where unknown.
    batch
        The finalised run it was posted by; reopening a period voids its batch.
    number
        Tells two movements apart that are otherwise alike.
    """

    kind: ClassVar[str] = "posting"
    sku: str
    location: str
    movement: Movement
    cents: int
    period_end: str
    tranche: str = ""
    units: float = 0.0
    origin: str = ""
    name: str = ""
    written_on: str = ""
    framework: str = ""
    batch: str = ""
    memo: str = ""
    number: int = 0

    @property
    def item(self) -> tuple[str, str, str]:
        """The item it moves: SKU, location, tranche."""
        return (self.sku, self.location, self.tranche)

    @property
    def day(self) -> dt.date:
        """The period end it is posted at."""
        return dt.date.fromisoformat(self.period_end)


@dataclass(frozen=True, kw_only=True)
class SignOff(Fact):
    """A step of a period's sign-off, bound to the content it was given on."""

    kind: ClassVar[str] = "sign_off"
    step: Step
    content_hash: str
    run_id: str
    signed_by: str
    note: str = ""
    prior: str = ""


@dataclass(frozen=True, kw_only=True)
class ModelVersion(Fact):
    """A model put into service or approved: what it was trained on, who answers, who approved.

    ``evidence`` is the comparison it was approved on, as canonical JSON, ``reason`` why against it.
    """

    kind: ClassVar[str] = "model_version"
    model_id: str
    data_sha256: str
    gates_passed: tuple[str, ...] = ()
    answers: str = ""
    evidence_weights: int = 0
    evidence_cap: str = ""
    approved_by: str = ""
    reason: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class DisposalOutcome(Fact):
    """What units of an item really brought: the outcome a decision is judged by."""

    kind: ClassVar[str] = "disposal"
    sku: str
    location: str
    disposed_on: str
    units: float
    net_proceeds_cents: int
    channel: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Run(Fact):
    """A run whose figures were decided on or posted: what went in, and by which version."""

    kind: ClassVar[str] = "run"
    run_id: str
    inputs_hash: str
    policy_hash: str
    model_id: str
    product: str
    framework: str
    closing_cents: int


KINDS: dict[str, type[Fact]] = {
    c.kind: c for c in (Decision, Posting, SignOff, ModelVersion, DisposalOutcome, Run)
}
_WORDS: dict[str, type[StrEnum]] = {"act": Act, "movement": Movement, "step": Step}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger as stored."""

    seq: int
    book: str
    kind: str
    period_end: str
    who: str
    at: str
    key: str
    payload: str
    prev_hash: str
    hash: str = field(default="")

    def digest(self, *, seq: int | None = None) -> str:
        """What the hash must be, at its own place or at another."""
        said = [
            self.seq if seq is None else seq,
            self.book,
            self.kind,
            self.period_end,
            self.who,
            self.at,
            self.key,
            self.payload,
            self.prev_hash,
        ]
        return hashlib.sha256(canonical(said).encode()).hexdigest()

    @property
    def label(self) -> str:
        """How a finding names it: ``entry 12 (decision by Ada, 2026-11-02)``."""
        return f"entry {self.seq} ({self.kind.replace('_', ' ')} by {self.who}, {self.at[:10]})"

    def fact(self) -> Fact:
        """The typed fact it holds."""
        said: dict[str, Any] = json.loads(self.payload)
        for name, words in _WORDS.items():
            if name in said:
                said[name] = words(said[name])
        if "gates_passed" in said:
            said["gates_passed"] = tuple(said["gates_passed"])
        return KINDS[self.kind](**said)
