"""Two workers give the single run's answer, value for value, also when one is killed on the way."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.refresh import refresh_file
from invval_xl.models.fan_out import fan_out
from invval_xl.models.features import build_features
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import as_of_day, events_from_tables
from invval_xl.models.score import score
from invval_xl.models.shipped import shipped_model
from invval_xl.models.train import Parameters, train
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.proposal import propose
from invval_xl.runs.refresh_reserve import RefreshRequest
from invval_xl.sources.cluster import Cluster, connected
from invval_xl.sources.engine import opened
from invval_xl.sources.history import History, as_of
from invval_xl.tables.check import check_book
from tests.models.conftest import small_events
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
        scores = cluster.scores(model, features)
        frame = cluster.propose(held).frame
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


def test_training_fans_out_over_the_cluster_and_gives_the_same_model(two_workers: Any) -> None:
    """Every fold is fitted on a worker; the model's id is the hash of all it will ever answer."""
    events = small_events(n=60, days=330)
    caps = Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700)
    asked = Parameters(caps=caps, rows_per_day=60, cell=False)
    here = train(events, parameters=asked)
    with fan_out(two_workers.scheduler_address):
        there = train(events, parameters=asked)
    assert there.model_id == here.model_id
    with connected(two_workers.scheduler_address) as cluster:
        told = cluster._client.run_on_scheduler(_done)
    (name,) = (n for n in told if "_fit" in n)
    assert told[name] == len(here.training.fold_days) > 2
    assert not any("tree" in n for n in told)  # a fold is a task, its trees are not


def _done(dask_scheduler: Any) -> dict[str, int]:
    """How many tasks of each kind a scheduler has seen to their end."""
    return {
        name: prefix.state_counts["memory"] for name, prefix in dask_scheduler.task_prefixes.items()
    }


def test_papers_of_two_workers_are_those_of_one_and_a_kill_changes_nothing(
    two_workers: Any, tmp_path: Path
) -> None:
    """``invval refresh --cluster``: the same bytes, also where a worker dies while it values."""
    book = REPO / "workbooks" / "worked_example.xlsx"
    request = RefreshRequest(model=shipped_model())
    alone, spread = tmp_path / "alone.xlsx", tmp_path / "spread.xlsx"
    refresh_file(book, alone, request, _no_progress)
    url = two_workers.scheduler_address
    with connected(url) as cluster:
        victim = next(iter(cluster._client.run(os.getpid).values()))

    def killing(step: str, _share: float) -> None:
        if step == "test every tranche":
            os.kill(victim, signal.SIGKILL)

    refresh_file(book, spread, replace(request, cluster=url), killing)
    assert spread.read_bytes() == alone.read_bytes()
    with connected(url) as cluster:
        told = cluster._client.run_on_scheduler(_done)
    assert told["scores_of"] > 1
    assert told["valued_of"] > 1


def _no_progress(_step: str, _share: float) -> None:
    """Say nothing."""


def test_a_scheduler_that_does_not_answer_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invval_xl.models.fan_out._PATIENCE", 0.2)
    out = tmp_path / "out.xlsx"
    book = str(REPO / "workbooks" / "worked_example.xlsx")
    for command in (["refresh", book, "--out", str(out)], ["train", book]):
        assert main([*command, "--cluster", "tcp://127.0.0.1:9"]) == 2
        assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert not out.exists()


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
