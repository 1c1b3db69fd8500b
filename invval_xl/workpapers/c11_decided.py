"""Who was right on C-11: each decided line's recommendation and decision against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.decided import BOTH, NOT_YET, PROPOSAL, REVIEWER
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["lay_decided"]

_COLUMNS = 14
_MOST = 400  # the newest; the reviewers' table counts those shown


def lay_decided(sheet: Sheet, outcomes: pd.DataFrame) -> None:
    """Lay the decided lines, then each reviewer's record."""
    sheet.section("Who was right: decisions of earlier closes against what came", _COLUMNS)
    shown = outcomes.tail(_MOST).reset_index(drop=True)
    if len(shown) < len(outcomes):
        sheet.text(
            f"The newest {len(shown):,} of {len(outcomes):,} decisions; the ledger holds them all.",
            "quiet",
        )
    sheet.text(
        "Realised is the loss of the whole line as it was decided on: units gone at what they"
        " brought, the others re-estimated at this close. Nobody was right before a unit is gone.",
        "quiet",
    )
    lines = _lines(sheet, shown)
    sheet.space()
    _reviewers(sheet, shown, lines)


def _lines(sheet: Sheet, shown: pd.DataFrame) -> Place:
    def money(name: str, header: str, formula: str = "", total: str = "sum") -> Column:
        return Column(name, header, shown[name].to_numpy(dtype=np.float64), "money", formula,
                      total=total, width=15)  # fmt: skip

    ours, theirs = "ABS([recommended]-[realised])", "ABS([decided]-[realised])"
    verdict = (
        f'=IF([units_gone]<=0,"{NOT_YET}",IF(ROUND({ours},2)=ROUND({theirs},2),"{BOTH}",'
        f'IF(ROUND({theirs},2)<ROUND({ours},2),"{REVIEWER}","{PROPOSAL}")))'
    )
    return sheet.table(
        [
            Column("period_end", "Decided At", texts(f"Close {p}" for p in shown["period_end"]),
                   width=24),
            Column("sku", "SKU", texts(shown["sku"])),
            Column("location", "Location", texts(shown["location"])),
            Column("act", "Decision", texts(shown["act"]), "center"),
            Column("reviewer", "Reviewer", texts(shown["reviewer"]), width=18),
            Column("units", "Units Then", shown["units"].to_numpy(dtype=np.float64), "units"),
            Column("units_gone", "Units Gone", shown["units_gone"].to_numpy(dtype=np.float64),
                   "units"),
            money("recommended", "Recommended"),
            money("decided", "Decided"),
            money("net_proceeds", "Net Proceeds"),
            money("loss_gone", "Loss On Units Gone"),
            money("loss_left", "Loss On Units Left (Re-estimate)"),
            money("realised", "Realised Loss", "=ROUND([loss_gone]+[loss_left],2)"),
            Column("nearer", "Who Was Nearer", texts(shown["nearer"]), "center", verdict, width=16),
        ],
        total_label="Total",
    )  # fmt: skip


def _reviewers(sheet: Sheet, shown: pd.DataFrame, lines: Place) -> None:
    """How often each reviewer came nearer, and the dollars both missed by, where it is known."""
    sheet.section("The record of each reviewer, decisions whose outcome is known", _COLUMNS)
    names = sorted(set(shown["reviewer"].astype(str)))
    known = shown[shown["nearer"] != NOT_YET]
    who, verdict = lines.local("reviewer"), lines.local("nearer")

    def counted(name: str, header: str, word: str) -> Column:
        hit = shown[shown["nearer"] == word].groupby("reviewer").size()
        return Column(name, header, np.asarray(hit.reindex(names).fillna(0.0), np.float64), "count",
                      f'=COUNTIFS({who},[reviewer],{verdict},"{word}")', total="sum",
                      width=14)  # fmt: skip

    def missed(of: str, header: str) -> Column:
        gap = (known[of] - known["realised"]).abs().groupby(known["reviewer"]).sum()
        formula = (
            f'=ROUND(SUMPRODUCT(({who}=[reviewer])*({verdict}<>"{NOT_YET}")'
            f"*ABS({lines.local(of)}-{lines.local('realised')})),2)"
        )
        return Column(f"{of}_gap", header,
                      np.asarray(gap.reindex(names).fillna(0.0).round(2), np.float64), "money",
                      formula, total="sum", width=15)  # fmt: skip

    sheet.table(
        [
            Column("reviewer", "Reviewer", texts(names), width=24),
            counted("nearer", "Reviewer Nearer", REVIEWER),
            counted("proposal", "Proposal Nearer", PROPOSAL),
            counted("both", "Both Alike", BOTH),
            counted("open", "Not Known Yet", NOT_YET),
            missed("decided", "Decisions Missed By"),
            missed("recommended", "Proposals Missed By"),
        ],
        total_label="Total",
    )  # fmt: skip
