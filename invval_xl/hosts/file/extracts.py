"""What an import reads and writes on this machine: files by pattern, sheets, secrets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError
from invval_xl.hosts.file.atomic import replacing
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import open_book
from invval_xl.hosts.file.read import read_sheet

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from invval_xl.findings import Finding
    from invval_xl.tables.grid import Grid

__all__ = ["FileInputs"]


@dataclass(frozen=True)
class FileInputs:
    """Files relative to the config's folder; nothing outside what the config names is opened."""

    folder: Path

    def files(self, pattern: str) -> list[Path]:
        """Files ``pattern`` names: one path, or a glob of the last part."""
        path = self.folder / pattern
        if path.is_file():
            return [path]
        if not path.parent.is_dir():
            return []
        return sorted(p for p in path.parent.glob(path.name) if p.is_file())

    def sheets(self, path: Path) -> list[str]:
        """Names of the worksheets, in the workbook's order."""
        opened = open_book(path, Limits())
        return [e.name for e in opened.value.layout.sheets if e.kind == "worksheet"]

    def sheet(self, path: Path, name: str) -> tuple[Grid, tuple[Finding, ...]]:
        """Read one worksheet of any layout; ``""``: the first that holds anything."""
        names = [name] if name else self.sheets(path)
        for candidate in names:
            read = read_sheet(path, candidate)
            if name or read.value.rows:
                return read.value, read.findings
        raise MisuseError(f"{path.name} has no worksheet that holds anything")

    def secret(self, name: str) -> str | None:
        """Value of an environment variable."""
        return os.environ.get(name)

    def writing(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """The file is replaced whole or not at all."""
        return replacing(path)
