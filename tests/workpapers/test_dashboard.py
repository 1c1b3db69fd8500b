"""The Dashboard follows its drop-downs: two engines against sums from the data, to the cent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from invval_xl.hosts.file.write import author
from invval_xl.runs.refresh_reserve import Refreshed, refresh_reserve
from invval_xl.workpapers.sheet_plan import SheetPlan
from tests import recalculation
from tests.tables.builders import BALANCE_HEADER, PERIOD, Rows, a_book
from tests.tools import converted, needs_libreoffice

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
CATEGORIES = ["*", "~x", "x", "Hats", "hats", "0123", "123", ">5", "a?c", "abc", "All", "=1+1"]
LOCATIONS = ["S1", "S*", "S?"]
SUPPLIERS = ["Acme", "Acme*", "~", None]
CHOICES = {"category": "A6", "location": "C6", "supplier": "E6", "tier": "G6"}
TIERS = ["green", "yellow", "orange", "red"]
TESTS = ["price", "quantity", "contract", "damage"]
BANDS = [(0, 90), (91, 180), (181, 365), (366, 730), (731, 99999)]
SELECTIONS = 20


# Without "~": IronCalc does not take the "~~" that a tilde is spelled with in a criterion.
PATTERNS = ["*", "x", "Hats", ">5", "a?c", "abc", "All"]


def _book(categories: list[str]) -> Refreshed:
    rng = random.Random(20261031)
    items: list[list[object]] = [["SKU", "Category", "Supplier", "Ticket Price"]]
    balance: list[list[object]] = [BALANCE_HEADER]
    history: list[list[object]] = [["Date", "SKU", "Location", "Units", "Net Sales"]]
    opening: list[list[object]] = [["SKU", "Location", "Opening Reserve", "Opening Units"]]
    total, reserve = 0.0, 0.0
    for i in range(24):
        sku = f"K{i:03d}"
        items.append([sku, categories[i % len(categories)], SUPPLIERS[i % 4],
                      float(rng.choice([2, 5, 9, 20]))])  # fmt: skip
        for place in LOCATIONS:
            bop, sales = rng.randint(20, 400), rng.randint(1, 12)
            unit = float(rng.choice([1.5, 4, 8, 15]))
            cost = round((bop - sales) * unit, 2)
            balance.append([sku, place, PERIOD, bop, 0, sales, bop - sales,
                            bop * unit, 0.0, sales * unit, cost])  # fmt: skip
            total += cost
            history.append([dt.date(2026, 10, 5), sku, place, sales, sales * unit * 1.3])
            if rng.random() < 0.4:
                amount = float(rng.randint(1, 90))
                opening.append([sku, place, amount, bop])
                reserve += amount
    opening.append(["GONE", "S1", 77.25, 4])
    items.append(["GONE", "*", "Acme*", 5.0])
    control: Rows = [
        ["Setting", "Value"], ["Entity", "Acme & Sons"], ["Period End", PERIOD],
        ["Framework", "ifrs"], ["Currency", "USD"], ["Cost Method", "fifo"],
        ["GL Inventory", round(total, 2)], ["GL Reserve", reserve + 77.25],
    ]  # fmt: skip
    return refresh_reserve(a_book({
        "Control": control, "ItemMaster": items, "BalanceSet": balance, "SalesHistory": history,
        "OpeningReserve": opening,
    }))  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Refreshed:
    return _book(CATEGORIES)


def selections(made: Refreshed) -> list[dict[str, str]]:
    """All, each awkward category alone, then seeded draws over all four drop-downs."""
    word = {"category": "(All)", "location": "All", "supplier": "All", "tier": "All"}
    rng = random.Random(7)
    out = [dict(word), *(word | {"category": c} for c in ("*", "~x", "0123", "All", "hats"))]
    frame, _ = chosen(made, word)
    while len(out) < SELECTIONS:  # what some row is, in one to three of its facts
        row = frame.iloc[rng.randrange(len(frame))]
        names = rng.sample(list(word), rng.randint(1, 3))
        out.append(word | {name: str(row[name]) for name in names})
    return out


def chosen(made: Refreshed, selection: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the proposal and items of the roll-forward that a selection means, by pandas."""
    master = made.case.tables.item_master.frame.set_index("sku")["supplier"]
    frame = made.case.proposal.frame.copy()
    rolled = made.case.rollforward.copy()
    for part in (frame, rolled):
        part["supplier"] = part["sku"].map(master).fillna("(no supplier)")
    tier = made.case.lines["tier"].to_numpy()
    rolled["tier"] = [tier[i] if i >= 0 else "" for i in rolled["line"]]
    for name, value in selection.items():
        if value != ("(All)" if name == "category" else "All"):
            frame, rolled = frame[frame[name] == value], rolled[rolled[name] == value]
    return frame, rolled


def expected(made: Refreshed, selection: dict[str, str]) -> dict[str, Any]:
    """Every figure and every chart range of the Dashboard, summed from the data."""
    frame, rolled = chosen(made, selection)
    lines = frame.groupby("line", sort=True)[["cost", "required", "low", "high"]].sum().round(2)
    facts = frame.drop_duplicates("line").set_index("line")
    top = lines[lines["required"] > 0].sort_values("required", ascending=False, kind="stable")[:10]
    ages = frame["age_days"]
    opening, closing = rolled["opening"].sum(), rolled["closing"].sum()
    by_category = frame.groupby("category")["closing"].sum().round(2)
    ranked = by_category[by_category > 0].sort_values(ascending=False)[:12]
    return {
        "cost": frame["cost"].sum(),
        "write_down": frame["write_down"].sum(),
        "closing": frame["closing"].sum(),
        "low": frame["low"].sum(),
        "high": frame["high"].sum(),
        "items": frame["line"].nunique(),
        "tier cost": [frame.loc[frame["tier"] == t, "cost"].sum() for t in TIERS],
        "tests": [frame.loc[frame["binding"] == t, "required"].sum() for t in TESTS],
        "ages": [frame.loc[(ages >= a - 0.5) & (ages < b + 0.5), "cost"].sum() for a, b in BANDS]
        + [frame.loc[ages.isna(), "cost"].sum()],
        "bridge": [opening, rolled["charge"].sum(), -rolled["utilization"].sum(),
                   -rolled["reversal"].sum(), closing],
        "top sku": list(facts.loc[top.index, "sku"]),
        "top place": list(facts.loc[top.index, "location"]),
        "top required": list(top["required"]),
        "top low": list(top["low"]),
        "top high": list(top["high"]),
        "top tier": list(facts.loc[top.index, "tier"]),
        "category names": set(ranked.index),
        "category values": list(ranked),
    }  # fmt: skip


def _cells(reference: str) -> tuple[str, list[str]]:
    """Sheet and cells of a chart's reference."""
    sheet, _, area = reference.removeprefix("=").rpartition("!")
    first, _, last = area.replace("$", "").partition(":")
    letter = re.sub(r"\d", "", first)
    rows = range(int(re.sub(r"\D", "", first)), int(re.sub(r"\D", "", last or first)) + 1)
    return sheet.strip("'"), [f"{letter}{row}" for row in rows]


def shown(plan: SheetPlan, values: recalculation.Values) -> dict[str, Any]:
    """The same figures as the recalculated workbook has them; charts through their own ranges."""

    def of(reference: str) -> list[Any]:
        sheet, cells = _cells(reference)
        return [values.get((sheet, cell)) for cell in cells]

    def words(reference: str) -> list[Any]:
        return [v for v in of(reference) if v not in (None, "")]

    tier, category, age, bridge, interval = plan.charts
    boxes = [values.get(("Dashboard", f"{c}10")) for c in "ABCDEFGH"]
    required, reach = interval.series[0], interval.series[1]
    top = words(required.values)
    count = len(top)
    plus, minus = of(required.plus)[:count], of(required.minus)[:count]
    sheet, at = _cells(required.categories)
    rows = [int(re.sub(r"\D", "", cell)) for cell in at][:count]
    tests_row = next(c.row for c in plan.cells if c.value == "Binding Test") + 1
    lift, balance, up, down = (of(s.values) for s in bridge.series)
    # What the stacked columns show: the balance at the ends, ups and downs on their lift between.
    steps = [b + u - d for b, u, d in zip(balance, up, down, strict=True)]
    level = 0.0
    for i in (1, 2, 3):
        level = level + (balance[0] if i == 1 else steps[i - 1])
        assert lift[i] == pytest.approx(level - down[i], abs=0.005)
    names = of(category.series[0].categories)
    sizes = of(category.series[0].values)
    assert names[-1] == "all others"
    assert words(reach.values) == pytest.approx(
        [t + p for t, p in zip(top, plus, strict=True)], abs=0.005
    )
    return {
        "cost": boxes[0], "write_down": boxes[1], "closing": boxes[2], "low": boxes[5],
        "high": boxes[6], "items": boxes[7],
        "tier cost": of(tier.series[0].values),
        "tests": [values.get((sheet, f"G{tests_row + i}")) for i in range(4)],
        "ages": of(age.series[0].values),
        "bridge": steps,
        "top sku": words(required.categories),
        "top place": [values.get((sheet, f"B{row}")) for row in rows],
        "top required": top,
        "top low": [t - m for t, m in zip(top, minus, strict=True)],
        "top high": [t + p for t, p in zip(top, plus, strict=True)],
        "top tier": [values.get((sheet, f"D{row}")) for row in rows],
        "category names": {str(n) for n in names[:-1] if n not in (None, "")},
        "category values": [s for n, s in zip(names[:-1], sizes, strict=False)
                            if n not in (None, "")],
    }  # fmt: skip


def agree(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, value in ours.items():
        found = theirs[name]
        if isinstance(value, (float, int, np.number)):
            assert found == pytest.approx(float(value), abs=0.005), name
        elif isinstance(value, list) and value and not isinstance(value[0], str):
            assert found == pytest.approx([float(v) for v in value], abs=0.005), name
        else:
            assert found == value, name


def with_choices(plans: tuple[SheetPlan, ...], selection: dict[str, str]) -> list[SheetPlan]:
    """The plans with other words in the drop-down cells, cached figures as they were."""
    at = {(6, " ABCDEFG".index(cell[0])): selection[name] for name, cell in CHOICES.items()}
    board = dataclasses.replace(
        plans[0],
        cells=tuple(
            dataclasses.replace(c, value=at[c.row, c.column]) if (c.row, c.column) in at else c
            for c in plans[0].cells
        ),
    )
    return [board, *plans[1:]]


def test_no_paper_takes_a_category_for_a_pattern(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    author(_book(PATTERNS).plans, book, created=CREATED)
    wanted = {k: v for k, v in recalculation.formulas(book).items() if k[0] != "C-3 LCNRV"}
    found = recalculation.ironcalc_values(book, wanted)
    assert len(wanted) > 500
    assert [d for d in recalculation.differences(book, found) if d.sheet != "C-3 LCNRV"] == []


def test_the_selections_reach_every_drop_down(made: Refreshed) -> None:
    assert made.plans[0].name == "Dashboard"
    sizes = [len(chosen(made, s)[0]) for s in selections(made)]
    assert len(sizes) == SELECTIONS
    assert sum(0 < size < sizes[0] for size in sizes) >= 12
    assert any(len(chosen(made, s)[1].query("line < 0")) for s in selections(made)[1:])


@pytest.fixture(scope="module")
def engine(made: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """IronCalc over the book as made: drop-downs set in place, cells read after."""
    import ironcalc

    book = tmp_path_factory.mktemp("ironcalc") / "book.xlsx"
    author(made.plans, book, created=CREATED)
    return ironcalc.load_from_xlsx(str(book), "en", "UTC", "en")


def recalculated(engine: Any, selection: dict[str, str]) -> recalculation.Values:
    """Dashboard and Dashboard Data after the four cells were typed and the model evaluated."""
    sheets = {s["name"]: i for i, s in enumerate(engine.get_worksheets_properties())}
    for name, cell in CHOICES.items():  # an apostrophe types text, whatever it begins with
        at = coordinate_to_tuple(cell)
        engine.set_user_input(sheets["Dashboard"], *at, f"'{selection[name]}")
    engine.evaluate()
    found: recalculation.Values = {}
    for sheet, rows in (("Dashboard", 90), ("Dashboard Data", 40)):
        for row in range(1, rows + 1):
            for column in range(1, 40):
                cell = f"{get_column_letter(column)}{row}"
                found[sheet, cell] = engine.get_cell_value(sheets[sheet], row, column)
    return found


def test_ironcalc_follows_every_selection(made: Refreshed, engine: Any) -> None:
    for selection in selections(made):
        agree(expected(made, selection), shown(made.plans[0], recalculated(engine, selection)))


@needs_libreoffice
def test_libreoffice_follows_every_selection(made: Refreshed, tmp_path: Path) -> None:
    books = []
    for i, selection in enumerate(selections(made)):
        books.append(tmp_path / f"choice{i}.xlsx")
        author(with_choices(made.plans, selection), books[-1], created=CREATED)
    saved = converted(books, "xlsx:Calc MS Excel 2007 XML", tmp_path / "out")
    for selection, book in zip(selections(made), saved, strict=True):
        loaded = openpyxl.load_workbook(book, data_only=True, read_only=True)
        found = {
            (name, cell.coordinate): cell.value
            for name in ("Dashboard", "Dashboard Data")
            for row in loaded[name].iter_rows(max_row=90)
            for cell in row
            if cell.value is not None
        }
        agree(expected(made, selection), shown(made.plans[0], found))


def test_a_choice_that_is_on_no_list_chooses_nothing_and_says_so(
    made: Refreshed, engine: Any
) -> None:
    found = recalculated(engine, selections(made)[0] | {"supplier": "acme"})
    assert found["Dashboard", "A10"] == 0
    assert "not on its list" in str(found["Dashboard", "A7"])


def test_the_drop_downs_are_validations_over_their_lists(made: Refreshed) -> None:
    board = made.plans[0]
    assert {v.ref for v in board.validations} == set(CHOICES.values())
    assert all(v.kind == "list" and "Dashboard Data" in v.source for v in board.validations)
    assert (board.fit_width, board.fit_height, board.scale) == (1, 1, 0)
