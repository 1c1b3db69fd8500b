"""What the simulation leaves behind: the rows it ran over, its ledger, its weekly tape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from invval_xl.sources.demo.catalogue import Catalogue
    from invval_xl.sources.demo.demand import Episodes
    from invval_xl.sources.demo.ledger import Ledger
    from invval_xl.sources.demo.weeks import Weeks

__all__ = ["Cohort", "Disposal", "Pairs", "Simulation", "Tape", "build_pairs"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """The SKU-locations: which item and which location each row is."""

    item: Ints
    location: Ints
    study: int
    locations: int

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, eq=False)
class Disposal:
    """Units sold to a liquidator in one week; proceeds in cents."""

    week: int
    rows: Ints
    units: Ints
    gross: Ints
    selling: Ints


@dataclass(frozen=True, eq=False)
class Cohort:
    """Uncut SKU-locations whose oldest units came of age in ``week``; the cut since."""

    week: int
    rows: Ints
    cut: Floats


@dataclass(eq=False)
class Tape:
    """Weekly facts kept beside the ledger: ``[week - first, pair]``; money in cents."""

    first: int
    units: NDArray[np.int32]
    net: Ints
    gross: Ints
    cogs: Ints
    returned: NDArray[np.int32]
    on_hand: NDArray[np.int32]
    promoted: NDArray[np.bool_]

    @classmethod
    def blank(cls, first: int, weeks: int, pairs: int) -> Tape:
        """Make a tape from week ``first`` to ``weeks``."""
        shape = (weeks - first, pairs)
        return cls(
            first=first,
            units=np.zeros(shape, np.int32),
            net=np.zeros(shape, np.int64),
            gross=np.zeros(shape, np.int64),
            cogs=np.zeros(shape, np.int64),
            returned=np.zeros(shape, np.int32),
            on_hand=np.zeros(shape, np.int32),
            promoted=np.zeros(shape, np.bool_),
        )

    def record(self, week: int, **facts: NDArray[np.generic]) -> None:
        """Keep one week's facts by name, if the tape has begun."""
        if week >= self.first:
            for name, values in facts.items():
                getattr(self, name)[week - self.first] = values


@dataclass(eq=False)
class Simulation:
    """Everything the frames are made from."""

    weeks: Weeks
    catalogue: Catalogue
    pairs: Pairs
    episodes: Episodes
    ledger: Ledger
    tape: Tape
    disposals: list[Disposal] = field(default_factory=list)
    cohorts: list[Cohort] = field(default_factory=list)
    as_of: dict[str, Ints] = field(default_factory=dict)


def build_pairs(items: int, locations: int) -> Pairs:
    """Every item at every location, but the study item (the last) at the third one alone."""
    item = np.repeat(np.arange(items - 1), locations)
    location = np.tile(np.arange(locations), items - 1)
    study_location = min(2, locations - 1)
    return Pairs(
        item=np.append(item, items - 1),
        location=np.append(location, study_location),
        study=len(item),
        locations=locations,
    )
