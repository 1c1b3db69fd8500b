"""The same seed gives the same retailer anywhere, another seed another; its shares are kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pandas as pd
import pytest

from invval_xl.sources.demo import DEFAULT_SEED, generate, inject
from tests.bench.generator_shares import shares, top_fifth_share

_PRINT_HASH = """
from tests.sources.test_demo_randomness import fingerprint
from invval_xl.sources.demo import generate
print(fingerprint(generate(items=20, locations=2, seed=5)))
"""


def fingerprint(retailer) -> str:
    digest = hashlib.sha256()
    for group in (retailer.frames, retailer.truth, {"events": retailer.events}):
        for name, frame in sorted(group.items()):
            digest.update(name.encode())
            digest.update(frame.to_csv(index=False).encode())
    return digest.hexdigest()


def test_another_process_with_another_hash_seed_makes_the_same_retailer():
    here = fingerprint(generate(items=20, locations=2, seed=5))
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _PRINT_HASH],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert done.stdout.strip() == here


def test_another_seed_makes_another_retailer():
    one = generate(items=20, locations=2, seed=5, future_weeks=0)
    two = generate(items=20, locations=2, seed=6, future_weeks=0)
    assert fingerprint(one) != fingerprint(two)


def test_the_weeks_after_the_as_of_date_change_nothing_before_it():
    with_truth = generate(items=20, locations=2, seed=5)
    without = generate(items=20, locations=2, seed=5, future_weeks=0)
    for name, frame in with_truth.frames.items():
        pd.testing.assert_frame_equal(frame, without.frames[name])


@pytest.mark.parametrize("seed", [7, 8])
def test_shares_of_a_larger_retailer_are_those_of_modelling_section_6(seed):
    made = generate(items=600, seed=seed, keep_events=False)
    assert 0.72 <= top_fifth_share(made) <= 0.82
    for share in shares(made).values():
        assert 0.15 <= share["obsolete"] <= 0.30
        assert 0.12 <= share["markdown"] <= 0.20


def test_shares_of_the_worked_example_are_those_of_modelling_section_6(retailer):
    assert retailer.seed == DEFAULT_SEED
    assert 0.75 <= top_fifth_share(retailer) <= 0.80
    for share in shares(retailer).values():
        assert 0.15 <= share["obsolete"] <= 0.30
        assert 0.12 <= share["markdown"] <= 0.20


def test_bad_suppliers_items_come_back_far_more_often(retailer):
    sales = retailer.frames["SalesHistory"].merge(
        retailer.frames["ItemMaster"][["sku", "supplier"]], on="sku"
    )
    rates = sales.groupby("supplier")[["returned_units", "units"]].sum()
    rate = rates["returned_units"] / rates["units"]
    bad = retailer.truth["suppliers"]["supplier"]
    assert len(bad) == 2
    assert rate[bad].min() > 2 * rate.drop(bad).max()


def test_a_superseded_item_all_but_stops_selling(retailer):
    events = retailer.events.query("measure == 'sales' and block == 'units'")
    gone = retailer.truth["supersessions"]
    assert len(gone) >= 5
    before = after = 0.0
    for sku, day in zip(gone["sku"], gone["date"], strict=True):
        sold = events[events["sku"] == sku].set_index("week_end")["value"]
        window = pd.Timedelta(weeks=12)
        before += sold[(sold.index > day - window) & (sold.index < day)].sum()
        after += sold[(sold.index >= day) & (sold.index < day + window)].sum()
    assert after < 0.2 * before


def test_an_outage_leaves_the_supplier_without_receipts(retailer):
    outage = retailer.truth["episodes"].set_index("episode").loc["stock-out"]
    supplier = outage["scope"].removeprefix("supplier:")
    items = retailer.frames["ItemMaster"].set_index("supplier").loc[supplier, "sku"]
    bought_once = retailer.truth["plans"].query("one_time_buy")["sku"]
    arrived = retailer.events.query("measure == 'receipts' and block == 'units'")
    replenished = arrived[arrived["sku"].isin(items) & ~arrived["sku"].isin(bought_once)]
    first = replenished.groupby(["sku", "location"])["week_end"].transform("min")
    during = replenished["week_end"].between(outage["first_date"], outage["last_date"])
    assert len(replenished)
    assert not (during & (replenished["week_end"] > first)).any()


def test_breaks_are_the_same_for_the_same_seed(small):
    kinds = ["sign flip", "duplicate load"]
    one, other = (inject(small, kinds, seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(one[1], other[1])
    pd.testing.assert_frame_equal(one[0].frames["BalanceSet"], other[0].frames["BalanceSet"])
    assert not one[1].equals(inject(small, kinds, seed=10)[1])
