"""What a workbook does not show is valued as if it were shown, and all of it ties."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.findings import RefusedError
from invval_xl.hosts.file.kept_store import kept_beside
from invval_xl.hosts.file.read import read_book
from invval_xl.reserving.kept_beside import KeptBeside
from invval_xl.runs.monitor_book import MonitorRequest, monitor_book
from invval_xl.runs.refresh_reserve import Refreshed, RefreshRequest, refresh_reserve
from invval_xl.runs.sign_off import posted_rows
from invval_xl.runs.train_model import train_model
from tests import recalculation
from tests.papers import read_papers
from tests.sources.extracts import HEAD, run_import, write

FILES = ("balance_rest.parquet", "items_rest.parquet", "sales_rest.parquet")
OPENING = """
[[extract]]
name = "stock"
role = "balance"
file = "balance.csv"

[extract.columns]
sku = "sku"
location = "location"
period_end = "period_end"
bop_units = "bop_units"
bop_cost = "bop_cost"
sales_units = "sales_units"
sales_cost = "sales_cost"
receipts_units = "receipts_units"
receipts_cost = "receipts_cost"
eop_units = "eop_units"
eop_cost = "eop_cost"

[[extract]]
name = "items"
role = "items"
file = "items.csv"
columns = { sku = "sku", category = "category", ticket_price = "ticket_price" }

[[extract]]
name = "till"
role = "sales"
file = "sales.csv"

[extract.columns]
date = "date"
sku = "sku"
location = "location"
units = "units"
net_sales = "net_sales"
"""
SPLIT = "\n[workbook]\nalways_above = 4000\ncost_share = 0.0\n"


def extracts(folder: Path) -> float:
    """Forty items in two stores, some priced below cost; their cost in all."""
    draw = np.random.default_rng(3)
    balance, items, sales = [], [], []
    total = 0.0
    for i in range(40):
        sku, each = f"K{i:03d}", round(float(draw.uniform(5, 40)), 2)
        price = round(each * float(draw.choice([0.7, 0.95, 1.6])), 2)
        items.append({"sku": sku, "category": f"C{i % 3}", "ticket_price": price})
        for store in ("S1", "S2"):
            held, sold = int(draw.integers(20, 200)), int(draw.integers(1, 15))
            cost = round(held * each, 2)
            total += cost
            balance.append({
                "sku": sku, "location": store, "period_end": "2026-03-31",
                "bop_units": held + sold, "bop_cost": round(cost + sold * each, 2),
                "receipts_units": 0, "receipts_cost": 0.0,
                "sales_units": sold, "sales_cost": round(sold * each, 2),
                "eop_units": held, "eop_cost": cost,
            })  # fmt: skip
            sales.append({
                "date": "2026-03-12", "sku": sku, "location": store, "units": sold,
                "net_sales": round(sold * price, 2),
            })  # fmt: skip
    for name, rows in (("balance", balance), ("items", items), ("sales", sales)):
        write(folder, f"{name}.csv", rows)
    return round(total, 2)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same extracts imported twice: everything shown, and split."""
    made = []
    for name, more in (("whole", ""), ("split", SPLIT)):
        folder = tmp_path_factory.mktemp(name)
        total = extracts(folder)
        code, answer = run_import(folder, f"{HEAD}gl_inventory = {total}\n{OPENING}{more}")
        assert code == 0, answer
        made.append(folder / "book.xlsx")
    return made[0], made[1]


@pytest.fixture(scope="module")
def refreshed(books: tuple[Path, Path]) -> tuple[Refreshed, Refreshed]:
    whole, split = books
    return (
        refresh_reserve(read_book(whole).value),
        refresh_reserve(read_book(split).value, RefreshRequest(beside=kept_beside(split))),
    )


def test_every_item_is_valued_as_if_it_were_shown(
    refreshed: tuple[Refreshed, Refreshed],
) -> None:
    whole, split = refreshed
    kept = split.case.beside
    assert kept is not None
    assert 10 < len(kept.lines) < 70  # some are shown and some are not
    names = ["sku", "location", "units", "cost", "price", "required", "write_down", "closing"]
    together = pd.concat([split.case.lines[names], kept.lines[names]])
    together = together.sort_values(["sku", "location"], ignore_index=True)
    alone = whole.case.lines[names].sort_values(["sku", "location"], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, check_exact=True)
    assert kept.total("closing") > 0
    for name in ("cost", "write_down", "closing_reserve", "items", "reserve_by_category"):
        assert getattr(split.summary, name) == pytest.approx(getattr(whole.summary, name))
    assert not any(f.code == "BS130" for f in split.findings)
    posted = [posted_rows(r.case).groupby("sku")["charge"].sum() for r in refreshed]
    pd.testing.assert_series_equal(*posted)


def test_the_papers_tie_shown_and_kept_to_the_ledger_by_formulas(
    books: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.xlsx"
    assert main(["refresh", str(books[1]), "--out", str(out)]) == 0
    lead = read_papers(out)["C-1 Lead"]
    assert lead.fact("Difference to the ledger") == 0
    by_category = lead.table("Category", "Cost Not Determined", "Required Reserve")
    assert {r["Category"] for r in by_category} >= {"C0", "C1", "C2"}
    wanted = recalculation.formulas(out)
    found = recalculation.ironcalc_values(out, wanted)
    assert recalculation.differences(out, found) == []
    detail = pd.read_parquet(tmp_path / "out-history" / "reserve_rest.parquet")
    entry = [
        r
        for r in read_papers(out)["C-5 Journal"].table("Entry", "Description")
        if "kept beside" in str(r["Description"])
    ]
    assert sum(r["Debit"] for r in entry) == pytest.approx(detail["write_down"].sum(), abs=0.005)
    folder = tmp_path / "binder"
    assert main(["export", str(out), "--out", str(folder), "--no-pdf"]) == 0
    assert main(["verify", str(folder)]) == 0
    assert {p.name for p in (folder / "rest").iterdir()} == set(FILES)


def test_without_what_was_kept_the_ledger_does_not_tie(books: tuple[Path, Path]) -> None:
    with pytest.raises(RefusedError) as refused:
        refresh_reserve(read_book(books[1]).value)
    assert "BS130" in {f.code for f in refused.value.findings}


def _another_day(kept: KeptBeside) -> KeptBeside:
    return _changed(kept, lambda f: f.assign(period_end=pd.Timestamp("2026-02-28")))


def _changed(kept: KeptBeside, change: Callable[[pd.DataFrame], pd.DataFrame]) -> KeptBeside:

    frame = change(pd.read_parquet(io.BytesIO(kept.files["BalanceSet"])))
    return replace(kept, files={**kept.files, "BalanceSet": frame.to_parquet()})


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_another_day, "no rows of 2026-03-31"),
        (lambda k: replace(k, files={"BalanceSet": b"PAR1"}), "cannot be read"),
        (lambda k: replace(k, files={"BalanceSet": k.files["BalanceSet"]}), "ItemMaster is not"),
        (lambda k: _changed(k, lambda f: f.drop(columns="location")), "no column location"),
    ],
)
def test_what_is_not_kept_for_this_period_is_refused(
    books: tuple[Path, Path], spoil: Callable[[KeptBeside], KeptBeside], told: str
) -> None:
    kept = kept_beside(books[1])
    assert kept is not None
    with pytest.raises(RefusedError) as refused:
        refresh_reserve(read_book(books[1]).value, RefreshRequest(beside=spoil(kept)))
    (stop,) = [f for f in refused.value.findings if f.code == "RV414"]
    assert told in stop.message


def test_an_item_on_both_sides_is_refused(books: tuple[Path, Path]) -> None:
    raw, kept = read_book(books[0]).value, kept_beside(books[1])
    with pytest.raises(RefusedError, match="RV414"):
        refresh_reserve(raw, RefreshRequest(beside=kept))


def test_training_and_looking_back_know_what_is_kept(books: tuple[Path, Path]) -> None:
    """Neither is refused for a ledger that holds more than the workbook shows."""
    raw, kept = read_book(books[1]).value, kept_beside(books[1])
    for run, request in ((train_model, {"beside": kept}), (monitor_book, {})):
        asked = request or {"request": MonitorRequest(beside=kept)}
        with pytest.raises(RefusedError) as refused:  # one month is too little history for either
            run(raw, progress=lambda _s, _d: None, **asked)
        assert not {"BS130", "RV414"} & {f.code for f in refused.value.findings}
    with pytest.raises(RefusedError) as refused:
        train_model(raw, lambda _s, _d: None)
    assert "BS130" in {f.code for f in refused.value.findings}


def test_what_stands_from_before_follows_its_item(books: tuple[Path, Path], tmp_path: Path) -> None:
    """OpeningReserve lists items of both sides: each opens where its item lies, the ledger ties."""
    kept, book = kept_beside(books[1]), tmp_path / "book.xlsx"
    assert kept is not None
    loaded = openpyxl.load_workbook(books[1])
    shown = loaded["BalanceSet"].cell(2, 1).value
    other = pd.read_parquet(io.BytesIO(kept.files["BalanceSet"]))["sku"].iloc[0]
    sheet = loaded.create_sheet("OpeningReserve")
    for row in (("SKU", "Location", "Opening Reserve"), (shown, "S1", 40.0), (other, "S1", 25.5)):
        sheet.append(row)
    loaded["Control"].append(("GL Reserve", 65.5))
    loaded.save(book)
    done = refresh_reserve(read_book(book).value, RefreshRequest(beside=kept))
    assert done.case.beside is not None
    assert done.case.beside.total("opening") == 25.5
    assert done.case.rollforward["opening"].sum() == 40
    assert "RV204" not in {f.code for f in done.findings}
    posted = posted_rows(done.case).set_index(["sku", "location"])["opening"]
    assert (posted[shown, "S1"], posted[other, "S1"]) == (40, 25.5)
