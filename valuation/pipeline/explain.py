"""Stage `explain`: what do the values consist of, in money?

Takes a sample of the roll apart, characteristic by characteristic, to the krone: how much each weighs is what the
report shows. The revaluation takes every dwelling apart the same way (`valuation.appraisal.explained`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.explained import explain
from valuation.explanation.contributions import REFERENCE, ROUNDING, TIME_INDEX, group_of
from valuation.explanation.tree_path import TreeWords
from valuation.explanation.tree_picture import TreePicture, leaves_in_words
from valuation.features.columns import LOCATION_OWNER, TIME_OWNER
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.files import languages_of
from valuation.models.value_models import ValueModels
from valuation.pipeline.stage import Stage, Workplace

WORDS = {
    REFERENCE: "Reference: the typical dwelling of the same type, of those sold",
    LOCATION_OWNER: "Location and what neighbours sold for",
    TIME_OWNER: "Time, beyond the index",
    TIME_INDEX: "Time index to the day of the value",
    ROUNDING: "Rounding",
}
"""Lines that are no characteristic."""


def run(work: Workplace) -> None:
    """Explain a sample of `roll.parquet` with `bundle/`; write `explain/`."""
    bundle = load_bundle(work.out / "bundle")
    write_tree(work, bundle.models)
    roll = work.read_table("roll.parquet")
    lines = sample_contributions(bundle, evenly_drawn(roll, work.params.report.explained_dwellings))
    work.write_table(lines, "explain/contributions.parquet")
    summary = by_characteristic(lines, work.jurisdiction)
    work.write_csv(summary, "explain/characteristics.csv")
    largest = summary[~summary["line"].isin([REFERENCE, ROUNDING])].head(3)
    work.say(f"{lines['dwelling_id'].nunique():,} dwellings explained; most weigh: {', '.join(largest['label'])}")


def write_tree(work: Workplace, models: ValueModels) -> None:
    """Write the whole decision tree as a picture and in words, in every language of the report."""
    for language in languages_of(work.jurisdiction.languages):
        words = TreeWords(models, work.jurisdiction, language)
        picture = TreePicture(models, words)
        told = [picture.title, "", *picture.lines(), "", *leaves_in_words(models, words)]
        work.write_text(picture.svg(), f"explain/tree.{language}.svg")
        work.write_text("\n".join(told) + "\n", f"explain/tree.{language}.txt")


def evenly_drawn(roll: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return `n` dwellings spread evenly over the roll in the order of their ids: the same for the same roll."""
    ordered = roll.sort_values("dwelling_id", ignore_index=True)
    places = np.unique(np.linspace(0, len(ordered) - 1, min(n, len(ordered))).astype(int))
    return ordered.iloc[places].reset_index(drop=True)


def sample_contributions(bundle: Bundle, dwellings: pd.DataFrame) -> pd.DataFrame:
    """Take the values of `dwellings` apart.

    Returns
    -------
    DataFrame
        One row is a line of a dwelling: `dwelling_id, line, group, contribution` (whole units of money; all lines of a
        dwelling sum to its value) and `appraised_value`. Dwellings that cannot be valued have no lines.
    """
    answers = appraise(bundle, dwellings)
    explained = explain(bundle, answers)
    lines = explained.contributions.in_whole_units()
    valued = answers.table[explained.is_valued]
    table = lines.assign(
        dwelling_id=valued["dwelling_id"].to_numpy(), appraised_value=valued["appraised_value"].to_numpy(dtype=float)
    )
    long = table.melt(["dwelling_id", "appraised_value"], var_name="line", value_name="contribution")
    long["group"] = long["line"].map({name: group_of(name, bundle.jurisdiction) for name in lines.columns})
    # The order of lines within a dwelling is that of the dictionary: the sort must keep it.
    long = long.sort_values("dwelling_id", kind="stable", ignore_index=True)
    return long[["dwelling_id", "line", "group", "contribution", "appraised_value"]]


def by_characteristic(lines: pd.DataFrame, jurisdiction: Jurisdiction) -> pd.DataFrame:
    """Return how much each line weighs: the mean of its absolute contribution, in money, largest first.

    Returns
    -------
    DataFrame
        `line, label, group, mean_absolute_contribution, mean_contribution, n_dwellings`.
    """
    amounts = lines.assign(absolute=lines["contribution"].abs())
    table = amounts.groupby("line", sort=True).agg(
        group=("group", "first"),
        mean_absolute_contribution=("absolute", "mean"),
        mean_contribution=("contribution", "mean"),
        n_dwellings=("contribution", "size"),
    )
    table = table.reset_index().sort_values(
        ["mean_absolute_contribution", "line"], ascending=[False, True], ignore_index=True
    )
    table.insert(1, "label", [line_label(name, jurisdiction) for name in table["line"]])
    return table


def line_label(line: str, jurisdiction: Jurisdiction, language: str = "en") -> str:
    """Return what a line is called."""
    item = jurisdiction.characteristics.get(line)
    return item.labels.in_language(language) if item is not None else WORDS.get(line, line)


STAGE = Stage(
    name="explain",
    question="What do the values consist of, in money?",
    reads=("bundle", "roll.parquet"),
    writes=("explain",),
    run=run,
    params=("report",),
)
