"""What is told of a value, to whoever asks? Value, range, flags, contributions, sales beside it and the tree's way.

One pass makes them all: the API, the letter and the case page ask for a dwelling once, and no feature is made, no
booster asked and no Shapley value taken a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import Dates, appraise
from valuation.appraisal.appraised_value import AppraisedValue, AppraisedValues
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.compared import grids_of
from valuation.appraisal.explained import Explained, MoneyLines, explain, money_lines
from valuation.dwellings.facts import Facts
from valuation.explanation.adjustment_grid import AdjustmentGrid
from valuation.explanation.tree_path import TreePath, tree_paths
from valuation.flags.catalogue import RaisedFlag


@dataclass(frozen=True)
class FullAppraisal:
    """One dwelling: its value and all that is told of it."""

    value: AppraisedValue
    flags: tuple[RaisedFlag, ...]
    """In the order of the catalogue; the codes are those of `value.flags`."""
    contributions: MoneyLines | None
    """From the typical dwelling of its kind to the value; None where there is no value."""
    grid: AdjustmentGrid | None
    """The sales beside it; None where there is no value, or none at the valuation date."""
    path: TreePath
    """The decision tree's way; `tree_value` is None where there is no value."""


@dataclass(frozen=True)
class FullAppraisals:
    """The answers to one call of `appraise_in_full`, in the order of its table; each item is a `FullAppraisal`."""

    answers: AppraisedValues
    explained: Explained | None
    """Contributions as arrays, for whoever wants columns (`contribution_columns`); None without a dwelling."""
    flags: list[tuple[RaisedFlag, ...]]
    contributions: list[MoneyLines | None]
    grids: list[AdjustmentGrid | None]
    paths: list[TreePath]

    def __len__(self) -> int:
        """Return the number of dwellings."""
        return len(self.answers)

    def __getitem__(self, position: int) -> FullAppraisal:
        """Return all that is told of the dwelling at `position`."""
        return FullAppraisal(
            self.answers[position],
            self.flags[position],
            self.contributions[position],
            self.grids[position],
            self.paths[position],
        )

    def __iter__(self) -> Iterator[FullAppraisal]:
        """Yield one `FullAppraisal` per dwelling."""
        told = zip(self.answers, self.flags, self.contributions, self.grids, self.paths, strict=True)
        return (FullAppraisal(*one) for one in told)


def appraise_in_full(
    bundle: Bundle, dwellings: pd.DataFrame | Facts, *, as_of: Dates | None = None, n_threads: int | None = None
) -> FullAppraisals:
    """Value dwellings and tell everything there is to tell of the values.

    The same numbers as `appraise`, `explain`, `adjustment_grids` and `tree_paths` give one by one.

    Parameters
    ----------
    bundle : Bundle
        The model version.
    dwellings : pandas.DataFrame or Facts
        One dwelling per row, as for `appraise`: one for a page, 1,000 for a batch. For a whole roll, `revalue_roll`.
    as_of : date or array of dates, optional
        At which date, one for all or one per row; by default the valuation date. The sales beside a value stand at the
        level of the valuation date: a value at another day has no grid.
    n_threads : int, optional
        Changes no number; by default all cores, and one for a handful of rows.

    Returns
    -------
    FullAppraisals
        In the order of `dwellings`.

    Raises
    ------
    InputRefused
        As `appraise`.
    """
    answers = appraise(bundle, dwellings, as_of=as_of, n_threads=n_threads)
    if answers.basis is None or answers.raised is None:
        return FullAppraisals(answers, None, [], [], [], [])
    explained = explain(bundle, answers, n_threads=n_threads)
    said = (answers.column(name) for name in ("tree_value", "appraised_value"))
    return FullAppraisals(
        answers=answers,
        explained=explained,
        flags=answers.raised.of_each(),
        contributions=money_lines(bundle, explained),
        grids=_grids(bundle, answers, explained, as_of, n_threads),
        paths=tree_paths(bundle.models, answers.basis.matrix, *said),
    )


def _grids(
    bundle: Bundle, answers: AppraisedValues, explained: Explained, as_of: Dates | None, n_threads: int | None
) -> list[AdjustmentGrid | None]:
    grids = grids_of(bundle, answers, explained.apart.amounts, n_threads=n_threads)
    if as_of is None:
        return grids
    asked = pd.DatetimeIndex(np.atleast_1d(np.asarray(as_of)))
    is_usual = np.broadcast_to(asked == pd.Timestamp(bundle.jurisdiction.valuation_date), len(grids))
    return [grid if usual else None for grid, usual in zip(grids, is_usual, strict=True)]
