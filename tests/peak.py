"""The most memory this process has held, and nothing of the process that started it."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["peak_memory"]

_STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """The most memory held at once since this program began, bytes.

    On Linux ``ru_maxrss`` outlives the exec: a child started by a test session of a gigabyte
    reports a gigabyte. The kernel's own high-water mark, ``VmHWM``, begins with the program.
    """
    if _STATUS.exists():
        found = _STATUS.read_text(encoding="ascii").split("VmHWM:")
        if len(found) == 2:
            return int(found[1].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
