"""``invval monitor BOOK``: look back, judge, and write the monthly review pack."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from invval_xl.monitoring.backtest import METHODS
from invval_xl.monitoring.discuss import feature_ideas, kpis, method_words

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal
    from invval_xl.monitoring.discuss import Kpi
    from invval_xl.monitoring.lookback import Lookback

__all__ = ["monitor"]


def monitor(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval monitor BOOK [--out PACK] [--train-once] [--no-model] [--ledger URL]``."""
    from invval_xl.hosts.file.lookback_store import changelog_of, monitor_file, signed_days
    from invval_xl.hosts.file.write import author, check_place
    from invval_xl.workpapers.monitor_pack import monitor_pack

    book = options.book
    out = options.out or book.with_name(f"{book.stem}-monitor.xlsx")
    check_place(out)
    with terminal.progress() as progress:
        done, stored = monitor_file(
            book, progress, train_once=options.train_once, train_models=not options.no_model
        )
    back = done.lookback
    days = signed_days(book, done.book, options.ledger or "")
    changes = [
        (e.trained_at, e.model_id, e.approver, ", ".join(e.answered_by), e.data_sha256[:12])
        for e in changelog_of(book)
    ]
    plans = monitor_pack(
        back,
        entity=done.entity,
        currency=done.currency,
        findings=done.findings,
        changelog=changes,
        days_to_sign_off=days,
    )
    # the file's own time is the close, so the same input gives the same bytes
    author(plans, out, created=dt.datetime.combine(back.as_of, dt.time()))
    _tables(back, terminal, done.currency, days)
    terminal.findings([f for f in done.findings if f.code.startswith("MD")])
    terminal.answer(pack=str(out), lookback=str(stored), undetermined_cost=done.undetermined_cost)
    terminal.say(
        f"Wrote {out}. The lookback is sealed in {stored.parent}; the next refresh of {book}"
        " shows it on C-11."
    )
    return 0


def _tables(back: Lookback, terminal: Terminal, currency: str, days: tuple[float, ...]) -> None:
    """Verdict, key figures, every method by cohort, roll-out."""
    rows = back.rows
    figures = kpis(back, days)
    totals = {}
    for name in METHODS:
        known = rows[rows[name].notna()]
        came = float(known["realised"].sum())
        totals[name] = float(known[name].sum()) / came if came > 0 else float("nan")
    terminal.answer(
        as_of=back.as_of.isoformat(),
        red_flag=back.flag,
        because=back.product.because,
        kpis={k.name: None if np.isnan(k.value) else k.value for k in figures},
        reserve_over_realised={k: None if np.isnan(v) else v for k, v in totals.items()},
        basis=back.basis,
        states=back.states,
        interval_factor=back.interval_factor,
    )
    if terminal.as_json:
        return
    terminal.say(f"{'RED FLAG' if back.flag else 'Held'}: {back.product.method},"
                 f" {back.product.because}.")  # fmt: skip
    table = Table(title=f"Reserve over realised loss, {currency}", title_justify="left")
    table.add_column("Cohort")
    for header in ("Lines", "Cost", "Realised", *map(method_words, METHODS)):
        table.add_column(header, justify="right")
    for close, part in rows.groupby("cohort", sort=True):
        came = float(part["realised"].sum())
        table.add_row(
            str(close)[:10], f"{len(part):,}", f"{part['cost'].sum():,.0f}", f"{came:,.0f}",
            *(_over(part[name].sum(min_count=1), came) for name in METHODS),
        )  # fmt: skip
    table.add_section()
    table.add_row("All", f"{len(rows):,}", f"{rows['cost'].sum():,.0f}",
                  f"{rows['realised'].sum():,.0f}", *(_ratio(totals[n]) for n in METHODS),
                  style="bold")  # fmt: skip
    terminal.out.print(table)
    keys = Table(title="Key figures", title_justify="left")
    keys.add_column("Figure")
    keys.add_column("Value", justify="right")
    keys.add_column("What it counts")
    for kpi in figures:
        keys.add_row(kpi.name, _shown(kpi), kpi.says)
    terminal.out.print(keys)
    for idea in feature_ideas(rows, most=3):
        terminal.say(
            f"Misses crowd in {idea.dimension.replace('_', ' ')} {idea.value}:"
            f" {idea.missed_share:.0%} of the missed dollars on {idea.cost_share:.0%} of cost."
            f" Look at {idea.idea}."
        )


def _over(amount: float, came: float) -> str:
    return _ratio(amount / came if came > 0 else float("nan"))


def _ratio(value: float) -> str:
    return "" if np.isnan(value) else f"{value:,.2f}"


def _shown(kpi: Kpi) -> str:
    if np.isnan(kpi.value):
        return "unknown"
    if kpi.style == "rate":
        return f"{kpi.value:.1%}"
    return f"{kpi.value:,.2f}" if kpi.style != "days" else f"{kpi.value:,.1f}"
