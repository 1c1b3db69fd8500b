"""A whole year of closes of one generated retailer, through the commands, on both databases.

``python -m tests.soak.year [--items N]`` plays twelve month ends in both frameworks on SQLite and
PostgreSQL and prints a table of each. A workbook a month is authored from the generator's frames
with the year's events planted in them (quotes, an opening reserve, a business acquired, a release
asked for); then ``refresh``, decisions typed on C-7, ``record``, ``refresh``, ``sign-off`` three
times. Every month's papers are read with openpyxl and held against :class:`Books`, which shares no
code with the product: whole cents, one item at a time, from the sheets, the quotes and the
decisions.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd

from invval_xl.__main__ import main
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from tests.papers import Paper, read_papers
from tests.postgres import fresh_database, running_postgres
from tests.reperformance.test_stranger import inputs, required_of
from tests.review_books import PREPARER, REVIEWER, accept, lines_of, modify

if TYPE_CHECKING:
    from invval_xl.sources.demo import DemoRetailer

Item = tuple[str, str]
YEAR = 2025
MONTH_ENDS = tuple(
    (dt.date(YEAR, m + 1, 1) if m < 12 else dt.date(YEAR + 1, 1, 1)) - dt.timedelta(days=1)
    for m in range(1, 13)
)
BEFORE = dt.date(YEAR - 1, 12, 31)
ALLOWANCE = "Allowance to reduce inventory to net realizable value"
FRAMEWORKS = ("us-gaap", "ifrs")
MOVES = {
    "charge": "Charge To Expense",
    "other": "Charge To Other Accounts",
    "utilization": "Utilization",
    "reversal": "Reversal",
    "decided": "Decided Adjustments",
}
FALLS, RESERVED, ACQUIRED = range(3)  # roles of the three items the story is planted in
FALLEN, RECOVERED = range(2, 5), 5  # months: down March to May, up again from June
ASKED, ACQUISITION, DECIDED = 5, 6, 3  # months of the release, of the business, of the decision
QUOTED_LOW, QUOTED_HIGH = 0.80, 1.60  # of unit cost


def generated(items: int, locations: int = 2) -> DemoRetailer:
    """The retailer, its year and the month before it."""
    return generate(items=items, locations=locations, weeks=130, seed=5, as_of=MONTH_ENDS[-1],
                    future_weeks=0, keep_events=False, periods=13, sales_weeks=64)  # fmt: skip


def cents(amount: float | None) -> int:
    return round((amount or 0.0) * 100)


def half_up(value: Fraction) -> int:
    return math.floor(value * 2 + 1) // 2


@dataclass
class Vintage:
    """One write-down (or acquired reserve, not the entity's own) and what is left of it."""

    day: dt.date
    left: int
    own: bool = True


@dataclass
class Books:
    """The reserve recomputed from events; nothing of the product's accounting is used."""

    framework: str
    held: dict[Item, list[Vintage]] = field(default_factory=lambda: defaultdict(list))
    units: dict[Item, float] = field(default_factory=dict)
    capped: int = 0

    def closing(self, item: Item) -> int:
        return sum(v.left for v in self.held[item])

    def recovers(self, v: Vintage, day: dt.date) -> bool:
        """US GAAP: only within the fiscal year of the write-down (ASC 270-10-45-6)."""
        return v.own and (self.framework == "ifrs" or v.day.year == day.year)

    def month(
        self,
        day: dt.date,
        units: dict[Item, float],
        wanted: dict[Item, int],
        acquired: dict[Item, int],
    ) -> dict[Item, dict[str, int]]:
        """Move every item over one month; the movements in cents."""
        out = {}
        for item in sorted({*self.held, *wanted, *acquired}):
            opening, came, now = self.closing(item), acquired.get(item, 0), units.get(item, 0.0)
            moved = {"opening": opening, "other": came, "charge": 0, "reversal": 0}
            before = self.units.get(item, 0.0)
            if not now:
                used = opening + came
            elif opening:
                gone = Fraction(max(before - now, 0.0)) / Fraction(before)
                used = half_up(opening * gone)
            else:
                used = 0
            assert used <= opening + came
            if came:
                self.held[item].append(Vintage(day, came, own=False))
            rest = moved["utilization"] = used
            for v in self.held[item]:
                part = min(rest, v.left)
                v.left -= part
                rest -= part
            standing, required = self.closing(item), wanted.get(item, 0) if now else 0
            if required > standing:
                moved["charge"] = required - standing
                self.held[item].append(Vintage(day, required - standing))
            surplus = standing - required
            able = sum(v.left for v in self.held[item] if self.recovers(v, day))
            self.capped += surplus > able > 0
            for v in reversed(self.held[item]):
                if surplus > 0 and self.recovers(v, day):
                    part = min(surplus, v.left)
                    v.left -= part
                    surplus -= part
                    moved["reversal"] += part
            moved["closing"] = self.closing(item)
            self.held[item] = [v for v in self.held[item] if v.left]
            if any(moved.values()):
                out[item] = moved
        self.units = dict(units)
        return out


@dataclass
class Year:
    """One play: a retailer, a framework, a ledger."""

    retailer: DemoRetailer
    framework: str
    ledger: str
    folder: Path
    months: tuple[int, ...] = tuple(range(12))
    books: Books = field(init=False)
    gl: int = 0
    table: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = Books(self.framework)
        balance = self.retailer.frames["BalanceSet"]
        held = balance[balance["eop_units"] > 0]
        months = held[held["period_end"] <= pd.Timestamp(MONTH_ENDS[9])]
        spans = months.groupby("sku")["period_end"].nunique()
        busy = months.groupby("sku")["eop_units"].mean()
        self.cast = list(busy[spans >= 10].sort_values(ascending=False).index[:3])
        assert len(self.cast) == 3, "the story needs three items held nearly all year"
        self.unit_cost = {
            sku: float(rows["eop_cost"].sum() / rows["eop_units"].sum())
            for sku, rows in held.groupby("sku")
        }
        chance = random.Random(7)
        self.quotes = [
            {sku: self._quote(sku, month, chance) for sku in sorted(self.unit_cost)}
            for month in range(12)
        ]
        self._open()

    def _quote(self, sku: str, month: int, chance: random.Random) -> float:
        ratio = chance.uniform(0.95, 1.5)
        if sku == self.cast[FALLS]:
            ratio = QUOTED_LOW if month in FALLEN else QUOTED_HIGH
        elif sku == self.cast[RESERVED]:
            ratio = QUOTED_LOW if month < RECOVERED else QUOTED_HIGH
        elif sku == self.cast[ACQUIRED]:
            ratio = QUOTED_LOW if 4 <= month < 9 else QUOTED_HIGH
        return round(self.unit_cost[sku] * ratio, 2)

    def _open(self) -> None:
        """Last year's write-down of one item, half of its cost, stands at the opening."""
        rows = self._rows(BEFORE)
        self.books.units = self._units(rows)
        for row in rows[rows["sku"] == self.cast[RESERVED]].to_dict("records"):
            item = (row["sku"], row["location"])
            self.books.held[item].append(Vintage(BEFORE, cents(row["eop_cost"]) // 2))
            self.gl += self.books.closing(item)

    def _rows(self, day: dt.date) -> pd.DataFrame:
        balance = self.retailer.frames["BalanceSet"]
        return balance[(balance["period_end"] == pd.Timestamp(day)) & (balance["eop_units"] > 0)]

    @staticmethod
    def _units(rows: pd.DataFrame) -> dict[Item, float]:
        keys = zip(rows["sku"], rows["location"], strict=True)
        return dict(zip(keys, rows["eop_units"].astype(float), strict=True))

    def _acquired(self, month: int) -> dict[Item, int]:
        if month != ACQUISITION:
            return {}
        rows = self._rows(MONTH_ENDS[month])
        mine = rows[rows["sku"] == self.cast[ACQUIRED]]
        return {(r["sku"], r["location"]): cents(r["eop_cost"]) // 3
                for r in mine.to_dict("records")}  # fmt: skip

    def author(self, month: int, *, asks: bool = False, left: bool = False) -> Path:
        """The month's workbook: what the company has on the day, and no more.

        ``left``: somebody forgot to clear what came with the business acquired.
        """
        day, frames = MONTH_ENDS[month], dict(self.retailer.frames)
        since = pd.Timestamp(day) - pd.Timedelta(days=70)
        balance, sales = frames["BalanceSet"], frames["SalesHistory"]
        frames["BalanceSet"] = balance[balance["period_end"].between(since, pd.Timestamp(day))]
        frames["SalesHistory"] = sales[sales["date"] <= pd.Timestamp(day)]
        for name in ("CostLayers", "Quality", "FirmOrders", "PurchaseCommitments", "Disposals"):
            frames.pop(name, None)
        on_sheet = set(frames["ItemMaster"]["sku"])
        quotes = {k: v for k, v in self.quotes[month].items() if k in on_sheet}
        frames["MarketPrices"] = pd.DataFrame({
            "sku": list(quotes), "date": pd.Timestamp(day), "source": "Distributor price list",
            "price": list(quotes.values()), "currency": "USD", "tax_included": 0.0,
            "evidence_ref": "planted"})  # fmt: skip
        frames["OpeningReserve"] = self._opening(
            month, asks=asks, acquired=self._acquired(ACQUISITION if left else month)
        )
        control = frames["Control"].set_index("setting")["value"].copy()
        control["period_end"], control["framework"] = day, self.framework
        control["gl_inventory"] = round(float(self._rows(day)["eop_cost"].sum()), 2)
        control["gl_reserve"] = self.gl / 100
        frames["Control"] = control.rename("value").reset_index()
        book = self.folder / f"{day:%Y-%m}{'-asks' if asks else '-left' if left else ''}.xlsx"
        author(retailer_plans(replace(self.retailer, frames=frames)), book,
               created=dt.datetime.combine(day, dt.time()))  # fmt: skip
        return book

    def _opening(self, month: int, *, asks: bool, acquired: dict[Item, int]) -> pd.DataFrame:
        """OpeningReserve as this module's own books closed; the product's ledger must agree."""
        rows = []
        for item in sorted({k for k, v in self.books.held.items() if v} | set(acquired)):
            standing = self.books.closing(item) / 100
            first = min((v.day for v in self.books.held[item]), default=None)
            asked = None
            if asks and item[0] == self.cast[RESERVED]:
                asked = standing if self.framework == "us-gaap" else standing + 1.0
            rows.append((*item, standing, self.books.units.get(item, 0.0), standing,
                         pd.Timestamp(first) if first else pd.NaT, asked,
                         acquired.get(item, 0) / 100 or None))  # fmt: skip
        return pd.DataFrame(rows, columns=["sku", "location", "opening_reserve", "opening_units",
                                           "original_write_down", "written_down_on", "released",
                                           "charged_other"])  # fmt: skip

    def run(self, *command: str, code: int = 0) -> dict[str, Any]:
        """A command in process; what it answered."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            got = main([*command, "--ledger", self.ledger, "--json"])
        answer: dict[str, Any] = json.loads(out.getvalue())
        assert got == code, (command, got, answer)
        return answer

    def play(self) -> Year:
        for month in self.months:
            self.month(month)
        self.december()
        return self

    def month(self, month: int) -> None:
        """One close: refresh, decide, record, refresh, sign off; then hold it to our own books."""
        day = MONTH_ENDS[month]
        if month == ASKED:
            self._refused(self.author(month, asks=True))
        book = self.author(month)
        answer = self.run("refresh", str(book))
        codes = {f["code"] for f in answer["findings"]}
        assert "RW230" not in codes, "the ledger closed as we did"
        assert "RW231" not in codes, "what was acquired was cleared"
        if month == ACQUISITION + 1 or (month > ACQUISITION and month == max(self.months)):
            self._warned(self.author(month, left=True))
        modified = self._decide(book, month)
        papers = read_papers(book)
        wanted = self._wanted(book, month) | modified
        acquired = self._acquired(month)
        opening = {k: self.books.closing(k) for k, v in self.books.held.items() if v}
        moved = self.books.month(day, self._units(self._rows(day)), wanted, acquired)
        shown = check_month(papers, moved, opening, self.gl)
        self.gl += posted(papers)
        assert self.gl == sum(row["closing"] for row in moved.values()), f"{day}: journal ties"
        for step, who in (("prepare", PREPARER), ("review", REVIEWER), ("finalise", REVIEWER)):
            self.run("sign-off", str(book), "--as", step, "--who", who)
        self.table.append({"month": f"{day:%Y-%m}", **shown})
        for name in MOVES:
            self.seen[name] += abs(shown[name])
        if month != ACQUISITION:
            assert not shown["other"]

    def _warned(self, book: Path) -> None:
        """What was acquired would be posted once more: every item of it is named."""
        answer = self.run("refresh", str(book), "--out", str(book.with_name("left-out.xlsx")))
        named = [f for f in answer["findings"] if f["code"] == "RW231"]
        assert len(named) == len(self._acquired(ACQUISITION))
        assert sum(cents(f["dollars"]) for f in named) == sum(self._acquired(ACQUISITION).values())

    def _refused(self, book: Path) -> None:
        """The release asked for is refused by its paragraph and nothing is written."""
        before = book.read_bytes()
        answer = self.run("refresh", str(book), code=1)
        code, paragraph = (
            ("FW104", "330-10-35-14") if self.framework == "us-gaap" else ("FW105", "IAS 2.33")
        )
        found = [f for f in answer["findings"] if f["code"] == code]
        assert found
        assert all(paragraph in f["paragraph"] for f in found)
        assert book.read_bytes() == before
        self.refused.append(code)

    def _decide(self, book: Path, month: int) -> dict[Item, int]:
        """Type on C-7: one decided reserve in April, accepted at the next; accept what must be."""
        lines = lines_of(book)
        on = {"Date": dt.datetime.combine(MONTH_ENDS[month], dt.time()) + dt.timedelta(days=3)}
        typed = [(r, accept(**on)) for r in lines if r["Status"] == "must decide"]
        modified: dict[Item, int] = {}
        mine = [r for r in lines if r["SKU"] == self.cast[FALLS]]
        after = self.months[self.months.index(DECIDED) + 1]
        assert mine or month != DECIDED
        if mine and month in (DECIDED, after):
            line = mine[0]
            typed = [t for t in typed if t[0]["row"] != line["row"]]
            reserve = round(line["Recommended Reserve"] + 0.1 * line["Cost"], 2)
            said = modify(reserve, **on) if month == DECIDED else accept(**on)
            typed.append((line, said))
            if month == DECIDED:
                modified[line["SKU"], line["Location"]] = cents(reserve)
        if not typed:
            return {}
        opened = openpyxl.load_workbook(book)
        sheet = opened["C-7 Review"]
        names = {c.value: c.column for c in sheet[lines[0]["row"] - 1] if c.value}
        for line, said in typed:
            for name, value in said.items():
                sheet.cell(line["row"], names[name]).value = value
        opened.save(book)
        recorded = self.run("record", str(book))
        assert recorded["recorded"] == len(typed)
        self.seen["decisions"] += len(typed)
        self.run("refresh", str(book))
        left = [r for r in lines_of(book) if r["Status"] == "must decide"]
        assert not left
        return modified

    def _wanted(self, book: Path, month: int) -> dict[Item, int]:
        """The requirement of each item, by the stranger's arithmetic on quotes, units and cost."""
        loaded = [openpyxl.load_workbook(book, data_only=d, read_only=True) for d in (True, False)]
        values, formulas = (list(b["C-3 LCNRV"].iter_rows(values_only=True)) for b in loaded)
        for each in loaded:
            each.close()
        rows = self._rows(MONTH_ENDS[month]).set_index(["sku", "location"])
        out: dict[Item, int] = defaultdict(int)
        for row in inputs({"C-3 LCNRV": values, "C-3 formulas": formulas}):
            item = (row["SKU"], row["Location"])
            assert row["Price"] == self.quotes[month][item[0]], item
            assert row["Units On Hand"] == rows.loc[item, "eop_units"]
            assert cents(row["Item Cost"]) == cents(rows.loc[item, "eop_cost"])
            out[item] += cents(required_of(row))
        assert set(out) == set(rows.index), "every item held is valued"
        return dict(out)

    def december(self) -> None:
        """What the year had to contain."""
        for name in MOVES:
            assert self.seen[name], f"no {name} in the year"
        assert self.refused == ["FW104" if self.framework == "us-gaap" else "FW105"]
        assert self.books.capped, "no recovery met its cap"


def check_month(
    papers: dict[str, Paper], moved: dict[Item, dict[str, int]], opening: dict[Item, int], gl: int
) -> dict[str, int]:
    """C-4 foots by item, continues last month, ties to the ledger, and is what we work out."""
    rolled, lead = papers["C-4 Rollforward"], papers["C-1 Lead"]
    totals: dict[str, int] = defaultdict(int)
    seen = {}
    for row in rolled.section("Results by item").table("SKU", "Location", "Closing Reserve"):
        item = (row["SKU"], row["Location"])
        said = {name: cents(row.get(header)) for name, header in MOVES.items()}
        said |= {"opening": cents(row["Opening Reserve"]), "closing": cents(row["Closing Reserve"])}
        foot = (said["opening"] + said["charge"] + said["other"] - said["utilization"]
                - said["reversal"] + said["decided"])  # fmt: skip
        assert foot == said["closing"] >= 0, (item, said)
        assert said["utilization"] <= said["opening"] + said["other"], (item, said)
        assert said["opening"] == opening.get(item, 0), (item, "opens where last month closed")
        mine = moved[item]
        for name in ("opening", "other", "utilization", "closing"):
            assert said[name] == mine[name], (item, name, said, mine)
        net = said["charge"] - said["reversal"] + said["decided"]
        assert net == mine["charge"] - mine["reversal"], (item, said, mine)
        seen[item] = said
        for name, amount in said.items():
            totals[name] += amount
    assert set(moved) == set(seen)
    assert totals["opening"] == gl == cents(rolled.fact("Opening reserve per general ledger"))
    for label in ("Difference", "Opening per OpeningReserve less general ledger"):
        assert rolled.fact(label) == 0, label
    assert lead.fact("Difference to the ledger") == 0
    assert lead.fact("Closing reserve, this paper, less C-4") == 0
    by_category = lead.table("Category", "Closing Reserve", "Carrying Amount")
    assert sum(cents(r["Closing Reserve"]) for r in by_category) == totals["closing"]
    return dict(totals)


def posted(papers: dict[str, Paper]) -> int:
    """Net credit of the allowance by the month's journal, in cents."""
    journal = papers["C-5 Journal"]
    if not any("Account" in row for row in journal.rows):
        return 0
    rows = journal.table("Entry", "Account", "Debit (Credit)")
    return -sum(cents(r["Debit (Credit)"]) for r in rows if r["Account"] == ALLOWANCE)


def play(
    framework: str,
    ledger: str,
    folder: Path,
    items: int = 10,
    months: tuple[int, ...] = tuple(range(12)),
) -> Year:
    """The year of one framework on one ledger; asserts all the way."""
    return Year(generated(items), framework, ledger, folder, months).play()


def printed(year: Year) -> Iterator[str]:
    """The year as a table."""
    told = f"{year.seen['decisions']} decisions, {year.books.capped} recoveries at their cap"
    database = year.ledger.partition(":")[0]
    yield f"{year.framework} on {database}, {year.refused[0]} refused, {told}"
    names = ("opening", *MOVES, "closing")
    yield f"{'month':8}" + "".join(f"{n:>13}" for n in names)
    for row in year.table:
        yield f"{row['month']:8}" + "".join(f"{row[n] / 100:>13,.2f}" for n in names)


def _main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=12)
    items = asked.parse_args().items
    with running_postgres() as server, tempfile.TemporaryDirectory() as place:
        for framework in FRAMEWORKS:
            closed = {}
            for database in ("sqlite", "postgresql"):
                folder = Path(place) / framework / database
                folder.mkdir(parents=True)
                url = f"sqlite:///{folder / 'ledger.sqlite'}"
                if database == "postgresql":
                    url = fresh_database(server, f"year-{framework}")
                year = play(framework, url, folder, items)
                print("\n".join(printed(year)), flush=True)
                closed[database] = year.table
            assert closed["sqlite"] == closed["postgresql"], "one year, whichever database"


if __name__ == "__main__":
    _main()
