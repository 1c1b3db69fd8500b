"""Seeded breaks in a balance set that foots: the test of every test that looks for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import MisuseError
from invval_xl.sources.demo.catalogue import STUDY_SKU

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from invval_xl.sources.demo.retailer import DemoRetailer

__all__ = ["BREAK_KINDS", "inject"]

_BLOCKS = ("units", "cost", "retail")
_LEAST_COST = 200.0  # what a line must be worth to be worth breaking
_LEAST_UNITS = 4
_TRUTH = ("sheet", "sku", "location", "period_end", "column", "dollars", "kind")


@dataclass(frozen=True)
class _Break:
    """One kind: which rows it can strike, and what it does to one; returns column and dollars."""

    eligible: Callable[[pd.DataFrame], pd.Series[bool]]
    strike: Callable[[pd.DataFrame, int, np.random.Generator], tuple[str, float]]


def inject(
    retailer: DemoRetailer, kinds: Sequence[str], seed: int, *, each: int = 3
) -> tuple[DemoRetailer, pd.DataFrame]:
    """Break the balance set in known places.

    Parameters
    ----------
    retailer
        A retailer whose books foot; it is not changed.
    kinds
        Kinds out of ``BREAK_KINDS``.
    seed
        Which rows are struck.
    each
        How many of each kind; a duplicate load repeats this many rows of one location and
        period. No SKU-location is struck twice, and SKU 47382 never.

    Returns
    -------
    tuple[DemoRetailer, DataFrame]
        The broken retailer, and the truth: ``sheet, sku, location, period_end, column, dollars,
        kind``, dollars at cost and positive.

    Raises
    ------
    MisuseError
        For an unknown kind, or where the books hold too few lines to strike.

    Examples
    --------
    >>> from invval_xl.sources.demo import generate
    >>> small = generate(items=10, locations=2, seed=7, future_weeks=0)
    >>> broken, truth = inject(small, ["missing receipts"], seed=1, each=1)
    >>> truth["column"].tolist()
    ['receipts_units']
    """
    unknown = [k for k in kinds if k not in BREAK_KINDS]
    if unknown:
        raise MisuseError(
            f"No break is called {unknown[0]!r}; known are: {', '.join(BREAK_KINDS)}."
        )
    import pandas as pd

    rng = np.random.default_rng(np.random.SeedSequence([seed, 0xB2EA]))
    book = retailer.frames["BalanceSet"].copy()
    free = _strikable(book)
    truth: list[tuple[object, ...]] = []
    for kind in dict.fromkeys(kinds):
        if kind == "duplicate load":
            continue
        how = _KINDS[kind]
        rows = np.flatnonzero((free & how.eligible(book)).to_numpy())
        if len(rows) < each:
            raise MisuseError(f"Too few lines to strike with {kind!r}: {len(rows)} of {each}.")
        for _ in range(each):
            rows = rows[free.to_numpy()[rows]]
            if not len(rows):
                raise MisuseError(f"Too few SKU-locations to strike with {kind!r}.")
            at = int(rng.choice(rows))
            column, dollars = how.strike(book, at, rng)
            truth.append((*_where(book, at), column, round(dollars, 2), kind))
            free &= ~_same_pair(book, at)
    if "duplicate load" in kinds:
        book, repeated = _load_twice(book, free, rng, each)
        truth += repeated
    broken = replace(retailer, frames={**retailer.frames, "BalanceSet": book})
    return broken, pd.DataFrame(truth, columns=list(_TRUTH))


def _strikable(book: pd.DataFrame) -> pd.Series[bool]:
    """Rows with a period before and after, so that only the break itself breaks continuity."""
    pair = book.groupby(["sku", "location"], sort=False)
    inside = (pair.cumcount() > 0) & (pair.cumcount(ascending=False) > 0)
    return inside & (book["sku"] != STUDY_SKU)


def _same_pair(book: pd.DataFrame, at: int) -> pd.Series[bool]:
    here = book.iloc[at]
    same: pd.Series[bool] = (book["sku"] == here["sku"]) & (book["location"] == here["location"])
    return same


def _where(book: pd.DataFrame, at: int) -> tuple[object, ...]:
    here = book.iloc[at]
    return ("BalanceSet", here["sku"], here["location"], here["period_end"])


def _cell(book: pd.DataFrame, at: int, column: str) -> float:
    return float(book[column].to_numpy(dtype=np.float64)[at])


def _set(book: pd.DataFrame, at: int, column: str, value: float) -> None:
    book.loc[book.index[at], column] = value


def _missing(book: pd.DataFrame, at: int, _: np.random.Generator) -> tuple[str, float]:
    dollars = _cell(book, at, "receipts_cost")
    for block in _BLOCKS:
        _set(book, at, f"receipts_{block}", 0.0)
    return "receipts_units", dollars


def _twice(book: pd.DataFrame, at: int, _: np.random.Generator) -> tuple[str, float]:
    dollars = _cell(book, at, "receipts_cost")
    for block in _BLOCKS:
        _set(book, at, f"receipts_{block}", 2.0 * _cell(book, at, f"receipts_{block}"))
    return "receipts_units", dollars


def _flip(book: pd.DataFrame, at: int, _: np.random.Generator) -> tuple[str, float]:
    """Enter a reduction with a minus: EOP is out by twice the line."""
    dollars = 2.0 * _cell(book, at, "sales_cost")
    for block in _BLOCKS:
        _set(book, at, f"sales_{block}", -_cell(book, at, f"sales_{block}"))
    return "sales_units", dollars


def _transposed(units: int) -> int:
    """``units`` with the first two neighbouring digits that differ exchanged; itself if none."""
    digits = str(units)
    for i in range(len(digits) - 1):
        if digits[i] != digits[i + 1] and not (i == 0 and digits[1] == "0"):
            return int(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :])
    return units


def _transpose(book: pd.DataFrame, at: int, _: np.random.Generator) -> tuple[str, float]:
    units = int(_cell(book, at, "eop_units"))
    wrong = _transposed(units)
    _set(book, at, "eop_units", float(wrong))
    return "eop_units", abs(wrong - units) * _cell(book, at, "eop_cost") / units


def _bop(book: pd.DataFrame, at: int, rng: np.random.Generator) -> tuple[str, float]:
    """Key the opening balance anew, wrong by a tenth to a third in all blocks."""
    units = _cell(book, at, "bop_units")
    off = max(round(units * float(rng.uniform(0.1, 0.33))), 1)
    dollars = 0.0
    for block in _BLOCKS:
        before = _cell(book, at, f"bop_{block}")
        after = round(before * (1.0 + off / units), 0 if block == "units" else 2)
        _set(book, at, f"bop_{block}", after)
        if block == "cost":
            dollars = after - before
    return "bop_units", dollars


def _tenfold(book: pd.DataFrame, at: int, _: np.random.Generator) -> tuple[str, float]:
    cost = _cell(book, at, "receipts_cost")
    _set(book, at, "receipts_cost", round(10.0 * cost, 2))
    return "receipts_cost", 9.0 * cost


def _load_twice(
    book: pd.DataFrame, free: pd.Series[bool], rng: np.random.Generator, each: int
) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    """Append rows of one location and period a second time, unchanged."""
    import pandas as pd

    worth = free & (book["eop_cost"] >= _LEAST_COST)
    listed = book.loc[worth, ["location", "period_end"]].value_counts(sort=False)
    large = listed[listed >= each].index.sort_values().to_frame(index=False)
    if large.empty:
        raise MisuseError("Too few lines to strike with 'duplicate load'.")
    chosen = large.iloc[int(rng.integers(len(large)))]
    here = worth & (book["location"] == chosen["location"])
    here &= book["period_end"] == chosen["period_end"]
    rows = np.sort(rng.choice(np.flatnonzero(here.to_numpy()), each, replace=False))
    truth = [
        (
            *_where(book, int(at)),
            "eop_units",
            round(_cell(book, int(at), "eop_cost"), 2),
            "duplicate load",
        )
        for at in rows
    ]
    return pd.concat([book, book.iloc[rows]], ignore_index=True), truth


def _has_receipts(book: pd.DataFrame) -> pd.Series[bool]:
    return (book["receipts_cost"] >= _LEAST_COST) & (book["receipts_units"] > 0)


_KINDS: dict[str, _Break] = {
    "missing receipts": _Break(_has_receipts, _missing),
    "duplicate receipts": _Break(_has_receipts, _twice),
    "sign flip": _Break(lambda b: b["sales_cost"] >= _LEAST_COST, _flip),
    "transposed EOP": _Break(
        lambda b: (
            (b["eop_cost"] >= _LEAST_COST)
            & (b["eop_units"].map(lambda u: _transposed(int(u)) != int(u)))
        ),
        _transpose,
    ),
    "BOP not equal to prior EOP": _Break(
        lambda b: (b["bop_units"] >= _LEAST_UNITS) & (b["bop_cost"] >= _LEAST_COST), _bop
    ),
    "cost x 10": _Break(_has_receipts, _tenfold),
}
BREAK_KINDS: tuple[str, ...] = (*_KINDS, "duplicate load")
