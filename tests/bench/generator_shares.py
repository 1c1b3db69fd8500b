"""Print what the generator makes: class shares by horizon, the top fifth's units, losses.

Run: ``python tests/bench/generator_shares.py [ITEMS] [SEED ...]``
"""

from __future__ import annotations

import sys

import numpy as np

from invval_xl.sources.demo import DEFAULT_SEED, DemoRetailer, generate


def top_fifth_share(retailer: DemoRetailer) -> float:
    """Share of a year's units that the top fifth of items sold."""
    sales = retailer.frames["SalesHistory"]
    year = sales[sales["date"] > sales["date"].max() - np.timedelta64(364, "D")]
    units = year.groupby("sku")["units"].sum().reindex(retailer.frames["ItemMaster"]["sku"])
    ranked = units.fillna(0.0).sort_values()
    return float(ranked.iloc[-round(len(ranked) / 5) :].sum() / ranked.sum())


def shares(retailer: DemoRetailer) -> dict[int, dict[str, float]]:
    """Share of each outcome among the known ones, by horizon in days."""
    known = retailer.truth["outcomes"].dropna(subset=["outcome"])
    return {
        int(horizon): rows["outcome"].value_counts(normalize=True).to_dict()
        for horizon, rows in known.groupby("horizon_days")
    }


def main() -> None:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    for seed in [int(s) for s in sys.argv[2:]] or [DEFAULT_SEED]:
        retailer = generate(items=items, seed=seed, keep_events=False)
        realised = retailer.truth["realised"]
        print(
            f"seed {seed}: {len(realised)} SKU-locations on hand,"
            f" top fifth {top_fifth_share(retailer):.1%} of units,"
            f" realised loss {realised['realised_loss'].sum() / realised['cost'].sum():.1%} of cost"
        )
        for horizon, share in shares(retailer).items():
            words = ", ".join(f"{k} {share.get(k, 0):.1%}" for k in ("obsolete", "markdown"))
            print(f"  {horizon} days: {words}")


if __name__ == "__main__":
    main()
