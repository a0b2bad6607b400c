"""What stands on the report's page? Tables and pictures from the files of a run; the template only places them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.flags.catalogue import RULES
from valuation.pipeline.level_by_month import level_by_month, why_off_level
from valuation.pipeline.stage import Workplace
from valuation.ratio_study.standards import STANDARDS
from valuation.ratio_study.strata import STRATA, level_words
from valuation.ratio_study.study import MIN_STRATUM_SALES, MODELS

SHOWN: dict[str, tuple[str, int, float]] = {
    "mdape": ("median error, %", 1, 1),
    "mape": ("mean error, %", 1, 1),
    "median_ratio": ("median ratio", 3, 1),
    "cod": ("COD", 1, 1),
    "prd": ("PRD", 3, 1),
    "prb": ("PRB", 3, 1),
    "share_within_10": ("within 10 %", 1, 100),
    "share_within_20": ("within 20 %", 1, 100),
    "share_above": ("above price, %", 1, 100),
}
"""Statistic to its column head, digits and factor."""
EQUITY: dict[str, tuple[str, int]] = {"prd": ("PRD", 3), "prb": ("PRB", 3), "mki": ("MKI", 3), "vei": ("VEI, %", 1)}
SAMPLES = {
    "overall": (
        "Every sale of the holdout",
        "The headline: no sale is left out for its price, its ratio or because screening doubts it.",
    ),
    "valid_sales": (
        "Valid sales alone",
        "Without the sales that screening holds to be no free sales; named so, and never the headline.",
    ),
    "unseen_dwellings": (
        "Dwellings never sold before",
        "Dwellings without a sale in the training period, as most of the roll is.",
    ),
    "left_out_areas": (
        "Whole areas left out",
        "Models fitted again without any sale of the area (lighter: one seed each), then asked about the sales in it.",
    ),
}
STRATUM_WORDS = {
    "price_decile": (
        "Price level",
        "Tenths by half the price and half the value: by price alone, chance looks unfair.",
    ),
    "dwelling_type": ("Type of dwelling", "Half above, half below: in every type."),
    "market_area": ("Market area", "All areas are in evaluation/by_market_area.csv."),
    "age_band": ("Age of the building", "At the date of the sale."),
    "size_band": ("Living area", "Square metres."),
    "tenure": ("Tenure", "As recorded."),
}
MAX_ROWS = 30
"""Groups or dwellings listed on the page; the files hold all."""


def report_page(work: Workplace) -> str:
    """Return the HTML of the report.

    Parameters
    ----------
    work : Workplace
        With every other stage done.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("valuation.pipeline", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(**content(work))


def content(work: Workplace) -> dict[str, Any]:
    """Return all that the template places."""
    metrics = _json(work, "evaluation/metrics.json")
    manifest = _json(work, "bundle/manifest.json")
    values = work.read_table("values.parquet")
    sections = {
        "outcome": "Outcome",
        "goals": "Goals",
        "equity": "Equity",
        "groups": "By group",
        "range": "Probable range",
        "flags": "Flags",
        "why": "Contributions",
        "time": "Time index",
        "roll": "The roll",
        "not-valued": "Not valued",
        "screening": "Screening",
        "worst": "Worst misses",
        "made-of": "Made of",
    }
    return {
        "title": work.jurisdiction.title.en,
        "is_synthetic": work.jurisdiction.is_synthetic,
        "intro": _intro(work, manifest, values),
        "contents": list(sections.items()),
        "holdout": metrics["holdout"],
        "n_bootstrap": work.params.evaluate.n_bootstrap,
        "cards": _cards(metrics, values),
        "samples": [_sample(name, metrics[name]) for name in _samples(metrics)],
        "goals": _goals(metrics),
        "level": _level(work, metrics),
        "equity": _equity(metrics),
        "groups": _groups(work),
        "coverage": _coverage(work, metrics),
        "flags": _flags(work, metrics, values),
        "why": _why(work),
        "time": _time(work),
        "roll": _roll(values, work.jurisdiction.currency),
        "not_valued": _not_valued(metrics, values),
        "screening": _screening(work, metrics),
        "worst": _worst(work),
        "made_of": _made_of(manifest, values),
    }


# -- figures in words -----------------------------------------------------------------------------------------------


def shown(figure: float | None, digits: int = 1, factor: float = 1) -> str:
    """Return a figure as it is read; a dash where there is none.

    Examples
    --------
    >>> shown(0.98765, 3), shown(None), shown(12345.6, 0)
    ('0.988', '–', '12,346')
    """
    if figure is None or not np.isfinite(figure):
        return "–"
    text = f"{factor * figure:,.{digits}f}"
    # No "-0.000": a figure that rounds to nothing has no sign.
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "−")


def with_interval(figures: dict[str, Any], name: str, digits: int, factor: float = 1) -> dict[str, str]:
    """Return a cell with the figure and, small below it, its interval."""
    lower, upper = figures.get(f"{name}_lower"), figures.get(f"{name}_upper")
    small = "" if shown(lower) == "–" else f"({shown(lower, digits, factor)} to {shown(upper, digits, factor)})"
    return {"text": shown(figures.get(name), digits, factor), "small": small}


def row(*cells: Any, is_apart: bool = False) -> dict[str, Any]:
    """Return a row of a table; `is_apart` draws a line above it."""
    return {"cells": list(cells), "is_apart": is_apart}


def _json(work: Workplace, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((work.out / name).read_text("utf-8"))
    return found


# -- sections -------------------------------------------------------------------------------------------------------


def _intro(work: Workplace, manifest: dict[str, Any], values: pd.DataFrame) -> str:
    day = work.jurisdiction.valuation_date
    return (
        f"{len(values):,} dwellings valued as of {day.isoformat()}, in {work.jurisdiction.currency}, by model "
        f"version {manifest['model_version']}. Three models stand side by side: the boosted model that sets the value, "
        "the decision tree that a person can read, and the baseline, a price per square metre by area, type and age."
    )


def _cards(metrics: dict[str, Any], values: pd.DataFrame) -> list[dict[str, str]]:
    boosted, baseline = metrics["overall"]["boosted"], metrics["overall"]["baseline"]
    held = metrics["coverage"]["overall"]["all"]
    n = f"n = {metrics['overall']['n_valued']:,}"
    valid = metrics["valid_sales"]
    screened = {
        "figure": f"{shown(valid['boosted']['mdape'])} %",
        "text": f"median error on valid sales alone, n = {valid['n_valued']:,}",
    }
    return [
        {"figure": f"{shown(boosted['mdape'])} %", "text": f"median error of the boosted model on every sale, {n}"},
        *([screened] if metrics["holdout"]["n_screened_out"] else []),
        {"figure": f"{shown(baseline['mdape'])} %", "text": "median error of the baseline on every sale"},
        {"figure": shown(boosted["median_ratio"], 3), "text": "median ratio of value to price"},
        {"figure": shown(boosted["cod"]), "text": "COD: spread of the ratios"},
        {
            "figure": f"{shown(held['coverage'], 1, 100)} %",
            "text": f"of prices within the probable range ({metrics['coverage']['promised']:.0%} promised)",
        },
        {"figure": f"{(values['flags'] != '').mean():.1%}", "text": "of the roll flagged for a person to look at"},
    ]


def _samples(metrics: dict[str, Any]) -> list[str]:
    # Where screening doubts no sale of the holdout, valid sales are all sales: no need to say it twice.
    told_twice = {"valid_sales"} if metrics["holdout"]["n_screened_out"] == 0 else set()
    return [name for name in SAMPLES if name in metrics and name not in told_twice]


def _sample(name: str, found: dict[str, Any]) -> dict[str, Any]:
    title, meaning = SAMPLES[name]
    rows = [
        row(model, *(with_interval(found[model], stat, digits, factor) for stat, (_, digits, factor) in SHOWN.items()))
        for model in MODELS
    ]
    return {
        "name": title,
        "meaning": meaning,
        "caption": f"{found['n_sales']:,} sales, of which {found['n_valued']:,} have a value",
        "heads": ["Model", *(head for head, _, _ in SHOWN.values())],
        "rows": rows,
    }


def _goals(metrics: dict[str, Any]) -> dict[str, Any]:
    rows = []
    for item in metrics["goals"]:
        name, digits, factor = _goal_words(item["name"])
        bounds = [shown(item[end], digits, factor) for end in ("lower", "upper")]
        limit = f"at most {bounds[1]}" if item["lower"] is None else f"{bounds[0]} to {bounds[1]}"
        verdict = {"text": "reached", "class": "yes"} if item["is_reached"] else {"text": "not reached", "class": "no"}
        figure = shown(item["figure"], digits, factor)
        rows.append(row(name, figure, limit, verdict, f"{item['n_sales']:,}", item["source"]))
    return {"heads": ["Goal", "Found", "Wanted", "Reached?", "n", "Set by"], "rows": rows}


def _level(work: Workplace, metrics: dict[str, Any]) -> dict[str, Any]:
    months = level_by_month(work.read_table("holdout_values.parquet"))
    found = metrics["overall"]["boosted"].get("median_ratio") or 1.0
    rows = [
        row(item["month"], f"{item['n_sales']:,}", with_interval(dict(item), "median_ratio", 3))
        for _, item in months.iterrows()
    ]
    return {
        "why": why_off_level(found, months, metrics["holdout"]["from"]),
        "heads": ["Month of sale", "n", "median ratio"],
        "rows": rows,
    }


def _goal_words(name: str) -> tuple[str, int, float]:
    """Return the name, digits and factor of a goal such as `cod` or `coverage, lower third, valid sales`."""
    if name.startswith("coverage"):
        return name.replace("coverage", "coverage, %", 1), 1, 100
    statistic, _, rest = name.partition(",")
    words = {**{key: value[:2] for key, value in SHOWN.items()}, **EQUITY}
    head, digits = words.get(statistic, (statistic.replace("_", " "), 1))
    # A goal is met or missed by less than a table needs to show.
    digits = max(digits, 2)
    return (f"{head},{rest}" if rest else head), digits, SHOWN.get(statistic, ("", 0, 1))[2]


def _equity(metrics: dict[str, Any]) -> dict[str, Any]:
    rows = []
    for name, (head, digits) in EQUITY.items():
        cells = [with_interval(metrics["overall"][model], name, digits) for model in MODELS]
        rows.append(
            row(head, *cells, shown(metrics["noise_alone"].get(name), digits), str(STANDARDS[name]).replace("-", "−"))
        )
    return {"heads": ["Statistic", *MODELS, "noise alone (boosted)", "usual limits"], "rows": rows}


def _groups(work: Workplace) -> list[dict[str, Any]]:
    found = []
    for stratum in STRATA:
        path = work.out / "evaluation" / f"by_{stratum}.csv"
        if not path.exists():
            continue
        table = pd.read_csv(path, dtype={"level": "str"}, keep_default_na=False, na_values=[""])
        found.append(_group(work, stratum, table))
    return found


def _group(work: Workplace, stratum: str, table: pd.DataFrame) -> dict[str, Any]:
    title, meaning = STRATUM_WORDS[stratum]
    sizes = table.drop_duplicates("level").set_index("level")["n_valued"]
    enough = sizes[sizes >= MIN_STRATUM_SALES]
    levels = sorted(enough.index)
    if len(levels) > MAX_ROWS:
        levels = sorted(levels, key=lambda level: (-enough[level], level))[:MAX_ROWS]
    figures = table.set_index(["level", "model"])
    rows = []
    for level in levels:
        cells = [
            with_interval(figures.loc[(level, model)].to_dict(), stat, SHOWN[stat][1], SHOWN[stat][2])
            for stat in _OF_GROUPS
            for model in MODELS
        ]
        rows.append(row(level_words(stratum, level), f"{enough[level]:,}", *cells))
    few = sizes[sizes < MIN_STRATUM_SALES]
    caption = f"{len(levels)} of {len(sizes)} groups, {int(enough[levels].sum()):,} sales"
    if len(few):
        caption += (
            f"; {len(few)} groups of fewer than {MIN_STRATUM_SALES} sales ({int(few.sum()):,} in all) say too little"
        )
    return {
        "name": title,
        "meaning": meaning,
        "caption": caption,
        "heads": [title, "n", *(f"{SHOWN[stat][0]}: {model}" for stat in _OF_GROUPS for model in MODELS)],
        "rows": rows,
        "picture": _picture(work, f"evaluation/ratio_by_{stratum}.svg"),
    }


_OF_GROUPS = ("median_ratio", "mdape", "cod")


def _coverage(work: Workplace, metrics: dict[str, Any]) -> dict[str, Any]:
    table = pd.read_csv(work.out / "evaluation" / "coverage.csv", dtype={"group": "str"}, keep_default_na=False)
    rows = []
    for place, item in enumerate(table.to_dict("records")):
        first = place == 0 or item["grouping"] != table["grouping"].iloc[place - 1]
        band = f"{shown(item['binomial_low'], 1, 100)} to {shown(item['binomial_high'], 1, 100)}"
        verdict = {"text": "within", "class": "yes"} if item["is_within_band"] else {"text": "outside", "class": "no"}
        rows.append(
            row(
                item["group"],
                f"{item['n_sales']:,}",
                shown(item["coverage"], 1, 100),
                band,
                verdict,
                shown(item["share_below"], 1, 100),
                shown(item["share_above"], 1, 100),
                shown(_number(item["median_relative_width"]), 1, 100),
                is_apart=first,
            )
        )
    promised = metrics["coverage"]["promised"]
    return {
        "meaning": (
            f"The range is meant to hold the price {promised:.0%} of the time. Chance alone moves the share found: the "
            "band is where it lies in 95 of 100 samples of this size if the promise is kept exactly. A sale without a "
            "range counts as not held."
        ),
        "caption": "Share of sales whose price lies in the probable range, %",
        "heads": ["Group", "n", "held, %", "band of chance", "", "price below, %", "price above, %", "median width, %"],
        "rows": rows,
        "picture": _picture(work, "evaluation/coverage.svg"),
    }


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _flags(work: Workplace, metrics: dict[str, Any], values: pd.DataFrame) -> dict[str, Any]:
    holdout = pd.read_csv(work.out / "evaluation" / "flags.csv").set_index("code")
    titles = {item.code: item.title.en for item in RULES}
    codes = values["flags"].astype("str").str.split("|")
    counts = codes.explode().value_counts()
    n_flagged = int((values["flags"] != "").sum())
    on_roll = {**counts.to_dict(), "any flag": n_flagged, "no flag": len(values) - n_flagged}
    rows = []
    for code, found in holdout.iterrows():
        n = int(on_roll.get(code, 0))
        rows.append(
            row(
                code,
                titles.get(str(code), ""),
                f"{n:,}",
                f"{n / max(len(values), 1):.2%}",
                f"{int(found['n_sales']):,}",
                shown(found["error_share"], 1, 100),
                shown(found["yield"], 1, 100),
                is_apart=str(code) in ("cannot-be-valued", "no flag"),
            )
        )
    review = metrics["review_yield"]
    return {
        "meaning": (
            f"Looking at the {review['share_reviewed']:.0%} of valid holdout sales with the highest stated chance of a "
            f"large error finds {shown(review['yield'], 0, 100)} % of the errors over 20 %: "
            f"{shown(review['times_chance'])} times what chance would find."
        ),
        "caption": "How often each flag is raised, and how often the value was then off by more than 20 % (or missing)",
        "heads": [
            "Flag",
            "Meaning",
            "on the roll",
            "share",
            "valid holdout sales",
            "of these off, %",
            "of all errors, %",
        ],
        "rows": rows,
    }


def _why(work: Workplace) -> dict[str, Any]:
    table = pd.read_csv(work.out / "explain" / "characteristics.csv", keep_default_na=False)
    table = table[~table["line"].isin(["reference", "rounding"])]
    groups = {**{name: item.en for name, item in work.jurisdiction.explanation_groups.items()}, "time": "Time"}
    largest = max(float(table["mean_absolute_contribution"].max()), 1.0)
    rows = [
        row(
            item["label"],
            groups.get(item["group"], item["group"]),
            {
                "text": f"{item['mean_absolute_contribution']:,.0f}",
                "class": "amount",
                "bar": round(8 * item["mean_absolute_contribution"] / largest, 2),
            },
        )
        for item in table.to_dict("records")
    ]
    n = int(table["n_dwellings"].iloc[0]) if len(table) else 0
    return {
        "meaning": (
            "Each value is a reference plus a contribution of every characteristic, to the last unit of money. Shown "
            "is how much each characteristic moves a value up or down, on average over a sample of the roll."
        ),
        "caption": f"Mean absolute contribution in {work.jurisdiction.currency}, {n:,} dwellings",
        "heads": ["Characteristic", "Group", "Moves a value by"],
        "rows": rows,
    }


def _time(work: Workplace) -> dict[str, Any]:
    table = work.read_table("time_index.parquet")
    overall = table[(table["market_area"] == "all") & (table["dwelling_type"] == "all")].sort_values("month")
    rows = []
    for item in overall.to_dict("records"):
        level, error = 100 * float(np.exp(item["log_index"])), 1.96 * item["standard_error"]
        low, high = level * float(np.exp(-error)), level * float(np.exp(error))
        interval = f"{shown(low)} to {shown(high)}"
        rows.append(row(f"{item['month']:%Y-%m}", shown(level), interval, f"{item['n_sales']:,}"))
    return {
        "picture": _picture(work, "adjust/time_index.svg"),
        "caption": "Index of all areas and types; months after the last known sale are forecast (n 0)",
        "heads": ["Month", "Index", "95 % interval", "sales"],
        "rows": rows,
    }


def _roll(values: pd.DataFrame, currency: str) -> dict[str, Any]:
    names = values["dwelling_type"].astype("str").fillna("not recorded") if "dwelling_type" in values else None
    parts: Iterable[tuple[Any, pd.DataFrame]] = [] if names is None else values.groupby(names, sort=True)
    rows = [_roll_row("all", values)]
    rows += [_roll_row(str(name), part) for name, part in parts]
    return {
        "caption": f"Values in {currency}",
        "heads": ["Type", "dwellings", "valued", "flagged", "lower tenth", "median", "upper tenth", "median width, %"],
        "rows": rows,
    }


def _roll_row(name: str, part: pd.DataFrame) -> dict[str, Any]:
    value = part["appraised_value"].dropna()
    width = ((part["upper_value"] - part["lower_value"]) / part["appraised_value"]).median()
    tenths = [float("nan")] * 3 if value.empty else value.quantile([0.1, 0.5, 0.9]).tolist()
    return row(
        name,
        f"{len(part):,}",
        f"{len(value):,}",
        f"{(part['flags'] != '').mean():.1%}",
        *(shown(tenth, 0) for tenth in tenths),
        shown(float(width), 1, 100),
    )


def _not_valued(metrics: dict[str, Any], values: pd.DataFrame) -> dict[str, Any]:
    missing = values[values["appraised_value"].isna()]
    listed = missing.head(MAX_ROWS)[["dwelling_id", "flags"]].to_dict("records")
    rows = [row(item["dwelling_id"], item["flags"].replace("|", ", ")) for item in listed]
    return {
        "meaning": (
            f"{len(missing):,} of {len(values):,} dwellings of the roll, and {metrics['holdout']['n_not_valued']:,} of "
            f"{metrics['holdout']['n_sales']:,} holdout sales (evaluation/not_valued.csv). A dwelling that cannot be "
            "valued has no number: a plausible one would be taken for a value."
        ),
        "caption": f"The first {len(rows)} dwellings of the roll" if rows else "",
        "heads": ["Dwelling", "Flags"],
        "rows": rows,
    }


def _screening(work: Workplace, metrics: dict[str, Any]) -> dict[str, Any]:
    sales = work.read_table("sales.parquet", columns=["is_valid_sale", "is_holdout"])
    table = pd.read_csv(work.out / "screen" / "summary.csv", keep_default_na=False)
    rows = [row(*(str(cell) for cell in item)) for item in table.itertuples(index=False)]
    excluded = int((~sales["is_valid_sale"] & ~sales["is_holdout"]).sum())
    doubted = metrics["holdout"]["n_screened_out"]
    return {
        "meaning": (
            f"{excluded:,} of {int((~sales['is_holdout']).sum()):,} sales before the holdout were not learned from. "
            + (
                f"{doubted:,} sales of the holdout would have been left out too; they count in the headline, and "
                "“Valid sales alone” stands beside it."
                if doubted
                else "No sale of the holdout is doubted."
            )
        ),
        "caption": "Rules of screening and the sales each excluded",
        "heads": [str(name).replace("_", " ") for name in table.columns],
        "rows": rows,
    }


def _worst(work: Workplace) -> dict[str, Any]:
    table = pd.read_csv(
        work.out / "evaluation" / "worst_misses.csv", dtype={"sale_id": "str", "dwelling_id": "str", "flags": "str"}
    )
    rows = [
        row(
            item["dwelling_id"],
            str(item["sale_date"])[:10],
            shown(item["sale_price"], 0),
            shown(item["appraised_value"], 0),
            f"{shown(item['lower_value'], 0)} to {shown(item['upper_value'], 0)}",
            shown(item["ratio"], 2),
            item["flags"].replace("|", ", "),
        )
        for item in table.fillna({"flags": ""}).head(15).to_dict("records")
    ]
    return {
        "caption": "The 15 worst; evaluation/worst_misses.csv holds 30",
        "heads": ["Dwelling", "Sold", "Price", "Value", "Probable range", "Ratio", "Flags"],
        "rows": rows,
    }


def _made_of(manifest: dict[str, Any], values: pd.DataFrame) -> list[tuple[str, str]]:
    made_of = manifest["made_of"]
    lines = [
        ("Run", str(values["run_id"].iloc[0])),
        ("Model version", manifest["model_version"]),
        ("Roll, SHA-256", str(values["data_hash"].iloc[0])),
        ("Code, SHA-256", str(made_of.get("code_sha256"))),
        ("Settings, SHA-256", str(made_of.get("params_sha256"))),
        ("Lock, SHA-256", str(made_of.get("lock_sha256") or "not known: run outside the repository")),
    ]
    lines += [(f"Raw file {name}", str(found)) for name, found in _raw_files(made_of.get("raw_files", {}))]
    libraries = made_of.get("libraries", {})
    return [*lines, ("Libraries", ", ".join(f"{name} {version}" for name, version in sorted(libraries.items())))]


def _raw_files(raw: Any) -> Sequence[tuple[str, Any]]:
    return sorted(raw.items()) if isinstance(raw, dict) else []


def _picture(work: Workplace, name: str) -> Markup | None:
    path = work.out / name
    if not path.exists():
        return None
    text = path.read_text("utf-8")
    # Inline: no XML head, no DOCTYPE (it names an address), ids of its own so that two pictures cannot mix.
    text = text[text.index("<svg") :]
    prefix = re.sub(r"\W", "-", name) + "-"
    text = re.sub(r"\bid=([\"'])", rf"id=\1{prefix}", text)
    text = re.sub(r"(href=[\"'])#", rf"\1#{prefix}", text)
    text = re.sub(r"url\(#", f"url(#{prefix}", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # Made by this program from its own figures, with every text escaped.
    return Markup(text)  # noqa: S704
