"""Cohorts with a known truth."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from invval_xl.monitoring.backtest import Cohort

CATEGORIES = ("Apparel", "Footwear", "Home")


def cohort(close, *, model=1.0, rule=1.4, seed=0, lines=60, scale=None, with_model=True):
    """One close: realised losses drawn, each method a multiple of them plus noise of its own."""
    draw = np.random.default_rng([seed, close.toordinal()])
    category = np.array([CATEGORIES[i % 3] for i in range(lines)], dtype=object)
    cost = draw.gamma(2.0, 500.0, lines).round(2)
    loss = (cost * np.where(draw.random(lines) < 0.4, draw.uniform(0.1, 0.6, lines), 0.0)).round(2)
    factor = np.full(lines, model) if scale is None else np.array([scale[c] for c in category])
    cut = np.where(draw.random(lines) < 0.5, draw.uniform(0.05, 0.4, lines), 0.0)
    rate = np.clip(cut + draw.normal(0, 0.04, lines), 0, 1)
    rows = pd.DataFrame(
        {
            "sku": np.array([f"{i:05d}" for i in range(lines)], dtype=object),
            "location": "S01",
            "description": "thing",
            "category": category,
            "supplier": np.array([f"Vendor {i % 4}" for i in range(lines)], dtype=object),
            "tier": np.array(
                [("green", "yellow", "orange", "red")[i % 4] for i in range(lines)], dtype=object
            ),
            "age_days": draw.uniform(0, 800, lines),
            "units": 10.0,
            "cost": cost,
            "rule": (rule * loss).round(2),
            "model": (factor * loss).round(2) if with_model else np.nan,
            "age_receipt": (0.4 * cost).round(2),
            "age_last_sale": (0.02 * cost).round(2),
            "refitted_table": (0.6 * loss).round(2) if with_model else np.nan,
            "flat_rate": (0.1 * cost).round(2),
            "low": (0.5 * loss).round(2),
            "high": (2 * loss).round(2),
            "rate": cut,
            "rate_low": np.clip(cut - 0.06, 0, 1),
            "rate_high": np.clip(cut + 0.06, 0, 1),
            "p_obsolete": 0.2,
            "p_markdown": 0.2,
            "price": 20.0,
            "daily_rate": 0.1,
            "days_since_last_sale": 5.0,
            "units_left": 1.0,
            "net_proceeds": (cost - loss).round(2),
            "loss_sold": (0.25 * loss).round(2),
            "loss_disposed": (0.25 * loss).round(2),
            "loss_scrapped": 0.0,
            "loss_left": (loss - 2 * (0.25 * loss).round(2)).round(2),
            "rate_realised": rate,
        }
    )
    return Cohort(close, rows, "abcdef123456" if with_model else "", "" if with_model else "short")


@pytest.fixture
def closes():
    return [dt.date(2025, m, 28) for m in (1, 4, 7, 10)]


@pytest.fixture
def make_cohort():
    return cohort
