"""Dataclasses to plain JSON and back, by their own annotations; nothing is ever executed."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

__all__ = ["plain", "revive"]

T = TypeVar("T")


def plain(value: Any) -> Any:
    """A dataclass as dicts, lists, numbers and strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def revive(kind: type[T], data: Any) -> T:
    """The reverse of :func:`plain` for dataclass ``kind``.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Pair:
    ...     names: tuple[str, ...]
    ...     share: float
    >>> revive(Pair, plain(Pair(("a", "b"), 0.5)))
    Pair(names=('a', 'b'), share=0.5)
    """
    return _as(kind, data)  # type: ignore[no-any-return]


def _as(kind: Any, data: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        make: Any = kind
        return make(**{name: _as(hints[name], value) for name, value in data.items()})
    origin, inside = get_origin(kind), get_args(kind)
    if origin is tuple:
        each = inside[:1] * len(data) if len(inside) > 1 and inside[1] is Ellipsis else inside
        return tuple(_as(k, v) for k, v in zip(each, data, strict=True))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {k: _as(inside[1], v) for k, v in data.items()}
    if origin is types.UnionType:
        if data is None:
            return None
        return _as(next(k for k in inside if k is not type(None)), data)
    return kind(data) if kind in (int, float, str, bool) else data
