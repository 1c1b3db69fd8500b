"""Champion and challengers on the same lines, forward in time: dollars, paired, with an interval.

The loss of a method is the dollars by which its reserve missed, ``abs(reserve - realised)``,
summed over cells of cohort x category: judged line by line, reserving nothing would win
(modelling.md section 2). The difference of two methods' losses is bootstrapped by whole items: an
item's lines in every cohort and location are drawn together, since they share one fate (cluster
bootstrap; Cameron, Gelbach and Miller, *Review of Economics and Statistics* 2008; the paired loss
differential is Diebold and Mariano's, *JBES* 1995).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import MisuseError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Comparison", "Promotion", "compare", "promotion"]

_DRAWS = 1_000
_SEED = 20_261


@dataclass(frozen=True)
class Comparison:
    """One challenger against the champion.

    Parameters
    ----------
    champion, challenger
        Names of the methods.
    champion_miss, challenger_miss
        Dollars missed, summed over cohort x category.
    difference
        Challenger less champion: negative where the challenger is closer.
    low, high
        Its 95 % bootstrap interval.
    items, cells
        How many items were drawn, over how many cells.
    better
        Whether the whole interval lies below zero.
    """

    champion: str
    challenger: str
    champion_miss: float
    challenger_miss: float
    difference: float
    low: float
    high: float
    items: int
    cells: int
    better: bool


def compare(
    rows: pd.DataFrame, champion: str, challenger: str, *, draws: int = _DRAWS, seed: int = _SEED
) -> Comparison | None:
    """Compare two methods on the lines both have an amount for.

    Parameters
    ----------
    rows
        ``cohort, category, sku, realised`` and a column by the name of each method.

    Returns
    -------
    Comparison or None
        ``None`` where no line carries both amounts.
    """
    import pandas as pd

    both = rows[rows[champion].notna() & rows[challenger].notna()]
    if not len(both):
        return None
    item, names = pd.factorize(both["sku"], sort=True)
    cell = both.groupby(["cohort", "category"], sort=True).ngroup().to_numpy()
    n, k = len(names), int(cell.max()) + 1
    realised = both["realised"].to_numpy(dtype=np.float64)

    def misses(method: str) -> Floats:
        grid = np.zeros((n, k))
        np.add.at(grid, (item, cell), both[method].to_numpy(dtype=np.float64) - realised)
        return grid

    ours, theirs = misses(champion), misses(challenger)
    weight = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=draws)
    drawn = np.abs(weight @ theirs).sum(axis=1) - np.abs(weight @ ours).sum(axis=1)
    low, high = (float(v) for v in np.round(np.quantile(drawn, [0.025, 0.975]), 2))
    own = round(float(np.abs(ours.sum(axis=0)).sum()), 2)
    other = round(float(np.abs(theirs.sum(axis=0)).sum()), 2)
    return Comparison(
        champion, challenger, own, other, round(other - own, 2), low, high, n, k, high < 0.0
    )


@dataclass(frozen=True)
class Promotion:
    """A challenger put into service by a person, with the evidence it was decided on.

    ``evidence`` is the comparison; ``override`` tells that it was decided against the interval.
    """

    champion: str
    challenger: str
    decided_on: str
    prepared_by: str
    approved_by: str
    reason: str
    evidence: dict[str, object]
    override: bool

    def payload(self) -> dict[str, object]:
        """Plain values, as a ledger's ModelVersion entry stores them."""
        return asdict(self)


def promotion(
    comparison: Comparison,
    *,
    decided_on: str,
    prepared_by: str,
    approved_by: str,
    reason: str = "",
) -> Promotion:
    """Record an approval; nothing else promotes.

    Raises
    ------
    MisuseError
        Without an approver, where preparer and approver are one, or against the interval without
        a reason.
    """
    if not approved_by.strip():
        raise MisuseError("a promotion needs an approver")
    if approved_by.strip().casefold() == prepared_by.strip().casefold():
        raise MisuseError("preparer and approver of a promotion differ")
    if not comparison.better and not reason.strip():
        raise MisuseError(
            f"{comparison.challenger} is not shown to be closer than {comparison.champion}: "
            "the difference's interval reaches above zero. State the reason to promote it"
        )
    return Promotion(
        comparison.champion,
        comparison.challenger,
        decided_on,
        prepared_by,
        approved_by,
        reason,
        asdict(comparison),
        not comparison.better,
    )
