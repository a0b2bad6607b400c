"""Are these the facts of a dwelling that somebody is to estimate first, under whatever name they are sent?

A name alone hides nothing: the same facts under an invented one give the same value. What is sent is therefore held
against the facts of the hidden dwellings: their place and about their size, or, where there is no place, all of their
facts but one. Whoever sends what a released roll says of another dwelling, to the letter, is answered: that value
stands in the roll for everybody to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from valuation.dwellings.characteristics import DataDictionary
from valuation.flags.border_jump import LIKE_AREA

SAME_PLACE_M = 100.0
"""Metres within which two places are taken for one: a move of that length changes a value by little. Own goal."""
_PLACE = ("x_m", "y_m")
Record = Mapping[str, Any]


class HiddenFacts:
    """The facts of hidden dwellings, asked for many at once.

    Parameters
    ----------
    records : iterable of mapping
        Of the hidden dwellings, as released.
    characteristics : DataDictionary
        Of the jurisdiction.
    """

    def __init__(self, records: Iterable[Record], characteristics: DataDictionary) -> None:
        held = list(records)
        features = characteristics.features()
        texts = set(characteristics.categories())
        self._n = len(held)
        self._size = characteristics.with_role("living_area")
        self._numbers = [name for name in features if name not in texts]
        self._texts = [name for name in features if name in texts]
        self._places = _numbers(held, _PLACE)
        self._sizes = _numbers(held, (self._size,))[:, 0] if self._size else np.full(self._n, np.nan)
        self._known_numbers = _numbers(held, self._numbers)
        self._codes: list[dict[Any, int]] = [{} for _ in self._texts]
        self._known_texts = np.array(
            [
                [
                    codes.setdefault(record.get(name), len(codes))
                    for name, codes in zip(self._texts, self._codes, strict=True)
                ]
                for record in held
            ],
            dtype=np.int64,
        ).reshape(self._n, len(self._texts))

    def are_those_of(self, record: Record) -> bool:
        """Return whether these facts are, near enough, those of one of the hidden dwellings."""
        if not self._n:
            return False
        place = _numbers([record], _PLACE)[0]
        size = _numbers([record], (self._size,))[0, 0] if self._size else np.nan
        has_place = ~np.isnan(self._places).any(axis=1) & ~np.isnan(place).any()
        away = np.hypot(*(self._places - place).T)
        is_here = has_place & (away <= SAME_PLACE_M) & _about(self._sizes, size)
        return bool((is_here | (~has_place & (self._differing(record) <= 1))).any())

    def _differing(self, record: Record) -> np.ndarray:
        numbers = ~_about(self._known_numbers, _numbers([record], self._numbers)[0])
        sent = [codes.get(record.get(name), -1) for name, codes in zip(self._texts, self._codes, strict=True)]
        return numbers.sum(axis=1) + (self._known_texts != np.array(sent, dtype=np.int64)).sum(axis=1)


def is_as_released(record: Record, released: Record, characteristics: DataDictionary) -> bool:
    """Return whether nothing that a value is made of differs from what was released under the same name."""
    return all(record.get(name) == released.get(name) for name in (*_PLACE, *characteristics.features()))


def _numbers(records: Sequence[Record], names: Sequence[str]) -> np.ndarray:
    # None becomes NaN.
    content = [[record.get(name) for name in names] for record in records]
    return np.array(content, dtype=float).reshape(len(records), len(names))


def _about(known: np.ndarray, sent: Any) -> np.ndarray:
    """Return whether numbers are about equal; one that is not known is like every other."""
    larger, smaller = np.maximum(np.abs(known), np.abs(sent)), np.minimum(np.abs(known), np.abs(sent))
    is_near = (larger <= smaller * LIKE_AREA) & (np.sign(known) == np.sign(sent))
    return is_near | np.isnan(known) | np.isnan(sent)
