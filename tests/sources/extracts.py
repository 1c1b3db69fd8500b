"""Folders with a config and the extracts it names; the import run over them as a user runs it."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from invval_xl.__main__ import main

CONFIGS = Path(__file__).resolve().parent / "configs"

HEAD = """
[import]
entity = "Three stores"
period_end = 2026-03-31
framework = "us-gaap"
currency = "USD"
cost_method = "average"
book = "book.xlsx"
"""


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    pd.DataFrame(rows).to_csv(folder / name, index=False)


def run_import(folder: Path, config: str, *more: str) -> tuple[int, dict[str, Any]]:
    """Write ``config`` into ``folder``, import it with ``--json``, give exit code and answer."""
    path = folder / "import.toml"
    path.write_text(config, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main(["import", str(path), "--force", "--json", *more])
    return code, json.loads(said.getvalue())


def codes(answer: dict[str, Any]) -> set[str]:
    return {f["code"] for f in answer["findings"]}


def one(answer: dict[str, Any], code: str) -> dict[str, Any]:
    return next(f for f in answer["findings"] if f["code"] == code)


def rules(answer: dict[str, Any]) -> dict[tuple[str, str, str], int]:
    return {(r["extract"], r["column"], r["rule"]): r["lines"] for r in answer["rules"]}


def shop(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """A warehouse that ships to two stores through the road, and sells from them; it ties out."""
    moves = [
        ("2026-01-05", "a-1", "PO", "", "DC", 100, 500.0, "P1"),
        ("2026-01-05", "B2", "PO", "", "DC", 60, 600.0, "P1"),
        ("2026-01-20", "A-1", "transfer", "DC", "ROAD", 40, "", "T1"),
        ("2026-02-02", "A-1", "transfer", "ROAD", "S1", 40, "", "T1"),
        ("2026-02-10", "A-1", "sale", "S1", "", 15, "", "S-1"),
        ("2026-02-11", "a-1", "sale", "S1", "", 5, "", "S-2"),
        ("2026-02-20", "B2", "transfer", "DC", "S2", 20, "", "T2"),
        ("2026-03-03", "B2", "sale", "S2", "", 8, "", "S-3"),
        ("2026-03-09", "B2", "return", "", "S2", 1, "", "S-3"),
        ("2026-03-15", "B2", "shrink", "S2", "", 2, "", "X1"),
    ]  # fmt: skip
    names = ("Posting Date", "Item No", "Type", "From", "To", "Qty", "Cost", "Doc")
    lines = [dict(zip(names, m, strict=True)) for m in moves]
    counts = [("A-1", "DC", 60), ("A-1", "S1", 20), ("B2", "DC", 40), ("B2", "S2", 11)]
    stock = [{"SKU": s, "Store": w, "On Hand": n} for s, w, n in counts]
    write(folder, "moves.csv", lines)
    write(folder, "stock.csv", stock)
    return {"moves": lines, "stock": stock}


SHOP = (
    HEAD
    + """gl_inventory = 910.00

[[extract]]
name = "moves"
role = "movements"
file = "moves*.csv"
fresh_within_days = 40
columns = { date = "Posting Date", sku = "Item No", type = "Type", from_node = "From", to_node = "To", units = "Qty", cost = "Cost", document = "Doc" }

[[extract]]
name = "stock"
role = "inventory"
file = "stock.csv"
columns = { sku = "SKU", location = "Store", units = "On Hand" }
"""  # noqa: E501
)
