"""What is known of the file system a path lies on: SQLite's log is not safe on a network share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from invval_xl.ledger.store import PathFacts

__all__ = ["facts_of", "mounted_on"]

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "fuse.glusterfs",
     "ceph", "fuse.rclone", "davfs", "fuse.davfs2", "lustre", "afpfs", "webdav"}
)  # fmt: skip
_DRIVE_REMOTE = 4


def facts_of(path: Path) -> PathFacts:
    """Read the facts of the place ``path`` lies or would lie in; unknown reads as local."""
    real = path.resolve()
    if sys.platform == "win32":
        return _windows(real)
    kind = mounted_on(real, _mounts())
    return PathFacts(network=kind in _NETWORK, filesystem=kind)


def mounted_on(path: Path, mounts: str) -> str:
    """File system type of ``path`` by a table like ``/proc/mounts``; empty where unknown.

    Examples
    --------
    >>> table = chr(10).join(["/dev/sda / ext4 rw 0 0", "host:/x /team nfs4 rw 0 0"])
    >>> mounted_on(Path("/team/close/l.sqlite"), table), mounted_on(Path("/home/a"), table)
    ('nfs4', 'ext4')
    """
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:  # noqa: PLR2004 - device, place, type
            continue
        place = parts[1].replace("\\040", " ")
        inside = place == "/" or path == Path(place) or Path(place) in path.parents
        if inside and len(place) >= len(best):
            best, kind = place, parts[2]
    return kind


def _mounts() -> str:
    table = Path("/proc/mounts")
    return table.read_text(encoding="utf-8", errors="replace") if table.is_file() else ""


def _windows(path: Path) -> PathFacts:
    if str(path).startswith("\\\\"):
        return PathFacts(network=True, filesystem="a UNC path")
    import ctypes

    windll = getattr(ctypes, "windll", None)
    if windll is None:
        return PathFacts()
    remote = windll.kernel32.GetDriveTypeW(path.anchor) == _DRIVE_REMOTE
    return PathFacts(network=remote, filesystem="a mapped network drive" if remote else os.name)
