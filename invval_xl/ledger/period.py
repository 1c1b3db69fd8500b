"""A period's postings from its roll-forward, and what the next period brings forward from them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.money import to_cents
from invval_xl.findings import Checked, Finding
from invval_xl.guidance.register import finding
from invval_xl.ledger.entries import Movement, Posting
from invval_xl.ledger.reserve import Balance, match_reversal, replay
from invval_xl.terms import Framework

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from invval_xl.ledger.reserve import Item

__all__ = ["opening_frame", "period_postings"]


def period_postings(
    rows: pd.DataFrame,
    earlier: Sequence[Posting],
    *,
    framework: Framework,
    period_end: dt.date,
    fiscal_year_end: str,
    batch: str = "",
) -> Checked[tuple[Posting, ...]]:
    """The postings a period's roll-forward amounts to, tested against what the ledger holds.

    Parameters
    ----------
    rows
        ``sku, location, opening, charge, other, utilization, reversal`` in currency and ``units``
        on hand; optionally ``tranche`` and ``written_on`` (``date`` or ``None``, of an opening
        balance the ledger does not know yet).
    earlier
        Postings in force from earlier periods.
    batch
        Name of the run that posts them.

    Returns
    -------
    Checked[tuple[Posting, ...]]
        Reversals matched to their write-downs, the latest first; a utilization of nil where only
        the units changed. Findings: RW311 where the ledger
        opens at another balance, and those of :func:`~invval_xl.ledger.reserve.replay`.
    """
    held = replay(earlier, framework, fiscal_year_end).value
    found: list[Finding] = []
    out: list[Posting] = []
    day = period_end.isoformat()
    first = not earlier
    for row in rows.to_dict("records"):
        said: dict[str, Any] = {
            "sku": str(row["sku"]),
            "location": str(row["location"]),
            "tranche": str(row.get("tranche", "")),
            "period_end": day,
            "units": float(row["units"]),
            "framework": framework.value,
            "batch": batch,
        }
        item = (said["sku"], said["location"], said["tranche"])
        balance = held.get(item, Balance(item))
        opening, begun = _cents(row["opening"]), len(out)
        if opening != balance.cents and not (first and not balance.cents):
            found.append(
                finding("RW311", dollars=(opening - balance.cents) / 100, sku=item[0],
                        location=item[1], ledger=balance.cents / 100, stated=opening / 100)
            )  # fmt: skip
            continue
        if first and opening:
            on = row.get("written_on")
            written = on.isoformat() if isinstance(on, dt.date) else ""
            out.append(Posting(movement=Movement.OPENING, cents=opening, name=f"opening {day}",
                               written_on=written, **said))  # fmt: skip
        for movement, column in (
            (Movement.CHARGE_OTHER, "other"),
            (Movement.UTILIZATION, "utilization"),
            (Movement.CHARGE, "charge"),
        ):
            cents = _cents(row[column])
            if cents:
                name = "" if movement is Movement.UTILIZATION else f"{movement.value} {day}"
                out.append(Posting(movement=movement, cents=cents, name=name, **said))
        back = _cents(row["reversal"])
        if len(out) == begun and not back and said["units"] != balance.units:
            # Nothing moved but the units it stands on: the next disposal is measured by these.
            out.append(Posting(movement=Movement.UTILIZATION, cents=0, name="", **said))
        if back:
            own = replay(out[begun:], framework, fiscal_year_end, {item: balance}).value
            now = own.get(item, balance)
            out.extend(_reversals(now, back, framework, period_end, fiscal_year_end, said))
    checked = replay(out, framework, fiscal_year_end, held)
    return Checked(tuple(out), (*found, *checked.findings))


def _reversals(
    balance: Balance, cents: int, framework: Framework, day: dt.date, year_end: str,
    said: dict[str, Any],
) -> list[Posting]:  # fmt: skip
    """A recovery split over the write-downs it takes back; what none can bear is asked as it is."""
    american = framework is Framework.US_GAAP
    movement = Movement.INTERIM_RECOVERY if american else Movement.REVERSAL
    matched = list(match_reversal(balance, cents, framework, day, year_end))
    rest = cents - sum(part for _, part in matched)
    if rest:  # above the cap: left in, so that the replay refuses it by its paragraph
        origin = balance.write_downs[-1].name if balance.write_downs else ""
        matched.append((origin, rest))
    return [
        Posting(movement=movement, cents=part, origin=origin, number=number, **said)
        for number, (origin, part) in enumerate(matched)
    ]


def opening_frame(balances: Mapping[Item, Balance]) -> pd.DataFrame:
    """What stands, in the columns of the OpeningReserve sheet: a row a write-down that has a rest.

    ``opening_units`` stands on an item's first row only (the run sums the rows of an item), and
    ``original_write_down`` is what a reversal may reach: nil for acquired reserves.
    """
    import pandas as pd

    rows = []
    for (sku, location, tranche), balance in sorted(balances.items()):
        units = balance.units
        for down in balance.write_downs:
            if down.left:
                reach = down.left if down.reversible else 0
                on = pd.Timestamp(down.written_on) if down.written_on else pd.NaT
                row = (sku, location, tranche, down.left / 100, units, reach / 100, on)
                rows.append(row)
                units = np.nan
    frame = pd.DataFrame(
        rows,
        columns=["sku", "location", "tranche", "opening_reserve", "opening_units",
                 "original_write_down", "written_down_on"],
    )  # fmt: skip
    frame["written_down_on"] = pd.to_datetime(frame["written_down_on"]).astype("datetime64[ns]")
    for name in ("opening_reserve", "opening_units", "original_write_down"):
        frame[name] = frame[name].astype(float)
    return frame


def _cents(amount: object) -> int:
    value = float(str(amount))
    return 0 if np.isnan(value) else int(to_cents(value))
