# A case a line: it reads as the table it is.
# ruff: noqa: E501
# fmt: off
"""The hostile corpus of contents: whole workbooks that a program opens and a person got wrong.

Each case has its one right answer, by what an inventory accountant would expect of a workpaper:
``refuse`` where a figure could be wrong by it, ``warn`` where somebody must look, ``accept`` where
the figure stands and at most a note is due. ``codes`` are the findings that must be there; a
refused book shows no other STOP and a read one no other WARN than these, those of ``also`` (what
follows from the one thing wrong) and what the clean book shows. ``cost`` is what must be valued.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invval_xl.hosts.memory import ErrorCell
from tests.hosts.file.contents_book import Formula, Literal, Shown, Written
from tests.hosts.file.packing import MAIN, XML, rels_xml
from tests.tables.builders import BALANCE, BALANCE_HEADER, CONTROL, ITEMS, PERIOD, spoiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CLEAN", "Contents", "contents"]

Rows = "Sequence[Sequence[object]]"
COST = 170.0
PRICES = [
    ["SKU", "Date", "Price"],
    ["00123", dt.date(2026, 10, 15), 21.0],
    ["B7", dt.date(2026, 10, 15), 12.0],
]
CLEAN: Mapping[str, Rows] = {
    "Control": CONTROL,
    "ItemMaster": ITEMS,
    "BalanceSet": BALANCE,
    "MarketPrices": PRICES,
}
LAYERS_HEADER = ["SKU", "Location", "Receipt Date", "Units Remaining", "Unit Cost"]


@dataclass(frozen=True)
class Contents:
    """One workbook and its right answer.

    Parameters
    ----------
    name
        What is wrong with it.
    book
        The workbook.
    answer, codes, also, cost
        As the module says.
    screen
        Why Excel's own values cannot stand for the file's, where they cannot.
    clicked
        Why the button accepts what the command refuses, where it does.
    state
        What stands around the file: ``locked`` (open elsewhere) or ``read-only``.
    suffix
        The file's ending.
    """

    name: str
    book: Written
    answer: str
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    cost: float = COST
    screen: str = ""
    clicked: str = ""
    state: str = ""
    suffix: str = ".xlsx"


def _book(changes: Mapping[str, Rows | None], **around: object) -> Written:
    sheets = {**CLEAN, **changes}
    return Written({n: rows for n, rows in sheets.items() if rows is not None}, **around)  # type: ignore[arg-type]


def _case(
    name: str,
    changes: Mapping[str, Rows | None],
    answer: str,
    codes: str = "",
    *,
    also: str = "",
    **more: object,
) -> Contents:
    return Contents(name, _book(changes), answer, tuple(codes.split()), tuple(also.split()), **more)  # type: ignore[arg-type]


def balance(**cells: object) -> Mapping[str, Rows]:
    """The clean book with cells of its balance set replaced."""
    return {"BalanceSet": spoiled(BALANCE, **cells)}


def items(**cells: object) -> Mapping[str, Rows]:
    """The clean book with cells of its item master replaced."""
    return {"ItemMaster": spoiled(ITEMS, **cells)}


def prices(**cells: object) -> Mapping[str, Rows]:
    """The clean book with cells of its market prices replaced."""
    return {"MarketPrices": spoiled(PRICES, **cells)}


def control(**settings: object) -> Mapping[str, Rows]:
    """The clean book with settings replaced; ``None`` leaves a setting out."""
    named = {k.replace("_", " ").title().replace("Gl ", "GL "): v for k, v in settings.items()}
    rows = [[k, named.pop(k, v)] for k, v in CONTROL]
    rows += [[k, v] for k, v in named.items()]
    return {"Control": [row for row in rows if row[1] is not None]}


def moved(name: str, first: object, second: object, **cells: object) -> Mapping[str, Rows]:
    """The clean book with one more column, L, in its balance set."""
    rows = spoiled(BALANCE, **cells)
    return {
        "BalanceSet": [[*row, more] for row, more in zip(rows, (name, first, second), strict=True)]
    }


def extra_rows(
    *rows: Sequence[object], sheet: str = "BalanceSet", ledger: float | None = None
) -> Mapping[str, Rows]:
    """The clean book with more rows at the end of a sheet."""
    more = {sheet: [*CLEAN[sheet], *rows]}
    return more if ledger is None else {**more, **control(gl_inventory=ledger)}


def contents() -> list[Contents]:
    """Every case."""
    return [
        *_figures(), *_prices_and_rates(), *_conserved(), *_keys(), *_dates(), *_settings(),
        *_sheets(), *_headers(), *_rows(), *_texts(), *_package(),
    ]  # fmt: skip


def _figures() -> list[Contents]:
    returned = {"BalanceSet": [[*BALANCE_HEADER, "Adjustments Units", "Adjustments Cost"],
                               ["00123", "S1", PERIOD, 10, 5, 3, 10, 100.0, 50.0, 30.0, 100.0, "(2)", "(20.00)"],
                               [*BALANCE[2], 0, 0]], **control(gl_inventory=150.0)}  # fmt: skip
    return [
        _case("the clean book", {}, "accept"),
        _case("numbers as text", balance(K2="120", K3="50"), "warn", "TB205"),
        _case("numbers as text with a dollar sign", balance(K2="$120.00", K3="$50.00"), "warn", "TB205"),
        _case("decimal commas", balance(K2="120,00", K3="50,00"), "warn", "TB205"),
        _case("decimal comma or thousands", balance(H3="1,234"), "refuse", "TB206"),
        _case("parentheses for a negative adjustment", returned, "warn", "TB205", cost=150.0),
        _case("a unit of measure beside the figure", balance(G2="12 pcs"), "refuse", "TB207"),
        _case("words for a figure", balance(K3="see tab 2"), "refuse", "TB207"),
        _case("euros in a dollar column", balance(K2="€120.00"), "refuse", "TB217"),
        _case("the text NaN", balance(K2="NaN"), "refuse", "TB207"),
        _case("the text inf", balance(K2="inf"), "refuse", "TB207"),
        _case("a number stored as NaN", balance(K2=Literal("NaN")), "refuse", "TB201", screen="no program shows a number that is none"),
        _case("a number beyond 1E+308", balance(K2=Literal("1E+309")), "refuse", "TB201", screen="no program shows a number that is none"),
        _case("more than 15 digits", balance(K2=1234567890123456789), "refuse", "TB216", also="BS106 BS108 BS130"),
        _case("a truth value for a figure", balance(K2=True), "refuse", "TB207"),
        _case("a date for a figure", balance(G2=dt.date(2026, 10, 12)), "refuse", "TB207"),
        _case("a blank where a figure must be", balance(K2=None), "refuse", "TB204"),
        _case("#N/A in a required column", balance(K2=ErrorCell("#N/A")), "refuse", "TB201"),
        _case("#REF! in an optional column", items(C2=ErrorCell("#REF!")), "warn", "TB202"),
        _case("#DIV/0! in a setting", control(gl_inventory=ErrorCell("#DIV/0!")), "refuse", "TB502"),
        _case("a formula never calculated", balance(K2=Formula("H2+I2-J2")), "refuse", "TB203", screen="Excel calculates it"),
        _case("a calculated formula", balance(K2=Formula("H2+I2-J2", 120.0)), "accept"),
        _case("a volatile formula without a value in a setting", control(period_end=Formula("TODAY()")), "refuse", "TB502", also="TB607 RV409", screen="Excel calculates it"),
        _case("blank optional movements", moved("Transfers In Units", None, 0), "accept", "TB213"),
    ]  # fmt: skip


def _prices_and_rates() -> list[Contents]:
    def rated(first: object) -> Mapping[str, Rows]:
        return {
            "ItemMaster": [
                [*row, rate]
                for row, rate in zip(ITEMS, ("Cost To Sell Rate", first, 0.1), strict=True)
            ]
        }

    foreign = {"MarketPrices": [["SKU", "Date", "Price", "Currency"], ["B7", PERIOD, 9.0, "EUR"]]}
    return [
        _case("a rate of .2", rated(0.2), "accept"),
        _case("a rate of 20", rated(20), "refuse", "TB211"),
        _case("a rate of 20% as text", rated("20%"), "warn", "TB205"),
        _case("a negative rate", rated(-0.2), "refuse", "TB211"),
        _case("a negative ticket price", items(C2=-20.0), "refuse", "TB210"),
        _case("a ticket price of zero beside a market price", items(C2=0), "accept"),
        _case("a ticket price of zero and no other", {**items(C2=0), "MarketPrices": None}, "warn", "PR101 PR104 RV207"),
        _case("a negative market price", prices(C2=-1.0), "refuse", "TB210"),
        _case("a market price of zero", prices(C2=0), "refuse", "PR107"),
        _case("a price in another currency", foreign, "refuse", "TB605"),
        _case("no price at all", {"MarketPrices": None, "ItemMaster": [row[:2] for row in ITEMS]}, "warn", "PR101 RV207"),
    ]  # fmt: skip


def _conserved() -> list[Contents]:
    b7 = ["B7", "S2", PERIOD]
    unmatched = {
        "BalanceSet": [
            [*BALANCE_HEADER, "Transfers In Units", "Transfers Out Units"],
            [*spoiled(BALANCE, G2=14)[1], 2, 0],
            [*BALANCE[2], 0, 0],
        ]
    }
    return [
        _case("units broken", balance(G2=13), "refuse", "BS108"),
        _case("cost broken", {**moved("Revaluation Cost", 0, 0, K2=127.0), **control(gl_inventory=177.0)}, "refuse", "BS108"),
        _case("cost drifted and no column for it", {**balance(K2=121.0), **control(gl_inventory=171.0)}, "warn", "BS113", cost=171.0),
        _case("not what the ledger holds", control(gl_inventory=171.0), "refuse", "BS130"),
        _case("receipts reversed, so that it foots", {**balance(E2=-5, G2=2, I2=-50.0, K2=20.0), **control(gl_inventory=70.0)}, "accept", cost=70.0),
        _case("a sign flipped", balance(E2=-5, I2=-50.0), "refuse", "BS103"),
        _case("negative on hand", extra_rows([*b7, 0, 0, 4, -4, 0.0, 0.0, 0.0, 0.0]), "refuse", "BS140"),
        _case("units without cost", extra_rows([*b7, 4, 0, 0, 4, 0.0, 0.0, 0.0, 0.0]), "refuse", "BS141"),
        _case("cost without units", extra_rows([*b7, 4, 0, 4, 0, 40.0, 0.0, 30.0, 10.0], ledger=180.0), "refuse", "BS142"),
        _case("negative cost", balance(H3=80.0, J3=130.0, K3=-50.0) | control(gl_inventory=70.0), "refuse", "BS143"),
        _case("cost per case at one location", extra_rows([*b7, 5, 0, 0, 5, 500.0, 0.0, 0.0, 500.0], ["B7", "S3", PERIOD, 5, 0, 0, 5, 50.0, 0.0, 0.0, 50.0], ledger=720.0), "warn", "BS145", cost=720.0),
        _case("the same row twice", extra_rows(BALANCE[2]), "refuse", "TB310", also="BS107 BS130"),
        _case("transfers that do not net", unmatched, "refuse", "BS150"),
        _case("layers short of the stock", {"CostLayers": [LAYERS_HEADER, ["00123", "S1", dt.date(2026, 9, 1), 11, 10.0], ["B7", "S1", dt.date(2026, 9, 1), 5, 10.0]]}, "refuse", "CL101", also="CL102"),
    ]  # fmt: skip


def _keys() -> list[Contents]:
    number = {
        "ItemMaster": [*ITEMS, [45, "Hats", 9.0]],
        "BalanceSet": [*BALANCE, [45, "S1", PERIOD, 1, 0, 0, 1, 5.0, 0.0, 0.0, 5.0]],
        **control(gl_inventory=175.0),
    }
    quoted = {
        "ItemMaster": spoiled(ITEMS, A3="3\u2019 rod"),
        **balance(A3="3' rod"),
        "MarketPrices": PRICES[:2],
    }
    long = {**items(A3="1.23E+15"), **balance(A3="1.23E+15"), **prices(A3="1.23E+15")}
    return [
        _case("00123 stored as 123", balance(A2=123), "refuse", "TB601"),
        _case("numbers shown with zeros", balance(A2=Shown(123)), "accept", "TB304"),
        _case("numbers beside keys with leading zeros", number, "warn", "TB303", also="PR104", cost=175.0),
        _case("trailing blanks and a no-break space", balance(A3="B7 \u00a0"), "warn", "TB302"),
        _case("a zero-width space", balance(A3="B\u200b7"), "warn", "TB302"),
        _case("a bidirectional override", balance(A3="\u202eB7"), "warn", "TB302"),
        _case("full-width digits", balance(A2="\uff10\uff10123"), "warn", "TB302"),
        _case("a curly quote for a straight one", quoted, "refuse", "TB601"),
        _case("another case", balance(A3="b7"), "refuse", "TB601"),
        _case("a key turned into a date", balance(A3=dt.date(2026, 3, 7)), "refuse", "TB305", also="TB601"),
        _case("a key of 16 digits as a number", balance(A3=1234567890123456), "refuse", "TB305", also="TB601"),
        _case("a key in scientific notation", long, "warn", "TB308"),
        _case("a control character in a key", balance(A3="B7_x0001_"), "refuse", "TB306"),
        _case("an item held twice in the item master", {"ItemMaster": [*ITEMS, ITEMS[2]]}, "refuse", "TB310"),
        _case("stock of an unknown item", balance(A3="B8"), "refuse", "TB601"),
        _case("past movements of an unknown item", extra_rows(["OLD", "S1", dt.date(2026, 9, 30), 1, 0, 1, 0, 5.0, 0.0, 5.0, 0.0]), "warn", "TB602", also="BS112"),
        _case("a location nobody knows", {"Locations": [["Location", "Name"], ["S2", "Outlet"]]}, "warn", "TB604"),
    ]  # fmt: skip


def _dates() -> list[Contents]:
    first = dt.date(2026, 10, 1)
    launched = [
        ["SKU", "Category", "Ticket Price", "Launch Date"],
        [*ITEMS[1], "1899-12-31"],
        [*ITEMS[2], None],
    ]
    thirtieth = [
        [*row, day] for row, day in zip(ITEMS, ("Launch Date", "2026-02-30", None), strict=True)
    ]
    layers = [
        LAYERS_HEADER,
        ["00123", "S1", dt.date(2026, 11, 5), 12, 10.0],
        ["B7", "S1", dt.date(2026, 9, 1), 5, 10.0],
    ]
    later = ["B7", "S1", dt.date(2026, 11, 30), 5, 0, 0, 5, 50.0, 0.0, 0.0, 50.0]
    return [
        _case("period ends as text", balance(C2="2026-10-31", C3="2026-10-31"), "accept", "TB404"),
        _case("period ends as numbers", balance(C2=46326, C3=46326), "accept", "TB405"),
        _case("a date with the day first, decided", prices(B2="15/10/2026", B3="15/10/2026"), "accept", "TB404"),
        _case("a date that reads two ways", prices(B2="03/04/2026"), "refuse", "TB403"),
        _case("no date", balance(C3="when counted"), "refuse", "TB401", also="BS130"),
        _case("the thirtieth of February", {"ItemMaster": thirtieth}, "warn", "TB402"),
        _case("a date before 1900", {"ItemMaster": launched}, "warn", "TB402"),
        replace(_case("dates counted from 1904", {}, "accept", "WB406"), book=_book({}, later_epoch=True)),
        _case("a price dated after the close", prices(B2=dt.date(2027, 1, 15)), "warn", "PR103 PR104"),
        _case("every price dated after the close", prices(B2=dt.date(2027, 1, 15), B3=dt.date(2027, 1, 15)), "warn", "PR103 PR104"),
        _case("a layer dated after the close", {"CostLayers": layers}, "warn", "CL108"),
        _case("first days of the month", balance(C2=first, C3=first), "warn", "TB406"),
        _case("two period ends a day apart", balance(C3=dt.date(2026, 10, 30)), "refuse", "BS111 TB408", also="BS130"),
        _case("no rows of the period", control(period_end=dt.date(2026, 11, 30)), "refuse", "TB607", also="RV409"),
        _case("rows of a later period", extra_rows(later), "accept", "TB608"),
    ]  # fmt: skip


def _settings() -> list[Contents]:
    twice = {"Control": [*CONTROL, ["Framework", "ifrs"]]}
    return [
        _case("a framework nobody knows", control(framework="jgaap"), "refuse", "TB502"),
        _case("a cost method nobody knows", control(cost_method="nifo"), "refuse", "TB502"),
        _case("no framework", control(framework=None), "refuse", "TB501"),
        _case("LIFO under IFRS", control(framework="ifrs", cost_method="lifo"), "refuse", "FW101"),
        _case("lower of cost or market for FIFO", control(measurement="lcm"), "refuse", "FW102"),
        _case("a currency in words", control(currency="dollars"), "refuse", "TB502"),
        _case("a setting given twice", twice, "refuse", "TB503"),
        _case("the ledger balance as text", control(gl_inventory="170.00"), "accept"),
        _case("a setting misspelt", control(Materialty=100.0), "accept", "TB504"),
    ]  # fmt: skip


def _sheets() -> list[Contents]:
    return [
        _case("no Control", {"Control": None}, "refuse", "TB101"),
        _case("no ItemMaster", {"ItemMaster": None}, "refuse", "TB101"),
        _case("no BalanceSet", {"BalanceSet": None}, "refuse", "TB101"),
        _case("a sheet under a synonym", {"BalanceSet": None, "Stock Ledger": BALANCE}, "accept", "TB103"),
        _case("two sheets for one contract", {"ItemMaster": None, "Items": ITEMS, "Products": ITEMS}, "refuse", "TB102"),
        _case("a header and no rows", {"BalanceSet": [BALANCE_HEADER]}, "refuse", "TB121", also="BS130 RV409 TB607"),
        _case("no header row", {"BalanceSet": BALANCE[1:]}, "refuse", "TB104"),
        _case("an optional sheet without a header", {"CostLayers": [["to do"]]}, "warn", "TB105"),
        replace(_case("a hidden sheet", {}, "accept", "TB115"), book=_book({}, states={"ItemMaster": "hidden"})),
        replace(_case("a very hidden sheet", {}, "accept", "TB115"), book=_book({}, states={"ItemMaster": "veryHidden"})),
        _case("a sheet of the user's own named as a paper", {"C-1 Lead": [["my own notes"]]}, "refuse", "WB907"),
    ]  # fmt: skip


def _headers() -> list[Contents]:
    titles = [["Acme Stores"], ["Inventory balance, October"], [], *BALANCE]
    grouped = [[None, None, None, "Units", None, None, None, "Cost", None, None, None], *BALANCE]
    wide = [[*BALANCE_HEADER, None], [*BALANCE[1], 9.0], [*BALANCE[2], 9.0]]
    twice = [[*row, more] for row, more in zip(BALANCE, ("EOP Cost", 120.0, 50.0), strict=True)]

    def merged(rows: Rows, *areas: str) -> Written:
        cells = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
        return _book({"BalanceSet": rows}, tail={"BalanceSet": f"<mergeCells>{cells}</mergeCells>"})

    over = [list(row) for row in BALANCE]
    over[1][0], over[2][:2] = "B7", [None, "S2"]
    amounts = spoiled(BALANCE, K3=None)
    return [
        _case("a header by a synonym", balance(A1="Item No", G1="On Hand"), "accept", "TB109"),
        _case("a required header renamed", balance(K1="Valor final"), "refuse", "TB106"),
        _case("an optional column left out", {"ItemMaster": [row[:2] for row in ITEMS]}, "accept"),
        _case("a header held twice", {"BalanceSet": twice}, "refuse", "TB107"),
        _case("a column nobody knows", moved("Buyer", "Ann", "Bob"), "accept", "TB110"),
        _case("titles above the header", {"BalanceSet": titles}, "accept"),
        replace(_case("merged group titles above the header", {}, "accept"), book=merged(grouped, "D1:G1", "H1:K1")),
        replace(_case("one header merged over two columns", {}, "refuse", "TB107"), book=merged(wide, "K1:L1")),
        replace(_case("a key merged over two rows", {}, "warn", "TB116"), book=merged(over, "A2:A3")),
        replace(_case("a figure merged over two rows", {}, "refuse", "TB117", also="TB204"), book=merged(amounts, "K2:K3")),
    ]  # fmt: skip


def _rows() -> list[Contents]:
    sums = [None, None, None, 18, 5, 6, 17, 180.0, 50.0, 60.0, 170.0]
    filtered = '<autoFilter ref="A1:K3"><filterColumn colId="0"><filters><filter val="00123"/></filters></filterColumn></autoFilter>'
    hidden_cost = '<cols><col min="11" max="11" width="9" hidden="1" customWidth="1"/></cols>'
    averages = ["Averages", None, None, 9.0, 2.5, 3.0, 8.5, 90.0, 25.0, 30.0, 85.0]
    beside = [
        [*BALANCE[0], None, "Buyer", "Lines"],
        [*BALANCE[1], None, "Ann", 1],
        [*BALANCE[2], None, "Sum", 1],
    ]

    def tabled(rows: Rows, ref: str, *columns: str) -> Written:
        names = "".join(
            f'<tableColumn id="{i}" name="{name}"/>' for i, name in enumerate(columns, 1)
        )
        table = f'{XML}<table xmlns="{MAIN}" id="1" name="Movements" displayName="Movements" ref="{ref}" totalsRowCount="1"><tableColumns count="{len(columns)}">{names}</tableColumns></table>'
        parts = {
            "xl/tables/table1.xml": table,
            "xl/worksheets/_rels/sheet3.xml.rels": rels_xml(
                ("rId1", "table", "../tables/table1.xml")
            ),
        }
        return _book(
            {"BalanceSet": rows},
            parts=parts,
            tail={"BalanceSet": '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'},
        )

    return [
        replace(_case("the totals row of a table, of averages", {}, "warn", "TB118"), book=tabled([*BALANCE, averages], "A1:K4", *BALANCE_HEADER)),
        replace(_case("the totals row of another table beside", {}, "accept"), book=tabled(beside, "M1:N3", "Buyer", "Lines")),
        _case("a totals row by name", extra_rows(["Total", *sums[1:]]), "warn", "TB118"),
        _case("a totals row without a name", extra_rows(sums), "warn", "TB118"),
        _case("a row without its SKU", extra_rows([None, "S1", PERIOD, 1, 0, 0, 1, 9.0, 0.0, 0.0, 9.0]), "refuse", "TB204", also="BS130"),
        _case("a row without any key", extra_rows([None, None, PERIOD, 1, 0, 0, 1, 9.0, 0.0, 0.0, 9.0]), "refuse", "TB119"),
        _case("blank rows inside the table", {"BalanceSet": [*BALANCE[:2], [None] * 11, BALANCE[2]]}, "accept", "TB120"),
        _case("the header again inside the table", {"BalanceSet": [*BALANCE[:2], BALANCE_HEADER, BALANCE[2]]}, "accept", "TB123"),
        _case("a footnote below the table", extra_rows(["Counted on 31 October"]), "warn", "TB125"),
        replace(_case("a hidden row", {}, "accept", "TB112"), book=_book({}, hidden={"BalanceSet": (3,)})),
        replace(_case("a filtered row", {}, "accept", "TB113"), book=_book({}, hidden={"BalanceSet": (3,)}, tail={"BalanceSet": filtered}), screen="what a filter hides is hidden"),
        replace(_case("a hidden column", {}, "accept", "TB114"), book=_book({}, head={"BalanceSet": hidden_cost})),
    ]  # fmt: skip


def _texts() -> list[Contents]:
    described = [
        ["SKU", "Category", "Ticket Price", "Description"],
        [*ITEMS[1], "=cmd|'/C calc'!A0"],
        [*ITEMS[2], '@SUM(1+1)*HYPERLINK("http://x")'],
    ]
    injected = {
        "ItemMaster": [*described, ["+1", "=1+1", 9.0, "-2+3"]],
        "BalanceSet": [*BALANCE, ["+1", "=S1", PERIOD, 1, 0, 0, 1, 5.0, 0.0, 0.0, 5.0]],
        **control(gl_inventory=175.0),
    }
    long = [
        [*row, more] for row, more in zip(ITEMS, ("Description", "x" * 40_000, None), strict=True)
    ]
    mirrored = [
        [*row, more]
        for row, more in zip(
            ITEMS, ("Description", "cod\u202egpj.exe \U0001f45f ٣", None), strict=True
        )
    ]
    return [
        _case("texts that look like formulas", injected, "warn", "PR104", cost=175.0),
        _case("a text of 40,000 characters", {"ItemMaster": long}, "refuse", "TB307"),
        _case("a mirrored description", {"ItemMaster": mirrored}, "accept"),
        _case("a control character in a description", {"ItemMaster": [[*row, more] for row, more in zip(ITEMS, ("Description", "a_x0007_b", None), strict=True)]}, "refuse", "TB306"),
    ]  # fmt: skip


def _package() -> list[Contents]:
    link = {
        "xl/externalLinks/externalLink1.xml": f'{XML}<externalLink xmlns="{MAIN}"><externalBook r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": rels_xml(
            ("rId1", "externalLinkPath", "file:///C:/prices.xlsx")
        ),
    }
    pivot = {
        "xl/pivotCache/pivotCacheDefinition1.xml": f'{XML}<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource ref="A1:K3" sheet="BalanceSet"/></cacheSource><cacheFields count="0"/></pivotCacheDefinition>'
    }
    protected = _book(
        {}, tail={"BalanceSet": '<sheetProtection sheet="1" objects="1" scenarios="1"/>'}
    )
    structure = _book({}, before_sheets='<workbookProtection lockStructure="1"/>')
    signed = _book({}, parts={"_xmlsignatures/sig1.xml": f"{XML}<Signature/>"})
    macros = _book({}, parts={"xl/vbaProject.bin": b"x"})

    def around(name: str, book: Written, answer: str, codes: str = "", **more: object) -> Contents:
        return replace(_case(name, {}, answer, codes, **more), book=book)

    return [
        around("an external link", _book({}, parts=link), "accept", "WB402"),
        around("a pivot cache", _book({}, parts=pivot), "accept"),
        around("macros", macros, "accept", "WB401", suffix=".xlsm"),
        around("a protected sheet", protected, "accept"),
        around("a protected structure", structure, "refuse", "WB915"),
        around("a signed workbook", signed, "refuse", "WB913", clicked="Excel itself ends the signature"),
        around("open in Excel elsewhere", _book({}), "refuse", "WB930", state="locked", clicked="it is open here"),
        around("a read-only file", _book({}), "refuse", "WB931", state="read-only", clicked="Excel writes nothing to the file"),
    ]  # fmt: skip
