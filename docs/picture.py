"""What does the README's picture show? Drawn from a finished run: `python docs/picture.py RUN docs/picture.png`.

Left the roll on the map by appraised value per m²; right how far the values of the newest sales, which no model has
seen, lie from the prices, for the three models.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

MODELS = {
    "appraised_value": ("boosted model", "#0b5394", "-"),
    "tree_value": ("decision tree", "#38761d", "--"),
    "baseline_value": ("baseline", "#b45f06", ":"),
}
LARGEST_ERROR_PCT = 40


def main() -> int:
    """Draw the picture of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="output folder of `valuation run`")
    parser.add_argument("picture", type=Path, help="PNG to be written")
    parser.add_argument("--area", default="living_area_m2", help="column of the roll with the living area")
    parser.add_argument("--title", default="A synthetic municipality: no real dwelling, no real sale")
    arguments = parser.parse_args()
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), width_ratios=[1, 1.05], layout="constrained")
    draw_map(figure, left, arguments.run, arguments.area)
    draw_errors(right, arguments.run)
    figure.suptitle(arguments.title, fontsize=11)
    arguments.picture.parent.mkdir(parents=True, exist_ok=True)
    # No date and no version in the file: the same run gives the same bytes.
    figure.savefig(arguments.picture, dpi=110, metadata={"Software": None})
    return 0


def draw_map(figure: Any, axes: Any, run: Path, area: str) -> None:
    """Draw each dwelling of the roll as a dot, coloured by value per m²."""
    values = pd.read_parquet(run / "values.parquet", columns=["dwelling_id", "appraised_value", "x_m", "y_m"])
    roll = pd.read_parquet(run / "roll.parquet", columns=["dwelling_id", area])
    table = values.merge(roll, on="dwelling_id", validate="one_to_one").dropna()
    per_m2 = table["appraised_value"] / table[area]
    low, high = np.quantile(per_m2, [0.02, 0.98]) / 1000
    dots = axes.scatter(
        table["x_m"] / 1000,
        table["y_m"] / 1000,
        c=per_m2 / 1000,
        s=0.4,
        cmap="viridis",
        vmin=low,
        vmax=high,
        linewidths=0,
    )
    axes.set_aspect("equal")
    axes.set_xlabel("km east")
    axes.set_ylabel("km north")
    axes.set_title(f"Appraised value of {len(table):,} dwellings", fontsize=10)
    figure.colorbar(dots, ax=axes, label="thousand per m²", shrink=0.85)


def draw_errors(axes: Any, run: Path) -> None:
    """Draw which share of the newest sales lies within an error, for each model."""
    sales = pd.read_parquet(run / "holdout_values.parquet", columns=["sale_price", *MODELS])
    errors = np.linspace(0, LARGEST_ERROR_PCT, 201)
    for column, (name, colour, dashes) in MODELS.items():
        # A sale that cannot be valued counts as further off than any other.
        off = (100 * (sales[column] / sales["sale_price"] - 1).abs()).fillna(np.inf).to_numpy()
        within = 100 * (off[:, None] <= errors).mean(axis=0)
        label = f"{name}: half within {np.median(off):.1f} %"
        axes.plot(errors, within, color=colour, linestyle=dashes, linewidth=2, label=label)
    axes.set_xlim(0, LARGEST_ERROR_PCT)
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.set_xlabel("distance of value from price, %")
    axes.set_ylabel("share of sales within it, %")
    axes.set_title(f"{len(sales):,} newest sales, seen by no model", fontsize=10)
    axes.legend(loc="lower right", fontsize=9)


if __name__ == "__main__":
    sys.exit(main())
