"""A password planted in URLs and the environment is in nothing a run says, writes or leaves."""

from __future__ import annotations

import io
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.terminal import commands
from tests.postgres import fresh_database, needs_postgres, running_postgres
from tests.review_books import lines_of, modify, small_book, type_in
from tests.sources.extracts import HEAD, shop

PLANTED = "pl4nt3d-Kennwort"
FROM_DATABASE = (
    HEAD
    + """
[[extract]]
name = "stock"
role = "inventory"
url_env = "SHOP_DB"
query = "select * from stock"
columns = { sku = "SKU", location = "Store", units = "On Hand" }
constants = { unit_cost = 5 }
"""
)


def holding_it(folder: Path) -> list[str]:
    """Files below ``folder`` with the planted password in them, zipped parts looked into."""
    out = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.name == "import-inline.toml":
            continue
        data = path.read_bytes()
        texts = {str(path): data}
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                texts |= {f"{path}!{n}": package.read(n) for n in package.namelist()}
        wanted = (PLANTED.encode(), PLANTED.encode("utf-16-le"))
        out += [name for name, text in texts.items() if any(w in text for w in wanted)]
    return out


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the temp files too, and an environment with the password in it."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PGPASSWORD", PLANTED)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "keys"))
    return tmp_path


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/x.xml", f"<a>{PLANTED}</a>")
    assert len(holding_it(tmp_path)) == 1


@needs_postgres
def test_a_team_ledger_is_written_and_exported_without_its_password(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    book = small_book(place / "book.xlsx")
    with ExitStack() as held:
        with pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.setattr(tempfile, "tempdir", None)  # the server's folder is its own user's
            server = held.enter_context(running_postgres())
        url = fresh_database(server, "team").replace("invval@", f"invval:{PLANTED}@")
        assert main(["refresh", str(book), "--ledger", url]) == 0
        sku = next(str(r["SKU"]) for r in lines_of(book) if r["Status"] == "must decide")
        type_in(book, {sku: modify(12.0)})
        assert main(["record", str(book), "--ledger", url]) == 0
        assert main(["refresh", str(book), "--ledger", url]) == 0
        out = str(place / "out")
        assert main(["export", str(book), "--ledger", url, "--out", out, "--no-pdf"]) == 0
    assert main(["record", str(book), "--ledger", url, "--json"]) == 1  # the server is gone
    said = capfd.readouterr()
    assert "RW307" in said.out
    assert PLANTED not in said.out + said.err
    assert holding_it(place) == []


def test_what_cannot_be_reached_or_read_is_said_without_it(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = small_book(place / "book.xlsx")
    unread = [f"postgresql//bea:{PLANTED}@127.0.0.1/x", f"mysql://bea:{PLANTED}@127.0.0.1/x",
              f"postgresql://bea:{PLANTED}@127.0.0.1:port/x"]  # fmt: skip
    assert [main(["refresh", str(book), "--ledger", url]) for url in unread] == [2, 2, 2]
    gone = f"postgresql://bea:{PLANTED}@127.0.0.1:1/x"
    for command in (["refresh"], ["record"], ["export", "--out", str(place / "out"), "--no-pdf"]):
        assert main([command[0], str(book), *command[1:], "--ledger", gone, "--json"]) == 1
    shop(place)
    (place / "import.toml").write_text(FROM_DATABASE, encoding="utf-8")
    inline = FROM_DATABASE.replace('url_env = "SHOP_DB"', f'url = "{gone}"')
    (place / "import-inline.toml").write_text(inline, encoding="utf-8")
    for url in (gone, f"nonsense//bea:{PLANTED}@x", f"odd://bea:{PLANTED}@127.0.0.1:x/y"):
        monkeypatch.setenv("SHOP_DB", url)
        assert main(["import", str(place / "import.toml"), "--force"]) == 1
    assert main(["import", str(place / "import-inline.toml"), "--force"]) == 1
    said = capfd.readouterr()
    assert PLANTED not in said.out + said.err
    assert "***" in said.out + said.err
    assert holding_it(place) == []


def test_the_kept_details_of_a_fault_do_not_hold_it(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_options: object) -> None:
        raise RuntimeError(f"lost postgresql://bea:{PLANTED}@db/x, password={PLANTED}")

    monkeypatch.setattr(commands, "asked", fails)
    assert main(["refresh", str(place / "book.xlsx")]) == commands.FAULT
    said = capfd.readouterr()
    (kept,) = (place / "tmp").glob("invval-fault-*")
    assert "RuntimeError" in kept.read_text("utf-8")
    assert PLANTED not in said.out + said.err
    assert holding_it(place) == []
