"""The ``invval`` command."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from invval_xl import __version__
from invval_xl.hosts.terminal import commands
from invval_xl.hosts.terminal.record_command import add_ledger_options, add_record_commands
from invval_xl.hosts.terminal.report import Terminal
from invval_xl.terms import Framework

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 done, 1 refused by a STOP finding, 2 misuse (argparse's own code), 130 interrupted.
    """
    options = _parser().parse_args(argv)
    terminal = Terminal(as_json=options.json)
    return terminal.close(commands.run(options, terminal))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="invval", description="A reserve that foots, explains itself and can be re-performed."
    )
    parser.add_argument("--version", action="version", version=f"invval-xl {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

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
    add_ledger_options(refresh)
    refresh.set_defaults(command=commands.refresh)
    add_record_commands(verbs, shared)

    train = verbs.add_parser("train", parents=[shared], help="fit and judge a model on a workbook")
    train.add_argument("book", type=Path, metavar="BOOK")
    train.set_defaults(command=commands.train)

    demo = verbs.add_parser("demo", parents=[shared], help="write a fictional retailer's workbook")
    demo.add_argument("dir", type=Path, nargs="?", default=Path(), metavar="DIR")
    demo.add_argument("--items", type=int, default=120)
    demo.add_argument("--locations", type=int, default=4)
    demo.add_argument("--seed", type=int)
    demo.add_argument("--breaks", action="store_true", help="with one break of every kind")
    demo.add_argument("--force", action="store_true", help="replace a file that is there")
    demo.set_defaults(command=commands.demo)

    new = verbs.add_parser("new", parents=[shared], help="write an empty starter workbook")
    new.add_argument("book", type=Path, metavar="BOOK")
    new.add_argument("--force", action="store_true", help="replace a file that is there")
    new.set_defaults(command=commands.new)

    addin = verbs.add_parser("addin", help="the Excel add-in: build, install, uninstall, doctor")
    steps = addin.add_subparsers(required=True, metavar="STEP")
    for name, words in (
        ("build", "build invval.xlam"),
        ("install", "build and install for you"),
        ("uninstall", "remove every trace"),
        ("doctor", "name faults and mends"),
    ):
        step = steps.add_parser(name, parents=[shared], help=words)
        step.set_defaults(command=commands.addin, step=name, out=None)
        if name == "build":
            step.add_argument("--out", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
