"""Models on disk: content-addressed files under a sealed manifest that vouches for each.

The manifest carries an HMAC-SHA256 seal over its own text, made with a key that is kept apart
from the folder (the host keeps it in the user's keyring), so that whoever can write the folder
cannot vouch for a file. The bytes that are hashed are the bytes that are loaded: a file is read
once. Unpickling happens in one function, after the hash and the versions have been checked.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.models.features import FEATURES
from invval_xl.models.packing import identify, pack, unpack
from invval_xl.models.revive import plain, revive

if TYPE_CHECKING:
    from invval_xl.models.trained import TrainedModel

__all__ = [
    "NOT_APPROVED",
    "Entry",
    "Manifest",
    "approve_model",
    "identify",
    "load_estimators",
    "load_model",
    "read_manifest",
    "save_model",
]

_MANIFEST = "manifest.json"
NOT_APPROVED = "not yet approved"
_PINNED = ("scikit-learn", "numpy")  # whose estimators are unpickled


@dataclass(frozen=True)
class Entry:
    """One model the manifest vouches for.

    Parameters
    ----------
    model_id
        Head of the hash of the flat export.
    export_sha256, estimators_sha256
        Hashes of the two files, which are named by them.
    data_sha256
        Hash of what it was trained on.
    packages
        Versions it was trained with.
    features
        What it reads.
    answered_by, markdown_answered_by
        What the gates decided.
    gates
        Every gate as ``(horizon, name, measured, asked, passed)``.
    approver, trained_at
        Who approved it (:data:`NOT_APPROVED` until somebody did), and when it was trained; both
        given by the host.
    approved_at
        When it was approved; empty until then.
    """

    model_id: str
    export_sha256: str
    estimators_sha256: str
    data_sha256: str
    packages: tuple[tuple[str, str], ...]
    features: tuple[str, ...]
    answered_by: tuple[str, ...]
    markdown_answered_by: tuple[str, ...]
    gates: tuple[tuple[int, str, float, str, bool], ...]
    approver: str
    trained_at: str
    approved_at: str = ""

    @property
    def approved(self) -> bool:
        """Whether somebody approved it."""
        return self.approver != NOT_APPROVED


@dataclass(frozen=True)
class Manifest:
    """The models of one folder, oldest first; the last one serves."""

    entries: tuple[Entry, ...] = ()

    @property
    def current(self) -> Entry | None:
        """The model in service."""
        return self.entries[-1] if self.entries else None


def _seal(text: bytes, key: bytes) -> str:
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _text(manifest: Manifest) -> bytes:
    return json.dumps(plain(manifest), sort_keys=True, ensure_ascii=True).encode()


def _write(path: Path, data: bytes) -> None:
    """Write beside, then replace: a reader sees the old file or the new one, never a mixture."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_manifest(folder: Path, key: bytes) -> Manifest:
    """The folder's manifest, if its seal is this key's; empty where the folder has none.

    Raises
    ------
    RefusedError
        MD102 where the seal does not hold or the file is not a manifest.
    """
    path = folder / _MANIFEST
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        raise RefusedError([finding("MD104", file=path.name, reason=error.strerror)]) from error
    try:
        outer = json.loads(raw)
        body, seal = outer["manifest"].encode(), str(outer["seal"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError([finding("MD102", folder=folder.name)]) from error
    if not hmac.compare_digest(_seal(body, key).encode(), seal.encode()):
        raise RefusedError([finding("MD102", folder=folder.name)])
    return revive(Manifest, json.loads(body))


def save_model(
    model: TrainedModel,
    folder: Path,
    *,
    key: bytes,
    data_sha256: str,
    approver: str,
    trained_at: str,
) -> Entry:
    """Put a trained model into service: two content-addressed files and a sealed line.

    Parameters
    ----------
    key
        The seal's key, at least 16 bytes, kept apart from ``folder``.
    data_sha256
        Hash of the training data.
    approver, trained_at
        Who and when, from the host.
    """
    if len(key) < 16:  # noqa: PLR2004 - 128 bits
        raise ValueError("the key of the manifest must have 16 bytes or more")
    said, pair = model.training, model.full.sellability.pair
    if said is None or pair is None:
        raise ValueError("the shipped default is not a trained model")
    before = read_manifest(folder, key)
    folder.mkdir(parents=True, exist_ok=True)
    model = replace(model, packages=_packages())
    export = pack(model)
    estimators = _dump(model)
    digest = hashlib.sha256(export).hexdigest()
    entry = Entry(
        model_id=digest[:12],
        export_sha256=digest,
        estimators_sha256=hashlib.sha256(estimators).hexdigest(),
        data_sha256=data_sha256,
        packages=model.packages,
        features=pair.columns,
        answered_by=model.full.answered_by,
        markdown_answered_by=model.full.markdown_answered_by,
        gates=tuple(
            (horizon, g.name, g.measured, g.asked, g.passed)
            for horizon, gates in (
                *((r.horizon, r.gates) for r in said.sellability),
                *((m.horizon, m.gates) for m in said.markdown),
            )
            for g in gates
        ),
        approver=approver,
        trained_at=trained_at,
    )
    _write(folder / f"{entry.export_sha256}.npz", export)
    _write(folder / f"{entry.estimators_sha256}.joblib", estimators)
    now = before.current
    if now is not None and _content(now) == _content(entry):
        return now  # the same model on the same data again: its line stands, and who approved it
    _write_manifest(Manifest((*before.entries, entry)), folder, key)
    return entry


def _content(entry: Entry) -> tuple[str, str, str]:
    return entry.export_sha256, entry.estimators_sha256, entry.data_sha256


def _write_manifest(manifest: Manifest, folder: Path, key: bytes) -> None:
    body = _text(manifest)
    sealed = json.dumps({"manifest": body.decode(), "seal": _seal(body, key)}, indent=1)
    _write(folder / _MANIFEST, sealed.encode())


def approve_model(
    folder: Path, key: bytes, approver: str, at: str, *, model_id: str | None = None
) -> Entry:
    """Write an approver and a date beside a model, and seal the manifest anew.

    The seal must hold and both files must be what the manifest vouches for: nobody approves what
    is not there. An approval stands; a second one, or one of another person, is refused.

    Parameters
    ----------
    approver, at
        Who and when, from the host.
    model_id
        By default the model in service.

    Raises
    ------
    RefusedError
        MD101, MD102, MD104 as :func:`load_model`; MD106 where it is approved already.
    ValueError
        For an approver or a date of no words.
    """
    approver, at = approver.strip(), at.strip()
    if not approver or not at or approver == NOT_APPROVED:
        raise ValueError("an approval needs a name and a date")
    manifest = read_manifest(folder, key)
    if model_id is None:
        model_id = manifest.current.model_id if manifest.current is not None else ""
    place = [i for i, e in enumerate(manifest.entries) if e.model_id == model_id]
    if not place:
        raise RefusedError([finding("MD104", file=_MANIFEST, reason="the model is not in it")])
    entry = manifest.entries[place[-1]]
    if entry.approved:
        by, when = entry.approver, entry.approved_at
        raise RefusedError([finding("MD106", model=entry.model_id, approver=by, at=when)])
    _vouched(folder, f"{entry.export_sha256}.npz", entry.export_sha256)
    _vouched(folder, f"{entry.estimators_sha256}.joblib", entry.estimators_sha256)
    entry = replace(entry, approver=approver, approved_at=at)
    entries = list(manifest.entries)
    entries[place[-1]] = entry
    _write_manifest(Manifest(tuple(entries)), folder, key)
    return entry


def _packages() -> tuple[tuple[str, str], ...]:
    """Versions that matter to a model, by distribution name."""
    from importlib.metadata import version

    return tuple((name, version(name)) for name in ("joblib", "numpy", "scikit-learn"))


def _pairs(model: TrainedModel) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, part in (("full", model.full), ("cell", model.cell)):
        assert part.sellability.pair is not None
        out[f"{name}.sellability"] = part.sellability.pair.estimators
        if part.markdown is not None:
            out[f"{name}.markdown"] = part.markdown.pair.estimators
        if part.outlast is not None and part.outlast.pair is not None:
            out[f"{name}.outlast"] = part.outlast.pair.estimators
    return out


def _dump(model: TrainedModel) -> bytes:
    import joblib

    out = io.BytesIO()
    joblib.dump(_pairs(model), out, compress=3)
    return out.getvalue()


def _vouched(folder: Path, name: str, digest: str) -> bytes:
    """The bytes of a file whose hash is ``digest``; refused otherwise."""
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RefusedError([finding("MD104", file=name, reason=error.strerror)]) from error
    found = hashlib.sha256(data).hexdigest()
    if not hmac.compare_digest(found, digest):
        raise RefusedError([finding("MD101", file=name, found=found[:12], vouched=digest[:12])])
    return data


def load_model(folder: Path, key: bytes) -> TrainedModel | None:
    """The model in service from its flat export, by numpy alone; ``None`` where there is none.

    Raises
    ------
    RefusedError
        MD101 wrong hash, MD102 no valid seal, MD104 missing, MD105 features of another version.
    """
    entry = read_manifest(folder, key).current
    if entry is None:
        return None
    unknown = sorted(set(entry.features) - set(FEATURES))
    if unknown:
        raise RefusedError([finding("MD105", trained=len(unknown), missing=", ".join(unknown[:5]))])
    model = unpack(_vouched(folder, f"{entry.export_sha256}.npz", entry.export_sha256))
    return replace(model, approver=entry.approver if entry.approved else "")


def load_estimators(model: TrainedModel, folder: Path, key: bytes) -> TrainedModel:
    """The same model with its scikit-learn originals, for large batches.

    The versions are compared before the file is touched, the hash before anything is unpickled.

    Raises
    ------
    RefusedError
        MD103 trained with another version, and all of :func:`load_model`.
    """
    entry = read_manifest(folder, key).current
    if entry is None or entry.model_id != model.model_id:
        raise RefusedError([finding("MD104", file=_MANIFEST, reason="the model is not in it")])
    installed = dict(_packages())
    for package, trained in entry.packages:
        if package in _PINNED and installed[package] != trained:
            raise RefusedError(
                [finding("MD103", package=package, trained=trained, installed=installed[package])]
            )
    data = _vouched(folder, f"{entry.estimators_sha256}.joblib", entry.estimators_sha256)
    import joblib

    pairs = joblib.load(io.BytesIO(data))
    return _attach(model, pairs)


def _attach(model: TrainedModel, pairs: dict[str, Any]) -> TrainedModel:
    parts: dict[str, Any] = {}
    for name, part in (("full", model.full), ("cell", model.cell)):
        assert part.sellability.pair is not None
        pair = replace(part.sellability.pair, estimators=pairs[f"{name}.sellability"])
        markdown = part.markdown
        if markdown is not None:
            markdown = replace(
                markdown, pair=replace(markdown.pair, estimators=pairs[f"{name}.markdown"])
            )
        outlast = part.outlast
        if outlast is not None and outlast.pair is not None:
            outlast = replace(
                outlast, pair=replace(outlast.pair, estimators=pairs[f"{name}.outlast"])
            )
        parts[name] = replace(
            part,
            sellability=replace(part.sellability, pair=pair),
            markdown=markdown,
            outlast=outlast,
        )
    return replace(model, **parts)
