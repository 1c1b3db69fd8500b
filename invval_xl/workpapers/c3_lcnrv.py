"""C-3 LCNRV: a row a SKU x location x tranche, every derived column a native formula.

The policy values stand at the head of the paper in input cells; each row names the one it uses by
number, so changing a cell changes every row that rests on it, in any spreadsheet program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.evidence import MONTH_DAYS
from invval_xl.reserving.predicted_rows import PRICES
from invval_xl.workpapers.c3_formulas import Heads, formulas
from invval_xl.workpapers.c3_predicted import OBSOLETE_CUT, READING, lay_weights
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Place, Sheet, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LcnrvPaper", "lay_lcnrv"]

NAME = "C-3 LCNRV"
_COLUMNS = 14

# What a first reading can do without: grouped behind Excel's [+], not printed, every formula rests
# on them. (The columns up to J are shared with the assumptions above.)
_DETAIL = (
    "demand_horizon_days", "item_cost", "reference", "markdown_probability_ref",
    "markdown_rate_ref", "contract_price", "channel_ref", "cost_to_complete", "cost_to_sell",
    "own_sell_rate", "cost_to_sell_rate_ref", "ordinary_nrv", "carried_value",
    "expected_shortfall", "reversible", "age_table_reserve", "coverage_table_reserve", "item_row",
    "p_no_sale_90", "outlast_share", "unsold_ref", *PRICES, "price_low", "price_high",
    "sold_nrv", "sold_shortfall", "unsold_nrv",
)  # fmt: skip


_WITHOUT = {
    "SalesHistory": "demand and recent prices come from the balance set.",
    "MarketPrices": "prices come from recent sales or the ticket.",
    "CostLayers": "ages come from the balance set's receipts.",
    "FirmOrders": "no unit is valued at a contract price.",
    "Quality": "no unit is valued as damaged.",
    "OpeningReserve": "the period opens without a reserve.",
}


class LcnrvPaper:
    """The laid paper: its sheet, where its table stands, and which rows belong to which line."""

    def __init__(
        self,
        sheet: Sheet,
        place: Place,
        heads: Heads,
        first: NDArray[np.int64],
        last: NDArray[np.int64],
    ) -> None:
        self.sheet = sheet
        self.place = place
        self.heads = heads
        self.first = first
        self.last = last

    def span(self, name: str, line_position: int) -> str:
        """Sum over the rows of one line: ``SUM('C-3 LCNRV'!$AN$40:$AN$41)``."""
        return str(self.spans(name, np.array([line_position]))[0])

    def spans(self, name: str, line_positions: NDArray[np.int64]) -> NDArray[np.object_]:
        """The same for many lines at once."""
        column = f"${self.place.letters[name]}$"
        start, end = f"SUM({self.place.quoted}!{column}", f":{column}"
        first = (self.place.first_row + self.first[line_positions]).tolist()
        last = (self.place.first_row + self.last[line_positions]).tolist()
        return texts(f"{start}{a}{end}{b})" for a, b in zip(first, last, strict=True))


def lay_lcnrv(case: Case) -> LcnrvPaper:
    """Lay C-3 from the proposal."""
    proposal = case.proposal
    frame = proposal.frame
    lcm = proposal.measurement == "lcm"
    sheet = open_paper(
        case,
        NAME,
        "Test every SKU x location x tranche at the lower of cost "
        + ("or market." if lcm else "and net realizable value."),
        _source(case),
        [
            "Units are split by purpose: firm orders, damaged, ordinary demand over the horizon,"
            " excess (IAS 2.31; ASC 330-10-35-8 with tranches of an item).",
            "Price: the best evidence at the date (IAS 2.30; ASC 330-10-20); excess and damaged"
            " units at what their channel brings.",
            "NRV = price less costs to complete and to sell (IAS 2.6; ASC 330-10-20), rounded to"
            " four places; the shortfall is taken per unit, then extended and rounded to cents.",
            *(
                [
                    "Market = replacement cost within ceiling (NRV) and floor (NRV less normal"
                    " profit) (ASC 330-10-35-1C)."
                ]
                if lcm
                else []
            ),
            "Price test: every unit at the ordinary price. Quantity test: units beyond demand, and"
            " damaged or contracted units, at their own. The binding one is named.",
            *(
                [
                    "Required by model: ordinary demand over the trained model's chances and"
                    " prices; required is the rule's or the model's as column Basis says"
                    " (AS 2501.09)."
                ]
                if case.prediction is not None
                else []
            ),
            "Write-down = required less the reserve brought forward, never below zero; what is no"
            " longer required is " + _release_rule(case),
        ],
        inputs=_present(case),
        columns=_COLUMNS,
    )
    heads = _heads(case, sheet)
    sheet.section("Results", _COLUMNS)
    columns = formulas(frame, heads, lcm=lcm)
    place = sheet.table(columns, total_label="Total", filters=True, header_height=45)
    sheet.detail(place, _DETAIL)
    sheet.freeze = (place.header_row + 1, 3)
    sheet.repeat_columns = (1, 3)
    sheet.repeat_rows = (place.header_row, place.header_row)
    start = proposal.first_rows
    first = np.flatnonzero(start)
    last = np.append(first[1:], len(frame)) - 1
    charge = float(np.nansum(frame["write_down"]))
    undetermined = int((~frame["determined"]).sum())
    close_paper(
        sheet,
        [
            f"Write-down of the period {charge:,.2f} over {len(first):,} items in "
            f"{len(frame):,} tranches; it agrees to C-1, C-4 and C-5.",
            "Every row could be determined."
            if not undetermined
            else f"{undetermined:,} row(s) could not be determined; they stand at cost and are "
            "listed on C-12.",
            f"Prices and demand: {case.method}.",
        ],
        ["F", "RC"],
        ["C-1 Lead", "C-4 Rollforward", "C-6 Rationale", "C-9 Sensitivity"],
        columns=_COLUMNS,
    )
    return LcnrvPaper(sheet, place, heads, first, last)


def _release_rule(case: Case) -> str:
    if case.control.framework.value == "us-gaap":
        return (
            "the new cost basis and is kept, but for a recovery within the same fiscal year"
            " (ASC 330-10-35-14; ASC 270-10-45-6)."
        )
    return "reversed, up to the original write-down (IAS 2.33; FRS 102 13.19)."


def _source(case: Case) -> list[str]:
    """What the absence of an input sheet means for the paper."""
    return [
        f"{name}: not in the workbook; {means}"
        for name, means in _WITHOUT.items()
        if case.tables.get(name) is None
    ]


def _present(case: Case) -> tuple[str, ...]:
    """The input sheets the paper draws on, by name."""
    names = ("BalanceSet", "ItemMaster", *_WITHOUT)
    return tuple(name for name in names if case.tables.get(name) is not None)


def _heads(case: Case, sheet: Sheet) -> Heads:
    """The policy in force, in cells: scoped values by number, then the tables and cut-offs."""
    proposal, policy = case.proposal, case.proposal.policy
    sheet.section("Assumptions in use (change a yellow cell and the paper recalculates)", _COLUMNS)
    used = proposal.used
    is_rate = np.array(["rate" in s.parameter or "probability" in s.parameter for s in used], bool)
    assumptions = sheet.table(
        [
            Column("number", "No.", np.arange(1.0, len(used) + 1), "count", width=18),
            Column(
                "name", "Assumption", texts(s.parameter.replace("_", " ") for s in used), width=22
            ),
            Column("scope", "Applies to", texts(s.applies_to for s in used), width=16),
            Column(
                "value",
                "Value",
                np.array([float(str(s.value)) for s in used]),
                "input_number",
                styles=np.where(is_rate, "input_rate", "input_number").astype(object),
            ),
            Column("lines", "Items", np.array(proposal.used_lines, dtype=float), "count"),
            Column("effective", "Effective", texts(str(s.effective_from or "") for s in used)),
            Column("owner", "Owner", texts(s.owner for s in used)),
            Column("approved", "Approved by", texts(s.approved_by for s in used)),
            Column("origin", "Stated in", texts(s.origin for s in used)),
            Column("source", "Source", texts(s.source for s in used)),
        ]
    )
    sheet.space()
    modelled = case.prediction is not None
    sell = policy.numbers("sensitivity_cost_to_sell_rates")
    liquidation = policy.numbers("sensitivity_liquidation_rates")
    cut = policy.number
    facts = sheet.facts(
        [
            ("Reading posted", proposal.reading.value, "input_text"),
            ("Low: cost to sell rate", min(sell), "input_rate"),
            ("Low: liquidation rate", max(liquidation), "input_rate"),
            ("High: cost to sell rate", max(sell), "input_rate"),
            ("High: liquidation rate", min(liquidation), "input_rate"),
            ("Red from days of supply", cut("tier_red_days_of_supply"), "input_number"),
            ("Orange from days of supply", cut("tier_orange_days_of_supply"), "input_number"),
            ("Yellow from days of supply", cut("tier_yellow_days_of_supply"), "input_number"),
            ("Orange from markdown chance", cut("tier_orange_markdown_probability"), "input_rate"),
            ("Yellow from markdown chance", cut("tier_yellow_markdown_probability"), "input_rate"),
            ("Yellow below headroom", cut("tier_yellow_headroom_rate"), "input_rate"),
            *(
                [
                    (READING, proposal.model_reading.value, "input_text"),
                    (OBSOLETE_CUT, cut("tier_red_obsolete_probability"), "input_rate"),
                ]
                if modelled
                else []
            ),
        ]
    )
    bottom = sheet.row
    sheet.row -= len(facts)
    ages = np.array(policy.table("age_table"))
    covers = np.array(policy.table("coverage_table"))
    top = sheet.row
    age_place = sheet.table(
        [
            Column("from", "Age from, days", ages[:, 0], "input_number"),
            Column("rate", "Reserve rate", ages[:, 1], "input_rate"),
        ],
        left=4,
    )
    sheet.row = top
    cover_place = sheet.table(
        [
            Column("from", "Months of supply from", covers[:, 0], "input_number"),
            Column("rate", "Reserve rate", covers[:, 1], "input_rate"),
        ],
        left=7,
    )
    sheet.row = max(bottom, cover_place.last_row + 1, age_place.last_row + 1) + 1
    sheet.text(
        "The ageing and coverage tables are evidence beside the NRV amount (accounting practice, "
        f"never posted by themselves); a month is {MONTH_DAYS:.4f} days.",
        "quiet",
    )
    weights = ""
    if modelled:
        sheet.text(
            "Predicted prices (right end of the rows): eleven points of the model's distribution of"
            " the price over 90 days, lowest first, each for this share of it.",
            "quiet",
        )
        weights = lay_weights(sheet)
    sheet.space()
    local = {label: address.split("!", 1)[1] for label, address in facts.items()}
    return Heads(
        assumptions=assumptions,
        facts=local,
        ages=age_place,
        covers=cover_place,
        addresses=facts,
        weights=weights,
    )
