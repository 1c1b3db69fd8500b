"""The ledger: append-only, one order, nothing lost or doubled, every touched entry named."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import time

import pytest
import sqlalchemy as sa

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.ledger.chain import GENESIS, Anchor
from invval_xl.ledger.entries import (
    KINDS,
    Act,
    Decision,
    Movement,
    Posting,
    SignOff,
    Step,
    canonical,
)
from invval_xl.ledger.schema import MIGRATIONS, version_of
from invval_xl.ledger.store import Ledger, PathFacts, verify_ledger

AT = {"book": "book", "period_end": "2026-10-31", "who": "Ada", "at": "2026-11-02T09:00:00+00:00"}


def charge(number: int, sku: str = "00123") -> Posting:
    return Posting(sku=sku, location="Web", movement=Movement.CHARGE, cents=1000 + number,
                   period_end="2026-10-31", number=number)  # fmt: skip


def filled(url: str, count: int = 12) -> Ledger:
    ledger = Ledger(url)
    for start in range(0, count, 3):
        ledger.append([charge(n) for n in range(start, min(start + 3, count))], **AT)
    return ledger


def test_entries_come_back_as_they_went_in_order_and_chained(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    assert not ledger.exists
    assert ledger.read() == ()
    assert ledger.anchor() == Anchor(0, GENESIS)
    decision = Decision(sku="00123", location="Zürich", act=Act.MODIFY, recommended_cents=100,
                        decided_cents=250, units=3.0, cost_cents=900, proposal_hash="abc",
                        reason="quote", reviewer="Bea", decided_on="2026-11-02")  # fmt: skip
    done = ledger.append([charge(0), decision], **AT)
    assert [e.seq for e in done.entries] == [1, 2]
    assert done.added == 2
    assert [e.fact() for e in ledger.read()] == [charge(0), decision]
    assert ledger.read(kind="decision")[0].fact() == decision
    assert ledger.read(book="another") == ()
    assert Anchor.parse(done.anchor.text) == ledger.anchor()
    assert ledger.verify_chain([done.anchor]) == ()


def test_a_retry_adds_nothing_and_the_same_fact_of_another_book_is_another(ledger_url: str) -> None:
    ledger = filled(ledger_url, 3)
    again = ledger.append([charge(1), charge(7)], **AT)
    assert (again.added, [e.seq for e in again.entries]) == (1, [2, 4])
    assert ledger.append([charge(1)], **{**AT, "book": "other"}).added == 1
    with pytest.raises(ValueError, match="same"):
        ledger.append([charge(9), charge(9)], **AT)


def test_a_guard_refuses_all_or_nothing(ledger_url: str) -> None:
    ledger = filled(ledger_url, 3)
    refusal = finding("RW307", name="x", reason="the guard said so")
    with pytest.raises(RefusedError):
        ledger.append([charge(50)], **AT, guard=lambda seen: [refusal] if len(seen) == 3 else [])
    assert ledger.anchor().count == 3


def test_the_database_itself_refuses_update_and_delete(ledger_url: str) -> None:
    ledger = filled(ledger_url, 3)
    for statement in ("UPDATE invval_entries SET who='x'", "DELETE FROM invval_entries"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            ledger._engine.connect().execution_options(invval_writes=True) as c,
            c.begin(),
        ):
            c.exec_driver_sql(statement)
    assert ledger.verify_chain() == ()


def _meddle(ledger: Ledger, *statements: str) -> None:
    """Change rows as one with rights over the database could: triggers off first."""
    with ledger._engine.connect().execution_options(invval_writes=True) as c, c.begin():
        if c.dialect.name == "postgresql":
            c.exec_driver_sql("ALTER TABLE invval_entries DISABLE TRIGGER ALL")
        else:
            for verb in ("update", "delete"):
                c.exec_driver_sql(f"DROP TRIGGER IF EXISTS invval_no_{verb}")
        for statement in statements:
            c.exec_driver_sql(statement)


@pytest.mark.parametrize("column", ["payload", "who", "at", "period_end", "kind", "book", "key",
                                    "prev_hash", "hash"])  # fmt: skip
@pytest.mark.parametrize("seq", [1, 7, 12])
def test_an_edited_entry_is_named(tmp_path, column: str, seq: int) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l.sqlite'}")
    _meddle(ledger, f"UPDATE invval_entries SET {column} = {column} || 'x' WHERE seq = {seq}")
    found = ledger.verify_chain()
    assert found[0].code == "RW301"
    assert f"entry {seq} " in found[0].message


@pytest.mark.parametrize("seq", [1, 2, 7, 11])
def test_a_deleted_entry_is_named(tmp_path, seq: int) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l.sqlite'}")
    _meddle(ledger, f"DELETE FROM invval_entries WHERE seq = {seq}")
    found = ledger.verify_chain()
    assert [f.code for f in found] == ["RW302"]
    assert f"entry {seq} is missing" in found[0].message


@pytest.mark.parametrize("pair", [(1, 2), (3, 9), (11, 12)])
def test_reordered_entries_are_named(tmp_path, pair: tuple[int, int]) -> None:
    ledger = filled(f"sqlite:///{tmp_path / 'l.sqlite'}")
    one, two = pair
    _meddle(ledger, f"UPDATE invval_entries SET seq = 99 WHERE seq = {one}",
            f"UPDATE invval_entries SET seq = {one} WHERE seq = {two}",
            f"UPDATE invval_entries SET seq = {two} WHERE seq = 99")  # fmt: skip
    found = ledger.verify_chain()
    assert [f.code for f in found] == ["RW303", "RW303"]
    assert f"entry {one} (" in found[0].message
    assert f"as entry {two}:" in found[0].message


def test_each_of_the_three_is_found_on_both_databases(ledger_url: str) -> None:
    ledger = filled(ledger_url)
    anchor = ledger.anchor()
    _meddle(ledger, "UPDATE invval_entries SET who = 'Mallory' WHERE seq = 4",
            "DELETE FROM invval_entries WHERE seq = 8")  # fmt: skip
    found, _ = verify_ledger(ledger_url, [anchor])
    assert [f.code for f in found] == ["RW301", "RW302"]


def test_a_rewritten_chain_or_a_cut_tail_is_seen_against_the_printed_anchor(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'l.sqlite'}"
    ledger = filled(url)
    printed = ledger.anchor()
    _meddle(ledger, "DELETE FROM invval_entries WHERE seq > 10")
    assert ledger.verify_chain() == ()  # nothing in the chain itself tells of it
    found = ledger.verify_chain([printed])
    assert [f.code for f in found] == ["RW304"]
    assert "entry 11" in found[0].message
    rows = ledger.read()
    path = tmp_path / "l.sqlite"
    with sqlite3.connect(path) as raw:  # recompute everything from an edit on
        previous = rows[3].hash
        for row in rows[4:]:
            payload = canonical({**json.loads(row.payload), "cents": 1})
            forged = type(row)(**{**row.__dict__, "payload": payload, "prev_hash": previous})
            previous = forged.digest()
            raw.execute("UPDATE invval_entries SET payload=?, prev_hash=?, hash=? WHERE seq=?",
                        (payload, forged.prev_hash, previous, row.seq))  # fmt: skip
    assert ledger.verify_chain() == ()
    assert [f.code for f in ledger.verify_chain([Anchor(rows[-1].seq, rows[-1].hash)])] == ["RW304"]


def test_an_older_ledger_is_brought_up_and_a_newer_one_refused(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    with ledger._engine.connect().execution_options(invval_writes=True) as c, c.begin():
        from invval_xl.ledger import schema

        schema.versions.create(c)
        MIGRATIONS[0][1](c)
        c.execute(schema.versions.insert().values(version=1, what="entries"))
    filled(ledger_url, 3)
    with ledger._engine.connect() as c:
        assert version_of(c) == len(MIGRATIONS)
    test_the_database_itself_refuses_update_and_delete(ledger_url)
    with ledger._engine.connect().execution_options(invval_writes=True) as c, c.begin():
        c.execute(schema.versions.insert().values(version=99, what="future"))
    with pytest.raises(RefusedError, match="RW306"):
        Ledger(ledger_url).append([charge(1)], **AT)


def test_places_a_ledger_may_not_be(tmp_path) -> None:
    with pytest.raises(RefusedError, match="RW305"):
        Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", PathFacts(network=True, filesystem="cifs"))
    with pytest.raises(MisuseError):
        Ledger("mysql://somewhere/db")
    with pytest.raises(MisuseError):
        Ledger("nonsense")
    rubbish = tmp_path / "r.sqlite"
    rubbish.write_bytes(b"not a database at all" * 100)
    with pytest.raises(RefusedError, match="RW307"):
        Ledger(f"sqlite:///{rubbish}").append([charge(1)], **AT)
    with pytest.raises(RefusedError, match="RW307"):
        Ledger("postgresql://nobody@127.0.0.1:1/none").append([charge(1)], **AT)
    with pytest.raises(MisuseError):
        verify_ledger(tmp_path / "absent.sqlite")


def _writer(url: str, name: str, count: int) -> None:
    ledger = Ledger(url)
    for number in range(count):
        ledger.append([charge(number, f"{name}-a"), charge(number, f"{name}-b")], **AT)


def test_two_processes_at_once_are_all_in_and_in_one_order(ledger_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_writer, args=(ledger_url, name, 20)) for name in "xy"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    ledger = Ledger(ledger_url)
    rows = ledger.read()
    assert [r.seq for r in rows] == list(range(1, 81))
    assert ledger.verify_chain() == ()
    for first, second in zip(rows[::2], rows[1::2], strict=True):  # an append stays together
        a, b = first.fact(), second.fact()
        assert isinstance(a, Posting)
        assert isinstance(b, Posting)
        assert (a.sku[:-1], a.number) == (b.sku[:-1], b.number)


def test_who_reads_beside_two_writers_sees_whole_appends_and_a_whole_chain(ledger_url: str) -> None:
    """Two analysts record while a refresh reads: what it reads is a moment, never half of one."""
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_writer, args=(ledger_url, name, 20)) for name in "xy"]
    Ledger(ledger_url).append([charge(0, "start"), charge(1, "start")], **AT)
    for worker in workers:
        worker.start()
    seen = [2]
    while any(worker.is_alive() for worker in workers):
        ledger = Ledger(ledger_url)
        rows = ledger.read()
        assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
        assert len(rows) % 2 == 0
        assert len(rows) >= seen[-1]
        assert ledger.verify_chain() == ()
        seen.append(len(rows))
        workers[0].join(0.05)
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert len(Ledger(ledger_url).read()) == 82


def _acknowledged(url: str, path: str, turn: int) -> None:
    ledger = Ledger(url)
    with open(path, "a", buffering=1) as log:  # noqa: PTH123
        for number in range(10_000):
            ledger.append([charge(number, f"t{turn}")], **AT)
            os.write(log.fileno(), f"t{turn} {number}\n".encode())


def killed_appends(url: str, log: str, kills: int, seed: int) -> tuple[int, int]:
    """Kill appending processes at random; how many were acknowledged, how many are there."""
    import random

    chance = random.Random(seed)
    ledger = Ledger(url)
    assert not ledger.exists  # and the driver is imported before the first fork
    for turn in range(kills):
        said = os.stat(log).st_size  # noqa: PTH116
        child = os.fork()
        if child == 0:
            _acknowledged(url, log, turn)
            os._exit(0)
        while os.stat(log).st_size == said:  # noqa: PTH116 - from its first word on
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert ledger.verify_chain() == ()
    held = [(f.sku, f.number) for f in (e.fact() for e in ledger.read()) if isinstance(f, Posting)]
    assert len(set(held)) == len(held)
    with open(log) as lines:  # noqa: PTH123
        told = {(a, int(b)) for a, b in (line.split() for line in lines)}
    assert told <= set(held)
    return len(told), len(held)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_kill_at_random_loses_and_doubles_nothing(ledger_url: str, tmp_path) -> None:
    log = tmp_path / "said"
    log.touch()
    said, held = killed_appends(ledger_url, str(log), 25, 7)
    assert 0 < said <= held


def test_every_kind_round_trips() -> None:
    assert set(KINDS) == {"decision", "posting", "sign_off", "model_version", "disposal", "run"}
    signed = SignOff(step=Step.REVIEW, content_hash="c", run_id="r", signed_by="Bea")
    assert json.loads(signed.payload())["step"] == "review"
