"""Everything a proposal needs, gathered once: lines, demand, prices, ages, tranches, policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.gate import measurement
from invval_xl.accounting.money import round_money
from invval_xl.accounting.tranches import days_of_supply, split_units
from invval_xl.findings import AccountingError, Checked, Finding
from invval_xl.guidance.register import finding
from invval_xl.models.loss import observed_liquidation_rate
from invval_xl.policy.assumptions import apply_assumptions
from invval_xl.reserving.ages import measure_ages
from invval_xl.reserving.brought_forward import BroughtForward, bring_forward
from invval_xl.reserving.demand import measure_demand
from invval_xl.reserving.lines import ItemLines, by_line, item_lines, keyed
from invval_xl.reserving.prices import choose_prices
from invval_xl.terms import PriceEvidence, Tranche

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.policy.parameters import Policy, Resolved, Stated
    from invval_xl.reserving.conservation import Conservation
    from invval_xl.tables.table import Control, Tables

__all__ = ["Assembled", "assemble"]

_CONTRADICTION = 0.10  # a tenth of the price apart is worth a sentence

# Resolved for every line and numbered on C-3, where changing the cell changes the paper.
_SCOPED = (
    "cost_to_sell_rate",
    "liquidation_rate",
    "salvage_rate",
    "demand_horizon_days",
    "markdown_probability",
    "markdown_rate",
    "markdown_sample_size",
    "markdown_after_days",
)


@dataclass(frozen=True, eq=False)
class Assembled:
    """The facts of every tranche before anything is valued; ``tranches`` as in C-3.

    ``basis`` is the policy's word for each line: rule or model.
    """

    lines: ItemLines
    tranches: pd.DataFrame
    brought_forward: BroughtForward
    policy: Policy
    used: tuple[Stated, ...]
    used_lines: tuple[int, ...]
    control: Control
    basis: NDArray[np.object_]
    measurement: str
    as_of: dt.date

    @property
    def priced_lines(self) -> pd.DataFrame:
        """``sku, location, price`` of every line: its key and the best evidence of its price."""
        frame = self.lines.frame[["sku", "location"]].copy()
        first = self.tranches.drop_duplicates("line").set_index("line")
        frame["price"] = first["price"].reindex(range(len(frame))).to_numpy()
        return frame


def assemble(
    tables: Tables, conservation: Conservation, as_of: dt.date, *, modelled: bool = False
) -> Checked[Assembled]:
    """Gather the facts of every line held at ``as_of`` and split its units into tranches.

    With ``modelled``, ordinary demand rests on the liquidation rate too: a model will say how
    much of it is left over.

    Returns
    -------
    Checked[Assembled]
        With the findings of policy, prices, demand, ages and the reserve brought forward.
    """
    control = tables.control
    findings: list[Finding] = []
    test = _measurement(control, findings)
    checked_policy = apply_assumptions(tables.get("Assumptions"), as_of)
    policy = checked_policy.value
    findings.extend(checked_policy.findings)
    lines = item_lines(tables, conservation.current_positions)
    if lines.consigned_cost:
        findings.append(finding("RV404", dollars=lines.consigned_cost, cost=lines.consigned_cost))
    ages = measure_ages(tables, lines, as_of)
    findings.extend(ages.findings)
    demand = measure_demand(tables, lines, as_of, policy.number("demand_window_days"))
    findings.extend(demand.findings)
    prices = choose_prices(tables, lines, demand, as_of, policy.number("price_evidence_days"))
    findings.extend(prices.findings)
    brought = bring_forward(tables, lines, as_of)
    findings.extend(brought.findings)
    items = lines.items
    resolved = {name: policy.resolve(name, items) for name in _SCOPED}
    basis = policy.chosen("valuation_basis", items)
    _same_scope(resolved, policy)

    frame = lines.frame.copy()
    frame["line"] = np.arange(len(frame))
    frame["age_days"] = ages.average_days
    frame["oldest_days"] = ages.oldest_days
    frame["daily_rate"] = demand.rate
    frame["units_30d"], frame["units_90d"] = demand.units_30d, demand.units_90d
    frame["demand_source"] = demand.source
    frame["market_price"], frame["average_price_90d"] = prices.market, prices.recent
    frame["evidence"], frame["reference"] = prices.evidence, prices.reference
    frame["price"] = prices.price
    frame["days_of_supply"] = days_of_supply(frame["units_on_hand"], demand.rate)
    firm_units, firm_price = _firm(tables, lines)
    damaged_units, salvage = _damaged(tables, lines)
    frame["firm_units"], frame["damaged_units"] = firm_units, damaged_units
    for name in _SCOPED:
        frame[name if name != "cost_to_sell_rate" else "policy_sell_rate"] = resolved[name].numbers
    _note_young(frame, findings)
    tranches = _split(frame, firm_price, salvage)
    used, used_lines = _number(tranches, resolved, policy, modelled=modelled)
    _note_defaults(used, used_lines, findings)
    findings.extend(_contradicted(tables, policy))
    return Checked(
        Assembled(lines, tranches, brought, policy, used, used_lines, control, basis, test, as_of),
        tuple(findings),
    )


def _same_scope(resolved: dict[str, Resolved], policy: Policy) -> None:
    """A sample size counts only beside a chance that was stated for the same scope."""
    scopes = np.array([stated.applies_to for stated in policy.stated], dtype=object)
    chance, size = resolved["markdown_probability"], resolved["markdown_sample_size"]
    apart = scopes[chance.statement] != scopes[size.statement]
    resolved["markdown_sample_size"] = replace(size, numbers=np.where(apart, np.nan, size.numbers))


def _measurement(control: Control, findings: list[Finding]) -> str:
    """The test that framework and cost method ask for; a pair that cannot exist is a finding."""
    try:
        return measurement(control.framework, control.cost_method, control.measurement or None)
    except AccountingError as error:
        findings.append(
            finding(
                error.code,
                sheet=control.sheet,
                cell=control.cells.get("cost_method", ""),
                framework=control.framework.label,
                cost_method=control.cost_method.label,
            )
        )
        return "lcnrv"


def _firm(tables: Tables, lines: ItemLines) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Units under firm orders not cancellable, and their mean contract price (IAS 2.31)."""
    table = tables.get("FirmOrders")
    if table is None or not len(table):
        return np.zeros(len(lines)), np.full(len(lines), np.nan)
    rows = keyed(lines, table, ["units", "unit_price", "cancellable", "due_date"])
    if "cancellable" in rows:
        rows = rows[rows["cancellable"].fillna(0.0) != 1]
    return _units_and_price(rows, "units", "unit_price", len(lines))


def _damaged(tables: Tables, lines: ItemLines) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Damaged units, and the mean salvage price where the Quality sheet states one."""
    table = tables.get("Quality")
    if table is None or not len(table):
        return np.zeros(len(lines)), np.full(len(lines), np.nan)
    rows = keyed(lines, table, ["damaged_units", "salvage_price"])
    return _units_and_price(rows, "damaged_units", "salvage_price", len(lines))


def _units_and_price(
    rows: pd.DataFrame, units_name: str, price_name: str, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Units by line, and the unit-weighted price of those that have one (NaN: none has)."""
    line = rows["line"].to_numpy()
    units = rows[units_name].to_numpy(dtype=np.float64)
    total = by_line(line, units, count)
    if price_name not in rows:
        return total, np.full(count, np.nan)
    price = rows[price_name].to_numpy(dtype=np.float64)
    priced = ~np.isnan(price)
    value = by_line(line[priced], (units * price)[priced], count)
    base = by_line(line[priced], units[priced], count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total, np.where(base > 0, value / base, np.nan)


def _split(
    frame: pd.DataFrame, firm_price: NDArray[np.float64], salvage: NDArray[np.float64]
) -> pd.DataFrame:
    """One row a line and tranche that has units; the line's cost foots over its tranches."""
    split = split_units(
        frame["units_on_hand"].to_numpy(),
        frame["firm_units"].to_numpy(),
        frame["damaged_units"].to_numpy(),
        frame["daily_rate"].to_numpy(),
        frame["demand_horizon_days"].to_numpy(),
    )
    stacked = split.stacked
    line, order = np.nonzero(stacked > 0)
    tranches = list(Tranche)
    firm, damaged, excess = (
        order == tranches.index(t) for t in (Tranche.FIRM, Tranche.DAMAGED, Tranche.EXCESS)
    )
    out = frame.iloc[line].reset_index(drop=True)
    out["tranche"] = np.array([t.value for t in tranches], dtype=object)[order]
    out["order"], out["units"] = order, stacked[line, order]
    stated = np.where(firm, firm_price[line], np.where(damaged, salvage[line], np.nan))
    out["contract_price"] = stated
    on_salvage = np.where(damaged & np.isnan(stated), out["salvage_rate"], np.nan)
    out["channel_rate"] = np.where(excess, out["liquidation_rate"], on_salvage)
    out["evidence"] = out["evidence"].where(~firm, PriceEvidence.FIRM_ORDER.value)
    out["reference"] = out["reference"].where(~firm, "FirmOrders")
    out = out.rename(columns={"cost": "item_cost", "cost_to_sell_rate": "own_sell_rate"})
    last = np.append(line[1:] != line[:-1], True)[: len(line)]
    share = round_money(
        out["item_cost"].to_numpy() * out["units"].to_numpy() / out["units_on_hand"].to_numpy()
    )
    share[last] = 0.0
    others = by_line(line, share, len(frame))[line]
    out["cost"] = np.where(last, round_money(out["item_cost"].to_numpy() - others), share)
    out["cost_to_sell_rate"] = out["own_sell_rate"].fillna(out["policy_sell_rate"])
    for name in ("cost_to_complete", "cost_to_sell"):
        out[name] = out[name].fillna(0.0)
    young = ~(out["oldest_days"].fillna(np.inf) >= out["markdown_after_days"])
    for name in ("markdown_probability", "markdown_rate"):
        out[name] = out[name].where(~young)
    return out


def _number(
    tranches: pd.DataFrame, resolved: dict[str, Resolved], policy: Policy, *, modelled: bool
) -> tuple[tuple[Stated, ...], tuple[int, ...]]:
    """Number the statements in use as C-3 lists them and write the ``*_ref`` columns."""
    line = tranches["line"].to_numpy()
    liquidated = [Tranche.EXCESS.value, *([Tranche.DEMAND.value] if modelled else [])]
    on_salvage = (
        (tranches["tranche"] == Tranche.DAMAGED.value) & tranches["contract_price"].isna()
    ).to_numpy()
    marked = tranches["markdown_probability"].notna().to_numpy()
    sized = tranches["markdown_rate"].notna().to_numpy()
    applies = {
        "cost_to_sell_rate": tranches["own_sell_rate"].isna().to_numpy(),
        "liquidation_rate": tranches["tranche"].isin(liquidated).to_numpy(),
        "salvage_rate": on_salvage,
        "demand_horizon_days": np.ones(len(line), dtype=bool),
        "markdown_probability": marked & sized,
        "markdown_rate": marked & sized,
    }
    used: list[Stated] = []
    counts: list[int] = []
    for name, where in applies.items():
        statement = resolved[name].statement[line]
        reference = np.full(len(line), np.nan)
        for index in np.unique(statement[where]):
            hit = where & (statement == index)
            used.append(policy.stated[int(index)])
            counts.append(len(np.unique(line[hit])))
            reference[hit] = len(used)
        tranches[f"{name}_ref"] = reference
    return tuple(used), tuple(counts)


def _contradicted(tables: Tables, policy: Policy) -> list[Finding]:
    """What disposals really brought, where it contradicts the liquidation rate (ISA 540.18)."""
    table = tables.get("Disposals")
    if table is None or "net_proceeds" not in table.frame:
        return []
    master = tables.item_master.frame.drop_duplicates("sku").set_index("sku")
    if "ticket_price" not in master:
        return []
    ticket = np.asarray(table.frame["sku"].map(master["ticket_price"]), dtype=np.float64)
    units = table.frame["units"].to_numpy(dtype=np.float64)
    rate, count = observed_liquidation_rate(
        units, table.frame["net_proceeds"].to_numpy(dtype=np.float64), ticket
    )
    stated = policy.number("liquidation_rate")
    if np.isnan(rate) or abs(rate - stated) < _CONTRADICTION:
        return []
    return [finding("RV408", sheet=table.sheet, stated=stated, observed=rate, disposals=count)]


def _note_defaults(
    used: tuple[Stated, ...], lines: tuple[int, ...], findings: list[Finding]
) -> None:
    for stated, count in zip(used, lines, strict=True):
        if stated.is_default and stated.source.startswith("to be stated"):
            findings.append(
                finding("RV107", name=stated.parameter, value=stated.value, count=count)
            )


def _note_young(frame: pd.DataFrame, findings: list[Finding]) -> None:
    young = frame["daily_rate"].isna() & (frame["units_on_hand"] > 0)
    if young.any():
        cost = float(frame.loc[young, "cost"].sum())
        findings.append(finding("RV402", dollars=cost, cost=cost, count=int(young.sum())))
