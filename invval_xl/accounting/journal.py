"""Journal entries in whole cents that sum to zero, or do not come to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.accounting.citing import cites
from invval_xl.accounting.money import to_cents
from invval_xl.findings import AccountingError
from invval_xl.terms import Framework

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Accounts",
    "JournalEntry",
    "JournalLine",
    "charge_entry",
    "commitment_loss_entry",
    "commitment_purchase_entry",
    "decided_entry",
    "direct_write_down_entry",
    "entry",
    "other_accounts_entry",
    "reversal_entry",
    "utilization_entry",
]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The names of the accounts entries are made on."""

    inventory: str = "Inventory"
    allowance: str = "Allowance to reduce inventory to net realizable value"
    cost_of_sales: str = "Cost of goods sold"
    write_down_loss: str = "Inventory write-down (cost of goods sold)"
    commitment_loss: str = "Loss on purchase commitments"
    commitment_liability: str = "Estimated liability on purchase commitments"
    cash: str = "Cash or accounts payable"
    acquired: str = "Business acquired (other accounts)"


STANDARD_ACCOUNTS = Accounts()


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line: debit positive, credit negative, in whole cents."""

    account: str
    signed_cents: int
    memo: str = ""

    @property
    def debit(self) -> float | None:
        """Currency on the debit side; ``None`` for a credit."""
        return self.signed_cents / 100 if self.signed_cents > 0 else None

    @property
    def credit(self) -> float | None:
        """Currency on the credit side, positive; ``None`` for a debit."""
        return -self.signed_cents / 100 if self.signed_cents < 0 else None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A balanced entry.

    Parameters
    ----------
    title
        What it records.
    lines
        Debits first; at least one of each side; none is zero.
    paragraph
        The paragraph that asks for it.

    Raises
    ------
    AccountingError
        FW122 where the lines do not sum to zero in whole cents, FW123 where there are none.

    Examples
    --------
    >>> JournalEntry("off by a cent", (JournalLine("A", 100), JournalLine("B", -99)))
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: the entry 'off by a cent' is out of balance by 0.01
    """

    title: str
    lines: tuple[JournalLine, ...]
    paragraph: str = ""

    def __post_init__(self) -> None:
        if any(type(line.signed_cents) is not int for line in self.lines):
            raise AccountingError("FW122", f"the entry '{self.title}' is not in whole cents")
        out_of_balance = sum(line.signed_cents for line in self.lines)
        if out_of_balance:
            raise AccountingError(
                "FW122",
                f"the entry '{self.title}' is out of balance by {out_of_balance / 100:.2f}",
            )
        if not self.lines or any(line.signed_cents == 0 for line in self.lines):
            raise AccountingError("FW123", f"the entry '{self.title}' has an empty line or none")

    @property
    def total_debit(self) -> float:
        """Sum of the debits in currency, which is the sum of the credits."""
        return sum(max(line.signed_cents, 0) for line in self.lines) / 100


@cites("double entry")
def entry(
    title: str,
    debits: Mapping[str, float],
    credits_: Mapping[str, float],
    paragraph: str = "",
    memo: str = "",
) -> JournalEntry:
    """Make an entry from debits and credits by account; each line rounded to cents.

    Parameters
    ----------
    title, paragraph, memo
        What it records, the paragraph that asks for it, a note on every line.
    debits, credits_
        Account to currency, zero or more; an account of zero is left out.

    Returns
    -------
    JournalEntry
        Debits first, in the order given.

    Raises
    ------
    AccountingError
        FW122 where the rounded lines do not balance: allocate first
        (:func:`invval_xl.accounting.money.allocate`). FW123 for a negative or unknown sum, or
        where nothing is left to post.

    Notes
    -----
    Citation: double entry (accounting.md A3, A7).

    Examples
    --------
    >>> [line.signed_cents for line in entry("x", {"A": 1.0, "B": 2.0}, {"C": 3.0}).lines]
    [100, 200, -300]
    """
    return JournalEntry(
        title,
        (*_lines(debits.items(), 1, memo), *_lines(credits_.items(), -1, memo)),
        paragraph,
    )


def _lines(sums: Iterable[tuple[str, float]], sign: int, memo: str) -> Iterable[JournalLine]:
    for account, money in sums:
        if not math.isfinite(money) or money < 0.0:
            raise AccountingError("FW123", f"{account} is {money}; only a known sum is posted")
        cents = int(to_cents(money))
        if cents:
            yield JournalLine(account, sign * cents, memo)


@cites("ASC 330-10-35-1B", "IAS 2.34")
def charge_entry(
    charge_cost: float, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Charge a write-down by the allowance method: debit loss, credit allowance.

    Parameters
    ----------
    charge_cost
        Currency, positive.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the charge is zero, negative or unknown.

    Notes
    -----
    Citation: ASC 330-10-35-1B; IAS 2.34.

    Examples
    --------
    >>> charge_entry(10596.88).total_debit
    10596.88
    """
    return entry(
        "Write-down of inventory to net realizable value",
        {accounts.write_down_loss: charge_cost},
        {accounts.allowance: charge_cost},
        "ASC 330-10-35-1B; IAS 2.34",
        memo,
    )


@cites("ASC 330-10-35-1B", "IAS 2.34")
def direct_write_down_entry(
    charge_cost: float, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Charge a write-down by the direct method: debit loss, credit inventory.

    Parameters
    ----------
    charge_cost
        Currency, positive.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the charge is zero, negative or unknown.

    Notes
    -----
    Citation: ASC 330-10-35-1B; IAS 2.34.

    Examples
    --------
    >>> direct_write_down_entry(58.0).lines[1].account
    'Inventory'
    """
    return entry(
        "Write-down of inventory to net realizable value",
        {accounts.write_down_loss: charge_cost},
        {accounts.inventory: charge_cost},
        "ASC 330-10-35-1B; IAS 2.34",
        memo,
    )


@cites("ASC 330-10-35-1B", "IAS 2.34")
def decided_entry(
    adjustment_cost: float, title: str, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Adjust the charge of the period to what people decided: more of it, or less.

    Parameters
    ----------
    adjustment_cost
        Currency, signed: positive charges more than was proposed, negative takes part of this
        period's own charge away; it never reaches what stood before.
    title
        What it records.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the adjustment is zero or unknown.

    Notes
    -----
    Citation: ASC 330-10-35-1B; IAS 2.34.

    Examples
    --------
    >>> decided_entry(-25.0, "decided").lines[0].account
    'Allowance to reduce inventory to net realizable value'
    """
    loss, allowance = accounts.write_down_loss, accounts.allowance
    debit, credit = (loss, allowance) if adjustment_cost > 0 else (allowance, loss)
    size = abs(adjustment_cost)
    return entry(title, {debit: size}, {credit: size}, "ASC 330-10-35-1B; IAS 2.34", memo)


@cites("S-X 12-09")
def other_accounts_entry(
    charged_cost: float, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Take over an allowance with a business acquired: debit its account, credit allowance.

    Parameters
    ----------
    charged_cost
        Currency, positive.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the sum is zero, negative or unknown.

    Notes
    -----
    Citation: S-X 12-09 (Schedule II, charged to other accounts).

    Examples
    --------
    >>> other_accounts_entry(75.0).lines[1].credit
    75.0
    """
    return entry(
        "Reserve charged to other accounts",
        {accounts.acquired: charged_cost},
        {accounts.allowance: charged_cost},
        "S-X 12-09",
        memo,
    )


@cites("SAB Topic 5.BB", "IAS 2.34")
def utilization_entry(
    utilization_cost: float, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Use the allowance as reserved units are sold or scrapped: debit allowance, credit inventory.

    Parameters
    ----------
    utilization_cost
        Currency, positive.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the utilization is zero, negative or unknown.

    Notes
    -----
    Citation: SAB Topic 5.BB; IAS 2.34.

    Examples
    --------
    >>> utilization_entry(400.0).lines[0].debit
    400.0
    """
    return entry(
        "Allowance used on disposal",
        {accounts.allowance: utilization_cost},
        {accounts.inventory: utilization_cost},
        "SAB Topic 5.BB; IAS 2.34",
        memo,
    )


@cites("IAS 2.34", "ASC 330-10-35-14", "ASC 270-10-45-6", "FRS 102 27.4")
def reversal_entry(
    framework: Framework | str,
    reversal_cost: float,
    accounts: Accounts = STANDARD_ACCOUNTS,
    *,
    same_year_interim: bool = False,
    memo: str = "",
) -> JournalEntry:
    """Reverse a write-down: debit allowance, credit the expense.

    Parameters
    ----------
    framework
        :class:`~invval_xl.terms.Framework` or its word.
    reversal_cost
        Currency, positive; permitted by :func:`invval_xl.accounting.reversal.release`.
    accounts, memo
        Names of the accounts, a note on each line.
    same_year_interim
        US GAAP: recovery in a later interim period of the same fiscal year.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW104 under US GAAP outside the fiscal year of the write-down; FW123 where the reversal is
        zero, negative or unknown; FW116 for a word that is no framework.

    Notes
    -----
    Citation: IAS 2.34; FRS 102 27.4; ASC 270-10-45-6; ASC 330-10-35-14.

    Examples
    --------
    >>> reversal_entry("ifrs", 3000.0).lines[1].account
    'Cost of goods sold'
    """
    try:
        rules = Framework(framework)
    except ValueError:
        raise AccountingError("FW116", f"'{framework}' is not a framework") from None
    if rules is Framework.US_GAAP and not same_year_interim:
        raise AccountingError(
            "FW104",
            "a release in a later fiscal year is not permitted: the reduced value is the new cost",
            "ASC 330-10-35-14",
        )
    paragraph = {
        Framework.US_GAAP: "ASC 270-10-45-6",
        Framework.IFRS: "IAS 2.34",
        Framework.FRS_102: "FRS 102 27.4",
    }[rules]
    return entry(
        "Reversal of a write-down",
        {accounts.allowance: reversal_cost},
        {accounts.cost_of_sales: reversal_cost},
        paragraph,
        memo,
    )


@cites("ASC 330-10-35-17", "IAS 37.66")
def commitment_loss_entry(
    loss_cost: float, accounts: Accounts = STANDARD_ACCOUNTS, memo: str = ""
) -> JournalEntry:
    """Record a loss on a firm purchase commitment: debit loss, credit estimated liability.

    Parameters
    ----------
    loss_cost
        Currency, positive.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Two lines.

    Raises
    ------
    AccountingError
        FW123 where the loss is zero, negative or unknown.

    Notes
    -----
    Citation: ASC 330-10-35-17; IAS 37.66.

    Examples
    --------
    >>> commitment_loss_entry(11000.0).total_debit
    11000.0
    """
    return entry(
        "Loss on a firm purchase commitment",
        {accounts.commitment_loss: loss_cost},
        {accounts.commitment_liability: loss_cost},
        "ASC 330-10-35-17; IAS 37.66",
        memo,
    )


@cites("ASC 330-10-35-17")
def commitment_purchase_entry(
    contract_cost: float,
    market_cost: float,
    liability_cost: float,
    accounts: Accounts = STANDARD_ACCOUNTS,
    memo: str = "",
) -> JournalEntry:
    """Record the purchase under a commitment whose loss was accrued: inventory at market.

    Parameters
    ----------
    contract_cost
        What is paid, currency.
    market_cost
        What the goods are worth at purchase, currency.
    liability_cost
        Liability accrued before, currency. What neither inventory nor the liability covers is a
        further loss; where market has recovered, inventory takes the rest of the price.
    accounts, memo
        Names of the accounts, a note on each line.

    Returns
    -------
    JournalEntry
        Debit inventory, liability and further loss; credit cash.

    Raises
    ------
    AccountingError
        FW123 for a negative or unknown sum, or a liability above the contract.

    Notes
    -----
    Citation: ASC 330-10-35-17.

    Examples
    --------
    >>> bought = commitment_purchase_entry(81000, 61000, 11000)
    >>> [line.signed_cents // 100 for line in bought.lines]
    [61000, 11000, 9000, -81000]
    """
    paid, liability = int(to_cents(contract_cost)), int(to_cents(liability_cost))
    if liability > paid:
        raise AccountingError("FW123", f"a liability of {liability_cost} is above the contract")
    inventory = min(int(to_cents(market_cost)), paid - liability)
    return entry(
        "Purchase under a firm commitment",
        {
            accounts.inventory: inventory / 100,
            accounts.commitment_liability: liability / 100,
            accounts.commitment_loss: (paid - liability - inventory) / 100,
        },
        {accounts.cash: paid / 100},
        "ASC 330-10-35-17",
        memo,
    )
