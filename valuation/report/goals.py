"""Which goals were reached, and does the model beat the value that stood before?"""

from __future__ import annotations

from typing import Any

import numpy as np

from valuation.languages.spoken import recorded, say
from valuation.ratio_study.confidence import Resamples, interval, resampled
from valuation.ratio_study.standards import telling_digits
from valuation.report.blocks import Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row, verdict
from valuation.report.material import Material
from valuation.report.words import Statistic, statistic
from valuation.report.words import group as group_words
from valuation.report.words import sample as sample_words

RIVALRY = ("mdape", "cod")
"""On these the model is to beat the prior value."""
_COVERAGE = Statistic("coverage, %", 1, 100)
_FOUND = Statistic(
    "large errors in the riskiest tenth, %",
    1,
    100,
    plain=(
        "large errors found by looking at the tenth with the most doubtful values, %",
        "Store feil som blir funnet når en ser på tidelen med mest usikker verdi, i prosent",
        "Store feil som blir funne når ein ser på tidelen med mest usikker verdi, i prosent",
    ),
)
_APART = {"coverage": _COVERAGE, "large_errors_found": _FOUND}
"""Goals on what is no statistic of a ratio study."""


def of_goal(name: str) -> tuple[str, Statistic]:
    """Return the words and the digits of a goal such as `cod` or `coverage, lower third, valid sales`.

    Examples
    --------
    >>> of_goal("cod, valid sales")[0], of_goal("coverage, house")[0]
    ('COD, valid sales', 'coverage, %, house')
    """
    first, _, rest = name.partition(",")
    words = _APART[first] if first in _APART else statistic(first)
    groups = "".join(f", {group_words('', part.strip())}" for part in rest.split(",") if part)
    return f"{say(words.head)}{groups}", words


def section(material: Material) -> Section:
    """Return every goal with what was found."""
    rows = [_goal(item) for item in material.folder.metrics.get("goals", [])]
    text = Text(
        say(
            "Figures of the boosted model. A statistic of few sales, or of noisy prices, leaves its limits by "
            "chance: see its interval, and for equity what noise alone gives."
        )
    )
    if not rows:
        note = Text(say("Not given: evaluation/metrics.json of this run lists no goal."), "note")
        return Section("goals", say("Goals, and whether they were reached"), say("Goals"), [note])
    caption = material.caption(say("What was found, what was wanted, on how many sales"))
    heads = [say("Goal"), say("Found"), say("Wanted"), say("Reached?"), "n", say("Set by")]
    return Section(
        "goals",
        say("Goals, and whether they were reached"),
        say("Goals"),
        [text, Table(say("Goals"), caption, heads, rows, (5,))],
    )


def wanted(item: dict[str, Any], words: Statistic) -> str:
    """Return the limits of a goal as they are read."""
    digits = _digits(item, words)
    lower, upper = (
        None if item[end] is None else Figure(item[end], digits, words.factor) for end in ("lower", "upper")
    )
    if lower is None:
        return say("at most {limit}", limit=str(upper))
    if upper is None:
        return say("at least {limit}", limit=str(lower))
    return say("between {lower} and {upper}", lower=str(lower), upper=str(upper))


def found_of(item: dict[str, Any]) -> Figure:
    """Return what was found for a goal, marked."""
    words = of_goal(item["name"])[1]
    return Figure(item["figure"], _digits(item, words), words.factor, {"kind": "goal", "goal": item["name"]})


def _digits(item: dict[str, Any], words: Statistic) -> int:
    """Return the digits of a goal: it may be missed by less than a table needs to show."""
    digits = max(words.digits, 2)
    if item["figure"] is None:
        return digits
    lower, upper = (None if item[end] is None else item[end] * words.factor for end in ("lower", "upper"))
    return telling_digits(item["figure"] * words.factor, lower, upper, digits)


def _goal(item: dict[str, Any]) -> dict[str, Any]:
    name, words = of_goal(item["name"])
    n = count(item["n_sales"], kind="goal", goal=item["name"], of="n_sales")
    found: Any = found_of(item)
    if not found.is_given:
        said = Cell(say("not given"), css="no")
        return row(
            name, say("n = {n}: not given", n=item["n_sales"]), wanted(item, words), said, n, recorded(item["source"])
        )
    return row(
        name,
        found,
        wanted(item, words),
        verdict(item["is_reached"], say("reached"), say("not reached")),
        n,
        recorded(item["source"]),
    )


def against_prior(material: Material) -> Section | None:
    """Return the model against the value that stood before, on the same sales; None where no sale has one."""
    rows = [
        row_
        for sample in (
            ("all_sales",) if material.folder.holdout["is_valid_sale"].all() else ("all_sales", "valid_sales")
        )
        for name in RIVALRY
        if (row_ := _rivals(material, sample, name)) is not None
    ]
    if not rows:
        return None
    caption = material.caption(
        say("Boosted model less prior value, on the sales that have both; below 0 the model is nearer")
    )
    heads = [
        say("Sample"),
        say("Statistic"),
        "n",
        say("boosted"),
        say("prior value"),
        say("difference"),
        say("Is the prior value beaten?"),
    ]
    text = Text(
        say(
            "The value that stood before, from the roll of the jurisdiction, is no model of ours and is shown to "
            "none. Both are measured on the same sales; the interval of the difference is of the same resamples of "
            "dwellings for both, so that luck with the sales does not count twice."
        )
    )
    return Section(
        "prior",
        say("Against the value that stood before"),
        say("Prior value"),
        [text, *_reach(material), Table(say("Prior value"), caption, heads, rows, (1, 6))],
    )


def _reach(material: Material) -> list[Any]:
    """Return how far the ratios of both reach: sales chosen by their prior value show in it."""
    sales = material.folder.holdout
    both = sales[sales[["appraised_value", "prior_value"]].notna().all(axis=1)]
    said: list[Figure] = []
    for column, which in (("prior_value", "prior"), ("appraised_value", "boosted")):
        ratio = both[column] / both["sale_price"]
        marks = {"kind": "reach", "model": which}
        said += [Figure(float(ratio.min()), 2, 1, {**marks, "part": "lowest"})]
        said += [Figure(float(ratio.max()), 2, 1, {**marks, "part": "highest"})]
    told = say(
        "The ratios of the prior values lie between {} and {}, those of the boosted model between {} and {}. Where a "
        "source leaves out sales that lie far from their prior value, that value looks nearer and more even than it "
        "is.",
        *said,
    )
    return [Text(told)]


def difference(material: Material, sample: str, name: str) -> dict[str, float] | None:
    """Return `n, boosted, prior, estimate, lower, upper` of the difference on the sales that have both values."""
    sales = material.folder.holdout
    if "prior_value" not in sales:
        return None
    chosen = (sales[["appraised_value", "prior_value"]].notna().all(axis=1) & (sales["prior_value"] > 0)).to_numpy()
    if sample == "valid_sales":
        chosen = chosen & sales["is_valid_sale"].to_numpy(dtype=bool)
    both = sales[chosen].sort_values("sale_id", ignore_index=True)
    if len(both) < 20:
        return None
    price = both["sale_price"].to_numpy(dtype=float)
    resamples = Resamples.draw(both["dwelling_id"].to_numpy(), material.n_bootstrap, 0)
    point = Resamples(np.ones((1, len(both)), dtype=np.int16))
    found: dict[str, Any] = {}
    for which in ("appraised_value", "prior_value"):
        value = both[which].to_numpy(dtype=float)
        found[which] = [resampled(value, price, drawn, (name,))[name] for drawn in (point, resamples)]
    lower, upper = interval(found["appraised_value"][1] - found["prior_value"][1])
    boosted, prior = float(found["appraised_value"][0][0]), float(found["prior_value"][0][0])
    return {
        "n": len(both),
        "boosted": boosted,
        "prior": prior,
        "estimate": boosted - prior,
        "lower": lower,
        "upper": upper,
    }


def _rivals(material: Material, sample: str, name: str) -> dict[str, Any] | None:
    found = difference(material, sample, name)
    words = statistic(name)
    if found is None:
        return None
    marks = {"kind": "rival", "sample": sample, "statistic": name}
    ends = [Figure(found[end], words.digits, 1, {**marks, "part": end}) for end in ("lower", "upper")]
    figures = [Figure(found[part], words.digits, 1, {**marks, "part": part}) for part in ("boosted", "prior")]
    cell = Cell(Figure(found["estimate"], words.digits, 1, {**marks, "part": "estimate"}), (ends[0], ends[1]))
    n = count(found["n"], **marks, part="n")
    return row(sample_words(sample)[0], say(words.head), n, *figures, cell, beaten(found, name))


def beaten(found: dict[str, float], name: str) -> Cell:
    """Return whether the prior value is beaten at a statistic, beyond chance or not."""
    yes, no, rather, hardly = _BEATEN[name]
    if found["upper"] < 0:
        return Cell(say(yes), css="yes")
    if found["lower"] > 0:
        return Cell(say(no), css="no")
    return Cell(say(rather if found["estimate"] < 0 else hardly))


_BEATEN = {
    "mdape": (
        "yes: nearer, beyond chance",
        "no: the prior value is nearer, beyond chance",
        "nearer, but chance alone could do it",
        "not nearer, but chance alone could do it",
    ),
    "cod": (
        "yes: more even, beyond chance",
        "no: the prior value is more even, beyond chance",
        "more even, but chance alone could do it",
        "not more even, but chance alone could do it",
    ),
}
"""What is said when the model is beyond chance better, beyond chance worse, better, or not better."""
