"""Monitor: past closes valued again, held against what came, and what follows for the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from invval_xl.findings import Finding, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.models.train import Parameters
from invval_xl.monitoring.backtest import Cohort, LookbackPolicy, cohort_closes
from invval_xl.monitoring.cadence import lookback_findings
from invval_xl.monitoring.drift import DriftPolicy
from invval_xl.monitoring.lookback import Lookback, look_back
from invval_xl.monitoring.outcome import with_outcome
from invval_xl.monitoring.realised import outflows, realised_rate
from invval_xl.monitoring.rollout import Review, RolloutPolicy
from invval_xl.policy.assumptions import apply_assumptions
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.kept_beside import knowing
from invval_xl.reserving.prediction import HORIZON
from invval_xl.runs.decided_outcomes import liquidation_of
from invval_xl.runs.drift_signals import drift_of
from invval_xl.runs.memory import book_id
from invval_xl.runs.past_cohorts import Valued, as_it_stood, cohort_key, trained_at, value_close
from invval_xl.runs.refresh_reserve import inputs_hash
from invval_xl.tables.check import check_book

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from invval_xl.models.trained import TrainedModel
    from invval_xl.reserving.kept_beside import KeptBeside
    from invval_xl.tables.grid import RawBook
    from invval_xl.tables.table import Tables

__all__ = ["Memory", "MonitorRequest", "Monitored", "monitor_book"]


class Memory(Protocol):
    """Where valued closes are kept between runs: training one takes minutes."""

    def get(self, key: str) -> Valued | None:
        """The close remembered under ``key``."""

    def put(self, key: str, valued: Valued) -> None:
        """Remember it."""


@dataclass(frozen=True)
class MonitorRequest:
    """What the caller brings beyond the workbook.

    Parameters
    ----------
    model
        The model in service: its training is what drift is held against.
    parameters
        Sizes of the models trained at past closes.
    train_once
        One model, trained at the oldest cohort, is held still and judged forward in time; by
        default every cohort gets its own, as it would have been trained then.
    train_models
        ``False``: rule and tables only.
    reviews
        Earlier reviews on record, for the roll-out.
    memory
        Where valued closes are kept.
    beside
        What an import kept out of the workbook: the ledger ties with it; those shown are judged.
    """

    model: TrainedModel | None = None
    parameters: Parameters | None = None
    train_once: bool = False
    train_models: bool = True
    reviews: tuple[Review, ...] = ()
    memory: Memory | None = None
    beside: KeptBeside | None = None


@dataclass(frozen=True, eq=False)
class Monitored:
    """The lookback, everything found, and whose books they are (``book``: as a ledger calls it)."""

    lookback: Lookback
    findings: tuple[Finding, ...]
    entity: str
    currency: str
    book: str
    undetermined_cost: float


def monitor_book(
    raw: RawBook,
    request: MonitorRequest | None = None,
    progress: Callable[[str, float], None] = lambda _step, _share: None,
    read_findings: tuple[Finding, ...] = (),
) -> Monitored:
    """Look back over the workbook's past closes.

    Raises
    ------
    RefusedError
        Where a STOP stands in the workbook, or no past close has history and follow-up enough
        (MD308).
    """
    asked = request or MonitorRequest()
    progress("check sheets", 0.0)
    checked = check_book(raw)
    tables = knowing(asked.beside, checked.value)
    conservation = prove_conservation(tables)
    found = [*read_findings, *checked.findings, *conservation.findings]
    if stops(found):
        raise RefusedError(found)
    as_of = tables.control.period_end
    policy = apply_assumptions(tables.get("Assumptions"), as_of).value
    ends = tables.balance_set.frame["period_end"].dt.date.tolist()
    closes = cohort_closes(
        ends,
        as_of,
        count=int(policy.number("lookback_cohorts")),
        follow_up_days=int(policy.number("lookback_follow_up_days")),
        history_days=int(policy.number("lookback_history_days")),
    )
    if not closes:
        raise RefusedError([*found, finding("MD308", as_of=as_of, periods=len(set(ends)))])
    present = value_close(tables, train_model=False)
    cohorts = _cohorts(tables, closes, present, asked, progress)
    progress("judge", 0.93)
    drift = drift_of(
        tables,
        asked.model,
        DriftPolicy(policy.number("drift_least_index"), policy.number("drift_false_call_rate")),
    )
    lookback = look_back(
        cohorts,
        as_of=as_of,
        inputs_hash=inputs_hash(tables),
        reviews=asked.reviews,
        policy=LookbackPolicy(
            policy.number("lookback_within"),
            policy.number("lookback_floor_rate"),
            policy.number("lookback_loss_rate"),
        ),
        rollout=RolloutPolicy(
            policy.number("model_share"), int(policy.number("model_reviews_needed"))
        ),
        drift=drift,
    )
    found += lookback_findings(lookback, inputs_hash(tables))
    progress("done", 1.0)
    return Monitored(
        lookback,
        tuple(sorted(found, key=lambda f: f.order)),
        tables.control.entity,
        tables.control.currency,
        book_id(tables.control),
        present.undetermined_cost,
    )


def _cohorts(
    tables: Tables,
    closes: tuple[dt.date, ...],
    present: Valued,
    asked: MonitorRequest,
    progress: Callable[[str, float], None],
) -> list[Cohort]:
    """Every close valued as it stood, with what became of it up to the present one."""
    frames = {name: table.frame for name, table in tables.by_name.items()}
    liquidation = liquidation_of(tables)
    parameters = asked.parameters or Parameters()
    parameters = replace(parameters, cell=False)
    held: TrainedModel | None = None
    because = ""
    out = []
    for number, close in enumerate(closes):
        begun = 0.05 + 0.88 * number / len(closes)
        said = f"cohort {number + 1} of {len(closes)}"
        progress(said, begun)
        past = as_it_stood(tables, close)

        def staged(
            done: int, total: int, stage: str, begun: float = begun, said: str = said
        ) -> None:
            del stage
            progress(said, begun + 0.5 * 0.88 / len(closes) * done / max(total, 1))

        if asked.train_once and asked.train_models and number == 0:
            held, because = trained_at(past, parameters, staged)
        key = cohort_key(
            past, parameters, with_model=asked.train_models, held=held.model_id if held else ""
        )
        valued = asked.memory.get(key) if asked.memory else None
        if valued is None:
            valued = value_close(
                past,
                model=held,
                parameters=parameters,
                train_model=asked.train_models and not asked.train_once,
                progress=staged,
            )
            if asked.memory:
                asked.memory.put(key, valued)
        as_of = tables.control.period_end
        rows = with_outcome(valued.rows, frames, close, as_of, present.rows, liquidation)
        flows = outflows(frames, close, as_of)
        rows["rate_realised"] = realised_rate(rows, flows, close, as_of, HORIZON)
        why = valued.no_model_because if not valued.model_id else ""
        out.append(Cohort(close, rows, valued.model_id, because or why, valued.stops))
    return out
