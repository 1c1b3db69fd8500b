"""Fit and answer fold by fold: what the gates and the interval's calibration are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.dollars import Cohort
from invval_xl.models.fan_out import each, one_thread
from invval_xl.models.features import derive
from invval_xl.models.gates import FoldOutcomes, FoldRates
from invval_xl.models.interval import calibrate, known_levels, rate_interval
from invval_xl.models.markdown import CARRY_RULES, Markdown, fit_carried, fit_markdown
from invval_xl.models.opponents import hand_rules
from invval_xl.models.outlast import fit_outlast
from invval_xl.models.paths import choose_paths
from invval_xl.models.sellability import Sellability, fit_sellability
from invval_xl.models.splits import split
from invval_xl.models.stretch import HeldOutCells
from invval_xl.models.targets import HORIZONS, SLOW, UNKNOWN
from invval_xl.models.withhold import OPTIONAL_NUMBERS, PATTERNS, only

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats
    from invval_xl.models.features import Encoding
    from invval_xl.models.forest_pair import Caps
    from invval_xl.models.interval import DatedLevels
    from invval_xl.models.markdown import Carried, RateDistribution
    from invval_xl.models.panel import Panel
    from invval_xl.models.paths import Marginals
    from invval_xl.models.train import Parameters

__all__ = ["LEAST_ROWS", "FoldAnswers", "earlier_cohorts", "run_folds"]


_MOST_CELLS = 500  # of a fold, for the stretch
LEAST_ROWS = 200  # a model of fewer would be judged by its luck


def _three() -> list[list[Any]]:
    return [[] for _ in HORIZONS]


@dataclass(eq=False)
class FoldAnswers:
    """Per horizon, fold by fold: outcomes, rates, and PIT levels of each rate model."""

    outcomes: list[list[FoldOutcomes]] = field(default_factory=_three)
    rates: list[list[FoldRates]] = field(default_factory=_three)
    levels: dict[str, list[list[DatedLevels]]] = field(
        default_factory=lambda: {"model": _three(), **{rule: _three() for rule in CARRY_RULES}}
    )
    pattern_levels: list[list[list[DatedLevels]]] = field(
        default_factory=lambda: [_three() for _ in PATTERNS]
    )
    cohorts: list[Cohort] = field(default_factory=list)
    cells: dict[str, list[list[HeldOutCells]]] = field(default_factory=dict)


def run_folds(
    events: Events,
    panel: Panel,
    tests: list[int],
    columns: tuple[str, ...],
    parameters: Parameters,
    masked: Panel | None,
    encoding: Encoding,
    progress: Callable[[int, int, str], None],
) -> FoldAnswers:
    """Fit before each test day on what was known then, and answer for the items of the day.

    ``masked`` is the same panel with facts withheld (the cell's model trains and is tested on it).
    Folds are fitted apart, on a cluster where one is asked (:mod:`invval_xl.models.fan_out`);
    what an interval learns from earlier folds is read here, in their order.
    """
    answers = FoldAnswers()
    source = panel if masked is None else masked
    steps = [step for step, day in enumerate(tests) if _tells_apart(source, day)]
    fits = each(_fit, ((split(source, tests[s])[0], columns, parameters.caps) for s in steps))
    for step, (sellability, markdown) in zip(steps, fits, strict=True):
        day = tests[step]
        rows, test = split(source, day)
        known_test = panel.take(panel.day == day)
        _outcomes(answers, sellability, rows, test, known_test, parameters)
        by_rule = {rule: fit_carried(rows, rule) for rule in CARRY_RULES}
        _rates(answers, markdown, by_rule, test, day, parameters)
        if masked is None:
            outlast = fit_outlast(events, rows, before=day, caps=parameters.caps)
            cohort = Cohort(day, test.features, sellability, markdown, by_rule, outlast)
            answers.cohorts.append(cohort)
        else:
            _pattern_levels(answers, markdown, by_rule, test, known_test, encoding, parameters)
        progress(step + 1, len(tests), "folds" if masked is None else "folds of the cell model")
    return answers


def earlier_cohorts(
    events: Events,
    panel: Panel,
    days: list[int],
    columns: tuple[str, ...],
    parameters: Parameters,
    progress: Callable[[int, int, str], None],
) -> list[Cohort]:
    """The same before days that only dollars are judged on."""
    days = [
        day
        for day in days
        if len(panel.known_before(day)) >= LEAST_ROWS and _tells_apart(panel, day)
    ]
    fits = each(_fit, ((split(panel, day)[0], columns, parameters.caps) for day in days))
    cohorts: list[Cohort] = []
    for day, (sellability, markdown) in zip(days, fits, strict=True):
        rows, test = split(panel, day)
        by_rule = {rule: fit_carried(rows, rule) for rule in CARRY_RULES}
        outlast = fit_outlast(events, rows, before=day, caps=parameters.caps)
        cohorts.append(Cohort(day, test.features, sellability, markdown, by_rule, outlast))
        progress(len(cohorts), len(days), "lookbacks")
    return cohorts


def _tells_apart(source: Panel, day: int) -> bool:
    """Whether a fold has anything to tell apart; the gate counts the folds that have."""
    rows, test = split(source, day)
    return bool(len(test)) and len(choose_paths(rows.labels.state)) > 1


def _fit(rows: Panel, columns: tuple[str, ...], caps: Caps) -> tuple[Sellability, Markdown | None]:
    """Both questions of one fold, wherever this runs."""
    with one_thread():
        return fit_sellability(rows, columns, caps), fit_markdown(rows, columns, caps)


def _likeliest(m: Marginals, j: int) -> NDArray[np.int64]:
    each = np.stack([m.full_price[:, j], m.markdown[:, j], m.obsolete[:, j]])
    return np.asarray(np.argmax(each, axis=0), np.int64)


def _outcomes(
    answers: FoldAnswers,
    fitted: Sellability,
    rows: Panel,
    test: Panel,
    plain: Panel,
    parameters: Parameters,
) -> None:
    """Record every contender's probability of obsolete at each horizon.

    Hand rules always read all facts (``plain``), also where the model's facts are withheld.
    """
    model = fitted.book.marginals(fitted.predict(test.features))
    tables = {t.name: t.marginals(test.features.facts) for t in fitted.tables}
    rules = hand_rules(plain.features.facts)
    recency = plain.features.facts.columns["days_since_last_sale"]
    for j in range(len(HORIZONS)):
        state = test.labels.state[:, j]
        known = state != UNKNOWN
        if not known.any():
            continue
        obsolete = state[known] >= SLOW
        trained = rows.labels.state[:, j]
        past = trained[trained != UNKNOWN] >= SLOW
        base = float(past.mean()) if len(past) else 0.0
        p = {"model": model.obsolete[known, j]}
        p["majority"] = np.full(int(known.sum()), base)
        p |= {f"rule: {name}": says[known].astype(float) for name, says in rules.items()}
        p |= {name: m.obsolete[known, j] for name, m in tables.items()}
        outcome = np.minimum(state[known], SLOW)
        correct = {"model": float((_likeliest(model, j)[known] == outcome).mean())}
        correct |= {
            n: float((_likeliest(m, j)[known] == outcome).mean()) for n, m in tables.items()
        }
        shares = np.bincount(np.minimum(trained[trained != UNKNOWN], SLOW), minlength=3)
        correct["majority"] = float((outcome == int(np.argmax(shares))).mean())
        answers.outcomes[j].append(
            FoldOutcomes(
                day=int(test.day[0]),
                obsolete=obsolete,
                live=recency[known] <= parameters.target.live_days,
                p=p,
                correct3=correct,
                train_obsolete=int(past.sum()),
            )
        )


def _rates(
    answers: FoldAnswers,
    markdown: Markdown | None,
    by_rule: dict[str, Carried],
    test: Panel,
    day: int,
    parameters: Parameters,
) -> None:
    """Record every contender's markdown rate; intervals are calibrated on what was known then."""
    carried = by_rule["last"]
    said = {rule: naive.predict(test.features) for rule, naive in by_rule.items()}
    by_model = markdown.predict(test.features) if markdown is not None else said["last"]
    for j in range(len(HORIZONS)):
        actual = test.labels.markdown_rate[:, j]
        known = np.isfinite(actual)
        if not known.any():
            continue
        deep = known & (actual >= parameters.gates.marked_from)
        predicted = {n: r[known] for n, r in carried.rates(test.features, j).items()}
        if markdown is not None:
            predicted["model"] = by_model[j].mean[known]
        earlier = known_levels(answers.levels["model"], j, day)
        low = high = None
        if earlier:
            ends = rate_interval(by_model[j], calibrate(earlier))
            low, high = ends[0][known], ends[1][known]
        for who, rates in {"model": by_model, **said}.items():
            answers.levels[who][j].append((day, _levels(rates[j], actual, deep)))
        answers.rates[j].append(FoldRates(day, actual[known], predicted, low, high))


def _pattern_levels(
    answers: FoldAnswers,
    markdown: Markdown | None,
    by_rule: dict[str, Carried],
    test: Panel,
    plain: Panel,
    encoding: Encoding,
    parameters: Parameters,
) -> None:
    """PIT levels of the cell's rate model with each set of facts known and no other.

    The cells that were marked down are kept with their distributions by every answer, for the
    last step of the calibration (:mod:`invval_xl.models.stretch`).
    """
    facts = plain.features.facts
    whole = np.logical_and.reduce([np.isfinite(facts.columns[n]) for n in OPTIONAL_NUMBERS])
    deep = [
        np.isfinite(a) & (a >= parameters.gates.marked_from) for a in test.labels.markdown_rate.T
    ]
    kept = [np.flatnonzero(d & whole) for d in deep]
    kept = [rows[:: 1 + len(rows) // _MOST_CELLS] for rows in kept]
    held: dict[str, list[list[RateDistribution]]] = {}
    for number, pattern in enumerate(PATTERNS):
        features = derive(only(facts, pattern), encoding)
        said = {rule: carried.predict(features) for rule, carried in by_rule.items()}
        if markdown is not None:
            said["model"] = markdown.predict(features)
        for j in range(len(HORIZONS)):
            actual = test.labels.markdown_rate[:, j]
            if deep[j].any() and "model" in said:
                levels = _levels(said["model"][j], actual, deep[j])
                answers.pattern_levels[number][j].append((int(test.day[0]), levels))
        for who, rates in said.items():
            for j, rate in enumerate(rates):
                held.setdefault(who, _three())[j].append(rate.take(kept[j]))
    for who, by_horizon in held.items():
        for j, said_of in enumerate(by_horizon):
            actual = test.labels.markdown_rate[kept[j], j]
            answers.cells.setdefault(who, _three())[j].append(HeldOutCells(tuple(said_of), actual))


def _levels(rates: RateDistribution, actual: Floats, deep: NDArray[np.bool_]) -> Floats:
    return rates.size_level(np.nan_to_num(actual))[deep]
