"""How is long work done beside the service? Each piece in a process of its own, its standing kept in small files.

``FOLDER/<job>/`` holds `job.json` (what was asked), `progress.json` and `state.json` once ended. The process holds a
lock while it works; a job without an end and without a holder was interrupted. Whatever stops process or service, what
is finished stays. `room` keeps so much of the disk that also the end of a job on a full one can be written down.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from valuation.errors import DiskFull, JobNotFound

_log = logging.getLogger("valuation.jobs")
JOB, PROGRESS, STATE, LOCK, LOG = "job.json", "progress.json", "state.json", "lock", "talk.log"
ROOM, ROOM_BYTES = "room", 16_384
NICENESS = 10
"""It works with what is left over: answering people comes first on the same machine."""
HELD_BY_ANOTHER = 75
"""Exit code of a process that found another at its work."""


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small file whole or not at all."""
    aside = path.with_name(f".{path.name}.{uuid4().hex}.aside")
    try:
        aside.write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n", "utf-8")
        os.replace(aside, path)
    finally:
        # Of a disk that is full nothing half may stay.
        aside.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """Return what a small file holds; nothing where it is not there."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return content


def keep_room(place: Path) -> None:
    """Take now the room that the end of a job needs; refused where there is none, before anything is begun."""
    (place / ROOM).write_bytes(bytes(ROOM_BYTES))


def write_end(place: Path, content: dict[str, Any]) -> None:
    """Write down how a job ended, in the room that was kept for it."""
    (place / ROOM).unlink(missing_ok=True)
    write_json(place / STATE, content)


def as_told(error: BaseException) -> BaseException:
    """Return what stopped a job as people are told it: a disk that takes nothing more is said to be full."""
    if not isinstance(error, OSError) or error.errno not in DiskFull.SAID:
        return error
    return DiskFull(
        "the disk is full, or fails",
        expected="room for what is made",
        remedy="free space and go on: what was finished is kept",
    )


class SideProcesses:
    """The processes that work on the jobs of a folder, begun by this service.

    Parameters
    ----------
    folder : Path
        Where jobs are kept.
    program : str
        Module that does one: it is given the folder of the job.
    kind : str
        What a job is called when there is none.
    """

    def __init__(self, folder: Path, program: str, kind: str) -> None:
        self.folder, self.program, self.kind = folder, program, kind
        self._begun: dict[str, subprocess.Popen[bytes]] = {}

    def place_of(self, job_id: str) -> Path:
        """Return the folder of a job.

        Raises
        ------
        JobNotFound
        """
        place = self.folder / job_id
        if not (job_id.isalnum() and (place / JOB).exists()):
            raise JobNotFound(f"there is no {self.kind} {job_id!r}")
        return place

    def job_ids(self) -> Iterator[str]:
        """Yield the jobs there are, in no order."""
        if self.folder.is_dir():
            yield from (place.name for place in self.folder.iterdir() if (place / JOB).exists())

    def begin(self, job_id: str) -> None:
        """Have a job done by a process of its own."""
        place = self.folder / job_id
        keep_room(place)
        words = [sys.executable, "-m", self.program, str(place)]
        with (place / LOG).open("ab") as talk:
            # Of its own session: a key pressed at the service does not end it.
            process = subprocess.Popen(  # noqa: S603 - our own program and a name we made
                words, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk, start_new_session=True
            )
        self._begun[job_id] = process
        # Somebody must take note of its end, or it stays in the table of processes.
        threading.Thread(target=process.wait, daemon=True).start()

    def go_on(self, job_ids: Iterable[str]) -> None:
        """Begin what was not ended when a service stopped; a service on a full disk starts nevertheless."""
        for job_id in job_ids:
            try:
                self.begin(job_id)
            except OSError as error:
                _log.warning("%s %s was not begun", self.kind, job_id, extra={"error": type(as_told(error)).__name__})

    def was_begun(self, job_id: str) -> bool:
        """Return whether this service began it, ended or not."""
        return job_id in self._begun

    def is_at_work(self, job_id: str) -> bool:
        """Return whether a process works on it, of this service or of another."""
        process = self._begun.get(job_id)
        return (process is not None and process.poll() is None) or _is_held(self.folder / job_id / LOCK)


def worked(place: Path, work: Callable[[Path], int]) -> int:
    """Do the work of a folder while no other process does; return the exit code."""
    handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return HELD_BY_ANOTHER
    try:
        return work(place)
    finally:
        os.close(handle)


def main(work: Callable[[Path], int]) -> None:
    """Be the program of a job: the folder is the first word of the command line."""
    os.nice(NICENESS)
    sys.exit(work(Path(sys.argv[1])))


def _is_held(lock: Path) -> bool:
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
