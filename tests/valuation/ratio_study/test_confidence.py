"""Do the intervals hold as often as they say, where dwellings are sold more than once?

Four hundred studies of a market whose truth is known. Sales of one dwelling share what its records do not tell, so an
interval that takes sales for independent is too narrow; that is shown beside.
"""

import numpy as np
import pytest

from valuation.ratio_study.confidence import Resamples, interval, resampled, statistic

NAMES = ("median_ratio", "cod", "prd", "prb")
N_STUDIES, N_DWELLINGS, N_RESAMPLES = 400, 400, 500
N_BY_SALE = 100
"""Studies also resampled as if sales were independent: enough to see that it fails."""


def market(random: np.random.Generator, n_dwellings: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, prices and dwellings of sales: a tenth off the level, somewhat regressive, heavy-tailed noise."""
    n_sales = random.choice([1, 2, 3], size=n_dwellings, p=[0.5, 0.3, 0.2])
    dwelling = np.repeat(np.arange(n_dwellings), n_sales)
    worth = np.exp(random.normal(13, 0.4, n_dwellings))
    unseen = random.normal(0, 0.11, n_dwellings)
    price = worth[dwelling] * np.exp(unseen[dwelling] + 0.07 * random.standard_t(6, size=dwelling.size))
    value = 0.9 * worth[dwelling] * (worth[dwelling] / np.exp(13)) ** -0.03
    return value, price, dwelling


@pytest.fixture(scope="module")
def coverage() -> dict[str, dict[str, float]]:
    """Share of studies whose interval holds the truth, by how the resamples were drawn."""
    value, price, _ = market(np.random.default_rng(1), 1_000_000)
    truth = {name: statistic(name)(value, price) for name in NAMES}
    random = np.random.default_rng(2026)
    held = {"by dwelling": dict.fromkeys(NAMES, 0), "by sale": dict.fromkeys(NAMES, 0)}
    for study in range(N_STUDIES):
        value, price, dwelling = market(random, N_DWELLINGS)
        ways = {"by dwelling": (dwelling, N_STUDIES), "by sale": (np.arange(dwelling.size), N_BY_SALE)}
        for how, (drawn_by, n_studies) in ways.items():
            drawn = (
                resampled(value, price, Resamples.draw(drawn_by, N_RESAMPLES, study), NAMES)
                if study < n_studies
                else {}
            )
            for name, found in drawn.items():
                lower, upper = interval(found)
                held[how][name] += lower <= truth[name] <= upper
    held["by sale"] = {name: n * N_STUDIES / N_BY_SALE for name, n in held["by sale"].items()}
    return {how: {name: n / N_STUDIES for name, n in by_name.items()} for how, by_name in held.items()}


@pytest.mark.statistical
@pytest.mark.parametrize("name", NAMES)
def test_the_interval_holds_in_93_to_97_percent_of_400_studies(coverage, name):
    assert 0.93 <= coverage["by dwelling"][name] <= 0.97


@pytest.mark.statistical
@pytest.mark.parametrize("name", NAMES)
def test_an_interval_that_forgets_the_dwelling_holds_too_seldom(coverage, name):
    assert coverage["by sale"][name] < min(0.93, coverage["by dwelling"][name])
