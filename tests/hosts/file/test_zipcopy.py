"""Members move as they lie; what is new reads back; damage is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invval_xl.hosts.file.zipcopy import ZipError, ZipReader, ZipWriter

STAMP = datetime(2026, 1, 31, 12, 30, 10)  # noqa: DTZ001 (a zip knows no time zone)
names = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)
contents = st.dictionaries(names, st.binary(max_size=300), max_size=6)
methods = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])


def packed(parts: dict[str, bytes], method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        package.comment = b"a comment"
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


@given(contents, contents, methods)
@settings(max_examples=150)
def test_old_members_keep_their_bytes_and_new_ones_read_back(
    old: dict[str, bytes], new: dict[str, bytes], method: int
) -> None:
    source = io.BytesIO(packed(old, method))
    out = io.BytesIO()
    reader, writer = ZipReader(source), ZipWriter(out, STAMP)
    assert list(reader.members) == list(old)
    for name, data in old.items():
        assert reader.read(name, 1000) == data
    for member in reader.members.values():
        writer.copy(reader, member)
    added = {f"new/{name}": data for name, data in new.items()}
    for name, data in added.items():
        writer.write(name, [data[:7], data[7:]])
    writer.finish()
    with zipfile.ZipFile(out) as result, zipfile.ZipFile(source) as first:
        assert result.testzip() is None
        assert {i.filename: result.read(i) for i in result.infolist()} == {**old, **added}
        for info in first.infolist():
            twin = result.getinfo(info.filename)
            assert (twin.CRC, twin.compress_size, twin.date_time, twin.external_attr) == (
                info.CRC,
                info.compress_size,
                info.date_time,
                info.external_attr,
            )
        for name in added:
            info = result.getinfo(name)
            local = out.getvalue()[info.header_offset :][14:26]
            assert struct.unpack("<3L", local) == (info.CRC, info.compress_size, info.file_size)
            assert result.getinfo(name).date_time == (2026, 1, 31, 12, 30, 10)


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_zip_is_refused_or_read_right(data: st.DataObject) -> None:
    parts = {"a.xml": b"<a>hello hello hello</a>", "b.bin": bytes(range(200))}
    source = bytearray(packed(parts, zipfile.ZIP_DEFLATED))
    place = data.draw(st.integers(0, len(source) - 1))
    source[place] ^= data.draw(st.integers(1, 255))
    try:
        reader = ZipReader(io.BytesIO(bytes(source)))
        for name in reader.members:
            read = reader.read(name, 10_000)
            assert read in parts.values()  # only a name or a time was hit
    except ZipError:
        return


@pytest.mark.parametrize("cut", [1, 21, 22, 40, 90])
def test_a_truncated_zip_is_refused(cut: int) -> None:
    whole = packed({"a.xml": b"<a/>", "b.xml": b"<b/>"}, zipfile.ZIP_DEFLATED)
    whole = whole[: -len(b"a comment")]
    with pytest.raises(ZipError):
        ZipReader(io.BytesIO(whole[:-cut]))


def test_a_name_that_stands_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            package.writestr("a", b"2")
    with pytest.raises(ZipError, match="twice"):
        ZipReader(stream)


def test_a_member_larger_than_allowed_or_than_it_says_is_not_inflated() -> None:
    bomb = packed({"a": bytes(10_000_000)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(ZipError, match="at most"):
        ZipReader(io.BytesIO(bomb)).read("a", 1000)
    place = bomb.index(b"PK\x01\x02") + 24
    lying = bomb[:place] + (50).to_bytes(4, "little") + bomb[place + 4 :]
    with pytest.raises(ZipError, match="damaged"):
        ZipReader(io.BytesIO(lying)).read("a", 1000)
