"""What an import kept beside a workbook: found for a refresh, and its valuation put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.hosts.file.atomic import replacing
from invval_xl.reserving.kept_beside import KeptBeside
from invval_xl.runs.import_sheets import REST

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.reserving.kept_beside import ValuedBeside

__all__ = ["VALUED", "kept_beside", "kept_in", "put_valued"]

VALUED = "reserve_rest.parquet"


def kept_beside(book: Path) -> KeptBeside | None:
    """What the import of ``book`` kept out of it; ``None`` where it shows everything."""
    return kept_in(book.with_name(f"{book.stem}-history"))


def kept_in(folder: Path) -> KeptBeside | None:
    """The files of ``folder`` that hold what a workbook does not show."""
    places = {contract: folder / name for contract, name in REST.items()}
    files = {contract: p.read_bytes() for contract, p in places.items() if p.is_file()}
    return KeptBeside(files) if files else None


def put_valued(target: Path, valued: ValuedBeside) -> Path:
    """Each item's figures, beside the workbook that shows their totals; replaced whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = target.with_name(f"{target.stem}-history")
    folder.mkdir(exist_ok=True)
    place = folder / VALUED
    with replacing(place) as stream:
        table = pa.Table.from_pandas(valued.lines, preserve_index=False)
        pq.write_table(table, stream, compression="zstd")
    return place
