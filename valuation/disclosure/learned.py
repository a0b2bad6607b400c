"""What has the model learned? How its values answer to one fact at a time, and how much each fact moves them.

Values come from `appraise` alone: a fact is altered, the dwelling valued anew, nothing else touched. That is what a
home owner's "what if the area were wrong" gets, averaged over a sample; it says how the values answer, not what an
extension would cost or earn.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.explained import explain
from valuation.errors import WrongUse
from valuation.explanation.contributions import Contributions
from valuation.report.drawing import Line, lines

_COLOUR = "#0b5394"


def partial_effect(
    bundle: Bundle, dwellings: pd.DataFrame, name: str, points: Sequence[float | str] | None = None, n_points: int = 9
) -> pd.DataFrame:
    """Return how values answer when one characteristic is set to each of some values, all else as recorded.

    Parameters
    ----------
    bundle : Bundle
    dwellings : DataFrame
        A sample of the roll.
    name : str
        The characteristic.
    points : sequence, optional
        Values it is set to; by default levels by frequency, or `n_points` quantiles of what is recorded.
    n_points : int

    Returns
    -------
    DataFrame
        One row a point: `point`, `effect_pct` (median change of the values against the first common reference, the
        middle point, in percent), `lower_pct`, `upper_pct` (between which nine of ten dwellings lie), `n_dwellings`.

    Raises
    ------
    WrongUse
        For a characteristic the models do not use, or of which the sample records fewer than two values.
    """
    item = bundle.jurisdiction.characteristics.get(name)
    if item is None or not item.is_feature:
        known = ", ".join(bundle.jurisdiction.characteristics.features())
        raise WrongUse(f"{name} is no characteristic that the models use", expected=known)
    chosen = list(points) if points is not None else _points(dwellings[name], item.is_categorical, n_points)
    if len(chosen) < 2:
        raise WrongUse(
            f"{name} has {len(chosen)} recorded values in the sample of {len(dwellings)} dwellings",
            expected="at least two",
            remedy="take a larger sample, or give `points`",
        )
    log_values = np.column_stack([_log_values(bundle, dwellings, name, point) for point in chosen])
    log_values = log_values[np.isfinite(log_values).all(axis=1)]
    reference = 0 if item.is_categorical else len(chosen) // 2
    change = 100 * np.expm1(log_values - log_values[:, [reference]])
    low, middle, high = np.quantile(change, [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame(
        {"point": chosen, "effect_pct": middle, "lower_pct": low, "upper_pct": high, "n_dwellings": len(change)}
    )


def _points(column: pd.Series, is_categorical: bool, n_points: int) -> list[float | str]:
    recorded = column.dropna()
    if is_categorical:
        return [str(level) for level in recorded.value_counts().index[:n_points]]
    numbers = recorded.to_numpy(dtype=float)
    if not numbers.size:
        return []
    return [float(point) for point in np.unique(np.quantile(numbers, np.linspace(0.03, 0.97, n_points)).round())]


def _log_values(bundle: Bundle, dwellings: pd.DataFrame, name: str, point: float | str) -> np.ndarray:
    altered = dwellings.copy()
    altered[name] = pd.Series([point] * len(dwellings), index=dwellings.index)
    return np.log(appraise(bundle, altered, n_threads=1).table["appraised_value"].to_numpy(dtype=float))


def partial_effect_picture(effect: pd.DataFrame, label: str) -> str:
    """Draw a partial effect as a line with the band in which nine of ten dwellings lie, as SVG text.

    Parameters
    ----------
    effect : DataFrame
        What `partial_effect` returned.
    label : str
        What the characteristic is called, with its unit.
    """
    is_text = not pd.api.types.is_numeric_dtype(effect["point"])
    places = np.arange(len(effect), dtype=float) if is_text else effect["point"].to_numpy(dtype=float)
    band = list(zip(places, effect["lower_pct"], effect["upper_pct"], strict=True))
    line = Line(
        "half of the dwellings above, half below",
        list(zip(places, effect["effect_pct"], strict=True)),
        _COLOUR,
        band=band,
    )
    names = (
        {float(place): str(point) for place, point in zip(places, effect["point"], strict=True)} if is_text else None
    )
    return lines(f"How values answer to {label}", [line], x_axis=label, y_axis="change of the value, %", x_names=names)


def taken_apart(bundle: Bundle, dwellings: pd.DataFrame) -> tuple[Contributions, pd.DataFrame]:
    """Return what makes up the values of those dwellings that have one, and these dwellings.

    Parameters
    ----------
    bundle : Bundle
    dwellings : DataFrame
    """
    answers = appraise(bundle, dwellings, n_threads=1)
    explained = explain(bundle, answers, n_threads=1)
    assert answers.basis is not None  # or explain would have refused
    return explained.contributions, answers.basis.known[explained.is_valued].reset_index(drop=True)


def summary_plot(bundle: Bundle, dwellings: pd.DataFrame, n_lines: int = 12) -> bytes:
    """Draw how much each fact moves each value of a sample, the well-known swarm of points, as PNG.

    Needs the extra `analysis`. Contributions are in percent of the value; a point is a dwelling, its colour how high
    the recorded fact is (grey where it is text or not recorded).

    Parameters
    ----------
    bundle : Bundle
    dwellings : DataFrame
        A sample of the roll.
    n_lines : int
        Facts shown, the weightiest first.
    """
    import shap
    from matplotlib import pyplot

    found, asked = taken_apart(bundle, dwellings)
    dictionary = bundle.jurisdiction.characteristics
    facts = pd.DataFrame(
        {
            name: asked[name].to_numpy(dtype=float)
            if name in asked and not dictionary[name].is_categorical
            else np.full(len(asked), np.nan)
            for name in found.names
        }
    )
    labels = [dictionary[name].labels.en if name in dictionary else name.replace("_", " ") for name in found.names]
    written = io.BytesIO()
    try:
        # shap takes quantiles of the colours also where all of a fact is text, and numpy warns of it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            shap.summary_plot(
                100 * np.expm1(found.log_amounts),
                facts,
                feature_names=labels,
                max_display=n_lines,
                show=False,
                plot_size=(7, 0.36 * n_lines + 1),
                rng=np.random.default_rng(0),
            )
        pyplot.gca().set_xlabel("moves the value by, %")
        pyplot.gcf().savefig(written, format="png", dpi=80, bbox_inches="tight", metadata={"Software": None})
    finally:
        pyplot.close("all")
    return written.getvalue()
