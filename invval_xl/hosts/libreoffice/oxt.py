"""Make ``invval.oxt`` from the registry and the parts in ``addin/libreoffice``.

A Calc add-in needs four descriptions of a function: an interface (``invval.idl``; LibreOffice
reads the plain text as a type library), names and texts (``CalcAddIns.xcu``), methods (printed
into ``invval_table.py``, which the component turns into them), and the name it has in an Excel
file (``CompatibilityName``). All come from the one declaration. Same inputs, same bytes.
"""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from invval_xl import __version__
from invval_xl.functions.registry import Argument, WorksheetFunction, functions
from invval_xl.hosts.libreoffice.menu import MENU

__all__ = ["COPIED", "build_oxt", "members", "part"]

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_REGISTRY = (
    'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
)
# A result is an array too: pyuno cannot hand an array over where the interface says ``any``.
_ARRAY = "sequence< sequence<any> >"
COPIED: tuple[str, ...] = (
    "ProtocolHandler.xcu",
    "invval_calc.py",
    "pythonpath/invval_bridge.py",
    "pythonpath/invval_main_thread.py",
    "pythonpath/invval_papers.py",
)
"""Parts that go in as they are."""


def parts_folder() -> Path:
    """The folder of the extension's own parts (``addin/libreoffice`` of the repository)."""
    installed = Path(str(files("invval_xl.hosts.libreoffice"))) / "addin_parts"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "addin" / "libreoffice"


def part(name: str) -> str:
    """Read the part ``name`` with plain line ends."""
    return (parts_folder() / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def members() -> dict[str, str]:
    """The files of the extension by name, in the order they are packed."""
    known = tuple(functions().values())
    return {
        "META-INF/manifest.xml": part("manifest.xml"),
        "description.xml": part("description.xml").replace("{{version}}", __version__),
        "invval.idl": _interface(known),
        "CalcAddIns.xcu": _texts(known),
        "Addons.xcu": _addons(),
        "pythonpath/invval_table.py": _table(known),
        **{name: part(name) for name in COPIED},
    }


def build_oxt() -> bytes:
    """The extension; the same package version gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in members().items():
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            package.writestr(entry, text.encode("utf-8"))
    return buffer.getvalue()


def _place(index: int) -> str:
    """An argument's name inside the interface: IDL keeps words like ``from`` for nobody."""
    return f"argument{index:02d}"


def _kind(argument: Argument) -> str:
    """A required argument is an array (a cell counts as one of one); only ``any`` may be left."""
    return "any" if argument.optional else _ARRAY


def _interface(known: tuple[WorksheetFunction, ...]) -> str:
    methods = []
    for function in known:
        arguments = ", ".join(
            f"[in] {_kind(argument)} {_place(i)}" for i, argument in enumerate(function.arguments)
        )
        methods.append(f"    {_ARRAY} {function.name}({arguments});")
    body = "\n".join(methods)
    return (
        "// Printed from invval-xl's registry.\n"
        "module org { module invval { module calc {\n"
        f"  interface XFunctions {{\n{body}\n  }};\n}}; }}; }};\n"
    )


def _said(name: str, text: str, language: str = "en-US") -> str:
    return (
        f'<prop oor:name="{name}"><value xml:lang="{language}">'
        f"{escape(' '.join(text.split()))}</value></prop>"
    )


def _texts(known: tuple[WorksheetFunction, ...]) -> str:
    nodes = "\n".join(map(_function_node, known))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<oor:component-data {_REGISTRY} oor:name="CalcAddIns" '
        'oor:package="org.openoffice.Office">\n <node oor:name="AddInInfo">\n'
        '  <node oor:name="org.invval.calc.Functions" oor:op="replace">\n'
        f'   <node oor:name="AddInFunctions">\n{nodes}\n   </node>\n  </node>\n'
        " </node>\n</oor:component-data>\n"
    )


def _function_node(function: WorksheetFunction) -> str:
    arguments = "\n".join(
        f'      <node oor:name="{_place(i)}" oor:op="replace">'
        f"{_said('DisplayName', a.name)}{_said('Description', _help(a))}</node>"
        for i, a in enumerate(function.arguments)
    )
    return (
        f'    <node oor:name={quoteattr(function.name)} oor:op="replace">\n'
        f"     {_said('DisplayName', function.name)}\n"
        f"     {_said('Description', function.description)}\n"
        '     <prop oor:name="Category"><value>Add-In</value></prop>\n'
        f"     {_said('CompatibilityName', function.name)}\n"
        f'     <node oor:name="Parameters">\n{arguments}\n     </node>\n    </node>'
    )


def _help(argument: Argument) -> str:
    return f"Optional. {argument.help}" if argument.optional else argument.help


def _addons() -> str:
    entries = "\n".join(
        f'     <node oor:name="m{i:02d}" oor:op="replace">\n'
        '      <prop oor:name="Context" oor:type="xs:string">'
        "<value>com.sun.star.sheet.SpreadsheetDocument</value></prop>\n"
        f'      <prop oor:name="Title" oor:type="xs:string">'
        f'<value xml:lang="en-US">{escape(run.label)}</value></prop>\n'
        f'      <prop oor:name="URL" oor:type="xs:string">'
        f"<value>vnd.invval.calc:{run.name}</value></prop>\n"
        '      <prop oor:name="Target" oor:type="xs:string"><value>_self</value></prop>\n'
        "     </node>"
        for i, run in enumerate(MENU, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<oor:component-data {_REGISTRY} oor:name="Addons" '
        'oor:package="org.openoffice.Office">\n <node oor:name="AddonUI">\n'
        '  <node oor:name="OfficeMenuBar">\n'
        '   <node oor:name="org.invval.calc" oor:op="replace">\n'
        '    <prop oor:name="Context" oor:type="xs:string">'
        "<value>com.sun.star.sheet.SpreadsheetDocument</value></prop>\n"
        '    <prop oor:name="Title" oor:type="xs:string">'
        '<value xml:lang="en-US">Inventory valuation</value></prop>\n'
        f'    <node oor:name="Submenu">\n{entries}\n    </node>\n'
        "   </node>\n  </node>\n </node>\n</oor:component-data>\n"
    )


def _table(known: tuple[WorksheetFunction, ...]) -> str:
    names = "".join(f"    {function.name!r},\n" for function in known)
    runs = "".join(f"    {run.name!r}: {{'needs_book': {run.needs_book}}},\n" for run in MENU)
    return (
        '"""Printed from invval-xl\'s registry and menu."""\n\n'
        f"VERSION = {__version__!r}\nFUNCTIONS = (\n{names})\nRUNS = {{\n{runs}}}\n"
    )
