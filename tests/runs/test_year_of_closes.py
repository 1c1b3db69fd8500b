"""A year of closes through the commands: one framework on each database; the rest is the soak's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.postgres import fresh_database, needs_postgres, running_postgres
from tests.soak.year import (
    ACQUISITION,
    ASKED,
    DECIDED,
    MOVES,
    Books,
    Vintage,
    Year,
    play,
    printed,
)

# The months the story turns on; all twelve, on both databases, are the soak's, which takes minutes.
MONTHS = (DECIDED, ASKED, ACQUISITION, 11)


def _told(year: Year) -> None:
    print("\n".join(printed(year)))
    assert len(year.table) == len(MONTHS)
    for before, after in zip(year.table, year.table[1:], strict=False):
        assert after["opening"] == before["closing"]
    assert all(year.seen[name] for name in MOVES)


def test_a_year_under_ifrs_on_sqlite(tmp_path: Path) -> None:
    _told(play("ifrs", f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path, months=MONTHS))


@needs_postgres
def test_a_year_under_us_gaap_on_postgresql(tmp_path: Path) -> None:
    with running_postgres() as server:
        _told(play("us-gaap", fresh_database(server, "year_of_closes"), tmp_path, months=MONTHS))


def test_the_recomputation_by_hand() -> None:
    """Ten units at 100.00 reserved; four go, 25.00 is acquired, and nothing is required any more.

    60.00 is left of the own write-down. IFRS takes it back and keeps what was acquired; US GAAP
    takes it back only within the fiscal year of the write-down.
    """
    item = ("1", "A")
    for framework, written, back in (
        ("ifrs", date(2024, 12, 31), 6000),
        ("us-gaap", date(2024, 12, 31), 0),
        ("us-gaap", date(2025, 1, 31), 6000),
    ):
        books = Books(framework, units={item: 10.0})
        books.held[item].append(Vintage(written, 10000))
        moved = books.month(date(2025, 2, 28), {item: 6.0}, {item: 0}, {item: 2500})[item]
        assert (moved["utilization"], moved["reversal"]) == (4000, back)
        assert moved["closing"] == 10000 - 4000 + 2500 - back
