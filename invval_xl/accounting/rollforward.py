"""The reserve roll-forward: opening, what moved it, closing; and the reserve used on disposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, room_in
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["close", "schedule_ii", "utilization_on_disposal"]

_CENT_HAIR = 1e-6


@cites("S-X 12-09", "SAB Topic 5.BB")
def close(
    opening: Numbers,
    charge: Numbers,
    charge_other: Numbers = 0.0,
    utilization: Numbers = 0.0,
    reversal: Numbers = 0.0,
) -> Floats:
    """Close a reserve: opening and charges, less utilization and reversal.

    Parameters
    ----------
    opening
        Currency, zero or more (a credit balance stands positive).
    charge
        Charged to expense, currency, positive.
    charge_other
        To other accounts (acquisition, translation), currency, signed.
    utilization, reversal
        Currency, positive in their own columns; they are subtracted. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Closing reserve, currency; NaN where any part is unknown.

    Raises
    ------
    AccountingError
        FW121 for a wrong sign; FW120 where more was taken out than there was.

    Notes
    -----
    Citation: S-X 12-09 (Schedule II); SAB Topic 5.BB.

    Examples
    --------
    >>> float(close(16198, 5583, 0, utilization=181))
    21600.0
    """
    start, charged = floats(opening), floats(charge)
    used, reversed_ = floats(utilization), floats(reversal)
    for what, part in (
        ("opening reserve", start),
        ("charge", charged),
        ("utilization", used),
        ("reversal", reversed_),
    ):
        refuse_negative(part, what, "FW121", "S-X 12-09")
    closing: Floats = start + charged
    for sign, part in ((1, floats(charge_other)), (-1, used), (-1, reversed_)):
        if part.ndim or float(part) != 0.0:
            move = np.add if sign > 0 else np.subtract
            closing = move(closing, part, out=room_in(closing, part))
    if float(np.fmin.reduce(closing, axis=None, initial=np.inf)) < -_CENT_HAIR:
        raise AccountingError(
            "FW120", "more was taken out of a reserve than stood in it", "SAB Topic 5.BB"
        )
    return closing


@cites("S-X 12-09", "SAB Topic 5.BB")
def schedule_ii(
    opening: Numbers,
    charged_to_expense: Numbers,
    charged_to_other_accounts: Numbers,
    deductions: Numbers,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Foot a Schedule II row as filed, and mark a negative charge.

    Filed schedules carry odd signs (a negative deduction adds, a negative charge releases);
    they are footed as filed, and the negative charge is marked for the question how it fits
    SAB Topic 5.BB.

    Parameters
    ----------
    opening, charged_to_expense, charged_to_other_accounts, deductions
        Currency, as filed; deductions are subtracted. Shapes broadcast.

    Returns
    -------
    tuple of ndarray
        Closing balance (currency), and where the charge to expense is negative (bool; FW130).

    Notes
    -----
    Citation: S-X 12-09; SAB Topic 5.BB.

    Examples
    --------
    >>> closing, challenged = schedule_ii(1574, -353, 0, 1221)
    >>> float(closing), bool(challenged)
    (0.0, True)
    """
    charged = floats(charged_to_expense)
    closing: Floats = (
        floats(opening) + charged + floats(charged_to_other_accounts) - floats(deductions)
    )
    return closing, np.broadcast_to(charged < 0.0, closing.shape)[()]


@cites("SAB Topic 5.BB", "ASC 330-10-35-14", "IAS 2.34")
def utilization_on_disposal(
    opening_reserve: Numbers, opening_units: Numbers, units_disposed: Numbers
) -> Floats:
    """Compute the part of an item's reserve used as its reserved units are sold or scrapped.

    In proportion to the units disposed of, and never more than the item's own reserve.

    Parameters
    ----------
    opening_reserve
        Currency.
    opening_units
        Units the reserve stands on.
    units_disposed
        Units sold or scrapped since; beyond the opening units newer stock went. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency, between 0 and the reserve. A reserve on no units is NaN: it has no item left to
        be used on and is to be looked into. No reserve uses nothing.

    Raises
    ------
    AccountingError
        FW121 for a negative reserve, FW111 for negative units.

    Notes
    -----
    Citation: SAB Topic 5.BB; ASC 330-10-35-14; IAS 2.34.

    Examples
    --------
    >>> utilization_on_disposal(1000, 50, [0, 20, 80]).tolist()
    [0.0, 400.0, 1000.0]
    """
    reserve, units, disposed = np.broadcast_arrays(
        floats(opening_reserve), floats(opening_units), floats(units_disposed)
    )
    refuse_negative(reserve, "opening reserve", "FW121", "S-X 12-09")
    least_units = refuse_negative(units, "opening units", "FW111")
    refuse_negative(disposed, "units disposed", "FW111")
    with np.errstate(divide="ignore", invalid="ignore"):
        part: Floats = np.asarray(disposed / units)
    np.minimum(part, 1.0, out=part)
    used: Floats = np.multiply(reserve, part, out=part)
    if least_units == 0.0:
        used[units == 0.0] = np.nan
    if np.isnan(np.minimum.reduce(used, axis=None, initial=np.inf)):
        used[reserve == 0.0] = 0.0
    return used[()]
