"""What does each characteristic add to the log value? Exact Shapley values of the served model, by line.

A *line* is a characteristic, `location` (the map and what neighbours sold for) or `time` (beyond the index): all
features made of it added up. The tables that make this fast are made once for a model and kept beside it.
"""

from __future__ import annotations

import threading
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.explanation.tree_shap.shapley import TreeShap
from valuation.features.columns import LOCATION_OWNER, TIME_OWNER
from valuation.models.value_models import ValueModels

Floats = NDArray[np.float64]


class LogAmounts(NamedTuple):
    """What makes up the log values of some dwellings at the valuation date: base + amounts."""

    names: tuple[str, ...]
    """Lines: characteristics in the dictionary's order, `location`, `time`."""
    base: float
    """What the model says of no dwelling in particular."""
    amounts: Floats
    """Share of each line in the log value, shape (n_dwellings, n_lines)."""


def log_amounts(models: ValueModels, features: pd.DataFrame | Floats, *, n_threads: int = 1) -> LogAmounts:
    """Take log values apart, blended boosters with their weights.

    Parameters
    ----------
    models : ValueModels
    features : DataFrame or array of float, shape (n_dwellings, n_features)
        What `models.features_of` made of the dwellings.
    n_threads : int
        Changes no number; nor do the other rows, nor how many they are.
    """
    names, shapley = _apart(models)
    return LogAmounts(names, shapley.base, shapley.values(np.asarray(features, dtype=np.float64), n_threads))


def warm(models: ValueModels, *, n_threads: int = 1) -> None:
    """Make the tables of a model now, so that the first value to be taken apart does not wait for them."""
    _apart(models)[1].warm(n_threads)


_made: WeakKeyDictionary[ValueModels, tuple[tuple[str, ...], TreeShap]] = WeakKeyDictionary()
_making = threading.Lock()


def _apart(models: ValueModels) -> tuple[tuple[str, ...], TreeShap]:
    with _making:
        if models not in _made:
            names, line_of = lines_of(models)
            _made[models] = names, TreeShap(models.boosters, np.array(line_of))
        return _made[models]


def lines_of(models: ValueModels) -> tuple[tuple[str, ...], list[int]]:
    """Return the lines, and for each feature the place of the line it belongs to."""
    owners = [item.owner for item in models.features_]
    known = [name for name in models.maker_.dictionary if name in owners]
    names = [*known, *(extra for extra in (LOCATION_OWNER, TIME_OWNER) if extra in owners)]
    return tuple(names), [names.index(owner) for owner in owners]
