# A case a line: it reads as the table it is.
# fmt: off
"""What a refresh answers to the files of :mod:`tests.hosts.file.hostile` that can be read.

Each is given a Control sheet and a balance set first. A file that is read without a finding may
still hold a row nobody can value: its answer is then what such a row deserves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tables.builders import BALANCE_HEADER, CONTROL, PERIOD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ANSWERS", "COMPANY", "Answered"]


class Answered:
    """The answer of a refresh: ``refuse``, ``warn`` or ``accept``, and its findings.

    Parameters
    ----------
    answer, codes, also
        As in :mod:`tests.hosts.file.contents`.
    sku
        An item the file has, which carries the stock.
    clicked
        The answer of the button where it is another.
    """

    def __init__(
        self, answer: str, *codes: str, also: str = "", sku: str = "00002", clicked: str = ""
    ) -> None:
        self.answer, self.codes, self.also = answer, codes, tuple(also.split())
        self.sku, self.clicked = sku, clicked


def COMPANY(sku: str) -> Mapping[str, Sequence[Sequence[object]]]:  # noqa: N802 - a table with one blank
    """Control and a balance set that carries ten of one item."""
    rows = [[k, 100.0 if k == "GL Inventory" else v] for k, v in CONTROL]
    stock = [sku, "S1", PERIOD, 10, 0, 0, 10, 100.0, 0.0, 0.0, 100.0]
    return {"Control": rows, "BalanceSet": [BALANCE_HEADER, stock]}


# A row of a key and nothing else lacks its category.
_BARE = "TB204"
ANSWERS: Mapping[str, Answered] = {
    # a row that holds one cell, under SKU
    "error cell": Answered("refuse", "TB201", also=_BARE),
    "formula never calculated": Answered("refuse", "TB203", also=_BARE),
    "shared formula without value": Answered("refuse", "TB203", also=_BARE),
    "1E+309": Answered("refuse", "TB201", also=_BARE),
    "NaN literal": Answered("refuse", "TB201", also=_BARE),
    "infinity literal": Answered("refuse", "TB201", also=_BARE),
    "hexadecimal number": Answered("refuse", "TB201", also=_BARE),
    "number with underscore": Answered("refuse", "TB201", also=_BARE),
    "number of 20 digits": Answered("refuse", "TB305", also=_BARE),
    "boolean": Answered("refuse", "TB305", also=_BARE),
    "boolean that is none": Answered("refuse", "TB201", also=_BARE),
    "ISO date cell": Answered("refuse", "TB305", also=_BARE),
    "text like a formula": Answered("refuse", _BARE),
    "text NA": Answered("refuse", _BARE),
    "key as a padded number": Answered("refuse", _BARE),
    "style out of range": Answered("refuse", _BARE),
    "escaped carriage return": Answered("refuse", _BARE),
    "cells without addresses": Answered("refuse", _BARE),
    "rich text with phonetic guide": Answered("refuse", _BARE),
    # a row of another kind
    "stray cell at A1048576": Answered("refuse", _BARE),
    "merge of the whole sheet": Answered("refuse", "TB117"),
    "sparse rows": Answered("accept", "TB120", sku="00007"),
    "formulas calculated, marked for recalculation": Answered("refuse", "TB119"),
    "merge in the body": Answered("warn", "TB116"),
    "totals row of a table": Answered("warn", "TB118"),
    "hidden row, hidden columns, filter": Answered("accept", "TB113", "TB114"),
    "hidden by an attribute with a bracket": Answered("accept", "TB112"),
    "very hidden sheet": Answered("accept", "WB405", "TB115"),
    # what can be read and not be written into
    "digital signature": Answered("refuse", "WB913", clicked="accept"),
}  # fmt: skip
