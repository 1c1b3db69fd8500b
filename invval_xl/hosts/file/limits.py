"""How much of a file is looked at before it is refused: every bound of the reader, in one place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the preflight and the reader.

    The defaults let a full sheet of 1,048,576 rows through with every column of the balance set,
    and refuse what no workbook of people needs.

    Parameters
    ----------
    file_bytes
        Size of the file itself.
    entries
        Parts in the package.
    directory_bytes
        Size of the zip directory.
    part_bytes
        Inflated size of one part.
    strings_bytes
        Inflated size of the shared strings, which are held in memory.
    strings
        How many shared strings.
    small_bytes
        Inflated size of a part that is read whole (workbook, styles, relationships, tables).
    ratio, ratio_from
        Inflated size over stored size, asked only of parts that inflate beyond ``ratio_from``.
    cells
        Cells with content on one sheet.
    columns
        Columns of a sheet that are read; values further right are reported, not read.
    merges
        Merged ranges on one sheet.
    top_rows
        Rows looked through for the header.
    settings_rows
        Rows of the Control sheet.
    careful_elements
        Elements the slow, careful parser takes before a file of an unusual dialect is refused.
    """

    file_bytes: int = 512 * _MIB
    entries: int = 20_000
    directory_bytes: int = 8 * _MIB
    part_bytes: int = 4096 * _MIB
    strings_bytes: int = 512 * _MIB
    strings: int = 8_000_000
    small_bytes: int = 64 * _MIB
    ratio: int = 300
    ratio_from: int = 64 * _MIB
    cells: int = 64_000_000
    columns: int = 512
    merges: int = 100_000
    top_rows: int = 40
    settings_rows: int = 2_000
    careful_elements: int = 3_600_000
