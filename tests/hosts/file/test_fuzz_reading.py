"""Mutated workbooks are read or refused by name: no other exception, no hang, no signal.

``INVVAL_FUZZ_EXAMPLES`` sets how many; continuous integration takes the default.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings

from invval_xl.findings import RefusedError
from invval_xl.hosts.file import sheet as sheet_module
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import open_bytes
from invval_xl.hosts.file.read import read_opened
from tests.hosts.file.mutation import PARTS, mutants
from tests.hosts.file.oracle import ours
from tests.hosts.file.packing import pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invval_xl.tables.grid import RawBook

EXAMPLES = int(os.environ.get("INVVAL_FUZZ_EXAMPLES", "1500"))
SECONDS = 10


@contextmanager
def within(seconds: int) -> Iterator[None]:
    def hang(*_: object) -> None:
        raise AssertionError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(data: bytes) -> object:
    """All that was read, or the code it was refused with."""
    try:
        with within(SECONDS):
            opened = open_bytes("book.xlsx", data, Limits())
            read = read_opened(opened.value)
    except RefusedError as error:
        return error.findings[0].code
    return [f.code for f in (*opened.findings, *read.findings)], described(read.value)


def described(raw: RawBook) -> object:
    return raw.facts.application, [
        (
            g.sheet, g.body_row, repr(g.top), repr(sorted(ours(g).items())), sorted(g.hidden_rows),
            sorted(g.hidden_columns), g.filtered, g.merged, g.state, sorted(g.totals_rows),
            g.formulas, [repr(c.number_format) for c in g.body],
        )
        for g in raw.grids.values()
    ]  # fmt: skip


def test_the_unmutated_workbook_is_read() -> None:
    codes, (_, sheets) = outcome(pack(PARTS))  # type: ignore[misc]
    assert codes == ["WB403", "WB404", "WB405"]
    assert [sheet[0] for sheet in sheets] == ["ItemMaster", "Control"]


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no SIGALRM on this system")
@settings(
    max_examples=EXAMPLES, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(parts=mutants())
def test_a_mutated_workbook_is_read_alike_by_both_readers_or_refused_by_name(
    parts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pack(parts)
    swift = outcome(data)
    with monkeypatch.context() as patch:
        patch.setattr(sheet_module.SwiftCells, "read", lambda *_: None)
        patch.setattr("invval_xl.hosts.file.strings._Strings.plain", lambda *_: False)
        careful = outcome(data)
    event(swift if isinstance(swift, str) else "read")
    assert swift == careful
