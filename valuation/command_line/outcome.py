"""What came of a run? The ratio study of all three models and the state of the roll, for a terminal or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from valuation.report.words import STATISTIC

MODELS = {"boosted": "boosted trees", "tree": "decision tree", "baseline": "standard prices"}
HEADLINE, BESIDE = "all_sales", "valid_sales"
"""Samples of the holdout, as the report names and orders them: every sale; those screening holds to be free sales."""
_FIGURES = {
    name: (STATISTIC[name].head, STATISTIC[name].digits)
    for name in ("mdape", "mape", "median_ratio", "cod", "prd", "prb")
}


def outcome_as_json(out: Path) -> dict[str, Any]:
    """Return where the run lies, its model version, the figures of the holdout and the state of the roll."""
    metrics, manifest = _read(out / "evaluation" / "metrics.json"), _read(out / "bundle" / "manifest.json")
    return {
        "out": str(out),
        "jurisdiction": manifest["jurisdiction"],
        "is_synthetic": manifest["is_synthetic"],
        "model_version": manifest["model_version"],
        "holdout": metrics["holdout"],
        "headline": HEADLINE,
        "figures": {HEADLINE: metrics["overall"], BESIDE: metrics.get("valid_sales")},
        "coverage": {
            HEADLINE: metrics["coverage"]["overall"]["all"],
            BESIDE: metrics["coverage"]["screening"].get("valid"),
        },
        "dwellings": _roll(out),
    }


def print_outcome(out: Path) -> None:
    """Print the ratio study and the state of the roll for a person (stderr)."""
    from rich.console import Console
    from rich.table import Table

    outcome = outcome_as_json(out)
    holdout, roll = outcome["holdout"], outcome["dwellings"]
    synthetic = ", synthetic data" if outcome["is_synthetic"] else ""
    table = Table(
        title=f"{outcome['jurisdiction']}{synthetic}: all {holdout['n_sales']:,} sales from {holdout['first_sale']} to "
        f"{holdout['last_sale']}, which no model has seen",
        caption="Every recorded sale of the period, free or not. In brackets: 95 % interval, by dwelling.",
    )
    table.add_column("")
    for name in MODELS.values():
        table.add_column(name, justify="right")
    for statistic, (label, digits) in _FIGURES.items():
        figures = outcome["figures"][HEADLINE]
        table.add_row(label, *(_with_interval(figures[model], statistic, digits) for model in MODELS))
    console = Console(stderr=True, highlight=False)
    console.print(table)
    console.print(f"All sales: {_held(outcome['coverage'][HEADLINE])}.")
    if holdout["n_screened_out"] and outcome["figures"][BESIDE]:
        valid = outcome["figures"][BESIDE]
        errors = ", ".join(_in_words(valid["boosted"], name) for name in ("mdape", "mape", "cod"))
        console.print(f"Valid sales alone, n {valid['n_sales']:,}: {errors}; {_held(outcome['coverage'][BESIDE])}.")
    console.print(
        f"{roll['valued']:,} of {roll['dwellings']:,} dwellings valued, {roll['flagged']:,} flagged for a caseworker, "
        f"{roll['dwellings'] - roll['valued']:,} cannot be valued. Model version {outcome['model_version']}."
    )


def _in_words(figures: dict[str, float], statistic: str) -> str:
    (label, digits), value = _FIGURES[statistic], figures.get(statistic)
    name, _, unit = label.partition(", ")
    return f"{name} not given" if value is None else f"{name} {value:.{digits}f} {unit}".rstrip()


def _held(coverage: dict[str, float]) -> str:
    return (
        f"{coverage['coverage']:.1%} of the prices lie within the probable range "
        f"({coverage['binomial_low']:.1%} to {coverage['binomial_high']:.1%} is chance around the promise)"
    )


def _with_interval(figures: dict[str, float], statistic: str, digits: int) -> str:
    value = figures.get(statistic)
    if value is None:
        return "not given"
    lower, upper = figures[f"{statistic}_lower"], figures[f"{statistic}_upper"]
    return f"{value:.{digits}f}\n({lower:.{digits}f} to {upper:.{digits}f})"


def _roll(out: Path) -> dict[str, int]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    values = pq.read_table(out / "values.parquet", columns=["appraised_value", "flags"])
    is_valued = pc.is_finite(pc.fill_null(values["appraised_value"], float("nan")))
    return {
        "dwellings": values.num_rows,
        "valued": pc.sum(is_valued).as_py() or 0,
        "flagged": pc.sum(pc.not_equal(pc.fill_null(values["flags"], ""), "")).as_py() or 0,
    }


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))
