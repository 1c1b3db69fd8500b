"""Fifty categories trained at once: what one category costs, and fifty in one fit.

One retailer of fifty categories is trained as ``invval train`` trains it, and one of the same
number of items in a single category, each in a process of its own. Prints CPU seconds, peak memory,
the model's size; asserts nothing.

Usage: ``python tests/bench/categories.py [CATEGORIES] [ITEMS]`` (default 50 and 1500).
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))

import numpy as np  # noqa: E402

from tests.peak import peak_memory  # noqa: E402


def trained(categories: int, items: int) -> dict[str, float]:
    """Train on ``items`` items of ``categories`` categories; what it took."""
    from invval_xl.models.packing import pack
    from invval_xl.models.train import Parameters, train
    from tests.models.conftest import small_events

    events = small_events(n=items)
    names = np.array([f"C{i % categories:02d}" for i in range(items)], dtype=object)
    events = dataclasses.replace(events, category=names)
    before = peak_memory() / 2**20
    began = time.process_time()
    model = train(events, parameters=Parameters())
    seconds = time.process_time() - began
    assert model.training is not None
    return {
        "rows": model.training.rows,
        "cpu s": seconds,
        "peak MB": peak_memory() / 2**20,
        "before MB": before,
        "model MB": len(pack(model)) / 1e6,
    }


def main() -> None:
    """One line a case."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(trained(int(sys.argv[2]), int(sys.argv[3]))))
        return
    categories = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 1_500
    found = {}
    for count in (1, categories):
        command = [sys.executable, __file__, "--one", str(count), str(items)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[count] = json.loads(done.stdout.splitlines()[-1])
        said = ", ".join(f"{name} {value:,.1f}" for name, value in found[count].items())
        print(f"{items:,} items in {count} categories: {said}", flush=True)
    one, many = found[1], found[categories]
    for name in ("cpu s", "peak MB", "model MB"):
        print(f"{name}: {categories} categories / one {many[name] / one[name]:.2f}")


if __name__ == "__main__":
    main()
