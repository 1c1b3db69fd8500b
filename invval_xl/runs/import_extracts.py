"""Import: many systems' extracts become one workbook and the history beside it.

It reads like a table of contents: read and clean each extract, take repeats out, roll movements
to a balance set, tie it out three ways, decide what the workbook shows, describe its sheets.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl import __version__
from invval_xl.findings import Finding, RefusedError, stops
from invval_xl.guidance.register import finding
from invval_xl.runs.import_sheets import REST, book_plans, catalogue_of, keep_rest
from invval_xl.sources.config import ImportConfig, parse_config
from invval_xl.sources.consolidate import Consolidated, consolidate
from invval_xl.sources.engine import Engine, literal, opened, parquet, rows_of
from invval_xl.sources.history import History, as_of_file
from invval_xl.sources.impute import imputed_columns
from invval_xl.sources.readers import identifiers_of, rates_of
from invval_xl.sources.rekeyed import propose_mapping
from invval_xl.sources.split import Split, split_by_policy
from invval_xl.sources.stages import Shared, Staged, run_stage
from invval_xl.sources.tie_out import TieOut, control_findings, tie_out
from invval_xl.sources.velocity import velocity

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.sources.raw import Inputs
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["Imported", "finish", "import_extracts"]

Progress = Callable[[str, float], None]


@dataclass(eq=False)
class Imported:
    """The outcome of an import.

    Parameters
    ----------
    config
        What was asked.
    plans
        Sheets of the workbook for a host to write.
    findings
        Everything found.
    stages
        One an extract: what was read, kept, changed.
    history
        Folder of the Parquet stores.
    tie_out
        The three-way tie-out; ``None`` without a balance set.
    split
        What the workbook shows and what stays beside it; ``None`` without a balance set.
    valuation
        How movements were valued; empty where none were.
    """

    config: ImportConfig
    plans: tuple[SheetPlan, ...]
    findings: tuple[Finding, ...]
    stages: tuple[Staged, ...]
    history: Path
    tie_out: TieOut | None = None
    split: Split | None = None
    valuation: str = ""
    rules: list[list[Any]] = field(default_factory=list)


def import_extracts(
    text: str,
    name: str,
    inputs: Inputs,
    book: Path | None,
    folder: Path,
    progress: Progress,
    cluster: str = "",
) -> Imported:
    """Consolidate what a config names.

    Parameters
    ----------
    text, name
        The config and its file's name.
    inputs
        What a host opens.
    book
        Where the workbook will be; ``None``: as the config says, in ``folder``.
    folder
        The config's folder.
    progress
        Called with the step and the share done; may raise to stop. Nothing of an earlier import
        is touched until everything is ready, and a stopped run is taken up where it stopped.
    cluster
        Address of a Dask scheduler that gathers the features; empty: this machine does.

    Raises
    ------
    RefusedError
        With every finding so far where one of them is a STOP.
    """
    config = parse_config(text, name)
    target = book or folder / config.book
    history = target.with_name(f"{target.stem}-history")
    working = target.with_name(f".{target.stem}-import")
    working.mkdir(parents=True, exist_ok=True)
    stages, found = _read_all(config, inputs, working, progress)
    if stops(found):
        raise RefusedError(found)
    building = working / "history"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    with opened(working / "spill", config.memory) as engine:
        whole = consolidate(engine, stages, config, building, progress)
        found += [*whole.findings, *control_findings(stages, config)]
        imported = _judge(engine, whole, config, building, found, progress)
        imported.stages = tuple(stages)
        imported.rules = _rules(engine, whole, stages)
        progress("gather features", 0.93)
        _features(engine, config, building, cluster)  # noqa: F821, RUF100
        imported.history = history
        imported.plans = book_plans(imported, engine, whole.stores, building)
        if imported.split is not None and len(imported.split.rest):
            keep_rest(imported, engine, whole.stores, building)
        found += imported.findings
        candidates = propose_mapping(engine, whole.stores, building)
        found += (
            [finding("IM206", count=len(candidates), examples="; ".join(candidates[:3]))]
            if candidates
            else []
        )
    imported.findings = tuple(sorted(found, key=lambda f: f.order))
    _manifest(imported, building)
    progress("write", 0.97)
    _swap(building, history)
    return imported


def _features(engine: Engine, config: ImportConfig, building: Path, cluster: str) -> None:
    """As-of features of every item and location at the close, into ``features.parquet``."""
    day = config.period_end + dt.timedelta(days=1)  # so that the close itself counts
    out = building / "features.parquet"
    if not cluster:
        as_of_file(engine, History(building), day, out)
        return
    import pyarrow.parquet as pq

    from invval_xl.sources.cluster import connected

    with connected(cluster) as workers:
        pq.write_table(workers.features(building, day, config.memory), out)


def finish(book: Path) -> None:
    """Remove the working folder, once the workbook is written as well."""
    shutil.rmtree(book.with_name(f".{book.stem}-import"), ignore_errors=True)


def _read_all(
    config: ImportConfig, inputs: Inputs, working: Path, progress: Progress
) -> tuple[list[Staged], list[Finding]]:
    """Every extract, items first (their packs are needed); all refusals at once."""
    found: list[Finding] = []
    refused: list[Finding] = []
    shared = Shared(config, identifiers_of(config, inputs), rates_of(config, inputs), {})
    ordered = sorted(config.extracts, key=lambda e: e.role != "items")
    stages: list[Staged] = []
    for number, extract in enumerate(ordered):
        base, width = number / len(ordered), 1 / len(ordered)
        if extract.url and "@" in extract.url and ":" in extract.url.split("@")[0].split("//")[-1]:
            found.append(finding("IM112", sheet=extract.name))

        def step(
            share: float, base: float = base, width: float = width, label: str = extract.name
        ) -> None:
            progress(f"read {label}", 0.5 * (base + width * share))

        step(0.0)
        try:
            stage = run_stage(extract, shared, inputs, working, step)
        except RefusedError as error:
            refused += error.findings
            continue
        stages.append(stage)
        found += _tallied(stage, str(working))
        if extract.role == "items" and not all(e.role == "items" for e in ordered[: number + 2]):
            shared = Shared(config, shared.identifiers, shared.rates, _packs(stages))
    if refused:
        raise RefusedError([*refused, *found])
    return stages, found


def _packs(stages: list[Staged]) -> dict[str, float]:
    """Units a pack by item, from the items extracts."""
    import pyarrow.parquet as pq

    packs: dict[str, float] = {}
    for stage in stages:
        path = Path(stage.folder) / "items.parquet"
        if stage.role == "items" and path.exists():
            table = pq.read_table(path, columns=["sku", "pack"])
            for sku, pack in zip(table["sku"].to_pylist(), table["pack"].to_pylist(), strict=True):
                if pack:
                    packs[sku] = float(pack)
    return packs


def _tallied(stage: Staged, working: str) -> list[Finding]:
    """The stage's tally in the register's words."""
    found = []
    for key, (count, dollars, examples) in stage.tally.items():
        code, _, detail = key.partition("|")
        facts: dict[str, Any] = {
            "detail": detail,
            "examples": "; ".join(map(str, examples)) or "none shown",
        }
        if code == "IM217":
            column, _, method = detail.partition("|")
            facts = {"column": column, "method": method}
        elif code == "IM221":
            facts["detail"] = detail.replace("|", " and ")
        found.append(finding(code, sheet=stage.name, dollars=dollars or None, count=count, **facts))
    if stage.resumed:
        found.append(finding("IM502", sheet=stage.name, folder=working))
    return found


def _judge(
    engine: Engine,
    whole: Consolidated,
    config: ImportConfig,
    building: Path,
    found: list[Finding],
    progress: Progress,
) -> Imported:
    """Tie-out, velocity and split of the balance set, whoever made it."""
    imported = Imported(config, (), (), (), building)
    balance = balance_of(engine, whole)
    if balance is None:
        found.append(finding("IM408"))
        return imported
    progress("tie out", 0.85)
    tied = whole.built.tied if whole.built is not None else _tied_of(balance)
    ledger = (
        engine.frame(
            f"select location, balance::double as balance from {parquet(whole.stores['ledger'])}"  # noqa: S608
        )
        if "ledger" in whole.stores
        else _no_ledger()
    )
    imported.tie_out, broken = tie_out(tied, ledger, config)
    found += broken
    if whole.built is not None:
        imported.valuation = whole.built.valuation
        if whole.built.computed:
            found.append(finding("IM410", count=whole.built.computed))
        if whole.built.uncosted_units:
            found.append(finding("IM411", units=whole.built.uncosted_units))
    _keep(engine, imported.tie_out.frame, building / "tie_out.parquet")
    _keep(engine, tied, building / "tie_out_items.parquet")
    _keep(engine, velocity(balance), building / "velocity.parquet")
    _keep(engine, balance, building / "balance_set.parquet")
    imported.split = split_by_policy(balance, config.workbook)
    if len(imported.split.rest):
        _keep(engine, imported.split.rest, building / REST["BalanceSet"])
        rest = imported.split.totals.iloc[1]
        found.append(finding("IM501", count=int(rest["items"]), cost=float(rest["eop_cost"])))
    return imported


def balance_of(engine: Engine, whole: Consolidated) -> pd.DataFrame | None:
    """The balance set made from movements, or the one an extract brought."""
    if whole.built is not None:
        return whole.built.frame
    if "balance" not in whole.stores:
        return None
    frame = engine.frame(
        f"select * from {parquet(whole.stores['balance'])} order by sku, location, period_end"  # noqa: S608
    )
    used = [c for c in frame.columns if frame[c].notna().any()]
    held = frame[
        [c for c in used if c not in {"flags", "extract", "source", "sheet", "source_row"}]
    ]
    figures = [c for c in held.columns if c not in {"sku", "location", "period_end"}]
    keys = ["sku", "location", "period_end"]
    summed: pd.DataFrame = held.groupby(keys, as_index=False)[figures].sum(min_count=1)
    return summed


def _tied_of(balance: pd.DataFrame) -> pd.DataFrame:
    """A brought balance set against itself: BOP and measures lead to its EOP, or do not."""
    from invval_xl.tables.contracts import BALANCE_MEASURES

    now = balance[balance["period_end"] == balance["period_end"].max()]
    out: pd.DataFrame = now[["sku", "location"]].reset_index(drop=True)
    for block in ("units", "cost"):
        moved = now[f"bop_{block}"].to_numpy(float).copy()
        for measure in BALANCE_MEASURES:
            name, sign = f"{measure.name}_{block}", getattr(measure, block)
            if name in now and sign:
                moved += sign * np.nan_to_num(now[name].to_numpy(float))
        out[f"moved_{block}"] = moved
        out[f"counted_{block}"] = now[f"eop_{block}"].to_numpy(float)
    out["difference"] = out["moved_units"] - out["counted_units"]
    out["balance_cost"] = out["counted_cost"]
    with np.errstate(divide="ignore", invalid="ignore"):
        out["unit_cost"] = out["counted_cost"] / out["counted_units"]
    return out


def _no_ledger() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"location": pd.Series(dtype=object), "balance": pd.Series(dtype=float)})


def _keep(engine: Engine, frame: pd.DataFrame, path: Path) -> None:
    engine.run(f"copy (select * from kept) to {literal(str(path))} (format parquet)", kept=frame)  # noqa: S608


def _rules(engine: Engine, whole: Consolidated, stages: list[Staged]) -> list[list[Any]]:
    """Count and dollars of every rule that changed or left out a line: extract, column, rule."""
    rows = [
        [s.name, column, rule, count, dollars]
        for s in stages
        for column, rule, count, dollars in s.rules
    ]
    if len(whole.dropped):
        for (extract, why), lines in whole.dropped.groupby(["extract", "why"]):
            rows.append(
                [extract, "*", f"repeat: {why}", len(lines), float(lines["dollars"].abs().sum())]
            )
        engine.run(
            f"""copy (select * from {parquet(whole.stores["changes"])} union all by name
            select extract, source, sheet, source_row as row, '*' as "column",
              concat_ws('; ', 'sku=' || sku, 'date=' || date::date, 'from_node=' || from_node, 'to_node=' || to_node, 'units=' || units, 'document=' || document) as before,
              null::varchar as after, 'repeat: ' || why as rule, dollars from gone_lines)
            to {literal(str(whole.stores["changes"]) + ".more")} (format parquet, compression zstd)""",  # noqa: E501, S608
            gone_lines=whole.dropped,
        )
        os.replace(str(whole.stores["changes"]) + ".more", whole.stores["changes"])  # noqa: PTH105
    rows += _imputed(engine, whole)
    merged: dict[tuple[str, str, str], list[float]] = {}
    for extract, column, rule, count, dollars in rows:
        short = rule.split(":")[0] if rule.startswith(("uom", "currency")) else rule
        held = merged.setdefault((extract, column, short), [0, 0.0])
        held[0] += count
        held[1] += dollars
    return [[*key, int(n), d] for key, (n, d) in sorted(merged.items())]


def _imputed(engine: Engine, whole: Consolidated) -> list[list[Any]]:
    """Values filled in, written to ``changes.parquet`` like every other change."""
    rows: list[list[Any]] = []
    for store, money in (("movements", "cost"), ("sales", "net_sales"), ("stock", "cost")):
        if store not in whole.stores:
            continue
        for column, method in imputed_columns(store):
            mine = f"list_contains(string_split(flags, ';'), '{column}:{method}')"
            path = parquet(whole.stores[store])
            lines = engine.frame(
                f"""select extract, count(*) as lines, sum(abs({money}))::double as dollars
                from {path} where {mine} group by extract order by extract"""  # noqa: S608
            )
            if not len(lines):
                continue
            rule = f"imputed: {method}"
            rows += [[x.extract, column, rule, int(x.lines), x.dollars] for x in rows_of(lines)]
            changes = whole.stores["changes"]
            engine.run(
                f"""copy (select * from {parquet(changes)} union all by name
                select extract, source, sheet, source_row as row, '{column}' as "column",
                  null::varchar as before, {column}::varchar as after, '{rule}' as rule,
                  {money}::double as dollars from {path} where {mine})
                to {literal(f"{changes}.more")} (format parquet, compression zstd)"""  # noqa: S608
            )
            os.replace(f"{changes}.more", changes)  # noqa: PTH105
    return rows


def _manifest(imported: Imported, building: Path) -> None:
    """What the history was made of: hashes, counts, rules; read by whoever re-performs it."""
    told = {
        "product": f"invval-xl {__version__}",
        "period_end": str(imported.config.period_end),
        "extracts": [
            {k: v for k, v in s.__dict__.items() if k not in {"folder", "resumed", "tally"}}
            for s in imported.stages
        ],
        "rules": imported.rules,
        "valuation": imported.valuation,
        "stores": catalogue_of(building),
    }
    with (building / "manifest.json").open("w", encoding="utf-8") as stream:
        json.dump(told, stream, indent=1, default=str)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(building: Path, history: Path) -> None:
    """Put the new history in the place of the old one; at no moment are there none or two halves."""  # noqa: E501
    old = history.with_name(f".{history.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if history.exists():
        os.replace(history, old)  # noqa: PTH105 - the call whose atomicity is meant
    os.replace(building, history)  # noqa: PTH105
    shutil.rmtree(old, ignore_errors=True)
