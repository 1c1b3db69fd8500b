"""The as-of feature query over millions of sales lines: both engines, ours, and its memory.

Run: ``python tests/bench/history_ratios.py [LINES ...]`` (default 10,000,000 and 50,000,000).
For each size, in processes of their own: the query by hand in DuckDB (= 1), ours, the same query
in polars' streaming engine where it is installed; CPU as ratios, peak memory, rows. Then what a
line costs, for the note on very large retailers.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
MOST = 1.3  # ours to the query written by hand
MEMORY = "1GB"

_BY_HAND = """
import duckdb
con = duckdb.connect(); con.execute(f"set memory_limit='{memory}'; set threads=2; set temp_directory='{out}.spill'")
at = "date '2026-11-01'"
con.execute(f'''copy (
with s as (select sku, location,
  sum(units) filter (where date >= {at} - 30 and units > 0) u30, sum(units) filter (where date >= {at} - 60 and units > 0) u60,
  sum(units) filter (where date >= {at} - 90 and units > 0) u90, sum(units) filter (where date >= {at} - 365 and units > 0) u365,
  sum(net_sales) filter (where date >= {at} - 90 and units > 0) v90,
  max(date) filter (where units > 0) ls, min(date) filter (where units > 0) fs,
  sum(-units) filter (where date >= {at} - 365 and units < 0) r365,
  sum(abs(units)) filter (where date >= {at} - 365 and flags <> '') i365
  from '{folder}/sales.parquet' where date < {at} group by all),
m as (select sku, to_node as location, sum(units) filter (where date >= {at} - 90) m90,
  sum(units) filter (where date >= {at} - 365) m365, max(date) lr
  from '{folder}/movements.parquet' where date < {at} and from_node not in ('(customer)', '(adjustment)') and to_node not like '(%' group by all),
k as (select sku, location, sum(units) u, sum(cost) c, max(date) d from (select * from '{folder}/stock.parquet'
  where date < {at} qualify date = max(date) over (partition by sku, location)) group by all)
select sku, location, u30::double, u60::double, u90::double, u365::double, (v90 / nullif(u90, 0))::double, ls, fs, r365::double, i365::double, m90::double, m365::double, lr, u::double, c::double, d
from s full join m using (sku, location) full join k using (sku, location)) to '{out}' (format parquet)''')
"""
_OURS = """
import datetime as dt
from pathlib import Path
from invval_xl.sources.engine import opened
from invval_xl.sources.history import History, as_of_file
with opened(Path(out + ".spill"), memory) as engine:
    as_of_file(engine, History(Path(folder)), dt.date(2026, 11, 1), Path(out))
"""
_POLARS = """
import os; os.environ["POLARS_MAX_THREADS"] = "2"
import datetime as dt
import polars as pl
T = dt.date(2026, 11, 1); d = pl.col("date"); u = pl.col("units"); ago = lambda n: d >= T - dt.timedelta(days=n)
s = pl.scan_parquet(folder + "/sales.parquet").filter(d < T).group_by("sku", "location").agg(
  *[u.filter(ago(n) & (u > 0)).sum().alias(f"u{n}") for n in (30, 60, 90, 365)],
  pl.col("net_sales").filter(ago(90) & (u > 0)).sum().alias("v90"), d.filter(u > 0).max().alias("ls"), d.filter(u > 0).min().alias("fs"),
  (-u).filter(ago(365) & (u < 0)).sum().alias("r365"), u.abs().filter(ago(365) & (pl.col("flags") != "")).sum().alias("i365"))
m = pl.scan_parquet(folder + "/movements.parquet").filter((d < T) & ~pl.col("from_node").is_in(["(customer)", "(adjustment)"])).rename({"to_node": "location"}).group_by("sku", "location").agg(
  u.filter(ago(90)).sum().alias("m90"), u.filter(ago(365)).sum().alias("m365"), d.max().alias("lr"))
k = pl.scan_parquet(folder + "/stock.parquet").filter(d < T)
k = k.join(k.group_by("sku", "location").agg(d.max().alias("last")), on=["sku", "location"]).filter(d == pl.col("last")).group_by("sku", "location").agg(u.sum().alias("u"), pl.col("cost").sum().alias("c"), d.max().alias("cd"))
s.join(m, on=["sku", "location"], how="full", coalesce=True).join(k, on=["sku", "location"], how="full", coalesce=True).sink_parquet(out)
"""
_FRAME = """
import json, resource, sys
folder, out, memory = sys.argv[1:4]
{body}
used = resource.getrusage(resource.RUSAGE_SELF)
from tests.peak import peak_memory
import pyarrow.parquet as pq
print(json.dumps([used.ru_utime + used.ru_stime, peak_memory() // 2**20, pq.read_metadata(out).num_rows]))
"""


def measured(body: str, folder: Path, out: Path) -> tuple[float, int, int]:
    """CPU seconds, peak memory in MB and rows of one way, in a process of its own."""
    program = _FRAME.replace("{body}", body)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(out), MEMORY],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        env={"PYTHONPATH": str(REPO), "PATH": "/usr/bin:/bin"},
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    cpu, peak, rows = json.loads(done.stdout.splitlines()[-1])
    return cpu, peak, rows


def main() -> None:
    from tests.sources.history_lines import write_history

    sizes = [int(a) for a in sys.argv[1:]] or [10_000_000, 50_000_000]
    ways = {"by hand": _BY_HAND, "ours": _OURS}
    if importlib.util.find_spec("polars"):
        ways["polars"] = _POLARS
    for lines in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = write_history(Path(name) / "h", lines, items=20_000, locations=50)
            size = sum(p.stat().st_size for p in folder.glob("*.parquet")) / 1e6
            found = {
                way: measured(body, folder, Path(name) / f"{i}.parquet")
                for i, (way, body) in enumerate(ways.items())
            }
        floor = found["by hand"][0]
        print(
            f"{lines:,} sales lines, {lines // 10:,} movements, {size:,.0f} MB of Parquet, memory limit {MEMORY}"
        )
        for way, (cpu, peak, rows) in found.items():
            print(
                f"  {way:8} CPU {cpu / floor:5.2f}   peak {peak:5,} MB   {rows:,} rows   {cpu / lines * 1e6:.2f} us a line   {size * 1e6 / lines:.1f} bytes a line"
            )
        ratio = found["ours"][0] / floor
        print(f"  ours to the query by hand: {ratio:.2f} (at most {MOST})", flush=True)
        assert ratio <= MOST, ratio


if __name__ == "__main__":
    main()
