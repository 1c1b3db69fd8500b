"""A new workbook from plans: XlsxWriter's furniture, our own stream of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from invval_xl.findings import Finding, RefusedError
from invval_xl.hosts.file.donor import make_donor
from invval_xl.hosts.file.stream import RowStream
from invval_xl.hosts.file.stylesheet import StyleSheet
from invval_xl.hosts.file.zipcopy import ZipWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["author_into", "packing_level"]

_BULK_ROWS = 20_000


def packing_level(plan: SheetPlan) -> int:
    """Deflate level of a sheet: long ones are packed fast, the others well."""
    return 1 if any(block.rows > _BULK_ROWS for block in plan.blocks) else 6


def author_into(stream: BinaryIO, plans: Sequence[SheetPlan], created: datetime) -> None:
    """Write the workbook of ``plans`` onto ``stream`` (open for writing, seekable).

    Raises
    ------
    RefusedError
        Where cells hold what a file cannot (WB901, WB902, WB903): every one of them named.
    """
    donor = make_donor(plans, created)
    styles = StyleSheet(donor.parts["xl/styles.xml"])
    ids = {style: styles.add(style) for style in donor.styles}
    parts = donor.parts | {"xl/styles.xml": styles.to_bytes()}
    sheets = {sheet.part: sheet for sheet in donor.sheets}
    writer = ZipWriter(stream, created)
    refused: list[Finding] = []
    for name, data in parts.items():
        sheet = sheets.get(name)
        if sheet is None:
            writer.write(name, [data])
            continue
        rows = RowStream(sheet.plan, ids)
        selected = sheet is donor.sheets[0]
        writer.write(name, sheet.pieces(rows, selected=selected), packing_level(sheet.plan))
        refused += rows.refusals.findings
    if refused:
        raise RefusedError(refused)
    writer.finish()
