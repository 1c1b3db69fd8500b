"""Sheets against each other: strangers, periods, currencies and tax, each with its dollars."""

from __future__ import annotations

import datetime as dt

from tests.tables.builders import BALANCE, CONTROL, ITEMS, PERIOD, checked, coded, codes, spoiled

EARLIER = dt.date(2026, 9, 30)


def test_stock_of_an_unknown_sku_stops_with_its_cost_and_a_hint_at_lost_zeros():
    result = checked({"BalanceSet": spoiled(BALANCE, A2="123")})
    found = coded(result.findings, "TB601")
    assert [(f.cell, f.dollars, f.severity) for f in found] == [("A2", 120.0, "STOP")]
    assert "it has 00123: leading zeros differ" in found[0].message


def test_past_movements_of_an_unknown_sku_are_said_once_a_sku():
    gone = ["OLD", "S1", EARLIER, 1, 0, 1, 0, 10.0, 0.0, 10.0, 0.0]
    rows = [*BALANCE, gone, ["OLD", "S2", *gone[2:]]]
    result = checked({"BalanceSet": rows})
    assert [f.cell for f in coded(result.findings, "TB602")] == ["A4"]
    assert not result.stopped


def test_other_sheets_name_their_strangers_with_their_own_dollars():
    sales = [["Date", "SKU", "Units", "Net Sales"], [PERIOD, "B7", 1, 9.5], [PERIOD, "ZZ", 2, 30.0]]
    prices = [["SKU", "Date", "Price"], ["ZZ", PERIOD, 5.0]]
    result = checked({"SalesHistory": sales, "MarketPrices": prices})
    assert [(f.cell, f.dollars) for f in coded(result.findings, "TB609")] == [("B3", 30.0)]
    assert [f.cell for f in coded(result.findings, "TB603")] == ["A2"]
    assert not result.stopped


def test_an_unknown_location_is_said_where_there_is_a_locations_sheet():
    locations = [["Location", "Type"], ["S9", "store"]]
    result = checked({"Locations": locations})
    assert [(f.cell, f.dollars) for f in coded(result.findings, "TB604")] == [
        ("B2", 120.0), ("B3", 50.0),
    ]  # fmt: skip
    assert "TB604" not in codes(checked().findings)


def test_a_price_in_another_currency_stops_and_names_the_paragraph():
    prices = [["SKU", "Date", "Price", "Currency"], ["B7", PERIOD, 5.0, "EUR"],
              ["B7", PERIOD, 5.0, "usd"], ["B7", PERIOD, 5.0, None]]  # fmt: skip
    found = coded(checked({"MarketPrices": prices}).findings, "TB605")
    assert [(f.cell, f.severity, f.dollars) for f in found] == [("C2", "STOP", 50.0)]
    assert "IAS 21" in found[0].paragraph


def test_orders_and_commitments_are_held_to_the_currency_too():
    orders = [["SKU", "Units", "Unit Price", "Currency"], ["B7", 5, 4.0, "GBP"]]
    result = checked({"FirmOrders": orders, "PurchaseCommitments": orders})
    assert [f.sheet for f in coded(result.findings, "TB605")] == [
        "FirmOrders",
        "PurchaseCommitments",
    ]


def test_a_price_with_tax_needs_a_vat_rate():
    prices = [["SKU", "Date", "Price", "Tax Included"], ["B7", PERIOD, 5.0, "yes"]]
    without = checked({"MarketPrices": prices})
    assert [(f.cell, f.dollars) for f in coded(without.findings, "TB606")] == [("C2", 50.0)]
    rated = [[*row, rate] for row, rate in zip(ITEMS, ["VAT Rate", None, 0.2], strict=True)]
    assert "TB606" not in codes(checked({"MarketPrices": prices, "ItemMaster": rated}).findings)
    net = [prices[0], [*prices[1][:3], "no"]]
    assert "TB606" not in codes(checked({"MarketPrices": net}).findings)


def test_a_period_end_without_rows_stops_at_the_setting():
    found = coded(
        checked({"Control": spoiled(CONTROL, B3=dt.date(2026, 11, 30))}).findings, "TB607"
    )
    assert [(f.sheet, f.cell, f.severity) for f in found] == [("Control", "B3", "STOP")]
    assert "2026-10-31" in found[0].message


def test_later_rows_are_said_and_do_not_stop():
    rows = [*BALANCE, ["B7", "S1", dt.date(2026, 11, 30), 5, 0, 0, 5, 50.0, 0.0, 0.0, 50.0]]
    result = checked({"BalanceSet": rows})
    assert [f.count for f in coded(result.findings, "TB608")] == [1]
    assert not result.stopped
