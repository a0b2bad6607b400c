"""What is compared? Two finished runs of one jurisdiction, each proven whole before a figure is taken from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.receipt import check_signed, read_receipt
from valuation.errors import InputRefused, WrongUse
from valuation.report.run_folder import RunFolder

TABLES = ("values.parquet", "roll.parquet", "holdout_values.parquet")
"""Tables of the output folder that are compared; `receipt.json` holds the hash of each."""
METRICS = "evaluation/metrics.json"


@dataclass(frozen=True)
class Version:
    """A finished run: its model version, the roll it valued and how it did on its holdout."""

    folder: Path
    bundle: Bundle
    receipt: dict[str, Any]
    values: pd.DataFrame
    """One dwelling per row, sorted by `dwelling_id`."""
    roll: pd.DataFrame
    """The facts of the same dwellings, sorted alike."""
    holdout: pd.DataFrame
    """One holdout sale per row, sorted by `sale_id`."""
    metrics: dict[str, Any]
    """Figures of its own holdout."""

    @property
    def model_version(self) -> str:
        """Hash of the model version."""
        return self.bundle.model_version

    @property
    def run_id(self) -> str:
        """What people call the run: its day and two words."""
        return str(self.receipt["run_id"])

    @property
    def valuation_date(self) -> str:
        """Day the values stand at, as ISO 8601."""
        return self.bundle.jurisdiction.valuation_date.isoformat()

    def described(self) -> dict[str, Any]:
        """Return what is said of the version beside every figure."""
        return {
            "folder": self.folder.name,
            "run_id": self.run_id,
            "model_version": self.model_version,
            "valuation_date": self.valuation_date,
            "holdout_from": self.bundle.jurisdiction.holdout_from.isoformat(),
            "dwellings": len(self.values),
            "dwellings_valued": int(self.values["appraised_value"].notna().sum()),
            "holdout_sales": len(self.holdout),
            "value_total": self.receipt["value_total"],
            "roll_sha256": self.receipt["outputs_sha256"]["roll.parquet"],
            "manifest_sha256": self.receipt["manifest_sha256"],
        }


def read_version(folder: Path) -> Version:
    """Read a finished run, hashing every file that is used before it is read.

    Parameters
    ----------
    folder : Path
        Output folder of a run (docs/reference/output-folder.md).

    Raises
    ------
    WrongUse
        When there is no such folder.
    InputRefused
        For a folder that is no finished run, a table that is not the one its receipt names, or a receipt that is about
        another place than the bundle.
    BundleRefused
        For a model version of which a byte was changed.
    """
    receipt = read_receipt(folder)
    for name in (*TABLES, METRICS):
        check_signed(folder, name, receipt)
    bundle = load_bundle(folder / "bundle")
    if bundle.manifest["manifest_sha256"] != receipt["manifest_sha256"]:
        raise InputRefused(
            f"{folder}: the values were made by model version {receipt['model_version']}, "
            f"the bundle is version {bundle.model_version}",
            expected="values and bundle of one run",
            remedy="run the pipeline again with --out naming this folder",
        )
    _check_place(folder, receipt, bundle)
    run = RunFolder(folder)
    tables = {name: run.table(name) for name in TABLES}
    _check_whole(folder / "values.parquet", tables["values.parquet"])
    return Version(
        folder=folder,
        bundle=bundle,
        receipt=receipt,
        values=_by(tables["values.parquet"], "dwelling_id", folder),
        roll=_by(tables["roll.parquet"], "dwelling_id", folder),
        holdout=_by(tables["holdout_values.parquet"], "sale_id", folder),
        metrics=run.json(METRICS),
    )


def _check_place(folder: Path, receipt: dict[str, Any], bundle: Bundle) -> None:
    """Refuse a receipt that is about another place, currency or day than the bundle that made the values."""
    ours = bundle.jurisdiction
    told = {
        "jurisdiction": ours.name,
        "currency": ours.currency,
        "is_synthetic": ours.is_synthetic,
        "valuation_date": ours.valuation_date.isoformat(),
    }
    for name, expected in told.items():
        if receipt.get(name, expected) != expected:
            raise InputRefused(
                f"{folder / 'receipt.json'} says {name} {receipt[name]!r}, the bundle beside it {expected!r}",
                expected="a receipt and a bundle of one run",
                remedy="run the pipeline again: the receipt was written with another jurisdiction file, or changed",
            )


def _check_whole(path: Path, values: pd.DataFrame) -> None:
    known = values["appraised_value"].dropna()
    broken = values.loc[known.index[known != known.round()], "dwelling_id"]
    if len(broken):
        raise InputRefused(
            f"{path}: {len(broken):,} values have a fraction of the currency, such as that of {broken.iloc[0]}",
            expected="whole values, as `valuation revalue` writes them",
            remedy="run the pipeline again; values changed by hand are nobody's values",
        )


def _by(table: pd.DataFrame, key: str, folder: Path) -> pd.DataFrame:
    if table[key].duplicated().any():
        raise InputRefused(
            f"{folder}: {key} {table.loc[table[key].duplicated(), key].iloc[0]!r} stands twice",
            expected="each once",
            remedy="run the pipeline again",
        )
    return table.sort_values(key, ignore_index=True)


def check_comparable(before: Version, after: Version) -> None:
    """Refuse two runs of which no difference would mean anything.

    Raises
    ------
    WrongUse
        For one folder given twice.
    InputRefused
        For runs of different jurisdictions, currencies, or of synthetic and real data.
    """
    if before.folder.resolve() == after.folder.resolve():
        raise WrongUse(
            f"{before.folder} is given as both versions", expected="two runs", remedy="give two different folders"
        )
    ours, theirs = before.bundle.jurisdiction, after.bundle.jurisdiction
    pairs = {
        "jurisdiction": (ours.name, theirs.name),
        "currency": (ours.currency, theirs.currency),
        "kind of data": (_kind(ours.is_synthetic), _kind(theirs.is_synthetic)),
    }
    for what, (first, second) in pairs.items():
        if first != second:
            raise InputRefused(
                f"A is of {what} {first}, B of {what} {second}",
                expected=f"two runs of one {what}",
                remedy="compare versions of one place; two places have no difference in kroner to speak of",
            )


def _kind(is_synthetic: bool) -> str:
    return "synthetic" if is_synthetic else "real"


def changed_definitions(before: Version, after: Version) -> list[str]:
    """Say which characteristics are defined otherwise in the second version, and how: one sentence each."""
    ours, theirs = before.bundle.jurisdiction.characteristics, after.bundle.jurisdiction.characteristics
    said = [f"{name}: known only to A" for name in ours if name not in theirs]
    said += [f"{name}: known only to B" for name in theirs if name not in ours]
    for name in ours:
        if name in theirs:
            keys = [key for key in _DEFINING if getattr(ours[name], key) != getattr(theirs[name], key)]
            said += [f"{name}: {', '.join(_DEFINING[key] for key in keys)}"] if keys else []
    return said


_DEFINING = {
    "kind": "kind",
    "origin": "raw column or how it is read",
    "unit": "unit",
    "levels": "levels",
    "direction": "promised direction",
    "role": "role",
    "required": "whether it is required",
    "is_feature": "whether models may use it",
}
"""Fields of `Characteristic` that change what a value means; labels and sources do not."""
