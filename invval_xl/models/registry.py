"""Model identity by content."""

import hashlib
from dataclasses import replace

import numpy as np


def identify(model):
    arrays = {**model.full.sellability.to_arrays("s"), **model.cell.sellability.to_arrays("c")}
    h = hashlib.sha256()
    for k in sorted(arrays):
        h.update(k.encode())
        h.update(np.ascontiguousarray(arrays[k]).tobytes())
    return replace(model, model_id=h.hexdigest()[:12])
