"""What a binder says, as one hash: the papers' cells without what people sign.

A sign-off is bound to this hash, so it stands while the papers say the same and is suspended when
they do not. Names and dates in sign-off cells are left out (signing would otherwise undo itself),
and so is all that is only looks: widths, colours, panes, print set-up, charts.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from invval_xl.workpapers.sheet_plan import PlanBlock, PlanColumn, SheetPlan

__all__ = ["SIGN_OFF", "content_hash", "is_circumstance", "is_input", "is_sign_off"]

SIGN_OFF = "sign_off"
"""The style of the cells that people sign."""

_CIRCUMSTANCE = "circumstance"
_INPUT = "input_"
_CHOICE = "choice"  # the drop-downs of the dashboard
_BITS = 40  # twelve digits: the last bits of a figure differ between processors, its cents do not
_BLANK, _NUMBER, _TEXT, _TRUTH = range(4)
_length = struct.Struct("<i").pack


def is_sign_off(style: str) -> bool:
    """Whether cells of ``style`` hold a name or a date of somebody who signs."""
    return style == SIGN_OFF


def is_circumstance(style: str) -> bool:
    """Whether cells of ``style`` tell of the file as it was then, and change when it is saved.

    Which program saved a workbook last is such a word: no part of what is signed or verified.
    """
    return style == _CIRCUMSTANCE


def _is_apart(style: str) -> bool:
    return is_sign_off(style) or is_circumstance(style)


def is_input(style: str) -> bool:
    """Whether cells of ``style`` are those a reader may change: to ask "what if", or to choose.

    Examples
    --------
    >>> is_input("input_rate"), is_input("choice"), is_input("money")
    (True, True, False)
    """
    return style.startswith(_INPUT) or style == _CHOICE


def content_hash(plans: Sequence[SheetPlan]) -> str:
    """SHA-256 over names, formulas and values of the papers of ``plans``.

    Sign-off cells are left out, and what only tells of the file as it was then.
    Sheets that are not ours (``owned`` false) are left out: what was read from them is named by
    the run's inputs hash, which every paper prints. Figures count to twelve digits.

    Parameters
    ----------
    plans
        The papers, in order.

    Returns
    -------
    str
        64 hexadecimal digits; the same for the same papers on every machine.

    Examples
    --------
    >>> from invval_xl.workpapers.sheet_plan import PlanCell, SheetPlan
    >>> from dataclasses import replace
    >>> paper = SheetPlan("C-1", (PlanCell(1, 1, 160272.29), PlanCell(2, 1, None, "sign_off")))
    >>> signed = replace(paper, cells=(paper.cells[0], PlanCell(2, 1, "E. Brandt", "sign_off")))
    >>> changed = replace(paper, cells=(PlanCell(1, 1, 160272.30), paper.cells[1]))
    >>> content_hash([paper]) == content_hash([signed]), content_hash([paper]) == content_hash(
    ...     [changed]
    ... )
    (True, False)
    """
    digest = hashlib.sha256()
    for plan in plans:
        if not plan.owned:
            continue
        _add_text(digest, plan.name)
        for cell in sorted(plan.cells, key=lambda c: (c.row, c.column)):
            if _is_apart(cell.style) or (cell.value is None and not cell.formula):
                continue
            digest.update(struct.pack("<ii", cell.row, cell.column))
            _add_text(digest, cell.formula)
            _add_value(digest, cell.value)
        for block in sorted(plan.blocks, key=lambda b: (b.top, b.left)):
            _add_block(digest, block)
    return digest.hexdigest()


def _add_block(digest: Any, block: PlanBlock) -> None:
    """A block column by column: its formula once, then its values as arrays."""
    digest.update(struct.pack("<iii", block.top, block.left, block.rows))
    for column in block.columns:
        signed = _signed(column)
        if signed is None:
            continue
        _add_text(digest, column.formula)
        for name, argument in sorted(column.arguments.items()):
            _add_text(digest, name)
            _add_texts(digest, list(map(str, argument.tolist())))
        values = column.values
        if values.dtype == object:
            said = values.tolist()
            if signed.any():
                shown = zip(said, signed.tolist(), strict=True)
                said = [None if skip else value for value, skip in shown]
            _add_values(digest, said)
        else:
            _add_numbers(digest, np.where(signed, np.nan, values.astype(np.float64)))


def _signed(column: PlanColumn) -> NDArray[np.bool_] | None:
    """Which rows of a column are sign-off cells; ``None`` where all are."""
    count = len(column.values)
    if column.styles is None:
        return None if is_sign_off(column.style) else np.zeros(count, dtype=bool)
    return np.array([is_sign_off(s or column.style) for s in column.styles.tolist()], dtype=bool)


def _add_text(digest: Any, text: str) -> None:
    spelled = text.encode("utf-8", "surrogatepass")
    digest.update(_length(len(spelled)))
    digest.update(spelled)


def _add_texts(digest: Any, texts: Sequence[str]) -> None:
    whole = "".join(texts)
    ascii_only = whole.isascii()  # a byte a letter: nothing to spell for the lengths
    spelled = texts if ascii_only else [t.encode("utf-8", "surrogatepass") for t in texts]
    digest.update(np.fromiter(map(len, spelled), "<i4", len(texts)).tobytes())
    digest.update(whole.encode("utf-8", "surrogatepass"))


class _Spellings(dict[object, bytes]):
    """Values as bytes behind a byte that says of which kind; each different one is spelled once."""

    def __missing__(self, value: object) -> bytes:
        if isinstance(value, str):
            spelled = value.encode("utf-8", "surrogatepass")
            piece = b"%c%b%b" % (_TEXT, _length(len(spelled)), spelled)
        elif value is None or value != value:  # noqa: PLR0124 - not a number
            piece = bytes([_BLANK])
        else:
            self.spell([float(value)])  # type: ignore[arg-type]
            return self[value]
        self[value] = piece
        return piece

    def spell(self, numbers: Sequence[float]) -> None:
        """Spell numbers all at once."""
        pieces = np.empty(len(numbers), dtype=[("kind", "u1"), ("m", "<i8"), ("e", "<i4")])
        pieces["kind"] = _NUMBER
        pieces["m"], pieces["e"] = _spelled(np.array(numbers, dtype=np.float64))
        self.update(zip(numbers, pieces.view("V13").tolist(), strict=True))


def _add_value(digest: Any, value: object) -> None:
    _add_values(digest, [value])


def _add_values(digest: Any, values: Sequence[object]) -> None:
    """Values of any kind, each behind a byte that says which."""
    kinds = set(map(type, values))
    spellings = _Spellings()
    if any(issubclass(kind, float) for kind in kinds):
        spellings.spell([v for v in values if isinstance(v, float) and v == v])  # noqa: PLR0124
    if kinds & {bool, np.bool_}:  # True is equal to 1, and is not spelled like it
        pieces = [
            bytes([_TRUTH, int(v)]) if isinstance(v, bool | np.bool_) else spellings[v]
            for v in values
        ]
        digest.update(b"".join(pieces))
    else:
        digest.update(b"".join(map(spellings.__getitem__, values)))


def _add_numbers(digest: Any, numbers: NDArray[np.float64]) -> None:
    for part in _spelled(numbers):
        digest.update(part.tobytes())


def _spelled(numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Mantissas rounded to forty bits, and their exponents; NaN is a blank."""
    known = np.isfinite(numbers)
    mantissa, exponent = np.frexp(np.where(known, numbers, 0.0))
    rounded = np.rint(mantissa * 2.0**_BITS)
    full = np.abs(rounded) == 2.0**_BITS  # rounding carried: the same number has one spelling
    rounded[full] /= 2
    exponent[full] += 1
    whole = rounded.astype("<i8")
    whole[~known] = np.iinfo("<i8").min
    return whole, exponent.astype("<i4", copy=False)
