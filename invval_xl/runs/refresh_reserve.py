"""Refresh: from the workbook's sheets to a binder of papers. It reads like a table of contents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl import __version__
from invval_xl.accounting.money import total_money
from invval_xl.findings import Checked, Finding, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.models.card import model_findings
from invval_xl.models.events import day_of
from invval_xl.monitoring.allowed import allowed_basis
from invval_xl.monitoring.cadence import age_findings, lookback_findings
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.commitments import judge_commitments
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.decided import apply_decisions
from invval_xl.reserving.kept_beside import value_beside
from invval_xl.reserving.prediction import predict
from invval_xl.reserving.queue import build_queue
from invval_xl.reserving.rolled import roll_forward
from invval_xl.runs.decided_outcomes import decided_outcomes
from invval_xl.runs.memory import carry, remember
from invval_xl.runs.period_entries import entries_of
from invval_xl.runs.signatures import sign_plans, standing_signatures
from invval_xl.sources.cluster import workers
from invval_xl.tables.check import check_book
from invval_xl.terms import Basis, Framework
from invval_xl.workpapers.binder import build_binder
from invval_xl.workpapers.c7_review import Review
from invval_xl.workpapers.case import Case
from invval_xl.workpapers.content import content_hash
from invval_xl.workpapers.input_sheets import LAST_ROW

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from invval_xl.models.trained import TrainedModel
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.policy.parameters import Policy
    from invval_xl.reserving.assembled import Assembled
    from invval_xl.reserving.brought_forward import BroughtForward
    from invval_xl.reserving.conservation import Conservation
    from invval_xl.reserving.kept_beside import KeptBeside, ValuedBeside
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.runs.memory import Memory, Remembered
    from invval_xl.tables.grid import RawBook
    from invval_xl.tables.table import Tables
    from invval_xl.workpapers.review_input import TypedLine
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = [
    "STEPS",
    "RefreshRequest",
    "Refreshed",
    "Summary",
    "inputs_hash",
    "of_the_workbook",
    "refresh_reserve",
]

STEPS: tuple[str, ...] = (
    "check sheets",
    "prove conservation",
    "gather facts",
    "score every line",
    "test every tranche",
    "draw the papers",
)

Progress = Callable[[str, float], None]

_HEAD_AND_FOOT = 1_000  # rows of C-3 and of Dashboard Data that are not lines
# Of the machine at that moment, not of the workbook: told, and laid on no paper, which would
# otherwise differ from what the same workbook gives a minute later.
_OF_THE_MOMENT = frozenset({"WB302"})
_LISTED = 200  # lines of one kind listed by name; PR101 carries the dollars of all


@dataclass(frozen=True)
class RefreshRequest:
    """What the caller brings beyond the workbook: ``None`` means what Control says, or no model.

    ``memory`` is what the book's ledger remembers, ``typed`` what stands on its C-7. ``cluster`` is
    the address of a Dask scheduler whose workers score and value; the papers are the same.
    ``beside`` is what an import kept out of the workbook.
    """

    as_of: dt.date | None = None
    framework: Framework | None = None
    model: TrainedModel | None = None
    memory: Memory | None = None
    typed: tuple[TypedLine, ...] = ()
    lookback: Lookback | None = None
    cluster: str = ""
    beside: KeptBeside | None = None


@dataclass(frozen=True)
class Summary:
    """What a terminal, a status bar or a test wants to know of a run, in plain values."""

    entity: str
    as_of: str
    basis: str
    run_id: str
    currency: str
    reserve_by_category: dict[str, float]
    items_by_tier: dict[str, int]
    items: int
    cost: float
    write_down: float
    closing_reserve: float
    required_low: float
    required_high: float


@dataclass(frozen=True, eq=False)
class Refreshed:
    """The outcome of a refresh: plans for a host to write, the findings, the summary.

    ``content`` is the hash a sign-off is bound to.
    """

    plans: tuple[SheetPlan, ...]
    findings: tuple[Finding, ...]
    summary: Summary
    case: Case
    content: str = ""


def _silent(_step: str, _share: float) -> None:
    """Report nothing."""


def of_the_workbook(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What a host found while reading, as far as it belongs to the workbook and so on papers."""
    return tuple(f for f in findings if f.code not in _OF_THE_MOMENT)


def refresh_reserve(
    raw: RawBook,
    request: RefreshRequest | None = None,
    progress: Progress = _silent,
    read_findings: tuple[Finding, ...] = (),
) -> Refreshed:
    """Value the inventory of a workbook and describe its papers; nothing is written here.

    Parameters
    ----------
    raw
        The workbook as a host read it.
    request
        As-of date and framework where they differ from Control.
    progress
        Called with the name of each step and the share done before it, 0 to 1; may raise to stop.
    read_findings
        What the host found while reading; listed with the rest, and on the papers what is
        :func:`of_the_workbook`.

    Raises
    ------
    RefusedError
        With all findings of all steps, where any of them is a STOP.
    """
    asked = request or RefreshRequest()
    progress(STEPS[0], 0.0)
    checked = check_book(raw)
    tables = _as_asked(checked.value, asked)
    remembered = remember(tables, asked.memory)
    memory = remembered.value
    tables = memory.tables
    as_of = tables.control.period_end
    progress(STEPS[1], 0.25)
    found = [*of_the_workbook(read_findings), *checked.findings, *remembered.findings]
    tables, beside = _beside(asked, tables, found)
    conservation = prove_conservation(tables)
    found.extend(conservation.findings)
    _worth_gathering(tables, conservation.value, found)
    progress(STEPS[2], 0.45)
    assembled = assemble(tables, conservation.value, as_of, modelled=asked.model is not None)
    found.extend(assembled.findings)
    if stops(found):
        raise RefusedError(found)
    progress(STEPS[3], 0.55)
    proposal, prediction = _valued(asked, tables, assembled.value, found, progress)
    lines = proposal.lines()
    if prediction is not None:
        prediction = prediction.with_reserve(lines["model_required"])
    brought = assembled.value.brought_forward
    found.extend(_taken_to_cost(conservation.value))
    found.extend(_doubts(proposal, lines))
    commitments = judge_commitments(tables, proposal)
    found.extend(commitments.findings if commitments else ())
    progress(STEPS[5], 0.75)
    reviewed = _reviewed(proposal, lines, prediction, brought, memory, asked.typed)
    found.extend(reviewed.findings)
    inputs, decided = inputs_hash(tables), reviewed.value.queue.decided
    found.extend(_looked_back(asked, tables, proposal, inputs))
    case = Case(
        tables=tables,
        conservation=conservation.value,
        proposal=proposal,
        brought_forward=brought,
        journal=entries_of(proposal, brought, decided, beside),
        commitments=commitments,
        prediction=prediction,
        lines=lines,
        rollforward=roll_forward(lines, brought, decided),
        findings=tuple(sorted(found, key=lambda f: f.order)),
        run_id=_run_id(inputs, proposal, prediction, memory),
        inputs_hash=inputs,
        product=f"invval-xl {__version__}",
        as_of=as_of,
        review=reviewed.value,
        lookback=asked.lookback,
        beside=beside,
        decided_outcomes=_came(tables, lines, proposal.policy, memory),
    )
    _refuse_untied(case)
    plans = build_binder(case)
    content = content_hash(plans)
    signed = standing_signatures(memory.sign_offs, content)
    plans = sign_plans(plans, signed, memory.ledger, memory.anchor)
    progress("done", 1.0)
    told = (f for f in read_findings if f.code in _OF_THE_MOMENT)
    return Refreshed(
        plans, (*told, *case.findings, *signed.findings), _summary(case), case, content
    )


def _beside(
    asked: RefreshRequest, tables: Tables, found: list[Finding]
) -> tuple[Tables, ValuedBeside | None]:
    """What is kept beside the workbook, valued; and the tables of what is shown."""
    if asked.beside is None:
        return tables, None
    with workers(asked.cluster) as crew:
        tables, valued, said = value_beside(asked.beside, tables, crew.propose)
    found.extend(said)
    return tables, valued


def _valued(
    asked: RefreshRequest,
    tables: Tables,
    assembled: Assembled,
    found: list[Finding],
    progress: Progress,
) -> tuple[Proposal, Prediction | None]:
    """Every line scored and every tranche valued, here or on a cluster; findings into ``found``."""
    prediction = None
    with workers(asked.cluster) as crew:
        if asked.model:
            factor = asked.lookback.interval_factor if asked.lookback else 1.0
            lines = assembled.priced_lines
            prediction = predict(asked.model, tables, lines, crew.scores, factor)
            found.extend(model_findings(asked.model))
        allowed, held_back = allowed_basis(
            assembled.basis,
            assembled.lines.items.category,
            assembled.lines.frame["cost"].to_numpy(),
            asked.lookback,
        )
        found.extend(held_back)
        by_model = _by_model(replace(assembled, basis=allowed), prediction)
        found.extend(by_model.findings)
        progress(STEPS[4], 0.65)
        proposal = _within_sheet(crew.propose(by_model.value, prediction), found)
    return proposal, prediction


def _came(
    tables: Tables, lines: pd.DataFrame, policy: Policy, memory: Remembered
) -> pd.DataFrame | None:
    """Decisions of earlier closes beside what came; ``None`` where there is none."""
    if not memory.decisions:
        return None
    came = decided_outcomes(tables, lines, policy, memory.decisions)
    return came if len(came) else None


def _reviewed(
    proposal: Proposal,
    lines: pd.DataFrame,
    prediction: Prediction | None,
    brought: BroughtForward,
    memory: Remembered,
    typed: tuple[TypedLine, ...],
) -> Checked[Review]:
    """What people decided, must decide, and have typed but not recorded."""
    decided = apply_decisions(proposal, lines, brought, memory.prior)
    queue = build_queue(proposal, lines, prediction, decided, memory.prior)
    carried = carry(typed, queue)
    review = Review(queue, carried.value)
    return Checked(review, (*decided.findings, *carried.findings))


def _as_asked(tables: Tables, asked: RefreshRequest) -> Tables:
    """The tables under the as-of date and framework of the request."""
    control = tables.control
    control = replace(
        control,
        period_end=asked.as_of or control.period_end,
        framework=asked.framework or control.framework,
    )
    return replace(tables, control=control)


def _by_model(assembled: Assembled, prediction: Prediction | None) -> Checked[Assembled]:
    """The lines as the model may value them: it is there, somebody approved it, it knows them."""
    wanted = assembled.basis == Basis.MODEL.value
    if prediction is None:
        short, reason = wanted, "no model was trained"
    elif not prediction.model.approver:
        short, reason = wanted, f"nobody approved model {prediction.name} (invval approve)"
    else:
        short = wanted & prediction.frame["p_obsolete_90"].isna().to_numpy()
        reason = "the model lacks facts of them"
    if not short.any():
        return Checked(assembled)
    cost = total_money(assembled.lines.frame["cost"].to_numpy()[short])
    found = finding("RV410", dollars=cost, cost=cost, count=int(short.sum()), reason=reason)
    basis = np.where(short, Basis.RULE.value, assembled.basis).astype(object)
    return Checked(replace(assembled, basis=basis), (found,))


def _looked_back(
    asked: RefreshRequest, tables: Tables, proposal: Proposal, inputs: str
) -> list[Finding]:
    """Age of model and data, and what the stored lookback says; cheap, at every refresh."""
    said = asked.model.training if asked.model else None
    history = tables.get("SalesHistory")
    as_of = tables.control.period_end
    last_sale = None
    if history is not None:
        dates = history.frame["date"].to_numpy()
        dates = dates[dates <= np.datetime64(as_of)]
        last_sale = dates.max().astype("datetime64[D]").astype(object) if len(dates) else None
    policy = proposal.policy
    found = list(
        age_findings(
            as_of=as_of,
            trained_to=day_of(said.last_day) if said else None,
            retrain_after_days=policy.number("retrain_after_days"),
            last_sale=last_sale,
            fresh_days=policy.number("data_fresh_days"),
        )
    )
    if asked.lookback is not None:
        found += lookback_findings(asked.lookback, inputs)
    return found


def _worth_gathering(tables: Tables, conservation: Conservation, found: list[Finding]) -> None:
    """Refuse a period of no lines, and one whose C-3, a row a line or more, no sheet holds.

    Facts of a full sheet of lines take several times the memory of reading it (tests/bench,
    ``full_sheet.py``), which a run that ends in a refusal should not ask of anybody's machine.
    """
    if not len(conservation.current_positions):
        as_of = tables.control.period_end
        raise RefusedError([*found, finding("RV409", sheet=tables.balance_set.sheet, as_of=as_of)])
    held = conservation.current
    lines = int(
        ((held["eop_units"] > 0) & (held["eop_cost"] >= 0) & ~held["consigned"]).to_numpy().sum()
    )
    most = LAST_ROW - _HEAD_AND_FOOT
    if lines > most:
        raise RefusedError([*found, finding("RV412", rows=lines, lines=lines, most=most)])


def _within_sheet(proposal: Proposal, found: list[Finding]) -> Proposal:
    """Refuse where C-3, the longest paper, would be longer than a sheet."""
    rows, most = len(proposal.frame), LAST_ROW - _HEAD_AND_FOOT
    if rows > most:
        lines = int(proposal.first_rows.sum())
        raise RefusedError([*found, finding("RV412", rows=rows, lines=lines, most=most)])
    return proposal


def _taken_to_cost(conservation: Conservation) -> list[Finding]:
    """Direct write-downs of the period: already in the cost basis, not charged again."""
    if "write_downs_cost" not in conservation.current:
        return []
    taken = total_money(np.nan_to_num(conservation.current["write_downs_cost"].to_numpy(float)))
    return [finding("RV208", dollars=taken, taken=taken)] if taken else []


def _doubts(proposal: Proposal, lines: pd.DataFrame) -> list[Finding]:
    """What the valuation itself cannot settle: rows without a figure, reserves kept."""
    out = [
        finding(
            "RV207",
            dollars=float(row["cost"]),
            sku=row["sku"],
            location=row["location"],
            cost=row["cost"],
            reason="no selling price is known",
        )
        for row in lines[~lines["determined"]].head(_LISTED).to_dict("records")
    ]
    if proposal.measurement == "lcm":
        frame = proposal.frame
        unbounded = frame["replacement_cost"].isna() | frame["normal_profit_rate"].isna()
        if unbounded.any():
            cost = total_money(frame.loc[unbounded, "cost"].to_numpy())
            count = int(frame.loc[unbounded, "line"].nunique())
            out.append(finding("PR108", dollars=cost, cost=cost, count=count))
    kept = (lines["closing"] - lines["required"]).round(2)
    if proposal.framework is Framework.US_GAAP and (kept > 0).any():
        total = float(kept[kept > 0].sum())
        first = lines[kept > 0].iloc[0]
        out.append(
            finding(
                "RV203",
                dollars=total,
                count=int((kept > 0).sum()),
                sku=first["sku"],
                location=first["location"],
                amount=float(kept[kept > 0].iloc[0]),
                items=int((kept > 0).sum()),
                total=total,
            )
        )
    return out


def _refuse_untied(case: Case) -> None:
    """The write-down of the tranches is the journal's charge and what the roll-forward moves by."""
    charge = total_money(np.nan_to_num(case.proposal.frame["write_down"].to_numpy()))
    rows = case.rollforward
    own = rows["closing"] - rows["opening"] - rows["other"] - rows["decided"]
    moved = total_money(own.to_numpy())
    used = total_money((rows["utilization"] + rows["reversal"]).to_numpy())
    titles = {"Write-down of inventory to net realizable value"}
    posted = sum(e.total_debit for e in case.journal if e.title in titles)
    for right, amount in (("C-5's charge", posted), ("C-4's movement", moved + used)):
        if round(charge - amount, 2):
            found = finding("RV301", left="C-3's write-down", left_amount=charge, right=right,
                            right_amount=amount)  # fmt: skip
            raise RefusedError((*case.findings, found))


def inputs_hash(tables: Tables) -> str:
    """Hash of everything read: each sheet's own hash where the host has one, else its cells."""
    import pandas as pd

    digest = hashlib.sha256(repr(tables.control).encode())
    for name in sorted(tables.by_name):
        table = tables.by_name[name]
        digest.update(name.encode())
        if table.sha256:
            digest.update(table.sha256.encode())
        else:
            digest.update(pd.util.hash_pandas_object(table.frame, index=False).to_numpy().tobytes())
    if tables.beside is not None:
        digest.update(tables.beside.sha256.encode())
    return digest.hexdigest()


def _run_id(
    inputs: str, proposal: Proposal, prediction: Prediction | None, memory: Remembered
) -> str:
    """Name a run by what went into it: the same inputs and version give the same id."""
    stated = repr(proposal.policy.stated)
    model_id = prediction.name if prediction else ""
    parts: tuple[object, ...] = (
        inputs, stated, proposal.framework, proposal.as_of, __version__, model_id
    )  # fmt: skip
    if prediction and prediction.interval_factor != 1.0:
        parts = (*parts, prediction.interval_factor)
    if "basis" in proposal.frame:  # approval and lookback decide it, and figures follow from it
        parts = (*parts, "".join(word[0] for word in proposal.frame["basis"]))
    if memory.prior:
        parts = (*parts, sorted(p.entry_hash for p in memory.prior.values()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _summary(case: Case) -> Summary:
    frame, lines = case.proposal.frame, case.lines

    def total(name: str) -> float:
        return total_money(np.nan_to_num(frame[name].to_numpy()))

    people = case.rollforward.groupby("category")["decided"].sum()
    by_category = frame.groupby("category")["closing"].sum().add(people, fill_value=0.0).round(2)
    kept = case.beside
    if kept is not None:
        also = kept.by_category.set_index("category")["closing"]
        by_category = by_category.add(also, fill_value=0.0).round(2)
    tiers = lines.groupby("tier").size()

    def beside(name: str) -> float:
        return kept.total(name) if kept is not None else 0.0

    return Summary(
        entity=case.control.entity,
        as_of=f"{case.as_of:%Y-%m-%d}",
        basis=case.basis,
        run_id=case.run_id,
        currency=case.control.currency,
        reserve_by_category={str(k): float(v) for k, v in by_category.items()},
        items_by_tier={str(k): int(v) for k, v in tiers.items()},
        items=len(lines) + (len(kept.lines) if kept is not None else 0),
        cost=round(total("cost") + beside("cost"), 2),
        write_down=round(total("write_down") + beside("charge"), 2),
        closing_reserve=round(total("closing") + float(people.sum()) + beside("closing"), 2),
        required_low=round(total("low") + beside("low"), 2),
        required_high=round(total("high") + beside("high"), 2),
    )
