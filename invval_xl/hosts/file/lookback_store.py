"""Where a lookback lies: in the folder of the workbook's models, sealed with the same key."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

from invval_xl.findings import MisuseError
from invval_xl.hosts.file.atomic import replacing
from invval_xl.hosts.file.kept_store import kept_beside
from invval_xl.hosts.file.ledger import ledger_of, memory_of
from invval_xl.hosts.file.model_store import model_folder, model_of, seal_key
from invval_xl.hosts.file.read import read_book
from invval_xl.ledger.entries import Run, SignOff, Step
from invval_xl.models.registry import read_manifest
from invval_xl.monitoring.discuss import days_to_sign_off
from invval_xl.monitoring.store import NAME, frame_from, packed, packed_frame, unpacked
from invval_xl.runs.monitor_book import Monitored, MonitorRequest, monitor_book
from invval_xl.runs.past_cohorts import Valued

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from invval_xl.models.registry import Entry
    from invval_xl.models.trained import TrainedModel
    from invval_xl.monitoring.lookback import Lookback

__all__ = ["changelog_of", "lookback_of", "monitor_file", "put_lookback", "signed_days"]

_KEEP_CLOSES = 48


def lookback_of(book: Path) -> Lookback | None:
    """The lookback stored for ``book``, or ``None`` where nobody looked back.

    Raises
    ------
    RefusedError
        MD309 where the files are not what the seal vouches for.
    """
    folder = model_folder(book)
    place = folder / NAME
    if not place.is_file():
        return None
    return unpacked(place.read_bytes(), seal_key(), lambda name: (folder / name).read_bytes())


def put_lookback(book: Path, lookback: Lookback) -> Path:
    """Seal a lookback beside ``book``; rows of the one before are swept once it stands."""
    folder = model_folder(book)
    folder.mkdir(parents=True, exist_ok=True)
    files = packed(lookback, seal_key())
    for name, data in files.items():
        with replacing(folder / name) as stream:
            stream.write(data)
    for old in folder.glob("lookback-*.parquet"):
        if old.name not in files:
            old.unlink(missing_ok=True)
    return folder / NAME


def changelog_of(book: Path) -> tuple[Entry, ...]:
    """Every model ever put into service for ``book``, oldest first."""
    folder = model_folder(book)
    return read_manifest(folder, seal_key()).entries if folder.is_dir() else ()


def signed_days(book: Path, name: str, ledger_url: str = "") -> tuple[float, ...]:
    """Days from refresh to sign-off of each finalised period; ``name`` is what the ledger says.

    Raises
    ------
    RefusedError
        RW301 to RW303 where the ledger's chain is broken.
    """
    memory = memory_of(ledger_of(book, ledger_url))
    if memory is None:
        return ()
    facts = [(e, e.fact()) for e in memory.entries if e.book == name]
    return days_to_sign_off(
        [(e.period_end, e.at) for e, f in facts if isinstance(f, Run)],
        [
            (e.period_end, e.at)
            for e, f in facts
            if isinstance(f, SignOff) and f.step is Step.FINALISE
        ],
    )


def monitor_file(
    book: Path,
    progress: Callable[[str, float], None],
    *,
    train_once: bool = False,
    train_models: bool = True,
) -> tuple[Monitored, Path]:
    """Look back over a workbook on disk and store the lookback beside it; the book is only read.

    Raises
    ------
    RefusedError
        A STOP in the workbook, or too little history.
    MisuseError
        No such file.
    """
    if not book.is_file():
        raise MisuseError(f"{book} is not there")
    served = model_of(book)
    model: TrainedModel | None = served.model if served else None
    before = lookback_of(book)
    read = read_book(book)
    request = MonitorRequest(
        model=model,
        train_once=train_once,
        train_models=train_models,
        reviews=before.rollout.reviews if before else (),
        memory=_Closes(book),
        beside=kept_beside(book),
    )
    done = monitor_book(read.value, request, progress, read.findings)
    return done, put_lookback(book, done.lookback)


class _Closes:
    """Valued closes kept between runs, a Parquet file each, sealed: training takes minutes."""

    def __init__(self, book: Path) -> None:
        self._folder = model_folder(book) / "closes"
        self._key = seal_key()

    def get(self, key: str) -> Valued | None:
        """The close under ``key``; ``None`` where it is not there or not what was sealed."""
        place = self._folder / f"{key[:32]}.close"
        try:
            head, _, data = place.read_bytes().partition(b"\n")
            said = json.loads(head)
            if said["seal"] != self._seal(key, said["facts"], data):
                return None
            facts = json.loads(said["facts"])
            return Valued(frame_from(data), **facts)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, valued: Valued) -> None:
        """Keep a close; the oldest beyond four years of months are swept."""
        self._folder.mkdir(parents=True, exist_ok=True)
        data = packed_frame(valued.rows)
        facts = json.dumps(
            {
                "model_id": valued.model_id,
                "undetermined_cost": valued.undetermined_cost,
                "no_model_because": valued.no_model_because,
                "stops": valued.stops,
            }
        )
        head = json.dumps({"facts": facts, "seal": self._seal(key, facts, data)})
        out = io.BytesIO(head.encode() + b"\n" + data)
        with replacing(self._folder / f"{key[:32]}.close") as stream:
            stream.write(out.getvalue())
        kept = sorted(self._folder.glob("*.close"), key=lambda p: p.stat().st_mtime_ns)
        for old in kept[:-_KEEP_CLOSES]:
            old.unlink(missing_ok=True)

    def _seal(self, key: str, facts: str, data: bytes) -> str:
        import hmac

        text = b"close\0" + key.encode() + b"\0" + facts.encode() + b"\0" + data
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()
