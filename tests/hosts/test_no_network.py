"""No run asks the network for anything: sockets refused in Python, counted by the kernel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools import REPO


def _apart() -> list[str]:
    """A network namespace of its own, where this machine lets us have one."""
    if shutil.which("unshare") is None:
        return []
    command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    done = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if done.returncode == 0 else []


def test_refresh_record_export_verify_and_import_ask_no_network(tmp_path: Path) -> None:
    apart = _apart()
    done = subprocess.run(
        [*apart, sys.executable, "-m", "tests.hosts.run_without_network", str(tmp_path)],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["codes"] == dict.fromkeys(told["codes"], 0)
    assert set(told["codes"]) == {"refresh", "record", "export", "verify", "import"}
    assert told["asked"] == []
    assert told["noticed"]
    if apart:  # nothing else speaks in there
        assert told["moved"] == dict.fromkeys(told["moved"], 0)
        assert told["kernel noticed"]
