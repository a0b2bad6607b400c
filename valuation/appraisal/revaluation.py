"""What is every dwelling of the roll worth? The whole roll through `appraise`, in parts that survive an interruption.

Each part is written aside and renamed; a plan beside the parts says of what they are made. A later call with the same
bundle, roll and part size keeps the finished parts and makes the rest. The result is the same file whatever the part
size, since values depend on nothing but their own row and the parts are put together before they are written.
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
from valuation.appraisal.digest import sha256_of
from valuation.appraisal.looked_at import LOOKED_AT, looked_at
from valuation.appraisal.run_name import run_name
from valuation.errors import InputRefused

ROWS_IN_A_ROW_GROUP = 50_000
"""Fixed, so that the bytes of values.parquet do not depend on how the work was cut."""

CARRIED = ("prior_value", "market_area", "dwelling_type", "x_m", "y_m")
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
        The roll as Parquet, and where the values are written.
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
        part = parts / f"part-{number:05d}.parquet"
        if not part.exists():
            chunk = table.iloc[start : start + chunk_rows]
            _write(_valued(bundle, chunk, n_threads), part)
        progress("revalue", min(start + chunk_rows, len(table)), len(table))
    whole = pd.concat([pd.read_parquet(parts / f"part-{number:05d}.parquet") for number in range(len(starts))])
    whole["run_id"] = pd.array(
        np.repeat(run_name(bundle.model_version + data_hash, today or date.today()), len(whole)), dtype="str"
    )
    whole[LOOKED_AT] = looked_at(whole, decisions)
    whole["data_hash"] = pd.array(np.repeat(data_hash, len(whole)), dtype="str")
    whole = whole.reset_index(drop=True)
    _write(whole, values)
    shutil.rmtree(parts)
    return whole


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


def _valued(bundle: Bundle, chunk: pd.DataFrame, n_threads: int | None) -> pd.DataFrame:
    valued = appraise(bundle, chunk, n_threads=n_threads).table
    dictionary = bundle.jurisdiction.characteristics
    for name in CARRIED:
        column = dictionary.with_role(name) or name
        if column in chunk:
            valued[name] = chunk[column].to_numpy()
    return valued


def _parts_folder(values: Path, model_version: str, data_hash: str, chunk_rows: int) -> Path:
    """Return the folder for parts of just this work; parts of any other work are thrown away."""
    folder = values.with_name(f".{values.stem}.parts")
    work = json.dumps({"model_version": model_version, "data_hash": data_hash, "chunk_rows": chunk_rows})
    plan = folder / "plan.json"
    if folder.exists() and (not plan.exists() or plan.read_text("utf-8") != work):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not plan.exists():
        aside = plan.with_suffix(".aside")
        aside.write_text(work, "utf-8")
        os.replace(aside, plan)
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
