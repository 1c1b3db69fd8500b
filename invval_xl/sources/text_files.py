"""CSV and Parquet extracts, a chunk at a time; a CSV's cells stay text until they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.sources.raw import RawChunk, match_headers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from invval_xl.sources.config import Extract

__all__ = ["csv_chunks", "parquet_chunks"]

_BLOCK = 4 << 20  # bytes of CSV parsed at a time


def csv_chunks(path: Path, extract: Extract) -> Iterator[RawChunk]:
    """Read a CSV; title lines above ``header_rows`` are skipped.

    Raises
    ------
    RefusedError
        IM106 for a mapped header that is not there, IM108 where the file cannot be read.
    """
    import pyarrow as pa
    from pyarrow import csv

    skipped = (extract.header_rows[0] - 1) if extract.header_rows else 0
    names = _header(path, extract, skipped)
    found = match_headers(extract, names, path.name)
    spelled = [f"c{i}" for i in range(len(names))]  # names may repeat; positions do not
    used = {fact: spelled[at] for fact, at in found.items()}
    size = max(path.stat().st_size, 1)
    done, read = 0, 0
    try:
        with path.open("rb") as stream:
            reader = csv.open_csv(
                stream,
                read_options=csv.ReadOptions(
                    column_names=spelled,
                    skip_rows=skipped + 1,
                    block_size=_BLOCK,
                    use_threads=False,
                    encoding=extract.encoding,
                ),
                parse_options=csv.ParseOptions(
                    delimiter=extract.delimiter, newlines_in_values=True
                ),
                convert_options=csv.ConvertOptions(
                    include_columns=list(dict.fromkeys(used.values())),
                    column_types=dict.fromkeys(used.values(), pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                    quoted_strings_can_be_null=True,
                ),
            )
            for batch in reader:
                read += batch.nbytes
                rows = np.arange(done, done + batch.num_rows, dtype=np.int64) + skipped + 2
                done += batch.num_rows
                columns = {fact: batch.column(name) for fact, name in used.items()}
                yield RawChunk(path.name, "", rows, columns, share=min(stream.tell() / size, 1.0))
    except (pa.ArrowException, OSError, LookupError) as error:
        raise _unreadable(extract, path, error) from error


def _header(path: Path, extract: Extract, skipped: int) -> list[str]:
    """The header line's cells."""
    import csv as standard

    try:
        with path.open(encoding=extract.encoding, newline="") as stream:
            for number, row in enumerate(standard.reader(stream, delimiter=extract.delimiter)):
                if number == skipped:
                    return [cell.removeprefix("\ufeff").strip() for cell in row]
    except (OSError, UnicodeError, LookupError, standard.Error) as error:
        raise _unreadable(extract, path, error) from error
    return []


def parquet_chunks(path: Path, extract: Extract) -> Iterator[RawChunk]:
    """Read a Parquet file's mapped columns.

    Raises
    ------
    RefusedError
        IM106 for a mapped column that is not there, IM108 where the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            found = match_headers(extract, names, path.name)
            used = {fact: names[at] for fact, at in found.items()}
            total = max(file.metadata.num_rows, 1)
            done = 0
            wanted = list(dict.fromkeys(used.values()))
            for batch in file.iter_batches(batch_size=extract.chunk_rows, columns=wanted):
                rows = np.arange(done, done + batch.num_rows, dtype=np.int64) + 1
                done += batch.num_rows
                columns = {fact: _plain(batch.column(name)) for fact, name in used.items()}
                yield RawChunk(path.name, "", rows, columns, share=done / total)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(extract, path, error) from error


def _plain(array: pa.Array) -> pa.Array:
    """A dictionary as the words it stands for."""
    import pyarrow as pa

    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _unreadable(extract: Extract, path: Path, error: Exception) -> RefusedError:
    sentence = str(error).splitlines()[0][:300]
    return RefusedError([finding("IM108", sheet=extract.name, source=path.name, error=sentence)])
