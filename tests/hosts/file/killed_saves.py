"""Run by test_atomic: children that save without end are killed at random; is the book whole?

Usage: ``python killed_saves.py BOOK KILLS SEED``. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import zipfile
from pathlib import Path

from invval_xl.hosts.file.write import graft
from tests.hosts.file.writing_plans import CREATED, marked

ROWS = 4_000


def saves_without_end(book: Path, start: int) -> None:
    number = start
    while True:
        number += 1
        graft(book, marked(float(number % 2), ROWS), book, created=CREATED)


def main() -> None:
    book, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    whole = []
    for number in (0, 1):  # the only two files that may ever stand there
        graft(book, marked(float(number), ROWS), book, created=CREATED)
        whole.append(book.read_bytes())
    began = time.perf_counter()
    graft(book, marked(1.0, ROWS), book, created=CREATED)
    one_save = time.perf_counter() - began
    corrupt, strays, seen = [], 0, set()
    for turn in range(kills):
        child = os.fork()
        if child == 0:
            saves_without_end(book, turn)
            os._exit(1)
        time.sleep(chance.uniform(0.2, 4.0) * one_save)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        data = book.read_bytes()
        if data not in whole:
            corrupt.append(turn)
        else:
            seen.add(whole.index(data))
        strays += len(list(book.parent.glob(".*.tmp")))
    graft(book, marked(0.0, ROWS), book, created=CREATED)
    with zipfile.ZipFile(book) as package:
        sound = package.testzip() is None
    with zipfile.ZipFile(book.with_name("book.invval-backup.xlsx")) as package:
        sound = sound and package.testzip() is None
    print(
        json.dumps(
            {
                "corrupt": corrupt,
                "strays": strays,
                "seen": sorted(seen),
                "sound": sound,
                "left": sorted(p.name for p in book.parent.iterdir()),
            }
        )
    )


if __name__ == "__main__":
    main()
