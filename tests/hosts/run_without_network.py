"""Runs the commands with every socket refused; prints what asked for one, as JSON.

Usage: ``python -m tests.hosts.run_without_network FOLDER``; inside ``unshare --net`` the kernel's
own counters say whether a library below Python tried. At the end one address is asked on purpose:
both ways of watching must notice it, or they would have noticed nothing before.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
from pathlib import Path

from invval_xl.__main__ import main
from tests.review_books import lines_of, modify, small_book, type_in
from tests.sources.extracts import SHOP, shop

_COUNTED = {"Ip": ("OutNoRoutes", "OutRequests"), "Tcp": ("ActiveOpens",), "Udp": ("OutDatagrams",)}
NOWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's


def counters() -> dict[str, int]:
    """What the kernel counted in this network namespace."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    out = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        wanted = _COUNTED.get(names[0].rstrip(":"), ())
        out |= {n: int(v) for n, v in zip(names, values, strict=True) if n in wanted}
    return out


def commands(folder: Path) -> dict[str, int]:
    """Every run that a month end takes, and its exit code."""
    book = small_book(folder / "book.xlsx")
    shop(folder)
    (folder / "import.toml").write_text(SHOP, encoding="utf-8")
    codes = {}

    def run(*arguments: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            codes[arguments[0]] = main([*arguments, "--json"])

    run("refresh", str(book))
    sku = next(str(r["SKU"]) for r in lines_of(book) if r["Status"] == "must decide")
    type_in(book, {sku: modify(12.0)})
    run("record", str(book))
    run("refresh", str(book))
    run("export", str(book), "--out", str(folder / "out"), "--no-pdf")
    run("verify", str(folder / "out"), "--no-recalculation")
    run("import", str(folder / "import.toml"), "--out", str(folder / "shop.xlsx"))
    return codes


def main_() -> None:
    asked: list[str] = []
    real = {n: getattr(socket.socket, n) for n in ("connect", "connect_ex", "sendto")}

    def refusing(name: str) -> object:
        def call(_self: object, *given: object) -> object:
            asked.append(f"{name} {given[-1]}")
            raise PermissionError("no network in a run")

        return call

    def unresolved(*given: object, **_named: object) -> object:
        asked.append(f"getaddrinfo {given[0]}")
        raise PermissionError("no network in a run")

    for name in real:
        setattr(socket.socket, name, refusing(name))
    socket.getaddrinfo = unresolved  # type: ignore[assignment]
    before = counters()
    codes = commands(Path(sys.argv[1]))
    moved = {n: v - before[n] for n, v in counters().items()}
    told = {"codes": codes, "asked": list(asked), "moved": moved}
    with contextlib.suppress(PermissionError):
        socket.create_connection(NOWHERE)
    told["noticed"] = len(asked) > len(told["asked"])
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.settimeout(0.1)
        real["connect"](probe, NOWHERE)
    told["kernel noticed"] = any(v > before[n] + moved[n] for n, v in counters().items())
    print(json.dumps(told))


if __name__ == "__main__":
    main_()
