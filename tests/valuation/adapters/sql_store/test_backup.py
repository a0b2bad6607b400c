"""Does a backup bring everything back, into either database, or nothing? With a timed drill under load."""

from __future__ import annotations

import json
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import opened, sqlite_url
from tests.factories_of_rolls import NOON, ROLL, a_case, release, released
from valuation.adapters.sql_store.backup import MANIFEST, back_up, restore
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import NOTHING, downgrade, standing, upgrade
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.adapters.sql_store.tables import ANSWERS, CASES, ROLLS
from valuation.errors import InputRefused, RecordRefused, RequestRunning, WrongUse
from valuation.review.audit import Head, NewEvent
from valuation.review.case import Decision
from valuation.review.repository import StoredAnswer
from valuation.review.workflow import stamp
from valuation.rolls.archive import Archive
from valuation.rolls.repository import ValueQuery
from valuation.rolls.whole_record import check_whole

HOUR_S = 3600


@pytest.fixture
def filled(database: Database) -> Database:
    release(SqlRolls(database))
    decide(database, 1)
    return database


@pytest.fixture
def empty(tmp_path: Path):
    """A new SQLite database beside the one that is backed up."""
    folder = tmp_path / "restored"
    folder.mkdir()
    with opened(sqlite_url(folder), is_made=False) as database:
        yield database


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive in which the run of the roll is a few files."""
    kept = Archive(tmp_path / "archive")
    bundle = kept.folder / ROLL.run_folder / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "model.txt").write_text("tree\n" * 1000, "utf-8")
    (bundle.parent / "values.parquet").write_bytes(bytes(range(256)) * 50)
    return kept


def decide(database: Database, number: int) -> None:
    reviews, case_id = SqlReviews(database), a_case(released()[0]).case_id
    with reviews.transaction() as now:
        case = now.case(case_id)
        decision = Decision("cw-1", NOON, "own_value", number, "sale", f"«{number}» – åpenbart")
        now.save(replace(case, decisions=(*case.decisions, decision)), expected_version=case.version)
        now.append(NewEvent(NOON, "cw-1", "decide", "case", case_id, {"value": number}))
        now.remember(StoredAnswer(f"key-{number}", "cw-1", "POST /decisions", "0" * 64, 200, "{}", NOON))


def everything(database: Database) -> dict[str, list]:
    """Every row of every table."""
    found = sa.MetaData()
    with database.reading() as connection:
        found.reflect(connection)
        return {
            table.name: [list(row) for row in connection.execute(sa.select(table).order_by(*table.columns))]
            for table in found.sorted_tables
        }


def is_whole(database: Database, head: Head) -> bool:
    with SqlRecordStore(database).snapshot() as snapshot:
        return check_whole(snapshot, head).is_whole


def test_everything_comes_back_from_either_database_to_the_last_bit(filled, empty, archive, tmp_path):
    head = SqlReviews(filled).head()
    made = back_up(filled, tmp_path / "kept.zip", at=NOON, archive=archive)
    into = Archive(tmp_path / "other")
    kept, verdict = restore(tmp_path / "kept.zip", empty, archive=into, expected=head)
    assert everything(empty) == everything(filled)
    assert (kept, verdict.chain.head, verdict.n_values) == (made, head, 5)
    assert {
        path.relative_to(into.folder): path.read_bytes() for path in into.folder.rglob("*.*") if path.is_file()
    } == {path.relative_to(archive.folder): path.read_bytes() for path in archive.folder.rglob("*.*") if path.is_file()}


def test_a_backup_of_sqlite_comes_back_in_postgresql(sqlite_database, postgresql_database, tmp_path):
    release(SqlRolls(sqlite_database))
    decide(sqlite_database, 1)
    back_up(sqlite_database, tmp_path / "kept.zip", at=NOON)
    restore(tmp_path / "kept.zip", postgresql_database)
    query = ValueQuery(ROLL.roll_id)
    assert list(SqlRolls(postgresql_database).all_values(query)) == list(SqlRolls(sqlite_database).all_values(query))
    assert SqlReviews(postgresql_database).head() == SqlReviews(sqlite_database).head()


def test_work_goes_on_in_what_was_restored(filled, empty, tmp_path):
    back_up(filled, tmp_path / "kept.zip", at=NOON)
    restore(tmp_path / "kept.zip", empty)
    decide(empty, 2)
    release(SqlRolls(empty), replace(ROLL, roll_id="2026-12-01-klar-elv"))
    assert is_whole(empty, SqlReviews(empty).head())


def test_a_drill_under_load_loses_no_acknowledged_decision_and_takes_less_than_an_hour(filled, empty, tmp_path):
    acknowledged, is_over = [1], threading.Event()

    def office() -> None:
        while not is_over.is_set():
            decide(filled, acknowledged[-1] + 1)
            acknowledged.append(acknowledged[-1] + 1)

    begun = time.monotonic()
    worker = threading.Thread(target=office)
    worker.start()
    time.sleep(0.2)
    before = list(acknowledged)
    made = back_up(filled, tmp_path / "kept.zip", at=NOON)
    is_over.set()
    worker.join()
    restore(tmp_path / "kept.zip", empty, expected=made.head)
    decided = SqlReviews(empty)
    with decided.transaction() as now:
        values = [one.value for one in now.case(a_case(released()[0]).case_id).decisions]
    # All that was acknowledged before it began is there, and what came since is there whole or not at all.
    assert values[: len(before)] == before
    assert values == list(range(1, len(values) + 1))
    assert len(values) == made.head.number - 1
    assert time.monotonic() - begun < HOUR_S


def test_a_backup_made_at_an_earlier_step_is_brought_up(filled, empty, tmp_path):
    downgrade(filled, "0001")
    made = back_up(filled, tmp_path / "kept.zip", at=NOON)
    assert made.step == "0001"
    restore(tmp_path / "kept.zip", empty)
    assert standing(empty).is_current
    assert is_whole(empty, made.head)


def test_nothing_is_restored_over_what_stands(filled, tmp_path):
    back_up(filled, tmp_path / "kept.zip", at=NOON)
    with pytest.raises(WrongUse, match="holds rows already"):
        restore(tmp_path / "kept.zip", filled)


def test_no_file_is_written_over(filled, tmp_path):
    (tmp_path / "kept.zip").write_text("mine")
    with pytest.raises(WrongUse, match="is there already"):
        back_up(filled, tmp_path / "kept.zip", at=NOON)
    assert (tmp_path / "kept.zip").read_text() == "mine"


def test_an_empty_database_has_nothing_to_keep(empty, tmp_path):
    with pytest.raises(WrongUse, match="no table of the service"):
        back_up(empty, tmp_path / "kept.zip", at=NOON)


def test_an_older_state_is_seen_against_the_published_head(filled, empty, tmp_path):
    back_up(filled, tmp_path / "kept.zip", at=NOON)
    decide(filled, 2)
    with pytest.raises(RecordRefused, match="ends at 2, before the published head at 3"):
        restore(tmp_path / "kept.zip", empty, expected=SqlReviews(filled).head())
    assert standing(empty).found == NOTHING


# --- files that are no backup any more ---


def rezipped(source: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The backup again with other content."""
    with zipfile.ZipFile(source) as old:
        content = {name: old.read(name) for name in old.namelist()}
    change(content)
    with zipfile.ZipFile(source, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    return source


def another_value(content: dict[str, bytes]) -> None:
    name = "tables/released_values.jsonl"
    content[name] = content[name].replace(b"6000000", b"3000000")


def one_row_less(content: dict[str, bytes]) -> None:
    name = "tables/audit_events.jsonl"
    content[name] = content[name].split(b"\n", 1)[1]


def a_table_less(content: dict[str, bytes]) -> None:
    del content["tables/audit_events.jsonl"]


def a_file_more(content: dict[str, bytes]) -> None:
    content["tables/mine.jsonl"] = b"[]\n"


def no_manifest(content: dict[str, bytes]) -> None:
    del content[MANIFEST]


def a_later_format(content: dict[str, bytes]) -> None:
    content[MANIFEST] = json.dumps(json.loads(content[MANIFEST]) | {"format": 2}).encode()


def a_later_step(content: dict[str, bytes]) -> None:
    content[MANIFEST] = json.dumps(json.loads(content[MANIFEST]) | {"step": "9999"}).encode()


def no_json(content: dict[str, bytes]) -> None:
    content["tables/review_cases.jsonl"] = b"{\n"


@pytest.mark.parametrize(
    "change",
    [another_value, one_row_less, a_table_less, a_file_more, no_manifest, a_later_format, a_later_step, no_json],
)
def test_a_changed_backup_is_refused_and_leaves_nothing(sqlite_database, empty, tmp_path, change):
    release(SqlRolls(sqlite_database))
    back_up(sqlite_database, tmp_path / "kept.zip", at=NOON)
    with pytest.raises(InputRefused):
        restore(rezipped(tmp_path / "kept.zip", change), empty)
    assert standing(empty).found == NOTHING


def test_a_backup_changed_together_with_its_manifest_does_not_fit_its_record(sqlite_database, empty, tmp_path):
    release(SqlRolls(sqlite_database))
    with sqlite_database.writing() as connection:
        connection.execute(sa.update(CASES).values(document=sa.func.replace(CASES.c.document, '"decisions":[]', "x")))
    back_up(sqlite_database, tmp_path / "kept.zip", at=NOON)
    with pytest.raises(RecordRefused, match="cannot be read"):
        restore(tmp_path / "kept.zip", empty)
    assert standing(empty).found == NOTHING


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_a_cut_file_is_refused(sqlite_database, empty, tmp_path, share):
    release(SqlRolls(sqlite_database))
    kept = tmp_path / "kept.zip"
    back_up(sqlite_database, kept, at=NOON)
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputRefused, match="cut or damaged"):
        restore(kept, empty)
    assert standing(empty).found == NOTHING


def test_no_name_in_a_backup_leads_out_of_the_archive(sqlite_database, empty, archive, tmp_path):
    release(SqlRolls(sqlite_database))
    back_up(sqlite_database, tmp_path / "kept.zip", at=NOON, archive=archive)

    def climbing(content: dict[str, bytes]) -> None:
        manifest = json.loads(content[MANIFEST])
        old = next(name for name in manifest["files"] if name.startswith("archive/"))
        new = f"archive/{ROLL.run_folder}/../../escaped.txt"
        manifest["files"][new] = manifest["files"].pop(old)
        content[new] = content.pop(old)
        content[MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(InputRefused):
        restore(rezipped(tmp_path / "kept.zip", climbing), empty, archive=Archive(tmp_path / "other"))
    assert not (tmp_path / "escaped.txt").exists()
    assert standing(empty).found == NOTHING


# --- steps of the tables ---


def test_the_tables_are_those_that_the_code_describes(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from valuation.adapters.sql_store import access  # noqa: F401 - describes its tables
    from valuation.adapters.sql_store.tables import METADATA

    with database.reading() as connection:
        known = MigrationContext.configure(connection, opts={"include_object": is_everywhere})
        assert compare_metadata(known, METADATA) == []


def is_everywhere(_, name, *__) -> bool:
    """Not the index that only some databases of PostgreSQL have (step 0004)."""
    return name != "values_by_part_of_address"


def test_every_step_goes_back_and_forth_on_a_filled_database(filled):
    steps = ["0001", "0002", "0003", "0004", "0005"]
    assert standing(filled).needed == steps[-1]
    downgrade(filled, "0001")
    assert is_whole_below(filled)
    upgrade(filled)
    assert is_whole(filled, SqlReviews(filled).head())
    downgrade(filled, NOTHING)
    assert list(everything(filled)) == ["alembic_version"]
    upgrade(filled)
    assert standing(filled).is_current
    release(SqlRolls(filled))
    assert is_whole(filled, SqlReviews(filled).head())


def test_answers_of_before_are_kept_from_the_step_that_counts_their_age(filled):
    head = SqlReviews(filled).head()
    downgrade(filled, "0004")
    upgraded_from = stamp(datetime.now(UTC))
    upgrade(filled)
    reviews = SqlReviews(filled)
    assert reviews.forget_answers(upgraded_from) == 0
    with reviews.transaction() as now:
        answer = now.answer_to("key-1", "cw-1")
        assert (answer.status, answer.body, answer.route) == (200, "{}", "POST /decisions")
        # The table that was made anew still holds one answer a key.
        with pytest.raises(RequestRunning):
            now.remember(answer)
    with pytest.raises(sa.exc.IntegrityError), filled.writing() as connection:
        connection.execute(sa.insert(ANSWERS), [asdict(answer)])
    assert reviews.forget_answers(stamp(datetime.now(UTC))) == 1
    assert is_whole(filled, head)


def test_two_databases_are_made_at_once_each_with_its_own_tables(tmp_path):
    folders = [tmp_path / str(number) for number in range(6)]
    for folder in folders:
        folder.mkdir()

    def made(folder: Path) -> int:
        with opened(sqlite_url(folder)) as database:
            release(SqlRolls(database))
            return SqlReviews(database).head().number

    with ThreadPoolExecutor(len(folders)) as threads:
        assert list(threads.map(made, folders)) == [1] * len(folders)


def anew(database: Database):
    """The same database, as the next process opens it."""
    return opened(database.url.render_as_string(hide_password=False), is_made=False)


def is_whole_below(database: Database) -> bool:
    from valuation.adapters.sql_store.snapshot import SqlSnapshot

    with database.reading() as connection:
        return check_whole(SqlSnapshot(connection)).is_whole


def test_a_step_that_is_not_below_is_refused(filled):
    with pytest.raises(WrongUse, match="is no step below"):
        downgrade(filled, "7777")


def test_tables_of_a_newer_version_are_refused(filled):
    with filled.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with anew(filled) as database, pytest.raises(InputRefused, match="newer version"):
        SqlRolls(database).rolls()


def test_older_tables_are_not_changed_without_being_asked(filled):
    downgrade(filled, "0001")
    with anew(filled) as database, pytest.raises(WrongUse, match="valuation backup first, then valuation database up"):
        SqlRolls(database).rolls()
    with filled.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ROLLS)).scalar_one() == 1
