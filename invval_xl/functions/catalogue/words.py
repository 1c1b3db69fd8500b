"""Arguments that several functions share, and the words a choice accepts."""

from __future__ import annotations

from invval_xl.functions.registry import Argument, ArgumentKind

__all__ = [
    "CATEGORY",
    "COST_FLOWS",
    "COST_METHODS",
    "FRAMEWORKS",
    "RATE",
    "VALUATIONS",
    "YES_NO",
    "framework",
    "money",
    "number_of",
    "unit_money",
]

CATEGORY = "Inventory valuation"
RATE = "rate 0 to 1"

# Keys are what an analyst may type, folded (lower case, letters and digits only).
FRAMEWORKS: dict[str, str] = {
    "usgaap": "us-gaap",
    "gaap": "us-gaap",
    "ifrs": "ifrs",
    "ias": "ifrs",
    "frs102": "frs-102",
    "ukgaap": "frs-102",
}
COST_FLOWS: dict[str, str] = {
    "fifo": "fifo",
    "lifo": "lifo",
    "average": "average",
    "weightedaverage": "average",
    "avg": "average",
    "wac": "average",
}
COST_METHODS: dict[str, str] = {
    **COST_FLOWS,
    "specific": "specific",
    "standard": "standard",
    "retail": "retail",
}
YES_NO: dict[str, str] = {
    "yes": "yes",
    "true": "yes",
    "1": "yes",
    "no": "no",
    "false": "no",
    "0": "no",
}
VALUATIONS: dict[str, str] = {
    "units": "units",
    "unit": "units",
    "cost": "cost",
    "retail": "retail",
    "fullprice": "full price",
    "msrp": "full price",
    "wholesale": "wholesale",
}


def money(name: str, help_: str, **facts: object) -> Argument:
    """An argument in currency."""
    return Argument(name, help_, unit="currency", **facts)  # type: ignore[arg-type]


def unit_money(name: str, help_: str, **facts: object) -> Argument:
    """An argument in currency per unit, never negative unless said otherwise."""
    return Argument(name, help_, unit="currency per unit", **{"minimum": 0.0, **facts})  # type: ignore[arg-type]


def number_of(name: str, help_: str, unit: str = "units", **facts: object) -> Argument:
    """A count, never negative unless said otherwise."""
    return Argument(name, help_, unit=unit, **{"minimum": 0.0, **facts})  # type: ignore[arg-type]


def framework(*, optional: bool = True) -> Argument:
    """The accounting framework."""
    return Argument(
        "framework",
        'Accounting framework: "us-gaap", "ifrs" or "frs-102".'
        + (" Left out: pairs that cannot exist are not looked for." if optional else ""),
        kind=ArgumentKind.CHOICE,
        optional=optional,
        choices=FRAMEWORKS,
    )
