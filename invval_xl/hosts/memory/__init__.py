"""The memory host: workbooks as Python lists (tests, notebooks, the generator's own check)."""

from invval_xl.hosts.memory.read import UNCALCULATED, ErrorCell, book_from_sheets, grid_from_rows

__all__ = ["UNCALCULATED", "ErrorCell", "book_from_sheets", "grid_from_rows"]
