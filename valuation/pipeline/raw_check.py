"""Would a run take these raw tables? Read, mapped and held to its limits as `ingest` does; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.mapping import Canonical, unused_columns
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.ingest import check_share, read_tables
from valuation.pipeline.params import IngestParams


def check_jurisdiction(path: Path | str, raw: Path | None = None, params: IngestParams | None = None) -> Iterator[str]:
    """Check a jurisdiction file and, with a raw folder, the tables against it.

    Parameters
    ----------
    path : Path
        The jurisdiction file.
    raw : Path, optional
        Folder with the raw tables.
    params : IngestParams, optional
        The limits of the run; by default the defaults.

    Yields
    ------
    str
        What was found, for people: the rules of law, counts, findings by rule, columns that are neither used nor left
        out with a reason.

    Raises
    ------
    WrongUse, JurisdictionRefused, InputRefused
        As `read_jurisdiction` and `ingest` do; when too much was left out, after all that was found.
    """
    jurisdiction = read_jurisdiction(path)
    yield f"{path}: {len(jurisdiction.characteristics)} characteristics, {len(jurisdiction.tables)} tables"
    for name, item in jurisdiction.characteristics.items():
        for language in jurisdiction.languages:
            if getattr(item.labels, language) is None:
                yield f"characteristics.{name}: no label in {language}"
    yield from [f"law: {line}" for line in jurisdiction.law.told()] or ["law: no rules given; no tax is worked out"]
    if raw is not None:
        yield from _of_tables(jurisdiction, Path(raw), params or IngestParams())


def _of_tables(jurisdiction: Jurisdiction, folder: Path, params: IngestParams) -> Iterator[str]:
    read = read_tables(jurisdiction, folder)
    for name, canonical in (("sales", read.sales), ("roll", read.roll)):
        yield f"{name}: {canonical.n_raw:,} rows read, {len(canonical.table):,} usable"
        for line in (*_counted(canonical), *_listed(canonical)):
            yield f"{name}: {line}"
    yield from _outside_plausible(jurisdiction, read.roll.table)
    for table, column in unused_columns(jurisdiction, read.tables):
        yield f"{table}: column {column!r} is neither used nor under `left_out`"
    check_share(read, params)


def _counted(canonical: Canonical) -> Iterator[str]:
    """Yield why rows that are nobody's fault are not used."""
    if canonical.n_exact_duplicates:
        yield f"{canonical.n_exact_duplicates:,} × a row that stands there already; it counts once"
    if canonical.n_superseded:
        yield f"{canonical.n_superseded:,} × an earlier sale of a dwelling; its latest says how it is"


def _listed(canonical: Canonical) -> Iterator[str]:
    counts = canonical.rejections.table_of_findings().value_counts(["rule", "column", "effect"], sort=False)
    for row in counts.rename("n").reset_index().itertuples():
        yield f"{row.n:,} × {row.rule} in {row.column!r} ({row.effect})"


def _outside_plausible(jurisdiction: Jurisdiction, roll: pd.DataFrame) -> Iterator[str]:
    """Yield how many values of the roll lie outside their plausible range, which a flag will say of each."""
    for name, item in jurisdiction.characteristics.items():
        if item.plausible is None or item.is_categorical:
            continue
        low, high = item.plausible
        count = int(((roll[name] < low) | (roll[name] > high)).sum())
        if count:
            yield f"roll: {count:,} × {name} outside the plausible {low:g} to {high:g}"
