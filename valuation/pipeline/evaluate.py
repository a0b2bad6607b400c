"""Stage `evaluate`: how good are the values, on sales that no model, setting or interval has seen?

Every sale of the holdout period counts; the figures without those that screening would have left out stand beside,
named so. A sale that cannot be valued is counted and listed. The headline is never alone: dwellings never sold in
training and whole areas left out are the harder questions, since most of the roll was never sold and some places hardly
ever are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from valuation.appraisal.appraise import appraise
from valuation.appraisal.appraised_value import AppraisedValues
from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.errors import TooFewSales
from valuation.flags.price import price_of_flagging
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.holdout_figures import (
    all_metrics,
    coverage_table,
    flag_table,
    without_training_sales,
    worst_misses,
)
from valuation.pipeline.left_out_areas import left_out_area_values
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Stage, Workplace
from valuation.ratio_study.horizontal_equity import twin_groups
from valuation.ratio_study.pictures import coverage_picture, ratio_picture, within_picture
from valuation.ratio_study.strata import STRATA, dwelling_strata, price_decile
from valuation.ratio_study.study import MODELS, PRIOR, RatioStudy, study
from valuation.ratio_study.whole_sample import whole_sample_rows
from valuation.uncertainty.published_coverage import accuracy_classes, published_coverage

SAMPLES = {
    "overall": "all_sales",
    "valid_sales": "valid_sales",
    "unseen_dwellings": "unseen_dwellings",
    "left_out_areas": "left_out_areas",
}
"""Name of a sample in metrics.json to its name in ratio_study.parquet."""


def run(work: Workplace) -> None:
    """Value the holdout with `bundle/`, study the ratios, write `holdout_values.parquet` and `evaluation/`."""
    sales = work.read_table("sales.parquet")
    bundle = load_bundle(work.out / "bundle")
    values = holdout_values(bundle, sales, prior_values(work))
    damping = bundle.models.time_index_.damping_
    left_out = left_out_area_values(sales, work.jurisdiction, work.params, damping=damping, progress=work.progress)
    with work.written_aside("evaluation") as folder:
        folder.mkdir()
        twins = twins_of_sales(values, sales, work.jurisdiction)
        metrics = write_evaluation(folder, values, left_out, work.jurisdiction, work.params, twins=twins)
    work.write_table(values, "holdout_values.parquet")
    work.say(in_a_sentence(metrics))


def prior_values(work: Workplace) -> pd.Series | None:
    """Return the prior value of each dwelling of the roll, by `dwelling_id`; None where the roll has none."""
    if "prior_value" not in pq.read_schema(work.out / "roll.parquet").names:
        return None
    roll = work.read_table("roll.parquet", columns=["dwelling_id", "prior_value"])
    return roll.set_index("dwelling_id")["prior_value"]


def twins_of_sales(values: pd.DataFrame, sales: pd.DataFrame, jurisdiction: Jurisdiction) -> pd.Series:
    """Return the group of near-identical dwellings of each holdout sale, by `sale_id`."""
    holdout = sales[sales["sale_id"].isin(set(values["sale_id"])) & sales["is_holdout"]]
    return pd.Series(twin_groups(holdout, jurisdiction), index=holdout["sale_id"].to_numpy())


def holdout_values(bundle: Bundle, sales: pd.DataFrame, prior: pd.Series | None = None) -> pd.DataFrame:
    """Value each holdout sale at its own date, with what was known at the end of training.

    Parameters
    ----------
    bundle : Bundle
    sales : DataFrame
        `sales.parquet`.
    prior : Series of float, optional
        Prior value by `dwelling_id`: put beside our values as a rival, and never told to a model.

    Returns
    -------
    DataFrame
        `holdout_values.parquet` as docs/reference/output-folder.md says, sorted by `sale_id`.
    """
    holdout = sales[sales["is_holdout"]].sort_values("sale_id", ignore_index=True)
    if holdout.empty:
        raise TooFewSales(
            f"no sale lies on or after {bundle.jurisdiction.holdout_from}",
            expected="sales in the holdout",
            remedy="move `holdout_from` in the jurisdiction file to before the newest sales",
        )
    dates = holdout["market_date"].to_numpy()
    answers = appraise(bundle, holdout, as_of=dates).table
    learned_from = sales.loc[sales["is_valid_sale"] & ~sales["is_holdout"], "dwelling_id"]
    table = pd.DataFrame(
        {
            "sale_id": holdout["sale_id"],
            "dwelling_id": holdout["dwelling_id"],
            "sale_date": dates,
            "sale_price": holdout["market_price"].to_numpy(dtype=float),
        }
    )
    for name in (
        "appraised_value",
        "lower_value",
        "upper_value",
        "accuracy_class",
        "baseline_value",
        "tree_value",
        *AppraisedValues.EXPECTED,
        "flags",
    ):
        table[name] = answers[name].to_numpy()
    if prior is not None:
        table["prior_value"] = holdout["dwelling_id"].map(prior).to_numpy(dtype=float)
    table = table.join(bundle.intervals.range_groups(table, holdout))
    strata = dwelling_strata(holdout, dates, bundle.jurisdiction)
    strata["price_decile"] = pd.array(price_decile(table["appraised_value"], table["sale_price"]), dtype="string")
    for name in STRATA:
        if name in strata:
            table[name] = strata[name]
    table["is_seen_dwelling"] = holdout["dwelling_id"].isin(set(learned_from)).to_numpy(dtype=bool)
    table["is_valid_sale"] = holdout["is_valid_sale"].to_numpy(dtype=bool)
    return table


def write_evaluation(
    folder: Path,
    values: pd.DataFrame,
    left_out: pd.DataFrame | None,
    jurisdiction: Jurisdiction,
    params: Params,
    *,
    twins: pd.Series | None = None,
) -> dict[str, Any]:
    """Write metrics, tables and pictures of the evaluation into `folder`; return the metrics.

    Parameters
    ----------
    folder : Path
        Exists and is empty.
    values : DataFrame
        `holdout_values.parquet`.
    left_out : DataFrame or None
        What `left_out_area_values` returned.
    jurisdiction : Jurisdiction
    params : Params
    twins : Series of int, optional
        What `twins_of_sales` returned; without it the spread of near-identical dwellings is not given.
    """
    strata = tuple(name for name in STRATA if name in values)
    samples = _studied_samples(values, left_out, strata, params)
    coverage = coverage_table(values, params.conformalize.coverage)
    by_group = published_coverage(values, params.conformalize.coverage)
    flags = flag_table(values[values["is_valid_sale"]])
    price = price_of_flagging(values, n_resamples=params.evaluate.n_bootstrap, seed=params.train.seed)
    price.to_parquet(folder / "price_of_flagging.parquet", index=False, compression="zstd")
    metrics = all_metrics(values, samples, coverage, by_group, flags, price, jurisdiction, params)
    if left_out is not None:
        metrics["left_out_areas"] |= without_training_sales(values, left_out)
    _write_studies(folder, samples, _whole_rows(values, left_out, twins, params))
    if left_out is not None:
        _placed(left_out, values, strata).to_parquet(
            folder / "left_out_area_values.parquet", index=False, compression="zstd"
        )
    _write_tables(folder, values, samples, strata, coverage, flags)
    _write_csv(by_group, folder / "coverage_by_group.csv")
    if "accuracy_class" in values:
        valid = values[values["is_valid_sale"]]
        classes = accuracy_classes(valid, params.conformalize.class_limits, params.conformalize.coverage)
        _write_csv(classes, folder / "accuracy_classes.csv")
    _write_pictures(folder, samples["overall"], coverage, params.conformalize.coverage)
    _write_json(folder / "metrics.json", metrics)
    return metrics


def _studied_samples(
    values: pd.DataFrame, left_out: pd.DataFrame | None, strata: tuple[str, ...], params: Params
) -> dict[str, RatioStudy]:
    models = MODELS | (PRIOR if "prior_value" in values else {})
    chosen = {
        "overall": values,
        "valid_sales": values[values["is_valid_sale"]],
        "unseen_dwellings": values[~values["is_seen_dwelling"]],
    }
    if left_out is not None:
        chosen["left_out_areas"] = _placed(left_out, values, strata)
    settings: dict[str, Any] = {
        "strata": strata,
        "models": models,
        "n_bootstrap": params.evaluate.n_bootstrap,
        "seed": params.train.seed,
    }
    samples = {"overall": study(values, **settings)}
    for name, sales in chosen.items():
        if name == "left_out_areas" or len(sales) < len(values):
            samples[name] = study(sales, **settings)
        else:
            # Where screening doubts no sale, or none was sold before, the two are one.
            samples[name] = samples["overall"]
    return samples


def _placed(left_out: pd.DataFrame, values: pd.DataFrame, strata: tuple[str, ...]) -> pd.DataFrame:
    """Give the values of left-out areas the strata and the prior value of their sales."""
    known = ["sale_id", *(name for name in (*PRIOR.values(), *strata) if name in values)]
    own = left_out.drop(columns=[name for name in known[1:] if name in left_out])
    return own.merge(values[known], on="sale_id", how="left", validate="one_to_one")


def _whole_rows(
    values: pd.DataFrame, left_out: pd.DataFrame | None, twins: pd.Series | None, params: Params
) -> dict[str, pd.DataFrame]:
    chosen = {"overall": values, "valid_sales": values[values["is_valid_sale"]]}
    chosen["unseen_dwellings"] = values[~values["is_seen_dwelling"]].drop(columns="is_seen_dwelling")
    if left_out is not None:
        chosen["left_out_areas"] = left_out
    models = MODELS | PRIOR
    return {
        name: whole_sample_rows(
            sales,
            {model: column for model, column in models.items() if column in sales},
            twins=None if twins is None else twins.loc[sales["sale_id"]].to_numpy(),
            n_bootstrap=params.evaluate.n_bootstrap,
            seed=params.train.seed,
        )
        for name, sales in chosen.items()
    }


def _write_studies(folder: Path, samples: dict[str, RatioStudy], whole: dict[str, pd.DataFrame]) -> None:
    parts = [
        part.assign(sample=SAMPLES[name]).astype({"sample": "str"})
        for name, sample in samples.items()
        for part in (sample.table, whole[name])
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table[["sample", *table.columns.drop("sample")]]
    table.to_parquet(folder / "ratio_study.parquet", index=False, compression="zstd")


def _write_json(path: Path, content: Any) -> None:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_tables(
    folder: Path,
    values: pd.DataFrame,
    samples: dict[str, RatioStudy],
    strata: tuple[str, ...],
    coverage: pd.DataFrame,
    flags: pd.DataFrame,
) -> None:
    whole = [sample.by("overall").assign(sample=name) for name, sample in samples.items()]
    overall = pd.concat(whole, ignore_index=True).drop(columns="level")
    _write_csv(overall[["sample", *overall.columns.drop("sample")]], folder / "overall.csv")
    for stratum in strata:
        _write_csv(samples["overall"].by(stratum), folder / f"by_{stratum}.csv")
    _write_csv(coverage, folder / "coverage.csv")
    _write_csv(flags, folder / "flags.csv")
    columns = ["sale_id", "dwelling_id", "sale_date", "sale_price", "flags"]
    _write_csv(values.loc[values["appraised_value"].isna(), columns], folder / "not_valued.csv")
    _write_csv(worst_misses(values), folder / "worst_misses.csv")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")


def _write_pictures(folder: Path, found: RatioStudy, coverage: pd.DataFrame, promised: float) -> None:
    for stratum, name in (("price_decile", "price decile"), ("dwelling_type", "type"), ("age_band", "age")):
        drawn = ratio_picture(found, stratum, f"Median ratio by {name}")
        if drawn is not None:
            (folder / f"ratio_by_{stratum}.svg").write_text(drawn, encoding="utf-8")
    (folder / "share_within.svg").write_text(within_picture(found), encoding="utf-8")
    (folder / "coverage.svg").write_text(coverage_picture(coverage, promised), encoding="utf-8")


def in_a_sentence(metrics: dict[str, Any]) -> str:
    """Return the outcome in a line: error margins of the three models, level and coverage, with n."""
    overall, held = metrics["overall"], metrics["coverage"]["overall"]["all"]
    errors = ", ".join(
        f"{model} {overall[model]['mdape']:.1f} %" for model in MODELS if overall[model]["mdape"] is not None
    )
    ratio = overall["boosted"]["median_ratio"]
    level = "-" if ratio is None else f"{ratio:.3f}"
    return (
        f"median error on {overall['n_sales']:,} holdout sales: {errors}; median ratio {level}, "
        f"{held['coverage']:.1%} within the range ({metrics['coverage']['promised']:.0%} promised)"
    )


STAGE = Stage(
    name="evaluate",
    question="How good are the values, on sales that no model, setting or interval has seen?",
    reads=("bundle", "sales.parquet", "roll.parquet"),
    writes=("holdout_values.parquet", "evaluation"),
    run=run,
    params=("adjust", "train", "conformalize", "evaluate", "flags"),
)
