"""A real `invval serve` a module: its own home, its own port, its own certificate."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools import REPO


@dataclass
class Served:
    """A running server and what a client of it knows."""

    port: int
    token: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def raw(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send these very bytes; status, headers and body of what comes back."""
        context = ssl.create_default_context(cafile=str(self.folder / "localhost.crt"))
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as stream,
        ):
            stream.sendall(request)
            answer = b""
            while block := stream.recv(65536):
                answer += block
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {key.lower(): value for key, value in pairs}, body

    def ask(
        self, path: str, body: bytes = b"{}", method: str = "POST", **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """A request as our own pane sends it, but for ``headers`` (None leaves one out)."""
        usual: dict[str, str | None] = {"host": f"localhost:{self.port}", "connection": "close"}
        if method == "POST":
            usual |= {
                "origin": self.origin,
                "x_invval_token": self.token,
                "content_type": "application/json",
                "content_length": str(len(body)),
            }
        usual |= headers
        lines = [f"{k.replace('_', '-')}: {v}" for k, v in usual.items() if v is not None]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines])
        return self.raw(head.encode("latin-1") + b"\r\n\r\n" + body)


def start(folder: Path) -> Served:
    """Set up and start a server whose home is ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = {**os.environ, "HOME": str(folder), "USERPROFILE": str(folder)}
    surroundings["PYTHONPATH"] = str(REPO)
    command = [sys.executable, "-m", "invval_xl", "serve"]
    at = ["--port", str(port)]
    subprocess.run([*command, "setup", *at], env=surroundings, check=True, stdout=subprocess.PIPE)
    process = subprocess.Popen(
        [*command, *at],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
    own = folder / ".invval" / "officejs"
    return Served(port, (own / "token").read_text().strip(), own, process)


def stop(served: Served, *, asked: bool = False) -> tuple[int, str]:
    """Ctrl-C unless that was ``asked`` for already; exit code and all that was said."""
    if not asked and served.process.poll() is None:
        served.process.send_signal(signal.SIGINT)
    said, _ = served.process.communicate(timeout=60)
    return served.process.returncode, said


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("home"))
    yield running
    stop(running)
