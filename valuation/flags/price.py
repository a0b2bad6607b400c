"""What does looking cost, and what does it find? The share of large errors caught when so many dwellings are looked at.

A queue puts sales in the order in which caseworkers would take them: first what must be looked at whatever its chance
(no value, or a flag that stops one), then the highest score, ties by sale id. For every budget, a percentage of the
sales, it is counted how many of the large errors lie among those looked at. The score is what the program said before
it knew the price; the price decides whether the value was off.

A *ranking* holds every sale. A *rule* holds the sales that carry its flag, the most doubtful first; when it has no more
sales than the budget allows, only those are looked at, and it is compared at that number.

Intervals draw dwellings with replacement (`ratio_study/confidence.py`). Every queue is judged in the same draws, so
that the difference of two queues is paired. Lots find as large a share of the errors as of the sales: no draw of ours,
but what all draws give on average.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.flags.catalogue import RULES, SEPARATOR
from valuation.ratio_study.confidence import Resamples, interval
from valuation.uncertainty.coverage import relative_width
from valuation.uncertainty.intervals import LARGE_ERROR

BUDGETS_PCT = tuple(range(1, 31))
"""Percentages of the sales that are looked at."""
MIN_ERRORS = 20
"""Large errors a sample needs before a share of them is given."""

BY_CHANCE = "by stated chance"
BY_MONEY = "by expected error in money"
BY_TAX = "by expected tax error"
BY_WIDTH = "by interval width"
FLAGS_FIRST = "flags as set today, then by chance"
LOTS = "drawn at random"
SCORES = {BY_CHANCE: "error_risk", BY_MONEY: "expected_error", BY_TAX: "expected_tax_error"}
"""Rankings by a column of `holdout_values.parquet`; one whose column a run lacks is left out."""
RANKING, RULE = "ranking", "rule"

ANY, NONE = "any flag", "no flag"
ALWAYS_LOOKED_AT = ("stop", "draw")
"""Severities of flags that do not wait for their turn: there is no value, or the dwelling was drawn by lot."""
SAMPLES = ("valid_sales", "all_sales")
"""Which sales count: those that screening holds to be free sales, and every sale of the holdout."""

COLUMNS = (
    *("sample", "kind", "name", "budget_pct", "n_sales", "n_errors", "n_looked_at", "n_caught"),
    *("share", "lower", "upper", "n_promised", "share_promised"),
    *("over_lots", "over_lots_lower", "over_lots_upper", "over_width", "over_width_lower", "over_width_upper"),
    "remark",
)
"""Columns of `evaluation/price_of_flagging.parquet`."""
_ENDS_OF_DIFFERENCES = [name for name in COLUMNS if name.startswith("over_") and name.endswith(("_lower", "_upper"))]
_SHARES = ["share", "lower", "upper", "over_lots", "over_width", *_ENDS_OF_DIFFERENCES]


def is_large_error(appraised_value: ArrayLike, sale_price: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each value is off by more than 20 percent; a sale without a value is the largest error there is.

    Examples
    --------
    >>> is_large_error([121.0, 80.0, float("nan")], [100.0, 100.0, 100.0]).tolist()
    [True, False, True]
    """
    ratio = np.asarray(appraised_value, dtype=float) / np.asarray(sale_price, dtype=float)
    return ~(np.abs(ratio - 1) <= LARGE_ERROR)


def carries(flags: pd.Series, *codes: str) -> NDArray[np.bool_]:
    """Return which rows carry one of the flags; `any flag` and `no flag` are asked for in the same way.

    Examples
    --------
    >>> flags = pd.Series(["far-from-sales|models-disagree", "", "few-near-sales"])
    >>> carries(flags, "models-disagree").tolist(), carries(flags, NONE).tolist()
    ([True, False, False], [False, True, False])
    """
    # Few combinations of flags occur: each is asked once, not once per dwelling.
    which, texts = pd.factorize(flags.astype("str").fillna(""))
    asked = [bool(set(_codes_of(text)) & set(codes)) for text in texts]
    return np.asarray(asked, dtype=bool)[which]


def _codes_of(text: str) -> list[str]:
    return [ANY, *text.split(SEPARATOR)] if text else [NONE]


def share_interval(part: float, whole: float) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson; NaN where there is nothing to take a share of.

    Examples
    --------
    >>> [round(end, 3) for end in share_interval(8, 10)]
    [0.49, 0.943]
    """
    from scipy.stats import binomtest

    if not whole:
        return float("nan"), float("nan")
    found = binomtest(int(part), int(whole)).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def comes_first(flags: pd.Series, appraised_value: ArrayLike) -> NDArray[np.bool_]:
    """Return which dwellings are looked at whatever their chance: without a value, stopped by a flag, or drawn."""
    return carries(flags, *_codes_that(*ALWAYS_LOOKED_AT)) | ~np.isfinite(np.asarray(appraised_value, dtype=float))


def is_doubted(flags: pd.Series) -> NDArray[np.bool_]:
    """Return which dwellings a rule doubts and sends to a person: no note, and not because lots were drawn."""
    return carries(flags, *_codes_that("review", "stop"))


def _codes_that(*severities: str) -> list[str]:
    return [item.code for item in RULES if item.severity in severities]


def n_of_budget(budget_pct: ArrayLike, n_sales: ArrayLike) -> NDArray[np.int64]:
    """Return how many of `n_sales` a percentage is, rounded up: whoever looks at all looks at one at least.

    Examples
    --------
    >>> n_of_budget([7, 10], 100).tolist(), n_of_budget(1, 10).tolist()
    ([7, 10], 1)
    """
    # Whole numbers: 0.07 * 100 is more than 7 in binary, and would make 8 of it.
    return -(-np.asarray(budget_pct, dtype=np.int64) * np.asarray(n_sales, dtype=np.int64) // 100)


def queue_order(
    score: NDArray[np.float64], is_first: NDArray[np.bool_], sale_id: ArrayLike, tier: ArrayLike | None = None
) -> NDArray[np.intp]:
    """Return the rows in the order in which they are looked at.

    Parameters
    ----------
    score : ndarray of float, shape (n_sales,)
        The highest first. Without a score a row is as doubtful as can be.
    is_first : ndarray of bool, shape (n_sales,)
        Before all others.
    sale_id : array-like of str, shape (n_sales,)
        Settles ties, so that the order of the rows does not matter.
    tier : array-like of bool, shape (n_sales,), optional
        After the first, before the others.
    """
    behind = np.zeros(len(score), dtype=bool) if tier is None else ~np.asarray(tier, dtype=bool)
    doubt = np.nan_to_num(np.asarray(score, dtype=float), nan=np.inf)
    return np.lexsort((np.asarray(sale_id, dtype=object).astype(str), -doubt, behind, ~is_first))


@dataclass(frozen=True)
class Queue:
    """Sales in the order in which they are looked at."""

    kind: str
    """`ranking` or `rule`."""
    name: str
    order: NDArray[np.intp]
    """Rows of the sales, the first to be looked at first; a rule holds some of them only."""


class Draws:
    """The sales as they are, and as often as each was drawn in every resample: what queues are judged on.

    Parameters
    ----------
    wrong : ndarray of bool, shape (n_sales,)
        Whether the value of the sale is a large error.
    dwelling_id : array-like, shape (n_sales,)
        Sales of one dwelling are drawn together.
    n_resamples : int
    seed : int
    """

    def __init__(self, wrong: NDArray[np.bool_], dwelling_id: ArrayLike, n_resamples: int, seed: int) -> None:
        drawn = Resamples.draw(dwelling_id, n_resamples, seed).multiplicity
        self.wrong = np.asarray(wrong, dtype=bool)
        # The sales as they are come first: one way to count, for the figure and for its interval.
        self.multiplicity = np.vstack([np.ones((1, len(self.wrong)), dtype=drawn.dtype), drawn])
        self.n_sales = self.multiplicity.sum(axis=1, dtype=np.int64)
        self.n_errors = self.multiplicity[:, self.wrong].sum(axis=1, dtype=np.int64)

    def along(self, queue: Queue, n_wanted: NDArray) -> Counts:
        """Return how many sales and how many errors have been met after each place of a queue.

        Parameters
        ----------
        queue : Queue
        n_wanted : ndarray of int, shape (1 + n_resamples, n_budgets)
            How many will be asked for at most; what lies far behind is not counted.
        """
        # A draw meets about as many sales as places: rarely is more of the queue needed than this.
        n_places = int(n_wanted.max(initial=0) * 1.1) + 100
        found = self._along(queue.order[:n_places])
        is_enough = n_places >= len(queue.order) or (found.n_met[:, -1:] >= n_wanted).all()
        return found if is_enough else self._along(queue.order)

    def _along(self, order: NDArray[np.intp]) -> Counts:
        drawn = self.multiplicity[:, order]
        counts = [np.zeros((len(drawn), len(order) + 1), dtype=np.int32) for _ in range(2)]
        for content, sums in zip((drawn, drawn * self.wrong[order]), counts, strict=True):
            np.cumsum(content, axis=1, out=sums[:, 1:])
        return Counts(*counts)

    def share(self, n_caught: NDArray) -> NDArray[np.float64]:
        """Return the share of the errors of each draw; NaN where it has none. Shape (1 + n_resamples, n_budgets)."""
        n_errors = np.where(self.n_errors > 0, self.n_errors, np.nan)
        return n_caught / n_errors[:, None]


@dataclass(frozen=True)
class Counts:
    """Sales and errors met along a queue, from none to all of them."""

    n_met: NDArray[np.int32]
    """Shape (1 + n_resamples, 1 + length of the queue)."""
    n_wrong: NDArray[np.int32]

    def caught(self, n_looked_at: NDArray) -> NDArray[np.float64]:
        """Return the errors among the first so many sales of each draw, shape (1 + n_resamples, n_budgets)."""
        # A sale drawn three times is three sales in a row, so the count runs straight between two places.
        met = zip(n_looked_at, self.n_met, self.n_wrong, strict=True)
        return np.array([np.interp(wanted, places, found) for wanted, places, found in met])

    def limited(self, n_wanted: NDArray) -> NDArray[np.int64]:
        """Return how many are looked at: what is wanted, or all that the queue has."""
        return np.minimum(n_wanted, self.n_met[:, -1:])


def price_of_flagging(
    sales: pd.DataFrame,
    *,
    n_resamples: int,
    seed: int,
    budgets_pct: Sequence[int] = BUDGETS_PCT,
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return what each queue catches at each budget, on the valid sales and on all of them.

    Parameters
    ----------
    sales : DataFrame
        `holdout_values.parquet`; without `is_valid_sale` every sale counts as valid.
    n_resamples : int
        Resamples of dwellings behind each interval.
    seed : int
    budgets_pct : sequence of int
        Percentages of the sales that are looked at.
    codes : sequence of str, optional
        Flags that are judged by themselves; by default those that a sale carries, and any flag.

    Returns
    -------
    DataFrame
        `evaluation/price_of_flagging.parquet` as docs/reference/output-folder.md says.
    """
    valid = sales["is_valid_sale"].to_numpy(dtype=bool) if "is_valid_sale" in sales else np.ones(len(sales), dtype=bool)
    parts: list[pd.DataFrame] = []
    for sample, chosen in zip(SAMPLES, (valid, np.ones(len(sales), dtype=bool)), strict=True):
        if parts and valid.all():
            # Where screening doubts no sale the two samples are one.
            parts.append(parts[0].assign(sample=sample))
        elif chosen.any():
            # In one order: a sum of chances is not the same to the last digit in another.
            found = _price_of(
                sales[chosen].sort_values("sale_id", ignore_index=True), n_resamples, seed, budgets_pct, codes
            )
            parts.append(found.assign(sample=sample))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)].astype({"sample": "str"})


def _price_of(
    sales: pd.DataFrame, n_resamples: int, seed: int, budgets_pct: Sequence[int], codes: Sequence[str] | None
) -> pd.DataFrame:
    wrong = is_large_error(sales["appraised_value"], sales["sale_price"])
    draws = Draws(wrong, sales["dwelling_id"], n_resamples, seed)
    budgets = n_of_budget(np.asarray(budgets_pct)[None, :], draws.n_sales[:, None])
    every = list(queues(sales, codes))
    width = draws.along(next(queue for queue in every if queue.name == BY_WIDTH), budgets)
    judge = _Judge(draws, budgets, np.asarray(budgets_pct, dtype=np.int64), stated_chance(sales), width)
    rows = [judge.lots(), *(judge.queue(queue) for queue in every)]
    return pd.concat(rows, ignore_index=True).assign(n_sales=len(sales), n_errors=int(wrong.sum()))


def stated_chance(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the stated chance of a large error; certain where there is no value."""
    return np.nan_to_num(table["error_risk"].to_numpy(dtype=float), nan=1.0)


def _scores(sales: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    found = {name: sales[column].to_numpy(dtype=float) for name, column in SCORES.items() if column in sales}
    # A place without tax rules has the column and no figure in it: no ranking.
    found = {name: score for name, score in found.items() if np.isfinite(score).any()}
    ends = (sales[name].to_numpy(dtype=float) for name in ("lower_value", "upper_value", "appraised_value"))
    return found | {BY_WIDTH: relative_width(*ends)}


def queues(sales: pd.DataFrame, codes: Sequence[str] | None = None) -> Iterator[Queue]:
    """Yield every queue of a table of sales: the rankings, then the rules.

    Parameters
    ----------
    sales : DataFrame
        `sale_id, appraised_value, lower_value, upper_value, error_risk, flags` and, where known, `expected_error,
        expected_tax_error`.
    codes : sequence of str, optional
        Rules; by default those that a sale carries, and any flag.
    """
    flags, sale_id = sales["flags"], sales["sale_id"]
    first = comes_first(flags, sales["appraised_value"])
    for name, score in _scores(sales).items():
        yield Queue(RANKING, name, queue_order(score, first, sale_id))
    risk = sales["error_risk"].to_numpy(dtype=float)
    yield Queue(RANKING, FLAGS_FIRST, queue_order(risk, first, sale_id, tier=is_doubted(flags)))
    by_risk = queue_order(risk, first, sale_id)
    if codes is None:
        codes = [ANY, *(item.code for item in RULES if carries(flags, item.code).any())]
    for code in codes:
        yield Queue(RULE, code, by_risk[carries(flags, code)[by_risk]])


@dataclass(frozen=True)
class _Judge:
    """What every queue of a sample is judged by."""

    draws: Draws
    budgets: NDArray[np.int64]
    """Sales looked at, shape (1 + n_resamples, n_budgets)."""
    budgets_pct: NDArray[np.int64]
    chance: NDArray[np.float64]
    """Stated chance of each sale."""
    width: Counts
    """Along the ranking by interval width."""

    def queue(self, queue: Queue) -> pd.DataFrame:
        """Return a row for each budget."""
        counts = self.draws.along(queue, self.budgets)
        n_looked_at = counts.limited(self.budgets)
        n_caught = counts.caught(n_looked_at)
        n_promised = np.concatenate([[0.0], np.cumsum(self.chance[queue.order])])[n_looked_at[0]]
        table = self._rows(queue.kind, queue.name, n_looked_at[0], n_caught[0], n_promised)
        share = self.draws.share(n_caught)
        for names, of_draws in self._figures(share, n_looked_at).items():
            table[list(names)] = _with_intervals(of_draws)
        # None or all of them caught in nearly every draw: no proof of none or all, and of no difference either.
        is_one_sided = np.isin(n_caught[0], (0, self.n_errors))
        ends = [share_interval(n, self.n_errors) for n in n_caught[0][is_one_sided]]
        table.loc[is_one_sided, ["lower", "upper"]] = np.reshape(ends, (-1, 2))
        table.loc[is_one_sided, _ENDS_OF_DIFFERENCES] = np.nan
        return _given(table, self.n_errors)

    def lots(self) -> pd.DataFrame:
        """Return a row for each budget, of dwellings drawn by lot."""
        from scipy.stats import hypergeom

        n_looked_at, n_sales = self.budgets[0], int(self.draws.n_sales[0])
        share = self.budgets / self.draws.n_sales[:, None]
        table = self._rows(RANKING, LOTS, n_looked_at, share[0] * self.n_errors, share[0] * self.chance.sum())
        for names, of_draws in self._figures(share, self.budgets).items():
            table[list(names)] = _with_intervals(of_draws)
        # How far one draw of lots may come out from what lots find on average.
        drawn = hypergeom(n_sales, self.n_errors, n_looked_at)
        ends = {"lower": drawn.ppf(0.025), "upper": drawn.ppf(0.975)}
        table = table.assign(**{name: found / max(self.n_errors, 1) for name, found in ends.items()})
        return _given(table, self.n_errors)

    @property
    def n_errors(self) -> int:
        """Large errors among the sales."""
        return int(self.draws.n_errors[0])

    def _rows(self, kind: str, name: str, n_looked_at: NDArray, n_caught: NDArray, n_promised: NDArray) -> pd.DataFrame:
        total = float(self.chance.sum())
        return pd.DataFrame(
            {
                "kind": kind,
                "name": name,
                "budget_pct": self.budgets_pct,
                "n_looked_at": n_looked_at,
                "n_caught": n_caught,
                "n_promised": n_promised,
                "share_promised": n_promised / total if total > 0 else np.nan,
            }
        )

    def _figures(self, share: NDArray[np.float64], n_looked_at: NDArray) -> dict[tuple[str, str, str], NDArray]:
        by_lots = n_looked_at / self.draws.n_sales[:, None]
        by_width = self.draws.share(self.width.caught(n_looked_at))
        return {
            ("share", "lower", "upper"): share,
            ("over_lots", "over_lots_lower", "over_lots_upper"): share - by_lots,
            ("over_width", "over_width_lower", "over_width_upper"): share - by_width,
        }


def _with_intervals(of_draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return figure, lower and upper end of each budget, shape (n_budgets, 3)."""
    ends = np.array([interval(column) for column in of_draws[1:].T]).reshape(-1, 2)
    return np.column_stack([of_draws[0], ends])


def _given(table: pd.DataFrame, n_errors: int) -> pd.DataFrame:
    """Withhold shares of too few errors, and say so."""
    if n_errors >= MIN_ERRORS:
        return table.assign(remark="")
    return table.assign(**dict.fromkeys(_SHARES, np.nan), remark=f"n = {n_errors} large errors: not given")
