"""The ledger: one order of appended entries, safe for two writers and through a kill.

An append is one transaction that holds the write lock from its first statement (``BEGIN
IMMEDIATE`` on SQLite, an advisory lock on PostgreSQL): number, previous hash and uniqueness are
read under it, so there is one order and no gap. On SQLite the log is WAL with ``synchronous=FULL``:
what was acknowledged is on the disk.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from invval_xl.findings import MisuseError, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.ledger.chain import GENESIS, Anchor, walk_chain
from invval_xl.ledger.entries import Entry
from invval_xl.ledger.schema import entries as table
from invval_xl.ledger.schema import migrate, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.engine import Connection, Engine

    from invval_xl.findings import Finding
    from invval_xl.ledger.entries import Fact

__all__ = ["LEDGER_NAME", "Appended", "Ledger", "PathFacts", "beside", "verify_ledger"]

LEDGER_NAME = "invval-ledger.sqlite"
_PATIENCE_MS = 60_000
_LOCK = int.from_bytes(hashlib.sha256(b"invval ledger").digest()[:7], "big")
_COLUMNS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True)
class PathFacts:
    """What a host knows of the place a SQLite ledger lies in; read there, passed in here."""

    network: bool = False
    filesystem: str = ""


@dataclass(frozen=True)
class Appended:
    """What an append came to: the entries now there, how many are new, and the anchor after."""

    entries: tuple[Entry, ...]
    added: int
    anchor: Anchor


def beside(book: Path) -> str:
    """URL of the ledger beside a workbook."""
    return f"sqlite:///{book.resolve().with_name(LEDGER_NAME)}"


class Ledger:
    """A ledger by its URL.

    Parameters
    ----------
    url
        ``sqlite:///PATH`` or a PostgreSQL URL (``postgresql://…``; psycopg is the driver).
    facts
        Of the folder a SQLite file lies in.

    Raises
    ------
    RefusedError
        RW305 for SQLite on a network share, RW307 where it cannot be opened or is no ledger.
    MisuseError
        A URL of another kind.
    """

    def __init__(self, url: str, facts: PathFacts | None = None) -> None:
        self.url = _url(url)
        self.name = self.url.render_as_string(hide_password=True)
        if self.url.get_backend_name() == "sqlite":
            self.name = Path(str(self.url.database)).name
            if facts is not None and facts.network:
                raise RefusedError(
                    [finding("RW305", name=self.name, filesystem=facts.filesystem or "a share")]
                )
        self._engine = _engine(self.url)
        self._ready = False

    @property
    def exists(self) -> bool:
        """Whether there is a ledger already; asking creates none."""
        if self.url.get_backend_name() == "sqlite" and not Path(str(self.url.database)).is_file():
            return False
        with self._reading() as connection:
            return version_of(connection) > 0

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def append(
        self,
        facts: Sequence[Fact],
        *,
        book: str,
        period_end: str,
        who: str,
        at: str,
        guard: Callable[[tuple[Entry, ...]], Sequence[Finding]] | None = None,
    ) -> Appended:
        """Append all of ``facts`` or none; a fact that is there already is not doubled.

        Parameters
        ----------
        book
            Id of the workbook they concern.
        period_end, at
            ISO: the period, and the moment as the host read it.
        who
            The person.
        guard
            Looks at the book's entries under the write lock; a STOP among its findings refuses.

        Raises
        ------
        RefusedError
            With the guard's findings, or RW307 where the database refuses.
        ValueError
            Two facts that are the same (a programmer's error): one of them would be lost.
        """
        keys = [fact.key(book, period_end) for fact in facts]
        if len(set(keys)) < len(keys):
            raise ValueError("two facts of one append are the same; number them apart")
        with self._writing() as connection:
            if guard is not None:
                found = guard(_read(connection, book=book))
                if stops(found):
                    raise RefusedError(found)
            head = _head(connection)
            known = _by_key(connection, keys)
            out: list[Entry] = []
            new: list[Entry] = []
            for fact, key in zip(facts, keys, strict=True):
                if key in known:
                    out.append(known[key])
                    continue
                said = Entry(head.count + 1, book, fact.kind, period_end, who, at, key,
                             fact.payload(), head.head)  # fmt: skip
                entry = replace(said, hash=said.digest())
                head = Anchor(entry.seq, entry.hash)
                new.append(entry)
                out.append(entry)
            if new:
                connection.execute(table.insert(), [_row(e) for e in new])
        return Appended(tuple(out), len(new), head)

    def read(self, *, book: str = "", kind: str = "") -> tuple[Entry, ...]:
        """Entries in their order, of one book and kind where asked."""
        if not self.exists:
            return ()
        with self._reading() as connection:
            return _read(connection, book=book, kind=kind)

    def anchor(self) -> Anchor:
        """Head and count, for the papers to print."""
        if not self.exists:
            return Anchor(0, GENESIS)
        with self._reading() as connection:
            return _head(connection)

    def verify_chain(self, anchors: Sequence[Anchor] = ()) -> tuple[Finding, ...]:
        """Walk the whole chain; see :func:`~invval_xl.ledger.chain.walk_chain`."""
        return walk_chain(self.read(), anchors)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _worded(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _worded(self.name), self._engine.connect() as plain:
            connection = plain.execution_options(invval_writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                if not self._ready:
                    migrate(connection, self.name)
                yield connection
            self._ready = True


def verify_ledger(
    path_or_url: str | Path, anchors: Sequence[Anchor] = ()
) -> tuple[tuple[Finding, ...], Anchor]:
    """Verify a ledger that is there; what was found, and the anchor as it stands.

    Raises
    ------
    MisuseError
        Where there is no such ledger.
    RefusedError
        RW307 where it is none or cannot be read.
    """
    url = f"sqlite:///{path_or_url.resolve()}" if isinstance(path_or_url, Path) else path_or_url
    ledger = Ledger(url if "://" in url else f"sqlite:///{Path(url).resolve()}")
    try:
        if not ledger.exists:
            raise MisuseError(f"there is no ledger at {ledger.name}")
        return ledger.verify_chain(anchors), ledger.anchor()
    finally:
        ledger.close()


def _url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError) as error:  # a port that is no number is a ValueError
        raise MisuseError(f"{text!r} is no ledger URL: sqlite:///PATH or postgresql://…") from error
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not url.database:
        raise MisuseError("a ledger is sqlite:///PATH or postgresql://…")
    return url


def _engine(url: sa.URL) -> Engine:
    try:
        if url.get_backend_name() != "sqlite":
            return sa.create_engine(  # nothing is left open, nothing is waited for without end
                url, poolclass=sa.NullPool, connect_args=_line(url)
            )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise MisuseError(
            "PostgreSQL needs the psycopg driver: pip install 'invval-xl[postgres]'"
        ) from error
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _connected(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # we begin ourselves
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("invval_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _line(url: sa.URL) -> dict[str, object]:
    """How long a line to PostgreSQL may say nothing; what the URL itself asks for stands."""
    seconds = _PATIENCE_MS // 1000
    asked = {
        "connect_timeout": seconds // 4,
        "keepalives_idle": seconds // 2,
        "tcp_user_timeout": _PATIENCE_MS,
        "options": f"-c lock_timeout={_PATIENCE_MS}",
    }
    return {name: value for name, value in asked.items() if name not in url.query}


def _write_ahead(cursor: Any) -> None:
    """Switch a new file to WAL; two processes doing so at once are answered "locked" unasked."""
    for left in range(_PATIENCE_MS // 50, -1, -1):
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                return
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not left or "locked" not in str(error):
                raise
            time.sleep(0.05)


@contextmanager
def _worded(name: str) -> Iterator[None]:
    """A database's refusal as a finding."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = str(cause).strip().splitlines()[0].rstrip(".")
        raise RefusedError([finding("RW307", name=name, reason=reason)]) from error


def _row(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _COLUMNS}


def _read(connection: Connection, *, book: str = "", kind: str = "") -> tuple[Entry, ...]:
    query = sa.select(*(table.c[name] for name in _COLUMNS)).order_by(table.c.seq)
    if book:
        query = query.where(table.c.book == book)
    if kind:
        query = query.where(table.c.kind == kind)
    return tuple(Entry(*row) for row in connection.execute(query))


def _head(connection: Connection) -> Anchor:
    query = sa.select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return Anchor(int(row[0]), str(row[1])) if row else Anchor(0, GENESIS)


def _by_key(connection: Connection, keys: Sequence[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for start in range(0, len(keys), 500):
        query = sa.select(*(table.c[name] for name in _COLUMNS)).where(
            table.c.key.in_(keys[start : start + 500])
        )
        found.update({str(row.key): Entry(*row) for row in connection.execute(query)})
    return found
