"""The citations: what each paragraph the code names says, in our own words.

Keys are the strings of ``@cites(...)`` and of the register's ``paragraph`` fields.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["EVIDENCE", "Citation", "citations"]

EVIDENCE: dict[str, str] = {
    "S": "the text, or a source that quotes it, was read",
    "K": "known, wording not read again",
    "I": "our own inference",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """One paragraph, table or definition.

    Parameters
    ----------
    key
        How code and papers name it.
    framework
        Whose rule it is: a framework's label, ``SEC``, ``PCAOB``, ``US tax``, ``trade``,
        ``mathematics`` or ``software``.
    topic
        What it is about, in a few words.
    says
        What it asks, in our own words.
    evidence
        A letter of :data:`EVIDENCE`.
    source
        Where it was read, for evidence ``S``.
    """

    key: str
    framework: str
    topic: str
    says: str
    evidence: str
    source: str = ""


@cache
def citations() -> dict[str, Citation]:
    """Every citation by its key, in the order of the file."""
    text = (files("invval_xl.guidance") / "citations.toml").read_text(encoding="utf-8")
    return {key: Citation(key=key, **row) for key, row in tomllib.loads(text).items()}
