"""What stands from before: opening reserve, utilization on disposal, and asked-for releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_money
from invval_xl.accounting.rollforward import utilization_on_disposal
from invval_xl.guidance.register import finding
from invval_xl.reserving.lines import by_line, keyed
from invval_xl.terms import Framework

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.lines import ItemLines
    from invval_xl.tables.table import Table, Tables

_HALF_CENT = 0.005

__all__ = ["BroughtForward", "bring_forward", "fiscal_year"]


@dataclass(frozen=True, eq=False)
class BroughtForward:
    """Per line, in whole cents: opening reserve, utilization, and what a reversal may reach.

    ``opening + other - utilization`` stands against the line before this period's charge;
    ``other`` came in the period by other accounts than expense (a business acquired).
    ``reversible`` is the most that may come back: all of the original write-down under IFRS and
    FRS 102; under US GAAP only what was written down earlier in the same fiscal year. What
    was used came off the oldest write-down first, and what was acquired is nobody's write-down.
    ``gone_opening`` is the opening reserve of items no longer held at all, by category.
    """

    opening: NDArray[np.float64]
    utilization: NDArray[np.float64]
    reversible: NDArray[np.float64]
    gone: pd.DataFrame
    other: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()

    @property
    def standing(self) -> NDArray[np.float64]:
        """Opening and what was acquired, less utilization, in whole cents."""
        return round_money(self.opening + self.other - self.utilization)


def fiscal_year(day: dt.date, year_end: str) -> int:
    """The fiscal year a day belongs to, named by the calendar year it ends in.

    Examples
    --------
    >>> import datetime as dt
    >>> fiscal_year(dt.date(2026, 2, 28), "01-31"), fiscal_year(dt.date(2026, 10, 31), "12-31")
    (2027, 2026)
    """
    month, _, day_of_month = year_end.partition("-")
    ends = (int(month), int(day_of_month or 31))
    return day.year if (day.month, day.day) <= ends else day.year + 1


def bring_forward(tables: Tables, lines: ItemLines, as_of: dt.date) -> BroughtForward:
    """Read OpeningReserve and Disposals into the lines they concern.

    Utilization follows the units disposed of, pro rata, and never exceeds the item's reserve
    (S-X 12-09); a release asked for in a later fiscal year is refused under US GAAP
    (ASC 330-10-35-14), one above the original write-down everywhere (IAS 2.33).
    """
    import pandas as pd

    n = len(lines)
    zero = np.zeros(n)
    nothing = pd.DataFrame({n: [] for n in ("sku", "location", "category", "opening", "other")})
    table = tables.get("OpeningReserve")
    control = tables.control
    if table is None or not len(table):
        return BroughtForward(zero, zero, zero, nothing, zero, _ledger(tables, 0.0))
    findings: list[Finding] = list(_ledger(tables, float(table.frame["opening_reserve"].sum())))
    wanted = [
        "opening_reserve",
        "opening_units",
        "original_write_down",
        "written_down_on",
        "released",
        "charged_other",
    ]
    findings.extend(_below_nil(table))
    rows = keyed(lines, table, wanted)
    line = rows["line"].to_numpy()
    opening = round_money(by_line(line, rows["opening_reserve"].to_numpy(), n))
    utilization = _utilization(tables, lines, rows, opening, findings)
    gone = _gone(tables, table, rows, findings)
    year = fiscal_year(as_of, control.fiscal_year_end)
    same_year = np.array(
        [
            _same_year(day, year, control.fiscal_year_end)
            for day in _column(rows, "written_down_on")
        ],
        dtype=bool,
    )
    stated = pd.Series(_column(rows, "original_write_down"), dtype=float)
    fallback = rows["opening_reserve"].to_numpy(dtype=np.float64)
    original: NDArray[np.float64] = np.where(stated.isna(), fallback, stated)
    allowed = same_year if control.framework is Framework.US_GAAP else np.ones(len(rows), bool)
    left = _left(line, rows["opening_reserve"].to_numpy(dtype=np.float64), utilization)
    reach = np.where(left < fallback, np.minimum(original, left), original)
    reversible = round_money(by_line(line, np.where(allowed, reach, 0.0), n))
    findings.extend(_releases(table, rows, allowed, original, control.framework))
    other = round_money(by_line(line, _number(rows, "charged_other"), n))
    return BroughtForward(opening, utilization, reversible, gone, other, tuple(findings))


def _column(rows: pd.DataFrame, name: str) -> NDArray[np.object_]:
    return rows[name].to_numpy(dtype=object) if name in rows else np.full(len(rows), None)


def _number(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column that need not be there; blanks are nil."""
    return np.nan_to_num(_column(rows, name).astype(np.float64))


def _left(
    line: NDArray[np.int64], opening: NDArray[np.float64], used: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What is left of each row's opening reserve when its line's oldest rows are used up first."""
    rest, out = used.copy(), np.nan_to_num(opening)
    for i, at in enumerate(line):
        part = min(out[i], rest[at])
        out[i] -= part
        rest[at] -= part
    return out


def _below_nil(table: Table) -> list[Finding]:
    """Nothing is taken out of a reserve by other accounts here: what leaves has its own column."""
    charged = _number(table.frame, "charged_other")
    return [
        finding(
            "RV209",
            sheet=table.sheet,
            cell=table.cell(int(i), "charged_other"),
            dollars=float(-charged[i]),
            sku=table.frame["sku"].iloc[int(i)],
            amount=float(charged[i]),
        )
        for i in np.flatnonzero(charged < 0)
    ]


def _same_year(day: object, year: int, year_end: str) -> bool:
    date = getattr(day, "date", None)
    if day is None or date is None or day != day:  # noqa: PLR0124 (NaT is not itself)
        return False
    return fiscal_year(date(), year_end) == year


def _ledger(tables: Tables, total: float) -> tuple[Finding, ...]:
    control = tables.control
    total += tables.beside.opening if tables.beside else 0.0
    difference = round(total - control.gl_reserve, 2)
    if abs(difference) < _HALF_CENT:
        return ()
    table = tables.get("OpeningReserve")
    return (
        finding(
            "RV204",
            sheet=table.sheet if table else control.sheet,
            cell=control.cells.get("gl_reserve", "") if table is None else "",
            dollars=abs(difference),
            total=total,
            ledger=control.gl_reserve,
            difference=difference,
        ),
    )


def _utilization(
    tables: Tables,
    lines: ItemLines,
    rows: pd.DataFrame,
    opening: NDArray[np.float64],
    findings: list[Finding],
) -> NDArray[np.float64]:
    """Stated utilization where Disposals states it; else pro rata to the units disposed of."""
    n = len(lines)
    on_hand = lines.frame["units_on_hand"].to_numpy()
    stated = np.full(n, np.nan)
    disposed = np.zeros(n)
    table = tables.get("Disposals")
    if table is not None and len(table):
        out = keyed(lines, table, ["units", "reserve_utilized"])
        line = out["line"].to_numpy()
        disposed = by_line(line, out["units"].to_numpy(), n)
        if "reserve_utilized" in out:
            given = out["reserve_utilized"].notna().to_numpy()
            total = by_line(line[given], out["reserve_utilized"].to_numpy()[given], n)
            stated[np.unique(line[given])] = total[np.unique(line[given])]
    opening_units = np.full(n, np.nan)
    if "opening_units" in rows:
        known = rows["opening_units"].notna().to_numpy()
        line = rows["line"].to_numpy()[known]
        opening_units[line] = by_line(line, rows["opening_units"].to_numpy()[known], n)[line]
    base = np.where(np.isnan(opening_units), on_hand + disposed, opening_units)
    left = np.where(np.isnan(opening_units), disposed, np.maximum(opening_units - on_hand, 0.0))
    pro_rata = np.zeros(n)
    moves = (left > 0) & (opening > 0) & (base > 0)
    pro_rata[moves] = utilization_on_disposal(
        opening[moves], base[moves], np.minimum(left[moves], base[moves])
    )
    used = round_money(np.where(np.isnan(stated), pro_rata, stated))
    for i in np.flatnonzero(used > opening + 0.004):
        assert table is not None
        findings.append(
            finding(
                "RV205",
                sheet=table.sheet,
                dollars=float(used[i] - opening[i]),
                sku=lines.frame["sku"].iloc[i],
                location=lines.frame["location"].iloc[i],
                utilized=used[i],
                opening=opening[i],
            )
        )
    return np.minimum(used, opening)


def _gone(
    tables: Tables, table: Table, rows: pd.DataFrame, findings: list[Finding]
) -> pd.DataFrame:
    """Opening reserves of items with nothing on hand: wholly utilized, and said so."""
    frame = table.frame
    matched = np.zeros(len(frame), dtype=bool)
    matched[rows["position"].to_numpy()] = True
    other = round_money(_number(frame, "charged_other"))
    standing = round_money(frame["opening_reserve"].fillna(0).to_numpy(dtype=float)) + other
    some = ~matched & (standing != 0)
    left = frame[some]
    master = tables.item_master.frame.drop_duplicates("sku").set_index("sku")["category"]
    out: pd.DataFrame = left[["sku", "location"]].assign(
        category=left["sku"].map(master).fillna("(no category)"),
        opening=round_money(left["opening_reserve"].fillna(0).to_numpy(dtype=float)),
        other=other[some],
    )
    for position, row in zip(np.flatnonzero(some), out.to_dict("records"), strict=True):
        findings.append(
            finding(
                "RV206",
                sheet=table.sheet,
                cell=table.cell(int(position), "opening_reserve"),
                dollars=row["opening"] + row["other"],
                sku=row["sku"],
                location=row["location"],
                opening=row["opening"] + row["other"],
            )
        )
    # one item may have been written down in several years, a row each
    once = out.groupby(["sku", "location"], sort=False, as_index=False)
    items = once.agg({"category": "first", "opening": "sum", "other": "sum"})
    items[["opening", "other"]] = round_money(items[["opening", "other"]].to_numpy())
    return items


def _releases(
    table: Table,
    rows: pd.DataFrame,
    allowed: NDArray[np.bool_],
    original: NDArray[np.float64],
    framework: Framework,
) -> list[Finding]:
    """Releases somebody asked for in the Released column, tested against the framework."""
    out: list[Finding] = []
    if "released" not in rows:
        return out
    asked = rows["released"].fillna(0.0).to_numpy(dtype=float)
    for i in np.flatnonzero(asked > 0):
        row = rows.iloc[int(i)]
        place = {"sheet": table.sheet, "cell": table.cell(int(row["position"]), "released")}
        what = f"{asked[i]:,.2f} for {row['sku']} at {row['location']}"
        if framework is Framework.US_GAAP and not allowed[i]:
            out.append(
                finding(
                    "FW104",
                    sheet=place["sheet"],
                    cell=place["cell"],
                    dollars=float(asked[i]),
                    release=what,
                )
            )
        elif asked[i] > original[i] + 0.004:
            out.append(
                finding(
                    "FW105",
                    sheet=place["sheet"],
                    cell=place["cell"],
                    dollars=float(asked[i] - original[i]),
                    release=what,
                    permitted=f"{original[i]:,.2f}",
                )
            )
    return out
