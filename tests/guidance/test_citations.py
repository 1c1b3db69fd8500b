"""Every paragraph the code, the register or a note names is in the table of citations."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import invval_xl.accounting
from invval_xl.guidance.citations import EVIDENCE, citations
from invval_xl.guidance.register import register

PACKAGE = Path(invval_xl.accounting.__file__).parents[1]
NOTES = PACKAGE / "guidance" / "notes"
MODULES = [
    importlib.import_module(f"invval_xl.accounting.{module.name}")
    for module in pkgutil.iter_modules(invval_xl.accounting.__path__)
]
# Modules that hold no rule: arguments, guards, the decorator itself.
HELPERS = {"arguments", "arrays", "citing", "segments"}


def public_functions() -> list[tuple[str, object]]:
    """Every public function of the accounting room by its address."""
    return [
        (f"{module.__name__.rsplit('.', 1)[1]}.{name}", getattr(module, name))
        for module in MODULES
        if module.__name__.rsplit(".", 1)[1] not in HELPERS
        for name in getattr(module, "__all__", ())
        if inspect.isfunction(getattr(module, name))
    ]


def raised_in_code() -> set[str]:
    """Paragraph literals in the accounting sources: those a refusal carries."""
    literal = re.compile(r'"((?:ASC|IAS|FRS|SAB|S-X|IRC|Treas\. Reg\.) [^"{}]+)"')
    found: set[str] = set()
    for source in (PACKAGE / "accounting").glob("*.py"):
        for paragraph in literal.findall(source.read_text(encoding="utf-8")):
            found |= set(paragraph.split("; "))
    return found


def named_in_register() -> set[str]:
    return {
        paragraph
        for rule in register().values()
        for paragraph in rule.paragraph.split("; ")
        if paragraph
    }


def named_in_notes() -> set[str]:
    return {
        key
        for note in NOTES.glob("*.md")
        for line in re.findall(
            r"\*\*Asked by:\*\* (.+?)\.?$", note.read_text("utf-8"), re.MULTILINE
        )
        for key in line.split("; ")
        if note.name != "README.md"
    }


@pytest.mark.parametrize(("address", "function"), public_functions())
def test_every_public_rule_carries_its_citation(address: str, function: object) -> None:
    keys = getattr(function, "__citations__", ())
    assert keys, address
    assert set(keys) <= set(citations()), address


@pytest.mark.parametrize(("address", "function"), public_functions())
def test_every_public_rule_says_units_shape_errors_and_runs_an_example(
    address: str, function: object
) -> None:
    text = inspect.getdoc(function) or ""
    assert ">>> " in text, address
    if "are those of :func:" in text or "are as in :func:" in text:
        return  # a twin that names the function whose arguments it shares
    assert "Parameters\n-" in text, address
    assert "Returns\n-" in text or function.__annotations__["return"] == "None", address


@pytest.mark.parametrize("names", [raised_in_code, named_in_register, named_in_notes])
def test_every_paragraph_named_elsewhere_is_in_the_table(names) -> None:
    assert names() - set(citations()) == set()


def test_every_code_a_rule_refuses_with_is_in_the_register_and_every_fw_line_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (PACKAGE / "accounting").glob("*.py")]
    codes = set(re.findall(r'"(FW\d{3})"', "".join(sources)))
    lines = {code for code in register() if code.startswith("FW")}
    elsewhere = {
        code
        for room in ("reserving", "runs", "tables", "policy", "functions", "workpapers")
        for path in (PACKAGE / room).rglob("*.py")
        for code in re.findall(r"FW\d{3}", path.read_text(encoding="utf-8"))
    }
    assert codes - lines == set()
    assert lines - codes - elsewhere - {"FW130"} == set()  # FW130: schedule_ii marks it


def test_each_citation_says_what_is_asked_and_how_it_is_known() -> None:
    for key, citation in citations().items():
        assert citation.evidence in EVIDENCE, key
        assert bool(citation.source) is (citation.evidence == "S"), key
        assert citation.says.endswith("."), key
        assert 20 < len(citation.says) < 260, key
        assert citation.topic, key
