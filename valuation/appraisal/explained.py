"""Why are these values what they are? The answers of `appraise` taken apart, in money that adds up to the krone.

Works from what the answers were made of (`AppraisedValues.basis`), so that no feature is made and no booster asked
twice, and gives the same numbers for a dwelling alone as for a part of the roll.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import FEW_ROWS
from valuation.appraisal.appraised_value import AppraisedValues
from valuation.appraisal.bundle import Bundle
from valuation.errors import InputRefused
from valuation.explanation.contributions import REFERENCE, ROUNDING, Contributions, by_group, contributions, group_of
from valuation.explanation.log_amounts import LogAmounts, log_amounts

REFERENCE_KIND, REFERENCE_VALUE = "reference_kind", "reference_value"
LINE, GROUP = "contribution_", "group_contribution_"
"""What the names of the columns of lines, and of groups, begin with."""


class Explained(NamedTuple):
    """The values of some dwellings, taken apart."""

    contributions: Contributions
    """Of the dwellings that have a value, in their order."""
    is_valued: NDArray[np.bool_]
    """Which of all dwellings those are."""
    apart: LogAmounts
    """Log amounts of all dwellings, also of those that are given no value."""


@dataclass(frozen=True)
class MoneyLines:
    """What makes up one value, in whole units of money: reference + lines + rounding, or + groups + rounding."""

    reference_kind: str
    """The kind whose typical dwelling the value is compared with; `all` for a type sold too seldom."""
    reference: int
    """What that typical dwelling is worth at the valuation date."""
    lines: dict[str, int]
    """What each characteristic, `location`, `time` and `time_index` add, in the dictionary's order."""
    groups: dict[str, int]
    """The same by explanation group."""
    rounding: int

    @property
    def value(self) -> int:
        """Where all lines end: the value."""
        return self.reference + sum(self.lines.values()) + self.rounding


def money_lines(bundle: Bundle, explained: Explained) -> list[MoneyLines | None]:
    """Return the lines of each dwelling; None where it has no value."""
    names, groups = explained.contributions.names, _groups(explained.contributions.names, bundle)
    told = iter(
        MoneyLines(
            kind,
            reference,
            dict(zip(names, lines, strict=True)),
            {group: sum(lines[place] for place in places) for group, places in groups.items()},
            rounding,
        )
        for kind, (reference, *lines, rounding) in zip(
            explained.contributions.kinds, explained.contributions.whole_units().tolist(), strict=True
        )
    )
    return [next(told) if is_valued else None for is_valued in explained.is_valued.tolist()]


def _groups(names: tuple[str, ...], bundle: Bundle) -> dict[str, list[int]]:
    """Places of the lines of each explanation group, groups in the order in which they first occur."""
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(group_of(name, bundle.jurisdiction), []).append(place)
    return groups


def explain(bundle: Bundle, answers: AppraisedValues, *, n_threads: int | None = None) -> Explained:
    """Take answers apart, each compared with the typical dwelling of its kind.

    Parameters
    ----------
    bundle : Bundle
        The model version that gave the answers.
    answers : AppraisedValues
        As `appraise` returned them.
    n_threads : int, optional
        Changes no number; by default all cores, and one for a handful of rows.

    Raises
    ------
    InputRefused
        For answers that do not know what they were made from, or come from another model version.
    """
    if answers.basis is None:
        raise InputRefused(
            "the answers do not say what they were made from",
            expected="answers to at least one dwelling, as `appraise` returns them",
            remedy="value the dwellings with appraise and explain what it returns",
        )
    facts, matrix, log_index = answers.basis.facts, answers.basis.matrix, answers.basis.log_index
    stored = answers.column("appraised_value")
    is_valued = np.isfinite(stored)
    threads = n_threads or (1 if len(facts) < FEW_ROWS else os.cpu_count() or 1)
    apart = log_amounts(bundle.models, matrix, n_threads=threads)
    parts = contributions(
        bundle.models,
        matrix[is_valued],
        log_index[is_valued],
        stored[is_valued],
        typical=bundle.typical,
        dwelling_type=facts.text(bundle.models.roles_["dwelling_type"])[is_valued],
        apart=apart._replace(amounts=apart.amounts[is_valued]),
    )
    return Explained(parts, is_valued, apart)


def contribution_columns(bundle: Bundle, explained: Explained) -> pd.DataFrame:
    """Return the columns that `values.parquet` holds of contributions, in whole units of money.

    Returns
    -------
    DataFrame, shape (n_dwellings, n_columns)
        `reference_kind`, `reference_value`, `contribution_<line>` for each characteristic, `location`, `time`,
        `time_index` and `rounding`: reference + contributions = value. Then `group_contribution_<group>`: reference +
        groups + `contribution_rounding` = value. NaN, and no kind, for a dwelling without a value.
    """
    lines = explained.contributions.in_whole_units()
    groups = by_group(lines.drop(columns=[REFERENCE, ROUNDING]), bundle.jurisdiction)
    named = pd.concat(
        [
            lines.rename(columns={name: LINE + name for name in lines.columns if name != REFERENCE}),
            groups.rename(columns=lambda name: GROUP + name),
        ],
        axis=1,
    ).rename(columns={REFERENCE: REFERENCE_VALUE})
    amounts = np.full((len(explained.is_valued), named.shape[1]), np.nan)
    amounts[explained.is_valued] = named.to_numpy(dtype=float)
    kinds = np.full(len(amounts), None, dtype=object)
    kinds[explained.is_valued] = explained.contributions.kinds
    kind = pd.DataFrame({REFERENCE_KIND: pd.Series(kinds, dtype="str")})
    return pd.concat([kind, pd.DataFrame(amounts, columns=named.columns)], axis=1)
