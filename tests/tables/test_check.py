"""The border as a whole: all findings at once, no dollar lost, order and place do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.findings import Finding, Severity
from invval_xl.guidance.register import register
from invval_xl.hosts.memory import UNCALCULATED, ErrorCell
from invval_xl.tables.contracts import CONTRACTS
from invval_xl.tables.gather import LISTED, Gather
from tests.tables.builders import (
    BALANCE,
    BALANCE_HEADER,
    ITEMS,
    PERIOD,
    PROOF,
    balance,
    checked,
    coded,
    codes,
)


def test_the_small_book_is_clean():
    result = checked()
    assert result.findings == ()
    assert result.value.balance_set.frame["eop_cost"].tolist() == [120.0, 50.0]
    assert result.value.balance_set.cell(1, "eop_cost") == "K3"


def test_all_findings_come_at_once_and_the_worst_first():
    items = [["Item", "Category", "Ticket Price"], ["00123", "Shoes", "dear"], ["B7", None, 9.5],
             ["B7", "Hats", -1]]  # fmt: skip
    spoilt = balance(D2="1,234", E2=ErrorCell("#REF!"), F2=UNCALCULATED, G3=None, C3="03/04/2026")
    result = checked({"ItemMaster": items, "BalanceSet": spoilt})
    assert {
        "TB109",
        "TB208",
        "TB204",
        "TB310",
        "TB210",
        "TB206",
        "TB201",
        "TB203",
        "TB403",
    } <= codes(result.findings)
    ranks = [f.severity.rank for f in result.findings]
    assert ranks == sorted(ranks)
    assert all(f.cell and f.sheet and f.message and f.remedy for f in result.findings)


def test_typed_columns_have_the_types_the_table_promises():
    sheets = {
        "MarketPrices": [["SKU", "Date", "Price", "Currency", "Tax Included"],
                         ["B7", PERIOD, 5.0, None, "no"]],
    }  # fmt: skip
    frame = checked(sheets).value.by_name["MarketPrices"].frame
    assert frame["sku"].dtype == object
    assert frame["date"].dtype == "datetime64[ns]"
    assert frame["price"].dtype == np.float64
    assert frame["currency"][0] is None
    assert frame["tax_included"].dtype == np.float64
    assert frame["tax_included"][0] == 0.0
    assert "source" not in frame


def test_blank_movements_are_none_and_blank_balances_are_unknown():
    header = [*BALANCE_HEADER, "Shrink Units", "BOP Retail", "EOP Retail"]
    rows = [header, [*BALANCE[1], None, None, 5.0], [*BALANCE[2], 1, 4.0, 5.0]]
    result = checked({"BalanceSet": rows})
    frame = result.value.balance_set.frame
    assert frame["shrink_units"].tolist() == [0.0, 1.0]
    assert np.isnan(frame["bop_retail"][0])
    assert [(f.count, f.cell) for f in coded(result.findings, "TB213")] == [(1, "L2")]
    assert [(f.count, f.cell) for f in coded(result.findings, "TB218")] == [(1, "M2")]


@pytest.mark.parametrize("cell", ["D2", "E2", "F2", "G2", "H2", "K2"])
def test_a_blank_required_figure_is_unknown_and_stops(cell):
    result = checked({"BalanceSet": balance(**{cell: None})})
    assert [(f.cell, f.severity) for f in coded(result.findings, "TB204")] == [(cell, "STOP")]
    name = list(CONTRACTS["BalanceSet"].columns)
    column = next(c.name for c in name if c.header == BALANCE_HEADER[ord(cell[0]) - 65])
    assert np.isnan(result.value.balance_set.frame[column][0])


@pytest.mark.parametrize(
    ("value", "expected"),
    [("yes", 1.0), ("N", 0.0), (True, 1.0), (0, 0.0), ("x", 1.0), ("ja", 1.0), (None, np.nan)],
)
def test_flags(value, expected):
    rows = [["SKU", "Units", "Unit Price", "Cancellable"], ["B7", 1, 1.0, value]]
    read = checked({"FirmOrders": rows}).value.by_name["FirmOrders"].frame["cancellable"][0]
    assert read == expected or (np.isnan(read) and np.isnan(expected))


def test_flags_and_choices_that_mean_nothing_are_unknown_and_said():
    rows = [["SKU", "Units", "Unit Price", "Cancellable"], ["B7", 1, 1.0, "perhaps"],
            ["B7", 1, 1.0, 7]]  # fmt: skip
    result = checked({"FirmOrders": rows, "Locations": [["Location", "Type"], ["S1", "castle"]]})
    assert [f.cell for f in coded(result.findings, "TB208") if f.sheet == "FirmOrders"] == [
        "D2",
        "D3",
    ]
    assert [f.cell for f in coded(result.findings, "TB208") if f.sheet == "Locations"] == ["B2"]


def test_choices_are_read_in_the_words_people_use():
    rows = [
        ["Location", "Type"],
        ["S1", "In Transit"],
        ["S2", "Distribution Centre"],
        ["S3", "STORE"],
    ]
    frame = checked({"Locations": rows}).value.by_name["Locations"].frame
    assert frame["type"].tolist() == ["in_transit", "dc", "store"]


def test_two_sheets_of_one_name_are_refused_and_a_synonym_yields():
    twice = checked({"Balance Set": BALANCE})
    assert "TB102" in codes(twice.findings)
    assert twice.stopped
    beside = checked({"Products": ITEMS})
    assert [f.sheet for f in coded(beside.findings, "TB124")] == ["Products"]
    assert not beside.stopped


def test_alike_findings_are_folded_and_keep_their_dollars():
    keys = [f"K{i:03d}" for i in range(300)]
    items = [["SKU", "Category"], *([k, "A"] for k in keys)]
    body = [[k, "S1", PERIOD, 1, 0, 0, 1, i + 1.0, 0.0, 0.0, None] for i, k in enumerate(keys)]
    result = checked({"ItemMaster": items, "BalanceSet": [BALANCE_HEADER, *body]})
    found = coded(result.findings, "TB204")
    assert len(found) == LISTED + 1
    assert sum(f.count for f in found) == 300
    assert sum(f.dollars or 0.0 for f in found) == pytest.approx(sum(range(1, 301)))
    assert next(f.dollars for f in found if f.count == 1) == 300.0  # the largest is listed


@PROOF
@given(
    st.lists(
        st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 2))),
        min_size=1,
        max_size=200,
    ),
    st.integers(1, 60),
)
def test_folding_never_loses_a_finding_or_a_dollar(dollars, listed):
    gather = Gather(listed)
    money = np.array([np.nan if d is None else d for d in dollars])
    gather.many(
        "TB204", sheet="S", positions=np.arange(len(money)), cell=lambda p: f"A{p + 2}",
        facts=lambda _: {"header": "EOP Cost"}, dollars=money,
    )  # fmt: skip
    made = gather.findings()
    assert sum(f.count for f in made) == len(dollars)
    assert len(made) <= listed + 1
    assert sum(abs(f.dollars or 0.0) for f in made) == pytest.approx(
        sum(abs(d) for d in dollars if d is not None), abs=1e-6
    )


@PROOF
@given(st.permutations(range(11)), st.permutations(range(2)), st.integers(0, 3))
def test_order_of_rows_and_columns_and_a_title_above_change_nothing(columns, order, titles):
    rows = [[row[c] for c in columns] for row in [BALANCE[0], *(BALANCE[1 + i] for i in order)]]
    result = checked({"BalanceSet": [["Acme"]] * titles + rows})
    assert result.findings == ()
    frame = result.value.balance_set.frame.sort_values("sku", ignore_index=True)
    expected = checked().value.balance_set.frame
    assert frame.equals(expected[frame.columns])
    assert list(frame.columns) == list(expected.columns)


@pytest.mark.parametrize("family", ["TB", "BS", "CL"])
def test_every_rule_of_the_family_reads_as_a_sentence(family):
    rules = [r for r in register().values() if r.code.startswith(family)]
    assert rules
    for rule in rules:
        assert rule.message.endswith((".", "}")), rule.code
        assert rule.remedy.endswith("."), rule.code
        assert rule.title
        assert not rule.title.endswith(".")
        assert isinstance(rule.severity, Severity)


def test_a_finding_of_the_small_book_is_addressed():
    found = checked({"BalanceSet": balance(K2="x")}).findings
    assert isinstance(found[0], Finding)
    assert found[0].address == "BalanceSet!K2"
