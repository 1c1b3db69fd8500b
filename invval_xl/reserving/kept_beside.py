"""Items kept beside the workbook: valued item by item by the same rules, shown as totals.

An import shows what a person can judge and keeps the other items in Parquet, in the same columns
(:mod:`invval_xl.sources.split`). An item is whole on one side: its rows of every other sheet
(opening reserve, disposals, prices) follow it there, so shown and kept are the whole.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.money import total_money
from invval_xl.findings import Checked, Finding, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.rolled import roll_forward
from invval_xl.tables.content import frame_sha256
from invval_xl.tables.contracts import CONTRACTS, ColumnKind
from invval_xl.tables.numbers import NUMERIC
from invval_xl.tables.table import Beside, Table, Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from invval_xl.reserving.assembled import Assembled
    from invval_xl.reserving.conservation import Conservation
    from invval_xl.reserving.proposal import Proposal

__all__ = ["KEPT", "KeptBeside", "ValuedBeside", "knowing", "value_beside"]

KEPT = ("BalanceSet", "ItemMaster", "SalesHistory")


@dataclass(frozen=True, eq=False)
class KeptBeside:
    """What an import kept out of a workbook.

    Parameters
    ----------
    files
        Parquet files by the contract whose columns they have, :data:`KEPT`.
    """

    files: Mapping[str, bytes] = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hash over the files."""
        parts = [f"{n}\x1f".encode() + self.files[n] for n in sorted(self.files)]
        return hashlib.sha256(b"\x1e".join(parts)).hexdigest()


@dataclass(frozen=True, eq=False)
class ValuedBeside:
    """The valuation of what is kept beside.

    Parameters
    ----------
    sha256
        Hash over its files.
    tables
        Its sheets, and of the workbook's the rows that follow its items.
    lines
        A row an item and location, as C-3 sums them, with ``opening`` and ``utilization``.
    rollforward
        As :func:`invval_xl.reserving.rolled.roll_forward`.
    by_category
        ``category, items, units`` and, in cents, ``cost, opening, charge, utilization, reversal,
        closing, required, low, high, undetermined``.
    """

    sha256: str
    tables: Tables
    lines: pd.DataFrame
    rollforward: pd.DataFrame
    by_category: pd.DataFrame

    def total(self, name: str) -> float:
        """Sum of a column over the categories."""
        return total_money(self.by_category[name].to_numpy(float))


def value_beside(
    kept: KeptBeside, tables: Tables, propose: Callable[[Assembled], Proposal]
) -> tuple[Tables, ValuedBeside, tuple[Finding, ...]]:
    """Value what is kept, by rule; give the tables of what is shown, which know of it.

    Parameters
    ----------
    kept
        As a host found it.
    tables
        The checked workbook.
    propose
        Values; here or on a cluster.

    Raises
    ------
    RefusedError
        RV414 where the files are not what an import keeps for this period; every STOP of theirs.
    """
    beside, proved, known = _divided(kept, tables)
    found = list(proved.findings)
    gathered = assemble(beside, proved.value, tables.control.period_end)
    # the opening reserve is compared with the ledger once, with what the workbook shows
    found += [f for f in gathered.findings if f.code != "RV204"]
    if stops(found):
        raise RefusedError(found)
    brought = gathered.value.brought_forward
    lines = propose(gathered.value).lines()
    rolled = roll_forward(lines, brought)
    if rolled["other"].any():
        raise RefusedError([_unfit("OpeningReserve charges other accounts for some of its items")])
    lines = lines.assign(opening=brought.opening, utilization=brought.utilization)
    sums = _by_category(lines, rolled)
    valued = ValuedBeside(kept.sha256, beside, lines, rolled, sums)
    assert known.beside is not None
    opening = total_money(rolled["opening"].to_numpy(float))
    known = replace(known, beside=replace(known.beside, opening=opening))
    return known, valued, (_said(valued, found),)


def knowing(kept: KeptBeside | None, tables: Tables) -> Tables:
    """The tables of what is shown, which know the cost of what is kept; nothing is valued.

    Raises
    ------
    RefusedError
        RV414, as :func:`value_beside`.
    """
    return tables if kept is None else _divided(kept, tables)[2]


def _divided(kept: KeptBeside, tables: Tables) -> tuple[Tables, Checked[Conservation], Tables]:
    """The tables of what is kept, their conservation, and the tables of what is shown."""
    as_of = tables.control.period_end
    own = {name: _read(kept, name) for name in KEPT if name in kept.files}
    skus = frozenset(own["BalanceSet"].frame["sku"]) if "BalanceSet" in own else frozenset()
    _refuse_unfit(own, tables, skus)
    shown = {n: _only(t, skus, inside=False) for n, t in tables.by_name.items()}
    followed = {
        n: t if "sku" not in t.frame else _only(t, skus, inside=True)
        for n, t in tables.by_name.items()
    }
    unknown = replace(tables.control, gl_inventory=np.nan)
    beside = replace(tables, control=unknown, by_name={**followed, **own})
    proved = prove_conservation(beside)
    if not len(proved.value.current_positions):
        raise RefusedError([_unfit(f"it holds no rows of {as_of:%Y-%m-%d}")])
    known = Beside(kept.sha256, total_money(_eop_cost(proved.value.current)), 0.0)
    return beside, proved, replace(tables, by_name=shown, beside=known)


def _eop_cost(current: pd.DataFrame) -> Any:
    """Cost that is the entity's: consigned goods are not."""
    return np.nan_to_num(current.loc[~current["consigned"], "eop_cost"].to_numpy(float))


def _read(kept: KeptBeside, name: str) -> Table:
    """One file as a checked sheet is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    contract = CONTRACTS[name]
    try:
        held = pq.read_table(io.BytesIO(kept.files[name])).to_pandas()
        frame = held[[c.name for c in contract.columns if c.name in held]].copy()
        for column in contract.columns:
            if column.name in frame:
                frame[column.name] = _typed(frame[column.name], column.kind)
    except (pa.ArrowInvalid, OSError, ValueError, TypeError) as error:
        told = f"{name} cannot be read ({type(error).__name__})"
        raise RefusedError([_unfit(told)]) from error
    missing = [c for c in contract.key if c not in frame]
    if missing:
        raise RefusedError([_unfit(f"{name} has no column {', '.join(missing)}")])
    sums = {
        c: float(np.nansum(frame[c].to_numpy(float))) for c in frame if frame[c].dtype.kind == "f"
    }
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Table(name, f"history/{name}", frame, rows, {}, sums, frame_sha256(frame))


def _typed(values: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    if kind is ColumnKind.DATE:
        return values.astype("datetime64[ns]")
    if kind in NUMERIC or kind is ColumnKind.FLAG:
        return values.astype(np.float64)
    words: pd.Series[Any] = values.astype(object)
    return words.where(words.notna(), None)


def _refuse_unfit(own: Mapping[str, Table], tables: Tables, skus: frozenset[str]) -> None:
    """Both files that must be are there, and no item is on both sides."""
    missing = [name for name in KEPT[:2] if name not in own]
    if missing:
        raise RefusedError([_unfit(f"{', '.join(missing)} is not there")])
    twice = sorted(skus & set(tables.balance_set.frame["sku"]))
    if twice:
        told = f"{len(twice):,} of its items stand in BalanceSet as well, such as {twice[0]}"
        raise RefusedError([_unfit(told)])


def _only(table: Table, skus: frozenset[str], *, inside: bool) -> Table:
    """The rows of items on one side; what is about no item is on both."""
    if "sku" not in table.frame:
        return table
    mine = table.frame["sku"].isin(skus).to_numpy() == inside
    if mine.all():
        return table
    frame = table.frame[mine].reset_index(drop=True)
    sums = {c: float(np.nansum(frame[c].to_numpy(float))) for c in table.control_totals}
    return replace(table, frame=frame, rows=table.rows[mine], control_totals=sums)


def _by_category(lines: pd.DataFrame, rolled: pd.DataFrame) -> pd.DataFrame:
    """Sums in the order of the categories, each in whole cents."""
    import pandas as pd

    lines = lines.assign(undetermined=lines["cost"].where(~lines["determined"], 0.0))
    held = lines.groupby("category")
    moved = rolled.groupby("category")[["opening", "charge", "utilization", "reversal", "closing"]]
    parts = {
        "items": held.size().astype(float),
        **{n: held[n].sum() for n in ("units", "cost", "required", "low", "high", "undetermined")},
    }
    joined = pd.DataFrame(parts).join(moved.sum(), how="outer").fillna(0.0).sort_index()
    money = [c for c in joined.columns if c not in ("items", "units")]
    joined[money] = joined[money].round(2)
    return joined.rename_axis("category").reset_index()


def _unfit(reason: str) -> Finding:
    return finding("RV414", reason=reason)


def _said(valued: ValuedBeside, found: list[Finding]) -> Finding:
    """One sentence on all of them, and what was found among them by code."""
    codes = Counter({f.code: 0 for f in found})
    for f in found:
        codes[f.code] += f.count
    listed = ", ".join(f"{code} x {n}" for code, n in sorted(codes.items())) or "nothing"
    return finding(
        "RV413",
        dollars=valued.total("cost"),
        items=int(valued.by_category["items"].sum()),
        units=float(valued.by_category["units"].sum()),
        cost=valued.total("cost"),
        required=valued.total("required"),
        closing=valued.total("closing"),
        undetermined=valued.total("undetermined"),
        listed=listed,
    )
