"""The office's end of the bridge: a worker process in invval-xl's own Python, behind a socket.

Runs inside LibreOffice's Python, so it uses the standard library and nothing else. The worker is
started by the first cell that asks, one at a time, and started anew where it has gone. What it
computes with (numpy, pandas) never enters the office.

A call that breaks is asked once more of a fresh worker, as the Excel add-in does; a call that takes
too long is not. After such a failure calls are refused at once for a few seconds, so that ten
thousand cells do not each wait: they show ``#VALUE!``, and the next recalculation starts afresh.
"""

import contextlib
import hmac
import json
import os
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HEAD = struct.Struct(">I")
LARGEST = 1 << 29
START_SECONDS = 60.0
CALL_SECONDS = 60.0
RUN_SECONDS = 1800.0
REST_SECONDS = 3.0
_OCCUPIED = "A run of the menu is under way; it is shown in the status bar."
_TOKEN_BYTES = 32
_SAID = 400
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode  # made once: cells are many

# The worker's first words; -E keeps the office's PYTHONHOME and PYTHONPATH out of it.
_LAUNCH = (
    "import sys; sys.path[:0] = {path!r}; "
    "from invval_xl.hosts.libreoffice.worker import main; sys.exit(main())"
)
# What an office sets for its own programs and another Python must not inherit.
_OFFICE_ONLY = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "URE_BOOTSTRAP", "UNO_PATH")


class Unanswered(Exception):  # noqa: N818 - a cell without an answer
    """The worker gave no answer; the sentence says why."""


class Occupied(Unanswered):
    """A run of the menu has the worker."""


class Refused(Exception):  # noqa: N818 - as above
    """The worker answered that it cannot; the sentence is its own."""


def send(link, message):
    """Send one message, length first."""
    data = _encode(message).encode()
    link.sendall(HEAD.pack(len(data)) + data)


def receive(link):
    """One message; ``EOFError`` where the other end has gone."""
    (size,) = HEAD.unpack(_exactly(link, HEAD.size))
    if size > LARGEST:
        raise EOFError("a message longer than any")
    return json.loads(_exactly(link, size).decode())


def _exactly(link, count):
    parts = []
    while count:
        part = link.recv(min(count, 1 << 20))
        if not part:
            raise EOFError("the other end has gone")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class Bridge:
    """The worker and the way to it.

    Parameters
    ----------
    read_config
        Gives ``{"python": path, "path": [folders]}``; raises ``Unanswered`` where there is none.
    loopback
        Take a loopback socket with a token instead of a nameless pair of Unix sockets; the only
        way on Windows.
    """

    def __init__(self, read_config, loopback=os.name == "nt", clock=time.monotonic):
        self._read_config = read_config
        self._loopback = loopback
        self._clock = clock
        self._lock = threading.RLock()
        self._process = None
        self._link = None
        self._log = None
        self._seconds = 0.0
        self._rests_until = 0.0
        self._running = False
        self.missed = False
        self.fault = ""
        self.starts = 0

    @property
    def pid(self):
        """The worker's process id, 0 where none runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def call(self, name, arguments):
        """Rows of numbers, texts and whole-number marks for one function call.

        Raises ``Unanswered`` where the worker does not come, dies twice, or takes too long, and
        ``Occupied`` while a run has it: ``missed`` then asks for a recalculation after the run.
        """
        try:
            with self._turn():
                return self._called(name, arguments)
        except Occupied:
            self.missed = True
            raise

    def _called(self, name, arguments):
        if self._clock() < self._rests_until:
            raise Unanswered(self.fault)
        answer = self._asked(["call", name, arguments], CALL_SECONDS, None, again=True)
        if answer[0] != "cells":
            self.fault = str(answer[1])
            raise Unanswered(self.fault)
        if answer[2]:  # the worker itself has the sentence behind these marks
            self.fault = ""
        return answer[1]

    def run(self, name, facts, progress=None):
        """What a menu entry's run answers; ``progress(step, share)`` is told on the way.

        Raises ``Refused`` with the worker's sentence, ``Unanswered`` where there is none, and
        ``Occupied`` while another run has the worker.
        """
        with self._turn():
            self._rests_until = 0.0  # a click is a wish to try again
            self._running = True
            try:
                answer = self._asked(["run", name, facts], RUN_SECONDS, progress, again=False)
            finally:
                self._running = False
            if answer[0] == "refused":
                raise Refused(answer[1])
            return answer[1]

    @contextlib.contextmanager
    def _turn(self):
        """The worker for one message.

        A run shows its progress, and the office then handles what the user does meanwhile: a cell
        or a second click may ask on the run's own thread, or wait on another while it holds what
        the progress needs. Neither may wait for the run: both are told that it is under way.
        """
        while not self._lock.acquire(timeout=0.05):
            if self._running:
                raise Occupied(_OCCUPIED)
        try:
            if self._running:
                raise Occupied(_OCCUPIED)
            yield
        finally:
            self._lock.release()

    def _asked(self, message, seconds, progress, *, again):
        try:
            # A cell finds out by asking that the worker has gone; a run is asked only once.
            link = self._link if again and self._link is not None else self._ready()
            if seconds != self._seconds:
                link.settimeout(seconds)
                self._seconds = seconds
            send(link, message)
            answer = receive(link)
            while answer[0] == "progress":
                if progress is not None:
                    progress(answer[1], answer[2])
                answer = receive(link)
        except TimeoutError:
            self.stop()
            self._rest(f"Python took longer than {seconds:.0f} seconds and was stopped.")
        except (OSError, EOFError, ValueError) as error:
            said = self._last_words()
            self.stop()
            if again:
                return self._asked(message, seconds, progress, again=False)
            self._rest(f"Python stopped while answering ({said or error}).")
        else:
            return answer
        raise Unanswered(self.fault)

    def _rest(self, sentence):
        self.fault = sentence
        self._rests_until = self._clock() + REST_SECONDS

    def _ready(self):
        """The link to a worker that runs."""
        if self._link is not None and self.pid:
            return self._link
        self.stop()
        try:
            self._start()
        except Unanswered as error:
            self._rest(str(error))
            raise
        return self._link

    def _start(self):
        config = self._read_config()
        self.starts += 1
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        try:
            link = self._spawned(config["python"], list(config.get("path", ())))
            link.settimeout(START_SECONDS)
            greeting = receive(link)
        except (OSError, EOFError, ValueError) as error:
            said = self._last_words()
            self.stop()
            raise Unanswered(
                f"{config['python']} does not start as invval's worker: {said or error}. "
                "Run: invval addin doctor --host libreoffice."
            ) from error
        self._link, self._seconds = link, START_SECONDS
        self.version = greeting[1]

    def _spawned(self, python, path):
        environment = {k: v for k, v in os.environ.items() if k not in _OFFICE_ONLY}
        command = [python, "-E", "-c", _LAUNCH.format(path=path)]
        hidden = {"creationflags": 0x08000000} if os.name == "nt" else {"start_new_session": True}
        streams = {"stdout": self._log, "stderr": self._log}
        if not self._loopback:
            ours, theirs = socket.socketpair()  # nameless: nobody else can connect to it
            self._link = ours
            with theirs:
                self._process = subprocess.Popen(
                    [*command, f"fd:{theirs.fileno()}"],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=environment,
                    **streams,
                    **hidden,
                )
            return ours
        token = secrets.token_hex(_TOKEN_BYTES)
        with socket.create_server(("127.0.0.1", 0), backlog=1) as door:
            door.settimeout(START_SECONDS)
            self._process = subprocess.Popen(
                [*command, f"port:{door.getsockname()[1]}"],
                stdin=subprocess.PIPE,
                env=environment,
                **streams,
                **hidden,
            )
            with self._process.stdin as secret:  # not on the command line, where others read it
                secret.write(token.encode())
            return self._admitted(door, token)

    def _admitted(self, door, token):
        """The first to come who knows the token; anybody else is shown out."""
        until = self._clock() + START_SECONDS
        while self._clock() < until:
            link, _ = door.accept()
            link.settimeout(2.0)
            with contextlib.suppress(OSError, EOFError):
                if hmac.compare_digest(_exactly(link, len(token)), token.encode()):
                    self._link = link
                    return link
            link.close()
        raise TimeoutError("nobody came")

    def _last_words(self):
        """The last line the worker wrote before it went."""
        if self._log is None or self._process is None:
            return ""
        with contextlib.suppress(OSError, ValueError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
            self._log.seek(0, os.SEEK_END)
            self._log.seek(max(0, self._log.tell() - 4096))
            lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
            return lines[-1][:_SAID] if lines else ""
        return ""

    def stop(self):
        """End the worker, if one runs; the next call starts another."""
        link, process, log = self._link, self._process, self._log
        self._link = self._process = self._log = None
        if link is not None:
            link.close()
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
        if log is not None:
            log.close()


def config_at(path):
    """A reader of the file that ``invval addin install --host libreoffice`` writes."""

    def read():
        try:
            with open(path, encoding="utf-8") as stream:
                config = json.load(stream)
            if not config["python"]:
                raise ValueError("no python named")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unanswered(
                f"{path} does not say which Python answers ({error}). "
                "Run: invval addin install --host libreoffice."
            ) from error
        return config

    return read


if sys.version_info < (3, 8):
    raise ImportError("invval needs a LibreOffice with Python 3.8 or newer")
