"""``invval export`` and ``invval verify``: the auditor's binder, and its re-performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from invval_xl.hosts.terminal.commands import asked

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.terminal.report import Terminal

__all__ = ["export", "verify"]


def export(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval export BOOK --out DIR [--refresh] [--force] [--no-pdf]``."""
    from invval_xl.hosts.file.export import export_file

    with terminal.progress() as progress:
        done = export_file(
            options.book,
            options.out,
            asked(options),
            progress,
            refresh=options.refresh,
            force=options.force,
            pdf=not options.no_pdf,
            ledger_url=options.ledger,
        )
    terminal.findings(done.findings)
    manifest = done.exported.manifest
    terminal.answer(
        folder=str(done.folder),
        files=list(done.files),
        run_id=manifest["run_id"],
        content_sha256=manifest["content_sha256"],
    )
    terminal.say(
        f"Exported run {manifest['run_id']} of {manifest['entity']} at {manifest['as_of']} into"
        f" {done.folder}: {len(done.files)} files. Next: invval verify {done.folder}"
    )
    return 0


def verify(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval verify BINDER``: re-perform a binder, or the papers of a refreshed workbook."""
    from invval_xl.hosts.file.verify import verify_file

    with terminal.progress() as progress:
        verified = verify_file(
            options.binder,
            asked(options),
            progress,
            recalculate=not options.no_recalculation,
            ledger_url=options.ledger,
        )
    terminal.findings(verified.findings)
    terminal.answer(
        held=verified.held,
        steps=[
            {"step": s.name, "result": s.result.value, "detail": s.detail} for s in verified.steps
        ],
    )
    if not terminal.as_json:
        table = Table(title=f"Verification of {options.binder}", title_justify="left")
        table.add_column("Step")
        table.add_column("Result", no_wrap=True)
        table.add_column("What was done, and what it showed", overflow="fold", ratio=1)
        colors = {"held": "green", "failed": "bold red", "changed": "yellow", "not done": "dim"}
        for step in verified.steps:
            color = colors[step.result.value]
            words = step.detail.replace("[", r"\[")
            table.add_row(step.name, f"[{color}]{step.result.value}[/]", words)
        terminal.out.print(table)
        terminal.say(
            "Everything that was done held."
            if verified.held
            else "Not everything held: the findings above name each cell or file."
        )
    return 0 if verified.held else 1
