"""How good are the values? Figures of the ratio study with interval, number of sales and sample, of all models."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from valuation.disclosure.evidence import Evidence, Figure, Text, text
from valuation.disclosure.page import Block, Gap, Paragraph, Section, Table, row, words
from valuation.report.words import STATISTIC

STUDY = "evaluation/ratio_study.parquet"
SAMPLES = {
    "all_sales": "every sale of the holdout: the headline",
    "valid_sales": "without the sales that screening holds to be no free sales",
    "unseen_dwellings": "dwellings never sold before, as most of the roll is",
    "left_out_areas": "whole areas left out of what was learned from",
}
MODELS = {
    "boosted": "boosted model (the value)",
    "tree": "decision tree",
    "baseline": "baseline",
    "prior": "values of the last valuation",
}


def _shapes(*names: str) -> dict[str, tuple[str, int, float]]:
    return {name: (STATISTIC[name].head, STATISTIC[name].digits, float(STATISTIC[name].factor)) for name in names}


LEVEL_AND_SPREAD = _shapes("mdape", "mape", "median_ratio", "cod") | {
    # In words: a number on the card is one of the run, with its address.
    "share_within_10": ("within a tenth of the price, %", 1, 100.0),
    "share_within_20": ("within a fifth of the price, %", 1, 100.0),
}
"""Statistic to its head, digits and factor."""
EQUITY = _shapes("prd", "prb", "mki", "vei")


def sections(evidence: Evidence) -> tuple[Section, ...]:
    """Return the sections on how good the values are, how fair, and how often the range holds."""
    return (_quality(evidence), _equity(evidence), _coverage(evidence))


def no_study() -> Gap:
    """Return the gap a run leaves that has no ratio study in long form."""
    return Gap(
        words(
            "This run holds no evaluation/ratio_study.parquet: it was made by an older version of the program. Run "
            "`evaluate` again; until then no figure of quality is stated here."
        )
    )


def figure(
    evidence: Evidence,
    sample: str,
    model: str,
    statistic: str,
    digits: int,
    factor: float = 1.0,
    column: str = "estimate",
) -> Figure | None:
    """Return a figure of the whole sample; None where the study gives none."""
    where = {"sample": sample, "model": model, "stratum": "overall", "statistic": statistic}
    return evidence.cell(STUDY, column, where, digits, factor)


def with_interval(evidence: Evidence, sample: str, model: str, statistic: str, digits: int, factor: float) -> Text:
    """Return a figure and its interval; what the study remarks where it gives none."""
    estimate, lower, upper = (
        figure(evidence, sample, model, statistic, digits, factor, column) for column in ("estimate", "lower", "upper")
    )
    if estimate is None:
        remark = figure(evidence, sample, model, statistic, 0, 1.0, "remark")
        return (remark,) if remark is not None else ("not given",)
    if lower is None or upper is None:
        return (estimate,)
    return text("{estimate} ({lower} to {upper})", estimate=estimate, lower=lower, upper=upper)


def samples_of(evidence: Evidence) -> list[str]:
    """Return the samples the study has, in the order they are told."""
    there = set(evidence.rows(STUDY, stratum="overall")["sample"])
    return [name for name in SAMPLES if name in there]


def models_of(evidence: Evidence, sample: str) -> list[str]:
    """Return the models studied on a sample, in the order they are told."""
    there = set(evidence.rows(STUDY, stratum="overall", sample=sample)["model"])
    return [name for name in MODELS if name in there]


def _quality(evidence: Evidence) -> Section:
    if not evidence.run.has(STUDY):
        return Section("quality", "How good the values are", (no_study(),))
    first = text(
        "Tested on the newest sales, from {first} on, which no model, setting or range has seen. Each sale is valued "
        "at its own day. In brackets an interval that holds the true figure in nineteen of twenty samples; dwellings, "
        "not sales, are drawn for it, {resamples} times.",
        first=evidence.json("receipt.json", "holdout_from"),
        resamples=evidence.json("bundle/params.json", "evaluate", "n_bootstrap"),
    )
    tables = [_table(evidence, sample, LEVEL_AND_SPREAD) for sample in samples_of(evidence)]
    return Section("quality", "How good the values are", (Paragraph(first), *tables, *_no_left_out_areas(evidence)))


def _no_left_out_areas(evidence: Evidence) -> Iterable[Block]:
    for sample in SAMPLES:
        if sample not in samples_of(evidence):
            yield Gap(words(f"The run has no figures on {SAMPLES[sample]}."))


def _table(evidence: Evidence, sample: str, statistics: dict[str, tuple[str, int, float]]) -> Table:
    rows = []
    for model in models_of(evidence, sample):
        cells = [with_interval(evidence, sample, model, name, *shape[1:]) for name, shape in statistics.items()]
        n = figure(evidence, sample, model, next(iter(statistics)), 0, 1.0, "n_valued")
        rows.append(row(MODELS[model], n, *cells))
    n_sales = figure(evidence, sample, "boosted", next(iter(statistics)), 0, 1.0, "n_sales")
    caption = text(f"Sample: {SAMPLES[sample]}; {{n}} sales", n=n_sales or "no")
    return Table(caption, ("Model", "n valued", *(shape[0] for shape in statistics.values())), tuple(rows))


def _equity(evidence: Evidence) -> Section:
    title = "Whether cheap and dear dwellings are valued alike"
    if not evidence.run.has(STUDY):
        return Section("equity", title, (no_study(),))
    first = words(
        "Noise in prices makes even perfect values look unfair. Beside each figure stands what these prices' own "
        "noise alone would give: a figure no further off than that proves nothing against the values."
    )
    tables = [_equity_table(evidence, sample) for sample in samples_of(evidence)]
    return Section("equity", title, (Paragraph(first), *tables))


def _equity_table(evidence: Evidence, sample: str) -> Table:
    rows = []
    for name, (head, digits, factor) in EQUITY.items():
        cells = [with_interval(evidence, sample, model, name, digits, factor) for model in models_of(evidence, sample)]
        noise = figure(evidence, sample, "boosted", name, digits, factor, "noise")
        rows.append(row(head, *cells, noise))
    heads = ("Statistic", *(MODELS[model] for model in models_of(evidence, sample)), "noise alone (boosted model)")
    return Table(words(f"Sample: {SAMPLES[sample]}"), heads, tuple(rows))


def _coverage(evidence: Evidence) -> Section:
    table = evidence.rows("evaluation/coverage.csv")
    rows = tuple(_coverage_row(evidence, item) for _, item in table.iterrows())
    first = text(
        "The range is meant to hold the price in {promised} % of sales. The band is what chance alone allows at this "
        "number of sales if that is kept exactly.",
        promised=evidence.json("evaluation/metrics.json", "coverage", "promised", factor=100),
    )
    heads = (
        "Group",
        "n",
        "held, %",
        "band of chance, %",
        "within it?",
        "price below, %",
        "price above, %",
        "median width, %",
    )
    caption = words("How often the probable range held the price, holdout")
    return Section("coverage", "Whether the probable range holds", (Paragraph(first), Table(caption, heads, rows)))


def _coverage_row(evidence: Evidence, item: pd.Series) -> tuple[Text, ...]:
    where = {"grouping": item["grouping"], "group": item["group"]}

    def share(column: str) -> Figure | None:
        return evidence.cell("evaluation/coverage.csv", column, where, 1, 100.0)

    band = text("{low} to {high}", low=share("binomial_low") or "–", high=share("binomial_high") or "–")
    name = Figure(item["group"], item["group"], "")
    address = evidence.cell("evaluation/coverage.csv", "group", where)
    return row(
        text(
            "{grouping}: {group}",
            grouping=item["grouping"].replace("_", " "),
            group=address or name,
        ),
        evidence.cell("evaluation/coverage.csv", "n_sales", where),
        share("coverage"),
        band,
        "yes" if item["is_within_band"] == "True" else "no",
        share("share_below"),
        share("share_above"),
        share("median_relative_width"),
    )
