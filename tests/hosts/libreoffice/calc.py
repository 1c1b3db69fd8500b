"""One Calc with the extension installed, as a test holds it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from invval_xl.hosts.libreoffice.install import install
from invval_xl.hosts.libreoffice.office import Office, this_office
from tests.tools import REPO, find_libreoffice

DRIVER = Path(__file__).with_name("driver.py")
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun"
 oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay"
 oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""


class CalcError(AssertionError):
    """The driver's own traceback."""


class Calc:
    """A running office behind ``driver.py``; every method of its ``Calc`` by name."""

    def __init__(self, profile: Path, python: str, *extra: str, environment: dict | None = None):
        self.profile = profile
        self.process = subprocess.Popen(
            [python, str(DRIVER), str(find_libreoffice()), profile.as_uri(), *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.office = self._told()["ready"]

    def _told(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise CalcError("the driver ended")
        return json.loads(line)

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **given: Any) -> Any:
            line = json.dumps({"do": name, "args": args, "with": given})
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            told = self._told()
            if "fault" in told:
                raise CalcError(told["fault"])
            return told["ok"]

        return ask

    def family(self) -> dict[int, str]:
        """Command lines of the office and everything it started, by process id."""
        parents, commands = {}, {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError, ValueError):
                    state = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                    parents[int(folder.name)] = int(state.rpartition(")")[2].split()[1])
                    commands[int(folder.name)] = (
                        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    )
        found, below = {}, [self.office]
        while below:
            pid = below.pop()
            if pid in commands:
                found[pid] = commands[pid]
                below += [child for child, parent in parents.items() if parent == pid]
        return found

    def workers(self) -> list[int]:
        """Process ids of the workers below this office."""
        marks = "invval_xl.hosts.libreoffice.worker"
        return [pid for pid, command in self.family().items() if marks in command]

    def cell(self, formula: str, *, at: str = "Z1") -> Any:
        """What a cell shows for ``formula``."""
        self.put({at: formula})
        return self.get([at])[at][0][0]

    def quit(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        finally:
            self.process.stdout.close()


def office_python() -> str | None:
    """A Python that has uno."""
    for python in ("/usr/bin/python3", shutil.which("python3") or ""):
        if (
            python
            and not subprocess.run(
                [python, "-c", "import uno"], capture_output=True, check=False
            ).returncode
        ):
            return python
    return None


def prepared_profile(folder: Path) -> Path:
    """An office profile that recalculates .xlsx on load, as a check must."""
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    return folder


def installed_office(profile: Path) -> Office:
    """The machine's LibreOffice, a fresh profile with our extension, this checkout its worker."""
    facts = this_office(prepared_profile(profile))
    install(facts)
    config = json.loads(facts.config.read_text(encoding="utf-8"))
    assert config["python"] == this_python()["python"]
    facts.config.write_text(json.dumps({**config, **this_python()}), encoding="utf-8")
    return facts


def this_python() -> dict[str, Any]:
    """The configuration that makes this checkout the worker."""
    return {"python": sys.executable, "path": [str(REPO)]}
