"""How hard is this market? The same plain yardsticks laid on any folder of sales, synthetic or real.

None of them is a model of this product: a median price per m², LightGBM as it comes out of the box, and pairs of sales.
So the simulator can be set against real sales without ever looking at what the product's own models make of it.
Run it as `python -m valuation.simulation.difficulty NAME=JURISDICTION.yaml,OUTPUT_FOLDER[,RAW_FOLDER] ...`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from valuation.errors import InputRefused, TooFewSales, WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.reading import read_jurisdiction

FEWEST_SALES: Final = 60
"""Sales on either side of the holdout line, below which the yardsticks say nothing."""
FEWEST_IN_CELL: Final = 8
"""Sales a cell of the table of standard prices needs."""
AGE_BAND_YEARS: Final = 20
PAIR_DAYS: Final = 365
"""Longest time between the two sales of a pair."""
NEAR_M: Final = 100.0
"""Longest way between two like dwellings."""
LIKE_AREA: Final = 0.10
"""Largest difference of their log areas."""
LIKE_YEARS: Final = 10
"""Largest difference of their building years."""
PLAIN: Final = {
    "objective": "regression", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 20, "verbosity": -1,
    "seed": 1, "deterministic": True, "force_row_wise": True,
    # On a busy machine two threads wait for each other far longer than one takes.
    "num_threads": 1,
}  # fmt: skip
PLAIN_TREES: Final = 500


@dataclass(frozen=True)
class Difficulty:
    """What the yardsticks say; errors in percent, sd in log price."""

    n_training: int
    n_holdout: int
    baseline_mdape: float
    """Median absolute error of the median price per m² by area, type and age band."""
    plain_mdape: float
    """Median absolute error of plain LightGBM."""
    baseline_mape: float
    plain_mape: float
    unexplained_share: float
    """Share of the variance of holdout log price that plain LightGBM leaves."""
    plain_log_sd: float
    """Spread of log(price / value) of plain LightGBM, from its quartiles."""
    n_resales: int
    resale_log_sd: float
    """Noise of one price: spread of log price pairs of one dwelling within a year, net of the index, over root two."""
    n_like: int
    like_log_sd: float
    """The same for pairs of like dwellings within 100 m: what the nearest comparable cannot tell."""
    irreducible_mape: float
    """Mean |price / true value - 1|, where the true value is known."""
    recorded_mape: float
    """The same for somebody who knows the recorded facts and every price formula, not the hidden facts."""
    irreducible_mdape: float
    recorded_mdape: float


def difficulty(out: Path, jurisdiction: Jurisdiction, *, truth: Path | None = None) -> Difficulty:
    """Lay the yardsticks on the screened sales of an output folder.

    Parameters
    ----------
    out : Path
        Output folder in which `ingest` and `screen` have run.
    jurisdiction : Jurisdiction
    truth : Path, optional
        Folder with the truth of a synthetic municipality.

    Raises
    ------
    InputRefused
        When there are no screened sales.
    TooFewSales
        When too few lie on either side of the holdout line.
    """
    sales = _valid_sales(out)
    holdout = sales["market_date"].to_numpy() >= np.datetime64(jurisdiction.holdout_from)
    if min(holdout.sum(), (~holdout).sum()) < FEWEST_SALES:
        raise TooFewSales(
            f"{out}: {(~holdout).sum()} valid sales before the holdout and {holdout.sum()} in it",
            expected=f"at least {FEWEST_SALES} of each",
            remedy="take a larger set",
        )
    price = sales["market_price"].to_numpy()
    training, test = sales[~holdout], sales[holdout]
    baseline = standard_price_values(training, test, jurisdiction)
    log_plain = plain_boosting(training, test, jurisdiction)
    residual = np.log(price[holdout]) - log_plain
    resales = _pair_noise(sales, _pairs_of_one(sales), jurisdiction)
    like = _pair_noise(sales, _pairs_of_like(sales, jurisdiction), jurisdiction)
    known = _known_errors(test, truth)
    plain = np.exp(log_plain)
    return Difficulty(
        n_training=len(training),
        n_holdout=len(test),
        baseline_mdape=_percent(np.nanmedian, baseline, price[holdout]),
        plain_mdape=_percent(np.nanmedian, plain, price[holdout]),
        baseline_mape=_percent(np.nanmean, baseline, price[holdout]),
        plain_mape=_percent(np.nanmean, plain, price[holdout]),
        unexplained_share=float(np.var(residual) / np.var(np.log(price[holdout]))),
        plain_log_sd=robust_sd(residual),
        n_resales=len(resales),
        resale_log_sd=robust_sd(resales) / np.sqrt(2),
        n_like=len(like),
        like_log_sd=robust_sd(like) / np.sqrt(2),
        irreducible_mape=known[0],
        recorded_mape=known[1],
        irreducible_mdape=known[2],
        recorded_mdape=known[3],
    )


def standard_price_values(training: pd.DataFrame, test: pd.DataFrame, jurisdiction: Jurisdiction) -> np.ndarray:
    """Value `test` by the median price per m² of type, area and age band, at the level of the last half-year."""
    cells = [_cells(table, jurisdiction) for table in (training, test)]
    area = jurisdiction.characteristics.with_role("living_area") or ""
    per_m2 = training["market_price"] / training[area]
    columns = list(cells[0].columns)
    rate = pd.Series(np.nan, index=test.index)
    own = pd.Series(np.nan, index=training.index)
    for n_kept in range(len(columns), 0, -1):
        found = per_m2.groupby([cells[0][name] for name in columns[:n_kept]]).agg(["median", "size"])
        rates = found["median"][found["size"] >= FEWEST_IN_CELL]
        rate = rate.fillna(_looked_up(rates, cells[1][columns[:n_kept]]))
        own = own.fillna(_looked_up(rates, cells[0][columns[:n_kept]]))
    # Five years of prices are not of one level: without this the baseline would be blamed for the calendar.
    recent = training["market_date"] >= training["market_date"].max() - pd.Timedelta(days=183)
    level = float((per_m2[recent] / own[recent]).median())
    return (rate.fillna(per_m2.median()) * level * test[area]).to_numpy()


def plain_boosting(training: pd.DataFrame, test: pd.DataFrame, jurisdiction: Jurisdiction) -> np.ndarray:
    """Log values of `test` by LightGBM, 500 trees of 31 leaves, on the columns as they are and the date."""
    x = _plain_columns(training, training, jurisdiction)
    model = lgb.train(PLAIN, lgb.Dataset(x, np.log(training["market_price"])), num_boost_round=PLAIN_TREES)
    return np.asarray(model.predict(_plain_columns(test, training, jurisdiction), num_threads=1))


def robust_sd(values: np.ndarray) -> float:
    """Spread by the quartiles, equal to the standard deviation of a normal distribution; NaN for fewer than ten values.

    Examples
    --------
    >>> round(robust_sd(np.arange(100.0)), 1)
    36.7
    """
    if len(values) < 10:
        return float("nan")
    low, high = np.quantile(values, [0.25, 0.75])
    return float((high - low) / 1.349)


def table_of(results: dict[str, Difficulty]) -> str:
    """Write the figures side by side as a Markdown table, one column a set."""
    rows = [
        ("sales before / in the holdout", lambda d: f"{d.n_training:,} / {d.n_holdout:,}"),
        ("MdAPE, median price per m²", lambda d: f"{d.baseline_mdape:.1f} %"),
        ("MdAPE, plain LightGBM", lambda d: f"{d.plain_mdape:.1f} %"),
        ("ratio of the two", lambda d: f"{d.plain_mdape / d.baseline_mdape:.2f}"),
        ("mean error, median price per m²", lambda d: f"{d.baseline_mape:.1f} %"),
        ("mean error, plain LightGBM", lambda d: f"{d.plain_mape:.1f} %"),
        ("ratio of the two means", lambda d: f"{d.plain_mape / d.baseline_mape:.2f}"),
        ("share of variance unexplained", lambda d: f"{100 * d.unexplained_share:.1f} %"),
        ("sd of log price around plain LightGBM", lambda d: f"{d.plain_log_sd:.3f}"),
        ("noise of one price from resales (pairs)", lambda d: _with_n(d.resale_log_sd, d.n_resales)),
        ("noise of one price from like neighbours (pairs)", lambda d: _with_n(d.like_log_sd, d.n_like)),
        ("irreducible mean / median error", lambda d: _two(d.irreducible_mape, d.irreducible_mdape)),
        ("with all recorded facts, mean / median error", lambda d: _two(d.recorded_mape, d.recorded_mdape)),
    ]
    lines = [f"| | {' | '.join(results)} |", f"|---|{'---|' * len(results)}"]
    lines += [f"| {name} | {' | '.join(text(item) for item in results.values())} |" for name, text in rows]
    return "\n".join(lines) + "\n"


def _with_n(value: float, n: int) -> str:
    return "too few" if np.isnan(value) else f"{value:.3f} ({n:,})"


def _two(mean: float, median: float) -> str:
    return "not known" if np.isnan(mean) else f"{mean:.1f} % / {median:.1f} %"


def _valid_sales(out: Path) -> pd.DataFrame:
    for name in ("sales.parquet", "screen/sales.parquet"):
        if (out / name).exists():
            sales = pd.read_parquet(out / name)
            return sales[sales["is_valid_sale"]].sort_values("sale_id", ignore_index=True)
    raise InputRefused(f"{out} holds no sales.parquet", expected="an output folder in which `screen` has run",
                       remedy="valuation ingest, then valuation screen")  # fmt: skip


def _cells(table: pd.DataFrame, jurisdiction: Jurisdiction) -> pd.DataFrame:
    """Area, type and age band of each sale: the cells of a table of standard prices, coarsest first."""
    role = jurisdiction.characteristics.with_role
    cells = pd.DataFrame(index=table.index)
    cells["type"] = table[role("dwelling_type") or ""].fillna("?")
    cells["area"] = table[role("market_area") or ""].fillna("?")
    built = role("built_year")
    if built is not None:
        age = table["market_date"].dt.year - table[built]
        cells["band"] = (age // AGE_BAND_YEARS).clip(0, 5).fillna(-1)
    return cells


def _looked_up(found: pd.Series, cells: pd.DataFrame) -> pd.Series:
    keys = pd.MultiIndex.from_frame(cells) if cells.shape[1] > 1 else pd.Index(cells.iloc[:, 0])
    return pd.Series(found.reindex(keys).to_numpy(), index=cells.index)


def _plain_columns(table: pd.DataFrame, training: pd.DataFrame, jurisdiction: Jurisdiction) -> pd.DataFrame:
    columns = pd.DataFrame(index=table.index)
    for name, item in jurisdiction.characteristics.items():
        if not item.is_feature or item.role in ("building", "street"):
            continue  # identities: what can be made of them is the art of the models, not a yardstick
        if item.is_categorical:
            known = sorted(training[name].dropna().unique())
            columns[name] = pd.Categorical(table[name].where(table[name].isin(known)), categories=known)
        else:
            columns[name] = table[name].astype("float64")
    for name in ("x_m", "y_m"):
        if name in table:
            columns[name] = table[name].astype("float64")
    columns["day"] = (table["market_date"] - pd.Timestamp(jurisdiction.valuation_date)).dt.days.astype("float64")
    return columns


def _pairs_of_one(sales: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of sales of one dwelling that follow each other within a year, on different days."""
    order = sales.sort_values(["dwelling_id", "market_date", "sale_id"], kind="stable")
    rows = order.index.to_numpy()
    same = order["dwelling_id"].to_numpy()[1:] == order["dwelling_id"].to_numpy()[:-1]
    gap = np.diff(order["market_date"].to_numpy()) / np.timedelta64(1, "D")
    near = same & (gap > 0) & (gap <= PAIR_DAYS)
    return rows[:-1][near], rows[1:][near]


def _pairs_of_like(sales: pd.DataFrame, jurisdiction: Jurisdiction) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of sales within half a year of near dwellings of one type, like in size and age."""
    role = jurisdiction.characteristics.with_role
    if "x_m" not in sales:
        return np.empty(0, int), np.empty(0, int)
    rows = np.flatnonzero(sales[["x_m", "y_m"]].notna().all(axis=1))
    points = sales.loc[rows, ["x_m", "y_m"]].to_numpy()
    # The twelve nearest are enough to find one that is like; all pairs of a tower block are millions.
    distance, near = cKDTree(points).query(points, k=min(13, len(points)))
    first = np.repeat(rows, near.shape[1] - 1)
    second = rows[near[:, 1:].ravel()]
    keep = (first < second) & (distance[:, 1:].ravel() <= NEAR_M)
    first, second = first[keep], second[keep]
    alike = _differ(sales["dwelling_id"], first, second)
    alike &= ~_differ(sales[role("dwelling_type") or ""], first, second)
    log_area = np.log(sales[role("living_area") or ""].to_numpy(float))
    alike &= np.abs(log_area[first] - log_area[second]) <= LIKE_AREA
    days = sales["market_date"].to_numpy().astype("M8[D]").astype(int)
    alike &= np.abs(days[first] - days[second]) <= PAIR_DAYS / 2
    built = role("built_year")
    if built is not None:
        year = sales[built].to_numpy(float)
        alike &= np.abs(year[first] - year[second]) <= LIKE_YEARS
    return first[alike], second[alike]


def _differ(column: pd.Series, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    codes, _ = pd.factorize(column)
    return codes[first] != codes[second]


def _pair_noise(sales: pd.DataFrame, pairs: tuple[np.ndarray, np.ndarray], jurisdiction: Jurisdiction) -> np.ndarray:
    """Differences of log price per m² within pairs, net of the price level of the whole market by quarter."""
    first, second = pairs
    area = sales[jurisdiction.characteristics.with_role("living_area") or ""].to_numpy(float)
    log_rate = np.log(sales["market_price"].to_numpy()) - np.log(area)
    cells = _cells(sales, jurisdiction)
    centred = pd.Series(log_rate) - pd.Series(log_rate).groupby([cells["type"], cells["area"]]).transform("median")
    quarter = sales["market_date"].dt.year * 4 + sales["market_date"].dt.quarter
    level = centred.groupby(quarter).transform("median").to_numpy()
    moved = (log_rate - level)[second] - (log_rate - level)[first]
    return moved[np.isfinite(moved)]


def _known_errors(test: pd.DataFrame, truth: Path | None) -> tuple[float, float, float, float]:
    if truth is None:
        return (float("nan"),) * 4
    known = pd.read_parquet(truth / "sales.parquet").set_index("sale_id").reindex(test["sale_id"])
    price = test["market_price"].to_numpy()
    values = [known[name].to_numpy() for name in ("true_value", "recorded_value")]
    means = [_percent(np.nanmean, value, price) for value in values]
    medians = [_percent(np.nanmedian, value, price) for value in values]
    return means[0], means[1], medians[0], medians[1]


def _percent(summary: Callable[[np.ndarray], float], value: np.ndarray, price: np.ndarray) -> float:
    """Summarise |value / price - 1|, in percent."""
    return 100 * float(summary(np.abs(value / price - 1)))


def main(arguments: list[str]) -> str:
    """Return the table for `NAME=JURISDICTION.yaml,OUTPUT_FOLDER[,RAW_FOLDER]`, one argument a set.

    Raises
    ------
    WrongUse
        For an argument of another shape, or none.
    """
    results = {}
    for argument in arguments:
        name, _, rest = argument.partition("=")
        parts = rest.split(",")
        if not name or len(parts) not in (2, 3):
            raise WrongUse(f"{argument!r} names no set", expected="NAME=JURISDICTION.yaml,OUTPUT_FOLDER[,RAW_FOLDER]")
        truth = Path(parts[2]) / "truth" if len(parts) == 3 else None
        results[name] = difficulty(Path(parts[1]), read_jurisdiction(Path(parts[0])), truth=truth)
    if not results:
        raise WrongUse("no set is named", expected="NAME=JURISDICTION.yaml,OUTPUT_FOLDER[,RAW_FOLDER]")
    return table_of(results)


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]))
