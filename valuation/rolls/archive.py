"""Where is kept what released values were made of, so that each can be made again without anything else?

``ARCHIVE/<run id>-<first letters of a hash>/`` holds the model version, the roll that was valued, the values and what
the explanations rest on. A run is copied aside, checked byte for byte, and put in place whole; what is there is never
written over.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from valuation.appraisal.bundle import Bundle, check_bundle, load_bundle
from valuation.appraisal.receipt import RECEIPT, check_signed, read_receipt
from valuation.errors import BundleRefused, InputRefused, WrongUse
from valuation.rolls.released_roll import ReleasedRoll

TABLES = ("roll.parquet", "values.parquet", "flags.parquet", "comparables.parquet")
"""What is kept of a run beside its bundle and receipt."""
MEASURED = "evaluation/metrics.json"
"""How the model did on the newest sales: letters tell it. Kept where the run has it; archives of before lack it."""


class Archive:
    """The folder in which released runs are kept.

    Parameters
    ----------
    folder : Path
        Made with the first run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return f"the archive {self.folder}"

    def folder_of(self, roll: ReleasedRoll) -> Path:
        """Return where the run of a roll lies.

        Raises
        ------
        WrongUse
            When it is not there.
        """
        place = self.folder / roll.run_folder
        if not place.is_dir():
            raise WrongUse(
                f"{self} does not hold the run of roll {roll.roll_id}",
                expected=f"the folder {roll.run_folder}",
                remedy="give the archive of the service with --archive or VALUATION_ARCHIVE, or restore it",
            )
        return place

    def bundle_of(self, roll: ReleasedRoll) -> Bundle:
        """Load the model version of a roll, proven to be the one that was released.

        Raises
        ------
        BundleRefused
            When it is another one, or a byte of it was changed.
        InputRefused
            When a table of the run is not the one that was released.
        """
        place = self.folder_of(roll)
        checked_receipt(place, roll)
        bundle = load_bundle(place / "bundle")
        if bundle.manifest["manifest_sha256"] != roll.manifest_sha256:
            raise BundleRefused(
                f"{place / 'bundle'} is not the model version that was released as {roll.roll_id}",
                expected=f"the manifest {roll.manifest_sha256}",
                remedy="restore the archive from a backup",
            )
        return bundle

    def keep(self, run: Path, receipt: dict[str, Any]) -> str:
        """Copy a finished run into the archive, or find it there; return the name of its folder.

        Raises
        ------
        BundleRefused, InputRefused
            When a file of the run, or of the copy, is not the one its receipt names.
        """
        name = f"{receipt['run_id']}-{receipt['outputs_sha256']['values.parquet'][:12]}"
        place = self.folder / name
        if not place.is_dir():
            self._copy(run, place)
        check_run(place)
        return name

    def _copy(self, run: Path, place: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f".{place.name}.*.aside"):
            shutil.rmtree(left, ignore_errors=True)
        aside = place.with_name(f".{place.name}.{uuid4().hex}.aside")
        try:
            aside.mkdir()
            for table in (RECEIPT, *TABLES):
                shutil.copy2(run / table, aside / table)
            if (run / MEASURED).is_file():
                (aside / MEASURED).parent.mkdir()
                shutil.copy2(run / MEASURED, aside / MEASURED)
            shutil.copytree(run / "bundle", aside / "bundle")
            check_run(aside)
            os.replace(aside, place)
        except shutil.Error as error:
            # Many files of a tree failed, each with its own reason: the first one says why.
            raise OSError(0, str(error.args[0][0][2]), str(place)) from error
        except OSError as error:
            if not place.is_dir():
                raise
            # Another release put the same run in place meanwhile; it is checked like any other.
            del error
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def check_run(folder: Path) -> dict[str, Any]:
    """Return the receipt of a finished run, every byte of which that is released is proven to be the one it names.

    Raises
    ------
    WrongUse
        When there is no such folder.
    InputRefused, BundleRefused
        When the run is not finished, or names what is not there.
    """
    receipt = read_receipt(folder)
    for table in TABLES:
        check_signed(folder, table, receipt)
    manifest = check_bundle(folder / "bundle")
    if manifest["manifest_sha256"] != receipt["manifest_sha256"]:
        raise InputRefused(
            f"{folder / 'bundle'} is not the model version its receipt names",
            expected=f"the manifest {receipt['manifest_sha256']}",
            remedy="restore the folder, or run the pipeline again",
        )
    return receipt


def checked_receipt(folder: Path, roll: ReleasedRoll) -> dict[str, Any]:
    """Return the receipt of an archived run, its tables proven to be those of a roll."""
    receipt = read_receipt(folder)
    for table, promised in (("values.parquet", roll.values_sha256), ("roll.parquet", roll.data_hash)):
        check_signed(folder, table, receipt)
        if receipt["outputs_sha256"][table] != promised:
            raise InputRefused(
                f"{folder / table} is not what was released as {roll.roll_id}",
                expected=f"SHA-256 {promised}",
                remedy="restore the archive from a backup",
            )
    return receipt
