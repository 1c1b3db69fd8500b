"""Count the ageing table that answers where nobody trained a model; writes shipped_table.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "models"))

import datasets  # noqa: E402

from invval_xl.models.features import fit_encoding  # noqa: E402
from invval_xl.models.markdown import fit_carried  # noqa: E402
from invval_xl.models.opponents import fit_table  # noqa: E402
from invval_xl.models.panel import _stack, build_panel, snapshot_days  # noqa: E402
from invval_xl.models.paths import choose_paths, soft_rows  # noqa: E402
from invval_xl.models.targets import TargetPolicy  # noqa: E402
from invval_xl.models.withhold import withheld  # noqa: E402


def main() -> None:
    parts = []
    for load in (datasets.uci, datasets.adw):
        events = load()
        assert events is not None, "the shared sets are needed"
        encoding = fit_encoding(events)
        days = snapshot_days(events)
        panel = build_panel(events, days, encoding=encoding, policy=TargetPolicy())
        panel = withheld(panel.known_before(events.last_day + 1), encoding, seed=0, share=0.0)
        panel.features.column("category_code")[:] = np.nan
        parts.append((panel.features, panel.labels, panel.day))
    pooled = _stack(parts)
    book = choose_paths(pooled.labels.state)
    table = fit_table(pooled.features.facts, *soft_rows(pooled.labels.state, book), book)
    carried = fit_carried(pooled, "mean")
    data = {
        "counted_on": "AdventureWorks DW (Microsoft sample), UCI Online Retail (CC BY 4.0)",
        "item_dates": len(pooled),
        "states": book.states.tolist(),
        "path_share": np.round(book.share, 6).tolist(),
        "share": np.round(table.share, 4).tolist(),
        "rows": np.round(table.rows, 1).tolist(),
        "rate_mean": np.round(carried.mean, 4).tolist(),
        "rate_band": np.round(carried.band, 4).tolist(),
        "rate_atoms": np.round(carried.atoms, 4).tolist(),
    }
    # shares are rounded: the last path takes what the rounding left
    share = np.array(data["share"])
    share[..., -1] += 1.0 - share.sum(axis=-1)
    data["share"] = np.round(share, 4).tolist()
    band = np.array(data["rate_band"])
    band[..., 0] += 1.0 - band.sum(axis=-1)
    data["rate_band"] = np.round(band, 4).tolist()
    out = REPO / "invval_xl" / "models" / "shipped_table.json"
    out.write_text(json.dumps(data, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(pooled):,} item-dates, {len(book)} paths -> {out}")


if __name__ == "__main__":
    main()
