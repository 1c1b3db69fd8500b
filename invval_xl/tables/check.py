"""The border: a book as a host read it in, checked tables out, with all findings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import Checked, RefusedError
from invval_xl.tables.contracts import CONTRACTS, CONTROL, Contract
from invval_xl.tables.control import read_control
from invval_xl.tables.gather import Gather
from invval_xl.tables.grid import Grid, Kind, RawBook
from invval_xl.tables.headers import contract_named, match_sheet, spelling
from invval_xl.tables.relations import relate, stake_by_sku
from invval_xl.tables.sheet import open_sheet, read_sheet
from invval_xl.tables.table import Table, Tables
from invval_xl.tables.words import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invval_xl.tables.rows import OpenSheet
    from invval_xl.tables.table import Control

__all__ = ["check_book"]


def check_book(raw: RawBook) -> Checked[Tables]:
    """Check a workbook against the sheet contracts.

    Parameters
    ----------
    raw
        Every sheet as a host read it.

    Returns
    -------
    Checked of Tables
        Typed tables and every finding, most severe and most dollars first. Where a STOP finding
        stands the tables hold what could be read all the same, so that the foot tests can add
        theirs before the run is refused.

    Raises
    ------
    RefusedError
        Where Control, ItemMaster or BalanceSet is absent or has no header: nothing can be
        checked then. It carries everything else that was found too.

    Notes
    -----
    A blank is unknown (NaN, NaT, ``None``) and never zero, with one exception: in the movement
    columns of the balance set that the contract does not require (transfers, returns, shrink,
    markdowns, ...) a blank cell of a column that is there means no movement.
    """
    gather = Gather()
    grids = _assign(raw, gather)
    for contract in (CONTROL, *CONTRACTS.values()):
        if contract.required and contract.name not in grids:
            gather.one("TB101", contract=contract.name, sheets=", ".join(raw.grids) or "none")
    opened: dict[str, OpenSheet] = {}
    for name in CONTRACTS:
        if name in grids:
            sheet = open_sheet(contract_named(name), grids[name], gather)
            if sheet is not None:
                opened[name] = sheet
    control: Control | None = None
    typed: Mapping[str, object] = {}
    if CONTROL.name in grids:
        control, typed = read_control(grids[CONTROL.name], gather)
    known = _known_skus(opened)
    tables: dict[str, Table] = {
        name: read_sheet(
            sheet, gather, known_skus=() if name == "ItemMaster" else known,
            currency=control.currency if control else "",
        )
        for name, sheet in opened.items()
    }  # fmt: skip
    usable = {name: table for name, table in tables.items() if _whole(table)}
    if control is None or "ItemMaster" not in usable or "BalanceSet" not in usable:
        raise RefusedError(gather.findings())
    relate(control, usable, gather, dated="period_end" in typed)
    stakes = stake_by_sku(usable["BalanceSet"], control)
    return Checked(Tables(control, usable, raw.facts), gather.findings(stakes))


def _whole(table: Table) -> bool:
    """Whether every required column is there; a sheet without one cannot be used (TB106)."""
    contract: Contract = CONTRACTS[table.contract]
    return all(column.name in table.frame for column in contract.columns if column.required)


def _assign(raw: RawBook, gather: Gather) -> dict[str, Grid]:
    """Give each contract its sheet: its own name wins over a synonym, two alike are refused."""
    claims: dict[str, list[Grid]] = {}
    for name, grid in raw.grids.items():
        contract = match_sheet(name)
        if contract is not None:
            claims.setdefault(contract.name, []).append(grid)
    chosen: dict[str, Grid] = {}
    for name, rivals in claims.items():
        own = [g for g in rivals if spelling(g.sheet) == spelling(name)]
        first = own or rivals
        chosen[name] = first[0]
        if len(first) > 1:
            gather.one("TB102", sheet=first[1].sheet, contract=name,
                       sheets=", ".join(g.sheet for g in first))  # fmt: skip
        elif not own:
            gather.one("TB103", sheet=first[0].sheet, contract=name)
        for passed in rivals:
            if own and passed not in own:
                gather.one("TB124", sheet=passed.sheet, contract=name, used=first[0].sheet)
    return chosen


def _known_skus(opened: Mapping[str, OpenSheet]) -> frozenset[str]:
    """SKUs of the item master as its cells spell them, to tell data rows from totals."""
    sheet = opened.get("ItemMaster")
    if sheet is None or "sku" not in sheet.cells:
        return frozenset()
    cells = sheet.cells["sku"]
    words = cells.words
    texts = {tidy(text) for text in words.unique} if words is not None else set()
    numbers = {f"{n:.0f}" for n in cells.number[cells.kind == Kind.NUMBER]}
    return frozenset(texts | numbers)
