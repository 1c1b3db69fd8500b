"""The hash of what was read from a sheet, whichever host read it and from whichever file."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_sha256"]


def frame_sha256(frame: pd.DataFrame) -> str:
    """SHA-256 over the named, typed columns of ``frame``; row order counts, column order does not.

    A workbook saved anew has other bytes and the same content: the papers print this hash, and a
    binder's copy of the sheet gives it again.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"sku": ["00123", None], "units": [1.0, np.nan]})
    >>> frame_sha256(one) == frame_sha256(one[["units", "sku"]])
    True
    >>> frame_sha256(one) == frame_sha256(one.assign(units=[1.0, 0.0]))
    False
    """
    import pandas as pd

    digest = hashlib.sha256(struct.pack("<q", len(frame)))
    for name in sorted(frame.columns):
        digest.update(f"\x1e{name}\x1f".encode())
        values = frame[name].to_numpy()
        if values.dtype.kind == "f":
            known = ~np.isnan(values)
            digest.update(known.tobytes())
            digest.update(np.where(known, values + 0.0, 0.0).astype("<f8").tobytes())
        elif values.dtype.kind == "M":
            digest.update(values.astype("datetime64[ns]").astype("<i8").tobytes())
        else:
            codes, words = pd.factorize(values.astype(object), use_na_sentinel=True)
            spelled = [f"{type(w).__name__}:{w}".encode("utf-8", "surrogatepass") for w in words]
            digest.update(codes.astype("<i8").tobytes())
            digest.update(np.array([len(s) for s in spelled], dtype="<i8").tobytes())
            digest.update(b"".join(spelled))
    return digest.hexdigest()
