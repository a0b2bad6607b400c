"""What does a council member read first? Facts for a page in plain words, each from the files of the run, with n.

Nothing is worded here: `templates/council_*.html` say in each language what these facts are, and which of two or three
sentences fits is decided here, by intervals and never by points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valuation.flags.catalogue import ANY, carries
from valuation.flags.order import BY_CHANCE, LOTS
from valuation.flags.price import share_interval
from valuation.report.cells import Figure, count
from valuation.report.coverage import coverage, groupings
from valuation.report.flags import large_errors
from valuation.report.goals import difference, found_of
from valuation.report.material import Material
from valuation.report.price_of_flagging import figure, price_of, row_of
from valuation.report.run_folder import NotGiven

MIN_SALES = 20
_CHANCE = 0.05
"""Share of 95 percent intervals that miss by chance."""


@dataclass(frozen=True)
class Fact:
    """Something the page says: its figures, which sentence fits, or why it is not given."""

    figures: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    """Which of the sentences fits."""
    missing: str = ""
    """Reason: `few` (with `n`), or the name of the file that is not there or not whole."""

    def __getattr__(self, name: str) -> Any:
        """Return a figure by its name."""
        if name.startswith("_") or name not in self.figures:
            raise AttributeError(name)
        return self.figures[name]


def facts(material: Material) -> dict[str, Fact]:
    """Return every fact of the page; one whose file is missing says so."""
    return {name: _guarded(make, material) for name, make in _MAKERS.items()}


def _guarded(make: Callable[[Material], Fact], material: Material) -> Fact:
    try:
        return make(material)
    except NotGiven as error:
        return Fact(missing=error.name)


def _few(n: Figure | float | None) -> Fact:
    known = n if isinstance(n, Figure) else Figure(None if n is None else float(n), 0, 1, {"kind": "few"})
    return Fact({"n": known}, missing="few")


def _ratio(material: Material, name: str, **place: str) -> dict[str, Any]:
    """Return a statistic with its ends and n."""
    figures = material.ratios
    return {
        "estimate": figures.figure(name, **place),
        "lower": figures.figure(name, "lower", **place),
        "upper": figures.figure(name, "upper", **place),
        "n": figures.n(of=name, **place),
    }


def _dwellings(material: Material) -> Fact:
    values = material.folder.values
    n_valued = int(values["appraised_value"].notna().sum())
    found = {
        "n": count(len(values), kind="roll", of="dwellings"),
        "valued": count(n_valued, kind="roll", of="dwellings_valued"),
        "not_valued": count(len(values) - n_valued, kind="roll", of="dwellings_not_valued"),
        "day": material.jurisdiction.valuation_date,
    }
    return Fact(found, "all" if n_valued == len(values) else "some")


def _basis(material: Material) -> Fact:
    sales = material.folder.table("sales.parquet", ("is_valid_sale", "is_holdout", "market_date"))
    early = ~sales["is_holdout"].to_numpy(dtype=bool)
    learned = early & sales["is_valid_sale"].to_numpy(dtype=bool)
    if not learned.any():
        return _few(0)
    dates = sales.loc[learned, "market_date"]
    found = {
        "n": count(int(learned.sum()), kind="sales", of="learned_from"),
        "excluded": count(int(early.sum() - learned.sum()), kind="sales", of="excluded"),
        "first": dates.min().date(),
        "last": dates.max().date(),
    }
    return Fact(found)


def _error(material: Material) -> Fact:
    found = _ratio(material, "mdape")
    if not found["estimate"].is_given:
        return _few(found["n"])
    sales = material.folder.holdout
    if sales.empty:
        return _few(0)
    found["within"] = _ratio(material, "share_within_20")
    found["baseline"] = _ratio(material, "mdape", model="baseline")
    found["valid"] = _ratio(material, "mdape", sample="valid_sales")
    found["unseen"] = _ratio(material, "mdape", sample="unseen_dwellings")
    found["first"], found["last"] = sales["sale_date"].min().date(), sales["sale_date"].max().date()
    doubted = int((~sales["is_valid_sale"].to_numpy(dtype=bool)).sum())
    found["doubted"] = count(doubted, kind="sales", of="doubted")
    return Fact(found, "doubted" if doubted and found["valid"]["estimate"].is_given else "")


def _prior(material: Material) -> Fact:
    found: dict[str, Any] = {}
    for name in ("mdape", "cod"):
        rival = difference(material, "all_sales", name)
        if rival is None:
            return Fact(says="none")
        marks = {"kind": "rival", "sample": "all_sales", "statistic": name}
        found[name] = {part: Figure(rival[part], 1, 1, {**marks, "part": part}) for part in rival if part != "n"}
        found[name]["says"] = "beaten" if rival["upper"] < 0 else "lost" if rival["lower"] > 0 else "open"
        found["n"] = count(rival["n"], **marks, part="n")
    return Fact(found, "some")


def _balance(material: Material) -> Fact:
    found = _ratio(material, "share_above")
    if not found["estimate"].is_given:
        return _few(found["n"])
    found["level"] = _ratio(material, "median_ratio")
    lower, upper = found["lower"].value or 0, found["upper"].value or 0
    return Fact(found, "even" if lower <= 0.5 <= upper else "above" if lower > 0.5 else "below")


def _cheap_and_dear(material: Material) -> Fact:
    found = _ratio(material, "vei")
    if not found["estimate"].is_given or not found["lower"].is_given:
        return _few(found["n"])
    for part in ("noise", "noise_lower", "noise_upper"):
        found[part] = material.ratios.figure("vei", part)
    estimate = float(found["estimate"].value or 0)
    # Median ratio of the dearest less that of the cheapest, in percent of the median ratio of all (and not of that of
    # the cheapest): points on a scale where the whole is 100. Said without a sign.
    found["size"] = Figure(abs(estimate), 1, 1, {**found["estimate"].marks, "kind": "size"})
    return Fact({**found, "is_lower": estimate < 0}, _beyond_noise(found))


def _beyond_noise(found: dict[str, Any]) -> str:
    lower, upper = float(found["lower"].value), float(found["upper"].value)
    if lower <= 0 <= upper:
        return "none"
    if not found["noise"].is_given:
        return "no-noise"
    low, high = (
        found[f"noise_{end}"].value if found[f"noise_{end}"].is_given else found["noise"].value
        for end in ("lower", "upper")
    )
    if lower <= high and low <= upper:
        return "noise"
    # Further from 0 than noise, or nearer: perfect values would have looked worse than these.
    return "beyond" if (upper < low if upper < 0 else lower > high) else "less"


def _districts(material: Material) -> Fact:
    figures = material.ratios
    levels = figures.levels("all_sales", "market_area")
    if not levels:
        return Fact(says="none")
    rows = {level: figures.row("median_ratio", stratum="market_area", level=level) for level in levels}
    known = {level: found for level, found in rows.items() if np.isfinite(found.get("lower", np.nan))}
    if len(known) < 2:
        return _few(figures.n(of="median_ratio"))
    whole = figures.figure("median_ratio").value
    ordered = sorted(known, key=lambda level: (known[level]["estimate"], level))
    off = sum(not found["lower"] <= whole <= found["upper"] for found in known.values())
    marks = {"kind": "districts"}
    found: dict[str, Any] = {
        "n": count(len(known), **marks, of="known"),
        "few": count(len(levels) - len(known), **marks, of="few"),
        "off": count(off, **marks, of="off"),
        "chance": Figure(_CHANCE * len(known), 0, 1, {**marks, "of": "chance"}),
    }
    for name, level in (("lowest", ordered[0]), ("highest", ordered[-1])):
        found[name] = {"name": level, **_ratio(material, "median_ratio", stratum="market_area", level=level)}
    # More than chance alone would give in 95 of 100 studies.
    from scipy.stats import binom

    return Fact(found, "uneven" if off > binom.ppf(0.95, len(known), _CHANCE) else "even")


def _sureness(material: Material) -> Fact:
    sales, promised = material.folder.holdout, material.folder.promised
    found: dict[str, Any] = {"promised": Figure(promised, 0, 100, {"kind": "promised"})}
    for grouping, group, name in (("overall", "all sales", "all"), ("screening", "valid sales", "valid")):
        held = _held(material, grouping, group)
        if held is not None:
            found[name] = held
    if "all" not in found:
        return _few(float(len(sales)))
    return Fact(found, "doubted" if "valid" in found and not sales["is_valid_sale"].all() else "")


def _held(material: Material, grouping: str, group: str) -> dict[str, Any] | None:
    """Return how often the range holds in a group; None for too few sales."""
    groups = groupings(material.folder.holdout)[grouping]
    rows = [item for item in coverage(material, grouping, groups).to_dict("records") if item["group"] == group]
    if not rows or rows[0]["n_sales"] < MIN_SALES:
        return None
    item, marks = rows[0], {"kind": "coverage", "grouping": grouping, "group": group}
    parts = ("coverage", "binomial_low", "binomial_high", "median_relative_width")
    found: dict[str, Any] = {part: Figure(float(item[part]), 1, 100, {**marks, "statistic": part}) for part in parts}
    found["n"] = count(item["n_sales"], **marks, statistic="n_sales")
    is_less = item["coverage"] < material.folder.promised
    found["says"] = "held" if item["is_within_band"] else "less" if is_less else "more"
    return found


def _people(material: Material) -> Fact:
    values, sales = material.folder.values, material.folder.holdout
    valid = sales[sales["is_valid_sale"].to_numpy(dtype=bool)]
    n_flagged = int(carries(values["flags"], ANY).sum())
    marks = {"kind": "flag", "code": ANY}
    found: dict[str, Any] = {
        "n": count(len(values), kind="roll", of="dwellings"),
        "flagged": count(n_flagged, **marks, statistic="n_dwellings"),
        "share": Figure(n_flagged / max(len(values), 1), 1, 100, {**marks, "statistic": "roll_share"}),
    }
    wrong = large_errors(valid)
    if wrong.sum() < MIN_SALES:
        found["errors"] = count(int(wrong.sum()), kind="risk", statistic="n_errors")
        return Fact(found, "few")
    caught = int((wrong & carries(valid["flags"], ANY)).sum())
    low, high = share_interval(caught, int(wrong.sum()))
    for name, value in (("estimate", caught / wrong.sum()), ("lower", low), ("upper", high)):
        found[name] = Figure(float(value), 0, 100, {**marks, "statistic": "yield", "part": name})
    found["errors"] = count(int(wrong.sum()), kind="risk", statistic="n_errors")
    found["missed"] = count(int(wrong.sum()) - caught, kind="risk", statistic="n_errors_missed")
    return Fact(found, "all" if caught == wrong.sum() else "some")


def _looking(material: Material) -> Fact:
    """Return what is found when a tenth of the dwellings is looked at, the most doubtful first."""
    price = price_of(material)
    chance, lots = row_of(price, BY_CHANCE), row_of(price, LOTS)
    if chance is None or lots is None:
        return _few(float(price["n_errors"].iloc[0]) if len(price) else 0)
    found = {"estimate": "share", "lower": "lower", "upper": "upper"}
    return Fact({name: figure(chance, part) for name, part in found.items()} | {"lots": figure(lots, "share")})


def _left_out(material: Material) -> Fact:
    if "left_out_areas" not in material.ratios.samples:
        return Fact(says="none")
    found = _ratio(material, "mdape", sample="left_out_areas")
    return Fact(found, "some") if found["estimate"].is_given else _few(found["n"])


def _goals(material: Material) -> Fact:
    goals = material.folder.metrics.get("goals", [])
    missed = [{"goal": item, "found": found_of(item)} for item in goals if not item["is_reached"]]
    found = {
        "n": count(len(goals), kind="goals", of="all"),
        "n_missed": count(len(missed), kind="goals", of="missed"),
        "missed": missed,
    }
    return Fact(found, "all" if not missed else "some")


def _squares(material: Material) -> Fact:
    """Of 100 dwellings sold: how many were valued within 5, 10, 20 percent of the price, and how many further off."""
    names = ("share_within_5", "share_within_10", "share_within_20")
    figures = [material.ratios.figure(name) for name in names]
    if not all(figure.is_given for figure in figures):
        return _few(material.ratios.n(of=names[0]))
    # Rounded where they are counted from the left, so that the squares sum to 100.
    ends = [round(100 * float(figure.value or 0)) for figure in figures]
    parts = [ends[0], ends[1] - ends[0], ends[2] - ends[1], 100 - ends[2]]
    marks = {"kind": "squares"}
    return Fact(
        {
            "parts": [count(part, **marks, part=str(place)) for place, part in enumerate(parts)],
            "n": material.ratios.n(of=names[0]),
        }
    )


_MAKERS: dict[str, Callable[[Material], Fact]] = {
    "dwellings": _dwellings,
    "basis": _basis,
    "error": _error,
    "squares": _squares,
    "prior": _prior,
    "balance": _balance,
    "cheap_and_dear": _cheap_and_dear,
    "districts": _districts,
    "sureness": _sureness,
    "people": _people,
    "looking": _looking,
    "left_out": _left_out,
    "goals": _goals,
}
