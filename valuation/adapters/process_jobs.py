"""How are revaluations done beside the service? Each in a process of its own (`side_process.py`).

Beside what every such job keeps, ``FOLDER/<job>/`` holds `cancel` when somebody asked to stop, and what `revalue_roll`
writes: finished parts stay whatever stops process or service, and the work goes on from there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from valuation.adapters.side_process import JOB, PROGRESS, STATE, SideProcesses, read_json, write_json
from valuation.errors import Locked
from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll
from valuation.rolls.revaluation_job import ENDED, JobState, RevaluationJob

CANCEL = "cancel"
VALUES = "values.parquet"


class ProcessJobs:
    """Revaluations in processes beside the service.

    Parameters
    ----------
    folder : Path
        Where jobs are kept.
    archive : Archive
        Where the rolls to be valued lie.
    bundle : Path
        Folder of the served model version.
    model_version, manifest_sha256 : str
        Of that version: a job is done by it and by no other.
    chunk_rows : int
        Dwellings in a part.
    """

    def __init__(
        self, folder: Path, archive: Archive, bundle: Path, *, model_version: str, manifest_sha256: str, chunk_rows: int
    ) -> None:
        self.folder, self.archive, self.bundle = folder, archive, bundle
        self.model_version, self.manifest_sha256, self.chunk_rows = model_version, manifest_sha256, chunk_rows
        self._processes = SideProcesses(folder, "valuation.adapters.revaluation_process", "revaluation")

    def served_by(self, bundle: Path, *, model_version: str, manifest_sha256: str) -> ProcessJobs:
        """Return the same jobs, new ones of which are done by another version; those begun end on theirs."""
        other = ProcessJobs(
            self.folder,
            self.archive,
            bundle,
            model_version=model_version,
            manifest_sha256=manifest_sha256,
            chunk_rows=self.chunk_rows,
        )
        other._processes = self._processes
        return other

    def add(self, roll: ReleasedRoll, *, by: str, at: str, job_id: str = "") -> RevaluationJob:
        """Keep a new revaluation, or find it under its identity."""
        job_id = job_id or uuid4().hex
        if (self.folder / job_id / JOB).exists():
            return self.job(job_id)
        self._need_nothing_else()
        asked = {
            "job_id": job_id,
            "roll_id": roll.roll_id,
            "roll": str(self.archive.folder_of(roll).resolve() / "roll.parquet"),
            "data_hash": roll.data_hash,
            "n_dwellings": roll.n_dwellings,
            "bundle": str(self.bundle.resolve()),
            "model_version": self.model_version,
            "manifest_sha256": self.manifest_sha256,
            "chunk_rows": self.chunk_rows,
            "asked_by": by,
            "asked_at": at,
        }
        place = self.folder / job_id
        # There already where the disk was full the first time.
        place.mkdir(parents=True, exist_ok=True)
        write_json(place / JOB, asked)
        return self.job(job_id)

    def begin(self, job_id: str) -> None:
        """Have it done by a process of its own."""
        if self.job(job_id).state in (*ENDED, "running"):
            return
        self._processes.begin(job_id)

    def jobs(self) -> list[RevaluationJob]:
        """Return all, the newest first."""
        found = [self.job(job_id) for job_id in self._processes.job_ids()]
        return sorted(found, key=lambda job: (job.asked_at, job.job_id), reverse=True)

    def job(self, job_id: str) -> RevaluationJob:
        """Return one as it stands."""
        place = self._processes.place_of(job_id)
        asked, progress, ended = (read_json(place / name) for name in (JOB, PROGRESS, STATE))
        state: JobState = ended.get("state") or self._state_of(job_id, progress)
        return RevaluationJob(
            job_id=asked["job_id"],
            roll_id=asked["roll_id"],
            model_version=asked["model_version"],
            asked_by=asked["asked_by"],
            asked_at=asked["asked_at"],
            state=state,
            done=progress.get("done", 0),
            total=asked["n_dwellings"],
            seconds_left=_seconds_left(progress) if state == "running" else None,
            values_sha256=ended.get("values_sha256"),
            failure=ended.get("failure"),
        )

    def cancel(self, job_id: str) -> RevaluationJob:
        """Ask the process to stop at the next part."""
        place = self._processes.place_of(job_id)
        (place / CANCEL).touch()
        if self.job(job_id).state in ("waiting", "interrupted"):
            # Nobody is there to see it.
            write_json(place / STATE, {"state": "cancelled"})
        return self.job(job_id)

    def resume(self, job_id: str) -> RevaluationJob:
        """Take back that it was cancelled or failed."""
        place = self._processes.place_of(job_id)
        if self.job(job_id).state in ("cancelled", "failed"):
            self._need_nothing_else()
            (place / CANCEL).unlink(missing_ok=True)
            (place / STATE).unlink(missing_ok=True)
        return self.job(job_id)

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        self._processes.go_on(job.job_id for job in self.jobs() if job.state in ("waiting", "interrupted"))

    def _need_nothing_else(self) -> None:
        other = next((job for job in self.jobs() if job.state not in ENDED), None)
        if other is not None:
            raise Locked(
                f"revaluation {other.job_id} is not ended", expected="one at a time", remedy="wait for it, or cancel it"
            )

    def _state_of(self, job_id: str, progress: dict[str, Any]) -> JobState:
        if self._processes.is_at_work(job_id):
            return "running"
        return "interrupted" if progress or self._processes.was_begun(job_id) else "waiting"


def _seconds_left(progress: dict[str, Any]) -> float | None:
    if not progress or progress["done"] <= progress["done_before"]:
        return None
    spent = (datetime.now(UTC) - datetime.fromisoformat(progress["since"])).total_seconds()
    pace = (progress["done"] - progress["done_before"]) / max(spent, 1e-3)
    return round((progress["total"] - progress["done"]) / pace, 1)
