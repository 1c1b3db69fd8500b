"""The column of decided adjustments that C-1 and C-4 carry where a decision of C-7 stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.paper import Column, Place, texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from invval_xl.workpapers.case import Case

__all__ = ["decided_by_category", "decided_by_item"]

_HEADER = "Decided Adjustments"


def decided_by_category(decided: Place | None, values: NDArray[np.float64]) -> tuple[Column, ...]:
    """One column summing C-7's adjustments by the row's category; none where no decision stands."""
    if decided is None:
        return ()
    formula = (
        f"=ROUND(SUMIFS({decided.range('adjustment')},{decided.range('category')},[category]),2)"
    )
    return (Column("decided", _HEADER, values, "money", formula, total="sum", width=14),)


def decided_by_item(
    case: Case, decided: Place | None, values: NDArray[np.float64]
) -> tuple[Column, ...]:
    """The same by item of the roll-forward, each a reference to its decision's own row."""
    if decided is None or case.review is None:
        return ()
    lines = case.review.queue.decided.frame["line"]
    at = {int(line): decided.cell("adjustment", i) for i, line in enumerate(lines)}
    sources = texts(at.get(int(line), "0") for line in case.rollforward["line"])
    return (
        Column("decided", _HEADER, values, "money", "={source}", {"source": sources}, width=14),
    )
