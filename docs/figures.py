"""Which figures stand in the README? Those of finished runs, copied by this program and never typed.

`python docs/figures.py runs/kc runs/demo=data/raw/demo ...` copies what `evaluate` measured in these runs to
docs/figures.json, replacing what stood there for the same jurisdictions, and writes the README's tables from it. After
the sign of equality stands the raw folder of a synthetic municipality, whose truth says how small an error can be at
all. Without runs only the tables are written, and `--check` compares them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from valuation.ratio_study.standards import telling_digits

HOME = Path(__file__).resolve().parents[1]
README = HOME / "README.md"
STORE = HOME / "docs" / "figures.json"
BEGIN, END = "<!-- figures: written by docs/figures.py -->", "<!-- end of figures -->"
MODELS = {"boosted": "boosted model", "tree": "decision tree", "baseline": "baseline"}
SAMPLES = {
    "valid_sales": "without those screened out",
    "unseen_dwellings": "dwellings not sold in training",
    "left_out_areas": "areas left out of training",
}
GOALS = {
    "own": "goals of this project",
    "standards": "bands of IAAO's standard (2013) and its drafts of 2025 and 2026",
    "coverage": "how often the range holds",
}
NAMES = {
    "mdape": "MdAPE",
    "mape": "mean error",
    "cod": "COD",
    "median_ratio": "median ratio",
    "prd": "PRD",
    "prb": "PRB",
}
NAMES |= {"mki": "MKI", "vei": "VEI"}
STATISTICS = ("mdape", "mape", "cod", "median_ratio", "share_within_20", "prd", "prb")


def figures_of(run: Path, raw: Path | None) -> dict[str, Any]:
    """Return what the README shows of a run."""
    import pyarrow.parquet as pq

    measured = json.loads((run / "evaluation" / "metrics.json").read_text("utf-8"))
    manifest = json.loads((run / "bundle" / "manifest.json").read_text("utf-8"))
    place = json.loads((run / "bundle" / "jurisdiction.json").read_text("utf-8"))
    found: dict[str, Any] = {
        "title": place["title"]["en"],
        "is_synthetic": manifest["is_synthetic"],
        "model_version": manifest["model_version"],
        "code_sha256": manifest["made_of"]["code_sha256"],
        "holdout": measured["holdout"],
        "n_training": pq.read_metadata(run / "bundle" / "sales.parquet").num_rows,
        "n_valued_roll": pq.read_metadata(run / "values.parquet").num_rows,
        "coverage": {"promised": measured["coverage"]["promised"], **measured["coverage"]["overall"]["all"]},
        "coverage_of_groups": measured["coverage_of_groups"],
        "review_yield": measured["review_yield"],
        "goals": [goal for goal in measured["goals"] if not goal["is_reached"]],
        "n_goals": len(measured["goals"]),
    }
    for sample in ("overall", *SAMPLES):
        if sample in measured:
            found[sample] = sample_figures(measured[sample])
    if raw is not None:
        found["irreducible"] = irreducible_error(run, raw)
    return rounded(found)


def sample_figures(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the statistics shown of a sample, each with its interval."""
    kept = {f"{name}{end}" for name in STATISTICS for end in ("", "_lower", "_upper")}
    shown: dict[str, Any] = {"n_sales": sample["n_sales"], "n_valued": sample["n_valued"]}
    return shown | {model: {key: sample[model][key] for key in sample[model] if key in kept} for model in MODELS}


def irreducible_error(run: Path, raw: Path) -> dict[str, float]:
    """Return the error of somebody who knows every true value, on the valid holdout sales of a synthetic run."""
    from valuation.appraisal.bundle import load_bundle
    from valuation.simulation.difficulty import difficulty

    measured = difficulty(run, load_bundle(run / "bundle").jurisdiction, truth=raw / "truth")
    return {
        "mape": measured.irreducible_mape,
        "mdape": measured.irreducible_mdape,
        "recorded_mape": measured.recorded_mape,
        "recorded_mdape": measured.recorded_mdape,
        "n_sales": measured.n_holdout,
    }


def rounded(content: Any) -> Any:
    """Return the figures with as many digits as can mean something."""
    if isinstance(content, dict):
        return {key: rounded(item) for key, item in content.items()}
    if isinstance(content, list):
        return [rounded(item) for item in content]
    return float(f"{content:.6g}") if isinstance(content, float) else content


def section(store: dict[str, Any]) -> str:
    """Return the README's section of figures."""
    if not store:
        return f"{BEGIN}\n{END}"
    # Real sales first.
    runs = sorted(store.items(), key=lambda item: (item[1]["is_synthetic"], item[0]))
    parts = [headline_table(runs), harder_table(runs), uncertainty_table(runs), *synthetic_sentences(runs)]
    parts += [goals_text(runs), provenance(runs)]
    return "\n\n".join([BEGIN, *(part for part in parts if part), END])


def headline_table(runs: list[tuple[str, dict[str, Any]]]) -> str:
    """Return errors and level of the three models, a row per jurisdiction and model."""
    lines = ["| Sales | Model | MdAPE, % | COD | Mean error, % | Median ratio |", "|---|---|---|---|---|---|"]
    for _, run in runs:
        for model, name in MODELS.items():
            figures = run["overall"][model]
            cells = [with_interval(figures, "mdape"), with_interval(figures, "cod")]
            cells += [number(figures["mape"], 1), with_interval(figures, "median_ratio", 3)]
            lines.append(f"| {split(run) if model == 'boosted' else ''} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def split(run: dict[str, Any]) -> str:
    """Return which sales taught and which tested."""
    holdout = run["holdout"]
    is_said = not run["is_synthetic"] or "ynthetic" in run["title"]
    name = f"**{run['title']}**" + ("" if is_said else " (synthetic)")
    tested = f"tested on all {holdout['n_sales']:,} sales from {holdout['from']} to {holdout['last_sale']}"
    unvalued = f", {holdout['n_not_valued']:,} of them without a value" if holdout["n_not_valued"] else ""
    return f"{name}: learned from {run['n_training']:,} earlier sales, {tested}{unvalued}"


def harder_table(runs: list[tuple[str, dict[str, Any]]]) -> str:
    """Return the harder questions: dwellings and areas that training did not know."""
    lines = ["| MdAPE of the boosted model, % | all | " + " | ".join(SAMPLES.values()) + " |", "|---|---|---|---|---|"]
    for _, run in runs:
        cells = [of_sample(run.get(name)) for name in ("overall", *SAMPLES)]
        lines.append(f"| {run['title']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def of_sample(sample: dict[str, Any] | None) -> str:
    """Return error and number of sales of a sample."""
    if sample is None or sample["boosted"].get("mdape") is None:
        return "too few"
    return f"{with_interval(sample['boosted'], 'mdape')}, n {sample['n_sales']:,}"


def uncertainty_table(runs: list[tuple[str, dict[str, Any]]]) -> str:
    """Return how often the range held, overall and by group, and what looking at the riskiest tenth finds."""
    heads = ["", "Range holds the price", "band of chance", "groups that miss their goal"]
    heads += ["Errors over 20 % found in the riskiest tenth", "less those found by width of the range, points"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for _, run in runs:
        held = run["coverage"]
        band = f"{share(held['band_low'])} to {share(held['band_high'])}"
        cells = [f"{share(held['coverage'])} ({share(held['promised'], 0)} promised)", band]
        cells += [missing_groups(run["coverage_of_groups"]), *found_cells(run["review_yield"])]
        lines.append(f"| {run['title']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def missing_groups(groups: dict[str, Any]) -> str:
    """Return how many published groups miss their goal, beside how many would by chance."""
    by_chance = number(groups["missed_by_chance"], 1)
    return f"{groups['n_missed']} of {groups['n_judged']} (by chance {by_chance})"


def found_cells(found: dict[str, Any]) -> list[str]:
    """Return the share of large errors found, and how much more than by width; why not where they are too few."""
    if found["yield"] is None:
        return [f"n = {found['n_errors']}: not given"] * 2
    low, high = (share(found[f"yield_{end}"], 0) for end in ("lower", "upper"))
    ends = [100 * found[f"over_width{end}"] for end in ("", "_lower", "_upper")]
    more, least, most = (number(round(end, 1) + 0.0, 1) for end in ends)
    return [f"{share(found['yield'], 0)} ({low} to {high}) of {found['n_errors']:,}", f"{more} ({least} to {most})"]


def synthetic_sentences(runs: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return what only a synthetic municipality can tell: how small an error can be."""
    return [irreducible_sentence(run) for _, run in runs if "irreducible" in run]


def irreducible_sentence(run: dict[str, Any]) -> str:
    """Return the errors of a synthetic run beside the one nobody can undercut, on the same sales."""
    known, valid, everything = run["irreducible"], run["valid_sales"], run["overall"]
    of_all = everything["boosted"]["mape"] / everything["baseline"]["mape"]
    of_valid = valid["boosted"]["mape"] / valid["baseline"]["mape"]
    return (
        f"In {run['title']} the true values are known. Whoever knew them would still miss the "
        f"{known['n_sales']:,} valid holdout prices by {known['mape']:.1f} % in the mean; whoever knew every price "
        f"formula, but only the recorded facts, by {known['recorded_mape']:.1f} %. On these the boosted model misses "
        f"by {valid['boosted']['mape']:.1f} %, the baseline by {valid['baseline']['mape']:.1f} % (ratio "
        f"{of_valid:.3f}; on all sales, those between relatives and the like included, {of_all:.3f})."
    )


def goals_text(runs: list[tuple[str, dict[str, Any]]]) -> str:
    """Return each goal that was not reached, a row per jurisdiction and a column per kind of goal."""
    n_goals = sum(run["n_goals"] for _, run in runs)
    missed = [run for _, run in runs if run["goals"]]
    if not missed:
        return f"All {n_goals} goals and standards that the runs are held against were reached."
    n_missed = sum(len(run["goals"]) for run in missed)
    head = f"Of the {n_goals} goals and standards that the runs are held against, {n_missed} were not reached:"
    lines = ["| | " + " | ".join(GOALS.values()) + " |", "|---" * (len(GOALS) + 1) + "|"]
    for run in missed:
        cells = [missed_cell(run, kind) for kind in GOALS]
        lines.append(f"| {run['title']} | {' | '.join(cells)} |")
    return "\n".join([head, "", *lines])


def missed_cell(run: dict[str, Any], kind: str) -> str:
    """Return the missed goals of one kind, each with its figure and what was asked."""
    of_kind = [goal for goal in run["goals"] if kind_of(goal) == kind]
    whole = run["holdout"]["n_sales"]
    shown = []
    for goal in of_kind:
        name = " ".join(NAMES.get(word, word) for word in goal["name"].replace(",", " ,").split()).replace(" ,", ",")
        n = "" if goal["n_sales"] == whole else f", n {goal['n_sales']:,}"
        digits = telling_digits(goal["figure"], goal["lower"], goal["upper"], 3)
        shown.append(f"{name} {number(goal['figure'], digits)} ({limits(goal)}{n})")
    return "<br>".join(shown) or "all reached"


def kind_of(goal: dict[str, Any]) -> str:
    """Return in which column a goal stands."""
    if goal["name"].startswith("coverage"):
        return "coverage"
    return "standards" if goal["source"].startswith("IAAO") else "own"


def limits(goal: dict[str, Any]) -> str:
    """Return the range of a goal in words."""
    low, high = goal["lower"], goal["upper"]
    if low is None:
        return f"at most {number(high, 3)}"
    if high is None:
        return f"at least {number(low, 3)}"
    return f"{number(low, 3)} to {number(high, 3)}"


def provenance(runs: list[tuple[str, dict[str, Any]]]) -> str:
    """Return which model versions the figures are of."""
    versions = ", ".join(f"{run['title']} `{run['model_version']}`" for _, run in runs)
    return (
        "In brackets: 95 % intervals, resampled by dwelling. Every sale of the test period counts, also those that "
        f"screening would leave out. Model versions: {versions}."
    )


def with_interval(figures: dict[str, Any], name: str, digits: int = 2) -> str:
    """Return an estimate with its interval."""
    bounds = f"{number(figures[f'{name}_lower'], digits)}–{number(figures[f'{name}_upper'], digits)}"
    return f"{number(figures[name], digits)} ({bounds})"


def number(value: float | None, digits: int) -> str:
    """Return a number with fixed digits, or a dash."""
    return "-" if value is None else f"{value:.{digits}f}"


def share(value: float | None, digits: int = 1) -> str:
    """Return a share in percent."""
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def with_section(readme: str, text: str) -> str:
    """Return the README with its section of figures replaced."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + text + after


def read_store() -> dict[str, Any]:
    """Return the figures taken so far."""
    return json.loads(STORE.read_text("utf-8")) if STORE.exists() else {}


def take(runs: list[str]) -> None:
    """Copy the figures of runs, given as RUN or RUN=RAW, to the store."""
    store = read_store()
    for given in runs:
        run, _, raw = given.partition("=")
        name = json.loads((Path(run) / "bundle" / "manifest.json").read_text("utf-8"))["jurisdiction"]
        store[name] = figures_of(Path(run), Path(raw) if raw else None)
    STORE.write_text(json.dumps(store, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """Take figures, write or check the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="RUN[=RAW]", help="output folder of a finished run")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the README is stale")
    arguments = parser.parse_args()
    if arguments.runs and not arguments.check:
        take(arguments.runs)
    readme = README.read_text("utf-8")
    wanted = with_section(readme, section(read_store()))
    if readme == wanted:
        return 0
    if arguments.check:
        print("stale: README.md\nWhat to do: `make docs`, look at what changed, commit it")
        return 1
    README.write_text(wanted, "utf-8")
    print("written: README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
