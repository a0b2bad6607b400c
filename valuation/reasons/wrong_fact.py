"""What would have to be wrong about a dwelling for its value to be 10 % off?

The smallest change of one registered fact that moves the value that far, each way. How small a change is, is measured
by the roll itself: the share of its dwellings that lie between the registered and the altered fact (of a category, the
share that is *not* of the altered kind), so that ten square metres and two rooms can be compared.

All answers come from `appraise`, in three calls of some hundred rows. Where the data dictionary promises a direction,
only that side is searched and the answer is exact to a step of the search (a thousandth of the plausible range, a whole
number, or what the register holds). Elsewhere the value may rise and fall on the way: a grid over the facts of the roll
is searched outwards, and the first place on it that moves the value far enough is closed in on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import Characteristic
from valuation.explanation.fact_words import WHOLE_KINDS, money, percent
from valuation.flags.catalogue import carries
from valuation.flags.years import RULE as CONTRADICTORY_YEARS
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import Said
from valuation.reasons.altered_facts import AlteredFact

Floats = NDArray[np.float64]

SHARE = 0.10
"""How far the value is to move."""
_FIRST, _CLOSER = 20, 15
"""Places tried on each side of a fact at first, and between two places when closing in."""
_ROUNDS = 2
"""Times of closing in: 1,000 steps of a plausible range are told apart."""
_STEPS = 1000
_NAMES_A_PLACE = ("market_area", "building", "street")
"""Roles that say where a dwelling is: another one would be another dwelling."""
_YEARS = ("built_year", "renovated_year")

_WORDS: dict[str, Said] = {
    "up": {
        "nb": "For at verdien skulle bli minst {share} høyere, måtte «{label}» ha vært {after}, ikke {before} som "
        "registrert. Verdien ville da ha vært {value}.",
        "nn": "For at verdien skulle bli minst {share} høgare, måtte «{label}» ha vore {after}, ikkje {before} som "
        "registrert. Verdien ville då ha vore {value}.",
        "en": "For the value to be at least {share} higher, “{label}” would have to be {after}, not {before} as "
        "recorded. "
        "The value would then be {value}.",
    },
    "down": {
        "nb": "For at verdien skulle bli minst {share} lavere, måtte «{label}» ha vært {after}, ikke {before} som "
        "registrert. Verdien ville da ha vært {value}.",
        "nn": "For at verdien skulle bli minst {share} lågare, måtte «{label}» ha vore {after}, ikkje {before} som "
        "registrert. Verdien ville då ha vore {value}.",
        "en": "For the value to be at least {share} lower, “{label}” would have to be {after}, not {before} as "
        "recorded. The value would then be {value}.",
    },
    "none_up": {
        "nb": "Ingen av opplysningene kan alene gjøre verdien {share} høyere og fortsatt være rimelig.",
        "nn": "Ingen av opplysningane kan åleine gjere verdien {share} høgare og framleis vere rimeleg.",
        "en": "No single fact can, within what is plausible, make the value {share} higher by itself.",
    },
    "none_down": {
        "nb": "Ingen av opplysningene kan alene gjøre verdien {share} lavere og fortsatt være rimelig.",
        "nn": "Ingen av opplysningane kan åleine gjere verdien {share} lågare og framleis vere rimeleg.",
        "en": "No single fact can, within what is plausible, make the value {share} lower by itself.",
    },
}


@dataclass(frozen=True)
class FactSpread:
    """How the registered facts of a roll are spread: what a small change is measured by."""

    figures: dict[str, Floats]
    """Known values of each characteristic that is a number, sorted."""
    shares: dict[str, dict[Any, float]]
    """Share of each level among the known, of categories, and of yes and no."""

    @classmethod
    def of(cls, roll: pd.DataFrame, jurisdiction: Jurisdiction) -> FactSpread:
        """Measure the spread on a roll.

        Parameters
        ----------
        roll : DataFrame
            One row a dwelling; characteristics that it lacks are left out.
        jurisdiction : Jurisdiction
        """
        figures: dict[str, Floats] = {}
        shares: dict[str, dict[Any, float]] = {}
        for name, item in jurisdiction.characteristics.items():
            if name not in roll:
                continue
            known = roll[name].dropna()
            if item.is_categorical or item.kind == "boolean":
                counts = known.value_counts(normalize=True)
                shares[name] = {_plain(level): float(share) for level, share in counts.items()}
            else:
                figures[name] = np.sort(known.to_numpy(dtype=np.float64))
        return cls(figures, shares)

    def between(self, name: str, low: Any, high: Any) -> float:
        """Share of the dwellings that lie between two values of a fact, half of those on either bound."""
        if name in self.shares:
            return 1.0 - self.shares[name].get(high, 0.0)
        figures = self.figures[name]
        places = [
            (np.searchsorted(figures, at, "left") + np.searchsorted(figures, at, "right")) / 2 for at in (low, high)
        ]
        return float(abs(places[1] - places[0])) / max(len(figures), 1)


@dataclass(frozen=True)
class WrongFact:
    """One fact, altered as little as moves the value far enough."""

    fact: AlteredFact
    value: int
    """With the fact altered, in whole units of money."""
    size: float
    """Share of the roll between the two, see `FactSpread.between`."""


@dataclass(frozen=True)
class WrongFacts:
    """What would have to be wrong for the value to be that much higher, and that much lower."""

    dwelling_id: str
    appraised_value: int
    share: float
    up: WrongFact | None
    """None: no single fact within its plausible range moves the value so far."""
    down: WrongFact | None
    n_valued: int
    """Altered dwellings that were valued for the answer."""


def what_would_have_to_be_wrong(
    bundle: Bundle, dwelling: pd.DataFrame, spread: FactSpread, *, share: float = SHARE
) -> WrongFacts | None:
    """Find the smallest single change of a registered fact that moves the value, each way.

    Parameters
    ----------
    bundle : Bundle
    dwelling : DataFrame
        One row of the roll.
    spread : FactSpread
    share : float
        0.10: by ten percent.

    Returns
    -------
    WrongFacts or None
        None for a dwelling without a value.
    """
    search = _Search(bundle, dwelling, spread, share)
    return search.answer()


@dataclass(frozen=True)
class _Try:
    """One alteration to be valued: a place on one side of a registered fact, or another level."""

    name: str
    value: Any
    side: int
    """1 or −1 for numbers, 0 for levels."""
    size: float


@dataclass(frozen=True)
class _Bracket:
    """The last place on a side that does not move the value far enough, and the first that does."""

    inner: float
    outer: _Try
    outer_value: float


class _Search:
    def __init__(self, bundle: Bundle, dwelling: pd.DataFrame, spread: FactSpread, share: float) -> None:
        self._bundle, self._spread, self._share = bundle, spread, share
        self._row = dwelling.reset_index(drop=True)
        self._n_valued = 0

    def answer(self) -> WrongFacts | None:
        tries = [item for name in self._names() for item in self._first_tries(name)]
        base, values = self._valued(tries, with_base=True)
        if math.isnan(base):
            return None
        brackets = {target: self._brackets(target, base, tries, values) for target in (1, -1)}
        for _ in range(_ROUNDS):
            self._close_in(base, brackets)
        found = {target: self._smallest(brackets[target]) for target in brackets}
        return WrongFacts(
            str(self._row["dwelling_id"].iloc[0]), round(base), self._share, found[1], found[-1], self._n_valued
        )

    # -- what is tried -------------------------------------------------------------------------------------------

    def _names(self) -> Iterator[str]:
        """Registered facts that a value can hang on."""
        for name, item in self._bundle.jurisdiction.characteristics.items():
            is_used = (item.is_feature or item.role in _YEARS) and item.role not in _NAMES_A_PLACE
            is_known = pd.notna(self._row[name].iloc[0])
            if is_used and is_known and (name in self._spread.figures or name in self._spread.shares):
                yield name

    def _first_tries(self, name: str) -> Iterable[_Try]:
        now = _plain(self._row[name].iloc[0])
        if name in self._spread.shares:
            # A level of the register that no sale had is none the model can judge.
            seen = self._bundle.seen.levels.get(name)
            levels = [level for level in self._spread.shares[name] if seen is None or level in seen]
            return [self._try(name, level, 0) for level in sorted(levels, key=str) if level != now]
        item = self._bundle.jurisdiction.characteristics[name]
        low, high = self._range(name, item)
        sides = [(1, high), (-1, low)]
        return [
            self._try(name, place, side) for side, end in sides for place in self._outwards(name, item, float(now), end)
        ]

    def _range(self, name: str, item: Characteristic) -> tuple[float, float]:
        figures = self._spread.figures[name]
        seen = (float(figures[0]), float(figures[-1])) if len(figures) else (math.nan, math.nan)
        low, high = item.plausible or item.possible or seen
        # No year after the day of the value: the dwelling would not stand yet.
        last = float(self._bundle.jurisdiction.valuation_date.year)
        return low, min(high, last) if item.role in _YEARS else high

    def _outwards(self, name: str, item: Characteristic, now: float, end: float) -> list[float]:
        """Places from a fact to an end of its range, near ones first, spread as the roll is."""
        low, high = sorted((now, end))
        figures = self._spread.figures[name]
        inside = figures[(figures > low) & (figures < high)]
        ranks = np.linspace(0, max(len(inside) - 1, 0), min(_FIRST, len(inside))).round().astype(int)
        places = {*inside[ranks].tolist(), end} if now != end else set()
        if item.kind in WHOLE_KINDS:
            near = [now + step for step in range(-2, 3) if low <= now + step <= high]
            places = {float(round(place)) for place in (*places, *near)}
        places.discard(now)
        return sorted(places, key=lambda place: abs(place - now))

    def _try(self, name: str, value: Any, side: int) -> _Try:
        return _Try(name, value, side, self._spread.between(name, _plain(self._row[name].iloc[0]), value))

    # -- valuing -------------------------------------------------------------------------------------------------

    def _valued(self, tries: list[_Try], *, with_base: bool = False) -> tuple[float, Floats]:
        """Value the dwelling as registered, if asked, and with each alteration; NaN where that cannot be."""
        n_base = int(with_base)
        if not tries and not with_base:
            return math.nan, np.zeros(0)
        table = pd.concat([self._row] * (n_base + len(tries)), ignore_index=True)
        for name in {item.name for item in tries}:
            column = table[name].to_numpy(dtype=object, copy=True)
            for place, item in enumerate(tries, start=n_base):
                if item.name == name:
                    column[place] = item.value
            table[name] = pd.Series(column, dtype=_kind_of(self._bundle.jurisdiction.characteristics[name]))
        answers = appraise(self._bundle, table, n_threads=1).table
        self._n_valued += len(tries)
        values = answers["appraised_value"].to_numpy(dtype=np.float64, copy=True)
        contradicts = carries(answers["flags"], CONTRADICTORY_YEARS.code)
        if with_base and not contradicts[0]:
            values[contradicts] = math.nan
        return (float(values[0]) if with_base else math.nan), values[n_base:]

    # -- closing in ----------------------------------------------------------------------------------------------

    def _smallest(self, brackets: list[_Bracket]) -> WrongFact | None:
        if not brackets:
            return None
        best = min(brackets, key=_order)
        fact = AlteredFact(best.outer.name, _plain(self._row[best.outer.name].iloc[0]), best.outer.value)
        return WrongFact(fact, round(best.outer_value), best.outer.size)

    def _is_far(self, target: int, base: float, value: float) -> bool:
        return target * (value - base) >= self._share * base

    def _brackets(self, target: int, base: float, tries: list[_Try], values: Floats) -> list[_Bracket]:
        """For every fact and side, the first place that moves the value far enough."""
        found: dict[tuple[Any, ...], _Bracket] = {}
        inner: dict[tuple[str, int], float] = {}
        for item, value in zip(tries, values, strict=True):
            side = (item.name, item.side)
            key = (*side, item.value) if item.side == 0 else side
            if key in found or math.isnan(value):
                continue
            if self._is_far(target, base, value) and self._may(target, item):
                start = math.nan if item.side == 0 else inner.get(side, float(self._row[item.name].iloc[0]))
                found[key] = _Bracket(start, item, float(value))
            elif item.side:
                inner[side] = float(item.value)
        return list(found.values())

    def _may(self, target: int, item: _Try) -> bool:
        """Whether the dictionary lets this side move the value this way."""
        direction = {"raises": 1, "lowers": -1, "either": 0}[
            self._bundle.jurisdiction.characteristics[item.name].direction
        ]
        return item.side == 0 or direction == 0 or direction * item.side == target

    def _close_in(self, base: float, brackets: dict[int, list[_Bracket]]) -> None:
        """Try places within the brackets that may still hold the smallest change, both ways in one call."""
        tries: list[_Try] = []
        owners: list[tuple[int, int]] = []
        for target, found in brackets.items():
            least = min((bracket.outer.size for bracket in found), default=0.0)
            for place, bracket in enumerate(found):
                inside = self._within(bracket) if self._nearest(bracket) <= least else []
                tries += inside
                owners += [(target, place)] * len(inside)
        _, values = self._valued(tries)
        for (target, place), item, value in zip(owners, tries, values, strict=True):
            bracket = brackets[target][place]
            # In the order outwards: the first that is far enough ends the search of this bracket.
            is_done = abs(item.value - bracket.inner) > abs(bracket.outer.value - bracket.inner)
            if is_done or math.isnan(value):
                continue
            if self._is_far(target, base, value):
                brackets[target][place] = replace(bracket, outer=item, outer_value=float(value))
            else:
                brackets[target][place] = replace(bracket, inner=float(item.value))

    def _nearest(self, bracket: _Bracket) -> float:
        """Size of the smallest change that a bracket may still hold."""
        return bracket.outer.size if bracket.outer.side == 0 else self._size_of(bracket.outer, bracket.inner)

    def _size_of(self, item: _Try, value: float) -> float:
        return self._spread.between(item.name, _plain(self._row[item.name].iloc[0]), value)

    def _within(self, bracket: _Bracket) -> list[_Try]:
        if bracket.outer.side == 0:
            return []
        item = self._bundle.jurisdiction.characteristics[bracket.outer.name]
        step = self._step(bracket.outer.name, item)
        first, last = sorted((bracket.inner, float(bracket.outer.value)))
        steps = np.arange(math.floor(first / step) + 1, math.ceil(last / step)) * step
        places = [float(round(place, 6)) for place in steps if first < place < last]
        chosen = np.unique(np.linspace(0, max(len(places) - 1, 0), min(_CLOSER, len(places))).round().astype(int))
        inside = [places[place] for place in chosen] if places else []
        inside.sort(key=lambda place: abs(place - bracket.inner))
        return [self._try(bracket.outer.name, place, bracket.outer.side) for place in inside]

    def _step(self, name: str, item: Characteristic) -> float:
        """Return a round step: one for whole numbers, else about a thousandth of the range."""
        if item.kind in WHOLE_KINDS:
            return 1.0
        low, high = self._range(name, item)
        rough = (high - low) / _STEPS
        power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
        return next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.999)


def _order(bracket: _Bracket) -> tuple[float, str]:
    return bracket.outer.size, bracket.outer.name


def _kind_of(item: Characteristic) -> str:
    return "str" if item.is_categorical else "boolean" if item.kind == "boolean" else "float64"


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def wrong_fact_sentences(found: WrongFacts, jurisdiction: Jurisdiction, language: str) -> list[str]:
    """Return two sentences: what would make the value that much higher, and that much lower."""
    share = percent(found.share, language)
    lines = []
    for way, wrong in (("up", found.up), ("down", found.down)):
        if wrong is None:
            lines.append(_WORDS[f"none_{way}"][language].format(share=share))
            continue
        value = money(wrong.value, jurisdiction.currency, language)
        told = wrong.fact.told(jurisdiction, language)
        lines.append(_WORDS[way][language].format(share=share, value=value, **told))
    return lines
