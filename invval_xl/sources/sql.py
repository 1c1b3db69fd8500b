"""A database as a source: one read-only session, a server-side cursor, a chunk at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.sources.raw import RawChunk, match_headers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from sqlalchemy.engine import Connection, Engine

    from invval_xl.sources.config import Extract

__all__ = ["sql_chunks"]

_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}


def sql_chunks(url: str, extract: Extract) -> Iterator[RawChunk]:
    """Read a query's result; nothing can be written through the session.

    Parameters
    ----------
    url
        SQLAlchemy URL; its password is never printed.

    Raises
    ------
    RefusedError
        IM109 where the database cannot be reached or refuses, IM106 for a column not there,
        IM110 for a kind of database that has no read-only session we know of.
    """
    from sqlalchemy import create_engine, make_url, text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        place = make_url(url)
        if place.drivername in {"postgresql", "postgres"}:  # as the ledger: psycopg 3 is the extra
            place = place.set(drivername="postgresql+psycopg")
        engine = create_engine(place)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise _refused(extract, url, error) from error
    try:
        with engine.connect() as connection:
            _read_only(connection, engine, extract)
            streaming = connection.execution_options(
                stream_results=True, yield_per=extract.chunk_rows, max_row_buffer=extract.chunk_rows
            )
            result = streaming.execute(text(extract.query))
            found = match_headers(extract, result.keys(), engine.dialect.name)
            done = 0
            for rows in result.partitions(extract.chunk_rows):
                numbers = np.arange(done, done + len(rows), dtype=np.int64) + 1
                done += len(rows)
                named = _columns(rows, found)
                yield RawChunk(_source(engine), "", numbers, named, share=0.5)
    except SQLAlchemyError as error:
        raise _refused(extract, url, error) from error
    finally:
        engine.dispose()


def _source(engine: Engine) -> str:
    return f"{engine.dialect.name}:{engine.url.database or ''}"


def _read_only(connection: Connection, engine: Engine, extract: Extract) -> None:
    statement = _READ_ONLY.get(engine.dialect.name)
    if statement is None:
        raise RefusedError(
            [
                finding(
                    "IM110",
                    sheet=extract.name,
                    dialect=engine.dialect.name,
                    known=", ".join(_READ_ONLY),
                )
            ]
        )
    connection.exec_driver_sql(statement)
    if engine.dialect.name != "sqlite":
        connection.commit()


def _columns(rows: Sequence[Any], found: dict[str, int]) -> dict[str, pa.Array]:
    """Result rows turned into columns; a column the driver mixes types in becomes text."""
    import pyarrow as pa

    across = list(zip(*rows, strict=True))
    out: dict[str, pa.Array] = {}
    for fact, at in found.items():
        values = across[at]
        try:
            out[fact] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            out[fact] = pa.array([None if v is None else str(v) for v in values])
    return out


def _refused(extract: Extract, url: str, error: Exception) -> RefusedError:
    from sqlalchemy.engine import make_url

    told = str(getattr(error, "orig", None) or error).splitlines()[0][:300]
    try:
        parsed = make_url(url)
        place = parsed.render_as_string(hide_password=True)
        if parsed.password:
            told = told.replace(str(parsed.password), "***")
    except Exception:  # noqa: BLE001 - whatever is wrong with the URL, it is not printed
        place = "the url"
    return RefusedError([finding("IM109", sheet=extract.name, place=place, error=told)])
