"""`valuation doctor`: is all that the service stands on well, and what is to be done where it is not?"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from valuation.command_line import store
from valuation.command_line.terminal import result
from valuation.errors import ValuationError

if TYPE_CHECKING:
    from api.settings import Settings

State = Literal["ok", "warn", "fail"]

LITTLE_ROOM_MB = 2_000
NO_ROOM_MB = 200
CLOCK_MAY_DIFFER_S = 30
TOKEN_ENDS_SOON = timedelta(days=14)
ZONE = "Europe/Oslo"


@dataclass(frozen=True)
class Finding:
    """What was found of one thing."""

    what: str
    state: State
    found: str
    remedy: str = ""


def doctor(as_json: store.AsJson = False) -> None:
    """Look at all the service stands on; of each: ok, warn or fail, and what to do. Exit code 1 where one fails."""
    findings = examine()
    if as_json:
        result(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            result(f"{finding.state:4}  {finding.what:11}  {finding.found}")
            if finding.remedy:
                result(f"{'':4}  {'':11}  -> {finding.remedy}")
    raise typer.Exit(1 if any(finding.state == "fail" for finding in findings) else 0)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def examine() -> list[Finding]:
    """Return what was found, one thing after the other; none of it keeps another from being looked at."""
    from api.settings import read_settings

    try:
        settings = read_settings()
    except ValuationError as error:
        return [_failed("settings", error), *_of_the_machine()]
    checks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("settings", _settings),
        ("database", _database),
        ("bundle", _bundle),
        ("archive", _archive),
        ("disk", _disk),
        ("login", _login),
        ("permissions", _permissions),
    )
    return [finding for what, check in checks for finding in _looked_at(what, check, settings)] + _of_the_machine()


def _looked_at(what: str, check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except ValuationError as error:
        return [_failed(what, error)]
    except OSError as error:
        return [
            Finding(what, "fail", f"{error.filename or ''}: {error.strerror or error}", "give the service the right")
        ]


def _failed(what: str, error: ValuationError) -> Finding:
    told = " ".join((error.found, f"Expected: {error.expected}." if error.expected else "")).replace("\n", " ").strip()
    return Finding(what, "fail", told, error.remedy)


def _of_the_machine() -> list[Finding]:
    return [*_time_zone(), *_letters()]


def _settings(settings: Settings) -> Iterator[Finding]:
    for problem in settings.unsafe():
        yield Finding("settings", "fail", problem, "docs/how-to/run-the-service.md")
    if not settings.unsafe():
        who = "demo users" if settings.demo else settings.oidc_issuer or "machines with a token"
        yield Finding("settings", "ok", f"{settings.address}, for {who}")
        yield Finding("secret", "ok", "set" if settings.secret.get_secret_value() else "made at each start (demo)")


def _database(settings: Settings) -> Iterator[Finding]:
    from valuation.adapters.sql_store.access import SqlAccess
    from valuation.adapters.sql_store.database import Database
    from valuation.adapters.sql_store.migration import standing

    database = Database(settings.database_url)
    try:
        began = time.perf_counter()
        now = standing(database)
        yield Finding("database", "ok", f"{database}, answers in {(time.perf_counter() - began) * 1000:.0f} ms")
        if not now.is_current:
            yield Finding(
                "migrations",
                "warn" if now.found == "base" and database.is_sqlite else "fail",
                f"the tables stand at {now.found}, this version needs {now.needed}",
                "valuation backup, then valuation database upgrade",
            )
            return
        yield Finding("migrations", "ok", f"the tables stand at {now.found}")
        yield from _tokens(SqlAccess(database))
    finally:
        database.close()


def _tokens(access: object) -> Iterator[Finding]:
    now = datetime.now(UTC)
    good = [token for token in access.tokens() if token.is_good(now)]  # type: ignore[attr-defined]
    soon = [token for token in good if token.expires_at - now < TOKEN_ENDS_SOON]
    if soon:
        named = ", ".join(f"{token.name} on {token.expires_at:%Y-%m-%d}" for token in soon)
        yield Finding("tokens", "warn", f"end soon: {named}", "valuation token create, and put it where the machine is")
    else:
        yield Finding("tokens", "ok", f"{len(good)} good")


def _bundle(settings: Settings) -> Iterator[Finding]:
    from valuation.appraisal.bundle import load_bundle

    bundle = load_bundle(settings.bundle)
    yield Finding("bundle", "ok", f"model version {bundle.model_version}, every byte as its manifest says")


def _archive(settings: Settings) -> Iterator[Finding]:
    if not settings.archive.is_dir():
        yield Finding("archive", "warn", f"{settings.archive} is not there", "valuation release makes it")
    elif not os.access(settings.archive, os.R_OK | os.X_OK):
        yield Finding("archive", "fail", f"{settings.archive} cannot be read", "give the service the right to read it")
    else:
        yield Finding("archive", "ok", str(settings.archive))


def _disk(settings: Settings) -> Iterator[Finding]:
    for place in sorted({_nearest(place) for place in _places(settings)}):
        free_mb = shutil.disk_usage(place).free / 1e6
        state: State = "fail" if free_mb < NO_ROOM_MB else "warn" if free_mb < LITTLE_ROOM_MB else "ok"
        remedy = "" if state == "ok" else "free space: a write that finds none is refused and nothing is stored"
        yield Finding("disk", state, f"{free_mb / 1000:,.1f} GB free at {place}", remedy)


def _places(settings: Settings) -> list[Path]:
    return [settings.archive, *_sqlite_file(settings)]


def _sqlite_file(settings: Settings) -> list[Path]:
    scheme, _, place = settings.database_url.partition(":///")
    return [Path(place)] if scheme == "sqlite" and place else []


def _nearest(place: Path) -> Path:
    place = place.absolute()
    return place if place.is_dir() else _nearest(place.parent)


def _login(settings: Settings) -> Iterator[Finding]:
    if not settings.oidc_issuer:
        yield Finding("login", "ok", "no login for people but the demo's" if settings.demo else "machines alone")
        return
    import httpx

    from api.access.login import CALLBACK
    from api.access.oidc import Issuer

    issuer = Issuer(settings, settings.address + CALLBACK)
    told = asyncio.run(issuer.metadata())
    yield Finding("login", "ok", f"{told['issuer']} answers; register {issuer.redirect_uri} there")
    answer = httpx.get(told["jwks_uri"], timeout=settings.oidc_timeout_s)
    if "date" in answer.headers:
        differs_s = abs((parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)).total_seconds())
        state: State = "ok" if differs_s <= CLOCK_MAY_DIFFER_S else "warn"
        remedy = "" if state == "ok" else "set the clock by NTP: logins fail when it differs by more than the skew"
        yield Finding("clock", state, f"{differs_s:.0f} s from the issuer's", remedy)


def _permissions(settings: Settings) -> Iterator[Finding]:
    before = list(_loose(settings))
    yield from before
    if not before:
        yield Finding("permissions", "ok", "nobody else reads the record, and the service cannot change its model")


def _loose(settings: Settings) -> Iterator[Finding]:
    if os.geteuid() == 0:
        yield Finding("permissions", "warn", "run as root", "run it as a user of its own (deploy/valuation.service)")
    for path in _sqlite_file(settings):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("permissions", "warn", f"others may read {path}", f"chmod 600 {path}")
    if os.access(settings.bundle, os.W_OK) and os.geteuid() != 0:
        yield Finding(
            "permissions", "warn", f"the service may change {settings.bundle}", "give the folder to another user"
        )


def _time_zone() -> Iterator[Finding]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        offset = datetime.now(ZoneInfo(ZONE)).strftime("%z")
    except ZoneInfoNotFoundError:
        yield Finding("time zone", "fail", f"{ZONE} is not known on this machine", "install Debian's package tzdata")
        return
    yield Finding("time zone", "ok", f"{ZONE} is known ({offset}); the record is in UTC whatever the machine's is")


def _letters() -> Iterator[Finding]:
    from valuation.adapters.extras import is_installed
    from valuation.adapters.weasyprint_letters import LetterPrinter

    if not is_installed("letters"):
        yield Finding(
            "letters", "warn", "WeasyPrint is not installed: letters as HTML alone", "pip install 'valuation[letters]'"
        )
        return
    try:
        LetterPrinter()
    except ValuationError as error:
        yield _failed("letters", error)
        return
    has_fonts = any(Path(place).is_dir() for place in ("/usr/share/fonts", "/usr/local/share/fonts"))
    if has_fonts:
        yield Finding("letters", "ok", "Pango and fonts are there")
    else:
        yield Finding("letters", "warn", "no fonts are installed", "install Debian's package fonts-dejavu-core")
