"""The one door to a model in service: loaded once a process, shared by cells and runs.

A cell is served from the flat export by numpy alone; scikit-learn and joblib are imported only
when a large batch asks for the originals.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.models.shipped import shipped_model

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.models.trained import TrainedModel

__all__ = ["Served", "forget", "served_model"]

_LOCK = threading.Lock()
_LOADED: dict[tuple[str, str], Served] = {}


@dataclass(frozen=True, eq=False)
class Served:
    """A model in service.

    Parameters
    ----------
    model
        Flat, or with its estimators.
    trained
        False: nobody trained one, the shipped table answers.
    """

    model: TrainedModel
    trained: bool
    has_estimators: bool = False


def served_model(folder: Path | None, key: bytes | None, *, for_batch: bool = False) -> Served:
    """The model in service in ``folder``, or the shipped table where there is none.

    Parameters
    ----------
    folder, key
        Where the manifest lies and the key of its seal, from the host; ``None``: no model.
    for_batch
        Load the scikit-learn originals too (a refresh of many thousand rows).

    Raises
    ------
    RefusedError
        Where a file is not what the manifest vouches for (MD101 to MD105).
    """
    manifest = folder / "manifest.json" if folder is not None else None
    if folder is None or key is None or manifest is None or not manifest.exists():
        return Served(shipped_model(), trained=False)
    # a manifest that changed is another model: cells see a retrained one at once
    mark = (str(folder), hashlib.sha256(manifest.read_bytes()).hexdigest())
    with _LOCK:
        held = _LOADED.get(mark)
        if held is None or (for_batch and not held.has_estimators):
            held = _load(folder, key, held, for_batch=for_batch)
            for other in [m for m in _LOADED if m[0] == mark[0]]:
                del _LOADED[other]
            _LOADED[mark] = held
        return held


def _load(folder: Path, key: bytes, held: Served | None, *, for_batch: bool) -> Served:
    from invval_xl.models.registry import load_estimators, load_model

    model = held.model if held is not None else load_model(folder, key)
    if model is None:
        return Served(shipped_model(), trained=False)
    if for_batch:
        model = load_estimators(model, folder, key)
    return Served(model, trained=True, has_estimators=for_batch)


def forget() -> None:
    """Forget what is loaded (a host does so when the user asks for a reload)."""
    with _LOCK:
        _LOADED.clear()
