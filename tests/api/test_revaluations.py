"""Is a roll valued anew beside the service, can it be stopped, and does it go on to the same values?"""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from valuation.adapters.process_jobs import CANCEL, VALUES, ProcessJobs
from valuation.adapters.revaluation_process import work
from valuation.appraisal.revaluation import values_digest
from valuation.errors import JobNotFound, Locked
from valuation.rolls.archive import Archive

PATH = "/api/v1/revaluations"
KEYS = (f"revalue-{number:06d}" for number in itertools.count())
AT = "2026-01-02T08:00:00.000000Z"


def key() -> dict[str, str]:
    return {"Idempotency-Key": next(KEYS)}


@pytest.fixture
def jobs(settings, small_bundle, tmp_path) -> ProcessJobs:
    """Jobs in a folder of their own, in parts of 300 dwellings."""
    return ProcessJobs(
        tmp_path / "jobs",
        Archive(settings.archive),
        settings.bundle,
        model_version=small_bundle.model_version,
        manifest_sha256=small_bundle.manifest["manifest_sha256"],
        chunk_rows=300,
    )


@pytest.fixture(scope="module")
def roll(app):
    """The roll in force."""
    return app.state.service.rolls.roll()


@pytest.fixture(scope="module")
def released(small_run) -> str:
    """Digest of the values of the run."""
    return values_digest(pd.read_parquet(small_run / "values.parquet"))


def test_a_revaluation_by_the_same_version_gives_the_same_values(jobs, roll, released):
    job = jobs.add(roll, by="U4", at=AT)
    assert work(jobs.folder / job.job_id) == 0
    ended = jobs.job(job.job_id)
    assert (ended.state, ended.done, ended.total) == ("finished", roll.n_dwellings, roll.n_dwellings)
    assert values_digest(pd.read_parquet(jobs.folder / job.job_id / VALUES)) == released


def test_one_that_was_stopped_keeps_what_is_finished_and_goes_on_to_the_same_values(jobs, roll, released):
    job = jobs.add(roll, by="U4", at=AT)
    place = jobs.folder / job.job_id
    (place / CANCEL).touch()
    assert work(place) == 5
    stopped = jobs.job(job.job_id)
    assert (stopped.state, stopped.done) == ("cancelled", 300)
    jobs.resume(job.job_id)
    assert jobs.job(job.job_id).state == "interrupted"
    assert work(place) == 0
    assert values_digest(pd.read_parquet(place / VALUES)) == released


@pytest.mark.parametrize("finished", [0, 1], ids=["before its first part", "after a part"])
def test_one_that_is_killed_goes_on_to_the_same_values(jobs, roll, released, finished):
    job = jobs.add(roll, by="U4", at=AT)
    place = jobs.folder / job.job_id
    process = subprocess.Popen([sys.executable, "-m", "valuation.adapters.revaluation_process", place])
    until = time.monotonic() + 120
    while len(list(place.rglob("part-*.values.parquet"))) < finished and time.monotonic() < until:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert jobs.job(job.job_id).state in ("waiting", "interrupted")
    assert work(place) == 0
    values = pd.read_parquet(place / VALUES)
    assert values_digest(values) == released
    assert values["dwelling_id"].is_unique
    assert list(place.rglob("*.aside")) == []


def test_a_service_that_starts_goes_on_with_what_was_not_ended(jobs, roll):
    job = jobs.add(roll, by="U4", at=AT)
    later = ProcessJobs(**vars_of(jobs))
    later.begin_unfinished()
    assert waited_for(later, job.job_id) == "finished"


def test_one_nobody_works_on_is_cancelled_at_once(jobs, roll):
    job = jobs.add(roll, by="U4", at=AT)
    assert jobs.cancel(job.job_id).state == "cancelled"


def test_two_are_not_done_at_once(jobs, roll):
    jobs.add(roll, by="U4", at=AT)
    with pytest.raises(Locked):
        jobs.add(roll, by="U4", at=AT)


def test_another_roll_than_the_released_one_is_not_valued(jobs, roll, tmp_path):
    job = jobs.add(roll, by="U4", at=AT)
    asked = jobs.folder / job.job_id / "job.json"
    asked.write_text(asked.read_text().replace(roll.data_hash, "0" * 64))
    assert work(jobs.folder / job.job_id) == 3
    assert (jobs.job(job.job_id).state, jobs.job(job.job_id).failure) == ("failed", "InputRefused")


@pytest.mark.parametrize("job_id", ["nothing", "..", "a/b", ""])
def test_one_that_is_not_there_is_not_there(jobs, job_id):
    with pytest.raises(JobNotFound):
        jobs.job(job_id)


def test_it_is_asked_for_looked_at_and_noted(client, app, roll):
    # Others ask this service too: what they began has ended before.
    for job in app.state.service.jobs.jobs():
        waited_for(app.state.service.jobs, job.job_id)
    asked = client.post(PATH, json={}, headers=key())
    assert asked.status_code == 202
    assert asked.headers["location"] == f"{PATH}/{asked.json()['job_id']}"
    second = client.post(PATH, json={}, headers=key())
    assert (second.status_code, second.json()["errors"][0]["code"]) == (409, "locked")
    told = client.post(f"{asked.headers['location']}/cancel", json={}, headers=key())
    assert told.status_code == 202
    assert waited_for(app.state.service.jobs, asked.json()["job_id"]) in ("cancelled", "finished")
    assert client.get(asked.headers["location"]).json()["total"] == roll.n_dwellings
    own = {"subject_kind": "revaluation", "subject_id": asked.json()["job_id"]}
    assert [event.action for event in app.state.service.reviews.events(**own)] == ["revalue", "cancel_revaluation"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", f"{PATH}/nothing", 404), ("POST", f"{PATH}/nothing/cancel", 404), ("POST", f"{PATH}/nothing/resume", 404)],
)
def test_what_is_not_there_is_answered_so(client, method, path, status):
    answer = client.request(method, path, json={} if method == "POST" else None, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, "job-not-found")


def vars_of(jobs: ProcessJobs) -> dict:
    names = ("folder", "archive", "bundle", "model_version", "manifest_sha256", "chunk_rows")
    return {name: getattr(jobs, name) for name in names}


def waited_for(jobs: ProcessJobs, job_id: str) -> str:
    """Return how a job ended, or how it stands after two minutes."""
    for _ in range(600):
        state = jobs.job(job_id).state
        if state in ("finished", "cancelled", "failed"):
            return state
        time.sleep(0.2)
    return jobs.job(job_id).state
