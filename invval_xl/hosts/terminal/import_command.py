"""``invval import CONFIG.toml`` and ``invval import --propose FILES``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from invval_xl.findings import MisuseError

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal
    from invval_xl.runs.import_extracts import Imported

__all__ = ["add_cluster_option", "add_to", "import_extracts"]

_RULES_SHOWN = 40


def add_to(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = verbs.add_parser(
        "import", parents=[shared], help="consolidate extracts into one workbook and its history"
    )
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="CONFIG", help="a config, or FILES with --propose"
    )
    parser.add_argument("--propose", action="store_true", help="draft a config from FILES")
    parser.add_argument("--out", type=Path, help="the workbook, or the config drafted")
    add_cluster_option(parser)
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(command=import_extracts)


def add_cluster_option(parser: argparse.ArgumentParser) -> None:
    """The option of every command that can work on many machines."""
    parser.add_argument("--cluster", default="", metavar="URL", help="a Dask scheduler to work on")


def import_extracts(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval import CONFIG.toml [--out BOOK]``, ``invval import --propose FILES [--out CONFIG]``."""  # noqa: E501
    if options.propose:
        return _propose(options, terminal)
    from invval_xl.hosts.file.atomic import worded
    from invval_xl.hosts.file.extracts import FileInputs
    from invval_xl.hosts.file.lock import holding
    from invval_xl.hosts.file.write import author, check_place
    from invval_xl.runs.import_extracts import finish
    from invval_xl.runs.import_extracts import import_extracts as run
    from invval_xl.sources.config import config_text, parse_config

    if len(options.paths) != 1:
        raise MisuseError("invval import takes one config; several files need --propose")
    path: Path = options.paths[0]
    if not path.is_file():
        raise MisuseError(f"{path} is not there")
    text = config_text(path.read_bytes(), path.name)
    book = options.out or path.parent / parse_config(text, path.name).book
    if book.suffix.casefold() != ".xlsx":
        raise MisuseError(f"{book} should end in .xlsx")
    if book.exists() and not options.force:
        raise MisuseError(f"{book} is there already; name another or add --force")
    check_place(book)
    with holding(book), worded(book), terminal.progress() as progress:
        imported = run(
            text, path.name, FileInputs(path.parent), book, path.parent, progress, options.cluster
        )  # noqa: E501, RUF100
        created = dt.datetime.combine(imported.config.period_end, dt.time())
        author(imported.plans, book, created=created)
        finish(book)
    _report(imported, book, terminal)
    return 0


def _report(imported: Imported, book: Path, terminal: Terminal) -> None:
    """The import's report: what was read, what was changed, what ties."""
    stages = [
        {"extract": s.name, "role": s.role, "read": s.read, "kept": s.kept, "units": s.units,
         "dollars": s.dollars, "first": s.first, "last": s.last, "resumed": s.resumed,
         "sources": s.sources}
        for s in imported.stages
    ]  # fmt: skip
    rules = [
        {"extract": e, "column": c, "rule": r, "lines": n, "dollars": d}
        for e, c, r, n, d in imported.rules
    ]
    tie = imported.tie_out.frame.to_dict("records") if imported.tie_out is not None else []
    split = imported.split.totals.to_dict("records") if imported.split is not None else []
    terminal.answer(
        book=str(book), history=str(imported.history), extracts=stages, rules=rules,
        tie_out=[{k: None if v != v else v for k, v in row.items()} for row in tie],  # noqa: PLR0124 - NaN
        totals=split, valuation=imported.valuation,
    )  # fmt: skip
    if not terminal.as_json:
        _table(
            terminal,
            "Extracts",
            stages,
            ("extract", "role", "read", "kept", "units", "dollars", "last"),
        )
        _table(
            terminal,
            "Changed and left out (*), by rule",
            rules[:_RULES_SHOWN],
            ("extract", "column", "rule", "lines", "dollars"),
        )
        shown = (
            "location",
            "moved_units",
            "balance_units",
            "moved_cost",
            "balance_cost",
            "ledger_cost",
        )
        _table(terminal, f"Tie-out (valued {imported.valuation or 'as given'})", tie[-20:], shown)
    terminal.findings(imported.findings)
    terminal.say(f"Wrote {book} and {imported.history}. Next: invval refresh {book}")


def _table(terminal: Terminal, title: str, rows: list[Any], names: tuple[str, ...]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for name in names:
        number = any(isinstance(row[name], (int, float)) for row in rows)
        table.add_column(
            name.replace("_", " ").capitalize(),
            justify="right" if number else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(_shown(row[name]) for name in names))
    terminal.out.print(table)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.2f}"  # noqa: PLR0124 - NaN
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("[", r"\[")


def _propose(options: argparse.Namespace, terminal: Terminal) -> int:
    """Draft a config by looking into files."""
    from invval_xl.hosts.file.atomic import replacing
    from invval_xl.hosts.file.extracts import FileInputs
    from invval_xl.sources.propose import propose_config

    for path in options.paths:
        if not path.is_file():
            raise MisuseError(f"{path} is not there")
    out: Path = options.out or Path("import.toml")
    if out.exists() and not options.force:
        raise MisuseError(f"{out} is there already; name another or add --force")
    text = propose_config(options.paths, FileInputs(out.parent), out.parent)
    with replacing(out) as stream:
        stream.write(text.encode("utf-8"))
    terminal.answer(config=str(out))
    terminal.say(f"Wrote {out}. Read it through, fill what is marked, then: invval import {out}")
    return 0
