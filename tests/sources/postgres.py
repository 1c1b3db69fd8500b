"""A PostgreSQL server of the test's own, in a folder of its own, gone when the test is over."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
needs_postgresql = pytest.mark.skipif(
    not (BINARIES or shutil.which("initdb")), reason="needs PostgreSQL's server (initdb, pg_ctl)"
)
USER, PASSWORD = "analyst", "s3cret"


def _tool(name: str) -> str:
    return str(BINARIES[-1].parent / name) if BINARIES else str(shutil.which(name))


@contextmanager
def server() -> Iterator[str]:
    """Start a server; gives its SQLAlchemy URL without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="invval-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/", timeout=120)

    secret = folder / "pw"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = folder / "data"
    run(
        _tool("initdb"),
        "-D",
        str(data),
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--no-sync",
    )
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c shared_buffers=64MB"
    )
    run(
        _tool("pg_ctl"),
        "-D",
        str(data),
        "-o",
        options,
        "-l",
        str(folder / "data" / "log"),
        "-w",
        "start",
    )
    try:
        yield f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{port}"
    finally:
        run(_tool("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def fill(url: str, lines: int) -> None:
    """A table of ``lines`` movement lines: receipts into ten places, sales out of them."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"{url}/postgres")
    with engine.begin() as connection:
        connection.execute(
            text(
                """create table moves as select date '2025-11-01' + (n * 365 / :lines)::int as posted,
                'sku' || lpad((n % 5000)::text, 6, '0') as item, 'S' || (n % 10) as place,
                case when n % 4 = 0 then 'receipt' else 'sale' end as kind,
                (case when n % 4 = 0 then 9 else 3 end)::numeric as qty,
                (case when n % 4 = 0 then 9 else 3 end * (1 + n % 5000 / 100.0))::numeric(12,2) as cost,
                'D' || n as document from generate_series(0, :lines - 1) n"""  # noqa: E501
            ),
            {"lines": lines},
        )
        connection.execute(text("create sequence tickets"))
    engine.dispose()


CONFIG = """
[import]
entity = "Warehouse"
period_end = 2026-10-31
framework = "us-gaap"
currency = "USD"
cost_method = "average"
book = "book.xlsx"
[workbook]
most_rows = 20000
[[extract]]
name = "moves"
role = "movements"
url_env = "INVVAL_TEST_DATABASE"
query = "select * from moves"
columns = { date = "posted", sku = "item", location = "place", type = "kind", units = "qty", cost = "cost", document = "document" }
"""  # noqa: E501
