"""build, install, uninstall and doctor, on simulated Windows PCs and on this one."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xlwings

from invval_xl.findings import RefusedError
from invval_xl.functions.registry import functions
from invval_xl.hosts.com import addin
from invval_xl.hosts.com.machine import Machine, this_machine
from invval_xl.hosts.com.paths import Places, places
from invval_xl.hosts.com.xlam import build_xlam

DLL = f"xlwings64-{xlwings.__version__}.dll"


@pytest.fixture
def pc(tmp_path):
    """A healthy Windows PC: its Python, its folders."""
    python = tmp_path / "python" / "pythonw.exe"
    python.parent.mkdir()
    python.touch()
    (python.parent / DLL).touch()
    machine = Machine(
        system="Windows",
        python=python,
        python_bits=64,
        excel_bits=64,
        xlwings=xlwings.__version__,
        has_pywin32=True,
        trust_off="",
        disabled=False,
        marked=lambda _: False,
    )
    return machine, Places(tmp_path / "XLSTART", tmp_path / "home" / ".invval")


def codes(findings):
    return [f.code for f in findings]


def test_build_writes_the_add_in_and_its_tips_anywhere(tmp_path):
    made = addin.build(tmp_path)
    assert made == tmp_path / "invval.xlam"
    assert made.read_bytes() == build_xlam()
    elsewhere = addin.build(tmp_path / "deep" / "own.xlam")
    assert elsewhere.read_bytes() == made.read_bytes()
    assert (tmp_path / "invval.intellisense.xml").is_file()


def test_tips_name_every_function_with_its_arguments(tmp_path):
    addin.build(tmp_path)
    root = ET.parse(tmp_path / "invval.intellisense.xml").getroot()
    space = "{http://schemas.excel-dna.net/intellisense/1.0}"
    found = {f.get("Name"): f for f in root.iter(f"{space}Function")}
    assert list(found) == list(functions())
    for name, f in functions().items():
        told = [a.get("Name").strip("[]") for a in found[name].iter(f"{space}Argument")]
        assert told == [a.name for a in f.arguments]


def test_install_places_everything_and_doctor_finds_nothing_wrong(pc):
    machine, where = pc
    placed = addin.install(machine, where)
    assert all(path.is_file() for path in placed)
    assert where.addin.read_bytes() == build_xlam()
    assert f'"INTERPRETER_WIN","{machine.python}"' in where.config.read_text()
    assert json.loads(where.stamp.read_text())["xlwings"] == xlwings.__version__
    assert codes(addin.doctor(machine, where)) == ["AD114"]
    addin.install(machine, where)
    assert codes(addin.doctor(machine, where)) == ["AD114"]


def test_uninstall_removes_every_trace(pc):
    machine, where = pc
    before = sorted(where.settings.parent.parent.rglob("*"))
    where.startup.mkdir()
    theirs = where.startup / "PERSONAL.XLSB"
    theirs.write_text("the user's own")
    addin.install(machine, where)
    addin.uninstall(where)
    left = set(where.settings.parent.parent.rglob("*")) - set(before)
    assert {p for p in left if p.is_file()} == {theirs}
    assert not where.settings.exists()
    assert addin.uninstall(where) == ()


def test_uninstall_keeps_what_it_did_not_place(pc):
    machine, where = pc
    addin.install(machine, where)
    own = where.settings / "notes.txt"
    own.write_text("mine")
    addin.uninstall(where)
    assert own.read_text() == "mine"


FAULTS = {
    "AD102": lambda m, w: w.addin.unlink() or m,
    "AD103": lambda m, w: w.addin.write_bytes(w.addin.read_bytes() + b"x") and m,
    "AD104": lambda m, w: (m.python.parent / DLL).unlink() or m,
    "AD105": lambda m, w: w.config.unlink() or m,
    "AD106": lambda m, w: w.config.write_text('"INTERPRETER_WIN","C:\\gone\\pythonw.exe"\n') and m,
    "AD109": lambda m, w: replace(m, marked=lambda _: True),
    "AD110": lambda m, w: replace(m, trust_off=r"HKCU\Software\...\Trusted Locations"),
    "AD111": lambda m, w: replace(m, disabled=True),
    "AD112": lambda m, w: replace(m, has_pywin32=False),
    "AD113": lambda m, w: replace(m, xlwings="0.36.0"),
    "AD116": lambda m, w: w.reference.unlink() or m,
}


@pytest.mark.parametrize("code", FAULTS)
def test_doctor_names_the_fault_and_the_mend(pc, code):
    machine, where = pc
    addin.install(machine, where)
    machine = FAULTS[code](machine, where)
    found = addin.doctor(machine, where)
    assert codes(found) == [code]
    assert "{" not in found[0].message + found[0].remedy
    assert found[0].remedy


def test_doctor_tells_32_and_64_bit_apart(pc):
    machine, where = pc
    addin.install(machine, where)
    found = addin.doctor(replace(machine, excel_bits=32), where)
    assert "AD108" in codes(found)
    dll = next(f for f in found if f.code == "AD104")
    assert "xlwings32-" in dll.message


def test_doctor_tells_another_python_from_a_missing_one(pc, tmp_path):
    machine, where = pc
    addin.install(machine, where)
    other = tmp_path / "other" / "pythonw.exe"
    other.parent.mkdir()
    other.touch()
    (other.parent / DLL).touch()
    assert codes(addin.doctor(replace(machine, python=other), where)) == ["AD107"]


def test_doctor_lists_all_faults_at_once_stops_first(pc):
    machine, where = pc
    found = addin.doctor(replace(machine, has_pywin32=False), where)
    assert set(codes(found)) == {"AD102", "AD105", "AD112", "AD116"}
    assert [f.severity.rank for f in found] == sorted(f.severity.rank for f in found)


@pytest.mark.parametrize("change", [{"has_pywin32": False}, {"xlwings": "0.40.0"},
                                    {"excel_bits": 32}])  # fmt: skip
def test_install_refuses_where_this_python_cannot_serve_excel(pc, change):
    machine, where = pc
    with pytest.raises(RefusedError):
        addin.install(replace(machine, **change), where)
    assert not where.startup.exists()
    assert not where.settings.exists()


def test_a_file_that_excel_holds_is_named_not_a_traceback(pc, monkeypatch):
    machine, where = pc
    addin.install(machine, where)

    def held(*_, **__):
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(Path, "unlink", held)
    with pytest.raises(RefusedError) as refusal:
        addin.uninstall(where)
    assert codes(refusal.value.findings) == ["AD115"]


@pytest.mark.skipif(sys.platform == "win32", reason="says what Linux and macOS cannot do")
def test_on_linux_and_mac_they_say_plainly_what_is_possible(tmp_path):
    here = this_machine()
    found = addin.doctor(here, places())
    assert codes(found) == ["AD101"]
    assert "invval refresh" in found[0].remedy
    with pytest.raises(RefusedError) as refusal:
        addin.install(here, Places(tmp_path / "a", tmp_path / "b"))
    assert codes(refusal.value.findings) == ["AD101"]
    assert list(tmp_path.iterdir()) == []
