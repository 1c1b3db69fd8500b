"""Policy parameters: what each means, its range, and every value stated for it with its source.

Defaults live in ``default.toml``; the workbook's Assumptions sheet states the entity's own. A
value used anywhere is a :class:`Stated`, so a paper can print who said it, when, and where.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["SCOPES", "Items", "Parameter", "Policy", "Resolved", "Stated", "parameters"]

Value = float | str | tuple[float, ...] | tuple[tuple[float, float], ...]

# Narrowest last: a later scope in this order overrides an earlier one.
SCOPES: tuple[str, ...] = ("all", "category", "supplier", "location", "sku")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a parameter means and what it may be."""

    name: str
    kind: str
    unit: str
    description: str
    default: Value
    source: str
    effective_from: dt.date
    owner: str
    scoped: bool = False
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name as it stands on a paper.

        Examples
        --------
        >>> parameters()["cost_to_sell_rate"].label
        'Cost to sell rate'
        """
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Stated:
    """One value of one parameter: for whom, by whom, since when, from where."""

    parameter: str
    value: Value
    scope: str = "all"
    scope_key: str = ""
    source: str = ""
    effective_from: dt.date | None = None
    owner: str = ""
    approved_by: str = ""
    origin: str = "default.toml"

    @property
    def applies_to(self) -> str:
        """The scope as written in the Assumptions sheet."""
        return "all" if self.scope == "all" else f"{self.scope}:{self.scope_key}"

    @property
    def is_default(self) -> bool:
        """Whether this is the product's default and not the entity's own statement."""
        return self.origin == "default.toml"


@dataclass(frozen=True, eq=False)
class Items:
    """The keys a scoped parameter is resolved by: ``object[n]`` arrays of ``str``."""

    sku: NDArray[np.object_]
    location: NDArray[np.object_]
    supplier: NDArray[np.object_]
    category: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.sku)


@dataclass(frozen=True, eq=False)
class Resolved:
    """Values of one parameter for every item, and which statement each came from.

    ``statement[i]`` indexes :attr:`Policy.stated`.
    """

    numbers: NDArray[np.float64]
    statement: NDArray[np.int64]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Every parameter of ``default.toml`` by name, in the file's order."""
    text = (files("invval_xl.policy") / "default.toml").read_text(encoding="utf-8")
    return {name: _parameter(name, row) for name, row in tomllib.loads(text).items()}


def _parameter(name: str, row: dict[str, object]) -> Parameter:
    value = row["value"]
    kind = str(row["kind"])
    default: Value
    if isinstance(value, list) and kind == "table":
        default = tuple((float(start), float(rate)) for start, rate in value)
    elif isinstance(value, list):
        default = tuple(float(v) for v in value)
    else:
        default = str(value) if kind == "choice" else float(str(value))
    effective = row["effective_from"]
    assert isinstance(effective, dt.date)
    choices = row.get("choices", [])
    assert isinstance(choices, list)
    return Parameter(
        name=name,
        kind=kind,
        unit=str(row["unit"]),
        description=str(row["description"]),
        default=default,
        source=str(row["source"]),
        effective_from=effective,
        owner=str(row["owner"]),
        scoped=bool(row["scoped"]),
        low=float(str(row.get("low", -math.inf))),
        high=float(str(row.get("high", math.inf))),
        choices=tuple(str(choice) for choice in choices),
    )


def _number_of(stated: Stated) -> float:
    return stated.value if isinstance(stated.value, float) else math.nan


@cache
def _defaults() -> tuple[Stated, ...]:
    return tuple(
        Stated(
            parameter=p.name,
            value=p.default,
            source=p.source,
            effective_from=p.effective_from,
            owner=p.owner,
        )
        for p in parameters().values()
    )


@dataclass(frozen=True)
class Policy:
    """Every statement in force at one date; later entries of the same scope win.

    Parameters
    ----------
    stated
        Defaults first, then the entity's statements in the order of their effective dates.
    """

    stated: tuple[Stated, ...] = field(default_factory=_defaults)

    def statement(self, name: str) -> Stated:
        """The statement of ``name`` for the whole inventory."""
        found = [s for s in self.stated if s.parameter == name and s.scope == "all"]
        return found[-1]

    def number(self, name: str) -> float:
        """The value of a numeric parameter for the whole inventory."""
        value = self.statement(name).value
        assert isinstance(value, float)
        return value

    def choice(self, name: str) -> str:
        """The value of a choice parameter."""
        return str(self.statement(name).value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """The value of a list parameter."""
        value = self.statement(name).value
        assert isinstance(value, tuple)
        return tuple(float(str(v)) for v in value)

    def table(self, name: str) -> tuple[tuple[float, float], ...]:
        """The value of a table parameter: ``(from, rate)`` in ascending order."""
        value = self.statement(name).value
        assert isinstance(value, tuple)
        return tuple((row[0], row[1]) for row in value if isinstance(row, tuple))

    def resolve(self, name: str, items: Items) -> Resolved:
        """Value of a scoped number for each item: the narrowest scope, then the latest."""
        statement = self._statement_of(name, items)
        numbers = np.array([_number_of(s) for s in self.stated], dtype=np.float64)
        return Resolved(numbers[statement], statement)

    def chosen(self, name: str, items: Items) -> NDArray[np.object_]:
        """The word of a scoped choice for each item: the narrowest scope, then the latest."""
        words = np.array([str(s.value) for s in self.stated], dtype=object)
        chosen: NDArray[np.object_] = words[self._statement_of(name, items)]
        return chosen

    def _statement_of(self, name: str, items: Items) -> NDArray[np.int64]:
        """Which statement of ``name`` speaks for each item, as a position in ``stated``."""
        statement = np.full(len(items), -1, dtype=np.int64)
        keys = {
            "category": items.category,
            "supplier": items.supplier,
            "location": items.location,
            "sku": items.sku,
        }
        for scope in SCOPES:
            for index, stated in enumerate(self.stated):
                if stated.parameter == name and stated.scope == scope:
                    hit = slice(None) if scope == "all" else keys[scope] == stated.scope_key
                    statement[hit] = index
        return statement

    def with_statements(self, more: tuple[Stated, ...]) -> Policy:
        """The policy with further statements, in the order of their effective dates."""
        ordered = sorted(more, key=lambda s: s.effective_from or dt.date.min)
        return Policy((*self.stated, *ordered))
