"""What an import kept beside a workbook: found for a refresh, and its valuation put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.hosts.file.atomic import replacing
from invval_xl.reserving.kept_beside import KeptBeside
from invval_xl.runs.import_sheets import REST

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.reserving.kept_beside import ValuedBeside

__all__ = ["VALUED", "kept_beside", "kept_in", "put_kept", "put_valued"]

VALUED = "reserve_rest.parquet"


def kept_beside(book: Path) -> KeptBeside | None:
    """What the import of ``book`` kept out of it; ``None`` where it shows everything."""
    return kept_in(_folder(book))


def _folder(book: Path) -> Path:
    return book.with_name(f"{book.stem}-history")


def kept_in(folder: Path) -> KeptBeside | None:
    """The files of ``folder`` that hold what a workbook does not show."""
    places = {contract: folder / name for contract, name in REST.items()}
    files = {contract: p.read_bytes() for contract, p in places.items() if p.is_file()}
    return KeptBeside(files) if files else None


def put_kept(target: Path, kept: KeptBeside) -> None:
    """What a workbook does not show, beside ``target``, which is the same under another name.

    Without it the next refresh of ``target`` would not tie to the ledger.
    """
    folder = _folder(target)
    folder.mkdir(exist_ok=True)
    for contract, data in kept.files.items():
        with replacing(folder / REST[contract]) as stream:
            stream.write(data)


def put_valued(target: Path, valued: ValuedBeside) -> Path:
    """Each item's figures, beside the workbook that shows their totals; replaced whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = _folder(target)
    folder.mkdir(exist_ok=True)
    place = folder / VALUED
    with replacing(place) as stream:
        table = pa.Table.from_pandas(valued.lines, preserve_index=False)
        pq.write_table(table, stream, compression="zstd")
    return place
