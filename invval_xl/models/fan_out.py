"""Training fanned out through joblib: over this machine's threads, or over a Dask cluster.

The one place where joblib's backend is chosen. Folds and trees are independent and seeded, so
where they run changes nothing but time.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from invval_xl.findings import MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["dialled", "each", "fan_out", "one_thread"]

_PATIENCE = 20  # seconds a scheduler may take to answer


@contextmanager
def dialled(url: str, *, default: bool = False) -> Iterator[Any]:
    """A client of the scheduler at ``url``.

    Parameters
    ----------
    url
        Address, such as ``tcp://scheduler:8786``.
    default
        Whether what asks for no client by name (joblib) gets this one.

    Raises
    ------
    MisuseError
        Where the extra ``cluster`` is not installed, or nobody answers at ``url``.
    """
    try:
        from distributed import Client
    except ImportError as error:
        told = "a cluster needs Dask: pip install 'invval-xl[cluster]'"
        raise MisuseError(told) from error
    dial: Any = Client  # distributed has no types of its own
    try:
        client = dial(url, set_as_default=default, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise MisuseError(f"no Dask scheduler answers at {url}") from error
    with client:
        yield client


@contextmanager
def fan_out(cluster: str = "") -> Iterator[None]:
    """Everything joblib parallelises inside the block runs on ``cluster``.

    Parameters
    ----------
    cluster
        Address of a Dask scheduler (``tcp://host:8786``); empty: this machine, as ever.

    Raises
    ------
    MisuseError
        As :func:`dialled`.
    """
    if not cluster:
        yield
        return
    import joblib

    with dialled(cluster, default=True), joblib.parallel_config(backend="dask"):
        yield


def each(work: Callable[..., Any], cases: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """``work`` on every case, through whatever backend :func:`fan_out` chose; answers in order.

    Cases are taken and answers given as the work goes on: on this machine one after the other.
    """
    import joblib

    answers: Iterator[Any] = joblib.Parallel(return_as="generator")(
        joblib.delayed(work)(*case) for case in cases
    )
    return answers


def one_thread() -> AbstractContextManager[object]:
    """One thread: OpenMP on a loaded host makes small fits three to four times slower.

    The limit binds the libraries that are loaded when it is set, so scikit-learn comes first.
    """
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    limit: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limit
