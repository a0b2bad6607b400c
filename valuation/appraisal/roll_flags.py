"""Which flags show only when the whole roll is valued? Rules that compare a dwelling with the others, and the draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from valuation.appraisal.border_jumps import jumps
from valuation.appraisal.bundle import Bundle
from valuation.flags.catalogue import ROLL_RULES, SEPARATOR, flag_table, joined_codes, opens_case
from valuation.flags.flag import Finding
from valuation.flags.roll_evidence import RollEvidence


def raise_roll_flags(
    bundle: Bundle, roll: pd.DataFrame, valued: pd.DataFrame, n_threads: int | None = None
) -> tuple[pd.Series, pd.DataFrame]:
    """Ask the rules of the roll about all its dwellings.

    Parameters
    ----------
    bundle : Bundle
    roll : DataFrame
        The whole roll, one dwelling per row.
    valued : DataFrame
        The answers of `appraise` on the same dwellings, in the same order: `appraised_value, flags`.
    n_threads : int, optional

    Returns
    -------
    flags : Series of text
        The codes of `valued` with those of the roll after them, index as in `valued`.
    table : DataFrame
        One row per flag of the roll, as `flag_table` gives it.
    """
    roll = roll.reset_index(drop=True)
    evidence = RollEvidence(
        dwellings=roll,
        appraised_value=valued["appraised_value"].to_numpy(float),
        opens_case=opens_case(valued["flags"]),
        jurisdiction=bundle.jurisdiction,
        jumps=lambda pairs: jumps(bundle, roll, pairs, n_threads),
    )
    found: dict[str, Finding] = {}
    for rule in ROLL_RULES:
        found[rule.code] = rule.find(evidence, bundle.params.flags)
        # The draw comes last, among those that nothing else sends to a person.
        evidence = replace(evidence, opens_case=evidence.opens_case | found[rule.code].is_raised)
    return _joined(valued["flags"], joined_codes(found, len(roll))), flag_table(found)


def _joined(own: pd.Series, more: np.ndarray) -> pd.Series:
    first, second = own.to_numpy(dtype=object), more
    both = np.where((first != "") & (second != ""), SEPARATOR, "")
    return pd.Series(first + both + second, index=own.index, dtype="str")
