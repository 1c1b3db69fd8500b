"""The commands: each reads its arguments, calls its run through a host, and reports."""

from __future__ import annotations

import datetime as dt
import getpass
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.findings import Finding, MisuseError, RefusedError
from invval_xl.hosts.unsaid import unsaid

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal
    from invval_xl.runs.refresh_reserve import RefreshRequest

STOPPED = 130  # what a shell says of an interrupted command
FAULT = 70  # EX_SOFTWARE

__all__ = ["addin", "asked", "demo", "new", "refresh", "run", "train"]

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 (a file's own time has no zone)


def asked(options: argparse.Namespace) -> RefreshRequest:
    """The as-of date and framework a command was given."""
    from invval_xl.runs.refresh_reserve import RefreshRequest
    from invval_xl.terms import Framework

    return RefreshRequest(
        as_of=options.as_of,
        framework=Framework(options.framework) if options.framework else None,
        cluster=getattr(options, "cluster", ""),
    )


def refresh(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval refresh BOOK [--out PATH] [--as-of DATE] [--framework NAME] [--cluster URL]``."""
    from invval_xl.hosts.file.refresh import refresh_file

    with terminal.progress() as progress:
        refreshed = refresh_file(
            options.book, options.out, asked(options), progress, options.ledger
        )
    out = options.out or options.book
    terminal.summary(refreshed.summary)
    terminal.findings(refreshed.findings)
    terminal.answer(out=str(out), papers=[plan.name for plan in refreshed.plans])
    terminal.say(f"Wrote {len(refreshed.plans)} papers into {out}.")
    return 0


def train(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval train BOOK [--cluster URL]``: fit, judge and seal a model on its own history."""
    from invval_xl.hosts.file.model_store import train_file

    with terminal.progress() as progress:
        trained, folder = train_file(
            options.book,
            progress,
            dt.datetime.now().astimezone(),
            options.ledger,
            user=getpass.getuser(),
            cluster=options.cluster,
        )
    terminal.card(trained.card)
    terminal.findings(trained.findings)
    terminal.answer(model=trained.model.model_id, folder=str(folder))
    terminal.say(
        f"Model {trained.model.model_id} is sealed in {folder}; the next refresh of"
        f" {options.book} measures every row by it beside the rule. It posts nothing"
        " until somebody approves it (invval approve) and Assumptions says so."
    )
    return 0


def demo(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval demo [DIR] [--items N] [--locations N] [--seed N] [--breaks]``."""
    from invval_xl.hosts.file.write import author
    from invval_xl.runs.demo import demo_plans
    from invval_xl.sources.demo import BREAK_KINDS, DEFAULT_SEED

    folder: Path = options.dir
    folder.mkdir(parents=True, exist_ok=True)
    name = "broken_example.xlsx" if options.breaks else "worked_example.xlsx"
    book = folder / name
    _refuse_existing(book, force=options.force)
    plans = demo_plans(
        options.items,
        options.locations,
        DEFAULT_SEED if options.seed is None else options.seed,
        BREAK_KINDS if options.breaks else (),
    )
    author(plans, book, created=CREATED)
    terminal.answer(book=str(book), items=options.items, locations=options.locations)
    terminal.say(
        f"Wrote {book}: a fictional retailer, easier than real data."
        f" Next: invval refresh {book} --out {folder / 'refreshed.xlsx'}"
    )
    return 0


def new(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval new BOOK``."""
    from invval_xl.hosts.file.write import author
    from invval_xl.runs.new_book import starter_plans

    _refuse_existing(options.book, force=options.force)
    author(starter_plans(), options.book, created=CREATED)
    terminal.answer(book=str(options.book))
    terminal.say(
        f"Wrote {options.book}. Fill Control, ItemMaster and BalanceSet, then:"
        f" invval refresh {options.book}"
    )
    return 0


def addin(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval addin build [--out PATH] | install | uninstall | doctor [--host NAME]``."""
    if options.host == "libreoffice":
        from invval_xl.hosts.terminal.calc_addin import calc_addin

        return calc_addin(options, terminal)
    from invval_xl.hosts.com import addin as excel_addin

    if options.step == "build":
        made = excel_addin.build(options.out)
        terminal.answer(addin=str(made))
        terminal.say(f"Built {made}.")
    elif options.step == "install":
        paths = excel_addin.install()
        terminal.answer(installed=[str(p) for p in paths])
        terminal.say("Installed: " + ", ".join(str(p) for p in paths) + ". Start Excel anew.")
    elif options.step == "uninstall":
        removed = excel_addin.uninstall()
        terminal.answer(removed=[str(p) for p in removed])
        terminal.say(
            "Removed: " + (", ".join(str(p) for p in removed) or "nothing was there") + "."
        )
    else:
        faults: list[Finding] = excel_addin.doctor()
        terminal.findings(faults)
        if not faults:
            terminal.say("Nothing is wrong with the add-in.")
        if any(f.severity.value == "STOP" for f in faults):
            return 1
    return 0


def _refuse_existing(book: Path, *, force: bool) -> None:
    """Nothing the user had is overwritten unasked."""
    if book.exists() and not force:
        raise MisuseError(f"{book} is there already; name another or add --force")
    if book.is_dir():
        raise MisuseError(f"{book} is a folder")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Carry out one command; every refusal becomes a sentence and an exit code."""
    try:
        return int(options.command(options, terminal))
    except RefusedError as error:
        terminal.refused(error.findings)
        return 1
    except MisuseError as error:
        terminal.failed(str(error))
        return 2
    except KeyboardInterrupt:
        terminal.failed("stopped; nothing was written")
        return STOPPED
    except Exception as error:  # noqa: BLE001 (a fault of ours is a sentence too, never a traceback)
        terminal.failed(
            f"a fault of the product, nothing was written: {type(error).__name__}: {error}."
            f" The details for a report are in {_kept(error)}"
        )
        return FAULT


def _kept(error: Exception) -> Path:
    """Where the traceback was put for whoever mends the fault."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="invval-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as log:
        log.write(unsaid("".join(traceback.format_exception(error))))
    return Path(log.name)
