"""How are statistics, models and samples called, and with how many digits are they shown?"""

from __future__ import annotations

from dataclasses import dataclass

from valuation.languages.spoken import recorded, say, written
from valuation.ratio_study.standards import Limit
from valuation.ratio_study.strata import level_words


@dataclass(frozen=True)
class Statistic:
    """How a statistic is shown."""

    head: str
    digits: int
    factor: float = 1
    """100 shows a share as percent."""
    plain: tuple[str, str, str] | None = None
    """What it asks, in plain words: en, nb, nn; for those that have a goal."""


STATISTIC: dict[str, Statistic] = {
    "median_ratio": Statistic(
        "median ratio",
        3,
        plain=(
            "value against price, for the dwelling in the middle",
            "Verdien i forhold til prisen for den midterste boligen",
            "Verdien i høve til prisen for den midtarste bustaden",
        ),
    ),
    "mean_ratio": Statistic("mean ratio", 3),
    "weighted_mean_ratio": Statistic("weighted mean ratio", 3),
    "share_above": Statistic("above price, %", 1, 100),
    "share_below": Statistic("below price, %", 1, 100),
    "cod": Statistic(
        "COD",
        1,
        plain=(
            "spread of value against price (COD)",
            "Hvor mye verdiene spriker i forhold til prisene (COD)",
            "Kor mykje verdiane sprikjer i høve til prisane (COD)",
        ),
    ),
    "cov": Statistic("COV", 1),
    "mdape": Statistic(
        "median error, %",
        1,
        plain=(
            "distance from the price, for the dwelling in the middle, %",
            "Avstanden fra prisen for den midterste boligen, i prosent",
            "Avstanden frå prisen for den midtarste bustaden, i prosent",
        ),
    ),
    "mape": Statistic(
        "mean error, %",
        1,
        plain=(
            "mean distance from the price, %",
            "Gjennomsnittlig avstand fra prisen, i prosent",
            "Gjennomsnittleg avstand frå prisen, i prosent",
        ),
    ),
    "share_within_5": Statistic("within 5 %", 1, 100),
    "share_within_10": Statistic("within 10 %", 1, 100),
    "share_within_20": Statistic("within 20 %", 1, 100),
    "prd": Statistic(
        "PRD",
        3,
        plain=(
            "cheap against dear, by sums (PRD)",
            "Forholdet mellom rimelige og dyre boliger, regnet av summene (PRD)",
            "Forholdet mellom rimelege og dyre bustader, rekna av summane (PRD)",
        ),
    ),
    "prb": Statistic(
        "PRB",
        3,
        plain=(
            "cheap against dear, per doubling of value (PRB)",
            "Hvor mye nivået endrer seg for hver dobling av verdien (PRB)",
            "Kor mykje nivået endrar seg for kvar dobling av verdien (PRB)",
        ),
    ),
    "ki": Statistic("KI", 3),
    "mki": Statistic(
        "MKI",
        3,
        plain=(
            "cheap against dear, over the whole range (MKI)",
            "Forholdet mellom rimelige og dyre boliger, fra de rimeligste til de dyreste (MKI)",
            "Forholdet mellom rimelege og dyre bustader, frå dei rimelegaste til dei dyraste (MKI)",
        ),
    ),
    "vei": Statistic(
        "VEI, %",
        1,
        plain=(
            "dearest group less cheapest, where the whole is 100 (VEI)",
            "De dyreste boligene minus de rimeligste, når alle er satt til 100 (VEI)",
            "Dei dyraste bustadene minus dei rimelegaste, når alle er sette til 100 (VEI)",
        ),
    ),
    "prb_regression": Statistic("PRB with the interval of its regression", 3),
    "vei_significance": Statistic("VEI significance, %", 1),
    "chd": Statistic("CHD: spread among near-identical dwellings, %", 1),
    "chd_of_prices": Statistic("the same of their prices, %", 1),
    "bunching": Statistic("sales bunched at the median, % beyond a smooth middle", 1, 100),
    "closeness_of_seen": Statistic("median error, sold before less not sold before, points", 1),
    "mape_of_baseline": Statistic(
        "mean error over that of the baseline",
        2,
        plain=(
            "mean error over that of the standard prices",
            "Gjennomsnittlig avstand fra prisen, delt på den samme for sjablongverdiene",
            "Gjennomsnittleg avstand frå prisen, delt på den same for sjablongverdiane",
        ),
    ),
}
"""Statistics in the order they are shown. What the study gives beyond them is shown by its own name."""

LEVEL = ("median_ratio", "mean_ratio", "weighted_mean_ratio", "share_above", "share_below")
SPREAD = ("mdape", "mape", "cod", "cov", "share_within_5", "share_within_10", "share_within_20")
VERTICAL = ("prd", "prb", "ki", "mki", "vei", "vei_significance")

MODEL: dict[str, str] = {
    "boosted": "boosted model",
    "tree": "decision tree",
    "baseline": "baseline",
    "prior": "prior value",
}
"""Models in the order they are shown; the prior value where the roll has one."""

SAMPLE: dict[str, tuple[str, str]] = {
    "all_sales": (
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

STRATUM: dict[str, tuple[str, str]] = {
    "dwelling_type": ("Type of dwelling", "Half above, half below: in every type."),
    "market_area": (
        "Market area",
        "Where values run above prices in one area and below them in the next, neighbours differ.",
    ),
    "price_decile": (
        "Price level",
        "Tenths by half the price and half the value: by price alone, chance looks unfair.",
    ),
    "age_band": ("Age of the building", "At the date of the sale."),
    "size_band": ("Living area", "Square metres."),
    "tenure": ("Tenure", "As recorded."),
}


CHASING = ("bunching", "closeness_of_seen")
_HORIZONTAL_WORDS = ("horizontal", "chd", "identical", "twin", "alike")


def is_equity(name: str) -> bool:
    """Return whether a statistic is one of equity, vertical or horizontal.

    Examples
    --------
    >>> is_equity("prd"), is_equity("prb_significance"), is_equity("cod"), is_equity("horizontal_spread")
    (True, True, False, True)
    """
    return name.startswith(VERTICAL) or name in CHASING or any(word in name for word in _HORIZONTAL_WORDS)


def statistic(name: str) -> Statistic:
    """Return how a statistic is shown; one without words by its own name.

    Examples
    --------
    >>> statistic("cod").head, statistic("horizontal_spread").head
    ('COD', 'horizontal spread')
    """
    return STATISTIC.get(name, Statistic(name.replace("_", " "), 3))


def model(name: str) -> str:
    """Return how a model is called on the page."""
    return say(MODEL[name]) if name in MODEL else name


def head(name: str) -> str:
    """Return how a statistic is called on the page."""
    return say(statistic(name).head)


def sample(name: str) -> tuple[str, str]:
    """Return how a sample is called on the page, and what it is."""
    title, meaning = SAMPLE.get(name, (name.replace("_", " "), ""))
    return say(title), say(meaning)


def stratum(name: str) -> tuple[str, str]:
    """Return how a stratum is called on the page, and what is looked for in it."""
    title, meaning = STRATUM.get(name, (name, ""))
    return say(title), say(meaning)


def group(of: str, level: str) -> str:
    """Return how a group within a stratum is called on the page; the names of a register stay as they are."""
    return recorded(level_words(of, level))


def limits(limit: Limit) -> str:
    """Return the range of a statistic that counts as good, as it is read."""
    lower, upper = (
        None if end is None else written(f"{end:g}".replace("-", "−")) for end in (limit.lower, limit.upper)
    )
    if lower is None:
        return say("at most {limit}", limit=upper)
    return say("at least {limit}", limit=lower) if upper is None else say("{} to {}", lower, upper)
