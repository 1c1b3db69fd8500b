"""Sign-off: prepare, review, finalise, reopen. Finalising posts the period to the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.money import to_cents
from invval_xl.findings import Finding, RefusedError, stops
from invval_xl.ledger.entries import DisposalOutcome, Fact, SignOff, Step
from invval_xl.ledger.period import period_postings
from invval_xl.ledger.sign_off import SignOffStatus, refusals, signatures, status
from invval_xl.runs.memory import book_id, in_force
from invval_xl.runs.record_decisions import run_fact

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from invval_xl.ledger.entries import Entry
    from invval_xl.ledger.store import Appended, Ledger
    from invval_xl.runs.refresh_reserve import Refreshed
    from invval_xl.tables.table import Tables
    from invval_xl.workpapers.case import Case

__all__ = ["SignedOff", "disposals_of", "posted_rows", "sign_off"]


@dataclass(frozen=True)
class SignedOff:
    """Where the period stands after the step, and what was posted with it."""

    status: SignOffStatus
    appended: Appended
    postings: int
    findings: tuple[Finding, ...] = ()


def sign_off(
    refreshed: Refreshed, ledger: Ledger, step: Step, *, who: str, user: str, now: dt.datetime,
    note: str = "",
) -> SignedOff:  # fmt: skip
    """Take one step on the papers as they are now.

    Parameters
    ----------
    refreshed
        The workbook refreshed in memory: what is signed is what it says (``content``).
    who
        The person who signs; ``user`` is whose account recorded it.
    note
        Reason; needed to reopen.

    Raises
    ------
    RefusedError
        RW401 to RW407, or what stands against posting; nothing was recorded.
    """
    case = refreshed.case
    book, period = book_id(case.control), case.as_of.isoformat()
    entries = list(ledger.read(book=book))
    facts: list[Fact] = []
    found: tuple[Finding, ...] = ()
    posted: tuple[Fact, ...] = ()
    if step is Step.FINALISE:
        posted, found = _postings(refreshed, entries)
        if stops(found):
            raise RefusedError(found)
        facts = [*posted, *_new(disposals_of(case), entries), run_fact(refreshed)]
    signed = signatures(entries, period)
    facts.append(
        SignOff(step=step, content_hash=refreshed.content, run_id=case.run_id, signed_by=who,
                note=note, prior=signed[-1].hash if signed else "")
    )  # fmt: skip

    def guard(held: tuple[Entry, ...]) -> tuple[Finding, ...]:
        open_lines = case.review.queue.open_lines if case.review is not None else None
        return refusals(
            step, who, refreshed.content, signatures(held, period),
            open_lines=0 if open_lines is None else len(open_lines),
            open_cost=0.0 if open_lines is None else float(open_lines["stake"].sum()),
            later_finalised=_later(held, period),
            note=note,
        )  # fmt: skip

    appended = ledger.append(
        facts, book=book, period_end=period, who=user, at=now.isoformat(), guard=guard
    )
    after = status(signatures(ledger.read(book=book), period), refreshed.content)
    return SignedOff(after, appended, len(posted), found)


def _later(entries: tuple[Entry, ...], period: str) -> str:
    """The first later period that is finalised and not reopened."""
    for other in sorted({e.period_end for e in entries if e.period_end > period}):
        if status(signatures(entries, other), "").finalised is not None:
            return other
    return ""


def _postings(
    refreshed: Refreshed, entries: list[Entry]
) -> tuple[tuple[Fact, ...], tuple[Finding, ...]]:
    case = refreshed.case
    period = case.as_of.isoformat()
    times = sum(s.step is Step.FINALISE for s in signatures(entries, period))
    earlier = [p for p in in_force(entries) if p.period_end < period]
    checked = period_postings(
        posted_rows(case),
        earlier,
        framework=case.control.framework,
        period_end=case.as_of,
        fiscal_year_end=case.control.fiscal_year_end,
        batch=f"{case.run_id}.{times + 1}",
    )
    return checked.value, checked.findings


def posted_rows(case: Case) -> pd.DataFrame:
    """C-4's items as the ledger takes them: people's decisions in the charge or the reversal.

    Items kept beside the workbook are posted like those it shows: what stands from before is the
    ledger's to remember, wherever an item lies next period.
    """
    import pandas as pd

    parts = [_dated(case.tables, case.rollforward, case.lines)]
    if case.beside is not None:
        kept = case.beside
        parts.append(_dated(kept.tables, kept.rollforward, kept.lines))
    rows = pd.concat(parts, ignore_index=True)
    # What was decided moves the charge first, then the reversal: never what stood before.
    net = (rows["charge"] - rows["reversal"] + rows["decided"]).round(2)
    decided = rows["decided"] != 0
    rows["charge"] = rows["charge"].where(~decided, net.clip(lower=0.0))
    rows["reversal"] = rows["reversal"].where(~decided, (-net).clip(lower=0.0))
    return rows


def _dated(tables: Tables, rolled: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """A roll-forward with each item's units on hand (none of one gone) and its first write-down."""
    at = rolled["line"].to_numpy()
    held = at >= 0
    units = np.where(held, lines["units"].to_numpy()[np.where(held, at, 0)], 0.0)
    return rolled.assign(units=units, written_on=_written_on(tables, rolled))


def _written_on(tables: Tables, rows: pd.DataFrame) -> list[Any]:
    """When an opening balance was first written down, where OpeningReserve says so."""
    table = tables.get("OpeningReserve")
    if table is None or "written_down_on" not in table.frame:
        return [None] * len(rows)
    days = table.frame.groupby(["sku", "location"])["written_down_on"].max()
    out: list[Any] = []
    for key in zip(rows["sku"], rows["location"], strict=True):
        day = days.get(key)
        out.append(None if day is None or day != day else day.date())  # noqa: PLR0124 - NaT
    return out


def _new(outcomes: list[DisposalOutcome], entries: list[Entry]) -> list[DisposalOutcome]:
    """Those the ledger does not hold yet: a Disposals sheet often runs on from month to month."""

    def said(o: DisposalOutcome) -> tuple[object, ...]:
        return (o.sku, o.location, o.disposed_on, o.units, o.net_proceeds_cents, o.channel)

    facts = (e.fact() for e in entries if e.kind == DisposalOutcome.kind)
    held = Counter(said(f) for f in facts if isinstance(f, DisposalOutcome))
    out = []
    for outcome in outcomes:
        if held[said(outcome)]:
            held[said(outcome)] -= 1
        else:
            out.append(outcome)
    return out


def disposals_of(case: Case) -> list[DisposalOutcome]:
    """What the Disposals sheet says units really brought: the outcomes decisions are judged by."""
    kept = disposals_in(case.beside.tables) if case.beside is not None else []
    return [*disposals_in(case.tables), *kept]


def disposals_in(tables: Tables) -> list[DisposalOutcome]:
    """Those of one side: items shown, or items kept beside the workbook."""
    table = tables.get("Disposals")
    if table is None:
        return []
    frame = table.frame
    if "net_proceeds" not in frame:
        return []
    out = []
    for i, row in enumerate(frame.to_dict("records")):
        if row["net_proceeds"] != row["net_proceeds"] or row["date"] != row["date"]:
            continue
        out.append(
            DisposalOutcome(
                sku=str(row["sku"]),
                location=str(row.get("location") or ""),
                disposed_on=row["date"].date().isoformat(),
                units=float(np.nan_to_num(row["units"])),
                net_proceeds_cents=int(to_cents(row["net_proceeds"])),
                channel=str(row.get("disposal_channel") or ""),
                place=f"{table.sheet} row {int(table.rows[i])}",
            )
        )
    return out
