"""Each break breaks what its truth says, in that place, by those dollars, and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest

from invval_xl.findings import MisuseError
from invval_xl.sources.demo import BREAK_KINDS, inject
from tests.sources.recomputed import BLOCKS, KEYS, discontinuity, footing

PLACE = [*KEYS, "period_end"]


def places(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    return set(frame[PLACE].itertuples(index=False, name=None))


def off(book: pd.DataFrame, block: str) -> pd.Series:
    """Footing difference of the rows that do not foot, by place."""
    breaks = footing(book, block)
    return breaks[breaks != 0].set_axis(pd.MultiIndex.from_frame(book.loc[breaks != 0, PLACE]))


def test_the_kinds_are_those_the_project_promises_to_find():
    assert set(BREAK_KINDS) == {
        "missing receipts", "duplicate receipts", "sign flip", "transposed EOP",
        "BOP not equal to prior EOP", "cost x 10", "duplicate load",
    }  # fmt: skip


@pytest.mark.parametrize("kind", [k for k in BREAK_KINDS if k != "duplicate load"])
def test_only_the_rows_struck_stop_footing(retailer, kind):
    broken, truth = inject(retailer, [kind], seed=4)
    book = broken.frames["BalanceSet"]
    assert len(truth) == 3
    assert set(truth["kind"]) == {kind}
    found = set()
    for block in BLOCKS:
        found |= set(off(book, block).index)
    assert found == places(truth)


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("missing receipts", 1), ("duplicate receipts", -1), ("sign flip", -1), ("cost x 10", -1),
     ("BOP not equal to prior EOP", -1)],
)  # fmt: skip
def test_dollars_are_what_the_cost_block_is_out_by(retailer, kind, sign):
    broken, truth = inject(retailer, [kind], seed=4)
    out = off(broken.frames["BalanceSet"], "cost")
    expected = truth.set_index(PLACE)["dollars"]
    pd.testing.assert_series_equal(
        (sign * out).sort_index(), expected.sort_index(), check_names=False, atol=0.011
    )


def test_transposed_eop_differs_by_a_multiple_of_nine_at_average_cost(retailer):
    broken, truth = inject(retailer, ["transposed EOP"], seed=4)
    before = retailer.frames["BalanceSet"].set_index(PLACE)
    after = broken.frames["BalanceSet"].set_index(PLACE)
    for row in truth.itertuples():
        at = (row.sku, row.location, row.period_end)
        units = before.loc[at, "eop_units"]
        wrong = after.loc[at, "eop_units"]
        assert sorted(f"{units:.0f}") == sorted(f"{wrong:.0f}")
        assert (wrong - units) % 9 == 0
        average = before.loc[at, "eop_cost"] / units
        assert row.dollars == pytest.approx(abs(wrong - units) * average, abs=0.01)


def test_wrong_bop_is_also_a_break_of_continuity_and_nothing_else_is(retailer):
    broken, truth = inject(retailer, ["BOP not equal to prior EOP"], seed=4)
    book = broken.frames["BalanceSet"]
    assert places(book[discontinuity(book, "units") != 0]) == places(truth)
    other, _ = inject(retailer, ["missing receipts", "duplicate receipts", "cost x 10"], seed=4)
    book = other.frames["BalanceSet"]
    assert (discontinuity(book, "units") == 0).all()
    assert (discontinuity(book, "cost") == 0).all()


def test_duplicate_load_repeats_rows_of_one_location_and_period(retailer):
    broken, truth = inject(retailer, ["duplicate load"], seed=4)
    before, after = retailer.frames["BalanceSet"], broken.frames["BalanceSet"]
    assert len(after) == len(before) + len(truth)
    again = after[after.duplicated(PLACE)]
    assert places(again) == places(truth)
    assert after[after.duplicated()].equals(again)
    assert truth["location"].nunique() == truth["period_end"].nunique() == 1
    pd.testing.assert_series_equal(
        again.set_index(PLACE)["eop_cost"].sort_index(),
        truth.set_index(PLACE)["dollars"].sort_index(),
        check_names=False,
    )


def test_all_kinds_together_strike_different_sku_locations_and_never_47382(retailer):
    _, truth = inject(retailer, BREAK_KINDS, seed=4)
    assert truth.groupby("kind").size().eq(3).all()
    assert set(truth["kind"]) == set(BREAK_KINDS)
    assert not truth.duplicated(KEYS).any()
    assert "47382" not in set(truth["sku"])
    assert (truth["dollars"] > 0).all()


def test_the_retailer_given_is_not_changed(retailer):
    before = retailer.frames["BalanceSet"].copy()
    inject(retailer, BREAK_KINDS, seed=4)
    pd.testing.assert_frame_equal(before, retailer.frames["BalanceSet"])


def test_an_unknown_kind_is_refused(retailer):
    with pytest.raises(MisuseError, match="'gremlins'"):
        inject(retailer, ["gremlins"], seed=4)
