"""The ``invval`` command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    del argv
    return 0


if __name__ == "__main__":
    sys.exit(main())
