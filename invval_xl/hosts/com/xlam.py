"""Make ``invval.xlam`` from the template the installed xlwings ships.

The template brings xlwings' own VBA for exactly this version (it names the DLL of the version).
Ours is added as source-only modules, the form xlwings itself ships. Same inputs, same bytes.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from importlib.resources import files
from pathlib import Path

from invval_xl.functions.registry import functions
from invval_xl.hosts.com import templates, vba
from invval_xl.hosts.com.ribbon_runs import RUNS, groups_xml

__all__ = ["MODULES", "PROJECT_NAME", "build_xlam", "ribbon_xml", "sources"]

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_VBA_PART = "xl/vbaProject.bin"
_RIBBON_PART = "customUI/customUI14.xml"
_RIBBON_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
PROJECT_NAME = "invval"
_TERMINATOR = b"\x10\x00\x00\x00\x00\x00"
_CORE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties \
xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>Inventory valuation</dc:title>\
<dc:creator>invval-xl</dc:creator><dc:description>Worksheet functions INV_ and the reserve ribbon; \
needs Python with invval-xl.</dc:description></cp:coreProperties>"""

# Our modules, in the order they are added.
MODULES: tuple[str, ...] = (
    "InvvalServer",
    "InvvalHost",
    "InvvalFunctions",
    "InvvalHelp",
    "InvvalRibbon",
)


def sources() -> dict[str, str]:
    """Our VBA modules by name, with CRLF line ends."""
    known = tuple(functions().values())
    plain = {
        "InvvalServer": templates.part("InvvalServer.bas"),
        "InvvalHost": templates.part("InvvalHost.bas"),
        "InvvalFunctions": vba.functions_module(known),
        "InvvalHelp": vba.help_module(known),
        "InvvalRibbon": vba.ribbon_module(RUNS),
    }
    return {name: _crlf(text) for name, text in plain.items()}


def ribbon_xml() -> str:
    """The ribbon, customUI 2009/07."""
    return templates.part("customUI14.xml").replace("{{groups}}", groups_xml())


def _crlf(text: str) -> str:
    text.encode("cp1252")  # a VBA project is stored in its code page; fail here, not in Excel
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _template() -> bytes:
    return (files("xlwings") / "quickstart_addin_ribbon.xlam").read_bytes()


def _project(template: bytes) -> bytes:
    """The VBA project: xlwings' modules, ours, and the workbook's opening event."""
    from pyopenvba import ExcelFile

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.xlam"
        work.write_bytes(template)
        with ExcelFile(work) as book:
            project = book.vba_project()
            project.delete_module("RibbonMyAddin")
            book.set_module("xlwings", _crlf(_adapted(book.get_module("xlwings"))))
            opening = book.get_module("ThisWorkbook").replace("\r\n", "\n").rstrip("\n")
            opening += "\n" + templates.part("ThisWorkbook.cls")
            book.set_module("ThisWorkbook", _crlf(opening))
            for name, text in sources().items():
                project.add_module(name, text)
            book.save(Path(folder) / "made.xlam")
        with zipfile.ZipFile(Path(folder) / "made.xlam") as archive:
            made = archive.read(_VBA_PART)
    return _tidied(made, template)


def _adapted(source: str) -> str:
    """Xlwings' module under our project's name, its DLL loader open to our server module."""
    text, named = re.subn(
        r'(Public Const PROJECT_NAME As String = )"[^"]*"', r'\g<1>"invval"', source
    )
    text, opened = re.subn(r"Private Sub XLPyLoadDLL\(\)", "Public Sub XLPyLoadDLL()", text)
    if named != 1 or opened != 1:
        raise RuntimeError(
            "the VBA of the installed xlwings is not as expected; invval-xl is made for 0.37"
        )
    return text


def _tidied(made: bytes, template: bytes) -> bytes:
    """Small repairs to what pyOpenVBA writes, so that the project reads as Office's own do.

    An empty line inside PROJECT's ``[Workspace]`` and four bytes after the terminator of ``dir``
    go; the header of ``_VBA_PROJECT`` stays as xlwings ships it; the project gets our name.
    """
    from pyopenvba.cfb import CFB
    from pyopenvba.vba import compress, decompress

    container = CFB.from_bytes(made)
    directory = decompress(container.get_stream_in_storage("VBA", "dir"))
    if directory.endswith(_TERMINATOR + b"\0\0\0\0"):
        directory = directory[:-4]
    project = container.get_stream("PROJECT").decode("cp1252")
    found = re.search(r'^Name="([^"]*)"', project, re.MULTILINE)
    if not directory.endswith(_TERMINATOR) or found is None:
        raise RuntimeError("the VBA project is not in the form expected of pyOpenVBA 6")
    old = _name_record(found[1])
    if directory.count(old) != 1:
        raise RuntimeError("the VBA project has no single name record")
    directory = directory.replace(old, _name_record(PROJECT_NAME))
    project = project.replace(f'Name="{found[1]}"', f'Name="{PROJECT_NAME}"', 1)
    head, workspace, rest = project.partition("[Workspace]\r\n")
    rest = "".join(f"{line}\r\n" for line in rest.split("\r\n") if line)
    container.write_stream("PROJECT", (head + workspace + rest).encode("cp1252"))
    container.write_stream_in_storage("VBA", "dir", compress(directory))
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        shipped = CFB.from_bytes(archive.read(_VBA_PART))
    container.write_stream_in_storage(
        "VBA", "_VBA_PROJECT", shipped.get_stream_in_storage("VBA", "_VBA_PROJECT")
    )
    made_over: bytes = container.to_bytes()
    return made_over


def _name_record(name: str) -> bytes:
    """PROJECTNAME of [MS-OVBA] 2.3.4.2.1.6: id 4, size, name."""
    raw = name.encode("cp1252")
    return b"\x04\x00" + len(raw).to_bytes(4, "little") + raw


def _relations(xml: str) -> str:
    """The ribbon's relation alone: 2009/07 in place of the template's 2006/01."""
    kept = re.sub(r"<Relationship [^>]*ui/extensibility[^>]*/>", "", xml)
    ours = f'<Relationship Id="rIdInvvalRibbon" Type="{_RIBBON_RELATION}" Target="{_RIBBON_PART}"/>'
    return kept.replace("</Relationships>", f"{ours}</Relationships>")


def _workbook(xml: str) -> str:
    """The workbook part without another developer's path, its settings sheet under our name."""
    bare = re.sub(r"<mc:AlternateContent.*?</mc:AlternateContent>", "", xml, flags=re.DOTALL)
    # An image resolution outside the schema's list: the one error Microsoft's validator names.
    bare = re.sub(r"<extLst>.*?</extLst>", "", bare, flags=re.DOTALL)
    return bare.replace('name="_myaddin.conf"', 'name="_invval.conf"')


def build_xlam() -> bytes:
    """The add-in as bytes, the same for the same package and xlwings versions."""
    template = _template()
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts.pop("customUI/customUI.xml", None)
    parts[_VBA_PART] = _project(template)
    parts[_RIBBON_PART] = ribbon_xml().encode("utf-8")
    parts["docProps/core.xml"] = _CORE.encode("utf-8")
    parts["_rels/.rels"] = _relations(parts["_rels/.rels"].decode("utf-8")).encode("utf-8")
    parts["xl/workbook.xml"] = _workbook(parts["xl/workbook.xml"].decode("utf-8")).encode("utf-8")
    first = "[Content_Types].xml"
    order = [first, *sorted(name for name in parts if name != first)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in order:
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, parts[name])
    return out.getvalue()
