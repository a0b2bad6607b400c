"""Would the checks notice a wrong formula? Each mutant is the whole package with one thing wrong, and must be caught.

The first two are mistakes found in published libraries: the intercept of the regression given as PRB, and two series
aligned by their labels.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import valuation.ratio_study
from tests.valuation.ratio_study.second_implementation import SECOND, second

HOME = Path(valuation.ratio_study.__file__).parent
MODULES = ("amounts", "vertical_equity", "statistics", "weighted", "confidence", "noise", "strata", "study")


def market(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and prices with ties among prices, as sales have."""
    random = np.random.default_rng(seed)
    price = np.round(np.exp(random.normal(13, 0.4, n)), -4)
    return price * np.exp(random.normal(0.03, 0.2, n)), price


def checks_a_printed_table(study: SimpleNamespace) -> None:
    # Two doublings, ratios 1.1, 1.0, 0.9 and 0.8 around a median of 0.95.
    found = study.vertical_equity.price_related_bias([110, 200, 360, 640], [100, 200, 400, 800])
    assert found.slope == pytest.approx(second("prb", [110, 200, 360, 640], [100, 200, 400, 800]), rel=1e-9)
    assert found.lower < found.slope < found.upper < 0


def checks_the_second_implementation(study: SimpleNamespace) -> None:
    for n in (24, 50, 51, 120, 530):
        value, price = market(n, seed=n)
        for name in SECOND.keys() - {"prb_regression", "vei_significance"}:
            assert study.confidence.statistic(name)(value, price) == pytest.approx(second(name, value, price), rel=1e-9)
        significance = study.vertical_equity.vei_significance(value, price)
        assert significance == pytest.approx(second("vei_significance", value, price), rel=1e-9)


def checks_that_labels_say_nothing(study: SimpleNamespace) -> None:
    value, price = market(40, seed=2)
    labelled = pd.Series(value, index=range(40)), pd.Series(price, index=range(39, -1, -1))
    for name in study.confidence.STATISTICS:
        assert study.confidence.statistic(name)(*labelled) == study.confidence.statistic(name)(value, price)


def checks_that_copies_count(study: SimpleNamespace) -> None:
    for n in (30, 150, 700):
        value, price = market(n, seed=n)
        # The same copies for a sale and for its twin of another ratio leave the groups of the indicator to the proxy.
        copies = np.random.default_rng(1).integers(0, 3, n).astype(np.int16)
        drawn = study.confidence.Resamples(np.vstack([copies, np.ones(n, dtype=np.int16)]))
        found = study.confidence.resampled(value, price, drawn)
        for name in study.confidence.STATISTICS:
            assert found[name][1] == pytest.approx(study.confidence.statistic(name)(value, price), rel=1e-9, abs=1e-12)
        for name in set(study.confidence.STATISTICS) - {"vei"}:
            expected = study.confidence.statistic(name)(np.repeat(value, copies), np.repeat(price, copies))
            assert found[name][0] == pytest.approx(expected, rel=1e-8)


def checks_that_dwellings_are_drawn(study: SimpleNamespace) -> None:
    drawn = study.confidence.Resamples.draw(["a", "b", "a", "c"], 60, seed=1).multiplicity
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


def checks_the_interval(study: SimpleNamespace) -> None:
    assert study.confidence.interval(np.arange(101.0), 0.5) == (24.5, 75.5)


def checks_the_noise(study: SimpleNamespace) -> None:
    # Known truth: perfect values, 3,000 sales, price spread 35 percent, noise 13 percent in prices (bias 5 percent).
    random = np.random.default_rng(11)
    value = np.exp(random.normal(13, 0.35, 3000))
    found = study.noise.noise_ranges(1.05 * value, value * np.exp(random.normal(0, 0.13, 3000)))
    assert found["prd"].mean == pytest.approx(1.017, abs=0.003)
    assert found["prb"].mean == pytest.approx(-0.047, abs=0.006)
    assert found["vei"].mean == pytest.approx(-8.2, abs=1.5)
    assert found["prb"].lower < found["prb"].mean < found["prb"].upper
    # Three markets, each by the second implementation.
    worth, ratio = np.sort(value[:600]), np.exp(random.normal(0, 0.13, (3, 600)))
    markets = study.noise._statistics(worth, ratio, study.noise.EQUITY)
    for name in study.noise.EQUITY:
        assert markets[name] == pytest.approx([second(name, worth, worth / own) for own in ratio], rel=1e-8)


def checks_that_tenths_are_by_proxy(study: SimpleNamespace) -> None:
    value = np.linspace(100, 200, 100)
    price = value.copy()
    price[0] = 210.0
    # By its price the first sale would be the dearest of all.
    assert study.strata.price_decile(value, price)[0] not in ("01", "10")
    assert study.strata.price_decile(value, price)[99] == "10"


def checks_that_few_sales_are_not_studied(study: SimpleNamespace) -> None:
    value, price = market(12, seed=4)
    ids = [f"s{place:02d}" for place in range(12)]
    sales = pd.DataFrame({"sale_id": ids, "dwelling_id": ids, "sale_price": price, "appraised_value": value})
    table = study.study.study(sales, models={"boosted": "appraised_value"}, n_bootstrap=5, n_jobs=1).table
    assert set(table["remark"]) == {"n = 12: not given"}
    assert table["estimate"].isna().all()


CHECKS: list[Callable[[SimpleNamespace], None]] = [
    checks_a_printed_table,
    checks_that_dwellings_are_drawn,
    checks_the_interval,
    checks_that_tenths_are_by_proxy,
    checks_that_few_sales_are_not_studied,
    checks_that_labels_say_nothing,
    checks_the_second_implementation,
    checks_that_copies_count,
    checks_the_noise,
]

MUTANTS = {
    "the intercept given as PRB": ("vertical_equity", "sale_price).slope", "sale_price).intercept"),
    "series aligned by label": (
        "amounts",
        "np.asarray(appraised_value, dtype=float), np.asarray(sale_price, dtype=float)",
        "appraised_value, sale_price",
    ),
    "mean instead of median": ("statistics", "np.median(ratios(", "np.mean(ratios("),
    "COD around the mean": ("statistics", "middle = np.median(ratio)", "middle = np.mean(ratio)"),
    "COD not relative": ("statistics", "/ middle)", ")"),
    "deviation of a population": ("statistics", "ddof=1", "ddof=0"),
    "PRD upside down": ("vertical_equity", "prices.sum() / values.sum()", "values.sum() / prices.sum()"),
    "PRB on the price alone": (
        "vertical_equity",
        "np.log2(0.5 * prices + 0.5 * values / middle)",
        "np.log2(prices)",
    ),
    "PRB on another logarithm": ("vertical_equity", "doublings = np.log2", "doublings = np.log"),
    "PRB not relative": ("vertical_equity", "(values / prices - middle) / middle", "(values / prices - middle)"),
    "groups by price alone": (
        "amounts",
        "return 0.5 * prices + 0.5 * values / np.median(values / prices)",
        "return prices",
    ),
    "proxy at the level of values": ("amounts", "values / np.median(values / prices)", "values"),
    "Gini in the order of values": ("vertical_equity", "rankdata(prices,", "rankdata(amounts,"),
    "Gini by the order of rows": ("vertical_equity", 'method="average"', 'method="ordinal"'),
    "two groups below 50 sales only": ("vertical_equity", "n_sales <= 50", "n_sales < 50"),
    "cuts one sale off": ("vertical_equity", "(proxy.size - 1) * np.arange", "proxy.size * np.arange"),
    "significance of the wrong ends": (
        "vertical_equity",
        "median_interval_by_ranks(highest)[0] - median_interval_by_ranks(lowest)[1]",
        "median_interval_by_ranks(highest)[1] - median_interval_by_ranks(lowest)[0]",
    ),
    "rank interval at 95 percent": ("vertical_equity", "z: float = 1.6448536269514722", "z: float = 1.96"),
    "error in percent of the value": (
        "statistics",
        "np.mean(np.abs(ratios(appraised_value, sale_price) - 1))",
        "np.mean(np.abs(ratios(sale_price, appraised_value) - 1))",
    ),
    "mean absolute error as its median": ("statistics", "np.median(np.abs(ratios", "np.mean(np.abs(ratios"),
    "shares of double width": ("statistics", "tolerance_pct / 100", "tolerance_pct / 50"),
    "above and below swapped": ("statistics", "np.mean(ratio > 1)", "np.mean(ratio < 1)"),
    "sales drawn, not dwellings": (
        "confidence",
        "dwelling, names = pd.factorize(ids, sort=True)",
        "dwelling, names = np.arange(len(ids)), ids",
    ),
    "an interval of half the confidence": ("confidence", "(1 - confidence) / 2, ", "(1 - confidence), "),
    "weighted median of the upper rank": (
        "weighted",
        "np.floor((n - 1) / 2), np.floor(n / 2)",
        "np.floor(n / 2), np.floor(n / 2)",
    ),
    "weighted COD of one side": ("weighted", "deviation = 2 * (", "deviation = ("),
    "weighted PRB without its series": ("weighted", "SERIES_TERMS = 5", "SERIES_TERMS = 1"),
    "weighted Gini without mean ranks": ("weighted", "rank -= 0.5 * copies", "rank -= copies"),
    "weighted Gini that splits ties": ("weighted", "is_tied = ", "is_tied = False and "),
    "weighted groups one sale off": (
        "weighted",
        "before <= np.floor((n - 1) / n_groups)",
        "before < np.floor((n - 1) / n_groups)",
    ),
    "weighted COV of a population": ("weighted", "/ (n - 1)) / mean", "/ n) / mean"),
    "noise in the values": ("noise", "price = worth / ratio", "price = worth * ratio"),
    "noise with the level in it": ("noise", "_slopes(proxy, ratio / middle)", "_slopes(price, ratio)"),
    "noise of one row's Gini": (
        "noise",
        "order = np.argsort(price, axis=1)",
        "order = np.argsort(worth + 0 * price, axis=1)",
    ),
    "tenths by price alone": ("strata", "proxy = value_proxy(values[known], prices[known])", "proxy = prices[known]"),
    "a group of any size studied": ("study", "if n < MIN_STRATUM_SALES", "if n < 1"),
}


@pytest.fixture
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The package under another name, with one fragment changed (none for the original)."""
    module, old, new = request.param
    name = f"mutant_{tmp_path.name}"
    for path in HOME.glob("*.py"):
        text = path.read_text("utf-8").replace("valuation.ratio_study", name)
        changed = text.replace(old, new) if path.stem == module else text
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / path.name).write_text(changed, "utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        yield SimpleNamespace(**{part: importlib.import_module(f"{name}.{part}") for part in MODULES})
    finally:
        sys.path.remove(str(tmp_path))
        for loaded in [key for key in sys.modules if key.split(".")[0] == name]:
            del sys.modules[loaded]


def caught(study: SimpleNamespace) -> str:
    """Name of the first check that the package fails; nothing when it passes all."""
    for check in CHECKS:
        try:
            check(study)
        except Exception:
            # A mutant may break in any way.
            return check.__name__
    return ""


@pytest.mark.parametrize("fragment", MUTANTS.values(), ids=MUTANTS)
def test_what_a_mutant_changes_is_there(fragment):
    module, old, _ = fragment
    assert old in (HOME / f"{module}.py").read_text("utf-8")


@pytest.mark.parametrize("package", [("amounts", "", "")], indirect=True, ids=["original"])
def test_the_package_as_it_is_passes_every_check(package):
    assert caught(package) == ""


@pytest.mark.parametrize("package", MUTANTS.values(), indirect=True, ids=MUTANTS)
def test_a_wrong_formula_is_caught(package):
    assert caught(package) != ""
