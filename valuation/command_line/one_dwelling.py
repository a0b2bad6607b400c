"""What do commands about one dwelling have in common? The run they read, the dwelling, and the language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from valuation.errors import WrongUse

if TYPE_CHECKING:
    import pandas as pd

    from valuation.appraisal.bundle import Bundle
    from valuation.errors import NoAnswer


def bundle_of(run: Path) -> Bundle:
    """Load the model version of a finished run.

    Raises
    ------
    WrongUse
        When the folder is not that of a finished run.
    """
    missing = [name for name in ("bundle", "roll.parquet") if not (run / name).exists()]
    if missing:
        raise WrongUse(
            f"{run} holds no {missing[0]}",
            expected="the output folder of a finished run",
            remedy="give the folder that `valuation run --out` wrote",
        )
    from valuation.appraisal.bundle import load_bundle

    return load_bundle(run / "bundle")


def language_of(asked: str | None, bundle: Bundle) -> str:
    """Return the language asked for, or the first of the jurisdiction.

    Raises
    ------
    WrongUse
        For a language there are no words in.
    """
    from valuation.languages.language import language_asked

    return language_asked(asked, bundle.jurisdiction.languages)


def dwelling_of(run: Path, dwelling_id: str, bundle: Bundle, language: str) -> pd.DataFrame:
    """Return the row of the roll that is a dwelling.

    Raises
    ------
    NoAnswer
        When the roll does not hold it.
    InputRefused
        When the roll is not the one the run signed.
    """
    import pandas as pd

    from valuation.appraisal.receipt import check_signed, read_receipt
    from valuation.reasons.no_value import not_in_roll

    roll = check_signed(run, "roll.parquet", read_receipt(run))
    found = pd.read_parquet(roll, filters=[("dwelling_id", "==", dwelling_id)])
    if found.empty:
        raise not_in_roll(dwelling_id).refusal(bundle.jurisdiction, language)
    return found.head(1).reset_index(drop=True)


def why_no_value(bundle: Bundle, row: pd.DataFrame, language: str) -> NoAnswer:
    """Return the refusal that says why a dwelling has no value, to be raised.

    Parameters
    ----------
    bundle : Bundle
    row : DataFrame
        One row of the roll, which `appraise` gave no value.
    language : str
    """
    from valuation.reasons.no_value import reasons_for_no_value

    why = reasons_for_no_value(bundle, row)[0]
    assert why is not None  # a dwelling without a value has a reason: a test holds the two together
    return why.refusal(bundle.jurisdiction, language)
