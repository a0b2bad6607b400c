"""What do flags cost, and what do they catch? How often each is raised, and how many of the large errors carry it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.flags.budget import flags_together
from valuation.flags.catalogue import ANY, NONE, RULES, carries
from valuation.flags.order import is_large_error
from valuation.flags.price import share_interval
from valuation.languages.spoken import recorded, say, spoken
from valuation.report.blocks import Details, Section, Table, Text
from valuation.report.cells import DASH, Cell, Figure, count, row
from valuation.report.material import Material
from valuation.report.price_of_flagging import parts as looking
from valuation.report.run_folder import NotGiven

MIN_SALES = 20
"""Flagged sales needed before a share of them is printed."""
_PAIRS_SHOWN = 12


def share_cell(part: int, whole: int, marks: dict[str, str], at_least: int = MIN_SALES) -> Cell | str:
    """Return a share of sales with its interval, or why it is not given."""
    if whole < at_least:
        return say("n = {n}: not given", n=whole) if whole else DASH
    low, high = share_interval(part, whole)
    ends = (Figure(low, 1, 100, {**marks, "part": "lower"}), Figure(high, 1, 100, {**marks, "part": "upper"}))
    return Cell(Figure(part / whole, 1, 100, {**marks, "part": "estimate"}), ends)


def section(material: Material) -> Section:
    """Return the price and yield of flags, and what looking at the most doubtful first finds."""
    sales = material.folder.holdout
    valid = sales[sales["is_valid_sale"].to_numpy(dtype=bool)]
    wrong = large_errors(valid)
    parts: list[Any] = [
        Text(
            say(
                "Measured on the valid sales of the holdout: the value of a sale that was not free is not wrong "
                "for its price. A large error is a value more than 20 % from the price, or none. A dwelling with "
                "three flags is one case."
            )
        ),
        _rules(material, valid, wrong),
        *_together(material),
    ]
    flagged = carries(valid["flags"], ANY)
    today = (float(flagged.mean()), float(wrong[flagged].sum() / wrong.sum())) if wrong.any() else None
    try:
        parts += looking(material, today)
    except NotGiven as error:
        parts.append(
            Text(
                say(
                    "What looking finds is not given: {found}. What to do: {remedy}.",
                    found=recorded(error.found),
                    remedy=recorded(error.remedy),
                ),
                "note",
            )
        )
    return Section("flags", say("Flags: their price and their yield"), say("Flags"), parts)


def large_errors(sales: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which sales have a value more than 20 percent off, or none."""
    return is_large_error(sales["appraised_value"], sales["sale_price"])


def _together(material: Material) -> list[Any]:
    pairs = flags_together(material.folder.values["flags"]).head(_PAIRS_SHOWN)
    if pairs.empty:
        return []
    rows = [
        row(
            say("{code} and {other}", code=pair["code"], other=pair["other"]),
            count(pair["n_dwellings"], kind="flags", code=pair["code"], other=pair["other"]),
        )
        for pair in pairs.to_dict("records")
    ]
    caption = material.caption(say("Flags that fall on the same dwelling, the most frequent pairs"))
    return [
        Details(
            say("Flags that come together"),
            [Table(say("Flags together"), caption, [say("Both"), say("on the roll")], rows)],
        )
    ]


def _yield(wrong: NDArray[np.bool_], flagged: NDArray[np.bool_], marks: dict[str, str]) -> Cell | str:
    """Return the share of the large errors that carry a flag; nothing of a flag that no sale carries."""
    if not flagged.any():
        return DASH
    return share_cell(int(wrong[flagged].sum()), int(wrong.sum()), {**marks, "statistic": "yield"})


def _rules(material: Material, valid: pd.DataFrame, wrong: NDArray[np.bool_]) -> Table:
    values = material.folder.values
    titles = {item.code: item.title.in_language(spoken()) for item in RULES}
    rows = []
    for code in [ANY, *titles, NONE]:
        flagged = carries(valid["flags"], code)
        n_on_roll = int(carries(values["flags"], code).sum())
        n_alone = int((values["flags"].astype("str") == code).sum())
        marks = {"kind": "flag", "code": code}
        rows.append(
            row(
                say(code) if code in (ANY, NONE) else code,
                titles.get(code, ""),
                count(n_on_roll, **marks, statistic="n_dwellings"),
                Figure(n_on_roll / max(len(values), 1), 1, 100, {**marks, "statistic": "roll_share"}),
                count(n_alone, **marks, statistic="n_alone") if code in titles else "",
                count(int(flagged.sum()), **marks, statistic="n_sales"),
                share_cell(int(wrong[flagged].sum()), int(flagged.sum()), {**marks, "statistic": "error_share"}),
                _yield(wrong, flagged, marks),
                is_apart=code in (RULES[0].code, NONE),
            )
        )
    heads = [
        say("Flag"),
        say("Meaning"),
        say("on the roll"),
        say("% of the roll"),
        say("no other flag"),
        say("valid holdout sales"),
        say("of these off, %"),
        say("of all errors, %"),
    ]
    caption = material.caption(
        say("How often each flag is raised, and how often the value was then off by more than 20 %")
    )
    return Table(say("Flags"), caption, heads, rows, (1,))
