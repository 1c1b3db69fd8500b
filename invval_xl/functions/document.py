"""The README's part on worksheet functions, printed from the registry."""

from __future__ import annotations

from invval_xl.functions.registry import Example, WorksheetFunction, functions

__all__ = ["COMMON_ERRORS", "READING_RULES", "functions_markdown"]

COMMON_ERRORS: tuple[tuple[str, str, str], ...] = (
    ("#VALUE!", "Text or TRUE/FALSE where a number belongs, a word that is none of the accepted "
     "ones, or ranges of unequal shape.", "Mend the cell; give ranges of one shape."),
    ("#N/A", "A required cell is blank. Unknown is not zero.", "Fill the cell, with 0 where it "
     "is zero."),
    ("#DIV/0!", "Division by zero units, or by nothing sold, held or retailed.", "No average "
     "exists over nothing: leave the error or test for it with IFERROR."),
    ("#NUM!", "An impossible value or pair: a negative unit cost, a rate above 1, LIFO under "
     "IFRS, LCM for FIFO under US GAAP, a number too large.", "Correct the value; Last error "
     "names the argument and the paragraph."),
    ("any other", "An error in a cell passes through as itself.", "Mend the cell it comes from."),
    ("#NAME?", "The add-in is not loaded.", "Run: invval addin doctor."),
)  # fmt: skip

READING_RULES: tuple[str, ...] = (
    "Every argument takes a cell or a range. A single cell stands for every row; ranges must have "
    "one shape (a row beside a column is #VALUE!). The result spills in that shape.",
    "In a range, one bad row spoils only its own result. Of several troubles in one row an error "
    "cell decides first, then text, then a blank, then an impossible value.",
    "A left-out or blank optional argument takes the default in its help; a formula's empty text "
    "counts as blank.",
    "A date is its serial number, as in Excel itself. TRUE and FALSE are not numbers here.",
    "A whole column (A:A) is read to the last used row of its sheet.",
    "Arguments marked 'read whole' (layers, tables) do not spill.",
    "The ribbon's Last error shows the sentence behind the last error value.",
)

_INSTALL = """\
## In Excel

Two steps, with Excel closed:

```
pip install invval-xl
invval addin install
```

The second builds `invval.xlam` on your own PC and puts it into Excel's start folder: nothing asks
for "trust access to the VBA project", and no administrator is needed. Start Excel; the tab
*Inventory Valuation* is there. Open `selftest.xlsx` in `%USERPROFILE%\\.invval` once: every check
must read TRUE. If anything is off, `invval addin doctor` names the fault and the mend, and
`invval addin uninstall` removes every trace. On Linux and macOS the add-in cannot run; there
`invval refresh BOOK` does the same work on the file.

| button | does |
|---|---|
{buttons}

## Worksheet functions

Type them like any function. How they read their cells:

{rules}

### What each error means

| error | means | do |
|---|---|---|
{errors}

### Every function

Optional arguments are in brackets; the whole reference, argument by argument, is
`workbooks/function_reference.xlsx`.

| function | answers | example | result |
|---|---|---|---|
{functions}
"""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _result(example: Example) -> str:
    if not isinstance(example.result, tuple):
        return example.result if isinstance(example.result, str) else f"{example.result:.10g}"
    rows = (
        ",".join(c if isinstance(c, str) else f"{c:.10g}" for c in row) for row in example.result
    )
    return "spills {" + ";".join(rows) + "}"


def _line(function: WorksheetFunction) -> str:
    example = function.examples[0]
    cells = (
        f"`{function.syntax}`",
        function.description,
        f"`{example.formula}`",
        f"`{_result(example)}`",
    )
    return "| " + " | ".join(map(_escaped, cells)) + " |"


def functions_markdown(buttons: tuple[tuple[str, str], ...]) -> str:
    """Markdown: installation, buttons (label and tip), rules, errors, every function.

    Parameters
    ----------
    buttons
        Label and tip of each ribbon button, from the host that has a ribbon.
    """
    return _INSTALL.format(
        buttons="\n".join(f"| {label} | {tip} |" for label, tip in buttons),
        rules="\n".join(f"- {rule}" for rule in READING_RULES),
        errors="\n".join(
            f"| `{error}` | {means} | {what} |"
            if error.startswith("#")
            else f"| {error} | {means} | {what} |"
            for error, means, what in COMMON_ERRORS
        ),
        functions="\n".join(_line(function) for function in functions().values()),
    )
