"""``invval record`` and ``invval sign-off``: what people decided and signed, into the ledger."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal
    from invval_xl.runs.refresh_reserve import RefreshRequest

__all__ = ["add_ledger_option", "add_to", "record", "sign_off"]

_STEPS = ("prepare", "review", "finalise", "reopen")


def add_to(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    """Register both commands."""
    for name, words, command in (
        ("record", "take the decisions typed on C-7 into the ledger", record),
        ("sign-off", "prepare, review, finalise or reopen a period", sign_off),
    ):
        verb = verbs.add_parser(name, parents=[shared], help=words)
        verb.add_argument("book", type=Path, metavar="BOOK")
        add_ledger_option(verb)
        verb.add_argument("--as-of", type=dt.date.fromisoformat, metavar="DATE")
        verb.set_defaults(command=command)
        if name == "sign-off":
            verb.add_argument("--as", dest="step", choices=_STEPS, required=True)
            verb.add_argument("--who", required=True, metavar="NAME", help="the person who signs")
            verb.add_argument("--note", default="", help="why; needed to reopen")


def add_ledger_option(verb: argparse.ArgumentParser) -> None:
    """``--ledger URL``."""
    verb.add_argument(
        "--ledger",
        default="",
        metavar="URL",
        help="sqlite:///PATH or postgresql://...; without it invval-ledger.sqlite beside BOOK",
    )


def record(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval record BOOK [--ledger URL]``."""
    from invval_xl.hosts.file.record import record_file

    with terminal.progress() as progress:
        recorded, ledger = record_file(
            options.book, options.ledger, _request(options), progress, user=getpass.getuser(),
            now=dt.datetime.now().astimezone(),
        )  # fmt: skip
    new = len(recorded.decisions)
    terminal.findings(recorded.findings)
    anchor = recorded.appended.anchor
    terminal.answer(
        recorded=new,
        already=recorded.already,
        ledger=ledger.name,
        anchor={"count": anchor.count, "head": anchor.head},
        decisions=[
            {"sku": d.sku, "location": d.location, "act": d.act.value,
             "decided": d.decided_cents / 100, "entry": e.seq}
            for d, e in zip(recorded.decisions, recorded.appended.entries, strict=False)
        ],
    )  # fmt: skip
    terminal.say(
        f"Recorded {new} decision(s) in {ledger.name}"
        + (f"; {recorded.already} were there already" if recorded.already else "")
        + f". The ledger has {anchor.text}. Refresh {options.book} to carry them into the papers."
    )
    return 0


def sign_off(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval sign-off BOOK --as STEP --who NAME [--note WHY] [--ledger URL]``."""
    from invval_xl.hosts.file.record import Signing, sign_file
    from invval_xl.ledger.entries import Step

    signing = Signing(Step(options.step), options.who, getpass.getuser(), options.note)
    with terminal.progress() as progress:
        done, ledger = sign_file(
            options.book, options.ledger, _request(options), signing, progress,
            now=dt.datetime.now().astimezone(),
        )  # fmt: skip
    terminal.findings(done.findings)
    anchor = done.appended.anchor
    terminal.answer(
        status=done.status.word,
        postings=done.postings,
        ledger=ledger.name,
        anchor={"count": anchor.count, "head": anchor.head},
    )
    posted = f" {done.postings} movement(s) were posted." if done.postings else ""
    terminal.say(f"The period is {done.status.word}.{posted} {ledger.name} has {anchor.text}.")
    return 0


def _request(options: argparse.Namespace) -> RefreshRequest:
    from invval_xl.runs.refresh_reserve import RefreshRequest

    return RefreshRequest(as_of=options.as_of)
