"""Does the service say how it is, to whoever keeps it running?"""

from __future__ import annotations

import pytest

from valuation.errors import StoreUnavailable


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/version"])
def test_health_is_told_without_login(nobody, path):
    assert nobody.get(path).status_code == 200


def test_the_version_says_which_model_is_served(client, small_bundle):
    told = client.get("/version").json()
    assert told["model_version"] == small_bundle.model_version
    assert told["is_synthetic"] is True


def test_nothing_is_kept_in_caches(client):
    assert client.get("/version").headers["cache-control"] == "no-store"


def test_a_record_that_cannot_be_reached_is_not_ready_but_alive(app, client, monkeypatch):
    def gone() -> None:
        raise StoreUnavailable("the database is down")

    monkeypatch.setattr(app.state.service.reviews, "head", gone)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "store-unavailable")
    assert answer.headers["retry-after"]
    assert client.get("/health/live").status_code == 200


def test_what_is_counted_names_no_dwelling_and_no_person(client, asking_as):
    client.get("/api/v1/dwellings", params={"text": "Storgata"})
    told = asking_as("administrator").get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert 'route="/api/v1/dwellings"' in told.text
    assert "Storgata" not in told.text
    assert "valuation_table_dwellings_bucket" in told.text


def test_counts_are_not_for_everybody(nobody, asking_as):
    assert nobody.get("/metrics").status_code == 401
    assert asking_as("reader").get("/metrics").status_code == 403
