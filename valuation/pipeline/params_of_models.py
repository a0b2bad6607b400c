"""Which settings of the boosted model and of the neighbours are there, and what may each be?

They stand in `params.yaml` under `train`, and are checked when it is read: a misspelt one must not come to light after
minutes of work.
"""

from __future__ import annotations

import math
from typing import Any

BOOSTING_SETTINGS = frozenset(
    "members n_seeds n_trees learning_rate num_leaves max_depth min_leaf_sales feature_fraction row_fraction l2 "
    "cat_smooth robust_width blind_weight extra n_jobs fade_years".split()
)
NEIGHBOUR_SETTINGS = frozenset(
    "n_neighbours near metres_per_year fade_days shrink_near shrink_group similar_years has_levels alike landmarks "
    "landmark_sales surroundings".split()
)
_PLACES = ("area", "building", "street")
_WHOLE = dict.fromkeys("n_seeds n_trees num_leaves min_leaf_sales n_jobs n_neighbours landmark_sales".split(), 1)
_WHOLE["landmarks"] = 0
"""Of them, those that count something: whole, and the least each may be."""
_ABOVE_ZERO = frozenset(
    "learning_rate feature_fraction row_fraction robust_width fade_years "
    "metres_per_year fade_days similar_years".split()
)


def check_setting(name: str, value: Any) -> None:
    """Refuse what a setting cannot be.

    Raises
    ------
    ValueError
        Which pydantic turns into the place in the file.

    Examples
    --------
    >>> check_setting("n_trees", 650)
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not math.isfinite(value):
        raise ValueError(f"{name} is {value}, which is no number to work with")
    if name in _WHOLE and not (isinstance(value, int) and is_number and value >= _WHOLE[name]):
        raise ValueError(f"{name} is to be a whole number of at least {_WHOLE[name]}")
    if name == "alike" and not (isinstance(value, list | tuple) and all(item in _PLACES for item in value)):
        raise ValueError(f"alike is to be a list of some of {', '.join(_PLACES)}")
    if name == "surroundings" and not _are_counts(value):
        raise ValueError("surroundings is to be a list of whole numbers above 0, each once")
    if name in _ABOVE_ZERO and value is not None and not (is_number and value > 0):
        raise ValueError(f"{name} is to be a number above 0")
    if name == "blind_weight" and not (is_number and 0 <= value < 1):
        raise ValueError(f"{name} is to be a share of at least 0 and below 1")


def _are_counts(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and len(set(value)) == len(value)
    return is_list and all(isinstance(item, int) and not isinstance(item, bool) and item > 0 for item in value)
