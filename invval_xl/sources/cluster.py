"""The same features, scores and reserve on many machines, by one option.

A history is divided by the hash of its items, so an item's lines meet on one worker and every
partition runs the very code the single machine runs. Sums are of exact decimals and results are
put back in the order of the keys: the answer is the single run's, value for value. A task that a
dying worker takes with it is run again elsewhere; tasks only read.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from invval_xl.models.features import Features
    from invval_xl.models.score import Scores
    from invval_xl.models.trained import TrainedModel
    from invval_xl.reserving.assembled import Assembled
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal

__all__ = ["Alone", "Cluster", "connected", "item_hash", "workers"]


def item_hash(skus: Any, parts: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Partition of each item; the same on every machine and in every process.

    Examples
    --------
    >>> item_hash(["A", "B", "A"], 4).tolist()
    [3, 1, 3]
    """
    import zlib

    known: dict[str, int] = {}
    for sku in skus:
        if sku not in known:
            known[sku] = zlib.crc32(str(sku).encode()) % parts
    return np.array([known[sku] for sku in skus], dtype=np.int64)


class Alone:
    """One machine, asked as a cluster is."""

    def scores(self, model: TrainedModel, features: Features) -> Scores:
        """As :meth:`Cluster.scores`."""
        return _scores_of(model, features)

    def propose(self, assembled: Assembled, prediction: Prediction | None = None) -> Proposal:
        """As :meth:`Cluster.propose`."""
        from invval_xl.reserving.proposal import propose

        return propose(assembled, prediction)


class Cluster:
    """Work spread over a Dask cluster.

    Parameters
    ----------
    client
        A connected ``distributed.Client``.
    parts
        Into how many partitions the items are divided; a few for each worker.
    """

    def __init__(self, client: Any, parts: int) -> None:
        self._client, self.parts = client, parts

    def features(self, folder: Path, day: dt.date, memory: str = "512MB") -> pa.Table:
        """:func:`invval_xl.sources.history.as_of` of the history in ``folder``.

        ``folder`` must be a path every worker sees (a network share, a mounted bucket).
        """
        import pyarrow as pa

        cases = [(str(folder), day.isoformat(), (i, self.parts), memory) for i in range(self.parts)]
        tables = self._each(_features_of, cases)
        return pa.concat_tables(tables).sort_by([("sku", "ascending"), ("location", "ascending")])

    def scores(self, model: TrainedModel, features: Features) -> Scores:
        """:func:`invval_xl.models.score.score`, rows in their own order."""
        from dataclasses import fields

        from invval_xl.models.score import Scores

        groups = self._groups(features.facts.item)
        parts = self._each(_scores_of, [(model, features.take(rows)) for rows in groups])
        order = np.argsort(np.concatenate(groups), kind="stable")
        first = parts[0]
        joined = {}
        for f in fields(Scores):
            value = getattr(first, f.name)
            if isinstance(value, np.ndarray):
                value = np.concatenate([getattr(p, f.name) for p in parts])[order]
            joined[f.name] = value
        return Scores(**joined)

    def propose(self, assembled: Assembled, prediction: Prediction | None = None) -> Proposal:
        """:func:`invval_xl.reserving.proposal.propose`, rows in their own order.

        Evidence that items share (categories, policy) is in ``assembled`` already; what is left
        is arithmetic by line, and a line goes whole to one partition.
        """
        from invval_xl.reserving.proposal import proposed

        return proposed(assembled, self._valued(assembled, prediction))

    def _valued(self, assembled: Assembled, prediction: Prediction | None) -> pd.DataFrame:
        import pandas as pd

        groups = self._groups(assembled.lines.frame["sku"])
        if not groups:
            return _valued_of(assembled, prediction, np.arange(0))
        cases = [
            (_of_lines(assembled, lines), _said_of(prediction, lines), lines) for lines in groups
        ]
        parts = self._each(_valued_of, cases)
        frame: pd.DataFrame = pd.concat(parts, ignore_index=True)
        ordered: pd.DataFrame = frame.sort_values(
            ["line", "order"], kind="stable", ignore_index=True
        )
        return ordered

    def _groups(self, skus: Any) -> list[Any]:
        """Row positions of every partition that has any."""
        mark = item_hash(list(skus), self.parts)
        return [rows for p in range(self.parts) if len(rows := np.flatnonzero(mark == p))]

    def _each(self, work: Any, cases: list[tuple[Any, ...]]) -> list[Any]:
        futures = [self._client.submit(work, *case, pure=False, retries=5) for case in cases]
        return list(self._client.gather(futures))


@contextmanager
def connected(url: str, parts: int = 0) -> Iterator[Cluster]:
    """Connect to a scheduler.

    Parameters
    ----------
    url
        Address, such as ``tcp://scheduler:8786``.
    parts
        Partitions; 0: four for each worker thread there is.
    """
    from invval_xl.models.fan_out import dialled

    with dialled(url) as client:
        threads = sum(client.nthreads().values()) or 1
        yield Cluster(client, parts or 4 * threads)


@contextmanager
def workers(url: str = "") -> Iterator[Alone | Cluster]:
    """Whoever scores and values: the cluster at ``url``, or this machine where it is empty."""
    if not url:
        yield Alone()
        return
    with connected(url) as cluster:
        yield cluster


def _features_of(folder: str, day: str, part: tuple[int, int], memory: str) -> pa.Table:
    """Features of one partition, on a worker."""
    import datetime as dt
    import tempfile
    from pathlib import Path

    from invval_xl.sources.engine import opened
    from invval_xl.sources.history import History, as_of

    with tempfile.TemporaryDirectory() as spill, opened(Path(spill), memory, threads=1) as engine:
        return as_of(engine, History(Path(folder)), dt.date.fromisoformat(day), part)


def _scores_of(model: TrainedModel, features: Features) -> Scores:
    from invval_xl.models.score import score

    return score(model, features)


def _of_lines(assembled: Assembled, lines: Any) -> Assembled:
    """The facts of some lines, numbered from zero; what only the whole needs stays behind."""
    from dataclasses import fields, replace

    renumber = np.full(len(assembled.lines.frame), -1, dtype=np.int64)
    renumber[lines] = np.arange(len(lines))
    line = assembled.tranches["line"].to_numpy()
    mine = renumber[line] >= 0
    tranches = assembled.tranches[mine].reset_index(drop=True)
    tranches["line"] = renumber[line[mine]]
    brought = assembled.brought_forward
    count = len(assembled.lines.frame)
    cut: dict[str, Any] = {}
    for f in fields(brought):
        value = getattr(brought, f.name)
        if isinstance(value, np.ndarray) and len(value) == count:
            cut[f.name] = value[lines]
    return replace(
        assembled,
        lines=replace(assembled.lines, frame=assembled.lines.frame.iloc[lines]),
        tranches=tranches,
        brought_forward=replace(brought, **cut),
        basis=assembled.basis[lines],
        used_lines=(),
    )


def _said_of(prediction: Prediction | None, lines: Any) -> Prediction | None:
    """What the model says of some lines."""
    from dataclasses import replace

    if prediction is None:
        return None
    frame = prediction.frame.iloc[lines].reset_index(drop=True)
    return replace(prediction, frame=frame, features=prediction.features.take(lines))


def _valued_of(assembled: Assembled, prediction: Prediction | None, lines: Any) -> pd.DataFrame:
    from invval_xl.reserving.proposal import valued

    frame = valued(assembled, prediction)
    frame["line"] = np.asarray(lines)[frame["line"].to_numpy()]
    return frame
