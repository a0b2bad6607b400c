"""What do rules look at that judge a dwelling by the others of the roll? The whole roll, valued."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import DataDictionary
from valuation.flags.flag import numbers, texts
from valuation.jurisdictions.jurisdiction import Jurisdiction

Jumps = Callable[[pd.DataFrame], NDArray[np.float64]]
"""Takes pairs of rows of the roll, `here` and `there`, and says by how much, in log, a value changes from the place of
the first to the place of the second."""


@dataclass(frozen=True)
class RollEvidence:
    """The whole roll with its values: one row of each column is a dwelling, sorted by `dwelling_id`.

    Parameters
    ----------
    dwellings : DataFrame
        The roll.
    appraised_value : ndarray of float
        NaN where a dwelling has no value.
    opens_case : ndarray of bool
        Whether a flag found so far sends the dwelling to a person.
    jurisdiction : Jurisdiction
    jumps : callable
        Values dwellings in one another's place.
    """

    dwellings: pd.DataFrame
    appraised_value: NDArray[np.float64]
    opens_case: NDArray[np.bool_]
    jurisdiction: Jurisdiction
    jumps: Jumps

    def __len__(self) -> int:
        return len(self.dwellings)

    @cached_property
    def is_valued(self) -> NDArray[np.bool_]:
        """Whether each dwelling has a value."""
        return np.isfinite(self.appraised_value)

    @property
    def strata_names(self) -> tuple[str, str]:
        """Names of the characteristics that are market area and type."""
        dictionary = self.jurisdiction.characteristics
        return str(dictionary.with_role("market_area")), str(dictionary.with_role("dwelling_type"))

    @property
    def market_areas(self) -> pd.Series:
        """Market area of each dwelling."""
        return texts(self.dwellings, self.strata_names[0])

    @property
    def dwelling_types(self) -> pd.Series:
        """Type of each dwelling."""
        return texts(self.dwellings, self.strata_names[1])

    def role(self, role: str) -> NDArray[np.float64]:
        """Return the characteristic that plays a role, as numbers; all missing where none does."""
        return numbers(self.dwellings, self.jurisdiction.characteristics.with_role(role) or "")

    @cached_property
    def identity(self) -> str:
        """A hash of the facts of the roll: the same for the same dwellings and facts, in whatever order."""
        ordered = self.dwellings.sort_values("dwelling_id")
        digest = hashlib.sha256()
        for name in sorted(ordered.columns):
            # Kinds of columns differ between files that say the same: 3 and 3.0 are one amount, None and NaN one gap.
            column = ordered[name]
            is_number = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
            plain = numbers(ordered, name) if is_number else column.astype("str").to_numpy(dtype=object)
            digest.update(name.encode())
            digest.update(pd.util.hash_array(plain).tobytes())
        return digest.hexdigest()


def facts_of(dictionary: DataDictionary, columns: pd.Index) -> list[str]:
    """Return the columns in which like dwellings do not differ: place, and every fact that models may see."""
    roles = ("dwelling_type", "market_area", "building", "street")
    named = [name for name, item in dictionary.items() if item.is_feature or item.role in roles]
    return [name for name in [*named, "x_m", "y_m"] if name in columns]
