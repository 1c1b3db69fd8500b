"""Rows of a frame as sentences read them: by column name, one value at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "rows_of"]


class _Columns(dict[str, list[Any]]):
    """Columns as lists of plain values, each made when it is first asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__()
        self.names = frozenset(frame.columns)
        self._frame = frame

    def __missing__(self, name: str) -> list[Any]:
        values: list[Any] = self._frame[name].astype(object).to_list()
        self[name] = values
        return values


class Row:
    """One row: its place, where a ``dict`` would hold every value of some sixty columns."""

    __slots__ = ("_at", "_columns")

    def __init__(self, columns: _Columns, at: int) -> None:
        self._columns = columns
        self._at = at

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._at]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a column that need not be there."""
        return self[name] if name in self._columns.names else default


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The rows of ``frame`` in their order.

    Examples
    --------
    >>> import pandas as pd
    >>> row = rows_of(pd.DataFrame({"sku": ["00123"], "units": [4.0]}))[0]
    >>> row["sku"], row["units"], row.get("basis", "rule")
    ('00123', 4.0, 'rule')
    """
    columns = _Columns(frame)
    return [Row(columns, at) for at in range(len(frame))]
