"""How is everything kept elsewhere, and brought back? One file of plain text, the same from both databases.

A backup is a zip file: each table as JSON lines, the archived runs of all rolls as they are, and `manifest.json` with
the hash of each of them, the head of the record and the step of the tables. It is read from one state of the database
while others go on writing, needs no program of the database, opens in ten years, and can be restored into the other
kind of database. Who is logged in is not kept: after a restore people log in again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any
from uuid import uuid4

import sqlalchemy as sa

from valuation.adapters.sql_store import record
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import NOTHING, standing, standing_on, upgrade_on
from valuation.adapters.sql_store.rolls import rolls_on
from valuation.adapters.sql_store.snapshot import SqlSnapshot
from valuation.errors import InputRefused, RecordRefused, WrongUse
from valuation.review.audit import Head
from valuation.rolls.archive import Archive
from valuation.rolls.whole_record import WholeVerdict, check_whole

FORMAT = 1
MANIFEST = "manifest.json"
NOT_KEPT = ("alembic_version", "access_sessions", "access_logins")
"""Tables that are made anew: their step, and who is logged in."""
_AT_ONCE = 2_000
_BLOCK = 1 << 20
_LONGEST_LINE = 1 << 28
_REMEDY = "give a file that `valuation backup` wrote, or an older one"

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    made_at: str
    step: str
    """Of the tables."""
    head: Head
    """Where the record ended."""
    rows: dict[str, int]
    """Rows by table."""
    files: dict[str, str]
    """SHA-256 of each table and archived file, by its name in the backup."""


def back_up(
    database: Database, to: Path, *, at: str, archive: Archive | None = None, told: Told = lambda *_: None
) -> Backup:
    """Write a backup, whole or not at all.

    Parameters
    ----------
    database : Database
        Others may go on writing; its tables may stand at an earlier step.
    to : Path
        A file that is not there yet.
    at : str
        Moment, UTC with Z.
    archive : Archive, optional
        Keep the runs of all released rolls too: without them values cannot be made again.
    told : callable
        Told ``("backup", done, total)`` in rows.

    Raises
    ------
    WrongUse
        When there is such a file, or no such folder.
    """
    if standing(database).found == NOTHING:
        raise WrongUse(f"{database} holds no table of the service", expected="its own", remedy="correct --database")
    if to.exists() or not to.absolute().parent.is_dir():
        what = "is there already" if to.exists() else "lies in a folder that is not there"
        raise WrongUse(f"{to} {what}", expected="a new file in a folder that is there", remedy="choose another --to")
    aside = to.with_name(f".{to.name}.{uuid4().hex}.aside")
    try:
        # Rows are about people's homes: the file is for its owner alone.
        with os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target:
                made = _written(database, target, archive, at, told)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, to)
    except OSError as error:
        error.filename = str(to)
        raise
    finally:
        aside.unlink(missing_ok=True)
    return made


def _written(database: Database, target: zipfile.ZipFile, archive: Archive | None, at: str, told: Told) -> Backup:
    files: dict[str, str] = {}
    with database.reading() as connection:
        tables = _tables(connection)
        rows = {table.name: 0 for table in tables}
        total = sum(_count(connection, table) for table in tables)
        done = 0
        for table in tables:
            with _hashed(target, f"tables/{table.name}.jsonl", files) as write:
                for part in _parts(connection, table):
                    write(b"".join(_line(row) for row in part))
                    done += len(part)
                    rows[table.name] += len(part)
                    told("backup", done, total)
        head = record.head_of(connection)
        step = standing_on(connection, str(database)).found
        folders = [roll.run_folder for roll in rolls_on(connection)]
    for folder in folders if archive is not None else ():
        assert archive is not None
        for path in sorted((archive.folder / folder).rglob("*")):
            if path.is_file():
                _keep_file(target, path, f"archive/{path.relative_to(archive.folder).as_posix()}", files)
    made = Backup(at, step, head, rows, files)
    content = {"format": FORMAT, "made_at": at, "step": step, "head": str(head), "rows": rows, "files": files}
    target.writestr(MANIFEST, json.dumps(content, indent=1, sort_keys=True))
    return made


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """Return the tables as they are in the database, each behind those it refers to."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in NOT_KEPT]


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _parts(connection: sa.Connection, table: sa.Table) -> Iterator[Any]:
    asked = sa.select(table).order_by(*table.primary_key.columns)
    with connection.execute(asked, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from rows.partitions(_AT_ONCE)


def _line(row: Any) -> bytes:
    return json.dumps(list(row), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


@contextmanager
def _hashed(target: zipfile.ZipFile, name: str, files: dict[str, str]) -> Iterator[Callable[[bytes], None]]:
    digest = hashlib.sha256()
    with target.open(name, "w", force_zip64=True) as stream:

        def write(content: bytes) -> None:
            stream.write(content)
            digest.update(content)

        yield write
    files[name] = digest.hexdigest()


def _keep_file(target: zipfile.ZipFile, path: Path, name: str, files: dict[str, str]) -> None:
    with path.open("rb") as source, _hashed(target, name, files) as write:
        while block := source.read(_BLOCK):
            write(block)


def restore(
    source: Path,
    database: Database,
    *,
    archive: Archive | None = None,
    expected: Head | None = None,
    told: Told = lambda *_: None,
) -> tuple[Backup, WholeVerdict]:
    """Bring a backup into an empty database, proven whole before it counts, or bring nothing.

    Parameters
    ----------
    source : Path
        As `back_up` wrote it.
    database : Database
        Without a row; its tables are made.
    archive : Archive, optional
        Where the runs of the rolls are put, those that are not there.
    expected : Head, optional
        A head that was published outside: the restored record must pass through it.
    told : callable
        Told ``("restore", done, total)`` in rows.

    Raises
    ------
    WrongUse
        When there is no such file, or the database holds something.
    InputRefused
        When the file is cut, changed or no backup.
    RecordRefused
        When what it holds is not a whole record, or does not pass through the head.
    """
    with _opened(source) as backup:
        kept = _manifest(backup, source)
        with database.writing() as connection:
            _need_empty(connection, str(database))
            upgrade_on(connection, kept.step)
            for table in _tables(connection):
                _load(connection, table, backup, kept, source, told)
            upgrade_on(connection, "head")
            verdict = _proven(connection, kept, expected, source)
            if archive is not None:
                # Before the rows count: a restored roll has its run beside it.
                _bring_archive(backup, kept, archive, source)
    return kept, verdict


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    if not source.is_file():
        raise WrongUse(f"{source} is no file", expected="a backup", remedy=_REMEDY)
    try:
        with zipfile.ZipFile(source) as backup:
            yield backup
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise InputRefused(f"{source} is cut or damaged: {error}", expected="a whole backup", remedy=_REMEDY) from error


def _manifest(backup: zipfile.ZipFile, source: Path) -> Backup:
    try:
        with backup.open(MANIFEST) as stream:
            content = json.loads(stream.read(_LONGEST_LINE))
        made = Backup(
            str(content["made_at"]),
            str(content["step"]),
            Head.from_text(content["head"]),
            {str(name): int(n) for name, n in content["rows"].items()},
            {str(name): str(digest) for name, digest in content["files"].items()},
        )
        is_known = content["format"] == FORMAT
    except (KeyError, ValueError, TypeError, AttributeError, WrongUse) as error:
        raise InputRefused(f"{source} holds no manifest of a backup", expected="a backup", remedy=_REMEDY) from error
    there = set(backup.namelist()) - {MANIFEST}
    if not is_known or there != set(made.files) or len(backup.namelist()) != len(there) + 1:
        raise InputRefused(
            f"{source} does not hold what its manifest names",
            expected=f"a backup of format {FORMAT} with every table and file once",
            remedy=_REMEDY,
        )
    return made


def _need_empty(connection: sa.Connection, where: str) -> None:
    full = [table.name for table in _tables(connection) if _count(connection, table)]
    if full:
        raise WrongUse(
            f"{where} holds rows already, in {full[0]}",
            expected="an empty database: nothing that stands is written over",
            remedy="make a new one and give its address with --database",
        )


def _load(
    connection: sa.Connection, table: sa.Table, backup: zipfile.ZipFile, kept: Backup, source: Path, told: Told
) -> None:
    name, n = f"tables/{table.name}.jsonl", 0
    if name not in kept.files:
        raise _changed(source, name)
    columns = [column.name for column in table.columns]
    digest = hashlib.sha256()
    part: list[dict[str, Any]] = []
    with backup.open(name) as stream:
        for line in _lines(stream, digest):
            part.append(_row(line, columns, source, name))
            n += 1
            if len(part) == _AT_ONCE:
                connection.execute(sa.insert(table), part)
                part = []
                told("restore", n, max(n, kept.rows.get(table.name, n)))
    if part:
        connection.execute(sa.insert(table), part)
    if digest.hexdigest() != kept.files[name] or n != kept.rows.get(table.name):
        raise _changed(source, name)


def _lines(stream: IO[bytes], digest: Any) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST_LINE):
        digest.update(line)
        yield line


def _row(line: bytes, columns: list[str], source: Path, name: str) -> dict[str, Any]:
    try:
        return dict(zip(columns, json.loads(line), strict=True))
    except (ValueError, TypeError) as error:
        raise _changed(source, name) from error


def _changed(source: Path, name: str) -> InputRefused:
    return InputRefused(
        f"{source}: {name} is not what the manifest says", expected="its SHA-256 and number of rows", remedy=_REMEDY
    )


def _proven(connection: sa.Connection, kept: Backup, expected: Head | None, source: Path) -> WholeVerdict:
    head = record.head_of(connection)
    if head != kept.head:
        raise RecordRefused(f"the record of {source} ends at {head}", expected=f"the head {kept.head}", remedy=_REMEDY)
    verdict = check_whole(SqlSnapshot(connection), expected or kept.head)
    if not verdict.is_whole:
        first = verdict.findings[0]
        raise RecordRefused(
            f"the record of {source} is not whole: {first.subject}: {first.what}",
            expected="a record as it was written" + (f", passing through {expected}" if expected else ""),
            remedy="nothing was restored; try an older backup, and find out who changed this one",
        )
    return verdict


def _bring_archive(backup: zipfile.ZipFile, kept: Backup, archive: Archive, source: Path) -> None:
    folders = sorted({PurePosixPath(name).parts[1] for name in kept.files if name.startswith("archive/")})
    for folder in folders:
        names = [name for name in kept.files if name.startswith(f"archive/{folder}/")]
        if not (archive.folder / folder).is_dir():
            _bring_folder(backup, kept, names, archive, folder, source)


def _bring_folder(
    backup: zipfile.ZipFile, kept: Backup, names: list[str], archive: Archive, folder: str, source: Path
) -> None:
    aside = archive.folder / f".{folder}.{uuid4().hex}.aside"
    try:
        for name in names:
            parts = PurePosixPath(name).parts[2:]
            # A name must not lead out of the folder it is put in.
            if folder in ("", ".", "..") or ".." in parts or not parts:
                raise _changed(source, name)
            place = aside.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            with backup.open(name) as stream, place.open("xb") as target:
                shutil.copyfileobj(stream, target, _BLOCK)
            with place.open("rb") as written:
                if hashlib.file_digest(written, "sha256").hexdigest() != kept.files[name]:
                    raise _changed(source, name)
        os.replace(aside, archive.folder / folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
