"""The reserve as its postings make it: write-downs of an item, what was used and came back.

Pure functions over postings, in whole cents. An item's balance is kept as the write-downs it is
made of, oldest first: utilization uses up the oldest, a reversal names the one it takes back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.rollforward import close
from invval_xl.findings import Checked, Finding
from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Movement, Posting
from invval_xl.reserving.brought_forward import fiscal_year
from invval_xl.terms import Framework

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

__all__ = ["Balance", "WriteDown", "cost_basis", "match_reversal", "replay", "roll_forward"]

Item = tuple[str, str, str]

_COLUMN = {
    Movement.OPENING: "opening",
    Movement.CHARGE: "charge",
    Movement.CHARGE_OTHER: "charge_other",
    Movement.UTILIZATION: "utilization",
    Movement.INTERIM_RECOVERY: "reversal",
    Movement.REVERSAL: "reversal",
}
_MOVES = ("opening", "charge", "charge_other", "utilization", "reversal")


@dataclass(frozen=True)
class WriteDown:
    """One write-down and what is left of it.

    ``written_on`` is the period end it was charged at; ``None`` where nobody knows (an opening
    balance without a date), which is never the current fiscal year. Acquired reserves and
    translation are no write-down of the entity's own: ``reversible`` is then false.
    """

    name: str
    cents: int
    left: int
    written_on: dt.date | None
    reversible: bool = True

    def recovers_in(self, framework: Framework, day: dt.date, year_end: str) -> bool:
        """Whether any of it may come back at ``day`` (ASC 270-10-45-6; IAS 2.33)."""
        if not self.reversible or not self.left:
            return False
        if framework is not Framework.US_GAAP:
            return True
        written = self.written_on
        return (
            written is not None
            and written < day
            and fiscal_year(written, year_end) == fiscal_year(day, year_end)
        )


@dataclass(frozen=True)
class Balance:
    """An item's reserve: its write-downs, oldest first, and the units it stands on."""

    item: Item
    write_downs: tuple[WriteDown, ...] = ()
    units: float = 0.0

    @property
    def cents(self) -> int:
        """The reserve in whole cents."""
        return sum(w.left for w in self.write_downs)


@dataclass
class _Replay:
    framework: Framework
    year_end: str
    balances: dict[Item, Balance] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def post(self, p: Posting) -> None:
        """Move one balance, or say why not; a refused posting moves nothing."""
        balance = self.balances.get(p.item, Balance(p.item))
        moved = self._moved(p, balance)
        if moved is not None:
            self.balances[p.item] = replace(balance, write_downs=moved, units=p.units)

    def _moved(self, p: Posting, balance: Balance) -> tuple[WriteDown, ...] | None:
        if p.cents < 0 and p.movement is not Movement.CHARGE_OTHER:
            self.found.append(
                finding("RW312", dollars=p.cents / 100, item=_named(p), amount=p.cents / 100,
                        movement=p.movement.value.replace("_", " "))
            )  # fmt: skip
            return None
        if p.movement in {Movement.OPENING, Movement.CHARGE}:
            on = p.day if p.movement is Movement.CHARGE else _day(p.written_on)
            return (*balance.write_downs, WriteDown(p.name, p.cents, p.cents, on))
        if p.movement is Movement.CHARGE_OTHER and p.cents >= 0:
            acquired = WriteDown(p.name, p.cents, p.cents, p.day, reversible=False)
            return (*balance.write_downs, acquired)
        if p.movement in {Movement.UTILIZATION, Movement.CHARGE_OTHER}:
            taken = abs(p.cents)
            if taken > balance.cents:
                used, held = f"{taken / 100:,.2f}", f"{balance.cents / 100:,.2f}"
                self.found.append(
                    finding("FW120", dollars=(taken - balance.cents) / 100,
                            utilization=f"{used} at {_named(p)}", reserve=held)
                )  # fmt: skip
                return None
            return _used(balance.write_downs, taken)
        return self._reversed(p, balance)

    def _reversed(self, p: Posting, balance: Balance) -> tuple[WriteDown, ...] | None:
        """Take back a named write-down, where the framework lets it come back."""
        what = f"{p.cents / 100:,.2f} for {_named(p)}"
        origin = next((w for w in balance.write_downs if w.name == p.origin), None)
        if origin is None:
            self.found.append(finding("RW310", dollars=p.cents / 100, release=what))
            return None
        american = self.framework is Framework.US_GAAP
        allowed = origin.recovers_in(self.framework, p.day, self.year_end)
        if american and (p.movement is Movement.REVERSAL or not allowed):
            self.found.append(finding("FW104", dollars=p.cents / 100, release=what))
            return None
        most = origin.left if allowed else 0
        if p.cents > most:
            self.found.append(
                finding("FW105", dollars=(p.cents - most) / 100, release=what,
                        permitted=f"{most / 100:,.2f}")
            )  # fmt: skip
            return None
        return tuple(
            replace(w, left=w.left - p.cents) if w is origin else w for w in balance.write_downs
        )


def replay(
    postings: Iterable[Posting],
    framework: Framework,
    fiscal_year_end: str,
    start: Mapping[Item, Balance] | None = None,
) -> Checked[Mapping[Item, Balance]]:
    """The balance of every item after all postings, and every posting the rules refuse.

    Parameters
    ----------
    postings
        In the order they were recorded; those of reopened periods left out.
    framework
        Its rules judge recoveries and reversals.
    fiscal_year_end
        ``MM-DD``.
    start
        Balances to begin from; none: nothing stands.

    Returns
    -------
    Checked[Mapping[tuple[str, str, str], Balance]]
        Findings: FW120 utilization above the item's reserve; FW104 a release under US GAAP that is
        no same-year interim recovery (ASC 330-10-35-14; ASC 270-10-45-6); FW105 a reversal above
        its write-down (IAS 2.33); RW310 one without a write-down; RW312 a wrong sign.

    Notes
    -----
    Citation: ASC 330-10-35-14; SAB Topic 5.BB; ASC 270-10-45-6; IAS 2.33; S-X 12-09.

    Examples
    --------
    >>> down = Posting(sku="1", location="A", movement=Movement.CHARGE, cents=500, name="w1",
    ...                period_end="2026-03-31")
    >>> back = Posting(sku="1", location="A", movement=Movement.INTERIM_RECOVERY, cents=200,
    ...                origin="w1", period_end="2026-06-30")
    >>> replay([down, back], Framework.US_GAAP, "12-31").value["1", "A", ""].cents
    300
    """
    state = _Replay(framework, fiscal_year_end, dict(start or {}))
    for posting in postings:
        state.post(posting)
    return Checked(state.balances, tuple(state.found))


def match_reversal(
    balance: Balance, cents: int, framework: Framework, day: dt.date, fiscal_year_end: str
) -> tuple[tuple[str, int], ...]:
    """Which write-downs a recovery of ``cents`` takes back, the latest first, and how much of each.

    Together they are less than ``cents`` where the caps allow no more.
    """
    out: list[tuple[str, int]] = []
    rest = cents
    for down in reversed(balance.write_downs):
        if rest and down.recovers_in(framework, day, fiscal_year_end):
            part = min(rest, down.left)
            out.append((down.name, part))
            rest -= part
    return tuple(out)


def roll_forward(
    postings: Iterable[Posting], start: dt.date | None, end: dt.date, *, by_tranche: bool = True
) -> pd.DataFrame:
    """Opening, movements and closing of every item over ``(start, end]``, in currency.

    Parameters
    ----------
    start
        The period end before; ``None``: from the first posting on. An ``opening`` posting is part
        of the opening balance of whatever period it stands in.
    by_tranche
        A row a SKU x location x tranche, else a row a SKU x location.

    Returns
    -------
    DataFrame
        ``sku, location, tranche, opening, charge, charge_other, utilization, reversal, closing``,
        by key; every row foots in whole cents (S-X 12-09).

    Raises
    ------
    AccountingError
        FW120 where more was taken out than stood there.
    """
    import pandas as pd

    sums: dict[Item, dict[str, int]] = {}
    for p in postings:
        if p.day > end:
            continue
        item = p.item if by_tranche else (p.sku, p.location, "")
        row = sums.setdefault(item, dict.fromkeys(_MOVES, 0))
        column = _COLUMN[p.movement]
        if start is not None and p.day <= start:
            sign = -1 if column in {"utilization", "reversal"} else 1
            row["opening"] += sign * p.cents
        else:
            row[column] += p.cents
    keys = sorted(sums)
    cents = {name: np.array([sums[k][name] for k in keys], dtype=np.float64) for name in _MOVES}
    closing = close(*(cents[name] for name in _MOVES)) if keys else np.zeros(0)
    frame = pd.DataFrame(keys, columns=["sku", "location", "tranche"])
    for name, values in (*cents.items(), ("closing", closing)):
        frame[name] = values / 100
    return frame


def cost_basis(cost_cents: int, balance: Balance) -> int:
    """The basis an item enters the next period with: cost less what its reserve stands at.

    Under US GAAP this is the new cost (ASC 330-10-35-14); it is never below zero.
    """
    return max(0, cost_cents - balance.cents)


def _used(downs: Sequence[WriteDown], cents: int) -> tuple[WriteDown, ...]:
    out = []
    for down in downs:
        part = min(cents, down.left)
        cents -= part
        out.append(replace(down, left=down.left - part))
    return tuple(out)


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _named(p: Posting) -> str:
    return " ".join(filter(None, (p.sku, "at", p.location, p.tranche)))
