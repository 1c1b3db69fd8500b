"""What each way of disposing of stock is worth after carrying cost: economics, never a measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import floats
from invval_xl.terms import Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.accounting.arrays import Floats, Numbers

__all__ = ["ASKED_CUT", "Dispositions", "disposition_values"]

ASKED_CUT = 0.25  # what a markdown is asked of where nobody stated a size

_YEAR = 365.0


@dataclass(frozen=True, eq=False)
class Dispositions:
    """Currency an item, each ``float64[n]``: minus infinity where a way is not open.

    Parameters
    ----------
    hold
        Sell on as planned; what outlasts demand goes at the disposal price when it ends.
    markdown
        Cut the price now; demand rises by its elasticity.
    liquidate
        Clear what outlasts demand at the disposal price now.
    return_to_vendor
        The same at what the vendor pays.
    """

    hold: Floats
    markdown: Floats
    liquidate: Floats
    return_to_vendor: Floats

    def by_action(self) -> dict[Action, Floats]:
        """The ways by their word."""
        return {
            Action.HOLD: self.hold,
            Action.MARKDOWN: self.markdown,
            Action.LIQUIDATE: self.liquidate,
            Action.RETURN_TO_VENDOR: self.return_to_vendor,
        }

    def best(self) -> NDArray[np.object_]:
        """The word of what is worth most; hold where the worth of any way is unknown."""
        ways = self.by_action()
        table = np.stack(list(ways.values()))
        names = np.array([way.value for way in ways], dtype=object)
        best = names[np.argmax(np.where(np.isnan(table), -np.inf, table), axis=0)]
        unknown = np.isnan(table).any(axis=0)
        return np.where(unknown, Action.HOLD.value, best).astype(object)


def disposition_values(
    *,
    unit_cost: Numbers,
    units: Numbers,
    excess_units: Numbers,
    nrv: Numbers,
    marked_nrv: Numbers,
    disposal_nrv: Numbers,
    days_of_supply: Numbers,
    horizon_days: Numbers,
    carrying_cost_rate: Numbers,
    demand_lift: Numbers,
    vendor_return_rate: Numbers,
) -> Dispositions:
    """Worth of each way to dispose of an item, after what holding costs.

    Units that ordinary demand takes wait half the horizon on average (half the item's own cover
    where nothing is in excess); units beyond it wait the whole of it.

    Parameters
    ----------
    unit_cost, nrv, marked_nrv, disposal_nrv
        Currency per unit: cost, NRV in the ordinary course, NRV after the markdown, NRV through
        the disposal channel.
    units, excess_units
        On hand, and beyond the demand of the horizon.
    days_of_supply, horizon_days
        Days; infinite where nothing sells.
    carrying_cost_rate
        Of cost a year (accounting.md F6).
    demand_lift
        Demand after the markdown over demand before it, ``(1 - cut) ** elasticity``.
    vendor_return_rate
        Of unit cost; NaN: the vendor takes nothing back.

    Returns
    -------
    Dispositions
        NaN where a figure a way rests on is unknown.

    Examples
    --------
    SKU 47382 of the worked example: half-price liquidation now beats a wait of years.

    >>> worth = disposition_values(unit_cost=34.0, units=1250.0, excess_units=889.0, nrv=41.73,
    ...     marked_nrv=33.12, disposal_nrv=22.08, days_of_supply=1264.0, horizon_days=365.0,
    ...     carrying_cost_rate=0.22, demand_lift=1.78, vendor_return_rate=float("nan"))
    >>> bool(worth.liquidate > worth.hold), bool(np.isneginf(worth.return_to_vendor))
    (True, True)
    """
    horizon = floats(horizon_days) / _YEAR
    carry = floats(carrying_cost_rate) * floats(unit_cost) * horizon
    excess, on_hand = floats(excess_units), floats(units)
    demand = on_hand - excess
    scrap = floats(disposal_nrv)
    own_wait = 0.5 * np.clip(floats(days_of_supply) / _YEAR / horizon, 0.0, 1.0)
    wait = np.where(excess > 0, 0.5, own_wait)
    sold = demand * (floats(nrv) - wait * carry)
    lift = floats(demand_lift)
    lifted = np.minimum(on_hand, demand * lift)
    marked = lifted * (floats(marked_nrv) - wait * carry / lift)
    rate = floats(vendor_return_rate)
    able = (excess > 0) & np.isfinite(rate)
    return Dispositions(
        hold=sold + excess * (scrap - carry),
        markdown=marked + (on_hand - lifted) * (scrap - carry),
        liquidate=np.where(excess > 0, sold + excess * scrap, -np.inf),
        return_to_vendor=np.where(
            able, sold + excess * np.nan_to_num(rate) * floats(unit_cost), -np.inf
        ),
    )
