"""Export: from a workbook to an auditor's binder that needs nothing of ours to be read.

The papers are always made again from the inputs, in memory. Where the workbook's own papers say
something else, the export is refused: nobody should sign one thing and file another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.runs.carried_decisions import DECISIONS, carried, packed
from invval_xl.runs.compare_cells import Difference, What, compare_sheet, renamed, spelled
from invval_xl.runs.import_sheets import REST
from invval_xl.runs.refresh_reserve import (
    Refreshed,
    RefreshRequest,
    of_the_workbook,
    refresh_reserve,
)
from invval_xl.tables.grid import RawBook, column_letter
from invval_xl.workpapers.content import content_hash, is_sign_off
from invval_xl.workpapers.evidence import extracts, sheet_csv
from invval_xl.workpapers.input_copies import copy_plan
from invval_xl.workpapers.laid import CellRow, Value, laid_rows
from invval_xl.workpapers.sources_sheet import lay_sources

if TYPE_CHECKING:
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.workpapers.sheet_plan import PlanColumn, SheetPlan

__all__ = [
    "BINDER",
    "FORMAT",
    "KEPT_FOLDER",
    "MANIFEST",
    "OPEN_KEY",
    "ExportRequest",
    "Exported",
    "asked",
    "export_binder",
    "lookback_id",
    "sealed",
]

FORMAT = "invval-binder-1"
OPEN_KEY = b"invval-binder-1:"
"""What a lookback in an export is sealed with: known to all, as its reader has none of ours."""

BINDER, MANIFEST, KEPT_FOLDER = "binder.xlsx", "manifest.json", "rest"

# What these say depends on the file as a host finds it (program, links, hidden rows), not on the
# figures: a workbook saved by Excel after its refresh is not stale for that.
_ABOUT_THE_FILE = frozenset({"C-0 Index", "C-12 Findings"})

Standing = Mapping[str, Callable[[], Iterable[CellRow]]]
"""The papers as the workbook holds them, by name: a reader of each one's rows."""


@dataclass(frozen=True)
class ExportRequest:
    """What the caller brings beyond the workbook.

    Parameters
    ----------
    run
        As-of date, framework and model, as for a refresh.
    packages
        Versions of what computed and wrote it, by distribution.
    ledger
        Head, count and the like of the ledger beside the workbook, as its keeper states them.
    refresh
        Take the papers as they are made anew where the workbook's own differ.
    """

    run: RefreshRequest
    packages: Mapping[str, str]
    ledger: Mapping[str, object] | None = None
    refresh: bool = False


@dataclass(frozen=True, eq=False)
class Exported:
    """A binder ready to be written: sheets, evidence by path, and the manifest but for hashes.

    ``papers`` are the sheets people read and print, ``plans`` all of the workbook.
    """

    plans: tuple[SheetPlan, ...]
    papers: tuple[SheetPlan, ...]
    evidence: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    findings: tuple[Finding, ...]
    refreshed: Refreshed


def export_binder(
    raw: RawBook,
    request: ExportRequest,
    standing: Standing,
    progress: Callable[[str, float], None],
    read_findings: tuple[Finding, ...] = (),
) -> Exported:
    """Describe the binder of a workbook; nothing is written here.

    Raises
    ------
    RefusedError
        Where a STOP finding stands, or the workbook's papers are stale (WB801).
    """
    refreshed = refresh_reserve(raw, request.run, progress, read_findings)
    names = [plan.name for plan in refreshed.plans]
    found = _stale(refreshed, standing, raw.facts.name, refresh=request.refresh)
    kept = standing if not any(f.code == "WB803" for f in found) else {}
    papers = tuple(
        replace(_signed(plan, kept), protect=True, owned=True) for plan in refreshed.plans
    )
    inputs = [g for g in raw.grids.values() if g.sheet not in names and (g.top or g.body)]
    decisions = carried(request.run.memory, request.run.typed, refreshed.case.control)
    said = asked(request.run, decisions.name)
    sources = lay_sources(raw, of_the_workbook(read_findings), said, names)
    copies = tuple(copy_plan(grid) for grid in inputs)
    evidence, listed = _evidence(refreshed, raw, [grid.sheet for grid in inputs])
    if decisions.name:
        evidence[DECISIONS] = packed(decisions)
    model = None
    if request.run.model is not None:
        from invval_xl.models.packing import pack

        packed_model = pack(request.run.model)
        path = f"model/{request.run.model.model_id}.npz"
        evidence[path] = packed_model
        model = {
            "id": request.run.model.model_id,
            "file": path,
            "sha256": hashlib.sha256(packed_model).hexdigest(),
            "approver": request.run.model.approver,
            "packages": dict(request.run.model.packages),
        }
    if request.run.lookback is not None:
        evidence |= looked_back(request.run.lookback)
    if request.run.beside is not None:
        beside = request.run.beside.files
        evidence |= {f"{KEPT_FOLDER}/{REST[name]}": data for name, data in beside.items()}
    manifest = {
        "format": FORMAT,
        **_run_facts(refreshed),
        "content_sha256": content_hash(refreshed.plans),
        "asked": said,
        "policy": _policy(refreshed),
        "model": model,
        "packages": dict(sorted(request.packages.items())),
        "source": _source(refreshed, raw, [grid.sheet for grid in inputs]),
        "evidence": listed,
        "sources": {
            f"{column_letter(column)}{row}": spelled(cell)
            for row, cells in laid_rows(sources)
            for column, cell in cells.items()
        },
        "sign_offs": _sign_offs(papers),
        "ledger": dict(request.ledger) if request.ledger else None,
        "decisions": {"file": DECISIONS, "typed": len(decisions.typed), "entries": decisions.hashes}
        if decisions.name
        else None,
    }
    return Exported(
        (*papers, sources, *copies),
        papers,
        evidence,
        manifest,
        (*refreshed.findings, *found),
        refreshed,
    )


def sealed(manifest: Mapping[str, Any]) -> str:
    """The manifest's hash over itself: all of it but the hash, in one spelling.

    Examples
    --------
    >>> sealed({"a": 1, "manifest_sha256": "x"}) == sealed({"a": 1})
    True
    """
    body = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    spelled = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def asked(run: RefreshRequest, decisions: str = "") -> dict[str, str]:
    """What a run was asked for beyond the workbook, in words; ``decisions`` names those carried."""
    said = {
        "as of": run.as_of.isoformat() if run.as_of else "",
        "framework": run.framework.value if run.framework else "",
        "model": run.model.model_id if run.model else "",
        "model approved by": run.model.approver if run.model else "",
        "lookback": lookback_id(looked_back(run.lookback)) if run.lookback else "",
        "kept beside": run.beside.sha256[:12] if run.beside else "",
        "decisions": decisions,
    }
    return {name: value for name, value in said.items() if value}


def looked_back(lookback: Lookback) -> dict[str, bytes]:
    """A lookback as files of an export; the manifest's hashes vouch for them, no secret does."""
    from invval_xl.monitoring.store import packed

    return {f"lookback/{name}": data for name, data in packed(lookback, OPEN_KEY).items()}


def lookback_id(files: Mapping[str, bytes]) -> str:
    """Twelve digits of the hash over a lookback's files."""
    return hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()[:12]


def _run_facts(refreshed: Refreshed) -> dict[str, object]:
    case, summary = refreshed.case, refreshed.summary
    return {
        "product": case.product,
        "run_id": case.run_id,
        "inputs_sha256": case.inputs_hash,
        "entity": summary.entity,
        "as_of": summary.as_of,
        "framework": case.control.framework.value,
        "currency": summary.currency,
        "basis": summary.basis,
        "closing_reserve": summary.closing_reserve,
        "write_down": summary.write_down,
        "cost": summary.cost,
    }


def _policy(refreshed: Refreshed) -> list[dict[str, object]]:
    """Every statement of policy in force, each with who stated it and where."""
    return [
        {
            **{k: v for k, v in asdict(stated).items() if k not in ("scope", "scope_key")},
            "applies_to": stated.applies_to,
            "value": stated.value if isinstance(stated.value, str | int | float)
            else json.loads(json.dumps(stated.value, default=str)),
            "effective_from": stated.effective_from and stated.effective_from.isoformat(),
        }
        for stated in refreshed.case.proposal.policy.stated
    ]  # fmt: skip


def _source(refreshed: Refreshed, raw: RawBook, inputs: Sequence[str]) -> dict[str, object]:
    tables = {t.sheet: t for t in refreshed.case.tables.by_name.values()}
    return {
        "name": raw.facts.name,
        "sha256": raw.facts.sha256,
        "size": raw.facts.size,
        "sheets": [
            {
                "sheet": name,
                "contract": tables[name].contract if name in tables else "Control",
                "rows": len(tables[name]) if name in tables else None,
                "content_sha256": tables[name].sha256 if name in tables else None,
                "part_sha256": raw.grids[name].sha256,
                "csv": _csv_path(name),
            }
            for name in inputs
        ],
    }


def _csv_path(sheet: str) -> str:
    return f"evidence/inputs/{_filed(sheet)}.csv"


def _filed(name: str) -> str:
    """A sheet's name as every file system takes it."""
    return "".join(c if c.isalnum() or c in " -_." else "_" for c in name).strip(" .") or "_"


def _evidence(
    refreshed: Refreshed, raw: RawBook, inputs: Sequence[str]
) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """The input sheets whole, and the rows each paper draws on."""
    files = {_csv_path(name): _encoded(sheet_csv(raw.grids[name])) for name in inputs}
    listed: list[dict[str, object]] = []
    for extract in extracts(refreshed.case):
        path = f"evidence/{extract.paper} {extract.contract}.csv"
        files[path] = _encoded(sheet_csv(raw.grids[extract.sheet], extract.rows))
        listed.append({
            "file": path, "paper": extract.paper, "sheet": extract.sheet,
            "rows": len(extract.rows), "which": extract.words,
        })  # fmt: skip
    return files, listed


def _encoded(text: str) -> bytes:
    return text.encode("utf-8-sig", "replace")  # the mark tells Excel it is UTF-8


def _stale(refreshed: Refreshed, standing: Standing, name: str, *, refresh: bool) -> list[Finding]:
    """Whether the papers of the workbook are those its inputs give.

    Raises
    ------
    RefusedError
        WB801, one a paper that differs, unless the caller asked to refresh.
    """
    if not standing:
        return [finding("WB802", name=name)]
    by_paper: list[tuple[str, list[Difference]]] = []
    for plan in refreshed.plans:
        if plan.name in _ABOUT_THE_FILE:
            continue
        rows = standing.get(plan.name)
        differing = [
            d
            for d in compare_sheet(plan, rows() if rows is not None else ())
            if d.what is not What.SIGN_OFF and not renamed(d)
        ]
        if differing:
            by_paper.append((plan.name, differing))
    if not by_paper:
        return []
    if refresh:
        count = sum(len(differing) for _, differing in by_paper)
        return [finding("WB803", name=name, count=count)]
    raise RefusedError(
        [
            *refreshed.findings,
            *(
                finding(
                    "WB801", sheet=paper, cell=differing[0].cell, count=len(differing),
                    paper=paper, place=differing[0].address, stands=differing[0].stands,
                    expected=differing[0].expected,
                )
                for paper, differing in by_paper
            ),
        ]
    )  # fmt: skip


def _signed(plan: SheetPlan, standing: Standing) -> SheetPlan:
    """``plan`` with the sign-off cells as the workbook's own paper has them."""
    rows = standing.get(plan.name)
    if rows is None:
        return plan
    places = {
        (row, column)
        for row, cells in laid_rows(plan, blanks=True)
        for column, cell in cells.items()
        if is_sign_off(cell.style)
    }
    held: dict[tuple[int, int], Value] = {
        (row, column): cells[column].value
        for row, cells in rows()
        for column in cells
        if (row, column) in places and not cells[column].formula
    }
    cells = tuple(
        replace(c, value=held.get((c.row, c.column))) if is_sign_off(c.style) else c
        for c in plan.cells
    )
    blocks = tuple(
        replace(
            block,
            columns=tuple(
                _signed_column(column, block.top, block.left + offset, held, places)
                for offset, column in enumerate(block.columns)
            ),
        )
        for block in plan.blocks
    )
    return replace(plan, cells=cells, blocks=blocks)


def _signed_column(
    column: PlanColumn,
    top: int,
    at: int,
    held: Mapping[tuple[int, int], Value],
    places: set[tuple[int, int]],
) -> PlanColumn:
    mine = [i for i in range(len(column.values)) if (top + i, at) in places]
    if not mine:
        return column
    values = column.values.astype(object)
    for i in mine:
        values[i] = held.get((top + i, at))
    return replace(column, values=np.array(values, dtype=object))


def _sign_offs(papers: Sequence[SheetPlan]) -> dict[str, Value]:
    """Every sign-off cell that holds something, by its address."""
    return {
        f"'{plan.name}'!{column_letter(column)}{row}": cell.value
        for plan in papers
        for row, cells in laid_rows(plan)
        for column, cell in cells.items()
        if is_sign_off(cell.style) and cell.value is not None
    }
