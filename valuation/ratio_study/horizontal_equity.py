"""Are dwellings that are alike valued alike?

Twins are dwellings of one type, tenure and market area whose living area and building year fall into the same narrow
band. Their values should lie close together; their prices never do quite, since a record does not tell everything and
every price holds some chance. So the spread of values is read beside the spread of the same dwellings' prices and
beside what it would be were the whole error of the values a scatter from twin to twin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.errors import TooFewSales, WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.ratio_study.amounts import Floats, checked
from valuation.ratio_study.confidence import interval
from valuation.ratio_study.noise import N_MARKETS, NoiseRange

MIN_TWINS = 3
"""Dwellings a group of twins needs: of two, the median lies halfway and says little."""
MIN_GROUPS = 10
"""Groups of twins below which no spread is given."""
AREA_STEP = 0.05
"""Width of a band of living area, as a share: 100 and 105 square metres are alike."""
YEARS_STEP = 5
"""Width of a band of building years."""
NO_TWIN = -1


@dataclass(frozen=True)
class HorizontalEquity:
    """How far values of dwellings that are alike lie apart."""

    chd: float
    """Coefficient of horizontal dispersion: mean absolute deviation of values from the median of their twins, in
    percent of it, over all dwellings that have twins."""
    lower: float
    upper: float
    """95 percent interval, groups of twins resampled whole."""
    n_dwellings: int
    n_groups: int


def twin_groups(dwellings: pd.DataFrame, jurisdiction: Jurisdiction) -> NDArray[np.intp]:
    """Group of near-identical dwellings that each belongs to; `NO_TWIN` where a fact is unknown or nobody is alike.

    Parameters
    ----------
    dwellings : DataFrame
        Characteristics in canonical columns: the roll, or sales.
    jurisdiction : Jurisdiction
        Says which columns are type, market area, tenure, living area and building year; what it has not is not asked.

    Returns
    -------
    ndarray of int, shape (n_dwellings,)
        0, 1, 2, ... in the order of the facts, not of the rows.
    """
    dictionary = jurisdiction.characteristics
    facts: dict[str, pd.Series] = {}
    for role in ("dwelling_type", "market_area", "tenure"):
        name = dictionary.with_role(role)
        if name is not None and name in dwellings:
            facts[role] = dwellings[name].astype("string").reset_index(drop=True)
    area = dictionary.with_role("living_area")
    if area is None or area not in dwellings:
        return np.full(len(dwellings), NO_TWIN, dtype=np.intp)
    size = dwellings[area].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        band = np.floor(np.log(size) / np.log1p(AREA_STEP))
    facts["area"] = pd.Series(np.where(np.isfinite(band), band, np.nan))
    built = dictionary.with_role("built_year")
    if built is not None and built in dwellings:
        year = dwellings[built].to_numpy(dtype=float, na_value=np.nan)
        facts["built"] = pd.Series(np.floor(year / YEARS_STEP))
    table = pd.DataFrame(facts)
    known = table.notna().all(axis=1).to_numpy(bool)
    group = np.full(len(dwellings), NO_TWIN, dtype=np.intp)
    if known.any():
        group[known] = table[known].groupby(list(table), sort=True).ngroup().to_numpy()
    return group


def chd(appraised_value: ArrayLike, twins: ArrayLike, *, n_bootstrap: int = 500, seed: int = 0) -> HorizontalEquity:
    """Coefficient of horizontal dispersion with its interval.

    Parameters
    ----------
    appraised_value : array-like of float, shape (n_dwellings,)
        Above zero; or sale prices, to see how far the prices of the same dwellings lie apart.
    twins : array-like of int, shape (n_dwellings,)
        Group of each dwelling as `twin_groups` gives it; groups of fewer than `MIN_TWINS` do not count.
    n_bootstrap : int
    seed : int

    Raises
    ------
    TooFewSales
        For fewer than `MIN_GROUPS` groups of twins.
    WrongUse
        For a value that is no amount above zero.

    References
    ----------
    The coefficient as OpenAVMKit defines it for one group (a COD of values), here over the dwellings of all groups.

    Examples
    --------
    >>> twins = np.repeat(np.arange(10), 3)
    >>> round(chd(np.tile([90.0, 100.0, 110.0], 10), twins).chd, 2)
    6.67
    """
    values, group = _of_twins(appraised_value, twins)
    deviation, size = _deviations(values, group)
    random = np.random.default_rng(seed)
    drawn = random.integers(0, size.size, (n_bootstrap, size.size))
    spread = 100 * deviation.take(drawn).sum(axis=1) / size.take(drawn).sum(axis=1)
    lower, upper = interval(spread)
    found = float(100 * deviation.sum() / size.sum())
    return HorizontalEquity(found, lower, upper, values.size, size.size)


def chd_of_noise(
    appraised_value: ArrayLike,
    sale_price: ArrayLike,
    twins: ArrayLike,
    *,
    n_markets: int = N_MARKETS,
    seed: int = 0,
) -> NoiseRange:
    """Spread that twins would show, were each valued at the median of its twins and the errors found dealt at random.

    A `chd` well below says that twins share what error there is: alike is treated alike, right or wrong.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    twins : array-like of int, shape (n_sales,)
    n_markets : int
    seed : int
    """
    values, prices = checked(appraised_value, sale_price)
    ratio = np.sort(values / prices)
    ratio = ratio / np.median(ratio)
    _, group = _of_twins(values, twins)
    random = np.random.default_rng(seed)
    found = np.empty(n_markets)
    for market in range(n_markets):
        deviation, size = _deviations(random.choice(ratio, group.size), group)
        found[market] = 100 * deviation.sum() / size.sum()
    mean, half = float(found.mean()), 1.959964 * float(found.std(ddof=1))
    return NoiseRange(mean, mean - half, mean + half)


def _of_twins(amounts: ArrayLike, twins: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    values, _ = checked(amounts, amounts)
    group = np.asarray(twins)
    if group.shape != values.shape:
        raise WrongUse(f"{group.size} groups for {values.size} dwellings", expected="the group of each dwelling")
    names, code, size = np.unique(group, return_inverse=True, return_counts=True)
    counts = (size >= MIN_TWINS) & (names != NO_TWIN)
    if counts.sum() < MIN_GROUPS:
        raise TooFewSales(
            f"{counts.sum()} groups of {MIN_TWINS} or more near-identical dwellings",
            expected=f"at least {MIN_GROUPS}",
        )
    kept = counts[code]
    return values[kept], np.unique(code[kept], return_inverse=True)[1]


def _deviations(values: Floats, group: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Sum of relative deviations from the median of each group, and its size."""
    order = np.lexsort((values, group))
    ordered, own = values[order], group[order]
    size = np.bincount(own)
    start = np.cumsum(size) - size
    middle: Floats = (ordered[start + (size - 1) // 2] + ordered[start + size // 2]) / 2
    deviation = np.bincount(own, np.abs(ordered / middle[own] - 1)).astype(float)
    return deviation, size.astype(float)
