"""C-8 Exceptions: where the recommended reserve moves most from the current one, both ways.

Current is the reserve last period closed with (OpeningReserve); recommended is what this period
closes with. Each line shown names its row on C-3 and C-6; the others are one sum each way, so that
the paper foots to C-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sums import money_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.workpapers.c1_lead import LeadPaper
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.c4_rollforward import RollforwardPaper

__all__ = ["lay_exceptions_paper", "threshold_of"]

NAME = "C-8 Exceptions"
_COLUMNS = 13
_MOVES = ("charge", "other", "utilization", "reversal")


def threshold_of(case: Case) -> tuple[float, str]:
    """The change from which a line is listed, and where that comes from."""
    policy = case.proposal.policy
    materiality = case.control.materiality
    if materiality:
        share = policy.number("exception_materiality_share")
        return round(materiality * share, 2), f"{share:.1%} of the materiality in Control"
    return policy.number("exception_floor"), "policy, as Control states no materiality"


def lay_exceptions_paper(
    case: Case, lead: LeadPaper, c3: LcnrvPaper, c4: RollforwardPaper, rationale: Sheet
) -> Sheet:
    """Lay C-8 over C-4's items."""
    items = case.rollforward
    change = np.round((items["closing"] - items["opening"]).to_numpy(dtype=float), 2)
    asked, origin = threshold_of(case)
    most = int(case.proposal.policy.number("exception_lines"))
    size = np.sort(np.abs(change))[::-1]
    threshold = max(asked, float(size[most])) if len(size) > most else asked
    sheet = open_paper(
        case,
        NAME,
        "Show where the recommended reserve differs most from the current one, by dollars.",
        [
            "Current: the reserve last period closed with, C-4's opening. Recommended: what this"
            " period closes with, C-4's closing, after charge, utilization and reversal.",
        ],
        [
            f"List every item that moves by more than {threshold:,.2f} ({origin}"
            + (f"; raised so that {most:,} lines are shown)" if threshold > asked else ")")
            + ", increases and decreases, the largest first.",
            "Sum the others each way, and agree the whole to C-4 and C-1.",
            "Read each line's reason on C-6 and its figures on C-3 (AS 2501; ISA 540.18, 540.32).",
        ],
        inputs=("OpeningReserve",),
        columns=_COLUMNS,
    )
    facts = sheet.facts([("Listed above a change of", threshold, "money")])
    at = facts["Listed above a change of"].split("!", 1)[1]
    sheet.widths[1] = 26
    sheet.space()
    feet = []
    for title, sign in (("Increases", 1.0), ("Decreases", -1.0)):
        sheet.section(f"Results: {title.lower()}", _COLUMNS)
        shown = np.flatnonzero(sign * change > threshold)
        shown = shown[np.argsort(-np.abs(change[shown]), kind="stable")]
        rest = items[(sign * change > 0) & (sign * change <= threshold)]
        feet.append(_direction(sheet, case, c3, c4, rationale, items.iloc[shown], rest, sign, at))
        sheet.space()
    _tie(sheet, case, lead, c4, feet)
    listed = int((np.abs(change) > threshold).sum())
    up, down = money_total(change[change > 0]), money_total(change[change < 0])
    close_paper(
        sheet,
        [
            f"{listed:,} of {len(items):,} item(s) move by more than {threshold:,.2f}; the reserve"
            f" rises by {up:,.2f} and falls by {-down:,.2f}, {up + down:,.2f} in all.",
        ],
        ["F", "IC"],
        ["C-1 Lead", "C-3 LCNRV", "C-4 Rollforward", "C-6 Rationale"],
        columns=_COLUMNS,
    )
    return sheet


def _direction(
    sheet: Sheet,
    case: Case,
    c3: LcnrvPaper,
    c4: RollforwardPaper,
    rationale: Sheet,
    shown: pd.DataFrame,
    rest: pd.DataFrame,
    sign: float,
    threshold: str,
) -> tuple[str, str, str]:
    """One direction: its lines, the sum of the others, its total; the total's addresses."""
    word = "increases" if sign > 0 else "decreases"
    line = shown["line"].to_numpy(dtype=int)
    position = shown.index.to_numpy()
    held = line >= 0
    lines = case.lines

    def fact(name: str, gone: str) -> NDArray[np.object_]:
        of_line = lines[name].to_numpy(dtype=object)
        return texts(of_line[i] if i >= 0 else gone for i in line)

    opening, closing = shown["opening"].to_numpy(float), shown["closing"].to_numpy(float)
    change = np.round(closing - opening, 2)
    share = np.divide(change, opening, out=np.full(len(change), np.nan), where=opening != 0)
    tiers = fact("tier", "not held")
    c3_rows = np.where(held, c3.place.first_row + c3.first[np.maximum(line, 0)], 0)
    on_c6 = _rows_of(rationale)
    c6_rows = [on_c6.get(key, 0) for key in zip(shown["sku"], shown["location"], strict=True)]
    place = sheet.table(
        [
            Column("sku", "SKU", texts(shown["sku"]), width=26),
            Column("location", "Location", texts(shown["location"]), width=12),
            Column("category", "Category", texts(shown["category"]), width=16),
            Column("tier", "Risk Tier", tiers, "center", width=9,
                   styles=texts(f"tier_{t}" if i >= 0 else "center"
                                for t, i in zip(tiers, line, strict=True))),
            Column("opening", "Current Reserve", opening, "money", "={f}",
                   {"f": texts(c4.items.cell("opening", int(i)) for i in position)}, width=15),
            Column("closing", "Recommended Reserve", closing, "money", "={f}",
                   {"f": texts(c4.items.cell("closing", int(i)) for i in position)}, width=15),
            Column("change", "Change", change, "money", "=ROUND([closing]-[opening],2)", width=15),
            Column("share", "Change, %", share, "rate",
                   '=IF([opening]=0,"",[change]/[opening])', width=10),
            Column("required", "Required Reserve",
                   np.where(held, lines["required"].to_numpy(float)[np.maximum(line, 0)], np.nan),
                   "money", "={f}",
                   {"f": texts(c3.span("required", int(i)) if i >= 0 else '""' for i in line)},
                   width=15),
            Column("test", "Binding Test", fact("binding", "none"), "center", width=13),
            Column("why", "Reason", texts(_reasons(case, shown, sign)), "wrap", width=44),
        ],
        ticked=False,
    )  # fmt: skip
    for i in range(len(shown)):
        row = place.first_row + i
        if c3_rows[i]:
            sheet.put(row, 12, f"C-3 row {c3_rows[i]}", "link",
                      link=f"'C-3 LCNRV'!A{c3_rows[i]}")  # fmt: skip
        if c6_rows[i]:
            sheet.put(row, 13, f"C-6 row {c6_rows[i]}", "link",
                      link=f"'C-6 Rationale'!A{c6_rows[i]}")  # fmt: skip
    sheet.put(place.header_row, 12, "On C-3", "header")
    sheet.put(place.header_row, 13, "On C-6", "header")
    sheet.widths.update({12: 13, 13: 13})
    return _feet(sheet, c4, place, shown, rest, word, sign, threshold)


def _rows_of(rationale: Sheet) -> dict[tuple[str, str], int]:
    """Sheet row of each line explained on C-6."""
    for place, values in rationale.tables:
        if {"sku", "location", "why"} <= values.keys():
            keys = zip(values["sku"], values["location"], strict=True)
            return {key: place.first_row + i for i, key in enumerate(keys)}
    return {}


def _reasons(case: Case, shown: pd.DataFrame, sign: float) -> list[str]:
    """What moved the reserve, largest part first, in a few words."""
    words = {
        "charge": "charged",
        "other": "charged to other accounts",
        "utilization": "used on units that left",
        "reversal": "reversed",
    }
    out = []
    bindings = case.lines["binding"].to_numpy(dtype=object)
    required = case.lines["required"].to_numpy(dtype=float)
    for row in shown.to_dict("records"):
        moves = sorted(((abs(row[m]), m) for m in _MOVES if row[m]), reverse=True)
        told = ", ".join(f"{words[m]} {amount:,.2f}" for amount, m in moves) or "carried forward"
        if row["line"] < 0:
            out.append(f"No longer held: {told}.")
            continue
        line = int(row["line"])
        test = (
            f"{bindings[line]} test"
            if sign > 0
            else "now required by the "
            + (f"{bindings[line]} test" if required[line] else "tests: nothing")
        )
        out.append(f"{told.capitalize()}; {test}.")
    return out


def _feet(
    sheet: Sheet,
    c4: RollforwardPaper,
    place: Place,
    shown: pd.DataFrame,
    rest: pd.DataFrame,
    word: str,
    sign: float,
    threshold: str,
) -> tuple[str, str, str]:
    """The sum of the lines listed, of the others by their own conditions, and of both."""
    row = sheet.row
    o, c = c4.items.range("opening"), c4.items.range("closing")
    # Whole cents: half a cent parts them without an array ROUND, which not every engine has.
    moved = f"({c}-{o}" if sign > 0 else f"({o}-{c}"
    small = f"{moved}>0.005)*{moved}<={threshold}+0.005)"
    labels = (
        f"{len(shown):,} listed",
        f"{len(rest):,} smaller {word}",
        f"All {word}",
    )
    total = len(labels) - 1
    for i, label in enumerate(labels):
        for column in (2, 3, 4, *range(9, _COLUMNS - 1)):
            sheet.put(row + i, column, None, "total_label" if i == total else "text")
        sheet.put(row + i, 1, label, "total_label" if i == total else "text")
    totals = []
    for letter, name in (("E", "opening"), ("F", "closing")):
        values = [money_total(shown[name]), money_total(rest[name])]
        formulas = (
            f"=ROUND(SUM({place.local(name)}),2)" if len(shown) else "=0",
            f"=ROUND(SUMPRODUCT({small}*{c4.items.range(name)}),2)",
            f"=ROUND({letter}{row}+{letter}{row + 1},2)",
        )
        values.append(round(sum(values), 2))
        totals.append(_three(sheet, row, 1 + "ABCDEF".index(letter), values, formulas))
    changes = [
        round(money_total(part["closing"]) - money_total(part["opening"]), 2)
        for part in (shown, rest)
    ]
    changes.append(round(sum(changes), 2))
    differences = tuple(f"=ROUND(F{row + i}-E{row + i},2)" for i in range(len(labels)))
    totals.append(_three(sheet, row, 7, changes, differences))
    if len(shown):
        body = place.local("change")
        sheet.tick(row, 8, "F", f"ROUND(SUM({body})-G{row},2)=0")
    sheet.row = row + 3
    sheet.keep(row, row + total)
    return totals[0], totals[1], totals[2]


def _three(
    sheet: Sheet, row: int, column: int, values: Sequence[float], formulas: Sequence[str]
) -> str:
    """Listed, others and all of one column; the address of all."""
    *parts, (value, formula) = zip(values, formulas, strict=True)
    for i, (part, of_part) in enumerate(parts):
        sheet.put(row + i, column, part, "money", formula=of_part)
    return sheet.put(row + len(parts), column, value, "money_total", formula=formula)


def _tie(
    sheet: Sheet,
    case: Case,
    lead: LeadPaper,
    c4: RollforwardPaper,
    feet: list[tuple[str, str, str]],
) -> None:
    """Increases, decreases and what did not move are C-4's and C-1's totals."""
    items = case.rollforward
    still = items[np.round(items["closing"] - items["opening"], 2) == 0]
    o, c = c4.items.range("opening"), c4.items.range("closing")
    local = [[a.split("!", 1)[1] for a in f] for f in feet]
    opening, closing = money_total(items["opening"]), money_total(items["closing"])
    sheet.section("Tie-out", _COLUMNS)
    places = sheet.facts(
        [
            (
                f"{len(still):,} item(s) that did not move",
                money_total(still["closing"]),
                "money",
                f"=ROUND(SUMPRODUCT(({c}-{o}<0.005)*({o}-{c}<0.005)*{c}),2)",
            ),
        ]
    )
    unmoved = next(iter(places.values())).split("!", 1)[1]
    places = sheet.facts(
        [
            ("Current, this paper", opening, "money",
             f"=ROUND({local[0][0]}+{local[1][0]}+{unmoved},2)"),
            ("Current per C-4", opening, "money", f"={c4.place.total('opening')}"),
            ("Recommended, this paper", closing, "money",
             f"=ROUND({local[0][1]}+{local[1][1]}+{unmoved},2)"),
            ("Recommended per C-4", closing, "money", f"={c4.place.total('closing')}"),
            ("Recommended per C-1", closing, "money", f"={lead.place.total('closing')}"),
        ]
    )  # fmt: skip
    at = [int(a.rsplit("$", 1)[1]) for a in places.values()]
    for own, other in ((0, 1), (2, 3), (2, 4)):
        sheet.tick(at[other], 3, "IC", f"ROUND($B${at[own]}-$B${at[other]},2)=0")
