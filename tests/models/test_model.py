"""A trained model end to end: coherent, deterministic, sealed, served without scikit-learn."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from invval_xl.findings import RefusedError
from invval_xl.models.card import build_card, model_findings, model_line
from invval_xl.models.cell import markdown_interval, snapshot, snapshot_scores
from invval_xl.models.cell_money import CellPolicy
from invval_xl.models.explain import GROUPS, contributions, drivers
from invval_xl.models.features import FEATURES, Features, build_features
from invval_xl.models.kernels import (
    cell_action,
    cell_expected_price,
    cell_markdown,
    cell_model,
    cell_reserve,
    cell_risk,
    cell_tier,
    cell_why,
)
from invval_xl.models.packing import pack, unpack
from invval_xl.models.registry import load_estimators, load_model, save_model
from invval_xl.models.score import score
from invval_xl.models.serving import forget, served_model
from invval_xl.models.shipped import shipped_model
from invval_xl.models.targets import HORIZONS, SLOW

KEY = b"a key of more than sixteen bytes"


@pytest.fixture(scope="session")
def features(events, model):
    return build_features(events, events.last_day + 1, model.encoding)


@pytest.fixture
def always_model(model):
    """The trained model with every horizon answered by it, whatever the gates said."""

    def served(part):
        return replace(
            part,
            answered_by=("model",) * 3,
            markdown_answered_by=("model",) * 3,
        )

    return replace(model, full=served(model.full), cell=served(model.cell))


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, tmp_path, key=KEY, data_sha256="d" * 64, approver="A", trained_at="t")
    return tmp_path


def _cells(n=300, seed=0):
    draw = np.random.default_rng(seed)
    u90 = draw.poisson(30, n).astype(float)
    return {
        "unit_cost": draw.uniform(2, 40, n),
        "units_on_hand": draw.integers(1, 900, n).astype(float),
        "age_days": draw.integers(5, 700, n).astype(float),
        "units_sold_30d": np.minimum(draw.poisson(9, n), u90),
        "units_sold_90d": u90,
        "average_price_90d": draw.uniform(8, 60, n),
        "market_price": draw.uniform(8, 60, n),
        "category": draw.choice(np.array(["C0", "C1", "C9"], dtype=object), n),
    }


def test_scores_are_coherent_on_random_snapshots(always_model, features):
    draw = np.random.default_rng(4)
    matrix = features.matrix[draw.integers(0, len(features), 2_000)].copy()
    matrix[draw.random(matrix.shape) < 0.3] = np.nan
    facts = features.facts.take(draw.integers(0, len(features), 2_000))
    s = score(always_model, Features(matrix, FEATURES, facts))
    total = s.p_full_price + s.p_markdown + s.p_obsolete
    np.testing.assert_allclose(total, 1.0, atol=1e-9)
    for p in (s.p_full_price, s.p_markdown, s.p_obsolete, s.p_any_markdown):
        assert ((p >= -1e-9) & (p <= 1 + 1e-9)).all()
    assert (np.diff(s.p_marked_down_by, axis=1) >= 0).all()
    assert (np.diff(s.p_no_sale_through, axis=1) <= 0).all()
    assert (np.diff(s.markdown_quantiles, axis=2) >= 0).all()
    assert (s.markdown_low <= s.markdown_rate).all()
    assert (s.markdown_rate <= s.markdown_high).all()


def test_the_flat_trees_equal_scikit_learn(always_model, features):
    draw = np.random.default_rng(6)
    for part in (always_model.full, always_model.cell):
        pair = part.sellability.pair
        boosting, forest = pair.estimators
        x = features.select(pair.columns)[draw.integers(0, len(features), 3_000)]
        x = x * draw.uniform(0.5, 1.5, x.shape).astype(np.float32)
        x[draw.random(x.shape) < 0.1] = np.nan
        x = np.ascontiguousarray(x, np.float32)
        theirs = 0.5 * (boosting.predict_proba(x) + forest.predict_proba(x))
        np.testing.assert_allclose(pair.predict_flat(x), theirs, atol=1e-12)


def test_contributions_add_up_to_the_prediction(always_model, features):
    some = features.take(np.arange(120))
    for outcome in (SLOW, 1):
        given = contributions(always_model.full, some, horizon=90, outcome=outcome)
        m = always_model.full.sellability.book.marginals(
            always_model.full.sellability.predict(some)
        )
        expected = (m.obsolete if outcome == SLOW else m.markdown)[:, 2]
        np.testing.assert_allclose(given.base + given.by_feature.sum(axis=1), expected, atol=1e-9)
        grouped = sum(given.by_group().values())
        np.testing.assert_allclose(given.base + grouped, expected, atol=1e-9)


def test_taking_the_top_driver_away_moves_the_prediction_as_it_says(always_model, features):
    some = features.take(np.arange(100))
    part = always_model.full
    named = drivers(part, some, always_model.typical, horizon=60)
    before = score(always_model, some).p_obsolete[:, 1]
    moved = 0
    for row, own in enumerate(named):
        if not own:
            continue
        one = some.take(np.array([row]))
        matrix = one.matrix.copy()
        for name in GROUPS[own[0].group]:
            matrix[:, FEATURES.index(name)] = always_model.typical[FEATURES.index(name)]
        after = score(always_model, Features(matrix, FEATURES, one.facts)).p_obsolete[0, 1]
        assert (before[row] - after) * own[0].contribution >= 0
        moved += abs(before[row] - after) > 0
    assert moved > 50


def test_packing_is_lossless_and_deterministic(model, features):
    data = pack(model)
    again = unpack(data)
    assert pack(again) == data
    mine, theirs = score(model, features), score(again, features)
    for name in ("p_obsolete", "p_markdown", "markdown_rate", "markdown_high"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    assert again.training == model.training or again.training.rows == model.training.rows


def said_of(model, events):
    """Hash of everything a model says of the last day, byte for byte."""
    s = score(model, build_features(events, events.last_day + 1, model.encoding))
    said = (getattr(s, f.name) for f in fields(s))
    data = b"".join(v.tobytes() for v in said if isinstance(v, np.ndarray))
    return hashlib.sha256(data).hexdigest()


def test_same_data_and_seed_give_the_same_model_and_bytes_in_another_process(model, events):
    code = (
        "import sys; sys.path.insert(0, 'tests/models');"
        "from conftest import small_events;"
        "from invval_xl.models.forest_pair import Caps;"
        "from invval_xl.models.train import Parameters, train;"
        "c = Caps(rounds=15, leaves=7, forest_trees=8, max_rows=2_500);"
        "events = small_events();"
        "m = train(events, parameters=Parameters(caps=c));"
        "from test_model import said_of; print(m.model_id, said_of(m, events))"
    )
    from pathlib import Path

    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.split() == [model.model_id, said_of(model, events)]


def _code_of(error):
    return error.value.findings[0].code


def test_a_saved_model_answers_alike_from_both_files(model, folder, features):
    flat = load_model(folder, KEY)
    whole = load_estimators(flat, folder, KEY)
    np.testing.assert_array_equal(
        score(flat, features).p_obsolete, score(model, features).p_obsolete
    )
    pair = whole.full.sellability.pair
    assert pair.estimators is not None
    x = features.select(pair.columns)
    big = np.concatenate([x] * (1 + 4_000 // len(x)))
    np.testing.assert_allclose(pair.predict(big), pair.predict_flat(big), atol=1e-12)


def test_flipped_bytes_are_refused_before_anything_is_loaded(folder):
    for path in sorted(folder.glob("*.npz")) + sorted(folder.glob("*.joblib")):
        good = path.read_bytes()
        model = load_model(folder, KEY)
        draw = np.random.default_rng(len(good))
        for at in draw.integers(0, len(good), 100):
            bad = bytearray(good)
            bad[at] ^= 1 << int(draw.integers(0, 8))
            path.write_bytes(bytes(bad))
            with pytest.raises(RefusedError) as error:
                load_estimators(load_model(folder, KEY), folder, KEY)
            assert _code_of(error) == "MD101"
        path.write_bytes(good[: len(good) // 2])
        with pytest.raises(RefusedError):
            load_estimators(load_model(folder, KEY), folder, KEY)
        path.write_bytes(good)
        assert model is not None


class _Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        from pathlib import Path

        return (Path.touch, (self.path,))


def test_a_foreign_pickle_is_refused_and_its_code_does_not_run(folder):
    import joblib

    marker = folder / "it-ran"
    for path in folder.glob("*.joblib"):
        joblib.dump(_Bomb(marker), path)
    with pytest.raises(RefusedError) as error:
        load_estimators(load_model(folder, KEY), folder, KEY)
    assert _code_of(error) == "MD101"
    assert not marker.exists()


def test_a_manifest_written_without_the_key_vouches_for_nothing(model, folder):
    with pytest.raises(RefusedError) as error:
        load_model(folder, b"another key of sixteen bytes")
    assert _code_of(error) == "MD102"
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(
        text.replace('\\"approver\\": \\"A\\"', '\\"approver\\": \\"B\\"')
    )
    assert (folder / "manifest.json").read_text() != text
    with pytest.raises(RefusedError) as error:
        load_model(folder, KEY)
    assert _code_of(error) == "MD102"


def test_another_scikit_learn_is_refused_with_the_mend_and_cells_are_served_on(
    folder, monkeypatch, features
):
    import importlib.metadata

    flat = load_model(folder, KEY)
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda n: "99.0" if n == "scikit-learn" else real(n)
    )
    with pytest.raises(RefusedError) as error:
        load_estimators(flat, folder, KEY)
    assert _code_of(error) == "MD103"
    assert "invval train" in error.value.findings[0].remedy
    assert len(score(flat, features)) == len(features)


def test_the_first_predictive_cell_loads_neither_scikit_learn_nor_pandas(folder):
    code = (
        "import sys; from pathlib import Path;"
        "from invval_xl.models.serving import served_model;"
        "from invval_xl.models.cell import snapshot;"
        "from invval_xl.models.kernels import cell_tier, cell_why, cell_model;"
        "from invval_xl.models.cell_money import CellPolicy;"
        f"m = served_model(Path({str(folder)!r}), {KEY!r}).model;"
        "s = snapshot(34, 1250, 147, 18, 89, 52, 48);"
        "print(cell_tier(m, s, CellPolicy())[0], cell_why(m, s, CellPolicy())[0], cell_model(m));"
        "bad = {'sklearn', 'pandas', 'joblib', 'scipy'} & set(sys.modules);"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)


def test_a_retrained_model_is_seen_at_once_and_none_means_the_shipped_table(model, tmp_path):
    forget()
    assert not served_model(tmp_path, KEY).trained
    assert "no model was trained" in cell_model(served_model(None, None).model)
    save_model(model, tmp_path, key=KEY, data_sha256="d", approver="A", trained_at="t")
    served = served_model(tmp_path, KEY)
    assert served.trained
    assert served_model(tmp_path, KEY) is served


@pytest.mark.parametrize("which", ["trained", "shipped"])
def test_taking_facts_away_never_narrows_the_interval(always_model, which):
    model = always_model if which == "trained" else shipped_model()
    cells = _cells()
    draw = np.random.default_rng(8)
    optional = [
        "age_days",
        "units_sold_30d",
        "units_sold_90d",
        "average_price_90d",
        "market_price",
        "category",
    ]
    for _ in range(12):
        fewer = dict(cells)
        width = None
        for name in draw.permutation(optional):
            given = snapshot(**fewer)
            mean = snapshot_scores(model, given).markdown_rate[:, 1]
            low, high = markdown_interval(model, given, mean)
            assert (low <= mean + 1e-6).all()
            assert (mean <= high + 1e-6).all()
            if width is not None:
                assert (high - low >= width - 2e-6).all()
            width = high - low
            fewer[name] = None if name == "category" else np.nan


def test_sku_47382_from_its_seven_facts_is_red_by_quantity_with_both_axes_named():
    given = snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0)
    model, policy = shipped_model(), CellPolicy()
    assert cell_tier(model, given, policy)[0] == "red"
    # accounting.md F: 889 units beyond a year's demand at half the price, 8 % to sell
    assert cell_reserve(model, given, policy)[0] == pytest.approx(10_597.54, abs=0.01)
    assert cell_action(model, given, policy)[0] == "liquidate"
    why = cell_why(model, given, policy)[0]
    assert "the quantity axis binds" in why
    assert "price axis" in why
    assert "1,264 days of supply" in why


def test_kernels_answer_unknown_for_unknown_and_zero_for_no_stock():
    model, policy = shipped_model(), CellPolicy()
    given = snapshot(
        np.array([34.0, np.nan, 34.0]), np.array([np.nan, 5.0, 0.0]), 10.0, 1.0, 3.0, 50.0, 48.0
    )
    assert cell_tier(model, given, policy).tolist() == [None, None, "green"]
    assert np.isnan(cell_risk(model, "obsolete", 90, given)[:2]).all()
    assert cell_reserve(model, given, policy)[2] == 0.0
    with pytest.raises(ValueError, match="bound"):
        cell_markdown(model, given, "middle")
    assert np.isnan(cell_expected_price(model, snapshot(34.0, 10.0))[0])


def test_a_column_of_cells_equals_its_cells_one_by_one(always_model):
    cells = _cells(40)
    policy = CellPolicy()
    column = snapshot(**cells)
    together = cell_risk(always_model, "obsolete", 60, column)
    whys = cell_why(always_model, column, policy)
    for i in range(40):
        one = snapshot(**{k: v[i] for k, v in cells.items()})
        assert cell_risk(always_model, "obsolete", 60, one)[0] == together[i]
        assert cell_why(always_model, one, policy)[0] == whys[i]


def test_the_tier_never_gets_milder_as_probability_or_loss_rises():
    model, policy = shipped_model(), CellPolicy()
    order = ["green", "yellow", "orange", "red"]
    stock = np.arange(1.0, 4_000.0, 13.0)
    given = snapshot(34.0, stock, 147.0, 18.0, 89.0, 52.0, 48.0)
    ranks = [order.index(t) for t in cell_tier(model, given, policy)]
    assert ranks == sorted(ranks)
    assert set(ranks) == {1, 2, 3}
    assert (np.diff(cell_reserve(model, given, policy)) >= -1e-9).all()


def test_the_card_says_who_answers_and_every_gate(model):
    card = build_card(model)
    titles = [t.title for t in card.tables]
    for days in HORIZONS:
        assert f"Gates at {days} days" in titles
    for table in card.tables:
        for row in table.rows:
            assert len(row) == len(table.headers), table.title
    assert model.model_id in card.summary
    assert model.model_id in model_line(model)
    codes = {f.code for f in model_findings(model)}
    assert "MD203" in codes  # 560 days are less than two years
    assert {f.code for f in model_findings(shipped_model())} == {"MD206"}
    refused = [r for r in model.training.sellability if r.answered_by != "model"]
    assert ("MD201" in codes) == bool(refused)
