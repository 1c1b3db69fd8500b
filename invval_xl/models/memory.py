"""What was answered lately, kept for the next cell of the same row.

Four functions of one row, or of one column, ask the model for the same scores. An answer is kept
under the model itself and everything the snapshot says, so that nothing else can be given back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.models.cell import Snapshot
    from invval_xl.models.trained import TrainedModel

__all__ = ["forget_answers", "remembered"]

T = TypeVar("T")
_MOST_ANSWERS = 256
_MOST_ROWS = 250_000
_FEW = 500  # as many answers of so few rows stay under the most rows
_LOCK = threading.Lock()
_KEPT: OrderedDict[tuple[str, bytes], tuple[TrainedModel, int, Any]] = OrderedDict()


def remembered(kind: str, model: TrainedModel, given: Snapshot, answer: Callable[[], T]) -> T:
    """``answer()``, or what it gave the last time for this model and this very snapshot.

    Parameters
    ----------
    kind
        What is asked.
    model
        Compared by identity: a model loaded anew is asked anew.
    given
        All its facts and words are part of the key; the cost to sell is not a fact of the model.
    """
    key = (kind, given.said)
    with _LOCK:
        held = _KEPT.get(key)
        if held is not None and held[0] is model:
            _KEPT.move_to_end(key)
            return held[2]  # type: ignore[no-any-return]
    fresh = answer()
    with _LOCK:
        _KEPT[key] = (model, len(given), fresh)
        _KEPT.move_to_end(key)
        while len(_KEPT) > _MOST_ANSWERS or (len(_KEPT) > 1 and len(given) > _FEW and _too_many()):
            _KEPT.popitem(last=False)
    return fresh


def _too_many() -> bool:
    return sum(n for _, n, _ in _KEPT.values()) > _MOST_ROWS


def forget_answers() -> None:
    """Forget everything."""
    with _LOCK:
        _KEPT.clear()
