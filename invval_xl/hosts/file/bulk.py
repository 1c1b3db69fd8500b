"""Long runs of block rows as sheet XML, by Arrow's vectorised string kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from invval_xl.hosts.file.celltext import MAX_TEXT, Refusals, cell_xml, text_xml
from invval_xl.hosts.file.formulas import (
    can_be_shared,
    error_literals,
    filled,
    stored,
    template_parts,
)
from invval_xl.tables.grid import column_letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from invval_xl.workpapers.sheet_plan import PlanColumn

__all__ = ["bulk_rows"]

_BAD = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
_OUTER_SPACE = r"^\s|\s$|\n"
_HARD = r"_x|\r"  # text that goes through Python for Excel's own escapes
_PLAIN = {str, float, int, np.float64, type(None)}
_PRESERVE = ' xml:space="preserve"'


def bulk_rows(
    first: int,
    columns: Sequence[tuple[int, PlanColumn, slice]],
    style: Callable[[str], int],
    refusals: Refusals,
    tall: Mapping[int, str],
    groups: Iterator[int],
) -> bytes:
    """Sheet rows from ``first`` on; each column says where it stands and which of its values.

    ``tall`` holds the attributes of rows with a height of their own, counted from ``first``.
    ``groups`` numbers the sheet's shared formulas.
    """
    _, _, window = columns[0]
    count = window.stop - window.start
    rows = pc.cast(pa.array(np.arange(first, first + count)), pa.string())
    heights = [pa.array([tall.get(i, "") for i in range(count)], type=pa.string())] if tall else []
    pieces: list[Any] = ['<row r="', rows, '"', *heights, ">"]
    for at, column, part in columns:
        pieces += _column(first, at, column, part, rows, groups, style, refusals)
    pieces += ["</row>", ""]
    joined = pc.binary_join_element_wise(*_fused(pieces))
    return _payload(joined)


def _fused(pieces: Sequence[Any]) -> list[Any]:
    """Neighbouring constants made one; the last piece is the (empty) separator."""
    out: list[Any] = []
    for piece in pieces[:-1]:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return [*out, pieces[-1]]


def _payload(joined: Any) -> bytes:
    """The characters of a string array, end to end, without a Python object per value."""
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[joined.offset : joined.offset + len(joined) + 1]
    return bytes(memoryview(data)[int(ends[0]) : int(ends[-1])])


def _column(
    first: int,
    at: int,
    column: PlanColumn,
    part: slice,
    rows: Any,
    groups: Iterator[int],
    style: Callable[[str], int],
    refusals: Refusals,
) -> list[Any]:
    letter = column_letter(at)
    values = column.values[part]
    named = None if column.styles is None else column.styles[part]
    strings = _as_strings(values)
    numeric = values.dtype.kind in "fiu"
    split = None if numeric or strings is not None else _apart(values)
    if column.formula.startswith("{=") or not (numeric or strings is not None or split):
        return [_by_cell(first, at, column, part, style, refusals)]
    opening = [f'<c r="{letter}', rows, *_style_mark(column.style, named, style)]
    formula = _formula_parts(first, at, column, part, rows, groups)
    if split:
        words, numbers = split
        is_text = pc.is_valid(words)
        text = _joined(_text_cells(first, at, words, formula, refusals))
        number = _joined(_number_cells(first, at, numbers, formula, refusals))
        return [*opening, pc.if_else(is_text, text, number)]
    if strings is not None:
        return [*opening, *_text_cells(first, at, strings, formula, refusals)]
    return [*opening, *_number_cells(first, at, values, formula, refusals)]


def _joined(pieces: Sequence[Any]) -> Any:
    return pc.binary_join_element_wise(*_fused([*pieces, ""]))


def _apart(values: Any) -> tuple[Any, NDArray[np.float64]] | None:
    """Texts and numbers of a column that holds both; ``None`` where it holds other kinds too."""
    listed = values.tolist()
    if {type(value) for value in listed} - _PLAIN:
        return None
    try:
        words = pa.array([v if isinstance(v, str) else None for v in listed], type=pa.string())
    except UnicodeEncodeError:
        return None
    numbers = [np.nan if v is None or isinstance(v, str) else v for v in listed]
    return words, np.array(numbers, dtype=np.float64)


def _style_mark(name: str, named: Any, style: Callable[[str], int]) -> list[Any]:
    """``" s="3`` (the closing quote comes with the content), or an array of such."""
    if named is None:
        number = style(name)
        return [f'" s="{number}']
    coded = pa.array(named, type=pa.string()).dictionary_encode()
    marks = pa.array([f'" s="{style(key)}' for key in coded.dictionary.to_pylist()])
    return [marks.take(coded.indices)]


def _as_strings(values: Any) -> Any:
    """An Arrow string array where every value is text or missing, else ``None``."""
    if values.dtype.kind != "O":
        return None
    try:
        return pa.array(values, type=pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid, UnicodeEncodeError):
        return None


def _number_cells(
    first: int, at: int, values: Any, formula: list[Any], refusals: Refusals
) -> list[Any]:
    numbers = np.asarray(values, dtype=np.float64) + 0.0
    infinite = np.flatnonzero(np.isinf(numbers))
    for index in infinite.tolist():
        refusals.check_number(float(numbers[index]), first + index, at)
    numbers[infinite] = np.nan
    texts = pc.cast(pa.array(numbers, from_pandas=True), pa.string())
    if not texts.null_count:
        return ['">', *formula, "<v>", texts, "</v></c>"]
    if not formula:
        inside = pc.binary_join_element_wise('"><v>', texts, "</v></c>", "")
        return [pc.fill_null(inside, '"/>')]
    kinds = pc.if_else(pc.is_null(texts), '" t="str">', '">')
    return [kinds, *formula, "<v>", pc.fill_null(texts, ""), "</v></c>"]


def _text_cells(
    first: int, at: int, strings: Any, formula: list[Any], refusals: Refusals
) -> list[Any]:
    strings = _without_refused(first, at, strings, refusals)
    if _any(pc.match_substring_regex(strings, _HARD)):
        texts = strings.to_pylist()
        escaped = pa.array([None if t is None else text_xml(t) for t in texts], type=pa.string())
    else:
        escaped = strings
        for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            if _any(pc.match_substring(escaped, mark)):
                escaped = pc.replace_substring(escaped, mark, entity)
    if formula:
        errors = pc.is_in(strings, value_set=pa.array(sorted(error_literals)))
        kinds = pc.if_else(errors, '" t="e">', '" t="str">') if _any(errors) else '" t="str">'
        return [kinds, *formula, "<v>", pc.fill_null(escaped, ""), "</v></c>"]
    outer = pc.match_substring_regex(strings, _OUTER_SPACE)
    keep = pc.if_else(outer, _PRESERVE, "") if _any(outer) else ""
    opening = '" t="inlineStr"><is><t'
    if not strings.null_count:
        return [opening, keep, ">", escaped, "</t></is></c>"]
    inside = pc.binary_join_element_wise(opening, keep, ">", escaped, "</t></is></c>", "")
    return [pc.fill_null(inside, '"/>')]


def _any(mask: Any) -> bool:
    return bool(pc.any(mask).as_py())


def _without_refused(first: int, at: int, strings: Any, refusals: Refusals) -> Any:
    """``strings`` with what a file cannot hold taken out, each such cell noted."""
    suspect = pc.or_(
        pc.match_substring_regex(strings, _BAD),
        pc.greater(pc.utf8_length(strings), MAX_TEXT // 2),
    )
    if not _any(suspect):
        return strings
    texts = strings.to_pylist()
    for index, text in enumerate(texts):
        if text is not None and not refusals.check_text(text, first + index, at):
            texts[index] = None
    return pa.array(texts, type=pa.string())


def _formula_parts(
    first: int, at: int, column: PlanColumn, part: slice, rows: Any, groups: Iterator[int]
) -> list[Any]:
    """``<f>...</f>`` in pieces around what changes by row; nothing where there is no formula."""
    if not column.formula:
        return []
    if can_be_shared(column.formula):
        return [_shared(first, at, column, part, next(groups))]
    parts: list[Any] = ["<f>"]
    for place, piece in enumerate(template_parts(text_xml(stored(column.formula)))):
        if place % 2 == 0:
            parts.append(piece)
        elif piece == "row":
            parts.append(rows)
        else:
            argument = column.arguments[piece][part]
            parts.append(pa.array([text_xml(str(a)) for a in argument], type=pa.string()))
    return [*parts, "</f>"]


def _shared(first: int, at: int, column: PlanColumn, part: slice, group: int) -> Any:
    """The formula in the first row of the part, and in the others that it is the same."""
    letter, count = column_letter(at), part.stop - part.start
    own = text_xml(stored(filled(column.formula, first, part.start, {})))
    ref = f"{letter}{first}:{letter}{first + count - 1}"
    head = f'<f t="shared" ref="{ref}" si="{group}">{own}</f>'
    return pa.array([head, *[f'<f t="shared" si="{group}"/>'] * (count - 1)])


def _by_cell(
    first: int,
    at: int,
    column: PlanColumn,
    part: slice,
    style: Callable[[str], int],
    refusals: Refusals,
) -> Any:
    """A column of kinds that Arrow has no one type for, or of array formulas: cell by cell."""
    cells = []
    for index in range(part.start, part.stop):
        row = first + index - part.start
        number = style(column.style if column.styles is None else column.styles[index])
        formula = filled(column.formula, row, index, column.arguments)
        value = column.values[index]
        cells.append(cell_xml(row, at, number, value, formula, refusals))
    return pa.array(cells, type=pa.string())
