"""Lines as a source holds them, in chunks that still know which row each came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.tables.headers import spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.sources.config import Extract
    from invval_xl.tables.grid import Grid

__all__ = ["Inputs", "RawChunk", "columns_wanted", "match_headers"]


@dataclass(frozen=True, eq=False)
class RawChunk:
    """Some lines of one source, nothing interpreted.

    Parameters
    ----------
    source
        File name, or the database and query by a short name.
    sheet
        The worksheet, empty where there is none.
    rows
        ``int64[n]``: the row each line stands in (a file's line, a sheet's row, a result's row).
    columns
        Mapped facts by name, as the source holds them.
    left_out
        Rows that are no lines (totals, for one): row, reason, dollars (NaN: none seen), text.
    repairs
        What the reader itself mended: row, fact, before, after, rule.
    share
        How much of its source has been read with it, 0 to 1.
    """

    source: str
    sheet: str
    rows: NDArray[np.int64]
    columns: Mapping[str, pa.Array]
    left_out: tuple[tuple[int, str, float, str], ...] = ()
    repairs: tuple[tuple[int, str, str, str, str], ...] = ()
    share: float = 1.0

    def __len__(self) -> int:
        return len(self.rows)


class Inputs(Protocol):
    """What a host opens for the import: files by pattern, sheets, secrets, and files to write."""

    def files(self, pattern: str) -> list[Path]:
        """Files a config's pattern names, relative to the config, in order of name."""

    def sheet(self, path: Path, name: str) -> tuple[Grid, tuple[Finding, ...]]:
        """A worksheet of any layout (``""``: the first visible one that holds anything)."""

    def sheets(self, path: Path) -> list[str]:
        """Names of the worksheets of a workbook."""

    def secret(self, name: str) -> str | None:
        """A value the config does not spell out, such as a database URL."""

    def writing(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """A stream whose bytes become ``path`` when the block ends well, and vanish otherwise."""


def columns_wanted(extract: Extract) -> list[str]:
    """Every header the config names, each once."""
    return list(dict.fromkeys(extract.columns.values()))


def match_headers(extract: Extract, headers: Iterable[Any], source: str) -> dict[str, int]:
    """Find the position of each mapped fact's column.

    Raises
    ------
    RefusedError
        IM106 naming every header that is not there.
    """
    present = ["" if h is None else str(h).strip() for h in headers]
    exact = {h: i for i, h in reversed(list(enumerate(present)))}
    loose = {spelling(h): i for i, h in reversed(list(enumerate(present)))}
    found: dict[str, int] = {}
    missing = []
    for fact, header in extract.columns.items():
        at = exact.get(header.strip(), loose.get(spelling(header)))
        if at is None:
            missing.append(f"{header} (for {fact})")
        else:
            found[fact] = at
    if missing:
        shown = ", ".join(h for h in present[:40] if h) or "none"
        raise RefusedError(
            [
                finding(
                    "IM106",
                    sheet=extract.name,
                    source=source,
                    missing=", ".join(missing),
                    present=shown,
                )
            ]
        )
    return found
