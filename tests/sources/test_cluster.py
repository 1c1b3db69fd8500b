"""Two workers give the single run's answer, value for value, also when one is killed on the way."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from invval_xl.hosts.file.read import read_book
from invval_xl.models.fan_out import each, fan_out
from invval_xl.models.features import build_features
from invval_xl.models.from_tables import as_of_day, events_from_tables
from invval_xl.models.score import score
from invval_xl.models.shipped import shipped_model
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.proposal import propose
from invval_xl.sources.cluster import Cluster, connected
from invval_xl.sources.engine import opened
from invval_xl.sources.history import History, as_of
from invval_xl.tables.check import check_book
from tests.sources.history_lines import write_history
from tests.tools import REPO

DAY = dt.date(2026, 11, 1)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what distributed says of its own sockets and threads
]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Any]:
    """A local cluster of two worker processes, as `dask scheduler` and `dask worker` start it."""
    from distributed import LocalCluster

    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        memory_limit="1GB",
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_history(tmp_path_factory.mktemp("history"), 60_000, items=300, locations=5)


def test_features_of_two_workers_are_those_of_one(
    two_workers: Any, folder: Path, tmp_path: Path
) -> None:
    with opened(tmp_path) as engine:
        single = as_of(engine, History(folder), DAY)
    with connected(two_workers.scheduler_address) as cluster:
        spread = cluster.features(folder, DAY)
    assert len(single) > 1000
    assert spread.combine_chunks().equals(single.combine_chunks())


def test_scores_and_reserve_of_two_workers_are_those_of_one(two_workers: Any) -> None:
    tables = check_book(read_book(REPO / "workbooks" / "worked_example.xlsx").value).value
    events = events_from_tables(tables)
    model = shipped_model()
    features = build_features(events, as_of_day(tables), model.encoding)
    held = assemble(tables, prove_conservation(tables).value, tables.control.period_end).value
    with connected(two_workers.scheduler_address, parts=5) as cluster:
        scores = cluster.scores(model, features, events.sku[features.facts.item])
        frame = cluster.reserve(held)
    single = score(model, features)
    for f in fields(single):
        ours, theirs = getattr(scores, f.name), getattr(single, f.name)
        if isinstance(theirs, np.ndarray):
            np.testing.assert_array_equal(ours, theirs, err_msg=f.name)
        else:
            assert ours == theirs
    pd.testing.assert_frame_equal(frame, propose(held).frame, check_exact=True)
    assert frame["closing"].sum() > 0


def test_a_worker_killed_on_the_way_changes_nothing_but_time(
    two_workers: Any, folder: Path, tmp_path: Path
) -> None:
    with opened(tmp_path) as engine:
        single = as_of(engine, History(folder), DAY)
    with connected(two_workers.scheduler_address, parts=24) as cluster:
        client = cluster._client
        pids = client.run(os.getpid)
        victim = next(iter(pids.values()))
        killed = threading.Timer(0.15, os.kill, (victim, signal.SIGKILL))
        killed.start()
        spread = Cluster(client, 24).features(folder, DAY)
        killed.join()
        for _ in range(100):  # the nanny brings a new worker in the old one's place
            now = client.run(os.getpid)
            if victim not in now.values():
                break
            time.sleep(0.1)
    assert victim not in now.values()
    assert spread.combine_chunks().equals(single.combine_chunks())


def _square(x: float) -> float:
    return x * x


def test_training_fans_out_over_the_cluster_and_answers_the_same(two_workers: Any) -> None:
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 4))
    y = (x[:, 0] > 0).astype(int)
    here = RandomForestClassifier(20, random_state=0).fit(x, y).predict_proba(x)
    with fan_out(two_workers.scheduler_address):
        there = RandomForestClassifier(20, random_state=0).fit(x, y)
        squares = each(_square, [(i,) for i in range(5)])
    with fan_out():
        assert each(_square, [(3,)]) == [9]
    assert squares == [0, 1, 4, 9, 16]
    np.testing.assert_array_equal(there.predict_proba(x), here)


def test_an_import_on_the_cluster_writes_the_same_features(
    two_workers: Any, tmp_path: Path
) -> None:  # noqa: E501, RUF100
    from tests.sources.extracts import SHOP, run_import, shop

    made = []
    for name, more in (("here", ()), ("there", ("--cluster", two_workers.scheduler_address))):
        folder = tmp_path / name
        folder.mkdir()
        shop(folder)
        assert run_import(folder, SHOP, *more)[0] == 0
        made.append(pd.read_parquet(folder / "book-history" / "features.parquet"))
    pd.testing.assert_frame_equal(*made, check_exact=True)
    assert len(made[0]) == 5  # the road is a location too
