"""What each command takes: one function a command, in the order the help shows them."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl import __version__
from invval_xl.hosts.terminal import (
    approve_command,
    calc_addin,
    commands,
    export_command,
    import_command,
    monitor_command,
    record_command,
    serve_command,
)
from invval_xl.terms import Framework

if TYPE_CHECKING:
    from typing import TypeAlias

    Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

__all__ = ["build_parser"]


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``invval``; every command takes ``--json``."""
    parser = argparse.ArgumentParser(
        prog="invval", description="A reserve that foots, explains itself and can be re-performed."
    )
    parser.add_argument("--version", action="version", version=f"invval-xl {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _refresh(verbs, shared)
    record_command.add_to(verbs, shared)
    _train(verbs, shared)
    approve_command.add_to(verbs, shared)
    _export_and_verify(verbs, shared)
    _monitor(verbs, shared)
    import_command.add_to(verbs, shared)
    _new(verbs, shared)
    _demo(verbs, shared)
    _addin(verbs, shared)
    serve_command.add_serve(verbs, shared)
    return parser


def _refresh(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    refresh = verbs.add_parser(
        "refresh", parents=[shared], help="value a workbook, write its papers"
    )
    refresh.add_argument("book", type=Path, metavar="BOOK")
    refresh.add_argument("--out", type=Path, help="write here and leave BOOK untouched")
    refresh.add_argument(
        "--as-of",
        type=dt.date.fromisoformat,
        metavar="DATE",
        help="a period end of the balance set, e.g. 2026-10-31",
    )
    refresh.add_argument("--framework", choices=[f.value for f in Framework])
    record_command.add_ledger_option(refresh)
    import_command.add_cluster_option(refresh)
    refresh.set_defaults(command=commands.refresh)


def _train(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    train = verbs.add_parser("train", parents=[shared], help="fit and judge a model on a workbook")
    train.add_argument("book", type=Path, metavar="BOOK")
    record_command.add_ledger_option(train)
    import_command.add_cluster_option(train)
    train.set_defaults(command=commands.train)


def _export_and_verify(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    """``export`` and ``verify``: both take the as-of date and framework a run was asked for."""
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--as-of", type=dt.date.fromisoformat, metavar="DATE")
    asked.add_argument("--framework", choices=[f.value for f in Framework])
    record_command.add_ledger_option(asked)

    export = verbs.add_parser(
        "export", parents=[shared, asked], help="write an auditor's binder of a workbook"
    )
    export.add_argument("book", type=Path, metavar="BOOK")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    export.add_argument(
        "--refresh", action="store_true", help="take the papers anew where BOOK's own differ"
    )
    export.add_argument("--force", action="store_true", help="replace an earlier export in DIR")
    export.add_argument("--no-pdf", action="store_true", help="the workbook alone")
    export.set_defaults(command=export_command.export)

    verify = verbs.add_parser(
        "verify", parents=[shared, asked], help="re-perform a binder, cell by cell"
    )
    verify.add_argument(
        "binder",
        type=Path,
        metavar="BINDER",
        help="an export, its binder.xlsx, or a refreshed BOOK",
    )
    verify.add_argument(
        "--no-recalculation", action="store_true", help="leave LibreOffice and IronCalc out"
    )
    verify.set_defaults(command=export_command.verify)


def _monitor(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    monitor = verbs.add_parser(
        "monitor", parents=[shared], help="look back at past closes, write the review pack"
    )
    monitor.add_argument("book", type=Path, metavar="BOOK")
    monitor.add_argument("--out", type=Path, metavar="PACK", help="by default BOOK-monitor.xlsx")
    monitor.add_argument(
        "--train-once",
        action="store_true",
        help="one model, trained at the oldest cohort and judged forward: faster",
    )
    monitor.add_argument("--no-model", action="store_true", help="rule and tables only")
    record_command.add_ledger_option(monitor)
    monitor.set_defaults(command=monitor_command.monitor)


def _new(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    new = verbs.add_parser("new", parents=[shared], help="write an empty starter workbook")
    new.add_argument("book", type=Path, metavar="BOOK")
    new.add_argument("--force", action="store_true", help="replace a file that is there")
    new.set_defaults(command=commands.new)


def _demo(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    demo = verbs.add_parser("demo", parents=[shared], help="write a fictional retailer's workbook")
    demo.add_argument("dir", type=Path, nargs="?", default=Path(), metavar="DIR")
    demo.add_argument("--items", type=int, default=120)
    demo.add_argument("--locations", type=int, default=4)
    demo.add_argument("--seed", type=int)
    demo.add_argument("--breaks", action="store_true", help="with one break of every kind")
    demo.add_argument("--force", action="store_true", help="replace a file that is there")
    demo.set_defaults(command=commands.demo)


def _addin(verbs: Verbs, shared: argparse.ArgumentParser) -> None:
    addin = verbs.add_parser("addin", help="add-ins: build, install, uninstall, doctor, respell")
    steps = addin.add_subparsers(required=True, metavar="STEP")
    for name, words in (
        ("build", "build invval.xlam or invval.oxt"),
        ("install", "build and install for you"),
        ("uninstall", "remove every trace"),
        ("doctor", "name faults and mends"),
    ):
        step = steps.add_parser(name, parents=[shared], help=words)
        step.set_defaults(command=commands.addin, step=name, out=None)
        step.add_argument("--host", choices=["excel", "libreoffice"], default="excel")
        if name == "build":
            step.add_argument("--out", type=Path)
    respelling = steps.add_parser(
        "respell", parents=[shared], help="plain names for INV_ formulas saved by another host"
    )
    respelling.add_argument("book", type=Path, metavar="BOOK")
    respelling.add_argument("--out", type=Path, help="write here and leave BOOK untouched")
    respelling.set_defaults(command=calc_addin.respell)
