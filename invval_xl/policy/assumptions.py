"""The workbook's Assumptions sheet as policy statements: range-checked, dated, sourced."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from typing import TYPE_CHECKING

from invval_xl.findings import Checked, Finding
from invval_xl.guidance.register import finding
from invval_xl.policy.parameters import SCOPES, Parameter, Policy, Stated, Value, parameters

if TYPE_CHECKING:
    from invval_xl.tables.table import Table

__all__ = ["apply_assumptions"]


def apply_assumptions(table: Table | None, as_of: dt.date) -> Checked[Policy]:
    """Lay the entity's statements over the defaults.

    Parameters
    ----------
    table
        The checked Assumptions sheet, or ``None`` where the workbook has none.
    as_of
        Statements effective after this date are left out, and said so.

    Returns
    -------
    Checked[Policy]
        With RV101 (out of range), RV102 (unknown name), RV103 (unreadable value or scope),
        RV104 (not yet effective) and RV105 (no approver) findings.
    """
    if table is None:
        return Checked(Policy(), (finding("RV106"),))
    stated: list[Stated] = []
    findings: list[Finding] = []
    for position, row in enumerate(table.frame.to_dict("records")):
        cell = table.cell(position, "value")
        name = _name(row.get("name"))
        parameter = parameters().get(name)
        if parameter is None:
            findings.append(
                finding("RV102", sheet=table.sheet, cell=table.cell(position, "name"), name=name)
            )
            continue
        scope, key = _scope(row.get("scope"))
        if scope not in SCOPES or (scope != "all" and not parameter.scoped):
            findings.append(
                finding(
                    "RV103",
                    sheet=table.sheet,
                    cell=cell,
                    name=name,
                    value=row.get("scope"),
                    wanted="scope",
                )
            )
            continue
        value = _value(parameter, str(row.get("value") or ""))
        if value is None:
            findings.append(
                finding(
                    "RV103",
                    sheet=table.sheet,
                    cell=cell,
                    name=name,
                    value=row.get("value"),
                    wanted="value",
                )
            )
            continue
        if not _within(parameter, value):
            findings.append(
                finding(
                    "RV101",
                    sheet=table.sheet,
                    cell=cell,
                    name=name,
                    value=row.get("value"),
                    low=parameter.low,
                    high=parameter.high,
                )
            )
            continue
        effective = _date(row.get("effective_from"))
        if effective and effective > as_of:
            findings.append(
                finding(
                    "RV104", sheet=table.sheet, cell=cell, name=name, date=effective, as_of=as_of
                )
            )
            continue
        approver = str(row.get("approved_by") or "").strip()
        if not approver:
            findings.append(
                finding(
                    "RV105",
                    sheet=table.sheet,
                    cell=cell,
                    name=name,
                    scope=row.get("scope") or "all",
                )
            )
        stated.append(
            Stated(
                parameter=name,
                value=value,
                scope=scope,
                scope_key=key,
                source=str(row.get("source") or "").strip(),
                effective_from=effective,
                owner=str(row.get("owner") or "").strip(),
                approved_by=approver,
                origin=f"{table.sheet}!{cell}",
            )
        )
    return Checked(Policy().with_statements(tuple(stated)), tuple(findings))


def _name(raw: object) -> str:
    return re.sub(r"[\s\-]+", "_", str(raw or "").strip().lower())


def _scope(raw: object) -> tuple[str, str]:
    text = str(raw or "").strip()
    if text.lower() in {"", "all", "everything"}:
        return "all", ""
    kind, _, key = text.partition(":")
    return kind.strip().lower(), key.strip()


def _number(text: str) -> float | None:
    text = text.strip()
    scale = 1.0
    if text.endswith("%"):
        text, scale = text[:-1], 0.01
    try:
        number = float(text) * scale
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _value(parameter: Parameter, text: str) -> Value | None:
    text = text.strip()
    if parameter.kind == "choice":
        lowered = text.lower()
        return next((c for c in parameter.choices if c.lower() == lowered), None)
    if parameter.kind == "number":
        return _number(text)
    parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
    if parameter.kind == "numbers":
        numbers = [_number(part) for part in parts]
        return (
            None if None in numbers or not numbers else tuple(n for n in numbers if n is not None)
        )
    rows: list[tuple[float, float]] = []
    for part in parts:
        start, _, rate = part.partition("=")
        pair = (_number(start), _number(rate))
        if pair[0] is None or pair[1] is None:
            return None
        rows.append((pair[0], pair[1]))
    ascending = all(a[0] < b[0] for a, b in itertools.pairwise(rows))
    return tuple(rows) if rows and ascending and rows[0][0] == 0 else None


def _within(parameter: Parameter, value: Value) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, float):
        numbers = [value]
    else:
        numbers = [v[1] if isinstance(v, tuple) else v for v in value]
    return all(parameter.low <= number <= parameter.high for number in numbers)


def _date(raw: object) -> dt.date | None:
    if raw is None or raw != raw:  # noqa: PLR0124 (NaT and NaN are not themselves)
        return None
    date = getattr(raw, "date", None)
    if callable(date):
        result = date()
        assert isinstance(result, dt.date)
        return result
    return raw if isinstance(raw, dt.date) else None
