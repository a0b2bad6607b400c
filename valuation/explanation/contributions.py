"""What does each characteristic add to this value, in money?

The boosted model speaks in logarithms: log value = log of a reference + sum of contributions + log index. Each log
contribution becomes money through one factor per dwelling, the **logarithmic mean** of its value and its reference,

    (value - reference) / (log value - log reference),

so that reference + all contributions = value, whatever the order in which they are told. The log contributions are
exact Shapley values of the trees (`log_amounts`). The reference is the typical dwelling of the same kind at the
valuation date (`typical`), and a contribution is what sets this dwelling apart from it; without typical dwellings, the
reference is what the model says of no dwelling in particular. The line of the time index carries the sum to the day
asked for; the line of rounding ends at the value that is stored.

References
----------
Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature Machine
Intelligence 2 (2020). Ang, "The LMDI approach to decomposition analysis", Energy Policy 33 (2005), for the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.errors import InputRefused
from valuation.explanation.log_amounts import LogAmounts, log_amounts
from valuation.explanation.typical import TypicalDwellings
from valuation.features.columns import TIME_OWNER
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.value_models import ValueModels

Floats = NDArray[np.float64]

TIME_INDEX = "time_index"
ROUNDING = "rounding"
REFERENCE = "reference"
TIME_GROUP = "time"


@dataclass(frozen=True)
class Contributions:
    """What makes up the value of each of some dwellings."""

    names: tuple[str, ...]
    """Lines: characteristics in the dictionary's order, `location`, `time`, then `time_index`."""
    log_amounts: Floats
    """Share of each line in the log value, shape (n_dwellings, n_lines)."""
    amounts: Floats
    """The same in money, not rounded."""
    reference: Floats
    """Money, not rounded, shape (n_dwellings,)."""
    rounding: Floats
    """What the stored value differs from reference + amounts by."""
    kinds: tuple[str, ...]
    """The kind whose typical dwelling each is compared with, `all` for a type sold too seldom; empty for none."""

    @property
    def value(self) -> Floats:
        """The stored value that the lines end at."""
        return self.reference + self.amounts.sum(axis=1) + self.rounding

    def in_whole_units(self) -> pd.DataFrame:
        """Return the lines in whole units of money, summing to the stored value exactly, as whole numbers.

        Returns
        -------
        DataFrame of int64
            One row is a dwelling; columns `reference`, the lines, `rounding`. What rounding each line moves is in
            `rounding`.
        """
        return pd.DataFrame(self.whole_units(), columns=[REFERENCE, *self.names, ROUNDING])

    def whole_units(self) -> NDArray[np.int64]:
        """Return the same as plain numbers: reference, lines, rounding; shape (n_dwellings, n_lines + 2)."""
        reference, amounts = np.rint(self.reference).astype(np.int64), np.rint(self.amounts).astype(np.int64)
        value = np.rint(self.value).astype(np.int64)
        rounding = value - reference - amounts.sum(axis=1)
        return np.column_stack([reference, amounts, rounding])


def contributions(
    models: ValueModels,
    features: pd.DataFrame | Floats,
    log_index: ArrayLike,
    appraised_value: ArrayLike,
    *,
    typical: TypicalDwellings | None = None,
    dwelling_type: ArrayLike | None = None,
    apart: LogAmounts | None = None,
    n_threads: int = 1,
) -> Contributions:
    """Take the values of dwellings apart.

    Parameters
    ----------
    models : ValueModels
    features : DataFrame or array of float, shape (n_dwellings, n_features)
        What `models.features_of` made of the dwellings.
    log_index : array-like of float, shape (n_dwellings,)
        Log of the time index at the day of the value, as `models.value` gives it.
    appraised_value : array-like of float, shape (n_dwellings,)
        The stored values, rounded; all dwellings must have one.
    typical : TypicalDwellings, optional
        What to compare with; by default with no dwelling in particular.
    dwelling_type : array-like of str, shape (n_dwellings,), optional
        Needed with `typical`.
    apart : LogAmounts, optional
        What `log_amounts` said of the same features, when it was asked already.
    n_threads : int
        Changes no number.

    Returns
    -------
    Contributions

    Raises
    ------
    InputRefused
        When a value is missing, or does not follow from these features (off by more than a unit of money).
    """
    stored = np.asarray(appraised_value, dtype=float)
    if not np.isfinite(stored).all():
        raise InputRefused(
            f"{int((~np.isfinite(stored)).sum())} dwellings have no value",
            expected="a value to take apart",
            remedy="leave out dwellings that cannot be valued",
        )
    apart = log_amounts(models, features, n_threads=n_threads) if apart is None else apart
    kinds, log_reference, log_of_reference = _reference(apart, typical, dwelling_type)
    log_lines = np.column_stack([apart.amounts - log_of_reference, np.asarray(log_index, dtype=float)])
    reference = np.exp(log_reference)
    amounts = log_lines * money_per_log(reference, log_lines.sum(axis=1))[:, None]
    rounding = stored - reference - amounts.sum(axis=1)
    _check_ends_at(stored, rounding)
    return Contributions((*apart.names, TIME_INDEX), log_lines, amounts, reference, rounding, kinds)


def _reference(
    apart: LogAmounts, typical: TypicalDwellings | None, dwelling_type: ArrayLike | None
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return for each dwelling the kind it is compared with, and that kind's log value and log amounts."""
    n = len(apart.amounts)
    if typical is None or dwelling_type is None:
        return ("",) * n, np.full(n, apart.base), np.zeros_like(apart.amounts)
    if typical.lines != apart.names:
        raise InputRefused(
            f"typical dwellings of {len(typical.lines)} other lines",
            expected=", ".join(apart.names),
            remedy="take both from the same bundle",
        )
    place = typical.kind_of(dwelling_type)
    kinds = tuple(typical.kinds[item] for item in place)
    return kinds, typical.log_value[place], typical.log_amounts[place]


def money_per_log(reference: ArrayLike, log_difference: ArrayLike) -> Floats:
    """Money that one unit of log stands for between a reference and the value that lies `log_difference` above it.

    The logarithmic mean of the two; at a difference of zero it is the reference itself.

    Examples
    --------
    >>> round(float(money_per_log(1_000_000.0, np.log(1.5)) * np.log(1.5)), 6)
    500000.0
    >>> float(money_per_log(1_000_000.0, 0.0))
    1000000.0
    """
    difference = np.asarray(log_difference, dtype=float)
    small = np.abs(difference) < 1e-12
    safe = np.where(small, 1.0, difference)
    return np.asarray(reference, dtype=float) * np.where(small, 1.0, np.expm1(safe) / safe)


def _check_ends_at(stored: Floats, rounding: Floats) -> None:
    # Half a unit is rounding; more means that these features did not make this value.
    worst = float(np.abs(rounding).max(initial=0.0))
    if worst > 0.5 + 1e-9 * float(np.abs(stored).max(initial=0.0)):
        raise InputRefused(
            f"the contributions end up to {worst:.2f} away from the stored value",
            expected="features and values of the same dwellings, day and model version",
            remedy="make both with the same bundle",
        )


def group_of(line: str, jurisdiction: Jurisdiction) -> str:
    """Return the explanation group of a line; what neighbours sold for belongs to `location`, time to `time`."""
    item = jurisdiction.characteristics.get(line)
    if item is not None:
        return item.group
    return TIME_GROUP if line in (TIME_OWNER, TIME_INDEX) else line


def by_group(lines: pd.DataFrame, jurisdiction: Jurisdiction) -> pd.DataFrame:
    """Sum the lines of `Contributions.in_whole_units` by explanation group; the sums end at the same value.

    Returns
    -------
    DataFrame of int64
        One row is a dwelling; a column per group in the order they first occur.
    """
    groups = {name: group_of(name, jurisdiction) for name in lines.columns}
    table = pd.DataFrame(index=lines.index)
    for group in dict.fromkeys(groups.values()):
        table[group] = lines[[name for name in lines.columns if groups[name] == group]].sum(axis=1)
    return table
