"""Read a written binder as a stranger would: openpyxl, headers, arithmetic, nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["Paper", "read_papers"]


class Paper:
    """One sheet's cached values."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    def table(self, *headers: str) -> list[dict[str, Any]]:
        """The rows under the first header row that holds all of ``headers``, up to its foot."""
        for at, row in enumerate(self.rows):
            if set(headers) <= {v for v in row if isinstance(v, str)}:
                return list(self._body(row, at + 1))
        message = f"no table headed {headers}"
        raise AssertionError(message)

    def _body(self, header: tuple[Any, ...], start: int) -> Iterator[dict[str, Any]]:
        first = next(i for i, v in enumerate(header) if v is not None)
        for row in self.rows[start:]:
            if row[first] is None or row[first] == "Total":
                return
            yield {str(h): v for h, v in zip(header, row, strict=True) if h is not None}

    def fact(self, label: str) -> Any:
        """The value right of a label."""
        for row in self.rows:
            for i, value in enumerate(row[:-1]):
                if value == label:
                    return row[i + 1]
        message = f"no fact {label!r}"
        raise AssertionError(message)

    def section(self, title: str) -> Paper:
        """The rows from a heading on."""
        for at, row in enumerate(self.rows):
            if isinstance(row[0], str) and row[0].startswith(title):
                return Paper(self.rows[at:])
        message = f"no section {title!r}"
        raise AssertionError(message)


def read_papers(book: Path) -> dict[str, Paper]:
    """Every sheet of the workbook by name."""
    loaded = openpyxl.load_workbook(book, data_only=True, read_only=True)
    try:
        return {s.title: Paper([tuple(r) for r in s.iter_rows(values_only=True)]) for s in loaded}
    finally:
        loaded.close()
