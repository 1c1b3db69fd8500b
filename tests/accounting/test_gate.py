"""Table A1: every framework with every cost method gives its test or refuses with a paragraph."""

import pytest

from invval_xl.accounting.gate import measurement
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow, Framework

TABLE_A1 = {
    "us-gaap": {
        "fifo": "lcnrv",
        "average": "lcnrv",
        "specific": "lcnrv",
        "standard": "lcnrv",
        "lifo": "lcm",
        "retail": "lcm",
    },
    "ifrs": {
        "fifo": "lcnrv",
        "average": "lcnrv",
        "specific": "lcnrv",
        "standard": "lcnrv",
        "lifo": "FW101 IAS 2.25",
        "retail": "lcnrv",
    },
    "frs-102": {
        "fifo": "lcnrv",
        "average": "lcnrv",
        "specific": "lcnrv",
        "standard": "lcnrv",
        "lifo": "FW101 FRS 102 13.18",
        "retail": "lcnrv",
    },
}


def answer(framework: str, cost_flow: str, requested: str | None = None) -> str:
    try:
        return measurement(framework, cost_flow, requested)
    except AccountingError as refused:
        return f"{refused.code} {refused.paragraph}"


def test_the_table_names_every_framework_and_every_method() -> None:
    assert set(TABLE_A1) == {framework.value for framework in Framework}
    for row in TABLE_A1.values():
        assert set(row) == {flow.value for flow in CostFlow}


@pytest.mark.parametrize("framework", TABLE_A1)
@pytest.mark.parametrize("cost_flow", list(CostFlow))
def test_framework_and_method_decide_the_test(framework: str, cost_flow: str) -> None:
    expected = TABLE_A1[framework][cost_flow]
    assert answer(framework, cost_flow) == expected
    if expected in ("lcnrv", "lcm"):
        assert answer(framework, cost_flow, expected) == expected


@pytest.mark.parametrize(
    ("framework", "cost_flow", "requested", "refusal"),
    [
        ("us-gaap", "fifo", "lcm", "FW102 ASC 330-10-35-1B"),
        ("us-gaap", "average", "lcm", "FW102 ASC 330-10-35-1B"),
        ("us-gaap", "standard", "lcm", "FW102 ASC 330-10-35-1B"),
        ("us-gaap", "specific", "lcm", "FW102 ASC 330-10-35-1B"),
        ("us-gaap", "lifo", "lcnrv", "FW103 ASC 330-10-35-1C"),
        ("us-gaap", "retail", "lcnrv", "FW103 ASC 330-10-35-1C"),
        ("ifrs", "fifo", "lcm", "FW102 IAS 2.9"),
        ("ifrs", "retail", "lcm", "FW102 IAS 2.9"),
        ("frs-102", "average", "lcm", "FW102 FRS 102 13.4"),
        ("ifrs", "lifo", "lcm", "FW101 IAS 2.25"),
        ("ifrs", "lifo", "lcnrv", "FW101 IAS 2.25"),
    ],
)
def test_a_pair_that_cannot_exist_is_refused_with_its_paragraph(
    framework: str, cost_flow: str, requested: str, refusal: str
) -> None:
    assert answer(framework, cost_flow, requested) == refusal


@pytest.mark.parametrize(
    "words",
    [("gaap", "fifo", None), ("us-gaap", "hifo", None), ("us-gaap", "fifo", "market")],
)
def test_an_unknown_word_is_refused(words: tuple[str, str, str | None]) -> None:
    with pytest.raises(AccountingError) as refused:
        measurement(*words)
    assert refused.value.code == "FW116"
