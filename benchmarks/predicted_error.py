"""Which order finds more of the errors over 20 percent: by the predicted error, or by the width of the range?

Both are set on the same sales and tested on the same later ones: each rolling-origin fold of finished runs, with what
the folds before it taught (``python benchmarks/predicted_error.py runs/*``). The holdout has no part in it. The
difference is paired: both orders stand on the same resample of dwellings. Also: how often values said to be wrong with
a chance were (a band a line), log loss against that of the ranges' own chance, and the money.

Values out of parts of the sales before the fold come from models that know later sales too, which the fold's own
would not; they only tell which dwellings are hard. Past sales reach no further than the day of each sale.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.foretelling import judged
from valuation.pipeline.params import ConformalizeParams, Params
from valuation.pipeline.stage import Workplace
from valuation.ratio_study.confidence import Resamples
from valuation.uncertainty.coverage import relative_width
from valuation.uncertainty.intervals import IntervalModel
from valuation.uncertainty.past_sales import PastSales
from valuation.uncertainty.predicted_error import Judged, PredictedError

Floats = NDArray[np.float64]
LOOKED_AT = 0.10
BANDS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
N_RESAMPLES = 1000


def rows_of(sales: Judged, chosen: NDArray[np.bool_]) -> Judged:
    """Some of the sales."""
    return Judged(
        sales.evidence.rows(chosen),
        sales.appraised_value[chosen],
        sales.sale_price[chosen],
        sales.dwelling_id[chosen].reset_index(drop=True),
    )


def tested(run: Path) -> pd.DataFrame:
    """Return the sales of the later folds of a run with what was foretold of each, by several ways."""
    jurisdiction = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
    work = Workplace(jurisdiction, Params(), raw=run, out=run)
    settings = json.loads((run / "bundle" / "params.json").read_text("utf-8"))["conformalize"]
    sales = work.read_table("sales.parquet")
    past = PastSales.fit(sales[sales["is_valid_sale"] & ~sales["is_holdout"]], jurisdiction.characteristics)
    ahead, within = (judged(work, name, sales, past) for name in ("rolling_origin", "cross_fitted"))
    rolling, features = (work.read_table(f"train/rolling_origin{end}.parquet") for end in ("", "_features"))
    is_valued = (rolling["appraised_value"] > 0).to_numpy(dtype=bool)
    rolling, features = rolling[is_valued], features[is_valued].drop(columns=["fold", "sale_id"])
    sold = work.read_table("train/cross_fitted.parquet")
    fold, parts = rolling["fold"].to_numpy(), []
    for number in np.unique(fold)[1:]:
        earlier, later = fold < number, fold == number
        starts = rolling["sale_date"][later].min()
        model = PredictedError.fit(
            rows_of(ahead, earlier), rows_of(within, (sold["sale_date"] < starts).to_numpy()), past
        )
        asked, made = rolling[later].reset_index(drop=True), features[later].reset_index(drop=True)
        ranges = IntervalModel.conformalize(
            rolling[earlier], features[earlier], jurisdiction, ConformalizeParams(**settings)
        ).interval(asked, made, asked)
        foretold = model.predict(rows_of(ahead, later).evidence, ranges["error_risk"].to_numpy(), n_threads=1)
        value, price = asked["appraised_value"].to_numpy(), asked["sale_price"].to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "fold": number,
                    "dwelling_id": asked["dwelling_id"],
                    "is_large": rows_of(ahead, later).is_large,
                    "risk": foretold.error_risk,
                    "risk_of_ranges": ranges["error_risk"],
                    "width": relative_width(ranges["lower_value"], ranges["upper_value"], value),
                    "expected_error": value * foretold.relative_distance,
                    "error": np.abs(value - price),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def caught(sales: pd.DataFrame, by: str, weight: Floats) -> Floats:
    """Share of the large errors among the tenth of each fold that a column puts first, for each row of weights."""
    found = np.zeros(len(weight))
    for number in sales["fold"].unique():
        rows = np.flatnonzero(sales["fold"] == number)
        order = rows[np.argsort(-sales[by].to_numpy()[rows], kind="stable")]
        counted = np.cumsum(weight[:, order], axis=1)
        # The sale at the edge of the tenth counts in part, so that all resamples look at a tenth.
        part = np.clip(LOOKED_AT * counted[:, -1:] - (counted - weight[:, order]), 0, weight[:, order])
        found += part @ sales["is_large"].to_numpy()[order]
    return found / (weight @ sales["is_large"].to_numpy())


def log_loss(is_large: Floats, chance: Floats) -> float:
    """Mean negative log likelihood."""
    chance = np.clip(chance, 1e-4, 1 - 1e-4)
    return float(-(is_large * np.log(chance) + (1 - is_large) * np.log1p(-chance)).mean())


def report(name: str, sales: pd.DataFrame) -> None:
    """Print what was found on one run."""
    is_large = sales["is_large"].to_numpy()
    plain = np.ones((1, len(sales)))
    drawn = Resamples.draw(sales["dwelling_id"], N_RESAMPLES, 1).multiplicity.astype(float)
    print(f"{name}: n {len(sales):,}, errors over 20 %: {int(is_large.sum()):,}")
    for column in ("width", "risk_of_ranges", "risk"):
        low, high = np.quantile(caught(sales, column, drawn), [0.025, 0.975])
        print(
            f"  caught with 10 % looked at by {column:15s} {caught(sales, column, plain)[0]:.1%} ({low:.1%}-{high:.1%})"
        )
    difference = caught(sales, "risk", drawn) - caught(sales, "width", drawn)
    low, high = np.quantile(difference, [0.025, 0.975])
    better = caught(sales, "risk", plain)[0] - caught(sales, "width", plain)[0]
    print(f"  risk less width, paired: {100 * better:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})")
    losses = [log_loss(is_large, sales[column].to_numpy()) for column in ("risk_of_ranges", "risk")]
    brier = [float(((sales[column] - is_large) ** 2).mean()) for column in ("risk_of_ranges", "risk")]
    print(f"  log loss {losses[0]:.4f} (ranges), {losses[1]:.4f}; Brier {brier[0]:.4f}, {brier[1]:.4f}")
    bands = pd.cut(sales["risk"], BANDS)
    for band, rows in sales.groupby(bands, observed=True):
        said, were = rows["risk"].mean(), rows["is_large"].mean()
        print(f"    said {band}: n {len(rows):5d}, mean said {said:.3f}, were {were:.3f}")
    print(f"  money: expected {sales['expected_error'].mean():,.0f}, found {sales['error'].mean():,.0f} on average")
    tenths = pd.qcut(sales["expected_error"], 5, labels=False)
    told = sales.groupby(tenths)[["expected_error", "error"]].mean()
    print("    by fifth of the expected: " + ", ".join(f"{a / b:.2f}" for a, b in told.to_numpy()))


def main() -> None:
    """Print the figures of each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    for run in parser.parse_args().runs:
        report(run.name, tested(run))


if __name__ == "__main__":
    main()
