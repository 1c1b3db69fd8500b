"""Count the published examples that the project's functions reproduce to 1e-6, by kind.

python tests/published/count.py [worked_examples.json]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from recipes import RECIPES

SHARED = Path(__file__).resolve().parents[3] / "shared" / "published" / "worked_examples.json"
WITHIN = 1e-6


def agrees(ours: Any, expected: Any) -> bool:
    """Whether ``ours`` equals ``expected`` within 1e-6, element by element; words exactly."""
    if isinstance(expected, list):
        return len(ours) == len(expected) and all(map(agrees, ours, expected))
    if isinstance(expected, str):
        return str(ours) == expected
    return bool(np.abs(np.float64(ours) - expected) <= WITHIN)


def failures(example: dict[str, Any]) -> list[str]:
    """Every figure of ``example`` that is missing or off, in words; empty where all agree."""
    figures = RECIPES[example["kind"]](example["inputs"])
    return [
        f"{example['id']}: {name} is {figures.get(name)}, expected {expected}"
        for name, expected in example["expected"].items()
        if name not in figures or not agrees(figures[name], expected)
    ]


def main(path: Path) -> int:
    """Print the count by kind; 0 where every example agrees."""
    if not path.is_file():
        print(f"no published examples at {path}", file=sys.stderr)
        return 2
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong: list[str] = []
    for example in json.loads(path.read_text(encoding="utf-8")):
        found = failures(example)
        wrong += found
        tally[example["kind"]][0] += not found
        tally[example["kind"]][1] += 1
    for kind, (right, of) in sorted(tally.items()):
        print(f"{kind:<22} {right:>3} of {of}")
    right, of = (sum(pair[i] for pair in tally.values()) for i in (0, 1))
    print(f"{'all':<22} {right:>3} of {of} to {WITHIN:g}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 0 if right == of else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED))
