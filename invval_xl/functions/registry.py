"""One declaration a worksheet function: every surface of it is generated from here.

The VBA wrapper, the xlwings UDF, the function wizard's help, the IntelliSense file, the reference
workbook, the self-test and the README's table are all printed from :class:`WorksheetFunction`.
A kernel is named by its address (``"invval_xl.accounting.nrv:net_realizable_value"``) and imported
at its first call, so that opening a workbook costs nothing and a function that needs a model can
sit in the same table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from invval_xl.functions.errors import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "CATALOGUE_MODULES",
    "Argument",
    "ArgumentKind",
    "Example",
    "WorksheetFunction",
    "functions",
    "load_kernel",
]

# Families, in the order they stand in the reference workbook. Each module has ``FUNCTIONS``.
CATALOGUE_MODULES: tuple[str, ...] = (
    "invval_xl.functions.catalogue.balance",
    "invval_xl.functions.catalogue.net_realizable_value",
    "invval_xl.functions.catalogue.cost_flow",
    "invval_xl.functions.catalogue.retail_method",
    "invval_xl.functions.catalogue.ratios",
    "invval_xl.functions.catalogue.reserves",
    "invval_xl.functions.catalogue.prediction",
)


class ArgumentKind(StrEnum):
    """How an argument is read.

    ``NUMBER``, ``CHOICE`` and ``TEXT`` take part in broadcasting, element by element. ``VECTOR``
    (a list of numbers, blanks left out at the end) and ``TABLE`` (rows of numbers) are consumed
    whole, whatever their shape.
    """

    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    VECTOR = "vector"
    TABLE = "table"


@dataclass(frozen=True)
class Argument:
    """One argument.

    Parameters
    ----------
    name
        Name as the function wizard shows it; also the kernel's parameter unless ``parameter``.
    help
        One line for the wizard, at most 255 characters.
    kind
        How it is read.
    unit
        ``currency``, ``currency per unit``, ``units``, ``rate 0 to 1``, ``days`` ...
    optional
        Whether it may be left out; ``default`` is then what stands for it, and for a blank cell.
        A default of NaN means unknown.
    default
        The value of an omitted or blank optional argument.
    minimum, maximum
        Inclusive bounds of a number; outside is an impossible value, ``#NUM!``.
    above
        Exclusive lower bound, where zero itself is impossible.
    choices
        Accepted words of a ``CHOICE`` and what each stands for (its synonyms included).
    columns
        Number of columns of a ``TABLE``.
    blank_is_unknown
        A blank of a required number is passed on as NaN instead of answering ``#N/A``.
    parameter
        The kernel's parameter where it is named otherwise.
    """

    name: str
    help: str
    kind: ArgumentKind = ArgumentKind.NUMBER
    unit: str = ""
    optional: bool = False
    default: float | str | None = None
    minimum: float = -math.inf
    maximum: float = math.inf
    above: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    columns: int = 0
    blank_is_unknown: bool = False
    parameter: str = ""

    @property
    def elementwise(self) -> bool:
        """Whether the argument takes part in broadcasting."""
        return self.kind in (ArgumentKind.NUMBER, ArgumentKind.CHOICE, ArgumentKind.TEXT)

    @property
    def words(self) -> tuple[str, ...]:
        """The distinct words a ``CHOICE`` stands for."""
        return tuple(dict.fromkeys(self.choices.values()))

    @property
    def domain(self) -> str:
        """The accepted values in words; empty where any number will do."""
        if self.choices:
            return ", ".join(f'"{word}"' for word in self.words)
        low = f"more than {self.above:g}" if self.above is not None else ""
        if not low and self.minimum > -math.inf:
            low = f"{self.minimum:g} or more"
        if low and self.maximum < math.inf:
            return f"{self.minimum:g} to {self.maximum:g}" if self.above is None else low
        return low or (f"{self.maximum:g} or less" if self.maximum < math.inf else "")


@dataclass(frozen=True)
class Example:
    """A formula with its answer: shown in the help, proved in the tests and in selftest.xlsx.

    ``formula`` is typed as is; ``result`` a number, a text, an error's spelling, or a tuple of
    rows for a result that spills.
    """

    formula: str
    result: float | str | tuple[tuple[float | str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class WorksheetFunction:
    """The declaration of one worksheet function.

    Parameters
    ----------
    name
        As typed in a cell.
    category
        The wizard's category.
    description
        What it answers, one or two sentences, at most 255 characters.
    arguments
        In the order typed; optional ones last.
    returns
        What comes back, with its unit.
    kernel
        ``module:function`` called with keyword arguments: ``float64`` arrays of one length (or
        floats), plain words for choices, arrays for vectors and tables.
    undefined
        The error where the kernel answers NaN for arguments that were all usable, and
        ``undefined_because`` the sentence behind it.
    examples
        At least one.
    citations
        Paragraphs or sources.
    errors
        Which further error stands for what, beyond the common rules.
    by_model
        The answer hangs on the model in service; examples show what the shipped table answers.
    """

    name: str
    category: str
    description: str
    arguments: tuple[Argument, ...]
    returns: str
    kernel: str
    examples: tuple[Example, ...]
    undefined: Mark = Mark.NA
    undefined_because: str = "the result is unknown"
    citations: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    by_model: bool = False

    @property
    def required(self) -> int:
        """How many arguments must be given."""
        return sum(not argument.optional for argument in self.arguments)

    @property
    def syntax(self) -> str:
        """The call as help shows it, optional arguments in brackets."""
        names = (f"[{a.name}]" if a.optional else a.name for a in self.arguments)
        return f"{self.name}({', '.join(names)})"


@cache
def functions() -> dict[str, WorksheetFunction]:
    """Every registered function by name, in catalogue order."""
    found: dict[str, WorksheetFunction] = {}
    for module in CATALOGUE_MODULES:
        for function in import_module(module).FUNCTIONS:
            if function.name in found:
                raise ValueError(f"{function.name} is declared twice")
            found[function.name] = function
    return found


def load_kernel(address: str) -> Callable[..., Any]:
    """Import the kernel at ``module:function``."""
    module, _, name = address.partition(":")
    kernel: Callable[..., Any] = getattr(import_module(module), name)
    return kernel
