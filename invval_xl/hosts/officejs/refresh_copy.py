"""Refresh a workbook that came over the wire: a copy in a folder of its own, in its own process.

The server stays light and answers cells meanwhile; a workbook that breaks its reader breaks that
process only. Whoever closes the pane or presses Stop ends the run. The user's own file is never
touched: what comes back is the refreshed copy.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.hosts.officejs.calls import MalformedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["refresh_copy", "safe_name"]

_LONGEST_SECONDS = 900.0
_LOOK_SECONDS = 0.25
_REFUSED = 1
_LONGEST_NAME = 50  # letters; in bytes a file system takes 255, our temp mark included
_NO_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\.", re.IGNORECASE)


def _workbook(told: dict[str, Any]) -> tuple[str, bytes]:
    """File name and bytes of the workbook sent."""
    name, data = told.get("name"), told.get("data")
    if not isinstance(name, str) or not isinstance(data, str):
        raise MalformedError("A workbook comes as its name and its bytes in base64.")
    if name.lower()[-5:] not in (".xlsx", ".xlsm"):
        raise MalformedError("The workbook must be .xlsx or .xlsm; save it as such first.")
    try:
        return safe_name(name), base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise MalformedError("The workbook's bytes are not base64.") from error


def safe_name(name: str) -> str:
    """``name`` as a file of a folder of ours: the papers name the workbook they came from.

    Examples
    --------
    >>> safe_name("Quarter end.xlsx"), safe_name("../../~$books.xlsx"), safe_name("CON.xlsx")
    ('Quarter end.xlsx', 'books.xlsx', '_CON.xlsx')
    """
    last = re.split(r"[\\/]", name.encode("utf-8", "replace").decode())[-1]
    plain = _NO_NAME.sub("_", last).lstrip(".~$- ")[-_LONGEST_NAME:]
    if "." not in plain:
        return f"workbook.{plain}"
    return f"_{plain}" if _DEVICE.match(plain) else plain


async def refresh_copy(told: dict[str, Any], gone: Callable[[], Awaitable[bool]]) -> dict[str, Any]:
    """What ``invval refresh --json`` said, and the refreshed copy where there is one.

    Parameters
    ----------
    told
        ``{"name": "book.xlsx", "data": base64}``.
    gone
        Tells whether whoever asked has left.

    Raises
    ------
    MalformedError
        Where ``told`` is not a workbook.
    """
    name, content = _workbook(told)
    with tempfile.TemporaryDirectory(prefix="invval-pane-") as folder:
        book, out = Path(folder) / name, Path(folder) / "refreshed" / name
        out.parent.mkdir()
        await asyncio.to_thread(book.write_bytes, content)
        said = await _run(book, out, gone)
        if said.pop("exit") == 0 and out.is_file():
            said["file"] = base64.b64encode(await asyncio.to_thread(out.read_bytes)).decode()
    said.pop("out", None)  # a path of this computer says nothing to the pane
    return said


async def _run(book: Path, out: Path, gone: Callable[[], Awaitable[bool]]) -> dict[str, Any]:
    command = [sys.executable, "-m", "invval_xl", "refresh", str(book), "--out", str(out), "--json"]
    running = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    answer = asyncio.ensure_future(running.communicate())
    try:
        waited = 0.0
        while not answer.done():
            await asyncio.wait([answer], timeout=_LOOK_SECONDS)
            waited += _LOOK_SECONDS
            if waited > _LONGEST_SECONDS:
                return {"exit": _REFUSED, "error": "Stopped after 15 minutes; nothing was written."}
            if not answer.done() and await gone():
                return {"exit": _REFUSED, "error": "Stopped; nothing was written."}
        stdout, _ = answer.result()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
        answer.cancel()
    try:
        said: dict[str, Any] = json.loads(stdout)
    except ValueError:
        return {"exit": _REFUSED, "error": "The refresh ended without an answer."}
    return said
