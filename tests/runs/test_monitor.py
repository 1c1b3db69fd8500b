"""Monitor a workbook: every figure of C-11 again from events, the store, the refresh, the pack."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import replace
from functools import partial
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
from invval_xl.runs import monitor_book as run
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.past_cohorts import as_it_stood
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from tests import recalculation
from tests.papers import read_papers
from tests.runs.second_hand import Hand, Line, adjustment, alarms, inside, judged, total, verdict

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
TINY = Caps(rounds=3, leaves=4, forest_trees=3, max_rows=700)
LOSSES = ("Loss, Sold", "Loss, Disposed", "Loss, Scrapped", "Loss, Unsold (Re-estimate)")
WORDS = {"rule": "Rule (C-3)", "model": "Model", "age_receipt": "Ageing by receipt",
         "age_last_sale": "Ageing by last sale", "refitted_table": "Refitted table",
         "flat_rate": "Flat rate", "served": "Served"}  # fmt: skip


@pytest.fixture(scope="module")
def retailer():
    """It disposes, marks out and returns to vendors within the closes looked back at."""
    return generate(items=24, locations=3, seed=4, future_weeks=0, keep_events=False)


@pytest.fixture(scope="module")
def monitored(retailer, tmp_path_factory):
    """The book, looked back at by a small model held still, rule and tables; then refreshed."""
    folder = tmp_path_factory.mktemp("monitored")
    book = folder / "book.xlsx"
    author(retailer_plans(retailer), book, created=CREATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setattr(run, "Parameters", partial(Parameters, caps=TINY))
        before = book.read_bytes()
        assert main(["monitor", str(book), "--train-once"]) == 0
        assert book.read_bytes() == before  # monitored, never written to
        out = folder / "refreshed.xlsx"
        assert main(["refresh", str(book), "--out", str(out)]) == 0
        back = lookback_of(book)
    return book, out, back


@pytest.fixture(scope="module")
def paper(monitored):
    return read_papers(monitored[1])["C-11 Lookback"]


@pytest.fixture(scope="module")
def lines(retailer, monitored) -> list[Line]:
    """Every cohort worked out again by a second hand, from the events themselves."""
    hand = Hand(retailer.frames)
    said = monitored[2].rows
    return [
        line
        for close, part in said.groupby("cohort")
        for line in hand.cohort(pd.Timestamp(close), part)
    ]


# --- every figure of C-11 again from events ------------------------------------------------


def same(row: dict, header: str, mine: float, *, lines: int = 0) -> None:
    """Equal to the cent; where cents of so many lines were added, to half a cent of each."""
    if mine != mine:  # noqa: PLR0124 - NaN: the paper has no figure
        assert row[header] in (None, ""), header
    else:
        assert row[header] == pytest.approx(mine, abs=0.011 + 0.005 * lines), header


def test_something_of_every_kind_came_of_the_goods(lines) -> None:
    """A test of figures that are all nought would prove nothing."""
    for name in ("sold", "disposed", "scrapped", "left", "net"):
        assert sum(getattr(x, name) > 0 for x in lines) >= 5, name
    assert sum(x.said["model"] == x.said["model"] for x in lines) > 50
    assert len(judged(lines)) >= 20


def test_reserves_losses_and_errors_of_every_cohort(paper, lines) -> None:
    reserves = {r["Cohort"]: r for r in paper.table("Cohort", "Model", "Realised Loss", "Served")}
    losses = {r["Cohort"]: r for r in paper.table("Cohort", "Net Proceeds", *LOSSES)}
    assert len(reserves) == len(losses) >= 4
    for close in {x.cohort for x in lines}:
        mine = [x for x in lines if x.cohort == close]
        row, lost = reserves[f"Close {close}"], losses[f"Close {close}"]
        assert row["Lines"] == len(mine)
        for header, name in (
            ("Cost", "cost"), ("Realised Loss", "realised"), ("Rule (C-3)", "rule"),
            ("Ageing By Receipt", "age_receipt"), ("Ageing By Last Sale", "age_last_sale"),
            ("Flat Rate", "flat_rate"), ("Refitted Table", "refitted_table"), ("Served", "served"),
            ("Rule, Low", "low"), ("Rule, High", "high"),
        ):  # fmt: skip
            found = next(h for h in row if h.casefold() == header.casefold())
            same(row, found, total(mine, name))
        came = ("net", "sold", "disposed", "scrapped", "left")
        for header, name in zip(("Net Proceeds", *LOSSES), came, strict=True):
            same(lost, header, total(mine, name))
        error = total(mine, "served") - total(mine, "realised")
        same(lost, "Error (Served Less Realised)", error)
        assert lost["Error Over Cost"] == pytest.approx(error / total(mine, "cost"), abs=1e-6)
        assert lost["Adequacy"] == pytest.approx(
            total(mine, "realised") / total(mine, "served"), abs=1e-6
        )


def test_ratios_and_verdicts(paper, lines, monitored) -> None:
    ratios = {r["Method"]: r for r in paper.table("Method", "Reserve Over Realised", "Missed By")}
    for name, word in WORDS.items():
        known = {x.cohort for x in lines if x.said[name] == x.said[name]}
        mine = [x for x in lines if x.cohort in known]
        reserve, came = total(mine, name), total(mine, "realised")
        row = ratios[word]
        same(row, "Reserve", reserve)
        same(row, "Missed By", abs(reserve - came))
        assert row["Reserve Over Realised"] == pytest.approx(reserve / came, abs=1e-6)
    found = paper.table("Method", "Category", "Held", "It Missed By")
    assert {(r["Method"], r["Category"]) for r in found} >= {
        ("Model", "all"),
        ("Rule (C-3)", "all"),
    }
    for row in found:
        method = "model" if row["Method"] == "Model" else "rule"
        mine = verdict(lines, method, row["Category"])
        for header, name in (("Reserve", "reserve"), ("Realised Loss", "realised"),
                             ("Missed By", "gap"), ("It Missed By", "best_gap")):  # fmt: skip
            same(row, header, mine[name])
        assert row["Closest Table"] == WORDS[mine["best"]]
        assert row["Held"] == ("yes" if mine["holds"] else "no")
    flag = not verdict(lines, "model", "all")["holds"]
    assert monitored[2].flag == flag


def test_coverage_and_the_factor_that_follows(paper, lines) -> None:
    rows = {r["Cohort"]: r for r in paper.table("Cohort", "Intervals Judged", "Coverage")}
    level, factor, memory = 0.80, 1.0, []
    for close in sorted({x.cohort for x in lines}):
        mine = judged([x for x in lines if x.cohort == close])
        row = rows[f"Close {close}"]
        assert (row["Intervals Judged"], row["Covered"]) == (len(mine), sum(map(inside, mine)))
        assert row["Factor On Half-width"] == pytest.approx(factor, abs=1e-6)
        scores = []
        for x in mine:
            half = max((x.said["rate_high"] - x.said["rate_low"]) / 2, 0.005)
            scores.append(abs(x.rate - (x.said["rate_high"] + x.said["rate_low"]) / 2) / half)
        within = sum(map(inside, mine)) if factor == 1 else sum(s <= factor + 1e-9 for s in scores)
        if factor == 1:
            assert row["Covered, Recalibrated"] == within
        if len(mine) >= 30:
            if memory:
                level = min(max(level + 0.3 * (0.80 - within / len(mine)), 0.70), 0.99)
            memory = [*memory[-1:], scores]
            pooled = sorted(s for part in memory for s in part)
            factor = pooled[min(math.ceil((len(pooled) + 1) * level), len(pooled)) - 1]
        assert row["Factor For The Next"] == pytest.approx(factor, abs=1e-5)


@pytest.mark.parametrize(
    ("title", "of"),
    [("category", "category"), ("risk tier", "tier"), ("age band", "band"),
     ("supplier", "supplier")],
)  # fmt: skip
def test_bias_false_alarms_and_missed_losses_by_group(paper, lines, title, of) -> None:
    found = paper.section(f"Bias, false alarms and missed losses by {title}").table(
        "Lines", "Served", "Error"
    )
    groups: dict[str, list[Line]] = defaultdict(list)
    for x in lines:
        groups[x.said["tier"] if of == "tier" else getattr(x, of)].append(x)
    assert {r[title.capitalize()] for r in found} == set(groups)
    for row in found:
        mine = groups[row[title.capitalize()]]
        assert row["Lines"] == len(mine)
        for header, name in (("Cost", "cost"), ("Served", "served"), ("Realised Loss", "realised")):
            same(row, header, total(mine, name))
        same(row, "Error", total(mine, "served") - total(mine, "realised"))
        for header, value in alarms(mine).items():
            same(row, header, value, lines=len(mine) if "Dollars" in header else 0)


def test_key_figures_adjustments_and_challengers(paper, lines) -> None:
    told = alarms(lines)
    served, came = total(lines, "served"), total(lines, "realised")
    seen = judged(lines)
    for name, value in {
        "Reserve over realised": served / came,
        "Adequacy": came / served,
        "False alarms": told["False Alarms"] / told["Reserved Lines"],
        "Missed losses": told["Missed Losses"] / told["Lines With A Loss"],
        "Interval coverage": sum(map(inside, seen)) / len(seen),
    }.items():
        assert paper.fact(name) == pytest.approx(value, abs=1e-6), name
    own, other = adjustment(lines, "served"), adjustment(lines, "age_receipt")
    assert paper.fact("Period-end adjustment") == pytest.approx(own, abs=0.5)
    assert paper.fact("Adjustment avoided") == pytest.approx(other - own, abs=0.5)
    cells = paper.section("Period-end adjustment").table("Cohort", "Category", "Adjustment, Served")
    assert sum(r["Adjustment, Served"] for r in cells) == pytest.approx(own, abs=0.5)
    assert sum(r["Adjustment Avoided"] for r in cells) == pytest.approx(other - own, abs=0.5)
    found = {r["Challenger"]: r for r in paper.table("Challenger", "Served Missed", "Closer")}
    for name, word in list(WORDS.items())[:-1]:
        row = found[word]
        both = [x for x in lines if x.said[name] == x.said[name]]
        same(row, "Served Missed", adjustment(both, "served"), lines=len(both))
        same(row, "Challenger Missed", adjustment(both, name), lines=len(both))
        low, high = resampled(both, name)
        width = max(high - low, 1.0)
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


def test_roll_out_shows_both_amounts_at_the_newest_cohort(paper, lines) -> None:
    newest = max(x.cohort for x in lines)
    rows = [r for r in paper.table("Category", "State", "Valued By") if r["State"]]
    assert {r["Category"] for r in rows} == {x.category for x in lines if x.cohort == newest}
    for row in rows:
        mine = [x for x in lines if (x.cohort, x.category) == (newest, row["Category"])]
        same(row, "Rule (C-3)", total(mine, "rule"))
        same(row, "Model", total(mine, "model"))
        assert row["Valued By"] == "rule"  # no share of inventory was given to the model


def test_the_rule_of_a_past_close_is_what_refresh_gives_on_a_book_cut_there(
    retailer, monitored, tmp_path
) -> None:
    """The book as an analyst would have had it: cut by hand, refreshed, C-3's amounts."""
    close = sorted(monitored[2].rows["cohort"].unique())[2]
    day = pd.Timestamp(close)
    frames = dict(retailer.frames)
    dated = {"BalanceSet": "period_end", "SalesHistory": "date", "MarketPrices": "date",
             "Quality": "date", "Disposals": "date"}  # fmt: skip
    for name, column in dated.items():
        frames[name] = frames[name][frames[name][column] <= day].reset_index(drop=True)
    for name in ("CostLayers", "FirmOrders", "PurchaseCommitments", "OpeningReserve"):
        frames.pop(name, None)
    frames["Assumptions"] = frames["Assumptions"].assign(effective_from=pd.NaT)
    balance = frames["BalanceSet"]
    held = balance[balance["period_end"] == day]
    book = tmp_path / "cut.xlsx"
    said = {"period_end": day.date(), "gl_inventory": round(float(held["eop_cost"].sum()), 2),
            "gl_reserve": 0.0}  # fmt: skip
    control = frames["Control"]
    frames["Control"] = control.assign(
        value=[said.get(n, v) for n, v in control[["setting", "value"]].itertuples(index=False)]
    )
    author(retailer_plans(replace(retailer, frames=frames)), book, created=CREATED)
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
