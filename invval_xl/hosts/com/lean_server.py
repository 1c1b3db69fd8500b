"""Import xlwings without pandas, polars and Pillow: the first cell of the day need not wait.

xlwings imports each of them where it is installed, only to know its types; that is nine tenths of
its start. The add-in's server imports this module before anything else. Once xlwings is in, the
names are free again, so a run that needs pandas simply imports it. Our own runs hand xlwings
plain rows and never a frame.
"""

from __future__ import annotations

import sys

__all__ = ["KEPT_OUT", "import_lean"]

KEPT_OUT: tuple[str, ...] = ("pandas", "polars", "PIL", "matplotlib", "plotly")


def import_lean() -> None:
    """Import xlwings with :data:`KEPT_OUT` out of its sight; nothing where it is already in."""
    if "xlwings" in sys.modules:
        return
    held_back = [name for name in KEPT_OUT if name not in sys.modules]
    for name in held_back:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import xlwings  # noqa: F401
    finally:
        for name in held_back:
            if sys.modules.get(name, 0) is None:
                del sys.modules[name]


import_lean()
