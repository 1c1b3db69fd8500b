"""Stand-ins for pywin32, so that xlwings' own COM half imports and runs unmodified on Linux.

Only what its modules touch at import and in ``CallUDF`` is here; nothing of xlwings is replaced.
The stand-ins leave ``sys.modules`` again once xlwings holds them.
"""

from __future__ import annotations

import ctypes
import sys
import types
from contextlib import contextmanager
from typing import Any


class Anything(types.ModuleType):
    """A module that has every name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: 0


class _PyIDispatch:
    """The type of a raw COM pointer: nothing in these tests is one."""


def _modules() -> dict[str, types.ModuleType]:
    pywintypes = types.ModuleType("pywintypes")
    pywintypes.com_error = type("com_error", (Exception,), {})
    pywintypes.error = type("error", (Exception,), {})
    pywintypes.TimeType = type("TimeType", (), {})
    pywintypes.IID = str
    pythoncom = Anything("pythoncom")
    pythoncom.ole_error = type("ole_error", (Exception,), {})
    pythoncom.com_error = pywintypes.com_error
    pythoncom.IID_IDispatch = "IDispatch"
    pythoncom.IID_IEnumVARIANT = "IEnumVARIANT"
    pythoncom.TypeIIDs = {"IDispatch": _PyIDispatch}
    pythoncom.__file__ = "pythoncom.dll"
    client = types.ModuleType("win32com.client")
    for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass"):
        setattr(client, name, type(name, (), {}))
    client.Dispatch = client.DispatchEx = lambda thing, *_, **__: thing
    util = types.ModuleType("win32com.server.util")

    def unwrap(_: Any) -> Any:
        raise ValueError("not one of ours")

    util.unwrap = unwrap
    util.wrap = lambda thing, *_: thing
    server = types.ModuleType("win32com.server")
    server.util = util
    server.policy = Anything("win32com.server.policy")
    server.dispatcher = Anything("win32com.server.dispatcher")
    win32com = types.ModuleType("win32com")
    win32com.client, win32com.server = client, server
    plain = ("win32api", "win32con", "win32gui", "win32process", "win32timezone", "win32event")
    return {
        "pywintypes": pywintypes,
        "pythoncom": pythoncom,
        "win32com": win32com,
        "win32com.client": client,
        "win32com.server": server,
        "win32com.server.util": util,
        "win32com.server.policy": server.policy,
        "win32com.server.dispatcher": server.dispatcher,
        **{name: Anything(name) for name in plain},
    }


class _Library:
    def __getattr__(self, name: str) -> Any:
        return _Library()

    def __call__(self, *_: Any) -> int:
        return 0


@contextmanager
def _windows():
    fakes = _modules()
    kept = {name: sys.modules.get(name) for name in fakes}
    libraries = {name: getattr(ctypes, name, None) for name in ("oledll", "windll", "PyDLL")}
    sys.modules.update(fakes)
    ctypes.oledll = ctypes.windll = _Library()
    ctypes.PyDLL = lambda *_: _Library()
    try:
        yield
    finally:
        for name, module in kept.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
        for name, library in libraries.items():
            if library is None:
                delattr(ctypes, name)
            else:
                setattr(ctypes, name, library)


def real_server() -> Any:
    """An instance of xlwings' own ``XLPython``, the object behind ``XLPy`` in VBA."""
    import xlwings

    if "xlwings.com_server" not in sys.modules:
        with _windows():
            from xlwings import _xlwindows, com_server, udfs
        xlwings._xlwindows = _xlwindows
        xlwings.engines.add(xlwings.Engine(impl=_xlwindows.engine))
        # What ``import xlwings`` binds on Windows.
        xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
        sys.modules.pop("invval_xl.hosts.com.udfs", None)
        sys.modules.pop("invval_xl.hosts.com.ribbon", None)
        return com_server.XLPython()
    return sys.modules["xlwings.com_server"].XLPython()
