"""What a run says on the terminal: tables for people, JSON for programs, no traceback."""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from invval_xl.findings import Finding, Severity, stops
from invval_xl.hosts.unsaid import unsaid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from invval_xl.models.card import Card
    from invval_xl.runs.refresh_reserve import Summary

__all__ = ["Terminal"]

_COLOR = {Severity.STOP: "bold red", Severity.WARN: "yellow", Severity.NOTE: "dim"}
_TIER_COLOR = {"green": "green", "yellow": "yellow", "orange": "dark_orange", "red": "red"}
_SHOWN = 40
_PIPED_WIDTH = 150


class Terminal:
    """Where a command reports to.

    Parameters
    ----------
    as_json
        One JSON object on standard output instead of tables.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        piped = None if sys.stdout.isatty() else _PIPED_WIDTH
        self.out = Console(highlight=False, width=piped)
        self.err = Console(stderr=True, highlight=False)
        self._answer: dict[str, Any] = {}

    def say(self, sentence: str) -> None:
        """One line for people; silent under ``--json``."""
        if not self.as_json:
            self.out.print(unsaid(sentence), markup=False, soft_wrap=True)

    def answer(self, **facts: Any) -> None:
        """Facts for ``--json``; printed once at the end by :meth:`close`."""
        self._answer.update(facts)

    def close(self, code: int) -> int:
        """Print the JSON answer where asked for, and hand the exit code through."""
        if self.as_json:
            json.dump({"exit": code, **self._answer}, sys.stdout, ensure_ascii=False, indent=1)
            sys.stdout.write("\n")
        return code

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, float], None]]:
        """A progress bar on a terminal; nothing in a pipe or under ``--json``."""
        if self.as_json or not self.err.is_terminal:
            yield lambda _step, _share: None
            return
        columns = (TextColumn("{task.description:<22}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task("read", total=1.0)
            yield lambda step, share: bar.update(task, description=step, completed=share)

    def findings(self, found: Sequence[Finding]) -> None:
        """A table of findings, most severe first, then most dollars."""
        ordered = sorted(found, key=lambda f: f.order)
        self.answer(findings=[_finding(f) for f in ordered])
        if self.as_json or not ordered:
            return
        table = Table(title=_count(ordered), title_justify="left", show_lines=False)
        table.add_column("Code", no_wrap=True)
        table.add_column("Severity", no_wrap=True)
        table.add_column("Where", overflow="fold")
        table.add_column("What, and what to do", overflow="fold", ratio=1)
        table.add_column("Dollars", justify="right", no_wrap=True)
        for f in ordered[:_SHOWN]:
            money = "" if f.dollars is None else f"{f.dollars:,.2f}"
            paragraph = f" ({f.paragraph})" if f.paragraph else ""
            words = _plain(unsaid(f.message) + f"{paragraph}\n→ {f.remedy}")
            table.add_row(
                f.code,
                f"[{_COLOR[f.severity]}]{f.severity.value}[/]",
                _plain(f.address),
                words,
                money,
            )
        self.out.print(table)
        if len(ordered) > _SHOWN:
            self.say(f"and {len(ordered) - _SHOWN} more: all are listed with --json.")

    def summary(self, summary: Summary) -> None:
        """The reserve by category, the tiers, and the range."""
        self.answer(summary=dataclasses.asdict(summary))
        if self.as_json:
            return
        self.say(f"{summary.entity}: inventory reserve at {summary.as_of} ({summary.basis})")
        table = Table(title="Closing reserve by category", title_justify="left")
        table.add_column("Category")
        table.add_column(summary.currency, justify="right")
        for category, reserve in summary.reserve_by_category.items():
            table.add_row(_plain(category), f"{reserve:,.2f}")
        table.add_section()
        table.add_row("Total", f"{summary.closing_reserve:,.2f}", style="bold")
        self.out.print(table)
        tiers = Table(title="Items by risk tier", title_justify="left")
        tiers.add_column("Tier")
        tiers.add_column("Items", justify="right")
        for tier, color in _TIER_COLOR.items():
            tiers.add_row(f"[{color}]{tier}[/]", f"{summary.items_by_tier.get(tier, 0):,}")
        self.out.print(tiers)
        self.say(
            f"{summary.items:,} items at cost {summary.cost:,.2f}; write-down of the period"
            f" {summary.write_down:,.2f}; required between {summary.required_low:,.2f} and"
            f" {summary.required_high:,.2f} under the stated alternatives. Run {summary.run_id}."
        )

    def card(self, card: Card) -> None:
        """A model's card: who answers, then its gates and folds."""
        self.answer(card={t.title: [list(map(str, r)) for r in t.rows] for t in card.tables})
        if self.as_json:
            return
        self.say(card.summary)
        for block in card.tables:
            table = Table(title=_plain(block.title), title_justify="left")
            for header in block.headers:
                table.add_column(_plain(header), overflow="fold")
            for row in block.rows:
                table.add_row(*(_plain(_shown(cell)) for cell in row))
            self.out.print(table)

    def refused(self, found: Sequence[Finding]) -> None:
        """Say that the run was refused, and why, all of it."""
        self.findings(found)
        count = len(stops(found))
        self.say(f"Refused: {count} STOP finding(s). Nothing was written.")

    def failed(self, sentence: str) -> None:
        """One readable sentence on the error stream."""
        sentence = unsaid(sentence)
        self.answer(error=sentence)
        if not self.as_json:
            self.err.print(f"invval: {sentence}", markup=False, soft_wrap=True)


def _shown(cell: object) -> str:
    """A cell of the card: numbers to three places."""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if cell.is_integer() else f"{cell:.3f}"
    return "" if cell is None else str(cell)


def _plain(text: str) -> str:
    """A user's text is never markup."""
    return text.replace("[", r"\[")


def _count(found: Sequence[Finding]) -> str:
    counts = [(s, sum(f.severity is s for f in found)) for s in Severity]
    return "Findings: " + ", ".join(f"{n} {s.value}" for s, n in counts if n)


def _finding(f: Finding) -> dict[str, Any]:
    said = dataclasses.replace(f, message=unsaid(f.message))
    return {**dataclasses.asdict(said), "severity": f.severity.value, "address": f.address}
