"""Items that may be one under a new key: proposed for review, never joined unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.sources.engine import Engine, parquet, rows_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["propose_mapping"]

_NAME = "sku_mapping_proposed.csv"


def propose_mapping(engine: Engine, stores: dict[str, Path], folder: Path) -> list[str]:
    """Pairs with one description of which the one stopped before the other began.

    They are written to ``sku_mapping_proposed.csv`` (``from,to,reason,approved_by``), which the
    config can name once a person has filled ``approved_by``.
    """
    if "items" not in stores:
        return []
    lines = [
        f"select sku, date from {parquet(stores[s])} where units <> 0"
        for s in ("sales", "movements")
        if s in stores
    ]
    if not lines:
        return []
    frame = engine.frame(
        f"""with named as (
          select sku, lower(trim(any_value(description))) as description from {parquet(stores["items"])}
          where description is not null group by sku),
        shared as (select * from named qualify count(*) over (partition by description) = 2),
        alive as (select sku, min(date) as first, max(date) as last from ({" union all ".join(lines)}) group by sku)
        select o.sku as old, n.sku as new, o.description as description, oa.last::date as last, na.first::date as first
        from shared o join shared n on o.description = n.description and o.sku <> n.sku
        join alive oa on oa.sku = o.sku join alive na on na.sku = n.sku
        where oa.last < na.first order by old"""  # noqa: E501
    )
    if not len(frame):
        return []
    rows = ["from,to,reason,approved_by"]
    for r in rows_of(frame):
        reason = f"same description, last line {str(r.last)[:10]}, first line {str(r.first)[:10]}"
        rows.append(f'{_quoted(r.old)},{_quoted(r.new)},"{reason}",')
    (folder / _NAME).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return [f"{r.old} to {r.new}" for r in rows_of(frame)]


def _quoted(text: object) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    told = str(text).replace('"', '""')
    guarded = f"'{told}" if told[:1] in "=+-@\t" else told
    return f'"{guarded}"'
