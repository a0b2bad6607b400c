"""What would each measure of equity show if nothing were unfair, and prices only as noisy as they were found to be?

Perfect values against noisy prices show a PRD above 1, a PRB below 0 and a VEI below 0: a price that was low by chance
stands in a cheap group with a high ratio. So a measure of equity is read beside the range it would take in markets
where the values **are** the true worth and every error is chance in the price. Inside that range it is no proof of
unfairness, whatever the limit of a standard says; outside it, noise is not the reason.

All noise is put into the prices because that is what a well-fitted value is: the middle of the prices such a dwelling
would fetch, the price scattering around it. (Noise in the values would move every measure the other way.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from valuation.errors import WrongUse
from valuation.ratio_study.amounts import Floats, checked
from valuation.ratio_study.vertical_equity import VEI_MIN_SALES, n_equity_groups

EQUITY = ("prd", "prb", "ki", "mki", "vei")
"""Statistics that noise alone moves off their ideal."""
N_MARKETS = 100
"""Simulated markets: their mean is known to a tenth of their scatter."""
BLOCK_CELLS = 500_000
_Z_95 = 1.959964


@dataclass(frozen=True)
class NoiseRange:
    """Where a statistic lies in markets without unfairness."""

    mean: float
    lower: float
    upper: float
    """`mean` less and plus 1.96 standard deviations over the markets: the range of 95 percent of them."""


def noise_ranges(
    appraised_value: ArrayLike,
    sale_price: ArrayLike,
    *,
    names: tuple[str, ...] = EQUITY,
    n_markets: int = N_MARKETS,
    seed: int = 0,
) -> dict[str, NoiseRange]:
    """Return the range of each equity statistic for **perfect** values, were all noise in the prices.

    The values are taken as true. A price is the value divided by one of the ratios found, drawn at random and centred
    on a median of 1, so the noise has the size and the shape of the errors found.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    names : tuple of str
        Of `EQUITY`; `vei` is left out where there are too few sales for it.
    n_markets : int
    seed : int

    Returns
    -------
    dict of str to NoiseRange
        NaN where no market gives the statistic (all values equal).

    Examples
    --------
    >>> value = np.exp(np.random.default_rng(1).normal(13, 0.35, 2000))
    >>> price = value * np.exp(np.random.default_rng(2).normal(0, 0.13, 2000))
    >>> bool(noise_ranges(value, price, names=("prb",))["prb"].upper < 0)
    True
    """
    unknown = sorted(set(names) - set(EQUITY))
    if unknown:
        raise WrongUse(f"noise says nothing about {unknown[0]!r}", expected=", ".join(EQUITY))
    values, prices = checked(appraised_value, sale_price, at_least=3)
    # In canonical order, so that the order of the rows does not matter.
    worth, ratio = np.sort(values), np.sort(values / prices)
    ratio = ratio / np.median(ratio)
    if worth.size < VEI_MIN_SALES:
        names = tuple(name for name in names if name != "vei")
    random = np.random.default_rng(seed)
    step = max(BLOCK_CELLS // worth.size, 1)
    parts = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, n_markets, step):
            drawn = random.integers(0, worth.size, (min(step, n_markets - start), worth.size))
            parts.append(_statistics(worth, ratio.take(drawn), names))
    return {name: _range(np.concatenate([part[name] for part in parts])) for name in names}


def _range(found: Floats) -> NoiseRange:
    known = found[np.isfinite(found)]
    if known.size < 2:
        return NoiseRange(np.nan, np.nan, np.nan)
    mean, half = float(known.mean()), _Z_95 * float(known.std(ddof=1))
    return NoiseRange(mean, mean - half, mean + half)


def _statistics(worth: Floats, ratio: Floats, names: tuple[str, ...]) -> dict[str, Floats]:
    """Statistics of markets, a row each, whose true `worth` rises from left to right."""
    asked = set(names)
    price = worth / ratio
    middle = np.median(ratio, axis=1)[:, None]
    found: dict[str, Floats] = {}
    if "prd" in asked:
        found["prd"] = ratio.mean(axis=1) * price.sum(axis=1) / worth.sum()
    if asked & {"ki", "mki"}:
        of_values, of_prices = _ginis(worth, price)
        found |= {"ki": of_values - of_prices, "mki": of_values / of_prices}
    if asked & {"prb", "vei"}:
        proxy = 0.5 * price + 0.5 * worth / middle
        if "prb" in asked:
            found["prb"] = _slopes(proxy, ratio / middle)
        if "vei" in asked:
            found["vei"] = _vei(proxy, ratio) / middle[:, 0]
    return {name: found[name] for name in names}


def _slopes(proxy: Floats, relative: Floats) -> Floats:
    distance = np.log2(proxy)
    distance -= distance.mean(axis=1)[:, None]
    return np.einsum("ij,ij->i", distance, relative) / np.einsum("ij,ij->i", distance, distance)


def _ginis(worth: Floats, price: Floats) -> tuple[Floats, Floats]:
    n = worth.size
    order = np.argsort(price, axis=1)
    rank = np.arange(1.0, n + 1)
    less = (n + 1) / n
    of_values = 2 * (worth.take(order) @ rank) / (n * worth.sum()) - less
    of_prices = 2 * (np.take_along_axis(price, order, axis=1) @ rank) / (n * price.sum(axis=1)) - less
    return of_values, of_prices


def _vei(proxy: Floats, ratio: Floats) -> Floats:
    n = proxy.shape[1]
    n_groups = n_equity_groups(n)
    # Cuts by rank, as in `equity_group`: places up to the first cut, and places after the last.
    first, last = (n - 1) // n_groups, (n - 1) * (n_groups - 1) // n_groups
    order = np.argpartition(proxy, (first, last), axis=1)
    cheapest = np.median(np.take_along_axis(ratio, order[:, : first + 1], axis=1), axis=1)
    dearest = np.median(np.take_along_axis(ratio, order[:, last + 1 :], axis=1), axis=1)
    return 100 * (dearest - cheapest)
