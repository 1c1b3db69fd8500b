"""Every declaration is complete, and the table of design.md section 4 is covered."""

from __future__ import annotations

import inspect
import re

import pytest

from invval_xl.functions.registry import ArgumentKind, functions, load_kernel

TYPED = [
    "INV_EOP",
    "INV_BREAK",
    "INV_AUC",
    "INV_AUR",
    "INV_JUMP",
    "INV_NRV",
    "INV_LCNRV",
    "INV_LCM",
    "INV_MARKET",
    "INV_WRITEDOWN",
    "INV_REVERSAL",
    "INV_ENDING",
    "INV_COGS",
    "INV_RIM",
    "INV_SELL_THROUGH",
    "INV_TURN",
    "INV_DAYS_OF_SUPPLY",
    "INV_WEEKS_OF_SUPPLY",
    "INV_GMROI",
    "INV_IMU",
    "INV_MMU",
    "INV_EXCESS",
    "INV_AGE_RESERVE",
    "INV_COVERAGE_RESERVE",
]
PREDICTIVE = {
    "INV_RISK_TIER": "{item}",
    "INV_RISK": "outcome horizon_days {item}",
    "INV_MARKDOWN": "{item} [bound]",
    "INV_EXPECTED_PRICE": "{item} [bound]",
    "INV_RESERVE": "{item} [framework]",
    "INV_ACTION": "{item}",
    "INV_WHY": "{item}",
    "INV_MODEL": "[field]",
}
ITEM = (
    "unit_cost units_on_hand age_days units_sold_30d units_sold_90d average_price_90d "
    "market_price [category] [cost_to_sell_rate]"
)
# Argument names as the design's table gives them, in its order; later optional ones may follow.
PROMISED = {
    "INV_EOP": "bop additions reductions",
    "INV_BREAK": "bop additions reductions eop",
    "INV_AUC": "cost units",
    "INV_AUR": "retail units",
    "INV_JUMP": "value from to units cost [retail]",
    "INV_NRV": "selling_price [cost_to_complete] [cost_to_sell] [cost_to_sell_rate]",
    "INV_LCNRV": "unit_cost nrv",
    "INV_LCM": "unit_cost replacement_cost nrv normal_profit",
    "INV_MARKET": "replacement_cost nrv normal_profit",
    "INV_WRITEDOWN": "units unit_cost nrv",
    "INV_REVERSAL": "framework written_down cost carrying nrv",
    "INV_ENDING": "method layer_units layer_unit_costs units_on_hand",
    "INV_COGS": "method layer_units layer_unit_costs units_on_hand",
    "INV_EXCESS": "units daily_rate horizon_days [firm_units]",
    "INV_AGE_RESERVE": "cost age_days table",
    "INV_COVERAGE_RESERVE": "units unit_cost monthly_demand table",
    **{name: words.format(item=ITEM) for name, words in PREDICTIVE.items()},
}


def test_every_function_of_the_design_is_registered():
    assert [name for name in (*TYPED, *PREDICTIVE) if name not in functions()] == []


def test_the_functions_that_hang_on_the_model_say_so_and_no_others():
    assert {f.name for f in functions().values() if f.by_model} == set(PREDICTIVE)


@pytest.mark.parametrize("name", PROMISED)
def test_arguments_stand_in_the_order_the_design_promises(name):
    promised = PROMISED[name].split()
    declared = [f"[{a.name}]" if a.optional else a.name for a in functions()[name].arguments]
    assert declared[: len(promised)] == promised
    assert all(extra.startswith("[") for extra in declared[len(promised) :])


@pytest.mark.parametrize("name", functions())
def test_the_declaration_says_all_an_analyst_needs(name):
    f = functions()[name]
    assert re.fullmatch(r"INV_[A-Z_]+", f.name)
    assert 0 < len(f.description) <= 255
    assert f.returns
    assert f.citations
    assert f.examples
    seen_optional = False
    for a in f.arguments:
        assert 0 < len("Optional. " + a.help) <= 255, a.name
        assert a.unit or a.kind is ArgumentKind.CHOICE, a.name
        assert bool(a.choices) == (a.kind is ArgumentKind.CHOICE)
        assert not (seen_optional and not a.optional), f"{a.name} follows an optional argument"
        seen_optional = seen_optional or a.optional
    assert len({a.name for a in f.arguments}) == len(f.arguments)


@pytest.mark.parametrize("name", functions())
def test_the_kernel_takes_every_declared_argument(name):
    f = functions()[name]
    parameters = inspect.signature(load_kernel(f.kernel)).parameters
    for a in f.arguments:
        assert (a.parameter or a.name) in parameters, a.name


def test_words_are_spelled_as_the_terms_spell_them():
    from invval_xl.accounting.retail_method import RetailVariant
    from invval_xl.terms import CostFlow, Framework, Valuation

    known = {
        "framework": set(Framework),
        "cost_method": set(CostFlow),
        "from": set(Valuation),
        "variant": {*RetailVariant, "dollar-value lifo"},
    }
    for f in functions().values():
        for a in f.arguments:
            if a.name in known:
                assert set(a.words) == known[a.name], (f.name, a.name)


def test_every_citation_is_a_key_of_the_guidance():
    from invval_xl.guidance.citations import citations

    named = {paragraph for f in functions().values() for paragraph in f.citations}
    assert named - set(citations()) == set()


def test_the_readmes_part_lists_every_function_button_and_error():
    from invval_xl.functions.document import functions_markdown

    text = functions_markdown((("Refresh", "computes the reserve"),))
    for f in functions().values():
        assert f"`{f.syntax}`" in text
        assert f"`{f.examples[0].formula}`" in text
    for word in ("invval addin install", "| Refresh |", "#N/A", "#DIV/0!", "#NUM!", "#VALUE!"):
        assert word in text
