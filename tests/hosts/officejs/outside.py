"""Outside programs the Office.js tests ask: Node with Microsoft's packages, and Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.functions.formula_reader import parse
from tests.tools import REPO

HERE = Path(__file__).resolve().parent
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def modules() -> Path | None:
    """The folder of npm packages that ``tests/system-packages.sh`` fills."""
    for folder in (REPO / "tests", REPO.parent / "tools" / "node"):
        if (folder / "node_modules" / "custom-functions-metadata").is_dir():
            return folder / "node_modules"
    return None


def _needs(*packages: str) -> pytest.MarkDecorator:
    folder = modules()
    missing = [p for p in packages if folder is None or not (folder / p).is_dir()]
    if NODE is None:
        missing.insert(0, "Node")
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


needs_metadata_tool = _needs("custom-functions-metadata", "typescript")
needs_office_mock = _needs("office-addin-mock")
needs_pyodide = _needs("pyodide", "pyodide/wheels")
_browser = _needs("playwright-core", "@microsoft/office-js")
needs_chromium = (
    _browser if CHROMIUM else pytest.mark.skipif(True, reason="needs Chromium (chromium)")
)


def node(script: str, *arguments: str, certificate: Path | None = None) -> Any:
    """Run ``script`` of this folder in Node; the JSON on its last line."""
    assert NODE is not None
    surroundings = {**os.environ, "NODE_PATH": str(modules())}
    if certificate is not None:
        surroundings["NODE_EXTRA_CA_CERTS"] = str(certificate)
    done = subprocess.run(
        [NODE, str(HERE / script), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=surroundings,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def browser(folder: Path, **task: Any) -> Any:
    """Run the pane in headless Chromium as ``browser.mjs`` says; what it reports."""
    asked = {
        "chromium": CHROMIUM,
        "profile": str(folder / "profile"),
        "modules": str(modules()),
        **task,
    }
    paper = folder / "task.json"
    paper.write_text(json.dumps(asked), encoding="utf-8")
    return node("browser.mjs", str(paper))


def as_excel_hands_over(formula: str) -> tuple[str, list[Any]]:
    """A formula's call as Excel makes it: every argument rows of cells, null where left out."""
    name, arguments = parse(formula)
    handed: list[Any] = []
    for argument in arguments:
        if repr(argument) == "MISSING":
            handed.append(None)
        elif isinstance(argument, tuple):
            handed.append([list(row) for row in argument])
        else:
            handed.append([[argument]])
    return name, handed
