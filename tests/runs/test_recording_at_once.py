"""Three processes run `invval record` at one moment on one ledger; one of them is stale."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from invval_xl.__main__ import main
from invval_xl.hosts.file import record
from invval_xl.ledger.entries import Decision
from invval_xl.ledger.store import Ledger
from tests.postgres import fresh_database, needs_postgres, running_postgres
from tests.review_books import lines_of, modify, small_book, type_in

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = small_book(tmp_path_factory.mktemp("at-once") / "book.xlsx")
    assert main(["refresh", str(book)]) == 0
    return book


def at_once(commands: list[list[str]], folder: Path) -> list[tuple[int, dict[str, Any]]]:
    """Run the commands in processes that all wait just before they write, then go together.

    Each has by then read the ledger and judged its lines against what it read: who comes second
    can only be told under the write lock.
    """
    read_ready, ready = os.pipe()
    read_go, go = os.pipe()
    children = []
    for number, command in enumerate(commands):
        child = os.fork()
        if child == 0:
            _waits_then_records(command, folder / f"said{number}", ready, read_go)
        children.append(child)
    for _ in children:
        os.read(read_ready, 1)
    os.write(go, b"g" * len(children))
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    for handle in (read_ready, ready, read_go, go):
        os.close(handle)
    said = [(folder / f"said{n}").read_text("utf-8") for n in range(len(children))]
    return [(code, json.loads(text)) for code, text in zip(ended, said, strict=True)]


def _waits_then_records(command: list[str], said: Path, ready: int, go: int) -> None:
    code = 99
    try:
        real: Callable[..., Any] = record.record_decisions

        def held(*given: Any, **named: Any) -> Any:
            os.write(ready, b"r")
            os.read(go, 1)
            return real(*given, **named)

        record.record_decisions = held  # type: ignore[assignment]
        with said.open("w", encoding="utf-8") as out, redirect_stdout(out):
            code = main([*command, "--json"])
    finally:
        os._exit(code)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=needs_postgres)])
def test_all_decisions_are_in_in_one_order_and_the_stale_one_is_refused(
    kind: str, fresh: Path, tmp_path: Path
) -> None:
    server = running_postgres() if kind == "postgresql" else nullcontext("")
    with server as at:
        url = fresh_database(at, "team") if at else f"sqlite:///{tmp_path / 'team.sqlite'}"
        skus = [str(r["SKU"]) for r in lines_of(fresh)][:4]
        typed = ({skus[0]: 101.0, skus[1]: 102.0}, {skus[2]: 103.0, skus[3]: 104.0},
                 {skus[1]: 902.0})  # fmt: skip
        books = []
        for number, lines in enumerate(typed):
            book = tmp_path / str(number) / "book.xlsx"
            book.parent.mkdir()
            shutil.copy(fresh, book)
            type_in(book, {sku: modify(amount) for sku, amount in lines.items()})
            books.append(book)
        told = at_once([["record", str(b), "--ledger", url] for b in books], tmp_path)
        (first, one), (second, two), (third, three) = told
        assert (second, two["recorded"]) == (0, 2), "nobody else decided these"
        assert sorted((first, third)) == [0, 1], "of two who decided one line, one is refused"
        refused = one if first else three
        assert {f["code"] for f in refused["findings"]} == {"RW204"}
        assert skus[1] in refused["findings"][0]["message"]
        assert "Marcus Oyelaran" in refused["findings"][0]["message"]
        ledger = Ledger(url)
        rows = ledger.read()
        assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
        assert ledger.verify_chain() == ()
        held = [f.decided_cents for r in rows if isinstance(f := r.fact(), Decision)]
        winner = [90200] if first else [10100, 10200]
        assert sorted(held) == sorted([*winner, 10300, 10400])
        assert [r.kind for r in rows].count("run") == 1  # both judged the same run: one fact
        assert main(["refresh", str(books[0]), "--ledger", url]) == 0  # the refused one looks again
        line = next(r for r in lines_of(books[0]) if r["SKU"] == skus[1])
        assert line["Status"] == "decided"
