"""Parts of an item's units valued alike: firm orders, damaged, ordinary demand, excess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, room_in
from invval_xl.accounting.citing import cites
from invval_xl.accounting.money import round_half_away
from invval_xl.terms import Tranche

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TrancheUnits", "days_of_supply", "demand_rate", "excess_units", "split_units"]


@dataclass(frozen=True, eq=False)
class TrancheUnits:
    """An item's units by tranche, in order of claim; the four add up to the units on hand.

    Parameters
    ----------
    firm
        Held for firm sales orders, valued at their price.
    damaged
        Not saleable as new.
    demand
        Expected to sell in the ordinary course within the horizon.
    excess
        Beyond that demand, valued at what their disposal channel brings.
    rate_known
        Whether the sales rate was known. Where it was not, nothing could be called excess and
        the units stand under ordinary demand: say so on the paper.
    firm_unfilled
        Firm orders above the units on hand (a possible provision, not stock).
    """

    firm: Floats
    damaged: Floats
    demand: Floats
    excess: Floats
    rate_known: NDArray[np.bool_]
    firm_unfilled: Floats

    def units(self, tranche: Tranche) -> Floats:
        """Units of one tranche."""
        return {
            Tranche.FIRM: self.firm,
            Tranche.DAMAGED: self.damaged,
            Tranche.DEMAND: self.demand,
            Tranche.EXCESS: self.excess,
        }[tranche]

    @property
    def stacked(self) -> Floats:
        """The four tranches in the order of :class:`~invval_xl.terms.Tranche`, last axis 4."""
        return np.stack([self.units(tranche) for tranche in Tranche], axis=-1)


@cites("sales rate")
def demand_rate(units_sold: Numbers, days: Numbers) -> Floats:
    """Compute the daily sales rate: net units sold over the days they were sold in.

    Parameters
    ----------
    units_sold
        Units, net of returns. Where returns exceed sales there was no demand: 0.
    days
        Length of the window in days; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Units per day; NaN where the units are unknown or the window has no days.

    Raises
    ------
    AccountingError
        FW111 for a negative number of days.

    Notes
    -----
    Citation: sales rate (accounting.md F).

    Examples
    --------
    >>> round(float(demand_rate(89, 90)), 4)
    0.9889
    """
    window = floats(days)
    refuse_negative(window, "days of the sales window", "FW111")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.maximum(floats(units_sold), 0.0) / np.where(window == 0.0, np.nan, window)
    known: Floats = rate[()]
    return known


@cites("days of supply")
def days_of_supply(units: Numbers, daily_rate: Numbers) -> Floats:
    """Compute how many days the units last at the daily rate.

    Parameters
    ----------
    units
        Units on hand.
    daily_rate
        Units per day; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Days; infinite where there are units and no sales, NaN where there are neither, or where
        either is unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units or a negative rate.

    Notes
    -----
    Citation: days of supply (accounting.md F and H).

    Examples
    --------
    >>> round(float(days_of_supply(1250, 89 / 90)), 1)
    1264.0
    """
    count, rate = floats(units), floats(daily_rate)
    refuse_negative(count, "units", "FW111")
    least_rate = refuse_negative(rate, "daily rate", "FW111")
    with np.errstate(divide="ignore", invalid="ignore"):
        days: Floats = count / rate
    # A rate of minus zero would turn the sign of infinity.
    return np.abs(days, out=room_in(days)) if least_rate == 0.0 else days


@cites("excess over demand")
def excess_units(
    units: Numbers, daily_rate: Numbers, horizon_days: Numbers, firm_units: Numbers = 0.0
) -> Floats:
    """Compute units beyond firm orders and the demand of the horizon, not rounded.

    Parameters
    ----------
    units, firm_units
        Units on hand; of these, held for firm orders.
    daily_rate
        Units per day.
    horizon_days
        Days; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Units, zero or more; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units, rate, horizon or firm units.

    Notes
    -----
    Citation: excess over demand (accounting.md A4, C1 forward demand).

    Examples
    --------
    >>> round(float(excess_units(1250, 89 / 90, 365)), 4)
    889.0556
    """
    count, rate = floats(units), floats(daily_rate)
    horizon, firm = floats(horizon_days), floats(firm_units)
    for what, checked in (
        ("units", count),
        ("daily rate", rate),
        ("horizon", horizon),
        ("firm units", firm),
    ):
        refuse_negative(checked, what, "FW111")
    wanted: Floats = rate * horizon
    beyond: Floats = np.subtract(count, wanted, out=room_in(wanted, count))
    if firm.ndim or float(firm) != 0.0:
        beyond = np.subtract(beyond, firm, out=room_in(beyond, firm))
    return np.maximum(beyond, 0.0, out=room_in(beyond))


@cites("IAS 2.31", "excess over demand")
def split_units(
    units_on_hand: Numbers,
    firm_units: Numbers,
    damaged_units: Numbers,
    daily_rate: Numbers,
    horizon_days: Numbers,
    unit_decimals: int = 0,
) -> TrancheUnits:
    """Split units on hand by purpose: firm orders claim first, then damaged, demand, excess.

    Parameters
    ----------
    units_on_hand
        Units.
    firm_units
        Units of firm sales orders; at most the units on hand are taken.
    damaged_units
        Units not saleable as new; at most what firm orders leave.
    daily_rate
        Units per day. NaN: not known, see ``rate_known`` of the result.
    horizon_days
        Days of demand the ordinary course covers.
    unit_decimals
        Decimals a unit is counted in: demand over the horizon is rounded to it, half away from
        zero. Shapes broadcast.

    Returns
    -------
    TrancheUnits
        Arrays in the broadcast shape; NaN where units, firm or damaged units are unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units, rate or horizon.

    Notes
    -----
    Citation: IAS 2.31 (firm contracts); excess over demand (accounting.md A4).

    Examples
    --------
    >>> split = split_units(1250, 0, 0, 89 / 90, 365)
    >>> float(split.demand), float(split.excess)
    (361.0, 889.0)
    """
    on_hand, firm_due, damaged_found, rate, horizon = np.broadcast_arrays(
        floats(units_on_hand),
        floats(firm_units),
        floats(damaged_units),
        floats(daily_rate),
        floats(horizon_days),
    )
    for what, checked in (
        ("units on hand", on_hand),
        ("firm units", firm_due),
        ("damaged units", damaged_found),
        ("daily rate", rate),
        ("horizon", horizon),
    ):
        refuse_negative(checked, what, "FW111")
    firm = np.minimum(on_hand, firm_due)
    left = on_hand - firm
    damaged = np.minimum(left, damaged_found)
    left = left - damaged
    known = ~np.isnan(rate)
    wanted = round_half_away(np.where(known, rate * horizon, np.inf), unit_decimals)
    demand = np.minimum(left, wanted)
    return TrancheUnits(
        firm=firm,
        damaged=damaged,
        demand=demand,
        excess=left - demand,
        rate_known=np.asarray(known),
        firm_unfilled=firm_due - firm,
    )
