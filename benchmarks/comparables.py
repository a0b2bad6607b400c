"""How long do the sales beside every value take, against one LightGBM `predict` of the served model on the same rows?

Both sides run in this process, in turn, several times; the ratio of the medians is printed, and how the time grows with
the sales. Give the folder of a finished run (by default the full demo): ``python benchmarks/comparables.py RUN``.

With ``--leaf-sharing N`` the sales are compared, on N dwellings drawn from the roll, with those that share most leaves
of the same boosters with the dwelling (weighted by how much each tree still adds, as Cook County's assessor publishes
them), under the same guards: how alike the two choices are, how near the median indexed price of the five lies to
`--truth` (a table with `dwelling_id` and `true_value`, as `valuation simulate` writes it), and what a dwelling costs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import known_dwellings
from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.explanation.comparables import ComparableSales
from valuation.explanation.log_amounts import log_amounts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def as_many(comparables: ComparableSales, n: int) -> ComparableSales:
    """Return a pool of `n` sales: those there are, and repeated ones as dwellings and buildings of their own.

    A repeated sale lies a little off, on the map and as the model sees it, so that the search is no easier.
    """
    random = np.random.default_rng(1)
    rows = np.concatenate([np.arange(len(comparables)), random.integers(0, len(comparables), n)])[:n]
    is_new = np.arange(n) >= len(comparables)
    sales = comparables.sales.iloc[rows].reset_index(drop=True)
    number = np.arange(n).astype(str)
    identity = np.where(is_new, "again-" + number.astype(object), sales["dwelling_id"].astype(object))
    moved = sales[["x_m", "y_m"]].to_numpy(float) + is_new[:, None] * random.normal(0, 50, (n, 2))
    return ComparableSales(
        sales=sales.assign(dwelling_id=identity, x_m=moved[:, 0], y_m=moved[:, 1]),
        lines=comparables.lines,
        log_amounts=comparables.log_amounts[rows]
        + is_new[:, None] * random.normal(0, 0.002, (n, len(comparables.lines))),
        group_of_line=comparables.group_of_line,
        building=np.where(is_new, 10_000_000 + np.arange(n), comparables.building[rows]),
        kind=comparables.kind,
        area=comparables.area,
        params=comparables.params,
    )


def leaf_weights(booster: lgb.Booster, leaves: Ints, target: Floats) -> Floats:
    """Weight of each tree: the share of the squared error that it takes away on the sales, shape (n_trees,)."""
    values = np.column_stack(
        [
            [booster.get_leaf_output(tree, int(leaf)) for leaf in range(int(leaves[:, tree].max()) + 1)]
            + [np.nan] * (int(leaves.max()) - int(leaves[:, tree].max()))
            for tree in range(leaves.shape[1])
        ]
    )
    added = np.column_stack([values[leaves[:, tree], tree] for tree in range(leaves.shape[1])])
    errors = ((target[:, None] - np.cumsum(added, axis=1)) ** 2).mean(axis=0)
    before = np.concatenate([[float(((target - target.mean()) ** 2).mean())], errors[:-1]])
    gains = np.maximum(before - errors, 0.0)
    return gains / gains.sum()


def sharing(bundle: Bundle, sold: pd.DataFrame, asked: pd.DataFrame) -> Callable[[int], Floats]:
    """Return a function that gives the share of leaves that a dwelling shares with every sale."""
    target = np.log(bundle.comparables.sales["time_adjusted_sale_price"].to_numpy(float))
    trees = []
    for booster, blend in bundle.models.lightgbm_boosters:
        of_sales = np.asarray(booster.predict(sold.to_numpy(float), pred_leaf=True)).astype(np.int64)
        of_asked = np.asarray(booster.predict(asked.to_numpy(float), pred_leaf=True)).astype(np.int64)
        weights = blend * leaf_weights(booster, of_sales, target)
        trees.append((np.asfortranarray(of_sales), of_asked, weights))

    def shared(row: int) -> Floats:
        return np.sum([(of_sales == of_asked[row]) @ weights for of_sales, of_asked, weights in trees], axis=0)

    return shared


def under_guards(comparables: ComparableSales, dwelling: pd.Series, score: Floats) -> Ints:
    """Return the best sales by a score (higher is nearer) under the same guards."""
    sales, params = comparables.sales, comparables.params
    metres = np.hypot(sales["x_m"] - dwelling["x_m"], sales["y_m"] - dwelling["y_m"]).to_numpy()
    allowed = (
        (sales[comparables.kind] == dwelling[comparables.kind]).to_numpy()
        & (metres <= params.max_distance_m)
        & (sales["dwelling_id"] != dwelling["dwelling_id"]).to_numpy()
    )
    rows = np.flatnonzero(allowed)
    rows = rows[np.argsort(-score[rows], kind="stable")]
    of_building = pd.Series(comparables.building[rows]).groupby(comparables.building[rows]).cumcount().to_numpy()
    return rows[of_building < params.max_per_building][: params.number]


def compare_with_leaf_sharing(bundle: Bundle, known: pd.DataFrame, n: int, truth: Path | None) -> None:
    """Print how alike the sales of both ways are, which lie nearer the true value, and what a dwelling costs."""
    comparables, models = bundle.comparables, bundle.models
    day = bundle.jurisdiction.valuation_date
    placed = known[known[comparables.kind].notna() & known["x_m"].notna() & known["y_m"].notna()]
    rows = np.sort(np.random.default_rng(7).choice(len(placed), min(n, len(placed)), replace=False))
    asked = placed.iloc[rows].reset_index(drop=True)
    features = models.features_of(asked, day)
    amounts = log_amounts(models, features).amounts
    shared = sharing(bundle, models.features_of(comparables.sales, day), features)
    start = time.perf_counter()
    by_leaves = [under_guards(comparables, asked.iloc[row], shared(row)) for row in range(len(asked))]
    cost_leaves = (time.perf_counter() - start) / len(asked)
    start = time.perf_counter()
    found = comparables.nearest(asked, amounts)
    cost_here = (time.perf_counter() - start) / len(asked)
    here = found.groupby("row")["sale"].agg(list).reindex(range(len(asked)))
    own = [np.asarray(item, dtype=np.int64) if isinstance(item, list) else np.empty(0, np.int64) for item in here]
    same = [len(set(a) & set(b)) / len(a) for a, b in zip(own, by_leaves, strict=True) if len(a)]
    print(f"\nagainst leaf sharing, {len(asked):,} dwellings drawn from the roll, the same guards")
    print(f"sales in common                {np.mean(same):8.1%}  of those shown")
    print(f"milliseconds a dwelling        {1e3 * cost_here:8.3f}  leaf sharing {1e3 * cost_leaves:.1f}")
    ways = {"contributions": own, "leaf sharing": by_leaves, "nearest on the map": on_map(comparables, asked)}
    if truth is not None:
        true = pd.read_parquet(truth).set_index("dwelling_id")["true_value"].reindex(asked["dwelling_id"]).to_numpy()
        log_value = amounts.sum(axis=1)
        for name, chosen in ways.items():
            told = misses(comparables, chosen, log_value, true)
            off, low, high, adjusted = (f"{share:.2%}" for share in told)
            print(f"{name:20s} median price off {off} (95 %: {low} to {high}), adjusted {adjusted}")
    for name, chosen in ways.items():
        print(f"{name:20s} median distance {np.median(metres_of(comparables, asked, chosen)):,.0f} m")


def on_map(comparables: ComparableSales, asked: pd.DataFrame) -> list[Ints]:
    """Return the nearest sales on the map, under the same guards."""
    sales = comparables.sales
    return [
        under_guards(comparables, row, -np.hypot(sales["x_m"] - row["x_m"], sales["y_m"] - row["y_m"]).to_numpy())
        for _, row in asked.iterrows()
    ]


def metres_of(comparables: ComparableSales, asked: pd.DataFrame, chosen: list[Ints]) -> Floats:
    """Return the distances on the map of all chosen sales."""
    sales = comparables.sales[["x_m", "y_m"]].to_numpy(float)
    own = asked[["x_m", "y_m"]].to_numpy(float)
    return np.concatenate([np.hypot(*(sales[rows] - own[row]).T) for row, rows in enumerate(chosen)])


def misses(
    comparables: ComparableSales, chosen: list[Ints], log_value: Floats, true: Floats
) -> tuple[float, float, float, float]:
    """Return the median error of the median indexed price with its interval, and that of the median adjusted price."""
    price = np.log(comparables.sales["time_adjusted_sale_price"].to_numpy(float))
    sold = comparables.log_amounts.sum(axis=1)
    usable = [row for row, rows in enumerate(chosen) if len(rows) and np.isfinite(true[row])]
    plain = np.array([np.median(price[chosen[row]]) - np.log(true[row]) for row in usable])
    adjusted = np.array(
        [np.median(price[chosen[row]] - sold[chosen[row]]) + log_value[row] - np.log(true[row]) for row in usable]
    )
    off = np.abs(np.expm1(plain))
    random = np.random.default_rng(3)
    drawn = [np.median(random.choice(off, len(off))) for _ in range(500)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(np.median(off)), float(low), float(high), float(np.median(np.abs(np.expm1(adjusted))))


def main() -> None:
    """Print the two times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-103000-25000"))
    parser.add_argument("--dwellings", type=int, default=0, help="of the roll, evenly drawn; 0: all of them")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="of both sides; 0: all cores")
    parser.add_argument("--sales", type=int, default=25_000, help="sales to choose from, repeated ones among them")
    parser.add_argument("--leaf-sharing", type=int, default=0, metavar="N", help="dwellings to compare it on")
    parser.add_argument("--truth", type=Path, default=None, help="table of true values, synthetic municipality only")
    arguments = parser.parse_args()
    bundle = load_bundle(arguments.run / "bundle")
    roll = pd.read_parquet(arguments.run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    if arguments.dwellings:
        roll = roll.iloc[np.unique(np.linspace(0, len(roll) - 1, arguments.dwellings).astype(int))]
    known = known_dwellings(roll, bundle)
    features = bundle.models.features_of(known, bundle.jurisdiction.valuation_date)
    matrix = features.to_numpy(np.float64)
    amounts = log_amounts(bundle.models, features, n_threads=max(arguments.threads, 1)).amounts
    pool = as_many(bundle.comparables, arguments.sales)
    pool.nearest(known.head(100), amounts[:100])
    own, theirs, real = [], [], []
    peers = bundle.models.lightgbm_boosters
    for _ in range(arguments.repeats):
        theirs.append(timed(lambda: [b.predict(matrix, num_threads=arguments.threads) for b, _ in peers]))
        own.append(timed(lambda: pool.nearest(known, amounts, n_threads=arguments.threads or None)))
        real.append(timed(lambda: bundle.comparables.nearest(known, amounts, n_threads=arguments.threads or None)))
    print(f"{len(known):,} dwellings, median of {arguments.repeats}, seconds (minimum to maximum)")
    middle = statistics.median
    print(f"five of {len(pool):,} sales      {middle(own):8.2f}  ({min(own):.2f} to {max(own):.2f})")
    print(
        f"five of the {len(bundle.comparables):,} there are {middle(real):6.2f}  ({min(real):.2f} to {max(real):.2f})"
    )
    print(f"predict of the served model {middle(theirs):8.2f}  ({min(theirs):.2f} to {max(theirs):.2f})")
    print(f"ratio {middle(own) / middle(theirs):.3f} (goal: at most 1)")
    if arguments.leaf_sharing:
        compare_with_leaf_sharing(bundle, known, arguments.leaf_sharing, arguments.truth)


if __name__ == "__main__":
    main()
