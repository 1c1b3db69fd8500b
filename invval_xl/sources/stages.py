"""One extract, one stage: read, cleaned and written whole, or not at all.

A stage is named by the hash of all it depends on. A run that was killed finds the finished ones
and goes on with the next; an unfinished one was never given its name.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl import __version__
from invval_xl.sources.changes import ChangeLog
from invval_xl.sources.clean import Cleaner, Tally
from invval_xl.sources.identifiers import Identifiers
from invval_xl.sources.movements import to_movements
from invval_xl.sources.readers import chunks_of, file_hash, paths_of
from invval_xl.sources.stores import schema, store_of, to_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from invval_xl.sources.config import Extract, ImportConfig
    from invval_xl.sources.rates import Rates
    from invval_xl.sources.raw import Inputs

__all__ = ["Shared", "Staged", "run_stage"]

_DONE = "stage.json"


@dataclass(frozen=True, eq=False)
class Shared:
    """What every stage draws on."""

    config: ImportConfig
    identifiers: Identifiers
    rates: Rates
    packs: Mapping[str, float]

    def digest(self) -> str:
        """Hash of everything here that bears on a line."""
        rates = {k: [str(v[0].tolist()), str(v[1].tolist())] for k, v in self.rates.dated.items()}
        told = [
            dataclasses.asdict(self.config.sku), dict(self.config.units), self.config.currency,
            self.config.location, str(self.config.period_end), dict(self.identifiers.mapping), rates,  # noqa: E501
            dict(self.packs), __version__,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Staged:
    """What one extract came to; plain values, kept beside its files."""

    name: str
    role: str
    sources: list[list[str]]
    read: int
    kept: int
    units: float
    dollars: float
    first: str
    last: str
    days: int
    tally: dict[str, list[Any]]
    rules: list[list[Any]]
    folder: str = field(default="", compare=False)
    resumed: bool = field(default=False, compare=False)


def run_stage(
    extract: Extract,
    shared: Shared,
    inputs: Inputs,
    folder: Path,
    progress: Callable[[float], None],
) -> Staged:
    """Read and clean one extract into ``folder``, or take over what an earlier run finished.

    Raises
    ------
    RefusedError
        What the readers refuse.
    """
    paths = paths_of(extract, inputs)
    hashes = [[path.name, file_hash(path)] for path in paths]
    told = json.dumps(
        [dataclasses.asdict(extract), hashes, shared.digest()], sort_keys=True, default=str
    )
    place = folder / f"{_safe(extract.name)}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    if (place / _DONE).exists():
        kept = json.loads((place / _DONE).read_text(encoding="utf-8"))
        return Staged(**{**kept, "folder": str(place), "resumed": True})
    building = folder / f"{place.name}.unfinished"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    staged = _build(extract, shared, inputs, building, hashes, progress)
    _sync(building / _DONE, json.dumps(dataclasses.asdict(staged), default=str))
    shutil.rmtree(place, ignore_errors=True)
    os.replace(building, place)  # noqa: PTH105 - the call whose atomicity is meant
    return dataclasses.replace(staged, folder=str(place))


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)[:40]


def _sync(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


class _Parts:
    """The stage's Parquet files, opened when their first line comes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._open: dict[str, Any] = {}

    def write(self, store: str, frame: pd.DataFrame) -> None:
        import pyarrow.parquet as pq

        if store not in self._open:
            path = self._folder / f"{store}.parquet"
            writer = pq.ParquetWriter(
                path, schema(store), compression="zstd", store_decimal_as_integer=True
            )
            self._open[store] = self._stack.enter_context(writer)
        if len(frame):
            self._open[store].write_table(to_table(frame, store))


def _build(
    extract: Extract,
    shared: Shared,
    inputs: Inputs,
    folder: Path,
    hashes: list[list[str]],
    progress: Callable[[float], None],
) -> Staged:
    known = shared.identifiers
    own = Identifiers(known.rules, known.mapping, known.unreviewed)
    units = dollars = 0.0
    kept = 0
    days: set[Any] = set()
    with ExitStack() as stack:
        stream = stack.enter_context((folder / "changes.parquet").open("wb"))
        log = ChangeLog(extract.name, stream)
        stack.callback(log.close)
        cleaner = Cleaner(extract, shared.config, own, shared.rates, shared.packs, log)
        parts = _Parts(folder, stack)
        for chunk in chunks_of(extract, inputs):
            frame = cleaner.clean(chunk)
            frame["extract"] = extract.name
            _write(frame, extract, shared.config, parts, cleaner.tally)
            kept += len(frame)
            if "units" in frame:
                units += float(frame["units"].sum())
            dollars += float(np.nansum(cleaner.stake(frame)))
            if "date" in frame:
                days.update(frame["date"].dropna().unique())
            progress(chunk.share)
        _identity(own, cleaner.tally)
        rules = [[c, r, int(n), d] for (c, r), (n, d) in log.counts.items()]
    spelled = sorted(str(d)[:10] for d in days)
    return Staged(
        name=extract.name,
        role=extract.role,
        sources=hashes or [["database", hashlib.sha256(extract.query.encode()).hexdigest()]],
        read=cleaner.read,
        kept=kept,
        units=round(units, 4),
        dollars=round(dollars, 4),
        first=spelled[0] if spelled else "",
        last=spelled[-1] if spelled else "",
        days=len(spelled),
        tally=cleaner.tally.entries,
        rules=rules,
    )


def _identity(own: Identifiers, tally: Tally) -> None:
    """What the identifiers of the extract showed."""
    collided = own.collided
    shown = [
        f"{' and '.join(sorted(texts))} are {code}" for code, texts in sorted(collided.items())[:3]
    ]
    tally.add("IM202", "", len(collided), 0.0, shown)
    tally.add("IM203", own.rules.check_digit, len(own.bad_digits), 0.0, sorted(own.bad_digits)[:5])
    pairs = [f"{old} to {own.unreviewed[old]}" for old in sorted(own.passed_over)[:5]]
    tally.add("IM205", "", len(own.passed_over), 0.0, pairs)


def _write(
    frame: pd.DataFrame, extract: Extract, config: ImportConfig, parts: _Parts, tally: Tally
) -> None:
    """Lines into the stores their role feeds."""
    moved = extract.role == "movements" or extract.moves_stock
    if moved:
        movements = to_movements(frame, extract, tally)
        movements["extract"] = extract.name
        parts.write("movements", movements)
        if extract.role == "movements":
            return
    if extract.role == "inventory" and "date" not in frame:
        frame["date"] = np.datetime64(config.period_end)
    if extract.role == "returns":
        frame = frame.assign(
            units=-frame["units"].abs(),
            net_sales=-frame["refund"].abs() if "refund" in frame else np.nan,
        )
    if extract.role in {"commodity_index", "seasonality_index"}:
        frame = frame.assign(kind=extract.role.removesuffix("_index"))
    parts.write(store_of(extract.role), frame)
