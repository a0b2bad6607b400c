"""Where do the raw tables of a public jurisdiction come from, and are these the very bytes?

Each file is downloaded beside its place, hashed and only then renamed, so a file that is there is whole and right. A
dropped connection leaves a part that the next attempt continues.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from valuation.errors import RawTableRefused, ValuationError, WrongUse
from valuation.jurisdictions.jurisdiction import Download, Jurisdiction, RawTable

Opener = Callable[[urllib.request.Request], Any]
"""Opens an address; `urllib.request.urlopen` unless told otherwise."""

TIMEOUT_S = 30
MAX_BYTES = 1_000_000_000
"""No raw table is larger."""
_BLOCK = 1 << 16
_NEVER_COMPARED = (
    " The bytes behind this address were never compared with the expected ones, so the source may publish the same "
    "table in another layout."
)


def fetch(jurisdiction: Jurisdiction, into: Path, opener: Opener | None = None) -> list[Path]:
    """Fetch the raw tables of a jurisdiction from their public sources.

    Parameters
    ----------
    jurisdiction : Jurisdiction
    into : Path
        Folder the files are written to; made when it is not there. Files there with the right hash are kept.
    opener : callable, optional
        Opens a `urllib.request.Request`; for tests and proxies.

    Returns
    -------
    list of Path
        The raw files, in the order of the jurisdiction file.

    Raises
    ------
    WrongUse
        When a table has no public address; the others have been fetched.
    RawTableRefused
        When the bytes are not those the jurisdiction file expects.
    ValuationError
        When the source cannot be reached, or the connection dropped.
    """
    into.mkdir(parents=True, exist_ok=True)
    opener = opener or _open
    paths, by_hand = [], []
    for name, table in jurisdiction.tables.items():
        path = into / table.file
        if table.download is not None:
            _fetch_table(name, table, table.download, path, opener)
        elif not path.is_file():
            by_hand.append(f"{table.file} (table `{name}`): {table.how_to_get or 'no public address is known'}")
            continue
        paths.append(path)
    if by_hand:
        raise WrongUse(
            "no address gives these files themselves:\n" + "\n".join(by_hand),
            expected=f"the files in {into}, or a folder with all of them",
            remedy="get them as said, put them there, or give your own folder with --raw",
        )
    return paths


def _open(request: urllib.request.Request) -> Any:
    return urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - http(s) only, see consistency.py


def _fetch_table(name: str, table: RawTable, download: Download, path: Path, opener: Opener) -> None:
    if path.is_file() and _sha256(path) == download.sha256:
        return
    part = path.with_name(f".{path.name}.part")
    address = _address(download, opener)
    _download(address, part, opener)
    if download.member is not None:
        _take_member(part, download.member, address)
    found = _sha256(part)
    if found != download.sha256:
        size = part.stat().st_size
        part.unlink()
        seen = "" if download.verified else _NEVER_COMPARED
        raise RawTableRefused(
            f"{table.file} (table `{name}`) from {address}: {size:,} bytes with SHA-256 {found}.{seen}",
            expected=f"SHA-256 {download.sha256}",
            remedy="get the file from somebody who has it and give its folder with --raw; or, having looked at what "
            "the source publishes now, write its hash in a jurisdiction file of your own",
        )
    os.replace(part, path)


def _address(download: Download, opener: Opener) -> str:
    """Follow the JSON answer of sources that hand out addresses."""
    if download.link_at is None:
        return download.url
    try:
        with opener(_request(download.url)) as answer:
            content = json.loads(answer.read(_BLOCK * 16))
        for key in download.link_at.split("."):
            content = content[key]
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(download.url, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _unreachable(download.url, f"the answer has no {download.link_at!r}") from error
    address = str(content)
    if not address.startswith(("https://", "http://")):
        raise _unreachable(download.url, f"the answer names {address[:80]!r}, no web address")
    return address


def _download(address: str, part: Path, opener: Opener) -> None:
    """Download to `part`, going on where an earlier attempt stopped."""
    done = part.stat().st_size if part.is_file() else 0
    try:
        with opener(_request(address, done)) as answer:
            goes_on = done > 0 and answer.status == 206
            expected = _length(answer, done if goes_on else 0)
            _copy(answer, part, goes_on)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the part is as long as the file or longer: begin again
            part.unlink(missing_ok=True)
        raise _unreachable(address, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(address, error) from error
    size = part.stat().st_size
    if expected is not None and size != expected:
        raise _unreachable(address, f"the connection dropped after {size:,} of {expected:,} bytes")


def _copy(answer: Any, part: Path, goes_on: bool) -> None:
    with part.open("ab" if goes_on else "wb") as file:
        while block := answer.read(_BLOCK):
            file.write(block)
            if file.tell() > MAX_BYTES:
                raise OSError(f"more than {MAX_BYTES:,} bytes")


def _length(answer: Any, before: int) -> int | None:
    length = answer.headers.get("Content-Length")
    return None if length is None or not length.isdigit() else before + int(length)


def _request(address: str, done: int = 0) -> urllib.request.Request:
    headers = {"User-Agent": "valuation (mass appraisal)"}
    if done:
        headers["Range"] = f"bytes={done}-"
    return urllib.request.Request(address, headers=headers)  # noqa: S310 - http(s) only


def _unreachable(address: str, why: object) -> ValuationError:
    reason = getattr(why, "reason", None) or why
    return ValuationError(
        f"{address} could not be fetched: {reason}",
        expected="a connection to the public source",
        remedy="try again (what has arrived is kept), or give a folder that has the files with --raw",
    )


def _take_member(part: Path, member: str, address: str) -> None:
    """Replace an archive by one file of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(part.read_bytes())) as archive:
            info = archive.getinfo(member)
            if info.file_size > MAX_BYTES:
                raise RawTableRefused(
                    f"{address}: {member} declares {info.file_size:,} bytes",
                    expected=f"at most {MAX_BYTES:,}",
                    remedy="look at what the archive holds",
                )
            data = archive.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        part.unlink()
        raise RawTableRefused(
            f"{address}: {error}",
            expected=f"a zip archive with {member}",
            remedy="look at what the source publishes now, or give a folder with --raw",
        ) from error
    part.write_bytes(data)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
