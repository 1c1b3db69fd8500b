"""Whether a refresh got slower: a fresh run's ratios to the floor against the recorded ones.

Compared are ratios of CPU seconds within one run, never seconds, so that another machine or a busy
one says the same. A part is worse where its ratio exceeds the recorded one by the tolerance (30 %)
and by a twentieth of the floor, below which a part is noise; the total by 15 %; memory by 10 %.
Exit 1 where anything is worse, with its name.

Usage: ``python tests/bench/regression.py [N] [--record]`` (default 10000; ``--record`` writes what
this run gave to ``recorded_ratios.json``).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))

from tests.bench.refresh_ratios import ratios  # noqa: E402

RECORDED = Path(__file__).with_name("recorded_ratios.json")
PART, TOTAL, MEMORY = 1.30, 1.15, 1.10
NOISE = 0.05


def worse(recorded: dict[str, float], now: dict[str, float]) -> list[str]:
    """What of ``now`` exceeds ``recorded`` by more than is tolerated; a new part counts from 0.

    Examples
    --------
    >>> worse({"read": 0.5, "total": 2.0}, {"read": 0.6, "total": 2.1})
    []
    >>> worse({"read": 0.5, "total": 2.0}, {"read": 0.9, "total": 2.4})
    ['read: 0.90, recorded 0.50', 'total: 2.40, recorded 2.00']
    """
    out = []
    for part, value in now.items():
        if part == "seconds":
            continue
        was = recorded.get(part, 0.0)
        slack = {"total": TOTAL, "peak MB": MEMORY}.get(part, PART)
        if value > was * slack and value > was + NOISE:
            out.append(f"{part}: {value:.2f}, recorded {was:.2f}")
    return out


def main() -> int:
    """Run, compare, and say what is worse."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("size", nargs="?", type=int, default=10_000)
    given.add_argument("--record", action="store_true")
    asked = given.parse_args()
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    now = ratios(asked.size)
    if asked.record:
        recorded[str(asked.size)] = {k: round(v, 3) for k, v in now.items() if k != "seconds"}
        RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")
        print(f"recorded in {RECORDED.name}")
        return 0
    if str(asked.size) not in recorded:
        print(f"nothing is recorded for {asked.size:,} lines (--record)")
        return 2
    found = worse(recorded[str(asked.size)], now)
    print("\n".join(found) if found else "no part is slower than recorded")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
