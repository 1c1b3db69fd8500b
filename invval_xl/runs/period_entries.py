"""The entries of the period: what the roll-forward moves by, of shown items and of kept ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.journal import (
    JournalEntry,
    charge_entry,
    decided_entry,
    other_accounts_entry,
    reversal_entry,
    utilization_entry,
)
from invval_xl.accounting.money import total_money
from invval_xl.reserving.decided import DECIDED_TITLE
from invval_xl.terms import Framework
from invval_xl.workpapers.beside_block import BESIDE_TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invval_xl.reserving.brought_forward import BroughtForward
    from invval_xl.reserving.decided import Decided
    from invval_xl.reserving.kept_beside import ValuedBeside
    from invval_xl.reserving.proposal import Proposal

__all__ = ["entries_of"]


def entries_of(
    proposal: Proposal, brought: BroughtForward, decided: Decided, beside: ValuedBeside | None
) -> tuple[JournalEntry, ...]:
    """Entries that are not nil: of the items shown, of people's decisions, of those kept beside."""
    frame = proposal.frame
    gone = {n: total_money(brought.gone[n].to_numpy(float)) for n in ("opening", "other")}
    shown = _moved(
        proposal.framework,
        {
            "charge": total_money(np.nan_to_num(frame["write_down"].to_numpy())),
            "other": total_money(brought.other) + gone["other"],
            "utilization": total_money(brought.utilization) + sum(gone.values()),
            "reversal": total_money(frame["reversal"].to_numpy()),
        },
    )
    entries = list(shown.values())
    if decided.total:
        entries.append(decided_entry(decided.total, DECIDED_TITLE))
    if beside is not None:
        moved = _moved(proposal.framework, {name: beside.total(name) for name in BESIDE_TITLES})
        entries += [replace(e, title=BESIDE_TITLES[name]) for name, e in moved.items()]
    return tuple(entries)


def _moved(framework: Framework, sums: Mapping[str, float]) -> dict[str, JournalEntry]:
    """An entry for every movement that is not nil, by its name in the roll-forward."""
    made = {
        "charge": charge_entry,
        "other": other_accounts_entry,
        "utilization": utilization_entry,
        # what US GAAP lets come back at all was written down in the same fiscal year
        "reversal": lambda back: reversal_entry(
            framework, back, same_year_interim=framework is Framework.US_GAAP
        ),
    }
    return {name: made[name](money) for name, money in sums.items() if money}
