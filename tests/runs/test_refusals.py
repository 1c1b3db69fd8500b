"""What the standard refuses, the run refuses: with the paragraph, the cell, and nothing written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from invval_xl.findings import Finding, RefusedError, Severity
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import demo_plans
from invval_xl.runs.refresh_reserve import Refreshed, RefreshRequest, refresh_reserve
from invval_xl.terms import Framework
from tests.tables.builders import BALANCE, BALANCE_HEADER, CONTROL, PERIOD, Rows, a_book

EARLIER = dt.date(2025, 12, 31)
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
RESERVE_HEADER = [
    "SKU", "Location", "Opening Reserve", "Opening Units", "Original Write-down",
    "Written Down On", "Released",
]  # fmt: skip
Changes = dict[str, Rows]


def control(**settings: object) -> Rows:
    """The Control sheet with settings replaced or added."""
    rows = [list(r) for r in CONTROL]
    for name, value in settings.items():
        label = name.replace("_", " ").title().replace("Gl ", "GL ")
        for row in rows:
            if row[0] == label:
                row[1] = value
                break
        else:
            rows.append([label, value])
    return rows


def refused(changes: Changes, request: RefreshRequest | None = None) -> list[Finding]:
    with pytest.raises(RefusedError) as caught:
        refresh_reserve(a_book(changes), request)
    return [f for f in caught.value.findings if f.severity is Severity.STOP]


def refreshed(changes: Changes, request: RefreshRequest | None = None) -> Refreshed:
    return refresh_reserve(a_book(changes), request)


def reserve(released: object = None, *, day: dt.date = EARLIER, opening: float = 40.0) -> Changes:
    return {
        "Control": control(gl_reserve=opening),
        "OpeningReserve": [RESERVE_HEADER, ["00123", "S1", opening, 12, opening, day, released]],
    }


def only(found: list[Finding], code: str) -> Finding:
    assert [f.code for f in found] == [code]
    return found[0]


def test_lifo_under_ifrs() -> None:
    found = only(refused({"Control": control(framework="ifrs", cost_method="lifo")}), "FW101")
    assert "IAS 2.25" in found.paragraph
    assert (found.sheet, found.cell) == ("Control", "B6")


def test_lifo_under_a_framework_asked_for_on_the_command_line() -> None:
    asked = RefreshRequest(framework=Framework.FRS_102)
    found = only(refused({"Control": control(cost_method="lifo")}, asked), "FW101")
    assert "FRS 102 13.18" in found.paragraph


def test_lcm_for_fifo_under_us_gaap() -> None:
    found = only(refused({"Control": control(measurement="lcm")}), "FW102")
    assert "ASC 330-10-35-1B" in found.paragraph


def test_negative_on_hand() -> None:
    rows = [*BALANCE, ["B7", "S2", PERIOD, 0, 0, 4, -4, 0.0, 0.0, 40.0, -40.0]]
    found = refused({"BalanceSet": rows, "Control": control(gl_inventory=130.0)})
    stop = next(f for f in found if f.code == "BS140")
    assert (stop.sheet, stop.cell) == ("BalanceSet", "G4")
    assert stop.dollars == 40
    assert stop.paragraph


def test_cost_without_units() -> None:
    rows = [*BALANCE, ["B7", "S2", PERIOD, 4, 0, 4, 0, 40.0, 0.0, 30.0, 10.0]]
    found = refused({"BalanceSet": rows, "Control": control(gl_inventory=180.0)})
    stop = next(f for f in found if f.code == "BS142")
    assert (stop.cell, stop.dollars) == ("K4", 10)
    assert stop.paragraph


def test_price_in_another_currency() -> None:
    prices = [["SKU", "Date", "Price", "Currency"], ["B7", PERIOD, 9.0, "EUR"]]
    found = refused({"MarketPrices": prices})
    assert len(found) == 1
    assert (found[0].sheet, found[0].cell) == ("MarketPrices", "C2")
    assert "EUR" in found[0].message
    assert found[0].paragraph


def test_release_in_a_later_year_under_us_gaap() -> None:
    found = only(refused(reserve(15.0)), "FW104")
    assert "ASC 330-10-35-14" in found.paragraph
    assert (found.sheet, found.cell, found.dollars) == ("OpeningReserve", "G2", 15)


def test_reversal_above_its_write_down_under_ifrs() -> None:
    changes = reserve(55.0)
    changes["Control"] = control(gl_reserve=40.0, framework="ifrs")
    found = only(refused(changes), "FW105")
    assert "IAS 2.33" in found.paragraph
    assert found.dollars == 15


def test_opening_reserve_that_does_not_tie() -> None:
    changes = reserve()
    changes["Control"] = control(gl_reserve=41.0)
    assert only(refused(changes), "RV204").dollars == 1


def test_all_findings_come_at_once() -> None:
    changes = reserve(15.0)
    changes["Control"] = control(gl_reserve=40.0, measurement="lcm", gl_inventory=171.0)
    assert {f.code for f in refused(changes)} >= {"FW102", "FW104", "BS130"}


def test_us_gaap_keeps_what_is_no_longer_required() -> None:
    case = refreshed(reserve()).case
    row = case.lines.set_index("sku").loc["00123"]
    assert row["required"] == 0
    assert (row["reversal"], row["closing"]) == (0, 40)
    assert "Reversal" not in " ".join(entry.title for entry in case.journal)


def test_us_gaap_takes_an_interim_recovery_of_the_same_year() -> None:
    case = refreshed(reserve(day=dt.date(2026, 3, 31))).case
    row = case.lines.set_index("sku").loc["00123"]
    assert (row["reversal"], row["closing"]) == (40, 0)


def test_ifrs_reverses_and_the_cap_holds() -> None:
    changes = reserve()
    changes["Control"] = control(gl_reserve=40.0, framework="ifrs")
    changes["OpeningReserve"] = [RESERVE_HEADER, ["00123", "S1", 40.0, 12, 30.0, EARLIER, None]]
    case = refreshed(changes).case
    row = case.lines.set_index("sku").loc["00123"]
    assert (row["reversal"], row["closing"]) == (30, 10)


def test_utilization_follows_the_units_and_never_exceeds_the_reserve() -> None:
    changes = reserve()
    changes["OpeningReserve"] = [RESERVE_HEADER, ["00123", "S1", 40.0, 16, 40.0, EARLIER, None]]
    case = refreshed(changes).case
    assert case.brought_forward.utilization.sum() == 10  # four of sixteen units have left
    used = [e for e in case.journal if e.title == "Allowance used on disposal"]
    assert [e.total_debit for e in used] == [10]


def test_an_unknown_price_is_not_zero() -> None:
    items = [["SKU", "Category", "Ticket Price"], ["00123", "Shoes", 20.0], ["B7", "Hats", None]]
    rows = [BALANCE_HEADER, BALANCE[1], ["B7", "S1", PERIOD, 5, 0, 0, 5, 50.0, 0.0, 0.0, 50.0]]
    out = refreshed({"ItemMaster": items, "BalanceSet": rows})
    line = out.case.lines.set_index("sku").loc["B7"]
    assert not line["determined"]
    assert line["required"] != line["required"]  # NaN
    assert {"PR101", "RV207"} <= {f.code for f in out.findings}
    assert next(f for f in out.findings if f.code == "RV207").dollars == 50


def test_a_refused_file_is_left_as_it_was(tmp_path: Path) -> None:
    book = tmp_path / "broken.xlsx"
    author(demo_plans(items=24, breaks=("sign flip",)), book, created=CREATED)
    before, stamp = book.read_bytes(), book.stat().st_mtime_ns
    assert main(["refresh", str(book)]) == 1
    assert book.read_bytes() == before
    assert book.stat().st_mtime_ns == stamp
    assert [p.name for p in tmp_path.iterdir() if p.stat().st_size] == ["broken.xlsx"]


def test_a_date_without_a_period_and_an_empty_starter_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "RV409" in {f.code for f in refused({}, RefreshRequest(as_of=dt.date(2020, 1, 31)))}
    book = tmp_path / "starter.xlsx"
    assert main(["new", str(book)]) == 0
    assert main(["refresh", str(book)]) == 1
    assert "Refused" in capsys.readouterr().out


def test_misuse_is_a_sentence_and_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refresh", str(tmp_path / "nothing.xlsx")]) == 2
    assert "is not there" in capsys.readouterr().err


def test_papers_longer_than_a_sheet_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is gathered: two lines cannot fit a sheet of one row."""
    monkeypatch.setattr("invval_xl.runs.refresh_reserve.LAST_ROW", 1_001)
    monkeypatch.delattr("invval_xl.runs.refresh_reserve.assemble")
    found = only(refused({}), "RV412")
    assert "at least 2 rows" in found.message
    assert "a sheet holds 1 with its head and foot" in found.message
    assert "invval import" in found.remedy


def test_lines_that_fit_but_whose_tranches_do_not_are_refused_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("invval_xl.runs.refresh_reserve.LAST_ROW", 1_002)
    orders: Rows = [["SKU", "Location", "Units", "Unit Price"], ["00123", "S1", 4, 30.0]]
    found = only(refused({"FirmOrders": orders}), "RV412")
    assert "a sheet holds 2 with" in found.message
    assert "2 item(s)" in found.message


def test_an_item_that_is_gone_rolls_forward_as_one_however_often_it_was_written_down() -> None:
    """Two years' write-downs of goods no longer held: one row, all of it utilized, each named."""
    changes = reserve(opening=40.0)
    changes["Control"] = control(gl_reserve=71.11)
    for day, money in ((EARLIER, 20.55), (dt.date(2024, 12, 31), 10.56)):
        changes["OpeningReserve"].append(["99999", "S1", money, 5, money, day, None])
    made = refreshed(changes)
    rolled = made.case.rollforward.set_index("sku")
    assert list(rolled.index).count("99999") == 1
    row = rolled.loc["99999"]
    assert (row["opening"], row["utilization"], row["closing"]) == (31.11, 31.11, 0.0)
    assert [f.dollars for f in made.findings if f.code == "RV206"] == [20.55, 10.56]
