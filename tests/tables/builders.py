"""A small book that passes every check, and ways to spoil one thing in it at a time."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from invval_xl.hosts.memory import book_from_sheets
from invval_xl.tables.check import check_book

if TYPE_CHECKING:
    from invval_xl.findings import Checked, Finding
    from invval_xl.tables.grid import Grid, RawBook
    from invval_xl.tables.table import Tables

SOAK = os.environ.get("INVVAL_EXAMPLES")
PROOF = settings(
    max_examples=int(SOAK) if SOAK else 100,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""How hard properties are tried: 100 examples each, or as many as INVVAL_EXAMPLES says."""

FEWER = settings(PROOF, max_examples=int(SOAK) if SOAK else 40)
"""For properties that cost tens of milliseconds an example."""

PERIOD = dt.date(2026, 10, 31)
Rows = Sequence[Sequence[object]]

CONTROL: Rows = [
    ["Setting", "Value"],
    ["Entity", "Acme Stores"],
    ["Period End", PERIOD],
    ["Framework", "us-gaap"],
    ["Currency", "USD"],
    ["Cost Method", "fifo"],
    ["GL Inventory", 170.0],
]
ITEMS: Rows = [
    ["SKU", "Category", "Ticket Price"],
    ["00123", "Shoes", 20.0],
    ["B7", "Hats", 9.5],
]
BALANCE_HEADER = [
    "SKU", "Location", "Period End",
    "BOP Units", "Receipts Units", "Sales Units", "EOP Units",
    "BOP Cost", "Receipts Cost", "Sales Cost", "EOP Cost",
]  # fmt: skip
BALANCE: Rows = [
    BALANCE_HEADER,
    ["00123", "S1", PERIOD, 10, 5, 3, 12, 100.0, 50.0, 30.0, 120.0],
    ["B7", "S1", PERIOD, 8, 0, 3, 5, 80.0, 0.0, 30.0, 50.0],
]


def a_book(changes: Mapping[str, Rows | Grid | None] | None = None) -> RawBook:
    """The small book with some sheets replaced, added, or (``None``) taken away."""
    sheets: dict[str, Rows | Grid] = {
        "Control": CONTROL, "ItemMaster": ITEMS, "BalanceSet": BALANCE,
    }  # fmt: skip
    for name, rows in (changes or {}).items():
        if rows is None:
            sheets.pop(name)
        else:
            sheets[name] = rows
    return book_from_sheets(sheets)


def checked(changes: Mapping[str, Rows | Grid | None] | None = None) -> Checked[Tables]:
    """The small book, changed and checked."""
    return check_book(a_book(changes))


def balance(**cells: object) -> list[list[object]]:
    """The balance set with single cells replaced: ``balance(K2="#N/A")`` by A1 address."""
    return spoiled(BALANCE, **cells)


def spoiled(rows: Rows, **cells: object) -> list[list[object]]:
    """Rows with single cells replaced by A1 address (one-letter columns)."""
    copy = [list(row) for row in rows]
    for address, value in cells.items():
        row, column = int(address[1:]) - 1, ord(address[0]) - ord("A")
        while len(copy) <= row:
            copy.append([None] * len(rows[0]))
        copy[row][column] = value
    return copy


def coded(findings: Sequence[Finding], code: str) -> list[Finding]:
    """Those findings of one code."""
    return [f for f in findings if f.code == code]


def codes(findings: Sequence[Finding]) -> set[str]:
    """The codes found."""
    return {f.code for f in findings}
