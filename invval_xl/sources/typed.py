"""Raw columns typed: numbers and dates as people write them, identifiers as text.

Each different text is looked at once. What is plain costs one cast; what is not is read by
:mod:`invval_xl.tables.number_text` and :mod:`invval_xl.tables.dates`, which do not guess.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.dates import date_text
from invval_xl.tables.number_text import number_text
from invval_xl.tables.words import tidy

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Typed", "read_dates", "read_flags", "read_numbers", "read_texts"]

_SERIALS = (18_264.0, 73_415.0)
_SERIAL_EPOCH = np.datetime64("1899-12-30", "D")
_YES = {"yes", "y", "true", "t", "1", "x"}
_NO = {"no", "n", "false", "f", "0"}


@dataclass(frozen=True, eq=False)
class Typed:
    """One column typed.

    Parameters
    ----------
    values
        ``float64``, ``datetime64[D]`` or ``object`` of ``str``/``None``.
    interpreted
        Where the text was not plain and was read by its sense.
    unread
        Where something stands that means nothing here.
    ambiguous
        Where a date can be meant two ways and the config does not say which.
    raw
        The texts, for the record; ``None`` where the source was typed already.
    """

    values: NDArray[Any]
    interpreted: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    raw: NDArray[np.object_] | None = None


def _nothing(count: int) -> NDArray[np.bool_]:
    return np.zeros(count, dtype=bool)


def _unique(array: pa.Array) -> tuple[NDArray[np.int64], list[str | None], NDArray[np.object_]]:
    """Codes into the different texts (-1: blank), those texts, and the texts row by row."""
    encoded = array.dictionary_encode()
    words: list[str | None] = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    spread = np.array([*words, None], dtype=object)
    return codes, words, spread[codes]


def read_numbers(array: pa.Array, decimal: str) -> Typed:
    """Numbers; blanks are NaN. ``decimal`` decides what could be read two ways (``1,234``)."""
    import pyarrow as pa

    none = _nothing(len(array))
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
            return Typed(
                np.full(len(array), np.nan),
                none,
                array.is_valid().to_numpy(zero_copy_only=False),
                none,
            )
        if pa.types.is_null(array.type):
            return Typed(np.full(len(array), np.nan), none, none, none)
        plain = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        values = np.where(np.isfinite(plain), plain, np.nan)
        return Typed(values, none, np.isinf(plain), none)
    codes, words, raw = _unique(array)
    meant = np.full(len(words) + 1, np.nan)
    odd, bad = np.zeros(len(words) + 1, dtype=bool), np.zeros(len(words) + 1, dtype=bool)
    for i, word in enumerate(words):
        text = tidy(word or "")
        if not text:
            continue
        reading = number_text(text)
        value = reading.value(decimal) if reading else None
        if value is None:
            bad[i] = True
        else:
            meant[i] = value
            odd[i] = not _is_plain(text, value)
    return Typed(meant[codes], odd[codes], bad[codes], none, raw)


def _is_plain(text: str, value: float) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False


def read_dates(array: pa.Array, order: str) -> Typed:
    """Dates; ``order`` (``day-first``, ``month-first``) decides what could be read two ways."""
    import pyarrow as pa

    none = _nothing(len(array))
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        days = array.cast(pa.date32(), safe=False).to_numpy(zero_copy_only=False)
        return Typed(days.astype("datetime64[D]"), none, none, none)
    if pa.types.is_null(array.type):
        return Typed(np.full(len(array), np.datetime64("NaT", "D")), none, none, none)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        numbers = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        serial = (numbers >= _SERIALS[0]) & (numbers <= _SERIALS[1])
        days = np.full(len(array), np.datetime64("NaT", "D"))
        days[serial] = _SERIAL_EPOCH + np.floor(numbers[serial]).astype(int)
        texts = [
            None if n is None else f"{n:.0f}"
            for n in array.cast(pa.float64(), safe=False).to_pylist()
        ]
        read = read_dates(pa.array(texts, pa.string()), order)
        days[~serial] = read.values[~serial]
        return Typed(days, serial | read.interpreted, read.unread & ~serial, none, read.raw)
    codes, words, raw = _unique(array)
    meant = np.full(len(words) + 1, np.datetime64("NaT", "D"))
    odd, bad, both = (np.zeros(len(words) + 1, dtype=bool) for _ in range(3))
    for i, word in enumerate(words):
        text = tidy(word or "")
        if not text:
            continue
        reading = date_text(text)
        if reading is None:
            bad[i] = True
            continue
        value = reading.value({"day-first": "d", "month-first": "m"}.get(order, ""))
        if value is None:
            both[i] = True
        else:
            meant[i] = np.datetime64(value, "D")
            odd[i] = not text.startswith(value.isoformat())
    return Typed(meant[codes], odd[codes], bad[codes], both[codes], raw)


def read_texts(array: pa.Array) -> Typed:
    """Text, identifiers among it: whole numbers without a point, blanks as ``None``."""
    import pyarrow as pa

    none = _nothing(len(array))
    kind = array.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        texts = [None if v is None else f"{float(v):.15g}" for v in array.to_pylist()]
        array = pa.array(texts, pa.string())
    elif not pa.types.is_string(kind):
        array = array.cast(pa.string())
    codes, words, raw = _unique(array)
    tidied = np.array([*(tidy(w or "") or None for w in words), None], dtype=object)
    return Typed(tidied[codes], none, none, none, raw)


def read_flags(array: pa.Array) -> Typed:
    """Yes and no as 1 and 0."""
    texts = read_texts(array)
    words = [None if v is None else str(v).casefold() for v in texts.values]
    values = np.array([1.0 if w in _YES else 0.0 if w in _NO else np.nan for w in words])
    unread = np.array([w is not None and w not in _YES | _NO for w in words], dtype=bool)
    return Typed(values, texts.interpreted, unread, texts.ambiguous, texts.raw)


def as_date(day: Any) -> dt.date:
    """A numpy day as a date."""
    return dt.date.fromisoformat(str(np.datetime64(day, "D")))
