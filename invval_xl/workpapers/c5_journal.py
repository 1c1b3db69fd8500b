"""C-5 Journal: the entries to post, each in whole cents and each summing to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.decided import DECIDED_TITLE
from invval_xl.workpapers.beside_block import BESIDE_TITLES
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.commitment_block import lay_commitments
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JOURNAL_LINKS", "lay_journal"]

NAME = "C-5 Journal"

# Which foot of another paper an entry's amount comes from, by the entry's title.
JOURNAL_LINKS: Mapping[str, str] = {
    "Write-down of inventory to net realizable value": "charge",
    "Reserve charged to other accounts": "other",
    "Allowance used on disposal": "utilization",
    "Reversal of a write-down": "reversal",
    DECIDED_TITLE: "decided",
}


def lay_journal(case: Case, lead: Place, beside: Place | None = None) -> Sheet:
    """Lay C-5; the sums are formulas on C-1's feet, of items shown and of those kept beside."""
    sheet = open_paper(
        case,
        NAME,
        "State the entries that bring the ledger to the closing reserve of C-4.",
        ["C-1 Lead: write-down, utilization and reversal of the period."],
        [
            "Allowance method: debit the loss, credit the allowance; utilization debits the"
            " allowance and credits inventory (accounting practice; IAS 2.34; ASC 330-10-35-1B).",
            "Debits positive, credits negative; every entry sums to zero in whole cents.",
        ],
    )
    sheet.section("Results")
    charge = _entries(sheet, case, lead, beside)
    sheet.space()
    if case.commitments is not None:
        lay_commitments(sheet, case.commitments)
        sheet.space()
    close_paper(
        sheet,
        [
            f"Entry 1 charges {charge:,.2f}, the write-down of C-3 and C-1."
            if charge
            else "No write-down is charged in the period.",
            "Not to be posted before C-7 has no line left that a person must decide.",
        ],
        ["F", "CF", "RC", "IC"],
        ["C-1 Lead", "C-4 Rollforward"],
    )
    return sheet


def _decided(case: Case) -> float:
    return case.review.queue.decided.total if case.review is not None else 0.0


def _entries(sheet: Sheet, case: Case, lead: Place, beside: Place | None) -> float:
    """Lay the entries of the reserve; return what they charge."""
    lines = [
        (float(number), entry, line)
        for number, entry in enumerate(case.journal, start=1)
        for line in entry.lines
    ]
    if not lines:
        sheet.text("No entry: nothing was charged, used or reversed in the period.", "value")
        return 0.0
    signed = np.array([line.signed_cents / 100 for _, _, line in lines])
    of_beside = {title: name for name, title in BESIDE_TITLES.items()}
    feet = [
        beside.total(of_beside[entry.title])
        if beside is not None and entry.title in of_beside
        else lead.total(JOURNAL_LINKS[entry.title])
        for _, entry, _ in lines
    ]
    # A foot is positive but for the decided adjustments, which may take away from the charge.
    downward = [e.title == DECIDED_TITLE and _decided(case) < 0 for _, e, _ in lines]
    sources = [
        foot if (money > 0) != down else f"-{foot}"
        for foot, money, down in zip(feet, signed, downward, strict=True)
    ]
    place = sheet.table(
        [
            Column("entry", "Entry", np.array([n for n, _, _ in lines]), "count", width=14),
            Column("account", "Account", texts(li.account for _, _, li in lines), width=52),
            Column("debit", "Debit", np.maximum(signed, 0.0), "money", "=MAX([signed],0)",
                   total="sum", width=18),
            Column("credit", "Credit", np.maximum(-signed, 0.0), "money", "=MAX(-[signed],0)",
                   total="sum", width=18),
            Column("signed", "Debit (Credit)", signed, "money", "={source}",
                   {"source": texts(sources)}, total="sum", width=18),
            Column("title", "Description", texts(e.title for _, e, _ in lines), width=50),
            Column("paragraph", "Paragraph", texts(e.paragraph for _, e, _ in lines), width=34),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.space()
    debit, credit = (place.total(name).split("!", 1)[1] for name in ("debit", "credit"))
    balance = sheet.facts([("Debits less credits", 0.0, "money", f"=ROUND({debit}-{credit},2)")])
    cell = balance["Debits less credits"].split("!", 1)[1]
    sheet.tick(int(cell.rsplit("$", 1)[1]), 3, "CF", f"{cell}=0")
    return sum(e.total_debit for e in case.journal if JOURNAL_LINKS.get(e.title) == "charge")
