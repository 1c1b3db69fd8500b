"""Draft a config by looking into files: roles, columns, date order, decimal mark, and why.

A draft is a proposal: every guess says what it was made from, what it could not tell is marked
``?``, and the config is refused until a person has settled it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from invval_xl.sources.config import Extract
from invval_xl.sources.layout import SEARCHED_ROWS, Sheet, header_texts
from invval_xl.sources.roles import ROLES, names_of
from invval_xl.tables.contracts import ColumnKind
from invval_xl.tables.dates import date_text
from invval_xl.tables.headers import spelling
from invval_xl.tables.number_text import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from invval_xl.sources.raw import Inputs

__all__ = ["propose_config"]

_SAMPLE = 400
_LEAST = 2
_BLANK_ROWS_TO_END = 3
_DELIMITERS = ",;\t|"


@dataclass
class _Seen:
    """One table as found: where, its headers, a sample of each column."""

    path: Path
    headers: list[str]
    sample: list[list[Any]]
    sheet: str = ""
    header_rows: tuple[int, ...] = ()
    delimiter: str = ","
    last_row: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class _Draft:
    role: str
    columns: dict[str, str]
    why: dict[str, str]
    unknown: list[str]
    score: float


def propose_config(paths: Sequence[Path], inputs: Inputs, base: Path) -> str:
    """Draft the TOML for ``paths``; file names in it are relative to ``base`` where they can be.

    Returns
    -------
    str
        A config with comments; ``?`` marks what a person must fill.
    """
    tables = [seen for path in paths for seen in _tables(path, inputs)]
    drafts = [(seen, _draft(seen)) for seen in tables]
    last = max((d for seen, draft in drafts for d in _dates(seen, draft)), default=None)
    lines = [
        "# Drafted by invval import --propose: read every line, it is a proposal.",
        "# Fill what is marked ?, remove extracts that are not meant, then: invval import THIS_FILE",  # noqa: E501
        "",
        "[import]",
        'entity = "?"',
        f"period_end = {last.isoformat()}  # the latest date seen; state the close"
        if last
        else 'period_end = "?"  # no date was seen',
        'framework = "?"  # us-gaap, ifrs or frs-102',
        'currency = "?"  # the entity\'s, three letters',
        'cost_method = "?"  # fifo, lifo, average, specific, standard or retail',
        'book = "consolidated.xlsx"',
        "# gl_inventory = 0.00  # the ledger's inventory at cost: the third leg of the tie-out",
    ]
    if not any("location" in draft.columns for _, draft in drafts):
        lines.append('location = "MAIN"  # no extract names a location: one is assumed')
    lines += ["", "[sku]", *_sku_lines(drafts)]
    names: set[str] = set()
    for seen, draft in drafts:
        lines += ["", *_extract_lines(seen, draft, base, names)]
    return "\n".join(lines) + "\n"


def _tables(path: Path, inputs: Inputs) -> Iterator[_Seen]:
    suffix = path.suffix.casefold()
    if suffix in {".parquet", ".pq"}:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=_SAMPLE), None)
            names = file.schema_arrow.names
            sample = (
                [batch.column(i).to_pylist() for i in range(len(names))]
                if batch is not None
                else [[] for _ in names]
            )
            yield _Seen(path, names, sample)
    elif suffix in {".xlsx", ".xlsm"}:
        for name in inputs.sheets(path):
            grid, _ = inputs.sheet(path, name)
            seen = _in_sheet(path, Sheet.of(grid)) if grid.rows else None
            if seen is not None:
                yield seen
    else:
        yield _in_text(path)


def _in_text(path: Path) -> _Seen:
    import csv

    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        first = [line for _, line in zip(range(SEARCHED_ROWS), stream, strict=False)]
    delimiter = max(
        _DELIMITERS,
        key=lambda d: sorted(line.count(d) for line in first)[len(first) // 2] if first else 0,
    )
    rows = list(csv.reader(first, delimiter=delimiter))
    at = max(range(len(rows)), key=lambda r: (_answers(rows[r]), -r), default=0)
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        body = list(islice(csv.reader(stream, delimiter=delimiter), at + 1, at + 1 + _SAMPLE))
    headers = [h.strip() for h in rows[at]] if rows else []
    sample = [
        [row[i] if i < len(row) and row[i] else None for row in body] for i in range(len(headers))
    ]
    seen = _Seen(path, headers, sample, delimiter=delimiter)
    if at:
        seen.header_rows = (at + 1,)
        seen.notes.append(f"{at} line(s) above the header are a title and are skipped")
    return seen


def _answers(row: Sequence[Any]) -> int:
    """How many cells of a row are header words of any one role."""
    words = {spelling(v) for v in row if isinstance(v, str)} - {""}
    return max(len(words & set(names_of(role))) for role in ROLES)


def _in_sheet(path: Path, sheet: Sheet) -> _Seen | None:
    best: tuple[int, tuple[int, ...]] = (0, ())
    for r in range(1, min(sheet.rows, SEARCHED_ROWS) + 1):
        single = _answers(sheet.row(r))
        if single > best[0]:
            best = (single, (r,))
        joined = [
            f"{up} {low}" if up and up != low else low
            for up, low in header_texts(sheet, (r, r + 1))
        ]
        below = _answers(sheet.row(r + 1))
        if r < sheet.rows and _answers(joined) > max(best[0], single, below) + 1:
            best = (_answers(joined), (r, r + 1))
    if best[0] < _LEAST:
        return None
    rows = best[1]
    heads = header_texts(sheet, rows)
    headers = [f"{up} / {low}" if up and low and up != low else low or up for up, low in heads]
    begin = rows[-1]
    sample = [column[begin : begin + _SAMPLE] for column in sheet.columns]
    seen = _Seen(path, headers, sample, sheet=sheet.name, header_rows=rows)
    if rows[0] > 1:
        seen.notes.append(f"{rows[0] - 1} row(s) above the header are a title and are skipped")
    if len(rows) > 1:
        seen.notes.append("two header rows: columns are named 'upper / lower'")
    dated = [h for h in headers if h and date_text(h) is not None]
    if len(dated) > _LEAST:
        seen.notes.append(
            f'{len(dated)} headers are dates: months stand side by side; set across = "date" and across_value'  # noqa: E501
        )
    return seen


def _draft(seen: _Seen) -> _Draft:
    """The role whose words explain most of the headers; its required facts weigh double."""
    drafts = [_as_role(seen, role) for role in ROLES]
    return max(drafts, key=lambda d: d.score)


def _as_role(seen: _Seen, role: str) -> _Draft:
    known = names_of(role)
    columns: dict[str, str] = {}
    why: dict[str, str] = {}
    unknown: list[str] = []
    for header, sample in zip(seen.headers, seen.sample, strict=True):
        lower = header.rpartition(" / ")[2]
        facts = known.get(spelling(header)) or known.get(spelling(lower)) or ()
        fact = next((f for f in facts if f not in columns and _fits(role, f, sample)), None)
        if fact is None:
            if header:
                unknown.append(header)
            continue
        columns[fact] = header
        own = spelling(header) in {spelling(fact), spelling(ROLES[role].column(fact).header)}
        why[fact] = "its own name" if own else f"'{lower}' is a word for it"
    name = f"{seen.path.stem} {seen.sheet}".casefold()
    hint = any(word in name for word in ROLES[role].words)
    needed = [c.name for c in ROLES[role].columns if c.required]
    met = sum(n in columns for n in needed)
    score = (
        len(columns)
        + met
        + 1.5 * hint
        - 2.5 * (len(needed) - met)
        - 0.01 * len(ROLES[role].columns)
    )
    return _Draft(role, columns, why, unknown, score)


def _fits(role: str, fact: str, sample: list[Any]) -> bool:
    """Whether what stands in a column can be the fact at all."""
    kind = ROLES[role].column(fact).kind
    held = [v for v in sample if v is not None][:50]
    if not held or kind in {ColumnKind.KEY, ColumnKind.TEXT}:
        return True
    if kind is ColumnKind.DATE:
        good = [
            isinstance(v, (dt.date, dt.datetime)) or date_text(str(v)) is not None for v in held
        ]
    elif kind in {ColumnKind.FLAG, ColumnKind.CHOICE}:
        return True
    else:
        good = [
            isinstance(v, (int, float)) or hasattr(v, "as_tuple") or number_text(str(v)) is not None
            for v in held
        ]
    return sum(good) >= 0.6 * len(held)


def _column(seen: _Seen, header: str) -> list[Any]:
    return seen.sample[seen.headers.index(header)]


def _dates(seen: _Seen, draft: _Draft) -> Iterator[dt.date]:
    for fact in ("date", "period_end"):
        if fact not in draft.columns:
            continue
        for value in _column(seen, draft.columns[fact]):
            if isinstance(value, dt.datetime):
                yield value.date()
            elif isinstance(value, dt.date):
                yield value
            elif value is not None and (read := date_text(str(value))) and (day := read.value("d")):
                yield day


def _sku_lines(drafts: list[tuple[_Seen, _Draft]]) -> list[str]:
    """Case and leading zeros, from what the identifiers look like."""
    texts = [
        str(v)
        for seen, d in drafts
        if "sku" in d.columns
        for v in _column(seen, d.columns["sku"])
        if v is not None
    ]
    widths = {len(t) for t in texts if t.isdigit() and t.startswith("0")}
    lines = ['case = "upper"  # identifiers that differ by case only are one item']
    if len(widths) == 1:
        width = next(iter(widths))
        lines.append(
            f"leading_zeros = {width}  # identifiers with leading zeros have {width} digits"
        )
    else:
        lines.append(
            'leading_zeros = "keep"  # no one width of identifiers with leading zeros was seen'
        )
    return lines


def _extract_lines(seen: _Seen, draft: _Draft, base: Path, names: set[str]) -> list[str]:
    name = "".join(c if c.isalnum() else "_" for c in f"{seen.path.stem}_{seen.sheet}".strip("_"))[
        :40
    ]
    while name in names:
        name += "_2"
    names.add(name)
    defaults = Extract(name, draft.role)
    lines = ["[[extract]]", f'name = "{name}"']
    met = ", ".join(draft.columns) or "nothing"
    lines.append(f'role = "{draft.role}"  # its headers name {met}')
    lines.append(f'file = "{_relative(seen.path, base)}"')
    if seen.sheet:
        lines.append(f'sheet = "{_escaped(seen.sheet)}"')
    if seen.delimiter != defaults.delimiter:
        lines.append(f'delimiter = "{_escaped(seen.delimiter)}"')
    if seen.header_rows and seen.header_rows != (1,):
        lines.append(f"header_rows = {list(seen.header_rows)}")
    lines += [f"# {note}" for note in seen.notes]
    lines.append("[extract.columns]")
    for column in ROLES[draft.role].columns:
        if column.name in draft.columns:
            header = draft.columns[column.name]
            lines.append(f'{column.name} = "{_escaped(header)}"  # {draft.why[column.name]}')
        elif column.required:
            lines.append(f'{column.name} = "?"  # needed; no header says it')
    if draft.unknown:
        lines.append("# not used: " + "; ".join(h.replace("\n", " ") for h in draft.unknown[:20]))
    return [*_reading_lines(seen, draft, lines)]


def _reading_lines(seen: _Seen, draft: _Draft, lines: list[str]) -> list[str]:
    """Date order and decimal mark, from the texts themselves; settings stand before the columns."""
    at = lines.index("[extract.columns]")
    settings: list[str] = []
    for fact, header in draft.columns.items():
        kind = ROLES[draft.role].column(fact).kind
        texts = [v for v in _column(seen, header) if isinstance(v, str)]
        if kind is ColumnKind.DATE:
            read = [r for t in texts if (r := date_text(t)) is not None]
            proof = {r.evidence for r in read} - {""}
            if any(r.ambiguous for r in read):
                order = (
                    {"d": "day-first", "m": "month-first"}.get(next(iter(proof)), "?")
                    if len(proof) == 1
                    else "?"
                )
                shown = next(t for t in texts if (r := date_text(t)) is not None and r.ambiguous)
                reason = (
                    "other dates of the column prove it"
                    if order != "?"
                    else f"'{shown}' can be read both ways and nothing proves which"
                )
                settings.append(f'date_order = "{order}"  # {reason}')
        elif kind not in {ColumnKind.KEY, ColumnKind.TEXT, ColumnKind.FLAG, ColumnKind.CHOICE}:
            marks = {n.evidence for t in texts if (n := number_text(t)) is not None} - {""}
            if marks == {","} and not any(s.startswith("decimal") for s in settings):
                settings.append(f'decimal = ","  # {header} is written that way')
    if draft.role == "sales":
        settings.append("moves_stock = false  # true where no movements extract holds the sales")
    return [*lines[:at], *dict.fromkeys(settings), *lines[at:]]


def _relative(path: Path, base: Path) -> str:
    try:
        shown = path.resolve().relative_to(base.resolve())
    except ValueError:
        shown = path.resolve()
    return _escaped(shown.as_posix())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\t", "\\t")
