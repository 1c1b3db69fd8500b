"""Checked sheets: typed columns that still know which cell each value came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.tables.grid import BookFacts
    from invval_xl.terms import CostFlow, Framework

__all__ = ["Control", "Table", "Tables"]


@dataclass(frozen=True, eq=False)
class Table:
    """One sheet that passed its contract.

    Parameters
    ----------
    contract
        Name of the contract (``BalanceSet``).
    sheet
        The sheet's name as the workbook spells it.
    frame
        Typed columns under the contract's snake_case names, RangeIndex. Keys are ``str``
        (never missing), numbers ``float64`` (NaN: unknown), dates ``datetime64[ns]`` (NaT),
        flags ``float64`` 1/0/NaN, other text ``object`` with ``None`` for blank. A column the
        sheet does not have is absent from the frame.
    rows
        ``int64[n]``: the sheet row of each frame row.
    letters
        Column name to sheet column letter.
    control_totals
        Sum of each numeric column over the accepted rows (information produced by the entity).
    sha256
        Hash of ``frame`` (:func:`invval_xl.tables.content.frame_sha256`): of what was read, so it
        is the same by every host and for a copy of the sheet in another workbook.
    """

    contract: str
    sheet: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    letters: Mapping[str, str]
    control_totals: Mapping[str, float] = field(default_factory=dict)
    sha256: str = ""

    def cell(self, position: int, column: str) -> str:
        """A1 address of one value; ``""`` where the sheet has no such column."""
        letter = self.letters.get(column, "")
        return f"{letter}{int(self.rows[position])}" if letter else ""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Control:
    """The Control sheet, typed. ``cells`` maps each setting's name to its cell."""

    entity: str
    period_end: dt.date
    framework: Framework
    currency: str
    cost_method: CostFlow
    gl_inventory: float
    gl_reserve: float = 0.0
    measurement: str = ""
    materiality: float | None = None
    fiscal_year_end: str = "12-31"
    preparer: str = ""
    reviewer: str = ""
    study_skus: tuple[str, ...] = ()
    sheet: str = "Control"
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What of the ledger's balances stands for items kept beside the workbook.

    Parameters
    ----------
    sha256
        Hash over their files.
    cost, opening
        Their inventory at cost and their opening reserve, in currency.
    """

    sha256: str
    cost: float
    opening: float


@dataclass(frozen=True, eq=False)
class Tables:
    """Every sheet that was found, checked; an absent optional sheet is ``None`` by ``get``."""

    control: Control
    by_name: Mapping[str, Table]
    facts: BookFacts
    beside: Beside | None = None

    def get(self, name: str) -> Table | None:
        """Find the checked sheet under contract ``name``, or ``None`` where the book has none."""
        return self.by_name.get(name)

    @property
    def item_master(self) -> Table:
        """ItemMaster (required)."""
        return self.by_name["ItemMaster"]

    @property
    def balance_set(self) -> Table:
        """BalanceSet (required)."""
        return self.by_name["BalanceSet"]
