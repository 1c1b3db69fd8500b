from __future__ import annotations

import pytest

from invval_xl.sources.demo import DemoRetailer, generate


@pytest.fixture(scope="session")
def retailer() -> DemoRetailer:
    """The worked example's own retailer, with its truth and every posting."""
    return generate()


@pytest.fixture(scope="session")
def small() -> DemoRetailer:
    return generate(items=30, locations=3, seed=11, future_weeks=0)
