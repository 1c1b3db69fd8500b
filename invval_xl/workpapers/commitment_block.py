"""The block of C-5 on firm purchase commitments: a liability beside the reserve, never in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.paper import Column, texts

if TYPE_CHECKING:
    from invval_xl.reserving.commitments import Commitments
    from invval_xl.workpapers.paper import Sheet

__all__ = ["lay_commitments"]


def lay_commitments(sheet: Sheet, commitments: Commitments) -> None:
    """The commitments with a loss, and the accrual they ask for."""
    sheet.section("Beside the reserve: loss on firm purchase commitments")
    frame = commitments.frame
    protected = int((frame["protected"] == 1).sum())
    sheet.text(
        f"{len(frame):,} firm commitment(s), of these {protected:,} protected by firm sales "
        f"(ASC 330-10-35-18); {commitments.cancellable:,} cancellable, not tested."
    )
    shown = frame[frame["loss"] > 0]
    if not len(shown):
        sheet.text("None costs more than its goods will bring: nothing to accrue.", "good")
        return
    place = sheet.table(
        [
            Column("id", "Commitment", texts(shown["commitment_id"])),
            Column("sku", "SKU", texts(shown["sku"])),
            Column("units", "Units", shown["units"].to_numpy(dtype=float), "units", total="sum"),
            Column("price", "Contract Unit Price", shown["unit_price"].to_numpy(dtype=float),
                   "unit_price"),
            Column("value", "NRV Per Unit", shown["unit_value"].to_numpy(), "unit_price"),
            Column("loss", "Loss", shown["loss"].to_numpy(), "money",
                   "=ROUND([units]*MAX(0,[price]-MAX([value],0)),2)", total="sum"),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.space()
    total = place.total("loss").split("!", 1)[1]
    sheet.facts([
        ("Dr Loss on purchase commitments", commitments.loss, "money", f"={total}"),
        ("Cr Estimated liability on purchase commitments", commitments.loss, "money", f"={total}"),
    ])  # fmt: skip
