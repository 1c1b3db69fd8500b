"""One sheet: from grid to a typed ``Table``, with everything that is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.content import frame_sha256
from invval_xl.tables.contracts import Column, ColumnKind, Contract
from invval_xl.tables.dates import read_dates, settle_period_ends
from invval_xl.tables.gather import Gather, Site
from invval_xl.tables.grid import Grid, Kind, column_letter
from invval_xl.tables.headers import HeaderPlace, locate
from invval_xl.tables.keys import read_keys
from invval_xl.tables.merges import fill_merges
from invval_xl.tables.numbers import NUMERIC, read_numbers
from invval_xl.tables.rows import OpenSheet, choose_rows, open_cells, row_stake
from invval_xl.tables.table import Table
from invval_xl.tables.words import read_choices, read_flags, read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["open_sheet", "read_sheet"]

_EDGES = ("bop_", "eop_")
_SHOWN_CELLS = 12


def open_sheet(contract: Contract, grid: Grid, gather: Gather) -> OpenSheet | None:
    """Find a sheet's header and say everything about it; ``None`` where it has none.

    Parameters
    ----------
    contract
        What the sheet is read as.
    grid
        The sheet.
    gather
        Where findings go.
    """
    place = locate(contract, grid.top)
    if place is None:
        wanted = ", ".join(c.header for c in contract.columns if c.required)
        code = "TB104" if contract.required else "TB105"
        gather.one(code, sheet=grid.sheet, contract=contract.name, wanted=wanted)
        return None
    _say_header(contract, grid, place, gather)
    return fill_merges(open_cells(contract, grid, place), gather)


def _say_header(contract: Contract, grid: Grid, place: HeaderPlace, gather: Gather) -> None:
    sheet = grid.sheet
    row = place.header_rows[-1]
    missing = [c.header for c in contract.columns if c.required and c.name not in place.columns]
    doubtful = " besides ambiguous ones" if place.ambiguous else ""
    if missing:
        gather.one(
            "TB106", sheet=sheet, cell=f"A{row}", count=len(missing),
            missing=", ".join(missing), contract=contract.name,
            found=f"{len(place.columns)} of its columns{doubtful}",
        )  # fmt: skip
    for name, indexes in place.duplicated.items():
        cells = ", ".join(place.cell(i) for i in indexes)
        gather.one(
            "TB107", sheet=sheet, cell=place.cell(indexes[1]), count=len(indexes),
            header=contract.column(name).header, cells=cells,
        )  # fmt: skip
    for index, text, names in place.ambiguous:
        meanings = ", ".join(contract.column(n).header for n in names)
        gather.one("TB108", sheet=sheet, cell=place.cell(index), text=text, meanings=meanings)
    for used in place.synonyms:
        gather.one(
            "TB109", sheet=sheet, cell=place.cell(used.index), text=used.header,
            header=contract.column(used.column).header,
        )  # fmt: skip
    for index, text, name in place.yielded:
        gather.one(
            "TB111", sheet=sheet, cell=place.cell(index), text=text,
            header=contract.column(name).header,
        )  # fmt: skip
    if place.unknown:
        listed = ", ".join(f"{text} ({column_letter(i + 1)})" for i, text in place.unknown[:20])
        more = f" and {len(place.unknown) - 20} more" if len(place.unknown) > 20 else ""  # noqa: PLR2004 - a sentence
        gather.one(
            "TB110", sheet=sheet, cell=place.cell(place.unknown[0][0]),
            count=len(place.unknown), columns=listed + more,
        )  # fmt: skip


def read_sheet(
    sheet: OpenSheet,
    gather: Gather,
    *,
    known_skus: Collection[str] = (),
    currency: str = "",
) -> Table:
    """Read an open sheet into typed columns.

    Parameters
    ----------
    sheet
        The open sheet.
    gather
        Where findings go.
    known_skus
        SKUs of the item master.
    currency
        The entity's currency.
    """
    import pandas as pd

    keep = choose_rows(sheet, gather, known_skus=known_skus)
    stake = row_stake(sheet)
    stake = None if stake is None else stake[keep]
    rows = keep + sheet.grid.body_row
    sheet = sheet.only(keep)
    order = sorted(sheet.cells, key=[c.name for c in sheet.contract.columns].index)
    keys = [n for n in order if sheet.column(n).kind is ColumnKind.KEY]
    values: dict[str, NDArray[Any]] = {}
    skus: NDArray[np.object_] | None = None

    def site(name: str) -> Site:
        column = sheet.column(name)
        return Site(
            gather, sheet.grid.sheet, column.header, sheet.letters[name], rows, column.required,
            stake, skus if stake is None else None,
        )  # fmt: skip

    for name in keys:
        values[name] = read_keys(sheet.cells[name], site(name))
        if name == "sku":
            skus = values[name]
    for name in order:
        if name not in values:
            values[name] = _read_column(sheet, sheet.column(name), site(name), currency)
    _say_blank_movements(sheet, rows, gather)
    frame = pd.DataFrame(
        {
            name: pd.Series(values[name], dtype=object)
            if values[name].dtype == object
            else values[name]
            for name in order
        },
        index=pd.RangeIndex(len(rows)),
    )
    table = Table(
        contract=sheet.contract.name,
        sheet=sheet.grid.sheet,
        frame=frame,
        rows=rows.astype(np.int64),
        letters={name: sheet.letters[name] for name in order},
        control_totals={
            name: float(np.nansum(values[name]))
            for name in order
            if sheet.column(name).kind in NUMERIC
        },
        sha256=frame_sha256(frame),
    )
    _say_duplicates(sheet.contract, table, stake, gather)
    if not len(rows):
        code = "TB121" if sheet.contract.required else "TB122"
        gather.one(code, sheet=sheet.grid.sheet, contract=sheet.contract.name)
    return table


def _is_movement(contract: Contract, column: Column) -> bool:
    """Tell a movement of the balance set: neither key nor BOP nor EOP."""
    return (
        contract.name == "BalanceSet"
        and column.kind in NUMERIC
        and not column.name.startswith(_EDGES)
    )


def _read_column(sheet: OpenSheet, column: Column, site: Site, currency: str) -> NDArray[Any]:
    cells = sheet.cells[column.name]
    if column.kind in NUMERIC:
        movement = _is_movement(sheet.contract, column)
        numbers = read_numbers(
            cells, site, column,
            blank_is_zero=movement and not column.required,
            any_sign=sheet.contract.name == "BalanceSet",
            currency=currency,
        )  # fmt: skip
        if column.name in {"bop_retail", "eop_retail"}:
            site.summary("TB218", cells.kind == Kind.BLANK)
        return numbers
    if column.kind is ColumnKind.DATE:
        period = column.name == "period_end"
        dates = read_dates(cells, site, period=period)
        return settle_period_ends(dates, site) if period else dates
    if column.kind is ColumnKind.FLAG:
        return read_flags(cells, site)
    if column.kind is ColumnKind.CHOICE:
        return read_choices(cells, site, column)
    return read_text(cells, site)


def _say_blank_movements(sheet: OpenSheet, rows: NDArray[np.int64], gather: Gather) -> None:
    """Blanks in optional movement columns were taken as no movement: say so once."""
    blanks, columns, first = 0, 0, ""
    for name, cells in sheet.cells.items():
        column = sheet.column(name)
        if column.required or not _is_movement(sheet.contract, column):
            continue
        empty = cells.kind == Kind.BLANK
        found = int(np.count_nonzero(empty))
        if found:
            first = first or f"{sheet.letters[name]}{int(rows[int(np.argmax(empty))])}"
            blanks, columns = blanks + found, columns + 1
    if blanks:
        gather.one(
            "TB213", sheet=sheet.grid.sheet, cell=first, count=blanks, blanks=blanks,
            columns=columns,
        )  # fmt: skip


def _say_duplicates(
    contract: Contract, table: Table, stake: NDArray[np.float64] | None, gather: Gather
) -> None:
    """Refuse the same key twice, with every cell it stands in."""
    names = [name for name in contract.key if name in table.frame]
    if not names or len(names) < len(contract.key) or not len(table):
        return
    frame = table.frame
    complete = np.ones(len(table), dtype=bool)
    for name in names:
        complete &= (frame[name] != "").to_numpy() & frame[name].notna().to_numpy()
    double = frame.duplicated(subset=names, keep=False).to_numpy() & complete
    if not double.any():
        return
    groups = _groups(frame, names, np.flatnonzero(double))
    extra = np.array(
        [np.nan if stake is None else float(np.nansum(np.abs(stake[g[1:]]))) for g in groups]
    )
    skus = frame["sku"].to_numpy(dtype=object) if stake is None and "sku" in frame else None

    def facts(i: int) -> dict[str, object]:
        group = groups[i]
        said = ", ".join(
            f"{contract.column(n).header} {_said(frame[n].iloc[group[0]])}" for n in names
        )
        cells = [table.cell(int(p), names[0]) for p in group[:_SHOWN_CELLS]]
        more = f" and {len(group) - _SHOWN_CELLS} more" if len(group) > _SHOWN_CELLS else ""
        return {"key": said, "times": len(group), "cells": ", ".join(cells) + more}

    gather.many(
        "TB310",
        sheet=table.sheet,
        positions=np.arange(len(groups)),
        cell=lambda i: table.cell(int(groups[i][1]), names[0]),
        facts=facts,
        dollars=None if stake is None else extra,
        skus=None if skus is None else np.array([skus[g[0]] for g in groups], dtype=object),
    )


def _groups(
    frame: pd.DataFrame, names: Sequence[str], positions: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Positions of each duplicated key, in sheet order."""
    codes = frame.iloc[positions].groupby(list(names), sort=False).ngroup().to_numpy()
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return [positions[part] for part in np.split(order, cuts)]


def _said(value: object) -> str:
    return str(value)[:10] if hasattr(value, "year") else str(value)
