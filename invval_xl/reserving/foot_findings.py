"""Findings from breaks: one a cause, with its kind, its cell and its dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving import breaks as kinds
from invval_xl.reserving.linking import NOT_CARRIED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.reserving.foot_tests import FootTest
    from invval_xl.reserving.footing import Footed
    from invval_xl.reserving.panel import Panel
    from invval_xl.tables.gather import Gather

__all__ = ["CODES", "report"]

#: Kind to the code that stops and the code that is only said (earlier periods, retail).
CODES: dict[str, tuple[str, str]] = {
    kinds.MISSING_RECEIPTS: ("BS101", "BS121"),
    kinds.DUPLICATE_RECEIPTS: ("BS102", "BS122"),
    kinds.SIGN_FLIP: ("BS103", "BS123"),
    kinds.TRANSPOSED_EOP: ("BS104", "BS124"),
    kinds.BOP_NOT_PRIOR_EOP: ("BS105", "BS125"),
    kinds.COST_TIMES_TEN: ("BS106", "BS126"),
    kinds.DUPLICATE_LOAD: ("BS107", "BS127"),
    kinds.UNEXPLAINED: ("BS108", "BS128"),
    NOT_CARRIED: ("BS111", "BS111"),
    "negative on-hand": ("BS140", "BS144"),
    "negative cost": ("BS143", "BS144"),
    "units without cost": ("BS141", "BS144"),
    "cost without units": ("BS142", "BS144"),
    "transfers do not net to zero": ("BS150", "BS151"),
    "children do not sum to parent": ("BS161", "BS162"),
    "retail not at ticket price": ("BS170", "BS170"),
}


#: Codes that are told once a kind: what is past and carried on rightly since is not a list.
_TOLD_ONCE = {"BS144"}


def report(
    panel: Panel,
    breaks: pd.DataFrame,
    footed: Footed,
    tests: tuple[FootTest, ...],
    absent: tuple[str, ...],
    gather: Gather,
) -> None:
    """Turn breaks into findings and say what was not tested.

    Parameters
    ----------
    panel
        The balance set.
    breaks
        Every break.
    footed
        What tests 1 and 2 found beside breaks.
    tests
        The nine outcomes.
    absent
        Blocks the sheet does not have.
    gather
        Where findings go.
    """
    _causes(panel, breaks, gather)
    _revaluation(panel, footed, gather)
    _unsupported(panel, footed, gather)
    sheet = panel.table.sheet
    for test in tests:
        if test.status == "not tested":
            gather.one("BS180", sheet=sheet, number=test.number, name=test.name, note=test.note)
    for said in absent:
        gather.one("BS181", sheet=sheet, absent=said)


def _causes(panel: Panel, breaks: pd.DataFrame, gather: Gather) -> None:
    """One finding a cause: its valuations joined, dollars at cost where cost is broken."""
    if not len(breaks):
        return
    rank = breaks["valuation"].map({"cost": 0, "units": 1, "retail": 2}).to_numpy()
    order = np.lexsort((rank, breaks["group"].to_numpy()))
    group = breaks["group"].to_numpy()[order]
    starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    ends = np.append(starts[1:], len(group))
    leader = order[starts]
    stops = np.logical_or.reduceat(breaks["stops"].to_numpy(dtype=bool)[order], starts)
    kind = breaks["kind"].to_numpy(dtype=object)
    # The valuations of one cause may be named differently; one that is named wins over none.
    named = [
        next((kind[i] for i in order[s:e] if kind[i] != kinds.UNEXPLAINED), kind[order[s]])
        for s, e in zip(starts, ends, strict=True)
    ]
    codes = np.array(
        [CODES[k][0 if stop else 1] for k, stop in zip(named, stops, strict=True)], dtype=object
    )
    dollars = np.abs(breaks["dollars"].to_numpy(dtype=np.float64))
    columns = {
        name: breaks[name].to_numpy()
        for name in ("sku", "location", "period_end", "valuation", "units", "dollars", "cell",
                     "cause")
    }  # fmt: skip
    for code in dict.fromkeys(codes):
        where = np.flatnonzero(codes == code)
        if code in _TOLD_ONCE:
            money = dollars[leader]
            _tell_once(panel, code, where, named, money, columns, order, starts, ends, gather)
            continue
        gather.many(
            str(code), sheet=panel.table.sheet, positions=where,
            cell=lambda i: _first_cell(columns, order[starts[i] : ends[i]]),
            facts=lambda i: _facts(columns, order[starts[i] : ends[i]], str(named[i])),
            dollars=dollars[leader[where]],
        )  # fmt: skip


def _tell_once(
    panel: Panel,
    code: str,
    where: NDArray[np.int64],
    named: list[str],
    dollars: NDArray[np.float64],
    columns: dict[str, NDArray[np.generic]],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    gather: Gather,
) -> None:
    """One finding a kind: how many, the largest of them, and the dollars of all."""
    for kind in dict.fromkeys(named[i] for i in where):
        mine = np.array([i for i in where if named[i] == kind])
        most = int(mine[int(np.argmax(np.nan_to_num(dollars[mine])))])
        members = order[starts[most] : ends[most]]
        gather.one(
            code, sheet=panel.table.sheet, cell=_first_cell(columns, members), count=len(mine),
            dollars=float(np.nansum(dollars[mine])), **_facts(columns, members, kind),
        )  # fmt: skip


def _first_cell(columns: dict[str, NDArray[np.generic]], members: NDArray[np.int64]) -> str:
    """Where a cause stands: in the units block, where it shows there, for that is keyed first."""
    units = [i for i in members if columns["valuation"][i] == "units"]
    return str(columns["cell"][(units or list(members))[0]])


def _facts(
    columns: dict[str, NDArray[np.generic]], members: NDArray[np.int64], kind: str
) -> dict[str, object]:
    first = members[0]
    parts = []
    for i in members:
        valuation, units, money = (
            str(columns["valuation"][i]), float(columns["units"][i]), float(columns["dollars"][i]),
        )  # fmt: skip
        parts.append(
            f"{units:+,.10g} units" if valuation == "units" else f"{money:+,.2f} {valuation}"
        )
    causes = [str(columns["cause"][i]) for i in members if columns["cause"][i]]
    return {
        "sku": columns["sku"][first],
        "location": columns["location"][first],
        "period_end": str(columns["period_end"][first])[:10],
        "kind": kind,
        "difference": " and ".join(parts),
        "cause": next(
            (c for c in causes if "no known pattern" not in c), causes[0] if causes else ""
        ),
    }


def _revaluation(panel: Panel, footed: Footed, gather: Gather) -> None:
    """Cost that moved with unit costs and no column says so: once for now, once for before."""
    drift = footed.revaluation + footed.opening_revaluation
    moved = (footed.revaluation != 0) | (footed.opening_revaluation != 0)
    for code, where in (
        ("BS113", moved & panel.is_current),
        ("BS114", moved & ~panel.is_current),
    ):
        rows = np.flatnonzero(where)
        if len(rows):
            gather.one(
                code, sheet=panel.table.sheet,
                cell=panel.cell(int(rows[np.argmax(np.abs(drift[rows]))]), "eop_cost"),
                dollars=float(np.abs(drift[rows]).sum()), count=len(rows), rows=len(rows),
                net=f"{drift[rows].sum():+,.2f}",
            )  # fmt: skip


def _unsupported(panel: Panel, footed: Footed, gather: Gather) -> None:
    rows = np.flatnonzero(footed.unsupported)
    cost = panel.blocks.get("cost")
    gather.many(
        "BS112", sheet=panel.table.sheet, positions=rows,
        cell=lambda r: panel.cell(r, "bop_units"),
        facts=lambda r: {
            "sku": panel.sku(r), "location": panel.place(r), "period_end": panel.date(r),
            "units": f"{panel.blocks['units'].bop[r]:,.10g}",
        },
        dollars=np.abs(cost.bop[rows]) if cost is not None else None,
    )  # fmt: skip
