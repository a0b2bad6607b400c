"""What do flags cost, and what do they catch? How often each is raised, and how many of the large errors carry it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from valuation.flags.catalogue import RULES, SEPARATOR
from valuation.report.blocks import Picture, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.drawing import Line, lines
from valuation.report.material import Material
from valuation.uncertainty.intervals import LARGE_ERROR

ANY, NONE = "any flag", "no flag"
MIN_SALES = 20
"""Flagged sales needed before a share of them is printed."""
LOOKED_AT = (0.01, 0.02, 0.05, 0.10, 0.20, 0.30, 0.50)
"""Shares of the sales a person looks at, the most doubtful first."""


def is_large_error(sales: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether the value is off by more than 20 percent; a sale without a value is the largest error there is."""
    ratio = sales["appraised_value"].to_numpy(dtype=float) / sales["sale_price"].to_numpy(dtype=float)
    return ~(np.abs(ratio - 1) <= LARGE_ERROR)


def carries(flags: pd.Series, code: str) -> NDArray[np.bool_]:
    """Return which rows carry a flag; `any flag` and `no flag` are asked for in the same way."""
    text = flags.astype("str")
    if code in (ANY, NONE):
        return ((text != "") == (code == ANY)).to_numpy(dtype=bool)
    # Between separators, so that no code is found inside a longer one.
    between = SEPARATOR + text + SEPARATOR
    return between.str.contains(f"{SEPARATOR}{code}{SEPARATOR}", regex=False).to_numpy(dtype=bool)


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson; NaN where there is nothing to take a share of.

    Examples
    --------
    >>> [round(end, 3) for end in share_interval(8, 10)]
    [0.49, 0.943]
    """
    from scipy.stats import binomtest

    if not whole:
        return float("nan"), float("nan")
    found = binomtest(part, whole).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def share_cell(part: int, whole: int, marks: dict[str, str], at_least: int = MIN_SALES) -> Cell | str:
    """Return a share of sales with its interval, or why it is not given."""
    if whole < at_least:
        return f"n = {whole}: not given"
    low, high = share_interval(part, whole)
    ends = (Figure(low, 1, 100, {**marks, "part": "lower"}), Figure(high, 1, 100, {**marks, "part": "upper"}))
    return Cell(Figure(part / whole, 1, 100, {**marks, "part": "estimate"}), ends)


def found_by_risk(sales: pd.DataFrame, shares: Sequence[float] = LOOKED_AT) -> pd.DataFrame:
    """Return which share of the large errors is found when the most doubtful sales are looked at.

    Parameters
    ----------
    sales : DataFrame
        Valid holdout sales with `error_risk`, the stated chance of an error over 20 percent.
    shares : sequence of float
        Of the sales, from the most doubtful on.

    Returns
    -------
    DataFrame
        `share, n_looked_at, n_found, n_errors`.
    """
    wrong = is_large_error(sales)
    risk = np.nan_to_num(sales["error_risk"].to_numpy(dtype=float), nan=np.inf)
    # A dwelling that cannot be valued is looked at first; ties go by sale, so that the order of rows does not matter.
    order = np.lexsort((sales["sale_id"].to_numpy(dtype=object).astype(str), -risk))
    n_looked_at = [int(np.ceil(share * len(sales))) for share in shares]
    found = [int(wrong[order[:n]].sum()) for n in n_looked_at]
    return pd.DataFrame({"share": shares, "n_looked_at": n_looked_at, "n_found": found, "n_errors": int(wrong.sum())})


def section(material: Material) -> Section:
    """Return the price and yield of flags, and the curve of errors found by looking."""
    sales = material.folder.holdout
    valid = sales[sales["is_valid_sale"].to_numpy(dtype=bool)]
    parts: list[Any] = [
        Text(
            "Measured on the valid sales of the holdout: the value of a sale that was not free is not wrong for its "
            "price. A large error is a value more than 20 % from the price, or none."
        ),
        _rules(material, valid),
    ]
    if "error_risk" in valid and len(valid) >= MIN_SALES and is_large_error(valid).any():
        parts += _curve(material, valid)
    else:
        parts.append(Text(f"The yield of looking is not given: n = {len(valid)} valid sales.", "note"))
    return Section("flags", "Flags: their price and their yield", "Flags", parts)


def _rules(material: Material, valid: pd.DataFrame) -> Table:
    values = material.folder.values
    wrong = is_large_error(valid)
    titles = {item.code: item.title.en for item in RULES}
    rows = []
    for code in [ANY, *titles, NONE]:
        flagged = carries(valid["flags"], code)
        n_on_roll = int(carries(values["flags"], code).sum())
        marks = {"kind": "flag", "code": code}
        rows.append(
            row(
                code,
                titles.get(code, ""),
                count(n_on_roll, **marks, statistic="n_dwellings"),
                Figure(n_on_roll / max(len(values), 1), 1, 100, {**marks, "statistic": "roll_share"}),
                count(int(flagged.sum()), **marks, statistic="n_sales"),
                share_cell(int(wrong[flagged].sum()), int(flagged.sum()), {**marks, "statistic": "error_share"}),
                share_cell(int(wrong[flagged].sum()), int(wrong.sum()), {**marks, "statistic": "yield"}),
                is_apart=code in (RULES[0].code, NONE),
            )
        )
    heads = [
        "Flag",
        "Meaning",
        "on the roll",
        "% of the roll",
        "valid holdout sales",
        "of these off, %",
        "of all errors, %",
    ]
    caption = material.caption("How often each flag is raised, and how often the value was then off by more than 20 %")
    return Table("Flags", caption, heads, rows, (1,))


def _curve(material: Material, valid: pd.DataFrame) -> list[Any]:
    found = found_by_risk(valid)
    n_errors = int(found["n_errors"].iloc[0])
    flagged, wrong = carries(valid["flags"], ANY), is_large_error(valid)
    rows = []
    for item in found.to_dict("records"):
        marks = {"kind": "risk", "share": f"{item['share']:g}"}
        cell = share_cell(int(item["n_found"]), n_errors, {**marks, "statistic": "yield"})
        n = count(item["n_looked_at"], **marks, statistic="n_looked_at")
        rows.append(row(f"{item['share']:.0%}", n, count(item["n_found"], **marks, statistic="n_found"), cell))
    title = material.caption(
        "Share of the large errors found, by share of the sales looked at, the most doubtful first"
    )
    by_risk = [(0.0, 0.0), *zip(100 * found["share"], 100 * found["n_found"] / n_errors, strict=True)]
    picture = lines(
        title,
        [
            Line("by stated chance of an error", [(float(x), float(y)) for x, y in by_risk], "#0b5394"),
            Line("drawn at random", [(0.0, 0.0), (50.0, 50.0)], "#666666", is_dashed=True),
        ],
        points={"the flags of today": (100 * float(flagged.mean()), 100 * float(wrong[flagged].sum() / n_errors))},
        x_axis="share of sales looked at, %",
        y_axis="of large errors, %",
    )
    total = count(n_errors, kind="risk", statistic="n_errors")
    caption = Markup("{} {}").format(material.caption("Of"), Markup("{} large errors").format(total))
    return [
        Text("Whoever looks at the dwellings with the highest stated chance of a large error first finds:"),
        Picture(Markup(picture)),  # noqa: S704 (made by this program, every text escaped)
        Table("Yield", caption, ["Looked at", "sales", "errors found", "of all large errors, %"], rows),
    ]
