"""The nine foot tests: clean sets never fire; a planted break is found, named, with its dollars."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invval_xl.findings import Severity
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.tables.contracts import BALANCE_MEASURES
from invval_xl.terms import CostFlow
from tests.reserving.balance_sets import (
    ADD,
    TAKE,
    Shape,
    clean_rows,
    table_of,
    tables_of,
    with_control,
)
from tests.tables.builders import FEWER

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SEEDS = st.integers(0, 10_000)
SMALL, LARGE = Shape(most_units=6), Shape()


def prove(frame, **more):
    return prove_conservation(tables_of(frame, **more))


def coded(checked, code):
    return [f for f in checked.findings if f.code == code]


def said(checked):
    """Codes found, but for the notes on what was not tested."""
    return {f.code for f in checked.findings} - {"BS180", "BS181"}


def outcome(checked, number):
    return checked.value.tests[number - 1]


# Clean sets


@FEWER
@given(SEEDS, st.sampled_from([SMALL, Shape(most_units=60), LARGE, Shape(1, 1, 1), Shape(2, 2, 6)]))
def test_a_set_that_foots_never_fires(seed, shape):
    checked = prove(clean_rows(seed, shape))
    assert said(checked) == set()
    assert checked.value.conserved
    assert not len(checked.value.breaks)
    assert {t.status for t in checked.value.tests} <= {"passed", "not tested"}


@FEWER
@given(SEEDS)
def test_money_rounded_part_by_part_never_fires(seed):
    """Each figure of the money blocks rounded on its own, from figures with fractions of cents."""
    frame = clean_rows(seed)
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.5, 3.0)
    for name in frame.columns:
        if name.endswith(("_cost", "_retail")):
            frame[name] = (frame[name] * scale).round(2)
    assert said(prove(frame, ticket=False)) <= {"BS105"} - {"BS105"}


@FEWER
@given(SEEDS)
def test_totals_are_the_sums_and_foot_in_every_valuation(seed):
    frame = clean_rows(seed)
    conservation = prove(frame).value
    for (end, valuation), totals in conservation.totals.groupby(["period_end", "valuation"]):
        here = frame[frame["period_end"] == end]
        for line in totals.itertuples():
            expected = here[f"{line.measure}_{valuation}"].sum()
            assert line.total == pytest.approx(expected, abs=0.005)
        assert (totals["sign"] * totals["total"]).sum() == pytest.approx(0.0, abs=0.005)
    assert set(conservation.current_totals()["period_end"]) == {frame["period_end"].max()}


@FEWER
@given(SEEDS)
def test_eop_of_a_period_is_bop_of_the_next(seed):
    frame = clean_rows(seed, Shape(periods=5))
    checked = prove(frame)
    assert outcome(checked, 2).tested == 3 * 9 * 4
    shifted = frame.sort_values(["sku", "location", "period_end"])
    nxt = shifted.groupby(["sku", "location"]).shift(-1)
    linked = nxt["bop_cost"].notna()
    np.testing.assert_allclose(shifted["eop_cost"][linked], nxt["bop_cost"][linked])


# Planted breaks: strike one row, and know what must be found


def blocks_of(name):
    measure = next(m for m in BALANCE_MEASURES if m.name == name)
    return [b for b in ("units", "cost", "retail") if getattr(measure, b) is not None]


def missing_receipts(frame, at, rng):
    dollars = frame.loc[at, "receipts_cost"]
    for block in blocks_of("receipts"):
        frame.loc[at, f"receipts_{block}"] = rng.choice([0.0, np.nan])
    return dollars, "receipts_units"


def duplicate_receipts(frame, at, _):
    dollars = frame.loc[at, "receipts_cost"]
    for block in blocks_of("receipts"):
        frame.loc[at, f"receipts_{block}"] *= 2
    return dollars, "receipts_units"


def sign_flip(frame, at, rng):
    names = [
        n for n in (*ADD, *TAKE) if abs(frame.loc[at, f"{n}_units"]) > 20 and n != "adjustments"
    ]
    assume(names)
    name = str(rng.choice(names))
    dollars = 2 * frame.loc[at, f"{name}_cost"]
    for block in blocks_of(name):
        frame.loc[at, f"{name}_{block}"] *= -1
    return dollars, f"{name}_units"


def transposed_eop(frame, at, rng):
    digits = list(str(int(frame.loc[at, "eop_units"])))
    places = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]
    assume(places)
    i = int(rng.choice(places))
    digits[i], digits[i + 1] = digits[i + 1], digits[i]
    before = frame.loc[at, "eop_units"]
    assume(int("".join(digits)) > 0)
    frame.loc[at, "eop_units"] = float("".join(digits))
    wrong = abs(frame.loc[at, "eop_units"] - before)
    return wrong * frame.loc[at, "eop_cost"] / before, "eop_units"


def bop_not_prior_eop(frame, at, rng):
    share = 1 + float(rng.uniform(0.05, 0.3))
    before = frame.loc[at, "bop_cost"]
    for block in ("units", "cost", "retail"):
        value = frame.loc[at, f"bop_{block}"] * share
        frame.loc[at, f"bop_{block}"] = round(value, 0 if block == "units" else 2)
    return frame.loc[at, "bop_cost"] - before, "bop_units"


def cost_times_ten(frame, at, rng):
    factor = float(rng.choice([10, 100, 0.1]))
    name = str(rng.choice(["receipts_cost", "eop_cost"]))
    before = frame.loc[at, name]
    frame.loc[at, name] = round(before * factor, 2)
    return abs(frame.loc[at, name] - before), name


PLANTS = {
    "missing receipts": missing_receipts,
    "duplicate receipts": duplicate_receipts,
    "sign flip": sign_flip,
    "transposed EOP": transposed_eop,
    "BOP not equal to prior EOP": bop_not_prior_eop,
    "cost x 10": cost_times_ten,
}
CODES = {
    "missing receipts": "BS101", "duplicate receipts": "BS102", "sign flip": "BS103",
    "transposed EOP": "BS104", "BOP not equal to prior EOP": "BS105", "cost x 10": "BS106",
    "duplicate load": "BS107",
}  # fmt: skip


def planted(kind, seed, shape=LARGE):
    """A clean set with one break: the frame, the struck row, dollars and column."""
    frame = clean_rows(seed, shape)
    rng = np.random.default_rng([seed, 7])
    fit = (frame["receipts_units"] > 20) & (frame["eop_units"] > 20) & (frame["bop_units"] > 20)
    if kind == "BOP not equal to prior EOP":
        fit &= frame["period_end"] > frame["period_end"].min()
    assume(fit.any())
    at = int(rng.choice(np.flatnonzero(fit)))
    dollars, column = PLANTS[kind](frame, at, rng)
    return frame, at, dollars, column


@FEWER
@given(st.sampled_from(sorted(PLANTS)), SEEDS)
def test_a_planted_break_is_found_named_and_priced_at_its_cell(kind, seed):
    frame, at, dollars, column = planted(kind, seed)
    tables = tables_of(frame, ticket=False)
    checked = prove_conservation(tables)
    breaks = checked.value.breaks[checked.value.breaks["test"].isin([1, 2])]
    assert len(set(breaks["group"])) == 1
    assert set(breaks["kind"]) == {kind}
    row = frame.loc[at]
    assert set(breaks["sku"]) == {row["sku"]}
    assert set(breaks["location"]) == {row["location"]}
    assert set(breaks["period_end"]) == {row["period_end"]}
    assert tables.balance_set.cell(at, column) in set(breaks["cell"])
    found = coded(checked, CODES[kind])
    assert len(found) == 1
    assert found[0].severity is Severity.STOP
    assert found[0].dollars == pytest.approx(dollars, abs=0.02)
    assert found[0].cell == tables.balance_set.cell(at, column)
    assert checked.stopped
    assert not checked.value.conserved


@FEWER
@given(SEEDS, st.integers(1, 4))
def test_rows_loaded_twice_are_found_with_the_cost_that_stands_twice(seed, rows):
    frame = clean_rows(seed)
    picked = np.random.default_rng(seed).choice(len(frame), rows, replace=False)
    again = pd.concat([frame, frame.iloc[picked]], ignore_index=True)
    tables = tables_of(again, ticket=False, gl_inventory=prove(frame).value.eop_cost)
    checked = prove_conservation(tables)
    breaks = checked.value.breaks
    assert set(breaks["kind"]) == {"duplicate load"}
    assert breaks["group"].nunique() == rows
    assert sorted(set(breaks.loc[breaks["valuation"] == "units", "cell"])) == sorted(
        tables.balance_set.cell(len(frame) + i, "eop_units") for i in range(rows)
    )
    assert sum(f.dollars for f in coded(checked, "BS107")) == pytest.approx(
        frame["eop_cost"].iloc[picked].sum()
    )
    assert outcome(checked, 4).status == "passed"  # what stands twice is counted once


@FEWER
@given(SEEDS)
def test_a_row_with_every_movement_doubled_is_a_duplicate_load(seed):
    frame = clean_rows(seed)
    fit = (frame["receipts_units"] > 20) & (frame["sales_units"] > 20)
    fit &= (frame["eop_units"] - frame["bop_units"]).abs() > 20
    assume(fit.any())
    at = int(np.random.default_rng(seed).choice(np.flatnonzero(fit)))
    moves = [
        c
        for c in frame
        if c.endswith(("_units", "_cost", "_retail")) and c[:3] not in ("bop", "eop")
    ]
    frame.loc[at, moves] *= 2
    breaks = prove(frame, ticket=False).value.breaks
    assert set(breaks.loc[breaks["test"] == 1, "kind"]) == {"duplicate load"}


@FEWER
@given(SEEDS)
def test_a_row_added_to_itself_is_a_duplicate_load_with_its_cost(seed):
    """Loaded twice and summed: BOP, movements and EOP all stand double, and the row foots."""
    frame = clean_rows(seed, Shape(periods=4))
    ends = sorted(frame["period_end"].unique())
    fit = (frame["eop_units"] > 0) & (frame["bop_units"] > 0) & (frame["period_end"] == ends[2])
    assume(fit.any())
    at = int(np.random.default_rng(seed).choice(np.flatnonzero(fit)))
    dollars = frame.loc[at, "eop_cost"]
    frame.loc[at, [c for c in frame if c.endswith(("_units", "_cost", "_retail"))]] *= 2
    checked = prove(frame, ticket=False)
    found = coded(checked, "BS107")
    assert [f.dollars for f in found] == [pytest.approx(dollars, abs=0.01)]
    assert said(checked) <= {"BS107", "BS151"}


@FEWER
@given(SEEDS, st.sampled_from([10.0, 100.0, 0.1]))
def test_a_row_whose_whole_cost_stands_ten_times_too_high_is_found_though_it_foots(seed, factor):
    frame = clean_rows(seed, Shape(periods=4, revalue=False))
    middle = sorted(frame["period_end"].unique())[1]
    fit = (frame["eop_units"] > 20) & (frame["bop_units"] > 20) & (frame["period_end"] == middle)
    assume(fit.any())
    at = int(np.random.default_rng(seed).choice(np.flatnonzero(fit)))
    cost = [c for c in frame if c.endswith("_cost")]
    frame.loc[at, cost] = (frame.loc[at, cost].astype(float) * factor).round(2)
    checked = prove(frame, ticket=False)
    breaks = checked.value.breaks
    assert set(breaks.loc[breaks["test"].isin([1, 2]), "kind"]) == {"cost x 10"}
    assert len(coded(checked, "BS106")) == 1


@FEWER
@given(SEEDS, st.integers(0, 26), st.integers(0, 2), st.integers(1, 10**6).map(lambda c: c / 100))
def test_any_change_of_one_figure_beyond_rounding_is_found_with_its_dollars(
    seed, row, which, amount
):
    """Small figures, any row, any figure: whatever it is called, the difference is the plant."""
    frame = clean_rows(seed, SMALL)
    row = row % len(frame)
    column = ("eop_cost", "sales_cost", "receipts_cost")[which]
    assume(amount > 0.2)
    frame.loc[row, column] += amount
    checked = prove(frame, ticket=False)
    breaks = checked.value.breaks
    mine = breaks[(breaks["test"] == 1) & (breaks["valuation"] == "cost")]
    assert len(mine) == 1
    assert mine["dollars"].abs().iloc[0] == pytest.approx(amount, abs=0.005)
    assert checked.stopped


@FEWER
@given(st.sampled_from(sorted(PLANTS)), SEEDS, st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_changes_nothing(kind, seed, random):
    frame, *_ = planted(kind, seed)
    rows, columns = list(range(len(frame))), list(frame.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    one = prove(frame).value
    two = prove(frame.iloc[rows].reset_index(drop=True)[columns]).value
    keep = [
        "test",
        "sku",
        "location",
        "period_end",
        "valuation",
        "kind",
        "units",
        "dollars",
        "cause",
    ]
    order = ["test", "valuation", "sku", "location", "period_end", "kind"]
    pd.testing.assert_frame_equal(
        one.breaks[keep].sort_values(order, ignore_index=True),
        two.breaks[keep].sort_values(order, ignore_index=True),
    )
    assert [(t.tested, t.failed) for t in one.tests] == [(t.tested, t.failed) for t in two.tests]
    pd.testing.assert_frame_equal(
        one.totals.sort_values(["period_end", "valuation", "measure"], ignore_index=True),
        two.totals.sort_values(["period_end", "valuation", "measure"], ignore_index=True),
    )


@FEWER
@given(st.lists(st.sampled_from(sorted(PLANTS)), min_size=2, max_size=4), SEEDS)
def test_several_breaks_are_told_apart(kinds, seed):
    """One break a SKU-location, several at once: each is named as if it stood alone."""
    frame = clean_rows(seed, Shape(skus=4, periods=3))
    rng = np.random.default_rng([seed, 11])
    middle = sorted(frame["period_end"].unique())[1]
    fit = (frame["receipts_units"] > 20) & (frame["eop_units"] > 20) & (frame["bop_units"] > 20)
    rows = np.flatnonzero(fit & (frame["period_end"] == middle))
    assume(len(rows) >= len(kinds))
    truth = {}
    for at, kind in zip(rng.permutation(rows), kinds, strict=False):
        dollars, _ = PLANTS[kind](frame, int(at), rng)
        truth[(frame.loc[at, "sku"], frame.loc[at, "location"])] = (kind, dollars)
    breaks = prove(frame, ticket=False).value.breaks
    breaks = breaks[breaks["test"].isin([1, 2])]
    found = breaks.groupby(["sku", "location"])["kind"].agg(set).to_dict()
    assert found == {key: {kind} for key, (kind, _) in truth.items()}


# The revaluation nobody recorded


def drifting(seed, periods=4):
    """Units foot; cost is units at a unit cost that drifts from period to period."""
    frame = clean_rows(seed, Shape(periods=periods, revalue=False))
    keep = [c for c in frame if c.endswith("_units") or c in ("sku", "location", "period_end")]
    frame = frame[keep]
    rng = np.random.default_rng(seed)
    ends = sorted(frame["period_end"].unique())
    price = {s: float(rng.uniform(5, 50)) for s in frame["sku"].unique()}
    drift = {(s, e): p * float(rng.uniform(0.85, 1.15)) for s, p in price.items() for e in ends}
    unit = np.array([drift[k] for k in zip(frame["sku"], frame["period_end"], strict=True)])
    for name in [c for c in frame if c.endswith("_units")]:
        frame[name.replace("_units", "_cost")] = (frame[name] * unit).round(2)
    return frame


@FEWER
@given(SEEDS, st.booleans())
def test_drifting_unit_cost_without_a_column_is_said_as_revaluation_and_is_no_break(seed, in_row):
    frame = drifting(seed)
    if in_row:  # BOP carried forward, so that the drift falls into the row
        frame = frame.sort_values(["sku", "location", "period_end"], ignore_index=True)
        prior = frame.groupby(["sku", "location"])["eop_cost"].shift(1)
        frame["bop_cost"] = prior.fillna(frame["bop_cost"])
    checked = prove(frame)
    conservation = checked.value
    assert not len(conservation.breaks)
    assert said(checked) <= {"BS113", "BS114"}
    assert not checked.stopped
    additions = frame[[f"{n}_cost" for n in ADD if f"{n}_cost" in frame]].sum(axis=1)
    reductions = frame[[f"{n}_cost" for n in TAKE if f"{n}_cost" in frame]].sum(axis=1)
    now = frame["period_end"] == frame["period_end"].max()
    if in_row:
        expected = (frame["eop_cost"] - frame["bop_cost"] - additions + reductions)[now].sum()
        assert conservation.revaluation_not_recorded == pytest.approx(expected, abs=0.5)
        totals = conservation.current_totals().query("valuation == 'cost'")
        assert (totals["sign"] * totals["total"]).sum() == pytest.approx(0.0, abs=0.5)
    else:
        assert conservation.revaluation_not_recorded == 0.0


@FEWER
@given(SEEDS)
def test_with_the_revaluation_column_the_same_drift_foots(seed):
    frame = drifting(seed).sort_values(["sku", "location", "period_end"], ignore_index=True)
    prior = frame.groupby(["sku", "location"])["eop_cost"].shift(1)
    frame["bop_cost"] = prior.fillna(frame["bop_cost"])
    moved = sum(frame[f"{n}_cost"] for n in ADD) - sum(frame[f"{n}_cost"] for n in TAKE)
    frame["revaluation_cost"] = (frame["eop_cost"] - frame["bop_cost"] - moved).round(2)
    assert said(prove(frame)) == set()


@FEWER
@given(st.sampled_from(["missing receipts", "duplicate receipts", "cost x 10"]), SEEDS)
def test_a_break_among_drifting_costs_is_still_found(kind, seed):
    frame = drifting(seed)
    frame["receipts_retail"] = frame["receipts_units"]
    rng = np.random.default_rng([seed, 3])
    fit = (frame["receipts_units"] > 20) & (frame["eop_units"] > 20) & (frame["bop_units"] > 20)
    assume(fit.any())
    at = int(rng.choice(np.flatnonzero(fit)))
    PLANTS[kind](frame, at, rng)
    breaks = prove(frame).value.breaks
    assert set(breaks["kind"]) == {kind}


@pytest.mark.skipif(
    not (SHARED / "data/adventureworks_dw/balance_monthly.parquet").exists(),
    reason="../shared/data/adventureworks_dw is not here",
)
@pytest.mark.parametrize("carried", [False, True])
def test_a_real_set_of_26058_rows_made_by_others_foots_without_a_false_break(carried):
    """Units foot; dollars foot with a revaluation line, in the rows or between the periods."""
    raw = pd.read_parquet(SHARED / "data/adventureworks_dw/balance_monthly.parquet")
    ends = pd.to_datetime(raw["period"]) + pd.offsets.MonthEnd(0)
    frame = pd.DataFrame({
        "sku": raw["sku"].astype(object),
        "location": raw["ProductKey"].astype(str).astype(object),
        "period_end": ends.astype("datetime64[ns]"),
        "bop_units": raw["bop_units"].astype(float),
        "receipts_units": raw["receipts_units"].astype(float),
        "sales_units": raw["sales_units"].astype(float),
        "eop_units": raw["eop_units"].astype(float),
        "bop_cost": raw["bop_cost"],
        "receipts_cost": (raw["receipts_units"] * raw["unit_cost"]).round(2),
        "sales_cost": (raw["sales_units"] * raw["unit_cost"]).round(2),
        "eop_cost": raw["eop_cost"],
    })  # fmt: skip
    frame = frame.sort_values(["sku", "location", "period_end"], ignore_index=True)
    if carried:
        prior = frame.groupby(["sku", "location"])["eop_cost"].shift(1)
        frame["bop_cost"] = prior.fillna(frame["bop_cost"])
    checked = prove(frame, ticket=False)
    assert outcome(checked, 1).status == "passed"
    assert outcome(checked, 2).status == "passed"
    assert outcome(checked, 1).tested == 2 * 26_058
    assert not checked.stopped
    # Negative stock of earlier months is there and said; the last month has none.
    assert said(checked) == {"BS113", "BS114", "BS144"}
    assert set(checked.value.breaks["kind"]) == {"negative on-hand"}
    told = coded(checked, "BS144")
    assert [f.count for f in told] == [len(checked.value.breaks)]
    assert told[0].dollars == pytest.approx(checked.value.breaks["dollars"].abs().sum())
    drift = (
        raw["eop_cost"].groupby(raw["ProductKey"]).last().sum()
        - raw["bop_cost"].groupby(raw["ProductKey"]).last().sum()
    )
    last = raw[raw["period"] == raw["period"].max()]
    moved = ((last["receipts_units"] - last["sales_units"]) * last["unit_cost"]).sum()
    assert drift == pytest.approx(moved, abs=0.01)
    total = checked.value.revaluation_not_recorded + checked.value.opening_revaluation
    before = raw[raw["period"] == sorted(raw["period"].unique())[-2]]["eop_cost"].sum()
    assert total == pytest.approx(last["eop_cost"].sum() - before - moved, abs=5.0)


# The other tests by hand


def two(**cells):
    """Two rows of one SKU at two places that foot and tie; single cells replaced."""
    end = pd.Timestamp("2026-10-31")
    frame = pd.DataFrame({
        "sku": pd.Series(["A", "A"], dtype=object),
        "location": pd.Series(["S1", "S2"], dtype=object),
        "period_end": np.array([end, end], dtype="datetime64[ns]"),
        "bop_units": [10.0, 4.0], "receipts_units": [5.0, 0.0], "transfers_in_units": [0.0, 2.0],
        "sales_units": [3.0, 1.0], "transfers_out_units": [2.0, 0.0], "eop_units": [10.0, 5.0],
        "bop_cost": [100.0, 40.0], "receipts_cost": [50.0, 0.0], "transfers_in_cost": [0.0, 20.0],
        "sales_cost": [30.0, 10.0], "transfers_out_cost": [20.0, 0.0], "eop_cost": [100.0, 50.0],
    })  # fmt: skip
    for name, values in cells.items():
        frame[name] = values
    return frame


def test_two_rows_by_hand_are_clean_and_say_what_they_do_not_test():
    checked = prove(two())
    assert said(checked) == set()
    assert [t.status for t in checked.value.tests] == [
        "passed", "not tested", "passed", "passed", "not tested", "not tested", "passed",
        "not tested", "not tested",
    ]  # fmt: skip
    assert checked.value.absent == ("no retail block",)
    assert checked.value.eop_cost == 150.0
    assert checked.value.current_positions.tolist() == [0, 1]
    assert checked.value.current["unit_cost"].tolist() == [10.0, 10.0]


def test_half_a_transfer_is_found_with_its_units_and_dollars():
    frame = two(transfers_in_units=[0.0, 3.0], eop_units=[10.0, 6.0])
    checked = prove(frame)
    found = coded(checked, "BS150")
    assert [(f.dollars, f.severity) for f in found] == [(pytest.approx(150 / 16), Severity.STOP)]
    assert "+1 units" in found[0].message
    breaks = checked.value.breaks
    assert breaks.loc[breaks["test"] == 3, "units"].tolist() == [1.0]


def test_transfers_at_another_cost_are_said_and_do_not_stop():
    frame = two(transfers_in_cost=[0.0, 25.0], eop_cost=[100.0, 55.0])
    checked = prove(frame)
    assert [f.dollars for f in coded(checked, "BS151")] == [5.0]
    assert not checked.stopped


def test_the_ledger_must_hold_what_the_balance_set_holds():
    checked = prove(two(), gl_inventory=149.0)
    found = coded(checked, "BS130")
    assert [(f.sheet, f.cell, f.dollars) for f in found] == [("Control", "B7", 1.0)]
    assert "+1.00" in found[0].message
    assert outcome(checked, 4).failed == 1
    assert not prove(two(), gl_inventory=150.004).stopped


def test_an_unknown_ledger_balance_is_not_tested_and_not_passed():
    checked = prove_conservation(with_control(tables_of(two()), gl_inventory=np.nan))
    assert outcome(checked, 4).status == "not tested"


def places(**types):
    names = list(types)
    return pd.DataFrame({
        "location": pd.Series(names, dtype=object),
        "type": pd.Series([types[n][0] for n in names], dtype=object),
        "parent": pd.Series([types[n][1] for n in names], dtype=object),
    })  # fmt: skip


def test_goods_of_others_are_left_out_of_the_tie_or_in_as_the_ledger_has_it():
    locations = places(S1=("store", ""), S2=("consignment", ""))
    out = prove(two(), gl_inventory=100.0, others={"Locations": locations})
    assert outcome(out, 4).status == "passed"
    assert out.value.eop_cost == 100.0
    inside = prove(two(), gl_inventory=150.0, others={"Locations": locations})
    assert outcome(inside, 4).status == "passed"
    assert inside.value.eop_cost == 150.0
    neither = prove(two(), gl_inventory=120.0, others={"Locations": locations})
    assert [f.dollars for f in coded(neither, "BS130")] == [20.0]


@pytest.mark.parametrize(
    ("cells", "code", "dollars", "cell"),
    [
        ({"bop_units": [-5.0, 4.0], "eop_units": [-5.0, 5.0], "bop_cost": [-50.0, 40.0],
          "eop_cost": [-50.0, 50.0]}, "BS140", 50.0, "I2"),
        ({"bop_cost": [0.0, 40.0], "eop_cost": [0.0, 50.0]}, "BS141", 0.0, "I2"),
        ({"bop_units": [0.0, 4.0], "eop_units": [0.0, 5.0]}, "BS142", 100.0, "O2"),
        ({"bop_cost": [-200.0, 40.0], "eop_cost": [-200.0, 50.0]}, "BS143", 200.0, "O2"),
    ],
)  # fmt: skip
def test_impossible_stock_stops_and_names_the_paragraph(cells, code, dollars, cell):
    checked = prove(two(**cells))
    found = coded(checked, code)
    assert [f.cell for f in found] == [cell]
    assert found[0].dollars == pytest.approx(dollars)
    assert found[0].severity is Severity.STOP
    assert "IAS 2" in found[0].paragraph


def test_goods_of_others_may_have_no_cost():
    cells = {"bop_cost": [0.0, 40.0], "receipts_cost": [0.0, 0.0], "sales_cost": [0.0, 10.0],
             "transfers_out_cost": [20.0, 0.0], "eop_cost": [-20.0, 50.0]}  # fmt: skip
    cells |= {"transfers_out_cost": [0.0, 0.0], "transfers_in_cost": [0.0, 0.0],
              "eop_cost": [0.0, 30.0]}  # fmt: skip
    locations = places(S1=("consignment", ""), S2=("store", ""))
    checked = prove(two(**cells), gl_inventory=30.0, others={"Locations": locations})
    assert not coded(checked, "BS141")


def layers(*rows):
    names = ["sku", "location", "receipt_date", "units_remaining", "unit_cost"]
    frame = pd.DataFrame(rows, columns=names)
    frame["receipt_date"] = (
        pd.to_datetime(frame["receipt_date"]).to_numpy().astype("datetime64[ns]")
    )
    return {"CostLayers": frame.astype({"sku": object, "location": object})}


GOOD = (("A", "S1", "2026-05-01", 4.0, 9.0), ("A", "S1", "2026-09-01", 6.0, 64 / 6),
        ("A", "S2", "2026-05-01", 5.0, 10.0))  # fmt: skip


def test_layers_that_sum_to_eop_pass_and_average_cost_lies_among_them():
    checked = prove(two(), cost_method=CostFlow.FIFO, others=layers(*GOOD))
    assert said(checked) == set()
    assert (outcome(checked, 5).status, outcome(checked, 6).status) == ("passed", "passed")


def test_layers_that_hold_other_units_stop_with_the_dollars_of_the_difference():
    short = (*GOOD[:1], ("A", "S1", "2026-09-01", 5.0, 64 / 6), GOOD[2])
    checked = prove(two(), cost_method=CostFlow.FIFO, others=layers(*short))
    assert [(f.cell, f.dollars) for f in coded(checked, "CL101")] == [("I2", 10.0)]
    assert checked.stopped


@pytest.mark.parametrize(
    ("method", "code", "stops"),
    [(CostFlow.FIFO, "CL102", True), (CostFlow.AVERAGE, "CL103", False)],
)
def test_layers_at_another_cost_stop_where_they_are_the_book(method, code, stops):
    dear = (("A", "S1", "2026-05-01", 10.0, 10.5), GOOD[2])
    checked = prove(two(), cost_method=method, others=layers(*dear))
    assert [f.dollars for f in coded(checked, code)] == [5.0]
    assert checked.stopped is stops
    assert [f.dollars for f in coded(checked, "CL106")] == [pytest.approx(5.0)]


def test_stock_without_layers_is_said_and_layers_without_stock_stop():
    checked = prove(two(), others=layers(GOOD[2], ("Z", "S1", "2026-05-01", 3.0, 2.0)))
    assert [(f.cell, f.dollars) for f in coded(checked, "CL104")] == [("I2", 100.0)]
    assert [(f.sheet, f.cell, f.dollars) for f in coded(checked, "CL105")] == [
        ("CostLayers", "A3", 6.0)
    ]


def test_a_layer_dated_after_the_period_is_said():
    late = (*GOOD[:2], ("A", "S2", "2026-11-02", 5.0, 10.0))
    assert [f.dollars for f in coded(prove(two(), others=layers(*late)), "CL108")] == [50.0]


def hierarchy(parent_units=15.0, parent_cost=150.0):
    top = two().iloc[[0]].copy()
    for name in top.columns[3:]:
        top[name] = two()[name].sum()
    top["location"], top["eop_units"], top["eop_cost"] = "ALL", parent_units, parent_cost
    b = two().assign(sku="B")
    b_top = top.assign(sku="B", eop_units=15.0, eop_cost=150.0)
    c = two().assign(sku="C")
    c_top = b_top.assign(sku="C")
    locations = places(S1=("store", "ALL"), S2=("store", "ALL"), ALL=("dc", ""))
    frame = pd.concat([two(), top, b, b_top, c, c_top], ignore_index=True)
    return frame, {"Locations": locations}


def test_a_parent_that_repeats_its_children_is_tested_and_not_counted_twice():
    frame, others = hierarchy()
    checked = prove(frame, gl_inventory=450.0, others=others)
    assert outcome(checked, 8).status == "passed"
    assert said(checked) == {"BS160"}
    assert [f.dollars for f in coded(checked, "BS160")] == [450.0]
    assert checked.value.eop_cost == 450.0
    assert "ALL" not in set(checked.value.current["location"])
    totals = checked.value.current_totals().query("valuation == 'units' and measure == 'eop'")
    assert totals["total"].tolist() == [45.0]


def test_a_parent_that_differs_from_its_children_stops_with_the_difference():
    frame, others = hierarchy(parent_units=16.0, parent_cost=160.0)
    checked = prove(frame, gl_inventory=450.0, others=others)
    assert [(f.cell, f.dollars) for f in coded(checked, "BS161")] == [("I4", 10.0)]


def test_a_parent_with_stock_of_its_own_is_counted():
    locations = places(S1=("dc", ""), S2=("store", "S1"))
    checked = prove(two(), others={"Locations": locations})
    assert said(checked) == set()
    assert checked.value.eop_cost == 150.0
    assert "S1" in outcome(checked, 8).note


def test_retail_that_is_not_units_at_ticket_is_said_with_its_dollars():
    frame = clean_rows(3)
    tables = tables_of(frame)
    at = int(np.flatnonzero((frame["period_end"] == frame["period_end"].max())
                            & (frame["eop_units"] > 0))[0])  # fmt: skip
    frame.loc[at, ["eop_retail", "markdowns_retail"]] = [frame.loc[at, "eop_retail"] - 7.5, 7.5]
    frame["markdowns_retail"] = frame["markdowns_retail"].fillna(0.0)
    tables = tables_of(frame, ticket=False)
    tables = tables_of(frame, others={"ItemMaster": tables_of(clean_rows(3)).item_master.frame})
    checked = prove_conservation(tables)
    assert [(f.cell, f.dollars) for f in coded(checked, "BS170")] == [
        (tables.balance_set.cell(at, "eop_retail"), pytest.approx(7.5))
    ]
    assert not checked.stopped


def test_stock_that_is_not_carried_forward_stops():
    frame = clean_rows(1)
    last = frame["period_end"].max()
    gone = frame[
        (frame["period_end"] < last) | (frame["location"] != "S2") | (frame["sku"] != "00000")
    ]
    before = frame[(frame["sku"] == "00000") & (frame["location"] == "S2")].iloc[-2]
    assert before["eop_units"] > 0
    checked = prove(gone.reset_index(drop=True), ticket=False)
    assert [f.dollars for f in coded(checked, "BS111")] == [pytest.approx(before["eop_cost"])]


def test_opening_stock_of_a_key_that_was_never_there_is_said():
    frame = clean_rows(1)
    first = frame["period_end"].min()
    late = frame[
        (frame["period_end"] > first) | (frame["location"] != "S2") | (frame["sku"] != "00000")
    ]
    checked = prove(late.reset_index(drop=True), ticket=False)
    assert len(coded(checked, "BS112")) == 1
    assert not checked.stopped


def test_a_gap_is_bridged_where_the_balance_is_carried_over_it_and_found_where_not():
    frame = clean_rows(2, Shape(periods=3))
    middle = sorted(frame["period_end"].unique())[1]
    one = (frame["sku"] == "00000") & (frame["location"] == "S2")
    still = frame.copy()
    rest = frame[one & (frame["period_end"] == middle)].iloc[0]
    gap = still[~(one & (still["period_end"] == middle))].reset_index(drop=True)
    checked = prove(gap, ticket=False)
    assert "1 link(s) over periods without a row" in outcome(checked, 2).note
    assert [f.code for f in checked.findings if f.code == "BS105"] == (
        ["BS105"] if rest["bop_units"] != rest["eop_units"] else []
    )


def test_one_period_alone_is_not_tested_for_continuity():
    assert outcome(prove(clean_rows(5, Shape(periods=1))), 2).status == "not tested"


def test_rows_after_the_period_end_are_left_out():
    frame = clean_rows(6, Shape(periods=3))
    middle = sorted(frame["period_end"].unique())[1]
    tables = tables_of(frame)
    here = frame[frame["period_end"] == middle]
    tables = with_control(tables, period_end=pd.Timestamp(middle).date(),
                          gl_inventory=round(here["eop_cost"].sum(), 2))  # fmt: skip
    checked = prove_conservation(tables)
    assert said(checked) <= {"BS170"}
    assert checked.value.totals["period_end"].max() == middle
    assert set(checked.value.current["period_end"]) == {middle}


def test_a_unit_cost_ten_times_that_of_the_other_locations_is_said():
    frame = clean_rows(8, Shape(skus=1, places=4, periods=1, revalue=False))
    assert (frame["eop_units"] > 0).all()
    cost = [c for c in frame if c.endswith("_cost")]
    frame.loc[2, cost] = (frame.loc[2, cost].astype(float) * 10).round(2)
    checked = prove(frame, ticket=False)
    found = coded(checked, "BS145")
    assert [f.dollars for f in found] == [pytest.approx(frame.loc[2, "eop_cost"] * 0.9)]


def test_unknown_figures_are_not_tested_and_not_passed():
    frame = two(eop_cost=[np.nan, 50.0])
    checked = prove(frame, gl_inventory=50.0)
    assert "1 row(s) unknown in cost" in outcome(checked, 1).note
    assert "1 EOP unknown" in outcome(checked, 4).note


def test_an_empty_set_proves_nothing_and_fails_nothing():
    frame = two().iloc[:0]
    tables = tables_of(two())
    tables = type(tables)(
        tables.control,
        {**tables.by_name, "BalanceSet": table_of("BalanceSet", frame)},
        tables.facts,
    )
    checked = prove_conservation(tables)
    assert {t.status for t in checked.value.tests} == {"not tested"}
    assert isinstance(checked.value.period_end, dt.date)


@FEWER
@given(SEEDS, st.booleans())
def test_in_the_last_period_swapped_digits_tell_a_slip_from_missing_receipts(seed, at_cost_too):
    """No next BOP to ask: EOP with two of three or more digits swapped is a slip of the pen."""
    frame = clean_rows(seed)
    fit = (frame["period_end"] == frame["period_end"].max()) & (frame["eop_units"] > 120)
    assume(fit.any())
    at = int(np.random.default_rng(seed).choice(np.flatnonzero(fit)))
    before = frame.loc[at, "eop_units"]
    transposed_eop(frame, at, np.random.default_rng(seed))
    after = frame.loc[at, "eop_units"]
    assume(min(before, after) >= 100)
    if at_cost_too:
        frame.loc[at, "eop_cost"] = round(frame.loc[at, "eop_cost"] * after / before, 2)
    breaks = prove(frame, ticket=False).value.breaks
    breaks = breaks[breaks["test"] == 1]
    assert set(breaks.loc[breaks["valuation"] == "units", "kind"]) == {"transposed EOP"}
    assert len(set(breaks["group"])) == 1


@FEWER
@given(SEEDS)
def test_units_of_bop_alone_are_priced_at_the_unit_cost_that_is_right(seed):
    frame = clean_rows(seed)
    first = frame["period_end"].min()
    fit = (frame["period_end"] > first) & (frame["eop_units"] > 20) & (frame["bop_units"] > 20)
    assume(fit.any())
    at = int(np.random.default_rng(seed).choice(np.flatnonzero(fit)))
    frame.loc[at, "bop_units"] += 7
    found = coded(prove(frame, ticket=False), "BS105")
    average = frame.loc[at, "eop_cost"] / frame.loc[at, "eop_units"]
    assert [f.dollars for f in found] == [pytest.approx(7 * average, rel=1e-6)]
