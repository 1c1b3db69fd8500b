"""Three independent readers accept the built add-in; its bytes do not depend on when or where."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import olefile
import pytest
import xlwings
from pyopenvba import ExcelFile
from pyopenvba.vba import decompress

from invval_xl.functions.registry import functions
from invval_xl.hosts.com.ribbon_runs import GROUPS, RUNS
from invval_xl.hosts.com.xlam import MODULES, build_xlam, sources
from tests.tools import find_libreoffice, needs_libreoffice, needs_validator, open_xml_errors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # oletools' own use of pyparsing is deprecated
    from oletools.olevba import VBA_Parser

CUSTOM_UI = "{http://schemas.microsoft.com/office/2009/07/customui}"
# Names of Office's own icons, as published in Microsoft's icon gallery lists.
KNOWN_IMAGES = {
    "RefreshAll", "FunctionWizard", "ErrorChecking", "Repeat", "Info", "AcceptInvitation",
    "ReviewAcceptChange", "FindNext", "FileSaveAsPdfOrXps", "SignatureLineInsert", "Chart3DView",
    "DataValidation",
}  # fmt: skip


def project(path):
    with zipfile.ZipFile(path) as archive:
        return olefile.OleFileIO(archive.read("xl/vbaProject.bin"))


def test_olevba_reads_our_modules_byte_for_byte(xlam):
    parser = VBA_Parser(str(xlam))
    found = {name: code for _, _, name, code in parser.extract_macros()}
    parser.close()
    for name, source in sources().items():
        assert found[f"{name}.bas"].encode() == source.encode()
    assert 'PROJECT_NAME As String = "invval"' in found["xlwings.bas"]
    assert "Public Sub XLPyLoadDLL()" in found["xlwings.bas"]
    assert "InvvalRegisterHelp" in found["ThisWorkbook.cls"]


def test_every_module_in_the_file_has_crlf_line_ends_only(xlam):
    ole = project(xlam)
    for name in (*MODULES, "ThisWorkbook", "xlwings"):
        stored = decompress(ole.openstream(f"VBA/{name}").read())
        assert b"\n" in stored
        assert stored.count(b"\n") == stored.count(b"\r\n")
        assert b"\r" not in stored.replace(b"\r\n", b"")


def test_olefile_reads_the_project_without_an_issue(xlam):
    ole = project(xlam)
    assert ole.parsing_issues == []
    text = ole.openstream("PROJECT").read().decode("cp1252")
    assert [m for m in MODULES if f"Module={m}\r\n" not in text] == []
    assert len(re.findall(r"^Module=", text, re.MULTILINE)) == len(MODULES) + 1
    assert 'Name="invval"' in text
    workspace = text.partition("[Workspace]\r\n")[2]
    assert "\r\n\r\n" not in workspace
    assert "MyAddin" not in text
    directory = decompress(ole.openstream("VBA/dir").read())
    assert directory.endswith(b"\x10\x00\x00\x00\x00\x00")
    assert not directory.endswith(b"\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00")
    assert b"\x04\x00\x06\x00\x00\x00invval" in directory


def test_the_project_is_source_only_in_the_form_xlwings_ships(xlam):
    shipped = Path(xlwings.__file__).with_name("quickstart_addin_ribbon.xlam")
    header = project(shipped).openstream("VBA/_VBA_PROJECT").read()
    assert project(xlam).openstream("VBA/_VBA_PROJECT").read() == header
    assert len(header) == 7


def test_pyopenvba_finds_the_project_consistent(xlam):
    with ExcelFile(xlam) as book:
        assert book.validate() == []


@needs_libreoffice
def test_libreoffice_lists_our_modules(xlam, tmp_path):
    out = tmp_path / "out"
    done = subprocess.run(
        [
            find_libreoffice(),
            "--headless",
            f"-env:UserInstallation=file://{tmp_path / 'profile'}",
            "--infilter=Calc MS Excel 2007 VBA XML",
            "--convert-to",
            "ods",
            "--outdir",
            str(out),
            str(xlam),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    made = out / "invval.ods"
    assert made.is_file(), done.stderr
    with zipfile.ZipFile(made) as archive:
        kept = [n for n in archive.namelist() if n.startswith("Basic/")]
        for name in MODULES:
            module = next(n for n in kept if n.endswith(f"/{name}.xml"))
            assert b"Sub " in archive.read(module) or b"Function " in archive.read(module)


@needs_validator
def test_microsofts_validator_finds_nothing(xlam):
    assert not open_xml_errors(xlam)


def test_two_builds_are_byte_identical_in_this_process_and_in_another(xlam, tmp_path):
    assert build_xlam() == xlam.read_bytes()
    other = tmp_path / "other.xlam"
    code = (
        "import sys; from pathlib import Path;"
        "from invval_xl.hosts.com.xlam import build_xlam;"
        "Path(sys.argv[1]).write_bytes(build_xlam())"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(other)],
        check=True,
        timeout=120,
        env={"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "77", "HOME": "/tmp"},
    )
    assert other.read_bytes() == xlam.read_bytes()


def test_the_package_holds_nobody_elses_path_or_name(xlam):
    with zipfile.ZipFile(xlam) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        whole = b"".join(archive.read(name) for name in names if not name.endswith(".bin"))
    assert "customUI/customUI14.xml" in names
    assert "customUI/customUI.xml" not in names
    for trace in (b"felix", b"Felix", b"myaddin", b"MyAddin", b"absPath"):
        assert trace not in whole


def ribbon(xlam):
    with zipfile.ZipFile(xlam) as archive:
        return ET.fromstring(archive.read("customUI/customUI14.xml"))


def test_the_ribbon_is_bound_by_the_2009_relationship(xlam):
    with zipfile.ZipFile(xlam) as archive:
        relations = archive.read("_rels/.rels").decode()
    kinds = re.findall(r'Type="([^"]+)" Target="customUI/customUI14.xml"', relations)
    assert kinds == ["http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"]
    assert relations.count("ui/extensibility") == 1


def test_the_ribbon_keeps_the_schemas_rules(xlam, excel):
    root = ribbon(xlam)
    assert root.tag == f"{CUSTOM_UI}customUI"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.]{0,1023}", i) for i in ids)
    groups = root.findall(f".//{CUSTOM_UI}group")
    assert [g.get("label") for g in groups] == [
        g for g in GROUPS if any(run.group == g for run in RUNS)
    ]
    procedures = re.findall(
        r"^Public Sub (\w+)\(ByVal control As IRibbonControl\)",
        excel.sources["InvvalRibbon"],
        re.MULTILINE,
    )
    buttons = root.findall(f".//{CUSTOM_UI}button")
    assert [b.get("onAction") for b in buttons] == procedures
    for button in buttons:
        assert button.get("imageMso") in KNOWN_IMAGES
        assert button.get("size") in ("normal", "large")
        assert len(button.get("label")) <= 1024
        assert len(button.get("screentip")) <= 1024
        assert len(button.get("supertip")) <= 1024
        assert set(button.attrib) == {
            "id", "label", "size", "imageMso", "screentip", "supertip", "onAction",
        }  # fmt: skip


def test_a_button_exists_exactly_where_its_run_does(xlam, server):
    import invval_xl.hosts.com.ribbon as runs

    for run in RUNS:
        if not run.macro:
            assert hasattr(getattr(runs, run.name), "__xlfunc__"), run.name
    assert [b.get("id") for b in ribbon(xlam).findall(f".//{CUSTOM_UI}button")] == [
        f"invval_{run.name}" for group in GROUPS for run in RUNS if run.group == group
    ]


def test_vba_lines_and_texts_stay_inside_vbas_limits():
    for name, source in sources().items():
        for line in source.split("\r\n"):
            assert len(line) <= 1000, name
        for block in re.findall(r"(?:[^\n]* _\r\n)+", source):
            assert block.count("_\r\n") <= 24, name


@pytest.mark.parametrize("name", functions())
def test_each_wrapper_is_declared_once_with_its_description(xlam, excel, name):
    text = excel.sources["InvvalFunctions"]
    assert len(re.findall(rf"^Public Function {name}\(", text, re.MULTILINE)) == 1
    assert f"Attribute {name}.VB_Description = " in text


def test_the_template_is_refused_where_xlwings_has_changed_it():
    from invval_xl.hosts.com import xlam as module

    with pytest.raises(RuntimeError, match="not as expected"):
        module._adapted("Public Const OTHER As String = 1")
