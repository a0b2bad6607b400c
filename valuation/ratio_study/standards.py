"""Which figures does the trade hold to be good, and who says so?

Limits as numbers with their source. They are shown beside a statistic and its interval; none of them is a gate by
itself, since a statistic of few sales, or of noisy prices, leaves them by chance.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """The range of a statistic that counts as good."""

    lower: float | None
    upper: float | None
    source: str

    def holds(self, figure: float) -> bool:
        """Return whether `figure` lies within the limit, bounds included.

        Examples
        --------
        >>> STANDARDS["prd"].holds(1.02)
        True
        """
        return (self.lower is None or figure >= self.lower) and (self.upper is None or figure <= self.upper)

    def __str__(self) -> str:
        """Return the range as it is read.

        Examples
        --------
        >>> print(STANDARDS["cod"])
        5 to 15
        """
        if self.lower is None:
            return f"at most {self.upper:g}"
        if self.upper is None:
            return f"at least {self.lower:g}"
        return f"{self.lower:g} to {self.upper:g}"


def telling_digits(figure: float, lower: float | None, upper: float | None, digits: int) -> int:
    """Return how many digits show on which side of its limits a figure lies: `digits`, or more where rounding hides it.

    Examples
    --------
    >>> telling_digits(11.51, None, 11.5, 1), telling_digits(11.5001, None, 11.5, 2), telling_digits(9.0, None, 11.5, 1)
    (2, 4, 1)
    """
    is_held = Limit(lower, upper, "").holds(figure)
    for more in range(digits, digits + _MOST_DIGITS):
        is_shown_held = Limit(_rounded(lower, more), _rounded(upper, more), "").holds(round(figure, more))
        if is_shown_held == is_held:
            return more
    return digits + _MOST_DIGITS


def _rounded(bound: float | None, digits: int) -> float | None:
    return None if bound is None else round(bound, digits)


_MOST_DIGITS = 4
_RATIO_STUDIES = "IAAO, Standard on Ratio Studies (2013)"
_DRAFT = "IAAO, Standard on Ratio Studies, exposure drafts of 2025 and 2026"

STANDARDS: dict[str, Limit] = {
    "median_ratio": Limit(0.90, 1.10, f"{_RATIO_STUDIES}, appraisal level"),
    "cod": Limit(5.0, 15.0, f"{_RATIO_STUDIES}, residential; below 5 suggests sales chasing"),
    "prd": Limit(0.98, 1.03, f"{_RATIO_STUDIES}, vertical inequities"),
    "prb": Limit(-0.05, 0.05, f"{_RATIO_STUDIES}, vertical inequities"),
    "mki": Limit(0.95, 1.05, f"{_DRAFT}, modified Kakwani index"),
    "vei": Limit(-10.0, 10.0, f"{_DRAFT}, vertical equity indicator; outside it, its significance decides"),
}
"""Limits of the standards, by statistic."""

OWN_GOALS: dict[str, Limit] = {
    "median_ratio": Limit(0.98, 1.02, "this project's goal: half above, half below"),
}
"""Goals of this project that go beyond the standards."""
