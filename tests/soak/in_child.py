"""Runs one thing in a forked child under limits, and says how it ended.

A fork of a process that has its imports behind it costs milliseconds: a million inputs are each
tried alone, and one that aborts the process, never ends, or eats the memory harms no other.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GIGABYTE", "Ended", "in_child"]

GIGABYTE = 1 << 30
_PATIENCE = 12  # wall seconds a second of CPU may take on a busy machine
_PIPE = 60_000


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Parameters
    ----------
    how
        ``done``, or what went wrong: ``crash`` (a signal or an exception nobody turned into a
        sentence), ``hang``, ``memory``.
    said
        What the thing returned where it is done; the traceback or the signal's name elsewhere.
    cpu
        Seconds of CPU.
    peak
        Most memory held at once, bytes (the parent's share included).
    """

    how: str
    said: Any
    cpu: float
    peak: int


def in_child(thing: Callable[[], Any], *, seconds: int, memory: int) -> Ended:
    """Run ``thing`` in a child with ``seconds`` of CPU and ``memory`` bytes.

    CPU seconds, not those on the wall: a soak runs beside other work. A thing that sleeps is
    ended after twelve times as long. The child may map ``memory`` bytes beyond the libraries the
    parent has mapped, and may hold no more than ``memory`` altogether.
    """
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _run(thing, write, seconds, mapped + memory)
    os.close(write)
    told = _all_of(read, child, seconds * _PATIENCE)
    os.close(read)
    _, status, used = os.wait4(child, 0)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Ended("hang" if name in {"SIGXCPU", "SIGKILL"} else "crash", name, cpu, peak)
    if not told:
        return Ended("crash", f"exit {os.waitstatus_to_exitcode(status)}", cpu, peak)
    how, said = json.loads(told)
    return Ended("memory" if how == "done" and peak > memory else how, said, cpu, peak)


def _all_of(read: int, child: int, seconds: float) -> bytes:
    """What the child says until it closes; a child past its time is killed."""
    until, told = time.monotonic() + seconds, b""
    while True:
        ready, _, _ = select.select([read], [], [], max(until - time.monotonic(), 0))
        if not ready:
            os.kill(child, signal.SIGKILL)
            return told
        piece = os.read(read, 65_536)
        if not piece:
            return told
        told += piece


def _run(thing: Callable[[], Any], write: int, seconds: int, memory: int) -> None:
    """The child's whole life."""
    gc.disable()  # a collection would copy every page the parent shares
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told: tuple[str, Any] = ("done", thing())
    except MemoryError:
        told = ("memory", traceback.format_exc()[-4_000:])
    except BaseException:  # noqa: BLE001 - whatever it was is what is reported
        told = ("crash", traceback.format_exc()[-4_000:])
    os.write(write, json.dumps(told).encode()[:_PIPE])
    os._exit(0)
