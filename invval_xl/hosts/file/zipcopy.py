"""Zip members copied as they lie, compressed bytes and all; new ones streamed in behind.

Python's ``zipfile`` cannot move a member without inflating and deflating it again, which changes
its bytes. Here a member is copied record by record, so what is not ours stays identical.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["Member", "ZipError", "ZipReader", "ZipWriter"]

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_SIZE, _CENTRAL_SIZE, _END_SIZE = 30, 46, 22
_FULL = 0xFFFFFFFF
_MANY = 0xFFFF
_ENCRYPTED, _UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_COPY = 1 << 20


class ZipError(ValueError):
    """The zip is not one this package copies (damaged, encrypted, over 4 GB)."""


@dataclass(frozen=True)
class Member:
    """One entry of the central directory."""

    name: str
    record: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def encrypted(self) -> bool:
        """Whether the entry itself is encrypted."""
        return bool(self.flags & _ENCRYPTED)


class ZipReader:
    """The members of an open zip file, in the order of its directory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.members: dict[str, Member] = {}
        self._directory = 0
        for member in self._entries():
            if member.name in self.members:
                raise ZipError(f"{member.name} stands in it twice")
            self.members[member.name] = member
        starts = sorted({m.offset for m in self.members.values()} | {self._directory})
        self._next = dict(itertools.pairwise(starts))

    def _entries(self) -> Iterable[Member]:
        stream = self._stream
        length = stream.seek(0, 2)
        tail_start = max(0, length - _END_SIZE - _MANY)
        stream.seek(tail_start)
        tail = stream.read()
        place = tail.rfind(_END)
        if place < 0 or len(tail) - place < _END_SIZE:
            raise ZipError("it has no zip directory")
        _, _, _, _, count, size, start, _ = struct.unpack("<4s4H2LH", tail[place : place + 22])
        if count == _MANY or _FULL in (size, start):
            raise ZipError("it is in the ZIP64 form")
        if start + size > tail_start + place:
            raise ZipError("its zip directory is damaged")
        self._directory = start
        stream.seek(start)
        directory = stream.read(size)
        at = 0
        for _ in range(count):
            fixed = directory[at : at + _CENTRAL_SIZE]
            if len(fixed) < _CENTRAL_SIZE or fixed[:4] != _CENTRAL:
                raise ZipError("its zip directory is damaged")
            flags, method = struct.unpack("<HH", fixed[8:12])
            crc, packed, full, name_size, extra, comment = struct.unpack("<3L3H", fixed[16:34])
            (offset,) = struct.unpack("<L", fixed[42:46])
            end = at + _CENTRAL_SIZE + name_size + extra + comment
            raw = directory[at + _CENTRAL_SIZE : at + _CENTRAL_SIZE + name_size]
            name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
            if _FULL in (packed, full, offset) or offset >= start:
                raise ZipError("its zip directory is damaged or in the ZIP64 form")
            yield Member(name, directory[at:end], flags, method, crc, packed, full, offset)
            at = end

    def read(self, name: str, most: int) -> bytes:
        """Inflate one member of at most ``most`` bytes.

        Raises
        ------
        ZipError
            Where it is larger than said or allowed, or fails its check sum.
        """
        member = self.members[name]
        self._stream.seek(member.offset)
        fixed = self._stream.read(_LOCAL_SIZE)
        if len(fixed) < _LOCAL_SIZE or fixed[:4] != _LOCAL or member.encrypted:
            raise ZipError(f"{name} cannot be read")
        name_size, extra = struct.unpack("<HH", fixed[26:30])
        self._stream.seek(name_size + extra, 1)
        packed = self._stream.read(member.packed)
        if member.size > most:
            raise ZipError(f"{name} holds {member.size:,} bytes; at most {most:,} are read")
        if member.method == _STORED:
            data = packed
        elif member.method == _DEFLATED:
            inflater = zlib.decompressobj(-15)
            try:
                data = inflater.decompress(packed, member.size + 1)
            except zlib.error as error:
                raise ZipError(f"{name} is damaged") from error
        else:
            raise ZipError(f"{name} is packed by a method Excel does not use")
        if len(data) != member.size or zlib.crc32(data) != member.crc:
            raise ZipError(f"{name} is damaged")
        return data

    def record(self, member: Member) -> tuple[int, int]:
        """Where the local record of ``member`` begins and ends, data descriptor included."""
        self._stream.seek(member.offset)
        fixed = self._stream.read(_LOCAL_SIZE)
        if len(fixed) < _LOCAL_SIZE or fixed[:4] != _LOCAL:
            raise ZipError(f"{member.name} cannot be read")
        return member.offset, self._next[member.offset]

    def copy(self, member: Member, out: BinaryIO) -> None:
        """Write the local record of ``member`` to ``out`` as it lies."""
        start, end = self.record(member)
        self._stream.seek(start)
        left = end - start
        while left:
            data = self._stream.read(min(left, _COPY))
            if not data:
                raise ZipError(f"{member.name} cannot be read")
            out.write(data)
            left -= len(data)


class ZipWriter:
    """A zip written front to back onto a seekable stream.

    Parameters
    ----------
    stream
        Open for writing, seekable, empty.
    stamp
        The time every new member carries (a fixed one: builds are byte-stable).
    """

    def __init__(self, stream: BinaryIO, stamp: datetime) -> None:
        self._stream = stream
        self._records: list[bytes] = []
        year = min(max(stamp.year, 1980), 2107)
        self._date = (year - 1980) << 9 | stamp.month << 5 | stamp.day
        self._time = stamp.hour << 11 | stamp.minute << 5 | stamp.second // 2

    def copy(self, reader: ZipReader, member: Member) -> None:
        """Take ``member`` over unchanged."""
        offset = self._offset()
        reader.copy(member, self._stream)
        self._records.append(member.record[:42] + struct.pack("<L", offset) + member.record[46:])

    def write(self, name: str, chunks: Iterable[bytes], level: int = 6) -> None:
        """Deflate ``chunks`` under ``name``."""
        offset = self._offset()
        raw = name.encode("utf-8")
        flags = 0 if name.isascii() else _UTF8
        self._stream.write(self._local(raw, flags, 0, 0, 0))
        packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9)
        crc = packed = size = 0
        for chunk in chunks:
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            data = packer.compress(chunk)
            packed += len(data)
            self._stream.write(data)
        data = packer.flush()
        packed += len(data)
        self._stream.write(data)
        if max(size, packed) >= _FULL:
            raise ZipError(f"{name} is over 4 GB")
        end = self._stream.tell()
        self._stream.seek(offset)
        self._stream.write(self._local(raw, flags, crc, packed, size))
        self._stream.seek(end)
        head = struct.pack("<4sHHHHHH", _CENTRAL, 20, 20, flags, _DEFLATED, self._time, self._date)
        sizes = struct.pack("<3L5H2L", crc, packed, size, len(raw), 0, 0, 0, 0, 0, offset)
        self._records.append(head + sizes + raw)

    def finish(self) -> None:
        """Write the directory."""
        start = self._offset()
        for record in self._records:
            self._stream.write(record)
        size = self._stream.tell() - start
        count = len(self._records)
        if count >= _MANY:
            raise ZipError("it has too many parts")
        self._stream.write(struct.pack("<4s4H2LH", _END, 0, 0, count, count, size, start, 0))

    def _offset(self) -> int:
        offset = self._stream.tell()
        if offset >= _FULL:
            raise ZipError("the workbook would be over 4 GB")
        return offset

    def _local(self, raw: bytes, flags: int, crc: int, packed: int, size: int) -> bytes:
        head = struct.pack("<4sHHHHH", _LOCAL, 20, flags, _DEFLATED, self._time, self._date)
        return head + struct.pack("<3L2H", crc, packed, size, len(raw), 0) + raw
