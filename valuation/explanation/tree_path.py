"""What would a way of reckoning say that a person can follow by hand, and how far is it from the value?

The decision tree asks a few questions of a dwelling and answers with the price of the sales that gave the same
answers. The questions on the way are put together, one line per fact ("between 60 and 85 m²"), and told with the fact
itself, in bokmål, nynorsk or English, without a word of the modelling trade.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.explanation.fact_words import (
    NOT_RECORDED,
    Said,
    fact,
    label,
    money,
    number,
    percent,
    whole_within,
    within,
)
from valuation.features.age import calendar_years, day_numbers
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.grown_tree import GrownTree
from valuation.models.value_models import ValueModels

Floats = NDArray[np.float64]

BUILT_FEATURES = ("age_years", "years_since_work")
"""Features told as years on the calendar."""
LEVEL_FEATURES = ("area_level", "street_level", "building_level")
"""Features told as what was paid for dwellings there, against what is usual."""


@dataclass(frozen=True)
class Condition:
    """All that is asked of one fact on the way to the answer."""

    feature: str
    low: float
    """The fact lies above; minus infinity for no bound."""
    high: float
    """The fact is at most this."""
    own: float = math.nan
    """NaN where the fact is not recorded."""
    stands_for: float = math.nan
    """What is reckoned with where it is not recorded: the middle of the sales."""


@dataclass(frozen=True)
class TreePath:
    """The way of one dwelling to its answer."""

    leaf: int
    """Node of the tree."""
    conditions: tuple[Condition, ...]
    """In the order in which the facts are first asked for."""
    n_sales: int
    """Sales behind the answer."""
    tree_value: int | None
    """What the tree says, in whole units of money at the day asked for; None where the dwelling has no value."""
    appraised_value: int | None

    @property
    def difference(self) -> int | None:
        """By how much the tree says more than the value."""
        if self.tree_value is None or self.appraised_value is None:
            return None
        return self.tree_value - self.appraised_value


def tree_paths(
    models: ValueModels, features: pd.DataFrame | Floats, tree_value: ArrayLike, appraised_value: ArrayLike
) -> list[TreePath]:
    """Follow the decision tree for each of some dwellings.

    Parameters
    ----------
    models : ValueModels
    features : DataFrame or array of float, shape (n_dwellings, n_features)
        What `models.features_of` made of the dwellings.
    tree_value, appraised_value : array-like of float, shape (n_dwellings,)
        As `appraise` answered; NaN where a dwelling has no value.

    Returns
    -------
    list of TreePath
        In the order of `features`.
    """
    tree, names = models.tree_, models.tree_columns_
    asked_for = [models.maker_.names_.index(name) for name in names]
    matrix = np.asarray(features, dtype=np.float64)[:, asked_for]
    leaves = tree.apply(matrix)
    asked = {int(leaf): conditions_of_leaf(tree, int(leaf), names) for leaf in np.unique(leaves)}
    column = {name: place for place, name in enumerate(names)}
    paths = []
    for row, leaf, said, value in zip(
        matrix, leaves, np.asarray(tree_value, float), np.asarray(appraised_value, float), strict=True
    ):
        own = tuple(
            Condition(c.feature, c.low, c.high, float(row[column[c.feature]]), float(tree.fill_[column[c.feature]]))
            for c in asked[int(leaf)]
        )
        paths.append(TreePath(int(leaf), own, int(tree.n_sales_[leaf]), _whole(said), _whole(value)))
    return paths


def conditions_of_leaf(tree: GrownTree, leaf: int, names: list[str]) -> tuple[Condition, ...]:
    """Return what must hold of a dwelling for the tree to end at `leaf`, one condition per feature."""
    bounds: dict[int, tuple[float, float]] = {}
    for node, goes_left in _way_to(tree, leaf):
        feature, threshold = int(tree.feature_[node]), float(tree.threshold_[node])
        low, high = bounds.get(feature, (-math.inf, math.inf))
        bounds[feature] = (low, min(high, threshold)) if goes_left else (max(low, threshold), high)
    return tuple(Condition(names[feature], low, high) for feature, (low, high) in bounds.items())


def _way_to(tree: GrownTree, leaf: int) -> list[tuple[int, bool]]:
    """Nodes from the root to a node, each with whether the way goes left."""
    way = []
    node = leaf
    while node != 0:
        is_left = node in tree.left_
        above = int(np.flatnonzero((tree.left_ if is_left else tree.right_) == node)[0])
        way.append((above, bool(is_left)))
        node = above
    return way[::-1]


def _whole(amount: float) -> int | None:
    return None if math.isnan(amount) else round(amount)


def _sign(share: float, digits: int) -> str:
    shown = round(100 * share, digits) if math.isfinite(share) else share
    return "over" if shown > 0 else "under" if shown < 0 else "at"


def _digits_apart(own: float, bounds: list[float]) -> int:
    """Digits of a percentage at which a share is told apart from the bounds around it, and no bound from another."""
    figures = [100 * figure for figure in (own, *bounds) if math.isfinite(figure)]
    for digits in range(3):
        shown = {round(figure, digits) for figure in figures}
        if len(shown) == len(figures) and (0 not in shown or digits > 0):
            return digits
    return 3


# In words ---------------------------------------------------------------------------------------------------------

_WORDS: dict[str, Said] = {
    "asks": {
        "nb": "Det finnes en enklere regnemåte som kan følges for hånd. Den spør bare om dette:",
        "nn": "Det finst ein enklare reknemåte som kan følgjast for hand. Han spør berre om dette:",
        "en": "There is a simpler way of reckoning that can be followed by hand. It asks only this:",
    },
    "line": {
        "nb": "{name}: {bounds} (her {own})",
        "nn": "{name}: {bounds} (her {own})",
        "en": "{name}: {bounds} (here {own})",
    },
    "same": {"nb": "{name}: {bounds}", "nn": "{name}: {bounds}", "en": "{name}: {bounds}"},
    "missing": {
        "nb": "{not_recorded}; vi regner med {usual}, som er midt blant salgene",
        "nn": "{not_recorded}; vi reknar med {usual}, som er midt blant sala",
        "en": "{not_recorded}; {usual} is used, the middle of the sales",
    },
    "answer": {
        "nb": "Boliger som passer med alt dette, settes til {value}. Det bygger på {n} salg.",
        "nn": "Bustader som passar med alt dette, blir sette til {value}. Det byggjer på {n} sal.",
        "en": "To homes that answer to this it gives {value}. That rests on {n} sales.",
    },
    "above": {
        "nb": "Det er {amount} ({share}) mer enn verdien vi har kommet fram til, {appraised}.",
        "nn": "Det er {amount} ({share}) meir enn verdien vi har kome fram til, {appraised}.",
        "en": "That is {amount} ({share}) more than the value we have arrived at, {appraised}.",
    },
    "below": {
        "nb": "Det er {amount} ({share}) mindre enn verdien vi har kommet fram til, {appraised}.",
        "nn": "Det er {amount} ({share}) mindre enn verdien vi har kome fram til, {appraised}.",
        "en": "That is {amount} ({share}) less than the value we have arrived at, {appraised}.",
    },
    "equal": {
        "nb": "Det er det samme som verdien vi har kommet fram til.",
        "nn": "Det er det same som verdien vi har kome fram til.",
        "en": "That is the same as the value we have arrived at.",
    },
    "no_value": {
        "nb": "Boligen har ingen verdi, så heller ikke den enkle regnemåten sier noe.",
        "nn": "Bustaden har ingen verdi, så heller ikkje den enkle reknemåten seier noko.",
        "en": "The home has no value, so the simpler way of reckoning says nothing either.",
    },
    "no_question": {
        "nb": "Det finnes en enklere regnemåte. Her spør den ikke om noe; den gir alle boliger det samme.",
        "nn": "Det finst ein enklare reknemåte. Her spør han ikkje om noko; han gjev alle bustader det same.",
        "en": "There is a simpler way of reckoning. Here it asks nothing; it gives every home the same.",
    },
    "usual": {
        "nb": "«Det vanlige» er det boliger av samme størrelse, alder og slag er solgt for i kommunen som helhet. Er "
        "det få salg på stedet, teller nabolaget med.",
        "nn": "«Det vanlege» er det bustader av same storleik, alder og slag er selde for i kommunen som heilskap. Er "
        "det få sal på staden, tel nabolaget med.",
        "en": "“The usual” is what homes of the same size, age and kind have sold for in the place as a whole. Where "
        "there are few sales, those nearby count too.",
    },
}
_LEVELS: dict[str, Said] = {
    "area_level": {"nb": "Salgspriser i området", "nn": "Salsprisar i området", "en": "Sale prices in the area"},
    "street_level": {"nb": "Salgspriser i gata", "nn": "Salsprisar i gata", "en": "Sale prices in the street"},
    "building_level": {
        "nb": "Salgspriser i bygningen",
        "nn": "Salsprisar i bygningen",
        "en": "Sale prices in the building",
    },
}
_WORK: Said = {"nb": "Bygd eller pusset opp", "nn": "Bygd eller pussa opp", "en": "Built or renovated"}
_USUAL: dict[str, Said] = {
    "over": {"nb": "{share} over det vanlige", "nn": "{share} over det vanlege", "en": "{share} above the usual"},
    "under": {"nb": "{share} under det vanlige", "nn": "{share} under det vanlege", "en": "{share} below the usual"},
    "at": {"nb": "det vanlige", "nn": "det vanlege", "en": "the usual"},
    "at_most_over": {"nb": "ikke mer enn {high}", "nn": "ikkje meir enn {high}", "en": "not more than {high}"},
    "at_most_under": {"nb": "minst {high}", "nn": "minst {high}", "en": "at least {high}"},
    "at_most_at": {"nb": "ikke over {high}", "nn": "ikkje over {high}", "en": "not above {high}"},
    "above_over": {"nb": "mer enn {low}", "nn": "meir enn {low}", "en": "more than {low}"},
    "above_under": {"nb": "ikke mer enn {low}", "nn": "ikkje meir enn {low}", "en": "not more than {low}"},
    "above_at": {"nb": "over {low}", "nn": "over {low}", "en": "above {low}"},
    "over_to_over": {"nb": "fra {lower} til {high}", "nn": "frå {lower} til {high}", "en": "{lower} to {high}"},
    "under_to_over": {
        "nb": "fra {lower} under til {high}",
        "nn": "frå {lower} under til {high}",
        "en": "from {lower} below to {high}",
    },
    "under_to_under": {
        "nb": "fra {higher} til {low}",
        "nn": "frå {higher} til {low}",
        "en": "{higher} to {low}",
    },
    "short": {"nb": "høyst {share}", "nn": "høgst {share}", "en": "at most {share}"},
}


class TreeWords:
    """Tells the tree of a model version in one language.

    Parameters
    ----------
    models : ValueModels
    jurisdiction : Jurisdiction
    language : str
        nb, nn or en.
    day : date, optional
        Day of the values; by default the valuation date.
    """

    def __init__(self, models: ValueModels, jurisdiction: Jurisdiction, language: str, day: date | None = None) -> None:
        self.language = language
        self.currency = jurisdiction.currency
        self.is_synthetic = jurisdiction.is_synthetic
        self._jurisdiction = jurisdiction
        self._owner = {item.name: item.owner for item in models.features_}
        self._now = float(calendar_years(day_numbers(day or jurisdiction.valuation_date, 1))[0])
        # What is usual is the middle sale's: levels are told against it.
        self._usual = float(np.median(models.maker_.pool_.location_part))

    def sentences(self, path: TreePath) -> list[str]:
        """Return the way of a dwelling to its answer: a heading, a line per fact, the answer, its distance.

        Money is in the currency of the jurisdiction, at the day of the values.
        """
        if path.tree_value is None:
            return [_WORDS["no_value"][self.language]]
        lines = [self._say("asks" if path.conditions else "no_question")]
        lines += [f"– {self.line(condition)}" for condition in path.conditions]
        value = money(path.tree_value, self.currency, self.language)
        lines.append(self._say("answer", value=value, n=number(path.n_sales, self.language)))
        lines += list(self._distance(path))
        if any(condition.feature in LEVEL_FEATURES for condition in path.conditions):
            lines.append(self._say("usual"))
        return lines

    def _distance(self, path: TreePath) -> Iterator[str]:
        if path.difference is None or path.appraised_value is None:
            return
        form = "above" if path.difference > 0 else "below" if path.difference < 0 else "equal"
        yield self._say(
            form,
            amount=money(abs(path.difference), self.currency, self.language),
            share=percent(abs(path.difference) / path.appraised_value, self.language),
            appraised=money(path.appraised_value, self.currency, self.language),
        )

    def line(self, condition: Condition) -> str:
        """Return what is asked of one fact, and what it is here."""
        name, bounds, own = self.name(condition.feature), self.bounds(condition), self._own(condition)
        return self._say("same" if bounds == own else "line", name=name, bounds=bounds, own=own)

    def name(self, feature: str) -> str:
        """Return what the fact behind a feature is called."""
        if feature in _LEVELS:
            return _LEVELS[feature][self.language]
        if feature == "years_since_work":
            return _WORK[self.language]
        return label(self._owner[feature], self._jurisdiction, self.language)

    def is_yes_or_no(self, feature: str) -> bool:
        """Return whether a feature is what a dwelling has or has not."""
        item = self._jurisdiction.characteristics.get(self._owner[feature])
        return item is not None and item.kind == "boolean"

    def bounds(self, condition: Condition) -> str:
        """Return the bounds that the fact must lie within."""
        if condition.feature in LEVEL_FEATURES:
            return self._level_bounds(condition)
        item = self._jurisdiction.characteristics[self._owner[condition.feature]]
        if condition.feature in BUILT_FEATURES:
            return whole_within(*self._years(condition), item, self.language)
        return within(condition.low, condition.high, condition.own, item, self.language)

    def _own(self, condition: Condition) -> str:
        if not math.isnan(condition.own):
            return self._shown(condition.feature, condition.own, self._digits(condition))
        usual = self._shown(condition.feature, condition.stands_for, 0)
        return self._say("missing", not_recorded=NOT_RECORDED[self.language], usual=usual)

    def _shown(self, feature: str, figure: float, digits: int) -> str:
        if feature in LEVEL_FEATURES:
            return self._of_share(self._share(figure), digits)
        item = self._jurisdiction.characteristics[self._owner[feature]]
        year = round(self._now - figure)
        return fact(year if feature in BUILT_FEATURES else figure, item, self.language)

    def _years(self, condition: Condition) -> tuple[int | None, int | None]:
        """First and last year of building that an age within the bounds means; a year is a whole number."""
        # The feature is rounded to six digits: a year on the very bound must not slip to the other side.
        first = math.ceil(self._now - condition.high - 1e-4) if math.isfinite(condition.high) else None
        last = math.ceil(self._now - condition.low - 1e-4) - 1 if math.isfinite(condition.low) else None
        return first, last

    def _digits(self, condition: Condition) -> int:
        if condition.feature not in LEVEL_FEATURES:
            return 0
        own, *bounds = (self._share(level) for level in (condition.own, condition.low, condition.high))
        return _digits_apart(own, bounds)

    def _level_bounds(self, condition: Condition) -> str:
        low, high = self._share(condition.low), self._share(condition.high)
        digits = self._digits(condition)
        signs = {name: _sign(share, digits) for name, share in (("low", low), ("high", high))}
        if math.isfinite(low) and math.isfinite(high):
            first, last = ("under" if signs["low"] == "under" else "over"), signs["high"]
            form = f"{first}_to_{'under' if last == 'under' else 'over'}"
        else:
            form = f"at_most_{signs['high']}" if math.isfinite(high) else f"above_{signs['low']}"
        return _USUAL[form][self.language].format(
            low=self._of_share(low, digits),
            high=self._of_share(high, digits),
            lower=self._percent(abs(low), digits),
            higher=self._percent(abs(high), digits),
        )

    def _share(self, level: float) -> float:
        """Share by which a level lies above the usual; an infinite level stays infinite on its side."""
        return math.expm1(level - self._usual) if level > -math.inf else -math.inf

    def _of_share(self, share: float, digits: int) -> str:
        if not math.isfinite(share):
            return ""
        return _USUAL[_sign(share, digits)][self.language].format(share=self._percent(abs(share), digits))

    def _percent(self, share: float, digits: int) -> str:
        if not math.isfinite(share):
            return ""
        gap = "" if self.language == "en" else "\u00a0"
        return f"{number(round(100 * share, digits), self.language)}{gap}%"

    def question(self, feature: str, threshold: float) -> tuple[str, str]:
        """Return what one node of the tree asks: the fact, and the bounds of those that go left, in short."""
        name = self.name(feature)
        if feature in LEVEL_FEATURES:
            share = self._share(threshold)
            digits = _digits_apart(math.nan, [share])
            sign = {"under": "−", "over": "+", "at": ""}[_sign(share, digits)]
            shown = f"{sign}{self._percent(abs(share), digits)}"
            return name, _USUAL["short"][self.language].format(share=shown)
        return name, self.bounds(Condition(feature, -math.inf, threshold))

    def _say(self, key: str, /, **pieces: str) -> str:
        return _WORDS[key][self.language].format(**pieces)
