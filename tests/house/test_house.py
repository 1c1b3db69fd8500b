"""The house keeps its word: README, register, layers and folders agree with the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from invval_xl.functions.document import functions_markdown
from invval_xl.guidance.register import FAMILIES, register
from invval_xl.hosts.com.ribbon_runs import RUNS
from invval_xl.policy.parameters import parameters
from invval_xl.workpapers.case import PAPERS
from tests.tools import REPO

README = (REPO / "README.md").read_text(encoding="utf-8")
SOURCES = sorted((REPO / "invval_xl").rglob("*.py"))
CODE = re.compile(rf"\"((?:{'|'.join(FAMILIES)})\d{{3}})\"")


def between(begin: str, end: str) -> str:
    return README.split(f"<!-- {begin} -->", 1)[1].split(f"<!-- {end} -->", 1)[0]


def test_readme_prints_two_commands_and_ci_runs_those_very_lines() -> None:
    block = re.search(r"```sh\n(.*?)```", between("ci:begin", "ci:end"), re.DOTALL)
    assert block is not None
    commands = block.group(1).strip().splitlines()
    assert len(commands) == 2
    assert "invval refresh workbooks/worked_example.xlsx" in commands[0]
    assert commands[1].endswith("pytest -n auto")
    script = (REPO / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert "pytest" not in script


def test_readme_functions_are_the_registered_ones() -> None:
    told = between("functions:begin", "functions:end").strip()
    assert told == functions_markdown(tuple((r.label, r.tip) for r in RUNS)).strip()


@pytest.mark.parametrize("paper", [p for p in PAPERS if p not in {"Dashboard", "C-0 Index"}])
def test_readme_names_every_paper(paper: str) -> None:
    assert f"`{paper}`" in README


def test_every_code_raised_is_in_the_register_and_every_rule_is_used() -> None:
    used: set[str] = set()
    for source in SOURCES:
        used |= set(CODE.findall(source.read_text(encoding="utf-8")))
    used |= {"FW130"}  # said by schedule_ii's flag, raised by nobody: a filed schedule stands
    assert used - set(register()) == set()
    assert set(register()) - used == set()


def test_every_register_template_fills_and_every_rule_says_what_to_do() -> None:
    for rule in register().values():
        assert rule.title
        assert rule.message
        assert rule.remedy
        assert "traceback" not in rule.message.lower()


def test_every_policy_parameter_is_used() -> None:
    text = "\n".join(s.read_text(encoding="utf-8") for s in SOURCES)
    assert [p for p in parameters() if not re.search(rf"\b{p}\b", text)] == []


def test_no_clock_or_environment_below_the_hosts() -> None:
    forbidden = re.compile(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|time\.time\(|os\.environ"
        r"|getpass|Path\.home\("
    )
    for source in SOURCES:
        room = source.relative_to(REPO / "invval_xl").parts[0]
        if room in {"hosts", "__main__.py"}:
            continue
        assert not forbidden.search(source.read_text(encoding="utf-8")), source


def test_xlwings_pro_is_never_imported() -> None:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else ([f"{node.module}"] if isinstance(node, ast.ImportFrom) else [])
            )
            for name in names:
                assert not name.startswith(("xlwings.pro", "xlwings.server", "xlwings.reports"))


def test_top_level_is_the_agreed_one() -> None:
    tracked = {Path(p).parts[0] for p in _tracked()}
    assert {t for t in tracked if not t.startswith(".")} == {
        "LICENSE", "README.md", "addin", "invval_xl", "pyproject.toml", "tests", "workbooks",
    }  # fmt: skip


def _tracked() -> list[str]:
    import subprocess

    done = subprocess.run(
        ["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.split()


def test_memory_is_measured_in_one_place() -> None:
    """``ru_maxrss`` outlives an exec: a child of a large session fails, or proves nothing."""
    may = {REPO / "tests" / "peak.py", REPO / "tests" / "soak" / "in_child.py", Path(__file__)}
    for source in {*(REPO / "tests").rglob("*.py"), *SOURCES} - may:
        assert "ru_maxrss" not in source.read_text(encoding="utf-8"), source
