"""The predictive functions over a column of typed items: one batch through the model a call."""

from __future__ import annotations

import inspect
import math
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting import gate
from invval_xl.functions.errors import CellError, Mark, Marked
from invval_xl.functions.kernel.model_door import cell_policy, model_in_service
from invval_xl.models import kernels
from invval_xl.models.cell import snapshot
from invval_xl.models.targets import HORIZONS
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.models.cell import Snapshot

__all__ = [
    "ITEM",
    "action",
    "expected_price",
    "markdown",
    "model",
    "reserve",
    "risk",
    "risk_tier",
    "why",
]

# The facts of a typed item, in the order of design.md section 4; the last two may be left out.
ITEM: tuple[str, ...] = (
    "unit_cost",
    "units_on_hand",
    "age_days",
    "units_sold_30d",
    "units_sold_90d",
    "average_price_90d",
    "market_price",
    "category",
    "cost_to_sell_rate",
)
_HORIZONS_IN_WORDS = "30, 60 or 90"


def _of_item(answer: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that takes the facts of items by name and hands ``answer`` their snapshot.

    The rest of its arguments stay as they are. A row of one fact answers a plain value; a word
    that is unknown is NaN, as an unknown number is.
    """

    @wraps(answer)
    def kernel(**cells: Any) -> Any:
        given = snapshot(**{name: cells.pop(name) for name in ITEM if name in cells})
        answered = answer(given, **cells)
        if isinstance(answered, Marked):
            return answered
        plain = answered.tolist()
        if answered.dtype.kind == "O":
            plain = [math.nan if word is None else word for word in plain]
        return plain[0] if len(plain) == 1 else (plain if answered.dtype.kind == "O" else answered)

    own = list(inspect.signature(answer).parameters.values())[1:]
    kind = inspect.Parameter.KEYWORD_ONLY
    facts = [inspect.Parameter(name, kind) for name in ITEM]
    kernel.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*facts, *(parameter.replace(kind=kind) for parameter in own)]
    )
    return kernel


@_of_item
def risk_tier(given: Snapshot) -> Any:
    """The tier of each item."""
    return kernels.cell_tier(model_in_service(), given, cell_policy())


@_of_item
def risk(given: Snapshot, outcome: str, horizon_days: Any) -> Any:
    """Probability of an outcome; a horizon that is none is refused by itself."""
    asked = np.atleast_1d(np.asarray(horizon_days, np.float64))
    known = np.isin(asked, HORIZONS)
    in_service = model_in_service()
    answered = np.full(max(len(asked), len(given)), math.nan)
    for days in np.unique(asked[known]).astype(int).tolist():
        answered = np.where(
            asked == days, kernels.cell_risk(in_service, outcome, days, given), answered
        )
    # a row that is in trouble already is unknown here, and no horizon is refused for it
    wrong = ~known & ~np.isnan(asked)
    if not wrong.any():
        return answered
    said = f"horizon_days is {asked[wrong][0]:g}; it must be {_HORIZONS_IN_WORDS}"
    if wrong.all():
        raise CellError(Mark.NUM, said)
    return Marked(answered, wrong * np.int16(Mark.NUM), f"{said}.")


@_of_item
def markdown(given: Snapshot, bound: str = "expected") -> Any:
    """Predicted markdown rate over 60 days, an end of its interval, or the chance of any."""
    return kernels.cell_markdown(model_in_service(), given, _bound(bound))


@_of_item
def expected_price(given: Snapshot, bound: str = "expected") -> Any:
    """Expected price per unit, or the price at an end of the markdown's interval."""
    return kernels.cell_expected_price(model_in_service(), given, _bound(bound))


def _bound(word: str) -> str:
    return "" if word == "expected" else word


@_of_item
def reserve(given: Snapshot, framework: str | None = None) -> Any:
    """Recommended reserve at the lower of cost and NRV, the test of all three frameworks.

    A typed item states no cost method; it is taken as one that is measured at NRV (FIFO or
    average). LIFO and retail under US GAAP are measured at market: ``INV_LCM``.
    """
    if framework is not None:
        gate.measurement(framework, CostFlow.AVERAGE, "lcnrv")
    return kernels.cell_reserve(model_in_service(), given, cell_policy())


@_of_item
def action(given: Snapshot) -> Any:
    """What to do with each item."""
    return kernels.cell_action(model_in_service(), given, cell_policy())


@_of_item
def why(given: Snapshot) -> Any:
    """The reasons of each item's tier in one sentence."""
    return kernels.cell_why(model_in_service(), given, cell_policy())


def model(field: str = "whole") -> str:
    """Which model answers, or one field of that."""
    return kernels.cell_model(model_in_service(), "" if field == "whole" else field)
