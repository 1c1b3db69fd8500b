"""Monitor a workbook: past closes valued again, the store, the refresh, the pack."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.model_store import model_folder
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.models.events import day_number
from invval_xl.models.from_tables import events_from_tables
from invval_xl.monitoring.backtest import METHODS
from invval_xl.monitoring.discuss import method_words
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.past_cohorts import as_it_stood
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from tests import recalculation
from tests.papers import read_papers
from tests.runs.cut_book import CREATED, cut_book
from tests.runs.second_hand import Line, verdict


def test_the_flag_is_what_a_second_hand_says_of_the_model(lines, monitored) -> None:
    """Every figure of C-11 is worked out again in test_c11_whole.py."""
    assert monitored[2].flag == (not verdict(lines, "model", "all")["holds"])


def test_a_challenger_s_interval_is_no_matter_of_the_draws(paper, lines) -> None:
    """C-11's are those of its fixed draws; others give the same width, within a seventh."""
    found = {r["Challenger"]: r for r in paper.table("Challenger", "Served Missed", "Closer")}
    for name in METHODS:
        both = [x for x in lines if x.said[name] == x.said[name]]
        low, high = resampled(both, name)
        width = max(high - low, 1.0)
        row = found[method_words(name)]
        assert row["95 % Low"] == pytest.approx(low, abs=0.15 * width)
        assert row["95 % High"] == pytest.approx(high, abs=0.15 * width)


def resampled(both: list[Line], name: str) -> tuple[float, float]:
    """The paired bootstrap by item, with draws of its own."""
    item = {sku: i for i, sku in enumerate(sorted({x.sku for x in both}))}
    cell = {c: i for i, c in enumerate(sorted({(x.cohort, x.category) for x in both}))}
    error = np.zeros((2, len(item), len(cell)))
    for x in both:
        at = item[x.sku], cell[x.cohort, x.category]
        error[0][at] += x.said["served"] - x.realised
        error[1][at] += x.said[name] - x.realised
    draw = np.random.default_rng(99)
    out = []
    for _ in range(2_000):
        chosen = draw.integers(0, len(item), len(item))
        own, other = np.abs(error[:, chosen].sum(axis=1)).sum(axis=1)
        out.append(other - own)
    return float(np.quantile(out, 0.025)), float(np.quantile(out, 0.975))


def test_roll_out_shows_both_amounts_at_the_newest_cohort(paper) -> None:
    for row in paper.table("Category", "State", "Valued By"):
        if row["State"]:
            assert row["Valued By"] == "rule"  # no share of inventory was given to the model


def test_the_rule_of_a_past_close_is_what_refresh_gives_on_a_book_cut_there(
    retailer, monitored, tmp_path
) -> None:
    """The book as an analyst would have had it: cut by hand, refreshed, C-3's amounts."""
    close = sorted(monitored[2].rows["cohort"].unique())[2]
    book = cut_book(retailer, close, tmp_path / "cut.xlsx")
    assert main(["refresh", str(book), "--out", str(tmp_path / "out.xlsx")]) == 0
    required: dict[tuple[str, str], float] = defaultdict(float)
    for row in read_papers(tmp_path / "out.xlsx")["C-3 LCNRV"].table(
        "SKU", "Tranche", "Required Reserve"
    ):
        required[row["SKU"], row["Location"]] += row["Required Reserve"] or 0.0
    said = monitored[2].rows
    said = said[said["cohort"] == close]
    assert len(said) > 20
    for sku, location, rule in said[["sku", "location", "rule"]].itertuples(index=False):
        assert required[sku, location] == pytest.approx(rule, abs=0.005)


def test_every_group_of_c11_recalculates(monitored) -> None:
    """Native formulas give the cached figures in another engine."""
    out = monitored[1]
    found = recalculation.ironcalc_values(out, recalculation.formulas(out))
    assert recalculation.differences(out, found) == []


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
    _book, _out, back = monitored
    assert all(c.model_id or c.because for c in back.cohorts)
    held = back.rows[back.rows["model"].notna()]
    assert held[list(METHODS)].notna().all().all()
    assert back.verdict("model") is not None
    assert {i.cohort for i in back.intervals} == {c.close for c in back.cohorts}


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
