"""The extension as built: from the registry, deterministic, light; and its installation."""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from invval_xl.__main__ import main
from invval_xl.findings import RefusedError
from invval_xl.functions.registry import functions
from invval_xl.hosts.libreoffice.install import doctor, install, uninstall
from invval_xl.hosts.libreoffice.menu import MENU
from invval_xl.hosts.libreoffice.office import Office
from invval_xl.hosts.libreoffice.oxt import build_oxt, members, parts_folder
from tests.tools import find_libreoffice, needs_libreoffice

OOR = "{http://openoffice.org/2001/registry}"


def test_the_same_package_gives_the_same_bytes_and_they_are_few(tmp_path, capsys):
    assert build_oxt() == build_oxt()
    assert len(build_oxt()) < 40_000
    args = ["addin", "build", "--host", "libreoffice", "--out", str(tmp_path / "a.oxt"), "--json"]
    assert main(args) == 0
    assert json.loads(capsys.readouterr().out)["addin"] == str(tmp_path / "a.oxt")
    assert (tmp_path / "a.oxt").read_bytes() == build_oxt()


def test_every_file_of_the_package_is_listed_or_loaded_and_well_formed():
    with zipfile.ZipFile(BytesIO(build_oxt())) as package:
        assert package.namelist() == list(members())
        assert package.testzip() is None
    for name, text in members().items():
        if name.endswith((".xcu", ".xml")):
            ET.fromstring(text)
        elif name.endswith(".py"):
            ast.parse(text)


def test_every_function_and_menu_entry_is_described_once():
    texts = ET.fromstring(members()["CalcAddIns.xcu"])
    nodes = [n for n in texts.iter("node") if n.get(f"{OOR}name") in functions()]
    assert [n.get(f"{OOR}name") for n in nodes] == list(functions())
    interface = members()["invval.idl"]
    for name in functions():
        assert interface.count(f" {name}(") == 1
    menu = ET.fromstring(members()["Addons.xcu"])
    urls = [v.text for p in menu.iter("prop") if p.get(f"{OOR}name") == "URL" for v in p]
    assert urls == [f"vnd.invval.calc:{run.name}" for run in MENU]


def test_what_the_office_loads_is_the_standard_library_and_uno():
    own = {
        "invval_bridge",
        "invval_main_thread",
        "invval_papers",
        "invval_table",
        "uno",
        "unohelper",
    }
    for name, text in members().items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(text)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                top = module.partition(".")[0]
                known = top in sys.stdlib_module_names or top in own
                assert known or module.startswith(("com.sun.star", "org.invval")), (name, module)


def test_the_parts_go_into_the_wheel():
    import tomllib

    project = tomllib.loads((parts_folder().parents[1] / "pyproject.toml").read_text("utf-8"))
    forced = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced["addin/libreoffice"] == "invval_xl/hosts/libreoffice/addin_parts"


def test_the_readme_tells_of_the_menu_as_it_is():
    readme = (parts_folder().parents[1] / "README.md").read_text("utf-8")
    block = readme.split("## In LibreOffice Calc", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in block.splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {run.label} | {run.tip} |" for run in MENU]
    assert "workbooks/calc.png" in block


def facts(tmp_path, **given):
    here = Path(sys.executable)
    plain = Office(here, here, here, True, "25.2.3.2", tmp_path / "profile", False, False)
    return replace(plain, **given)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"soffice": None}, ["AD201"]),
        ({"version": "7.4.7.2"}, ["AD202"]),
        ({"loads_python": False}, ["AD203"]),
        ({"root": True, "python": None}, ["AD203"]),
        ({"unopkg": None}, ["AD203"]),
    ],
)
def test_an_office_that_cannot_run_it_is_refused_by_name(tmp_path, given, codes):
    office = facts(tmp_path, **given)
    with pytest.raises(RefusedError) as refused:
        install(office)
    assert [f.code for f in refused.value.findings] == codes
    assert not office.settings.exists()
    assert set(codes) <= {f.code for f in doctor(office)}


def test_an_open_office_is_not_installed_into(tmp_path):
    office = facts(tmp_path)
    office.profile.mkdir(parents=True)
    (office.profile / ".lock").write_text("")
    with pytest.raises(RefusedError, match="has this profile open"):
        install(office)


def test_a_package_manager_that_declines_is_quoted(tmp_path):
    script = tmp_path / "unopkg"
    script.write_text("#!/bin/sh\necho 'ERROR: no room' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(RefusedError, match="no room"):
        install(facts(tmp_path, unopkg=script))


@needs_libreoffice
def test_installed_doctored_and_removed_without_a_trace(office, tmp_path):
    import shutil

    profile = tmp_path / "profile"
    shutil.copytree(office.profile, profile, ignore=shutil.ignore_patterns(".lock"))
    mine = replace(office, profile=profile)
    assert [f.code for f in doctor(mine)] == ["AD210"]
    mine.config.write_text(json.dumps({"python": "/no/such/python"}))
    mine.reference.unlink()
    (mine.unpacked() / "Addons.xcu").write_text("old")
    assert [f.code for f in doctor(mine)] == ["AD205", "AD206", "AD211"]
    mine.config.write_text(json.dumps({"python": str(shutil.which("true"))}))
    assert "AD207" in [f.code for f in doctor(mine)]
    shutil.rmtree(profile)
    assert [f.code for f in doctor(mine)] == ["AD204", "AD206", "AD211"]
    assert uninstall(mine) == ()


def test_libreoffice_is_found_on_this_machine(office):
    assert office.soffice is not None
    assert str(office.soffice) == find_libreoffice()
    assert tuple(int(p) for p in office.version.split(".")[:2]) >= (24, 2)
