"""Time folds: an expanding window, an embargo of the horizon, the worst fold kept in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from invval_xl.models.panel import Panel

__all__ = ["fold_days", "lookback_days", "split"]

# Days before the end of the extract. Every horizon gets three folds or more: a fold counts for
# a horizon only where its whole window lies inside the extract.
_SHORT = (150, 120, 90, 60, 30)
_LONG = (270, 210, 150, 90, 60, 30)
# A reserve speaks of a year: these cohorts are followed over nearly all of it.
_FOLLOWED = (540, 480, 420, 360)


def fold_days(days: list[int], last_day: int, *, long_history: bool) -> list[int]:
    """Test days among the snapshot ``days``, oldest first.

    A fold needs at least two snapshots before it whose 30-day label is known.
    """
    return _there(days, last_day, _LONG if long_history else _SHORT)


def lookback_days(days: list[int], last_day: int) -> list[int]:
    """Further days, oldest first, whose stock is followed over a reserve's whole horizon.

    They judge dollars alone: what is left of younger cohorts is not decided yet.
    """
    return _there(days, last_day, _FOLLOWED)


def _there(days: list[int], last_day: int, backs: tuple[int, ...]) -> list[int]:
    wanted, there = [last_day + 1 - back for back in backs], set(days)
    return [
        day
        for day in wanted
        if day in there and sum(earlier + HORIZONS[0] <= day for earlier in days) >= 2  # noqa: PLR2004
    ]


def split(panel: Panel, day: int) -> tuple[Panel, Panel]:
    """Training rows as they were known at ``day`` (labels embargoed), and the test rows of it."""
    return panel.known_before(day), panel.take(panel.day == day)
