"""``invval approve BOOK --who NAME [--reason TEXT]``: let a trained model value inventory."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.hosts.terminal.record_command import add_ledger_option

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal

__all__ = ["add_to", "approve"]


def add_to(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    """Register the command."""
    verb = verbs.add_parser(
        "approve", parents=[shared], help="let the model trained on a workbook value inventory"
    )
    verb.add_argument("book", type=Path, metavar="BOOK")
    verb.add_argument("--who", required=True, metavar="NAME", help="who approves; not the preparer")
    verb.add_argument(
        "--reason", default="", metavar="TEXT", help="why, where the lookback speaks against it"
    )
    add_ledger_option(verb)
    verb.set_defaults(command=approve)


def approve(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval approve BOOK --who NAME``."""
    from invval_xl.hosts.file.approve import approve_file

    now = dt.datetime.now().astimezone()
    entry = approve_file(options.book, options.who, now, options.ledger, reason=options.reason)
    terminal.answer(model=entry.model_id, approver=entry.approver, at=entry.approved_at)
    terminal.say(
        f"{entry.approver} approved model {entry.model_id}. It values the categories for which"
        " Assumptions states valuation_basis = model, or roll-out once their lookback holds."
    )
    return 0
