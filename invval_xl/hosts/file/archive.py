"""The zip package under a workbook, read with counters: no part inflates further than it may.

The file is read once into memory, so that what is hashed is what is parsed. Parts are inflated
in pieces on demand; sizes and check sums are compared with the directory as they come out.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invval_xl.hosts.file.limits import Limits

__all__ = ["Package", "open_package", "refuse", "resolve"]

_FED = 1 << 16  # stored bytes given to zlib at a time
_PIECE = 1 << 18  # inflated bytes handed on at a time
_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAGS = 0x1 | 0x40
_MOST_PROBLEMS = 50


def refuse(code: str, *, sheet: str = "", cell: str = "", **facts: Any) -> RefusedError:
    """Build the error of one STOP finding of the register, ready to be raised."""
    return RefusedError([finding(code, sheet=sheet, cell=cell, **facts)])


@dataclass(frozen=True)
class Package:
    """An opened package: its bytes, its directory, and how much may be taken from it.

    Parameters
    ----------
    name
        The file's name, for messages.
    data
        The whole file.
    parts
        Directory entries by part name, as spelled in the package.
    limits
        Bounds kept while inflating.
    folded
        Part names by their lower-case spelling.
    """

    name: str
    data: bytes
    parts: dict[str, zipfile.ZipInfo]
    limits: Limits
    folded: dict[str, str] = field(default_factory=dict)

    def find(self, part: str) -> str | None:
        """Return the name as the package spells it; part names match without regard to case."""
        return part if part in self.parts else self.folded.get(part.lower())

    def stream(self, part: str, *, at_most: int | None = None) -> Iterator[bytes]:
        """Inflate a part piece by piece; refuse it where it is not what the directory says.

        Parameters
        ----------
        part
            Name as the package spells it.
        at_most
            Inflated bytes after which the part is refused; the limits' ``part_bytes`` by default.

        Yields
        ------
        bytes
            Up to 256 KiB at a time.

        Raises
        ------
        RefusedError
            Damaged, larger than declared or than allowed, or packed in an unknown way.
        """
        info = self.parts[part]
        limit = self.limits.part_bytes if at_most is None else at_most
        if info.file_size > limit:
            raise refuse("WB203", name=self.name, part=part, size=info.file_size, limit=limit)
        checksum, size = 0, 0
        try:
            for piece in _inflated(self._stored(info), info.compress_type, _PIECE):
                size += len(piece)
                if size > info.file_size:
                    why = f"it inflates beyond the {info.file_size:,} bytes declared"
                    raise refuse("WB211", name=self.name, part=part, why=why)
                checksum = zlib.crc32(piece, checksum)
                yield piece
        except (zlib.error, EOFError) as error:
            why = f"the part {part} does not inflate ({error})"
            raise refuse("WB109", name=self.name, why=why) from None
        if size != info.file_size or checksum != info.CRC:
            why = f"the check sum of the part {part} does not match"
            raise refuse("WB109", name=self.name, why=why)

    def beginning(self, part: str, size: int) -> bytes:
        """Inflate the first ``size`` bytes of a part, no more."""
        info = self.parts[part]
        taken = bytearray()
        try:
            for piece in _inflated(self._stored(info), info.compress_type, size):
                taken += piece
                if len(taken) >= size:
                    break
        except (zlib.error, EOFError) as error:
            why = f"the part {part} does not inflate ({error})"
            raise refuse("WB109", name=self.name, why=why) from None
        return bytes(taken[:size])

    def _stored(self, info: zipfile.ZipInfo) -> memoryview:
        """Return the stored bytes of a part, its local header checked against the directory."""
        part = info.filename
        if info.flag_bits & _ENCRYPTED_FLAGS:
            raise refuse("WB106", name=self.name, how=_asks_for_password(part))
        if info.compress_type not in {_STORED, _DEFLATED}:
            why = f"method {info.compress_type}"
            raise refuse("WB212", name=self.name, part=part, why=why)
        start = info.header_offset
        header = self.data[start : start + _LOCAL.size]
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            why = "its own header is not where the directory says"
            raise refuse("WB211", name=self.name, part=part, why=why)
        *_, name_length, extra_length = _LOCAL.unpack(header)
        begin = start + _LOCAL.size
        spelled = self.data[begin : begin + name_length].replace(b"\\", b"/")
        if spelled not in {part.encode("utf-8", "replace"), part.encode("cp437", "replace")}:
            why = f"its own header calls it {spelled[:200].decode('utf-8', 'replace')!r}"
            raise refuse("WB211", name=self.name, part=part, why=why)
        begin += name_length + extra_length
        if begin + info.compress_size > len(self.data):
            raise refuse("WB109", name=self.name, why=f"the part {part} is cut off")
        return memoryview(self.data)[begin : begin + info.compress_size]


def _inflated(stored: memoryview, method: int, size: int) -> Iterator[bytes]:
    """Inflate in pieces of at most ``size`` bytes, whatever the ratio."""
    if method == _STORED:
        for at in range(0, len(stored), size):
            yield bytes(stored[at : at + size])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(stored), _FED):
        pending = bytes(stored[at : at + _FED])
        while pending and not inflater.eof:
            piece = inflater.decompress(pending, size)
            pending = inflater.unconsumed_tail
            if piece:
                yield piece
        if inflater.eof:
            return
    while not inflater.eof:
        piece = inflater.decompress(b"", size)
        if not piece:
            raise EOFError("it ends early")
        yield piece


def _directory_size(data: bytes) -> tuple[int, int] | None:
    """Entries and bytes of the zip directory as the end record states them, or ``None``."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        return None
    _, _, _, _, entries, size, _, _ = _END.unpack_from(data, at)
    locator = at - _LOCATOR64.size
    if locator >= 0 and data[locator : locator + 4] == b"PK\x06\x07":
        _, _, at64, _ = _LOCATOR64.unpack_from(data, locator)
        if at64 + _END64.size <= len(data) and data[at64 : at64 + 4] == b"PK\x06\x06":
            _, _, _, _, _, _, _, entries, size, _ = _END64.unpack_from(data, at64)
    return int(entries), int(size)


def open_package(name: str, data: bytes, limits: Limits) -> Package:
    """Read the directory of a zip package and check it before anything is unpacked.

    Parameters
    ----------
    name
        The file's name, for messages.
    data
        The whole file, known to begin as a zip.
    limits
        Bounds.

    Raises
    ------
    RefusedError
        Truncated or damaged; too many or too large parts; a bomb; unsafe or repeated paths.
    """
    size = _directory_size(data)
    if size is None:
        raise refuse("WB109", name=name, why="its end, with the list of parts, is missing")
    if size[0] > limits.entries or size[1] > limits.directory_bytes:
        raise refuse("WB202", name=name, number=f"{size[0]:,}", limit=limits.entries)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as directory:
            infos = directory.infolist()
    except (
        zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError, EOFError,
        OSError,
    ) as error:  # fmt: skip
        raise refuse("WB109", name=name, why=f"its list of parts is unreadable ({error})") from None
    if len(infos) > limits.entries:
        raise refuse("WB202", name=name, number=f"{len(infos):,}", limit=limits.entries)
    problems = [f for info in infos for f in _part_problems(name, info, limits)]
    problems += _overlaps(name, infos)
    parts: dict[str, zipfile.ZipInfo] = {}
    folded: dict[str, str] = {}
    for info in infos:
        if info.filename.endswith("/"):  # is_dir fails on a part without a name
            continue
        key = info.filename.lower()
        if key in folded:
            problems.append(finding("WB206", name=name, part=info.filename[:200]))
        folded[key] = info.filename
        parts[info.filename] = info
    if problems:
        raise RefusedError(problems[:_MOST_PROBLEMS])
    return Package(name, data, parts, limits, folded)


def _part_problems(name: str, info: zipfile.ZipInfo, limits: Limits) -> Iterator[Finding]:
    """Look at one directory entry: where it leads, and how far it would inflate."""
    path = info.filename.replace("\\", "/")
    steps = path.split("/")
    spelled = info.orig_filename
    if not spelled:
        yield finding("WB109", name=name, why="a part in it has no name")
    if path.startswith("/") or ".." in steps or ":" in steps[0] or "\x00" in spelled:
        yield finding("WB205", name=name, part=info.filename[:200])
    if info.flag_bits & _ENCRYPTED_FLAGS:
        yield finding("WB106", name=name, how=_asks_for_password(info.filename))
    stored = max(info.compress_size, 1)
    if info.file_size > limits.ratio_from and info.file_size > limits.ratio * stored:
        ratio, size = info.file_size / stored, info.file_size
        yield finding("WB204", name=name, part=info.filename[:200], ratio=ratio, size=size)
    elif info.file_size > limits.part_bytes:
        size, limit = info.file_size, limits.part_bytes
        yield finding("WB203", name=name, part=info.filename[:200], size=size, limit=limit)


def _asks_for_password(part: str) -> str:
    return f"the zip part {part[:200]} asks for a password"


def _overlaps(name: str, infos: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    """Look for parts that share stored bytes: the way to a bomb without a suspect ratio."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            why = "it shares its bytes with another part"
            yield finding("WB211", name=name, part=info.filename[:200], why=why)
        end = info.header_offset + _LOCAL.size + info.compress_size


def resolve(source: str, target: str) -> str:
    """Resolve a relationship's target against the part that names it.

    Examples
    --------
    >>> resolve("xl/workbook.xml", "worksheets/sheet1.xml")
    'xl/worksheets/sheet1.xml'
    >>> resolve("xl/worksheets/sheet1.xml", "../tables/table1.xml")
    'xl/tables/table1.xml'
    >>> resolve("xl/workbook.xml", "/xl/styles.xml")
    'xl/styles.xml'
    """
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target)).lstrip("/")
