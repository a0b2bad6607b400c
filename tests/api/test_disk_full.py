"""What happens when the disk is full? A refusal with a sentence, nothing half, and on it goes when there is room.

On a real file system of one or a few megabytes in memory, mounted for the test; where that may not be done, skipped.
"""

from __future__ import annotations

import gc
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.api.conftest import PEOPLE, settings_of_a_release
from tests.factories_of_rolls import ROLL
from tests.factories_of_rolls import release as release_small
from tests.fakes import MemoryAccess
from valuation.adapters.process_jobs import VALUES, ProcessJobs
from valuation.adapters.revaluation_process import work
from valuation.adapters.side_process import keep_room, write_end
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.revaluation import values_digest
from valuation.errors import DiskFull
from valuation.rolls.archive import Archive
from valuation.rolls.release import release
from valuation.rolls.repository import ValueQuery


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a small disk: this user may not mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(folder: Path) -> Path:
    """Fill a disk to its last byte; return the file to remove."""
    path = folder / "filling"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path


@pytest.fixture
def asked(small_run, tmp_path) -> Iterator[tuple[TestClient, Path, Path]]:
    """Somebody with every role at a service whose record and archive lie on small disks: both disks."""
    with small_disk(tmp_path / "records", 60) as records, small_disk(tmp_path / "archive", 60) as archive:
        settings = settings_of_a_release(small_run, tmp_path, f"sqlite:///{records / 'record.db'}")
        access = MemoryAccess()
        app = create_app(settings, access=access)
        headers = access.let_in(PEOPLE["everything"])
        with TestClient(app, raise_server_exceptions=False, headers=headers) as client:
            yield client, records, archive
        app.state.service.reviews.database.close()


def jobs_in(folder: Path, settings: Settings, bundle: Bundle) -> ProcessJobs:
    """Revaluations kept in a folder, in parts of 300 dwellings."""
    return ProcessJobs(
        folder,
        Archive(settings.archive),
        settings.bundle,
        model_version=bundle.model_version,
        manifest_sha256=bundle.manifest["manifest_sha256"],
        chunk_rows=300,
    )


def said(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_record_without_room_takes_nothing_half_and_goes_on_when_there_is_room(asked):
    client, records, _ = asked
    case = client.get("/api/v1/review-cases", params={"state": "open", "limit": 1}).json()["cases"][0]
    path = f"/api/v1/review-cases/{case['case_id']}"
    headers = {"If-Match": f'"{case["version"]}"', "Idempotency-Key": "while-full"}
    filling = filled(records)
    refused = client.post(f"{path}/reserve", json={}, headers=headers | {"Accept-Language": "nn"})
    assert said(refused) == (503, "disk-full")
    assert "plass" in refused.json()["detail"]
    assert refused.headers["retry-after"]
    assert client.get(path).json()["version"] == case["version"]
    assert client.get("/api/v1/dwellings").status_code == 200
    filling.unlink()
    assert client.post(f"{path}/reserve", json={}, headers=headers).status_code == 200
    assert len(client.get(f"{path}/events").json()["events"]) == 1


def test_a_revaluation_that_cannot_be_kept_is_not_begun_and_may_be_asked_for_again(asked):
    client, _, archive = asked
    filling = filled(archive)
    headers = {"Idempotency-Key": "revalue-full"}
    refused = client.post("/api/v1/revaluations", json={}, headers=headers)
    assert said(refused) == (503, "disk-full")
    assert str(archive) not in refused.text
    assert client.get("/api/v1/revaluations").json()["revaluations"] == []
    assert [path for path in (archive / "revaluations").rglob("*") if path.is_file()] == []
    filling.unlink()
    made = client.post("/api/v1/revaluations", json={}, headers=headers)
    assert made.status_code == 202
    job = made.json()["job_id"]
    assert client.post(f"/api/v1/revaluations/{job}/cancel", json={}, headers={"Idempotency-Key": "stop-this-one"})


# openpyxl's writer says once more that the disk was full when it is cleared away.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_an_export_without_room_is_refused_whole_and_is_not_noted(asked, tmp_path, monkeypatch, form):
    client, *_ = asked
    head = client.app.state.service.reviews.head()
    with small_disk(tmp_path / "temporary", 1) as temporary:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        filling = filled(temporary)
        refused = client.get("/api/v1/exports/dwellings", params={"format": form})
        assert said(refused) == (503, "disk-full")
        assert str(temporary) not in refused.text
        gc.collect()
        assert client.app.state.service.reviews.head() == head
        assert [path.name for path in temporary.iterdir()] == ["filling"]
        filling.unlink()
        monkeypatch.undo()
    assert client.get("/api/v1/exports/dwellings", params={"format": form}).status_code == 200
    assert client.app.state.service.reviews.head().number == head.number + 1


def test_a_release_without_room_in_the_archive_leaves_the_old_roll_in_force(small_run, sqlite_database, tmp_path):
    rolls = SqlRolls(sqlite_database)
    release_small(rolls)
    with small_disk(tmp_path / "archive", 1) as place:
        with pytest.raises(OSError, match="No space left"):
            release(small_run, rolls, Archive(place), by="per", at="2026-11-30T08:00:00.000000Z")
        assert list(place.iterdir()) == []
    assert [roll.roll_id for roll in rolls.rolls()] == [ROLL.roll_id]
    assert len(rolls.values(ValueQuery(ROLL.roll_id)).values) == ROLL.n_dwellings


@pytest.mark.parametrize("room", [0, 40_000, 160_000], ids=["its plan", "its first part", "its result"])
def test_a_revaluation_whose_disk_fills_up_says_so_and_goes_on_when_there_is_room(
    settings, small_run, small_bundle, tmp_path, room
):
    with small_disk(tmp_path / "jobs", 20) as place:
        jobs = jobs_in(place, settings, small_bundle)
        roll = next(iter(SqlRolls(Database(settings.database_url)).rolls()))
        job = jobs.add(roll, by="U4", at="2026-01-02T08:00:00.000000Z")
        own = place / job.job_id
        keep_room(own)
        filling = filled(place)
        os.truncate(filling, filling.stat().st_size - room)
        assert work(own) == DiskFull("").exit_code
        stopped = jobs.job(job.job_id)
        assert (stopped.state, stopped.failure) == ("failed", "DiskFull")
        assert [path.name for path in own.rglob("*") if path.is_file() and "aside" in path.name] == []
        jobs.resume(job.job_id)
        filling.unlink()
        assert work(own) == 0
        assert jobs.job(job.job_id).state == "finished"
        made = pd.read_parquet(own / VALUES)
    assert values_digest(made) == values_digest(pd.read_parquet(small_run / "values.parquet"))


def test_why_a_revaluation_stopped_is_told_in_the_language_asked_for(asked):
    client, _, archive = asked
    job = client.post("/api/v1/revaluations", json={}, headers={"Idempotency-Key": "revalue-told"}).json()["job_id"]
    client.post(f"/api/v1/revaluations/{job}/cancel", json={}, headers={"Idempotency-Key": "stop-the-told"})
    write_end(archive / "revaluations" / job, {"state": "failed", "failure": "DiskFull"})
    told = client.get(f"/api/v1/revaluations/{job}", headers={"Accept-Language": "nn"}).json()
    assert told["failure"] == "DiskFull"
    assert told["failure_detail"].startswith("Disken er full. Rydd plass")
    write_end(archive / "revaluations" / job, {"state": "failed", "failure": "BundleRefused"})
    told = client.get(f"/api/v1/revaluations/{job}", headers={"Accept-Language": "nb"}).json()
    assert told["failure_detail"].startswith("Verdsettingen kunne ikke")


def test_a_service_starts_on_a_full_disk_and_leaves_alone_what_has_no_room(settings, small_bundle, tmp_path):
    with small_disk(tmp_path / "jobs", 1) as place:
        jobs = jobs_in(place, settings, small_bundle)
        roll = next(iter(SqlRolls(Database(settings.database_url)).rolls()))
        job = jobs.add(roll, by="U4", at="2026-01-02T08:00:00.000000Z")
        filled(place)
        with pytest.raises(OSError, match="No space left"):
            jobs.begin(job.job_id)
        jobs.begin_unfinished()
        assert jobs.job(job.job_id).state == "waiting"
