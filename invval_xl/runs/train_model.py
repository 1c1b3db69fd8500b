"""Train: from the workbook's history to a judged model and its card."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from invval_xl.findings import Finding, RefusedError, stops
from invval_xl.models.card import Card, build_card, model_findings
from invval_xl.models.dollars import DollarPolicy
from invval_xl.models.fan_out import fan_out
from invval_xl.models.from_tables import events_from_tables
from invval_xl.models.train import Parameters, train
from invval_xl.policy.assumptions import apply_assumptions
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.kept_beside import knowing
from invval_xl.runs.evidence import ledger_evidence
from invval_xl.runs.memory import book_id
from invval_xl.runs.refresh_reserve import inputs_hash
from invval_xl.tables.check import check_book

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.models.evidence import EvidenceWeights
    from invval_xl.models.trained import TrainedModel
    from invval_xl.reserving.kept_beside import KeptBeside
    from invval_xl.runs.memory import Memory
    from invval_xl.tables.grid import RawBook
    from invval_xl.tables.table import Control, Tables

__all__ = ["Trained", "train_model"]


# Where each stage of training begins and ends on the bar, about as long as it takes; "final fit"
# reports halfway, before the cell's folds, and after them.
_ON_THE_BAR = {
    "snapshots": (0.05, 0.15),
    "folds": (0.15, 0.45),
    "final fit": (0.20, 0.80),
    "folds of the cell model": (0.50, 0.75),
    "lookbacks": (0.80, 1.00),
}


@dataclass(frozen=True, eq=False)
class Trained:
    """A judged model, its card, what was found, and on what of whose it was trained."""

    model: TrainedModel
    card: Card
    findings: tuple[Finding, ...]
    data_sha256: str
    control: Control


def train_model(
    raw: RawBook,
    progress: Callable[[str, float], None],
    read_findings: tuple[Finding, ...] = (),
    memory: Memory | None = None,
    cluster: str = "",
    beside: KeptBeside | None = None,
) -> Trained:
    """Train on a workbook whose inventory is conserved.

    Decisions of the ledger (``memory``) whose outcome is known weigh in it; the card says how much.
    The folds are fitted on the Dask scheduler at ``cluster``, or here where it is empty: the model
    is the same. Of items kept ``beside`` the workbook the ledger's balance is known; it trains on
    those shown.

    Raises
    ------
    RefusedError
        Where a STOP stands in the workbook, or its history is too short (MD209).
    """
    progress("check sheets", 0.0)
    checked = check_book(raw)
    tables = knowing(beside, checked.value)
    conservation = prove_conservation(tables)
    found = (*read_findings, *checked.findings, *conservation.findings)
    if stops(found):
        raise RefusedError(found)

    def staged(done: int, total: int, stage: str) -> None:
        begin, end = _ON_THE_BAR[stage]
        progress(stage, begin + (end - begin) * done / max(total, 1))

    policy = apply_assumptions(tables.get("Assumptions"), tables.control.period_end).value
    # the lookbacks reserve by the entity's own policy
    dollars = DollarPolicy(**{f.name: policy.number(f.name) for f in fields(DollarPolicy)})
    events = events_from_tables(tables)
    with fan_out(cluster):
        model = train(
            events,
            parameters=Parameters(dollars=dollars),
            progress=staged,
            weights=_weights(tables, memory),
        )
    findings = tuple(sorted((*found, *model_findings(model)), key=lambda f: f.order))
    return Trained(model, build_card(model), findings, inputs_hash(tables), tables.control)


def _weights(tables: Tables, memory: Memory | None) -> EvidenceWeights | None:
    """What decisions with outcomes add, from this book's own part of the ledger."""
    if memory is None:
        return None
    book = book_id(tables.control)
    return ledger_evidence([e for e in memory.entries if e.book == book])
