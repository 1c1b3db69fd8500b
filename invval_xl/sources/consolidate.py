"""Stages become one history: repeats out, gaps filled as stated, movements rolled to a balance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.guidance.register import finding
from invval_xl.sources.balance import Built, build_balance, month_ends
from invval_xl.sources.duplicates import FACTS, Repeats, find_repeats, proved_by_tie_out
from invval_xl.sources.engine import Engine, literal, parquet, rows_of
from invval_xl.sources.impute import imputed_query, imputed_summary
from invval_xl.sources.movements import seen_from

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from invval_xl.findings import Finding
    from invval_xl.sources.config import ImportConfig
    from invval_xl.sources.stages import Staged

__all__ = ["Consolidated", "consolidate"]

_ORDER = {
    "movements": "date, sku, from_node, to_node, extract, source, sheet, source_row",
    "sales": "date, sku, location, extract, source, sheet, source_row",
}
_ELSE = "extract, source, sheet, source_row"
_PLACE = ["extract", "source", "sheet", "source_row"]


@dataclass
class Consolidated:
    """What the stages came to together.

    Parameters
    ----------
    stores
        Store name to its Parquet file in the new history.
    built
        The balance set made from movements and counts; ``None`` where there is nothing to make
        it from.
    findings
        Of repeats, gaps and imputation.
    dropped
        Repeats taken out: provenance, store, ``why``, dollars.
    """

    stores: dict[str, Path] = field(default_factory=dict)
    built: Built | None = None
    findings: list[Finding] = field(default_factory=list)
    dropped: Any = None


def consolidate(  # noqa: C901
    engine: Engine,
    staged: list[Staged],
    config: ImportConfig,
    folder: Path,
    progress: Callable[[str, float], None],
) -> Consolidated:
    """Write every store into ``folder`` and build the balance set.

    Parameters
    ----------
    folder
        The new history, empty.
    """
    import pandas as pd

    out = Consolidated()
    parts: dict[str, list[Path]] = {}
    for stage in staged:
        for path in sorted(Path(stage.folder).glob("*.parquet")):
            parts.setdefault(path.stem, []).append(path)
    dropped: list[pd.DataFrame] = []
    pending: dict[str, Repeats] = {}
    for store in FACTS:
        if store in parts:
            progress("find repeats", 0.55)
            pending[store] = find_repeats(engine, store, parquet(*parts[store]))
    rules = {extract.name: extract.duplicates for extract in config.extracts}
    for store, repeats in pending.items():
        kept_anyway = repeats.frame["extract"].map(rules).eq("keep") if len(repeats.frame) else None
        if kept_anyway is None:
            continue
        drop = (
            repeats.frame["why"].eq("load") | repeats.frame["extract"].map(rules).eq("drop")
        ) & ~kept_anyway
        dropped.append(repeats.frame[drop].assign(store=store))
        pending[store] = Repeats(store, repeats.frame[~drop])
        _say_loads(out, repeats, rules)
    proved = _by_tie_out(engine, parts, pending.get("movements"), dropped, config, rules)
    if proved is not None and len(proved):
        dropped.append(proved)
        hit = proved.set_index(_PLACE).index
        frame = pending["movements"].frame
        pending["movements"] = Repeats("movements", frame[~frame.set_index(_PLACE).index.isin(hit)])
        dollars = float(proved["dollars"].abs().sum())
        documents = ", ".join(sorted({str(d) for d in proved["document"].dropna()})[:5])
        out.findings.append(
            finding(
                "IM302",
                sheet=str(proved["extract"].iloc[0]),
                dollars=dollars,
                count=len(proved),
                documents=documents or "none named",
            )
        )
    out.dropped = (
        pd.concat(dropped, ignore_index=True)
        if dropped
        else pd.DataFrame(columns=[*_PLACE, "store", "why", "dollars"])
    )
    for store, repeats in pending.items():
        for name, lines in repeats.frame.groupby("extract"):
            dollars = float(lines["dollars"].abs().sum())
            out.findings.append(
                finding("IM303", sheet=str(name), dollars=dollars, count=len(lines), store=store)
            )
    _write_stores(engine, parts, out, config, folder, progress)
    _gaps(engine, out)
    progress("build the balance set", 0.75)
    out.built = _balance(engine, out.stores, config)
    if out.built is not None and "movements" not in out.stores:
        out.findings.append(finding("IM412"))
    return out


def _say_loads(out: Consolidated, repeats: Repeats, rules: dict[str, str]) -> None:
    for load in rows_of(repeats.loads):
        kept = rules.get(str(load.extract)) == "keep"
        place = f"{load.source} {load.sheet}".strip()
        out.findings.append(
            finding(
                "IM304" if kept else "IM301",
                sheet=str(load.extract),
                dollars=float(load.dollars),
                count=int(load.lines),
                source=place,
                store=repeats.store,
            )
        )


def _by_tie_out(
    engine: Engine, parts: dict[str, list[Path]], repeats: Repeats | None,
    dropped: list[pd.DataFrame], config: ImportConfig, rules: dict[str, str],
) -> pd.DataFrame | None:  # fmt: skip
    """Copies of movement lines that explain a break between movements and count."""
    if repeats is None or not len(repeats.frame) or "stock" not in parts:
        return None
    gone = [d[d["store"] == "movements"] for d in dropped]
    relation = _without(engine, parquet(*parts["movements"]), gone)
    built = _roll(engine, relation, parquet(*parts["stock"]), config)
    counted = built.tied[
        built.tied["counted_units"].notna() & (built.tied["difference"].abs() > 1e-6)  # noqa: PLR2004
    ]
    proved = proved_by_tie_out(repeats, counted)
    may = repeats.frame["extract"].map(rules).eq("by-tie-out").to_numpy()
    return repeats.frame[proved & may].assign(store="movements", why="tie-out")


def _without(engine: Engine, relation: str, gone: list[pd.DataFrame]) -> str:
    """A relation less the lines given by their provenance."""
    import pandas as pd

    lines = pd.concat([g[_PLACE] for g in gone if len(g)]) if any(len(g) for g in gone) else None
    if lines is None:
        return relation
    engine.run("create or replace temp table gone as select * from lines", lines=lines)
    return f"(select r.* from {relation} r anti join gone g using ({', '.join(_PLACE)}))"


def _write_stores(
    engine: Engine, parts: dict[str, list[Path]], out: Consolidated, config: ImportConfig,
    folder: Path, progress: Callable[[str, float], None],
) -> None:  # fmt: skip
    for number, (store, paths) in enumerate(sorted(parts.items())):
        progress(f"write {store}", 0.6 + 0.15 * number / len(parts))
        relation = parquet(*paths)
        if store in FACTS:
            relation = _without(engine, relation, [out.dropped[out.dropped["store"] == store]])
            relation = f"({imputed_query(store, relation, config.extracts)})"
        order = _ORDER.get(store, _ELSE)
        if store == "changes":
            order = 'extract, source, sheet, row, "column", rule'
        target = folder / f"{store}.parquet"
        engine.run(
            f"copy (select * from {relation} order by {order}) to {literal(str(target))} (format parquet, compression zstd)"  # noqa: E501
        )
        out.stores[store] = target
        if store in FACTS:
            summary = imputed_summary(engine, store, parquet(target))
            for row in rows_of(summary):
                if row.method != "stated in the config":
                    out.findings.append(
                        finding(
                            "IM217",
                            sheet=str(row.extract),
                            dollars=_known(row.dollars),
                            count=int(row.lines),
                            column=row.column,
                            method=row.method,
                        )
                    )


def _known(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _gaps(engine: Engine, out: Consolidated) -> None:
    """Stretches without a line in an extract that otherwise has lines on most days."""
    for store in ("sales", "movements"):
        if store not in out.stores:
            continue
        rows = engine.frame(
            f"""with days as (select distinct extract, date from {parquet(out.stores[store])}),
            steps as (select extract, date, date - lag(date) over (partition by extract order by date) as step from days)
            select extract, count(*) as days, median(step) as usual, max(step) as longest,
              arg_max(date, step) as until from steps group by extract order by extract"""  # noqa: E501
        )
        for row in rows_of(rows):
            if row.days >= 20 and row.longest > max(7, 6 * row.usual):  # noqa: PLR2004 - a month of trading days, a week
                out.findings.append(
                    finding(
                        "IM406",
                        sheet=str(row.extract),
                        days=int(row.longest),
                        until=str(row.until)[:10],
                        usual=float(row.usual),
                    )
                )


def _balance(engine: Engine, stores: dict[str, Path], config: ImportConfig) -> Built | None:
    if "balance" in stores or ("movements" not in stores and "stock" not in stores):
        return None
    movements = parquet(stores["movements"]) if "movements" in stores else _NO_MOVEMENTS
    stock = parquet(stores["stock"]) if "stock" in stores else _NO_STOCK
    built = _roll(engine, movements, stock, config)
    return built if len(built.frame) else None


_NO_MOVEMENTS = """(select null::date as date, ''::varchar as sku, '' as from_node, '' as to_node,
  0.0 as units, 0.0 as cost, 0.0 as retail, '' as flags where false)"""
_NO_STOCK = """(select null::date as date, '' as sku, '' as location, 0.0 as units,
  0.0::double as unit_cost, 0.0 as cost, '' as source, 0 as source_row where false)"""


def _roll(engine: Engine, movements: str, stock: str, config: ImportConfig) -> Built:
    """Flows and counts of the workbook's periods, rolled into a balance set."""
    import pandas as pd

    last = config.period_end
    first = engine.one(
        f"select least((select min(date) from {movements}), (select min(date) from {stock}))"
    )[0]
    start = first if isinstance(first, dt.date) else last
    ends = month_ends(min(start, last), last)[-config.workbook.periods :]
    before = (ends[0].replace(day=1) - dt.timedelta(days=1)) if ends else last
    periods = (
        f"case when date <= {_day(before)} then {_day(before)} "
        + "".join(f"when date <= {_day(end)} then {_day(end)} " for end in ends)
        + "end"
    )
    inside = f"(select * from {movements} where date <= {_day(last)})"
    counts = engine.frame(
        f"""with dated as (
          select sku, location, {periods} as period_end, date, units::double as units,
            coalesce(cost::double, units::double * unit_cost) as cost, unit_cost
          from {stock} where date <= {_day(last)} and location is not null
        ), latest as (
          select * from dated
          qualify date = max(date) over (partition by sku, location, period_end)
        ) select sku, location, period_end, max(date) as counted_on, sum(units) as units,
          case when count(cost) = count(*) then sum(cost) end as cost,
          coalesce(sum(cost) / nullif(sum(units), 0), max(unit_cost)) as unit_cost
        from latest group by all order by sku, location, period_end"""
    )
    engine.run("create or replace temp table counts_known as select * from counts", counts=counts)
    since = f"""(select m.* from {inside} m
      where m.date > {_day(before)} or not exists (
        select 1 from counts_known c where c.sku = m.sku and c.period_end = {_day(before)}
        and c.location in (m.from_node, m.to_node) and m.date <= c.counted_on))"""
    flows = seen_from(engine, since, {}, periods)
    after = engine.frame(
        f"""select c.sku, c.location, c.period_end,
          sum(case when m.to_node = c.location then m.units else -m.units end)::double as moved
        from counts_known c join {inside} m on m.sku = c.sku and c.location in (m.from_node, m.to_node)
        and m.date > c.counted_on and m.date <= c.period_end and c.period_end > {_day(before)}
        group by all"""  # noqa: E501
    )
    if len(after):
        counts = counts.merge(after, on=["sku", "location", "period_end"], how="left")
        rolled = counts["units"] + counts["moved"].fillna(0.0)
        counts["cost"] = np.where(
            counts["moved"].fillna(0.0) != 0, rolled * counts["unit_cost"], counts["cost"]
        )
        counts["units"] = rolled
    if movements == _NO_MOVEMENTS:  # nothing moved: what is counted stood there from the beginning
        opening = counts.sort_values("period_end").drop_duplicates(["sku", "location"])
        counts = pd.concat([opening.assign(period_end=np.datetime64(before)), counts])
        counts = counts.drop_duplicates(["sku", "location", "period_end"], keep="last")
    wanted = (
        "standard"
        if config.valuation == "auto" and config.cost_method == "standard"
        else config.valuation
    )
    return build_balance(flows, counts, ends, valuation=wanted)


def _day(day: dt.date) -> str:
    return f"date {literal(day.isoformat())}"
