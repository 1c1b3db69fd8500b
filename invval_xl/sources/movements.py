"""Movements stored once: from one node to another; what they are called depends on who looks.

Vendors, customers and losses are nodes outside the company, so a line needs no type: a receipt
comes from the vendor, a sale goes to the customer, a transfer joins two nodes of ours. In-transit
is a node like any other. :func:`seen_from` derives receipts, issues and transfers for a
perspective (accounting.md B1); transfers net to zero over all members of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.sources.config import MOVEMENT_TYPES
from invval_xl.tables.headers import spelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.sources.clean import Tally
    from invval_xl.sources.config import Extract
    from invval_xl.sources.engine import Engine

__all__ = ["FLOWS", "OUTSIDE", "seen_from", "to_movements"]

OUTSIDE: dict[str, tuple[str, int]] = {
    # type: the node outside, and the way units go (+1 into the location, -1 out of it)
    "opening": ("(opening)", 1),
    "receipt": ("(vendor)", 1),
    "vendor_return": ("(vendor)", -1),
    "sale": ("(customer)", -1),
    "customer_return": ("(customer)", 1),
    "adjustment": ("(adjustment)", 1),
    "shrink": ("(shrink)", -1),
    "markout": ("(markout)", -1),
}
#: Measure of the balance set by (node outside, way as the location sees it).
FLOWS: dict[tuple[str, int], str] = {
    ("(opening)", 1): "opening", ("(opening)", -1): "opening_out",
    ("(vendor)", 1): "receipts", ("(vendor)", -1): "vendor_returns",
    ("(customer)", 1): "customer_returns", ("(customer)", -1): "sales",
    ("(adjustment)", 1): "adjustments_in", ("(adjustment)", -1): "adjustments_out",
    ("(shrink)", 1): "shrink_found", ("(shrink)", -1): "shrink",
    ("(markout)", 1): "markouts_undone", ("(markout)", -1): "markouts",
}  # fmt: skip
_WORDS = {
    **{spelling(t): t for t in MOVEMENT_TYPES},
    "purchase": "receipt", "purchasereceipt": "receipt", "po": "receipt", "receipts": "receipt",
    "received": "receipt", "in": "receipt", "goodsreceipt": "receipt", "rcpt": "receipt",
    "issue": "sale", "sales": "sale", "out": "sale", "shipment": "sale", "sls": "sale",
    "return": "customer_return", "salesreturn": "customer_return", "crt": "customer_return",
    "purchasereturn": "vendor_return", "rtv": "vendor_return", "xfer": "transfer",
    "transferorder": "transfer", "adj": "adjustment", "cyclecount": "adjustment",
    "shrinkage": "shrink", "loss": "shrink", "scrap": "markout", "mos": "markout",
    "damage": "markout", "beginning": "opening", "openingbalance": "opening",
}  # fmt: skip
_OF_ROLE = {"sales": "sale", "returns": "customer_return", "procurement": "receipt"}
_COST_OF_ROLE = {"sales": "cogs", "procurement": "cost", "movements": "cost"}
_RETAIL_OF_ROLE = {"sales": "net_sales", "returns": "refund"}


def to_movements(frame: pd.DataFrame, extract: Extract, tally: Tally) -> pd.DataFrame:
    """Turn typed lines of a role into movements: units and money zero or more, with their way.

    A negative line goes the other way (a negative sale is a customer return); how many were
    turned, and lines whose type or nodes mean nothing, are counted in ``tally``.
    """
    import pandas as pd

    count = len(frame)
    blank = np.full(count, None, dtype=object)
    kinds = (
        _types(frame, extract)
        if extract.role == "movements"
        else np.full(count, _OF_ROLE[extract.role], dtype=object)
    )
    location = frame["location"].to_numpy(dtype=object) if "location" in frame else blank.copy()
    given_from = frame["from_node"].to_numpy(dtype=object) if "from_node" in frame else blank.copy()
    given_to = frame["to_node"].to_numpy(dtype=object) if "to_node" in frame else blank.copy()
    outside: NDArray[np.object_] = np.full(count, None, dtype=object)
    outside[:] = [OUTSIDE[k][0] if k in OUTSIDE else None for k in kinds.tolist()]
    way = np.array([OUTSIDE[k][1] if k in OUTSIDE else 0 for k in kinds.tolist()])
    ours_in = np.where(pd.isna(given_to), location, given_to)
    ours_out = np.where(pd.isna(given_from), location, given_from)
    source = np.where(way > 0, outside, np.where(way < 0, ours_out, given_from))
    target = np.where(way > 0, ours_in, np.where(way < 0, outside, given_to))
    units = frame["units"].to_numpy(float)
    turned = units < 0
    source, target = np.where(turned, target, source), np.where(turned, source, target)
    tally.add("IM219", extract.role, int(turned.sum()), 0.0, [])
    money = {
        "cost": _money(frame, _COST_OF_ROLE.get(extract.role, "")),
        "retail": _money(frame, _RETAIL_OF_ROLE.get(extract.role, "retail")),
    }
    out = pd.DataFrame(
        {
            "date": frame["date"].to_numpy(),
            "sku": frame["sku"].to_numpy(dtype=object),
            "from_node": source,
            "to_node": target,
            "units": np.abs(units),
            **money,
            "document": frame["document"] if "document" in frame else blank,  # noqa: SIM401
            "flags": frame["flags"],
            "source": frame["source"],
            "sheet": frame["sheet"],
            "source_row": frame["source_row"],
        }
    )
    lost = out["from_node"].isna() | out["to_node"].isna() | (out["from_node"] == out["to_node"])
    words = sorted({str(k) for k in kinds[lost.to_numpy()]})[:5]
    tally.add("IM223", "", int(lost.sum()), float(out.loc[lost, "cost"].abs().sum()), words)
    still = (out["units"] == 0) & (out["cost"].fillna(0) == 0)
    tally.add("IM218", "", int((still & ~lost).sum()), 0.0, [])
    return out[~lost & ~still]


def _types(frame: pd.DataFrame, extract: Extract) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Each line's movement type; without a type column, lines with both nodes are transfers."""
    if "type" not in frame:
        return np.full(len(frame), "transfer", dtype=object)
    stated = {spelling(k): v for k, v in extract.types.items()}
    words = {
        w: stated.get(spelling(w), _WORDS.get(spelling(w), str(w)))
        for w in frame["type"].dropna().unique()
    }
    return frame["type"].map(words).to_numpy(dtype=object)


def _money(frame: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.abs(frame[name].to_numpy(float)) if name in frame else np.full(len(frame), np.nan)


def seen_from(
    engine: Engine, movements: str, member_of: Mapping[str, str | None], periods: str
) -> pd.DataFrame:
    """Derive flows for a perspective from movements stored once.

    Parameters
    ----------
    engine
        The embedded engine.
    movements
        A Parquet path or relation of movements.
    member_of
        Node to the member of the perspective it belongs to; a node that is absent stands for
        itself, ``None``: the perspective does not look at it.
    periods
        SQL that gives a movement's period end from its ``date``.

    Returns
    -------
    pandas.DataFrame
        ``sku, member, period_end, flow, units, cost, retail, uncosted, flagged``: ``flow`` as in
        :data:`FLOWS`, or ``transfers_in``, ``transfers_out``. ``uncosted`` are units without a
        recorded cost, ``flagged`` units of lines with an imputed value.
    """
    import pandas as pd

    nodes = pd.DataFrame(
        {"node": list(member_of), "member": list(member_of.values())}, dtype=object
    )
    nodes["node"], nodes["member"] = nodes["node"].astype("str"), nodes["member"].astype("str")
    outside = pd.DataFrame(
        [(node, way, flow) for (node, way), flow in FLOWS.items()], columns=["node", "way", "flow"]
    )
    query = f"""
    with seen as (
      select m.*, {periods} as period_end,
        case when m.from_node like '(%)' then null when f.node is null then m.from_node else f.member end as fm,
        case when m.to_node like '(%)' then null when t.node is null then m.to_node else t.member end as tm
      from {movements} m left join nodes f on m.from_node = f.node left join nodes t on m.to_node = t.node
    ), legs as (
      select sku, tm as member, period_end, units, cost, retail, flags,
        case when fm is not null then 'transfers_in' else coalesce(o.flow, 'receipts') end as flow
      from seen left join outside o on o.node = from_node and o.way = 1
      where tm is not null and (fm is null or fm <> tm)
      union all by name
      select sku, fm as member, period_end, units, cost, retail, flags,
        case when tm is not null then 'transfers_out' else coalesce(o.flow, 'transfers_out') end as flow
      from seen left join outside o on o.node = to_node and o.way = -1
      where fm is not null and (tm is null or fm <> tm)
    )
    select sku, member, period_end, flow, sum(units)::double as units, sum(cost)::double as cost,
      sum(retail)::double as retail, sum(case when cost is null then units else 0 end)::double as uncosted,
      sum(case when flags <> '' then units else 0 end)::double as flagged
    from legs group by all order by sku, member, period_end, flow
    """  # noqa: E501
    return engine.frame(query, nodes=nodes, outside=outside)
