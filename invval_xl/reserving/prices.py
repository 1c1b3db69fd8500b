"""Price evidence: which selling price is used for each line, from where, dated when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.nrv import price_net_of_tax
from invval_xl.guidance.register import finding
from invval_xl.terms import PriceEvidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.demand import Demand
    from invval_xl.reserving.lines import ItemLines
    from invval_xl.tables.table import Table, Tables

__all__ = ["Prices", "choose_prices"]

DISAGREEMENT_RATE = 0.05


@dataclass(frozen=True, eq=False)
class Prices:
    """Per line: the ordinary selling price net of tax, its evidence in words, and the others.

    ``evidence`` holds :class:`~invval_xl.terms.PriceEvidence` values; ``reference`` says where it
    stands (``MarketPrices!D12, 2026-10-28, broker quote``); ``market`` and ``recent`` are the
    market price and the recent average selling price whichever was used.
    """

    price: NDArray[np.float64]
    evidence: NDArray[np.object_]
    reference: NDArray[np.object_]
    market: NDArray[np.float64]
    recent: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()


def choose_prices(
    tables: Tables, lines: ItemLines, demand: Demand, as_of: dt.date, evidence_days: float
) -> Prices:
    """Take the best evidence there is: market price, recent sales, balance set, ticket.

    IAS 2.30 and ASC 330-10-20 ask for the most reliable evidence at the date; a price dated after
    the as-of date is not used, one older than ``evidence_days`` yields to later sales.
    """
    n = len(lines)
    price = np.full(n, np.nan)
    evidence = np.full(n, PriceEvidence.NONE.value, dtype=object)
    reference = np.full(n, "", dtype=object)
    findings: list[Finding] = []
    market, market_reference, age = _market(tables, lines, as_of, findings)
    recent = demand.average_price
    ticket = lines.frame["ticket_price"].to_numpy(dtype=np.float64)
    fresh = ~np.isnan(market) & (age <= evidence_days)
    window = f"{demand.window_end:%Y-%m-%d}"
    choices = (
        (PriceEvidence.MARKET, market, fresh, market_reference),
        (
            PriceEvidence.RECENT_SALES,
            recent,
            (recent > 0) & (demand.source == "SalesHistory"),
            np.full(n, f"SalesHistory, window to {window}", dtype=object),
        ),
        (
            PriceEvidence.BALANCE_SET,
            recent,
            recent > 0,
            np.full(n, f"BalanceSet sales, window to {window}", dtype=object),
        ),
        (PriceEvidence.MARKET, market, ~np.isnan(market), market_reference),
        (PriceEvidence.TICKET, ticket, ticket > 0, np.full(n, "ItemMaster ticket", dtype=object)),
    )
    for kind, values, usable, where in choices:
        take = usable & np.isnan(price)
        price[take] = values[take]
        evidence[take] = kind.value
        reference[take] = where[take]
    findings.extend(_doubts(tables, lines, price, evidence, market, recent, age, evidence_days))
    return Prices(price, evidence, reference, market, recent, (*findings,))


def _market(
    tables: Tables, lines: ItemLines, as_of: dt.date, findings: list[Finding]
) -> tuple[NDArray[np.float64], NDArray[np.object_], NDArray[np.float64]]:
    """Latest market price on or before the date for each line, net of tax, and its age in days."""
    n = len(lines)
    nothing = np.full(n, np.nan), np.full(n, "", dtype=object), np.full(n, np.inf)
    table = tables.get("MarketPrices")
    if table is None or not len(table):
        return nothing
    frame = table.frame.assign(position=np.arange(len(table)))
    late = frame[frame["date"] > np.datetime64(as_of)]
    if len(late):
        first = late.iloc[0]
        findings.append(
            finding(
                "PR103",
                sheet=table.sheet,
                cell=table.cell(int(first["position"]), "date"),
                count=len(late),
                as_of=as_of,
                sku=first["sku"],
                date=first["date"].date(),
            )
        )
    low = frame[frame["price"] <= 0]
    if len(low):
        first = low.iloc[0]
        findings.append(
            finding(
                "PR107",
                sheet=table.sheet,
                cell=table.cell(int(first["position"]), "price"),
                count=len(low),
                sku=first["sku"],
            )
        )
    usable = frame[(frame["date"] <= np.datetime64(as_of)) & (frame["price"] > 0)]
    if not len(usable):  # every price on the sheet is of a later day, or says nothing
        return nothing
    latest = usable.sort_values("date", kind="stable").drop_duplicates("sku", keep="last")
    latest = latest.set_index("sku")
    net = _net(latest, lines)
    sku = lines.frame["sku"]
    price: NDArray[np.float64] = np.asarray(sku.map(net), dtype=np.float64)
    date = sku.map(latest["date"]).to_numpy().astype("datetime64[D]")
    age = (np.datetime64(as_of) - date).astype(np.float64)
    age = np.where(np.isnat(date), np.inf, age)
    where = {key: _reference(table, row) for key, row in latest.to_dict("index").items()}
    reference: NDArray[np.object_] = np.asarray(sku.map(where).fillna(""), dtype=object)
    return price, reference, age


def _reference(table: Table, row: dict[Hashable, object]) -> str:
    cell = table.cell(int(str(row["position"])), "price")
    day = str(row["date"])[:10]
    words = [f"{table.sheet}!{cell}", day]
    words += [str(row[c]) for c in ("source", "evidence_ref") if row.get(c)]
    return ", ".join(words)


def _net(latest: pd.DataFrame, lines: ItemLines) -> pd.Series[float]:
    if "tax_included" not in latest:
        return latest["price"]
    vat = lines.frame.drop_duplicates("sku").set_index("sku")["vat_rate"]
    rate = latest.index.to_series().map(vat).to_numpy(dtype=np.float64)
    taxed = latest["tax_included"].to_numpy(dtype=np.float64) == 1
    gross = latest["price"].to_numpy(dtype=np.float64)
    return latest["price"].where(~taxed, price_net_of_tax(gross, rate))


def _doubts(
    tables: Tables,
    lines: ItemLines,
    price: NDArray[np.float64],
    evidence: NDArray[np.object_],
    market: NDArray[np.float64],
    recent: NDArray[np.float64],
    age: NDArray[np.float64],
    evidence_days: float,
) -> list[Finding]:
    frame = lines.frame
    cost = frame["cost"].to_numpy()
    out: list[Finding] = []
    none = np.isnan(price)
    if none.any():
        first = int(np.flatnonzero(none)[0])
        at_stake = float(np.nansum(cost[none]))
        out.append(
            finding(
                "PR101",
                sheet=tables.item_master.sheet,
                dollars=at_stake,
                cost=at_stake,
                count=int(none.sum()),
                sku=frame["sku"].iloc[first],
                location=frame["location"].iloc[first],
            )
        )
    old = np.isfinite(age) & (age > evidence_days)
    if old.any():
        sheet = tables.by_name["MarketPrices"].sheet
        out.append(
            finding(
                "PR102",
                sheet=sheet,
                count=len(set(frame["sku"][old])),
                days=evidence_days,
                as_of=tables.control.period_end,
            )
        )
    ticket = evidence == PriceEvidence.TICKET.value
    if ticket.any():
        at_stake = float(np.nansum(cost[ticket]))
        out.append(
            finding(
                "PR104",
                sheet=tables.item_master.sheet,
                dollars=at_stake,
                cost=at_stake,
                count=int(ticket.sum()),
            )
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(market / recent - 1) > DISAGREEMENT_RATE
    apart &= evidence == PriceEvidence.MARKET.value
    if apart.any():
        out.append(
            finding(
                "PR106",
                sheet=tables.by_name["MarketPrices"].sheet,
                count=int(apart.sum()),
                rate=DISAGREEMENT_RATE,
            )
        )
    return out
