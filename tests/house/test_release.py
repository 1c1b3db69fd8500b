"""The lock a release is made with: every package pinned and hashed, within pyproject's ranges."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.tools import REPO

LOCK = (REPO / ".release" / "requirements.lock").read_text(encoding="utf-8")
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s\\]+)", LOCK, re.MULTILINE)
}
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = ("officejs", "postgres", "verify")  # what a user installs; tests and cluster are not


def wanted() -> list[Requirement]:
    """The core and the users' extras, as they apply on this machine."""
    texts = [*PROJECT["dependencies"]]
    for extra in EXTRAS:
        texts += PROJECT["optional-dependencies"][extra]
    asked = [Requirement(text) for text in texts]
    return [r for r in asked if r.marker is None or r.marker.evaluate()]


def test_every_dependency_is_pinned_within_its_range() -> None:
    asked = wanted()
    assert len(asked) > 15
    outside = [
        f"{r} is pinned at {PINS.get(canonicalize_name(r.name))}"
        for r in asked
        if (pin := PINS.get(canonicalize_name(r.name))) is None or not r.specifier.contains(pin)
    ]
    assert outside == [], "run .release/make lock"


def test_every_pin_has_its_hashes_and_comes_from_no_named_place() -> None:
    blocks = re.findall(r"^[\w.-]+(?:\[[^\]]*\])?==.*(?:\n[ \t]+.*)*", LOCK, re.MULTILINE)
    assert len(blocks) == len(PINS) > 20
    assert [b.split()[0] for b in blocks if "--hash=sha256:" not in b] == []
    assert not re.search(r"index-url|find-links|://", LOCK)
