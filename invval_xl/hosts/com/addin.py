"""``invval addin build | install | uninstall | doctor``: the add-in on the user's own PC.

The file is built where it is used: it fits the installed xlwings, lies in Excel's own start folder
(a trusted location) and carries no mark of a download, so nothing asks for "trust access to the
VBA project".
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

import xlwings

from invval_xl import __version__
from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.com.intellisense import intellisense_xml
from invval_xl.hosts.com.machine import Machine, this_machine
from invval_xl.hosts.com.paths import ADDIN, INTELLISENSE, Places, places
from invval_xl.hosts.com.xlam import build_xlam
from invval_xl.hosts.file.atomic import replacing
from invval_xl.hosts.reference_books import author_reference, author_selftest

__all__ = ["build", "doctor", "install", "uninstall"]

# VBA reads the file in the PC's own code page, which paths with accents need.
_ANSI = "mbcs" if sys.platform == "win32" else "utf-8"
_NEEDED = ("0.37.8", "0.38")


def build(out: Path | None = None) -> Path:
    """Build the add-in (and its in-cell tips beside it); possible on any system.

    Parameters
    ----------
    out
        The file, or a folder for it; ``invval.xlam`` here where left out.

    Returns
    -------
    Path
        The file written. The same package and xlwings versions give the same bytes.
    """
    target = Path(out) if out is not None else Path(ADDIN)
    if target.is_dir():
        target /= ADDIN
    target.parent.mkdir(parents=True, exist_ok=True)
    _place(target, build_xlam())
    _place(target.with_name(INTELLISENSE), intellisense_xml().encode("utf-8"))
    return target


def _place(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as stream:
        stream.write(data)


def install(machine: Machine | None = None, at: Places | None = None) -> tuple[Path, ...]:
    """Install for this user: the add-in into XLSTART, its configuration and its workbooks.

    Returns
    -------
    tuple[Path, ...]
        What was placed.

    Raises
    ------
    RefusedError
        AD101 on Linux and macOS, AD112 and AD113 where this Python cannot serve Excel, AD115
        where Excel holds the file.
    """
    facts, where = machine or this_machine(), at or places()
    if facts.system != "Windows":
        raise RefusedError([_not_here(facts)])
    faults = _python_faults(facts)
    if faults:
        raise RefusedError(faults)
    where.startup.mkdir(parents=True, exist_ok=True)
    where.settings.mkdir(parents=True, exist_ok=True)
    try:
        build(where.addin)
    except (PermissionError, RefusedError) as error:
        raise RefusedError([finding("AD115", path=str(where.addin))]) from error
    where.config.write_text(_configuration(facts.python), encoding=_ANSI, newline="\r\n")
    author_reference(where.reference)
    author_selftest(where.selftest)
    stamp = {
        "invval_xl": __version__,
        "xlwings": xlwings.__version__,
        "python": str(facts.python),
        "sha256": hashlib.sha256(where.addin.read_bytes()).hexdigest(),
    }
    where.stamp.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    return (
        where.addin,
        where.intellisense,
        where.config,
        where.reference,
        where.selftest,
        where.stamp,
    )


def _configuration(python: Path) -> str:
    """The settings xlwings' VBA reads, a quoted pair a line."""
    return f'"INTERPRETER_WIN","{python}"\n"ADD_WORKBOOK_TO_PYTHONPATH","False"\n'


def _not_here(facts: Machine) -> Finding:
    """AD101, weighed as a refusal: install cannot do here what it is asked."""
    from dataclasses import replace

    from invval_xl.findings import Severity

    return replace(finding("AD101", system=facts.system), severity=Severity.STOP)


def uninstall(at: Places | None = None) -> tuple[Path, ...]:
    """Remove every trace of the installation; what was removed.

    Raises
    ------
    RefusedError
        AD115 where Excel holds the add-in; nothing else is removed then.
    """
    where = at or places()
    removed: list[Path] = []
    for path in (
        where.addin,
        where.intellisense,
        where.config,
        where.reference,
        where.selftest,
        where.stamp,
    ):
        if not path.exists():
            continue
        try:
            path.unlink()
        except PermissionError as error:
            raise RefusedError([finding("AD115", path=str(path))]) from error
        removed.append(path)
    if where.settings.is_dir() and not any(where.settings.iterdir()):
        shutil.rmtree(where.settings)
        removed.append(where.settings)
    return tuple(removed)


def doctor(machine: Machine | None = None, at: Places | None = None) -> list[Finding]:
    """Every fault of the installation with its mend; AD114 alone where there is none."""
    facts, where = machine or this_machine(), at or places()
    if facts.system != "Windows":
        return [finding("AD101", system=facts.system)]
    faults = _python_faults(facts)
    if not where.addin.is_file():
        faults.append(finding("AD102", path=str(where.addin)))
    else:
        faults += _file_faults(facts, where)
    faults += _configuration_faults(facts, where)
    if not where.reference.is_file() or not where.selftest.is_file():
        faults.append(finding("AD116", path=str(where.reference)))
    if not faults:
        return [finding("AD114", path=str(where.addin), settings=str(where.settings))]
    return sorted(faults, key=lambda fault: fault.order)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _python_faults(facts: Machine) -> list[Finding]:
    """Whether this Python can serve Excel at all."""
    faults = []
    if not facts.has_pywin32:
        faults.append(finding("AD112"))
    if not _version(_NEEDED[0]) <= _version(facts.xlwings) < _version(_NEEDED[1]):
        needed = f"{_NEEDED[0]} up to, not including, {_NEEDED[1]}"
        faults.append(finding("AD113", found=facts.xlwings, needed=needed))
    if facts.excel_bits and facts.excel_bits != facts.python_bits:
        faults.append(finding("AD108", excel=facts.excel_bits, python_bits=facts.python_bits))
    return faults


def _file_faults(facts: Machine, where: Places) -> list[Finding]:
    faults = []
    if where.addin.read_bytes() != build_xlam():
        faults.append(
            finding("AD103", path=str(where.addin), version=__version__, xlwings=facts.xlwings)
        )
    if facts.marked(where.addin):
        faults.append(finding("AD109", path=str(where.addin)))
    if facts.trust_off:
        faults.append(finding("AD110", key=facts.trust_off, path=str(where.startup)))
    if facts.disabled:
        faults.append(finding("AD111", path=str(where.addin)))
    dll = _dll(where.addin, facts.excel_bits or facts.python_bits)
    folders = (facts.python.parent, facts.python.parent.parent)
    if dll and not any((folder / dll).is_file() for folder in folders):
        faults.append(finding("AD104", dll=dll, python=str(facts.python), xlwings=facts.xlwings))
    return faults


def _dll(addin: Path, bits: int) -> str:
    """The DLL the add-in's VBA asks for, from the VBA itself."""
    import re

    from pyopenvba import ExcelFile
    from pyopenvba.exceptions import PyOpenVBAError

    with contextlib.suppress(PyOpenVBAError, zipfile.BadZipFile, OSError), ExcelFile(addin) as book:
        found = re.search(rf"xlwings{bits}-[\d.]+\.dll", book.get_module("xlwings"))
        return found[0] if found else ""
    return ""


def _configuration_faults(facts: Machine, where: Places) -> list[Finding]:
    if not where.config.is_file():
        return [finding("AD105", path=str(where.config))]
    configured = ""
    for line in where.config.read_text(encoding=_ANSI).splitlines():
        key, _, value = line.partition(",")
        if key.strip('"').upper() == "INTERPRETER_WIN":
            configured = value.strip('"')
    if not configured or not Path(configured).is_file():
        return [finding("AD106", configured=configured or "no Python at all")]
    if Path(configured) != facts.python:
        return [finding("AD107", configured=configured, python=str(facts.python))]
    return []
