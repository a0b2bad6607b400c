"""The process that does one revaluation: `python -m valuation.adapters.revaluation_process FOLDER`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from valuation.adapters.process_jobs import CANCEL, VALUES
from valuation.adapters.side_process import JOB, PROGRESS, as_told, main, read_json, worked, write_end, write_json
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.digest import sha256_of
from valuation.appraisal.revaluation import revalue_roll
from valuation.errors import BundleRefused, InputRefused, Interrupted, ValuationError


class _Told:
    """Writes down how far the work has come, and stops it when somebody asked for that."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.since = datetime.now(UTC).isoformat()
        # Parts that are there already take no time: the pace is that of the others.
        self.done_before = int(read_json(place / PROGRESS).get("done", 0))

    def __call__(self, _: str, done: int, total: int) -> None:
        content = {"done": done, "total": total, "since": self.since, "done_before": self.done_before}
        write_json(self.place / PROGRESS, content)
        if (self.place / CANCEL).exists() and done < total:
            raise Interrupted("the revaluation was cancelled", remedy="resume it: what is finished is kept")


def work(place: Path) -> int:
    """Do the revaluation of a folder; return the exit code.

    Parameters
    ----------
    place : Path
        As `ProcessJobs.add` made it.
    """
    return worked(place, _ended)


def _ended(place: Path) -> int:
    try:
        digest = _revalue(place)
    except Interrupted as error:
        write_end(place, {"state": "cancelled"})
        return error.exit_code
    except (ValuationError, OSError, MemoryError) as error:
        # The kind alone is told to clients; the words stand in the log of the job.
        print(error, file=sys.stderr)
        told = as_told(error)
        write_end(place, {"state": "failed", "failure": type(told).__name__})
        return getattr(told, "exit_code", 1)
    write_end(place, {"state": "finished", "values_sha256": digest})
    return 0


def _revalue(place: Path) -> str:
    asked = read_json(place / JOB)
    bundle = load_bundle(Path(asked["bundle"]))
    if bundle.manifest["manifest_sha256"] != asked["manifest_sha256"]:
        raise BundleRefused(
            f"{asked['bundle']} holds version {bundle.model_version}",
            expected=f"{asked['model_version']}, with which the revaluation began",
            remedy="cancel it and ask for a new one",
        )
    roll = Path(asked["roll"])
    if sha256_of(roll) != asked["data_hash"]:
        raise InputRefused(f"{roll} is not the roll that was released", remedy="restore the archive from a backup")
    revalue_roll(bundle, roll, place / VALUES, chunk_rows=asked["chunk_rows"], progress=_Told(place))
    return sha256_of(place / VALUES)


if __name__ == "__main__":
    main(work)
