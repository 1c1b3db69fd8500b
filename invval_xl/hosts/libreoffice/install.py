"""Install the extension for this user, look after it, take it away again.

The extension goes through the office's own package manager: ``unopkg``, or, for root whom
``unopkg`` refuses, a hidden office's ExtensionManager. Which Python answers is written into the
user's office profile, and so are the reference and self-test workbooks: nothing lies elsewhere.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import site
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import invval_xl
from invval_xl import __version__
from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.com.paths import console_free_python
from invval_xl.hosts.file.atomic import replacing
from invval_xl.hosts.libreoffice.office import Office, this_office
from invval_xl.hosts.libreoffice.oxt import build_oxt, members, parts_folder
from invval_xl.hosts.reference_books import author_reference, author_selftest

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["EXTENSION", "build", "doctor", "install", "uninstall", "worker_answers"]

EXTENSION = "org.invval.calc"
_OXT = "invval.oxt"
_OLDEST = (24, 2)
_SECONDS = 300


def build(out: Path | None = None) -> Path:
    """Build ``invval.oxt``; possible on any system. The same package gives the same bytes."""
    target = Path(out) if out is not None else Path(_OXT)
    if target.is_dir():
        target /= _OXT
    target.parent.mkdir(parents=True, exist_ok=True)
    _place(target, build_oxt())
    return target


def _place(path: Path, data: bytes) -> None:
    with replacing(path) as stream:
        stream.write(data)


def install(office: Office | None = None) -> tuple[Path, ...]:
    """Install for this user; what was placed.

    Raises
    ------
    RefusedError
        AD201 to AD203 where there is no LibreOffice that could run it, AD208 where one is open,
        AD209 where it declined.
    """
    facts = office or this_office()
    faults = [f for f in _office_faults(facts) if f.severity.value == "STOP"]
    if facts.running:
        faults.append(finding("AD208", path=str(facts.running)))
    if faults:
        raise RefusedError(faults)
    facts.settings.mkdir(parents=True, exist_ok=True)
    _place(facts.oxt, build_oxt())
    _place(facts.config, json.dumps(_configuration(), indent=1).encode())
    author_reference(facts.reference)
    author_selftest(facts.selftest)
    if facts.root and facts.unpacked() is not None:
        _packaged(facts, "remove")
    _packaged(facts, "add")
    return facts.oxt, facts.config, facts.reference, facts.selftest


def _configuration() -> dict[str, Any]:
    """Which Python answers, and where the package is where that Python would not look."""
    folder = Path(invval_xl.__file__).resolve().parents[1]
    known = {Path(p).resolve() for p in (*site.getsitepackages(), site.getusersitepackages())}
    return {
        "python": str(console_free_python()),
        "path": [] if folder in known else [str(folder)],
        "version": __version__,
    }


def _packaged(office: Office, verb: str) -> None:
    """Let the office add or remove the extension."""
    profile = "" if office.own_profile else office.profile.as_uri()
    if office.root:
        script = parts_folder() / "register_extension.py"
        command = [office.python, script, office.soffice, profile, verb, office.oxt]
    else:
        what = ["add", "--force", "--suppress-license", office.oxt] if verb == "add" else [
            "remove", EXTENSION]  # fmt: skip
        command = [office.unopkg, *what, *([f"-env:UserInstallation={profile}"] if profile else [])]
    try:
        done = subprocess.run(  # noqa: S603 - the office's own programs
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RefusedError([finding("AD209", verb=verb, said=str(error))]) from error
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise RefusedError([finding("AD209", verb=verb, said=lines[-1] if lines else "no reason")])


def uninstall(office: Office | None = None) -> tuple[Path, ...]:
    """Remove every trace; what was removed.

    Raises
    ------
    RefusedError
        AD208 where an office is open, AD209 where it declined; nothing of ours is removed then.
    """
    facts = office or this_office()
    removed: list[Path] = []
    there = facts.unpacked()
    if there is not None:
        if facts.running:
            raise RefusedError([finding("AD208", path=str(facts.running))])
        if facts.soffice is None:
            raise RefusedError([finding("AD201")])
        _packaged(facts, "remove")
        removed.append(there)
    if facts.settings.is_dir():
        removed += sorted(p for p in facts.settings.iterdir() if p.is_file())
        shutil.rmtree(facts.settings)
    return tuple(removed)


def doctor(office: Office | None = None) -> list[Finding]:
    """Every fault of the installation with its mend; AD210 alone where there is none."""
    facts = office or this_office()
    faults = _office_faults(facts)
    there = facts.unpacked()
    if there is None:
        faults.append(finding("AD204", profile=str(facts.profile)))
    elif _stale(there):
        faults.append(finding("AD205", path=str(there), version=__version__))
    faults += _configuration_faults(facts)
    if not facts.reference.is_file() or not facts.selftest.is_file():
        faults.append(finding("AD211", path=str(facts.reference)))
    if not faults:
        return [finding("AD210", profile=str(facts.profile), selftest=str(facts.selftest))]
    return sorted(faults, key=lambda fault: fault.order)


def _office_faults(office: Office) -> list[Finding]:
    """Whether this LibreOffice can run the extension at all."""
    if office.soffice is None:
        return [finding("AD201")]
    faults = []
    release = tuple(int(part) for part in office.version.split(".")[:2] if part.isdigit())
    if release and release < _OLDEST:
        faults.append(finding("AD202", found=office.version))
    cannot_add = office.python is None if office.root else office.unopkg is None
    if not office.loads_python or cannot_add:
        faults.append(finding("AD203", path=str(office.soffice)))
    return faults


def _stale(unpacked: Path) -> bool:
    """Whether what the office holds is not what this package builds."""
    for name, text in members().items():
        path = unpacked / name
        if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
            return True
    return False


def _configuration_faults(office: Office) -> list[Finding]:
    try:
        config = json.loads(office.config.read_text(encoding="utf-8"))
        python = str(config["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return [finding("AD206", path=str(office.config), reason="it is not there or not ours")]
    if not Path(python).is_file():
        return [finding("AD206", path=str(office.config), reason=f"{python} is not there")]
    said = worker_answers(config)
    if said:
        return [finding("AD207", python=python, said=said)]
    if Path(python) != console_free_python():
        return [finding("AD212", configured=python, python=sys.executable)]
    return []


def bridge_module() -> ModuleType:
    """The extension's own bridge, as the office loads it."""
    path = parts_folder() / "pythonpath" / "invval_bridge.py"
    spec = importlib.util.spec_from_file_location("invval_bridge", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def worker_answers(config: dict[str, Any]) -> str:
    """Ask a worker as a cell does; empty where it answers right, else what is wrong."""
    module = bridge_module()
    bridge = module.Bridge(lambda: config)
    try:
        answer = bridge.call("INV_NRV", [70.0, 20.0])
        version = bridge.version
    except module.Unanswered as error:
        return str(error).removesuffix(".")
    finally:
        bridge.stop()
    if version != __version__:
        return f"it has invval-xl {version}, this is {__version__}"
    return "" if answer == [[50.0]] else f"INV_NRV(70,20) gave {answer}, not 50"
