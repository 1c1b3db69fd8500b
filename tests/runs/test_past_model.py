"""What the model reserved at a past close, by another way and by another hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.read import read_book
from invval_xl.models.features import build_features
from invval_xl.models.from_tables import as_of_day, events_from_tables
from invval_xl.runs import train_model
from invval_xl.runs.past_cohorts import as_it_stood, trained_at, value_close
from invval_xl.tables.check import check_book
from tests.papers import read_papers
from tests.runs.conftest import TINY
from tests.runs.cut_book import cut_book
from tests.runs.second_hand_facts import Diary, day_of
from tests.runs.second_hand_model import Sealed


class Keyed:
    """Features with the keys of their rows."""

    def __init__(self, events, features) -> None:
        self.keys = list(zip(events.sku, events.location, strict=True))
        self.column = features.column
        self.rows = len(features)

    def __len__(self) -> int:
        return self.rows


@pytest.fixture(scope="module")
def oldest(monitored):
    """Rows of the oldest cohort, whose model was held still over the later ones."""
    rows = monitored[2].rows
    return rows[rows["cohort"] == rows["cohort"].min()]


@pytest.fixture(scope="module")
def tranches(retailer, oldest, tmp_path_factory):
    """C-3 of a book cut at that close by hand, trained by command and refreshed."""
    folder = tmp_path_factory.mktemp("cut")
    book = cut_book(retailer, oldest["cohort"].iloc[0], folder / "cut.xlsx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setattr(train_model, "Parameters", TINY)
        assert main(["train", str(book)]) == 0
        assert main(["refresh", str(book), "--out", str(folder / "out.xlsx")]) == 0
    out = defaultdict(list)
    for row in read_papers(folder / "out.xlsx")["C-3 LCNRV"].table("SKU", "Tranche", "Units"):
        out[row["SKU"], row["Location"]].append(row)
    return out


@pytest.fixture(scope="module")
def past(monitored, oldest):
    tables = check_book(read_book(monitored[0]).value).value
    return as_it_stood(tables, pd.Timestamp(oldest["cohort"].iloc[0]).date())


@pytest.fixture(scope="module")
def trained(past):
    """The model of that close, with the estimators it was fitted as."""
    model, because = trained_at(past, replace(TINY(), cell=False), None)
    assert not because
    return model


@pytest.fixture(scope="module")
def diary(retailer) -> Diary:
    """Layers tell of the present; a past close knows none."""
    frames = dict(retailer.frames)
    return Diary(frames | {"CostLayers": frames["CostLayers"].iloc[:0]})


def sealed(model, past, diary) -> Sealed:
    events = events_from_tables(past)
    features = build_features(events, as_of_day(past), model.encoding)
    t = day_of(pd.Timestamp(past.control.period_end)) + 1
    return Sealed(model, diary, Keyed(events, features), t)


def test_the_model_of_a_past_close_is_what_train_and_refresh_give_on_a_book_cut_there(
    oldest, tranches
) -> None:
    for row in oldest.itertuples():
        by_paper = sum(t["Required By Model"] for t in tranches[row.sku, row.location])
        assert by_paper == pytest.approx(row.model, abs=0.005)
        by_rule = sum(t["Required By Rule"] for t in tranches[row.sku, row.location])
        assert by_rule == pytest.approx(row.rule, abs=0.005)
    assert (oldest["model"] != oldest["rule"]).sum() > 10


def test_a_second_hand_gives_the_stored_amounts_to_the_cent(
    monitored, oldest, tranches, past, trained, diary
) -> None:
    assert trained.model_id == monitored[2].cohorts[0].model_id
    hand = sealed(trained, past, diary)
    for row in oldest.itertuples():
        key = (row.sku, row.location)
        assert hand.required(key, tranches[key]) == pytest.approx(row.model, abs=0.005), key
        # the gates of so small a model give the table the word: both columns are one here
        assert row.refitted_table == row.model


def test_and_the_stored_chances_and_intervals(oldest, past, trained, diary) -> None:
    hand = sealed(trained, past, diary)
    for row in oldest.itertuples():
        key = (row.sku, row.location)
        rate = hand.rate(key, 1)
        low, high = rate.interval(trained.full.calibration[1])
        assert row.p_obsolete == pytest.approx(hand.obsolete(key, 1), abs=1.5e-6)
        assert row.rate == pytest.approx(rate.mean, abs=1e-6)
        assert row.rate_low == pytest.approx(low, abs=1e-6)
        assert row.rate_high == pytest.approx(high, abs=1e-6)
    assert oldest["rate_high"].nunique() >= 4


def test_and_where_the_classifiers_have_the_word(oldest, tranches, past, trained, diary) -> None:
    """The same model as if every gate had passed: scikit-learn answers, the same hand adds up."""
    word = ("model", "model", "model")
    full = replace(trained.full, answered_by=word, markdown_answered_by=word)
    spoken = replace(trained, full=full)
    rows = value_close(past, model=spoken).rows
    hand = sealed(spoken, past, diary)
    for row in rows.itertuples():
        key = (row.sku, row.location)
        assert hand.required(key, tranches[key]) == pytest.approx(row.model, abs=0.005), key
        low, high = hand.rate(key, 1).interval(full.calibration[1])
        assert (row.rate_low, row.rate_high) == pytest.approx((low, high), abs=1e-6)
    assert (rows["model"].to_numpy() != oldest["model"].to_numpy()).sum() > 10
    assert (rows["model"] != rows["refitted_table"]).sum() > 10
