"""How many cases can the office settle, and from which stated chance of a large error on does that make one?

Cases are dwellings, not flags: a dwelling with three flags is one case. The queue is that of `order.py`: what must be
looked at whatever its chance comes first, then the highest stated chance. A setting is a limit: every dwelling whose
stated chance lies over it is sent to a person (`flags.error_likely` in params.yaml). It is chosen by budget, so that no
more cases arise than the office can settle, or by risk, and then the number of cases follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import TooFewSales, WrongUse
from valuation.flags.catalogue import RULES, carries
from valuation.flags.order import comes_first, is_large_error, stated_chance
from valuation.flags.price import MIN_ERRORS, Draws, share_interval
from valuation.ratio_study.confidence import interval

SETTING = "error_likely"
"""Name of the limit in the section `flags` of params.yaml."""
OF_THE_LIMIT = "error-likely"
"""The flag raised by that limit: a dwelling that carries only this one is not doubted by any other rule."""
_DIGITS = 4
LOWEST = 10.0**-_DIGITS
"""The lowest limit that is proposed: every dwelling with any chance to speak of is a case."""


def n_of_staff(caseworkers: float, weeks: float, cases_per_week: float) -> int:
    """Return how many cases so many people settle in so many weeks.

    Parameters
    ----------
    caseworkers : float
        People, or shares of them: 1.5 is one and a half.
    weeks : float
    cases_per_week : float
        What one of them settles in a week.

    Raises
    ------
    WrongUse
        When one of them is not above zero, or the product is not one case.

    Examples
    --------
    >>> n_of_staff(2, 6, 60)
    720
    """
    given = {"caseworkers": caseworkers, "weeks": weeks, "cases per week": cases_per_week}
    for name, number in given.items():
        if not (math.isfinite(number) and number > 0):
            raise WrongUse(f"{number:g} {name}", expected="a number above 0", remedy="say how many there are")
    # A hair added: 3 x 0.1 x 10 is three cases, and 2.9999999999999996 in binary.
    product = caseworkers * weeks * cases_per_week
    if not math.isfinite(product):
        raise WrongUse(
            f"{caseworkers:g} caseworkers x {weeks:g} weeks x {cases_per_week:g} cases per week is no number",
            expected="as many cases as a roll may have dwellings",
            remedy="say how many there are",
        )
    n_cases = math.floor(product + 1e-9)
    if n_cases < 1:
        raise WrongUse(
            f"{caseworkers:g} caseworkers x {weeks:g} weeks x {cases_per_week:g} cases per week is no whole case",
            expected="at least one case",
            remedy="give more time, or choose by risk",
        )
    return n_cases


@dataclass(frozen=True)
class Setting:
    """A limit of the stated chance, and the cases it makes on a roll."""

    limit: float
    """A dwelling with a stated chance over this is a case; 1: none is, by its chance."""
    n_dwellings: int
    n_first: int
    """Looked at whatever their chance: without a value, stopped by a flag, or drawn by lot."""
    n_over: int
    """Of the others, those with a chance over the limit."""
    n_asked: int | None = None
    """What the office can settle, where the limit was chosen by budget."""
    next_limit: float | None = None
    """The highest limit that makes more cases than can be settled, where tied chances leave time to spare: None where
    the cases are as many as the office can settle, or no lower limit makes more."""
    n_next: int | None = None
    """Cases at that limit."""

    @property
    def n_cases(self) -> int:
        """Cases that arise."""
        return self.n_first + self.n_over

    @property
    def n_not_settled(self) -> int:
        """Of those that come first, how many the office cannot settle."""
        return 0 if self.n_asked is None else max(self.n_first - self.n_asked, 0)


def setting_by_budget(roll: pd.DataFrame, n_cases: int) -> Setting:
    """Return the lowest limit that makes no more cases than can be settled.

    Parameters
    ----------
    roll : DataFrame
        `values.parquet`: `appraised_value, error_risk, flags`.
    n_cases : int

    Raises
    ------
    WrongUse
        For a number of cases below one, or above the number of dwellings.
    """
    if not 1 <= n_cases <= len(roll):
        raise WrongUse(
            f"{n_cases:,} cases for a roll of {len(roll):,} dwellings",
            expected=f"1 to {len(roll):,} cases",
            remedy="give less time: every dwelling can be looked at" if n_cases > len(roll) else "give more time",
        )
    first, risk = comes_first(roll["flags"], roll["appraised_value"]), stated_chance(roll)
    doubtful_first = np.sort(risk[~first])[::-1]
    n_left = n_cases - int(first.sum())
    if n_left <= 0:
        return _setting(first, risk, 1.0, n_cases)
    if n_left >= len(doubtful_first):
        return _setting(first, risk, LOWEST, n_cases)
    # The first dwelling that is one too many stays under the limit, and so does every other with the same chance.
    chosen = _setting(first, risk, _rounded_up(doubtful_first[n_left]), n_cases)
    return chosen if chosen.n_cases == n_cases else _with_next(chosen, first, risk)


def _with_next(chosen: Setting, first: NDArray[np.bool_], risk: NDArray[np.float64]) -> Setting:
    """Add what the next limit below would make: the chances that it lets in are tied, or lie within one step."""
    under = risk[~first & (risk <= chosen.limit)]
    if not under.size:
        return chosen
    # The step of the digits in which the highest chance under the limit lies over the next one.
    lower = (math.ceil(round(float(under.max()) * 10**_DIGITS, 6)) - 1) / 10**_DIGITS
    if lower < LOWEST:
        return chosen
    return replace(chosen, next_limit=lower, n_next=_setting(first, risk, lower, None).n_cases)


def setting_by_risk(roll: pd.DataFrame, limit: float) -> Setting:
    """Return how many cases arise when every dwelling with a stated chance over the limit is one.

    Raises
    ------
    WrongUse
        For a limit that is no chance between 0 and 1.
    """
    if not 0 < limit < 1:
        raise WrongUse(
            f"a chance of {limit:g}",
            expected="a share between 0 and 1: 0.3 stands for 30 %",
            remedy="give --risk as a share",
        )
    return _setting(comes_first(roll["flags"], roll["appraised_value"]), stated_chance(roll), limit, None)


def _setting(first: NDArray[np.bool_], risk: NDArray[np.float64], limit: float, n_asked: int | None) -> Setting:
    return Setting(limit, len(risk), int(first.sum()), int((~first & (risk > limit)).sum()), n_asked)


def _rounded_up(chance: float) -> float:
    # Rounded down, the limit would make more cases than were asked for.
    return min(math.ceil(round(chance * 10**_DIGITS, 6)) / 10**_DIGITS, 1.0)


def is_case(table: pd.DataFrame, limit: float) -> NDArray[np.bool_]:
    """Return which dwellings, or sales, are cases under a limit."""
    return comes_first(table["flags"], table["appraised_value"]) | (stated_chance(table) > limit)


@dataclass(frozen=True)
class Yield:
    """What a limit is expected to find: foretold by the stated chances, and found on sales that no model has seen."""

    n_promised: float
    """Large errors among the valued cases on the roll, by their stated chances."""
    share_promised: float
    """Their share of all large errors on the valued roll, by the stated chances."""
    n_sales: int
    n_errors: int
    """Valid sales of the holdout, and those of them with a value more than 20 % off."""
    n_looked_at: int
    n_caught: int
    """Of these sales and errors, those the limit sends to a person."""
    share: float
    lower: float
    upper: float
    """Share of the errors caught, with its 95 % interval by dwelling; NaN for too few errors."""
    remark: str = ""


def yield_of(roll: pd.DataFrame, sales: pd.DataFrame, limit: float, *, n_resamples: int, seed: int) -> Yield:
    """Return which share of the large errors a limit is expected to catch.

    Parameters
    ----------
    roll : DataFrame
        `values.parquet`.
    sales : DataFrame
        Valid sales of `holdout_values.parquet`.
    limit : float
    n_resamples, seed : int
        Of the interval.

    Raises
    ------
    TooFewSales
        When there is no valid sale.
    """
    if sales.empty:
        raise TooFewSales(
            "no valid sale lies in the holdout",
            expected="sales to count on",
            remedy="choose a holdout with valid sales (`holdout_from` in the jurisdiction file)",
        )
    chance = np.nan_to_num(roll["error_risk"].to_numpy(dtype=float))
    promised = float(chance[is_case(roll, limit)].sum())
    wrong = is_large_error(sales["appraised_value"], sales["sale_price"])
    chosen = is_case(sales, limit)
    draws = Draws(wrong, sales["dwelling_id"], n_resamples, seed)
    share = draws.share(draws.multiplicity[:, chosen & wrong].sum(axis=1, dtype=np.int64)[:, None])[:, 0]
    n_errors, n_caught = int(wrong.sum()), int((chosen & wrong).sum())
    ends = share_interval(n_caught, n_errors) if n_caught in (0, n_errors) else interval(share[1:])
    is_given = n_errors >= MIN_ERRORS
    nothing = float("nan")
    return Yield(
        n_promised=promised,
        share_promised=promised / float(chance.sum()) if chance.sum() > 0 else nothing,
        n_sales=len(sales),
        n_errors=n_errors,
        n_looked_at=int(chosen.sum()),
        n_caught=n_caught,
        share=float(share[0]) if is_given else nothing,
        lower=ends[0] if is_given else nothing,
        upper=ends[1] if is_given else nothing,
        remark="" if is_given else f"n = {n_errors} large errors: not given",
    )


def flags_on_roll(roll: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return how many dwellings carry each flag, alone, and among the cases of a limit.

    Returns
    -------
    DataFrame
        `code, n_dwellings, share` (of the roll), `n_alone` (no other flag), `n_cases` (cases under the limit); flags
        that nobody carries are left out.
    """
    flags, cases = roll["flags"], is_case(roll, limit)
    rows = []
    for code in (item.code for item in RULES):
        carried = carries(flags, code)
        if carried.any():
            counts = {"n_dwellings": int(carried.sum()), "share": float(carried.mean())}
            counts |= {"n_alone": int((flags == code).sum()), "n_cases": int((carried & cases).sum())}
            rows.append({"code": code, **counts})
    return pd.DataFrame(rows, columns=["code", "n_dwellings", "share", "n_alone", "n_cases"])


def flags_together(flags: pd.Series) -> pd.DataFrame:
    """Return how many dwellings carry two flags at once: `code, other, n_dwellings`, the most frequent first."""
    codes = [item.code for item in RULES]
    carried = np.column_stack([carries(flags, code) for code in codes]).astype(np.int64)
    both = carried.T @ carried
    pairs = [
        {"code": codes[one], "other": codes[two], "n_dwellings": int(both[one, two])}
        for one, two in zip(*np.triu_indices(len(codes), 1), strict=True)
        if both[one, two]
    ]
    table = pd.DataFrame(pairs, columns=["code", "other", "n_dwellings"])
    return table.sort_values(["n_dwellings", "code", "other"], ascending=[False, True, True], ignore_index=True)


def n_doubted_otherwise(roll: pd.DataFrame, limit: float) -> tuple[int, int]:
    """Return how many dwellings other rules doubt, and how many of those are no case under the limit.

    The flag that the limit itself raises is left out of account, whatever it was set to in the run.
    """
    doubting = [item.code for item in RULES if item.severity in ("review", "stop") and item.code != OF_THE_LIMIT]
    is_doubted = carries(roll["flags"], *doubting)
    return int(is_doubted.sum()), int((is_doubted & ~is_case(roll, limit)).sum())
