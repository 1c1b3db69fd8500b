"""``invval serve [run | setup | doctor | remove] [--port N]``: Excel on the Mac and on the web."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from typing import TYPE_CHECKING

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    import argparse

    from invval_xl.hosts.officejs.settings import Settings
    from invval_xl.hosts.terminal.report import Terminal

__all__ = ["add_serve", "serve"]

_EXTRA = ("fastapi", "uvicorn", "cryptography")
_STEPS = {
    "run": "answer Excel until Ctrl-C (default)",
    "setup": "make certificate, token and manifest, and say what to do with them",
    "doctor": "name faults and mends",
    "remove": "remove certificate, token and manifest",
}


def add_serve(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    """Register the command."""
    from invval_xl.hosts.officejs.settings import DEFAULT_PORT

    parser = verbs.add_parser(
        "serve",
        parents=[shared],
        help="answer Excel on the Mac and on the web (Office.js)",
        description="; ".join(f"{step}: {words}" for step, words in _STEPS.items()),
    )
    parser.add_argument("step", nargs="?", choices=_STEPS, default="run", metavar="STEP")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="on 127.0.0.1")
    parser.set_defaults(command=serve)


def _port(text: str) -> int:
    port = int(text)
    if not 1024 <= port <= 65535:  # noqa: PLR2004 - what an ordinary user may listen on
        raise ValueError
    return port


def serve(options: argparse.Namespace, terminal: Terminal) -> int:
    """Run one step.

    Raises
    ------
    RefusedError
        AD408 where the extra is not installed; AD4xx where the set-up is not whole.
    """
    absent = [name for name in _EXTRA if find_spec(name) is None]
    if absent:
        raise RefusedError([finding("AD408", packages=", ".join(absent))])
    from invval_xl.hosts.officejs.settings import settings

    at = settings(options.port)
    now = dt.datetime.now(dt.UTC)
    if options.step == "run":
        return _run(at, now, terminal)
    from invval_xl.hosts.officejs import setup

    if options.step == "setup":
        paths = setup.set_up(at, now)
        steps = setup.trust_steps(at)
        terminal.answer(files=[str(path) for path in paths], steps=list(steps))
        terminal.say(f"In {at.folder}: " + ", ".join(path.name for path in paths) + ".")
        for number, step in enumerate(steps, start=1):
            terminal.say(f"{number}. {step}")
        return 0
    if options.step == "remove":
        removed = setup.remove(at)
        terminal.answer(removed=[str(path) for path in removed])
        terminal.say(
            "Removed: " + (", ".join(map(str, removed)) or "nothing was there") + ". A certificate "
            "you trusted ('invval on this computer') is yours to take out of the system's store."
        )
        return 0
    faults = setup.doctor(at, now)
    terminal.findings(faults)
    return int(any(fault.severity.value == "STOP" for fault in faults))


def _run(at: Settings, now: dt.datetime, terminal: Terminal) -> int:
    from invval_xl.hosts.officejs.server import serve as serve_excel
    from invval_xl.hosts.officejs.setup import refuse_unready

    refuse_unready(at, now)
    terminal.say(f"Answering Excel at {at.origin}, for this computer only. Ctrl-C ends it.")
    serve_excel(at)
    terminal.say("Stopped.")
    return 0
