"""Plain names for INV_ formulas that another host saved under its own spelling.

Excel's web add-ins store ``_xldudf_INV_NRV(``, C-API add-ins ``_xll.INV_NRV(``, and a workbook
that once lived beside an .xlam ``[1]!INV_NRV(``. Only the text of such formulas is changed, inside
the sheets that hold them; every other part is copied as it lies in the zip.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from invval_xl.findings import Finding, RefusedError
from invval_xl.functions.registry import functions
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.atomic import replacing
from invval_xl.hosts.file.lock import resolved
from invval_xl.hosts.file.target import Target, cannot_be_edited
from invval_xl.hosts.file.write import check_place, fingerprint, holding
from invval_xl.hosts.file.xmltree import Edit, XmlError, splice
from invval_xl.hosts.file.zipcopy import ZipError, ZipWriter

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Respelled", "plain_formula", "respell_file"]

_STAMP = dt.datetime(1980, 1, 1)  # noqa: DTZ001 - a zip's own time has no zone
_TOKEN = re.compile(
    r'"(?:[^"]|"")*"'  # text stays as it is
    r"|(?:_xlfn\.)?(?:_xldudf_|_xludf\.|_xll\."
    r"|'(?:[^']|'')*(?:\]|\.xla[m]?)(?:[^']|'')*'!|\[[^\]]+\]!|[\w.\-]+\.xlam?!)"
    r"(?P<name>INV_[A-Z0-9_]+)(?=\()",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Respelled:
    """What was done: how many formulas, and a finding a sheet."""

    count: int
    findings: tuple[Finding, ...]


def plain_formula(formula: str) -> str:
    """``formula`` with our registered functions under their bare names; all else as it was.

    Examples
    --------
    >>> plain_formula('[1]!INV_NRV(A1)+_xldudf_INV_AUC(B1,C1)&"_xll.INV_NRV("')
    'INV_NRV(A1)+INV_AUC(B1,C1)&"_xll.INV_NRV("'
    >>> plain_formula("_xll.OTHER(A1)+_xll.INV_NOT_OURS(A1)")
    '_xll.OTHER(A1)+_xll.INV_NOT_OURS(A1)'
    """

    def bare(match: re.Match[str]) -> str:
        name = (match["name"] or "").upper()
        return name if name in functions() else match[0]

    return _TOKEN.sub(bare, formula)


def respell_file(book: Path, out: Path | None = None) -> Respelled:
    """Respell ``book`` in place (one backup is kept), or into ``out`` leaving it untouched.

    Raises
    ------
    RefusedError
        Where the workbook is none this package writes to, or the place cannot be written to;
        nothing was changed.
    MisuseError
        Where the folder of ``out`` is not there.
    """
    target = out or book
    in_place = resolved(target) == resolved(book)
    with holding(book) if in_place else nullcontext():
        check_place(target)
        seen = fingerprint(book)

        def unchanged() -> None:
            if fingerprint(book) != seen:
                raise RefusedError([finding("WB934", name=book.name)])

        with book.open("rb") as source:
            try:
                opened = Target(source)
                edited, found = _edited(opened)
                if not edited and in_place:
                    return Respelled(0, (finding("AD214", name=book.name),))
                with replacing(target, held=in_place, last_look=unchanged) as stream:
                    writer = ZipWriter(stream, _STAMP)
                    for name, member in opened.reader.members.items():
                        if name in edited:
                            writer.write(name, [edited[name]])
                        else:
                            writer.copy(opened.reader, member)
                    writer.finish()
            except (XmlError, ZipError) as error:
                raise cannot_be_edited(error) from error
    if not found:
        found = [finding("AD214", name=book.name)]
    return Respelled(sum(f.count for f in found if f.code == "AD213"), tuple(found))


def _edited(book: Target) -> tuple[dict[str, bytes], list[Finding]]:
    """The sheets that change, by part name, and a finding each."""
    edited: dict[str, bytes] = {}
    found: list[Finding] = []
    for sheet in book.sheets:
        if sheet.kind != "worksheet" or b"INV_" not in book.reader.read(
            book.spelled(sheet.part), 256 << 20
        ):
            continue
        part = book.part(sheet.part)
        edits = []
        for node in part.root.walk():
            if node.local != "f" or node.uri != part.root.uri or "INV_" not in node.text.upper():
                continue
            plain = plain_formula(node.text)
            if plain != node.text:
                edits.append(Edit(node.inner, node.close, escape(plain).encode("utf-8")))
        if edits:
            edited[part.name] = splice(part.source, edits)
            found.append(finding("AD213", sheet=sheet.name, count=len(edits)))
    return edited, found
