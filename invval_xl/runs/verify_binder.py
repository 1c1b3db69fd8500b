"""Verify: re-perform a binder from nothing but itself, step by step, and name what does not hold.

Each step is a function of what was read, so that the cell-by-cell comparison runs (and is tested)
without any engine. A step that could not be done says so; it never passes for one that held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from invval_xl.findings import Finding, RefusedError, Severity, stops
from invval_xl.guidance.register import finding
from invval_xl.runs.carried_decisions import Carried
from invval_xl.runs.compare_cells import (
    Difference,
    What,
    compare_sheet,
    renamed,
    same_value,
    spelled,
)
from invval_xl.runs.export_binder import BINDER, FORMAT, MANIFEST, sealed
from invval_xl.runs.foot_papers import foot_sheet, tie_papers
from invval_xl.runs.refresh_reserve import Refreshed, RefreshRequest, refresh_reserve
from invval_xl.tables.grid import RawBook, column_letter
from invval_xl.workpapers.case import PAPERS
from invval_xl.workpapers.content import content_hash
from invval_xl.workpapers.evidence import changed_cells
from invval_xl.workpapers.laid import CellRow, LaidCell
from invval_xl.workpapers.sources_sheet import SOURCES, Sources, lay_sources, read_sources

if TYPE_CHECKING:
    from invval_xl.models.trained import TrainedModel
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.reserving.kept_beside import KeptBeside

__all__ = ["BinderRead", "Result", "Step", "Verified", "verify_binder"]

_LISTED = 200  # findings of one kind; the counts are of all
_CENT = 0.005


class Result(StrEnum):
    """How a step ended."""

    HELD = "held"
    FAILED = "failed"
    CHANGED = "changed"
    NOT_DONE = "not done"


@dataclass(frozen=True)
class Step:
    """One step of the re-performance."""

    name: str
    result: Result
    detail: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Verified:
    """Every step, in order."""

    steps: tuple[Step, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all steps."""
        return tuple(f for step in self.steps for f in step.findings)

    @property
    def held(self) -> bool:
        """Whether every step that was done held."""
        return all(s.result in (Result.HELD, Result.NOT_DONE) for s in self.steps)


@dataclass(frozen=True, eq=False)
class BinderRead:
    """A binder (or a refreshed workbook) as a host read it.

    Parameters
    ----------
    name
        The workbook's file name.
    raw, read_findings
        Its input sheets, and what was found while reading them.
    sheets
        Its worksheets in order.
    rows_of
        Reads a sheet from the top.
    manifest
        Of the export it lies in, ``None`` where there is none.
    files, parts
        Hashes of the export's files (manifest apart) and of the workbook's parts.
    evidence
        Text of an evidence file by its path; ``None`` where it is not there.
    model
        The model that served, if its file is at hand; called with the id the binder names, or
        ``""`` where it names none (a refreshed workbook: the one in service beside it).
    lookback
        The lookback the papers rest on, likewise.
    decisions
        What the export carries of a ledger and of C-7, by its name; ``None``: not at hand.
    beside
        What an import kept out of the workbook, by its name and hash, likewise.
    asked
        As-of date and framework where the caller names them; of a refreshed workbook also what
        the ledger beside it remembers and what stands on its C-7.
    ledger
        Walks the ledger beside the binder: what it found, and a sentence; ``None``: no ledger.
    """

    name: str
    raw: RawBook
    read_findings: tuple[Finding, ...]
    sheets: tuple[str, ...]
    rows_of: Callable[[str], Iterable[CellRow]]
    manifest: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    evidence: Callable[[str], str | None] = lambda _path: None
    model: Callable[[str], TrainedModel | None] = lambda _id: None
    lookback: Callable[[str], Lookback | None] = lambda _id: None
    decisions: Callable[[str], Carried | None] = lambda _id: None
    beside: Callable[[str], KeptBeside | None] = lambda _id: None
    asked: RefreshRequest = field(default_factory=RefreshRequest)
    ledger: Callable[[Mapping[str, Any]], tuple[tuple[Finding, ...], str]] | None = None


Recalculate = Callable[[], tuple[str, Callable[[str], Iterable[CellRow]]] | str]
"""Recalculates the workbook elsewhere: the engine and a reader of what it got, or why not."""


def verify_binder(
    read: BinderRead,
    recalculate: Recalculate,
    progress: Callable[[str, float], None],
) -> Verified:
    """Re-perform a binder.

    Parameters
    ----------
    read
        What the host read.
    recalculate
        Recalculates every formula by an engine that is not ours.
    progress
        Called with the name of each step and the share done before it.
    """
    progress("check hashes", 0.05)
    steps = [check_hashes(read), check_inputs(read)]
    progress("derive the papers", 0.2)
    derived, refreshed = derive(read)
    progress("compare every cell", 0.4)
    differences = compare(read, refreshed) if refreshed is not None else []
    progress("recalculate", 0.6)
    again = recalculated(read, recalculate)
    if refreshed is not None:
        follows = again.result is Result.HELD and any(d.what is What.INPUT for d in differences)
        derived = judge(read, refreshed, differences, follows=follows)
    steps.append(derived)
    progress("foot and tie", 0.9)
    steps += [*foot(read), again, binding(read, refreshed, differences)]
    if read.ledger is not None:
        found, words = read.ledger(read.manifest or {})
        steps.append(Step("Ledger", _result(found), words, found))
    progress("done", 1.0)
    return Verified(tuple(steps))


def _result(found: Sequence[Finding]) -> Result:
    if stops(found):
        return Result.FAILED
    return Result.CHANGED if any(f.severity is Severity.WARN for f in found) else Result.HELD


def check_hashes(read: BinderRead) -> Step:
    """The manifest over itself, every file of the export, every part of the workbook."""
    name = "Hashes"
    if read.manifest is None:
        note = finding("WB822", name=read.name)
        return Step(name, Result.NOT_DONE, "no manifest lies beside it", (note,))
    manifest = read.manifest
    reason = _manifest_fault(manifest)
    if reason:
        return Step(name, Result.FAILED, reason, (finding("WB810", reason=reason),))
    found: list[Finding] = []
    for kind, listed, there in (
        ("file", dict(manifest["files"]), read.files),
        ("part", dict(manifest["parts"]), read.parts),
    ):
        for path in sorted({*listed, *there}):
            if listed.get(path) == there.get(path):
                continue
            how = (
                "is missing" if path not in there
                else "was added" if path not in listed
                else f"has sha256 {there[path][:12]}, the manifest says {listed[path][:12]}"
            )  # fmt: skip
            shown = path if kind == "file" else f"{BINDER}/{path}"
            found.append(finding("WB821", file=shown, how=how))
    files, parts = len(manifest["files"]), len(manifest["parts"])
    words = f"{files} files and {parts} parts of {BINDER} against {MANIFEST}"
    words += f"; {len(found)} differ" if found else "; all agree"
    return Step(name, _result(found), words, tuple(found))


def _manifest_fault(manifest: Mapping[str, Any]) -> str:
    if "unreadable" in manifest:
        return f"it cannot be read ({manifest['unreadable']})"
    if manifest.get("format") != FORMAT:
        return f"its format is {manifest.get('format')!r}, not {FORMAT!r}"
    if sealed(manifest) != manifest.get("manifest_sha256"):
        return "its hash over itself does not hold, so an entry of it was changed"
    if not isinstance(manifest.get("files"), dict) or not isinstance(manifest.get("parts"), dict):
        return "it lists no files"
    return ""


def check_inputs(read: BinderRead) -> Step:
    """Every cell of the copied input sheets, and of Sources, against what was exported."""
    name = "Inputs"
    if read.manifest is None or _manifest_fault(read.manifest):
        return Step(name, Result.NOT_DONE, "there is no manifest to check them against")
    entries = read.manifest["source"]["sheets"]
    known = {SOURCES, *PAPERS, *(entry["sheet"] for entry in entries)}
    found = [
        finding("WB824", sheet=sheet, paper=sheet, how="not one of the binder's")
        for sheet in read.sheets
        if sheet not in known
    ]
    cells = 0
    for entry in entries:
        grid = read.raw.grids.get(entry["sheet"])
        if grid is None or entry["sheet"] not in read.sheets:
            gone = entry["sheet"]
            found.append(finding("WB824", sheet=gone, paper=gone, how="missing"))
            continue
        cells += sum(len(row) for row in grid.top) + grid.rows * len(grid.body)
        changed: dict[str, tuple[str, str]] = {}
        text = read.evidence(entry["csv"])
        if text is not None:  # its absence is a finding of the hashes
            changed |= {c.cell: (c.stands, c.expected) for c in changed_cells(text, grid)}
        if grid.formulas:
            changed |= _formulas(read, grid.sheet)
        found += [_input_changed(grid.sheet, cell, *said) for cell, said in changed.items()]
    found += [_input_changed(SOURCES, cell, *said) for cell, said in _sources_changed(read)]
    words = f"{cells:,} cells of {len(entries)} input sheets, and {SOURCES}, as they were exported"
    words += f"; {len(found)} differ" if found else "; all agree"
    return Step(name, _result(found), words, tuple(found[:_LISTED]))


def _input_changed(sheet: str, cell: str, stands: str, expected: str) -> Finding:
    return finding(
        "WB812", sheet=sheet, cell=cell, place=f"'{sheet}'!{cell}", stands=stands or "blank",
        expected=expected or "blank",
    )  # fmt: skip


def _formulas(read: BinderRead, sheet: str) -> dict[str, tuple[str, str]]:
    """The formulas of a copy: it was exported as values, so it has none."""
    return {
        f"{column_letter(column)}{row}": (spelled(cell), "a value")
        for row, cells in read.rows_of(sheet)
        for column, cell in cells.items()
        if cell.formula
    }


def _sources_changed(read: BinderRead) -> Iterator[tuple[str, tuple[str, str]]]:
    assert read.manifest is not None
    expected = dict(read.manifest["sources"])
    for row, cells in read.rows_of(SOURCES) if SOURCES in read.sheets else ():
        for column, cell in cells.items():
            place = f"{column_letter(column)}{row}"
            said, stands = expected.pop(place, "blank"), spelled(cell)
            if said != stands:
                yield place, (stands, said)
    for place, said in expected.items():
        yield place, ("blank", said)


def derive(read: BinderRead) -> tuple[Step, Refreshed | None]:
    """The papers again, from the binder's own inputs."""
    name = "Papers"
    try:
        raw, findings, run = _original(read)
    except ValueError as error:
        return Step(name, Result.FAILED, str(error), (finding("WB825", reason=str(error)),)), None
    sources = _sources(read)
    said = sources.asked if sources is not None else {}
    model_id, lookback_id = said.get("model", ""), said.get("lookback", "")
    model = read.model(model_id) if model_id or sources is None else None
    lookback = read.lookback(lookback_id) if lookback_id or sources is None else None
    kept_id = said.get("kept beside", "")
    kept = read.beside(kept_id) if kept_id or sources is None else None
    decided_id = said.get("decisions", "")
    decided: Carried | None = Carried(read.asked.memory, read.asked.typed)
    if sources is not None:
        decided = read.decisions(decided_id) if decided_id else Carried()
    for there, what in (
        (model, f"model {model_id}"),
        (lookback, f"lookback {lookback_id}"),
        (kept, f"kept beside {kept_id}"),
        (decided, f"decisions {decided_id}"),
    ):
        if there is None and not what.endswith(" "):
            note = finding("WB820", what=what, name=read.name)
            return Step(name, Result.NOT_DONE, f"{what} is not at hand", (note,)), None
    assert decided is not None
    forged = decided.faults()
    if forged:
        reason = f"{len(forged)} of the ledger's entries it carries are not what their hash says"
        return Step(name, Result.FAILED, reason, forged), None
    request = replace(
        run, model=model, lookback=lookback, memory=decided.memory, typed=decided.typed,
        beside=kept,
    )  # fmt: skip
    try:
        return Step(name, Result.HELD, ""), refresh_reserve(raw, request, read_findings=findings)
    except RefusedError as error:
        reason = f"{len(stops(error.findings))} STOP finding(s)"
        note = finding("WB819", name=read.name, reason=reason)
        return Step(name, Result.FAILED, reason, (note, *error.findings)), None


def _sources(read: BinderRead) -> Sources | None:
    return read_sources(read.rows_of(SOURCES)) if SOURCES in read.sheets else None


def _original(read: BinderRead) -> tuple[RawBook, tuple[Finding, ...], RefreshRequest]:
    """The workbook the papers were made from, what was found in it, what the run was asked."""
    import datetime as dt

    from invval_xl.terms import Framework

    sources = _sources(read)
    if sources is None:
        return read.raw, read.read_findings, read.asked
    as_of, framework = sources.asked.get("as of"), sources.asked.get("framework")
    run = RefreshRequest(
        read.asked.as_of or (dt.date.fromisoformat(as_of) if as_of else None),
        read.asked.framework or (Framework(framework) if framework else None),
    )
    return sources.original(read.raw), sources.findings, run


def compare(read: BinderRead, refreshed: Refreshed) -> list[Difference]:
    """Every cell of every paper beside what the inputs give; of ``Sources`` too."""
    out: list[Difference] = []
    plans = {plan.name: plan for plan in refreshed.plans}
    sources = _sources(read)
    if sources is not None:
        # model, lookback and decisions were taken by these names: each is its file's own hash
        plans[SOURCES] = lay_sources(
            sources.original(read.raw), sources.findings, _asked(sources, refreshed),
            refreshed_names(refreshed),
        )  # fmt: skip
    for name, plan in plans.items():
        there = name in read.sheets
        out += compare_sheet(plan, read.rows_of(name) if there else ())
    # a workbook may be renamed after its refresh; a binder says on Sources what it was called
    return out if sources is not None else [d for d in out if not renamed(d)]


def _asked(sources: Sources, refreshed: Refreshed) -> dict[str, str]:
    """What the run was asked for; the approver is the model's own."""
    said = dict(sources.asked)
    prediction = refreshed.case.prediction
    if prediction is not None and prediction.model.approver:
        said["model approved by"] = prediction.model.approver
    elif prediction is not None:
        said.pop("model approved by", None)
    return said


def refreshed_names(refreshed: Refreshed) -> list[str]:
    """Names of the papers."""
    return [plan.name for plan in refreshed.plans]


def judge(
    read: BinderRead, refreshed: Refreshed, differences: Sequence[Difference], *, follows: bool
) -> Step:
    """What the differences mean.

    Parameters
    ----------
    follows
        A yellow input was changed and every figure is what its formula gives by another engine:
        then changed figures under unchanged formulas follow from it.
    """
    missing = [name for name in refreshed_names(refreshed) if name not in read.sheets]
    found = [finding("WB824", sheet=name, paper=name, how="missing") for name in missing]
    there = [d for d in differences if d.sheet in read.sheets]
    signed = [d for d in there if d.what is What.SIGN_OFF]
    inputs = [d for d in there if d.what is What.INPUT]
    following = [d for d in there if follows and d.what is What.CACHED]
    apart = {id(d) for d in (*signed, *inputs, *following)}
    changed = [d for d in there if id(d) not in apart]
    effect = _closing(read) - refreshed.summary.closing_reserve
    found += _signed_later(read, signed)
    found += [
        finding("WB813", sheet=d.sheet, cell=d.cell, dollars=_known(effect), place=d.address,
                stands=d.stands, expected=d.expected, effect=effect)
        for d in inputs
    ]  # fmt: skip
    found += [
        finding("WB811", sheet=d.sheet, cell=d.cell, place=d.address, stands=d.stands,
                expected=d.expected, what=d.what.value)
        for d in changed[:_LISTED]
    ]  # fmt: skip
    if following:
        found.append(finding("WB826", count=len(following), dollars=_known(effect)))
    cells = sum(
        len(plan.cells) + sum(b.rows * len(b.columns) for b in plan.blocks)
        for plan in refreshed.plans
    )
    words = (
        f"derived again from the inputs in the file (run {refreshed.case.run_id}, closing reserve"
        f" {refreshed.summary.closing_reserve:,.2f}) and compared in {cells:,} cells, value and"
        f" formula; {len(changed) + len(following)} differ"
    )
    words += f"; {len(inputs)} yellow input(s) changed" if inputs else ""
    words += f"; {len(signed)} sign-off cell(s) filled in" if signed else ""
    return Step("Papers", _result(found), words, tuple(found))


def _signed_later(read: BinderRead, signed: Sequence[Difference]) -> list[Finding]:
    """Sign-off cells that are not as they were exported."""
    if read.manifest is None:
        return []
    said = dict(read.manifest.get("sign_offs") or {})
    out = []
    for d in signed:
        at_export = _worded(said.get(d.address))
        if d.stands != at_export:
            out.append(
                finding("WB814", sheet=d.sheet, cell=d.cell, place=d.address, stands=d.stands,
                        expected=at_export)
            )  # fmt: skip
    return out


def _worded(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return spelled(LaidCell(value)) if isinstance(value, str | float | bool) else "blank"


def _known(effect: float) -> float | None:
    return None if math.isnan(effect) else round(effect, 2)


def _closing(read: BinderRead) -> float:
    """The closing reserve as C-1 of the binder shows it; NaN where it is not found."""
    at = 0
    if "C-1 Lead" not in read.sheets:
        return math.nan
    for _, cells in read.rows_of("C-1 Lead"):
        if not at:
            at = next((c for c, cell in cells.items() if cell.value == "Closing Reserve"), 0)
        elif at and 1 in cells and cells[1].value == "Total" and at in cells:
            value = cells[at].value
            return value if isinstance(value, float) else math.nan
    return math.nan


def foot(read: BinderRead) -> list[Step]:
    """Feet and cross-feet of every paper, and the ties between them."""
    feet = across = 0
    found: list[Finding] = []
    papers = [name for name in read.sheets if name in PAPERS]
    for name in papers:
        footed = foot_sheet(name, lambda n=name: read.rows_of(n))  # type: ignore[misc]
        feet, across = feet + footed.feet, across + footed.across
        found += footed.findings
    words = f"{feet:,} column feet and {across:,} cross-feet of {len(papers)} papers added up again"
    steps = [Step("Foots", _result(found), words, tuple(found[:_LISTED]))]
    tied = tie_papers(lambda name: read.rows_of(name) if name in read.sheets else ())
    words = f"{tied.ties} ties between C-1, C-3, C-4, C-5 and the ledger"
    steps.append(Step("Ties", _result(tied.findings), words, tied.findings))
    return steps


def recalculated(read: BinderRead, recalculate: Recalculate) -> Step:
    """Every formula by another engine, beside its cached value, to the cent."""
    name = "Recalculation"
    answer = recalculate()
    if isinstance(answer, str):
        note = finding("WB818", reason=answer)
        return Step(name, Result.NOT_DONE, answer, (note,))
    engine, rows_of = answer
    found: list[Finding] = []
    count = 0
    for sheet in read.sheets:
        theirs = iter(rows_of(sheet))
        held = next(theirs, None)
        for row, cells in read.rows_of(sheet):
            formulas = {c: cell for c, cell in cells.items() if cell.formula}
            if not formulas:
                continue
            while held is not None and held[0] < row:
                held = next(theirs, None)
            there = held[1] if held is not None and held[0] == row else {}
            for column, cell in formulas.items():
                count += 1
                other = there.get(column, LaidCell(""))
                if not _to_the_cent(cell, other):
                    place = f"{column_letter(column)}{row}"
                    found.append(
                        finding("WB817", sheet=sheet, cell=place, place=f"'{sheet}'!{place}",
                                stands=_worded(cell.value), engine=engine,
                                expected=_worded(other.value))
                    )  # fmt: skip
    words = f"{count:,} formulas by {engine}"
    words += f"; {len(found)} differ from the value shown" if found else "; all as shown, to a cent"
    return Step(name, _result(found), words, tuple(found[:_LISTED]))


def _to_the_cent(ours: LaidCell, theirs: LaidCell) -> bool:
    left = ours.value if ours.value is not None else ""
    right = theirs.value if theirs.value is not None else ""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) < _CENT
    return same_value(left, right)


def binding(
    read: BinderRead, refreshed: Refreshed | None, differences: Sequence[Difference]
) -> Step:
    """Whether what is signed is what stands: the content hash a sign-off is bound to."""
    name = "Sign-off binding"
    if refreshed is None:
        return Step(name, Result.NOT_DONE, "the papers were not derived again")
    found = content_hash(refreshed.plans)
    moved = [d for d in differences if d.what is not What.SIGN_OFF and d.sheet != SOURCES]
    manifest = read.manifest if read.manifest and not _manifest_fault(read.manifest) else None
    expected = str(manifest["content_sha256"]) if manifest else found
    if found != expected or moved:
        reason = (
            f"{len(moved):,} cell(s) of the papers are not what the inputs in the file give"
            if moved
            else f"the inputs in the file give the content {found[:16]}"
        )
        note = finding("WB823", reason=reason, expected=expected[:16])
        return Step(name, Result.FAILED, note.message, (note,))
    words = f"content {found[:16]}"
    words += " is what was exported" if manifest else "; no manifest to compare it with"
    return Step(name, Result.HELD, f"{words}; sign-off cells are no part of it")
