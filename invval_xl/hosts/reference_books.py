"""The function reference and the self-test: two workbooks printed from the registry.

They stand in the hosts' room because functions and papers never meet below it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from invval_xl.functions.document import COMMON_ERRORS, READING_RULES
from invval_xl.functions.registry import Argument, Example, WorksheetFunction, functions
from invval_xl.guidance.register import register
from invval_xl.hosts.file.write import author
from invval_xl.workpapers.sheet_plan import PlanCell, SheetPlan
from invval_xl.workpapers.styles import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "author_reference",
    "author_selftest",
    "reference_plans",
    "selftest_plans",
]

# The only time in these workbooks: the same registry gives the same bytes.
_CREATED = dt.datetime(2026, 11, 2, 8, 0)  # noqa: DTZ001 - a workbook's time has no zone


def _table(
    top: int, headers: Sequence[str], rows: Iterable[Sequence[object]]
) -> tuple[PlanCell, ...]:
    cells = [PlanCell(top, i + 1, text, "header_left") for i, text in enumerate(headers)]
    for at, row in enumerate(rows, start=top + 1):
        for i, value in enumerate(row):
            shown = value if isinstance(value, (float, bool)) else str(value)
            cells.append(PlanCell(at, i + 1, shown, "wrap"))
    return tuple(cells)


def _sheet(
    name: str,
    title: str,
    subtitle: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    widths: Sequence[float],
) -> SheetPlan:
    last = 4 + len(rows)
    letter = chr(64 + len(headers))
    return SheetPlan(
        name,
        cells=(
            PlanCell(1, 1, title, "title"),
            PlanCell(2, 1, subtitle, "subtitle"),
            *_table(4, headers, rows),
        ),
        styles=STYLES,
        widths=dict(enumerate(widths, start=1)),
        freeze=(4, 1),
        filter_ref=f"A4:{letter}{last}",
        repeat_rows=(4, 4),
        print_area=f"A1:{letter}{last}",
        footer="&L&A&RPage &P of &N",
        owned=False,
    )


def _result(example: Example) -> float | str:
    """The result as one cell shows it; a spilled one as Excel spells an array."""
    if not isinstance(example.result, tuple):
        return example.result
    rows = (",".join(_spelled(cell) for cell in row) for row in example.result)
    return "{" + ";".join(rows) + "}"


def _spelled(cell: float | str) -> str:
    return f'"{cell}"' if isinstance(cell, str) else f"{cell:.10g}"


def _default(argument: Argument) -> str:
    if not argument.optional:
        return "required"
    if argument.default is None:
        return "none"
    return f"{argument.default:g}" if isinstance(argument.default, float) else argument.default


def _function_rows(function: WorksheetFunction) -> list[Sequence[object]]:
    errors = "; ".join(f"{error} {why}" for error, why in function.errors.items())
    first = function.examples[0]
    return [
        (
            function.name,
            function.syntax,
            function.description,
            function.returns,
            first.formula,
            _result(first),
            errors,
            "; ".join(function.citations),
        )
    ]


def reference_plans() -> tuple[SheetPlan, ...]:
    """The sheets of ``function_reference.xlsx``."""
    known = tuple(functions().values())
    return (
        _sheet(
            "Functions",
            "Worksheet functions",
            "Generated from the registry. Common errors and rules of reading on the next sheets.",
            ("Function", "Syntax", "What it answers", "Returns", "Example", "Result",
             "Its own errors", "Citation"),
            [row for function in known for row in _function_rows(function)],
            (24, 46, 52, 26, 46, 16, 42, 34),
        ),
        _sheet(
            "Arguments",
            "Arguments",
            "In the order they are typed.",
            ("Function", "Argument", "Required or default", "Unit", "Accepted", "Help"),
            [
                (f.name, a.name, _default(a), a.unit or a.kind.value, a.domain or "any", a.help)
                for f in known
                for a in f.arguments
            ],
            (24, 22, 18, 22, 40, 80),
        ),
        _sheet(
            "Examples",
            "Examples",
            "Each is asked in the tests and stands in selftest.xlsx.",
            ("Function", "Formula", "Result", "Note"),
            [(f.name, e.formula, _result(e), e.note) for f in known for e in f.examples],
            (24, 70, 24, 40),
        ),
        _sheet(
            "Errors",
            "Errors and rules of reading",
            "Real Excel error values, never text.",
            ("Error", "What it means", "What to do"),
            [*COMMON_ERRORS, *(("rule", rule, "") for rule in READING_RULES)],
            (14, 80, 60),
        ),
        _sheet(
            "Findings",
            "Findings register",
            "What a run may find in a workbook, by its stable code. Braces stand for the facts of "
            "the case.",
            ("Code", "Severity", "Family", "Title", "Message", "What to do", "Paragraph"),
            [
                (r.code, r.severity.value, r.family, r.title, r.message, r.remedy, r.paragraph)
                for r in register().values()
            ],
            (10, 10, 18, 34, 70, 60, 30),
        ),
    )  # fmt: skip


# ERROR.TYPE of each error value an example may answer with.
_ERROR_TYPE = {"#DIV/0!": 2, "#VALUE!": 3, "#NUM!": 6, "#N/A": 7}


def _checks() -> list[tuple[str, str, float | str, str, bool]]:
    """Name, formula, expected value, note of each check, and whether it hangs on the model."""
    checks: list[tuple[str, str, float | str, str, bool]] = []
    for function in functions().values():
        for number, example in enumerate(function.examples, start=1):
            name = f"chk_{function.name}_{number}"
            if not isinstance(example.result, tuple):
                checks.append(
                    (name, example.formula, example.result, example.note, function.by_model)
                )
                continue
            body = example.formula.removeprefix("=")
            for i, row in enumerate(example.result, start=1):
                for j, cell in enumerate(row, start=1):
                    place = f"{name}_{i}_{j}"
                    note = f"row {i}, column {j} of {example.formula}"
                    checks.append((place, f"=INDEX({body},{i},{j})", cell, note, function.by_model))
    return checks


def _check_formula(row: int, expected: float | str, *, by_model: bool) -> str:
    if isinstance(expected, str) and expected in _ERROR_TYPE:
        return f"=IFERROR(ERROR.TYPE(C{row})={_ERROR_TYPE[expected]},FALSE)"
    same = (
        f"EXACT(C{row},D{row})"
        if isinstance(expected, str)
        else f"ABS(C{row}-D{row})<=0.000000001*MAX(1,ABS(D{row}))"
    )
    if by_model:  # an entity's own model answers other figures: then only that it answers
        kind = "ISTEXT" if isinstance(expected, str) else "ISNUMBER"
        same = f'IF(LEFT(INV_MODEL("id"),8)="shipped-",{same},{kind}(C{row}))'
    return f"=IFERROR({same},FALSE)"


def selftest_plans() -> tuple[SheetPlan, ...]:
    """The one sheet of ``selftest.xlsx``: a named check a line, ``chk_all`` over them."""
    checks = _checks()
    top, sheet = 7, "Self-test"
    last = top + len(checks) - 1
    cells: list[PlanCell] = [
        PlanCell(1, 1, "Self-test of the INV_ functions", "title"),
        PlanCell(2, 1, "Open once after installing: every check must read TRUE.", "subtitle"),
        PlanCell(4, 1, "All checks", "label"),
        PlanCell(4, 2, True, "value", formula=f"=AND(E{top}:E{last})"),
        *(
            PlanCell(top - 1, i + 1, text, "header_left")
            for i, text in enumerate(("Check", "Formula", "Result", "Expected", "Right?", "Note"))
        ),
    ]
    names = {"chk_all": f"'{sheet}'!$B$4"}
    for row, (name, formula, expected, note, by_model) in enumerate(checks, start=top):
        shown = formula
        cells += [
            PlanCell(row, 1, name, "text"),
            PlanCell(row, 2, shown, "wrap"),
            PlanCell(row, 3, expected, "text", formula=formula),
            PlanCell(row, 4, expected, "text"),
            PlanCell(
                row,
                5,
                True,
                "value",
                formula=_check_formula(row, expected, by_model=by_model),
            ),
            PlanCell(row, 6, note, "quiet_wrap"),
        ]
        names[name] = f"'{sheet}'!$E${row}"
    return (
        SheetPlan(
            sheet,
            cells=tuple(cells),
            styles=STYLES,
            widths={1: 34, 2: 70, 3: 16, 4: 16, 5: 10, 6: 50},
            freeze=(top - 1, 1),
            repeat_rows=(top - 1, top - 1),
            print_area=f"A1:F{last}",
            names=names,
            owned=False,
        ),
    )


def author_reference(out: Path) -> None:
    """Write ``function_reference.xlsx``; the same registry gives the same bytes."""
    author(reference_plans(), out, created=_CREATED)


def author_selftest(out: Path) -> None:
    """Write ``selftest.xlsx``; the same registry gives the same bytes."""
    author(selftest_plans(), out, created=_CREATED)
