"""The tables, and the migrations that bring an older ledger to them.

Our own small migration table and not alembic: a ledger is opened from an installed, read-only
package by people who run no migration command (decision record ``ledger-migrates-itself``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

__all__ = ["MIGRATIONS", "entries", "migrate", "version_of"]

_metadata = sa.MetaData()

entries = sa.Table(
    "invval_entries",
    _metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("book", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("period_end", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)

versions = sa.Table(
    "invval_ledger_version",
    sa.MetaData(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("what", sa.Text, nullable=False),
)


def _first(connection: Connection) -> None:
    """The table of entries."""
    _metadata.create_all(connection)


def _append_only(connection: Connection) -> None:
    """Triggers by which the database itself refuses to change or remove an entry."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE FUNCTION invval_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the invval ledger is append-only'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER invval_no_change BEFORE UPDATE OR DELETE ON invval_entries "
            "FOR EACH ROW EXECUTE FUNCTION invval_append_only()"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER invval_no_truncate BEFORE TRUNCATE ON invval_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION invval_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER invval_no_{verb.lower()} BEFORE {verb} ON invval_entries "
            "BEGIN SELECT RAISE(ABORT, 'the invval ledger is append-only'); END"
        )


def _by_book(connection: Connection) -> None:
    """An index for reading one book's entries of one kind."""
    connection.exec_driver_sql(
        "CREATE INDEX invval_entries_by_book ON invval_entries (book, kind, seq)"
    )


MIGRATIONS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("entries", _first),
    ("append-only triggers", _append_only),
    ("index by book and kind", _by_book),
)
"""What brings version ``n`` to ``n + 1``, in order; never changed, only added to."""


def version_of(connection: Connection) -> int:
    """The version of a ledger; 0 for an empty database."""
    if not sa.inspect(connection).has_table(versions.name):
        return 0
    return connection.execute(sa.select(sa.func.max(versions.c.version))).scalar() or 0


def migrate(connection: Connection, name: str) -> None:
    """Bring the ledger to this version, inside the caller's transaction.

    Raises
    ------
    RefusedError
        RW306 where a newer version of the product made it.
    """
    at = version_of(connection)
    if at > len(MIGRATIONS):
        raise RefusedError([finding("RW306", name=name, version=at, known=len(MIGRATIONS))])
    if at == 0:
        versions.create(connection, checkfirst=True)
    for number, (what, step) in enumerate(MIGRATIONS[at:], start=at + 1):
        step(connection)
        connection.execute(versions.insert().values(version=number, what=what))
