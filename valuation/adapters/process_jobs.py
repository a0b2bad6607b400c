"""How are revaluations done beside the service? Each in a process of its own, its standing kept in small files.

``FOLDER/<job>/`` holds `job.json` (what was asked), `progress.json`, `state.json` once ended, `cancel` when somebody
asked to stop, and what `revalue_roll` writes. The process holds a lock while it works; a job without an end and without
a holder was interrupted. Whatever stops process or service, finished parts stay, and the work goes on from there.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from valuation.errors import JobNotFound, Locked
from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll
from valuation.rolls.revaluation_job import ENDED, JobState, RevaluationJob

JOB, PROGRESS, STATE, CANCEL, LOCK = "job.json", "progress.json", "state.json", "cancel", "lock"
LOG = "talk.log"
VALUES = "values.parquet"


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small file whole or not at all."""
    aside = path.with_name(f".{path.name}.{uuid4().hex}.aside")
    aside.write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n", "utf-8")
    os.replace(aside, path)


def read_json(path: Path) -> dict[str, Any]:
    """Return what a small file holds; nothing where it is not there."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return content


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
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

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

    def add(self, roll: ReleasedRoll, *, by: str, at: str) -> RevaluationJob:
        """Keep a new revaluation."""
        self._need_nothing_else()
        job_id = uuid4().hex
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
        place.mkdir(parents=True)
        write_json(place / JOB, asked)
        return self.job(job_id)

    def begin(self, job_id: str) -> None:
        """Have it done by a process of its own."""
        if self.job(job_id).state in (*ENDED, "running"):
            return
        place = self.folder / job_id
        words = [sys.executable, "-m", "valuation.adapters.revaluation_process", str(place)]
        with (place / LOG).open("ab") as talk:
            # Of its own session: a key pressed at the service does not end it.
            process = subprocess.Popen(  # noqa: S603 - our own program and a name we made
                words, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk, start_new_session=True
            )
        self._processes[job_id] = process
        # Somebody must take note of its end, or it stays in the table of processes.
        threading.Thread(target=process.wait, daemon=True).start()

    def jobs(self) -> list[RevaluationJob]:
        """Return all, the newest first."""
        if not self.folder.is_dir():
            return []
        found = [self.job(place.name) for place in self.folder.iterdir() if (place / JOB).exists()]
        return sorted(found, key=lambda job: (job.asked_at, job.job_id), reverse=True)

    def job(self, job_id: str) -> RevaluationJob:
        """Return one as it stands."""
        place = self._place(job_id)
        asked, progress, ended = (read_json(place / name) for name in (JOB, PROGRESS, STATE))
        state: JobState = ended.get("state") or self._state_of(job_id, place, progress)
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
        place = self._place(job_id)
        (place / CANCEL).touch()
        if self.job(job_id).state in ("waiting", "interrupted"):
            # Nobody is there to see it.
            write_json(place / STATE, {"state": "cancelled"})
        return self.job(job_id)

    def resume(self, job_id: str) -> RevaluationJob:
        """Take back that it was cancelled or failed."""
        place = self._place(job_id)
        if self.job(job_id).state in ("cancelled", "failed"):
            self._need_nothing_else()
            (place / CANCEL).unlink(missing_ok=True)
            (place / STATE).unlink(missing_ok=True)
        return self.job(job_id)

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        for job in self.jobs():
            if job.state in ("waiting", "interrupted"):
                self.begin(job.job_id)

    def _need_nothing_else(self) -> None:
        other = next((job for job in self.jobs() if job.state not in ENDED), None)
        if other is not None:
            raise Locked(
                f"revaluation {other.job_id} is not ended", expected="one at a time", remedy="wait for it, or cancel it"
            )

    def _place(self, job_id: str) -> Path:
        place = self.folder / job_id
        if not (job_id.isalnum() and (place / JOB).exists()):
            raise JobNotFound(f"there is no revaluation {job_id!r}")
        return place

    def _state_of(self, job_id: str, place: Path, progress: dict[str, Any]) -> JobState:
        process = self._processes.get(job_id)
        is_ours_at_work = process is not None and process.poll() is None
        if is_ours_at_work or is_held(place / LOCK):
            return "running"
        return "interrupted" if progress or process is not None else "waiting"


def is_held(lock: Path) -> bool:
    """Return whether a process holds a lock."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _seconds_left(progress: dict[str, Any]) -> float | None:
    if not progress or progress["done"] <= progress["done_before"]:
        return None
    spent = (datetime.now(UTC) - datetime.fromisoformat(progress["since"])).total_seconds()
    pace = (progress["done"] - progress["done_before"]) / max(spent, 1e-3)
    return round((progress["total"] - progress["done"]) / pace, 1)
