"""The prediction in sentences: chances, interval, drivers with the item's own figures, amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.prediction import HORIZON
from invval_xl.terms import Basis

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.models.explain import Driver
    from invval_xl.reserving.prediction import Prediction

__all__ = ["say_predictions"]


def say_predictions(prediction: Prediction, lines: pd.DataFrame) -> list[str]:
    """What the model says of the lines given (rows of :meth:`Proposal.lines`), a text each.

    A driver is named only where its facts, set to the typical item's, move the prediction back
    (:func:`invval_xl.models.explain.drivers`).
    """
    ids = lines["line"].to_numpy()
    said = prediction.frame.iloc[ids]
    known = said["p_obsolete_90"].notna().to_numpy()
    reasons = _drivers(prediction, ids, said, known)
    factor = prediction.interval_factor
    recalibrated = "" if factor == 1.0 else f", half-width times {factor:.2f} by C-11"
    out = []
    for row, line, is_known, why in zip(
        said.to_dict("records"), lines.to_dict("records"), known, reasons, strict=True
    ):
        if not is_known:
            out.append("The model knows too little of the item to say anything.")
            continue
        sentences = [
            f"{_who(prediction)}: {row['p_obsolete_90']:.0%} chance of obsolescence within 90 days,"
            f" {row['p_marked_down']:.0%} of a markdown by day {HORIZON}; expected markdown"
            f" {row['markdown_rate']:.0%} (80 % interval {row['markdown_low']:.0%} to"
            f" {row['markdown_high']:.0%}{recalibrated})."
        ]
        if why:
            told = "; ".join(f"{d.words} ({d.contribution * 100:+.0f} points)" for d in why)
            sentences.append(f"Because: {told}.")
        posted = "the model's" if line["basis"] == Basis.MODEL else "the rule's"
        sentences.append(
            f"Required {_n(line['model_required'])} by model, {_n(line['rule_required'])} by rule,"
            f" {_n(line['age_table_reserve'])} by the ageing table,"
            f" {_n(line['coverage_table_reserve'])} by the coverage table; {posted} is posted."
        )
        out.append(" ".join(sentences))
    return out


def _who(prediction: Prediction) -> str:
    name = prediction.model.model_id
    if prediction.answered_by == "model":
        return f"Model {name}"
    return f"Refitted ageing table of {name} (the model failed its gate)"


def _drivers(
    prediction: Prediction, ids: np.ndarray, said: pd.DataFrame, known: np.ndarray
) -> list[tuple[Driver, ...]]:
    """Tested drivers of the likelier trouble of each line: obsolescence, or a markdown."""
    from invval_xl.models.explain import OUTCOME_CODE, drivers

    out: list[tuple[Driver, ...]] = [()] * len(ids)
    part = prediction.model.full
    if prediction.answered_by != "model" or part.sellability.pair is None:
        return out
    by_price = (said["p_markdown"] > said["p_obsolete"]).to_numpy()
    for outcome, rows in (("markdown", known & by_price), ("obsolete", known & ~by_price)):
        positions = np.flatnonzero(rows)
        if not len(positions):
            continue
        told = drivers(
            part,
            prediction.features.take(ids[positions]),
            prediction.model.typical,
            horizon=HORIZON,
            outcome=OUTCOME_CODE[outcome],
        )
        for position, why in zip(positions, told, strict=True):
            out[position] = why
    return out


def _n(value: float) -> str:
    return "an unknown amount" if np.isnan(value) else f"{value:,.2f}"
