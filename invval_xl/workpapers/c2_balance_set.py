"""C-2 Balance Set: inventory is conserved in units, cost and retail, footed and cross-footed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import BALANCE_MEASURES
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Sheet, texts
from invval_xl.workpapers.sums import money_by

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["lay_balance_set"]

NAME = "C-2 Balance Set"
_COLUMNS = 8
_LAYERED_ITEMS = 20
_STATUS = {"passed": "good", "failed": "stop", "not tested": "quiet"}


def lay_balance_set(case: Case) -> Sheet:
    """Lay C-2: the measures by valuation, the foot tests, each valuation by category, breaks."""
    conservation = case.conservation
    sheet = open_paper(
        case,
        NAME,
        "Prove that inventory is conserved: EOP = BOP + additions - reductions.",
        [
            f"Of the period {conservation.period_end:%Y-%m-%d}: {len(conservation.current):,} rows"
            " of the BalanceSet.",
            "Not in the sheet: "
            + (", ".join(conservation.absent) or "nothing that was looked for")
            + ".",
        ],
        [
            "Foot every row in every valuation; carry every EOP to the next BOP.",
            "Net transfers over all locations; agree EOP at cost to the ledger and to cost layers.",
        ],
        inputs=tuple(n for n in ("BalanceSet", "CostLayers") if case.tables.get(n) is not None),
        columns=_COLUMNS,
    )
    sheet.section("Results: measures of the period", _COLUMNS)
    kept = case.tables.beside
    beside = kept.cost if kept else 0.0
    _measures(sheet, conservation.current_totals(), case.control.gl_inventory, beside)
    sheet.space()
    sheet.section("Foot tests", _COLUMNS)
    _tests(case, sheet)
    sheet.space()
    for valuation in ("units", "cost", "retail"):
        if f"eop_{valuation}" in conservation.current:
            sheet.section(f"By category, {valuation}", _COLUMNS)
            _categories(case, sheet, valuation)
            sheet.space()
    if case.tables.get("CostLayers") is not None:
        sheet.section("Cost layers, by category", _COLUMNS)
        _layers(case, sheet)
        sheet.space()
    sheet.section("Breaks", _COLUMNS)
    _breaks(sheet, conservation.breaks)
    close_paper(
        sheet,
        [
            "Inventory is conserved in every valuation present, and agrees to the ledger."
            if conservation.conserved and not len(conservation.breaks)
            else f"{len(conservation.breaks):,} break(s) remain, none of which stops the run; see"
            " C-12."
        ],
        ["F", "CF", "GL", "RC"],
        ["C-1 Lead", "C-12 Findings"],
        columns=_COLUMNS,
    )
    return sheet


def _measures(sheet: Sheet, totals: pd.DataFrame, ledger: float, beside: float = 0.0) -> None:
    """One row a measure, one column a valuation; EOP recomputed below and compared."""
    present = [v for v in ("units", "cost", "retail") if (totals["valuation"] == v).any()]
    wide = totals.pivot_table(index="measure", columns="valuation", values="total")
    order = ["bop", *(m.name for m in BALANCE_MEASURES), "revaluation_not_recorded"]
    names = [n for n in order if n in wide.index]
    labels = totals.drop_duplicates("measure").set_index("measure")["label"]
    signs = totals.drop_duplicates("measure").set_index("measure")["sign"]
    place = sheet.table(
        [
            Column(
                "measure", "Measure", np.array([labels[n] for n in names], dtype=object), width=46
            ),
            Column(
                "sign", "Sign", np.array([signs[n] for n in names], dtype=float), "count", width=14
            ),
            *[
                Column(
                    v,
                    v.capitalize(),
                    wide[v].reindex(names).to_numpy(dtype=float),
                    "units" if v == "units" else "money",
                    width=18,
                )
                for v in present
            ],
        ]
    )
    rows: dict[str, list[float]] = {"EOP computed": [], "EOP reported": [], "Break": []}
    for v in present:
        flows = wide[v].reindex(names).fillna(0.0) * signs.reindex(names)
        computed = round(float(flows.sum()), 2)
        reported = round(float(wide[v]["eop"]), 2)
        rows["EOP computed"].append(computed)
        rows["EOP reported"].append(reported)
        rows["Break"].append(round(reported - computed, 2))
    top = sheet.row
    for offset, (label, values) in enumerate(rows.items()):
        plain = label == "EOP reported"
        sheet.put(top + offset, 1, label, "text" if plain else "total_label")
        sheet.put(top + offset, 2, None, "text" if plain else "total_label")
        for i, v in enumerate(present):
            letter = place.letters[v]
            formula = {
                "EOP computed": f"=ROUND(SUMPRODUCT({place.local('sign')},{place.local(v)}),2)",
                "EOP reported": "",
                "Break": f"=ROUND({letter}{top + 1}-{letter}{top},2)",
            }[label]
            style = ("units" if v == "units" else "money") + ("" if plain else "_total")
            sheet.put(top + offset, 3 + i, values[i], style, formula=formula)
    for i, v in enumerate(present):
        cell = f"${place.letters[v]}${top + 2}"
        sheet.tick(top + 3, 3 + i, "CF", f"{cell}=0", holds=rows["Break"][i] == 0)
    sheet.keep(top - 1, top + 3)
    sheet.row = top + 4
    if "cost" not in present or np.isnan(ledger):
        return
    standing = f"${place.letters['cost']}${top + 1}"
    column = 3 + present.index("cost")
    also = ""
    if beside:
        sheet.put(sheet.row, 1, "Inventory at cost kept beside the workbook")
        also = "+" + sheet.put(sheet.row, 3 + present.index("cost"), beside, "money").split("!")[1]
        sheet.row += 1
    sheet.put(sheet.row, 1, "Inventory at cost per general ledger")
    per_ledger = sheet.put(sheet.row, column, ledger, "money").split("!", 1)[1]
    agrees = round(rows["EOP reported"][present.index("cost")] + beside - ledger, 2) == 0
    sheet.tick(
        sheet.row + 1, column, "GL", f"ROUND({standing}{also}-{per_ledger},2)=0", holds=agrees
    )
    sheet.row += 2


def _tests(case: Case, sheet: Sheet) -> None:
    tests = case.conservation.tests
    sheet.table(
        [
            Column("name", "Test", texts(f"{t.number}. {t.name}" for t in tests)),
            Column(
                "status",
                "Result",
                texts(t.status for t in tests),
                "center",
                styles=texts(_STATUS[t.status] for t in tests),
            ),
            Column("tested", "Tested", np.array([float(t.tested) for t in tests]), "count"),
            Column("failed", "Failed", np.array([float(t.failed) for t in tests]), "count"),
            Column("dollars", "Dollars", np.array([t.dollars for t in tests]), "money"),
            Column(
                "tolerance",
                "Tolerance, note",
                texts(f"{t.tolerance}; {t.note}".strip("; ") for t in tests),
                "wrap",
                width=44,
            ),
        ]
    )


def _categories(case: Case, sheet: Sheet, valuation: str) -> None:
    """BOP + additions - reductions = EOP for each category, and the feet of all."""
    current = case.conservation.current
    master = case.tables.item_master.frame.drop_duplicates("sku").set_index("sku")["category"]
    category = current["sku"].map(master).fillna("(no category)")
    zero = np.zeros(len(current))

    def flow(sign: int) -> NDArray[np.float64]:
        total = zero.copy()
        for measure in BALANCE_MEASURES:
            name = f"{measure.name}_{valuation}"
            if getattr(measure, valuation) == sign and name in current:
                total += np.nan_to_num(current[name].to_numpy(dtype=float))
        return total

    import pandas as pd

    unrecorded = case.conservation.revaluation_not_recorded if valuation == "cost" else 0.0
    rows = (
        pd.DataFrame(
            {
                "bop": current[f"bop_{valuation}"].to_numpy(dtype=float),
                "additions": flow(1),
                "reductions": flow(-1),
                "eop": current[f"eop_{valuation}"].to_numpy(dtype=float),
            }
        )
        .groupby(category.to_numpy())
        .sum()
        .round(2)
    )
    computed = (rows["bop"] + rows["additions"] - rows["reductions"]).round(2)
    style = "units" if valuation == "units" else "money"
    sheet.table(
        [
            Column("category", "Category", rows.index.to_numpy(dtype=object)),
            Column(
                "rows",
                "Rows",
                category.value_counts().reindex(rows.index).to_numpy(dtype=float),
                "count",
                total="sum",
            ),
            Column("bop", "BOP", rows["bop"].to_numpy(), style, total="sum"),
            Column("additions", "Additions", rows["additions"].to_numpy(), style, total="sum"),
            Column("reductions", "Reductions", rows["reductions"].to_numpy(), style, total="sum"),
            Column(
                "computed",
                "EOP Computed",
                computed.to_numpy(),
                style,
                "=ROUND([bop]+[additions]-[reductions],2)",
                total="sum",
                width=18,
            ),
            Column("eop", "EOP Reported", rows["eop"].to_numpy(), style, total="sum", width=18),
            Column(
                "difference",
                "Break",
                (rows["eop"] - computed).round(2).to_numpy(),
                style,
                "=ROUND([eop]-[computed],2)",
                total="sum",
                width=16,
            ),
        ],
        total_label="Total",
    )
    if unrecorded:
        sheet.text(
            f"Of the break {unrecorded:,.2f} is unit cost that moved without a Revaluation"
            " column: a revaluation not recorded, not a loss of goods.",
            "quiet",
        )


def _layers(case: Case, sheet: Sheet) -> None:
    """Layers against book: units and cost of what remains, on original receipt dates."""
    layers = case.tables.by_name["CostLayers"].frame
    current = case.conservation.current
    master = case.tables.item_master.frame.drop_duplicates("sku").set_index("sku")["category"]
    of_layer = layers["sku"].map(master).fillna("(no category)").to_numpy(dtype=object)
    of_row = current["sku"].map(master).fillna("(no category)").to_numpy(dtype=object)
    names = sorted(set(of_layer) | set(of_row))
    units = layers["units_remaining"].to_numpy(dtype=float)
    cost = np.round(units * layers["unit_cost"].to_numpy(dtype=float), 2)
    layered, booked = money_by(cost, of_layer, names), money_by(current["eop_cost"], of_row, names)
    sheet.table(
        [
            Column("category", "Category", texts(names)),
            Column(
                "layers",
                "Layers",
                np.array([float((of_layer == n).sum()) for n in names]),
                "count",
                total="sum",
            ),
            Column(
                "units",
                "Layer Units",
                np.array([units[of_layer == n].sum() for n in names]),
                "units",
                total="sum",
            ),
            Column(
                "book_units",
                "EOP Units",
                np.array(
                    [current["eop_units"].to_numpy(dtype=float)[of_row == n].sum() for n in names]
                ),
                "units",
                total="sum",
            ),
            Column("cost", "Layer Cost", layered, "money", total="sum"),
            Column("book", "EOP Cost", booked, "money", total="sum"),
            Column(
                "difference",
                "Difference",
                np.round(layered - booked, 2),
                "money",
                "=ROUND([cost]-[book],2)",
                total="sum",
            ),
        ],
        total_label="Total",
    )
    sheet.text(
        "Layer cost is rounded by layer; cents of rounding may stand between the two.", "quiet"
    )
    sheet.space()
    _layers_of_items(sheet, layers)


def _layers_of_items(sheet: Sheet, layers: pd.DataFrame) -> None:
    """The layers of the items that carry most cost, oldest first, on original receipt dates."""
    valued = layers.assign(
        cost=np.round(layers["units_remaining"] * layers["unit_cost"], 2),
        layer_id=layers.get("layer_id", ""),
    )
    held = valued.groupby(["sku", "location"])["cost"].sum().nlargest(_LAYERED_ITEMS)
    shown = valued.set_index(["sku", "location"]).loc[held.index].reset_index()
    shown = shown.assign(rank=shown.groupby(["sku", "location"], sort=False).ngroup())
    shown = shown.sort_values(["rank", "receipt_date"], kind="stable")
    sheet.section(f"Cost layers of the {len(held)} items that carry most cost", _COLUMNS)
    sheet.table(
        [
            Column("sku", "SKU", texts(shown["sku"])),
            Column("location", "Location", texts(shown["location"])),
            Column("layer", "Layer", texts(shown["layer_id"].fillna("").astype(str))),
            Column(
                "date",
                "Original Receipt Date",
                texts(str(day)[:10] for day in shown["receipt_date"]),
            ),
            Column("units", "Units", shown["units_remaining"].to_numpy(dtype=float), "units"),
            Column("unit_cost", "Unit Cost", shown["unit_cost"].to_numpy(float), "unit_price"),
            Column(
                "cost",
                "Layer Cost",
                shown["cost"].to_numpy(dtype=float),
                "money",
                "=ROUND([units]*[unit_cost],2)",
                total="sum",
            ),
        ],
        total_label="Total",
    )


def _breaks(sheet: Sheet, breaks: pd.DataFrame) -> None:
    if not len(breaks):
        sheet.text("None.", "good")
        return
    ordered = breaks.reindex(breaks["dollars"].abs().sort_values(ascending=False).index)
    sheet.table(
        [
            Column("kind", "Kind", texts(ordered["kind"])),
            Column("sku", "SKU", texts(ordered["sku"])),
            Column("location", "Location", texts(ordered["location"])),
            Column("period", "Period End", texts(str(d)[:10] for d in ordered["period_end"])),
            Column("units", "Units", ordered["units"].to_numpy(dtype=float), "units"),
            Column("dollars", "Dollars", ordered["dollars"].to_numpy(dtype=float), "money"),
            Column("cell", "Cell", texts(ordered["cell"].astype(str))),
            Column("cause", "Suspected Cause", texts(ordered["cause"].astype(str))),
        ]
    )
