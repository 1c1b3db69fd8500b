"""Sheets against each other: unknown SKUs and locations, periods, currencies, tax in prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from invval_xl.tables.gather import Gather
    from invval_xl.tables.table import Control, Table

__all__ = ["relate", "stake_by_sku"]


def _at(
    gather: Gather,
    code: str,
    table: Table,
    column: str,
    bad: NDArray[np.bool_],
    facts: Callable[[int], Mapping[str, object]],
    *,
    money: str = "",
) -> None:
    """One finding a bad row, dollars from a money column or else the SKU's carrying cost."""
    positions = np.flatnonzero(bad)
    if not len(positions):
        return
    frame = table.frame
    dollars = frame[money].to_numpy()[positions] if money in frame else None
    skus = frame["sku"].to_numpy(dtype=object)[positions] if "sku" in frame else None
    gather.many(
        code,
        sheet=table.sheet,
        positions=positions,
        cell=lambda p: table.cell(p, column),
        facts=facts,
        dollars=dollars,
        skus=skus if dollars is None else None,
    )


def stake_by_sku(balance: Table, control: Control) -> dict[str, float]:
    """Carrying cost of each SKU at the current period end."""
    frame = balance.frame
    if "eop_cost" not in frame or "sku" not in frame or "period_end" not in frame:
        return {}
    now = frame["period_end"].to_numpy() == np.datetime64(control.period_end, "ns")
    sums = frame.loc[now].groupby("sku", sort=False)["eop_cost"].sum()
    return {str(sku): float(cost) for sku, cost in sums.items()}


def relate(control: Control, tables: Mapping[str, Table], gather: Gather, *, dated: bool) -> None:
    """Check the sheets against Control and against each other.

    Parameters
    ----------
    control
        The Control sheet.
    tables
        Checked sheets by contract name.
    gather
        Where findings go.
    dated
        Whether Control's period end was really read.
    """
    balance = tables.get("BalanceSet")
    if balance is not None and dated:
        _periods(control, balance, gather)
    _skus(control, tables, gather)
    _locations(tables, gather)
    for name in ("MarketPrices", "FirmOrders", "PurchaseCommitments"):
        if name in tables:
            _currency(control, tables[name], gather)
    if "MarketPrices" in tables:
        _tax(tables, gather)


def _periods(control: Control, balance: Table, gather: Gather) -> None:
    if "period_end" not in balance.frame or not len(balance):
        return
    ends = balance.frame["period_end"].to_numpy()
    now = np.datetime64(control.period_end, "ns")
    known = ends[~np.isnat(ends)]
    if not len(known):
        return
    if not (known == now).any():
        gather.one(
            "TB607", sheet=control.sheet, cell=control.cells.get("period_end", ""),
            period_end=control.period_end, last=str(known.max())[:10], sheet_name=balance.sheet,
        )  # fmt: skip
    later = ends > now
    if later.any():
        first = int(np.argmax(later))
        gather.one(
            "TB608", sheet=balance.sheet, cell=balance.cell(first, "period_end"),
            count=int(later.sum()), rows=int(later.sum()), period_end=control.period_end,
        )  # fmt: skip


def _skus(control: Control, tables: Mapping[str, Table], gather: Gather) -> None:
    master = tables.get("ItemMaster")
    if master is None or "sku" not in master.frame or not len(master):
        return
    known = set(master.frame["sku"]) - {""}
    bare = {sku.lstrip("0"): sku for sku in known}
    for name, table in tables.items():
        if name == "ItemMaster" or "sku" not in table.frame:
            continue
        skus = table.frame["sku"]
        strange = ~skus.isin(known).to_numpy() & (skus != "").to_numpy()
        if not strange.any():
            continue
        text = skus.to_numpy(dtype=object)

        def facts(p: int, text: NDArray[np.object_] = text) -> dict[str, object]:
            near = bare.get(str(text[p]).lstrip("0"))
            hint = f" (it has {near}: leading zeros differ)" if near else ""
            return {"sku": text[p], "hint": hint}

        if name == "BalanceSet":
            _unknown_in_balance(control, table, strange, facts, gather)
        else:
            code = "TB609" if name == "SalesHistory" else "TB603"
            money = {"SalesHistory": "net_sales", "OpeningReserve": "opening_reserve",
                     "Disposals": "net_proceeds"}.get(name, "")  # fmt: skip
            _at(gather, code, table, "sku", strange, facts, money=money)


def _unknown_in_balance(
    control: Control,
    table: Table,
    strange: NDArray[np.bool_],
    facts: Callable[[int], Mapping[str, object]],
    gather: Gather,
) -> None:
    """Unknown SKUs that carry stock now stop the run; those of the past are said."""
    frame = table.frame
    if "period_end" not in frame:
        return
    now = frame["period_end"].to_numpy() == np.datetime64(control.period_end, "ns")
    carrying = np.zeros(len(table), dtype=bool)
    for name in ("eop_units", "eop_cost"):
        if name in frame:
            value = frame[name].to_numpy()
            carrying |= np.isnan(value) | (value != 0)
    stopping = strange & now & carrying
    _at(gather, "TB601", table, "sku", stopping, facts, money="eop_cost")
    named = set(frame["sku"].to_numpy(dtype=object)[stopping])
    others = strange & ~stopping & ~frame["sku"].isin(named).to_numpy()
    once = others & ~frame["sku"].where(others, None).duplicated().to_numpy()
    _at(gather, "TB602", table, "sku", once, facts)


def _locations(tables: Mapping[str, Table], gather: Gather) -> None:
    places = tables.get("Locations")
    if places is None or "location" not in places.frame or not len(places):
        return
    known = set(places.frame["location"]) - {""}
    for name, table in tables.items():
        if name == "Locations" or "location" not in table.frame:
            continue
        text = table.frame["location"]
        strange = ~text.isin(known).to_numpy() & (text != "").to_numpy()
        if not strange.any():
            continue
        shown = text.to_numpy(dtype=object)
        money = {"BalanceSet": "eop_cost", "SalesHistory": "net_sales",
                 "OpeningReserve": "opening_reserve"}.get(name, "")  # fmt: skip
        _at(gather, "TB604", table, "location", strange,
            lambda p, shown=shown: {"location": shown[p]}, money=money)  # type: ignore[misc]  # fmt: skip


def _currency(control: Control, table: Table, gather: Gather) -> None:
    if "currency" not in table.frame or not control.currency:
        return
    text = table.frame["currency"].to_numpy(dtype=object)
    codes = np.array([str(t).strip().upper() if t else "" for t in text], dtype=object)
    other = (codes != "") & (codes != control.currency)
    column = "price" if "price" in table.frame else "unit_price"
    _at(
        gather, "TB605", table, "currency" if column not in table.frame else column, other,
        lambda p: {"currency": codes[p], "own": control.currency},
    )  # fmt: skip


def _tax(tables: Mapping[str, Table], gather: Gather) -> None:
    """Say which prices with tax in them have no VAT rate to take it out."""
    table = tables["MarketPrices"]
    if "tax_included" not in table.frame or "sku" not in table.frame:
        return
    included = table.frame["tax_included"].to_numpy() == 1
    if not included.any():
        return
    master = tables.get("ItemMaster")
    rated: set[str] = set()
    if master is not None and "vat_rate" in master.frame:
        rated = set(master.frame.loc[master.frame["vat_rate"].notna(), "sku"])
    without = included & ~table.frame["sku"].isin(rated).to_numpy()
    skus = table.frame["sku"].to_numpy(dtype=object)
    _at(gather, "TB606", table, "price", without, lambda p: {"sku": skus[p]})
