"""Are contributions those of `shap.TreeExplainer`? The largest difference in log price on 2,000 dwellings of each run.

Dwellings are spread evenly over the roll, contributions are compared line by line, boosters blended with their weights.
Give folders of finished runs: ``python benchmarks/exact_contributions.py runs/kc runs/hdb``. Ends with 1 where a
difference is larger than the goal.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import shap

from valuation.explanation.log_amounts import lines_of, log_amounts
from valuation.models.value_models import ValueModels

GOAL = 1e-6
ROWS_AT_ONCE = 200


def by_shap(models: ValueModels, matrix: np.ndarray) -> np.ndarray:
    """Return what `shap.TreeExplainer` says of each line, boosters with their weights; shape (n_rows, n_lines)."""
    names, line_of = lines_of(models)
    total = np.zeros((len(matrix), len(names)))
    for booster, weight in models.lightgbm_boosters:
        explainer = shap.TreeExplainer(booster)
        for start in range(0, len(matrix), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            values = explainer.shap_values(matrix[rows])
            for feature, line in enumerate(line_of):
                total[rows, line] += weight * values[:, feature]
    return total


def largest_difference(run: Path, n_rows: int) -> tuple[float, int]:
    """Return the largest difference of a line of a dwelling, and how many dwellings were compared."""
    models = ValueModels.load(run / "bundle" / "models")
    said = json.loads((run / "bundle" / "jurisdiction.json").read_text("utf-8"))
    roll = pd.read_parquet(run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    rows = np.unique(np.linspace(0, len(roll) - 1, min(n_rows, len(roll))).astype(int))
    features = models.features_of(roll.iloc[rows].reset_index(drop=True), date.fromisoformat(said["valuation_date"]))
    ours = log_amounts(models, features).amounts
    return float(np.abs(ours - by_shap(models, features.to_numpy(np.float64))).max()), len(rows)


def main() -> None:
    """Print a line per run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="*", default=[Path("runs/demo-103000-25000")])
    parser.add_argument("--rows", type=int, default=2000)
    arguments = parser.parse_args()
    worst = 0.0
    for run in arguments.runs:
        found, n = largest_difference(run, arguments.rows)
        worst = max(worst, found)
        print(f"{run.name}: largest difference {found:.1e} in log price, {n:,} dwellings (goal: at most {GOAL:.0e})")
    sys.exit(int(worst > GOAL))


if __name__ == "__main__":
    main()
