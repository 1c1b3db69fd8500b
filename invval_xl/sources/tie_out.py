"""Movements to balance set to general ledger: three figures that must be one, by location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.guidance.register import finding
from invval_xl.sources.engine import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.findings import Finding
    from invval_xl.sources.config import ImportConfig
    from invval_xl.sources.stages import Staged

__all__ = ["TieOut", "control_findings", "tie_out"]

_UNIT = 1e-6


@dataclass(frozen=True, eq=False)
class TieOut:
    """The three-way tie-out.

    Parameters
    ----------
    frame
        A row a location and one for the total: ``location, moved_units, balance_units,
        moved_cost, balance_cost, ledger_cost, units_difference, movements_to_balance,
        balance_to_ledger``; the ledger is NaN where no balance is stated.
    breaks
        Items and locations whose movements do not lead to what was counted.
    """

    frame: pd.DataFrame
    breaks: pd.DataFrame


def tie_out(
    tied: pd.DataFrame, ledger: pd.DataFrame, config: ImportConfig
) -> tuple[TieOut, list[Finding]]:
    """Compare movements, balance set and ledger at the last period.

    Parameters
    ----------
    tied
        From :class:`invval_xl.sources.balance.Built`.
    ledger
        ``location, balance`` of the ledger extract, empty where there is none.
    config
        ``gl_inventory`` and ``tolerance`` (currency).
    """
    import pandas as pd

    balance_units = np.where(
        tied["counted_units"].isna(), tied["moved_units"], tied["counted_units"]
    )
    rows = tied.assign(balance_units=balance_units)
    by = rows.groupby("location", as_index=False)[
        ["moved_units", "balance_units", "moved_cost", "balance_cost"]
    ].sum()
    stated = (
        ledger.groupby("location", dropna=False)["balance"].sum()
        if len(ledger)
        else pd.Series(dtype=float)
    )
    by["ledger_cost"] = by["location"].map(stated).astype(float)
    total = by.drop(columns="location").sum(numeric_only=True)
    whole = (
        config.gl_inventory
        if config.gl_inventory is not None
        else float(stated.sum())
        if len(stated)
        else np.nan
    )
    last = {"location": "all locations", **total.to_dict(), "ledger_cost": whole}
    frame = pd.concat([by, pd.DataFrame([last])], ignore_index=True)
    frame["units_difference"] = frame["moved_units"] - frame["balance_units"]
    frame["movements_to_balance"] = (frame["moved_cost"] - frame["balance_cost"]).round(2)
    frame["balance_to_ledger"] = (frame["balance_cost"] - frame["ledger_cost"]).round(2)
    breaks = rows[rows["difference"].abs() > _UNIT].copy()
    breaks["dollars"] = (breaks["difference"] * breaks["unit_cost"]).round(2)
    breaks = breaks.sort_values("dollars", key=lambda d: -d.abs(), ignore_index=True)
    found: list[Finding] = []
    if len(breaks):
        shown = "; ".join(
            f"{r.sku} at {r.location}: {r.difference:+,.6g}" for r in rows_of(breaks.head(5))
        )
        at_stake = float(breaks["dollars"].abs().sum())
        found.append(
            finding(
                "IM401",
                sheet="BalanceSet",
                dollars=at_stake,
                count=len(breaks),
                units=float(breaks["difference"].sum()),
                shown=shown,
            )
        )
    gap = float(frame["balance_to_ledger"].iloc[-1])
    if np.isnan(gap):
        found.append(finding("IM403", sheet="Control"))
    elif abs(gap) > config.tolerance:
        found.append(
            finding(
                "IM402",
                sheet="Control",
                dollars=abs(gap),
                balance=float(frame["balance_cost"].iloc[-1]),
                ledger=whole,
                difference=gap,
            )
        )
    return TieOut(frame, breaks), found


def control_findings(staged: list[Staged], config: ImportConfig) -> list[Finding]:
    """Freshness of each extract, and its totals against those its owner states."""
    found: list[Finding] = []
    by_name = {extract.name: extract for extract in config.extracts}
    for stage in staged:
        extract = by_name[stage.name]
        if stage.last:
            late = int((np.datetime64(config.period_end) - np.datetime64(stage.last)).astype(int))
            if late > extract.fresh_within_days:
                found.append(
                    finding(
                        "IM405",
                        sheet=stage.name,
                        last=stage.last,
                        days=late,
                        allowed=extract.fresh_within_days,
                    )
                )
            elif late < 0:
                found.append(
                    finding(
                        "IM409", sheet=stage.name, last=stage.last, period_end=config.period_end
                    )
                )
        figures = {"rows": float(stage.read), "units": stage.units, "dollars": stage.dollars}
        for name, stated in extract.control_totals.items():
            ours = figures.get(name)
            if ours is not None and abs(ours - stated) > 0.005:  # noqa: PLR2004 - half a cent
                found.append(
                    finding(
                        "IM404",
                        sheet=stage.name,
                        dollars=abs(ours - stated) if name == "dollars" else None,
                        what=name,
                        ours=ours,
                        stated=stated,
                        difference=ours - stated,
                    )
                )
        if not stage.kept:
            found.append(finding("IM407", sheet=stage.name, read=stage.read))
    return found
