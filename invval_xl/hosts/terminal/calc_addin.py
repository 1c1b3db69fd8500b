"""``invval addin ... --host libreoffice`` and ``invval addin respell``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError, stops

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from invval_xl.hosts.terminal.report import Terminal

__all__ = ["calc_addin", "respell"]


def calc_addin(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval addin build | install | uninstall | doctor``, for LibreOffice Calc."""
    from invval_xl.hosts.libreoffice import install as extension

    if options.step == "build":
        made = extension.build(options.out)
        terminal.answer(addin=str(made))
        terminal.say(f"Built {made}.")
    elif options.step == "install":
        paths = extension.install()
        terminal.answer(installed=[str(p) for p in paths])
        terminal.say(
            "Installed: " + ", ".join(str(p) for p in paths) + ". Start LibreOffice Calc anew."
        )
    elif options.step == "uninstall":
        removed = extension.uninstall()
        terminal.answer(removed=[str(p) for p in removed])
        terminal.say(
            "Removed: " + (", ".join(str(p) for p in removed) or "nothing was there") + "."
        )
    else:
        faults = extension.doctor()
        terminal.findings(faults)
        if stops(faults):
            return 1
    return 0


def respell(options: argparse.Namespace, terminal: Terminal) -> int:
    """``invval addin respell BOOK [--out PATH]``."""
    from invval_xl.hosts.file.respell import respell_file

    book: Path = options.book
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    found = respell_file(book, options.out)
    terminal.findings(found.findings)
    terminal.answer(out=str(options.out or book), respelled=found.count)
    terminal.say(f"{found.count} formula(s) respelled in {options.out or book}.")
    return 0
