"""The import of a small shop, as the command runs it, with its clock and place given."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from typing import TYPE_CHECKING

from invval_xl.hosts.terminal.import_command import import_extracts
from invval_xl.hosts.terminal.report import Terminal
from tests.sources.extracts import SHOP, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["imported", "shop_with_config"]


def shop_with_config(home: Path) -> None:
    """The extracts and the config that names them."""
    shop(home)
    (home / "import.toml").write_text(SHOP, encoding="utf-8")


class _Silent(Terminal):
    """A terminal that keeps what is said and tells steps to somebody."""

    def __init__(self, told: Callable[[str, float], None]) -> None:
        super().__init__(as_json=True)
        self.told = told

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, float], None]]:
        yield self.told


def imported(home: Path, progress: Callable[[str, float], None]) -> str:
    """Run the command's own function on ``home / "import.toml"``."""
    asked = argparse.Namespace(
        propose=False, paths=[home / "import.toml"], out=None, force=True, cluster=""
    )
    terminal = _Silent(progress)
    code = import_extracts(asked, terminal)
    return f"exit {code}"
