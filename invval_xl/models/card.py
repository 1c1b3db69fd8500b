"""The model card as data: what C-10 prints, nothing drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.models.card_evidence import (
    dollar_tables,
    evidence_tables,
    model_findings,
    outlast_tables,
)
from invval_xl.models.card_table import CardTable, gate_table
from invval_xl.models.events import day_of
from invval_xl.models.shipped import SHIPPED_NAME
from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from invval_xl.models.gates import MarkdownReport, SellabilityReport
    from invval_xl.models.registry import Manifest
    from invval_xl.models.trained import TrainedModel, Training

__all__ = ["Card", "CardTable", "build_card", "model_findings", "model_line"]


@dataclass(frozen=True)
class Card:
    """The card: a sentence that says who answers, and its blocks in reading order."""

    model_id: str
    summary: str
    tables: tuple[CardTable, ...]


_LIMITS = (
    "The model knows what the sheets hold: a price cut decided and not yet taken, a lost customer "
    "or a range change is not in them.",
    "An item that was out of stock for most of its window has no outcome and was left out.",
    "Probabilities are about windows of 30, 60 and 90 days from the as-of date, not about the day "
    "the last unit goes.",
    "A successor item launched without notice is a surprise no history foretells.",
)


def model_line(model: TrainedModel, field: str = "") -> str:
    """What ``INV_MODEL([field])`` says: which model answers, trained on what, which gates passed.

    Parameters
    ----------
    field
        ``""`` for the whole line, or ``id``, ``trained on``, ``gates``, ``answers``.

    Raises
    ------
    KeyError
        For any other field.
    """
    fields = _fields(model)
    return "; ".join(fields.values()) if not field else fields[field.strip().casefold()]


def _fields(model: TrainedModel) -> dict[str, str]:
    said = model.training
    if said is None:
        return {
            "id": model.model_id,
            "trained on": "no model was trained on this entity's data",
            "gates": "none judged",
            "answers": f"{SHIPPED_NAME} answers",
        }
    gates = [g for r in said.cell_sellability for g in r.gates]
    return {
        "id": model.model_id,
        "trained on": f"trained on {said.rows:,} item-dates of {said.items:,} items, "
        f"{day_of(said.first_day)} to {day_of(said.last_day)}",
        "gates": f"{sum(g.passed for g in gates)} of {len(gates)} gates passed for typed cells",
        "answers": ", ".join(
            f"{days} days {'model' if who == 'model' else 'refitted ageing table'}"
            for days, who in zip(HORIZONS, model.cell.answered_by, strict=True)
        )
        + f", markdown rate {_rate_words(model.cell.markdown_answered_by)}",
    }


def _rate_words(answered: tuple[str, ...]) -> str:
    words = ["model" if who == "model" else f'"{who}" carried forward' for who in answered]
    return words[0] if len(set(words)) == 1 else " / ".join(words)


def build_card(model: TrainedModel, manifest: Manifest | None = None) -> Card:
    """The card of a model; of the shipped default, the card that says there is none."""
    said = model.training
    if said is None:
        return Card(
            model.model_id,
            f"No model was trained on this entity's data. The {SHIPPED_NAME} answers.",
            (_limits(),),
        )
    tables = [
        _window(said),
        _definitions(model),
        *(_contenders(r) for r in said.sellability),
        _folds(said),
        *(gate_table(f"Gates at {r.horizon} days", r.gates, r.because) for r in said.sellability),
        *(_rates(r) for r in said.markdown),
        *(
            gate_table(f"Gates of the markdown rate at {r.horizon} days", r.gates, r.because)
            for r in said.markdown
        ),
        *outlast_tables(model.full.outlast),
        *dollar_tables(said),
        *evidence_tables(said),
        _cell(said),
        _calibration(said),
        _importance(said),
        _limits(),
    ]
    if manifest is not None:
        tables.append(_changelog(manifest))
    served = ", ".join(
        f"{r.horizon} days: {'model' if r.answered_by == 'model' else 'refitted ageing table'}"
        for r in said.sellability
    )
    summary = f"Model {model.model_id}. Outcomes answered at {served}. Markdown rate: " + ", ".join(
        f"{r.horizon} days {'model' if r.answered_by == 'model' else r.answered_by + ' carried'}"
        for r in said.markdown
    )
    return Card(model.model_id, summary + ".", tuple(tables))


def _window(said: Training) -> CardTable:
    rows: list[tuple[object, ...]] = [
        ("First day", day_of(said.first_day).isoformat()),
        ("Last live day", day_of(said.last_day).isoformat()),
        ("Dead tail left out, days", said.dead_tail_days),
        ("Items", said.items),
        ("Snapshots", said.snapshots),
        ("Training rows", said.rows),
        ("Items that look re-keyed", len(said.rekeyed)),
        ("Atypical periods by policy", len(said.atypical)),
        ("Seed", said.seed),
    ]
    for days, share in zip(HORIZONS, said.outcome_share, strict=True):
        rows.append((f"Full price within {days} days", share[0]))
        rows.append((f"Marked down within {days} days", share[1]))
        rows.append((f"Obsolete within {days} days", share[2] + share[3]))
    return CardTable("Data and population", ("What", "Value"), tuple(rows))


def _definitions(model: TrainedModel) -> CardTable:
    p = model.target_policy
    return CardTable(
        "Definitions",
        ("Term", "Definition"),
        (
            ("Population", "On hand at the as-of date; without stock counts, sold within the year"),
            (
                "Regular price",
                "Regular value on the sales lines, else list price, else the 75th percentile of "
                "the daily median price of the 120 days before",
            ),
            ("Marked down", f"Price paid {p.markdown_points:.0%} or more under the regular price"),
            (
                "Obsolete",
                f"No unit in the window, at most {p.slow_rate:.0%} of the 180-day rate, or cover "
                f"above {p.cover_days:.0f} days; goes before marked down",
            ),
            ("Unknown", f"Out of stock for more than {p.stock_out_share:.0%} of the window"),
            ("Live", f"Sold within {p.live_days} days before the as-of date"),
            ("Marked down by day h", "Some window up to h is marked down; never falls with h"),
            ("No sale through day h", "Nothing sold up to h; never rises with h"),
        ),
    )


def _contenders(report: SellabilityReport) -> CardTable:
    rows = tuple(
        (
            name,
            m.rows,
            m.base_rate,
            m.accuracy,
            m.auc,
            m.average_precision,
            m.brier_skill,
            m.calibration_error,
            report.live[name].accuracy,
            report.live[name].auc,
            report.live[name].brier_skill,
            report.three_class_accuracy.get(name, float("nan")),
        )
        for name, m in report.pooled.items()
    )
    return CardTable(
        f"Obsolete or not within {report.horizon} days: every contender, all folds",
        (
            "Contender",
            "Rows",
            "Obsolete",
            "Accuracy",
            "AUC",
            "Average Precision",
            "Brier Skill",
            "Calibration Error",
            "Live Accuracy",
            "Live AUC",
            "Live Brier Skill",
            "Three-class Accuracy",
        ),
        rows,
        report.because,
    )


def _folds(said: Training) -> CardTable:
    rows = tuple(
        (
            r.horizon,
            day_of(day).isoformat(),
            m.rows,
            m.positives,
            m.accuracy,
            m.auc,
            m.brier_skill,
            m.calibration_error,
            "worst" if day == r.worst_day else "",
        )
        for r in said.sellability
        for day, m in r.folds
    )
    headers = (
        "Horizon",
        "Test Date",
        "Rows",
        "Obsolete",
        "Accuracy",
        "AUC",
        "Brier Skill",
        "Calibration Error",
        "Note",
    )
    return CardTable("Folds in time order, expanding window, embargo of the horizon", headers, rows)


def _rates(report: MarkdownReport) -> CardTable:
    rows = tuple(
        (name, value, report.marked_rmse.get(name, float("nan")))
        for name, value in report.rmse.items()
    )
    return CardTable(
        f"Markdown rate within {report.horizon} days",
        ("Contender", "RMSE", "RMSE Where Marked Down"),
        rows,
        f"80 % interval: covers {report.coverage:.1%} of the rates where marked down, "
        f"{report.coverage_all:.1%} of all, mean width {report.width:.3f}",
    )


def _cell(said: Training) -> CardTable:
    rows = tuple(
        (
            r.horizon,
            r.pooled["model"].accuracy,
            r.pooled["model"].auc,
            r.pooled["model"].brier_skill,
            r.pooled["model"].calibration_error,
            r.answered_by,
            r.because,
        )
        for r in said.cell_sellability
        if "model" in r.pooled
    )
    headers = (
        "Horizon",
        "Accuracy",
        "AUC",
        "Brier Skill",
        "Calibration Error",
        "Answered By",
        "Because",
    )
    return CardTable("The model of typed cells, which knows up to eight facts", headers, rows)


def _calibration(said: Training) -> CardTable:
    rows = tuple(
        (days, said_p, happened, count)
        for days, bins in zip(HORIZONS, said.calibration_plot, strict=True)
        for said_p, happened, count in bins
    )
    headers = ("Horizon", "Predicted", "Happened", "Rows")
    return CardTable("Calibration: predicted against happened, ten bins", headers, rows)


def _importance(said: Training) -> CardTable:
    return CardTable(
        "Importance: mean absolute contribution to the chance of obsolescence within 60 days",
        ("Feature", "Contribution"),
        tuple(said.importance[:20]),
    )


def _limits() -> CardTable:
    return CardTable("Limits", ("What the model cannot know",), tuple((line,) for line in _LIMITS))


def _changelog(manifest: Manifest) -> CardTable:
    rows = tuple(
        (
            e.trained_at,
            e.model_id,
            e.approver,
            e.approved_at,
            ", ".join(e.answered_by),
            e.data_sha256[:12],
        )
        for e in manifest.entries
    )
    headers = ("Trained At", "Model", "Approver", "Approved At", "Answered By", "Data")
    return CardTable("Changelog", headers, rows)
