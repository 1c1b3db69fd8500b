"""Training fanned out through joblib: over this machine's threads, or over a Dask cluster.

The one place where joblib's backend is chosen. Folds and trees are independent and seeded, so
where they run changes nothing but time.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["each", "fan_out"]


@contextmanager
def fan_out(cluster: str = "") -> Iterator[None]:
    """Everything joblib parallelises inside the block runs on ``cluster``.

    Parameters
    ----------
    cluster
        Address of a Dask scheduler (``tcp://host:8786``); empty: this machine, as ever.

    Raises
    ------
    ImportError
        Where the extra ``cluster`` is not installed.
    """
    if not cluster:
        yield
        return
    import joblib
    from distributed import Client

    client: Any = Client  # distributed has no types of its own
    with client(cluster, set_as_default=True), joblib.parallel_config(backend="dask"):
        yield


def each(work: Callable[..., Any], cases: Sequence[tuple[Any, ...]]) -> list[Any]:
    """``work`` on every case, through whatever backend :func:`fan_out` chose; in order."""
    import joblib

    return list(joblib.Parallel()(joblib.delayed(work)(*case) for case in cases))
