"""Input sheets ask for what the contracts say, in a form the reader and Excel both take."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.new_book import starter_plans
from invval_xl.sources.demo import generate
from invval_xl.tables.contracts import CONTRACTS, CONTROL_SETTINGS, ColumnKind
from invval_xl.tables.headers import locate, match_sheet
from invval_xl.workpapers.input_sheets import control_plan, excel_days, guide_plan, input_plan


@pytest.fixture(scope="module")
def demo():
    made = generate(items=12, locations=2, seed=3, future_weeks=0)
    return made, {plan.name: plan for plan in retailer_plans(made)}


def header(plan) -> list[object]:
    return [c.value for c in sorted(plan.cells, key=lambda c: c.column) if c.row == 1]


def held(column):
    """What a plan's column holds."""
    return column.values  # noqa: PD011 - a plan's column, no frame


def cell(plan, row, column):
    return next(c for c in plan.cells if (c.row, c.column) == (row, column))


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_reader_finds_every_column_of_an_empty_input_sheet(name):
    contract = CONTRACTS[name]
    plan = input_plan(contract)
    assert match_sheet(plan.name) == contract
    place = locate(contract, [header(plan)])
    assert place is not None
    assert place.body_row == 2
    assert header(plan) == [c.header for c in contract.columns]


def test_a_column_the_frame_lacks_is_left_out_unless_required():
    frame = pd.DataFrame({"sku": ["0017"], "category": ["Toys"], "ticket_price": [9.5]})
    plan = input_plan(CONTRACTS["ItemMaster"], frame)
    assert header(plan) == ["SKU", "Category", "Ticket Price"]
    without = input_plan(CONTRACTS["ItemMaster"], frame.drop(columns="category"))
    assert header(without) == ["SKU", "Category", "Ticket Price"]
    assert held(without.blocks[0].columns[1]).tolist() == [None]


def test_keys_are_text_cells_and_keep_leading_zeros():
    frame = pd.DataFrame({"sku": ["0017"], "category": ["Toys"]})
    column = input_plan(CONTRACTS["ItemMaster"], frame).blocks[0].columns[0]
    assert held(column).tolist() == ["0017"]
    assert input_plan(CONTRACTS["ItemMaster"]).styles[column.style].number_format == "@"


def test_dates_are_excel_serials_and_unknown_ones_blank():
    frame = pd.DataFrame(
        {"sku": ["1", "2"], "category": ["a", "b"],
         "launch_date": pd.to_datetime(["2026-10-31", None])}
    )  # fmt: skip
    plan = input_plan(CONTRACTS["ItemMaster"], frame)
    column = plan.blocks[0].columns[2]
    assert held(column)[0] == 46326.0
    assert np.isnan(held(column)[1])
    assert plan.styles[column.style].number_format == "yyyy-mm-dd"
    assert excel_days(np.array(["1900-03-01"], dtype="datetime64[D]"))[0] == 61.0


def test_validations_follow_kind_choices_and_sign():
    balance = input_plan(CONTRACTS["BalanceSet"])
    letters = {c.header: i for i, c in enumerate(CONTRACTS["BalanceSet"].columns)}
    by_column = {v.ref.split(":")[0].rstrip("0123456789"): v for v in balance.validations}
    assert by_column["D"].minimum == -1e15  # BOP Units is signed: a negative is a finding
    assert letters["Receipts Units"] == 4
    assert by_column["E"].minimum == 0.0
    assert by_column["C"].kind == "date"
    items = input_plan(CONTRACTS["ItemMaster"])
    methods = next(v for v in items.validations if v.kind == "list" and "fifo" in v.source)
    assert methods.source == "fifo,lifo,average,specific,standard,retail"
    rates = [v for v in items.validations if v.maximum == 1.0]
    wanted = [c for c in CONTRACTS["ItemMaster"].columns if c.kind is ColumnKind.RATE]
    assert len(rates) == len(wanted)
    assert all(v.ref.endswith("1048576") for v in items.validations)


def test_tables_cover_header_and_rows_and_no_sheet_is_ours_to_replace(demo):
    _, plans = demo
    assert plans["CostLayers"].tables[0].ref.startswith("A1:F")
    for plan in (*plans.values(), *starter_plans()):
        assert not plan.owned
        if plan.tables:
            last = plan.tables[0].ref.split(":")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            rows = plan.blocks[0].rows + 1 if plan.blocks else len(CONTROL_SETTINGS) + 1
            assert int(last) == rows


def test_plan_holds_the_frame_figure_for_figure(demo):
    made, plans = demo
    for name, frame in made.frames.items():
        if name == "Control":
            continue
        block = plans[name].blocks[0]
        if frame.empty:
            assert all(v is None or np.isnan(v) for c in block.columns for v in held(c))
            continue
        titles = header(plans[name])
        for title, column in zip(titles, block.columns, strict=True):
            field = next(c for c in CONTRACTS[name].columns if c.header == title)
            values = frame[field.name].to_numpy()
            if field.kind is ColumnKind.DATE:
                values = excel_days(values)
            if held(column).dtype == np.float64:
                np.testing.assert_array_equal(held(column), values)
            elif (name, field.name) == ("Assumptions", "value"):
                assert [float(v) for v in held(column)] == [float(v) for v in values]
            else:
                assert held(column).tolist() == values.tolist()


def test_control_says_every_setting_with_its_value(demo):
    made, plans = demo
    plan = plans["Control"]
    given = dict(
        zip(made.frames["Control"]["setting"], made.frames["Control"]["value"], strict=True)
    )
    for row, setting in enumerate(CONTROL_SETTINGS, start=2):
        assert cell(plan, row, 1).value == setting.label
        shown = cell(plan, row, 2).value
        if setting.kind is ColumnKind.DATE:
            assert shown == (given[setting.name] - dt.date(1899, 12, 30)).days
        elif given[setting.name] is None:
            assert shown is None
        elif setting.kind is ColumnKind.MONEY:
            assert shown == given[setting.name]
        else:
            assert shown == str(given[setting.name])
    framework = next(v for v in control_plan().validations if v.ref == "B4")
    assert framework.source == "us-gaap,ifrs,frs-102"


def test_starter_holds_no_value_but_what_it_explains():
    plans = starter_plans()
    assert [p.name for p in plans] == ["Guide", "Control", *CONTRACTS]
    for plan in plans[2:]:
        for column in plan.blocks[0].columns:
            values = held(column)
            if values.dtype == np.float64:
                assert np.isnan(values).all()
            else:
                assert all(v is None for v in values)
    assert all(cell(plans[1], r, 2).value is None for r in range(2, 2 + len(CONTROL_SETTINGS)))


def test_guide_explains_every_column_and_is_no_input_sheet():
    plan = guide_plan("Guide", ("One.",))
    assert match_sheet(plan.name) is None
    listed = list(
        zip(held(plan.blocks[0].columns[0]), held(plan.blocks[0].columns[1]), strict=True)
    )
    assert listed == [(c.name, x.header) for c in CONTRACTS.values() for x in c.columns]
    effect = dict(zip(listed, held(plan.blocks[0].columns[4]), strict=True))
    assert effect["BalanceSet", "Shrink Units"].startswith("Reduces EOP")
    assert effect["BalanceSet", "Revaluation Cost"].startswith("Added to EOP with its own sign")
