"""Missing values filled by a stated method only, flagged for good and written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.sources.engine import Engine, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from invval_xl.sources.config import Extract

__all__ = ["imputed_columns", "imputed_query", "imputed_summary"]

#: Fact of the config: stores it is filled in, the column there, and whether it is per unit.
_TARGETS: dict[str, dict[str, tuple[str, bool]]] = {
    "movements": {"unit_cost": ("cost", True), "cost": ("cost", True)},
    "sales": {
        "price": ("net_sales", True),
        "net_sales": ("net_sales", True),
        "cogs": ("cogs", True),
    },
    "stock": {"unit_cost": ("unit_cost", False), "cost": ("cost", True)},
    "procurement": {"unit_cost": ("cost", True), "cost": ("cost", True)},
}
_SAYS = {"last-known": "last known", "average": "average of the item", "zero": "zero"}


def imputed_query(store: str, relation: str, extracts: Sequence[Extract]) -> str:
    """``relation`` with the values its extracts lack filled in as the config states.

    ``last-known`` takes the item's latest known value per unit on or before the line's day,
    ``average`` its mean over the extracts, ``zero`` zero. ``flags`` gains ``column:method``; a
    line no method can fill stays unknown.
    """
    query = f"select * from {relation}"
    for extract in extracts:
        for fact, method in extract.missing.items():
            target = _TARGETS.get(store, {}).get(fact)
            if target is None:
                continue
            column, per_unit = target
            unit = f"{column}::double / nullif(abs(units), 0)::double" if per_unit else column
            if method == "zero":
                value = "0.0"
            elif method == "average":
                value = f"avg({unit}) over (partition by sku)"
            else:
                value = f"last_value({unit} ignore nulls) over (partition by sku order by date, source, source_row rows unbounded preceding)"  # noqa: E501
            filled = f"({value}) * abs(units)::double" if per_unit else value
            kind = "double" if column in {"unit_cost", "price"} else "decimal(18,4)"
            flag = literal(f"{column}:{method}")
            mine = f"extract = {literal(extract.name)} and {column} is null"
            query = f"""
            select * exclude (filler) replace (
              case when {mine} then filler::{kind} else {column} end as {column},
              case when {mine} and filler is not null
                then flags || case when flags = '' then '' else ';' end || {flag} else flags end as flags)
            from (select *, {filled} as filler from ({query}))"""  # noqa: E501
    return query


def imputed_columns(store: str) -> list[tuple[str, str]]:
    """Columns of a store that can be filled in, each with every method."""
    columns = dict.fromkeys(column for column, _ in _TARGETS.get(store, {}).values())
    return [(c, m) for c in columns for m in ("last-known", "average", "zero")]


def imputed_summary(engine: Engine, store: str, relation: str) -> pd.DataFrame:
    """Count and dollars of what was filled, by extract, column and method."""
    money = {"movements": "cost", "sales": "net_sales", "stock": "cost", "procurement": "cost"}[
        store
    ]
    frame = engine.frame(
        f"""select extract, flag, count(*) as lines, sum(abs({money}))::double as dollars
        from (select extract, {money}, unnest(string_split(flags, ';')) as flag from {relation}
        where flags <> '') group by all order by all"""
    )
    frame["column"] = frame["flag"].str.split(":").str[0]
    method = frame["flag"].str.split(":").str[1]
    frame["method"] = method.map(lambda m: _SAYS.get(m, "stated in the config"))
    return frame
