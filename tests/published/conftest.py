"""How a published figure is compared: to its printed digit, then exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def half_digit(as_printed: str) -> float:
    """Half a unit of the last digit printed: "8.38" is good to 0.005, "1,040,000" to 0.5."""
    exponent = Decimal(as_printed.replace(",", "")).as_tuple().exponent
    return 0.5 * 10.0 ** int(exponent) + 1e-9


@pytest.fixture
def agrees() -> Callable[..., None]:
    """``agrees(ours, exact, "printed")``: 1e-6 of the exact figure, within the printed digit."""

    def check(ours: object, exact: float, as_printed: str | None = None) -> None:
        assert np.abs(float(ours) - exact) <= 1e-6, f"{ours} is not {exact}"
        if as_printed is not None:
            shown = float(as_printed.replace(",", ""))
            assert abs(float(ours) - shown) <= half_digit(as_printed), f"{ours}, print {shown}"

    return check


@pytest.fixture
def print_is_off() -> Callable[..., None]:
    """``print_is_off(ours, exact, "printed", because)``: ours is exact, the print is not.

    ``because`` says where the source went wrong, so that nobody "mends" our figure to it.
    """

    def check(ours: object, exact: float, as_printed: str, because: str) -> None:
        assert np.abs(float(ours) - exact) <= 1e-6, f"{ours} is not {exact}"
        shown = float(as_printed.replace(",", ""))
        assert abs(exact - shown) > half_digit(as_printed), f"print {shown} is right after all"
        assert because

    return check
