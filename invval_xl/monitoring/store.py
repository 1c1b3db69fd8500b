"""A lookback as bytes and back: rows as Parquet named by their hash, the rest as sealed JSON.

The seal is an HMAC-SHA256 of the JSON under the same key as the models' manifest, so whoever can
write the folder cannot make a lookback say that a model held.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.monitoring.backtest import LookbackPolicy, Verdict
from invval_xl.monitoring.category_demand import DemandSignal
from invval_xl.monitoring.champion import Comparison
from invval_xl.monitoring.drift import DriftReport, Signal
from invval_xl.monitoring.lookback import CohortNote, Lookback
from invval_xl.monitoring.recalibrate import Recalibration
from invval_xl.monitoring.rollout import CategoryReview, Event, Review, Rollout

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["NAME", "frame_from", "packed", "packed_frame", "unpacked"]

NAME = "lookback.json"


def packed_frame(frame: pd.DataFrame) -> bytes:
    """A frame as Parquet, the same bytes for the same values."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()


def frame_from(data: bytes) -> pd.DataFrame:
    """The reverse of :func:`packed_frame`."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(data))


def packed(lookback: Lookback, key: bytes) -> dict[str, bytes]:
    """Files of a lookback by name, ``lookback.json`` last: what it vouches for is there first."""
    rows = packed_frame(lookback.rows)
    digest = hashlib.sha256(rows).hexdigest()
    said: dict[str, Any] = {
        "as_of": lookback.as_of.isoformat(),
        "inputs_hash": lookback.inputs_hash,
        "rows_sha256": digest,
        "cohorts": [asdict(c) for c in lookback.cohorts],
        "verdicts": [asdict(v) for v in lookback.verdicts],
        "intervals": [asdict(i) for i in lookback.intervals],
        "comparisons": [asdict(c) for c in lookback.comparisons],
        "rollout": asdict(lookback.rollout),
        "drift": asdict(lookback.drift) if lookback.drift else None,
        "policy": asdict(lookback.policy),
    }
    body = json.dumps(said, sort_keys=True, indent=1)
    sealed = json.dumps({"lookback": body, "seal": _seal(body.encode(), key)}, indent=1)
    return {f"lookback-{digest[:16]}.parquet": rows, NAME: sealed.encode()}


def _seal(body: bytes, key: bytes) -> str:
    return hmac.new(key, b"lookback\0" + body, hashlib.sha256).hexdigest()


def unpacked(sealed: bytes, key: bytes, read: Callable[[str], bytes]) -> Lookback:
    """A stored lookback, its seal and hash checked before anything is used.

    Parameters
    ----------
    sealed
        The bytes of :data:`NAME`.
    read
        Gives the bytes of a file of the folder by its name.

    Raises
    ------
    RefusedError
        MD309 where seal or hash do not match, or a file is unreadable.
    """
    try:
        outer = json.loads(sealed)
        body = str(outer["lookback"])
        if not hmac.compare_digest(_seal(body.encode(), key), str(outer["seal"])):
            raise _refused("its seal is not of this key")
        said = json.loads(body)
        rows = read(f"lookback-{said['rows_sha256'][:16]}.parquet")
        if hashlib.sha256(rows).hexdigest() != said["rows_sha256"]:
            raise _refused("its rows are not those it was sealed with")
        return _revived(said, frame_from(rows))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _refused(f"it cannot be read ({type(error).__name__})") from error


def _refused(because: str) -> RefusedError:
    return RefusedError([finding("MD309", because=because)])


def _revived(said: dict[str, Any], rows: pd.DataFrame) -> Lookback:
    rolled = said["rollout"]
    drift = said["drift"]
    return Lookback(
        as_of=dt.date.fromisoformat(said["as_of"]),
        inputs_hash=said["inputs_hash"],
        rows=rows,
        cohorts=tuple(CohortNote(**c) for c in said["cohorts"]),
        verdicts=tuple(Verdict(**v) for v in said["verdicts"]),
        intervals=tuple(Recalibration(**i) for i in said["intervals"]),
        comparisons=tuple(Comparison(**c) for c in said["comparisons"]),
        rollout=Rollout(
            rolled["states"],
            rolled["held_running"],
            tuple(Event(**e) for e in rolled["events"]),
            rolled["share"],
            tuple(
                Review(
                    r["as_of"],
                    r["holds"],
                    r["because"],
                    {n: CategoryReview(**c) for n, c in r["categories"].items()},
                )
                for r in rolled["reviews"]
            ),
        ),
        drift=DriftReport(
            tuple(Signal(**s) for s in drift["signals"]),
            tuple(drift["periods"]),
            drift["training_periods"],
            # a lookback stored by an earlier version looked at none
            tuple(DemandSignal(**s) for s in drift.get("demand", ())),
        )
        if drift
        else None,
        policy=LookbackPolicy(**said["policy"]),
    )
