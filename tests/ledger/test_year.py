"""A whole year over twelve month ends, both frameworks, both databases: it foots and it ties."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from invval_xl.accounting.journal import charge_entry, entry, reversal_entry, utilization_entry
from invval_xl.accounting.money import round_money
from invval_xl.accounting.reversal import permitted_reversal
from invval_xl.accounting.rollforward import utilization_on_disposal
from invval_xl.findings import stops
from invval_xl.ledger.entries import Movement, Posting
from invval_xl.ledger.period import opening_frame, period_postings
from invval_xl.ledger.reserve import Balance, cost_basis, match_reversal, replay, roll_forward
from invval_xl.ledger.store import Ledger
from invval_xl.terms import Framework
from tests.ledger.year import BEFORE, MONTH_ENDS, Story, december, stories

ALLOWANCE = "Allowance to reduce inventory to net realizable value"
YEAR_END = "12-31"


def held(ledger: Ledger) -> list[Posting]:
    return [f for e in ledger.read(kind="posting") if isinstance(f := e.fact(), Posting)]


def month_rows(
    told: tuple[Story, ...], month: int, postings: list[Posting], framework: Framework
) -> pd.DataFrame:
    """The month's roll-forward by the product's own accounting, on what the ledger holds."""
    day = MONTH_ENDS[month]
    balances = replay(postings, framework, YEAR_END).value
    rows = []
    for story in told:
        m = story.months[month]
        item = (story.sku, "Web", "")
        balance = balances.get(item, Balance(item))
        opening = story.opening_cents if not postings else balance.cents
        used = float(round_money(utilization_on_disposal(opening / 100, m.opening_units, m.sold)))
        standing = (opening + m.acquired_cents) / 100 - used
        required = m.units * m.shortfall_cents / 100
        rows.append({
            "sku": story.sku, "location": "Web", "units": float(m.units), "opening": opening / 100,
            "charge": max(0.0, round(required - standing, 2)), "other": m.acquired_cents / 100,
            "utilization": used, "surplus": max(0.0, round(standing - required, 2)),
            "written_on": BEFORE,
        })  # fmt: skip
    frame = pd.DataFrame(rows).assign(reversal=0.0)
    before = period_postings(frame, postings, framework=framework, period_end=day,
                             fiscal_year_end=YEAR_END)  # fmt: skip
    after = replay([*postings, *before.value], framework, YEAR_END).value
    for at, row in frame.iterrows():
        item = (row["sku"], "Web", "")
        if row["surplus"] and item in after:
            matched = match_reversal(after[item], round(row["surplus"] * 100), framework, day,
                                     YEAR_END)  # fmt: skip
            frame.loc[at, "reversal"] = sum(part for _, part in matched) / 100
    return frame


def posted_to_gl(rows: pd.DataFrame, framework: Framework) -> float:
    """Net credit of the allowance account by the month's journal entries."""
    sums = rows[["charge", "utilization", "reversal", "other"]].sum().round(2)
    entries = []
    if sums["charge"]:
        entries.append(charge_entry(sums["charge"]))
    if sums["utilization"]:
        entries.append(utilization_entry(sums["utilization"]))
    if sums["reversal"]:
        entries.append(reversal_entry(framework, sums["reversal"], same_year_interim=True))
    if sums["other"]:
        entries.append(entry("Acquired", {"Goodwill": sums["other"]}, {ALLOWANCE: sums["other"]}))
    return -sum(li.signed_cents for e in entries for li in e.lines if li.account == ALLOWANCE) / 100


@pytest.mark.parametrize("framework", [Framework.US_GAAP, Framework.IFRS])
def test_a_whole_year(ledger_url: str, framework: Framework) -> None:
    told = stories(seed=2026)
    ledger = Ledger(ledger_url)
    gl = sum(s.opening_cents for s in told) / 100
    movements = defaultdict(float)
    for month, day in enumerate(MONTH_ENDS):
        postings = held(ledger)
        rows = month_rows(told, month, postings, framework)
        posted = period_postings(rows, postings, framework=framework, period_end=day,
                                 fiscal_year_end=YEAR_END, batch=f"run{month}")  # fmt: skip
        assert posted.findings == ()
        ledger.append(posted.value, book="b", period_end=day.isoformat(), who="Ada", at="t")
        start = MONTH_ENDS[month - 1] if month else None
        rolled = roll_forward(held(ledger), start, day)
        cents = rolled.drop(columns=["sku", "location", "tranche"]).mul(100).round().astype(int)
        assert (cents["opening"] + cents["charge"] + cents["charge_other"] - cents["utilization"]
                - cents["reversal"] == cents["closing"]).all()  # fmt: skip
        assert (cents["closing"] >= 0).all()
        gl += posted_to_gl(rows, framework)
        assert cents["closing"].sum() == round(gl * 100), f"month {month + 1} ties to the GL"
        for name in ("charge", "charge_other", "utilization", "reversal"):
            movements[name] += rolled[name].sum()
    assert ledger.verify_chain() == ()
    year = roll_forward(held(ledger), None, MONTH_ENDS[-1]).set_index("sku")
    for story in told:
        closing, moved = december(story, framework)
        assert round(year.loc[story.sku, "closing"] * 100) == closing, story.sku
        assert round(year.loc[story.sku, "reversal"] * 100) == moved["reversal"], story.sku
        assert round(year.loc[story.sku, "utilization"] * 100) == moved["utilization"], story.sku
    assert all(movements[name] > 0 for name in movements), dict(movements)
    kinds = {p.movement for p in held(ledger)}
    back = Movement.INTERIM_RECOVERY if framework is Framework.US_GAAP else Movement.REVERSAL
    assert kinds == {Movement.OPENING, Movement.CHARGE, Movement.CHARGE_OTHER,
                     Movement.UTILIZATION, back}  # fmt: skip
    _later_release(ledger, framework)
    print(f"{framework.value}: " + ", ".join(f"{k} {v:,.2f}" for k, v in movements.items()))


def _later_release(ledger: Ledger, framework: Framework) -> None:
    """In January of the next year: refused by paragraph (US GAAP), capped (IFRS)."""
    postings = held(ledger)
    balances = replay(postings, framework, YEAR_END).value
    item, balance = max(
        balances.items(), key=lambda kv: sum(w.left for w in kv[1].write_downs if w.reversible)
    )
    own = sum(w.left for w in balance.write_downs if w.reversible)
    assert own
    row = {"sku": item[0], "location": item[1], "units": balance.units, "charge": 0.0, "other": 0.0,
           "opening": balance.cents / 100, "utilization": 0.0}  # fmt: skip

    def asked(cents: int):
        return period_postings(
            pd.DataFrame([{**row, "reversal": cents / 100}]), postings, framework=framework,
            period_end=dt.date(2027, 1, 31), fiscal_year_end=YEAR_END,
        )  # fmt: skip

    if framework is Framework.US_GAAP:
        refused = asked(own)
        assert {f.code for f in stops(refused.findings)} == {"FW104"}
        assert "330-10-35-14" in refused.findings[0].paragraph
        return
    above = asked(own + 1)
    assert {f.code for f in stops(above.findings)} == {"FW105"}
    assert "IAS 2.33" in above.findings[0].paragraph
    capped = asked(own)
    assert capped.findings == ()
    for p in capped.value:
        assert p.origin, "matched to its write-down"
    # The cap of the write-downs is the cap of the standard's own sum.
    cost = 10_000.0
    assert sum(p.cents for p in capped.value) / 100 == pytest.approx(
        float(permitted_reversal(framework, own / 100, cost, cost - own / 100, 2 * cost))
    )


def test_the_new_basis_goes_into_the_next_period() -> None:
    down = Posting(sku="1", location="A", movement=Movement.CHARGE, cents=40_00, name="w",
                   units=10.0, period_end="2026-12-31")  # fmt: skip
    balances = replay([down], Framework.US_GAAP, YEAR_END).value
    assert cost_basis(100_00, balances["1", "A", ""]) == 60_00
    frame = opening_frame(balances)
    assert frame.iloc[0][["opening_reserve", "opening_units", "original_write_down"]].tolist() == [
        40.0, 10.0, 40.0,
    ]  # fmt: skip
    assert frame["written_down_on"][0] == pd.Timestamp("2026-12-31")


def test_an_item_made_of_two_write_downs_brings_a_row_of_each_and_its_units_once() -> None:
    posts = [
        Posting(sku="1", location="A", movement=Movement.OPENING, cents=30_00, name="o", units=8,
                period_end="2026-01-31"),
        Posting(sku="1", location="A", movement=Movement.CHARGE_OTHER, cents=5_00, name="acq",
                units=9, period_end="2026-01-31"),
        Posting(sku="1", location="A", movement=Movement.CHARGE, cents=10_00, name="c", units=9,
                period_end="2026-02-28"),
    ]  # fmt: skip
    frame = opening_frame(replay(posts, Framework.US_GAAP, YEAR_END).value)
    assert frame["opening_reserve"].tolist() == [30.0, 5.0, 10.0]
    assert frame["original_write_down"].tolist() == [30.0, 0.0, 10.0]
    assert np.isnan(frame["opening_units"].to_numpy()[1:]).all()
    assert frame["written_down_on"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("posting", "code"),
    [
        (Posting(sku="1", location="A", movement=Movement.UTILIZATION, cents=101_00,
                 period_end="2026-02-28"), "FW120"),
        (Posting(sku="1", location="A", movement=Movement.CHARGE, cents=-1,
                 period_end="2026-02-28"), "RW312"),
        (Posting(sku="1", location="A", movement=Movement.REVERSAL, cents=1, origin="w",
                 period_end="2026-02-28"), "FW104"),
        (Posting(sku="1", location="A", movement=Movement.INTERIM_RECOVERY, cents=1, origin="w",
                 period_end="2027-01-31"), "FW104"),
        (Posting(sku="1", location="A", movement=Movement.INTERIM_RECOVERY, cents=100_01,
                 origin="w", period_end="2026-02-28"), "FW105"),
        (Posting(sku="1", location="A", movement=Movement.INTERIM_RECOVERY, cents=1, origin="x",
                 period_end="2026-02-28"), "RW310"),
    ],
)  # fmt: skip
def test_what_a_ledger_under_us_gaap_refuses(posting: Posting, code: str) -> None:
    down = Posting(sku="1", location="A", movement=Movement.CHARGE, cents=100_00, name="w",
                   period_end="2026-01-31")  # fmt: skip
    checked = replay([down, posting], Framework.US_GAAP, YEAR_END)
    assert [f.code for f in checked.findings] == [code]
    assert checked.value["1", "A", ""].cents == 100_00, "what is refused moves nothing"


def test_another_opening_than_the_ledger_closed_at_is_refused() -> None:
    down = Posting(sku="1", location="A", movement=Movement.CHARGE, cents=100_00, name="w",
                   period_end="2026-01-31")  # fmt: skip
    row = {"sku": "1", "location": "A", "units": 1.0, "opening": 90.0, "charge": 0.0, "other": 0.0,
           "utilization": 0.0, "reversal": 0.0}  # fmt: skip
    posted = period_postings(
        pd.DataFrame([row]),
        [down],
        framework=Framework.IFRS,
        period_end=dt.date(2026, 2, 28),
        fiscal_year_end=YEAR_END,
    )
    assert [(f.code, f.dollars) for f in posted.findings] == [("RW311", -10.0)]
