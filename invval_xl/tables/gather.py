"""Gathering findings: all of them at once, alike ones folded, no dollar lost.

A column of 100,000 bad cells must not make 100,000 sentences. Of one code on one sheet the
fifty with most dollars are listed; the rest stand in one finding with their number and the sum
of their dollars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.guidance.register import finding, register

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from invval_xl.findings import Finding

__all__ = ["FORBIDDEN", "LISTED", "Gather", "Site"]

LISTED = 50
#: Characters no worksheet cell may carry, nor a paper print: C0 controls but tab and line ends,
#: lone surrogates, and the two noncharacters XML refuses.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, eq=False)
class _Batch:
    """Alike findings not yet worded: where each is, its dollars, and how to word it."""

    dollars: NDArray[np.float64]
    skus: NDArray[np.object_] | None
    build: Callable[[int, float | None], Finding]


class Gather:
    """Collects findings by code and sheet; worded and folded only at the end.

    Parameters
    ----------
    listed
        How many of one code on one sheet are spelled out.
    """

    def __init__(self, listed: int = LISTED) -> None:
        self._listed = listed
        self._batches: dict[tuple[str, str], list[_Batch]] = {}

    def one(
        self,
        code: str,
        *,
        sheet: str = "",
        cell: str = "",
        dollars: float | None = None,
        count: int = 1,
        **facts: object,
    ) -> None:
        """Add a single finding of the register's rule ``code``."""
        made = finding(code, sheet=sheet, cell=cell, dollars=None, count=count, **facts)
        at_stake = np.array([np.nan if dollars is None else dollars])
        batch = _Batch(at_stake, None, lambda _, money: replace(made, dollars=money))
        self._batches.setdefault((code, sheet), []).append(batch)

    def many(
        self,
        code: str,
        *,
        sheet: str,
        positions: NDArray[np.int64],
        cell: Callable[[int], str],
        facts: Callable[[int], Mapping[str, object]],
        dollars: NDArray[np.float64] | None = None,
        skus: NDArray[np.object_] | None = None,
    ) -> None:
        """Add alike findings, one a position.

        Parameters
        ----------
        positions
            Frame positions; ``cell`` and ``facts`` are asked only for those that get listed.
        dollars, skus
            Aligned with ``positions``: dollars at stake (NaN unknown), or the SKU whose
            carrying cost is at stake (looked up at the end).
        """
        if not len(positions):
            return

        def build(i: int, money: float | None) -> Finding:
            at = int(positions[i])
            said: dict[str, Any] = dict(facts(at))
            return finding(code, sheet=sheet, cell=cell(at), dollars=money, **said)

        known = dollars if dollars is not None else np.full(len(positions), np.nan)
        self._batches.setdefault((code, sheet), []).append(_Batch(known, skus, build))

    def findings(self, stake_by_sku: Mapping[str, float] | None = None) -> tuple[Finding, ...]:
        """Word and fold everything gathered, most severe and most dollars first.

        Parameters
        ----------
        stake_by_sku
            Carrying cost of each SKU, for findings that know only the SKU.
        """
        stakes = stake_by_sku or {}
        made: list[Finding] = []
        for (code, sheet), batches in self._batches.items():
            made.extend(_printable(f) for f in self._fold(code, sheet, batches, stakes))
        return tuple(sorted(made, key=lambda f: f.order))

    def _fold(
        self, code: str, sheet: str, batches: list[_Batch], stakes: Mapping[str, float]
    ) -> list[Finding]:
        money = np.concatenate([_priced(batch, stakes) for batch in batches])
        owner = np.repeat(np.arange(len(batches)), [len(b.dollars) for b in batches])
        within = np.concatenate([np.arange(len(b.dollars)) for b in batches])
        order = np.argsort(-np.nan_to_num(np.abs(money)), kind="stable")
        shown = np.sort(order[: self._listed])
        made = [
            batches[owner[i]].build(int(within[i]), None if np.isnan(money[i]) else float(money[i]))
            for i in shown
        ]
        rest = np.sort(order[self._listed :])
        if len(rest):
            first = batches[owner[rest[0]]].build(int(within[rest[0]]), None)
            known = money[rest][~np.isnan(money[rest])]
            rule = register()[code]
            made.append(
                replace(
                    first,
                    message=(
                        f"And {len(rest):,} more like the {self._listed} listed: {rule.title}"
                        f" ({sheet or 'workbook'}, the first of them here)."
                    ),
                    dollars=float(np.abs(known).sum()) if len(known) else None,
                    count=len(rest),
                )
            )
        return made


def _printable(found: Finding) -> Finding:
    """Give a finding that can be printed: a cell's own text may hold what no paper can."""
    if not FORBIDDEN.search(found.message):
        return found
    return replace(found, message=FORBIDDEN.sub("\ufffd", found.message))


def _priced(batch: _Batch, stakes: Mapping[str, float]) -> NDArray[np.float64]:
    """Dollars of a batch, looked up by SKU where it knows only that."""
    if batch.skus is None:
        return batch.dollars
    looked_up = np.array([stakes.get(sku, np.nan) for sku in batch.skus], dtype=np.float64)
    return np.where(np.isnan(batch.dollars), looked_up, batch.dollars)


@dataclass(frozen=True, eq=False)
class Site:
    """One column being read: where its cells stand and what is at stake in each row.

    Parameters
    ----------
    gather
        Where findings go.
    sheet, header, letter
        The sheet's name, the contract's header, the sheet column's letter.
    rows
        Sheet row of each position.
    required
        Whether the contract requires the column.
    dollars, skus
        At stake in each row: money, or the SKU to look the money up by.
    """

    gather: Gather
    sheet: str
    header: str
    letter: str
    rows: NDArray[np.int64]
    required: bool
    dollars: NDArray[np.float64] | None = None
    skus: NDArray[np.object_] | None = None

    def cell(self, position: int) -> str:
        """A1 address of the cell at a frame position."""
        return f"{self.letter}{int(self.rows[position])}"

    def report(
        self,
        code: str,
        bad: NDArray[np.bool_],
        facts: Callable[[int], Mapping[str, object]] | None = None,
    ) -> None:
        """Add one finding for each position where ``bad``; ``header`` is always among the facts."""
        positions = np.flatnonzero(bad)
        if not len(positions):
            return
        self.gather.many(
            code,
            sheet=self.sheet,
            positions=positions,
            cell=self.cell,
            facts=lambda at: {"header": self.header, **(facts(at) if facts else {})},
            dollars=None if self.dollars is None else self.dollars[positions],
            skus=None if self.skus is None else self.skus[positions],
        )

    def summary(
        self, code: str, where: NDArray[np.bool_], *, at_stake: float | None = None, **facts: object
    ) -> None:
        """Add one finding for the whole column, standing at the first cell it is about."""
        positions = np.flatnonzero(where)
        if not len(positions):
            return
        self.gather.one(
            code,
            sheet=self.sheet,
            cell=self.cell(int(positions[0])),
            dollars=at_stake,
            count=len(positions),
            header=self.header,
            cells=len(positions),
            **facts,
        )
