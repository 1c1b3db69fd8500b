"""Every figure on C-11 is recomputed from events; one nobody recomputes, or tampered, is named."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from invval_xl.hosts.file.model_store import model_of
from tests.runs.c11_figures import Figures
from tests.runs.c11_register import Register, is_number, read_cells
from tests.runs.second_hand import judged
from tests.runs.second_hand_drift import Drift
from tests.runs.second_hand_facts import Diary

# digits that are words: headers and sentences of the method, keys of rows
WORDED = re.compile(
    r"95 % (Low|High)|.*80 % interval.*|.*5 points or more.*|units sold \d0d|.*_?\d0 over \d0"
    r"|[\w ]+ \d0d( over reference)?|.*within 30 days|\d+-\d+ days|731 days and older"
    r"|Close \d{4}-\d\d-\d\d|[0-9a-f]{12}|\d\. .*|.*\(ISA 540\.14.*|C-\d+ .*|.*\(C-3\)|.*C-3"
)


@pytest.fixture(scope="module")
def register(retailer, monitored, lines) -> Register:
    """C-11 with what the second hand expects of it."""
    book, out, _back = monitored
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(book.parent / "home"))  # the key of its seal
        drift = Drift(Diary(retailer.frames), model_of(book).model)
    return Figures(Register(read_cells(out, "C-11 Lookback")), lines, drift).account()


def numbers(register: Register) -> list[tuple[int, int]]:
    return [at for at, value in register.cells.items() if is_number(value)]


def test_something_of_every_kind_came_of_the_goods(lines, monitored) -> None:
    """A test of figures that are all nought would prove nothing."""
    assert {i.factor for i in monitored[2].intervals} > {1.0}  # one interval was recalibrated
    for name in ("sold", "disposed", "scrapped", "left", "net"):
        assert sum(getattr(x, name) > 0 for x in lines) >= 5, name
    assert sum(x.said["model"] == x.said["model"] for x in lines) > 50
    assert len(judged(lines)) >= 20


def test_every_figure_is_recomputed_from_events(register) -> None:
    assert register.differences() == []
    assert len(numbers(register)) > 5_000
    by = Counter(e.by for e in register.expected.values())
    assert len(by) >= 15, by
    assert sum(register.cells[at] != 0 for at in numbers(register)) > 1_000


def test_a_figure_within_a_sentence_is_accounted_for_too(register) -> None:
    begin = register.row_of("Key figures")
    told = [
        (at, text) for at, text in register.cells.items()
        if at[0] > begin and isinstance(text, str) and re.search(r"\d", text)
        and at not in register.sentences and not WORDED.fullmatch(text)
    ]  # fmt: skip
    assert told == []


def test_a_figure_nobody_recomputes_is_named(register) -> None:
    beyond = max(register.cells)[0] + 1
    found = register.differences({**register.cells, (beyond, 3): 1.0})
    assert found == [f"({beyond}, 3): nobody accounts for 1.0"]


@pytest.mark.parametrize("how", ["by a cent", "by a thousandth", "sign", "gone", "text"])
def test_a_tampered_figure_is_named_wherever_it_stands(register, how) -> None:
    draw = random.Random(how)
    for at in draw.sample(numbers(register), 120):
        value = register.cells[at]
        false = {
            "by a cent": value + 0.01,
            # an index of 2 is shown to six places, a coverage to four
            "by a thousandth": value * 1.001 + 0.01 * (abs(value) < 10),
            "sign": -value if value else 0.01,
            "gone": None,
            "text": str(value),
        }[how]
        found = register.differences({**register.cells, at: false})
        assert len(found) == 1, (at, value, false, found)
        assert found[0].startswith(f"{at}: {false!r}")
