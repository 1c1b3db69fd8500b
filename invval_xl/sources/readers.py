"""Which reader an extract asks for, and the small files a config points to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.sources.config import Extract, ImportConfig, Mapped
from invval_xl.sources.identifiers import Identifiers, standardise
from invval_xl.sources.layout import sheet_chunks
from invval_xl.sources.rates import Rates
from invval_xl.sources.sql import sql_chunks
from invval_xl.sources.text_files import csv_chunks, parquet_chunks
from invval_xl.sources.typed import read_dates, read_numbers, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from invval_xl.sources.raw import Inputs, RawChunk

__all__ = ["chunks_of", "database_url", "file_hash", "identifiers_of", "paths_of", "rates_of"]

_TEXT = {".csv", ".txt", ".tsv"}
_PARQUET = {".parquet", ".pq"}
_BOOKS = {".xlsx", ".xlsm"}


def paths_of(extract: Extract, inputs: Inputs) -> list[Path]:
    """Files of an extract; none for a database.

    Raises
    ------
    RefusedError
        IM105 where the pattern names nothing, IM108 for a kind of file that is not read.
    """
    if not extract.file:
        return []
    paths = inputs.files(extract.file)
    if not paths:
        raise RefusedError([finding("IM105", sheet=extract.name, pattern=extract.file)])
    for path in paths:
        if path.suffix.casefold() not in _TEXT | _PARQUET | _BOOKS:
            known = ", ".join(sorted(_TEXT | _PARQUET | _BOOKS))
            raise RefusedError(
                [
                    finding(
                        "IM108",
                        sheet=extract.name,
                        source=path.name,
                        error=f"only {known} are read",
                    )
                ]
            )
    return paths


def database_url(extract: Extract, inputs: Inputs) -> str:
    """The URL of a database extract, from the config or from where the host keeps secrets."""
    if extract.url:
        return extract.url
    url = inputs.secret(extract.url_env)
    if not url:
        raise RefusedError(
            [
                finding(
                    "IM103",
                    sheet=extract.name,
                    where=f"[[extract]] {extract.name}",
                    key=f"the environment variable {extract.url_env}",
                )
            ]
        )
    return url


def chunks_of(extract: Extract, inputs: Inputs) -> Iterator[RawChunk]:
    """Every raw line of an extract, file after file."""
    if not extract.file:
        yield from sql_chunks(database_url(extract, inputs), extract)
        return
    paths = paths_of(extract, inputs)
    for path in paths:
        suffix = path.suffix.casefold()
        if suffix in _TEXT:
            yield from csv_chunks(path, extract)
        elif suffix in _PARQUET:
            yield from parquet_chunks(path, extract)
        else:
            grid, _ = inputs.sheet(path, extract.sheet)
            yield from sheet_chunks(grid, extract, path.name)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, read a piece at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def identifiers_of(config: ImportConfig, inputs: Inputs) -> Identifiers:
    """The reviewed mapping of re-keyed and superseded items, and what nobody has reviewed yet."""
    reviewed: dict[str, str] = {}
    waiting: dict[str, str] = {}
    for mapped in config.sku.mapping:
        for old, new, approved in _pairs(mapped, inputs):
            first, _ = standardise(old, config.sku)
            then, _ = standardise(new, config.sku)
            if first and then and first != then:
                (reviewed if approved or mapped.approved_by else waiting)[first] = then
    return Identifiers(
        config.sku, reviewed, {k: v for k, v in waiting.items() if k not in reviewed}
    )


def _pairs(mapped: Mapped, inputs: Inputs) -> Iterator[tuple[str, str, str]]:
    columns = {"sku": mapped.from_column, "description": mapped.to_column}
    if not mapped.approved_by:
        columns["season"] = mapped.approved_column
    extract = Extract("sku mapping", "items", columns, file=mapped.file, sheet=mapped.sheet)
    for chunk in chunks_of(extract, inputs):
        read = {fact: read_texts(array).values for fact, array in chunk.columns.items()}
        approved = read.get("season", np.full(len(chunk), "", dtype=object))
        for old, new, by in zip(read["sku"], read["description"], approved, strict=True):
            yield str(old or ""), str(new or ""), str(by or "")


def rates_of(config: ImportConfig, inputs: Inputs) -> Rates:
    """Dated rates: a file with the columns the config names (``from``: currency, ``to``: rate)."""
    if config.rates is None:
        return Rates(config.currency)
    columns = {"series": config.rates.from_column, "value": config.rates.to_column, "date": "date"}
    extract = Extract(
        "rates", "commodity_index", columns, file=config.rates.file, sheet=config.rates.sheet
    )
    held: dict[str, list[tuple[np.datetime64, float]]] = {}
    for chunk in chunks_of(extract, inputs):
        words = read_texts(chunk.columns["series"]).values
        days = read_dates(chunk.columns["date"], "").values
        values = read_numbers(chunk.columns["value"], ".").values
        for word, day, value in zip(words, days, values, strict=True):
            if word and not np.isnat(day) and value > 0:
                held.setdefault(str(word).upper(), []).append((day, float(value)))
    dated = {}
    for word, rows in held.items():
        rows.sort(key=lambda r: r[0])
        dated[word] = (np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))
    return Rates(config.currency, dated)
