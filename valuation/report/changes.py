"""What changed since the version before? The same figures of both, and how far the values moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.languages.files import file_in, languages_of
from valuation.languages.spoken import recorded, say, spoken, uncapitalised
from valuation.report.blocks import Section, Table, Text
from valuation.report.cells import Figure, count, row
from valuation.report.material import Material
from valuation.report.ratio_figures import RatioFigures
from valuation.report.run_folder import NotGiven, RunFolder
from valuation.report.words import head, statistic
from valuation.report.words import sample as sample_words

SHOWN = ("median_ratio", "mdape", "cod", "prd", "prb", "vei", "share_within_20", "share_above")
COMPARISON = "comparison/comparison.json"
"""What `valuation compare` leaves in the run of the later version."""
MOVED = (0.05, 0.10, 0.25)
"""Shares by which a value moved."""


def section(material: Material) -> Section:
    """Return the figures of both versions, or that there is no earlier one."""
    compared = _compared(material)
    if material.since is None and compared:
        return Section("changes", say("What changed since the last version"), say("Since last version"), compared)
    if material.since is None:
        text = Text(
            say(
                "No earlier version was given: a first report has nothing to be compared with. “valuation report "
                "--since DIR” compares with the run in DIR."
            )
        )
        return Section("changes", say("What changed since the last version"), say("Since last version"), [text])
    parts: list[Any] = [_from(material.since), *_figures(material), *_shift(material), *compared]
    parts.append(
        Text(say("The two are shown side by side. “valuation compare” pairs them and says what moved each value."))
    )
    return Section("changes", say("What changed since the last version"), say("Since last version"), parts)


def _compared(material: Material) -> list[Any]:
    """Return what `valuation compare` found, where it has left its answer in this run."""
    if not material.folder.has(COMPARISON):
        return []
    try:
        found = material.folder.json(COMPARISON)
    except NotGiven as error:
        return [
            Text(
                say("The comparison with the earlier version is not given: {found}.", found=recorded(error.found)),
                "note",
            )
        ]
    versions = found.get("versions", {})
    names = [str(versions.get(side, {}).get("model_version", say("not known"))) for side in ("a", "b")]
    told = [Text(recorded(str(sentence))) for sentence in found.get("statements", [])]
    parts: list[Any] = [
        Text(say("“valuation compare” held version {a} against {b}, sale by sale:", a=names[0], b=names[1])),
        *told,
    ]
    compared_page = file_in(spoken(), languages_of(material.jurisdiction.languages))
    if material.folder.has(f"comparison/{compared_page}"):
        parts.append(
            Text(
                Markup('<a href="../comparison/{}">{}</a>').format(
                    file_in(spoken(), material.jurisdiction.languages), say("The whole comparison")
                )
            )
        )
    return parts


def _from(since: RunFolder) -> Text:
    try:
        version = since.json("bundle/manifest.json")["model_version"]
        run_id = since.values["run_id"].iloc[0]
    except (NotGiven, KeyError, IndexError) as error:
        return Text(
            say("Of the earlier version it is not known what it is: {why}", why=recorded(str(error).splitlines()[0])),
            "note",
        )
    return Text(say("The earlier version is {version}, run {run_id}.", version=version, run_id=run_id))


def _figures(material: Material) -> list[Any]:
    try:
        earlier: RatioFigures | None = material.earlier
    except NotGiven as error:
        return [
            Text(say("The figures of the earlier version are not given: {found}.", found=recorded(error.found)), "note")
        ]
    if earlier is None:
        return []
    now = material.ratios
    rows = []
    for sample in ("all_sales", "valid_sales"):
        for name in (item for item in SHOWN if item in now.statistics(sample)):
            place = {"sample": sample}
            rows.append(
                row(
                    f"{head(name)}, {uncapitalised(sample_words(sample)[0])}",
                    _of_earlier(earlier, name, sample),
                    now.cell(name, **place),
                    _of_earlier(earlier, name, sample, part="n_valued"),
                    now.n(of=name, **place),
                )
            )
    caption = material.caption(say("Boosted model; each version on its own holdout"))
    return [
        Table(
            say("Two versions"),
            caption,
            [say("Statistic"), say("earlier"), say("now"), say("n earlier"), say("n now")],
            rows,
        )
    ]


def _of_earlier(earlier: RatioFigures, name: str, sample: str, part: str = "estimate") -> Any:
    found = earlier.row(name, sample=sample).get(part)
    marks = {"kind": "earlier", "sample": sample, "statistic": name, "part": part}
    if part == "n_valued":
        return "–" if found is None else count(found, **marks)
    figure = Figure(found, statistic(name).digits, statistic(name).factor, marks)
    return figure if figure.is_given else earlier.remark(name, sample=sample)


def shifts(before: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Return the change of each dwelling that both rolls value, as a share of its earlier value."""
    both = before.merge(now, on="dwelling_id", suffixes=("_before", "_now"))
    shift = both["appraised_value_now"] / both["appraised_value_before"] - 1
    return shift[np.isfinite(shift.to_numpy(dtype=float))]


def _shift(material: Material) -> list[Any]:
    columns = ["dwelling_id", "appraised_value"]
    try:
        before = material.since.values[columns] if material.since else None
    except NotGiven as error:
        return [Text(say("How far the values moved is not given: {found}.", found=recorded(error.found)), "note")]
    if before is None:
        return []
    shift = shifts(before, material.folder.values[columns])
    if len(shift) < 20:
        return [
            Text(
                say("How far the values moved is not given: n = {n} dwellings are on both rolls.", n=len(shift)),
                "note",
            )
        ]
    marks = {"kind": "shift"}
    rows = [row(say("median change, %"), Figure(float(shift.median()), 1, 100, {**marks, "part": "median"}))]
    for limit in MOVED:
        share = float((shift.abs() > limit).mean())
        rows.append(
            row(
                say("moved more than {limit:.0%}, % of dwellings", limit=limit),
                Figure(share, 1, 100, {**marks, "part": f"{limit:g}"}),
            )
        )
    n = count(len(shift), **marks, part="n")
    caption = say("{} {} dwellings on both rolls", material.caption(say("How far the values moved:")), n)
    return [Table(say("Moved values"), caption, [say("Change"), say("share")], rows)]
