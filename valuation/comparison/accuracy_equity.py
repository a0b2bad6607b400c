"""What does accuracy cost in equity? All versions of a jurisdiction on one picture: the spread of ratios against bias.

Every version stands with the figures of its own holdout, on valid sales. Two versions that were tested on other sales
are not compared by where they stand here; the paired figures do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

STATISTICS = ("cod", "mdape", "prb")
BOUNDS = ("", "_lower", "_upper")
"""Endings of the keys under which an estimate and its 95 % interval stand in `evaluation/metrics.json`."""
MAX_VERSIONS = 30
"""Drawn and listed: the newest; more could not be told apart."""


@dataclass(frozen=True)
class JudgedVersion:
    """A version with the figures of its holdout."""

    name: str
    """What people call the run."""
    model_version: str
    figures: Mapping[str, float]
    """`cod, cod_lower, cod_upper` and so on; what is not known is not there."""
    n_sales: int | None
    is_champion: bool = False
    role: str = ""
    """A, B or nothing."""

    @classmethod
    def of_metrics(cls, name: str, model_version: str, metrics: Mapping[str, Any], **more: Any) -> JudgedVersion:
        """Take the figures of the boosted model on valid sales from `evaluation/metrics.json`."""
        sample = metrics.get("valid_sales") or metrics.get("overall") or {}
        return cls(name, model_version, known_figures(sample.get("boosted") or {}), sample.get("n_valued"), **more)


def known_figures(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return estimates and bounds of `STATISTICS` that are numbers."""
    wanted = {name: figures.get(name) for name in (f"{stat}{end}" for stat in STATISTICS for end in BOUNDS)}
    return {name: float(amount) for name, amount in wanted.items() if amount is not None and np.isfinite(float(amount))}


@dataclass(frozen=True)
class AccuracyEquity:
    """The versions side by side."""

    table: pd.DataFrame
    """`number, name, model_version, role, is_champion, n_sales, cod, cod_lower, cod_upper, mdape, ..., prb, prb_lower,
    prb_upper, distance, distance_lower, distance_upper` (of PRB from zero)."""
    statements: tuple[str, ...] = field(default=())


def accuracy_equity(compared: Sequence[JudgedVersion], tracked: Sequence[JudgedVersion] | None) -> AccuracyEquity:
    """Put the two versions beside all tracked ones.

    Parameters
    ----------
    compared : sequence of JudgedVersion
        A and B.
    tracked : sequence of JudgedVersion, optional
        Of the tracking store, newest first; None where there is no store.
    """
    roles = {one.model_version: one.role for one in compared}
    champions = {one.model_version for one in tracked or () if one.is_champion}
    others = _once([one for one in tracked or () if one.model_version not in roles])
    rows = [_row(one, one.model_version in champions) for one in [*compared, *others[: MAX_VERSIONS - len(compared)]]]
    table = pd.DataFrame(rows)
    table.insert(0, "number", np.arange(1, len(table) + 1))
    return AccuracyEquity(table, tuple(_statements(tracked, others, champions, compared)))


def _once(versions: list[JudgedVersion]) -> list[JudgedVersion]:
    # A run tracked twice is one version; the newest record of it stands.
    return list({one.model_version: one for one in reversed(versions)}.values())[::-1]


def _row(one: JudgedVersion, is_champion: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"name": one.name, "model_version": one.model_version, "role": one.role}
    row |= {"is_champion": is_champion, "n_sales": np.nan if one.n_sales is None else int(one.n_sales)}
    row |= {name: one.figures.get(name, np.nan) for name in (f"{stat}{end}" for stat in STATISTICS for end in BOUNDS)}
    row["distance"] = abs(row["prb"])
    row["distance_lower"], row["distance_upper"] = distance_interval(row["prb_lower"], row["prb_upper"])
    return row


def distance_interval(lower: float, upper: float) -> tuple[float, float]:
    """Interval of the distance from zero, where that of the figure is known.

    Examples
    --------
    >>> distance_interval(-0.05, -0.02), distance_interval(-0.05, 0.01)
    ((0.02, 0.05), (0.0, 0.05))
    """
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return float("nan"), float("nan")
    nearest = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
    return nearest, max(abs(lower), abs(upper))


def _statements(
    tracked: Sequence[JudgedVersion] | None,
    others: Sequence[JudgedVersion],
    champions: set[str],
    compared: Sequence[JudgedVersion],
) -> list[str]:
    if tracked is None:
        return ["Runs are not tracked here: only A and B are shown."]
    if not others:
        said = ["No other run of this jurisdiction is tracked: only A and B are shown."]
    else:
        said = [f"{len(others):,} other versions are tracked, each shown with the figures of its own holdout."]
        hidden = len(others) - (MAX_VERSIONS - len(compared))
        said += [f"The {hidden:,} oldest of them are left out of picture and table."] if hidden > 0 else []
    return said + ([] if champions else ["No tracked version is marked as the live one (champion)."])
