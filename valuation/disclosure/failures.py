"""Where do values miss, and by how much? The groups of the ratio study in the order of their misses."""

from __future__ import annotations

import pandas as pd

from valuation.errors import WrongUse
from valuation.ratio_study.pictures import Mark, dots_with_intervals
from valuation.ratio_study.strata import level_words


def hard_groups(
    ratio_study: pd.DataFrame, statistic: str = "mdape", n: int = 12, sample: str = "all_sales"
) -> pd.DataFrame:
    """Return the groups whose figure of the boosted model is highest, with the interval and the number of sales.

    Parameters
    ----------
    ratio_study : DataFrame
        `evaluation/ratio_study.parquet`.
    statistic : str
    n : int
        Groups returned.
    sample : str

    Returns
    -------
    DataFrame
        `stratum, level, n_valued, estimate, lower, upper`, highest first; groups with too few sales are not among them.

    Raises
    ------
    WrongUse
        When the study does not have this statistic by group.
    """
    rows = ratio_study[
        (ratio_study["sample"] == sample)
        & (ratio_study["model"] == "boosted")
        & (ratio_study["stratum"] != "overall")
        & (ratio_study["statistic"] == statistic)
    ]
    if rows.empty:
        given = sorted(set(ratio_study.loc[ratio_study["stratum"] != "overall", "statistic"]))
        raise WrongUse(f"the ratio study has no {statistic!r} by group for {sample}", expected=", ".join(given))
    ordered = rows[rows["estimate"].notna()].sort_values(
        ["estimate", "stratum", "level"], ascending=[False, True, True], ignore_index=True
    )
    return ordered.loc[: n - 1, ["stratum", "level", "n_valued", "estimate", "lower", "upper"]]


def groups_picture(groups: pd.DataFrame, axis: str) -> str:
    """Draw groups with their intervals as SVG text, in the order given.

    Parameters
    ----------
    groups : DataFrame
        What `hard_groups` returned.
    axis : str
        What the figure is, with its unit.
    """
    names = zip(groups["stratum"], groups["level"], strict=True)
    levels = [_short(stratum, level_words(stratum, level)) for stratum, level in names]
    marks = [Mark(*figures) for figures in groups[["estimate", "lower", "upper"]].itertuples(index=False)]
    return dots_with_intervals(f"Groups with the highest {axis}", levels, {"boosted": marks}, axis=axis)


def _short(stratum: str, level: str) -> str:
    # The margin of the picture holds fourteen letters; a bare number or "unknown" would say nothing.
    if stratum == "price_decile":
        return f"price tenth {level}"
    return (f"{stratum.partition('_')[0]} {level}" if level == "unknown" else level)[:14]
