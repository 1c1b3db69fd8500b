"""An import end to end: derived transfers, counted changes, repeats, refusals, resume."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.accounting.balance_set import movements_seen_from
from invval_xl.hosts.file.extracts import FileInputs
from invval_xl.hosts.file.read import read_book
from invval_xl.runs import import_extracts as run
from invval_xl.sources.config import SkuRules, WorkbookRules
from invval_xl.sources.engine import opened, parquet
from invval_xl.sources.identifiers import check_digit_holds, standardise
from invval_xl.sources.movements import seen_from
from invval_xl.sources.split import split_by_policy
from invval_xl.tables.check import check_book
from tests.sources.extracts import HEAD, SHOP, codes, one, rules, run_import, shop, write


def test_a_shop_that_ties_is_tied_three_ways(tmp_path: Path) -> None:
    shop(tmp_path)
    code, answer = run_import(tmp_path, SHOP)
    assert code == 0
    total = answer["tie_out"][-1]
    assert total["moved_units"] == total["balance_units"] == 131
    assert total["moved_cost"] == total["balance_cost"] == total["ledger_cost"] == 910
    assert not codes(answer) & {"IM401", "IM402", "IM301", "IM302"}
    assert answer["valuation"] == "average"


def test_the_workbook_passes_its_own_checks_and_foots(tmp_path: Path) -> None:
    shop(tmp_path)
    write(
        tmp_path,
        "items.csv",
        [{"SKU": "A-1", "Category": "Toys"}, {"SKU": "B2", "Category": "Toys"}],
    )
    items = '\n[[extract]]\nname = "items"\nrole = "items"\nfile = "items.csv"\ncolumns = { sku = "SKU", category = "Category" }\n'  # noqa: E501
    assert run_import(tmp_path, SHOP + items)[0] == 0
    checked = check_book(read_book(tmp_path / "book.xlsx").value)
    assert not checked.stopped
    book = checked.value.balance_set.frame.fillna(0.0)
    for block in ("units", "cost"):
        signs = {
            "bop": 1,
            "receipts": 1,
            "transfers_in": 1,
            "customer_returns": 1,
            "sales": -1,
            "transfers_out": -1,
            "shrink": -1,
            "revaluation": 1,
            "eop": -1,
        }
        left = sum(s * book[f"{m}_{block}"] for m, s in signs.items() if f"{m}_{block}" in book)
        assert np.abs(left).max() < 0.005
    # the road is a location: what the warehouse sent in January is on it, and gone in February
    road = book[book["location"] == "ROAD"].set_index("period_end")["eop_units"]
    assert road[pd.Timestamp("2026-01-31")] == 40
    assert road[pd.Timestamp("2026-02-28")] == 0
    by_period = book.groupby("period_end")[["transfers_in_units", "transfers_out_units"]].sum()
    assert (by_period["transfers_in_units"] == by_period["transfers_out_units"]).all()


def test_flows_by_perspective_are_those_of_the_accounting_rule(tmp_path: Path) -> None:
    shop(tmp_path)
    run_import(tmp_path, SHOP)
    path = tmp_path / "book-history" / "movements.parquet"
    lines = pd.read_parquet(path)
    lines["units"] = lines["units"].astype(float)
    nodes = ["DC", "ROAD", "S1", "S2"]
    views = {
        "location": ["DC", "ROAD", "S1", "S2"],
        "company": ["ALL"] * 4,
        "stores": [None, None, "S1", "S2"],
        "supply": ["BACK", "BACK", "FRONT", "FRONT"],
    }
    place = {n: i for i, n in enumerate(nodes)}
    from_node = [place.get(n, -1) for n in lines["from_node"]]
    to_node = [place.get(n, -1) for n in lines["to_node"]]
    with opened(tmp_path) as engine:
        for members in views.values():
            seen = seen_from(
                engine, parquet(path), dict(zip(nodes, members, strict=True)), "date '2026-03-31'"
            )
            names = list(dict.fromkeys(m for m in members if m))
            numbered = [names.index(m) if m else -1 for m in members]
            rule = movements_seen_from(from_node, to_node, lines["units"], numbered)
            for flow, expected in (("transfers_in", rule.transfers_in), ("transfers_out", None)):
                ours = (
                    seen[seen["flow"] == flow]
                    .groupby("member")["units"]
                    .sum()
                    .reindex(names)
                    .fillna(0.0)
                )
                if expected is not None:
                    assert ours.tolist() == expected.tolist()
            inward = seen["flow"].isin(
                ["receipts", "customer_returns", "adjustments_in", "opening"]
            )
            ours = seen[inward].groupby("member")["units"].sum().reindex(names).fillna(0.0)
            assert ours.tolist() == rule.receipts.tolist()
            if None not in members:
                out = seen[seen["flow"] == "transfers_out"]["units"].sum()
                assert (
                    out
                    == seen[seen["flow"] == "transfers_in"]["units"].sum()
                    == rule.transfers_out.sum()
                )


def test_a_file_loaded_twice_is_found_and_taken_out(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "moves_again.csv").write_bytes((tmp_path / "moves.csv").read_bytes())
    code, answer = run_import(tmp_path, SHOP)
    assert code == 0
    found = one(answer, "IM301")
    assert found["count"] == 10
    assert found["dollars"] == pytest.approx(
        1100
    )  # the two receipts; the rest had no cost recorded
    assert answer["tie_out"][-1]["balance_to_ledger"] == 0
    assert "IM401" not in codes(answer)
    assert rules(answer)[("moves", "*", "repeat: load")] == 10
    kept = SHOP.replace('file = "moves*.csv"', 'file = "moves*.csv"\nduplicates = "keep"')
    _, answer = run_import(tmp_path, kept)
    assert {"IM304", "IM401"} <= codes(answer)


def test_a_document_keyed_twice_is_proved_by_the_count_and_a_genuine_likeness_is_kept(
    tmp_path: Path,
) -> None:
    lines = shop(tmp_path)["moves"]
    write(tmp_path, "moves.csv", [*lines, lines[4]])
    _, answer = run_import(tmp_path, SHOP)
    assert one(answer, "IM302")["count"] == 1
    assert answer["tie_out"][-1]["units_difference"] == 0
    # the same line twice where the count agrees that fifteen more were sold
    stock = [
        {"SKU": s, "Store": w, "On Hand": n}
        for s, w, n in [("A-1", "DC", 60), ("A-1", "S1", 5), ("B2", "DC", 40), ("B2", "S2", 11)]
    ]
    write(tmp_path, "stock.csv", stock)
    _, answer = run_import(tmp_path, SHOP)
    assert "IM302" not in codes(answer)
    assert one(answer, "IM303")["count"] == 1
    assert answer["tie_out"][-1]["units_difference"] == 0


def test_a_break_is_found_with_its_dollars(tmp_path: Path) -> None:
    lines = shop(tmp_path)["moves"]
    write(tmp_path, "moves.csv", lines[:-1])
    _, answer = run_import(tmp_path, SHOP)
    found = one(answer, "IM401")
    assert found["dollars"] == pytest.approx(20)
    assert "B2 at S2" in found["message"]


MESSY = (
    HEAD
    + """location = "S1"
[sku]
leading_zeros = 5
mapping = [{ file = "rekeyed.csv" }]
[units]
each = 1
dozen = 12
case = 0
[rates]
file = "rates.csv"
from = "currency"
to = "rate"
[[extract]]
name = "items"
role = "items"
file = "items.csv"
columns = { sku = "SKU", category = "Category", pack = "Pack" }
[[extract]]
name = "buy"
role = "movements"
file = "buy.csv"
decimal = ","
date_order = "day-first"
delimiter = ";"
columns = { date = "Date", sku = "SKU", units = "Qty", uom = "UOM", cost = "Cost", unit_cost = "Each", currency = "Ccy", document = "Doc" }
constants = { type = "receipt" }
missing = { cost = "last-known" }
drop = [{ column = "document", matches = "^TEST", reason = "test entries" }]
control_totals = { rows = 8, units = 999 }
"""  # noqa: E501
)


def messy(folder: Path) -> None:
    write(
        folder,
        "items.csv",
        [
            {"SKU": "00012", "Category": "Nuts", "Pack": 6},
            {"SKU": "00077", "Category": "Nuts", "Pack": 1},
        ],
    )
    write(
        folder,
        "rates.csv",
        [
            {"currency": "EUR", "date": "2026-01-01", "rate": 1.1},
            {"currency": "EUR", "date": "2026-03-01", "rate": 1.2},
        ],
    )
    write(folder, "rekeyed.csv", [
        {"from": "55", "to": "77", "approved_by": "M. Lee"}, {"from": "66", "to": "77", "approved_by": ""},  # noqa: E501
    ])  # fmt: skip
    (folder / "buy.csv").write_text(
        "Date;SKU;Qty;UOM;Cost;Each;Ccy;Doc\n"
        "05/01/2026;12;2;dozen;1.200,50;;USD;A1\n"
        "06/01/2026;\u00a00012;1;case;30,00;;EUR;A2\n"
        "13/03/2026;55;10;each;10,00;;EUR;A3\n"
        "14/03/2026;66;1;each;1,00;;USD;A4\n"
        "15/03/2026;12;3;each;;;USD;A5\n"
        "16/03/2026;12;many;each;9,00;;USD;A6\n"
        "17/03/2026;12;1;each;5,00;;USD;TEST1\n"
        "18/03/2026;;1;each;7,00;;USD;A8\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize("amount", [1e20, 3e13, "9" * 40])
def test_an_amount_no_line_can_have_is_unknown_and_said_so(tmp_path: Path, amount: object) -> None:
    """Stores hold fourteen digits before the point; a scanner's code among units is no fault."""
    lines = shop(tmp_path)["moves"]
    write(tmp_path, "moves.csv", [*lines[:-1], {**lines[-1], "Qty": amount}])
    code, answer = run_import(tmp_path, SHOP)
    assert code == 0
    said = one(answer, "IM212")
    assert "units (ten trillion or more)" in said["message"]
    assert one(answer, "IM216")  # a movement of unknown units is set aside
    moved = pd.read_parquet(tmp_path / "book-history" / "movements.parquet")
    assert len(moved) == len(lines) - 1


def test_every_repair_is_counted_flagged_and_leads_back_to_the_raw_line(tmp_path: Path) -> None:
    messy(tmp_path)
    code, answer = run_import(tmp_path, MESSY)
    assert code == 0
    assert {
        "IM201",
        "IM204",
        "IM205",
        "IM207",
        "IM209",
        "IM211",
        "IM212",
        "IM214",
        "IM216",
        "IM217",
        "IM404",
    } <= codes(answer)
    history = tmp_path / "book-history"
    lines = pd.read_parquet(history / "movements.parquet").set_index("source_row")
    for name in ("units", "cost"):
        lines[name] = lines[name].astype(float)
    assert lines.loc[2, ["sku", "units", "cost"]].tolist() == ["00012", 24, 1200.5]
    assert lines.loc[3, ["sku", "units", "cost"]].tolist() == [
        "00012",
        6,
        33.0,
    ]  # a case of six, at 1.1
    assert lines.loc[4, ["sku", "cost"]].tolist() == ["00077", 12.0]
    assert lines.loc[5, "sku"] == "00066"  # nobody approved it
    assert lines.loc[6, "flags"] == "cost:last-known"
    assert lines.loc[6, "cost"] == pytest.approx(3 * 33 / 6)
    assert set(lines.index) == {2, 3, 4, 5, 6}
    changes = pd.read_parquet(history / "changes.parquet")
    raw = pd.read_csv(tmp_path / "buy.csv", sep=";", dtype=str, keep_default_na=False)
    header = {"sku": "SKU", "units": "Qty", "cost": "Cost"}
    led_back = changes[
        changes["column"].isin(header) & changes["rule"].str.startswith(("sku", "read"))
    ]
    assert len(led_back) >= 8
    for change in led_back[led_back["extract"] == "buy"].itertuples():
        cell = raw.iloc[change.row - 2][header[change.column]]
        assert change.before.strip() == cell.strip(), change
    filled = changes[changes["rule"].str.startswith("imputed")]
    assert filled[["row", "column"]].to_numpy().tolist() == [[6, "cost"]]
    assert filled["before"].isna().all()
    assert rules(answer)[("buy", "cost", "imputed: last-known")] == 1
    gone = changes[changes["column"] == "*"]
    assert set(gone["row"]) == {7, 8, 9}
    assert "sku=12" in gone.set_index("row").loc[8, "before"]
    counted = {(r["extract"], r["column"], r["rule"]): r["lines"] for r in answer["rules"]}
    assert counted[("buy", "*", "drop: test entries")] == 1
    assert answer["extracts"][1]["read"] == 8 == len(lines) + len(gone)


def test_every_fault_of_a_config_is_said_at_once(tmp_path: Path) -> None:
    config = (
        HEAD.replace('framework = "us-gaap"', 'framework = "gaap"\nfrmework = "x"')
        + """
[[extract]]
name = "a"
role = "sales"
columns = { date = "D", uints = "Q", units = "?" }
"""
    )
    code, answer = run_import(tmp_path, config)
    assert code == 1
    assert {"IM102", "IM103", "IM104", "IM107"} <= codes(answer)
    assert len(answer["findings"]) >= 6
    assert run_import(tmp_path, "[import\n")[1]["findings"][0]["code"] == "IM101"


def test_a_config_that_is_not_utf_8_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "import.toml"
    config.write_bytes(HEAD.encode() + b"# caf\xe9\n")  # a fuzz find: Latin-1 in a comment
    assert main(["import", str(config), "--out", str(tmp_path / "book.xlsx")]) == 1
    assert "IM101" in capsys.readouterr().out
    assert not (tmp_path / "book.xlsx").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('file = "stock.csv"', 'file = "nothing.csv"'), "IM105"),
        (('units = "On Hand"', 'units = "Hand"'), "IM106"),
        (('file = "stock.csv"', 'file = "stock.xls"'), "IM108"),
        (('file = "stock.csv"', 'url = "sqlite:////nowhere/x.db"\nquery = "select 1"'), "IM109"),
        (('file = "stock.csv"', 'url_env = "INVVAL_TEST_NO_SUCH"\nquery = "select 1"'), "IM103"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    shop(tmp_path)
    (tmp_path / "stock.xls").write_bytes(b"x")
    status, answer = run_import(tmp_path, SHOP.replace(*change))
    assert status == 1
    assert code in codes(answer)
    assert not (tmp_path / "book.xlsx").exists()


def test_dates_that_can_be_read_two_ways_stop(tmp_path: Path) -> None:
    lines = shop(tmp_path)["moves"]
    write(tmp_path, "moves.csv", [{**m, "Posting Date": "03/04/2026"} for m in lines])
    status, answer = run_import(tmp_path, SHOP)
    assert status == 1
    assert one(answer, "IM213")["count"] == 10


def test_unknown_units_and_rates_stop(tmp_path: Path) -> None:
    messy(tmp_path)
    text = (tmp_path / "buy.csv").read_text(encoding="utf-8")
    (tmp_path / "buy.csv").write_text(
        text.replace("each", "pallet").replace("USD", "JPY"), encoding="utf-8"
    )
    status, answer = run_import(tmp_path, MESSY)
    assert status == 1
    assert {"IM208", "IM210"} <= codes(answer)


def test_freshness_gap_and_check_digits_are_said(tmp_path: Path) -> None:
    start = dt.date(2025, 10, 1)
    days = [start + dt.timedelta(days=i) for i in range(120) if not 40 < i < 70]
    write(
        tmp_path, "s.csv", [{"Date": d, "SKU": "4006381333932", "Qty": 1, "Price": 2} for d in days]
    )
    config = (
        HEAD
        + """location = "S1"
[sku]
check_digit = "gtin"
[[extract]]
name = "s"
role = "sales"
file = "s.csv"
columns = { date = "Date", sku = "SKU", units = "Qty", price = "Price" }
moves_stock = true
"""
    )
    code, answer = run_import(tmp_path, config)
    assert code == 0
    assert {"IM203", "IM405", "IM406", "IM410", "IM411"} <= codes(answer)


def test_a_killed_import_goes_on_where_it_stopped_and_harms_nothing(tmp_path: Path) -> None:
    shop(tmp_path)
    assert run_import(tmp_path, SHOP)[0] == 0
    before = (tmp_path / "book.xlsx").read_bytes()
    stores = {p.name: p.read_bytes() for p in (tmp_path / "book-history").glob("*.parquet")}

    class StoppedError(Exception):
        pass

    def stop_late(step: str, share: float) -> None:
        if step == "tie out":
            raise StoppedError

    text = (tmp_path / "import.toml").read_text(encoding="utf-8")
    with pytest.raises(StoppedError):
        run.import_extracts(
            text, "import.toml", FileInputs(tmp_path), tmp_path / "book.xlsx", tmp_path, stop_late
        )
    assert (tmp_path / "book.xlsx").read_bytes() == before
    assert {p.name: p.read_bytes() for p in (tmp_path / "book-history").glob("*.parquet")} == stores
    _, answer = run_import(tmp_path, text)
    assert all(e["resumed"] for e in answer["extracts"])
    assert (tmp_path / "book.xlsx").read_bytes() == before
    assert {p.name: p.read_bytes() for p in (tmp_path / "book-history").glob("*.parquet")} == stores
    assert not list(tmp_path.glob(".book-import*"))


def test_what_does_not_fit_stays_beside_with_totals_that_tie(tmp_path: Path) -> None:
    shop(tmp_path)
    _, answer = run_import(tmp_path, SHOP + "\n[workbook]\ncost_share = 0.5\n")
    shown, rest, everything = answer["totals"]
    assert shown["items"] == rest["items"] == 1
    assert shown["eop_cost"] + rest["eop_cost"] == everything["eop_cost"] == 910
    assert one(answer, "IM501")["count"] == 1
    beside = pd.read_parquet(tmp_path / "book-history" / "balance_rest.parquet")
    assert beside["sku"].unique().tolist() == ["A-1"]
    rng = np.random.default_rng(5)
    many = pd.DataFrame({
        "sku": np.repeat([f"{i:04d}" for i in range(300)], 2), "location": np.tile(["A", "B"], 300),
        "period_end": np.datetime64("2026-03-31"), "eop_units": rng.integers(0, 99, 600),
        "eop_cost": np.round(rng.gamma(1, 100, 600), 2),
    })  # fmt: skip
    for chosen in (
        WorkbookRules(most_rows=100),
        WorkbookRules(cost_share=0.8),
        WorkbookRules(cost_share=0.0, always_above=500),
    ):
        split = split_by_policy(many, chosen)
        assert split.ties
        assert len(split.shown)
        assert len(split.shown) + len(split.rest) == 600
        assert not set(split.shown["sku"]) & set(split.rest["sku"])
    assert len(split_by_policy(many, WorkbookRules(most_rows=100)).shown) <= 100
    above = many.groupby("sku")["eop_cost"].sum()
    shown_items = set(
        split_by_policy(many, WorkbookRules(cost_share=0.0, always_above=500)).shown["sku"]
    )
    assert shown_items == set(above[above >= 500].index)


def test_identifiers() -> None:
    assert standardise("\uff21\uff22\u200b1", SkuRules()) == ("AB1", "nfkc")
    assert standardise("ab 1", SkuRules(remove=" -", case="lower")) == ("ab1", "remove")
    assert standardise("000", SkuRules(leading_zeros="strip"))[0] == "0"
    for number in range(100):
        body = f"{number * 7919:011d}"
        held = [check_digit_holds(f"{body}{d}", "gtin") for d in range(10)]
        assert sum(held) == 1


def test_the_draft_of_a_config_says_why_and_is_refused_until_it_is_filled(tmp_path: Path) -> None:
    shop(tmp_path)
    out = tmp_path / "draft.toml"
    files = [str(tmp_path / "moves.csv"), str(tmp_path / "stock.csv")]
    assert main(["import", "--propose", *files, "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert 'role = "movements"' in text
    assert 'role = "inventory"' in text
    assert 'sku = "Item No"  #' in text
    assert main(["import", str(out), "--json"]) == 1
    filled = text.replace('entity = "?"', 'entity = "Shop"').replace(
        'framework = "?"', 'framework = "ifrs"'
    )
    filled = filled.replace('currency = "?"', 'currency = "USD"').replace(
        'cost_method = "?"', 'cost_method = "average"'
    )
    filled = filled.replace("period_end = 2026-03-15", "period_end = 2026-03-31")
    _, answer = run_import(tmp_path, filled)
    assert answer["exit"] == 0
    assert answer["tie_out"][-1]["moved_units"] == answer["tie_out"][-1]["balance_units"] == 131
    manifest = json.loads(
        (tmp_path / "consolidated-history" / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["extracts"][0]["sources"][0][0] == "moves.csv"
