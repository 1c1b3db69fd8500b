"""Carry the citation in the code: ``@cites(...)`` on every public accounting function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["cites"]

F = TypeVar("F", bound=Callable[..., object])


def cites(*paragraphs: str) -> Callable[[F], F]:
    """Attach ``paragraphs`` (keys of ``guidance/citations.toml``) as ``function.__citations__``.

    Examples
    --------
    >>> @cites("IAS 2.9")
    ... def lower(a, b): return min(a, b)
    >>> lower.__citations__
    ('IAS 2.9',)
    """

    def mark(function: F) -> F:
        function.__citations__ = paragraphs  # type: ignore[attr-defined]
        return function

    return mark
