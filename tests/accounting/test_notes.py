"""Method notes: each example runs and gives its figures, and its words name the same figures."""

import importlib
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import invval_xl.guidance
from invval_xl.findings import AccountingError
from invval_xl.guidance.citations import citations

NOTES = Path(invval_xl.guidance.__file__).parent / "notes"
FENCE = re.compile(r"^```toml example\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLES = {path.name: path for path in sorted(NOTES.glob("*.md")) if path.name != "README.md"}
EXAMPLES = [
    pytest.param(name, block, id=f"{name}-{place}")
    for name, path in TITLES.items()
    for place, block in enumerate(FENCE.findall(path.read_text(encoding="utf-8")), 1)
]


def floats_of(value: object) -> object:
    """TOML decimals were read as text, to know their digits; rules take floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [floats_of(part) for part in value]
    if isinstance(value, dict):
        return {name: floats_of(part) for name, part in value.items()}
    return value


def assert_equals(found: object, printed: object, where: str) -> None:
    """A whole number exactly, a decimal to half a unit of its last printed digit."""
    if isinstance(printed, list):
        parts = list(found) if isinstance(found, (list, tuple)) else list(np.asarray(found))
        assert len(parts) == len(printed), where
        for place, (part, wanted) in enumerate(zip(parts, printed, strict=True)):
            assert_equals(part, wanted, f"{where}[{place}]")
    elif isinstance(printed, bool):
        assert bool(found) is printed, where
    elif isinstance(printed, str):
        assert str(found) == printed, where
    else:
        number = Decimal(printed)
        if number.is_nan():
            assert np.isnan(float(found)), where
            return
        digits = -int(number.as_tuple().exponent)
        slack = 0.5 * 10.0**-digits * (1 + 1e-9) if digits > 0 else 1e-9
        assert abs(float(found) - float(number)) <= slack + 1e-12, (where, float(found))


def numbers_in(printed: object) -> list[str]:
    if isinstance(printed, list):
        return [number for part in printed for number in numbers_in(part)]
    if isinstance(printed, (bool, str)):
        return []
    text = str(printed)
    return [] if text in ("NaN", "nan") else [text]


@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_example_of_a_note_gives_its_figures(name: str, block: str) -> None:
    example = tomllib.loads(block, parse_float=Decimal)
    module, function = example["rule"].split(":")
    rule = getattr(importlib.import_module(module), function)
    inputs = floats_of(example["inputs"])
    result = example["result"]
    if "raises" in result:
        with pytest.raises(AccountingError) as refused:
            rule(**inputs)
        assert refused.value.code == result["raises"], name
        return
    found = rule(**inputs)
    for attribute, printed in result.items():
        value = found if attribute == "returns" else getattr(found, attribute)
        assert_equals(value, printed, f"{name}: {attribute}")


@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_words_of_a_note_name_the_figures_of_its_example(name: str, block: str) -> None:
    words = FENCE.sub("", TITLES[name].read_text(encoding="utf-8"))
    by_hand = words.split("## By hand", 1)[1].replace(",", "")
    said = set(re.findall(r"\d+(?:\.\d+)?", by_hand))
    result = tomllib.loads(block, parse_float=Decimal)["result"]
    missing = [
        number
        for printed in result.values()
        for number in numbers_in(printed)
        if number.lstrip("-") not in said
    ]
    assert missing == []


@pytest.mark.parametrize("name", TITLES)
def test_note_has_its_parts_and_cites_what_is_in_the_table(name: str) -> None:
    text = TITLES[name].read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "## By hand" in text
    assert FENCE.search(text), "no example the tests could run"
    asked = re.search(r"^\*\*Asked by:\*\* (.+?)\.?$", text, re.MULTILINE)
    assert asked, "no line **Asked by:**"
    assert set(asked.group(1).split("; ")) - set(citations()) == set()


def test_there_are_notes() -> None:
    assert len(EXAMPLES) >= len(TITLES) >= 15
