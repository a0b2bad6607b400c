"""How does a list go on where it stopped? An opaque text that names the last row and the query it belongs to."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import asdict
from typing import Any

from valuation.errors import CursorRefused

Key = str | int | float | bool | None


def cursor_after(query: Any, keys: list[Key]) -> str:
    """Return the cursor behind a row.

    Parameters
    ----------
    query : dataclass
        The filters and the order: a cursor is of one query.
    keys : list
        What the row is sorted by.
    """
    text = json.dumps([_name_of(query), *keys], allow_nan=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def keys_of(cursor: str, query: Any, kinds: tuple[tuple[type, ...], ...]) -> list[Key]:
    """Return what the last row was sorted by.

    Parameters
    ----------
    cursor : str
    query : dataclass
    kinds : tuple of tuple of type
        What each key may be.

    Raises
    ------
    CursorRefused
        For a text that `cursor_after` did not make, or made for another query.
    """
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
        name, keys = content[0], content[1:]
        is_right = len(keys) == len(kinds) and all(map(_is_one_of, keys, kinds))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        name, keys, is_right = None, [], False
    if not is_right or name != _name_of(query):
        raise CursorRefused(
            "the cursor is none, or of another query",
            expected="the cursor of the page before, with the same filters and order",
            remedy="begin at the first page",
        )
    return keys


def _is_one_of(key: Any, kinds: tuple[type, ...]) -> bool:
    is_small = not isinstance(key, int | float) or (math.isfinite(key) and abs(key) < 2**62)
    return type(key) in kinds and is_small and "\0" not in str(key)


def _name_of(query: Any) -> str:
    content = {name: sorted(item) if isinstance(item, frozenset) else item for name, item in asdict(query).items()}
    text = json.dumps([type(query).__name__, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
