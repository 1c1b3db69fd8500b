"""Five million movement lines out of a real PostgreSQL, chunked, in bounded memory.

Run: ``python tests/bench/import_postgres.py [LINES]`` (it starts and removes its own server).
Prints lines, the import's peak memory, CPU per line, and whether the totals are the database's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from tests.sources.postgres import CONFIG, fill, server  # noqa: E402

_CHILD = """
import resource, sys
from invval_xl.__main__ import main
from tests.peak import peak_memory
code = main(["import", sys.argv[1], "--json"])
used = resource.getrusage(resource.RUSAGE_SELF)
print("used", peak_memory() // 2**20, used.ru_utime + used.ru_stime, file=sys.stderr)
sys.exit(code)
"""


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as folder, server() as url:
        fill(url, lines)
        config = Path(folder) / "import.toml"
        config.write_text(CONFIG, encoding="utf-8")
        env = {**os.environ, "INVVAL_TEST_DATABASE": f"{url}/postgres", "PYTHONPATH": str(REPO)}
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(config)],
            capture_output=True,
            text=True,
            env=env,
            check=False,
        )
        if done.returncode:
            sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
        answer = json.loads(done.stdout)
        peak, cpu = done.stderr.rsplit("used ", 1)[1].split()[:2]
        read = answer["extracts"][0]
        assert read["read"] == lines
        assert abs(read["units"] - (lines / 4 * 9 + lines * 3 / 4 * 3)) < 1
        print(f"{lines:,} lines from PostgreSQL: peak memory {peak} MB (bound 1,000),")
        print(
            f"{float(cpu) / lines * 1e6:.1f} microseconds of CPU a line, workbook and history written"  # noqa: E501
        )
        print(
            f"units read {read['units']:,.0f}, tie-out {answer['tie_out'][-1]['moved_units']:,.0f} on hand"  # noqa: E501
        )
    assert int(peak) < 1000, peak


if __name__ == "__main__":
    main()
