"""``SheetPlan``: the complete description of one worksheet, all that a host needs to write it.

A plan holds addressed single cells, bulk blocks of columns (values and a formula template each),
charts, validations and print set-up. Cached values always stand beside formulas, so a file shows
its figures in any viewer before anything recalculates. Hosts interpret; they add nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Chart",
    "Conditional",
    "PlanBlock",
    "PlanCell",
    "PlanColumn",
    "PlanTable",
    "Series",
    "SheetPlan",
    "Style",
    "Validation",
]


@dataclass(frozen=True)
class Style:
    """How a cell looks; colours ``RRGGBB``, borders ``""``, ``thin``, ``medium``, ``double``."""

    number_format: str = "General"
    bold: bool = False
    italic: bool = False
    underline: bool = False
    size: float = 10
    color: str = ""
    fill: str = ""
    top: str = ""
    bottom: str = ""
    align: str = ""
    valign: str = "top"
    indent: int = 0
    wrap: bool = False
    locked: bool = True


@dataclass(frozen=True)
class PlanCell:
    """One cell, 1-based. ``formula`` begins with ``=``; ``value`` is then its cached value.

    ``link`` is an internal target (``'C-3 LCNRV'!A1``). A ``str`` value is always written as
    text, whatever it begins with; ``None`` is a styled blank.
    """

    row: int
    column: int
    value: float | str | bool | None
    style: str = "text"
    formula: str = ""
    link: str = ""


@dataclass(frozen=True, eq=False)
class PlanColumn:
    """One column of a block.

    ``values`` is ``float64[n]`` (NaN: an empty cell, or ``""`` as the cached value of a formula)
    or ``object[n]`` of ``str``/``float``/``None``. ``formula``, where given, is a template in
    which ``{row}`` stands for the sheet row and any other ``{name}`` for ``arguments[name][i]``
    (an array of ``int`` or ``str``, one a row); every row then holds that formula with its value
    cached. ``styles`` overrides ``style`` row by row where given.
    """

    values: NDArray[Any]
    style: str = "text"
    formula: str = ""
    arguments: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    styles: NDArray[np.object_] | None = None


@dataclass(frozen=True, eq=False)
class PlanBlock:
    """Columns of one length laid from (``top``, ``left``), 1-based, header not included."""

    top: int
    left: int
    columns: tuple[PlanColumn, ...]

    @property
    def rows(self) -> int:
        """Number of rows in the block."""
        return len(self.columns[0].values) if self.columns else 0


@dataclass(frozen=True)
class PlanTable:
    """An Excel table over ``ref`` (header row included); the cells themselves are laid as ever.

    ``columns`` are the header texts, unique and as the header cells spell them. ``style`` names
    one of Excel's table styles, empty for none (the cells' own formats show then).
    """

    name: str
    ref: str
    columns: tuple[str, ...]
    style: str = "TableStyleLight9"


@dataclass(frozen=True)
class Series:
    """One chart series by sheet references such as ``='C-1 Lead'!$B$12:$B$19``.

    ``points`` are colours of the single points (bars, slices) where each has its own. ``hidden``
    series lift the ones stacked on them and are not drawn. ``plus`` and ``minus`` are references
    to the error bars' lengths above and below each value.
    """

    name: str
    categories: str
    values: str
    color: str = ""
    points: tuple[str, ...] = ()
    hidden: bool = False
    plus: str = ""
    minus: str = ""


@dataclass(frozen=True)
class Chart:
    """A native chart. ``kind``: column, bar, line, pie, doughnut, scatter, interval.

    An interval chart draws a mark at each value and its error bars, no line between. ``gap`` is
    the space between bars in percent of their width, 0 to 500; ``reverse`` lists the bars of a
    bar chart from the top down.
    """

    kind: str
    title: str
    series: tuple[Series, ...]
    row: int
    column: int
    width: int = 480
    height: int = 280
    stacked: bool = False
    legend: str = "bottom"
    number_format: str = ""
    gap: int | None = None
    reverse: bool = False


@dataclass(frozen=True)
class Validation:
    """Data validation on ``ref``: ``kind`` list (``source`` range, or a,b,c), decimal, date."""

    ref: str
    kind: str
    source: str = ""
    minimum: float | None = None
    maximum: float | None = None
    message: str = ""


@dataclass(frozen=True)
class Conditional:
    """Conditional format on ``ref``: ``formula`` (style applied where true) or ``data_bar``."""

    ref: str
    kind: str
    formula: str = ""
    style: str = ""
    color: str = ""


@dataclass(frozen=True, eq=False)
class SheetPlan:
    """One worksheet. ``styles`` maps the style names used to their :class:`Style`.

    ``row_height`` is that of the rows ``heights`` does not name, 0 for the program's own.
    ``freeze`` counts the rows and columns that stay. ``owned`` sheets are papers, which a later
    refresh replaces whole; input sheets handed to the user (starter, demo) set it to ``False``.

    ``breaks`` are the rows a printed page ends after; Excel honours them only with ``scale``
    (percent, 10 to 400), which then stands in place of fitting to pages. ``repeat_columns`` are
    printed at the left of every page. ``outline`` maps a column to whether the group it belongs to
    stands folded: a folded column is on the sheet, one click away, and not in print.
    """

    name: str
    cells: tuple[PlanCell, ...] = ()
    blocks: tuple[PlanBlock, ...] = ()
    styles: Mapping[str, Style] = field(default_factory=dict)
    widths: Mapping[int, float] = field(default_factory=dict)
    heights: Mapping[int, float] = field(default_factory=dict)
    row_height: float = 0
    merges: tuple[str, ...] = ()
    freeze: tuple[int, int] = (0, 0)
    filter_ref: str = ""
    repeat_rows: tuple[int, int] = (0, 0)
    repeat_columns: tuple[int, int] = (0, 0)
    breaks: tuple[int, ...] = ()
    scale: int = 0
    outline: Mapping[int, bool] = field(default_factory=dict)
    print_area: str = ""
    landscape: bool = True
    fit_width: int = 1
    fit_height: int = 0
    header: str = ""
    footer: str = ""
    tab_color: str = ""
    gridlines: bool = False
    protect: bool = False
    charts: tuple[Chart, ...] = ()
    validations: tuple[Validation, ...] = ()
    conditionals: tuple[Conditional, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[PlanTable, ...] = ()
    owned: bool = True
