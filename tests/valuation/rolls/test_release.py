"""Is a finished run released as it stands, and can each of its values be made again from what was kept?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from tests.databases import opened, sqlite_url
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.adapters.sql_store.tables import VALUES
from valuation.command_line.main import app
from valuation.errors import BundleRefused, GateNotPassed, InputRefused, RecordRefused, ValueNotFound, WrongUse
from valuation.flags.catalogue import opens_case
from valuation.pipeline.params import ReviewParams
from valuation.review.document import canonical
from valuation.review.repository import CaseQuery
from valuation.rolls.archive import Archive
from valuation.rolls.drawn_values import drawn_values
from valuation.rolls.release import Release, release
from valuation.rolls.released_roll import ReleasedValue
from valuation.rolls.repository import ValueQuery
from valuation.rolls.reproduction import reproduce
from valuation.rolls.whole_record import check_whole

NOON = "2026-11-29T12:00:00.000000Z"
MONEY = ("appraised_value", "lower_value", "upper_value", "prior_value")
NUMBERS = ("coverage", "error_risk", "expected_error", "expected_tax_error", "x_m", "y_m")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def archive(place) -> Archive:
    return Archive(place / "archive")


@pytest.fixture(scope="module")
def database(place) -> Iterator[Database]:
    with opened(sqlite_url(place)) as made:
        yield made


@pytest.fixture(scope="module")
def done(small_run, database, archive) -> Release:
    return release(small_run, SqlRolls(database), archive, by="per", at=NOON)


@pytest.fixture(scope="module")
def values(done, database) -> list[ReleasedValue]:
    return list(SqlRolls(database).all_values(ValueQuery(done.roll.roll_id)))


@pytest.fixture(scope="module")
def table(small_run) -> pd.DataFrame:
    return pd.read_parquet(small_run / "values.parquet").sort_values("dwelling_id", ignore_index=True)


def or_none(column: pd.Series) -> list:
    # A value that is not there has an empty class in the table.
    return [None if pd.isna(item) or item == "" else item for item in column.tolist()]


def test_every_value_is_released_as_the_run_wrote_it(values, table):
    assert [value.dwelling_id for value in values] == table["dwelling_id"].tolist()
    for name in (*MONEY, *NUMBERS, "accuracy_class", "market_area", "dwelling_type", "property_id"):
        assert [getattr(value, name) for value in values] == or_none(table[name]), name
    assert ["|".join(value.flags) for value in values] == table["flags"].tolist()


def test_every_record_is_the_row_of_the_roll(values, small_run):
    roll = pd.read_parquet(small_run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    for name in values[0].record:
        assert [value.record[name] for value in values] == or_none(roll[name]), name
    assert {"dwelling_id", "x_m", "living_area_m2", "prior_value"} <= set(values[0].record)
    assert "address" not in values[0].record
    assert [value.address for value in values] == roll["address"].tolist()


def test_a_case_is_opened_for_each_value_that_flags_send_to_a_person(done, database, table):
    reviews = SqlReviews(database)
    opened_cases = reviews.cases(CaseQuery(roll_id=done.roll.roll_id), limit=2000).cases
    is_sent = opens_case(table["flags"])
    assert sorted(case.dwelling_id for case in opened_cases) == table.loc[is_sent, "dwelling_id"].tolist()
    assert done.n_cases == int(is_sent.sum()) > 0


def test_cases_drawn_at_random_are_blind_and_a_share_of_the_others(done, database):
    cases = SqlReviews(database).cases(CaseQuery(roll_id=done.roll.roll_id), limit=2000).cases
    valued = [case for case in cases if case.appraised_value is not None]
    drawn = [case for case in valued if case.opened_because == ("drawn-at-random",)]
    others = [case for case in valued if case.opened_because != ("drawn-at-random",)]
    assert all(case.is_blind for case in drawn)
    assert abs(sum(case.is_blind for case in others) - ReviewParams().blind_share * len(others)) <= 1
    assert not any(case.is_blind for case in cases if case.appraised_value is None)
    assert done.n_blind == sum(case.is_blind for case in cases)


def test_the_event_names_the_hashes_of_the_run_and_the_record_is_whole(done, database, small_run):
    receipt = json.loads((small_run / "receipt.json").read_text("utf-8"))
    [event] = SqlReviews(database).events()
    assert event.details["values_sha256"] == receipt["outputs_sha256"]["values.parquet"]
    assert event.details["manifest_sha256"] == receipt["manifest_sha256"]
    with SqlRecordStore(database).snapshot() as snapshot:
        assert check_whole(snapshot).is_whole


def test_the_same_run_again_changes_nothing(done, small_run, database, archive):
    again = release(small_run, SqlRolls(database), archive, by="ola", at="2027-01-01T00:00:00.000000Z")
    assert (again.is_new, again.roll) == (False, done.roll)
    assert SqlReviews(database).head().number == 1


# --- made again --------------------------------------------------------------------------------------------------


def test_values_drawn_from_the_roll_are_made_again_to_the_last_bit(done, database, archive, values):
    bundle = archive.bundle_of(done.roll)
    [(roll, drawn)] = drawn_values(SqlRolls(database), archive, 20, n_rolls=2, seed=3)
    of_no_value = [value for value in values if value.appraised_value is None][:3]
    of_the_roll = [value for value in values if "drawn-at-random" in value.flags][:3]
    made = [reproduce(value, roll, archive, bundle) for value in (*drawn, *of_no_value, *of_the_roll)]
    assert [one.differences for one in made] == [()] * len(made)
    assert len(made) > 20
    assert made[-1].not_made_again == ("drawn-at-random",)
    assert {"data_sha256", "code_sha256", "lock_sha256", "params_sha256", "manifest_sha256"} <= set(made[0].hashes)


@pytest.fixture
def copied(done, database, archive, tmp_path) -> Iterator[tuple[Database, Archive]]:
    """The store and its archive again, to be changed."""
    shutil.copytree(archive.folder, tmp_path / "archive")
    shutil.copy(str(database.url.database), tmp_path / "valuation.db")
    with sa.create_engine(database.url).connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'whole.db'}'")
    (tmp_path / "valuation.db").unlink()
    (tmp_path / "whole.db").rename(tmp_path / "valuation.db")
    with opened(sqlite_url(tmp_path)) as made:
        yield made, Archive(tmp_path / "archive")


def changed(database: Database, value: ReleasedValue, **columns) -> ReleasedValue:
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER released_values_no_change")
        connection.execute(sa.update(VALUES).where(VALUES.c.value_id == value.value_id).values(**columns))
    return SqlRolls(database).value(value.value_id)


@pytest.mark.parametrize(
    ("column", "content", "what"),
    [
        ("appraised_value", 1, "appraised_value"),
        ("lower_value", 1, "lower_value"),
        ("explanation_sha256", "0" * 64, "explanation"),
        ("flags", "cannot-be-valued", "flags"),
        ("error_risk", 0.123, "error_risk"),
    ],
)
def test_a_value_changed_in_the_store_is_not_the_same(copied, done, values, column, content, what):
    database, archive = copied
    value = changed(database, next(one for one in values if one.appraised_value), **{column: content})
    made = reproduce(value, done.roll, archive)
    assert [one.what for one in made.differences] == [what]
    assert not made.is_same


def test_a_record_changed_with_its_value_does_not_fit_the_archived_roll(copied, done, values):
    database, archive = copied
    value = next(one for one in values if one.appraised_value)
    bigger = value.record | {"living_area_m2": 20.0 + value.record["living_area_m2"]}
    made = reproduce(changed(database, value, record=canonical(bigger)), done.roll, archive)
    assert "record" in [one.what for one in made.differences]
    assert "appraised_value" in [one.what for one in made.differences]


@pytest.mark.parametrize(
    "name", ["bundle/models/models.json", "bundle/manifest.json", "values.parquet", "roll.parquet"]
)
def test_an_archived_file_with_one_byte_flipped_is_refused(copied, done, values, name):
    _, archive = copied
    path = archive.folder / done.roll.run_folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises((BundleRefused, InputRefused)):
        reproduce(values[0], done.roll, archive)


def test_without_the_archive_it_is_said_what_is_missing(done, values, tmp_path):
    with pytest.raises(WrongUse, match="does not hold the run of roll"):
        reproduce(values[0], done.roll, Archive(tmp_path / "elsewhere"))


# --- runs that are none ----------------------------------------------------------------------------------------------


@pytest.fixture
def run(small_run, tmp_path) -> Path:
    return Path(shutil.copytree(small_run, tmp_path / "run"))


@pytest.mark.parametrize("name", ["values.parquet", "roll.parquet", "comparables.parquet", "flags.parquet"])
def test_a_cut_table_is_refused_and_nothing_is_stored(run, sqlite_database, tmp_path, name):
    whole = (run / name).read_bytes()
    (run / name).write_bytes(whole[: int(len(whole) * 0.6)])
    with pytest.raises(InputRefused, match="is not the file its receipt names"):
        release(run, SqlRolls(sqlite_database), Archive(tmp_path / "archive"), by="per", at=NOON)
    assert SqlRolls(sqlite_database).rolls() == []
    assert not (tmp_path / "archive").exists()


def test_a_changed_model_is_refused(run, sqlite_database, tmp_path):
    path = run / "bundle" / "typical.json"
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    with pytest.raises(BundleRefused, match="changed since it was written"):
        release(run, SqlRolls(sqlite_database), Archive(tmp_path / "archive"), by="per", at=NOON)


@pytest.mark.parametrize(("name", "error"), [("nowhere", WrongUse), (".", InputRefused)])
def test_a_folder_that_is_no_run_is_refused(sqlite_database, tmp_path, name, error):
    (tmp_path / "empty").mkdir()
    with pytest.raises(error):
        release(tmp_path / "empty" / name, SqlRolls(sqlite_database), Archive(tmp_path / "a"), by="per", at=NOON)


def test_a_full_disk_leaves_no_part_of_a_run_in_the_archive(run, sqlite_database, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "model.txt")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(OSError, match="No space left"):
        release(run, SqlRolls(sqlite_database), Archive(tmp_path / "archive"), by="per", at=NOON)
    assert list((tmp_path / "archive").iterdir()) == []
    assert SqlRolls(sqlite_database).rolls() == []


# --- the commands ----------------------------------------------------------------------------------------------------


def told(*words: str, error: type[Exception] | None = None) -> str:
    """What a command prints to stdout."""
    ended = CliRunner().invoke(app, list(words))
    assert type(ended.exception) is (error or type(None)), ended.exception
    return ended.stdout


def test_the_whole_way_at_the_command_line(small_run, tmp_path):
    url, kept = sqlite_url(tmp_path), str(tmp_path / "archive")
    where = ["--database", url]
    roll_id = told("release", str(small_run), *where, "--archive", kept).strip()
    head = told("audit", "head", *where).strip()
    assert head.startswith("1:")
    assert told("audit", "verify", *where, "--head", head).strip() == f"whole: 1 events up to {head}"
    [line] = told("audit", "export", *where).splitlines()
    assert json.loads(line)["subject_id"] == roll_id
    assert told("database", "check", *where).strip() == "0005"
    drawn = json.loads(told("reproduce", "--random", "2", *where, "--archive", kept, "--json"))
    assert [one["is_same"] for one in drawn] == [True, True]
    alone = told("reproduce", drawn[0]["value_id"], *where, "--archive", kept)
    assert "same" in alone
    assert drawn[0]["hashes"]["lock_sha256"] in alone
    told("backup", "--to", str(tmp_path / "kept.zip"), *where, "--archive", kept)
    (tmp_path / "new").mkdir()
    there = ["--database", sqlite_url(tmp_path / "new"), "--archive", str(tmp_path / "new" / "archive")]
    assert told("restore", str(tmp_path / "kept.zip"), "--head", head, *there).strip() == head
    assert "same" in told("reproduce", drawn[1]["value_id"], *there)


def test_commands_say_what_is_wrong(copied, values):
    database, archive = copied
    where = ["--database", database.url.render_as_string()]
    told("reproduce", "nothing", *where, error=ValueNotFound)
    told("audit", "verify", "--head", "12", *where, error=WrongUse)
    told("audit", "verify", "--head", f"5:{'0' * 64}", *where, error=RecordRefused)
    told("database", "downgrade", "base", *where, error=WrongUse)
    value = changed(database, next(one for one in values if one.appraised_value), upper_value=1)
    shown = told("reproduce", value.value_id, *where, "--archive", str(archive.folder), error=GateNotPassed)
    assert "upper_value: stored 1, made again" in shown
    assert "not whole" in told("audit", "verify", *where, error=RecordRefused)
