"""What a second hand expects of every cell of C-11 that holds a figure, table by table.

Only words are read off the paper: headers, and the keys of rows. Lines carry money in whole cents,
so sums are held to the cent; ratios to what a binary float keeps; indices to their six places.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from tests.runs.c11_register import CENT, EXACT, WHOLE, Register, Row, Table
from tests.runs.second_hand import (
    METHODS,
    Line,
    adjustment,
    alarms,
    inside,
    judged,
    total,
    verdict,
)
from tests.runs.second_hand_demand import LEAST_ITEMS, NEEDED, Course, by_category
from tests.runs.second_hand_drift import FALSE_CALLS, Drift, Held

NAN = math.nan
WORDS = {"rule": "Rule (C-3)", "model": "Model", "age_receipt": "Ageing by receipt",
         "age_last_sale": "Ageing by last sale", "refitted_table": "Refitted table",
         "flat_rate": "Flat rate", "served": "Served"}  # fmt: skip
LOSSES = {"Loss, Sold": "sold", "Loss, Disposed": "disposed", "Loss, Scrapped": "scrapped",
          "Loss, Unsold (Re-estimate)": "left"}  # fmt: skip
ALARMS = ("Reserved Lines", "Lines With A Loss", "False Alarms", "False Alarms, Dollars",
          "Missed Losses", "Missed Losses, Dollars")  # fmt: skip
DRAWS, SEED = 1_000, 20_261  # of the paired bootstrap
Group = Callable[[Line], object]


def ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else NAN


def grouped(lines: Iterable[Line], *by: Group) -> dict[tuple, list[Line]]:
    out: dict[tuple, list[Line]] = defaultdict(list)
    for x in lines:
        out[tuple(g(x) for g in by)].append(x)
    return out


def close_of(line: Line) -> str:
    return f"Close {line.cohort}"


class Figures:
    """The second hand's lines, intervals and drift, laid against a register."""

    def __init__(self, register: Register, lines: list[Line], drift: Drift) -> None:
        self.register, self.lines, self.hand = register, lines, drift
        self.by_close = {k: v for (k,), v in sorted(grouped(lines, close_of).items())}
        self.factors = self._factors()
        self.covered_used = {
            id(x) for close, mine in self.by_close.items() for x in judged(mine)
            if self._inside_used(x, self.factors[close][0])
        }  # fmt: skip

    @property
    def base(self) -> tuple[Group, ...]:
        """What a row of the cohort table is one of."""
        return (close_of, lambda x: x.category, lambda x: x.supplier, lambda x: x.said["tier"],
                lambda x: x.band)  # fmt: skip

    def account(self) -> Register:
        """Expect something of every figure of the sheet."""
        for part in (
            self.key_figures, self.cohorts, self.ratios, self.losses, self.intervals, self.bias,
            self.adjustments, self.verdicts, self.challengers, self.roll_out, self.drifting,
            self.demand, self.cohort_table,
        ):  # fmt: skip
            part()
        ticks = self.register.row_of("Ticks that do not hold")
        self.register.expect((ticks, 2), 0, EXACT, "the ticks")
        return self.register

    def check_keys(self, table: Table, wanted: set, *headers: str) -> None:
        found = [tuple(row[h] for h in headers) for row in table.rows]
        assert len(found) == len(set(found)), headers
        assert set(found) == wanted, headers

    def key_figures(self) -> None:
        told, seen = alarms(self.lines), judged(self.lines)
        served, came = total(self.lines, "served"), total(self.lines, "realised")
        own = adjustment(self.lines, "served")
        avoided = adjustment(self.lines, "age_receipt") - own
        for name, (value, within) in {
            "Reserve over realised": (ratio(served, came), EXACT),
            "Adequacy": (ratio(came, served), EXACT),
            "False alarms": (ratio(told["False Alarms"], told["Reserved Lines"]), EXACT),
            "Missed losses": (ratio(told["Missed Losses"], told["Lines With A Loss"]), EXACT),
            "Period-end adjustment": (own, CENT),
            "Adjustment avoided": (avoided, CENT),
            "Interval coverage": (ratio(sum(map(inside, seen)), len(seen)), EXACT),
            "Coverage recalibrated": (ratio(len(self.covered_used), len(seen)), EXACT),
            "Refresh to sign-off": (NAN, EXACT),  # no ledger stands beside the book
        }.items():
            self.register.expect((self.register.row_of(name), 2), value, within, "key figures")
        cells = len(grouped(self.lines, close_of, lambda x: x.category))
        self.register.expect_text(
            (self.register.row_of("Reserve over realised"), 3),
            f"served amount over realised loss, {cells} cohort-categories",
        )

    def cohorts(self) -> None:
        table = self.register.table("Cohort", "Lines", "Realised Loss", "Rule, Low")
        names = {word if n != "model" else "Model 2": n for n, word in WORDS.items()}
        names |= {"Cost": "cost", "Realised Loss": "realised", "Rule, Low": "low",
                  "Rule, High": "high"}  # fmt: skip
        self.check_keys(table, {(k,) for k in self.by_close}, "Cohort")

        def said(row: Row) -> dict[str, tuple[float, float]]:
            mine = self.by_close[row["Cohort"]]
            return {"Lines": (len(mine), EXACT)} | {
                header: (total(mine, name), CENT) for header, name in names.items()
            }

        table.expect(said, "reserves by cohort")
        table.expect_foot(["Lines", *names], "reserves by cohort")

    def ratios(self) -> None:
        table = self.register.table("Method", "Reserve Over Realised", "Missed By")
        methods = {word: name for name, word in WORDS.items()}
        self.check_keys(table, {(w,) for w in methods}, "Method")

        def said(row: Row) -> dict[str, tuple[float, float]]:
            name = methods[row["Method"]]
            known = {x.cohort for x in self.lines if not math.isnan(x.said[name])}
            mine = [x for x in self.lines if x.cohort in known]
            reserve, came = total(mine, name), total(mine, "realised")
            return {
                "Reserve": (reserve, CENT),
                "Realised Loss, Same Cohorts": (came, CENT),
                "Reserve Over Realised": (ratio(reserve, came), EXACT),
                "Adequacy (Realised Over Reserve)": (ratio(came, reserve), EXACT * 1e4),
                "Missed By": (abs(reserve - came), CENT),
            }

        table.expect(said, "ratios by method")

    def losses(self) -> None:
        table = self.register.table("Cohort", "Net Proceeds", after="How the loss came")
        self.check_keys(table, {(k,) for k in self.by_close}, "Cohort")

        def said(row: Row) -> dict[str, tuple[float, float]]:
            mine = self.by_close[row["Cohort"]]
            served, came = total(mine, "served"), total(mine, "realised")
            # proceeds of a line are no whole cents: the paper adds those of the cohort table
            net = sum(total(part, "net") for part in grouped(mine, *self.base).values())
            return {h: (total(mine, n), CENT) for h, n in LOSSES.items()} | {
                "Net Proceeds": (net, CENT),
                "Realised Loss": (came, CENT),
                "Served": (served, CENT),
                "Error (Served Less Realised)": (served - came, CENT),
                "Error Over Cost": (ratio(served - came, total(mine, "cost")), EXACT),
                "Adequacy": (ratio(came, served), EXACT * 1e4),
            }

        table.expect(said, "losses by cohort")
        sums = ["Net Proceeds", *LOSSES, "Realised Loss", "Served", "Error (Served Less Realised)"]
        table.expect_foot(sums, "losses by cohort")

    def _inside_used(self, line: Line, factor: float) -> bool:
        """Inside the interval as the cohorts before had it widened, about its middle."""
        if factor == 1:
            return inside(line)
        low, high = line.said["rate_low"], line.said["rate_high"]
        half = max((high - low) / 2, 0.005)
        low, high = (low + high) / 2 - factor * half, (low + high) / 2 + factor * half
        low, high = min(low, line.said["rate"]), max(high, line.said["rate"])
        return max(low, 0.0) - 1e-9 <= line.rate <= min(high, 1.0) + 1e-9

    def _factors(self) -> dict[str, tuple[float, float]]:
        """The factor of each cohort and of the next: the level moves by the coverage error."""
        level, factor, memory, out = 0.80, 1.0, [], {}
        for close, mine in self.by_close.items():
            scores = []
            for x in judged(mine):
                low, high = x.said["rate_low"], x.said["rate_high"]
                scores.append(abs(x.rate - (low + high) / 2) / max((high - low) / 2, 0.005))
            plain = sum(map(inside, judged(mine)))
            within = plain if factor == 1 else sum(s <= factor + 1e-9 for s in scores)
            here = factor
            if len(scores) >= 30:
                if memory:
                    level = min(max(level + 0.3 * (0.80 - within / len(scores)), 0.70), 0.99)
                memory = [*memory[-1:], scores]
                pooled = sorted(s for part in memory for s in part)
                place = min(math.ceil((len(pooled) + 1) * level), len(pooled)) - 1
                factor = round(pooled[max(place, 0)], 6)
            out[close] = (here, factor)
        return out

    def intervals(self) -> None:
        table = self.register.table("Cohort", "Intervals Judged", "Coverage")
        self.check_keys(table, {(k,) for k in self.by_close}, "Cohort")

        def said(row: Row) -> dict[str, tuple[float, float]]:
            seen = judged(self.by_close[row["Cohort"]])
            held, used = sum(map(inside, seen)), sum(id(x) in self.covered_used for x in seen)
            here, following = self.factors[row["Cohort"]]
            return {
                "Intervals Judged": (len(seen), EXACT),
                "Covered": (held, EXACT),
                "Coverage": (ratio(held, len(seen)), EXACT),
                "Factor On Half-width": (here, WHOLE),
                "Covered, Recalibrated": (used, EXACT),
                "Coverage, Recalibrated": (ratio(used, len(seen)), EXACT),
                "Promised": (0.80, EXACT),
                "Factor For The Next": (following, WHOLE),
            }

        table.expect(said, "intervals")
        table.expect_foot(["Intervals Judged", "Covered", "Covered, Recalibrated"], "intervals")
        last = list(self.factors.values())[-1][1]
        self.register.expect_text(
            (self.register.row_of("From here on"), 1),
            f"From here on the half-width of the interval is multiplied by {last:.2f}:"
            " each cohort's coverage sets the factor of the next.",
        )

    def bias(self) -> None:
        for title, of in {
            "category": lambda x: x.category,
            "risk tier": lambda x: x.said["tier"],
            "age band": lambda x: x.band,
            "supplier": lambda x: x.supplier,
        }.items():
            self._bias_by(title, {k: v for (k,), v in grouped(self.lines, of).items()})

    def _bias_by(self, title: str, groups: dict[str, list[Line]]) -> None:
        section = f"Bias, false alarms and missed losses by {title}"
        table = self.register.table("Lines", "Served", "Error", after=section)
        self.check_keys(table, {(k,) for k in groups}, title.capitalize())

        def said(row: Row) -> dict[str, tuple[float, float]]:
            mine = groups[row[title.capitalize()]]
            told = alarms(mine)
            served, came = total(mine, "served"), total(mine, "realised")
            return {h: (told[h], CENT if "Dollars" in h else EXACT) for h in ALARMS} | {
                "Lines": (len(mine), EXACT),
                "Cost": (total(mine, "cost"), CENT),
                "Served": (served, CENT),
                "Realised Loss": (came, CENT),
                "Error": (served - came, CENT),
                "Error Over Cost": (ratio(served - came, total(mine, "cost")), EXACT),
                "Reserve Over Realised": (ratio(served, came), EXACT * 1e3),
            }

        table.expect(said, section)
        sums = ["Lines", "Cost", "Served", "Realised Loss", "Error", *ALARMS]
        table.expect_foot(sums, section)

    def adjustments(self) -> None:
        cells = grouped(self.lines, close_of, lambda x: x.category)
        table = self.register.table("Cohort", "Category", "Adjustment, Served")
        self.check_keys(table, set(cells), "Cohort", "Category")

        def said(row: Row) -> dict[str, tuple[float, float]]:
            mine = cells[row["Cohort"], row["Category"]]
            served, came = total(mine, "served"), total(mine, "realised")
            aged = total(mine, "age_receipt")
            own, other = abs(served - came), abs(aged - came)
            return {
                "Served": (served, CENT),
                "Ageing By Receipt": (aged, CENT),
                "Realised Loss": (came, CENT),
                "Adjustment, Served": (own, CENT),
                "Adjustment, Ageing": (other, CENT),
                "Adjustment Avoided": (other - own, CENT),
            }

        table.expect(said, "adjustments")
        table.expect_foot([h for h in table.columns if h not in {"Cohort", "Category"}],
                          "adjustments")  # fmt: skip

    def verdicts(self) -> None:
        table = self.register.table("Method", "Category", "Held", "It Missed By")
        names = {"all"} | {x.category for x in self.lines}
        wanted = {(WORDS[m], n) for m in ("rule", "model") for n in names}
        self.check_keys(table, wanted, "Method", "Category")
        for row in table.rows:
            mine = verdict(self.lines, "model" if row["Method"] == "Model" else "rule",
                           row["Category"])  # fmt: skip
            for header, (value, within) in {
                "Cohorts": (len(self.by_close), EXACT),
                "Reserve": (mine["reserve"], CENT),
                "Realised Loss": (mine["realised"], CENT),
                "Reserve Over Realised": (ratio(mine["reserve"], mine["realised"]), EXACT * 1e3),
                "Missed By": (mine["gap"], CENT),
                "It Missed By": (mine["best_gap"], CENT),
            }.items():
                row.expect(header, value, within, by="verdicts")
            for header, text in {
                "Closest Table": WORDS[mine["best"]],
                "Held": "yes" if mine["holds"] else "no",
                "Because": mine["because"],
            }.items():
                self.register.expect_text((row.row, table.columns[header]), text)

    def challengers(self) -> None:
        table = self.register.table("Challenger", "Served Missed", "Closer")
        methods = {WORDS[name]: name for name in METHODS}
        self.check_keys(table, {(w,) for w in methods}, "Challenger")
        for row in table.rows:
            name = methods[row["Challenger"]]
            both = [x for x in self.lines if not math.isnan(x.said[name])]
            own, other = adjustment(both, "served"), adjustment(both, name)
            low, high = drawn(both, name)
            for header, value in {
                "Served Missed": own, "Challenger Missed": other, "Difference": other - own,
                "95 % Low": low, "95 % High": high,
            }.items():  # fmt: skip
                row.expect(header, value, CENT, by="challengers")
            word = "yes" if high < 0 else "not shown"
            self.register.expect_text((row.row, table.columns["Closer"]), word)
        items = len({x.sku for x in self.lines})
        cells = len(grouped(self.lines, close_of, lambda x: x.category))
        self.register.expect_text(
            (self.register.row_of("Paired bootstrap"), 1),
            f"Paired bootstrap of {items:,} items over {cells:,} cells. A challenger is promoted by"
            " a recorded approval only.",
        )

    def roll_out(self) -> None:
        """At the first review: a category has held once or not at all, and none is let in."""
        table = self.register.table("Category", "State", "Valued By")
        newest = max(x.cohort for x in self.lines)
        groups = {c: v for (n, c), v in
                  grouped(self.lines, lambda x: x.cohort, lambda x: x.category).items()
                  if n == newest}  # fmt: skip
        self.check_keys(table, {(k,) for k in groups}, "Category")
        for row in table.rows:
            mine = groups[row["Category"]]
            held = verdict(self.lines, "model", row["Category"])["holds"]
            row.expect("Reviews Held Running", float(held), EXACT, by="roll-out")
            row.expect("Rule (C-3)", total(mine, "rule"), by="roll-out")
            row.expect("Model", total(mine, "model"), by="roll-out")

    def drifting(self) -> None:
        self.register.expect_text(
            (self.register.row_of("Drift at"), 1),
            f"Drift at {self.hand.newest} against {self.hand.training} training periods",
        )
        table = self.register.table("Signal", "Stability Index", "Level")
        both = bool(by_category(self.hand.book))  # then a third of the false calls is theirs
        shown = self.hand.held(FALSE_CALLS * 2 / 3 if both else FALSE_CALLS)[:15]  # the worst
        assert [r["Signal"] for r in table.rows] == [s.name.replace("_", " ") for s in shown]
        for row, signal in zip(table.rows, shown, strict=True):
            assert row["Kind"] == signal.kind
            self._called(row, signal)
            row.expect("Stability Index", signal.index, WHOLE, by="drift")
            row.expect("Level", signal.level, WHOLE, by="drift")

    def _called(self, row: Row, signal: Held | Course) -> None:
        word = "called" if signal.called else "above" if signal.above else ""
        self.register.expect_text((row.row, row.columns["Called"]), word)

    def demand(self) -> None:
        """Each category's demand against last year's course, where there are items enough."""
        section = f"Demand of the four weeks to {self.hand.newest} against last year's course"
        begin = self.register.row_of(section)
        self.register.expect_text((begin, 1), section)
        found = by_category(self.hand.book).get(self.hand.days[-1], [])
        if not found:
            self.register.expect_text(
                (begin + 1, 1),
                f"Not looked at: it needs sales of {NEEDED} days, and {LEAST_ITEMS} items of a"
                " category that sold steadily now and a year before.",
            )
            return
        table = self.register.table("Category", "Demand Over Course", after=section)
        assert [r["Category"] for r in table.rows] == [c.category for c in found]
        for row, course in zip(table.rows, found, strict=True):
            self._called(row, course)
            for header, value in {
                "Items": course.items, "Items A Year Before": course.before,
                "Demand Over Course": course.ratio, "Deviation": course.deviation,
                "Level": course.level, "Least Fall Seen": course.least,
            }.items():  # fmt: skip
                row.expect(header, value, WHOLE, by="demand by category")

    def cohort_table(self) -> None:
        keys = ("Cohort", "Category", "Supplier", "Risk Tier", "Age Band")
        groups = grouped(self.lines, *self.base)
        table = self.register.table(*keys, after="The cohort table")
        self.check_keys(table, set(groups), *keys)
        names = {word: n for n, word in WORDS.items()} | LOSSES
        names |= {"Units": "units", "Cost": "cost", "Rule, Low": "low", "Rule, High": "high",
                  "Net Proceeds": "net", "Realised Loss": "realised"}  # fmt: skip

        def said(row: Row) -> dict[str, tuple[float, float]]:
            mine = groups[tuple(row[k] for k in keys)]
            told, seen = alarms(mine), judged(mine)
            out = {h: (total(mine, n), CENT) for h, n in names.items()}
            out |= {h: (told[h], CENT if "Dollars" in h else EXACT) for h in ALARMS}
            return out | {
                "Lines": (len(mine), EXACT),
                "Intervals Judged": (len(seen), EXACT),
                "Covered": (sum(map(inside, seen)), EXACT),
                "Covered, Recalibrated": (sum(id(x) in self.covered_used for x in seen), EXACT),
            }

        table.expect(said, "the cohort table")
        table.expect_foot([h for h in table.columns if h not in keys], "the cohort table")


def drawn(both: list[Line], name: str) -> tuple[float, float]:
    """The paired bootstrap by item: whole items drawn again, dollars missed cell by cell.

    The draws are those the definition fixes, so that the same lines give the same cents.
    """
    item = {sku: i for i, sku in enumerate(sorted({x.sku for x in both}))}
    cell = {c: i for i, c in enumerate(sorted({(x.cohort, x.category) for x in both}))}
    n = len(item)
    error = np.zeros((2, n, len(cell)))
    for x in both:
        at = item[x.sku], cell[x.cohort, x.category]
        error[0][at] += x.said["served"] - x.realised
        error[1][at] += x.said[name] - x.realised
    often = np.random.default_rng(SEED).multinomial(n, [1 / n] * n, size=DRAWS)
    own, other = (np.abs(np.einsum("di,ic->dc", often, e)).sum(axis=1) for e in error)
    low, high = np.quantile(other - own, (0.025, 0.975))
    return float(low), float(high)
