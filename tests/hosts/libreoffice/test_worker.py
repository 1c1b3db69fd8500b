"""The worker dies, hangs, or never comes: error values in cells, then recovery; never a hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from invval_xl.hosts.libreoffice.install import bridge_module
from tests.hosts.libreoffice.calc import this_python

NRV = [70.0, 20.0]


@pytest.fixture(scope="module")
def module():
    return bridge_module()


@pytest.fixture
def bridge(module):
    made = module.Bridge(this_python)
    yield made
    made.stop()


@pytest.mark.parametrize("loopback", [False, True], ids=["pair of sockets", "loopback and token"])
def test_a_call_is_answered_and_the_worker_kept(module, loopback):
    bridge = module.Bridge(this_python, loopback=loopback)
    try:
        assert bridge.call("INV_NRV", NRV) == [[50.0]]
        first = bridge.pid
        assert bridge.call("INV_AUC", [[[10.0], [20.0]], [[2.0], [0.0]]]) == [[5.0], [2007]]
        assert bridge.pid == first
        assert bridge.starts == 1
    finally:
        bridge.stop()
    assert bridge.pid == 0


def test_the_worker_ends_with_the_office(module):
    lines = (
        "import json, sys, time, importlib.util as u;"
        f"s = u.spec_from_file_location('b', {module.__file__!r}); m = u.module_from_spec(s);"
        "s.loader.exec_module(m);"
        f"b = m.Bridge(lambda: {this_python()!r}); b.call('INV_NRV', [70.0, 20.0]);"
        "print(b.pid, flush=True); time.sleep(60)"
    )
    office = subprocess.Popen([sys.executable, "-c", lines], stdout=subprocess.PIPE, text=True)
    with office.stdout as told:
        worker = int(told.readline())
        office.kill()
        office.wait()
    assert gone(worker, within=10)


def gone(pid, within):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            if state.rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_killed_worker_is_started_anew_and_the_call_asked_once_more(bridge):
    assert bridge.call("INV_NRV", NRV) == [[50.0]]
    os.kill(bridge.pid, signal.SIGKILL)
    assert bridge.call("INV_NRV", NRV) == [[50.0]]
    assert bridge.starts == 2


def test_a_python_that_cannot_serve_is_said_at_once_and_not_asked_ten_thousand_times(
    module, tmp_path
):
    answers = [{"python": sys.executable, "path": [str(tmp_path)]}]
    (tmp_path / "invval_xl").mkdir()
    (tmp_path / "invval_xl" / "__init__.py").write_text("raise ImportError('no such library')\n")
    bridge = module.Bridge(lambda: answers[0])
    with pytest.raises(module.Unanswered, match="no such library"):
        bridge.call("INV_NRV", NRV)
    before = time.monotonic()
    for _ in range(10_000):
        with pytest.raises(module.Unanswered, match="no such library"):
            bridge.call("INV_NRV", NRV)
    assert bridge.starts == 1 + (time.monotonic() - before) // module.REST_SECONDS
    assert "doctor" in bridge.fault
    answers[0] = this_python()
    time.sleep(module.REST_SECONDS)
    assert bridge.call("INV_NRV", NRV) == [[50.0]]
    bridge.stop()


def test_a_worker_that_hangs_is_stopped_at_the_time_limit(module, bridge, monkeypatch):
    assert bridge.call("INV_NRV", NRV) == [[50.0]]
    hung = bridge.pid
    os.kill(hung, signal.SIGSTOP)
    monkeypatch.setattr(module, "CALL_SECONDS", 0.5)
    with pytest.raises(module.Unanswered, match=r"longer than .* seconds"):
        bridge.call("INV_NRV", NRV)
    assert gone(hung, within=5)
    monkeypatch.setattr(module, "REST_SECONDS", 0.0)
    monkeypatch.setattr(module, "CALL_SECONDS", 60.0)
    bridge._rests_until = 0.0
    assert bridge.call("INV_NRV", NRV) == [[50.0]]


def test_who_does_not_know_the_token_is_shown_out(module, monkeypatch):
    import socket

    bridge = module.Bridge(this_python, loopback=True)
    real = socket.create_server
    strangers = []

    def create(address, **given):
        door = real(address, **given)

        def knock():
            with socket.create_connection(door.getsockname()) as stranger:
                stranger.sendall(b"0" * 64)
                strangers.append(stranger.recv(1))

        threading.Thread(target=knock, daemon=True).start()
        return door

    monkeypatch.setattr(module.socket, "create_server", create)
    try:
        assert bridge.call("INV_NRV", NRV) == [[50.0]]
        until = time.monotonic() + 5
        while not strangers and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        bridge.stop()
    assert strangers in ([b""], [])  # shown out, or beaten to the door


def test_a_configuration_that_is_missing_or_broken_is_a_sentence(module, tmp_path):
    for text in (None, "{", '{"python": ""}'):
        path = tmp_path / "calc.json"
        if text is not None:
            path.write_text(text)
        with pytest.raises(module.Unanswered, match="does not say which Python answers"):
            module.config_at(str(path))()


def test_killing_the_worker_mid_recalculation_gives_errors_in_cells_then_recovery(calc, office):
    rows = 1500
    calc.fill(f"AA1:AA{rows}", [[float(i)] for i in range(1, rows + 1)])
    calc.fill(f"AB1:AB{rows}", [[f"=INV_NRV(AA{i};1)"] for i in range(1, rows + 1)], formulas=True)
    wanted = [[float(i)] for i in range(rows)]
    assert calc.data_at(f"AB1:AB{rows}") == wanted

    # Once: the call under way is asked again, so that not even one cell is lost.
    config = office.config.read_text(encoding="utf-8")
    assert killing(calc, times=1, during=calc.recalculate) == 1
    assert calc.data_at(f"AB1:AB{rows}") == wanted

    # And no Python to start anew: error values, told in words, without a hang.
    office.config.write_text(json.dumps({"python": "/no/such/python", "path": []}))
    try:
        before = time.monotonic()
        assert killing(calc, times=1, during=calc.recalculate) == 1
        assert time.monotonic() - before < 60
        cells = [row[0] for row in calc.data_at(f"AB1:AB{rows}")]
        broken = [c for c in cells if c is None]
        assert broken
        assert all(c is None or [c] == w for c, w in zip(cells, wanted, strict=True))
        shown = calc.cell("=INV_NRV(70;20)")
        assert shown["shown"] == "#VALUE!"
        assert "/no/such/python" in calc.dispatch("vnd.invval.calc:last_error")[1]
    finally:
        office.config.write_text(config)
    time.sleep(3.0)
    calc.recalculate()
    assert calc.data_at(f"AB1:AB{rows}") == wanted
    assert calc.cell("=INV_NRV(70;20)") == 50.0


def killing(calc, *, times, during):
    """Kill the worker that often while something runs; how often it was there to be killed."""
    killed = []

    def kill():
        time.sleep(0.05)
        for _ in range(times):
            for pid in calc.workers():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    during()
    thread.join()
    return len(killed)
