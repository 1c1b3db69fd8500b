"""A small retailer with a known mechanism, and a model trained on it once a session."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from invval_xl.models.events import Stream, make_events
from invval_xl.models.forest_pair import Caps
from invval_xl.models.train import Parameters, train


def small_events(seed=5, n=240, days=560):
    """Weekly sales; some items die, some are cut in price; stock counted monthly."""
    draw = np.random.default_rng(seed)
    start = 20_000
    rate = draw.gamma(2.0, 6.0, n)
    dies = np.where(draw.random(n) < 0.45, start + draw.integers(90, days, n), 10**6)
    cut_from = np.where(draw.random(n) < 0.4, start + draw.integers(60, days, n), 10**6)
    depth = draw.uniform(0.15, 0.4, n)
    price = draw.uniform(8, 60, n).round(2)
    item, day, units, value = [], [], [], []
    for d in range(start, start + days, 7):
        sold = draw.poisson(rate * np.where(d >= dies, 0.01, 1.0))
        rows = np.flatnonzero(sold)
        now = price * np.where(d >= cut_from, 1 - depth, 1.0)
        item.append(rows)
        day.append(np.full(len(rows), d))
        units.append(sold[rows])
        value.append(sold[rows] * now[rows])
    item, day = np.concatenate(item), np.concatenate(day)
    units, value = np.concatenate(units).astype(float), np.concatenate(value)
    counts = np.arange(start + 20, start + days, 30)
    on_hand = np.maximum(draw.poisson(rate * 8)[:, None] + np.zeros((1, len(counts))), 5.0)
    stock_item = np.repeat(np.arange(n), len(counts))
    return make_events(
        sku=np.array([f"{i:05d}" for i in range(n)], dtype=object),
        location=np.full(n, "S01", dtype=object),
        sales=Stream(
            item, day, {"units": units, "value": value, "list_value": units * price[item]}
        ),
        stock=Stream(
            stock_item,
            np.tile(counts, n),
            {"units": on_hand.reshape(-1), "cost": (on_hand * price[:, None] * 0.5).reshape(-1)},
        ),
        receipts=Stream(np.arange(n), np.full(n, start), {"units": np.full(n, 1e6)}),
        category=np.array([f"C{i % 4}" for i in range(n)], dtype=object),
    )


@pytest.fixture(scope="session")
def events():
    return small_events()


@pytest.fixture(scope="session")
def model(events):
    caps = Caps(rounds=15, leaves=7, forest_trees=8, max_rows=2_500)
    return train(events, parameters=Parameters(caps=caps))


@pytest.fixture(scope="session")
def datasets():
    """The loaders of the shared sets (``tests/models/datasets.py``)."""
    path = Path(__file__).with_name("datasets.py")
    spec = importlib.util.spec_from_file_location("invval_test_datasets", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
