"""A chunk of raw lines made clean: typed, one identifier, one unit, one currency, all said.

Nothing is changed without a row in ``changes.parquet`` and a count; nothing is left out without
its dollars. A value that cannot be read is unknown, and a line without what its role must have is
set aside, never filled with zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.sources.changes import DROPPED
from invval_xl.sources.roles import ROLES, Role
from invval_xl.sources.typed import Typed, read_dates, read_flags, read_numbers, read_texts
from invval_xl.tables.contracts import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.sources.changes import ChangeLog
    from invval_xl.sources.config import Extract, ImportConfig
    from invval_xl.sources.identifiers import Identifiers
    from invval_xl.sources.rates import Rates
    from invval_xl.sources.raw import RawChunk

__all__ = ["Cleaner", "Tally"]

NUMERIC = {
    ColumnKind.UNITS,
    ColumnKind.MONEY,
    ColumnKind.PRICE,
    ColumnKind.RATE,
    ColumnKind.DAYS,
    ColumnKind.NUMBER,
}
_MONEY = {ColumnKind.MONEY, ColumnKind.PRICE}
_EXTENDS = (("net_sales", "price"), ("cost", "unit_cost"), ("refund", "price"))
_CENT = 0.01
_EXAMPLES = 5
_MOST = 1e13  # stores hold fourteen digits before the point: the sum of ten such lines


@dataclass
class Tally:
    """How often each thing was met, its dollars, and a few examples; plain data, so it can be kept."""  # noqa: E501

    entries: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, code: str, detail: str, count: int, dollars: float, examples: list[str]) -> None:
        """Count ``count`` more of ``code`` with ``detail``."""
        if not count:
            return
        held = self.entries.setdefault(f"{code}|{detail}", [0, 0.0, []])
        held[0] += int(count)
        held[1] += float(dollars) if np.isfinite(dollars) else 0.0
        held[2] = list(dict.fromkeys([*held[2], *examples]))[:_EXAMPLES]


@dataclass(eq=False)
class Cleaner:
    """Cleans the chunks of one extract.

    Parameters
    ----------
    extract, config
        What the user stated.
    identifiers, rates, packs
        Shared knowledge: standard SKUs, dated rates, units a pack by SKU.
    log
        Where changes go.
    """

    extract: Extract
    config: ImportConfig
    identifiers: Identifiers
    rates: Rates
    packs: Mapping[str, float]
    log: ChangeLog
    tally: Tally = field(default_factory=Tally)
    read: int = 0

    @property
    def role(self) -> Role:
        """The extract's role."""
        return ROLES[self.extract.role]

    def clean(self, chunk: RawChunk) -> pd.DataFrame:
        """Type and mend one chunk; the lines kept, with ``source``, ``sheet``, ``source_row``."""
        import pandas as pd

        count = len(chunk)
        self.read += count + len(chunk.left_out)
        columns: dict[str, NDArray[Any]] = {}
        typed: dict[str, Typed] = {}
        for name, array in chunk.columns.items():
            kind = self.role.column(name).kind
            if kind in NUMERIC:
                typed[name] = read_numbers(array, self.extract.decimal)
            elif kind is ColumnKind.DATE:
                typed[name] = read_dates(array, self.extract.date_order)
            elif kind is ColumnKind.FLAG:
                typed[name] = read_flags(array)
            else:
                typed[name] = read_texts(array)
            columns[name] = typed[name].values  # noqa: PD011
        frame = pd.DataFrame(columns, index=np.arange(count))
        frame["flags"] = ""
        self._constants(frame, count)
        self._only(frame)
        stake = self.stake(frame)
        self._left_out(chunk)
        self._report_typing(chunk, typed, stake)
        keep = self._since(frame)
        self._configured_drops(chunk, frame, keep, stake)
        self._skus(chunk, frame, keep, stake)
        self._locations(frame)
        self._measures(chunk, frame, keep, stake)
        self._currencies(chunk, frame, keep, stake)
        self._extensions(frame, keep)
        self._too_large(chunk, frame, stake)
        keep &= self._set_aside(chunk, frame, keep, stake)
        frame["source"], frame["sheet"], frame["source_row"] = chunk.source, chunk.sheet, chunk.rows
        for row, fact, before, after, rule in chunk.repairs:
            where = np.flatnonzero(chunk.rows == row)
            self.log.add(chunk, np.array([row]), fact, [before], [after], [rule], stake[where[:1]])
        return frame[keep].reset_index(drop=True)

    def stake(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Dollars of each line: its total where it has one, else units x price; NaN unknown."""
        out = np.full(len(frame), np.nan)
        units = frame["units"].to_numpy(float) if "units" in frame else np.ones(len(frame))
        for name in self.role.stake:
            if name not in frame:
                continue
            values = frame[name].to_numpy(float)
            whole = self.role.column(name).kind is ColumnKind.MONEY
            out = np.where(np.isnan(out), values if whole else values * units, out)
        known: NDArray[np.float64] = np.abs(out)
        return known

    def _constants(self, frame: pd.DataFrame, count: int) -> None:
        """What the config states for every line, and for the blanks of a mapped column (flagged)."""  # noqa: E501
        for name, value in self.extract.constants.items():
            kind = self.role.column(name).kind
            stated = (
                np.datetime64(value, "D")
                if kind is ColumnKind.DATE
                else float(value)
                if kind in NUMERIC
                else str(value)
            )
            if name not in frame:
                frame[name] = np.full(
                    count, stated, dtype=object if isinstance(stated, str) else None
                )
                continue
            blank = frame[name].isna().to_numpy()
            if blank.any():
                frame.loc[blank, name] = stated
                self._flag(frame, blank, f"{name}:stated")
                self.tally.add("IM217", f"{name}|stated in the config", int(blank.sum()), 0.0, [])

    @staticmethod
    def _flag(frame: pd.DataFrame, where: NDArray[np.bool_], flag: str) -> None:
        held = frame.loc[where, "flags"]
        frame.loc[where, "flags"] = np.where(held == "", flag, held + ";" + flag)

    def _only(self, frame: pd.DataFrame) -> None:
        """Facts that hold for some types of movement only are unknown on the others."""
        if "type" not in frame:
            return
        meant = frame["type"].map(lambda t: self.extract.types.get(str(t), str(t)))
        for name, types in self.extract.only.items():
            if name in frame:
                frame.loc[~meant.isin(types), name] = np.nan

    def _left_out(self, chunk: RawChunk) -> None:
        """Totals rows the reader left out."""
        for row, reason, dollars, text in chunk.left_out:
            self.log.add(
                chunk, np.array([row]), DROPPED, [text], [None], [reason], np.array([dollars])
            )
            self.tally.add("IM215", reason, 1, abs(dollars), [f"row {row}: {text}"])

    def _report_typing(
        self, chunk: RawChunk, typed: dict[str, Typed], stake: NDArray[np.float64]
    ) -> None:
        for name, column in typed.items():
            raw = column.raw
            for where, rule, code in (
                (column.interpreted, "read by its sense", "IM220"),
                (column.unread, "unreadable", "IM212"),
                (column.ambiguous, "ambiguous date", "IM213"),
            ):
                at = np.flatnonzero(where)
                if not len(at):
                    continue
                before = [raw[i] if raw is not None else "" for i in at]
                after = [
                    None if rule != "read by its sense" else _plain(column.values[i])  # noqa: PD011
                    for i in at
                ]
                self.log.add(
                    chunk, chunk.rows[at], name, before, after, [rule] * len(at), stake[at]
                )
                self.tally.add(
                    code,
                    name,
                    len(at),
                    float(np.nansum(stake[at])),
                    [str(b) for b in before[:_EXAMPLES]],
                )

    def _configured_drops(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        keep: NDArray[np.bool_],
        stake: NDArray[np.float64],
    ) -> None:
        """Leave out what the config names; ``keep`` loses those lines."""
        import pandas as pd

        for drop in self.extract.drop:
            if drop.column not in frame:
                continue
            codes, unique = pd.factorize(frame[drop.column])
            words = [_plain(u) or "" for u in unique]
            pattern = re.compile(drop.matches) if drop.matches else None
            known = [w in drop.values or bool(pattern and pattern.search(w)) for w in words]  # noqa: PD011
            hit = np.array([*known, False], dtype=bool)[codes] & keep
            rule = f"drop: {drop.reason}"
            self._drop(chunk, frame, hit, rule, "IM214", drop.reason, stake)
            keep &= ~hit

    def _since(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Lines before ``since``, and between month ends where asked, are passed over and counted."""  # noqa: E501
        keep = np.ones(len(frame), dtype=bool)
        if "date" not in frame:
            return keep
        days = frame["date"].to_numpy().astype("datetime64[D]")
        if self.extract.since is not None:
            keep &= ~(days < np.datetime64(self.extract.since))
            self.tally.add("IM222", f"before {self.extract.since}", int((~keep).sum()), 0.0, [])
        if self.extract.month_ends_only:
            close = np.datetime64(self.config.period_end)
            ends = (days + 1).astype("datetime64[M]") != days.astype("datetime64[M]")
            between = keep & ~(ends | (days == close)) & ~np.isnat(days)
            self.tally.add("IM222", "between month ends", int(between.sum()), 0.0, [])
            keep &= ~between
        return keep

    def _drop(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        hit: NDArray[np.bool_],
        rule: str,
        code: str,
        detail: str,
        stake: NDArray[np.float64],
    ) -> None:
        at = np.flatnonzero(hit)
        if not len(at):
            return
        facts = [c for c in frame.columns if c != "flags"]
        before = [
            "; ".join(
                f"{c}={_plain(v)}" for c, v in zip(facts, row, strict=True) if _plain(v) is not None
            )
            for row in frame.loc[hit, facts].itertuples(index=False)
        ]
        self.log.add(
            chunk, chunk.rows[at], DROPPED, before, [None] * len(at), [rule] * len(at), stake[at]
        )
        self.tally.add(code, detail, len(at), float(np.nansum(stake[at])), before[:2])

    def _skus(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        keep: NDArray[np.bool_],
        stake: NDArray[np.float64],
    ) -> None:
        import pandas as pd

        if "sku" not in frame:
            return
        codes, unique = pd.factorize(frame["sku"])
        raw = chunk.columns.get("sku")
        known = self.identifiers.of([str(u) for u in unique])
        after = np.array([k[0] for k in known] + [None], dtype=object)[codes]
        rules = np.array([k[1] for k in known] + [""], dtype=object)[codes]
        at = np.flatnonzero((rules != "") & keep)
        before = frame["sku"].to_numpy(dtype=object)
        if raw is not None:
            self.log.add(
                chunk,
                chunk.rows[at],
                "sku",
                list(before[at]),
                list(after[at]),
                list(rules[at]),
                stake[at],
            )
        for rule in dict.fromkeys(rules[at]):
            hit = at[rules[at] == rule]
            code = "IM204" if "mapping" in rule else "IM201"
            self.tally.add(
                code,
                rule.removeprefix("sku:"),
                len(hit),
                float(np.nansum(stake[hit])),
                [f"{before[i]} to {after[i]}" for i in hit[:_EXAMPLES]],
            )
        frame["sku"] = after

    def _locations(self, frame: pd.DataFrame) -> None:
        """A location nobody named is the config's, where it has one."""
        if "location" in self.role.names and "location" not in frame and self.config.location:
            frame["location"] = self.config.location

    def _measures(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        keep: NDArray[np.bool_],
        stake: NDArray[np.float64],
    ) -> None:
        """Units of measure and packs turned into the base unit; unit prices the other way."""
        if "uom" not in frame or self.extract.role == "items" or not self.config.units:
            return
        words = frame["uom"].map(lambda v: "" if v is None or v != v else str(v).casefold())  # noqa: PLR0124 - NaN
        factor = words.map({**self.config.units, "": 1.0}).to_numpy(float)
        by_pack = factor == 0
        if by_pack.any():
            factor = np.where(by_pack, frame["sku"].map(dict(self.packs)).to_numpy(float), factor)
        unknown = np.isnan(factor) & keep
        self.tally.add(
            "IM208",
            "",
            int(unknown.sum()),
            float(np.nansum(stake[unknown])),
            sorted(set(frame.loc[unknown, "uom"].astype(str)))[:_EXAMPLES],
        )
        factor = np.where(np.isnan(factor), 1.0, factor)
        at = np.flatnonzero((factor != 1.0) & keep)
        for name in frame.columns:
            if name in {"flags", "uom"} or name not in self.role.names:
                continue
            kind = self.role.column(name).kind
            if kind not in {ColumnKind.UNITS, ColumnKind.PRICE} or not len(at):
                continue
            before = frame[name].to_numpy(float)
            after = before * factor if kind is ColumnKind.UNITS else before / factor
            rules = [f"uom:{words.iloc[i]} x {factor[i]:g}" for i in at]
            self.log.add(
                chunk, chunk.rows[at], name, list(before[at]), list(after[at]), rules, stake[at]
            )
            frame[name] = after
        self.tally.add(
            "IM207",
            "",
            len(at),
            float(np.nansum(stake[at])),
            sorted({f"{words.iloc[i]} x {factor[i]:g}" for i in at})[:_EXAMPLES],
        )

    def _currencies(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        keep: NDArray[np.bool_],
        stake: NDArray[np.float64],
    ) -> None:
        """Money in another currency at the rate of the day; a rate that is not there is a STOP."""
        if "currency" not in frame:
            return
        days = (
            frame["date"].to_numpy()
            if "date" in frame
            else np.full(len(frame), np.datetime64("NaT", "D"))
        )
        words = np.array(
            [None if v is None or v != v else str(v).upper() for v in frame["currency"]],  # noqa: PLR0124
            dtype=object,
        )
        rate, age = self.rates.at(words, days.astype("datetime64[D]"))
        unknown = np.isnan(rate) & keep
        self.tally.add(
            "IM210",
            "",
            int(unknown.sum()),
            float(np.nansum(stake[unknown])),
            sorted({f"{words[i]} at {days[i]}"[:24] for i in np.flatnonzero(unknown)[:50]}),
        )
        stale = (age > self.config.rates_fresh_days) & keep
        self.tally.add(
            "IM211",
            "",
            int(stale.sum()),
            float(np.nansum(stake[stale])),
            [f"{np.nanmax(age[stale]):.0f} days"] if stale.any() else [],
        )
        at = np.flatnonzero((rate != 1.0) & ~np.isnan(rate) & keep)
        if not len(at):
            return
        for name in list(frame.columns):
            if name not in self.role.names or self.role.column(name).kind not in _MONEY:
                continue
            before = frame[name].to_numpy(float).copy()
            frame.loc[at, name] = before[at] * rate[at]
            rules = [f"currency:{words[i]} x {rate[i]:.10g}" for i in at]
            self.log.add(
                chunk,
                chunk.rows[at],
                name,
                list(before[at]),
                list(frame[name].to_numpy(float)[at]),
                rules,
                stake[at],
            )
        frame.loc[at, "currency"] = self.config.currency
        self.tally.add(
            "IM209",
            "",
            len(at),
            float(np.nansum(stake[at])),
            sorted({str(words[i]) for i in at})[:_EXAMPLES],
        )

    def _extensions(self, frame: pd.DataFrame, keep: NDArray[np.bool_]) -> None:
        """Totals made from units x price where the source has none; totals that do not extend."""
        if "units" not in frame:
            return
        units = frame["units"].to_numpy(float)
        for total, unit in _EXTENDS:
            if unit not in frame or total not in self.role.names:
                continue
            extended = units * frame[unit].to_numpy(float)
            if total not in frame:
                frame[total] = extended
                continue
            given = frame[total].to_numpy(float)
            off = np.abs(np.abs(given) - np.abs(extended))
            wrong = keep & (
                off > np.maximum(_CENT * np.maximum(np.abs(units), 1.0), 0.005 * np.abs(given))
            )
            self.tally.add(
                "IM221", f"{total}|{unit}", int(wrong.sum()), float(np.nansum(off[wrong])), []
            )
            lacking = np.isnan(given)
            frame[total] = np.where(lacking, extended, given)

    def _too_large(self, chunk: RawChunk, frame: pd.DataFrame, stake: NDArray[np.float64]) -> None:
        """Amounts no line can have, read or extended: unknown, for nothing holds them exactly."""
        for name in self.role.names:
            if name not in frame or self.role.column(name).kind not in NUMERIC:
                continue
            values = frame[name].to_numpy(float)
            at = np.flatnonzero(np.abs(values) >= _MOST)
            if not len(at):
                continue
            before = [_plain(v) or "" for v in values[at].tolist()]
            rule = ["too large"] * len(at)
            self.log.add(chunk, chunk.rows[at], name, before, [None] * len(at), rule, stake[at])
            detail = f"{name} (ten trillion or more)"
            self.tally.add("IM212", detail, len(at), 0.0, before[:_EXAMPLES])
            frame.loc[at, name] = np.nan

    def _set_aside(
        self,
        chunk: RawChunk,
        frame: pd.DataFrame,
        keep: NDArray[np.bool_],
        stake: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Lines without what the role must have."""
        good = np.ones(len(frame), dtype=bool)
        needed = [c.name for c in self.role.columns if c.required]
        for name in needed:
            lacking = (
                frame[name].isna().to_numpy() if name in frame else np.ones(len(frame), dtype=bool)
            )
            hit = keep & good & lacking
            self._drop(chunk, frame, hit, f"set aside: no {name}", "IM216", name, stake)
            good &= ~lacking
        return good


def _plain(value: Any) -> str | None:
    """A value as text for the record; ``None`` for unknown."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        return None
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, np.datetime64) or hasattr(value, "isoformat"):
        return str(value)[:10]
    return str(value)
