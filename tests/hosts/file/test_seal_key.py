"""The seal's key: made whole or not at all, one for everybody, refused where it is damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.file import model_store
from invval_xl.hosts.file.model_store import seal_key


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(model_store, "_key_path", lambda: tmp_path / "user" / "model.key")
    return tmp_path / "user" / "model.key"


def test_it_is_made_once_for_its_user_alone(place: Path) -> None:
    key = seal_key()
    assert len(key) == 32
    assert seal_key() == key
    assert place.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in place.parent.iterdir()] == ["model.key"]


def test_of_two_made_at_once_the_first_stands(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def meanwhile(handle: int) -> None:
        place.write_bytes(b"f" * 32)
        real(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    assert seal_key() == b"f" * 32


def test_a_run_that_ends_while_making_it_leaves_none(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="WB933"):
        seal_key()
    assert list(place.parent.iterdir()) == []


def test_an_empty_or_cut_key_is_refused_and_nothing_is_sealed_with_it(place: Path) -> None:
    place.parent.mkdir()
    for left in (b"", b"x" * 31):
        place.write_bytes(left)
        with pytest.raises(RefusedError, match="MD108"):
            seal_key()
        assert place.read_bytes() == left
