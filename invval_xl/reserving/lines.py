"""Item lines: every SKU x location held at the period end, with what its item master says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.balance_set import average_unit_cost
from invval_xl.policy.parameters import Items

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.tables.table import Table, Tables

__all__ = ["ItemLines", "by_line", "item_lines", "keyed"]

_TEXT = ("description", "category", "subcategory", "supplier", "lifecycle_status")
_NUMBERS = (
    "ticket_price",
    "vat_rate",
    "normal_profit_rate",
    "cost_to_complete",
    "cost_to_sell_rate",
    "cost_to_sell",
    "replacement_cost",
    "vendor_return_right",
    "vendor_return_rate",
)


@dataclass(frozen=True, eq=False)
class ItemLines:
    """One row a SKU x location with units on hand at the period end, by category and key.

    ``frame`` columns: ``sku, location, description, category, supplier, units_on_hand, cost,
    unit_cost`` and the item master's numbers (NaN where it has none); ``position`` is the row in
    the balance set. Consigned-in goods are left out: they are not the entity's (accounting.md A6).
    """

    frame: pd.DataFrame
    consigned_cost: float

    @property
    def items(self) -> Items:
        """The keys that scoped policy values are resolved by."""
        return Items(
            sku=self.frame["sku"].to_numpy(dtype=object),
            location=self.frame["location"].to_numpy(dtype=object),
            supplier=self.frame["supplier"].to_numpy(dtype=object),
            category=self.frame["category"].to_numpy(dtype=object),
        )

    @cached_property
    def index(self) -> pd.Index[Any]:
        """SKU and location of each line as one key."""
        import pandas as pd

        return pd.Index(self.frame["sku"] + "\x1f" + self.frame["location"])

    def __len__(self) -> int:
        return len(self.frame)


def item_lines(tables: Tables, positions: NDArray[np.int64]) -> ItemLines:
    """Join the current period's balance rows with the item master.

    Parameters
    ----------
    tables
        The checked workbook.
    positions
        Rows of the balance set that belong to the current period.
    """
    import pandas as pd

    balance = tables.balance_set.frame.iloc[positions]
    frame = pd.DataFrame(
        {
            "sku": balance["sku"].to_numpy(dtype=object),
            "location": balance["location"].to_numpy(dtype=object),
            "units_on_hand": balance["eop_units"].to_numpy(dtype=np.float64),
            "cost": balance["eop_cost"].to_numpy(dtype=np.float64),
            "position": positions,
        }
    )
    # Units without cost, cost without units and negative stock are STOP findings of the foot
    # tests; only what can be valued goes on, so that the other findings are still gathered.
    frame = frame[((frame["units_on_hand"] > 0) & (frame["cost"] >= 0)).to_numpy()]
    consigned = _consigned(tables.get("Locations"), frame["location"])
    consigned_cost = float(frame.loc[consigned, "cost"].sum())
    frame = frame[~consigned]
    master = tables.item_master.frame.drop_duplicates("sku").set_index("sku")
    said = master.reindex(frame["sku"]).set_axis(frame.index)
    for name in _TEXT:
        known = said[name].astype(object) if name in said else None
        frame[name] = "" if known is None else known.where(known.notna(), "")
    for name in _NUMBERS:
        frame[name] = said[name].astype(float) if name in said else np.nan
    frame.loc[frame["category"] == "", "category"] = "(no category)"
    frame["unit_cost"] = average_unit_cost(frame["cost"], frame["units_on_hand"])
    frame = frame.sort_values(["category", "sku", "location"], kind="stable")
    return ItemLines(frame.reset_index(drop=True), consigned_cost)


def _consigned(locations: Table | None, location: pd.Series[str]) -> NDArray[np.bool_]:
    if locations is None or "type" not in locations.frame:
        return np.zeros(len(location), dtype=bool)
    kinds = locations.frame.set_index("location")["type"]
    return (location.map(kinds) == "consignment").to_numpy()


def keyed(lines: ItemLines, table: Table, columns: list[str]) -> pd.DataFrame:
    """Rows of ``table`` with the line each belongs to (``line``); unmatched rows are dropped.

    A row with a blank location belongs to the SKU's lines as a whole: ``line`` is then the SKU's
    first line and ``shared`` is true.
    """
    import pandas as pd

    rows = table.frame[[c for c in ["sku", "location", *columns] if c in table.frame]].copy()
    rows["position"] = np.arange(len(rows))
    has_location = "location" in rows
    place = rows["location"].fillna("") if has_location else pd.Series("", index=rows.index)
    shared = (place == "").to_numpy()
    line = lines.index.get_indexer(pd.Index(rows["sku"] + "\x1f" + place))
    if shared.any():
        sku = lines.frame["sku"].drop_duplicates()
        line[shared] = rows["sku"][shared].map(pd.Series(sku.index, index=sku)).fillna(-1)
    rows["shared"], rows["line"] = shared, line.astype(np.int64)
    return rows[line >= 0]


def by_line(
    line: NDArray[np.int64], values: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Sum ``values`` by the line each belongs to; unknown values add nothing."""
    known = np.nan_to_num(np.asarray(values, dtype=np.float64))
    return np.bincount(line, weights=known, minlength=count).astype(np.float64)
