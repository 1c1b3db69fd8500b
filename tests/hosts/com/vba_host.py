"""The add-in's own VBA, read back from the built .xlam, running in pyOpenVBA's interpreter.

Only ``InvvalServer`` (which loads xlwings' DLL) is replaced: its object is xlwings' real
``XLPython``. Values cross as COM would carry them: arrays as nested tuples, a missing argument as
DISP_E_PARAMNOTFOUND, an error as its status code; back come arrays of Double, String and Long.
"""

from __future__ import annotations

import re
from typing import Any

from pyopenvba import ExcelFile
from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.interpreter import VBAObject, VBARuntimeError, member, method, setter
from pyopenvba.interpreter._runtime import UNRESOLVED
from pyopenvba.interpreter._values import (
    EMPTY,
    MISSING,
    VBAArray,
    VBADate,
    VBAErrorValue,
    VBAInt,
)

_SERVER = """Attribute VB_Name = "InvvalServer"
Private gone As Boolean
Private held As Boolean
Public Function InvvalPython() As Object
    If Not held Then TestServer.Start
    held = True
    Set InvvalPython = TestServer
End Function
Public Function InvvalHeld() As Boolean
    InvvalHeld = held
End Function
Public Sub InvvalForget()
    held = False
End Sub
Public Sub InvvalStop()
    held = False
End Sub
"""
_NOT_FOUND = -2147352572
_PLACE = 2146828288


def to_com(value: Any) -> Any:  # noqa: PLR0911 - one answer a kind of value
    if value is MISSING:
        return _NOT_FOUND
    if value is EMPTY:
        return None
    if isinstance(value, VBAErrorValue):
        return value.number - _PLACE
    if isinstance(value, VBADate):
        return value.to_datetime()
    if isinstance(value, VBAArray):
        if value.size == 0:
            return ()
        if value.dimensions == 1:
            return tuple(to_com(item) for item in value.items)
        (top, bottom), (left, right) = value.bounds
        return tuple(
            tuple(to_com(value.get([row, col])) for col in range(left, right + 1))
            for row in range(top, bottom + 1)
        )
    if isinstance(value, bool):
        return value
    if isinstance(value, VBAInt):
        return int(value)
    return value


def from_com(value: Any) -> Any:
    if value is None:
        return EMPTY
    if isinstance(value, int) and not isinstance(value, bool):
        return VBAInt(value, "Long")
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], (list, tuple)):
            array = VBAArray([(0, len(value) - 1), (0, len(value[0]) - 1)])
            for i, row in enumerate(value):
                for j, cell in enumerate(row):
                    array.set([i, j], from_com(cell))
            return array
        array = VBAArray([(0, len(value) - 1)])
        for i, cell in enumerate(value):
            array.set([i], from_com(cell))
        return array
    return value


class Server(VBAObject):
    """What ``InvvalPython()`` answers: xlwings' real server behind COM's clothes."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.calls = 0
        self.dead = 0
        self.absent = False

    @method
    def Start(self) -> Any:  # noqa: N802
        if self.absent:
            raise VBARuntimeError(1000, "Could not activate Python COM server")
        return EMPTY

    @method
    def CallUDF(self, script: Any, fname: Any, args: Any, book: Any = MISSING) -> Any:  # noqa: N802
        self.calls += 1
        if self.dead:
            self.dead -= 1
            raise VBARuntimeError(462, "The remote server machine does not exist")
        extra = () if book is MISSING else (book,)
        try:
            return from_com(self.real.CallUDF(str(script), str(fname), to_com(args), *extra))
        except Exception as fault:
            raise VBARuntimeError(-2147352567, f"Python: {fault}") from fault


def plain(value: Any) -> Any:
    """A VBA value for an assertion: error values by their spelling's number, arrays by rows."""
    if isinstance(value, VBAErrorValue):
        return value
    if isinstance(value, VBAArray):
        if value.dimensions == 1:
            return [plain(item) for item in value.items]
        (top, bottom), (left, right) = value.bounds
        return [
            [plain(value.get([i, j])) for j in range(left, right + 1)]
            for i in range(top, bottom + 1)
        ]
    return value


class Host:
    """Excel with our add-in loaded."""

    def __init__(self, xlam: str, real: Any) -> None:
        self.excel = ExcelApplication()
        self.excel.add_workbook()
        self.server = Server(real)
        bridge = self.excel.interpreter.host
        found = bridge.global_object
        bridge.global_object = lambda name: self.server if name == "testserver" else found(name)
        _widen(type(self.excel.application))
        with ExcelFile(xlam) as book:
            self.sources = {m.name: m.source for m in book.vba_project().modules}
        self.excel.add_module(_SERVER, name="InvvalServer")
        for name in ("InvvalHost", "InvvalFunctions", "InvvalHelp", "InvvalRibbon"):
            # Procedure attributes are file syntax, which the interpreter does not parse.
            text = re.sub(r"^Attribute INV_.*\r?\n", "", self.sources[name], flags=re.MULTILINE)
            self.excel.add_module(text, name=name)
        assert UNRESOLVED is not None

    def put(self, reference: str, value: Any) -> None:
        self.excel.sheet(1).set_value(reference, value)

    def range(self, reference: str) -> Any:
        return self.excel.sheet(1).sheet.vba_get("Range", [reference])

    def call(self, name: str, *args: Any) -> Any:
        return plain(self.excel.interpreter.run(name, list(args)))


def _widen(application: type) -> None:
    """Members of Application that pyOpenVBA does not model, held as plain settings."""
    if "enablecancelkey" in application._vba_members:
        return

    class _More(VBAObject):
        @member
        def EnableCancelKey(self) -> Any:  # noqa: N802
            return VBAInt(getattr(self, "_cancel_key", 1), "Long")

        @setter("EnableCancelKey")
        def _set_key(self, value: Any) -> None:
            self._cancel_key = int(value)

        @member
        def Interactive(self) -> Any:  # noqa: N802
            return getattr(self, "_interactive", True)

        @setter("Interactive")
        def _set_interactive(self, value: Any) -> None:
            self._interactive = bool(value)

        @method
        def MacroOptions(  # noqa: N802
            self,
            Macro: Any = MISSING,  # noqa: N803
            Description: Any = MISSING,  # noqa: N803
            Category: Any = MISSING,  # noqa: N803
            ArgumentDescriptions: Any = MISSING,  # noqa: N803
        ) -> Any:
            told = self.__dict__.setdefault("_told", [])
            told.append((Macro, Description, Category, plain(ArgumentDescriptions)))
            return EMPTY

    for name in ("enablecancelkey", "interactive", "macrooptions"):
        application._vba_members.setdefault(name, _More._vba_members[name])
