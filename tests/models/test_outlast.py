"""What outlasts demand: counted by cover, and learned only where that tells later items better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from invval_xl.models.card_evidence import outlast_tables
from invval_xl.models.facts import facts_at
from invval_xl.models.features import fit_encoding
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import events_from_frames
from invval_xl.models.outlast import COVER_EDGES, Outlast, fit_outlast
from invval_xl.models.packing import pack, unpack
from invval_xl.models.panel import build_panel, snapshot_days
from invval_xl.models.registry import NOT_APPROVED, load_estimators, load_model, save_model
from invval_xl.models.score import score
from invval_xl.models.targets import TargetPolicy
from invval_xl.sources.demo.generate import generate

CAPS = Caps(rounds=10, forest_trees=10)


@pytest.fixture(scope="module")
def panel(events, model):
    return build_panel(
        events, snapshot_days(events), encoding=model.encoding, policy=model.target_policy
    )


@pytest.fixture(scope="module")
def dying():
    """A retailer whose items fade before they end: more can be known than cover."""
    return events_from_frames(generate(items=160, locations=4, seed=8).frames)


@pytest.fixture(scope="module")
def dying_panel(dying):
    return build_panel(
        dying, snapshot_days(dying), encoding=fit_encoding(dying), policy=TargetPolicy()
    )


def test_later_collapse_is_counted_by_cover_and_unknown_cover_adds_nothing(events):
    facts = facts_at(events, events.last_day + 1)
    share = tuple(0.1 * (i + 1) for i in range(len(COVER_EDGES) + 1))
    said = Outlast(share, (9,) * len(share), 365)
    facts.columns["units_on_hand"][:4] = [59.0, 61.0, 1e6, np.nan]
    facts.columns["units_sold_90d"][:5] = [90.0, 90.0, 90.0, 90.0, 0.0]
    answer = said.counted(facts)[:5]
    np.testing.assert_allclose(answer, [0.1, 0.2, share[-1], 0.0, 0.0])


def test_the_year_after_is_read_on_finished_years_only(events, panel):
    whole = fit_outlast(events, panel, before=events.last_day + 1, caps=CAPS)
    early = fit_outlast(events, panel, before=events.first_day + 260, caps=CAPS)
    assert whole.followed_days == 365
    assert early is None or early.followed_days < 365
    assert all(0.0 <= s <= 1.0 for s in whole.share)
    assert fit_outlast(events, panel, before=events.first_day, caps=CAPS) is None


def test_the_classifier_serves_where_it_told_later_items_better(dying, dying_panel):
    said = fit_outlast(dying, dying_panel, before=dying.last_day + 1, caps=CAPS)
    assert said.error_learned < said.error_counted
    answer = said.predict(dying_panel.features)
    assert np.unique(answer.round(6)).size > len(COVER_EDGES) + 1
    assert ((answer >= 0) & (answer <= 1)).all()
    np.testing.assert_array_equal(
        said.by_counts().predict(dying_panel.features), said.counted(dying_panel.features.facts)
    )


def test_features_that_say_nothing_do_not_answer(dying, dying_panel):
    draw = np.random.default_rng(3)
    noise = draw.normal(size=dying_panel.features.matrix.shape).astype(np.float32)
    deaf = replace(dying_panel, features=replace(dying_panel.features, matrix=noise))
    said = fit_outlast(dying, deaf, before=dying.last_day + 1, caps=CAPS)
    assert said.error_learned >= said.error_counted
    assert said.pair is None


def test_nothing_dated_after_is_read(dying, dying_panel):
    """Sales after the day may be anything: what was known then answers alike."""
    before = dying.last_day - 120
    known = dying_panel.known_before(before)
    later = dying.sales.day >= before
    values = {k: np.where(later, 7.0, v) for k, v in dying.sales.values.items()}
    other = replace(dying, sales=replace(dying.sales, values=values))
    mine, theirs = (fit_outlast(e, known, before=before, caps=CAPS) for e in (dying, other))
    assert (mine.share, mine.error_learned) == (theirs.share, theirs.error_learned)
    np.testing.assert_array_equal(
        mine.predict(dying_panel.features), theirs.predict(dying_panel.features)
    )


def test_it_is_sealed_with_the_model_and_answers_the_same(dying, dying_panel, model):
    said = fit_outlast(dying, dying_panel, before=dying.last_day + 1, caps=CAPS)
    assert said.pair is not None
    given = replace(model, full=replace(model.full, outlast=said))
    back = unpack(pack(given))
    assert back.full.outlast.to_facts() == said.to_facts()
    flat = replace(said, pair=replace(said.pair, estimators=None))
    np.testing.assert_allclose(
        score(back, dying_panel.features).outlast_share,
        flat.predict(dying_panel.features),
        rtol=0,
        atol=1e-12,
    )
    assert back.full.by_table().outlast.pair is None


def test_its_estimators_come_back_from_the_registry(dying, dying_panel, model, tmp_path):
    """Large batches ask scikit-learn's own; what is sealed beside the arrays is the same."""
    said = fit_outlast(dying, dying_panel, before=dying.last_day + 1, caps=CAPS)
    given = replace(model, full=replace(model.full, outlast=said))
    key = b"a key of more than sixteen bytes"
    save_model(given, tmp_path, key=key, data_sha256="d", approver=NOT_APPROVED, trained_at="t")
    light = load_model(tmp_path, key)
    heavy = load_estimators(light, tmp_path, key)
    assert light.full.outlast.pair.estimators is None
    assert heavy.full.outlast.pair.estimators is not None
    both = (m.full.outlast.predict(dying_panel.features) for m in (light, heavy))
    np.testing.assert_allclose(next(both), next(both), rtol=0, atol=1e-9)


def test_a_model_sealed_before_there_was_a_classifier_is_still_read(model):
    old = {"share": [0.1] * 7, "rows": [9] * 7, "followed_days": 365}
    said = Outlast.revived(old, {}, "full.outlast")
    assert said.pair is None
    assert np.isnan(said.error_learned)
    assert said.to_facts() == old


def test_the_card_says_who_answers_and_by_how_much(dying, dying_panel):
    said = fit_outlast(dying, dying_panel, before=dying.last_day + 1, caps=CAPS)
    (learned,), (counted,) = outlast_tables(said), outlast_tables(said.by_counts())
    assert f"{said.error_learned:.4f} by the classifier" in learned.note
    assert "A classifier that reads every feature answers" in learned.note
    assert "The counts answer" in counted.note
    assert [row[0] for row in learned.rows][:2] == ["Cover 0 to 60 days", "Cover 60 to 120 days"]
    assert learned.rows[-1] == ("Cover 730 and more days", said.rows[-1], said.share[-1])
    assert outlast_tables(None) == ()
