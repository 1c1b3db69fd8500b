"""The facts of this PC that the add-in depends on, read once."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import xlwings

from invval_xl.hosts.com.paths import console_free_python

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EXCEL_SECURITY", "Machine", "this_machine"]

_WINDOWS = sys.platform.startswith("win")
_OFFICE = r"Software\Microsoft\Office\16.0"
EXCEL_SECURITY = _OFFICE + r"\Excel\Security\Trusted Locations"
_POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security\Trusted Locations"
_DISABLED = _OFFICE + r"\Excel\Resiliency\DisabledItems"


@dataclass(frozen=True)
class Machine:
    """What ``doctor`` looks at.

    Parameters
    ----------
    system
        ``Windows``, ``Linux`` or ``macOS``.
    python
        The interpreter that would serve Excel.
    python_bits, excel_bits
        64 or 32; ``excel_bits`` 0 where Excel is not found.
    xlwings
        Installed version.
    has_pywin32
        Whether xlwings can talk to Excel.
    trust_off
        Registry key that switches trusted locations off, empty where none does.
    disabled
        Whether Excel lists our file among its disabled items.
    marked
        Tells whether a file carries the mark of a download.
    """

    system: str
    python: Path
    python_bits: int
    excel_bits: int
    xlwings: str
    has_pywin32: bool
    trust_off: str
    disabled: bool
    marked: Callable[[Path], bool]


def this_machine() -> Machine:
    """Read the facts of this PC."""
    windows = _WINDOWS
    return Machine(
        system={"win32": "Windows", "darwin": "macOS"}.get(sys.platform, "Linux"),
        python=console_free_python(),
        python_bits=struct.calcsize("P") * 8,
        excel_bits=_excel_bits() if windows else 0,
        xlwings=xlwings.__version__,
        has_pywin32=find_spec("win32com") is not None,
        trust_off=_trust_off() if windows else "",
        disabled=_disabled() if windows else False,
        marked=_marked,
    )


def _marked(path: Path) -> bool:
    """Whether the file has a Zone.Identifier stream of the internet zone."""
    if not _WINDOWS:
        return False
    try:
        text = Path(f"{path}:Zone.Identifier").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "ZoneId=3" in text or "ZoneId=4" in text


def _read(root: str, key: str, name: str) -> object:
    """One registry value, ``None`` where it is not there (Windows only)."""
    if not _WINDOWS:
        return None
    winreg = import_module("winreg")
    hive = winreg.HKEY_CURRENT_USER if root == "HKCU" else winreg.HKEY_LOCAL_MACHINE
    try:
        with winreg.OpenKey(hive, key) as opened:
            value: object = winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None
    return value


def _excel_bits() -> int:
    platform = _read("HKLM", r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration", "Platform")
    if platform in ("x64", "x86"):
        return 64 if platform == "x64" else 32
    bitness = _read("HKLM", r"SOFTWARE\Microsoft\Office\16.0\Outlook", "Bitness")
    return {"x64": 64, "x86": 32}.get(str(bitness), 0)


def _trust_off() -> str:
    for root, key in (("HKCU", EXCEL_SECURITY), ("HKCU", _POLICY), ("HKLM", _POLICY)):
        if _read(root, key, "AllLocationsDisabled") == 1:
            return rf"{root}\{key}"
    return ""


def _disabled() -> bool:
    """Whether any disabled item names our file (values are binary with UTF-16 paths)."""
    if not _WINDOWS:
        return False
    winreg = import_module("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _DISABLED) as opened:
            count = winreg.QueryInfoKey(opened)[1]
            items = [winreg.EnumValue(opened, i)[1] for i in range(count)]
    except OSError:
        return False
    wanted = "invval.xlam".encode("utf-16-le")
    return any(isinstance(item, bytes) and wanted in item.lower() for item in items)
