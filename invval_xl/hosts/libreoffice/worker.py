"""The worker: answers the cells and runs of one office process over its private socket.

Started by the extension's bridge (``addin/libreoffice/pythonpath/invval_bridge.py``) in the Python
that has invval-xl; ends when the office's end of the socket closes. Messages are JSON, their
length first: ``["call", name, arguments]`` and ``["run", name, facts]`` come,
``["cells", rows, new reason?]``, ``["progress", step, share]``, ``["done", answer]`` and
``["refused", sentence]`` go. In rows a whole number is an error mark, as everywhere in the kernel.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from typing import Any

from invval_xl import __version__
from invval_xl.functions.errors import Mark, last_error
from invval_xl.functions.kernel.call import MISSING, caller
from invval_xl.functions.registry import functions

__all__ = ["answer_call", "main", "serve"]

_HEAD = struct.Struct(">I")
_LARGEST = 1 << 29


def main(argv: list[str] | None = None) -> int:
    """Serve the socket named on the command line until it closes."""
    place = (sys.argv if argv is None else argv)[-1]
    kind, _, number = place.partition(":")
    if kind == "fd":
        link = socket.socket(fileno=int(number))
    else:
        token = sys.stdin.buffer.read()
        link = socket.create_connection(("127.0.0.1", int(number)))
        link.sendall(token)
    with link:
        serve(link)
    return 0


def serve(link: socket.socket) -> None:
    """Answer message after message until the other end has gone."""
    _send(link, ["hello", __version__])
    while True:
        message = _receive(link)
        if message is None:
            return
        kind, name, rest = message
        if kind == "call":
            _send(link, answer_call(name, rest))
        else:
            _send(link, _answer_run(link, name, rest))


def answer_call(name: str, arguments: list[Any]) -> list[Any]:
    """The cells of one function call, ready to send.

    Examples
    --------
    >>> answer_call("INV_NRV", [70.0, 20.0])
    ['cells', ((50.0,),), False]
    >>> answer_call("INV_AUC", [[[10.0], [""]], 0.0])[1]
    [(2007,), (2042,)]
    """
    if name not in functions():
        return ["fault", f"{name} is no function of invval-xl {__version__}; install it anew."]
    before = last_error.reason
    cells = caller(name)(*(MISSING if a is None else a for a in arguments))
    return ["cells", cells, last_error.reason is not before]


def _answer_run(link: socket.socket, name: str, facts: dict[str, Any]) -> list[Any]:
    """The answer of one menu entry, every fault in words."""
    from invval_xl.hosts.libreoffice.runs import run

    def progress(step: str, share: float) -> None:
        _send(link, ["progress", step, share])

    return run(name, facts, progress)


def _send(link: socket.socket, message: list[Any]) -> None:
    data = _encode(message).encode()
    link.sendall(_HEAD.pack(len(data)) + data)


def _plain(value: Any) -> Any:
    if isinstance(value, Mark):
        return int(value)
    return float(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode


def _receive(link: socket.socket) -> Any:
    """One message, ``None`` where the other end has gone."""
    head = _exactly(link, _HEAD.size)
    if head is None:
        return None
    (size,) = _HEAD.unpack(head)
    data = _exactly(link, size) if size <= _LARGEST else None
    return None if data is None else json.loads(data.decode())


def _exactly(link: socket.socket, count: int) -> bytes | None:
    parts = []
    while count:
        try:
            part = link.recv(min(count, 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
