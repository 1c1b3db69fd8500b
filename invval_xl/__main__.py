"""The ``invval`` command."""

from __future__ import annotations

import sys

from invval_xl.hosts.terminal import commands
from invval_xl.hosts.terminal.report import Terminal
from invval_xl.hosts.terminal.verbs import build_parser

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 done, 1 refused by a STOP finding, 2 misuse (argparse's own code), 130 interrupted.
    """
    options = build_parser().parse_args(argv)
    terminal = Terminal(as_json=options.json)
    return terminal.close(commands.run(options, terminal))


if __name__ == "__main__":
    sys.exit(main())
