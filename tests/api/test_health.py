"""Does the service say how it is, to whoever keeps it running?"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/version"])
def test_health_is_told_without_login(nobody, path):
    assert nobody.get(path).status_code == 200


def test_the_version_says_which_model_is_served(client, small_bundle):
    told = client.get("/version").json()
    assert told["model_version"] == small_bundle.model_version
    assert told["is_synthetic"] is True


def test_nothing_is_kept_in_caches(client):
    assert client.get("/version").headers["cache-control"] == "no-store"
