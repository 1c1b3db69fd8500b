"""Findings as a message box shows them: as many as it holds, and how many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.hosts.file.export import ExportedFiles
    from invval_xl.runs.verify_binder import Verified

__all__ = ["exported", "listed", "stopped", "verified"]

_BROKEN = 5  # findings of a verification that a box names


def listed(findings: Sequence[Finding], characters: int) -> str:
    """A line a finding, up to ``characters`` in all; what is left over is counted."""
    lines: list[str] = []
    for f in findings:
        line = f"{f.code}  {f.address}: {f.message} {f.remedy}".strip()
        if lines and sum(map(len, lines)) + len(line) > characters:
            break
        lines.append(line[:characters])
    more = len(findings) - len(lines)
    return "\n".join(lines + ([f"... and {more} more."] if more else []))


def stopped(findings: Sequence[Finding], characters: int) -> str:
    """What a refused run says: nothing was written, and which findings stop it."""
    stopping = [f for f in findings if f.severity is Severity.STOP]
    head = f"Nothing was written: {len(stopping)} finding(s) stop the run.\n\n"
    return head + listed(stopping, characters)


def exported(done: ExportedFiles, entry: str, characters: int) -> str:
    """What an export says; ``entry`` is what this host verifies with."""
    manifest = done.exported.manifest
    text = (
        f"{manifest['entity']}, {manifest['as_of']}: {len(done.files)} files in"
        f" {done.folder.name}, run {manifest['run_id']}."
        f" Verify it with the {entry}, or: invval verify"
    )
    notes = [f for f in done.findings if f.code.startswith("WB8")]
    return "\n".join([text, listed(notes, characters)]).strip()


def verified(found: Verified, characters: int) -> str:
    """What a verification says: whether all held, step by step, and what broke."""
    head = "Everything that was done held." if found.held else "Not everything held."
    steps = "\n".join(f"{s.name}: {s.result.value}" for s in found.steps)
    broken = [f for f in found.findings if f.severity is not Severity.NOTE]
    return "\n".join(filter(None, [head, steps, listed(broken[:_BROKEN], characters)]))
