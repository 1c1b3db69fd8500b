"""Lines that stand twice: whole loads repeated, and single lines the tie-out proves.

A line alike in every fact may be genuine (two of an item in one basket), so likeness alone drops
nothing. A repeat is taken out where its whole load repeats another, or where taking it out closes
the very difference between movements and count at its item and location; else it is kept and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.sources.engine import Engine

__all__ = ["FACTS", "Repeats", "find_repeats", "proved_by_tie_out"]

FACTS: dict[str, tuple[str, ...]] = {
    "movements": ("date", "sku", "from_node", "to_node", "units", "cost", "retail", "document"),
    "sales": ("date", "sku", "location", "channel", "units", "price", "net_sales", "document"),
    "procurement": ("date", "sku", "location", "units", "units_ordered", "cost", "document"),
    "stock": ("date", "sku", "location", "units", "unit_cost", "cost"),
}
_DOLLARS = {
    "movements": "coalesce(cost, retail)",
    "sales": "net_sales",
    "procurement": "cost",
    "stock": "cost",
}
_WHOLE = 0.95  # of a load's lines stand in another load: the load is a repeat
_HALF = 0.475  # of a load's lines are second copies within it: it holds itself twice
_LEAST_LINES = 4


@dataclass(frozen=True, eq=False)
class Repeats:
    """Second and further copies of lines of one store.

    ``frame`` has a row a copy: provenance, ``units``, ``dollars``, the nodes or location, and
    ``why``: ``load`` (its whole load repeats another), ``line`` (alike, nothing more known).
    """

    store: str
    frame: pd.DataFrame

    @property
    def loads(self) -> pd.DataFrame:
        """Repeated loads: extract, source, lines and dollars."""
        of = self.frame[self.frame["why"] == "load"]
        return of.groupby(["extract", "source", "sheet"], as_index=False).agg(
            lines=("units", "size"), dollars=("dollars", lambda d: float(d.abs().sum()))
        )


def find_repeats(engine: Engine, store: str, relation: str) -> Repeats:
    """Find the copies in ``relation``, the parts of ``store``."""
    facts = ", ".join(FACTS[store])
    place = (
        "from_node, to_node" if store == "movements" else "null as from_node, location as to_node"
    )
    document = "document" if "document" in FACTS[store] else "null as document"
    alike = "hash(" + ", ".join(f"coalesce({f}::varchar, '~')" for f in FACTS[store]) + ")"
    query = f"""
    with lines as (select *, {alike} as mark from {relation}),
    marks as (select mark from lines group by mark having count(*) > 1),
    held as (select l.* from lines l semi join marks m on l.mark = m.mark),
    copies as (
      select *, row_number() over same as copy,
        first_value(extract || '/' || source || '/' || sheet) over same as first_load
      from held
      window same as (partition by {facts} order by extract, source, sheet, source_row)
    )
    select extract, source, sheet, source_row, sku, date, {place}, {document}, units::double as units,
      ({_DOLLARS[store]})::double as dollars,
      first_load <> extract || '/' || source || '/' || sheet as elsewhere
    from copies where copy > 1 order by extract, source, sheet, source_row
    """  # noqa: E501
    frame = engine.frame(query)
    frame["why"] = "line"
    if not len(frame):
        return Repeats(store, frame)
    loads = engine.frame(
        f"select extract, source, sheet, count(*) as lines from {relation} group by all"
    )
    keys = ["extract", "source", "sheet"]
    across = frame[frame["elsewhere"]].groupby(keys).size().rename("across")
    within = frame[~frame["elsewhere"]].groupby(keys).size().rename("within")
    loads = loads.set_index(keys).join([across, within]).fillna(0)
    lines = loads["lines"].to_numpy(float)
    big = lines >= _LEAST_LINES
    other = big & (loads["across"].to_numpy(float) >= _WHOLE * lines)
    itself = big & (loads["within"].to_numpy(float) >= _HALF * lines)
    mark = {key: (o, i) for key, o, i in zip(loads.index, other, itself, strict=True)}
    told = [
        mark.get((e, s, h), (False, False))
        for e, s, h in zip(frame["extract"], frame["source"], frame["sheet"], strict=True)
    ]
    load = np.array(
        [(o and e) or i for (o, i), e in zip(told, frame["elsewhere"], strict=True)], dtype=bool
    )
    frame.loc[load, "why"] = "load"
    return Repeats(store, frame)


def proved_by_tie_out(
    repeats: Repeats, breaks: pd.DataFrame
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which copies explain a break in units: the difference at their item and location is theirs.

    Parameters
    ----------
    breaks
        ``sku, location, difference``: units by movements less units counted.
    """
    frame = repeats.frame
    if not len(frame) or not len(breaks):
        return np.zeros(len(frame), dtype=bool)
    off = {
        (sku, place): d
        for sku, place, d in zip(
            breaks["sku"], breaks["location"], breaks["difference"], strict=True
        )
    }
    signed: dict[tuple[str, str], float] = {}
    for sku, giver, taker, units in zip(
        frame["sku"], frame["from_node"], frame["to_node"], frame["units"], strict=True
    ):
        for node, way in ((giver, -1.0), (taker, 1.0)):
            if isinstance(node, str) and not node.startswith("("):
                signed[sku, node] = signed.get((sku, node), 0.0) + way * units
    proved = {
        key
        for key, units in signed.items()
        if units and abs(off.get(key, 0.0) - units) < 1e-6  # noqa: PLR2004
    }
    out = []
    for sku, giver, taker in zip(frame["sku"], frame["from_node"], frame["to_node"], strict=True):
        own = [n for n in (giver, taker) if isinstance(n, str) and not n.startswith("(")]
        out.append(bool(own) and all((sku, n) in proved for n in own))
    return np.array(out, dtype=bool)
