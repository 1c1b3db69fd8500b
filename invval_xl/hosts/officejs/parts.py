"""Where the add-in's own parts are: inside an installed wheel, or in the repository."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["part"]


def part(name: str) -> str:
    """Read the file ``name`` of ``addin/officejs`` with plain line ends."""
    folder = Path(str(files("invval_xl.hosts.officejs"))) / "parts"
    if not folder.is_dir():
        folder = Path(__file__).resolve().parents[3] / "addin" / "officejs"
    return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n")
