"""Approval, the memory of cells, tables that are not told, and widths that hold as served."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from invval_xl.findings import RefusedError
from invval_xl.models.card import build_card
from invval_xl.models.cell import snapshot, snapshot_scores
from invval_xl.models.cell_money import CellPolicy
from invval_xl.models.flat import FlatForest
from invval_xl.models.interval import Calibration
from invval_xl.models.kernels import cell_tier
from invval_xl.models.markdown import RateDistribution
from invval_xl.models.memory import forget_answers
from invval_xl.models.registry import (
    NOT_APPROVED,
    approve_model,
    load_model,
    read_manifest,
    save_model,
)
from invval_xl.models.shipped import shipped_model
from invval_xl.models.stretch import HeldOutCells, fit_stretch, placed, stretched

KEY = b"a key of more than sixteen bytes"


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, tmp_path, key=KEY, data_sha256="d", approver=NOT_APPROVED, trained_at="t")
    return tmp_path


def _code(error):
    return error.value.findings[0].code


def test_an_approval_is_sealed_with_name_and_date_and_stands(folder):
    before = load_model(folder, KEY)
    assert not read_manifest(folder, KEY).current.approved
    entry = approve_model(folder, KEY, " Priya Raman ", "2026-11-28T20:00:00")
    assert (entry.approver, entry.approved_at) == ("Priya Raman", "2026-11-28T20:00:00")
    manifest = read_manifest(folder, KEY)
    assert manifest.current == entry
    assert manifest.current.approved
    assert load_model(folder, KEY).model_id == before.model_id
    row = build_card(before, manifest).tables[-1].rows[0]
    assert "Priya Raman" in row
    with pytest.raises(RefusedError) as error:
        approve_model(folder, KEY, "Somebody Else", "later")
    assert _code(error) == "MD106"


def test_nobody_approves_what_is_not_there_or_not_whole(folder):
    with pytest.raises(RefusedError) as error:
        approve_model(folder, KEY, "A", "t", model_id="another")
    assert _code(error) == "MD104"
    with pytest.raises(RefusedError) as error:
        approve_model(folder, b"another key of sixteen bytes", "A", "t")
    assert _code(error) == "MD102"
    for name in ("", "  ", NOT_APPROVED):
        with pytest.raises(ValueError, match="name and a date"):
            approve_model(folder, KEY, name, "t")
    path = next(folder.glob("*.joblib"))
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(RefusedError) as error:
        approve_model(folder, KEY, "A", "t")
    assert _code(error) == "MD101"
    assert not read_manifest(folder, KEY).current.approved


def test_a_manifest_of_an_older_version_is_read_with_no_date_of_approval(folder):
    from invval_xl.models.registry import Manifest, _seal

    outer = json.loads((folder / "manifest.json").read_text())
    body = json.loads(outer["manifest"])
    for entry in body["entries"]:
        del entry["approved_at"]
    text = json.dumps(body).encode()
    sealed = {"manifest": text.decode(), "seal": _seal(text, KEY)}
    (folder / "manifest.json").write_text(json.dumps(sealed))
    found = read_manifest(folder, KEY)
    assert isinstance(found, Manifest)
    assert found.current.approved_at == ""


def test_an_item_of_which_only_its_age_is_known_is_not_taken_for_unsold():
    model = shipped_model()
    ages = np.array([10.0, 60.0, 89.0, 120.0, np.nan])
    scores = snapshot_scores(model, snapshot(10.0, 5.0, ages, market_price=30.0))
    # nothing is known of its sales: the answer is that of all items of its age, not of unsold ones
    assert (scores.p_obsolete[:, -1] < 0.5).all()
    unsold = snapshot_scores(model, snapshot(10.0, 5.0, ages, 0.0, 0.0, market_price=30.0))
    assert (scores.p_obsolete[:, -1] < unsold.p_obsolete[:, -1]).all()
    tiers = cell_tier(model, snapshot(10.0, 5.0, ages, market_price=30.0), CellPolicy())
    assert "red" not in tiers.tolist()


@pytest.mark.parametrize("by", ["both", "last sale", "receipt"])
def test_a_refitted_table_answers_unknown_recency_by_the_rows_of_the_age(model, by):
    table = next(t for t in model.full.sellability.tables if t.name.endswith(f"by {by}"))
    np.testing.assert_allclose(table.share.sum(axis=2), 1.0)
    if by == "both":
        receipt = next(t for t in model.full.sellability.tables if t.name.endswith("by receipt"))
        np.testing.assert_allclose(table.share[-1, :-1], receipt.share[0, :-1])


def test_the_same_row_is_scored_once_and_another_model_is_asked_anew(model, monkeypatch):
    from invval_xl.models import cell

    forget_answers()
    asked = []
    real = cell.score_with
    monkeypatch.setattr(cell, "score_with", lambda *a: asked.append(1) or real(*a))
    one = snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0, "C1")
    first = snapshot_scores(model, one)
    same = snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0, "C1", 0.2)
    assert snapshot_scores(model, same) is first
    assert len(asked) == 1
    for other in (
        snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0, "C2"),
        snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0),
        snapshot(34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, np.nan, "C1"),
    ):
        snapshot_scores(model, other)
    assert len(asked) == 4
    again = replace(model, model_id=model.model_id)
    assert snapshot_scores(again, one) is not first


def test_memory_is_bounded(model):
    from invval_xl.models import memory

    forget_answers()
    for i in range(memory._MOST_ANSWERS + 30):
        memory.remembered("x", model, snapshot(1.0, float(i)), lambda: 0)
    assert len(memory._KEPT) == memory._MOST_ANSWERS
    wide = snapshot(1.0, np.arange(memory._MOST_ROWS + 1.0))
    memory.remembered("x", model, wide, lambda: 0)
    assert len(memory._KEPT) == 1
    forget_answers()


def test_walking_together_gives_each_forest_its_own_leaves():
    draw = np.random.default_rng(2)

    def tree(depth):
        m = 2 ** (depth + 1) - 1
        inner = np.arange(2**depth - 1)
        left, right = np.arange(m), np.arange(m)
        left[inner], right[inner] = 2 * inner + 1, 2 * inner + 2
        return FlatForest(
            draw.integers(0, 3, m).astype(np.int32),
            draw.normal(size=m),
            draw.random(m) < 0.5,
            left.astype(np.int32),
            right.astype(np.int32),
            np.zeros(1, np.int32),
            draw.random((m, 1)),
            1,
            depth,
            np.zeros(1),
        )

    from invval_xl.models.flat import Grove

    small, large = tree(2), tree(9)
    x = draw.normal(size=(5_000, 3)).astype(np.float32)
    x[draw.random(x.shape) < 0.2] = np.nan
    together = Grove.of(small, large).leaves(x)
    for forest, leaves in zip((small, large), together, strict=True):
        node = np.zeros(len(x), int)
        for _ in range(forest.depth):
            value = x[np.arange(len(x)), forest.feature[node]]
            left = (value <= forest.threshold[node]) | (np.isnan(value) & forest.missing_left[node])
            node = np.where(left, forest.left[node], forest.right[node])
        np.testing.assert_array_equal(leaves[:, 0], node)
        few = np.concatenate([forest.leaves(x[i : i + 7]) for i in range(0, 140, 7)])
        np.testing.assert_array_equal(few[:, 0], node[:140])


def test_the_stretch_makes_the_narrowest_interval_hold_as_served():
    draw = np.random.default_rng(5)
    atoms = np.stack([np.zeros(9), np.linspace(0.05, 0.12, 9), np.linspace(0.13, 0.3, 9)])

    def fold(n=400):
        sure = draw.dirichlet([1, 3, 3], n)
        rates = tuple(
            RateDistribution(b, atoms, b @ atoms.mean(axis=1))
            for b in (sure, draw.dirichlet([1, 6, 1], n), draw.dirichlet([1, 1, 6], n))
        )
        return HeldOutCells(rates, draw.uniform(0.05, 0.4, n))

    three = [Calibration()] * 3
    factor = fit_stretch([fold(), fold()], three)
    assert factor > 1.0
    fresh = fold(4_000)
    width, start = np.full(4_000, np.inf), np.zeros(4_000)
    from invval_xl.models.interval import rate_interval

    for rates in fresh.rates:
        low, high = rate_interval(rates, Calibration())
        narrower = high - low < width
        width, start = np.where(narrower, high - low, width), np.where(narrower, low, start)
    covers = []
    for f in (1.0, factor):
        low, high = placed(*stretched(width, start, f), fresh.rates[-1].mean)
        covers.append(((fresh.actual >= low) & (fresh.actual <= high)).mean())
    assert covers[0] < 0.75
    assert 0.78 <= covers[1] <= 0.90
    assert fit_stretch([], three) == 1.0
