"""Into which groups are sales put, so that an error in one of them cannot hide in the mean?

Groups by price level are cut by what the dwelling is thought to be worth, never by price alone: a sale that was dear by
chance would otherwise make every model look regressive.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.dwellings.age_bands import AGE_BOUNDS, age_band_number
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.ratio_study.statistics import value_proxy

STRATA = ("dwelling_type", "market_area", "price_decile", "age_band", "size_band", "tenure")
"""Strata columns in the order they are shown."""

SIZE_BOUNDS_M2 = (50, 80, 120, 180, 250)
"""Square metres: one room, two to three rooms, a family flat, a house, a large house."""
UNKNOWN = "unknown"
NOT_VALUED = "not valued"
TENTHS = tuple(f"{place:02d}" for place in range(1, 11))
THIRDS = ("lower third", "middle third", "upper third")


def equal_parts(figures: ArrayLike, names: tuple[str, ...], unknown: str = UNKNOWN) -> NDArray[np.str_]:
    """Part of the whole that each figure falls in, when the known ones are cut into as many equal parts as `names`.

    Parameters
    ----------
    figures : array-like of float, shape (n,)
    names : tuple of str
        Of the parts, the lowest first.
    unknown : str
        Name where there is no figure.

    Examples
    --------
    >>> equal_parts([30.0, 10.0, np.nan, 20.0], ("low", "middle", "high")).tolist()
    ['high', 'low', 'unknown', 'middle']
    """
    given = np.asarray(figures, dtype=float)
    known = np.isfinite(given)
    part = np.full(given.shape, unknown, dtype=f"<U{max(map(len, (*names, unknown)))}")
    if known.any():
        cuts = np.quantile(given[known], np.arange(1, len(names)) / len(names))
        part[known] = np.array(names)[np.searchsorted(cuts, given[known], side="left")]
    return part


def value_third(appraised_value: pd.Series) -> pd.Series:
    """Third of the sales that a value falls in, by the value and not by the price; "not valued" without one.

    Examples
    --------
    >>> value_third(pd.Series([10.0, 20.0, 30.0, np.nan])).tolist()
    ['lower third', 'middle third', 'upper third', 'not valued']
    """
    third = equal_parts(appraised_value.to_numpy(dtype=float), THIRDS, NOT_VALUED)
    return pd.Series(third.astype(object), index=appraised_value.index)


def price_decile(appraised_value: ArrayLike, sale_price: ArrayLike) -> NDArray[np.str_]:
    """Tenth of the sales by the value proxy, "01" (cheapest) to "10"; "unknown" where there is no value.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)

    Examples
    --------
    >>> price = np.arange(1, 11) * 1000.0
    >>> price_decile(price, price).tolist()
    ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10']
    """
    values, prices = np.asarray(appraised_value, dtype=float), np.asarray(sale_price, dtype=float)
    known = np.isfinite(values)
    decile = np.full(values.shape, UNKNOWN, dtype="<U7")
    if not known.any():
        return decile
    proxy = value_proxy(values[known], prices[known])
    decile[known] = equal_parts(proxy, TENTHS)
    return decile


def _named(band: NDArray[np.float64], bounds: tuple[int, ...], unit: str) -> NDArray[np.str_]:
    edges = [f"{low:03d}-{high - 1:03d} {unit}" for low, high in zip((0, *bounds), bounds, strict=False)]
    names = np.array([*edges, f"{bounds[-1]:03d}+ {unit}", UNKNOWN])
    return names[np.where(np.isfinite(band), band, len(names) - 1).astype(int)]


def age_band(age_years: ArrayLike) -> NDArray[np.str_]:
    """Band of the age of a building at the sale; a building not yet finished counts as new.

    Examples
    --------
    >>> age_band([-1, 4, 5, 120, np.nan]).tolist()
    ['000-004 years', '000-004 years', '005-014 years', '080+ years', 'unknown']
    """
    age = np.asarray(age_years, dtype=float)
    return _named(np.where(np.isfinite(age), age_band_number(age), np.nan), AGE_BOUNDS, "years")


def size_band(living_area_m2: ArrayLike) -> NDArray[np.str_]:
    """Band of living area.

    Examples
    --------
    >>> size_band([49.9, 50, 300, np.nan]).tolist()
    ['000-049 m2', '050-079 m2', '250+ m2', 'unknown']
    """
    size = np.asarray(living_area_m2, dtype=float)
    band = np.searchsorted(SIZE_BOUNDS_M2, size, side="right")
    return _named(np.where(np.isfinite(size), band, np.nan), SIZE_BOUNDS_M2, "m2")


def dwelling_strata(dwellings: pd.DataFrame, as_of: ArrayLike, jurisdiction: Jurisdiction) -> pd.DataFrame:
    """Strata that a dwelling has by itself: type, area, age band, size band, tenure where recorded.

    Parameters
    ----------
    dwellings : DataFrame
        Characteristics in canonical columns.
    as_of : array-like of datetime64, shape (n_dwellings,) or one date
        When the age is taken.
    jurisdiction : Jurisdiction

    Returns
    -------
    DataFrame of text
        In the order of `dwellings`, index 0, 1, 2, ...
    """
    dictionary = jurisdiction.characteristics
    n = len(dwellings)
    strata: dict[str, NDArray] = {}
    for role in ("dwelling_type", "market_area", "tenure"):
        name = dictionary.with_role(role)
        if name is not None and name in dwellings:
            text = dwellings[name].astype("string").fillna(UNKNOWN)
            strata[role] = text.to_numpy(dtype=object)
    built = dictionary.with_role("built_year")
    if built is not None and built in dwellings:
        year = np.broadcast_to(np.asarray(as_of, dtype="datetime64[Y]").astype(int) + 1970, n)
        strata["age_band"] = age_band(year - dwellings[built].to_numpy(dtype=float, na_value=np.nan))
    area = dictionary.with_role("living_area")
    if area is not None and area in dwellings:
        strata["size_band"] = size_band(dwellings[area].to_numpy(dtype=float, na_value=np.nan))
    return pd.DataFrame({name: pd.array(column, dtype="string") for name, column in strata.items()}, index=range(n))


def level_words(stratum: str, level: str) -> str:
    """Return a level as people read it; the zeros that keep bands in order are dropped, those of an area's name stay.

    Examples
    --------
    >>> level_words("size_band", "050-079 m2"), level_words("price_decile", "01"), level_words("market_area", "0301")
    ('50–79 m²', '1', '0301')
    """
    if stratum not in ("age_band", "size_band", "price_decile"):
        return level
    return re.sub(r"\b0+(?=\d)", "", level).replace("-", "–").replace("m2", "m²")
