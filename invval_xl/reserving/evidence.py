"""Ageing and coverage tables beside the NRV amount: evidence, never the posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_money

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.policy.parameters import Policy

__all__ = ["MONTH_DAYS", "add_table_reserves"]

MONTH_DAYS = 365 / 12


def add_table_reserves(frame: pd.DataFrame, policy: Policy) -> None:
    """Add ``age_table_reserve`` and ``coverage_table_reserve`` to a proposal's frame, in place.

    A row's age or cover falls in the band that starts at or below it (accounting.md C1). No sale
    in the window is the last band; an unknown age or rate gives NaN.
    """
    cost = frame["cost"].to_numpy()
    ages = np.array(policy.table("age_table"))
    covers = np.array(policy.table("coverage_table"))
    age = frame["age_days"].to_numpy()
    months = frame["days_of_supply"].to_numpy() / MONTH_DAYS
    for name, known, bands in (
        ("age_table_reserve", age, ages),
        ("coverage_table_reserve", months, covers),
    ):
        band = np.searchsorted(bands[:, 0], np.nan_to_num(known, posinf=np.inf), side="right") - 1
        frame[name] = np.where(np.isnan(known), np.nan, round_money(cost * bands[band, 1]))
