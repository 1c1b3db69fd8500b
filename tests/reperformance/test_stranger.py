"""A stranger re-performs the lead: openpyxl, the binder's own inputs, and arithmetic.

Nothing of the product is imported here. C-3's formula columns are not read; they are worked out
again from its input columns as the paper's own procedure tells, and C-1 is summed from them.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

REPO = Path(__file__).resolve().parent.parent.parent
CENT = Decimal("0.01")


def rounded(value: float, places: int) -> float:
    """Half away from zero on the 15 digits a spreadsheet shows."""
    exact = Decimal(f"{value:.15g}")
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@pytest.fixture(scope="module")
def binder(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    out = tmp_path_factory.mktemp("stranger") / "binder.xlsx"
    book = REPO / "workbooks" / "worked_example.xlsx"
    command = [sys.executable, "-m", "invval_xl", "refresh", str(book), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, cwd=REPO)
    loaded = openpyxl.load_workbook(out, data_only=True, read_only=True)
    formulas = openpyxl.load_workbook(out, read_only=True)
    rows = {n: list(loaded[n].iter_rows(values_only=True)) for n in ("C-1 Lead", "C-3 LCNRV")}
    rows["C-3 formulas"] = list(formulas["C-3 LCNRV"].iter_rows(values_only=True))
    return rows


def header(rows: list[tuple[Any, ...]], *wanted: str) -> int:
    return next(i for i, row in enumerate(rows) if set(wanted) <= {v for v in row if v})


def inputs(binder: dict[str, list[tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """The input columns of C-3; a column of formulas is refused, so that none is read."""
    rows, formulas = binder["C-3 LCNRV"], binder["C-3 formulas"]
    at = header(rows, "SKU", "Tranche", "Item Cost")
    heads = rows[at]
    first = formulas[at + 1]
    values = rows[at + 1 :]
    end = next(i for i, row in enumerate(values) if row[0] == "Total")
    numbers = header(rows, "No.", "Assumption", "Value")
    stated: dict[float, float] = {}
    for row in rows[numbers + 1 :]:
        if not isinstance(row[0], (int, float)):
            break
        stated[float(row[0])] = float(row[3])
    taken = {
        name: heads.index(name)
        for name in ("Category", "Tranche", "Units On Hand", "Firm Units", "Damaged Units",
                     "Daily Rate, Units", "Item Cost", "Cost", "Price",
                     "Contract Or Salvage Price", "Cost To Complete", "Cost To Sell",
                     "Reserve Brought Forward", "Reversible At Most", "SKU", "Location")
    }  # fmt: skip
    # An assumption is named by number in the column "A No." before the one it fills.
    for name in ("Demand Horizon Days", "Markdown Probability", "Markdown Rate", "Channel Rate",
                 "Cost To Sell Rate"):  # fmt: skip
        taken[name] = heads.index(name) - 1
        assert heads[taken[name]] == "A No."
    for name, column in taken.items():
        assert not str(first[column] or "").startswith("="), f"{name} is a formula"
    out = []
    for row in values[:end]:
        item = {name: row[column] for name, column in taken.items()}
        for name in ("Demand Horizon Days", "Markdown Probability", "Markdown Rate",
                     "Channel Rate", "Cost To Sell Rate"):  # fmt: skip
            item[name] = None if item[name] is None else stated[float(item[name])]
        out.append(item)
    return out


def units_of(row: dict[str, Any]) -> float:
    """Units of the tranche: firm orders first, then damaged, then demand, the rest is excess."""
    held = row["Units On Hand"]
    firm = min(held, row["Firm Units"] or 0)
    damaged = min(held - firm, row["Damaged Units"] or 0)
    rest = max(0, held - (row["Firm Units"] or 0) - (row["Damaged Units"] or 0))
    rate = row["Daily Rate, Units"]
    wanted = rest
    if rate is not None:
        wanted = min(rest, rounded(rounded(rate * row["Demand Horizon Days"], 8), 0))
    return {
        "firm orders": firm,
        "damaged": damaged,
        "ordinary demand": wanted,
        "excess": rest - wanted,
    }[row["Tranche"]]


def required_of(row: dict[str, Any]) -> float:
    """Cost above NRV, per unit, extended by units, in cents, never above cost."""
    price = row["Price"]
    if row["Contract Or Salvage Price"] is not None:
        price = row["Contract Or Salvage Price"]
    elif row["Channel Rate"] is not None:
        price = rounded(price * row["Channel Rate"], 4)
    elif row["Markdown Probability"] is not None:
        price = rounded(price * (1 - row["Markdown Probability"] * row["Markdown Rate"]), 4)
    else:
        price = rounded(price, 4)
    net = price * (1 - row["Cost To Sell Rate"]) - row["Cost To Complete"] - row["Cost To Sell"]
    nrv = rounded(net, 4)
    shortfall = max(0.0, row["Item Cost"] / row["Units On Hand"] - max(nrv, 0.0))
    return min(row["Cost"], rounded(units_of(row) * shortfall, 2))


def test_a_stranger_recomputes_the_lead_to_the_cent(
    binder: dict[str, list[tuple[Any, ...]]],
) -> None:
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = inputs(binder)
    assert len(rows) > 300
    for row in rows:
        required = required_of(row)
        forward = row["Reserve Brought Forward"]
        charge = max(0.0, rounded(required - forward, 2))
        back = min(row["Reversible At Most"], max(0.0, rounded(forward - required, 2)))
        of = sums[row["Category"]]
        for name, amount in (
            ("Cost", row["Cost"]),
            ("Write-down", charge),
            ("Reversal", back),
            ("Closing Reserve", forward + charge - back),
            ("Required Reserve", required),
        ):
            of[name] += Decimal(f"{amount:.15g}").quantize(CENT, ROUND_HALF_UP)
    lead = binder["C-1 Lead"]
    compared = 0
    for wanted in (("Closing Reserve", "Carrying Amount"), ("Required Reserve", "Required, Low")):
        at = header(lead, "Category", *wanted)
        heads = lead[at]
        for row in lead[at + 1 :]:
            if row[0] == "Total":
                break
            for name in ("Cost", "Write-down", "Reversal", "Closing Reserve", "Required Reserve"):
                if name in heads:
                    shown = Decimal(f"{row[heads.index(name)]:.15g}").quantize(CENT)
                    assert shown == sums[row[0]][name], (row[0], name)
                    compared += 1
    assert compared == len(sums) * 6


def test_the_stranger_would_notice_a_cent(binder: dict[str, list[tuple[Any, ...]]]) -> None:
    rows = [row for row in inputs(binder) if row["Tranche"] == "excess" and required_of(row) > 100]
    for row in rows[:20]:
        dearer = row | {"Item Cost": row["Item Cost"] + 0.01 * row["Units On Hand"]}
        assert required_of(dearer) != required_of(row)
