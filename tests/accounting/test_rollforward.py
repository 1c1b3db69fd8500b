"""The reserve over time: filed schedules foot, reversals keep their caps, releases are refused."""

import numpy as np
import pytest

from invval_xl.accounting.nrv import lcnrv, net_realizable_value, unit_write_down
from invval_xl.accounting.reversal import permitted_reversal, release
from invval_xl.accounting.rollforward import close, schedule_ii, utilization_on_disposal
from invval_xl.findings import AccountingError

# SEC EDGAR, Schedule II: opening, to expense, to other accounts, deductions, closing
FILED = [
    ("740694, 2010", 15909, 1434, 0, 1145, 16198),
    ("740694, 2011", 16198, 5583, 0, 181, 21600),
    ("Douglas 2014", 1599, 1752, 0, 899, 2452),
    ("Douglas 2015", 2452, 2251, 0, 2099, 2604),
    ("742112, 2018", 19003, 3673, 0, 4334, 18342),
    ("742112, 2019", 18342, 3542, 0, 3706, 18178),
    ("1163739, 2017", 26537, 5897, 0, 3500, 28934),
    ("Continental 2017", 312000, 282000, 0, 76000, 518000),
    (
        "Continental 2018, doubtful accounts: a negative deduction adds",
        240000,
        165000,
        0,
        -155000,
        560000,
    ),
    ("881524, 2010: a negative charge", 1574, -353, 0, 1221, 0),
]


@pytest.mark.parametrize("row", FILED, ids=[row[0] for row in FILED])
def test_filed_schedule_foots_as_filed(row: tuple[str, int, int, int, int, int]) -> None:
    _, opening, expense, other, deductions, closing = row
    found, challenged = schedule_ii(opening, expense, other, deductions)
    assert float(found) == closing
    assert bool(challenged) is (expense < 0)


def test_a_ledger_of_our_own_takes_no_negative_charge() -> None:
    with pytest.raises(AccountingError) as refused:
        close(1574, -353, 0, 1221)
    assert refused.value.code == "FW121"


def test_closing_of_one_year_is_the_opening_of_the_next() -> None:
    first = close(15909, 1434, 0, 1145)
    assert float(close(first, 5583, 0, 181)) == 21600


def test_each_column_moves_the_reserve_its_own_way() -> None:
    assert float(close(100, 10, -3, 20, 7)) == 80
    assert np.isnan(close([100, 100], [np.nan, 1], 0, 0, 0)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((-1, 0, 0, 0, 0), "FW121"),
        ((1, 0, 0, -1, 0), "FW121"),
        ((1, 0, 0, 0, -1), "FW121"),
        ((100, 0, 0, 101, 0), "FW120"),
        ((100, 0, -50, 30, 30), "FW120"),
    ],
)
def test_a_reserve_never_goes_below_nothing(parts: tuple[float, ...], code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        close(*parts)
    assert refused.value.code == code


def test_last_bits_do_not_refuse_a_reserve_used_up() -> None:
    assert abs(float(close(0.3, 0, 0, 0.1 + 0.2))) < 1e-12


def test_utilization_follows_the_units_and_stops_at_the_items_reserve() -> None:
    used = utilization_on_disposal(
        [1000, 1000, 1000, 0, 500], [50, 50, 50, 0, 0], [0, 20, 80, 5, 5]
    )
    np.testing.assert_array_equal(used, [0, 400, 1000, 0, np.nan])
    assert np.isnan(utilization_on_disposal([np.nan, 10], [1, 1], [1, np.nan])).all()


@pytest.mark.parametrize(
    ("parts", "code"), [((-1, 1, 1), "FW121"), ((1, -1, 1), "FW111"), ((1, 1, -1), "FW111")]
)
def test_utilization_refuses_wrong_signs(parts: tuple[float, ...], code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        utilization_on_disposal(*parts)
    assert refused.value.code == code


def test_reversal_up_to_cost_theanalystspace() -> None:
    # forum.theanalystspace.com 105103 (IFRS): cost 720,000, price 740,000 then 810,000, less 50,000
    nrv = net_realizable_value([740_000, 810_000], cost_to_sell=50_000)
    assert nrv.tolist() == [690_000, 760_000]
    down, carrying = float(unit_write_down(720_000, nrv[0])), float(lcnrv(720_000, nrv[0]))
    back = permitted_reversal("ifrs", down, 720_000, carrying, nrv[1])
    assert (down, carrying + float(back), float(back)) == (30_000, 720_000, 30_000)


def test_reversal_capped_at_the_write_down_cfa() -> None:
    # event.pzacademy.com 193764: 3,000 and not 8,000
    assert float(permitted_reversal("ifrs", 3000, 100_000, 97_000, 105_000)) == 3000


def test_reversal_each_cap_binds_in_turn() -> None:
    back = permitted_reversal(
        "frs-102",
        written_down=[30, 30, 5, 30, 30, np.nan],
        cost=100,
        carrying=[70, 70, 70, 70, 70, 70],
        nrv=[120, 85, 85, 60, -4, 90],
    )
    np.testing.assert_array_equal(back, [30, 15, 5, 0, 0, np.nan])


def test_us_gaap_gives_nothing_back_but_within_the_year() -> None:
    parts = (3000, 100_000, 97_000, 105_000)
    assert float(permitted_reversal("us-gaap", *parts)) == 0
    assert float(permitted_reversal("us-gaap", *parts, same_year_interim=True)) == 3000
    assert np.shape(permitted_reversal("us-gaap", [1, 2], 9, 7, [9, np.nan])) == (2,)


def refusal(*arguments: object, **keywords: bool) -> tuple[str, str]:
    with pytest.raises(AccountingError) as refused:
        release(*arguments, **keywords)  # type: ignore[arg-type]
    return refused.value.code, refused.value.paragraph


def test_release_in_a_later_year_is_refused_by_its_paragraph() -> None:
    parts = (100, 3000, 100_000, 97_000, 105_000)
    assert refusal("us-gaap", *parts) == ("FW104", "ASC 330-10-35-14")
    assert float(release("us-gaap", *parts, same_year_interim=True)) == 100
    assert float(release("us-gaap", 0, *parts[1:])) == 0  # nothing asked, nothing refused


def test_release_above_the_cap_is_refused() -> None:
    assert refusal("ifrs", 3000.01, 3000, 100_000, 97_000, 105_000) == ("FW105", "IAS 2.33")
    assert refusal("us-gaap", 3001, 3000, 100_000, 97_000, 105_000, same_year_interim=True) == (
        "FW105",
        "ASC 270-10-45-6",
    )
    assert refusal("ifrs", -1, 3000, 100_000, 97_000, 105_000)[0] == "FW121"
    assert release("ifrs", [1, 2], 3000, 100_000, 97_000, 105_000).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("gaap", 1, 10, 9, 10), "FW116"),
        (("ifrs", -1, 10, 9, 10), "FW121"),
        (("ifrs", 1, -10, 9, 10), "FW110"),
        (("ifrs", 1, 10, -9, 10), "FW110"),
        (("ifrs", 1, 10, 10.01, 10), "FW129"),
    ],
)
def test_impossible_positions_are_refused(arguments: tuple, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        permitted_reversal(*arguments)
    assert refused.value.code == code


def test_parts_left_out_are_nothing() -> None:
    assert float(close(100, 10)) == 110
    assert float(close(100, 10, 5)) == 115
    assert float(close(100, 10, utilization=5)) == 105
    assert float(close(100, 10, reversal=5)) == 105
    assert close([100, 100], 10, [0, 5], [5, 0], [0, 7]).tolist() == [105, 108]


def test_schedule_adds_other_accounts_and_challenges_only_what_is_below_zero() -> None:
    closing, challenged = schedule_ii(100, [0, 0.5, -0.5], 20, 10)
    assert closing.tolist() == [110, 110.5, 109.5]
    assert challenged.tolist() == [False, False, True]


def test_a_reserve_on_one_unit_is_used_with_it() -> None:
    assert utilization_on_disposal([8, 1], [1, 2], [0.5, 1]).tolist() == [4, 0.5]


def test_last_bits_above_cost_pass_and_a_thousandth_does_not() -> None:
    assert float(permitted_reversal("ifrs", 1, 10, 10 + 5e-9, 20)) == 0
    assert float(permitted_reversal("ifrs", 1, 1e6, 1e6 + 5e-4, 2e6)) == 0
    assert float(permitted_reversal("ifrs", 1, 0, 5e-10, 1)) == 0
    for cost, carrying in ((10, 10 + 2e-8), (1e6, 1e6 + 2e-3), (0, 2e-9)):
        with pytest.raises(AccountingError) as refused:
            permitted_reversal("ifrs", 1, [10, cost], [9, carrying], 20)
        assert refused.value.code == "FW129"


def test_nrv_below_zero_lifts_nothing() -> None:
    assert float(permitted_reversal("ifrs", 30, 100, 0.5, -4)) == 0


def test_release_of_all_that_is_permitted_passes_to_the_last_bit() -> None:
    parts = (0.3, 1.0, 0.7, 1.0)
    assert float(release("ifrs", 0.1 + 0.2, *parts)) == 0.1 + 0.2
    assert float(release("ifrs", 3e6 + 2e-3, 3e6, 9e6, 5e6, 9e6)) == 3e6 + 2e-3
    for asked in (0.3 + 2e-9, [0.1, 0.31]):
        assert refusal("ifrs", asked, *parts)[0] == "FW105"
    assert refusal("ifrs", 3e6 + 4e-3, 3e6, 9e6, 5e6, 9e6)[0] == "FW105"
