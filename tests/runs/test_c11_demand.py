"""The generator's own shift, one category's demand at 60 %, on C-11 and in the findings."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.sources.demo import generate
from tests.runs.c11_figures import Figures
from tests.runs.c11_register import Register, read_cells
from tests.runs.cut_book import cut_book
from tests.runs.second_hand_demand import by_category
from tests.runs.second_hand_drift import Drift
from tests.runs.second_hand_facts import Diary

SEED, ITEMS = 105, 700  # items of six categories, at one store


def retailer(shift: tuple[float, float]):
    return generate(items=ITEMS, locations=1, seed=SEED, future_weeks=0, keep_events=False,
                    shift=shift)  # fmt: skip


def reviewed(told, close: str, folder: Path, capsys) -> tuple[Path, list[dict]]:
    """A book cut at a close, monitored and refreshed; what the monitor found."""
    book = cut_book(told, close, folder / "book.xlsx")
    assert main(["monitor", str(book), "--no-model", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert main(["refresh", str(book), "--out", str(folder / "out.xlsx")]) == 0
    capsys.readouterr()
    return folder / "out.xlsx", [f for f in found if f["code"] == "MD312"]


@pytest.fixture(scope="module")
def second_month() -> str:
    """The second month end that saw a whole month of the shift."""
    told = retailer((0.6, 0.95))
    begun = told.truth["episodes"].set_index("episode").loc["regime shift", "first_date"]
    ends = sorted(told.frames["BalanceSet"]["period_end"].unique())
    whole = [e for e in ends if (e - begun).days >= 28]
    return f"{pd.Timestamp(whole[1]):%Y-%m-%d}"


def test_the_fall_of_one_category_is_called_and_every_figure_of_it_recomputed(
    second_month, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    told = retailer((0.6, 0.95))
    out, found = reviewed(told, second_month, tmp_path, capsys)
    category = told.truth["episodes"]["scope"].iloc[0].removeprefix("category:")
    assert [f["message"].partition(":")[0] for f in found] == [category]
    frames = {
        name: frame[frame[column] <= second_month]
        for name, column in (("BalanceSet", "period_end"), ("SalesHistory", "date"))
        for frame in [told.frames[name]]
    }
    layers = told.frames["CostLayers"].iloc[:0]
    hand = Drift(Diary({**told.frames, **frames, "CostLayers": layers}))
    register = Register(read_cells(out, "C-11 Lookback"))
    figures = Figures(register, [], hand)
    figures.drifting()
    figures.demand()
    told_of = {e.by for e in register.expected.values()}
    assert told_of == {"drift", "demand by category"}
    assert [d for d in register.differences() if "nobody accounts" not in d] == []
    worst = by_category(hand.book)[hand.days[-1]][0]
    assert (worst.category, worst.called) == (category, True)
    assert worst.ratio < 0.75
    # what one of these figures would say had it been tampered with
    at = register.table("Category", "Demand Over Course").rows[0]
    place = (at.row, at.columns["Demand Over Course"])
    false = register.differences({**register.cells, place: at["Demand Over Course"] + 0.001})
    assert any(d.startswith(str(place)) for d in false)


def test_the_same_retailer_without_a_shift_is_not_called(
    second_month, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    _, found = reviewed(retailer((1.0, 1.0)), second_month, tmp_path, capsys)
    assert found == []
    back = lookback_of(tmp_path / "book.xlsx")
    assert len({s.category for s in back.drift.demand}) == 6
    assert {s.period for s in back.drift.demand} <= set(back.drift.periods)
