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
