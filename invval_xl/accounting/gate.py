"""Which test applies: framework and cost method decide, and pairs that cannot exist refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow, Framework

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["LCM_FLOWS", "Measurement", "measurement", "require_one_currency"]

Measurement: TypeAlias = Literal["lcnrv", "lcm"]

LCM_FLOWS = frozenset({CostFlow.LIFO, CostFlow.RETAIL})
"""The cost methods US GAAP measures at the lower of cost or market."""


def _word(word: str, words: type[Framework | CostFlow], what: str) -> Framework | CostFlow:
    try:
        return words(word)
    except ValueError:
        raise AccountingError("FW116", f"'{word}' is not a {what}") from None


@cites("ASC 330-10-35-1B", "ASC 330-10-35-1C", "IAS 2.9", "IAS 2.25", "FRS 102 13.4")
def measurement(
    framework: Framework | str, cost_flow: CostFlow | str, requested: str | None = None
) -> Measurement:
    """Which lower-of test a framework and a cost method call for.

    Parameters
    ----------
    framework, cost_flow
        :class:`~invval_xl.terms.Framework` and :class:`~invval_xl.terms.CostFlow`, or their
        words.
    requested
        ``"lcnrv"`` or ``"lcm"`` where the user asked for one.

    Returns
    -------
    str
        ``"lcnrv"`` or ``"lcm"``.

    Raises
    ------
    AccountingError
        FW101: LIFO under IFRS or FRS 102. FW102: LCM where net realizable value is the test.
        FW103: LCNRV where market is the test. FW116: a word that is no framework, method or test.

    Notes
    -----
    Table A1 of accounting.md. Citation: ASC 330-10-35-1B, 35-1C; IAS 2.9, 2.25; FRS 102 13.4.

    Examples
    --------
    >>> measurement("us-gaap", "fifo"), measurement("us-gaap", "retail")
    ('lcnrv', 'lcm')
    >>> measurement("ifrs", "lifo")
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: LIFO is not permitted under IFRS (IAS 2.25)
    """
    rules = Framework(_word(framework, Framework, "framework"))
    flow = CostFlow(_word(cost_flow, CostFlow, "cost method"))
    if requested not in (None, "lcnrv", "lcm"):
        raise AccountingError("FW116", f"'{requested}' is not a test; it is lcnrv or lcm")
    if rules is not Framework.US_GAAP and flow is CostFlow.LIFO:
        paragraph = "IAS 2.25" if rules is Framework.IFRS else "FRS 102 13.18"
        raise AccountingError("FW101", f"LIFO is not permitted under {rules.label}", paragraph)
    if rules is Framework.US_GAAP and flow in LCM_FLOWS:
        if requested == "lcnrv":
            raise AccountingError(
                "FW103",
                f"with {flow.label} under US GAAP the test is lower of cost or market",
                "ASC 330-10-35-1C",
            )
        return "lcm"
    if requested == "lcm":
        paragraph = {
            Framework.US_GAAP: "ASC 330-10-35-1B",
            Framework.IFRS: "IAS 2.9",
            Framework.FRS_102: "FRS 102 13.4",
        }[rules]
        raise AccountingError(
            "FW102",
            f"with {flow.label} under {rules.label} the test is lower of cost and net realizable "
            "value",
            paragraph,
        )
    return "lcnrv"


@cites("ASC 830-10-55-8", "IAS 21.25")
def require_one_currency(price_currency: ArrayLike, cost_currency: ArrayLike) -> None:
    """Refuse to compare a price and a cost that stand in two currencies.

    Parameters
    ----------
    price_currency, cost_currency
        ISO codes as text; case and surrounding spaces do not matter, an empty code is the
        entity's own currency. Shapes broadcast.

    Raises
    ------
    AccountingError
        FW126, naming the first pair that differs.

    Notes
    -----
    A6, case 9. Citation: ASC 830-10-55-8; IAS 21.25.

    Examples
    --------
    >>> require_one_currency(["USD", "usd"], "USD")
    >>> require_one_currency(["USD", "EUR"], "USD")
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: the price is in EUR and the cost in USD (IAS 21.25)
    """
    price, cost = np.broadcast_arrays(
        *(
            np.strings.upper(np.strings.strip(np.asarray(code, dtype=np.str_)))
            for code in (price_currency, cost_currency)
        )
    )
    apart = np.ravel((price != cost) & (price != "") & (cost != ""))
    if apart.any():
        first = int(np.argmax(apart))
        raise AccountingError(
            "FW126",
            f"the price is in {price.ravel()[first]} and the cost in {cost.ravel()[first]}",
            "IAS 21.25",
        )
