"""Breaks as rows: one a SKU, location, period and valuation, with its dollars and its cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.reserving.panel import Panel

__all__ = ["BREAK_COLUMNS", "BreakLog"]

BREAK_COLUMNS = (
    "test", "sku", "location", "period_end", "valuation", "kind", "units", "dollars", "cell",
    "cause", "current", "stops", "group",
)  # fmt: skip


@dataclass(eq=False)
class BreakLog:
    """Collects breaks of every foot test; ``group`` joins the valuations of one cause."""

    parts: list[dict[str, NDArray[np.generic]]] = field(default_factory=list)
    groups: int = 0

    def add(
        self,
        panel: Panel,
        test: int,
        rows: NDArray[np.int64],
        *,
        valuation: str,
        kind: NDArray[np.object_] | str,
        units: NDArray[np.float64],
        dollars: NDArray[np.float64],
        column: NDArray[np.object_] | str,
        cause: NDArray[np.object_] | str,
        stops: NDArray[np.bool_],
        group: NDArray[np.int64] | None = None,
    ) -> None:
        """Add breaks at panel rows; ``column`` names the sheet column each stands in."""
        self.add_at(
            panel, test, panel.position[rows], rows, valuation=valuation, kind=kind, units=units,
            dollars=dollars, column=column, cause=cause, stops=stops, group=group,
        )  # fmt: skip

    def add_at(
        self,
        panel: Panel,
        test: int,
        positions: NDArray[np.int64],
        rows: NDArray[np.int64],
        *,
        valuation: str,
        kind: NDArray[np.object_] | str,
        units: NDArray[np.float64],
        dollars: NDArray[np.float64],
        column: NDArray[np.object_] | str,
        cause: NDArray[np.object_] | str,
        stops: NDArray[np.bool_],
        group: NDArray[np.int64] | None = None,
    ) -> None:
        """Add breaks that stand at ``positions`` of the table and share the keys of ``rows``."""
        n = len(rows)
        if not n:
            return
        if group is None:
            group = self.groups + np.arange(n)
            self.groups += n
        columns = np.full(n, column, dtype=object) if isinstance(column, str) else column
        cells = [panel.table.cell(int(p), str(c)) for p, c in zip(positions, columns, strict=True)]
        self.parts.append(
            {
                "test": np.full(n, test),
                "sku": panel.skus[panel.sku_code[rows]],
                "location": panel.places[panel.place_code[rows]],
                "period_end": panel.periods[panel.period[rows]],
                "valuation": np.full(n, valuation, dtype=object),
                "kind": np.full(n, kind, dtype=object) if isinstance(kind, str) else kind,
                "units": np.round(units, 9),
                "dollars": np.round(dollars, 6),
                "cell": np.array(cells, dtype=object),
                "cause": np.full(n, cause, dtype=object) if isinstance(cause, str) else cause,
                "current": panel.is_current[rows],
                "stops": stops,
                "group": group,
            }
        )

    def frame(self) -> pd.DataFrame:
        """All breaks, in the order of period, SKU, location and valuation."""
        import pandas as pd

        if not self.parts:
            return pd.DataFrame({name: np.zeros(0, dtype=object) for name in BREAK_COLUMNS})
        text = ("sku", "location", "valuation", "kind", "cell", "cause")
        columns = {
            name: np.concatenate([part[name] for part in self.parts]) for name in BREAK_COLUMNS
        }
        frame = pd.DataFrame(
            {n: pd.Series(v, dtype=object) if n in text else v for n, v in columns.items()}
        )
        order = ["period_end", "sku", "location", "test", "valuation"]
        return frame.sort_values(order, kind="stable").reset_index(drop=True)
