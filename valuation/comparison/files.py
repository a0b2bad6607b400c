"""Where does a comparison go? Into a folder of its own: the page, the figures as JSON, every row as Parquet."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd

from valuation.comparison.comparison import Comparison
from valuation.comparison.page import comparison_pages
from valuation.errors import WrongUse

FIGURES, PAGE = "comparison.json", "index.html"


def check_place(out: Path) -> None:
    """Refuse to put a comparison over something else.

    Raises
    ------
    WrongUse
        For a file, or a filled folder that no comparison was written to.
    """
    is_ours = (out / FIGURES).is_file()
    is_free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    if not (is_ours or is_free):
        raise WrongUse(
            f"{out} exists and holds no comparison",
            expected="a new folder, or one of an earlier comparison, which is replaced",
            remedy="choose another --out",
        )


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write page, JSON and Parquet into `folder`, which is made new.

    Raises
    ------
    ValueError
        For a figure that is NaN or infinite where JSON is written: none may leave as a number.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, table in comparison.tables().items():
        _with_columns(table).to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
    for name, html in comparison_pages(comparison).items():
        (folder / name).write_text(html, encoding="utf-8")
    text = json.dumps(comparison.as_json(), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / FIGURES).write_text(text + "\n", encoding="utf-8")


def _with_columns(table: pd.DataFrame) -> pd.DataFrame:
    # Parquet needs a column: a place without tax rules has an empty table of taxes.
    return table if len(table.columns) else pd.DataFrame({"stratum": pd.array([], dtype="str")})


def put_in_place(aside: Path, out: Path) -> None:
    """Rename what is whole into its place, over an earlier comparison."""
    check_place(out)
    if not out.exists():
        os.replace(aside, out)
        return
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    os.replace(out, old)
    os.replace(aside, out)
    shutil.rmtree(old)
