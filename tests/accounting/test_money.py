"""Cents: rounding against a decimal oracle on the 15-digit text, allocation that foots."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from invval_xl.accounting.money import (
    allocate,
    round_half_away,
    round_money,
    to_cents,
    total_money,
)
from invval_xl.findings import AccountingError


def oracle(value: float, places: int) -> float:
    """The 15-significant-digit text of the value, rounded half up in decimal."""
    digits = Decimal(f"{value:.14e}")
    rounded = digits.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return float(rounded) + 0.0


def hard_cases() -> np.ndarray:
    """Half-cent values of every size to 1e10, a few last bits off, and products of prices."""
    draw = np.random.default_rng(20261122)
    parts = []
    for size in range(11):
        cents = draw.integers(0, 10 ** min(size + 2, 12), 1500)
        halves = (2 * cents + 1) * 0.005
        parts += [
            halves,
            halves * (1 + draw.integers(-60, 61, halves.size) * 2.0**-52),
            np.nextafter(halves, 0),
            np.nextafter(halves, np.inf),
            draw.random(1500) * 10.0**size,
        ]
    prices = np.round(draw.random(8000) * 100, 3)
    parts += [draw.integers(1, 4000, 8000) * prices, prices * 0.35, prices / 8]
    cases = np.concatenate(parts)
    return np.concatenate([cases, -cases])


@pytest.mark.parametrize("places", [2, 4, 0, -2])
def test_rounding_equals_the_decimal_oracle_on_every_hard_case_to_1e10(places: int) -> None:
    cases = hard_cases()
    assert cases.size > 150_000
    expected = np.array([oracle(value, places) for value in cases.tolist()])
    rounded = round_half_away(cases, places)
    wrong = np.flatnonzero(rounded != expected)
    assert wrong.size == 0, [(repr(cases[i]), rounded[i], expected[i]) for i in wrong[:5]]


def test_cents_of_every_hard_case_are_the_rounded_money() -> None:
    cases = hard_cases()
    expected = [round(oracle(value, 2) * 100) for value in cases.tolist()]
    np.testing.assert_array_equal(to_cents(cases), expected)


def test_sizes_without_any_place_within_fifteen_digits_round_to_fifteen_digits() -> None:
    sizes = 1.234567890123456 * 10.0 ** np.arange(13, 300)
    np.testing.assert_allclose(round_money(sizes), sizes, rtol=5e-15)
    np.testing.assert_allclose(round_half_away(-sizes, -3), -sizes, rtol=5e-10)


def test_numpy_and_python_rounding_would_fail_the_same_oracle() -> None:
    cases = hard_cases()
    expected = np.array([oracle(value, 2) for value in cases.tolist()])
    assert np.count_nonzero(np.round(cases, 2) != expected) > 1000


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (1.005, 2, 1.01),
        (2.675, 2, 2.68),
        (-2.675, 2, -2.68),
        (0.285, 2, 0.29),
        (1.4999999999999999, 0, 2.0),  # reads 1.5 in 15 digits
        (0.5, 0, 1.0),
        (-0.5, 0, -1.0),
        (-0.004, 2, 0.0),
        (1e10 + 0.005, 2, 10000000000.01),
        (1250, -2, 1300.0),
        (12345678901234.56, 2, 12345678901234.6),  # no cents within 15 digits
        (5e-324, 2, 0.0),
    ],
)
def test_rounding_at_the_edges(value: float, places: int, expected: float) -> None:
    assert float(round_half_away(value, places)) == expected


def test_minus_zero_does_not_survive_rounding() -> None:
    assert not np.signbit(round_money([-0.001, -0.0])).any()


def test_unknown_and_infinite_pass_through_rounding_in_place() -> None:
    rounded = round_money([[np.nan, 1.005], [np.inf, -np.inf]])
    np.testing.assert_array_equal(rounded, [[np.nan, 1.01], [np.inf, -np.inf]])


def test_overflow_on_scaling_leaves_the_value() -> None:
    np.testing.assert_array_equal(round_money([1.5e308, -1.5e308]), [1.5e308, -1.5e308])


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (40_000,)])
def test_rounding_keeps_the_shape(shape: tuple[int, ...]) -> None:
    assert np.shape(round_money(np.full(shape, 0.125))) == shape
    assert np.all(round_money(np.full(shape, 0.125)) == 0.13)


def test_rounding_does_not_write_into_its_argument_and_reads_any_layout() -> None:
    grid = np.arange(12, dtype=float).reshape(3, 4) + 0.125
    kept = grid.copy()
    np.testing.assert_array_equal(round_money(grid.T), round_money(kept).T)
    np.testing.assert_array_equal(grid, kept)


@pytest.mark.parametrize("places", [16, -16])
def test_places_beyond_fifteen_are_refused(places: int) -> None:
    with pytest.raises(ValueError, match="between -15 and 15"):
        round_half_away(1.0, places)


def test_total_of_rounded_lines_is_not_the_rounded_total() -> None:
    lines = np.full(2000, 10.0049)
    assert total_money(lines) == 20000.00
    assert float(round_money(lines.sum())) == 20009.80


def test_total_over_a_million_lines_is_exact_in_cents() -> None:
    cents = np.random.default_rng(3).integers(-(10**8), 10**8, 1_000_000)
    assert total_money(cents / 100) == int(cents.sum()) / 100


def test_total_is_unknown_where_a_line_is() -> None:
    assert np.isnan(total_money([1.0, np.nan]))
    assert total_money([]) == 0.0


@pytest.mark.parametrize("unknown", [np.nan, np.inf, 1e300])
def test_no_cents_of_what_is_unknown_or_beyond_exactness(unknown: float) -> None:
    with pytest.raises(AccountingError) as refused:
        to_cents([1.0, unknown])
    assert refused.value.code == "FW123"


def test_ten_over_three_gives_the_odd_cent_to_the_last_line() -> None:
    assert allocate(10.00, [1, 1, 1]).tolist() == [3.33, 3.33, 3.34]


def test_each_line_gets_its_share_and_the_odd_cent_goes_to_the_largest_remainder() -> None:
    assert allocate(100.00, [0.0, 2.0, 1.0]).tolist() == [0.0, 66.67, 33.33]
    assert allocate(1.00, [50.4, 49.6]).tolist() == [0.50, 0.50]
    assert allocate(1.00, [50.6, 49.4]).tolist() == [0.51, 0.49]


def test_negative_total_is_the_mirror_of_the_positive() -> None:
    weights = [3.0, 1.0, 4.0, 1.0, 5.0]
    np.testing.assert_array_equal(allocate(-100.01, weights), -allocate(100.01, weights))


def test_zero_weight_gets_nothing_even_of_odd_cents() -> None:
    assert allocate(0.02, [0.0, 1.0, 1.0, 1.0, 0.0]).tolist() == [0.0, 0.0, 0.01, 0.01, 0.0]


def test_nothing_over_nothing_is_nothing() -> None:
    assert allocate(0.0, [0.0, 0.0]).tolist() == [0.0, 0.0]
    assert allocate(0.0, []).tolist() == []


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, np.nan], [1.0, -1.0], [1.0, np.inf], []])
def test_no_basis_to_allocate_on_is_refused(weights: list[float]) -> None:
    with pytest.raises(AccountingError) as refused:
        allocate(10.0, weights)
    assert refused.value.code == "FW124"


def test_keys_make_allocation_wholly_independent_of_order() -> None:
    keys = np.array(["00A", "00B", "00C", "00D"])
    weights = np.ones(4)
    shares = dict(zip(keys, allocate(10.01, weights, keys), strict=True))
    for turn in ([3, 2, 1, 0], [1, 3, 0, 2]):
        again = dict(zip(keys[turn], allocate(10.01, weights[turn], keys[turn]), strict=True))
        assert again == shares


def test_tiny_and_huge_weights_still_foot() -> None:
    weights = np.array([1e-300, 1e300, 5e-324, 1.0])
    assert round(float(allocate(99.99, weights).sum()) * 100) == 9999
