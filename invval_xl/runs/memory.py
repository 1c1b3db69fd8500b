"""What the book remembers: decisions, the reserve brought forward and sign-offs, from its ledger.

The floors below know no ledger; they get plain values: an OpeningReserve table, the latest decision
by item.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import Checked, Finding
from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Act, Decision, Movement, Posting, SignOff, Step
from invval_xl.ledger.period import opening_frame
from invval_xl.ledger.reserve import replay
from invval_xl.ledger.sign_off import Signature, signatures
from invval_xl.reserving.decided import PriorDecision
from invval_xl.tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from invval_xl.ledger.entries import Entry
    from invval_xl.reserving.queue import Queue
    from invval_xl.tables.table import Control, Tables
    from invval_xl.workpapers.review_input import TypedLine

__all__ = ["Memory", "Remembered", "book_id", "carry", "in_force", "prior_decisions", "remember"]

_LISTED = 200
_HALF_CENT = 0.005


@dataclass(frozen=True)
class Memory:
    """A ledger as read: its entries, its name, and its anchor as the papers print it."""

    entries: tuple[Entry, ...] = ()
    ledger: str = ""
    anchor: str = ""


@dataclass(frozen=True, eq=False)
class Remembered:
    """What of it bears on this book and period; ``decisions`` are those of earlier closes."""

    tables: Tables
    prior: Mapping[tuple[str, str], PriorDecision] = field(default_factory=dict)
    sign_offs: tuple[Signature, ...] = ()
    postings: tuple[Posting, ...] = ()
    ledger: str = ""
    anchor: str = ""
    decisions: tuple[PriorDecision, ...] = ()


def book_id(control: Control) -> str:
    """What a book is called in a ledger: entity and framework, so monthly workbooks follow on.

    One entity that reports under two frameworks keeps two books: they may release differently.
    """
    return f"{' '.join(control.entity.split())} / {control.framework.value}"


def remember(tables: Tables, memory: Memory | None) -> Checked[Remembered]:
    """Bring what the ledger remembers to the tables.

    Where it holds postings of earlier periods they are the reserve brought forward, in place of
    the OpeningReserve sheet; RW230 says where that sheet says another sum (the ``Released``
    and ``Charged To Other Accounts`` columns are still taken from it).
    """
    if memory is None:
        return Checked(Remembered(tables))
    control = tables.control
    mine = [e for e in memory.entries if e.book == book_id(control)]
    as_of = control.period_end.isoformat()
    earlier = [p for p in in_force(mine) if p.period_end < as_of]
    found: list[Finding] = []
    if earlier:
        balances = replay(earlier, control.framework, control.fiscal_year_end)
        found.extend(balances.findings)
        frame = opening_frame(balances.value)
        stated = tables.get("OpeningReserve")
        if stated is not None and len(stated):
            found.extend(_differences(frame, stated))
            found.extend(_posted_before(earlier, stated))
            frame = _with_acquired(_with_releases(frame, stated), stated)
        table = Table("OpeningReserve", f"ledger {memory.ledger}", frame,
                      np.arange(1, len(frame) + 1), {})  # fmt: skip
        tables = replace(tables, by_name={**tables.by_name, "OpeningReserve": table})
    decided = [e for e in mine if e.kind == Decision.kind and e.period_end <= as_of]
    return Checked(
        Remembered(
            tables,
            prior_decisions(decided),
            signatures(mine, as_of),
            tuple(earlier),
            memory.ledger,
            memory.anchor,
            _by_close([e for e in decided if e.period_end < as_of]),
        ),
        tuple(found),
    )


def in_force(entries: Sequence[Entry]) -> list[Posting]:
    """Postings whose period was not reopened since."""
    voided: set[str] = set()
    batch: dict[str, str] = {}
    postings: list[Posting] = []
    for entry in entries:
        if entry.kind == Posting.kind:
            fact = entry.fact()
            assert isinstance(fact, Posting)
            postings.append(fact)
            batch[entry.period_end] = fact.batch
        elif entry.kind == SignOff.kind:
            signed = entry.fact()
            if isinstance(signed, SignOff) and signed.step is Step.REOPEN:
                voided.add(batch.get(entry.period_end, ""))
    return [p for p in postings if not p.batch or p.batch not in voided]


def _by_close(entries: Sequence[Entry]) -> tuple[PriorDecision, ...]:
    """The latest decision of each item at each close, oldest close first."""
    closes = sorted({e.period_end for e in entries})
    return tuple(
        decision
        for close in closes
        for _, decision in sorted(
            prior_decisions([e for e in entries if e.period_end == close]).items()
        )
    )


def prior_decisions(entries: Sequence[Entry]) -> dict[tuple[str, str], PriorDecision]:
    """The latest decision by item, with how often the item was decided and changed before."""
    out: dict[tuple[str, str], PriorDecision] = {}
    for entry in entries:
        fact = entry.fact()
        assert isinstance(fact, Decision)
        before = out.get((fact.sku, fact.location))
        changes = fact.act in {Act.MODIFY, Act.REJECT}
        out[fact.sku, fact.location] = PriorDecision(
            sku=fact.sku,
            location=fact.location,
            act=fact.act.value,
            decided=fact.decided_cents / 100,
            recommended=fact.recommended_cents / 100,
            units=fact.units,
            cost=fact.cost_cents / 100,
            reviewer=fact.reviewer,
            decided_on=fact.decided_on,
            reason=fact.reason,
            note=fact.note,
            decided_price=fact.decided_price,
            period_end=entry.period_end,
            entry=f"entry {entry.seq}",
            entry_hash=entry.hash,
            times=(before.times if before else 0) + 1,
            changed=(before.changed if before else 0) + int(changes),
        )
    return out


def carry(typed: Sequence[TypedLine], queue: Queue) -> Checked[dict[tuple[str, str], TypedLine]]:
    """What was typed on C-7 and is not in the ledger yet: a refresh keeps it, and says so.

    Findings: RW210 how many are carried, RW211 one typed against another proposal, RW212 one whose
    line is not there any more.
    """
    if not typed:
        return Checked({})
    frame = queue.frame
    now = dict(
        zip(zip(frame["sku"], frame["location"], strict=True), frame["proposal_hash"], strict=True)
    )
    out: dict[tuple[str, str], TypedLine] = {}
    found: list[Finding] = []
    for line in typed:
        key = (line.sku, line.location)
        if not line.filled or is_recorded(line, queue.prior.get(key)):
            continue
        out[key] = line
        if key not in now:
            found.append(finding("RW212", sheet="C-7 Review", sku=line.sku, location=line.location))
        elif now[key] != line.proposal_hash:
            at = int(np.flatnonzero((frame["sku"] == key[0]) & (frame["location"] == key[1]))[0])
            amount = float(frame["recommended"].iloc[at])
            found.append(finding("RW211", sheet="C-7 Review", dollars=amount, sku=line.sku,
                                 location=line.location, recommended=amount))  # fmt: skip
    if out:
        found.insert(0, finding("RW210", sheet="C-7 Review", count=len(out)))
    return Checked(out, tuple(found[: _LISTED + 1]))


def is_recorded(line: TypedLine, prior: PriorDecision | None) -> bool:
    """Whether the ledger's latest decision on the item is this very one."""
    if prior is None or line.act != prior.act or line.reviewer != prior.reviewer:
        return False
    day = line.day
    same = (
        day is not None
        and day.isoformat() == prior.decided_on
        and line.reason == prior.reason
        and str(line.note or "") == prior.note
    )
    if not same or line.act != Act.MODIFY:
        return same
    if isinstance(line.price, float):
        return prior.decided_price == line.price
    return isinstance(line.reserve, float) and abs(line.reserve - prior.decided) < _HALF_CENT


def _differences(frame: pd.DataFrame, stated: Table) -> list[Finding]:
    """Where the OpeningReserve sheet says another sum for an item than the ledger closed at."""
    keys = ["sku", "location"]
    ours = frame.groupby(keys)["opening_reserve"].sum()
    theirs = stated.frame.groupby(keys)["opening_reserve"].sum()
    both = ours.to_frame("ledger").join(theirs.rename("stated"), how="outer").fillna(0.0)
    apart = (both["stated"] - both["ledger"]).round(2)
    out = []
    for key in apart.index[apart.abs() > _HALF_CENT]:
        row, money = both.loc[key], float(apart.loc[key])
        said: dict[str, Any] = {"stated": float(row["stated"]), "ledger": float(row["ledger"])}
        out.append(
            finding(
                "RW230",
                sheet=stated.sheet,
                dollars=money,
                sku=key[0],
                location=key[1],
                **said,
            )
        )
    out.sort(key=lambda f: f.order)
    return out[:_LISTED]


def _posted_before(earlier: Sequence[Posting], stated: Table) -> list[Finding]:
    """Figures of one period left on the sheet: to the cent what an earlier one posted already."""
    found = []
    for column, said, movement in (
        ("charged_other", "Charged To Other Accounts", Movement.CHARGE_OTHER),
        ("released", "Released", Movement.REVERSAL),
    ):
        if column not in stated.frame:
            continue
        posted: Counter[tuple[str, str, str]] = Counter()
        for p in earlier:
            if p.movement is movement:
                posted[p.sku, p.location, p.period_end] += p.cents
        when = {
            (*key[:2], cents): key[2]
            for key, cents in sorted(posted.items(), key=lambda p: p[0][2])
        }
        asked = stated.frame.groupby(["sku", "location"])[column].sum()
        asked = asked[asked.abs() > _HALF_CENT]
        for (sku, location), money in zip(asked.index.tolist(), asked.tolist(), strict=True):
            period = when.get((sku, location, round(money * 100)))
            if period is not None:
                found.append(
                    finding("RW231", sheet=stated.sheet, dollars=abs(money), sku=sku,
                            location=location, amount=money, column=said, period=period)
                )  # fmt: skip
    found.sort(key=lambda f: f.order)
    return found[:_LISTED]


def _with_releases(frame: pd.DataFrame, stated: Table) -> pd.DataFrame:
    """Releases somebody asks for on the sheet, on the item's first row."""
    if "released" not in stated.frame:
        return frame
    asked = stated.frame.groupby(["sku", "location"])["released"].sum(min_count=1)
    first = ~frame.duplicated(["sku", "location"])
    keys = zip(frame["sku"], frame["location"], strict=True)
    values = [
        asked.get(key, np.nan) if one else np.nan for key, one in zip(keys, first, strict=True)
    ]
    return frame.assign(released=np.array(values, dtype=float))


def _with_acquired(frame: pd.DataFrame, stated: Table) -> pd.DataFrame:
    """What the sheet charges to other accounts in this period: rows of their own, opening at nil.

    An item acquired in the period is none the ledger knows yet.
    """
    import pandas as pd

    if "charged_other" not in stated.frame:
        return frame
    keys = ["sku", "location"]
    came = stated.frame.groupby(keys, as_index=False)["charged_other"].sum()
    came = came[came["charged_other"] != 0].assign(tranche="", opening_reserve=0.0,
                                                   original_write_down=0.0)  # fmt: skip
    return pd.concat([frame, came], ignore_index=True) if len(came) else frame
