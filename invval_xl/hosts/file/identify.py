"""What a file is by its first bytes: anything but a zip package is refused by its right name."""

from __future__ import annotations

from invval_xl.hosts.file.archive import Package, refuse

__all__ = ["refuse_foreign_file", "refuse_foreign_package"]

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (b"\x09\x08", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_MAGICS = (
    (b"%PDF", "a PDF"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_TEXT_LOOK = 4096
_PRINTABLE_FROM = 32


def _compound(name: str, data: bytes) -> Exception:
    """Name a compound (OLE) file by the streams in its directory."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("DRMContent") or holds("DRMEncryptedDataSpace"):
        return refuse("WB106", name=name, how="rights management")
    if holds("EncryptedPackage"):
        return refuse("WB106", name=name, how="password")
    if holds("Workbook") or holds("Book"):
        return refuse("WB105", name=name)
    looks = "a Word document" if holds("WordDocument") else "not one of Excel's"
    return refuse("WB115", name=name, looks=looks)


def _text(head: bytes) -> str | None:
    """Return the head as text where it is text, else ``None``."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    if any(byte < _PRINTABLE_FROM and byte not in b"\t\n\r\x0c" for byte in head):
        return None
    return head.decode("utf-8", "replace").lstrip("\ufeff")


def _readable(name: str, data: bytes) -> Exception:
    """Name a file by the text it begins with, or by its bytes where it is no text."""
    text = _text(data[:_TEXT_LOOK])
    if text is None:
        first = data[:4].hex(" ")
        return refuse("WB103", name=name, looks=f"the bytes {first}")
    start = text.lstrip()[:2000].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return refuse("WB110", name=name, looks="XML Spreadsheet 2003")
    if start.startswith(("<!doctype html", "<html", "<table", "<head", "<meta")):
        return refuse("WB110", name=name, looks="a web page")
    if start.startswith("<"):
        return refuse("WB110", name=name, looks="an XML file")
    line = text.splitlines()[0] if text.splitlines() else ""
    marks = {"\t": "tab-separated", ";": "semicolon-separated", ",": "comma-separated"}
    looks = next((word for mark, word in marks.items() if mark in line), "plain text")
    return refuse("WB104", name=name, looks=looks)


def refuse_foreign_file(name: str, data: bytes) -> None:
    """Raise the right refusal unless ``data`` begins as a zip package.

    Raises
    ------
    RefusedError
        Empty, encrypted, .xls, text, web page, PDF and the like, each by its name.
    """
    if not data:
        raise refuse("WB102", name=name)
    if data.startswith(b"PK\x03\x04"):
        return
    if data.startswith(b"PK\x05\x06"):
        raise refuse("WB112", name=name, looks="an empty archive")
    if data.startswith(_COMPOUND):
        raise _compound(name, data)
    for magic, looks in _MAGICS:
        if data.startswith(magic):
            raise refuse("WB103", name=name, looks=looks)
    if data.startswith(_BIFF):
        raise refuse("WB105", name=name)
    raise _readable(name, data)


def refuse_foreign_package(package: Package) -> None:
    """Raise the right refusal for a zip that is something else than an .xlsx workbook.

    Raises
    ------
    RefusedError
        OpenDocument, .xlsb, Word, PowerPoint, or any other zip.
    """
    name, parts = package.name, package.parts
    if "mimetype" in parts:
        looks = package.beginning("mimetype", 100).decode("ascii", "replace").strip()
        if "opendocument" in looks:
            raise refuse("WB111", name=name, looks=looks)
    if package.find("xl/workbook.bin"):
        raise refuse("WB107", name=name)
    for folder, looks in (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation")):
        if any(part.startswith(folder) for part in parts) and not package.find("xl/workbook.xml"):
            raise refuse("WB112", name=name, looks=looks)
    if package.find("[Content_Types].xml") is None:
        inside = next((p for p in parts if p.lower().endswith((".xlsx", ".xlsm"))), "")
        looks = f"it contains {inside}: unpack that" if inside else "no [Content_Types].xml"
        raise refuse("WB112", name=name, looks=looks)
