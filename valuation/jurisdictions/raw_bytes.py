"""Is this file text, of the encoding it is said to be, and not larger than a register can be?"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from valuation.errors import RawTableRefused
from valuation.jurisdictions.jurisdiction import RawTable

MAX_TEXT_BYTES = 2_000_000_000
"""Text of one raw table, expanded. 1.2 million dwellings with 40 columns are about 0.4 GB."""
MAX_EXPANSION = 150
"""Expanded over packed size beyond which a file is a bomb; registers pack 4 to 20 times."""
EXPANSION_FREE_BYTES = 5_000_000
"""A file may always expand to so much."""


def unpacked(packed: bytes, path: Path) -> bytes:
    """Return the bytes of a file, gunzipped within limits."""
    if packed[:2] != b"\x1f\x8b":
        _check_is_text(packed, path)
        return packed
    allowed = max(EXPANSION_FREE_BYTES, min(MAX_TEXT_BYTES, MAX_EXPANSION * len(packed)))
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            data = stream.read(allowed + 1)
    except (OSError, EOFError, ValueError) as error:
        raise RawTableRefused(
            f"{path.name}: the gzip file is damaged or cut: {error}",
            expected="a whole file",
            remedy="fetch or export it again",
        ) from error
    except Exception as error:  # zlib.error is no OSError
        raise RawTableRefused(
            f"{path.name}: the gzip file is damaged: {error}",
            expected="a whole file",
            remedy="fetch or export it again",
        ) from error
    if len(data) > allowed:
        raise RawTableRefused(
            f"{path.name}: {len(packed):,} bytes expand to more than {allowed:,}",
            expected=f"at most {MAX_EXPANSION} times its packed size and {MAX_TEXT_BYTES:,} bytes",
            remedy="look at what the file holds; a table of dwellings does not pack like that",
        )
    _check_is_text(data, path)
    return data


def _check_is_text(data: bytes, path: Path) -> None:
    if len(data) > MAX_TEXT_BYTES:
        raise RawTableRefused(
            f"{path.name}: {len(data):,} bytes",
            expected=f"at most {MAX_TEXT_BYTES:,}",
            remedy="leave out columns that are not used, or write the table as Parquet",
        )
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise RawTableRefused(
            f"{path.name}: the file is empty",
            expected="a header line and one row a line",
            remedy="export the table again",
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RawTableRefused(
            f"{path.name}: the file is UTF-16",
            expected="utf-8 or the encoding named in the file",
            remedy="save it as 'CSV UTF-8'",
        )
    if data[:4] == b"PK\x03\x04":
        raise RawTableRefused(
            f"{path.name}: the file is a zip archive or an Excel workbook",
            expected="text (CSV)",
            remedy="unpack it, or save the sheet as 'CSV UTF-8'",
        )
    at = data.find(b"\x00")
    if at >= 0:
        raise RawTableRefused(
            f"{path.name}, line {_line_of(data, at)}: a zero byte",
            expected="text; this is UTF-16 without a mark, or no text at all",
            remedy="save it as 'CSV UTF-8'",
        )


def _line_of(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def decoded(data: bytes, layout: RawTable, path: Path) -> str:
    """Turn bytes into text, or refuse with the line at which they are of another encoding."""
    encoding = layout.encoding.lower().replace("_", "-")
    is_utf8 = encoding in ("utf-8", "utf8", "utf-8-sig")
    if not is_utf8 and not data.isascii() and _is_utf8(data):
        # Every byte is a letter in Windows-1252, so UTF-8 would be read without complaint as 'Ã¥'.
        at = next(i for i, byte in enumerate(data) if byte > 127)
        raise RawTableRefused(
            f"{path.name}, line {_line_of(data, at)}: the file is UTF-8; the jurisdiction file says {layout.encoding}",
            expected=f"{layout.encoding}",
            remedy="write `encoding: utf-8` for this table",
        )
    try:
        text = data.decode("utf-8-sig" if is_utf8 else layout.encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        around = data[max(0, error.start - 12) : error.end + 12].decode("cp1252", errors="replace")
        raise RawTableRefused(
            f"{path.name}, line {line}: byte 0x{data[error.start]:02x} is not {layout.encoding} (near {around!r})",
            expected=f"text in {layout.encoding}",
            remedy="write `encoding: cp1252` for this table if it comes from Excel or an older system",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
