"""Purchase commitments, onerous contracts, and firm sales that exceed the stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invval_xl.accounting.arguments import non_negative
from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites

__all__ = [
    "FirmSale",
    "Settlement",
    "commitment_loss",
    "commitment_loss_by_unit",
    "firm_sale_provision",
    "onerous_provision",
    "settle_commitment",
]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A commitment from the period end to the purchase, currency.

    ``inventory_recorded + liability_released + further_loss - recovery = cash_paid``: the entry
    at purchase is Dr inventory, Dr liability, Dr loss, Cr recovery, Cr cash.

    Parameters
    ----------
    loss_period_end
        Loss and liability recognised at the period end.
    inventory_recorded
        Goods at the lower of contract and market when they come in.
    liability_released
        The period-end liability, used up.
    further_loss
        Market fell further before the purchase.
    recovery
        Market rose again before the purchase, at most the loss recognised.
    cash_paid
        The contract amount.
    """

    loss_period_end: Floats
    inventory_recorded: Floats
    liability_released: Floats
    further_loss: Floats
    recovery: Floats
    cash_paid: Floats


@dataclass(frozen=True, slots=True)
class FirmSale:
    """A firm sale split between stock on hand and goods still to be bought.

    Parameters
    ----------
    covered_units, uncovered_units
        Units met from stock, and units that must still be bought.
    provision
        Loss on the uncovered units, currency: a liability, not a reduction of inventory.
    """

    covered_units: Floats
    uncovered_units: Floats
    provision: Floats


@cites("ASC 330-10-35-17", "ASC 330-10-35-18", "IAS 2.31", "IAS 37.66")
def commitment_loss(
    contract_cost: Numbers, market_value: Numbers, *, protected_cost: Numbers = 0.0
) -> Floats:
    """Net loss on a firm, uncancellable purchase commitment, from totals.

    Parameters
    ----------
    contract_cost
        What will have to be paid, currency.
    market_value
        What the goods are worth, measured as inventory is: NRV, or market where LCM applies.
        Currency.
    protected_cost
        Part of the contract cost protected by firm sales contracts, or by assured sales without a
        price decline (35-18): it bears no loss. Shapes broadcast.

    Returns
    -------
    ndarray
        Currency, zero or above; a gain is never recognised.

    Raises
    ------
    AccountingError
        FW301 a negative figure, or more protected than contracted.

    Notes
    -----
    Citation: ASC 330-10-35-17; ASC 330-10-35-18; IAS 2.31; IAS 37.66.

    Examples
    --------
    >>> float(commitment_loss(5_000_000, 3_000_000))
    2000000.0
    >>> float(commitment_loss(5_000_000, 3_000_000, protected_cost=2_000_000))
    1200000.0
    """
    contract = non_negative("contract cost", contract_cost)
    market = np.minimum(non_negative("market value", market_value), contract)
    open_cost = non_negative(
        "unprotected cost", contract - non_negative("protected cost", protected_cost)
    )
    # The loss falls evenly on the goods; the unprotected part bears its share.
    exposed = open_cost / np.where(contract == 0, 1.0, contract)
    return (contract - market) * exposed


@cites("ASC 330-10-35-17", "ASC 330-10-35-18", "IAS 2.31", "IAS 37.66")
def commitment_loss_by_unit(
    units: Numbers,
    contract_unit_price: Numbers,
    market_unit_value: Numbers,
    *,
    protected_units: Numbers = 0.0,
    recognized_loss: Numbers = 0.0,
) -> Floats:
    """Net loss still to be recognised on committed units.

    Parameters
    ----------
    units
        Units committed.
    contract_unit_price, market_unit_value
        Currency per unit: what will be paid, and NRV (or market where LCM applies); a negative NRV
        counts as zero.
    protected_units
        Units under firm sales contracts or assured sales without a price decline (35-18).
    recognized_loss
        Loss recognised on the commitment earlier, currency. Shapes broadcast.

    Returns
    -------
    ndarray
        Currency, zero or above.

    Raises
    ------
    AccountingError
        FW301 a negative figure, or more protected than committed.

    Notes
    -----
    Citation: ASC 330-10-35-17; ASC 330-10-35-18; IAS 2.31; IAS 37.66.

    Examples
    --------
    >>> float(commitment_loss_by_unit(1000, 12.0, 9.5, protected_units=400))
    1500.0
    """
    committed = non_negative("units", units)
    exposed = non_negative(
        "unprotected units", committed - non_negative("protected units", protected_units)
    )
    price = non_negative("contract unit price", contract_unit_price)
    shortfall = np.maximum(price - np.maximum(floats(market_unit_value), 0.0), 0.0)
    earlier = non_negative("recognized loss", recognized_loss)
    return floats(np.maximum(exposed * shortfall - earlier, 0.0))[()]


@cites("ASC 330-10-35-17")
def settle_commitment(
    contract_cost: Numbers, market_at_period_end: Numbers, market_at_purchase: Numbers
) -> Settlement:
    """Follow a commitment through the period end to the purchase.

    Parameters
    ----------
    contract_cost, market_at_period_end, market_at_purchase
        Currency; shapes broadcast.

    Returns
    -------
    Settlement
        The two losses, the recovery, the inventory recorded and the cash.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: ASC 330-10-35-17.

    Examples
    --------
    >>> stages = settle_commitment(81000, 70000, 61000)
    >>> float(stages.loss_period_end), float(stages.further_loss), float(stages.inventory_recorded)
    (11000.0, 9000.0, 61000.0)
    """
    contract = non_negative("contract cost", contract_cost)
    at_end = np.minimum(non_negative("market at period end", market_at_period_end), contract)
    at_purchase = np.minimum(non_negative("market at purchase", market_at_purchase), contract)
    loss = contract - at_end
    return Settlement(
        loss_period_end=loss,
        inventory_recorded=at_purchase,
        liability_released=loss,
        further_loss=np.maximum(at_end - at_purchase, 0.0),
        recovery=np.maximum(at_purchase - at_end, 0.0),
        cash_paid=contract + 0.0 * at_purchase,
    )


@cites("IAS 37.66", "IAS 37.68", "IAS 37.69")
def onerous_provision(
    cost_to_fulfil: Numbers,
    economic_benefit: Numbers,
    *,
    exit_penalty: Numbers = np.inf,
    contract_assets_written_down: Numbers = 0.0,
) -> Floats:
    """Provision for an onerous contract: the lower of fulfilling it at a net cost and leaving it.

    Parameters
    ----------
    cost_to_fulfil
        Costs that relate directly to the contract (incremental ones and an allocation of others),
        currency.
    economic_benefit
        What the contract brings in, currency.
    exit_penalty
        Compensation or penalty for not fulfilling; infinite (no way out) where omitted.
    contract_assets_written_down
        Impairment of the contract's own assets, recognised first (37.69). Shapes broadcast.

    Returns
    -------
    ndarray
        Currency, zero or above.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: IAS 37.66; IAS 37.68; IAS 37.69.

    Examples
    --------
    >>> float(onerous_provision(120000, 90000))
    30000.0
    >>> float(onerous_provision(120000, 90000, exit_penalty=20000))
    20000.0
    """
    net_cost = non_negative("cost to fulfil", cost_to_fulfil) - floats(economic_benefit)
    unavoidable = np.minimum(net_cost, non_negative("exit penalty", exit_penalty))
    first = non_negative("contract assets written down", contract_assets_written_down)
    return floats(np.maximum(unavoidable - first, 0.0))[()]


@cites("IAS 2.31", "IAS 37.66")
def firm_sale_provision(
    contract_units: Numbers,
    contract_unit_price: Numbers,
    units_on_hand: Numbers,
    purchase_unit_cost: Numbers,
    *,
    cost_to_sell: Numbers = 0.0,
    exit_penalty: Numbers = np.inf,
) -> FirmSale:
    """Provide for a firm sale of more units than are on hand, at a price below their cost.

    Units on hand are measured as inventory (contract price against cost, IAS 2.31); units still to
    be bought can only make a liability.

    Parameters
    ----------
    contract_units, units_on_hand
        Units.
    contract_unit_price, purchase_unit_cost, cost_to_sell
        Currency per unit: the firm price, what the missing units cost to buy, and to sell.
    exit_penalty
        For the uncovered units, currency; infinite where omitted. Shapes broadcast.

    Returns
    -------
    FirmSale

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: IAS 2.31; IAS 37.66.

    Examples
    --------
    >>> sale = firm_sale_provision(1500, 20.0, 1000, 23.0, cost_to_sell=0.5)
    >>> float(sale.uncovered_units), float(sale.provision)
    (500.0, 1750.0)
    """
    sold = non_negative("contract units", contract_units)
    held = non_negative("units on hand", units_on_hand)
    covered = np.minimum(sold, held)
    uncovered = sold - covered
    unit_cost = non_negative("purchase unit cost", purchase_unit_cost) + non_negative(
        "cost to sell", cost_to_sell
    )
    return FirmSale(
        covered_units=covered,
        uncovered_units=uncovered,
        provision=onerous_provision(
            uncovered * unit_cost,
            uncovered * non_negative("contract unit price", contract_unit_price),
            exit_penalty=exit_penalty,
        ),
    )
