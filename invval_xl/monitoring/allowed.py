"""What a lookback allows: a category whose model did not hold is valued by rule, and it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import total_money
from invval_xl.guidance.register import finding
from invval_xl.terms import Basis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.monitoring.lookback import Lookback

__all__ = ["allowed_basis"]

_FAILED = "withdrawn"


def allowed_basis(
    wanted: NDArray[np.object_],
    category: NDArray[np.object_],
    cost: NDArray[np.float64],
    lookback: Lookback | None,
) -> tuple[NDArray[np.object_], tuple[Finding, ...]]:
    """Each line's basis, rule or model, after what its category's lookback says.

    ``roll-out`` is the lookback's own basis (rule where nobody looked back); ``model`` stands
    unless the product's lookback carries the red flag or the category was withdrawn.

    Parameters
    ----------
    wanted, category, cost
        ``[n]``: the policy's word, the category and the cost at hand of each line.
    lookback
        The newest, or ``None``.

    Returns
    -------
    tuple
        ``object[n]`` of ``rule`` or ``model``, and RV411 for what was held back, by category.
    """
    if lookback is None:
        return np.where(wanted == Basis.ROLL_OUT.value, Basis.RULE.value, wanted), ()
    allowed, states, flagged = lookback.basis, lookback.states, lookback.flag
    rolled = np.array([allowed.get(c, Basis.RULE.value) for c in category], dtype=object)
    failed = np.array([flagged or states.get(c) == _FAILED for c in category], dtype=bool)
    stated = np.where(failed, Basis.RULE.value, Basis.MODEL.value)
    basis = np.where(wanted == Basis.ROLL_OUT.value, rolled, wanted)
    basis = np.where(wanted == Basis.MODEL.value, stated, basis).astype(object)
    found = []
    held = (wanted == Basis.MODEL.value) & failed
    for name in np.unique(category[held].astype(str)):
        here = held & (category == name)
        why = "the lookback carries the red flag" if flagged else "its lookback failed"
        dollars = total_money(cost[here])
        found.append(
            finding("RV411", dollars=dollars, category=name, cost=dollars, because=why,
                    count=int(here.sum()))
        )  # fmt: skip
    return basis, tuple(found)
