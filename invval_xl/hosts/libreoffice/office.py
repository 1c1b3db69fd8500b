"""The LibreOffice of this machine and its user's profile, found once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Office", "this_office"]

_ASKED_SECONDS = 30
_MAC = Path("/Applications/LibreOffice.app/Contents")


@dataclass(frozen=True)
class Office:
    """What install and doctor look at.

    Parameters
    ----------
    soffice, unopkg
        The programs; ``None`` where LibreOffice is not found.
    python
        A Python that has LibreOffice's ``uno``; ``None`` where there is none.
    loads_python
        Whether the office can load extensions written in Python.
    version
        As the office says it, ``25.2.3.2``; empty where it does not answer.
    profile
        The user's profile folder, the one that holds ``user``.
    own_profile
        Whether that is the office's own choice (tests give another).
    root
        Whether we run as root, whom ``unopkg`` refuses.
    """

    soffice: Path | None
    unopkg: Path | None
    python: Path | None
    loads_python: bool
    version: str
    profile: Path
    own_profile: bool = True
    root: bool = False

    @property
    def settings(self) -> Path:
        """Our folder in the profile."""
        return self.profile / "user" / "invval"

    @property
    def config(self) -> Path:
        """Which Python answers; read by the extension."""
        return self.settings / "calc.json"

    @property
    def reference(self) -> Path:
        """The installed function reference."""
        return self.settings / "function_reference.xlsx"

    @property
    def selftest(self) -> Path:
        """The installed self-test workbook."""
        return self.settings / "selftest.xlsx"

    @property
    def oxt(self) -> Path:
        """The extension as it was installed from."""
        return self.settings / "invval.oxt"

    @property
    def running(self) -> Path | None:
        """The lock of an office that has this profile open."""
        lock = self.profile / ".lock"
        return lock if lock.exists() else None

    def unpacked(self) -> Path | None:
        """Where the office keeps the installed extension."""
        cache = self.profile / "user" / "uno_packages" / "cache"
        listed = cache / "uno_packages.pmap"  # what is removed leaves this list at once
        if not listed.is_file() or b"invval.oxt" not in listed.read_bytes():
            return None
        found = sorted(cache.glob("uno_packages/*/invval.oxt/description.xml"))
        return found[-1].parent if found else None


def this_office(profile: Path | None = None) -> Office:
    """Find LibreOffice on this machine.

    Parameters
    ----------
    profile
        Another profile than the user's own.
    """
    soffice = _program("soffice") or _program("libreoffice")
    programs = _programs(soffice)
    return Office(
        soffice=soffice,
        unopkg=_program("unopkg") or _beside(programs, "unopkg"),
        python=_office_python(programs),
        loads_python=any((folder / "pythonloader.py").is_file() for folder in programs),
        version=_version(soffice),
        profile=profile or _profile(),
        own_profile=profile is None,
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
    )


def _program(name: str) -> Path | None:
    """A program on the path or where its installer puts it."""
    found = shutil.which(name)
    if found:
        return Path(found)
    roots = [os.environ.get(v) for v in ("ProgramFiles", "ProgramFiles(x86)")]
    folders = [_MAC / "MacOS", *(Path(r) / "LibreOffice" / "program" for r in roots if r)]
    return _beside(folders, name)


def _beside(folders: list[Path], name: str) -> Path | None:
    for folder in folders:
        for spelled in (name, f"{name}.com", f"{name}.exe"):
            if (folder / spelled).is_file():
                return folder / spelled
    return None


def _programs(soffice: Path | None) -> list[Path]:
    """The office's own folders, nearest first."""
    if soffice is None:
        return []
    real = soffice.resolve()
    folders = [real.parent, real.parent.parent / "Resources", real.parent.parent / "program"]
    if sys.platform.startswith("linux"):  # a distribution's script may stand elsewhere
        folders += [Path("/usr/lib/libreoffice/program"), Path("/usr/lib64/libreoffice/program")]
    return [folder for folder in folders if folder.is_dir()]


def _office_python(programs: list[Path]) -> Path | None:
    """LibreOffice's own Python, or the system's where a distribution shares it."""
    candidates = [_beside(programs, "python"), Path("/usr/bin/python3")]
    for python in candidates:
        if (
            python is not None
            and python.is_file()
            and _says([python, "-c", "import uno"]) is not None
        ):
            return python
    return None


def _version(soffice: Path | None) -> str:
    said = _says([soffice, "--version"]) if soffice else None
    found = re.search(r"\d+(?:\.\d+)+", said or "")
    return found[0] if found else ""


def _says(command: list[Path | str]) -> str | None:
    """What a program prints; ``None`` where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - programs found in their own places
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=_ASKED_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _profile() -> Path:
    """The office's own choice of profile on each system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        return base / "LibreOffice" / "4"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LibreOffice" / "4"
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "libreoffice" / "4"
