"""A stretch of sheet XML as an array of bytes, and values read from it many at a time.

Eight bytes from any place on can be taken as one number, so that a spelling is told by one
comparison for all places at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.strings import resolved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

__all__ = ["Refused", "Stretch", "byte", "check_attributes", "word"]

_BYTE = np.uint64(255)
_SPACE = ord(" ")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_ATTRIBUTES = re.compile(rb'(?:\s+[A-Za-z_:][\w:.-]*="[^"<]*")*\s*/?')
_NAME = re.compile(rb'\s([A-Za-z_:][\w:.-]*)="')
_REFERENCE = re.compile(rb"&(lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_INDEX_DIGITS = 9


class Refused(Exception):  # noqa: N818 - a turn of control between two readers, not an error
    """The stretch is not in the form that is recognised."""


def word(text: bytes) -> np.uint64:
    """Bytes as the little-endian number that a load of them gives."""
    return np.uint64(int.from_bytes(text, "little"))


def byte(words: Words, at: int) -> Words:
    """Byte number ``at`` of each word."""
    return (words >> np.uint64(8 * at)) & _BYTE


def check_attributes(attributes: bytes) -> None:
    """Refuse attributes (with the space before them) that are ill-formed or repeated.

    Examples
    --------
    >>> check_attributes(b' r="1" spans="1:25"')
    >>> check_attributes(b' x="" x=""')
    Traceback (most recent call last):
    ...
    invval_xl.hosts.file.stretch.Refused
    """
    if _ATTRIBUTES.fullmatch(attributes) is None:
        raise Refused
    names = _NAME.findall(attributes)
    if len(set(names)) != len(names):
        raise Refused


class Stretch:
    """Bytes of complete rows, padded so that eight bytes can be taken from any place.

    Parameters
    ----------
    data
        The bytes and their padding.
    length
        Bytes without the padding.
    """

    def __init__(self, data: bytes, length: int) -> None:
        self.data = data
        self.length = length
        self.bytes = np.frombuffer(data, np.uint8)
        self.words: Words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        low = self.bytes[:length] < _SPACE
        if low.any():
            controls = set(np.unique(self.bytes[:length][low]).tolist())
            if controls - set(b"\t\n\r"):
                raise Refused
        self._ascii = data.decode("ascii") if data.isascii() else ""
        self._check_text()
        self._check_references()

    def _check_text(self) -> None:
        """Refuse what XML does not allow in text, wherever it stands."""
        if b"]]>" in self.data:
            raise Refused
        if not self._ascii:
            try:
                self.data.decode()
            except UnicodeDecodeError:
                raise Refused from None
            if any(mark in self.data for mark in _NONCHARACTERS):
                raise Refused

    def _check_references(self) -> None:
        """Refuse references that XML does not allow, wherever they stand."""
        ampersands = self.data.count(b"&")
        if not ampersands:
            return
        found = _REFERENCE.findall(self.data)
        if len(found) != ampersands:
            raise Refused
        try:
            for spelled in {f for f in found if f.startswith(b"#")}:
                resolved(f"&{spelled.decode()};")
        except ValueError:
            raise Refused from None

    def floats(self, start: Ints, end: Ints) -> NDArray[np.float64]:
        """Numbers between ``start`` and ``end``; all finite."""
        import pyarrow as pa
        import pyarrow.compute as pc

        count = 2 * len(start) - 1
        offsets = np.empty(count + 1, np.int32)
        offsets[0::2] = start
        offsets[1::2] = end
        # Every second string is what lies between two values: marked null, never looked at.
        valid = np.full((count + 7) // 8, 0b01010101, np.uint8)
        buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(self.data)]
        try:
            cast = pc.cast(pa.Array.from_buffers(pa.string(), count, buffers), pa.float64())
        except pa.ArrowInvalid:
            raise Refused from None
        numbers = np.frombuffer(cast.buffers()[1], np.float64, count)[::2]
        if not np.isfinite(numbers).all():
            raise Refused
        return numbers

    def indices(self, start: Ints, end: Ints) -> Ints:
        """Whole numbers between ``start`` and ``end``."""
        number, digits = self.digits(start, _INDEX_DIGITS)
        if (start + digits != end).any():
            raise Refused
        return number

    def booleans(self, start: Ints, end: Ints) -> NDArray[np.float64]:
        """Zeros and ones between ``start`` and ``end``."""
        digit = self.bytes[start].astype(np.int64) - ord("0")
        if (end - start != 1).any() or ((digit != 0) & (digit != 1)).any():
            raise Refused
        return digit.astype(np.float64)

    def texts(self, start: Ints, end: Ints) -> NDArray[np.object_]:
        """Character data between ``start`` and ``end``, XML's own escapes resolved."""
        spans = zip(start.tolist(), end.tolist(), strict=True)
        if self._ascii:
            whole = self._ascii
            words = [whole[a:b] for a, b in spans]
        else:
            data = self.data
            words = [data[a:b].decode() for a, b in spans]
        if b"\r" in self.data or b"&" in self.data:
            try:
                words = [resolved(w) for w in words]
            except ValueError:
                raise Refused from None
        found = np.empty(len(words), object)
        found[:] = words
        return found

    def digits(self, at: Ints, most: int) -> tuple[Ints, Ints]:
        """Number that stands in digits from ``at`` on, and how many digits, at most ``most``."""
        number = np.zeros(len(at), np.int64)
        count = np.zeros(len(at), np.int64)
        running = np.ones(len(at), bool)
        for step in range(most):
            digit = self.bytes[at + step].astype(np.int64) - ord("0")
            running &= (digit >= 0) & (digit <= 9)  # noqa: PLR2004 - decimal digits
            if not running.any():
                break
            number = np.where(running, number * 10 + digit, number)
            count += running
        if (count == 0).any():
            raise Refused
        return number, count
