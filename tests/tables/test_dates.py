"""Dates: serials, ISO and locale text; two ways to read one is refused; period ends are settled."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.tables.dates import date_text
from tests.tables.builders import BALANCE, CONTROL, PERIOD, PROOF, checked, coded, codes, spoiled

DAY = dt.date(2026, 10, 31)


@pytest.mark.parametrize(
    "text",
    ["2026-10-31", "2026/10/31", "2026.10.31", "20261031", "2026-10-31T00:00:00", "31.10.2026",
     "31/10/2026", "10/31/2026", "31-10-2026", "31 Oct 2026", "31-Oct-2026", "October 31, 2026",
     "Oct 31 2026", "31st October 2026", "2026-10-31 12:30", "31. Oct. 2026"],
)  # fmt: skip
def test_forms_that_mean_one_day(text):
    reading = date_text(text)
    assert reading is not None
    assert reading.value() == DAY


@pytest.mark.parametrize(
    "text",
    ["", "31/13/2026", "30 Feb 2026", "2026-02-30", "Q3 2026", "31/10/26", "tomorrow", "45000",
     "2026", "32.01.2026", "Mays 3 2026"],
)  # fmt: skip
def test_texts_that_are_no_day(text):
    reading = date_text(text)
    assert reading is None or reading.value() is None


@PROOF
@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)))
def test_any_day_is_read_back_and_ambiguous_only_where_it_can_be_another(day):
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d"):
        reading = date_text(day.strftime(form))
        assert reading is not None
        assert reading.value() == day
    american = date_text(day.strftime("%m/%d/%Y"))
    assert american is not None
    assert american.ambiguous == (day.day <= 12 and day.day != day.month)
    assert american.value("m") == day


@PROOF
@given(st.text(max_size=24))
def test_any_text_is_read_or_refused_and_never_raises(text):
    date_text(text)


def periods(*values, header="Period End"):
    rows = [[*BALANCE[0][:2], header, *BALANCE[0][3:]]]
    for i, value in enumerate(values):
        rows.append([BALANCE[1 + i % 2][0], f"S{i}", value, *BALANCE[1 + i % 2][3:]])
    return checked({"BalanceSet": rows})


def ends(result):
    return result.value.balance_set.frame["period_end"].to_numpy().astype("datetime64[D]").tolist()


def test_a_serial_without_date_format_is_a_date_and_said():
    result = periods(46326, 46326.75)
    assert ends(result) == [DAY, DAY]
    assert [(f.count, f.cell) for f in coded(result.findings, "TB405")] == [(2, "C2")]


def test_a_date_written_as_a_number_is_read():
    assert ends(periods(20261031, PERIOD)) == [DAY, DAY]


def test_an_ambiguous_date_alone_is_refused_and_the_column_decides_where_it_can():
    alone = periods("03/04/2026", PERIOD)
    found = coded(alone.findings, "TB403")
    assert [(f.cell, f.severity) for f in found] == [("C2", "STOP")]
    assert "2026-04-03 or 2026-03-04" in found[0].message
    assert np.isnat(alone.value.balance_set.frame["period_end"].to_numpy()[0])
    decided = periods("03/04/2026", "31/10/2026")
    assert ends(decided) == [dt.date(2026, 4, 3), DAY]
    american = periods("03/04/2026", "10/31/2026")
    assert ends(american)[0] == dt.date(2026, 3, 4)


def test_a_month_alone_means_its_last_day_in_a_period_column_only():
    assert ends(periods("2026-10", "Oct 2026")) == [DAY, DAY]
    quality = [["Date", "SKU", "Damaged Units"], ["2026-10", "B7", 1]]
    assert "TB402" in codes(checked({"Quality": quality}).findings)


def test_periods_named_by_their_first_day_are_moved_to_the_last_and_said():
    result = periods(dt.date(2026, 10, 1), dt.date(2026, 9, 1))
    assert ends(result) == [DAY, dt.date(2026, 9, 30)]
    assert "TB406" in codes(result.findings)


def test_another_calendar_is_kept_as_given_and_said():
    result = periods(PERIOD, dt.date(2026, 9, 26))
    assert ends(result) == [DAY, dt.date(2026, 9, 26)]
    assert "TB407" in codes(result.findings)
    assert "TB406" not in codes(result.findings)


def test_two_period_ends_within_a_week_are_said():
    found = coded(periods(PERIOD, dt.date(2026, 10, 30)).findings, "TB408")
    assert [f.cell for f in found] == ["C2"]


@pytest.mark.parametrize("value", ["never", True, 3, dt.date(1901, 1, 1), 99999])
def test_what_is_no_date_stops_in_a_required_column(value):
    found = [f for f in periods(value, PERIOD).findings if f.severity == "STOP"]
    assert ("TB401", "C2") in {(f.code, f.cell) for f in found}


def test_a_date_where_a_number_belongs_is_refused():
    result = checked({"BalanceSet": spoiled(BALANCE, G2=PERIOD)})
    found = coded(result.findings, "TB207")
    assert [f.cell for f in found] == ["G2"]
    assert "2026-10-31" in found[0].message


def test_control_takes_dates_as_dates_serials_and_text():
    for value in (
        PERIOD,
        dt.datetime.combine(PERIOD, dt.time(0)),
        46326,
        "2026-10-31",
        "31 Oct 2026",
        20261031,
    ):
        result = checked({"Control": spoiled(CONTROL, B3=value)})
        assert result.value.control.period_end == PERIOD
    assert "TB502" in codes(checked({"Control": spoiled(CONTROL, B3="03/04/2026")}).findings)
