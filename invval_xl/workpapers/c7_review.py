"""C-7 Review: every line a person must or may decide, guarded by drop-downs; and what stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.reserving.queue import ACCEPTED, DECIDED, LOOK, MUST
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.review_input import HEADERS, NAME, REASONS, TypedLine, as_day
from invval_xl.workpapers.sheet_plan import Conditional, Validation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from invval_xl.reserving.queue import Queue
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper

__all__ = ["Review", "ReviewPaper", "lay_review"]

_COLUMNS = 12
_EPOCH = dt.date(1899, 12, 30)
_ACTS = ("accept", "modify", "reject", "escalate")
_NO_LINE = "no line now"


@dataclass(frozen=True, eq=False)
class Review:
    """What C-7 is laid from: the queue, and what was typed and not recorded.

    ``carried`` are typed lines by (sku, location); one typed against another proposal keeps that
    proposal's hash.
    """

    queue: Queue
    carried: dict[tuple[str, str], TypedLine]


@dataclass(frozen=True)
class ReviewPaper:
    """The laid paper and where the decisions that stand are; ``None`` where none stands."""

    sheet: Sheet
    decided: Place | None


def lay_review(case: Case, review: Review, c3: LcnrvPaper) -> ReviewPaper:
    """Lay C-7 over C-3."""
    queue = review.queue
    policy = case.proposal.policy
    sheet = open_paper(
        case,
        NAME,
        "Have a person decide each line of high value or in doubt before it is posted.",
        [
            "C-3 LCNRV (recommendation and range); the ledger named on C-0 (earlier decisions).",
        ],
        [
            f"Must decide: {policy.number('review_value_threshold'):,.0f} or more at stake; a range"
            f" of {policy.number('review_width_threshold'):.0%} of cost or more above"
            f" {policy.number('review_floor'):,.0f}; not determined; reopened. In the order of"
            " dollars at stake times one plus doubt.",
            "Decide in the yellow cells: accept; modify, with a decided reserve or price; reject"
            " (what stood before stays); escalate. Every decision needs reason, reviewer and date;"
            " the reviewer is not the preparer.",
            "Then Record decisions (invval record): all are taken into the ledger, or none. A line"
            " typed against an earlier proposal says so in Typed Against: look again, then clear"
            " that cell.",
        ],
        columns=_COLUMNS,
    )
    decided = _standing(sheet, review, c3)
    counts = queue.frame["status"].value_counts()
    must = int(counts.get(MUST, 0))
    stake = queue.frame.groupby("status")["recommended"].sum()
    sheet.section("Summary", _COLUMNS)
    names = (MUST, LOOK, DECIDED, ACCEPTED)
    sheet.table(
        [
            Column("status", "Lines", texts(names), width=10),
            Column("count", "Count", np.array([float(counts.get(n, 0)) for n in names]), "count"),
            Column("recommended", "Recommended Reserve",
                   np.round([float(stake.get(n, 0.0)) for n in names], 2), "money", total="sum"),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.text(
        f"{queue.rest:,} further line(s) at cost {queue.rest_cost:,.2f} need no reserve under any"
        " stated alternative: accepted by rule.",
        "quiet",
    )
    listed = _listed(review, int(policy.number("review_accepted_lines")))
    if not listed.all():
        left = queue.frame["recommended"][~listed]
        sheet.text(
            f"{len(left):,} line(s) accepted by rule, required {left.sum():,.2f}"
            " together, are not listed below (review_accepted_lines); they stand on C-3 and C-6.",
            "quiet",
        )
    sheet.space()
    sheet.section("Lines", _COLUMNS)
    _lines(sheet, case, review, c3, queue.frame[listed])
    close_paper(
        sheet,
        [
            f"{must:,} line(s) must still be decided; the reserve is not to be posted before."
            if must
            else "Every line that had to be decided is decided.",
            f"{int(counts.get(ACCEPTED, 0)) + queue.rest:,} line(s) are accepted by rule.",
        ],
        ["F"],
        ["C-3 LCNRV", "C-4 Rollforward", "C-5 Journal"],
        columns=_COLUMNS,
    )
    return ReviewPaper(sheet, decided)


def _standing(sheet: Sheet, review: Review, c3: LcnrvPaper) -> Place | None:
    """Decisions in force, with what each makes of the proposal: what C-1, C-4 and C-5 draw on."""
    frame = review.queue.decided.frame
    if not len(frame):
        return None
    sheet.section("Decisions that stand", _COLUMNS)

    def linked(name: str, header: str, values: str, column: str) -> Column:
        sources = c3.spans(column, frame["line"].to_numpy())
        return Column(name, header, frame[values].to_numpy(), "money", "={source}",
                      {"source": sources}, total="sum", width=14)  # fmt: skip

    def said(name: str, header: str, width: float = 12) -> Column:
        return Column(name, header, frame[name].to_numpy(dtype=object), width=width)

    reversible = c3.spans("reversible", frame["line"].to_numpy())
    place = sheet.table(
        [
            said("entry", "Ledger Entry", 17),
            said("sku", "SKU"),
            said("location", "Location"),
            said("category", "Category", 14),
            said("act", "Decision"),
            Column("decided", "Decided Reserve", frame["decided"].to_numpy(), "money",
                   total="sum", width=14),
            linked("brought", "Standing From Before", "brought", "brought_forward"),
            linked("machine", "Closing As Proposed", "machine", "closing"),
            Column("closing", "Closing As Decided", frame["closing"].to_numpy(), "money",
                   "=ROUND(MAX([brought],[decided])-MIN(MAX([brought]-[decided],0),{reach}),2)",
                   {"reach": reversible}, total="sum", width=14),
            Column("adjustment", "Decided Adjustment", frame["adjustment"].to_numpy(), "money",
                   "=ROUND([closing]-[machine],2)", total="sum", width=14),
            said("reviewer", "Reviewer", 16),
            said("decided_on", "Date"),
            said("reason", "Reason Code", 18),
        ],
        total_label="Total",
    )  # fmt: skip
    sheet.space()
    return place


def _listed(review: Review, most: int) -> NDArray[np.bool_]:
    """Which lines of the queue C-7 lists: all but those accepted by rule beyond ``most``.

    The queue is in order of weight, so the largest come first; a line with something typed on it
    or decided before keeps its row.
    """
    frame = review.queue.frame
    accepted = (frame["status"] == ACCEPTED).to_numpy(dtype=bool)
    listed = ~accepted | (np.cumsum(accepted) <= most)
    told = review.carried.keys() | review.queue.prior.keys()
    if told and not listed.all():
        listed |= np.array([key in told for key in _keys(frame)], dtype=bool)
    return np.asarray(listed, dtype=bool)


def _lines(sheet: Sheet, case: Case, review: Review, c3: LcnrvPaper, frame: pd.DataFrame) -> None:
    """The table of lines with its input cells; typed lines without a line now stand at its end."""
    held = set(_keys(review.queue.frame)) if review.carried else set()
    lost = [line for key, line in sorted(review.carried.items()) if key not in held]
    n, extra = len(frame), len(lost)
    keys, at = _keys(frame), frame["line"].to_numpy()

    def words(values: ArrayLike, rest: Sequence[object] | str = "") -> NDArray[np.object_]:
        tail = [rest] * extra if isinstance(rest, str) else rest
        return np.concatenate([np.asarray(values, dtype=object), texts(tail)])

    def amount(name: str, header: str, column: str) -> Column:
        values = frame[name].to_numpy(dtype=object)
        unknown = frame[name].isna().to_numpy()
        values[unknown] = "not determined"
        spans = np.where(unknown, '"not determined"', c3.spans(column, at))
        return Column(name, header, words(values), "money", "={source}",
                      {"source": words(spans, '""')}, width=12)  # fmt: skip

    entered = [*map(review.carried.get, keys), *lost]
    prior = [review.queue.prior.get(key) for key in keys]
    earlier = [
        f"{p.act}, {p.decided:,.2f}, {p.reviewer} {p.decided_on}, {p.reason} ({p.entry})"
        if p
        else ""
        for p in prior
    ]
    hashes = frame["proposal_hash"].tolist()
    against = [
        t.proposal_hash if t is not None and t.proposal_hash != h else ""
        for t, h in zip(entered, [*hashes, *[""] * extra], strict=True)
    ]
    model = frame["model_reserve"].to_numpy(dtype=object)
    model[frame["model_reserve"].isna()] = None
    place = sheet.table(
        [
            Column("status", "Status", words(frame["status"], _NO_LINE), width=16),
            Column("sku", HEADERS["sku"], words(frame["sku"], [t.sku for t in lost]), width=12),
            Column("location", HEADERS["location"],
                   words(frame["location"], [t.location for t in lost]), width=12),
            Column("category", "Category", words(frame["category"]), width=14),
            Column("why", "Why Reviewed", words(frame["why"]), "wrap", width=28),
            Column("to", "Escalate To", words(frame["escalate_to"]), width=14),
            Column("because", "Because", words(frame["escalate_because"]), "wrap", width=28),
            amount("cost", "Cost", "cost"),
            amount("recommended", "Recommended Reserve", "required"),
            amount("low", "Required, Low", "low"),
            amount("high", "Required, High", "high"),
            Column("model", "Model Reserve",
                   words(model), "money"),
            Column("drivers", "Drivers", words(_drivers(case.lines, at)), "wrap", width=30),
            Column("earlier", "Prior Decision", words(earlier), "wrap", width=26),
            Column("since", "Since Then", words(frame["since"]), "wrap", width=24),
            *_inputs(entered),
            Column("typed_against", HEADERS["typed_against"], texts(against), "input_text",
                   width=18),
            Column("proposal_hash", HEADERS["proposal_hash"], words(hashes), "quiet", width=18),
            Column("prior", HEADERS["prior"],
                   words([p.entry_hash if p else "" for p in prior]), "quiet", width=18),
        ],
        filters=True,
    )  # fmt: skip
    sheet.detail(place, ("proposal_hash", "prior"))
    sheet.freeze = (place.header_row, 3)
    sheet.repeat_rows = (place.header_row, place.header_row)
    if n + extra:
        _guard(sheet, place)


def _inputs(entered: Sequence[TypedLine | None]) -> list[Column]:
    """The yellow cells, filled with what was typed and not recorded."""

    def cells(name: str) -> NDArray[np.object_]:
        return texts(getattr(t, name) if t is not None else None for t in entered)

    days = texts(_serial(t.decided_on) if t is not None else None for t in entered)
    return [
        Column("act", HEADERS["act"], cells("act"), "input_text", width=11),
        Column("reserve", HEADERS["reserve"], cells("reserve"), "input_money", width=14),
        Column("price", HEADERS["price"], cells("price"), "input_number", width=11),
        Column("reason", HEADERS["reason"], cells("reason"), "input_text", width=18),
        Column("note", HEADERS["note"], cells("note"), "input_text", width=26),
        Column("reviewer", HEADERS["reviewer"], cells("reviewer"), "input_text", width=16),
        Column("decided_on", HEADERS["decided_on"], days, "input_date", width=11),
    ]


def _guard(sheet: Sheet, place: Place) -> None:
    """Data validation on the yellow cells, and a mark on what is still open."""

    def at(name: str) -> str:
        return place.local(name).replace("$", "")

    sheet.validations += [
        Validation(at("act"), "list", ",".join(_ACTS), message="accept, modify, reject, escalate"),
        Validation(at("reason"), "list", ",".join(REASONS), message="A reason of the list."),
        Validation(at("reserve"), "decimal", minimum=0.0, message="Zero or more, in currency."),
        Validation(at("price"), "decimal", minimum=0.0, message="A price per unit, net of tax."),
        Validation(at("decided_on"), "date", minimum=36526.0, message="The date of the decision."),
    ]
    first = place.first_row
    status, act = place.letters["status"], place.letters["act"]
    rule = f'AND(${status}{first}="{MUST}",${act}{first}="")'
    sheet.conditionals.append(Conditional(at("status"), "formula", rule, "stop"))


def _keys(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """SKU and location of each line."""
    return list(zip(frame["sku"].tolist(), frame["location"].tolist(), strict=True))


def _drivers(lines: pd.DataFrame, at: NDArray[np.int64]) -> list[str]:
    """What sets each line's figure, in one short phrase."""

    def shown(value: Any, words: str) -> str:
        return "" if value != value or value in (np.inf, -np.inf) else words.format(value)  # noqa: PLR0124

    names = ("binding", "tier", "age_days", "days_of_supply", "evidence")
    facts = zip(*(lines[name].to_numpy()[at].tolist() for name in names), strict=True)
    return [
        "; ".join(
            filter(
                None,
                (
                    f"{binding} test" if binding != "none" else "",
                    f"{tier} tier",
                    shown(age, "{:,.0f} days old"),
                    shown(supply, "{:,.0f} days of supply"),
                    str(evidence),
                ),
            )
        )
        for binding, tier, age, supply, evidence in facts
    ]


def _serial(value: object) -> object:
    day = as_day(value)
    return float((day - _EPOCH).days) if day is not None else value
