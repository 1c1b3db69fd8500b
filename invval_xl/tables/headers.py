"""Which contract a sheet answers to, and where its header stands.

Names match without regard to case, spaces, underscores and punctuation. A header may be split
over two rows (``Units`` above ``BOP``, the upper one merged or not) and stand below a title.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from invval_xl.tables.contracts import BALANCE_MEASURES, CONTRACTS, CONTROL, Contract
from invval_xl.tables.grid import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["HeaderPlace", "SynonymUsed", "contract_named", "locate", "match_sheet", "spelling"]

SEARCHED_ROWS = 40
_SEARCHED_COLUMNS = 1024
_LEAST_MATCHES = 2
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")  # EOP Cost (USD), Units [each]
_BLOCK_WORDS = {
    "units": "units", "unit": "units", "quantity": "units", "qty": "units",
    "cost": "cost", "atcost": "cost", "costvalue": "cost",
    "retail": "retail", "atretail": "retail", "retailvalue": "retail",
}  # fmt: skip


def spelling(text: object) -> str:
    """Reduce a name to what is compared: letters and digits of its NFKC form, casefolded.

    Examples
    --------
    >>> spelling(" BOP_Units "), spelling("Item No."), spelling(None)
    ('bopunits', 'itemno', '')
    """
    if not isinstance(text, str):
        return ""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(filter(str.isalnum, plain.casefold()))


@dataclass(frozen=True, slots=True)
class SynonymUsed:
    """A header that was accepted under another name than the contract's own."""

    column: str
    header: str
    index: int


@dataclass(frozen=True)
class HeaderPlace:
    """Where a contract's header stands and which sheet column answers to which name.

    Parameters
    ----------
    contract
        The contract's name.
    header_rows
        1-based sheet rows the header occupies, one or two.
    body_row
        1-based sheet row of the first body row.
    columns
        Contract column name to 0-based sheet column.
    synonyms
        Headers accepted under another name.
    unknown
        ``(0-based column, text)`` of headers the contract does not know.
    duplicated
        Contract column name to the 0-based columns that claim it alike: refused.
    ambiguous
        ``(0-based column, text, names it could mean)``: refused.
    yielded
        ``(0-based column, text, name)``: a synonym passed over for the column's own name.
    """

    contract: str
    header_rows: tuple[int, ...]
    body_row: int
    columns: Mapping[str, int]
    synonyms: tuple[SynonymUsed, ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()
    duplicated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ambiguous: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    yielded: tuple[tuple[int, str, str], ...] = ()

    def cell(self, index: int) -> str:
        """A1 address of the header cell in 0-based column ``index``."""
        return f"{column_letter(index + 1)}{self.header_rows[-1]}"

    @property
    def letters(self) -> dict[str, str]:
        """Contract column name to sheet column letter."""
        return {name: column_letter(index + 1) for name, index in self.columns.items()}


@cache
def _sheet_names() -> tuple[dict[str, str], dict[str, str]]:
    """Own spellings and synonym spellings of every contract, each to the contract's name."""
    contracts = (*CONTRACTS.values(), CONTROL)
    own = {spelling(c.name): c.name for c in contracts}
    other = {spelling(s): c.name for c in contracts for s in c.synonyms}
    return own, {s: name for s, name in other.items() if s not in own}


def contract_named(name: str) -> Contract:
    """Find the contract called ``name``, Control among them."""
    return CONTROL if name == CONTROL.name else CONTRACTS[name]


def match_sheet(sheet_name: str) -> Contract | None:
    """Find the contract a sheet name answers to.

    Parameters
    ----------
    sheet_name
        The name as the workbook spells it.

    Returns
    -------
    Contract or None
        ``None`` where no contract has that name or synonym. ``Control`` is one of them.

    Examples
    --------
    >>> match_sheet("balance set").name, match_sheet("CONTROL").name, match_sheet("Sheet1")
    ('BalanceSet', 'Control', None)
    """
    own, other = _sheet_names()
    key = spelling(sheet_name)
    name = own.get(key) or other.get(key)
    return contract_named(name) if name else None


@cache
def _dictionary(contract_name: str) -> tuple[dict[str, str], dict[str, str], dict[str, list[str]]]:
    """Own spellings, synonym spellings and ambiguous spellings of a contract's columns."""
    contract = contract_named(contract_name)
    own: dict[str, str] = {}
    for column in contract.columns:
        own[spelling(column.header)] = column.name
        own[spelling(column.name)] = column.name
    claims: dict[str, list[str]] = {}
    for column in contract.columns:
        for synonym in column.synonyms:
            claims.setdefault(spelling(synonym), []).append(column.name)
    if contract_name == "BalanceSet":
        for word, names in _bare_measures():
            claims.setdefault(word, []).extend(n for n in names if n not in claims.get(word, ()))
        for header, name in list(own.items()):
            block = name.rpartition("_")[2]
            if block in {"units", "cost", "retail"} and header.endswith(block):
                claims.setdefault(block + header.removesuffix(block), []).append(name)
    claims = {word: names for word, names in claims.items() if word not in own}
    single = {word: names[0] for word, names in claims.items() if len(set(names)) == 1}
    several = {word: names for word, names in claims.items() if len(set(names)) > 1}
    return own, single, several


def _bare_measures() -> Iterator[tuple[str, list[str]]]:
    """List measures named without their block, which could be any of them: ``Receipts`` alone."""
    for measure in BALANCE_MEASURES:
        blocks = [b for b in ("units", "cost", "retail") if getattr(measure, b) is not None]
        for label in (measure.label, *measure.synonyms):
            yield spelling(label), [f"{measure.name}_{block}" for block in blocks]
    for edge in ("bop", "eop"):
        yield edge, [f"{edge}_{block}" for block in ("units", "cost", "retail")]


@dataclass(frozen=True, slots=True)
class _Claim:
    """One header cell: its text and the names it could mean, by its own name or a synonym."""

    index: int
    text: str
    names: tuple[str, ...]
    own: bool


def _claim(contract: str, index: int, spellings: Sequence[str], text: str) -> _Claim:
    own, single, several = _dictionary(contract)
    for key in spellings:
        if key in own:
            return _Claim(index, text, (own[key],), own=True)
        if key in single:
            return _Claim(index, text, (single[key],), own=False)
    for key in spellings:
        if key in several:
            return _Claim(index, text, tuple(several[key]), own=False)
    return _Claim(index, text, (), own=False)


def _one_row(contract: str, row: Sequence[object]) -> list[_Claim]:
    claims = []
    for i, v in enumerate(row[:_SEARCHED_COLUMNS]):
        if not (isinstance(v, str) and v.strip()):
            continue
        claim = _claim(contract, i, (spelling(v),), v.strip())
        plain = _REMARK.sub("", v)
        if not claim.names and plain != v:
            claim = replace(_claim(contract, i, (spelling(plain),), v.strip()), own=False)
        claims.append(claim)
    return claims


def _two_rows(contract: str, upper: Sequence[object], lower: Sequence[object]) -> list[_Claim]:
    """Read a block row over a measure row; a block word reaches right over blanks and repeats."""
    if not any(spelling(v) in _BLOCK_WORDS for v in upper):
        return []
    claims: list[_Claim] = []
    block = ""
    for i in range(min(max(len(upper), len(lower)), _SEARCHED_COLUMNS)):
        above = upper[i] if i < len(upper) else None
        below = lower[i] if i < len(lower) else None
        if isinstance(above, str) and above.strip():
            block = above.strip()
        word = _BLOCK_WORDS.get(spelling(block), "")
        if isinstance(below, str) and below.strip():
            text = below.strip()
            alone = spelling(text)
            tries = ((alone + word, alone) if word else (alone,)) if alone != word else (alone,)
            together = f"{text} {block}" if word and alone != spelling(block) else text
            claim = _claim(contract, i, tries, together)
            claims.append(claim)
        elif isinstance(above, str) and above.strip() and not word:
            claims.append(_claim(contract, i, (spelling(above),), above.strip()))
    return claims


def _score(claims: Sequence[_Claim]) -> int:
    """How many different columns a header row speaks for; an ambiguous header counts as one."""
    return len({claim.names for claim in claims if claim.names})


def locate(contract: Contract, rows: Sequence[Sequence[object]]) -> HeaderPlace | None:
    """Find the contract's header among the first rows of a sheet.

    Parameters
    ----------
    contract
        What the sheet is read as.
    rows
        The first rows of the sheet as raw values, from row 1; 40 of them are looked at.

    Returns
    -------
    HeaderPlace or None
        The row (or pair of rows) that speaks for most columns of the contract, the first of
        equals; ``None`` where no row names at least two of them.

    Examples
    --------
    >>> from invval_xl.tables.contracts import CONTRACTS
    >>> place = locate(CONTRACTS["Quality"], [["Damage report"], [], ["Item", "Damaged Units"]])
    >>> place.body_row, dict(place.columns), place.synonyms[0].header
    (4, {'sku': 0, 'damaged_units': 1}, 'Item')
    """
    best: tuple[int, tuple[int, ...], list[_Claim]] | None = None
    searched = rows[:SEARCHED_ROWS]
    for r, row in enumerate(searched):
        claims = _one_row(contract.name, row)
        candidates: list[tuple[tuple[int, ...], list[_Claim]]] = [((r + 1,), claims)]
        if r + 1 < len(searched):
            pair = _two_rows(contract.name, row, searched[r + 1])
            candidates.append(((r + 1, r + 2), pair))
        for places, found in candidates:
            score = _score(found)
            if score >= _LEAST_MATCHES and (best is None or score > best[0]):
                best = (score, places, found)
    if best is None:
        return None
    return _settle(contract, best[1], best[2])


def _settle(contract: Contract, places: tuple[int, ...], claims: Sequence[_Claim]) -> HeaderPlace:
    """Decide between claims: a column's own name wins over synonyms; equals are refused."""
    claimed: dict[str, list[_Claim]] = {}
    for claim in claims:
        if len(claim.names) == 1:
            claimed.setdefault(claim.names[0], []).append(claim)
    columns: dict[str, int] = {}
    synonyms: list[SynonymUsed] = []
    duplicated: dict[str, tuple[int, ...]] = {}
    yielded: list[tuple[int, str, str]] = []
    for column in contract.columns:
        rivals = claimed.get(column.name, [])
        if not rivals:
            continue
        first = [c for c in rivals if c.own] or rivals
        if len(first) > 1:
            duplicated[column.name] = tuple(c.index for c in first)
        columns[column.name] = first[0].index
        if not first[0].own:
            synonyms.append(SynonymUsed(column.name, first[0].text, first[0].index))
        if first is not rivals:
            yielded.extend((c.index, c.text, column.name) for c in rivals if not c.own)
    several = [c for c in claims if len(c.names) > 1]
    spare = [c for c in several if all(name in columns for name in c.names)]
    unknown = [(c.index, c.text) for c in [*(c for c in claims if not c.names), *spare]]
    ambiguous = [(c.index, c.text, c.names) for c in several if c not in spare]
    return HeaderPlace(
        contract=contract.name,
        header_rows=places,
        body_row=places[-1] + 1,
        columns=columns,
        synonyms=tuple(synonyms),
        unknown=tuple(sorted(unknown)),
        duplicated=duplicated,
        ambiguous=tuple(ambiguous),
        yielded=tuple(yielded),
    )
