"""The import's config: a TOML file a person can read, checked whole before anything is opened."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping  # noqa: TC003 - read from the fields at run time
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.sources.roles import ROLES
from invval_xl.terms import CostFlow, Framework

__all__ = [
    "Drop",
    "Extract",
    "ImportConfig",
    "Mapped",
    "SkuRules",
    "WorkbookRules",
    "config_text",
    "parse_config",
]

MOVEMENT_TYPES = (
    "opening", "receipt", "sale", "customer_return", "vendor_return", "transfer", "adjustment",
    "shrink", "markout",
)  # fmt: skip


@dataclass(frozen=True)
class Drop:
    """Lines left out on purpose: those whose ``column`` is one of ``values`` or ``matches``."""

    column: str
    reason: str
    values: tuple[str, ...] = ()
    matches: str = ""


@dataclass(frozen=True)
class Mapped:
    """A file that maps one identifier to another, reviewed by somebody."""

    file: str
    from_column: str = "from"
    to_column: str = "to"
    approved_column: str = "approved_by"
    approved_by: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class SkuRules:
    """How identifiers are made one: ``leading_zeros`` is ``keep``, ``strip`` or a width."""

    case: str = "upper"
    leading_zeros: str | int = "keep"
    check_digit: str = "none"
    remove: str = ""
    mapping: tuple[Mapped, ...] = ()


@dataclass(frozen=True)
class WorkbookRules:
    """What goes into the workbook, and where the rest stays.

    Items are listed from the costliest down until ``cost_share`` of inventory cost is shown, or
    ``most_rows`` balance rows are full; items of at least ``always_above`` are always shown.
    """

    most_rows: int = 1_000_000
    cost_share: float = 1.0
    always_above: float | None = None
    periods: int = 13


@dataclass(frozen=True)
class Extract:
    """One extract: where it is, what it is, and which of its columns means what."""

    name: str
    role: str
    columns: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    url: str = ""
    url_env: str = ""
    query: str = ""
    sheet: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    header_rows: tuple[int, ...] = ()
    cells: str = ""
    first_row: int = 0
    last_row: int = 0
    across: str = ""
    across_value: str = ""
    across_values: Mapping[str, str] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    totals: tuple[str, ...] = ("total", "grand total", "subtotal", "sub total", "sum")
    constants: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drop: tuple[Drop, ...] = ()
    date_order: str = ""
    decimal: str = "."
    since: dt.date | None = None
    month_ends_only: bool = False
    moves_stock: bool = False
    duplicates: str = "by-tie-out"
    missing: Mapping[str, str] = field(default_factory=dict)
    control_totals: Mapping[str, float] = field(default_factory=dict)
    fresh_within_days: int = 35
    chunk_rows: int = 100_000


@dataclass(frozen=True)
class ImportConfig:
    """Everything a consolidation is told."""

    entity: str
    period_end: dt.date
    framework: str
    currency: str
    cost_method: str
    book: str
    extracts: tuple[Extract, ...]
    sku: SkuRules = SkuRules()
    workbook: WorkbookRules = WorkbookRules()
    units: Mapping[str, float] = field(default_factory=dict)
    rates: Mapped | None = None
    rates_fresh_days: int = 7
    gl_inventory: float | None = None
    tolerance: float = 1.0
    valuation: str = "auto"
    location: str = ""
    preparer: str = ""
    materiality: float | None = None
    memory: str = "512MB"


_CHOICES: dict[str, tuple[str, ...]] = {
    "role": tuple(ROLES),
    "framework": tuple(f.value for f in Framework),
    "cost_method": tuple(f.value for f in CostFlow),
    "date_order": ("", "day-first", "month-first"),
    "decimal": (".", ","),
    "duplicates": ("by-tie-out", "keep", "drop"),
    "case": ("upper", "lower", "keep"),
    "check_digit": ("none", "gtin", "mod10"),
    "valuation": ("auto", "as-recorded", "average"),
}
_MISSING_METHODS = ("last-known", "average", "zero")


class _Reading:
    """Gathers every fault of a config before it is refused."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []

    def fault(self, code: str, where: str, **facts: Any) -> None:
        self.findings.append(finding(code, sheet=self.name, cell="", where=where, **facts))

    def build(self, kind: type[Any], table: Any, where: str, **given: Any) -> Any:
        """A dataclass from a TOML table; unknown keys, absent ones and wrong types are faults."""
        if not isinstance(table, dict):
            self.fault("IM104", where, key=where, value=table, expected="a table of settings")
            return None
        known = {f.name: f for f in fields(kind)}
        values = dict(given)
        for key, value in table.items():
            name = {"from": "from_column", "to": "to_column"}.get(key, key)
            if name in given:
                continue
            if name not in known:
                self.fault("IM102", where, key=key, known=", ".join(sorted(known)))
                continue
            if value == "?":
                self.fault("IM103", where, key=f"{key} (it still says ?)")
                values[name] = "?"
                continue
            typed = _typed(str(known[name].type), value)
            choices = _CHOICES.get(name)
            if typed is None or (choices and typed not in choices):
                expected = (
                    "one of " + ", ".join(c or '""' for c in choices)
                    if choices
                    else str(known[name].type)
                )
                self.fault("IM104", where, key=key, value=value, expected=expected)
                continue
            values[name] = typed
        for f in known.values():
            if f.name not in values and f.default is MISSING and f.default_factory is MISSING:
                self.fault("IM103", where, key=f.name)
        if any(
            f.name not in values and f.default is MISSING and f.default_factory is MISSING
            for f in known.values()
        ):
            return None
        return kind(**values)


def _typed(kind: str, value: Any) -> Any:  # noqa: C901, PLR0911
    """The value in the field's type, or ``None`` where it is none of it."""
    if kind.startswith("tuple[str"):
        many = [value] if isinstance(value, str) else value
        return tuple(str(v) for v in many) if isinstance(many, list) else None
    if kind.startswith("tuple[int"):
        many = [value] if isinstance(value, int) else value
        return tuple(int(v) for v in many) if isinstance(many, list) else None
    if kind.startswith("Mapping"):
        if not isinstance(value, dict):
            return None
        if "tuple" in kind:
            return {k: tuple([v] if isinstance(v, str) else v) for k, v in value.items()}
        if "float" in kind:
            ok = all(isinstance(v, (int, float)) for v in value.values())
            return {k: float(v) for k, v in value.items()} if ok else None
        return {k: v if "Any" in kind else str(v) for k, v in value.items()}
    if kind.startswith("bool"):
        return value if isinstance(value, bool) else None
    if "date" in kind:
        return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None
    if kind.startswith("float"):
        ok = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if ok else None
    if kind == "str | int":
        return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    if kind.startswith("int"):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return value if isinstance(value, str) else None


def config_text(data: bytes, name: str) -> str:
    """The text of a config file, with or without a byte order mark.

    Raises
    ------
    RefusedError
        IM101 where it is not UTF-8, as TOML is.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 at byte {error.start}"
        raise RefusedError([finding("IM101", sheet=name, error=reason)]) from error


def parse_config(text: str, name: str) -> ImportConfig:
    """Read a config.

    Parameters
    ----------
    text
        The TOML.
    name
        The file's name, for the findings.

    Raises
    ------
    RefusedError
        IM101 where it is no TOML; IM102 to IM108 for every fault in it, all at once.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError([finding("IM101", sheet=name, error=str(error))]) from error
    reading = _Reading(name)
    for key in sorted(set(tree) - {"import", "sku", "workbook", "units", "rates", "extract"}):
        reading.fault(
            "IM102", "the file", key=key, known="import, sku, workbook, units, rates, extract"
        )
    sku = dict(tree.get("sku", {}))
    mappings = sku.pop("mapping", [])
    mapping = tuple(
        m
        for i, row in enumerate(mappings if isinstance(mappings, list) else [mappings], start=1)
        if (m := reading.build(Mapped, row, f"[[sku.mapping]] {i}")) is not None
    )
    rules = reading.build(SkuRules, sku, "[sku]", mapping=mapping)
    workbook = reading.build(WorkbookRules, tree.get("workbook", {}), "[workbook]")
    rates = reading.build(Mapped, tree["rates"], "[rates]") if "rates" in tree else None
    units = _typed("Mapping[str, float]", tree.get("units", {}))
    if units is None:
        reading.fault("IM104", "[units]", key="units", value="", expected="a number for each unit")
    rows = tree.get("extract", [])
    if not rows:
        reading.fault("IM103", "the file", key="[[extract]]")
    extracts = [_extract(reading, row, i) for i, row in enumerate(rows, start=1)]
    names = [e.name for e in extracts if e is not None]
    for twice in sorted({n for n in names if names.count(n) > 1}):
        reading.fault(
            "IM104", f"[[extract]] {twice}", key="name", value=twice, expected="a name of its own"
        )
    config = reading.build(
        ImportConfig,
        tree.get("import", {}),
        "[import]",
        extracts=tuple(e for e in extracts if e is not None),
        sku=rules,
        workbook=workbook,
        rates=rates,
        units={k.casefold(): v for k, v in (units or {}).items()},
    )
    if reading.findings:
        raise RefusedError(reading.findings)
    return config  # type: ignore[no-any-return] # built as ImportConfig, or refused above


def _extract(reading: _Reading, row: Any, number: int) -> Extract | None:  # noqa: C901
    """One ``[[extract]]``, its columns held against its role."""
    table = dict(row) if isinstance(row, dict) else {}
    where = f"[[extract]] {table.get('name', number)}"
    drops = table.pop("drop", [])
    built = tuple(
        d for d in (reading.build(Drop, d, f"{where} drop") for d in drops) if d is not None
    )
    extract = reading.build(Extract, table, where, drop=built)
    if not isinstance(extract, Extract):
        return None
    role = ROLES[extract.role]
    for key in [k for k, v in extract.columns.items() if v == "?"]:
        reading.fault("IM103", where, key=f"{key} (it still says ?)")
    for key in [*extract.columns, *extract.constants, *extract.only, *extract.missing]:
        if key not in role.names:
            reading.fault("IM102", where, key=key, known=", ".join(role.names))
    given = {*extract.columns, *extract.constants, extract.across, extract.across_value}
    for column in role.columns:
        if column.required and column.name not in given:
            reading.fault("IM107", where, column=column.name, role=role.name)
    for method in extract.missing.values():
        if method not in _MISSING_METHODS:
            reading.fault(
                "IM104",
                where,
                key="missing",
                value=method,
                expected="one of " + ", ".join(_MISSING_METHODS),
            )
    for word in extract.types.values():
        if word not in MOVEMENT_TYPES:
            reading.fault(
                "IM104",
                where,
                key="types",
                value=word,
                expected="one of " + ", ".join(MOVEMENT_TYPES),
            )
    if bool(extract.file) == bool(extract.url or extract.url_env):
        reading.fault(
            "IM104",
            where,
            key="file",
            value=extract.file,
            expected="either a file or a database url",
        )
    if (extract.url or extract.url_env) and not extract.query:
        reading.fault("IM103", where, key="query")
    return extract
