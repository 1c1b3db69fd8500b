"""What is generated for Office.js agrees with the registry and with Microsoft's own tool."""

from __future__ import annotations

import json
import struct
import xml.etree.ElementTree as ET
import zlib

from invval_xl.functions.registry import functions
from invval_xl.hosts.officejs.application import public_files
from invval_xl.hosts.officejs.help_page import help_html
from invval_xl.hosts.officejs.icons import SIZES, icon
from invval_xl.hosts.officejs.manifest import manifest_xml
from invval_xl.hosts.officejs.metadata import functions_json
from invval_xl.hosts.officejs.script import functions_js
from tests.hosts.officejs.outside import needs_metadata_tool, node

ORIGIN = "https://localhost:8790"
BASE = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVER = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
TYPES = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@needs_metadata_tool
def test_metadata_is_what_microsofts_tool_derives_from_the_script(tmp_path):
    script = tmp_path / "functions.js"
    script.write_text(functions_js(ORIGIN), encoding="utf-8")
    derived = node("derive_metadata.mjs", str(script))
    assert derived["errors"] == []
    assert derived["associated"] == list(functions())
    told = json.loads(functions_json(ORIGIN))
    assert told.pop("allowErrorForDataTypeAny") is True  # an error cell passes through
    assert told == {key: derived[key] for key in told}
    assert len(told["functions"]) == len(functions()) >= 32


def test_metadata_carries_every_argument_and_which_may_be_left_out():
    told = {f["name"]: f for f in json.loads(functions_json(ORIGIN))["functions"]}
    for name, function in functions().items():
        parameters = told[name]["parameters"]
        assert [p["name"] for p in parameters] == [a.name for a in function.arguments]
        assert [p.get("optional", False) for p in parameters] == [
            a.optional for a in function.arguments
        ]
        assert all(p["dimensionality"] == "matrix" for p in parameters)
        assert all(0 < len(p["description"]) <= 255 for p in parameters)
        assert f'id="{name}"' in help_html()


def test_manifest_has_what_excel_asks_for_in_the_order_of_its_schema():
    root = ET.fromstring(manifest_xml(ORIGIN, "s3cret"))
    assert root.get(TYPE) == "TaskPaneApp"
    assert [child.tag.partition("}")[2] for child in root] == [
        "Id", "Version", "ProviderName", "DefaultLocale", "DisplayName", "Description", "IconUrl",
        "HighResolutionIconUrl", "SupportUrl", "AppDomains", "Hosts", "Requirements",
        "DefaultSettings", "Permissions", "VersionOverrides",
    ]  # fmt: skip
    version = root.findtext(f"{BASE}Version")
    assert version is not None
    assert len(version.split(".")) == 4
    points = {p.get(TYPE): p for p in root.iter(f"{OVER}ExtensionPoint")}
    assert [c.tag.partition("}")[2] for c in points["CustomFunctions"]] == [
        "Script",
        "Page",
        "Metadata",
    ]  # no Namespace: =INV_NRV keeps its name
    runtime = next(root.iter(f"{OVER}Runtime"))
    page = points["CustomFunctions"].find(f"{OVER}Page/{OVER}SourceLocation")
    assert page is not None
    assert runtime.get("resid") == page.get("resid")  # functions and pane share one runtime
    assert runtime.get("lifetime") == "long"


def test_manifest_names_only_what_the_server_has():
    text = manifest_xml(ORIGIN, "s3cret")
    root = ET.fromstring(text)
    given = {e.get("id"): e.get("DefaultValue") or "" for e in root.iter() if e.get("id")}
    used = {e.get("resid") for e in root.iter() if e.get("resid")}
    assert used <= set(given)
    assert all(len(name or "") <= 32 for name in used)
    addresses = [e.get("DefaultValue", "") for e in root.iter()]
    paths = {a.removeprefix(ORIGIN).partition("?")[0] for a in addresses if a.startswith(ORIGIN)}
    assert len(paths) == 8
    assert paths <= set(public_files(ORIGIN))
    for short in root.iter(f"{TYPES}ShortStrings"):
        assert all(len(e.get("DefaultValue", "")) <= 125 for e in short)
    for long in root.iter(f"{TYPES}LongStrings"):
        assert all(len(e.get("DefaultValue", "")) <= 250 for e in long)
    assert text.count("s3cret") == 2


def test_manifest_escapes_what_it_is_given():
    assert ET.fromstring(manifest_xml(ORIGIN, 'a"&<b')) is not None


def test_pages_load_no_script_but_ours_and_microsofts():
    for _kind, content in public_files(ORIGIN).values():
        text = content.decode("latin-1")
        outside = [part.split('"')[0] for part in text.split('src="')[1:]]
        assert all(
            s.startswith("/") or s == "https://appsforoffice.microsoft.com/lib/1/hosted/office.js"
            for s in outside
        )


def test_icons_are_pictures_of_their_size():
    for size in SIZES:
        picture = icon(size)
        assert struct.unpack(">II", picture[16:24]) == (size, size)
        data = picture.split(b"IDAT", 1)[1]
        assert len(zlib.decompressobj().decompress(data)) == size * (4 * size + 1)
