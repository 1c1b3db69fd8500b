"""The register of findings: one table of codes, severities, texts, remedies and paragraphs.

Texts are data (``guidance/findings/XX.toml``, a file a code family), so the papers, the terminal,
the add-in's *Last error* and the printed register say the same words.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from invval_xl.findings import Finding, Severity

__all__ = ["FAMILIES", "Rule", "finding", "register"]

FAMILIES: dict[str, str] = {
    "BS": "balance set",
    "TB": "tables and types",
    "CL": "cost layers",
    "PR": "prices",
    "FW": "framework",
    "RV": "reserve",
    "MD": "models",
    "RW": "review",
    "WB": "the file itself",
    "AD": "the add-in",
    "IM": "imported extracts",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the register; ``message`` and ``remedy`` are ``str.format`` templates."""

    code: str
    severity: Severity
    title: str
    message: str
    remedy: str
    paragraph: str = ""

    @property
    def family(self) -> str:
        """What the code's two letters stand for."""
        return FAMILIES[self.code[:2]]


@cache
def register() -> dict[str, Rule]:
    """Every rule by its code, in the order of the codes."""
    rules: dict[str, Rule] = {}
    folder = files("invval_xl.guidance") / "findings"
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if not entry.name.endswith(".toml"):
            continue
        for code, row in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            rules[code] = Rule(
                code=code,
                severity=Severity(row["severity"]),
                title=row["title"],
                message=row["message"],
                remedy=row["remedy"],
                paragraph=row.get("paragraph", ""),
            )
    return dict(sorted(rules.items()))


def finding(
    code: str,
    *,
    sheet: str = "",
    cell: str = "",
    dollars: float | None = None,
    count: int = 1,
    **facts: object,
) -> Finding:
    """Fill in the register's rule ``code`` with the facts of one case.

    Parameters
    ----------
    code
        A code of the register; an unknown one raises ``KeyError`` (a programmer's error).
    sheet, cell, dollars, count
        As in :class:`~invval_xl.findings.Finding`.
    **facts
        What the message and remedy templates name.
    """
    rule = register()[code]
    said = {"count": count, **facts}
    return Finding(
        code=code,
        severity=rule.severity,
        message=rule.message.format(**said),
        remedy=rule.remedy.format(**said),
        sheet=sheet,
        cell=cell,
        dollars=dollars,
        paragraph=rule.paragraph,
        count=count,
    )
