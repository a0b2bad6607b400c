"""What does looking cost, and what does it find? The share of large errors caught when so many dwellings are looked at.

For every queue (`order.py`) and every budget, a percentage of the sales, it is counted how many of the large errors lie
among those looked at, and how much of the money by which values lie off their prices.

A *ranking* holds every sale. A *rule* holds the sales that carry its flag, the most doubtful first; when it has no more
sales than the budget allows, only those are looked at, and it is compared at that number.

Intervals draw dwellings with replacement (`ratio_study/confidence.py`). Every queue is judged in the same draws, so
that the difference of two queues is paired. Lots find as large a share of the errors as of the sales: no draw of ours,
but what all draws give on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.flags.order import BY_WIDTH, LOTS, RANKING, Queue, is_large_error, queues, stated_chance
from valuation.ratio_study.confidence import Resamples, interval

BUDGETS_PCT = tuple(range(1, 31))
"""Percentages of the sales that are looked at."""
MIN_ERRORS = 20
"""Large errors a sample needs before a share of them is given."""

SAMPLES = ("valid_sales", "all_sales")
"""Which sales count: those that screening holds to be free sales, and every sale of the holdout."""

COLUMNS = (
    *("sample", "kind", "name", "budget_pct", "n_sales", "n_errors", "n_looked_at", "n_caught"),
    *("share", "lower", "upper", "n_promised", "share_promised", "money_share", "money_lower", "money_upper"),
    *("over_lots", "over_lots_lower", "over_lots_upper", "over_width", "over_width_lower", "over_width_upper"),
    "remark",
)
"""Columns of `evaluation/price_of_flagging.parquet`."""
_ENDS_OF_DIFFERENCES = [name for name in COLUMNS if name.startswith("over_") and name.endswith(("_lower", "_upper"))]
_SHARES = [
    "share",
    "lower",
    "upper",
    "money_share",
    "money_lower",
    "money_upper",
    "over_lots",
    "over_width",
    *_ENDS_OF_DIFFERENCES,
]


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


def n_of_budget(budget_pct: ArrayLike, n_sales: ArrayLike) -> NDArray[np.int64]:
    """Return how many of `n_sales` a percentage is, rounded up: whoever looks at all looks at one at least.

    Examples
    --------
    >>> n_of_budget([7, 10], 100).tolist(), n_of_budget(1, 10).tolist()
    ([7, 10], 1)
    """
    # Whole numbers: 0.07 * 100 is more than 7 in binary, and would make 8 of it.
    return -(-np.asarray(budget_pct, dtype=np.int64) * np.asarray(n_sales, dtype=np.int64) // 100)


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
    off : ndarray of float, shape (n_sales,), optional
        Money by which each value lies off its price; nothing where there is no value.
    """

    def __init__(
        self,
        wrong: NDArray[np.bool_],
        dwelling_id: ArrayLike,
        n_resamples: int,
        seed: int,
        off: NDArray[np.float64] | None = None,
    ) -> None:
        drawn = Resamples.draw(dwelling_id, n_resamples, seed).multiplicity
        self.wrong = np.asarray(wrong, dtype=bool)
        self.off = np.zeros(len(self.wrong)) if off is None else np.nan_to_num(off)
        # The sales as they are come first: one way to count, for the figure and for its interval.
        self.multiplicity = np.vstack([np.ones((1, len(self.wrong)), dtype=drawn.dtype), drawn])
        self.n_sales = self.multiplicity.sum(axis=1, dtype=np.int64)
        self.n_errors = self.multiplicity[:, self.wrong].sum(axis=1, dtype=np.int64)
        self.money = self.multiplicity @ self.off

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
        shape = (len(drawn), len(order) + 1)
        counts = Counts(np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape))
        np.cumsum(drawn, axis=1, out=counts.n_met[:, 1:])
        np.cumsum(drawn * self.wrong[order], axis=1, out=counts.n_wrong[:, 1:])
        np.cumsum(drawn * self.off[order], axis=1, out=counts.money[:, 1:])
        return counts

    def share(self, n_caught: NDArray) -> NDArray[np.float64]:
        """Return the share of the errors of each draw; NaN where it has none. Shape (1 + n_resamples, n_budgets)."""
        return n_caught / np.where(self.n_errors > 0, self.n_errors, np.nan)[:, None]

    def money_share(self, counts: Counts, n_looked_at: NDArray) -> NDArray[np.float64]:
        """Return the share of the money by which values are off that lies among those looked at."""
        found = _among_the_first(n_looked_at, counts.n_met, counts.money)
        return found / np.where(self.money > 0, self.money, np.nan)[:, None]


@dataclass(frozen=True)
class Counts:
    """Sales, errors and money met along a queue, from none to all of them."""

    n_met: NDArray[np.int32]
    """Shape (1 + n_resamples, 1 + length of the queue)."""
    n_wrong: NDArray[np.int32]
    money: NDArray[np.float64]

    def caught(self, n_looked_at: NDArray) -> NDArray[np.float64]:
        """Return the errors among the first so many sales of each draw, shape (1 + n_resamples, n_budgets)."""
        return _among_the_first(n_looked_at, self.n_met, self.n_wrong)

    def limited(self, n_wanted: NDArray) -> NDArray[np.int64]:
        """Return how many are looked at: what is wanted, or all that the queue has."""
        return np.minimum(n_wanted, self.n_met[:, -1:])


def _among_the_first(n_looked_at: NDArray, n_met: NDArray, sums: NDArray) -> NDArray[np.float64]:
    # A sale drawn three times is three sales in a row, so the sum runs straight between two places.
    rows = zip(n_looked_at, n_met, sums, strict=True)
    return np.array([np.interp(wanted, places, found) for wanted, places, found in rows])


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
    off = np.abs(sales["appraised_value"].to_numpy(dtype=float) - sales["sale_price"].to_numpy(dtype=float))
    draws = Draws(wrong, sales["dwelling_id"], n_resamples, seed, off)
    budgets = n_of_budget(np.asarray(budgets_pct)[None, :], draws.n_sales[:, None])
    every = list(queues(sales, codes))
    width = draws.along(next(queue for queue in every if queue.name == BY_WIDTH), budgets)
    judge = _Judge(draws, budgets, np.asarray(budgets_pct, dtype=np.int64), stated_chance(sales), width)
    rows = [judge.lots(), *(judge.queue(queue) for queue in every)]
    return pd.concat(rows, ignore_index=True).assign(n_sales=len(sales), n_errors=int(wrong.sum()))


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
        money = self.draws.money_share(counts, n_looked_at)
        table[["money_share", "money_lower", "money_upper"]] = _with_intervals(money)
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
        table = table.assign(money_share=share[0], money_lower=np.nan, money_upper=np.nan)
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
