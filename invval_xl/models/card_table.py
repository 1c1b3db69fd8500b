"""One block of the model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invval_xl.models.gates import Gate

__all__ = ["CardTable", "gate_table"]


@dataclass(frozen=True)
class CardTable:
    """One block of the card: a title, headers, rows of plain values."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""


def gate_table(title: str, gates: tuple[Gate, ...], because: str) -> CardTable:
    """Gates with what was measured, what is asked, and the result."""
    rows = tuple((g.name, g.measured, g.asked, "passed" if g.passed else "failed") for g in gates)
    return CardTable(title, ("Gate", "Measured", "Asked", "Result"), rows, because)
