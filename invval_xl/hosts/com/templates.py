"""Where the add-in's own parts are: inside an installed wheel, or in the repository."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["part", "parts_folder"]


def parts_folder() -> Path:
    """The folder of VBA and ribbon templates (``addin/parts`` of the repository)."""
    installed = Path(str(files("invval_xl.hosts.com"))) / "addin_parts"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "addin" / "parts"


def part(name: str) -> str:
    """Read the template ``name`` with plain line ends."""
    return (parts_folder() / name).read_text(encoding="utf-8").replace("\r\n", "\n")
