"""Monitor a workbook: every figure of C-11 again from events, the store, the refresh, the pack."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.hosts.file.model_store import model_folder
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.models.events import day_number
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import events_from_tables
from invval_xl.models.train import Parameters
from invval_xl.monitoring.backtest import METHODS
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.monitor_book import MonitorRequest, monitor_book
from invval_xl.runs.past_cohorts import as_it_stood
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from tests import recalculation
from tests.papers import read_papers

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
TINY = Parameters(caps=Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700))
LOSSES = ("Loss, Sold", "Loss, Disposed", "Loss, Scrapped", "Loss, Unsold (Re-estimate)")


@pytest.fixture(scope="module")
def retailer():
    return generate(items=30, locations=3, seed=11, future_weeks=0, keep_events=False)


@pytest.fixture(scope="module")
def monitored(retailer, tmp_path_factory):
    """The book, looked back at by rule and tables; refreshed with its C-11."""
    folder = tmp_path_factory.mktemp("monitored")
    book = folder / "book.xlsx"
    author(retailer_plans(retailer), book, created=CREATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        before = book.read_bytes()
        assert main(["monitor", str(book), "--no-model"]) == 0
        assert book.read_bytes() == before  # monitored, never written to
        out = folder / "refreshed.xlsx"
        assert main(["refresh", str(book), "--out", str(out)]) == 0
        back = lookback_of(book)
    return book, out, back


def test_every_cohort_figure_of_c11_again_from_events(retailer, monitored) -> None:
    """Not through ``realise``: each item's outflows are walked in plain Python from the sheets."""
    _book, out, _back = monitored
    paper = read_papers(out)["C-11 Lookback"]
    rows = paper.table("Cohort", "Net Proceeds", *LOSSES)
    assert len(rows) >= 4
    for row in rows:
        close = pd.Timestamp(row["Cohort"].removeprefix("Close "))
        mine = walk(retailer.frames, close)
        for name in ("Net Proceeds", *LOSSES[:3]):
            assert row[name] == pytest.approx(mine[name], abs=0.02 + 0.005 * mine["lines"]), name
        assert row["Realised Loss"] == pytest.approx(sum(row[n] for n in LOSSES), abs=0.011)
        assert row["Error (Served Less Realised)"] == pytest.approx(
            row["Served"] - row["Realised Loss"], abs=0.011
        )


def walk(frames, close):  # noqa: C901 - plain on purpose: a second hand's working
    """Net proceeds and losses of the units held at ``close``, item by item, sale by sale."""
    balance, sales = frames["BalanceSet"], frames["SalesHistory"]
    held = balance[(balance["period_end"] == close) & (balance["eop_units"] > 0)]
    later = balance[balance["period_end"] > close]
    sold = sales[(sales["date"] > close) & (sales["units"] > 0) & (sales["net_sales"] > 0)]
    gone = frames["Disposals"]
    gone = gone[gone["date"] > close]
    rate = {}
    stated = frames["Assumptions"]
    stated = stated[stated["name"].str.lower().str.replace(" ", "_") == "cost_to_sell_rate"]
    scoped = stated["scope"].fillna("all").replace("", "all")
    for scope, value in zip(scoped, stated["value"], strict=True):
        rate[scope] = float(value)
    category = frames["ItemMaster"].set_index("sku")["category"]
    groups = {n: dict(list(f.groupby(["sku", "location"]))) for n, f in
              (("sold", sold), ("gone", gone), ("later", later))}  # fmt: skip
    total = dict.fromkeys(("Net Proceeds", *LOSSES[:3]), 0.0)
    ends = np.sort(later["period_end"].unique())
    for sku, location, units, cost in held[["sku", "location", "eop_units", "eop_cost"]].itertuples(
        index=False
    ):
        key = (sku, location)
        selling = rate.get(f"category:{category[sku]}", rate.get("all", 0.08))
        events = []
        if key in groups["sold"]:
            for date, n, worth in groups["sold"][key][["date", "units", "net_sales"]].itertuples(
                index=False
            ):
                events.append((date, 0, n, worth / n * (1 - selling)))
        booked = {}
        if key in groups["gone"]:
            for date, n, worth in groups["gone"][key][["date", "units", "net_proceeds"]].itertuples(
                index=False
            ):
                events.append((date, 1, n, worth / n))
                end = ends[min(np.searchsorted(ends, np.datetime64(date)), len(ends) - 1)]
                booked[pd.Timestamp(end)] = booked.get(pd.Timestamp(end), 0.0) + n
        if key in groups["later"]:
            for row in groups["later"][key].itertuples():
                marked = max(row.markouts_units - booked.get(row.period_end, 0.0), 0.0)
                events.append((row.period_end, 2, marked, 0.0))
                events.append((row.period_end, 3, row.vendor_returns_units, cost / units))
        left = units
        for _date, kind, n, net in sorted(events, key=lambda e: (e[0], e[1])):
            taken = min(left, n)
            left -= taken
            total["Net Proceeds"] += taken * net
            if kind < 3:
                total[LOSSES[kind]] += taken * max(cost / units - net, 0.0)
    return {**total, "lines": len(held)}


def test_every_group_of_c11_foots_and_recalculates(monitored) -> None:
    """Native formulas give the cached figures; category, tier, age and supplier add to the same."""
    _book, out, back = monitored
    wanted = recalculation.formulas(out)
    found = recalculation.ironcalc_values(out, wanted)
    assert recalculation.differences(out, found) == []
    paper = read_papers(out)["C-11 Lookback"]
    for title in ("category", "risk tier", "age band", "supplier"):
        rows = paper.section(f"Bias, false alarms and missed losses by {title}").table(
            "Lines", "Served", "Error"
        )
        assert sum(r["Lines"] for r in rows) == len(back.rows)
        assert sum(r["Served"] for r in rows) == pytest.approx(back.rows["served"].sum(), abs=0.01)
        assert sum(r["False Alarms"] for r in rows) == back.rows["false_positives"].sum()
        for r in rows:
            assert r["Error"] == pytest.approx(r["Served"] - r["Realised Loss"], abs=0.011)
    ratios = {r["Method"]: r for r in paper.table("Method", "Reserve Over Realised", "Missed By")}
    for name, word in (("rule", "Rule (C-3)"), ("flat_rate", "Flat rate")):
        rows = back.rows
        assert ratios[word]["Reserve Over Realised"] == pytest.approx(
            rows[name].sum() / rows["realised"].sum(), abs=1e-6
        )


def test_the_lead_carries_the_flag_where_it_stands(monitored) -> None:
    _book, out, back = monitored
    told = [v for row in read_papers(out)["C-1 Lead"].rows for v in row if isinstance(v, str)]
    assert any(t.startswith("RED FLAG") for t in told) == back.flag


def test_the_pack_and_a_tampered_lookback(monitored, tmp_path, monkeypatch, capsys) -> None:
    book, _out, back = monitored
    pack = openpyxl.load_workbook(book.with_name("book-monitor.xlsx"), data_only=True)
    assert pack.sheetnames == ["Review", "Misses", "Changelog"]
    first = [c.value for c in pack["Misses"][6]]
    largest = (back.rows["served"] - back.rows["realised"]).abs().max()
    assert largest in [pytest.approx(abs(v), abs=0.01) for v in first if isinstance(v, float)]
    monkeypatch.setenv("XDG_DATA_HOME", str(book.parent / "home"))
    sealed = model_folder(book) / "lookback.json"
    whole = sealed.read_bytes()
    try:
        sealed.write_bytes(whole.replace(b"rule", b"rulf", 1))
        assert main(["refresh", str(book), "--out", str(tmp_path / "x.xlsx")]) == 1
    finally:
        sealed.write_bytes(whole)
    assert "MD309" in capsys.readouterr().out
    assert not (tmp_path / "x.xlsx").exists()


def test_a_past_close_reads_nothing_of_its_future(monitored) -> None:
    book, _out, _back = monitored
    tables = check_book(read_book(book).value).value
    close = dt.date(2025, 12, 31)
    past = as_it_stood(tables, close)
    events = events_from_tables(past)
    for name in ("sales", "returns", "receipts", "stock", "market", "defects", "lines"):
        stream = getattr(events, name)
        assert not len(stream) or stream.day.max() <= day_number(close), name
    assert not {"CostLayers", "FirmOrders", "OpeningReserve"} & set(past.by_name)


def test_models_of_the_past_learn_before_and_are_judged_after(monitored) -> None:
    book, _out, _back = monitored
    kept: dict[str, object] = {}

    class Memory:
        def get(self, key):
            return kept.get(key)

        def put(self, key, valued):
            kept[key] = valued

    request = MonitorRequest(parameters=TINY, train_once=True, memory=Memory())
    done = monitor_book(read_book(book).value, request)
    back = done.lookback
    assert all(c.model_id or c.because for c in back.cohorts)
    held = back.rows[back.rows["model"].notna()]
    if len(held):  # a model stood: all six methods have amounts on its lines
        assert held[list(METHODS)].notna().all().all()
        assert back.verdict("model") is not None
        assert {i.cohort for i in back.intervals} == {c.close for c in back.cohorts}
    assert len(kept) == len(back.cohorts)


def test_too_little_history_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "young.xlsx"
    young = generate(items=12, seed=3, future_weeks=0, keep_events=False, periods=6,
                     sales_weeks=26)  # fmt: skip
    author(retailer_plans(young), book, created=CREATED)
    assert main(["monitor", str(book), "--no-model"]) == 1
    assert not model_folder(book).exists()
    assert not (tmp_path / "young-monitor.xlsx").exists()


def test_no_such_book(tmp_path: Path) -> None:
    assert main(["monitor", str(tmp_path / "none.xlsx")]) == 2
