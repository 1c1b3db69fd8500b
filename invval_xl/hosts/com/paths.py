"""Where things are on the user's machine; read once here, passed down everywhere else."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Places", "places", "reference_book"]

ADDIN = "invval.xlam"
REFERENCE = "function_reference.xlsx"
SELFTEST = "selftest.xlsx"
INTELLISENSE = "invval.intellisense.xml"


@dataclass(frozen=True)
class Places:
    """The folders of a per-user installation.

    Parameters
    ----------
    startup
        Excel's XLSTART of this user: what lies there opens with Excel, and is trusted.
    settings
        ``.invval`` in the user's profile: configuration, reference and self-test workbooks.
    """

    startup: Path
    settings: Path

    @property
    def addin(self) -> Path:
        """The installed add-in."""
        return self.startup / ADDIN

    @property
    def intellisense(self) -> Path:
        """In-cell tips for users of Excel-DNA IntelliSense."""
        return self.startup / INTELLISENSE

    @property
    def config(self) -> Path:
        """The file xlwings' VBA reads for project ``invval``."""
        return self.settings / "invval.conf"

    @property
    def stamp(self) -> Path:
        """What was installed: versions and hashes, for ``doctor``."""
        return self.settings / "installed.json"

    @property
    def reference(self) -> Path:
        """The installed function reference."""
        return self.settings / REFERENCE

    @property
    def selftest(self) -> Path:
        """The installed self-test workbook."""
        return self.settings / SELFTEST


def places() -> Places:
    """The folders of this user, from the environment."""
    home = Path(os.environ.get("USERPROFILE") or Path.home())
    roaming = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    return Places(roaming / "Microsoft" / "Excel" / "XLSTART", home / ".invval")


def reference_book() -> Path:
    """The function reference to open: the installed one, else the repository's."""
    installed = places().reference
    if installed.is_file():
        return installed
    return Path(__file__).resolve().parents[3] / "workbooks" / REFERENCE


def console_free_python() -> Path:
    """Our Python without a console window (``pythonw.exe`` on Windows)."""
    here = Path(sys.executable)
    quiet = here.with_name("pythonw.exe")
    return quiet if quiet.is_file() else here
