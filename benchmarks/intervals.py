"""How wide are our ranges beside split conformal, CQR and Mondrian ones, and which hold in every group?

All are set on the same sales and tested on the same later ones: the rolling-origin folds of finished runs, each fold
with ranges set on the folds before it (``python benchmarks/intervals.py runs/*``). The holdout has no part in it. CQR
is two LightGBM models of the 5 and 95 % quantile of the log error on the evidence of our scale, cross-fitted like it;
Mondrian is crepes, by type and third of the value; split conformal is crepes without groups. A group is published when
it is in `published_coverage`; on a fold it is not known which sales would be flagged. Goal: a median relative width of
at most 1.05 times that of the best of the three that keeps as many groups within their goal.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from crepes import ConformalRegressor
from numpy.typing import NDArray

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ConformalizeParams
from valuation.ratio_study.strata import dwelling_strata
from valuation.uncertainty.coverage import coverage_band, relative_width
from valuation.uncertainty.groups import ValueGroups
from valuation.uncertainty.intervals import IntervalModel
from valuation.uncertainty.published_coverage import goal_summary, published_coverage
from valuation.uncertainty.scale import Evidence, evidence_of

Floats = NDArray[np.float64]
COVERAGE = 0.90
PARTS = 10


@dataclass(frozen=True)
class Fold:
    """Sales ranges are set on, and later ones they are tested on."""

    name: str
    jurisdiction: Jurisdiction
    known: pd.DataFrame
    known_features: pd.DataFrame
    later: pd.DataFrame
    later_features: pd.DataFrame

    @property
    def type_column(self) -> str:
        """The characteristic that is the dwelling type."""
        return str(self.jurisdiction.characteristics.with_role("dwelling_type"))

    def log_error(self) -> Floats:
        """Log of price over value of the sales the ranges are set on."""
        return np.log(self.known["sale_price"].to_numpy(float) / self.known["appraised_value"].to_numpy(float))

    def evidence(self) -> tuple[Evidence, Evidence]:
        """What the size of an error is expected from, of both samples."""
        groups = ValueGroups.fit(
            self.known[self.type_column], self.known["appraised_value"], ["all"] * len(self.known), 1
        )
        tables = ((self.known, self.known_features), (self.later, self.later_features))
        first, second = (evidence_of(sales, made, groups.codes(sales[self.type_column])) for sales, made in tables)
        return first, second

    def bins(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Type and third of the value of both samples, merged under 200 sales."""
        areas = [["all"] * len(self.known), ["all"] * len(self.later)]
        groups = ValueGroups.fit(self.known[self.type_column], self.known["appraised_value"], areas[0], 200)
        first, second = (
            groups.assign(sales[self.type_column], sales["appraised_value"], area)
            for sales, area in zip((self.known, self.later), areas, strict=True)
        )
        return first, second


def folds_of(run: Path) -> list[Fold]:
    """Return every fold of a run but the first, with the published groups of its sales."""
    jurisdiction = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
    # One row is a sale valued by models of earlier sales only; features in the same order.
    rolling = pd.read_parquet(run / "train" / "rolling_origin.parquet")
    features = pd.read_parquet(run / "train" / "rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    sales = pd.read_parquet(run / "sales.parquet").query("not is_holdout").set_index("sale_id")
    valued = (rolling["appraised_value"] > 0).to_numpy(bool)
    rolling, features = rolling[valued].reset_index(drop=True), features[valued].reset_index(drop=True)
    facts = sales.loc[rolling["sale_id"]].reset_index()
    strata = dwelling_strata(facts, facts["market_date"], jurisdiction)
    rolling = rolling.join(strata[[name for name in strata if name not in rolling]])
    learned = sales[sales["is_valid_sale"]]
    folds = []
    for number in sorted(rolling["fold"].unique())[1:]:
        before, tested = (rolling["fold"] < number).to_numpy(bool), (rolling["fold"] == number).to_numpy(bool)
        start = rolling.loc[tested, "sale_date"].min()
        seen = set(learned.loc[learned["market_date"] < start, "dwelling_id"])
        later = rolling[tested].reset_index(drop=True)
        later = later.assign(is_seen_dwelling=later["dwelling_id"].isin(seen), is_valid_sale=True, flags="")
        folds.append(
            Fold(
                f"{jurisdiction.name} {start:%Y-%m}",
                jurisdiction,
                rolling[before].reset_index(drop=True),
                features[before].reset_index(drop=True),
                later,
                features[tested].reset_index(drop=True),
            )
        )
    return folds


def ours(fold: Fold) -> tuple[Floats, Floats]:
    """Return log errors at the ends of our ranges."""
    model = IntervalModel.conformalize(fold.known, fold.known_features, fold.jurisdiction, ConformalizeParams())
    ranges = model.interval(fold.later, fold.later_features, fold.later, n_threads=1)
    value = fold.later["appraised_value"].to_numpy(float)
    return np.log(ranges["lower_value"].to_numpy() / value), np.log(ranges["upper_value"].to_numpy() / value)


def split(fold: Fold) -> tuple[Floats, Floats]:
    """Return one range for all."""
    made = ConformalRegressor().fit(residuals=fold.log_error())
    return _ends(made.predict_int(np.zeros(len(fold.later)), confidence=COVERAGE))


def mondrian(fold: Fold) -> tuple[Floats, Floats]:
    """Return one range for each type and third of the value."""
    known, later = fold.bins()
    made = ConformalRegressor().fit(residuals=fold.log_error(), bins=known)
    return _ends(made.predict_int(np.zeros(len(later)), bins=later, confidence=COVERAGE))


def cqr(fold: Fold) -> tuple[Floats, Floats]:
    """Return conformalized quantile ranges (Romano, Patterson and Candes 2019)."""
    error = fold.log_error()
    known, later = fold.evidence()
    part = np.arange(len(error)) % PARTS
    unseen, ends = np.empty((len(error), 2)), np.empty((len(fold.later), 2))
    for side, share in enumerate(((1 - COVERAGE) / 2, (1 + COVERAGE) / 2)):
        for held_out in range(PARTS):
            rest = part != held_out
            unseen[~rest, side] = _quantile(known.matrix[rest], error[rest], share)(known.matrix[~rest])
        ends[:, side] = _quantile(known.matrix, error, share)(later.matrix)
    score = np.maximum(unseen[:, 0] - error, error - unseen[:, 1])
    rank = min(int(np.ceil((len(score) + 1) * COVERAGE)), len(score))
    reach = np.sort(score)[rank - 1]
    return ends[:, 0] - reach, ends[:, 1] + reach


def _quantile(matrix: Floats, error: Floats, share: float) -> Callable[[Floats], Floats]:
    settings = {
        "objective": "quantile",
        "alpha": share,
        "num_leaves": 7,
        "learning_rate": 0.05,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.5,
        "deterministic": True,
        "num_threads": 1,
        "seed": 1,
        "verbosity": -1,
    }
    booster = lgb.train(settings, lgb.Dataset(matrix, label=error), num_boost_round=150)
    return lambda asked: np.asarray(booster.predict(asked, num_threads=1))


def _ends(table: Floats) -> tuple[Floats, Floats]:
    return table[:, 0], table[:, 1]


METHODS = {"ours": ours, "split conformal": split, "CQR": cqr, "Mondrian": mondrian}


def judged(fold: Fold, method: str) -> dict[str, object]:
    """Return the figures of one method on one fold."""
    start = time.perf_counter()
    lower, upper = METHODS[method](fold)
    seconds = time.perf_counter() - start
    value, price = (fold.later[name].to_numpy(float) for name in ("appraised_value", "sale_price"))
    sales = fold.later.assign(lower_value=value * np.exp(lower), upper_value=value * np.exp(upper))
    table = published_coverage(sales, COVERAGE).query("grouping not in ('screening', 'flagged')")
    summary = goal_summary(table, COVERAGE)
    error = np.log(price / value)
    low, high = coverage_band(len(fold.known), len(fold.later), COVERAGE)
    held = float(np.mean((error >= lower) & (error <= upper)))
    outside = 2 / (1 - COVERAGE) * (np.maximum(lower - error, 0) + np.maximum(error - upper, 0))
    return {
        "fold": fold.name,
        "method": method,
        "n": len(fold.later),
        "coverage": held,
        "within band": low <= held <= high,
        "below": float(np.mean(error < lower)),
        "above": float(np.mean(error > upper)),
        "worst of 300": summary.lowest.coverage,
        "groups": summary.n_judged,
        "missed": summary.n_missed,
        "width": float(np.median(relative_width(sales["lower_value"], sales["upper_value"], value))),
        "score": float(np.mean(upper - lower + outside)),
        "seconds": seconds,
    }


def compared(found: pd.DataFrame) -> pd.DataFrame:
    """Return our width over that of the best other method that keeps as many groups within their goal, by fold."""
    rows = []
    for fold, part in found.groupby("fold", sort=False):
        us = part[part["method"] == "ours"].iloc[0]
        others = part[part["method"] != "ours"]
        meeting = others[others["missed"] == 0]
        as_good = others[others["missed"] <= us["missed"]]
        rows.append(
            {
                "fold": fold,
                "ours missed": us["missed"],
                "that meet every group": ", ".join(meeting["method"]) or "none",
                "that miss no more than ours": ", ".join(as_good["method"]) or "none",
                "width over best of these": us["width"] / as_good["width"].min() if len(as_good) else np.nan,
                "width over narrowest of all": us["width"] / others["width"].min(),
                "score over best of all": us["score"] / others["score"].min(),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Print every method on every fold, and our ratio to the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="*", default=sorted(Path("runs").glob("*")))
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    runs = [run for run in arguments.runs if (run / "train" / "rolling_origin.parquet").is_file()]
    if not runs:
        parser.error("no finished run is there: give folders of runs, such as runs/king_county")
    found = pd.DataFrame([judged(fold, method) for run in runs for fold in folds_of(run) for method in METHODS])
    together = found.groupby("method", sort=False)[["n", "groups", "missed"]].sum()
    print(found.to_string(index=False, float_format="{:.3f}".format))
    print("\nall folds together\n" + together.to_string())
    print("\n" + compared(found).to_string(index=False, float_format="{:.3f}".format))
    if arguments.json:
        content = {"methods": found.to_dict("records"), "compared": compared(found).to_dict("records")}
        arguments.json.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
