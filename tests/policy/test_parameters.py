"""Policy values: dated, sourced, scoped, range-checked; the narrowest scope wins."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from invval_xl.policy.assumptions import apply_assumptions
from invval_xl.policy.parameters import Items, Policy, parameters
from tests.tables.builders import Rows, checked

AS_OF = dt.date(2026, 10, 31)
HEADER = ["Name", "Scope", "Value", "Source", "Effective From", "Approved By"]


def stated(*rows: list[object]) -> tuple[Policy, list[str]]:
    sheet: Rows = [HEADER, *rows]
    tables = checked({"Assumptions": sheet}).value
    result = apply_assumptions(tables.get("Assumptions"), AS_OF)
    return result.value, [f.code for f in result.findings]


def row(
    name: str,
    value: object,
    scope: str = "all",
    *,
    start: object = dt.date(2026, 1, 1),
    approver: str = "CFO",
) -> list[object]:
    return [name, scope, value, "memo", start, approver]


ITEMS = Items(
    sku=np.array(["1", "2", "3"], dtype=object),
    location=np.array(["S1", "S1", "S2"], dtype=object),
    supplier=np.array(["V", "V", "W"], dtype=object),
    category=np.array(["Shoes", "Shoes", "Hats"], dtype=object),
)


@pytest.mark.parametrize("name", list(parameters()))
def test_every_default_lies_in_its_own_range_and_names_its_source(name: str) -> None:
    parameter = parameters()[name]
    assert parameter.source
    assert parameter.description
    values = parameter.default if isinstance(parameter.default, tuple) else (parameter.default,)
    for value in values:
        number = value[1] if isinstance(value, tuple) else value
        if isinstance(number, float) and not np.isnan(number):
            assert parameter.low <= number <= parameter.high


def test_the_narrowest_scope_wins_whatever_the_order() -> None:
    policy, codes = stated(
        row("liquidation_rate", 0.7, "sku:2"),
        row("liquidation_rate", 0.3, "category:Shoes"),
        row("liquidation_rate", 0.4),
    )
    assert codes == []
    assert policy.resolve("liquidation_rate", ITEMS).numbers.tolist() == [0.3, 0.7, 0.4]


def test_of_two_statements_of_one_scope_the_later_effective_wins() -> None:
    policy, _ = stated(
        row("liquidation_rate", 0.6, start=dt.date(2026, 7, 1)),
        row("liquidation_rate", 0.2, start=dt.date(2026, 2, 1)),
    )
    assert policy.number("liquidation_rate") == 0.6


def test_a_statement_not_yet_effective_is_left_out_and_said() -> None:
    policy, codes = stated(row("liquidation_rate", 0.2, start=dt.date(2027, 1, 1)))
    assert codes == ["RV104"]
    assert policy.number("liquidation_rate") == parameters()["liquidation_rate"].default


def test_a_percentage_and_a_table_are_read() -> None:
    policy, _ = stated(row("cost_to_sell_rate", "8%"), row("age_table", "0=0%; 100=50%; 200=100%"))
    assert policy.number("cost_to_sell_rate") == pytest.approx(0.08)
    assert policy.table("age_table") == ((0, 0), (100, 0.5), (200, 1))


@pytest.mark.parametrize(
    ("name", "value", "scope", "code"),
    [
        ("liquidation_rate", 1.5, "all", "RV101"),
        ("liquidation_rate", "half", "all", "RV103"),
        ("liquidation_rate", 0.5, "colour:red", "RV103"),
        ("demand_window_days", 60, "sku:1", "RV103"),
        ("luck", 1, "all", "RV102"),
        ("age_table", "100=50%; 50=10%", "all", "RV103"),
    ],
)
def test_what_cannot_be_used_is_found(name: str, value: object, scope: str, code: str) -> None:
    assert stated(row(name, value, scope))[1] == [code]


def test_an_assumption_without_an_approver_is_said() -> None:
    assert stated(row("liquidation_rate", 0.5, approver=""))[1] == ["RV105"]


def test_every_value_used_names_its_cell() -> None:
    policy, _ = stated(row("liquidation_rate", 0.4))
    assert policy.statement("liquidation_rate").origin == "Assumptions!C2"
    assert policy.statement("salvage_rate").origin == "default.toml"
