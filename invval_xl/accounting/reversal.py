"""What may be written back: IFRS up to its caps, US GAAP only within the fiscal year."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, room_in
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import Framework

__all__ = ["permitted_reversal", "release"]

_HAIR = 1e-9


@cites("IAS 2.33", "ASC 330-10-35-14", "ASC 270-10-45-6", "FRS 102 27.4")
def permitted_reversal(
    framework: Framework | str,
    written_down: Numbers,
    cost: Numbers,
    carrying: Numbers,
    nrv: Numbers,
    *,
    same_year_interim: bool = False,
) -> Floats:
    """Compute how much of a write-down may be reversed now that NRV has recovered.

    Parameters
    ----------
    framework
        :class:`~invval_xl.terms.Framework` or its word.
    written_down
        Written down earlier and neither used nor reversed since: currency, a line or a unit.
    cost
        Original cost, in the same measure.
    carrying
        Carrying value before the reversal.
    nrv
        Revised net realizable value. Shapes broadcast.
    same_year_interim
        US GAAP: the write-down was booked in an earlier interim period of this fiscal year and
        the same inventory is still held.

    Returns
    -------
    ndarray of float64
        Currency, zero or more: capped at the write-down and at the rise of carrying value to the
        lower of cost and NRV. Zero under US GAAP but for ``same_year_interim``.

    Raises
    ------
    AccountingError
        FW121 for a negative write-down, FW110 for a negative cost or carrying value, FW129 where
        the carrying value lies above cost, FW116 for a word that is no framework.

    Notes
    -----
    Citation: IAS 2.33; FRS 102 27.4; ASC 330-10-35-14; ASC 270-10-45-6.

    Examples
    --------
    >>> float(permitted_reversal("ifrs", 3000, 100000, 97000, 105000))
    3000.0
    >>> float(permitted_reversal("us-gaap", 3000, 100000, 97000, 105000))
    0.0
    """
    try:
        rules = Framework(framework)
    except ValueError:
        raise AccountingError("FW116", f"'{framework}' is not a framework") from None
    down, original, carried = floats(written_down), floats(cost), floats(carrying)
    refuse_negative(down, "earlier write-down", "FW121", "IAS 2.33")
    refuse_negative(original, "cost", "FW110")
    refuse_negative(carried, "carrying value", "FW110")
    room: Floats = original - carried
    if float(np.fmin.reduce(room, axis=None, initial=np.inf)) < 0.0 and np.any(
        room < -_HAIR * (original + 1.0)
    ):
        raise AccountingError("FW129", "a carrying value lies above original cost", "IAS 2.9")
    realizable: Floats = np.maximum(floats(nrv), 0.0)
    rise: Floats = np.subtract(realizable, carried, out=room_in(realizable, carried))
    rise = np.minimum(rise, room, out=room_in(rise, room))
    rise = np.maximum(rise, 0.0, out=room_in(rise))
    permitted: Floats = np.minimum(down, rise, out=room_in(rise, down))
    if rules is Framework.US_GAAP and not same_year_interim:
        return np.zeros_like(permitted)[()]
    return permitted


@cites("ASC 330-10-35-14", "SAB Topic 5.BB", "IAS 2.33", "ASC 270-10-45-6")
def release(
    framework: Framework | str,
    requested: Numbers,
    written_down: Numbers,
    cost: Numbers,
    carrying: Numbers,
    nrv: Numbers,
    *,
    same_year_interim: bool = False,
) -> Floats:
    """Grant a release that was asked for, or refuse it with its paragraph.

    Parameters
    ----------
    framework, written_down, cost, carrying, nrv, same_year_interim
        As in :func:`permitted_reversal`.
    requested
        Currency asked to be released. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency: ``requested``, all of it permitted.

    Raises
    ------
    AccountingError
        FW104 for any release under US GAAP outside the fiscal year of the write-down; FW105 for
        more than :func:`permitted_reversal`; FW121 for a negative request.

    Notes
    -----
    Citation: ASC 330-10-35-14; SAB Topic 5.BB; ASC 270-10-45-6; IAS 2.33.

    Examples
    --------
    >>> float(release("ifrs", 2500, 3000, 100000, 97000, 105000))
    2500.0
    >>> release("us-gaap", 2500, 3000, 100000, 97000, 105000)
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: a release of 2500 in a later fiscal year is not permitted: \
the reduced value is the new cost (ASC 330-10-35-14)
    """
    permitted = permitted_reversal(
        framework, written_down, cost, carrying, nrv, same_year_interim=same_year_interim
    )
    asked, granted = np.broadcast_arrays(floats(requested), permitted)
    refuse_negative(asked, "release", "FW121")
    above = asked > granted + _HAIR * np.maximum(1.0, granted)
    if np.any(above):
        place = int(np.argmax(above.ravel()))
        wanted, most = float(asked.ravel()[place]), float(granted.ravel()[place])
        american = Framework(framework) is Framework.US_GAAP
        if american and not same_year_interim:
            raise AccountingError(
                "FW104",
                f"a release of {wanted:g} in a later fiscal year is not permitted: the reduced "
                "value is the new cost",
                "ASC 330-10-35-14",
            )
        raise AccountingError(
            "FW105",
            f"a release of {wanted:g} is above the {most:g} permitted",
            "ASC 270-10-45-6" if american else "IAS 2.33",
        )
    return asked[()]
