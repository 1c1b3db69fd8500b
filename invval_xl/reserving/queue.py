"""The review queue: which lines a person must decide, in what order, and who else should look.

Ordered by dollars at stake and doubt. A line of high value or in high doubt must be decided before
it is posted; the rest is accepted by rule and listed as such (AS 1215; accounting.md C4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.decided import Decided, PriorDecision, positions_of, proposal_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal

__all__ = ["ACCEPTED", "DECIDED", "LOOK", "MUST", "Queue", "build_queue"]

MUST = "must decide"
LOOK = "worth a look"
DECIDED = "decided"
ACCEPTED = "accepted by rule"

_TEST_TO = {
    "price": ("merchandising", "the selling price sets it: confirm price and markdown plan"),
    "quantity": ("supply chain", "units beyond demand set it: stop orders, ask for a return"),
    "contract": ("sales", "a contract price sets it: confirm quantity and price"),
    "damage": ("supply chain", "damaged units set it: confirm count and salvage"),
    "not determined": ("merchandising", "no selling price is known: supply one"),
}


@dataclass(frozen=True, eq=False)
class Queue:
    """Every line with something at stake, in the order a person should take them.

    ``frame`` columns: ``line`` (position in the lines), ``sku, location, category, units, cost,
    recommended, low, high, model_reserve, stake, doubt, status, why, escalate_to,
    escalate_because, proposal_hash, since`` (what happened since the prior decision).
    ``rest`` and ``rest_cost`` count the lines with nothing at stake.
    """

    frame: pd.DataFrame
    decided: Decided
    prior: Mapping[tuple[str, str], PriorDecision]
    rest: int
    rest_cost: float
    findings: tuple[Finding, ...] = ()

    @property
    def open_lines(self) -> pd.DataFrame:
        """Lines that a person must still decide."""
        return self.frame[self.frame["status"] == MUST]


def build_queue(
    proposal: Proposal,
    lines: pd.DataFrame,
    prediction: Prediction | None,
    decided: Decided,
    prior: Mapping[tuple[str, str], PriorDecision],
) -> Queue:
    """Order the lines by dollars at stake times one plus doubt, and say which must be decided.

    Parameters
    ----------
    lines
        One row a line.
    prediction
        A trained model's figures beside them, or ``None``.
    decided
        Decisions that stand or were reopened.
    prior
        Latest decision by (sku, location), with how often the item was decided and changed.

    Notes
    -----
    Doubt is the width of the range as a fraction of cost, the distance of model and rule as a
    fraction of cost, a tenth where the model did not pass its gate, and the share of earlier
    decisions on the item that changed the proposal.
    """
    import pandas as pd

    policy = proposal.policy
    cost = lines["cost"].to_numpy(dtype=float)
    required = lines["required"].to_numpy(dtype=float)
    low, high = (np.nan_to_num(lines[n].to_numpy(dtype=float)) for n in ("low", "high"))
    known = ~np.isnan(required)
    stake = np.where(known, np.fmax(np.fmax(required, high), lines["closing"]), cost)
    safe = np.where(cost > 0, cost, 1.0)
    width = np.where(known, (high - low) / safe, 1.0)
    model = _model_reserve(prediction, len(lines))
    apart = np.nan_to_num(np.abs(model - required) / safe)
    failed = prediction is not None and prediction.answered_by != "model"
    earlier = {line: prior[key] for key, line in positions_of(lines, prior).items()}
    overruled = np.zeros(len(lines))
    for line, decision in earlier.items():
        overruled[line] = decision.changed / decision.times
    doubt = np.round(width + apart + 0.1 * failed + overruled, 6)
    value_at = policy.number("review_value_threshold")
    width_at = policy.number("review_width_threshold")
    floor = policy.number("review_floor")
    controller_at = policy.number("review_escalation_value")
    tests = (
        (~known & (cost > 0), "it could not be determined"),
        (stake >= value_at, f"{value_at:,.0f} or more is at stake"),
        ((width >= width_at) & (stake >= floor), f"its range is {width_at:.0%} of cost or wider"),
        ((apart >= width_at) & (stake >= floor), "model and rule disagree"),
        ((overruled >= 0.5) & (stake >= floor), "people changed it before"),  # noqa: PLR2004
    )
    at = np.flatnonzero((stake > 0) | ~known)
    why = _reasons([(hit[at], words) for hit, words in tests])
    row_of = {line: row for row, line in enumerate(at.tolist())}
    for line, reason in decided.reopened.items():
        if line in row_of:
            why[row_of[line]] = _joined(f"reopened: {reason}", why[row_of[line]])
    for line, decision in earlier.items():
        if decision.act == "escalate" and line in row_of:
            told = f"escalated by {decision.reviewer}, not yet decided"
            why[row_of[line]] = _joined(told, why[row_of[line]])
    stands = np.isin(at, decided.frame["line"].to_numpy())
    status = np.where(stands, DECIDED, np.where(why != "", MUST, ACCEPTED)).astype(object)
    binding = lines["binding"].astype(object).to_numpy()[at]
    to, because = _escalated(binding, stake[at] >= controller_at, status == MUST, controller_at)
    columns = {"line": at, "stake": stake[at], "doubt": doubt[at], "status": status, "why": why,
               "escalate_to": to, "escalate_because": because}  # fmt: skip
    frame = _dressed(pd.DataFrame(columns), proposal, lines, model, earlier)
    _propose_looks(frame, prediction, int(policy.number("review_learning_lines")))
    frame = _ordered(frame)
    nothing = (stake <= 0) & known
    rest_cost = float(np.round(cost[nothing].sum(), 2))
    return Queue(frame, decided, prior, int(nothing.sum()), rest_cost, decided.findings)


def _joined(*words: str) -> str:
    return "; ".join(filter(None, words))


def _reasons(tests: Sequence[tuple[NDArray[np.bool_], str]]) -> NDArray[np.object_]:
    """The words of every test that hits, line by line; few of their combinations occur."""
    codes = sum(hit.astype(np.int64) << bit for bit, (hit, _) in enumerate(tests))
    found, place = np.unique(codes, return_inverse=True)
    words = [
        _joined(*(said for bit, (_, said) in enumerate(tests) if code >> bit & 1))
        for code in found.tolist()
    ]
    return np.array(words, dtype=object)[place]


def _escalated(
    binding: NDArray[np.object_],
    large: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    controller_at: float,
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Who else should look at each line ``asked`` about, and because of what."""
    to, because = (np.full(len(binding), "", dtype=object) for _ in range(2))
    for test in set(binding[asked].tolist()):
        who, words = _TEST_TO.get(str(test), ("", ""))
        here = asked & (binding == test)
        to[here & ~large], because[here & ~large] = who, words
        also = f"; {who}: {words}" if who else ""
        to[here & large] = "controller"
        because[here & large] = f"{controller_at:,.0f} or more is at stake{also}"
    return to, because


def _dressed(
    frame: pd.DataFrame,
    proposal: Proposal,
    lines: pd.DataFrame,
    model: NDArray[np.float64],
    earlier: Mapping[int, PriorDecision],
) -> pd.DataFrame:
    """The judged lines with their own facts beside them."""
    at = frame["line"].to_numpy()
    for name in ("sku", "location", "category", "units", "cost", "low", "high", "binding"):
        frame[name] = lines[name].to_numpy()[at]
    frame["recommended"] = lines["required"].to_numpy(dtype=float)[at]
    frame["model_reserve"] = model[at]
    frame["proposal_hash"] = proposal_hashes(proposal, lines, at)
    now = zip(at.tolist(), frame["units"].tolist(), frame["recommended"].tolist(), strict=True)
    frame["since"] = [
        _since(earlier[line], units, required) if line in earlier else ""
        for line, units, required in now
    ]
    return frame


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """What must be decided first, then by dollars at stake times one plus doubt."""
    rank = frame["status"].map({MUST: 0, LOOK: 1, DECIDED: 2, ACCEPTED: 3}).to_numpy()
    weight = -frame["stake"].to_numpy(float) * (1 + frame["doubt"].to_numpy(float))
    order = np.lexsort((frame["location"], frame["sku"], np.round(weight, 2), rank))
    return frame.iloc[order].reset_index(drop=True)


def _model_reserve(prediction: Prediction | None, count: int) -> NDArray[np.float64]:
    if prediction is None or "model_reserve" not in prediction.frame:
        return np.full(count, np.nan)
    return prediction.frame["model_reserve"].to_numpy(dtype=np.float64)


def _propose_looks(frame: pd.DataFrame, prediction: Prediction | None, count: int) -> None:
    """Active learning: the accepted lines a model is least sure of are worth a person's look."""
    if prediction is None or "p_obsolete" not in prediction.frame or not count:
        return
    chance = prediction.frame["p_obsolete"].to_numpy(dtype=float)[frame["line"].to_numpy()]
    unsure = np.where(frame["status"] == ACCEPTED, -np.abs(chance - 0.5), np.nan)
    order = np.lexsort((frame["location"], frame["sku"], -np.nan_to_num(unsure, nan=-np.inf)))
    for i in order[:count]:
        if not np.isnan(unsure[i]):
            frame.loc[frame.index[i], ["status", "why"]] = [
                LOOK,
                f"the model is least sure here (chance of obsolescence {chance[i]:.0%}): its"
                " outcome teaches most",
            ]


def _since(earlier: PriorDecision, units: float, required: float) -> str:
    """What happened to the line since it was decided."""
    sold = earlier.units - units
    moved = f"{sold:,.0f} units went" if sold > 0 else f"{-sold:,.0f} units came" if sold else ""
    then = f"recommended {earlier.recommended:,.2f}, now {required:,.2f}"
    return "; ".join(filter(None, (moved, then)))
