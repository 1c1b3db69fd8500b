"""Naming a break: what most likely went wrong in a row that does not foot, and where.

Each kind leaves its own trace in the difference ``r`` between reported and computed EOP: receipts
entered twice leave minus half of them, a flipped sign twice the measure, a factor of ten nine
tenths. Candidates are weighed over the valuations of a row and against its neighbours in time;
what fits nothing is called unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.panel import Block, Panel

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "BOP_NOT_PRIOR_EOP",
    "COST_TIMES_TEN",
    "DUPLICATE_LOAD",
    "DUPLICATE_RECEIPTS",
    "FACTORS",
    "KINDS",
    "MISSING_RECEIPTS",
    "SIGN_FLIP",
    "TRANSPOSED_EOP",
    "UNEXPLAINED",
    "Traces",
    "digits_swapped",
    "row_kinds",
    "trace",
]

MISSING_RECEIPTS = "missing receipts"
DUPLICATE_RECEIPTS = "duplicate receipts"
SIGN_FLIP = "sign flip"
TRANSPOSED_EOP = "transposed EOP"
BOP_NOT_PRIOR_EOP = "BOP not equal to prior EOP"
COST_TIMES_TEN = "cost x 10"
DUPLICATE_LOAD = "duplicate load"
UNEXPLAINED = "unexplained"
KINDS = (
    MISSING_RECEIPTS, DUPLICATE_RECEIPTS, SIGN_FLIP, TRANSPOSED_EOP, BOP_NOT_PRIOR_EOP,
    COST_TIMES_TEN, DUPLICATE_LOAD, UNEXPLAINED,
)  # fmt: skip
FACTORS = (10.0, 100.0, 0.1, 0.01)
#: Kinds that say EOP itself is wrong, as against a movement or BOP.
_EOP_KINDS = {TRANSPOSED_EOP, COST_TIMES_TEN, SIGN_FLIP}
_DIGITS = 14
_THREE_DIGITS = 100.0
_ROUNDED_CENTS = 7  # no row has figures enough to be further out by rounding
_LIKELY = (0.5, 2.0)


@dataclass(frozen=True, eq=False)
class Traces:
    """What each kind's trace says about the broken rows of one valuation.

    Parameters
    ----------
    rows
        Panel rows.
    residual
        Reported less computed EOP.
    weight
        Kind to evidence for it in each row, 0 where its trace is not there.
    column
        Kind to the column that would be wrong in each row (``receipts``, ``eop``, ...).
    eop_wrong, bop_wrong
        Whether the neighbours in time say that EOP, or BOP, is what is wrong.
    eop_right
        Whether the next row takes EOP over as its BOP and foots.
    carried
        Whether the next row repeats the same wrong balance and breaks by the same the other way.
    """

    rows: Ints
    residual: Floats
    weight: dict[str, Floats]
    column: dict[str, NDArray[np.object_]]
    eop_wrong: Bools
    bop_wrong: Bools
    eop_right: Bools
    carried: Bools


def digits_swapped(reported: Floats, computed: Floats) -> Bools:
    """Whether two whole numbers differ by two digits that changed places.

    Examples
    --------
    >>> digits_swapped(np.array([1250., 1250., 15.]), np.array([1520., 1251., 105.])).tolist()
    [True, False, True]
    """
    whole = (np.abs(reported - np.round(reported)) < 1e-6) & (  # noqa: PLR2004 - float noise
        np.abs(computed - np.round(computed)) < 1e-6  # noqa: PLR2004 - float noise
    )
    one, two = np.abs(np.round(reported)), np.abs(np.round(computed))
    fits = whole & (np.sign(reported) == np.sign(computed)) & (one < 1e14) & (two < 1e14)  # noqa: PLR2004 - digits looked at
    a = np.where(fits, one, 0).astype(np.int64)
    b = np.where(fits, two, 0).astype(np.int64)
    power = 10 ** np.arange(_DIGITS, dtype=np.int64)[:, None]
    left, right = a // power % 10, b // power % 10
    differ = left != right
    count = differ.sum(axis=0)
    first = differ.argmax(axis=0)
    last = _DIGITS - 1 - differ[::-1].argmax(axis=0)
    at = np.arange(len(a))
    crossed = (left[first, at] == right[last, at]) & (left[last, at] == right[first, at])
    return np.asarray(fits & (count == 2) & crossed, dtype=bool)  # noqa: PLR2004 - a swap moves two


def trace(panel: Panel, block: Block, residual: Floats, broken: Bools) -> Traces:
    """Look for every kind's trace in the broken rows of one valuation."""
    rows = np.flatnonzero(broken)
    r, slack = residual[rows], block.slack[rows]
    bop, eop, computed = block.bop[rows], block.eop[rows], block.computed[rows]
    measures, signs = block.measures[:, rows], block.signs[:, None]
    before, after = panel.before[rows], panel.after[rows]
    prior_eop = np.where(before >= 0, block.eop[before], np.nan)
    next_bop = np.where(after >= 0, block.bop[after], np.nan)
    link = 2 * slack
    bop_wrong = (np.abs(bop - prior_eop) > block.link_slack) & (np.abs(r + bop - prior_eop) <= link)
    eop_wrong = (np.abs(next_bop - eop) > block.link_slack) & (np.abs(next_bop - computed) <= link)
    next_residual = np.where(after >= 0, residual[after], 0.0)
    carried = (after >= 0) & broken[after] & (np.abs(r + next_residual) <= link)
    taken_over = np.abs(next_bop - eop) <= block.link_slack
    carried &= taken_over
    eop_right = (after >= 0) & taken_over & ~broken[after]
    n = len(rows)
    weight = {kind: np.zeros(n) for kind in KINDS}
    column: dict[str, NDArray[np.object_]] = {
        kind: np.full(n, "eop", dtype=object) for kind in KINDS
    }

    def mark(kind: str, where: Bools, how_much: float, name: str) -> None:
        better = where & (weight[kind] < how_much)
        weight[kind][better] = how_much
        column[kind][better] = name

    receipts = block.receipts()[rows]
    missing = ((receipts == 0) | block.receipts_unknown[rows]) & (r > 0)
    if "receipts" in block.names:
        mark(MISSING_RECEIPTS, missing, 2.0, "receipts")
        twice = (receipts > 0) & (np.abs(r + receipts / 2) <= link)
        mark(DUPLICATE_RECEIPTS, twice, 4.0, "receipts")
    flips = np.abs(r + 2 * signs * measures) <= link
    for i, name in enumerate(block.names):
        if block.signed[i]:
            mark(SIGN_FLIP, flips[i] & (measures[i] != 0), 2.0, name)
        else:
            mark(SIGN_FLIP, flips[i] & (measures[i] < 0), 4.0, name)
    mark(SIGN_FLIP, (eop < 0) & (computed > 0) & (np.abs(eop + computed) <= link), 4.0, "eop")
    mark(SIGN_FLIP, (bop < 0) & (np.abs(r + 2 * bop) <= link), 4.0, "bop")
    swapped = _swapped(block, eop, computed, slack)
    # Two digits may fit by chance; three or more that do so hardly ever.
    mark(TRANSPOSED_EOP, swapped & (np.abs(computed) < _THREE_DIGITS), 2.5, "eop")
    mark(TRANSPOSED_EOP, swapped & (np.abs(computed) >= _THREE_DIGITS), 8.0, "eop")
    movement = block.movement[rows]
    several = (measures != 0).sum(axis=0) >= 2  # noqa: PLR2004 - one alone is its own kind
    doubled = several & (np.abs(movement) > slack) & (np.abs(r + movement / 2) <= link)
    mark(DUPLICATE_LOAD, doubled, 3.5, "bop")
    if block.valuation != "units":
        _mark_factors(block, rows, r, link, mark)
    mark(BOP_NOT_PRIOR_EOP, bop_wrong, 6.0, "bop")
    return Traces(rows, r, weight, column, eop_wrong, bop_wrong, eop_right, carried)


def _swapped(block: Block, eop: Floats, computed: Floats, slack: Floats) -> Bools:
    """Two digits of EOP swapped against the computed EOP; in money give or take its rounding."""
    if block.valuation == "units":
        return digits_swapped(eop, np.round(computed, 6))
    cents, off = np.round(computed * 100), np.zeros(len(eop), dtype=bool)
    for k in range(-_ROUNDED_CENTS, _ROUNDED_CENTS + 1):
        off |= digits_swapped(np.round(eop * 100, 4), cents + k) & (abs(k) <= slack * 100)
    return off


def _mark_factors(block: Block, rows: Ints, r: Floats, link: Floats, mark: object) -> None:
    """Look for one figure of the row, or all but BOP, that is 10 or 100 times off."""
    assert callable(mark)
    bop, eop, computed = block.bop[rows], block.eop[rows], block.computed[rows]
    movement = block.movement[rows]
    for factor in FACTORS:
        loose = link * max(factor, 1 / factor)
        moved = 1 - 1 / factor
        at_eop = (np.abs(computed) > loose) & (np.abs(eop - factor * computed) <= loose)
        mark(COST_TIMES_TEN, at_eop, 3.5, "eop")
        everything = (np.abs(bop) > loose) & (
            np.abs(eop / factor - bop - movement / factor) <= link
        )
        mark(COST_TIMES_TEN, everything, 3.0, "eop")
        for i, name in enumerate(block.names):
            measure = block.measures[i][rows]
            hit = (np.abs(measure) > loose) & (
                np.abs(r + block.signs[i] * measure * moved) <= max(1.0, 1 / factor) * link
            )
            mark(COST_TIMES_TEN, hit, 3.5, name)
        hit = (np.abs(bop) > loose) & (np.abs(r + bop * moved) <= max(1.0, 1 / factor) * link)
        mark(COST_TIMES_TEN, hit, 3.0, "bop")


def row_kinds(
    traces: dict[str, Traces], unit_cost: Floats
) -> dict[str, tuple[NDArray[np.object_], NDArray[np.object_]]]:
    """Decide the kind of each broken row, weighing its valuations together.

    Parameters
    ----------
    traces
        Valuation to its traces.
    unit_cost
        Average unit cost of each panel row, NaN unknown.

    Returns
    -------
    dict
        Valuation to ``(kind, column)`` for each of its broken rows.
    """
    n = len(unit_cost)
    total = {kind: np.zeros(n) for kind in KINDS}
    broken = {v: np.zeros(n, dtype=bool) for v in traces}
    residual = {v: np.zeros(n) for v in traces}
    for valuation, found in traces.items():
        broken[valuation][found.rows] = True
        residual[valuation][found.rows] = found.residual
    for valuation, found in traces.items():
        adjusted = _adjust(valuation, found, broken, residual, unit_cost)
        for kind, weight in adjusted.items():
            total[kind][found.rows] += np.where(weight > 0, weight, -1.0)
    del total[UNEXPLAINED]
    names = np.array([*total, UNEXPLAINED], dtype=object)
    decided: dict[str, tuple[NDArray[np.object_], NDArray[np.object_]]] = {}
    for valuation, found in traces.items():
        own = _adjust(valuation, found, broken, residual, unit_cost)
        shared = np.vstack([total[k][found.rows] for k in total])
        single = np.vstack([own[k] for k in total])
        # The row's kind where this valuation shows its trace too; else the valuation's own best.
        joint = np.where(single > 0, 10.0 + shared, single)
        joint = np.where(shared.max(axis=0) > 0, joint, single)
        best = joint.argmax(axis=0)
        known = single[best, np.arange(single.shape[1])] > 0
        named = np.asarray(names[np.where(known, best, len(names) - 1)], dtype=object)
        row_best = shared.argmax(axis=0)
        inherits = (
            ~known
            & (shared.max(axis=0) > 0)
            & np.isin(
                names[row_best], (MISSING_RECEIPTS, DUPLICATE_RECEIPTS, SIGN_FLIP, DUPLICATE_LOAD)
            )
        )
        named = np.asarray(np.where(inherits, names[row_best], named), dtype=object)
        column = np.array([found.column[k][i] for i, k in enumerate(named)], dtype=object)
        column[inherits & np.isin(named, (MISSING_RECEIPTS, DUPLICATE_RECEIPTS))] = "receipts"
        decided[valuation] = (named, column)
    return decided


def _adjust(
    valuation: str,
    found: Traces,
    broken: dict[str, Bools],
    residual: dict[str, Floats],
    unit_cost: Floats,
) -> dict[str, Floats]:
    """Weigh a valuation's traces by what the neighbours and the other valuations say."""
    rows = found.rows
    weight = {kind: w.copy() for kind, w in found.weight.items()}
    eop_wrong = found.eop_wrong | found.carried
    for kind in KINDS:
        at_eop = np.asarray(found.column[kind] == "eop", dtype=bool)
        is_eop_kind = at_eop & (kind in _EOP_KINDS)
        weight[kind] = np.where(eop_wrong & (weight[kind] > 0) & is_eop_kind, weight[kind] + 3.0,
                                weight[kind])  # fmt: skip
        weight[kind] = np.where(found.eop_right & is_eop_kind, weight[kind] / 4, weight[kind])
        if kind != UNEXPLAINED:
            weight[kind] = np.where(eop_wrong & ~is_eop_kind, 0.0, weight[kind])
    if "units" in broken and "cost" in broken and valuation != "retail":
        other = "cost" if valuation == "units" else "units"
        both = broken[other][rows]
        units, cost = residual["units"][rows], residual["cost"][rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = cost / units / unit_cost[rows]
        likely = both & ((ratio > _LIKELY[0]) & (ratio < _LIKELY[1]) | np.isnan(ratio))
        missing = weight[MISSING_RECEIPTS]
        weight[MISSING_RECEIPTS] = np.where(
            missing > 0, np.where(likely, missing + 1.0, np.where(both, 1.0, 0.5)), 0.0
        )
        load = weight[DUPLICATE_LOAD]
        weight[DUPLICATE_LOAD] = np.where((load > 0) & ~both, 0.5, load)
    return weight
