from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.hosts.file.write import author
from invval_xl.models.forest_pair import Caps
from invval_xl.models.train import Parameters
from invval_xl.runs import monitor_book, train_model
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from tests.papers import read_papers
from tests.runs.cut_book import CREATED
from tests.runs.second_hand import Hand, Line
from tests.tools import REPO

WORKED_EXAMPLE = REPO / "workbooks" / "worked_example.xlsx"
TINY = partial(Parameters, caps=Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700))


@pytest.fixture(scope="session")
def refreshed_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, refreshed by the command into a file of its own."""
    out = tmp_path_factory.mktemp("refreshed") / "refreshed.xlsx"
    assert main(["refresh", str(WORKED_EXAMPLE), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def retailer():
    """It disposes, marks out and returns to vendors within the closes looked back at."""
    return generate(items=90, locations=3, seed=4, future_weeks=0, keep_events=False)


@pytest.fixture(scope="session")
def monitored(retailer, tmp_path_factory):
    """The book with a small model, looked back at by rule, tables and one held still; refreshed."""
    folder = tmp_path_factory.mktemp("monitored")
    book = folder / "book.xlsx"
    author(retailer_plans(retailer), book, created=CREATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setattr(monitor_book, "Parameters", TINY)
        patch.setattr(train_model, "Parameters", TINY)
        assert main(["train", str(book)]) == 0  # whose predictions drift is looked for in
        before = book.read_bytes()
        assert main(["monitor", str(book), "--train-once"]) == 0
        assert book.read_bytes() == before  # monitored, never written to
        out = folder / "refreshed.xlsx"
        assert main(["refresh", str(book), "--out", str(out)]) == 0
        back = lookback_of(book)
    return book, out, back


@pytest.fixture(scope="session")
def paper(monitored):
    """C-11 of the refreshed book."""
    return read_papers(monitored[1])["C-11 Lookback"]


@pytest.fixture(scope="session")
def lines(retailer, monitored) -> list[Line]:
    """Every cohort worked out again by a second hand, from the events themselves."""
    hand = Hand(retailer.frames)
    said = monitored[2].rows
    return [
        line
        for close, part in said.groupby("cohort")
        for line in hand.cohort(pd.Timestamp(close), part)
    ]
