"""Fuzzes preflight, reader, graft, import and refresh; each input alone in a child under limits.

An input is made from the seed and its number, so a find is made again by ``--only NUMBER``. The
summary (JSON) is written as the run goes and a run with the same ``--log`` goes on where it ended.
An input fails where the process dies, an exception reaches nobody, 10 s of CPU or 1 GB of address
space do not suffice, or a file is harmed.

Usage: ``python tests/soak/fuzz.py --minutes N [--seed N] [--log DIR] [--only NUMBER]``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.soak.fuzz_inputs import TARGETS, prepare
from tests.soak.in_child import GIGABYTE, Ended, in_child

SECONDS = 10
MEMORY = GIGABYTE
_SAVED_EVERY = 50
_KEPT = 200  # finds kept in full
_WORDS = ("crash", "hang", "memory", "damaged")


def target_of(seed: int, number: int) -> tuple[str, random.Random]:
    """The target of an input and the random source that makes it."""
    chance = random.Random(f"{seed}:{number}")
    names = list(TARGETS)
    (name,) = chance.choices(names, [TARGETS[n][0] for n in names])
    return name, chance


def tried(seed: int, number: int, folder: Path) -> tuple[str, Ended]:
    """One input in its child, in a folder of its own."""
    name, chance = target_of(seed, number)
    place = folder / str(number)
    place.mkdir()

    def thing() -> str:
        tempfile.tempdir = str(place)
        os.environ["TMPDIR"] = str(place)
        return TARGETS[name][1](chance, place)

    ended = in_child(thing, seconds=SECONDS, memory=MEMORY)
    if ended.how == "crash" and "AssertionError" in str(ended.said):
        ended = Ended("damaged", ended.said, ended.cpu, ended.peak)
    if ended.how == "done":
        shutil.rmtree(place)
    return name, ended


def run(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Try inputs until the time is up; the state of an earlier run is taken on."""
    log = options.log / "summary.json"
    before = json.loads(log.read_text()) if log.is_file() else {}
    if before.get("seed", options.seed) != options.seed:
        raise SystemExit(f"{log} is of seed {before['seed']}")
    number, spent = before.get("inputs", 0), before.get("minutes", 0.0)
    counts = Counter(before.get("failed", dict.fromkeys(_WORDS, 0)))
    answers = {name: Counter(before.get("answers", {}).get(name, {})) for name in TARGETS}
    finds, most = before.get("finds", []), before.get("most", {"cpu_s": 0.0, "memory_mb": 0.0})
    began = time.monotonic()
    summary: dict[str, object] = {}
    while True:
        minutes = (time.monotonic() - began) / 60
        if minutes >= options.minutes or number % _SAVED_EVERY == 0:
            summary = {
                "seed": options.seed, "inputs": number, "minutes": round(spent + minutes, 2),
                "failed": dict(counts), "most": most,
                "answers": {n: dict(c.most_common()) for n, c in answers.items()},
                "finds": finds,
            }  # fmt: skip
            fresh = log.with_suffix(".new")
            fresh.write_text(json.dumps(summary, indent=1))
            fresh.replace(log)
        if minutes >= options.minutes:
            return summary
        name, ended = tried(options.seed, number, folder)
        most = {"cpu_s": round(max(most["cpu_s"], ended.cpu), 2),
                "memory_mb": round(max(most["memory_mb"], ended.peak / 2**20), 1)}  # fmt: skip
        if ended.how == "done":
            answers[name][str(ended.said)] += 1
        else:
            counts[ended.how] += 1
            find = {"input": number, "target": name, "how": ended.how}
            find |= {"cpu_s": round(ended.cpu, 2), "said": ended.said}
            finds = [*finds, find][:_KEPT]
            print(f"{ended.how}: input {number} ({name})", flush=True)
        number += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--log", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    parser.add_argument(
        "--place", type=Path, help="where inputs are laid (a disk in memory: faster)"
    )
    parser.add_argument("--only", type=int, help="one input again, its folder kept")
    options = parser.parse_args()
    options.log.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="inputs-", dir=options.place or options.log))
    prepare(folder)
    if options.only is not None:
        name, ended = tried(options.seed, options.only, folder)
        print(name, ended.how, f"{ended.cpu:.2f} s", f"{ended.peak >> 20} MB", folder)
        print(ended.said)
        return int(ended.how != "done")
    summary = run(options, folder)
    shutil.rmtree(folder)
    print(json.dumps({k: v for k, v in summary.items() if k != "finds"}, indent=1))
    return int(any(summary["failed"].values()))  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
