"""Which test applies: framework and cost method decide, and pairs that cannot exist refuse."""

from __future__ import annotations

from typing import Literal, TypeAlias

from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow, Framework

__all__ = ["LCM_FLOWS", "Measurement", "measurement"]

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
