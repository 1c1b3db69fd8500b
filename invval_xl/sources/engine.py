"""The embedded engine (DuckDB) behind one door: bounded memory, exact decimals, no network.

Why this engine: ``guidance/notes/decisions/duckdb-reads-the-history.md``.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

__all__ = ["Engine", "literal", "opened", "parquet", "rows_of"]


class Engine:
    """One connection.

    Parameters
    ----------
    connection
        An open DuckDB connection.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, query: str, **frames: Any) -> None:
        """Carry out a statement; ``frames`` are visible to it by name."""
        self._ask(query, frames)

    def frame(self, query: str, **frames: Any) -> pd.DataFrame:
        """Answer as a frame: decimals as floats, dates as ``datetime64``."""
        frame: pd.DataFrame = self._ask(query, frames).df()
        return frame

    def table(self, query: str) -> pa.Table:
        """Answer as an Arrow table."""
        made: pa.Table = self._connection.sql(query).to_arrow_table()
        return made

    def one(self, query: str) -> tuple[Any, ...]:
        """First row of a short answer."""
        # all of it: a result that is not read to its end holds the connection
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows[0]

    def _ask(self, query: str, frames: dict[str, Any]) -> Any:
        for name, frame in frames.items():
            self._connection.register(name, frame)
        return self._connection.execute(query)


@contextmanager
def opened(spill: Path, memory: str = "1GB", threads: int = 2) -> Iterator[Engine]:
    """Open the engine.

    Parameters
    ----------
    spill
        Folder for what does not fit into ``memory``.
    memory
        Most the engine may hold, e.g. ``"1GB"``.
    threads
        Threads it may use.
    """
    import duckdb

    with duckdb.connect() as connection:
        for name, value in (
            ("memory_limit", memory),
            ("threads", threads),
            ("temp_directory", str(spill)),
        ):
            connection.execute(f"set {name} = {literal(str(value))}")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set autoload_known_extensions = false")
        try:
            yield Engine(connection)
        except duckdb.IOException as error:  # the disk's refusal, in the engine's words
            said = str(error).splitlines()[0]
            full = "No space left" in said or "disk space" in said.casefold()
            raise OSError(errno.ENOSPC if full else errno.EIO, said) from error


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Rows of a small frame as named tuples."""
    return list(frame.itertuples())


def literal(text: str) -> str:
    """Text as SQL writes it.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def parquet(*paths: Path) -> str:
    """A relation over Parquet files."""
    listed = ", ".join(literal(str(p)) for p in paths)
    return f"read_parquet([{listed}], union_by_name = true)"
