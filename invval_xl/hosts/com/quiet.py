"""Excel kept still while a run works, and given back as it was whatever happens."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["quiet"]

# What a run sets, and to what. ``interactive`` off makes Esc and stray clicks harmless.
_STILL: tuple[tuple[str, Any], ...] = (
    ("screen_updating", False),
    ("display_alerts", False),
    ("enable_events", False),
    ("calculation", "manual"),
    ("interactive", False),
)


@contextlib.contextmanager
def quiet(app: Any) -> Iterator[Callable[[str, float], None]]:
    """Hold ``app`` (an ``xw.App``) still; yields the reporter of progress for the status bar.

    Every setting is put back in the opposite order, each by itself: one that Excel refuses does
    not keep the next from being restored.
    """
    before: list[tuple[str, Any]] = []
    try:
        for name, value in _STILL:
            before.append((name, getattr(app, name)))
            setattr(app, name, value)
        yield lambda step, share: _report(app, step, share)
    finally:
        for name, value in reversed(before):
            with contextlib.suppress(Exception):
                setattr(app, name, value)
        with contextlib.suppress(Exception):
            app.status_bar = False


def _report(app: Any, step: str, share: float) -> None:
    app.status_bar = f"invval: {step} ({share:.0%})"
