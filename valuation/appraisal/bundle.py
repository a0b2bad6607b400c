"""What is a model version? A folder that holds everything a value follows from, and proves that nobody changed it.

LightGBM text, JSON, Parquet and CSV only; no pickle. ``manifest.json`` names every file with its SHA-256, and what the
version was made of: code, parameters, raw data, locked libraries. `load_bundle` hashes each file before anything parses
it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.appraisal.digest import sha256_of
from valuation.errors import BundleRefused
from valuation.explanation.comparables import ComparableSales
from valuation.explanation.typical import TypicalDwellings
from valuation.flags.own_sale import OwnSales
from valuation.flags.seen import SeenDomain
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.value_models import ValueModels
from valuation.pipeline.params import Params
from valuation.stored import read_stored
from valuation.uncertainty.intervals import IntervalModel
from valuation.uncertainty.predicted_error import PredictedError

FORMAT = 1
"""Raised when an older reader would misread a newer bundle."""

SALE_COLUMNS = ["sale_id", "dwelling_id", "market_date", "market_price", "time_adjusted_sale_price", "x_m", "y_m"]


@dataclass(frozen=True)
class Bundle:
    """A model version, loaded and checked."""

    folder: Path
    manifest: dict[str, Any]
    jurisdiction: Jurisdiction
    params: Params
    models: ValueModels
    intervals: IntervalModel
    predicted_error: PredictedError
    seen: SeenDomain
    sales: pd.DataFrame
    """The valid sales the models learned from: `SALE_COLUMNS`."""
    comparables: ComparableSales
    """Those that may be shown beside a value."""
    typical: TypicalDwellings
    """With what a dwelling is compared when its value is explained."""

    @property
    def model_version(self) -> str:
        """The first twelve hexadecimal digits of the hash of all files: the same files, the same version."""
        return self.manifest["model_version"]

    @cached_property
    def own_sales(self) -> OwnSales:
        """The same sales, put in order for looking a dwelling up."""
        return OwnSales(self.sales)


def assemble_bundle(
    folder: Path,
    *,
    train: Path,
    intervals: Path,
    predicted_error: Path,
    jurisdiction: Jurisdiction,
    params: Params,
    training_sales: pd.DataFrame,
    seen: SeenDomain,
    comparables: ComparableSales,
    typical: TypicalDwellings,
    made_of: dict[str, Any],
) -> dict[str, Any]:
    """Put a model version together in `folder` (new or empty) and write its manifest.

    Parameters
    ----------
    folder : Path
        Where the bundle is written.
    train, intervals, predicted_error : Path
        What `train` and `conformalize` wrote.
    jurisdiction, params
        Stored whole, so that a value can be rebuilt without the repository.
    training_sales : pandas.DataFrame
        The valid sales before the holdout.
    seen : SeenDomain
        What of dwellings, sales and widths is usual.
    comparables : ComparableSales
        The sales that may be shown beside a value.
    typical : TypicalDwellings
        With what a dwelling is compared when its value is explained.
    made_of : dict
        Hashes of code, raw data and lock.

    Returns
    -------
    dict
        The manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(train / "models", folder / "models", dirs_exist_ok=True)
    shutil.copytree(intervals, folder / "intervals", dirs_exist_ok=True)
    shutil.copytree(predicted_error, folder / "predicted_error", dirs_exist_ok=True)
    (folder / "jurisdiction.json").write_text(_canonical(jurisdiction.model_dump(mode="json", by_alias=True)), "utf-8")
    # Settings that change no value stay out: the version must not depend on how the work is cut.
    (folder / "params.json").write_text(_canonical(params.that_shape_values()), "utf-8")
    seen.save(folder / "seen")
    comparables.save(folder / "comparables")
    typical.save(folder / "typical.json")
    known = [name for name in SALE_COLUMNS if name in training_sales]
    sales = training_sales[known].sort_values("sale_id", ignore_index=True)
    sales.to_parquet(folder / "sales.parquet", index=False, compression="zstd")
    return _write_manifest(folder, jurisdiction, made_of)


def _write_manifest(folder: Path, jurisdiction: Jurisdiction, made_of: dict[str, Any]) -> dict[str, Any]:
    files = {name: sha256_of(folder / name) for name in _files_in(folder)}
    manifest = {
        "format": FORMAT,
        "jurisdiction": jurisdiction.name,
        "currency": jurisdiction.currency,
        "valuation_date": jurisdiction.valuation_date.isoformat(),
        "is_synthetic": jurisdiction.is_synthetic,
        "files": files,
        "made_of": made_of,
        "model_version": _version_of(files),
    }
    manifest["manifest_sha256"] = _own_hash(manifest)
    (folder / "manifest.json").write_text(_canonical(manifest), "utf-8")
    return manifest


def load_bundle(folder: Path) -> Bundle:
    """Load a model version whose every byte is as it was written.

    Parameters
    ----------
    folder : Path
        A bundle folder.

    Raises
    ------
    BundleRefused
        When a file is changed, missing or extra, when the manifest itself was edited, or for another format.
    """
    manifest = check_bundle(folder)
    jurisdiction = Jurisdiction.model_validate_json((folder / "jurisdiction.json").read_bytes())
    return Bundle(
        folder=folder,
        manifest=manifest,
        jurisdiction=jurisdiction,
        params=Params.model_validate_json((folder / "params.json").read_bytes()),
        models=ValueModels.load(folder / "models"),
        intervals=IntervalModel.load(folder / "intervals"),
        predicted_error=PredictedError.load(folder / "predicted_error", jurisdiction.characteristics),
        seen=SeenDomain.load(folder / "seen"),
        sales=pd.read_parquet(folder / "sales.parquet"),
        comparables=ComparableSales.load(folder / "comparables"),
        typical=TypicalDwellings.load(folder / "typical.json"),
    )


def check_bundle(folder: Path) -> dict[str, Any]:
    """Hash every file of a bundle against its manifest, parsing nothing but the manifest; return the manifest.

    Raises
    ------
    BundleRefused
        Names every file that differs.
    """
    manifest = _read_manifest(folder)
    there, promised = set(_files_in(folder)), set(manifest["files"])
    wrong = [f"{name}: missing" for name in sorted(promised - there)]
    wrong += [f"{name}: not in the manifest" for name in sorted(there - promised)]
    wrong += [
        f"{name}: changed since it was written"
        for name in sorted(there & promised)
        if sha256_of(folder / name) != manifest["files"][name]
    ]
    if wrong:
        raise BundleRefused(
            f"the model version in {folder} is not as it was written: " + "; ".join(wrong),
            expected="every file to have the SHA-256 of the manifest",
            remedy="restore the bundle from the run that made it, or run the pipeline again",
        )
    return manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    remedy = "give the folder `bundle` of a finished run, or run the pipeline again"
    manifest = read_stored(path, FORMAT, expected="a bundle folder", remedy=remedy)
    is_whole = manifest.get("manifest_sha256") == _own_hash(manifest)
    if not is_whole or manifest.get("model_version") != _version_of(manifest["files"]):
        raise BundleRefused(f"{path} was changed since it was written", expected="its own hash", remedy=remedy)
    return manifest


def _files_in(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found if path.name != "manifest.json")


def _version_of(files: dict[str, str]) -> str:
    return hashlib.sha256(_canonical(files).encode()).hexdigest()[:12]


def _own_hash(manifest: dict[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    return hashlib.sha256(_canonical(rest).encode()).hexdigest()


def _canonical(content: Any) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
