"""Kernels whose cells do not map one to one onto an accounting function."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting import balance_set, cost_flow, gate, lcm, reversal, valuation
from invval_xl.functions.errors import CellError, Mark, Marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = [
    "balance_break",
    "cogs",
    "ending",
    "jump",
    "lower_of_cost_or_market",
    "market",
    "permitted_reversal",
]

# Subtracting figures that foot to the cent can leave the last bit of a float: Excel shows 0.
_DUST = 1e-13
_LAYER_DUST = 1e-9


def balance_break(bop: Any, additions: Any, reductions: Any, eop: Any) -> Any:
    """Reported less computed EOP, exactly 0 where only floating-point dust is left."""
    found = balance_set.balance_break(bop, additions, reductions, eop)
    scale = np.maximum(
        np.maximum(np.abs(bop), np.abs(additions)), np.maximum(np.abs(reductions), np.abs(eop))
    )
    return np.where(np.abs(found) <= _DUST * scale, 0.0, found)


def jump(
    value: Any,
    from_: str,
    to: str,
    units: Any,
    cost: Any,
    retail: Any = math.nan,
    full_price: Any = math.nan,
    wholesale: Any = math.nan,
) -> Any:
    """Valuation jump where a total that is needed and not given is unknown, ``#N/A``."""
    totals = {
        "units": units,
        "cost": cost,
        "retail": retail,
        "full price": full_price,
        "wholesale": wholesale,
    }
    jumped = np.asarray(valuation.jump(value, from_, to, **_named(totals)), dtype=np.float64)
    unknown = np.isnan(np.asarray(totals[from_])) | np.isnan(np.asarray(totals[to]))
    if not unknown.any():
        return jumped
    marks = np.broadcast_to(unknown, jumped.shape) * np.int16(Mark.NA)
    return Marked(
        jumped.ravel(),
        np.atleast_1d(marks.ravel()).astype(np.int16),
        f"the total in {from_} or in {to} is not given.",
    )


def _named(totals: dict[str, Any]) -> dict[str, Any]:
    return {word.replace(" ", "_"): total for word, total in totals.items()}


def _gate(framework: str | None, cost_method: str | None, requested: str | None) -> None:
    """Refuse a pair that cannot exist; nothing to refuse where the pair is not given."""
    if framework is not None and cost_method is not None:
        gate.measurement(framework, cost_method, requested)


def ending(
    method: str,
    units_on_hand: Any,
    layer_units: NDArray[np.float64],
    layer_unit_costs: NDArray[np.float64],
    framework: str | None = None,
) -> Any:
    """Ending inventory at cost; LIFO is refused under IFRS and FRS 102."""
    _gate(framework, method, None)
    return _by_layers(cost_flow.ending, method, units_on_hand, layer_units, layer_unit_costs)


def cogs(
    method: str,
    units_on_hand: Any,
    layer_units: NDArray[np.float64],
    layer_unit_costs: NDArray[np.float64],
    framework: str | None = None,
) -> Any:
    """Cost of goods sold; LIFO is refused under IFRS and FRS 102."""
    _gate(framework, method, None)
    return _by_layers(cost_flow.cogs, method, units_on_hand, layer_units, layer_unit_costs)


def _by_layers(
    compute: Callable[..., Any],
    method: str,
    units_on_hand: Any,
    layer_units: NDArray[np.float64],
    layer_unit_costs: NDArray[np.float64],
) -> Any:
    """One set of layers for every count; a count beyond them is refused by itself."""
    if len(layer_units) != len(layer_unit_costs):
        raise CellError(
            Mark.VALUE,
            f"there are {len(layer_units)} layer units and {len(layer_unit_costs)} unit costs",
        )
    on_hand = np.asarray(units_on_hand, dtype=np.float64)
    held = float(layer_units.sum())
    beyond = on_hand > held * (1.0 + _LAYER_DUST) + _LAYER_DUST
    if on_hand.ndim == 0 or not beyond.any():
        return compute(method, layer_units, layer_unit_costs, on_hand)
    value = compute(method, layer_units, layer_unit_costs, np.where(beyond, np.nan, on_hand))
    worst = float(on_hand[beyond][0])
    return Marked(
        value,
        beyond * np.int16(Mark.NUM),
        f"{worst:g} units are on hand but the layers hold only {held:g}.",
    )


def permitted_reversal(
    framework: str, written_down: Any, cost: Any, carrying: Any, nrv: Any, same_year: str = "no"
) -> Any:
    """Permitted reversal; a carrying value above cost is refused by itself."""
    above = np.asarray(carrying) > np.asarray(cost) * (1.0 + _LAYER_DUST) + _LAYER_DUST
    if above.ndim == 0 or not above.any():
        return reversal.permitted_reversal(
            framework, written_down, cost, carrying, nrv, same_year_interim=same_year == "yes"
        )
    value = reversal.permitted_reversal(
        framework,
        written_down,
        cost,
        np.where(above, np.nan, carrying),
        nrv,
        same_year_interim=same_year == "yes",
    )
    return Marked(
        np.asarray(value),
        above * np.int16(Mark.NUM),
        "a carrying value lies above original cost (IAS 2.9).",
    )


def market(
    replacement_cost: Any,
    nrv: Any,
    normal_profit: Any,
    framework: str | None = None,
    cost_method: str | None = None,
) -> Any:
    """Market within ceiling and floor, where LCM is the test at all."""
    _gate(framework, cost_method, "lcm")
    return lcm.market(replacement_cost, nrv, normal_profit)


def lower_of_cost_or_market(
    unit_cost: Any,
    replacement_cost: Any,
    nrv: Any,
    normal_profit: Any,
    framework: str | None = None,
    cost_method: str | None = None,
) -> Any:
    """Lower of cost or market, where LCM is the test at all."""
    _gate(framework, cost_method, "lcm")
    return lcm.lcm(unit_cost, replacement_cost, nrv, normal_profit)
