"""The generated books foot by every road we know, and hold what accounting.md F says of 47382."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invval_xl.findings import MisuseError
from invval_xl.sources.demo import generate
from invval_xl.tables.contracts import CONTRACTS, CONTROL_SETTINGS
from tests.sources.recomputed import (
    BLOCKS,
    EFFECT,
    KEYS,
    balances,
    discontinuity,
    footing,
    last_period,
    layer_totals,
    month_end,
)


def assert_books_foot(retailer):
    book = retailer.frames["BalanceSet"]
    for block in BLOCKS:
        assert (footing(book, block) == 0).all()
        assert (discontinuity(book, block) == 0).all()
    closing = last_period(book)
    layers = layer_totals(retailer.frames["CostLayers"]).reindex(closing.index, fill_value=0.0)
    assert (layers["units_remaining"] == closing["eop_units"]).all()
    assert ((layers["cost"] - closing["eop_cost"]).abs() < 0.005).all()
    tickets = retailer.frames["ItemMaster"].set_index("sku")["ticket_price"]
    at_ticket = closing["eop_units"] * tickets.loc[closing.index.get_level_values(0)].to_numpy()
    assert ((at_ticket - closing["eop_retail"]).abs() < 0.005).all()
    moved = book.groupby("period_end")[
        [f"transfers_{way}_{block}" for way in ("in", "out") for block in BLOCKS]
    ].sum()
    for block in BLOCKS:
        net = moved[f"transfers_in_{block}"] - moved[f"transfers_out_{block}"]
        assert (net.abs() < 0.005).all()
    control = retailer.frames["Control"].set_index("setting")["value"]
    assert closing["eop_cost"].sum() == pytest.approx(control["gl_inventory"], abs=0.005)
    opening = retailer.frames["OpeningReserve"]["opening_reserve"].sum()
    assert opening == pytest.approx(control["gl_reserve"], abs=0.005)
    assert (book["eop_units"] >= 0).all()
    assert ((book["eop_units"] > 0) == (book["eop_cost"] > 0)).all()


def test_weekly_postings_alone_give_every_closing_balance_of_the_balance_set(retailer):
    book = retailer.frames["BalanceSet"]
    for block in BLOCKS:
        running = balances(retailer.events, block)
        joined = book.merge(running, on=[*KEYS, "period_end"], how="left")
        assert joined["running"].notna().all()
        assert ((joined["running"] - joined[f"eop_{block}"]).abs() < 0.005).all()


def test_every_line_of_the_balance_set_is_the_sum_of_its_weekly_postings(retailer):
    book = retailer.frames["BalanceSet"]
    events = retailer.events
    events = events[events["week_end"] <= pd.Timestamp(retailer.as_of)]
    period = month_end(events["week_end"]).rename("period_end")
    kept = period >= book["period_end"].min()
    posted = events[kept].groupby([period[kept], events["measure"], events["block"]])["value"].sum()
    for measure, effect in EFFECT.items():
        for block, has in zip(BLOCKS, effect, strict=True):
            if has:
                reported = book.groupby("period_end")[f"{measure}_{block}"].sum()
                expected = reported.index.map(lambda p: posted.get((p, measure, block), 0.0))  # noqa: B023
                assert np.allclose(reported, expected, rtol=0, atol=0.005)


def test_units_cost_and_retail_foot_and_tie_to_layers_tickets_and_ledger(retailer):
    assert_books_foot(retailer)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    items=st.integers(10, 24),
    locations=st.integers(1, 6),
    weeks=st.integers(130, 140),
)
def test_books_foot_for_any_seed_and_size(seed, items, locations, weeks):
    made = generate(
        items=items, locations=locations, weeks=weeks, seed=seed, future_weeks=0, keep_events=False
    )
    assert_books_foot(made)


def test_sales_history_agrees_with_the_balance_set_month_by_month(retailer):
    sales, book = retailer.frames["SalesHistory"], retailer.frames["BalanceSet"]
    months = month_end(sales["date"])
    whole = months > months.min()  # the first month may have begun before the lines kept
    by_month = sales[whole].groupby([months[whole], "sku", "location"])
    lines = by_month[["units", "net_sales", "cogs", "returned_units"]].sum()
    reported = book.set_index(["period_end", *KEYS]).reindex(lines.index)
    assert (lines["units"] == reported["sales_units"]).all()
    assert ((lines["net_sales"] - reported["sales_retail"]).abs() < 0.005).all()
    assert ((lines["cogs"] - reported["sales_cost"]).abs() < 0.005).all()
    assert (lines["returned_units"] == reported["customer_returns_units"]).all()
    foots = sales["gross_retail"] - sales["discount"] - sales["net_sales"]
    assert (foots.abs() < 0.005).all()


def test_every_measure_of_the_balance_set_but_write_downs_moves_somewhere(retailer):
    book = retailer.frames["BalanceSet"]
    still = [c for c in book.columns[3:] if not book[c].abs().sum()]
    assert still == ["write_downs_cost"]


def test_frames_hold_only_contract_columns_of_the_contract_kind(retailer):
    for name, frame in retailer.frames.items():
        if name == "Control":
            assert frame["setting"].tolist() == [s.name for s in CONTROL_SETTINGS]
            continue
        contract = CONTRACTS[name]
        known = {c.name: c for c in contract.columns}
        assert set(frame.columns) <= set(known)
        assert {c.name for c in contract.columns if c.required} <= set(frame.columns)
        for column in frame.columns:
            kind = known[column].kind.value
            if kind == "date":
                assert frame[column].dtype == np.dtype("datetime64[ns]")
            elif kind in {"key", "text", "choice"}:
                assert frame[column].map(lambda v: v is None or isinstance(v, str)).all()
            else:
                assert frame[column].dtype == np.float64
        if contract.key:
            assert not frame.duplicated(list(contract.key)).any()


def test_balance_set_covers_24_months_and_sales_two_years(retailer):
    periods = retailer.frames["BalanceSet"]["period_end"].drop_duplicates().sort_values()
    assert len(periods) == 24
    assert periods.iloc[-1] == pd.Timestamp("2026-10-31")
    dates = retailer.frames["SalesHistory"]["date"]
    assert dates.max() == pd.Timestamp("2026-10-31")
    assert dates.min() == pd.Timestamp("2024-11-09")
    assert len(retailer.frames["ItemMaster"]) == 120
    assert retailer.frames["ItemMaster"]["sku"].str.startswith("0").any()


def test_study_item_has_the_facts_of_accounting_section_f(retailer):
    study = {n: f[f["sku"] == "47382"] for n, f in retailer.frames.items() if "sku" in f}
    closing = study["BalanceSet"].iloc[-1]
    assert (closing["eop_units"], closing["eop_cost"]) == (1250.0, 42500.0)
    assert len(set(study["BalanceSet"]["location"])) == 1
    layer = study["CostLayers"]
    assert len(layer) == 1
    as_of = pd.Timestamp(retailer.as_of)
    assert (as_of - layer["receipt_date"].iloc[0]).days == 147
    assert layer[["units_remaining", "unit_cost"]].to_numpy().tolist() == [[1250.0, 34.0]]
    sales = study["SalesHistory"]
    ages = (as_of - sales["date"]).dt.days
    assert sales.loc[ages < 30, "units"].sum() == 18
    recent = sales[ages < 90]
    assert recent["units"].sum() == 89
    assert recent["net_sales"].sum() / recent["units"].sum() == 52.0
    quotes = study["MarketPrices"].sort_values("date")
    assert quotes["price"].iloc[-1] == 48.0
    assert quotes["date"].iloc[-1] <= as_of
    assert study["ItemMaster"]["ticket_price"].iloc[0] >= 52.0


def test_what_section_f_says_is_not_given_stays_missing(retailer):
    frames = retailer.frames
    item = frames["ItemMaster"].set_index("sku").loc["47382"]
    for column in (
        "normal_profit_rate",
        "replacement_cost",
        "vendor_return_rate",
        "lead_time_days",
    ):
        assert pd.isna(item[column])
    for sheet in ("FirmOrders", "PurchaseCommitments", "Quality", "Disposals", "OpeningReserve"):
        assert "47382" not in set(frames[sheet]["sku"])
    own = frames["Assumptions"].set_index(["name", "scope"])["value"]
    assert own["markdown_probability", "sku:47382"] == "0.22"
    assert own["markdown_rate", "sku:47382"] == "0.25"
    sampled = own.loc["markdown_sample_size"].index
    assert not {"sku:47382", f"category:{item['category']}", "all"} & set(sampled)


def test_opening_reserve_stands_on_units_that_did_not_move_and_were_there(retailer):
    opening = retailer.frames["OpeningReserve"].set_index(KEYS)
    assert len(opening) > 5
    month = last_period(retailer.frames["BalanceSet"]).loc[opening.index]
    assert (month["bop_units"] == opening["opening_units"]).all()
    assert (month["eop_units"] == opening["opening_units"]).all()
    assert (month["sales_units"] == 0).all()
    layers = retailer.frames["CostLayers"].set_index(KEYS)
    newest = layers.groupby(level=[0, 1])["receipt_date"].max().loc[opening.index]
    assert (newest <= opening["written_down_on"]).all()
    gone = retailer.frames["Disposals"]["date"] >= pd.Timestamp("2026-10-01")
    assert not gone.any()


def test_original_receipt_date_survives_a_transfer(retailer):
    layers = retailer.frames["CostLayers"].set_index(KEYS)
    received = retailer.events.query("measure == 'receipts' and block == 'units'")
    here = received.set_index([*KEYS, "week_end"]).index
    moved = [
        (sku, location)
        for (sku, location), day in layers["receipt_date"].items()
        if (sku, location, day) not in here
    ]
    took = retailer.events.query("measure == 'transfers_in'").set_index(KEYS).index
    assert moved
    assert set(moved) <= set(took)


def test_sizes_below_the_least_are_refused():
    with pytest.raises(MisuseError, match="at least"):
        generate(items=9)
    with pytest.raises(MisuseError, match="at least"):
        generate(weeks=129)
    with pytest.raises(MisuseError, match="month end"):
        generate(as_of=pd.Timestamp("2026-10-30").date())


def test_a_retailer_too_large_for_a_worksheet_keeps_the_newest_and_says_so():
    made = generate(items=40, locations=3, seed=3, future_weeks=0, most_rows=1000)
    assert len(made.frames["BalanceSet"]) <= 1000
    assert len(made.frames["SalesHistory"]) <= 1000
    assert made.frames["BalanceSet"]["period_end"].max() == pd.Timestamp("2026-10-31")
    assert any("BalanceSet holds the newest 8 of 24 periods" in note for note in made.notes)
    assert any("SalesHistory" in note for note in made.notes)
    assert_books_foot(made)
