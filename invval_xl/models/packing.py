"""A trained model as plain arrays in one ``.npz``: no pickle inside, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.features import Encoding
from invval_xl.models.interval import Calibration
from invval_xl.models.markdown import Carried, Markdown
from invval_xl.models.outlast import Outlast
from invval_xl.models.revive import plain, revive
from invval_xl.models.sellability import Sellability
from invval_xl.models.targets import TargetPolicy
from invval_xl.models.trained import Answering, TrainedModel, Training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["identify", "pack", "unpack"]

_FORMAT = "invval-model-1"
_THEN = (1980, 1, 1, 0, 0, 0)  # a zip entry must have a date; ours is always this one


def _part_arrays(part: Answering, prefix: str) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        **part.sellability.to_arrays(f"{prefix}.sellability"),
        **part.carried.to_arrays(f"{prefix}.carried"),
    }
    if part.markdown is not None:
        arrays |= part.markdown.to_arrays(f"{prefix}.markdown")
    if part.outlast is not None:
        arrays |= part.outlast.to_arrays(f"{prefix}.outlast")
    return arrays


def _part_facts(part: Answering) -> dict[str, Any]:
    return {
        "calibration": plain(part.calibration),
        "answered_by": list(part.answered_by),
        "markdown_answered_by": list(part.markdown_answered_by),
        "patterns": plain(part.patterns),
        "outlast": None if part.outlast is None else part.outlast.to_facts(),
        "stretch": list(part.stretch),
    }


def _arrays(model: TrainedModel) -> dict[str, NDArray[Any]]:
    facts = {
        "format": _FORMAT,
        "full": _part_facts(model.full),
        "cell": _part_facts(model.cell),
        "encoding": plain(model.encoding),
        "target_policy": plain(model.target_policy),
        "training": plain(model.training),
        "packages": plain(model.packages),
    }
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()
    return {
        **_part_arrays(model.full, "full"),
        **_part_arrays(model.cell, "cell"),
        "typical": np.asarray(model.typical, np.float64),
        "facts": np.frombuffer(text, np.uint8),
    }


def pack(model: TrainedModel) -> bytes:
    """The model as the bytes of an ``.npz`` file; equal models give equal bytes."""
    out = io.BytesIO()
    arrays = _arrays(model)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", _THEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same bytes on Windows and Linux
            body = io.BytesIO()
            np.lib.format.write_array(body, np.asarray(arrays[name], order="C"), allow_pickle=False)
            archive.writestr(entry, body.getvalue())
    return out.getvalue()


def identify(model: TrainedModel) -> TrainedModel:
    """Give the model its id: the head of the hash of everything it answers from."""
    digest = hashlib.sha256(pack(replace(model, model_id=""))).hexdigest()
    return replace(model, model_id=digest[:12])


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str, facts: Mapping[str, Any]) -> Answering:
    markdown = None
    if f"{prefix}.markdown.bands" in arrays:
        markdown = Markdown.from_arrays(arrays, f"{prefix}.markdown")
    return Answering(
        sellability=Sellability.from_arrays(arrays, f"{prefix}.sellability"),
        markdown=markdown,
        carried=Carried.from_arrays(arrays, f"{prefix}.carried"),
        calibration=tuple(revive(Calibration, c) for c in facts["calibration"]),  # type: ignore[arg-type]
        answered_by=tuple(facts["answered_by"]),
        markdown_answered_by=tuple(facts["markdown_answered_by"]),
        patterns=tuple(
            tuple(revive(Calibration, c) for c in horizon) for horizon in facts["patterns"]
        ),
        stretch=tuple(facts.get("stretch", (1.0, 1.0, 1.0))),
        outlast=None
        if facts.get("outlast") is None
        else Outlast.revived(facts["outlast"], arrays, f"{prefix}.outlast"),
    )


def unpack(data: bytes) -> TrainedModel:
    """The reverse of :func:`pack`. The caller has verified ``data``; nothing in it can run."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    facts = json.loads(arrays["facts"].tobytes())
    if facts["format"] != _FORMAT:
        raise ValueError(f"format {facts['format']} is not {_FORMAT}")
    return TrainedModel(
        model_id=hashlib.sha256(data).hexdigest()[:12],
        full=_part(arrays, "full", facts["full"]),
        cell=_part(arrays, "cell", facts["cell"]),
        encoding=revive(Encoding, facts["encoding"]),
        target_policy=revive(TargetPolicy, facts["target_policy"]),
        typical=arrays["typical"],
        training=None if facts["training"] is None else revive(Training, facts["training"]),
        packages=tuple((str(a), str(b)) for a, b in facts["packages"]),
    )
