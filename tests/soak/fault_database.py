"""The database goes away: a go-between cuts the line to PostgreSQL after a random number of bytes.

The ledger lies in a PostgreSQL of the test's own; each turn starts from a copy of the same
database. Where the line is cut after the commit and before its answer, the run refuses and the
entry is there: the next run finds it and doubles nothing.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.ledger.entries import Entry
from invval_xl.ledger.schema import entries
from invval_xl.ledger.store import Ledger
from tests.postgres import running_postgres
from tests.soak.fault_kinds import Fault

if TYPE_CHECKING:
    import random

__all__ = ["AWAY", "Team", "line_cut", "team_ledger"]

AWAY = "database away"
_PLENTY = 1 << 60
_LEDGER, _KEPT = "team", "kept"


class Team:
    """A PostgreSQL ledger that can be laid anew, reached over a line that can be cut."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.port = int(server.rpartition(":")[2].partition("/")[0])
        self.listening = socket.create_server(("127.0.0.1", 0))
        self._left = mmap.mmap(-1, 8)  # shared with the go-between
        self.left = _PLENTY
        self._carrier = os.fork()
        if self._carrier == 0:
            with contextlib.suppress(BaseException):
                self._carry()
            os._exit(0)

    @property
    def left(self) -> int:
        """Bytes that still pass, both ways together."""
        return int.from_bytes(self._left[:8], "big", signed=True)

    @left.setter
    def left(self, many: int) -> None:
        self._left[:8] = many.to_bytes(8, "big", signed=True)

    @property
    def url(self) -> str:
        """The ledger over the line."""
        return f"postgresql://invval@127.0.0.1:{self.listening.getsockname()[1]}/{_LEDGER}"

    @property
    def direct(self) -> str:
        """The ledger itself."""
        return f"postgresql://invval@127.0.0.1:{self.port}/{_LEDGER}"

    def lay(self, name: str = _LEDGER, like: str = _KEPT) -> None:
        """Make ``name`` a copy of ``like``."""
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")

    def fill(self, rows: Sequence[Entry]) -> None:
        """What turns start from is a ledger of these entries."""
        ledger = Ledger(self.direct)
        with ledger._writing() as connection:
            columns = [field.name for field in fields(Entry)]
            connection.execute(
                entries.insert(), [{name: getattr(row, name) for name in columns} for row in rows]
            )
        ledger.close()
        self.lay(_KEPT, _LEDGER)

    def carried(self) -> int:
        """Bytes that passed since the line was last mended."""
        return _PLENTY - self.left

    def mend(self) -> None:
        """Let everything through."""
        self.left = _PLENTY

    def close(self) -> None:
        """End the go-between."""
        os.kill(self._carrier, signal.SIGKILL)
        os.waitpid(self._carrier, 0)
        self.listening.close()

    def _carry(self) -> None:
        """The go-between's whole life."""
        lines: dict[socket.socket, socket.socket] = {}
        while True:
            ready, _, _ = select.select([self.listening, *lines], [], [])
            for end in ready:
                if end is self.listening:
                    here, _ = self.listening.accept()
                    if self.left <= 0:
                        here.close()
                        continue
                    there = socket.create_connection(("127.0.0.1", self.port))
                    lines |= {here: there, there: here}
                elif end in lines:
                    self._pass_on(end, lines)

    def _pass_on(self, end: socket.socket, lines: dict[socket.socket, socket.socket]) -> None:
        left = self.left
        piece = b""
        with contextlib.suppress(OSError):
            piece = end.recv(65_536)[: max(left, 0)]
            lines[end].sendall(piece)
        self.left = left - len(piece)
        if not piece or self.left <= 0:
            other = lines.pop(end)
            lines.pop(other, None)
            end.close()
            other.close()


@contextmanager
def team_ledger() -> Iterator[Team]:
    """A server of our own with an empty ledger database."""
    with running_postgres() as server:
        team = Team(server)
        team.lay(_LEDGER, "template0")
        try:
            yield team
        finally:
            team.close()


def line_cut(team: Team) -> Fault:
    """The fault: the line is cut somewhere in what a run says and is told."""
    needed = [4_000]

    @contextmanager
    def around(_home: Path, chance: random.Random) -> Iterator[None]:
        team.left = int(chance.random() * 1.1 * needed[0])
        try:
            yield
        finally:
            team.mend()

    @contextmanager
    def calm() -> Iterator[None]:
        team.mend()
        yield
        needed[0] = max(team.carried(), 500)

    return Fault(AWAY, around=around, calm=calm)
