"""Is what puts the service on a machine as shut as the how-to says? Read, not built: no container engine is at hand."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from api.settings import Settings

HOME = Path(__file__).resolve().parents[1]
CONTAINERFILE = (HOME / "Containerfile").read_text("utf-8")
INSTRUCTIONS = [
    (found[1], " ".join(found[2].replace("\\\n", " ").split()))
    for found in re.finditer(r"^([A-Z]+) ((?:.*\\\n)*.*)$", CONTAINERFILE, re.MULTILINE)
]
UNIT = configparser.RawConfigParser(strict=False, comment_prefixes="#")
UNIT.optionxform = str  # type: ignore[assignment]
UNIT.read(HOME / "deploy" / "valuation.service")


def said(name):
    return [text for instruction, text in INSTRUCTIONS if instruction == name]


def test_the_image_is_made_of_a_pinned_python():
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.\d+\.\d+-slim-\w+", said("ARG")[0])
    assert said("FROM") == ["${BASE} AS build", "${BASE}"]


def test_packages_are_installed_by_their_hashes_alone():
    installs = [text for text in said("RUN") if "pip install" in text]
    assert all("--require-hashes" in text or "--no-index" in text for text in installs)
    assert "requirements/service.txt" in installs[0]


def test_the_image_runs_as_nobody_of_the_machine():
    last = [text for name, text in INSTRUCTIONS if name in {"USER", "ENTRYPOINT"}]
    assert last[0] == "10001:10001"
    assert said("USER") == ["10001:10001"]


def test_the_image_says_how_it_is_and_stops_by_asking():
    assert "/health/live" in said("HEALTHCHECK")[0]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert not said("ADD")


def test_files_that_are_copied_are_there():
    copied = [word for text in said("COPY") if "--from" not in text for word in text.split()[:-1]]
    assert [name for name in copied if not (HOME / name).exists()] == []


def test_nothing_secret_is_copied():
    ignored = (HOME / ".containerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("User", "valuation"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("RestrictSUIDSGID", "yes"),
        ("UMask", "0077"),
        ("IPAddressDeny", "any"),
    ],
)
def test_the_unit_gives_no_right_that_is_not_needed(setting, value):
    assert UNIT["Service"][setting] == value


def test_the_unit_waits_longer_than_the_service_needs_to_stop():
    assert int(UNIT["Service"]["TimeoutStopSec"]) > Settings.model_fields["graceful_stop_s"].default


def test_the_example_of_settings_names_settings_that_exist():
    names = re.findall(
        r"^VALUATION_(\w+)=", (HOME / "deploy" / "valuation.env.example").read_text("utf-8"), re.MULTILINE
    )
    assert [name for name in names if name.lower() not in Settings.model_fields] == []
