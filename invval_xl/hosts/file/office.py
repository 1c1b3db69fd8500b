"""LibreOffice as an outside program: a PDF of a workbook, or the workbook recalculated.

It runs with a profile of its own that is thrown away, so that it neither waits for the user's
LibreOffice nor trusts the cached values of an .xlsx (``OOXMLRecalcMode`` 0: always recalculate),
and it is stopped, with all it started, when its time is up.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["OfficeError", "converted", "find_office", "undated"]

_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop
 oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
</oor:items>
"""
_FIRST_START = 81  # what the first start of a new profile may end with
_KINDS = {"pdf": "pdf:calc_pdf_Export", "xlsx": "xlsx:Calc MS Excel 2007 XML"}
_PLACES = (
    "C:/Program Files/LibreOffice/program/soffice.com",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)


class OfficeError(Exception):
    """LibreOffice made nothing; the message says why, in words for a finding."""


def find_office() -> str | None:
    """Where LibreOffice is, or ``None``; ``INVVAL_SOFFICE`` names one, or ``none``."""
    given = os.environ.get("INVVAL_SOFFICE")
    if given is not None:
        return None if given in ("", "none") else given
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((p for p in _PLACES if Path(p).is_file()), None)


def converted(book: Path, kind: str, folder: Path, *, seconds: float) -> Path:
    """``book`` as LibreOffice saves it under another form, every formula recalculated.

    Parameters
    ----------
    kind
        ``pdf`` or ``xlsx``.
    folder
        Where it goes, under the book's name.
    seconds
        How long it may take.

    Raises
    ------
    OfficeError
        Not installed, out of time, or nothing came out.
    """
    program = find_office()
    if program is None:
        raise OfficeError("LibreOffice was not found")
    with tempfile.TemporaryDirectory(prefix="invval-office-", ignore_cleanup_errors=True) as held:
        profile = Path(held)
        settings = profile / "user" / "registrymodifications.xcu"
        settings.parent.mkdir()
        settings.write_text(_RECALCULATE, encoding="utf-8")
        command = [
            program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
            "--convert-to", _KINDS[kind], "--outdir", str(folder), str(book),
        ]  # fmt: skip
        made = folder / f"{book.stem}.{kind}"
        told = ""
        for _ in range(2):
            code, told = _run(command, seconds)
            if made.is_file():
                return made
            if code != _FIRST_START:
                break
    raise OfficeError(told.strip()[-300:] or "it ended without a word")


def _run(command: list[str], seconds: float) -> tuple[int, str]:
    """Run to the end or to the limit; then the whole group of processes is stopped."""
    started = subprocess.Popen(  # noqa: S603 - a program found by us, arguments as a list
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        told, _ = started.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        _stop(started)
        raise OfficeError(f"it took longer than {seconds:.0f} seconds and was stopped") from late
    except BaseException:
        _stop(started)
        raise
    return started.returncode, told.decode("utf-8", "replace")


def _stop(started: subprocess.Popen[bytes]) -> None:
    """Stop the program and what it started (``soffice`` is a script around it)."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            started.kill()
        else:
            os.killpg(started.pid, signal.SIGKILL)
    started.communicate()


_DATES = re.compile(rb"(/(?:CreationDate|ModDate) ?\(D:)([0-9]{14})")
_IDS = re.compile(rb"(/ID ?\[\s*<)([0-9A-F]+)(>\s*<)([0-9A-F]+)(>)", re.IGNORECASE)
_CHECKSUM = re.compile(rb"(/DocChecksum /)([0-9A-F]+)")
_ZONE = re.compile(rb"(\(D:[0-9]{14})([+-][0-9]{2}'[0-9]{2}'|Z)")


def undated(pdf: bytes, stamp: str) -> bytes:
    """``pdf`` with its dates set to ``stamp`` (``YYYYMMDDhhmmss``) and its random ids to zeros.

    Every replacement has the length of what it replaces, so no offset of the file moves.

    Examples
    --------
    >>> undated(b"/CreationDate(D:20261128194500Z') /ID [ <AB12> <AB12> ]", "20261031000000")
    b"/CreationDate(D:20261031000000Z') /ID [ <0000> <0000> ]"
    """
    out = _DATES.sub(lambda m: m[1] + stamp.encode(), pdf)
    out = _ZONE.sub(lambda m: m[1] + (b"Z" if m[2] == b"Z" else b"+00'00'"), out)
    out = _IDS.sub(lambda m: m[1] + b"0" * len(m[2]) + m[3] + b"0" * len(m[4]) + m[5], out)
    return _CHECKSUM.sub(lambda m: m[1] + b"0" * len(m[2]), out)
