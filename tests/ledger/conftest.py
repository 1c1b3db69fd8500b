from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.postgres import fresh_database, needs_postgres, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh ledger of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'invval-ledger.sqlite'}"
    server = request.getfixturevalue("postgres_server")
    return fresh_database(server, f"t{abs(hash(request.node.nodeid)) % 10**12}")
