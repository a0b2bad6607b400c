"""`valuation doctor` and `valuation config`: what is found, what is to be done, and nothing that opens is shown."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from valuation.access.api_token import new_token
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.command_line.main import app

SECRET = "Nn2xq0Rk1-7LrVb9wTfYs3ZpGhJuKeMd5AcXo8Ei"


def asked(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def place(tmp_path, small_run, monkeypatch):
    """A service that is well: its settings in the environment, its record and archive in a folder of its own."""
    for name in [name for name in os.environ if name.startswith("VALUATION_")]:
        monkeypatch.delenv(name)
    database = Database(f"sqlite:///{tmp_path / 'valuation.db'}")
    make_ready(database)
    database.close()
    (tmp_path / "archive").mkdir()
    monkeypatch.setenv("VALUATION_BUNDLE", str(small_run / "bundle"))
    monkeypatch.setenv("VALUATION_DATABASE_URL", f"sqlite:///{tmp_path / 'valuation.db'}")
    monkeypatch.setenv("VALUATION_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("VALUATION_SECRET", SECRET)
    return tmp_path


def found(what: str) -> dict[str, str]:
    """What the doctor says of one thing."""
    [finding] = [finding for finding in json.loads(asked("doctor", "--json").stdout) if finding["what"] == what]
    return finding


# --- doctor ----------------------------------------------------------------------------------------------------------


def test_a_service_that_is_well_fails_in_nothing(place):
    answer = asked("doctor", "--json")
    states = {finding["what"]: finding["state"] for finding in json.loads(answer.stdout)}
    assert answer.exit_code == 0
    assert "fail" not in states.values()
    wanted = ("settings", "secret", "database", "migrations", "tokens", "bundle", "archive", "login", "time zone")
    assert {what: states[what] for what in wanted} == dict.fromkeys(wanted, "ok")


def test_what_is_said_to_people_is_what_is_said_to_programs(place):
    lines = asked("doctor").stdout
    assert all(finding["found"][:40] in lines for finding in json.loads(asked("doctor", "--json").stdout))


def test_settings_that_are_missing_are_named_and_the_machine_is_looked_at_all_the_same(place, monkeypatch):
    monkeypatch.delenv("VALUATION_BUNDLE")
    answer = asked("doctor", "--json")
    assert answer.exit_code == 1
    assert found("settings")["state"] == "fail"
    assert "VALUATION_BUNDLE is not set" in found("settings")["found"]
    assert found("time zone")["state"] == "ok"


def test_unsafe_settings_fail(place, monkeypatch):
    monkeypatch.setenv("VALUATION_SECRET", "short")
    assert asked("doctor").exit_code == 1
    assert "VALUATION_SECRET has 5 characters" in found("settings")["found"]


def test_a_model_version_that_was_changed_fails_and_all_else_is_looked_at(place, small_run, monkeypatch):
    shutil.copytree(small_run / "bundle", place / "bundle")
    changed = next(path for path in sorted((place / "bundle").rglob("*.json")) if path.name != "manifest.json")
    changed.write_text(changed.read_text("utf-8") + " ", "utf-8")
    monkeypatch.setenv("VALUATION_BUNDLE", str(place / "bundle"))
    assert asked("doctor").exit_code == 1
    assert changed.name in found("bundle")["found"]
    assert found("archive")["state"] == "ok"


def test_a_database_that_cannot_be_reached_fails_within_seconds(place, monkeypatch):
    monkeypatch.setenv("VALUATION_DATABASE_URL", "postgresql://valuation:hemmelig@127.0.0.1:9/valuation")
    answer = asked("doctor")
    assert answer.exit_code == 1
    assert found("database")["state"] == "fail"
    assert "hemmelig" not in answer.output


def test_tables_nobody_has_made_yet_are_a_warning_for_sqlite(place, monkeypatch):
    monkeypatch.setenv("VALUATION_DATABASE_URL", f"sqlite:///{place / 'new.db'}")
    assert (found("migrations")["state"], asked("doctor").exit_code) == ("warn", 0)


def test_a_token_that_ends_within_two_weeks_is_named(place):
    database = Database(f"sqlite:///{place / 'valuation.db'}")
    now = datetime.now(UTC)
    for name, days in (("soon", 13), ("late", 15)):
        kept = new_token(name, frozenset({"reader"}), now=now, by="test", days=90)[1]
        SqlAccess(database).add_token(replace(kept, expires_at=now + timedelta(days=days)))
    database.close()
    told = found("tokens")
    assert told["state"] == "warn"
    assert "soon on " in told["found"]
    assert "late" not in told["found"]


def test_an_archive_that_is_not_there_is_a_warning_that_says_what_makes_it(place, monkeypatch):
    monkeypatch.setenv("VALUATION_ARCHIVE", str(place / "nowhere"))
    assert (found("archive")["state"], "valuation release" in found("archive")["remedy"]) == ("warn", True)


def test_a_record_that_others_may_read_is_told(place):
    (place / "valuation.db").chmod(0o644)
    told = [one["found"] for one in json.loads(asked("doctor", "--json").stdout) if one["what"] == "permissions"]
    assert f"others may read {place / 'valuation.db'}" in told


def test_a_login_that_does_not_answer_fails(place, monkeypatch):
    monkeypatch.setenv("VALUATION_OIDC_ISSUER", "http://127.0.0.1:9")
    monkeypatch.setenv("VALUATION_OIDC_CLIENT_ID", "valuation")
    assert asked("doctor").exit_code == 1
    assert found("login")["state"] == "fail"


# --- config ----------------------------------------------------------------------------------------------------------


def test_every_setting_is_shown_with_where_it_comes_from(place):
    answer = asked("config", "--json")
    told = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert told["settings"]["VALUATION_ARCHIVE"] == {"value": str(place / "archive"), "source": "environment"}
    assert told["settings"]["VALUATION_PORT"] == {"value": "8000", "source": "default"}
    assert (told["problems"], told["unknown"]) == ([], [])


@pytest.mark.parametrize("is_json", [(), ("--json",)])
@pytest.mark.parametrize("port", ["8000", "no number"])
def test_nothing_that_opens_is_shown_whether_settings_are_good_or_not(place, monkeypatch, is_json, port):
    monkeypatch.setenv("VALUATION_PORT", port)
    monkeypatch.setenv("VALUATION_OIDC_CLIENT_SECRET", "kjempehemmelig")
    monkeypatch.setenv("VALUATION_DATABASE_URL", "postgresql://valuation:hemmelig@db/valuation")
    shown = asked("config", *is_json).output
    assert "VALUATION_SECRET" in shown
    assert [text for text in (SECRET, "kjempehemmelig", ":hemmelig") if text in shown] == []


def test_what_is_missing_is_said_and_ends_with_an_exit_code(place, monkeypatch):
    monkeypatch.delenv("VALUATION_BUNDLE")
    answer = asked("config", "--json")
    told = json.loads(answer.stdout)
    assert answer.exit_code == 3
    assert told["settings"]["VALUATION_BUNDLE"] == {"value": "", "source": "missing"}
    assert "VALUATION_BUNDLE is not set" in told["problems"][0]


def test_a_setting_that_cannot_be_is_named_with_its_bounds(place, monkeypatch):
    monkeypatch.setenv("VALUATION_PORT", "70000")
    answer = asked("config")
    assert answer.exit_code == 3
    assert "VALUATION_PORT cannot be used" in answer.stderr
    assert "65535" in answer.stderr


def test_a_demo_others_could_reach_is_a_problem(place, monkeypatch):
    monkeypatch.setenv("VALUATION_DEMO", "1")
    monkeypatch.setenv("VALUATION_HOST", "0.0.0.0")
    answer = asked("config")
    assert answer.exit_code == 3
    assert "demo login is on" in answer.stderr


def test_a_misspelt_variable_is_listed_as_none(place, monkeypatch):
    monkeypatch.setenv("VALUATION_DATABSE_URL", "sqlite:///elsewhere.db")
    assert json.loads(asked("config", "--json").stdout)["unknown"] == ["VALUATION_DATABSE_URL"]
    assert "VALUATION_DATABSE_URL" in asked("config").stdout
