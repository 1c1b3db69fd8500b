"""Every change to a line, written down: where it stood, what it was, what it is, by which rule.

``changes.parquet`` is the import's own evidence: with it a cleaned line is led back to the raw
one, and the counts and dollars of every rule are sums over it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from invval_xl.sources.raw import RawChunk

__all__ = ["DROPPED", "ChangeLog", "change_schema"]

DROPPED = "*"
"""In ``column``: the whole line was left out; ``before`` holds it as ``fact=value`` pairs."""


def change_schema() -> pa.Schema:
    """Columns of ``changes.parquet``; ``dollars`` is the money of the line that was changed."""
    import pyarrow as pa

    text = [(n, pa.string()) for n in ("extract", "source", "sheet")]
    rest = [(n, pa.string()) for n in ("column", "before", "after", "rule")]
    return pa.schema([*text, ("row", pa.int64()), *rest, ("dollars", pa.float64())])


@dataclass
class ChangeLog:
    """Writes changes as they happen and keeps the count and dollars of each rule.

    Parameters
    ----------
    extract
        Whose lines.
    stream
        Where the Parquet goes.
    """

    extract: str
    stream: BinaryIO
    counts: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _writer: Any = None

    def add(
        self,
        chunk: RawChunk,
        rows: NDArray[np.int64],
        column: str,
        before: Sequence[Any],
        after: Sequence[Any],
        rules: Sequence[str],
        dollars: NDArray[np.float64],
    ) -> None:
        """Write one batch of changes to ``column``."""
        import pyarrow as pa

        if not len(rows):
            return
        count = len(rows)
        table = pa.table(
            [
                pa.array([self.extract] * count), pa.array([chunk.source] * count),
                pa.array([chunk.sheet] * count), pa.array(rows, pa.int64()),
                pa.array([column] * count), pa.array([_text(v) for v in before], pa.string()),
                pa.array([_text(v) for v in after], pa.string()), pa.array(list(rules), pa.string()),  # noqa: E501
                pa.array(np.asarray(dollars, np.float64)),
            ],
            schema=change_schema(),
        )  # fmt: skip
        self._write(table)
        for rule in dict.fromkeys(rules):
            at = np.array([r == rule for r in rules])
            held = self.counts.setdefault((column, rule), [0.0, 0.0])
            held[0] += int(at.sum())
            held[1] += float(np.nansum(np.abs(np.asarray(dollars, np.float64)[at])))

    def _write(self, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        if self._writer is None:
            self._writer = pq.ParquetWriter(self.stream, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file; one without a change still has its columns."""
        if self._writer is None:
            self._write(change_schema().empty_table())
        self._writer.close()


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return f"{value:.15g}" if isinstance(value, float) else str(value)
