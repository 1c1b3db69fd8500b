"""The words of the field, each once: frameworks, cost flows, valuations, tiers, outcomes, actions.

Every enumeration is a ``StrEnum`` whose value is the word as it stands in the workbook, so a
cell, an argument, a column and a paper spell it alike.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Action",
    "Basis",
    "CostFlow",
    "Framework",
    "Horizon",
    "Outcome",
    "PriceEvidence",
    "Reading",
    "RiskTier",
    "Tranche",
    "Valuation",
]


class Framework(StrEnum):
    """The accounting framework a period is closed under."""

    US_GAAP = "us-gaap"
    IFRS = "ifrs"
    FRS_102 = "frs-102"

    @property
    def label(self) -> str:
        """The name as it stands on a paper."""
        return {"us-gaap": "US GAAP", "ifrs": "IFRS", "frs-102": "FRS 102"}[self.value]


class CostFlow(StrEnum):
    """How cost leaves inventory."""

    FIFO = "fifo"
    LIFO = "lifo"
    AVERAGE = "average"
    SPECIFIC = "specific"
    STANDARD = "standard"
    RETAIL = "retail"

    @property
    def label(self) -> str:
        """The name as it stands on a paper."""
        return {
            "fifo": "FIFO",
            "lifo": "LIFO",
            "average": "weighted average",
            "specific": "specific identification",
            "standard": "standard cost",
            "retail": "retail inventory method",
        }[self.value]


class Valuation(StrEnum):
    """What a balance set is counted in (accounting.md B1)."""

    UNITS = "units"
    COST = "cost"
    WHOLESALE = "wholesale"
    RETAIL = "retail"
    FULL_PRICE = "full price"


class RiskTier(StrEnum):
    """The four tiers, from full value to obsolescence risk."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class Outcome(StrEnum):
    """What becomes of an item over a horizon."""

    FULL_PRICE = "full_price"
    MARKDOWN = "markdown"
    OBSOLETE = "obsolete"


class Horizon(StrEnum):
    """The three prediction horizons, in days."""

    D30 = "30"
    D60 = "60"
    D90 = "90"

    @property
    def days(self) -> int:
        """The horizon as a whole number of days."""
        return int(self.value)


class Tranche(StrEnum):
    """Part of an item's units valued alike (accounting.md A4), in order of claim on the units."""

    FIRM = "firm orders"
    DAMAGED = "damaged"
    DEMAND = "ordinary demand"
    EXCESS = "excess"


class PriceEvidence(StrEnum):
    """Where an expected selling price came from, best evidence first."""

    FIRM_ORDER = "firm order"
    MARKET = "market price"
    RECENT_SALES = "recent sales"
    BALANCE_SET = "balance set sales"
    TICKET = "ticket price"
    NONE = "none"


class Reading(StrEnum):
    """Which expected loss is posted: of the mean, or the mean of the losses (section F)."""

    EXPECTED_NRV = "shortfall of expected NRV"
    EXPECTED_SHORTFALL = "expected shortfall"


class Basis(StrEnum):
    """What values ordinary demand: stated expectations, the model, or as the lookback allows."""

    RULE = "rule"
    MODEL = "model"
    ROLL_OUT = "roll-out"


class Action(StrEnum):
    """What to do with an item."""

    HOLD = "hold"
    MARKDOWN = "markdown"
    LIQUIDATE = "liquidate"
    RETURN_TO_VENDOR = "return to vendor"
