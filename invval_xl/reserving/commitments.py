"""Firm purchase commitments: a net loss is recognized like one on inventory, unless protected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.commitments import commitment_loss_by_unit
from invval_xl.accounting.money import round_money, total_money
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.findings import Finding
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.tables.table import Tables

__all__ = ["Commitments", "judge_commitments"]


@dataclass(frozen=True, eq=False)
class Commitments:
    """Commitments that bind, each against the unit value its item is carried at.

    ``frame`` columns: ``commitment_id, sku, units, unit_price, unit_value, protected, loss`` in
    the sheet's order; ``unit_value`` and ``loss`` are NaN where the item is not held or has no
    price. The loss is a liability, not part of the reserve (ASC 330-10-35-17; IAS 37).
    """

    frame: pd.DataFrame
    cancellable: int
    findings: tuple[Finding, ...] = ()

    @property
    def loss(self) -> float:
        """Total of the losses that could be determined, in whole cents."""
        return total_money(np.nan_to_num(self.frame["loss"].to_numpy(dtype=float)))


def judge_commitments(tables: Tables, proposal: Proposal) -> Commitments | None:
    """Hold firm commitments against NRV (market where LCM applies); ``None`` without the sheet."""
    table = tables.get("PurchaseCommitments")
    if table is None:
        return None
    frame = table.frame.copy()
    for name in ("cancellable", "protected"):
        frame[name] = frame[name].fillna(0.0) if name in frame else 0.0
    if "commitment_id" not in frame:
        frame["commitment_id"] = ""
    cancellable = int((frame["cancellable"] == 1).sum())
    frame = frame[(frame["cancellable"] != 1) & (frame["units"] > 0)].reset_index(drop=True)
    frame["unit_value"] = frame["sku"].map(_unit_value(proposal)).astype(float)
    units = frame["units"].to_numpy(dtype=float)
    loss = commitment_loss_by_unit(
        units,
        frame["unit_price"].to_numpy(dtype=float),
        frame["unit_value"].to_numpy(),
        protected_units=np.where(frame["protected"] == 1, units, 0.0),
    )
    frame["loss"] = round_money(loss)
    names = ["commitment_id", "sku", "units", "unit_price", "unit_value", "protected", "loss"]
    judged = Commitments(frame[names], cancellable)
    return Commitments(judged.frame, cancellable, _said(table.sheet, judged))


def _unit_value(proposal: Proposal) -> pd.Series[float]:
    """What a unit of each SKU may be carried at in the ordinary course, mean over its rows."""
    rows = proposal.frame[["sku", "units", "ordinary_nrv"]].dropna()
    rows = rows.assign(value=rows["units"] * rows["ordinary_nrv"].clip(lower=0.0))
    sums = rows.groupby("sku")[["value", "units"]].sum()
    return (sums["value"] / sums["units"]).round(4)


def _said(sheet: str, judged: Commitments) -> tuple[Finding, ...]:
    out = []
    if judged.loss:
        count = int((judged.frame["loss"] > 0).sum())
        out.append(finding("RV501", sheet=sheet, dollars=judged.loss, count=count,
                           loss=judged.loss))  # fmt: skip
    unknown = judged.frame[judged.frame["loss"].isna()]
    if len(unknown):
        at_stake = float((unknown["units"] * unknown["unit_price"]).sum())
        out.append(finding("RV502", sheet=sheet, dollars=at_stake, count=len(unknown),
                           committed=at_stake, sku=unknown["sku"].iloc[0]))  # fmt: skip
    return tuple(out)
