"""What is every dwelling of the roll worth? The whole roll through `appraise`, in parts that survive an interruption.

Each part is written aside and renamed; a plan beside the parts says of what they are made. A later call with the same
bundle, roll and part size keeps the finished parts and makes the rest. The result is the same file whatever the part
size, since values depend on nothing but their own row, and the parts are put together before the flags that compare
dwellings with one another are found.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.compared import COMPARABLES_FILE, comparable_rows, compared_with
from valuation.appraisal.digest import sha256_of
from valuation.appraisal.explained import contribution_columns, explain
from valuation.appraisal.looked_at import LOOKED_AT, looked_at
from valuation.appraisal.roll_flags import raise_roll_flags
from valuation.appraisal.run_name import run_name
from valuation.errors import InputRefused
from valuation.flags.catalogue import RULES

FLAGS_FILE = "flags.parquet"
"""Every flag of every dwelling with its number, limit and evidence."""
ROWS_IN_A_ROW_GROUP = 50_000
"""Fixed, so that the bytes of values.parquet do not depend on how the work was cut."""

CARRIED = ("prior_value", "property_id", "market_area", "dwelling_type", "x_m", "y_m")
"""Columns of the roll repeated beside the value, under these names (roles of the data dictionary)."""


def revalue_roll(
    bundle: Bundle,
    roll: Path,
    values: Path,
    *,
    chunk_rows: int,
    n_threads: int | None = None,
    today: date | None = None,
    decisions: pd.DataFrame | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> pd.DataFrame:
    """Value the whole roll and write `values.parquet`; resume where an earlier call stopped.

    Parameters
    ----------
    bundle : Bundle
        The model version.
    roll, values : Path
        The roll as Parquet, and where the values are written; `flags.parquet` and `comparables.parquet` beside them.
    chunk_rows : int
        Dwellings in a part.
    n_threads : int, optional
        Threads for the boosted model.
    today : date, optional
        Day in the name of the run.
    decisions : DataFrame, optional
        Of caseworkers, as `looked_at.read_decisions` gives them: which of the values a person has looked at.
    progress : callable
        Told ``("revalue", done, total)`` in dwellings.

    Returns
    -------
    pandas.DataFrame
        What was written, sorted by `dwelling_id`.

    Raises
    ------
    InputRefused
        For a roll with an identity twice, or one that holds no dwelling.
    """
    table = read_roll(roll)
    data_hash = sha256_of(roll)
    parts = _parts_folder(values, bundle.model_version, data_hash, chunk_rows)
    starts = range(0, len(table), chunk_rows)
    for number, start in enumerate(starts):
        if not _part(parts, number).exists():
            chunk = table.iloc[start : start + chunk_rows]
            valued, flags, comparables = _valued(bundle, chunk, n_threads)
            # The values last: a part that has them is whole.
            _write(flags, _part(parts, number, "flags"))
            _write(comparables, _part(parts, number, "comparables"))
            _write(valued, _part(parts, number))
        progress("revalue", min(start + chunk_rows, len(table)), len(table))
    whole = _read_parts(parts, len(starts))
    whole["flags"], of_roll = raise_roll_flags(bundle, table, whole, n_threads)
    flags = _flags_by_dwelling(_read_parts(parts, len(starts), "flags"), of_roll, table["dwelling_id"])
    whole["run_id"] = pd.array(
        np.repeat(run_name(bundle.model_version + data_hash, today or date.today()), len(whole)), dtype="str"
    )
    whole[LOOKED_AT] = looked_at(whole, decisions)
    whole["data_hash"] = pd.array(np.repeat(data_hash, len(whole)), dtype="str")
    _write(flags, values.with_name(FLAGS_FILE))
    _write(_read_parts(parts, len(starts), "comparables"), values.with_name(COMPARABLES_FILE))
    _write(whole, values)
    shutil.rmtree(parts)
    return whole


def _part(parts: Path, number: int, kind: str = "values") -> Path:
    return parts / f"part-{number:05d}.{kind}.parquet"


def _read_parts(parts: Path, n: int, kind: str = "values") -> pd.DataFrame:
    return pd.concat([pd.read_parquet(_part(parts, number, kind)) for number in range(n)], ignore_index=True)


def _flags_by_dwelling(own: pd.DataFrame, of_roll: pd.DataFrame, dwelling_id: pd.Series) -> pd.DataFrame:
    named = of_roll.assign(dwelling_id=dwelling_id.to_numpy()[of_roll["row"].to_numpy()])[own.columns]
    both = pd.concat([own, named], ignore_index=True)
    order = {rule.code: place for place, rule in enumerate(RULES)}
    places = both.assign(place=both["code"].map(order)).sort_values(["dwelling_id", "place"]).index
    return both.loc[places].reset_index(drop=True)


def read_roll(roll: Path) -> pd.DataFrame:
    """Read a roll, sorted by `dwelling_id`.

    Raises
    ------
    InputRefused
        For an identity given twice, or a roll without a dwelling.
    """
    table = pd.read_parquet(roll).sort_values("dwelling_id", ignore_index=True)
    if table.empty:
        raise InputRefused(f"{roll} holds no dwelling", expected="a row for each dwelling to be valued")
    doubled = table.loc[table["dwelling_id"].duplicated(), "dwelling_id"]
    if len(doubled):
        raise InputRefused(
            f"{roll} names {doubled.iloc[0]!r} twice ({len(doubled)} doubled rows)",
            expected="each dwelling once",
            remedy="run `valuation ingest`, which lists the conflicts in ingest/rejected_rows.csv",
        )
    return table


def _valued(
    bundle: Bundle, chunk: pd.DataFrame, n_threads: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Values of a part of the roll, one row per flag of its dwellings, and one per sale beside them."""
    answers = appraise(bundle, chunk, n_threads=n_threads)
    assert answers.raised is not None
    valued, flags = answers.table, answers.raised.table()
    flags.insert(0, "dwelling_id", valued["dwelling_id"].to_numpy()[flags.pop("row").to_numpy()])
    dictionary = bundle.jurisdiction.characteristics
    for name in CARRIED:
        column = dictionary.with_role(name) or name
        if column in chunk:
            valued[name] = chunk[column].to_numpy()
    explained = explain(bundle, answers, n_threads=n_threads)
    found = compared_with(bundle, answers, explained.apart.amounts, n_threads=n_threads)
    why = contribution_columns(bundle, explained)
    return pd.concat([valued, why], axis=1), flags, comparable_rows(found, valued["dwelling_id"])


def _parts_folder(values: Path, model_version: str, data_hash: str, chunk_rows: int) -> Path:
    """Return the folder for parts of just this work; parts of any other work are thrown away."""
    folder = values.with_name(f".{values.stem}.parts")
    asked = {"model_version": model_version, "data_hash": data_hash, "chunk_rows": chunk_rows}
    # Parts that an earlier release left behind lack what this one puts together.
    work = json.dumps(asked | {"kinds": ["values", "flags", "comparables"]})
    plan = folder / "plan.json"
    if folder.exists() and (not plan.exists() or plan.read_text("utf-8") != work):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not plan.exists():
        aside = plan.with_suffix(".aside")
        try:
            aside.write_text(work, "utf-8")
            os.replace(aside, plan)
        finally:
            aside.unlink(missing_ok=True)
    return folder


def _write(table: pd.DataFrame, path: Path) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        table.to_parquet(aside, index=False, compression="zstd", row_group_size=ROWS_IN_A_ROW_GROUP)
        os.replace(aside, path)
    except OSError as error:
        # A library says that the disk is full, not which file it was writing.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)


def values_digest(values: pd.DataFrame) -> str:
    """Return a hash of what was valued, without the name of the run and who looked: equal digests, equal values.

    Parameters
    ----------
    values : pandas.DataFrame
        As written by `revalue_roll`.
    """
    table = values.drop(columns=["run_id", LOOKED_AT], errors="ignore").sort_values("dwelling_id")
    digest = hashlib.sha256("|".join(sorted(table.columns)).encode())
    for name in sorted(table.columns):
        digest.update(pd.util.hash_array(table[name].to_numpy(), categorize=False).tobytes())
    return digest.hexdigest()
